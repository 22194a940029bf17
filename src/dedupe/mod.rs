//! What is the same: addresses that name one article, and what changed between two texts. Pure.

pub mod canonical;
pub mod diff;
pub mod identity;
mod redirector;
pub mod sketch;
mod tracking;

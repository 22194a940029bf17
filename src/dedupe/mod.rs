//! What is the same: addresses that name one article, and what changed between two texts. Pure.

pub mod canonical;
pub mod diff;
mod redirector;
mod tracking;

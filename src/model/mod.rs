//! The nouns of the contract, each a type of its own.
//!
//! Nothing here reads, writes or knows the time; wire and disk forms live beside their codecs.

pub mod article;
pub mod bound;
pub mod delivery;
pub mod entry;
pub mod event;
pub mod id;
pub mod language;
pub mod rhythm;
pub mod source;
pub mod stated;
pub mod subscription;
pub mod tag;
pub mod trace;

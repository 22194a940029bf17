//! Who is told what, and in which form: routing, renderers, signatures. Pure.
//!
//! An event and an endpoint come in, the bytes and headers of one request go out; what the receiver
//! answered comes in, what follows goes out. Nothing here sends, waits or remembers.

pub mod render;
pub mod route;
pub mod sign;
pub mod slack;
pub mod verdict;
pub mod wire;

#[cfg(test)]
mod sample;

//! Who is told what, and in which form: routing, renderers, signatures. Pure.
//!
//! An event and an endpoint come in, the bytes and headers of one request go out; what the receiver
//! answered comes in, what follows goes out. Nothing here sends, waits or remembers.

mod brief;
mod filter;
mod fit;
mod markup;
mod patience;
mod text;

pub mod digest;
pub mod render;
pub mod route;
pub mod sign;
pub mod verdict;
pub mod wire;

mod cloudevents;
mod discord;
mod matrix;
mod mattermost;
mod ntfy;
pub mod slack;
mod teams;
mod telegram;
mod template;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod sample;

//! The one integration-test binary: real sockets, real stores, real processes.

#![allow(
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::let_underscore_must_use,
    unreachable_pub,
    reason = "a test that panics says where; it may wait for, start and ask what it likes"
)]

mod again;
mod cadence;
mod completions;
mod config;
mod corpus;
mod demo;
mod digests;
mod discover;
mod extract;
mod feed;
mod fetch;
mod floors;
mod formats;
mod guises;
mod holds;
mod hubs;
mod keep;
mod memory_store;
mod remote_commands;
mod search;
mod serve;
mod server;
mod simulation;
mod soak;
mod store;
mod stories;
mod trace;
mod wire;
mod world;

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

mod cadence;
mod config;
mod corpus;
mod demo;
mod discover;
mod extract;
mod feed;
mod fetch;
mod floors;
mod formats;
mod hubs;
mod keep;
mod memory_store;
mod remote_commands;
mod serve;
mod server;
mod simulation;
mod store;
mod stories;
mod wire;
mod world;

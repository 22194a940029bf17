//! The embedded store, over sled 0.34.7.
//!
//! One tree, one batch a step, one writing thread, and a sync of our own before any answer: what
//! the engine needs to be trusted was found by measurement and stands in the modules that do it
//! (`writer`, `txn`, `value`, `open`). Steps ([`polls`], [`visits`], [`publish`], [`deliveries`],
//! [`settle`], [`prune`]) are plain functions of a transaction and know nothing of threads.
//!
//! Reads go straight to the tree and may see what is not durable for some milliseconds yet; nothing
//! that leaves the house comes from them, because work is claimed through the writer.
//!
//! Every call runs on a blocking thread, reads too: most are microseconds, but any may have to go to
//! the disk, and a paused simulated clock stands still meanwhile.

mod again;
mod agenda;
mod amend;
mod audit;
mod catalogue;
mod compact;
mod counters;
mod deliveries;
mod derived;
mod digests;
mod events;
mod found;
mod front;
mod gate;
mod glance;
mod habits;
mod identity;
mod ids;
mod import;
mod keys;
mod known;
mod line;
mod lists;
mod near;
mod open;
mod parked;
mod place;
mod polls;
mod prune;
mod publish;
mod raw;
mod records;
mod release;
mod repair;
mod revision;
mod roll;
mod salvage;
mod settle;
mod shared;
mod side;
mod snapshot;
mod states;
mod stats;
mod steps;
mod story;
mod subscriptions;
mod text;
mod told;
mod txn;
mod upgrade;
mod value;
mod view;
mod visits;
mod words;
mod writer;

use std::sync::Arc;

use crate::store::sled::shared::Shared;
pub use crate::store::sled::{compact::Compact, import::Standing, open::SledOptions};

/// The embedded store. Dropped, it closes itself.
#[derive(Debug)]
pub struct SledStore {
    shared: Arc<Shared>,
}

//! Sources as the store is told of them, and what a poll takes from it and leaves behind.

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use super::Lease;
use crate::model::entry::Entry;
use crate::model::event::Event;
use crate::model::id::{EndpointName, OutletName, SourceId};
use crate::model::source::{SourceKind, SourceState};

/// A configured source.
#[derive(Clone, Debug)]
pub struct SourceSeed {
    /// Its identifier.
    pub id: SourceId,
    /// Its outlet.
    pub outlet: OutletName,
    /// Its kind.
    pub kind: SourceKind,
    /// Its address.
    pub url: Url,
}

/// What a reconciliation changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Sources that are new or have come back.
    pub added: usize,
    /// Sources that were parked.
    pub removed: usize,
    /// Sources in all.
    pub sources: usize,
}

/// A source to poll.
#[derive(Debug)]
pub struct PollJob {
    /// The claim.
    pub lease: Lease<SourceId>,
    /// What is remembered of it.
    pub state: SourceState,
}

/// What a poll leaves behind.
#[derive(Clone, Debug)]
pub struct PollReport {
    /// When.
    pub now: Timestamp,
    /// The source's new state. Its counters (`entries_seen`, `articles`), `skipped` and `harvest` are
    /// not taken from here: the store keeps them.
    pub state: SourceState,
    /// The entries listed, in order; known ones too.
    pub found: Vec<Found>,
    /// Whether articles of entries that are new are announced.
    pub announce: bool,
    /// Addresses of entries whose articles are not, whatever `announce` says.
    pub quiet: HashSet<Url>,
    /// Events of the source, each with the endpoints that want it.
    pub events: Vec<(Event, Vec<EndpointName>)>,
}

/// An entry with its identity.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its canonical address: with the outlet, the page's identity.
    pub url: Url,
    /// The address to fetch.
    pub fetch: Url,
    /// The source's own identifier, where it can be trusted to be one.
    pub guid: Option<String>,
    /// What the source says.
    pub entry: Entry,
}

/// Whether an entry that a source lists is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquaintance {
    /// It is not.
    New,
    /// Another source of the outlet has listed it; this one never did.
    Elsewhere,
    /// This source has listed it before.
    Listed,
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollResult {
    /// Not known before.
    pub new: usize,
    /// Known, and said otherwise now.
    pub changed: usize,
    /// Known.
    pub known: usize,
}

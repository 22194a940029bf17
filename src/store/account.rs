//! What a store says of itself: counts and sizes, what is wrong, what was mended, what was pruned.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::model::id::OutletName;
use crate::model::source::SourceHealth;

/// Counts and sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// `sled` or another.
    pub engine: &'static str,
    /// The schema's version.
    pub schema: u32,
    /// The store's own identifier.
    pub id: String,
    /// Articles.
    pub articles: u64,
    /// Revisions of them.
    pub revisions: u64,
    /// Pages known.
    pub pages: u64,
    /// Pages waiting for a visit.
    pub visits_due: u64,
    /// Sources.
    pub sources: u64,
    /// The state of each source, with its outlet.
    pub source_states: Vec<(OutletName, SourceHealth)>,
    /// Events kept.
    pub events: u64,
    /// Deliveries by state, in the order of [`DeliveryState::ALL`](crate::model::delivery::DeliveryState::ALL).
    pub deliveries: [u64; 5],
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the records themselves: what the files would hold at the least.
    pub live_bytes: u64,
    /// Revisions whose pages are kept as they came.
    pub raw_pages: u64,
    /// Bytes of those pages, before compression.
    pub raw_bytes: u64,
    /// Damaged stores that were moved away from this one's place, and what they held is missing.
    pub set_aside: Vec<PathBuf>,
    /// Commits since the store was made.
    pub commits: u64,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Records read.
    pub records: u64,
    /// Articles read.
    pub articles: u64,
    /// What is wrong, a line each, at most a thousand; empty: all is well.
    pub faults: Vec<String>,
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// What was rebuilt, a line each, at most a thousand.
    pub mended: Vec<String>,
    /// What was set aside, a line each, at most a thousand.
    pub set_aside: Vec<String>,
    /// Changes in all.
    pub changes: u64,
    /// What was missing before anything was mended, and how what could be read was saved.
    pub salvaged: Vec<String>,
    /// The store's files as they were, if anything was done to them.
    pub copy: Option<PathBuf>,
    /// Where what was set aside stands.
    pub file: Option<PathBuf>,
    /// What the check says afterwards.
    pub after: CheckReport,
}

/// What is to be pruned.
#[derive(Clone, Copy, Debug)]
pub struct PruneRule {
    /// Articles stored before this time go.
    pub before: Timestamp,
    /// The newest so many stay.
    pub keep_articles: u64,
    /// Identities unseen since this time go too.
    pub forget_before: Timestamp,
    /// At most so many a call.
    pub limit: usize,
}

/// What was pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Articles whose bodies went.
    pub articles: u64,
    /// Settled deliveries that went.
    pub deliveries: u64,
    /// Whether there is more to do.
    pub more: bool,
}

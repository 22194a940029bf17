//! What the writer keeps count of from step to step.

use std::sync::Arc;

use uuid::Uuid;

use crate::store::sled::keys::{CommitKey, Key as _, LedgerKey, LiveKey};
use crate::store::sled::snapshot::Keeper;

/// What the writer remembers from step to step.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Commits so far.
    pub(super) commits: u64,
    /// The newest identifier given.
    pub(super) last_id: Uuid,
    /// Where forgetting goes on.
    pub(super) sweep: Sweep,
    /// Bytes of all keys and values.
    pub(super) live: u64,
    /// Keeps what a snapshot has yet to read.
    pub(super) keeper: Arc<Keeper>,
    /// A batch was begun and is not known to be applied: nobody knows what the engine holds.
    pub(super) uncertain: bool,
}

/// Where forgetting goes on, as keys; from the start, where they are empty.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// In the list of articles.
    pub(super) articles: Vec<u8>,
    /// Among pages, then addresses.
    pub(super) identities: Vec<u8>,
    /// Among sources.
    pub(super) sources: Vec<u8>,
}

/// Whether a key belongs to what the store holds; what only counts it does not.
pub(super) fn is_counted(key: &[u8]) -> bool {
    !matches!(
        key.first(),
        Some(&(LedgerKey::KIND | CommitKey::KIND | LiveKey::KIND))
    )
}

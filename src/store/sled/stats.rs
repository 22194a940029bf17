//! Counts and sizes, cheap enough to be asked every few seconds: nothing is counted by listing but
//! endpoints, which are few, and sources, whose states are kept in memory.

use std::path::Path;

use crate::model::delivery::{DeliveryState, EndpointHealth};
use crate::store::sled::keys::{
    CommitKey, EndpointCountKey, EndpointKey, LedgerKey, LiveKey, prefix,
};
use crate::store::sled::open::SCHEMA;
use crate::store::sled::place::set_aside;
use crate::store::sled::roll;
use crate::store::sled::txn::{Read as _, Txn, place};
use crate::store::sled::view::View;
use crate::store::{StoreError, StoreStats};

/// See [`crate::store::Store::stats`].
pub(super) fn stats(view: &View, path: &Path, id: &str) -> Result<StoreStats, StoreError> {
    let ledger = view.get(&LedgerKey {})?.unwrap_or_default();
    let source_states = roll::states(view)?;
    let mut deliveries = [0; 5];
    for key in view.forward::<EndpointCountKey>(&prefix::<EndpointCountKey>(&[]), Vec::new()) {
        let key = key?;
        let mut counts = view.get(&key)?.unwrap_or_default();
        let endpoint = view.get(&EndpointKey {
            endpoint: key.endpoint,
        })?;
        if endpoint.is_some_and(|endpoint| endpoint.health.0 == EndpointHealth::Disabled) {
            for state in [DeliveryState::Due, DeliveryState::Retrying] {
                let waiting = std::mem::take(&mut counts[place(state)]);
                counts[place(DeliveryState::Waiting)] += waiting;
            }
        }
        for (sum, count) in deliveries.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    Ok(StoreStats {
        engine: "sled",
        schema: SCHEMA,
        id: id.to_owned(),
        articles: ledger.articles,
        revisions: ledger.revisions,
        pages: ledger.pages,
        visits_due: ledger.visits_due,
        sources: source_states.len() as u64,
        source_states,
        events: ledger.events,
        deliveries,
        bytes: bytes(path),
        live_bytes: view.get(&LiveKey {})?.unwrap_or_default(),
        raw_pages: ledger.raw_pages,
        raw_bytes: ledger.raw_bytes,
        set_aside: set_aside(path),
        commits: view.get(&CommitKey {})?.unwrap_or_default(),
    })
}

/// Writes something harmless: whether the store can.
pub(super) fn ping(txn: &mut Txn<'_>) -> Result<(), StoreError> {
    let commits = txn.commits();
    txn.put(&CommitKey {}, &commits)
}

/// Bytes of the store's files. One that has just gone counts nothing.
pub(super) fn bytes(path: &Path) -> u64 {
    let size = |path: &Path| -> u64 {
        let Ok(entries) = std::fs::read_dir(path) else {
            return 0;
        };
        (entries.flatten())
            .filter_map(|entry| entry.metadata().ok())
            .filter(std::fs::Metadata::is_file)
            .map(|metadata| metadata.len())
            .sum()
    };
    size(path) + size(&path.join("blobs"))
}

//! The configured sources with their states, kept in memory from the first time that somebody asks:
//! a hundred thousand are counted, filtered and cut into pages without their records being read.
//!
//! It follows each commit. A commit is applied before it is noted here, and the first reader holds
//! the roll while it reads the tree: whatever it met, the note that comes after is newer.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde::de::IgnoredAny;
use sled::IVec;

use crate::model::id::{OutletName, SourceId};
use crate::model::source::{SourceHealth, SourceState};
use crate::store::sled::glance;
use crate::store::sled::keys::{Key as _, SourceKey, after, prefix};
use crate::store::sled::lists;
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, sound};
use crate::store::sled::view::View;
use crate::store::{Page, SourceQuery, StoreError};

/// The sources by identifier; `None` until somebody asks.
#[derive(Default)]
pub(super) struct Roll(Mutex<Option<Listed>>);

type Listed = BTreeMap<SourceId, (OutletName, SourceHealth)>;

/// What is read of a source's record.
#[derive(Deserialize)]
struct Standing {
    outlet: Text<OutletName>,
    health: Text<SourceHealth>,
    parked: Option<IgnoredAny>,
}

impl Standing {
    fn listed(self) -> Option<(OutletName, SourceHealth)> {
        self.parked
            .is_none()
            .then_some((self.outlet.0, self.health.0))
    }
}

impl Roll {
    fn lock(&self) -> MutexGuard<'_, Option<Listed>> {
        // Whoever panicked had read nothing yet, or had noted one source more or less.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the sources; they are read anew when they are asked for.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    /// Takes up what a commit has made of sources, by their keys.
    pub(super) fn note(&self, view: &View, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut roll = self.lock();
        let Some(listed) = roll.as_mut() else {
            return Ok(());
        };
        for key in keys {
            let Some(source) = SourceKey::decode(key).map(|key| key.source) else {
                continue;
            };
            let standing = match view.raw(key)? {
                Some(raw) => view.decode::<Standing>(key, &raw)?.ok(),
                None => None,
            };
            match standing.and_then(Standing::listed) {
                Some(standing) => drop(listed.insert(source, standing)),
                None => drop(listed.remove(&source)),
            }
        }
        Ok(())
    }

    fn with<T>(&self, view: &View, f: impl FnOnce(&Listed) -> T) -> Result<T, StoreError> {
        let mut roll = self.lock();
        if let Some(listed) = roll.as_ref() {
            return Ok(f(listed));
        }
        let mut met = Vec::new();
        for source in glance::sources::<Standing>(view) {
            // Damaged ones are found by a check.
            let (key, Ok(standing)) = source? else {
                continue;
            };
            if let (Some(key), Some(standing)) = (SourceKey::decode(&key), standing.listed()) {
                met.push((key.source, standing));
            }
        }
        // Put together at once, the map's nodes are full: in a map that grew, half of each is empty.
        Ok(f(roll.insert(Listed::from_iter(met))))
    }
}

/// The keys of the sources among what is written.
pub(super) fn written(writes: &BTreeMap<Vec<u8>, Option<IVec>>) -> Vec<Vec<u8>> {
    let first = prefix::<SourceKey>(&[]);
    let end = after(&first).expect("no kind of key is 0xff");
    let keys = writes.range(first..end);
    keys.map(|(key, _)| key.clone()).collect()
}

/// The state of each configured source, with its outlet.
pub(super) fn states(view: &View) -> Result<Vec<(OutletName, SourceHealth)>, StoreError> {
    (view.roll()).with(view, |listed| listed.values().cloned().collect())
}

/// See [`crate::store::Store::sources_of`]. Only the records that are shown are read.
pub(super) fn part(view: &View, query: &SourceQuery) -> Result<Page<SourceState>, StoreError> {
    let (chosen, next) = view.roll().with(view, |listed| {
        let all = listed.iter();
        query.choose(all.map(|(id, (outlet, health))| (id, outlet, *health)))
    })??;
    let mut items = Vec::with_capacity(chosen.len());
    for id in chosen {
        items.extend(sound(lists::source(view, &id))?);
    }
    Ok(Page { items, next })
}

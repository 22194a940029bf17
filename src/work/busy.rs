//! Who has how much work under way.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::model::id::{EndpointName, Host};

/// Who has how much under way.
#[derive(Default)]
pub(super) struct Busy {
    pub(super) hosts: Counts<Host>,
    pub(super) endpoints: Counts<EndpointName>,
    pub(super) last_start: HashMap<EndpointName, Instant>,
}

/// Counts by guards that drop, so that a panicking task gives its place back.
pub(super) struct Counts<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Counts<K> {
    /// One more of `key`, until the guard is dropped.
    pub(super) fn hold(&self, key: K) -> Held<K> {
        *self.lock().entry(key.clone()).or_insert(0) += 1;
        Held {
            counts: Self(Arc::clone(&self.0)),
            key,
        }
    }

    /// How many of `key` there are.
    pub(super) fn count(&self, key: &K) -> usize {
        self.lock().get(key).copied().unwrap_or(0)
    }

    /// How many there are beyond the first of each.
    pub(super) fn beyond_first(&self) -> usize {
        self.lock().values().map(|count| count - 1).sum()
    }

    /// Of which there are so many.
    pub(super) fn full(&self, limit: usize) -> HashSet<K> {
        let counts = self.lock();
        counts
            .iter()
            .filter(|(_, count)| **count >= limit)
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        // A poisoned lock holds counts that are still right: each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One place; dropped, it is free again.
pub(super) struct Held<K: Eq + Hash + Clone> {
    counts: Counts<K>,
    key: K,
}

impl<K: Eq + Hash + Clone> Drop for Held<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

//! Sources at a glance: what is wanted of each of a hundred thousand when the daemon starts or is
//! counted, in one pass over the tree, without making the rest of their records.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sled::IVec;

use crate::store::StoreError;
use crate::store::sled::keys::{SourceKey, prefix};
use crate::store::sled::txn::{Read as _, engine};
use crate::store::sled::value::Damage;
use crate::store::sled::view::View;

/// Where a source stands.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    lease: Option<IgnoredAny>,
    parked: Option<IgnoredAny>,
}

impl Place {
    /// Whether it was given to a worker.
    pub(super) fn is_lent(&self) -> bool {
        self.lease.is_some()
    }

    /// Whether it is not configured.
    pub(super) fn is_parked(&self) -> bool {
        self.parked.is_some()
    }
}

/// The key of each source, as it is stored, and the fields of its record that `T` has.
pub(super) fn sources<T: DeserializeOwned>(
    view: &View,
) -> impl Iterator<Item = Result<(IVec, Result<T, Damage>), StoreError>> {
    let stored = view.tree().scan_prefix(prefix::<SourceKey>(&[]));
    stored.map(|item| {
        let (key, raw) = item.map_err(engine("list"))?;
        let record = view.decode(&key, &raw)?;
        Ok((key, record))
    })
}

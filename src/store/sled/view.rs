//! The tree as it is, for whoever only reads.

use std::sync::Arc;

use sled::{IVec, Tree};

use crate::store::StoreError;
use crate::store::sled::agenda::Agenda;
use crate::store::sled::keys::{Key, after};
use crate::store::sled::roll::Roll;
use crate::store::sled::txn::{Read, corrupt, engine};
use crate::store::sled::value::Damage;

/// The tree as it is.
#[derive(Clone)]
pub(super) struct View {
    tree: Tree,
    roll: Arc<Roll>,
    agenda: Agenda,
}

impl View {
    pub(super) fn new(tree: Tree) -> Self {
        Self {
            tree,
            roll: Arc::default(),
            agenda: Agenda::default(),
        }
    }

    /// When the lines of the queue of visits have something due.
    pub(super) fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// The tree, for scans.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The sources, in memory.
    pub(super) fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Keys of kind `K` from `from` on, below the end of `prefix`, forward.
    pub(super) fn forward<K: Key>(
        &self,
        prefix: &[u8],
        from: Vec<u8>,
    ) -> impl Iterator<Item = Result<K, StoreError>> + use<K> {
        let end = after(prefix).expect("no kind of key is 0xff");
        let from = from.max(prefix.to_vec());
        self.tree.range(from..end).keys().map(decode_key)
    }

    /// Keys of kind `K` that begin with `prefix` and are below `below`, backward.
    pub(super) fn backward<K: Key>(
        &self,
        prefix: &[u8],
        below: Option<Vec<u8>>,
    ) -> impl Iterator<Item = Result<K, StoreError>> + use<K> {
        let end = after(prefix).expect("no kind of key is 0xff");
        let end = below.map_or(end.clone(), |below| below.min(end));
        let start = prefix.to_vec().min(end.clone());
        self.tree.range(start..end).keys().rev().map(decode_key)
    }
}

impl Read for View {
    fn raw(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.tree.get(key).map_err(engine("read"))
    }

    fn first_raw(&self, prefix: &[u8], from: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        let end = after(prefix).expect("no kind of key is 0xff");
        let from = from.max(prefix.to_vec()).min(end.clone());
        let first = self.tree.range(from..end).keys().next();
        Ok(first
            .transpose()
            .map_err(engine("list"))?
            .map(|key| key.to_vec()))
    }
}

pub(super) fn decode_key<K: Key>(key: sled::Result<IVec>) -> Result<K, StoreError> {
    let key = key.map_err(engine("list"))?;
    K::decode(&key).ok_or_else(|| corrupt(&key, Damage("it is no such key".to_owned())))
}

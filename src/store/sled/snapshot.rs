//! All records as they stood at one moment, read while the writer goes on.
//!
//! The engine has no snapshots. But there is one writer, and it knows every key that it is about to
//! change: while somebody reads, it first puts aside the old value of each key that the reader has
//! not come to yet. The reader takes what was put aside before what stands in the tree, and so sees
//! each record as it was when it began; the writer waits for it only as long as one piece is read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sled::IVec;

use crate::store::StoreError;
use crate::store::backup::{BackupError, Identity, Record, Source};
use crate::store::sled::derived;
use crate::store::sled::keys::CHUNK;
use crate::store::sled::txn::{Read as _, corrupt, engine, join};
use crate::store::sled::value;
use crate::store::sled::view::View;

/// Bytes put aside at most: a day's news at the most that a daemon stores, and little beside the
/// cache. Whoever reads so slowly that more is changed meanwhile has to begin again.
const KEPT_MAX: usize = 256 * 1024 * 1024;
/// Records and bytes of one piece: the writer waits for as long as it takes to read these.
const PIECE_RECORDS: usize = 256;
const PIECE_BYTES: usize = 512 * 1024;

/// Where the writer puts what a snapshot has yet to read. One snapshot at a time.
#[derive(Debug, Default)]
pub(super) struct Keeper(Mutex<Option<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    /// Everything below was read.
    cursor: Vec<u8>,
    /// Values, or their absence, before they were changed.
    kept: BTreeMap<Vec<u8>, Option<IVec>>,
    bytes: usize,
    /// Too much was changed: the snapshot cannot be read any more.
    lost: bool,
}

/// The writer, about to apply a batch.
pub(super) struct Writing<'a>(MutexGuard<'a, Option<Shelf>>);

impl Keeper {
    fn lock(&self) -> MutexGuard<'_, Option<Shelf>> {
        // Whoever panicked left a shelf that is at worst short of one value, and a reader that is gone.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the writer before each batch; let go of before the batch is applied.
    pub(super) fn writing(&self) -> Writing<'_> {
        Writing(self.lock())
    }

    /// Begins a snapshot. In the writer's turn, so that no step is seen half.
    pub(super) fn begin(self: &Arc<Self>) -> Result<Begun, StoreError> {
        let mut shelf = self.lock();
        if shelf.is_some() {
            return Err(StoreError::Busy {
                doing: "a backup is being made; wait until it is done",
            });
        }
        *shelf = Some(Shelf::default());
        Ok(Begun(Arc::clone(self)))
    }
}

/// A snapshot was begun; dropped, it ends, whether or not somebody came to read it.
#[derive(Debug)]
pub(super) struct Begun(Arc<Keeper>);

impl Drop for Begun {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

impl Writing<'_> {
    /// Puts aside what stands under `key`, if the snapshot has yet to come to it.
    pub(super) fn keep(&mut self, key: &[u8], old: Option<IVec>) {
        let Some(shelf) = self.0.as_mut() else { return };
        if shelf.lost || key < shelf.cursor.as_slice() || shelf.kept.contains_key(key) {
            return;
        }
        shelf.bytes += size(key, old.as_ref());
        shelf.kept.insert(key.to_vec(), old);
        if shelf.bytes > KEPT_MAX {
            shelf.lost = true;
            shelf.kept.clear();
        }
    }
}

fn size(key: &[u8], value: Option<&IVec>) -> usize {
    key.len() + value.map_or(0, |value| value.len())
}

/// A snapshot that was begun.
pub(super) struct Snapshot {
    begun: Begun,
    view: View,
    identity: Identity,
    done: bool,
}

impl Snapshot {
    /// Of the store behind `view`, whose writer has called [`Keeper::begin`].
    pub(super) fn new(begun: Begun, view: View, identity: Identity) -> Self {
        Self {
            begun,
            view,
            identity,
            done: false,
        }
    }
}

impl Source for Snapshot {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn next(&mut self) -> Result<Option<Vec<Record>>, BackupError> {
        while !self.done {
            let keeper = Arc::clone(&self.begun.0);
            let mut shelf = keeper.lock();
            let shelf = shelf.as_mut().ok_or(StoreError::Closed)?;
            if shelf.lost {
                return Err(StoreError::Engine {
                    doing: "keep what was changed while the backup was read",
                    source: format!(
                        "it was more than {} MiB: read it faster, or when less is written",
                        KEPT_MAX >> 20
                    )
                    .into(),
                }
                .into());
            }
            let (records, cursor) = piece(&self.view, shelf)?;
            self.done = cursor.is_none();
            shelf.pass(cursor.unwrap_or(vec![u8::MAX]));
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
        Ok(None)
    }
}

impl Shelf {
    /// Everything below `cursor` was read.
    fn pass(&mut self, cursor: Vec<u8>) {
        let rest = self.kept.split_off(&cursor);
        let passed = std::mem::replace(&mut self.kept, rest);
        self.bytes -= (passed.iter())
            .map(|(key, value)| size(key, value.as_ref()))
            .sum::<usize>();
        self.cursor = cursor;
    }

    fn raw(&self, view: &View, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self.kept.get(key) {
            Some(value) => Ok(value.clone()),
            None => view.raw(key),
        }
    }
}

/// The next records that travel, and where to go on; no such place after the last.
fn piece(view: &View, shelf: &Shelf) -> Result<(Vec<Record>, Option<Vec<u8>>), StoreError> {
    let end = vec![CHUNK];
    let mut records = Vec::new();
    let mut bytes = 0;
    let mut merged = Merged::from(view, shelf, shelf.cursor.clone());
    while let Some((key, raw)) = merged.next()? {
        let kind = key.first().copied().unwrap_or_default();
        if !derived::travels(kind) {
            let from = vec![kind.saturating_add(1)];
            if from >= end {
                break;
            }
            merged = Merged::from(view, shelf, from);
            continue;
        }
        let Some(raw) = raw else { continue };
        let value = plain(view, shelf, &key, &raw)?;
        bytes += key.len() + value.len();
        records.push(Record { key, value });
        if records.len() >= PIECE_RECORDS || bytes >= PIECE_BYTES {
            let mut after = records
                .last()
                .map_or_else(Vec::new, |last| last.key.clone());
            after.push(0);
            return Ok((records, Some(after)));
        }
    }
    Ok((records, None))
}

/// A record's value as it was encoded.
fn plain(view: &View, shelf: &Shelf, key: &[u8], raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let opened = value::open(key, raw).map_err(|damage| corrupt(key, damage))?;
    let joined = join(key, &opened, |part| shelf.raw(view, part))?;
    let plain = joined.and_then(|joined| opened.plain(&joined).map(std::borrow::Cow::into_owned));
    plain.map_err(|damage| corrupt(key, damage))
}

/// A key, and what stood under it when the snapshot began.
type Item = (Vec<u8>, Option<IVec>);

/// The tree's records, with those that were put aside in their place.
struct Merged<'a> {
    stored: sled::Iter,
    /// The tree's next.
    ahead: Option<Item>,
    kept: std::iter::Peekable<std::collections::btree_map::Range<'a, Vec<u8>, Option<IVec>>>,
}

impl<'a> Merged<'a> {
    fn from(view: &View, shelf: &'a Shelf, from: Vec<u8>) -> Self {
        let end = vec![CHUNK];
        let from = from.min(end.clone());
        Self {
            stored: view.tree().range(from.clone()..end.clone()),
            ahead: None,
            kept: shelf.kept.range(from..end).peekable(),
        }
    }

    fn next(&mut self) -> Result<Option<Item>, StoreError> {
        if self.ahead.is_none() {
            let stored = self.stored.next().transpose().map_err(engine("read"))?;
            self.ahead = stored.map(|(key, raw)| (key.to_vec(), Some(raw)));
        }
        let order = match (&self.ahead, self.kept.peek()) {
            (None, None) => return Ok(None),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((stored, _)), Some((kept, _))) => stored.cmp(kept),
        };
        if order == std::cmp::Ordering::Less {
            return Ok(self.ahead.take());
        }
        if order == std::cmp::Ordering::Equal {
            self.ahead = None;
        }
        let kept = self.kept.next();
        Ok(kept.map(|(key, raw)| (key.clone(), raw.clone())))
    }
}

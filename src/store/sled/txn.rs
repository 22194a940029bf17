//! Reading records, and gathering writes until they are applied as one batch.
//!
//! One batch is atomic against a crash; several trees would tear, so there is one tree. A [`Txn`]
//! sees its own writes. Only the writer has one, hence nothing changes between a step's reads and
//! its batch.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sled::IVec;
use uuid::Uuid;

use crate::model::delivery::DeliveryState;
use crate::model::id::EndpointName;
use crate::store::StoreError;
use crate::store::sled::agenda::{Agenda, Moved};
use crate::store::sled::counters::{Counters, Sweep, is_counted};
use crate::store::sled::ids;
use crate::store::sled::keys::{
    CommitKey, EndpointCountKey, Key, LedgerKey, LiveKey, after, chunk, readable,
};
use crate::store::sled::roll;
use crate::store::sled::snapshot::Begun;
use crate::store::sled::states::Ledger;
use crate::store::sled::value::{self, Damage, Packed, Sealed};
use crate::store::sled::view::{View, decode_key};

/// Something that records can be read from.
pub(super) trait Read {
    /// The bytes under `key`.
    fn raw(&self, key: &[u8]) -> Result<Option<IVec>, StoreError>;

    /// The record under `key`.
    fn get<K: Key>(&self, key: &K) -> Result<Option<K::Value>, StoreError> {
        let key = key.encode();
        let mut seen = None;
        // A reader beside the writer may meet the old value and new parts: it looks again. Whoever
        // finds the same value twice and parts that do not fit it has found damage.
        loop {
            let Some(raw) = self.raw(&key)? else {
                return Ok(None);
            };
            match self.decode(&key, &raw)? {
                Ok(record) => return Ok(Some(record)),
                Err(damage) if seen.as_ref() == Some(&raw) => return Err(corrupt(&key, damage)),
                Err(_) => seen = Some(raw),
            }
        }
    }

    /// Decodes a value that was read, with its further parts.
    fn decode<V: serde::de::DeserializeOwned>(
        &self,
        key: &[u8],
        raw: &[u8],
    ) -> Result<Result<V, Damage>, StoreError> {
        let opened = match value::open(key, raw) {
            Ok(opened) => opened,
            Err(damage) => return Ok(Err(damage)),
        };
        let joined = join(key, &opened, |part| self.raw(part))?;
        Ok(joined.and_then(|joined| opened.decode(&joined)))
    }

    /// The first key that begins with `prefix` and stands at or after `from`.
    fn first_raw(&self, prefix: &[u8], from: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first key of kind `K` that begins with `prefix` and stands at or after `from`.
    fn first<K: Key>(&self, prefix: &[u8], from: Vec<u8>) -> Result<Option<K>, StoreError> {
        self.first_raw(prefix, from)?
            .map(|key| decode_key(Ok(IVec::from(key))))
            .transpose()
    }

    /// Whether something stands under `key`.
    fn has<K: Key>(&self, key: &K) -> Result<bool, StoreError> {
        Ok(self.raw(&key.encode())?.is_some())
    }
}

/// The further parts of a value in a row, each read by `raw`.
pub(super) fn join(
    key: &[u8],
    opened: &value::Opened<'_>,
    raw: impl Fn(&[u8]) -> Result<Option<IVec>, StoreError>,
) -> Result<Result<Vec<u8>, Damage>, StoreError> {
    let mut joined = Vec::new();
    for number in 0..opened.parts() {
        let part_key = chunk(key, number);
        let Some(part) = raw(&part_key)? else {
            return Ok(Err(Damage(format!("its part {number} is missing"))));
        };
        match value::open(&part_key, &part) {
            Ok(part) => joined.extend_from_slice(part.payload()),
            Err(Damage(why)) => {
                return Ok(Err(Damage(format!("in its part {number}: {why}"))));
            }
        }
    }
    Ok(Ok(joined))
}

/// The engine's error while `doing`.
pub(super) fn engine(doing: &'static str) -> impl Fn(sled::Error) -> StoreError {
    move |source| StoreError::Engine {
        doing,
        source: Box::new(source),
    }
}

/// Takes a damaged record for none, and says so: one must not keep all others from being listed.
pub(super) fn sound<T>(read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!("{error}");
            Ok(None)
        }
        other => other,
    }
}

/// A damaged record.
pub(super) fn corrupt(key: &[u8], damage: Damage) -> StoreError {
    StoreError::Corrupt {
        key: readable(key),
        why: damage.0,
    }
}

/// Gathered writes; dropped, they never were.
pub(super) struct Txn<'a> {
    view: View,
    counters: &'a mut Counters,
    writes: BTreeMap<Vec<u8>, Option<IVec>>,
    ledger: Option<Ledger>,
}

/// Writes of one batch above which a step that may go on in parts does so: larger batches were
/// seen to make the engine's memory grow without end.
const BATCH_MAX: usize = 300;

impl<'a> Txn<'a> {
    pub(super) fn new(view: View, counters: &'a mut Counters) -> Self {
        Self {
            view,
            counters,
            writes: BTreeMap::new(),
            ledger: None,
        }
    }

    /// The tree without this step's writes, for scans that say so.
    pub(super) fn view(&self) -> &View {
        &self.view
    }

    pub(super) fn put<K: Key>(&mut self, key: &K, value: &K::Value) -> Result<(), StoreError> {
        self.put_packed(key, &value::pack(value))
    }

    /// Stores what was packed before.
    pub(super) fn put_packed<K: Key>(
        &mut self,
        key: &K,
        packed: &Packed,
    ) -> Result<(), StoreError> {
        let key = key.encode();
        let Some(Sealed { base, parts }) = value::seal(&key, packed, |number| chunk(&key, number))
        else {
            return Err(StoreError::Engine {
                doing: "keep a record of this length",
                source: readable(&key).into(),
            });
        };
        self.drop_parts::<K>(&key, parts.len())?;
        for (part_key, part) in parts {
            self.writes.insert(part_key, Some(part.into()));
        }
        self.writes.insert(key, Some(base.into()));
        Ok(())
    }

    pub(super) fn remove<K: Key>(&mut self, key: &K) -> Result<(), StoreError> {
        let key = key.encode();
        self.drop_parts::<K>(&key, 0)?;
        self.writes.insert(key, None);
        Ok(())
    }

    /// Stores bytes as they are.
    pub(super) fn put_raw(&mut self, key: &[u8], value: Vec<u8>) {
        self.writes.insert(key.to_vec(), Some(value.into()));
    }

    /// Removes a value of any kind, with its parts.
    pub(super) fn remove_raw(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.drop_stored_parts(key, 0)?;
        self.writes.insert(key.to_vec(), None);
        Ok(())
    }

    /// Removes the parts of the value that stands under `key` now, from number `keep` on. Keys
    /// that say all by themselves have a value of no size: there is nothing to look up.
    fn drop_parts<K: Key>(&mut self, key: &[u8], keep: usize) -> Result<(), StoreError> {
        if size_of::<K::Value>() == 0 {
            return Ok(());
        }
        self.drop_stored_parts(key, keep)
    }

    fn drop_stored_parts(&mut self, key: &[u8], keep: usize) -> Result<(), StoreError> {
        let Some(old) = self.raw(key)? else {
            return Ok(());
        };
        let parts = value::open(key, &old).map_or(0, |opened| opened.parts());
        for number in (0..parts).skip(keep) {
            self.writes.insert(chunk(key, number), None);
        }
        Ok(())
    }

    /// Counts and counters, to be changed.
    pub(super) fn ledger(&mut self) -> Result<&mut Ledger, StoreError> {
        let ledger = match self.ledger {
            Some(ledger) => ledger,
            None => self.get(&LedgerKey {})?.unwrap_or_default(),
        };
        Ok(self.ledger.insert(ledger))
    }

    /// Counts a delivery to `endpoint` out of one state and into another.
    pub(super) fn recount(
        &mut self,
        endpoint: &EndpointName,
        from: Option<DeliveryState>,
        into: Option<DeliveryState>,
    ) -> Result<(), StoreError> {
        if from == into {
            return Ok(());
        }
        let key = EndpointCountKey {
            endpoint: endpoint.clone(),
        };
        let mut counts = self.get(&key)?.unwrap_or_default();
        if let Some(from) = from {
            let count = &mut counts[place(from)];
            *count = count.saturating_sub(1);
        }
        if let Some(into) = into {
            counts[place(into)] += 1;
        }
        self.put(&key, &counts)
    }

    /// A new identifier, above all given before.
    pub(super) fn new_id(&mut self, now: Timestamp) -> Uuid {
        self.counters.last_id = ids::above(self.counters.last_id, now);
        self.counters.last_id
    }

    /// Where forgetting goes on.
    pub(super) fn sweep(&mut self) -> &mut Sweep {
        &mut self.counters.sweep
    }

    /// Puts right what is kept of the bytes of all records; whether it was wrong.
    pub(super) fn set_live(&mut self, live: u64) -> Result<bool, StoreError> {
        let kept = sound(self.get(&LiveKey {}))?;
        self.counters.live = live;
        if kept == Some(live) {
            return Ok(false);
        }
        self.put(&LiveKey {}, &live)?;
        self.commit()?;
        Ok(true)
    }

    /// Begins a snapshot of what all commits before this one left.
    pub(super) fn begin_snapshot(&self) -> Result<Begun, StoreError> {
        self.counters.keeper.begin()
    }

    /// Commits before this one.
    pub(super) fn commits(&self) -> u64 {
        self.counters.commits
    }

    /// Whether much was gathered.
    pub(super) fn is_full(&self) -> bool {
        self.writes.len() >= BATCH_MAX
    }

    /// Applies what was gathered if it is much. Only between things that stand alone: a crash may
    /// leave those before without those after.
    pub(super) fn breathe(&mut self) -> Result<(), StoreError> {
        if self.is_full() {
            self.commit()?;
        }
        Ok(())
    }

    /// Forgets what was gathered: it was only to be seen what would be.
    pub(super) fn discard(&mut self) {
        self.writes.clear();
        self.ledger = None;
    }

    /// Applies what was gathered, as one.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        if let Some(ledger) = self.ledger.take()
            && self.get(&LedgerKey {})? != Some(ledger)
        {
            self.put(&LedgerKey {}, &ledger)?;
        }
        if self.writes.is_empty() {
            return Ok(());
        }
        let commits = self.counters.commits + 1;
        self.put(&CommitKey {}, &commits)?;
        let live = self.prepare()?;
        self.put(&LiveKey {}, &live)?;
        let sources = roll::written(&self.writes);
        let moved = Agenda::moved(&self.writes);
        let mut batch = sled::Batch::default();
        for (key, value) in std::mem::take(&mut self.writes) {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.counters.uncertain = true;
        (self.view.tree().apply_batch(batch)).map_err(engine("commit"))?;
        self.counters.uncertain = false;
        (self.counters.commits, self.counters.live) = (commits, live);
        self.remember(&moved, &sources);
        Ok(())
    }

    /// Takes up in memory what was just committed. Where it cannot be read the step has been done all the
    /// same: what was remembered is let go of, and made anew when it is asked for.
    fn remember(&self, moved: &Moved, sources: &[Vec<u8>]) {
        let view = &self.view;
        if let Err(fault) = view.agenda().put_right(view, moved) {
            tracing::error!("cannot follow the queue of visits in memory: {fault}");
            view.agenda().forget();
        }
        if let Err(fault) = view.roll().note(view, sources) {
            tracing::error!("cannot follow the sources in memory: {fault}");
            view.roll().forget();
        }
    }

    /// Hands what is about to be overwritten to a snapshot that wants it, and says how many bytes
    /// keys and values will have.
    fn prepare(&self) -> Result<u64, StoreError> {
        let mut live = self.counters.live;
        let mut keeper = self.counters.keeper.writing();
        for (key, new) in &self.writes {
            let old = self.view.raw(key)?;
            if is_counted(key) {
                let size = |value: &IVec| (key.len() + value.len()) as u64;
                live += new.as_ref().map_or(0, size);
                live = live.saturating_sub(old.as_ref().map_or(0, size));
            }
            keeper.keep(key, old);
        }
        Ok(live)
    }
}

impl Read for Txn<'_> {
    fn raw(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.view.raw(key),
        }
    }

    fn first_raw(&self, prefix: &[u8], from: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        let end = after(prefix).expect("no kind of key is 0xff");
        let from = from.max(prefix.to_vec()).min(end.clone());
        let mut stored = None;
        for key in self.view.tree().range(from.clone()..end.clone()).keys() {
            let key = key.map_err(engine("list"))?;
            if !matches!(self.writes.get(key.as_ref()), Some(None)) {
                stored = Some(key.to_vec());
                break;
            }
        }
        let written = (self.writes.range(from..end))
            .find(|(_, value)| value.is_some())
            .map(|(key, _)| key.clone());
        Ok(match (stored, written) {
            (Some(stored), Some(written)) => Some(stored.min(written)),
            (stored, written) => stored.or(written),
        })
    }
}

/// The place of a state in the order of [`DeliveryState::ALL`].
pub(super) fn place(state: DeliveryState) -> usize {
    match state {
        DeliveryState::Waiting => 0,
        DeliveryState::Due => 1,
        DeliveryState::Retrying => 2,
        DeliveryState::Delivered => 3,
        DeliveryState::Failed => 4,
    }
}

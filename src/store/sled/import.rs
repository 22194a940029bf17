//! A new store made of records that came from another.
//!
//! It grows beside its place and gets the records that make it a store last, so that one which was
//! cut short opens as none; then it takes its place in one step.

use std::fs::File;
use std::path::{Path, PathBuf};

use sled::{Batch, Db};

use crate::store::StoreError;
use crate::store::backup::{Identity, Loader, Record};
use crate::store::sled::counters::is_counted;
use crate::store::sled::keys::{
    CommitKey, Key, ListsKey, LiveKey, SchemaKey, StoreIdKey, chunk, readable,
};
use crate::store::sled::open::{self, SCHEMA, SledOptions};
use crate::store::sled::side::SideFile;
use crate::store::sled::txn::engine;
use crate::store::sled::upgrade::LISTS;
use crate::store::sled::value::{Packed, pack, pack_plain, seal};
use crate::store::sled::{derived, place};

/// What becomes of a store that stands in the new one's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It stays, and nothing is imported.
    Stays,
    /// It steps aside under another name.
    StepsAside,
}

/// A store that grows.
pub(super) struct Import {
    path: PathBuf,
    identity: Identity,
    // The fields below are let go of in this order.
    sink: Option<Sink>,
    _lock: File,
}

/// Writes of one batch: larger ones make the engine's memory grow without end.
const BATCH_MAX: usize = 300;
/// Batches between two syncs, which let go of what the engine holds in memory.
const SYNC_EVERY: usize = 64;

/// A store's files, written from one end to the other.
pub(super) struct Sink {
    db: Db,
    folder: PathBuf,
    batch: Batch,
    gathered: usize,
    batches: usize,
    live: u64,
}

impl Import {
    /// Begins a store that will stand at `path`.
    pub(super) fn begin(
        path: &Path,
        options: &SledOptions,
        identity: &Identity,
        standing: Standing,
    ) -> Result<Self, StoreError> {
        let refuse = |why: String| StoreError::Open {
            path: path.display().to_string(),
            why,
        };
        if identity.schema != SCHEMA {
            return Err(refuse(format!(
                "the records have layout version {}, and this release knows {SCHEMA}; use the \
                 release that wrote them, or a newer one",
                identity.schema
            )));
        }
        let lock = place::lock(path)?;
        place::recover(path).map_err(|error| {
            refuse(format!(
                "cannot put right what a crash left behind: {error}"
            ))
        })?;
        if standing == Standing::Stays && place::is_taken(path) {
            return Err(refuse(
                "a store stands there already and is not touched; with --force it is set aside"
                    .to_owned(),
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            identity: identity.clone(),
            sink: Some(Sink::create(&place::part(path), options)?),
            _lock: lock,
        })
    }

    fn sink(&mut self) -> Result<&mut Sink, StoreError> {
        self.sink.as_mut().ok_or(StoreError::Closed)
    }
}

impl Loader for Import {
    fn put(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        for Record { key, value } in records {
            let damaged = |why: String| StoreError::Corrupt {
                key: readable(&key),
                why,
            };
            let kind = key.first().copied().unwrap_or_default();
            if !derived::travels(kind) {
                return Err(damaged("records of this kind do not travel".to_owned()));
            }
            let pairs = derived::of(&key, &value).map_err(|damage| damaged(damage.0))?;
            let sink = self.sink()?;
            sink.put(&key, &pack_plain(value))?;
            for (key, packed) in pairs.0 {
                sink.put(&key, &packed)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Option<PathBuf>, StoreError> {
        let mut sink = self.sink.take().ok_or(StoreError::Closed)?;
        let id = self.identity.store.clone();
        sink.put(&StoreIdKey {}.encode(), &pack(&id))?;
        sink.put(&SchemaKey {}.encode(), &pack(&SCHEMA))?;
        sink.put(&ListsKey {}.encode(), &pack(&LISTS))?;
        let live = sink.live;
        sink.put(&LiveKey {}.encode(), &pack(&live))?;
        let commits = 1_u64;
        sink.put(&CommitKey {}.encode(), &pack(&commits))?;
        sink.finish(id, commits)?;
        let aside = place::is_taken(&self.path).then(|| place::aside(&self.path, "replaced-", ""));
        let old = aside.clone().unwrap_or_default();
        place::exchange(&self.path, &old).map_err(failed("take its place"))?;
        Ok(aside)
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        if let Some(sink) = self.sink.take() {
            sink.discard();
        }
    }
}

impl Sink {
    /// Begins in the directory `folder`, which is made, or emptied.
    pub(super) fn create(folder: &Path, options: &SledOptions) -> Result<Self, StoreError> {
        place::remove(folder).map_err(failed("remove what an earlier attempt left"))?;
        open::make_directory(folder).map_err(failed("make a directory for the new store"))?;
        Ok(Self {
            db: open::open_engine(folder, options)?,
            folder: folder.to_owned(),
            batch: Batch::default(),
            gathered: 0,
            batches: 0,
            live: 0,
        })
    }

    fn put(&mut self, key: &[u8], packed: &Packed) -> Result<(), StoreError> {
        let sealed =
            seal(key, packed, |number| chunk(key, number)).ok_or_else(|| StoreError::Engine {
                doing: "keep a record of this length",
                source: readable(key).into(),
            })?;
        for (key, part) in &sealed.parts {
            self.put_raw(key, part)?;
        }
        self.put_raw(key, &sealed.base)
    }

    /// Writes bytes as they are.
    pub(super) fn put_raw(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        if is_counted(key) {
            self.live += (key.len() + value.len()) as u64;
        }
        self.batch.insert(key, value);
        self.gathered += 1;
        if self.gathered >= BATCH_MAX {
            self.apply()?;
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), StoreError> {
        self.gathered = 0;
        let batch = std::mem::take(&mut self.batch);
        self.db.apply_batch(batch).map_err(engine("write"))?;
        self.batches += 1;
        if self.batches.is_multiple_of(SYNC_EVERY) {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(engine("flush"))?;
        File::open(self.folder.join("db"))
            .and_then(|file| file.sync_data())
            .map_err(failed("sync its file"))
    }

    /// The records, to be looked at once they are written.
    pub(super) fn written(&mut self) -> Result<sled::Iter, StoreError> {
        self.apply()?;
        self.sync()?;
        Ok(self.db.iter())
    }

    /// Makes all of it durable, and closes it.
    pub(super) fn finish(mut self, id: String, commits: u64) -> Result<(), StoreError> {
        self.apply()?;
        self.sync()?;
        open::sync_new(&self.folder)?;
        (SideFile::new(&self.folder, id, None).write(commits))
            .map_err(failed("write its side file"))?;
        let Self { db, folder, .. } = self;
        drop(db);
        open::await_release(&folder);
        (File::open(&folder).and_then(|file| file.sync_all())).map_err(failed("sync its directory"))
    }

    /// Leaves nothing of it.
    pub(super) fn discard(self) {
        let Self { db, folder, .. } = self;
        drop(db);
        open::await_release(&folder);
        if let Err(error) = place::remove(&folder) {
            tracing::warn!("cannot remove {}: {error}", folder.display());
        }
    }
}

fn failed(doing: &'static str) -> impl Fn(std::io::Error) -> StoreError {
    move |source| StoreError::Engine {
        doing,
        source: Box::new(source),
    }
}

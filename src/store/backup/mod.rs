//! A whole store as a stream of records that knows no engine: what a backup holds, what is restored
//! from it, and what travels from one store to another.
//!
//! A [`Source`] gives records in the order of their keys: a store as it stood at one moment, or a
//! backup's file. A [`Loader`] makes a new store of them, which is there whole or not at all. An
//! engine joins by giving a source and a loader; everything else is written once.
//!
//! Only what cannot be had from anything else travels: lists, queues and ways back are made anew
//! from the records that cause them.

mod file;
mod layout;
mod read;
mod write;

use std::collections::BTreeMap;
use std::io;

pub use self::file::{WholeFile, objection};
pub use self::layout::{FORMAT, MEDIA_TYPE};
pub use self::read::BackupReader;
pub use self::write::BackupWriter;

use crate::store::StoreError;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// A byte that names its kind, then its parts: names with their length in front, identifiers as
    /// their sixteen bytes, numbers big-endian.
    pub key: Vec<u8>,
    /// Its value: JSON on one line.
    pub value: Vec<u8>,
}

/// Which store the records are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The version of the records' layout.
    pub schema: u32,
    /// The store's own identifier: what is restored is the same store.
    pub store: String,
}

/// Gives the records of one store, in the order of their keys.
pub trait Source: Send {
    /// Of which store.
    fn identity(&self) -> &Identity;

    /// The next of them, at least one; `None` after the last. Blocks.
    fn next(&mut self) -> Result<Option<Vec<Record>>, BackupError>;
}

/// Makes a store of records. Dropped before [`Loader::finish`], it leaves no store behind.
pub trait Loader: Send {
    /// Takes the next of them. Blocks.
    fn put(&mut self, records: Vec<Record>) -> Result<(), StoreError>;

    /// Makes all of them durable and then, in one step, a store. Blocks. Says what was moved aside
    /// for it.
    fn finish(self: Box<Self>) -> Result<Option<std::path::PathBuf>, StoreError>;
}

/// What was read or written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records.
    pub records: u64,
    /// Records by the byte that names their kind.
    pub kinds: BTreeMap<char, u64>,
    /// Bytes of the backup, where one is read or written.
    pub bytes: u64,
}

impl Tally {
    fn count(&mut self, record: &Record) {
        self.records += 1;
        let kind = char::from(record.key.first().copied().unwrap_or_default());
        *self.kinds.entry(kind).or_default() += 1;
    }
}

/// Why a backup cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file, the pipe or the connection failed.
    #[error("cannot {doing}")]
    Io {
        /// Reading or writing.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It does not begin as a backup does.
    #[error("it is no backup of wireroom: {0}")]
    Foreign(String),
    /// A later release wrote it.
    #[error(
        "it is a backup of version {found}, and this release reads {known}; use a newer release"
    )]
    Newer {
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// It is not as it was written.
    #[error(
        "it is damaged at record {record}, in the block at byte {offset}: {why}; take another copy of it"
    )]
    Damaged {
        /// The first record that is in doubt, counted from 1.
        record: u64,
        /// Where the damaged block begins in the file.
        offset: u64,
        /// What is wrong.
        why: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes all of `source` as a backup; `progress` hears after each piece. Blocks.
pub fn write<W: io::Write>(
    source: &mut dyn Source,
    out: W,
    progress: &mut dyn FnMut(&Tally),
) -> Result<(W, Tally), BackupError> {
    let failed = |source| BackupError::Io {
        doing: "write the backup",
        source,
    };
    let mut writer = BackupWriter::begin(out, source.identity()).map_err(failed)?;
    while let Some(records) = source.next()? {
        for record in &records {
            writer.record(record).map_err(failed)?;
        }
        progress(writer.tally());
    }
    writer.finish().map_err(failed)
}

/// Puts all of `source` into `loader` and makes a store of it. Blocks. Says how much it was, and
/// what was moved aside.
pub fn load(
    source: &mut dyn Source,
    mut loader: Box<dyn Loader>,
    progress: &mut dyn FnMut(&Tally),
) -> Result<(Tally, Option<std::path::PathBuf>), BackupError> {
    let mut tally = Tally::default();
    while let Some(records) = source.next()? {
        for record in &records {
            tally.count(record);
        }
        loader.put(records)?;
        progress(&tally);
    }
    let aside = loader.finish()?;
    Ok((tally, aside))
}

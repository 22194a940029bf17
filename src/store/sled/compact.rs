//! Space given back: the engine keeps the files that it once needed, so a store that has grown far
//! past what it holds is written anew, record by record, and exchanged for the old one.
//!
//! This is done when the store is opened, before anybody writes to it: there is no write to lose.
//! What was written is read again and compared before the exchange; until then, and if anything
//! fails, the old store stays where it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use sled::IVec;
use xxhash_rust::xxh3::Xxh3;

use crate::store::StoreError;
use crate::store::sled::import::Sink;
use crate::store::sled::open::{self, Open, SledOptions};
use crate::store::sled::place;
use crate::store::sled::stats::bytes;
use crate::store::sled::txn::engine;
use crate::store::sled::writer::panicked;

/// When a store is written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compact {
    /// Not now.
    #[default]
    Never,
    /// When its files are so many times as large as the records in them.
    Grown(u32),
    /// Now.
    Now,
}

/// A store whose files are smaller than this is left as it is: there is nothing to be gained.
const SMALLEST: u64 = 128 * 1024 * 1024;

impl Compact {
    /// Whether a store of these sizes is to be written anew.
    pub(super) fn is_due(self, files: u64, live: u64) -> bool {
        match self {
            Self::Never => false,
            Self::Grown(times) => files >= SMALLEST && files / u64::from(times.max(1)) > live,
            Self::Now => true,
        }
    }
}

/// Writes the store at `path`, which is open as `old`, anew and exchanges the two. Under the lock.
/// After an error the old one stands as it was; it is closed either way.
pub(super) fn rewrite(path: &Path, old: Open, options: &SledOptions) -> Result<(), StoreError> {
    let from = bytes(path);
    tracing::info!(
        "the store at {} has {} MB on disk and holds {} MB: it is written anew",
        path.display(),
        from / 1_000_000,
        old.live() / 1_000_000
    );
    // A full disk may make the engine panic.
    let written = catch_unwind(AssertUnwindSafe(|| copy(path, &old, options)))
        .unwrap_or_else(|panic| Err(panicked("write itself anew", panic.as_ref())));
    drop(old);
    open::await_release(path);
    written?;
    let failed = |source: std::io::Error| StoreError::Engine {
        doing: "exchange itself for the one written anew",
        source: source.into(),
    };
    let before = place::before(path);
    place::exchange(path, &before).map_err(failed)?;
    if let Err(error) = place::remove(&before) {
        tracing::warn!("cannot remove {}: {error}", before.display());
    }
    tracing::info!(
        "the store was written anew: {} MB on disk, {} MB before",
        bytes(path) / 1_000_000,
        from / 1_000_000
    );
    Ok(())
}

/// Copies every record as it stands, and reads the copy.
fn copy(path: &Path, old: &Open, options: &SledOptions) -> Result<(), StoreError> {
    let mut sink = Sink::create(&place::part(path), options)?;
    let mut sum = Sum::default();
    let mut filled = || {
        for item in old.tree() {
            let (key, value) = item.map_err(engine("read"))?;
            sum.add(&key, &value);
            sink.put_raw(&key, &value)?;
        }
        let mut read = Sum::default();
        for item in sink.written()? {
            let (key, value) = item.map_err(engine("read what was written"))?;
            read.add(&key, &value);
        }
        if read.end() == sum.end() {
            return Ok(());
        }
        Err(StoreError::Engine {
            doing: "read what was written as it was written",
            source: "the two differ: look at the disk".into(),
        })
    };
    match filled() {
        Ok(()) => sink.finish(old.id().to_owned(), old.commits()),
        Err(error) => {
            sink.discard();
            Err(error)
        }
    }
}

/// What all records sum up to, in their order.
#[derive(Default)]
struct Sum {
    hash: Xxh3,
    records: u64,
}

impl Sum {
    fn add(&mut self, key: &IVec, value: &IVec) {
        self.records += 1;
        for part in [key, value] {
            self.hash.update(&(part.len() as u64).to_le_bytes());
            self.hash.update(part);
        }
    }

    fn end(&self) -> (u64, u128) {
        (self.records, self.hash.digest128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_grown_far_is_written_anew() {
        let mb = 1024 * 1024;
        assert!(Compact::Grown(4).is_due(401 * mb, 100 * mb));
        assert!(!Compact::Grown(4).is_due(400 * mb, 100 * mb));
        assert!(!Compact::Grown(4).is_due(100 * mb, 0));
        assert!(!Compact::Never.is_due(u64::MAX, 0));
        assert!(Compact::Now.is_due(0, 0));
    }
}

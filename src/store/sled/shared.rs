//! What all handles of one open store share, and how it is closed.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock};

use sled::Db;

use crate::store::StoreError;
use crate::store::sled::open::{self, SledOptions};
use crate::store::sled::salvage::Salvage;
use crate::store::sled::view::View;
use crate::store::sled::writer::{Hand, Sender};

/// The open store.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) id: String,
    /// What was done before it can be mended; the mending takes it.
    pub(super) salvage: Mutex<Option<Salvage>>,
    /// `None` once closed. Whoever reads or waits for the writer holds it for reading.
    pub(super) open: RwLock<Option<Files>>,
    pub(super) hand: Mutex<Option<Hand>>,
}

/// What is let go of when the store is closed; the lock last.
pub(super) struct Files {
    pub(super) sender: Sender,
    pub(super) view: View,
    pub(super) db: Db,
    pub(super) lock: File,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

impl Shared {
    /// Opens the store at `path` and starts its writer. Blocks.
    pub(super) fn open(path: PathBuf, options: &SledOptions) -> Result<Self, StoreError> {
        let open::Opened {
            open,
            lock,
            salvage,
        } = open::open(&path, options)?;
        let view = open.writer.view.clone();
        let hand = Hand::start(open.writer).map_err(|source| StoreError::Engine {
            doing: "start its writer",
            source: Box::new(source),
        })?;
        let files = Files {
            sender: hand.sender(),
            view,
            db: open.db,
            lock,
        };
        Ok(Self {
            path,
            id: open.id,
            salvage: Mutex::new(salvage),
            open: RwLock::new(Some(files)),
            hand: Mutex::new(Some(hand)),
        })
    }

    /// What was done before it can be mended, once.
    pub(super) fn take_salvage(&self) -> Option<Salvage> {
        let mut salvage = self.salvage.lock().unwrap_or_else(PoisonError::into_inner);
        salvage.take()
    }

    /// Does something with the open files.
    pub(super) fn with<T>(
        &self,
        f: impl FnOnce(&Files) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        f(open.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Waits for those who are reading or writing, then for the writer, and lets go. Blocks.
    pub(super) fn close(&self) {
        let files = self
            .open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let hand = self
            .hand
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Files {
            sender,
            view,
            db,
            lock,
        }) = files
        else {
            return;
        };
        drop((sender, view));
        if let Some(hand) = hand {
            hand.stop();
        }
        drop(db);
        open::await_release(&self.path);
        drop(lock);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

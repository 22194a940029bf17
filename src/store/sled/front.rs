//! The store's front: opened, filled from another, and the two ways into it.

use std::path::Path;
use std::sync::Arc;

use crate::store::StoreError;
use crate::store::backup::{Identity, Loader};
use crate::store::sled::import::{Import, Standing};
use crate::store::sled::open::SledOptions;
use crate::store::sled::shared::Shared;
use crate::store::sled::txn::Txn;
use crate::store::sled::view::View;
use crate::store::sled::writer::blocking;
use crate::store::sled::{SledStore, place};

impl SledStore {
    /// Opens the store in the directory `path`, or makes one there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`] where it is in use, too new, of another store, older than it was, or
    /// damaged; a damaged one is set aside under another name first, if the options say so. The
    /// message says what to do.
    pub async fn open(path: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let shared = Arc::new(blocking(move || Shared::open(path, &options)).await?);
        Ok(Self { shared })
    }

    /// Whether a store stands at `path`; where none does, opening makes one.
    #[must_use]
    pub fn stands_at(path: &Path) -> bool {
        place::stands(path)
    }

    /// Begins a new store at `path`, to be filled with the records of another. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`] where one stands there and is to stay, or where the records are of
    /// another layout.
    pub fn import(
        path: &Path,
        options: &SledOptions,
        identity: &Identity,
        standing: Standing,
    ) -> Result<Box<dyn Loader>, StoreError> {
        Ok(Box::new(Import::begin(path, options, identity, standing)?))
    }

    /// Reads on a blocking thread.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.with(|files| read(&files.view))).await
    }

    /// Has the writer do a step, and waits until it is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Txn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.with(|files| files.sender.run(step))).await
    }
}

//! Stores by their addresses, as the configuration and the commands name them.

use std::sync::Arc;

use super::backup::{Identity, Loader};
use super::sled::{SledOptions, SledStore, Standing};
use super::{Store, StoreError};
use crate::config::{Config, StoreLocation};

/// Opens the store that the configuration names, as a command does.
pub async fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    open_standing(&config.store.location, sled_options(config)).await
}

/// Opens a store that has to be there already: where there is none, none is made.
pub async fn open_standing(
    location: &StoreLocation,
    options: SledOptions,
) -> anyhow::Result<Arc<dyn Store>> {
    let StoreLocation::Sled(path) = location;
    if !SledStore::stands_at(path) {
        anyhow::bail!(
            "there is no store at {}; look at the path that was given or configured, or put a \
             backup there with `wireroom store restore FILE`",
            path.display()
        );
    }
    open_location(location, options).await
}

/// Opens it with what is asked for beforehand.
pub async fn open_location(
    location: &StoreLocation,
    options: SledOptions,
) -> anyhow::Result<Arc<dyn Store>> {
    match location {
        StoreLocation::Sled(path) => Ok(Arc::new(SledStore::open(path, options).await?)),
    }
}

/// What the configuration says of the embedded store.
pub fn sled_options(config: &Config) -> SledOptions {
    SledOptions {
        cache: config.store.cache,
        ..SledOptions::default()
    }
}

/// Begins a new store at `location`, to be filled with the records of another. Blocks.
pub fn import_store(
    location: &StoreLocation,
    options: &SledOptions,
    identity: &Identity,
    standing: Standing,
) -> Result<Box<dyn Loader>, StoreError> {
    match location {
        StoreLocation::Sled(path) => SledStore::import(path, options, identity, standing),
    }
}

//! What the store of an older release lacks and a newer one looks for: lists that follow from
//! records which are there. They are made once, when the store is opened.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;

use crate::model::id::ArticleId;
use crate::store::StoreError;
use crate::store::sled::counters::Counters;
use crate::store::sled::keys::{DeliveryKey, DeliveryOfKey, Key as _, ListsKey, prefix};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn, engine, sound};
use crate::store::sled::view::View;

/// The lists that this release looks in. 1: the deliveries of an article.
pub(super) const LISTS: u32 = 1;

/// Entries between two flushes.
const FLUSH_EVERY: u64 = 20_000;

/// What is read of a delivery.
#[derive(Deserialize)]
struct Of {
    article: Option<Text<ArticleId>>,
}

/// Makes the lists that are missing. A crash in between leaves some of their entries, which are then
/// made again: what says that they are complete is written last. Blocks.
pub(super) fn complete(
    path: &Path,
    view: &View,
    counters: &mut Counters,
    file: &File,
) -> Result<(), StoreError> {
    if sound(view.get(&ListsKey {}))?.is_some_and(|lists| lists >= LISTS) {
        return Ok(());
    }
    let mut txn = Txn::new(view.clone(), counters);
    let mut listed = 0_u64;
    for item in view.tree().scan_prefix(prefix::<DeliveryKey>(&[])) {
        let (key, raw) = item.map_err(engine("list"))?;
        // A damaged one is found by a check, and its places are made when it is mended.
        let (Some(key), Ok(of)) = (DeliveryKey::decode(&key), view.decode::<Of>(&key, &raw)?)
        else {
            continue;
        };
        if let Some(Text(article)) = of.article {
            let delivery = key.delivery;
            txn.put(&DeliveryOfKey { article, delivery }, &())?;
            txn.breathe()?;
            listed += 1;
            if listed.is_multiple_of(FLUSH_EVERY) {
                // Lets go of what the engine holds in memory.
                view.tree().flush().map_err(engine("flush"))?;
            }
        }
    }
    txn.put(&ListsKey {}, &LISTS)?;
    txn.commit()?;
    drop(txn);
    view.tree().flush().map_err(engine("flush"))?;
    file.sync_data().map_err(|source| StoreError::Engine {
        doing: "sync its file",
        source: source.into(),
    })?;
    let path = path.display();
    tracing::info!(
        listed,
        "the store at {path} of an older release was given the lists of this one"
    );
    Ok(())
}

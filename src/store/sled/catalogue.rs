//! The list of articles without their words: keys, and the record that names the newest revision.

use crate::model::id::OutletName;
use crate::store::sled::keys::{ArticleKey, ListKey, OutletListKey, prefix};
use crate::store::sled::lists::{Listed, cursor_place};
use crate::store::sled::txn::{Read as _, sound};
use crate::store::sled::view::View;
use crate::store::{Catalogued, Cursor, Page, StoreError};

/// See [`crate::store::Store::catalogue`].
pub(super) fn catalogue(
    view: &View,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Catalogued>, StoreError> {
    let all = prefix::<ListKey>(&[]);
    let below = cursor.map(cursor_place).transpose()?;
    let below = below.map(|place| [all.as_slice(), &place].concat());
    let mut items = Vec::new();
    let mut end = None;
    for (looks, key) in view.backward::<ListKey>(&all, below).enumerate() {
        if looks == limit.max(1) {
            return Ok(Page { items, next: end });
        }
        let ListKey { stored, article } = key?;
        end = Some(Cursor::of_article(stored, article));
        if let Some(record) = sound(view.get(&ArticleKey { article }))? {
            items.push(Catalogued {
                id: article,
                stored,
                revision: record.revision,
            });
        }
    }
    Ok(Page { items, next: None })
}

/// See [`crate::store::Store::rising`].
pub(super) fn rising(
    view: &View,
    outlet: Option<&OutletName>,
    from: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Cursor>, StoreError> {
    match outlet {
        None => rise::<ListKey>(view, &prefix::<ListKey>(&[]), from, limit),
        Some(outlet) => {
            let list = prefix::<OutletListKey>(&[outlet]);
            rise::<OutletListKey>(view, &list, from, limit)
        }
    }
}

fn rise<K: Listed>(
    view: &View,
    list: &[u8],
    from: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Cursor>, StoreError> {
    let from = from.map(cursor_place).transpose()?;
    let from = from.map_or_else(Vec::new, |place| [list, &place].concat());
    let keys = view.forward::<K>(list, from).take(limit);
    keys.map(|key| {
        let (stored, article) = key?.place();
        Ok(Cursor::of_article(stored, article))
    })
    .collect()
}

//! The list of articles without their words: keys, and the record that names the newest revision.

use crate::store::sled::keys::{ArticleKey, ListKey, prefix};
use crate::store::sled::lists::{bytes, cursor_place};
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
        end = Some(Cursor(bytes(&[&stored, &article])));
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

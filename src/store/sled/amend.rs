//! Revisions without a visit: pages that are kept as they came, read anew with other rules.

use crate::model::id::ArticleId;
use crate::model::language::primary_subtag;
use crate::store::sled::keys::{ArticleKey, Digest, RawKey, RevisionKey};
use crate::store::sled::revision::{Words, name_text, revise};
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::sled::view::View;
use crate::store::sled::words::{ContentRecord, bound_content};
use crate::store::{Amendment, RawArticle, StoreError};

/// See [`crate::store::Store::raw`].
pub(super) fn raw(
    view: &View,
    article: ArticleId,
) -> Result<Option<(u32, RawArticle)>, StoreError> {
    let newest = view.get(&ArticleKey { article })?;
    let newest = newest.map_or(0, |record| record.revision);
    // What was amended has no page of its own: it is of the page before.
    for number in (1..=newest).rev() {
        if let Some(raw) = view.get(&RawKey { article, number })? {
            return Ok(Some((number, raw.into())));
        }
    }
    Ok(None)
}

/// See [`crate::store::Store::amend`].
pub(super) fn amend(txn: &mut Txn<'_>, said: Amendment) -> Result<u32, StoreError> {
    let article = said.article;
    let stored = txn
        .get(&ArticleKey { article })?
        .ok_or_else(|| StoreError::NotFound {
            what: "article",
            name: article.to_string(),
        })?;
    if stored.revision != said.after {
        return Err(StoreError::LeaseLost);
    }
    let last = RevisionKey {
        article,
        number: stored.revision,
    };
    // The words are of the page as it was fetched then.
    let fetched = txn.get(&last)?.map_or(said.now.into(), |last| last.fetched);
    if let Some(key) = said.text_key {
        name_text(txn, article, Digest::text(&stored.outlet, key))?;
    }
    let content = bound_content(said.content);
    let words = Words {
        now: said.now,
        fetched,
        language: content.language.as_deref().map(primary_subtag),
        content: ContentRecord::from(content),
        digest: said.digest,
        sketch: said.sketch,
        raw: None,
        announce: said.announce,
    };
    revise(txn, article, stored, words).map(|(number, _)| number)
}

//! Revisions without a visit: pages that are kept as they came, read anew with other rules.

use crate::model::event::EventKind;
use crate::model::id::ArticleId;
use crate::store::sled::keys::{ArticleKey, Digest, RawKey, RevisionKey, TextKey, TextOfKey};
use crate::store::sled::publish::{primary, set_language, tell};
use crate::store::sled::records::TextRecord;
use crate::store::sled::story;
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn, View};
use crate::store::sled::words::{ContentRecord, RevisionRecord, bound_content};
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
    let mut stored = txn
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
    let content = bound_content(said.content);
    stored.revision += 1;
    stored.digest = said.digest;
    let language = content.language.as_deref().map(primary);
    set_language(txn, article, &mut stored, language)?;
    if let Some(key) = said.text_key {
        let text = Digest::text(&stored.outlet, key);
        if !txn.has(&TextKey { text })? {
            let known = TextRecord {
                article: article.into(),
            };
            txn.put(&TextKey { text }, &known)?;
            txn.put(&TextOfKey { article, text }, &())?;
        }
    }
    let event = match &said.announce {
        None => None,
        Some((to, terms)) => {
            let to = story::routed(txn, (article, &mut stored), to, terms)?;
            let of = (article, &stored);
            Some(tell(txn, EventKind::ArticleUpdated, said.now, of, &to)?)
        }
    };
    let revision = RevisionRecord {
        fetched,
        event: event.map(Text),
        content: ContentRecord::from(content),
    };
    let key = RevisionKey {
        article,
        number: stored.revision,
    };
    txn.put(&key, &revision)?;
    txn.put(&ArticleKey { article }, &stored)?;
    txn.ledger()?.revisions += 1;
    Ok(stored.revision)
}

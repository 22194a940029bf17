//! An article's next revision, wherever its words come from: a visit, or a page read anew.

use jiff::Timestamp;

use crate::dedupe::sketch::Sketch;
use crate::model::delivery::StoryTerms;
use crate::model::event::{ArticleSubject, Event, EventKind, Subject};
use crate::model::id::{ArticleId, EndpointName, EventId};
use crate::store::StoreError;
use crate::store::sled::events::append;
use crate::store::sled::keys::{
    ArticleKey, Digest, ListKey, OutletListKey, PageKeyed, RawKey, RevisionKey, SketchKey, TextKey,
    TextOfKey,
};
use crate::store::sled::raw::PackedRaw;
use crate::store::sled::records::{ArticleRecord, ListRecord, TextRecord};
use crate::store::sled::text::{Text, bare};
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::sled::words::{ContentRecord, RevisionRecord};
use crate::store::sled::{near, story};

/// What a revision says.
pub(super) struct Words {
    /// When it is stored.
    pub(super) now: Timestamp,
    /// When its page was fetched.
    pub(super) fetched: Text<Timestamp>,
    pub(super) content: ContentRecord,
    /// The primary subtag of its language.
    pub(super) language: Option<String>,
    pub(super) digest: u64,
    pub(super) sketch: Option<Sketch>,
    pub(super) raw: Option<PackedRaw>,
    /// Endpoints to tell, and on which terms; `None`: nobody, and no event is written.
    pub(super) announce: Option<(Vec<EndpointName>, StoryTerms)>,
}

/// Stores the revision after the newest, which `stored` names. Its number, and its event.
pub(super) fn revise(
    txn: &mut Txn<'_>,
    article: ArticleId,
    mut stored: ArticleRecord,
    words: Words,
) -> Result<(u32, Option<EventId>), StoreError> {
    stored.revision += 1;
    stored.digest = words.digest;
    set_language(txn, article, &mut stored, words.language)?;
    story::retitle(txn, article, &stored, words.content.title.as_deref())?;
    // What is put right is what later copies are made of. The story stays what it is.
    let is_found = txn.has(&SketchKey { article })?;
    if let Some(sketch) = &words.sketch
        && (is_found || stored.original)
    {
        near::index(txn, article, stored.stored.0, &stored.outlet.0, sketch)?;
    }
    let event = match &words.announce {
        None => None,
        Some((to, terms)) => {
            let to = story::corrected(txn, (article, &mut stored), to, terms)?;
            let of = (article, &stored);
            Some(tell(txn, EventKind::ArticleUpdated, words.now, of, &to)?)
        }
    };
    let number = stored.revision;
    let revision = RevisionRecord {
        fetched: words.fetched,
        event: event.map(Text),
        content: words.content,
    };
    txn.put(&RevisionKey { article, number }, &revision)?;
    keep_raw(txn, article, number, words.raw.as_ref())?;
    txn.put(&ArticleKey { article }, &stored)?;
    txn.ledger()?.revisions += 1;
    Ok((number, event))
}

/// Lists an article under the language of its newest revision.
fn set_language(
    txn: &mut Txn<'_>,
    article: ArticleId,
    stored: &mut ArticleRecord,
    language: Option<String>,
) -> Result<(), StoreError> {
    if stored.language == language {
        return Ok(());
    }
    stored.language.clone_from(&language);
    let facets = ListRecord { language };
    let list = ListKey {
        stored: stored.stored.0,
        article,
    };
    txn.put(&list, &facets)?;
    let list = OutletListKey {
        outlet: stored.outlet.0.clone(),
        stored: stored.stored.0,
        article,
    };
    txn.put(&list, &facets)
}

/// Keeps what a revision was extracted from, where that is wanted.
pub(super) fn keep_raw(
    txn: &mut Txn<'_>,
    article: ArticleId,
    number: u32,
    raw: Option<&PackedRaw>,
) -> Result<(), StoreError> {
    let Some(raw) = raw else { return Ok(()) };
    txn.put_packed(&RawKey { article, number }, &raw.record)?;
    let ledger = txn.ledger()?;
    ledger.raw_pages += 1;
    ledger.raw_bytes += raw.bytes;
    Ok(())
}

/// Lets a text that names no article yet name this one.
pub(super) fn name_text(
    txn: &mut Txn<'_>,
    article: ArticleId,
    text: Digest,
) -> Result<(), StoreError> {
    if txn.has(&TextKey { text })? {
        return Ok(());
    }
    let known = TextRecord {
        article: article.into(),
    };
    txn.put(&TextKey { text }, &known)?;
    txn.put(&TextOfKey { article, text }, &())
}

/// Appends an article's event, with its deliveries.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    kind: EventKind,
    at: Timestamp,
    (article, stored): (ArticleId, &ArticleRecord),
    to: &[EndpointName],
) -> Result<EventId, StoreError> {
    let story = story::seen_from(txn, article, stored)?;
    let subject = ArticleSubject {
        id: article,
        revision: stored.revision,
        story: story.id,
        original: story.original,
        also: story.also,
    };
    let page = txn.get(&PageKeyed { page: stored.page })?;
    let event = Event {
        id: EventId::new(at),
        kind,
        at,
        subject: Subject::Article(subject),
        trace: page.and_then(|page| bare(page.trace)),
    };
    let id = event.id;
    append(txn, event, to)?;
    Ok(id)
}

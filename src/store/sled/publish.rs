//! Publishing: whether an article is new, a correction or known, and all that follows, as one batch.
//!
//! An article is found by its page, then by address, then by exact text, all within its outlet.
//! Where a key already names an article it goes on to name that one: the first is the winner.

use jiff::Timestamp;

use crate::model::event::{ArticleSubject, Event, EventKind, Subject};
use crate::model::id::{ArticleId, EndpointName, EventId, StoryId};
use crate::store::sled::events::append;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, Digest, ListKey, OutletListKey, RevisionKey, SourceKey,
    TextKey, TextOfKey,
};
use crate::store::sled::records::{
    AddressRecord, ArticleRecord, ListRecord, PageRecord, TextRecord,
};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::sled::visits::{done, leased};
use crate::store::sled::words::{ContentRecord, RevisionRecord, bound_content};
use crate::store::{Lease, PageKey, Publication, Published, StoreError};

/// What a publication says, in the form in which it is stored: made before the writer's turn.
pub(super) struct Prepared {
    now: Timestamp,
    fetched: Timestamp,
    url: url::Url,
    aliases: Vec<url::Url>,
    content: ContentRecord,
    language: Option<String>,
    text_key: Option<u64>,
    digest: u64,
    on_new: Vec<EndpointName>,
    on_updated: Vec<EndpointName>,
    validators: crate::model::source::Validators,
    next_look: Option<Timestamp>,
}

/// Further addresses of one publication that are kept.
const ALIASES_MAX: usize = 16;

impl Prepared {
    pub(super) fn new(publication: Publication) -> Self {
        let content = bound_content(publication.content);
        let mut aliases = publication.aliases;
        aliases.truncate(ALIASES_MAX);
        Self {
            now: publication.now,
            fetched: publication.fetched,
            url: publication.url,
            aliases,
            language: content.language.as_deref().map(primary),
            content: content.into(),
            text_key: publication.text_key,
            digest: publication.digest,
            on_new: publication.on_new,
            on_updated: publication.on_updated,
            validators: publication.validators,
            next_look: publication.next_look,
        }
    }
}

/// The primary subtag of a language tag (RFC 5646), in lower case.
pub(super) fn primary(tag: &str) -> String {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    primary.to_ascii_lowercase()
}

/// See [`crate::store::Store::publish`].
pub(super) fn publish(
    txn: &mut Txn<'_>,
    lease: &Lease<PageKey>,
    said: Prepared,
) -> Result<Published, StoreError> {
    let (page, mut record) = leased(txn, lease)?;
    let was_revisit = record.article.is_some();
    let keys = Keys::of(&record, page, &said);
    let existing = keys.find(txn, &record)?;
    let now = said.now;
    record.validators = said.validators.clone().into();
    let next_look = said.next_look;
    let published = match existing {
        None => insert(txn, page, &record, said)?,
        Some(article) => match txn.get(&ArticleKey { article })? {
            Some(stored) if stored.page == page && stored.digest != said.digest => {
                revise(txn, article, stored, said)?
            }
            // Stored from another page, or with these words, or pruned: it is known.
            Some(_) | None => Published::Known { article },
        },
    };
    let (Published::New { article, .. }
    | Published::Revised { article, .. }
    | Published::Known { article }) = published;
    keys.link(txn, article, now)?;
    record.article = Some(article.into());
    done(txn, page, &mut record, was_revisit, now, next_look)?;
    Ok(published)
}

/// All that names the article within its outlet.
struct Keys {
    /// The page's own first.
    addresses: Vec<Digest>,
    text: Option<Digest>,
}

impl Keys {
    fn of(record: &PageRecord, page: Digest, said: &Prepared) -> Self {
        let outlet = &record.outlet;
        let mut addresses = vec![page];
        for url in std::iter::once(&said.url).chain(&said.aliases) {
            let address = Digest::address(outlet, url);
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Self {
            addresses,
            text: said.text_key.map(|key| Digest::text(outlet, key)),
        }
    }

    fn find(&self, txn: &Txn<'_>, record: &PageRecord) -> Result<Option<ArticleId>, StoreError> {
        if let Some(article) = record.article {
            return Ok(Some(article.0));
        }
        for &address in &self.addresses {
            if let Some(known) = txn.get(&AddressKey { address })? {
                return Ok(Some(known.article.0));
            }
        }
        let Some(text) = self.text else {
            return Ok(None);
        };
        Ok(txn.get(&TextKey { text })?.map(|known| known.article.0))
    }

    /// Lets what names nothing yet name `article`. A pruned article gains addresses and no text.
    fn link(
        &self,
        txn: &mut Txn<'_>,
        article: ArticleId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pruned = !txn.has(&ArticleKey { article })?;
        for &address in &self.addresses {
            if txn.has(&AddressKey { address })? {
                continue;
            }
            let known = AddressRecord {
                article: article.into(),
                seen: now.into(),
                pruned,
            };
            txn.put(&AddressKey { address }, &known)?;
            if !pruned {
                txn.put(&AddressOfKey { article, address }, &())?;
            }
        }
        if let Some(text) = self.text
            && !pruned
            && !txn.has(&TextKey { text })?
        {
            let known = TextRecord {
                article: article.into(),
            };
            txn.put(&TextKey { text }, &known)?;
            txn.put(&TextOfKey { article, text }, &())?;
        }
        Ok(())
    }
}

/// Stores an article for the first time.
fn insert(
    txn: &mut Txn<'_>,
    page: Digest,
    record: &PageRecord,
    said: Prepared,
) -> Result<Published, StoreError> {
    let now = said.now;
    let article = ArticleId(txn.new_id(now));
    let story = StoryId(article.0);
    let outlet = record.outlet.0.clone();
    txn.put(
        &ArticleKey { article },
        &ArticleRecord {
            outlet: outlet.clone().into(),
            url: said.url.into(),
            stored: now.into(),
            page,
            revision: 1,
            digest: said.digest,
            language: said.language.clone(),
            story: story.into(),
            original: true,
            also: Vec::new(),
        },
    )?;
    let facets = ListRecord {
        language: said.language,
    };
    let list = ListKey {
        stored: now,
        article,
    };
    txn.put(&list, &facets)?;
    let list = OutletListKey {
        outlet,
        stored: now,
        article,
    };
    txn.put(&list, &facets)?;
    let event = if record.announce {
        let subject = ArticleSubject {
            id: article,
            revision: 1,
            story,
            original: true,
            also: Vec::new(),
        };
        Some(tell(
            txn,
            EventKind::ArticleNew,
            now,
            subject,
            &said.on_new,
        )?)
    } else {
        None
    };
    let revision = RevisionRecord {
        fetched: said.fetched.into(),
        event: event.map(Text),
        content: said.content,
    };
    txn.put(&RevisionKey { article, number: 1 }, &revision)?;
    let ledger = txn.ledger()?;
    ledger.articles += 1;
    ledger.revisions += 1;
    let key = SourceKey {
        source: record.source.0.clone(),
    };
    if let Some(mut source) = txn.get(&key)? {
        source.articles += 1;
        txn.put(&key, &source)?;
    }
    Ok(Published::New { article, event })
}

/// Stores an article's next revision.
fn revise(
    txn: &mut Txn<'_>,
    article: ArticleId,
    mut stored: ArticleRecord,
    said: Prepared,
) -> Result<Published, StoreError> {
    let now = said.now;
    stored.revision += 1;
    stored.digest = said.digest;
    if stored.language != said.language {
        stored.language.clone_from(&said.language);
        let facets = ListRecord {
            language: said.language,
        };
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
        txn.put(&list, &facets)?;
    }
    let subject = ArticleSubject {
        id: article,
        revision: stored.revision,
        story: stored.story.0,
        original: stored.original,
        also: stored.also.iter().cloned().map(Into::into).collect(),
    };
    let event = tell(
        txn,
        EventKind::ArticleUpdated,
        now,
        subject,
        &said.on_updated,
    )?;
    let key = RevisionKey {
        article,
        number: stored.revision,
    };
    let revision = RevisionRecord {
        fetched: said.fetched.into(),
        event: Some(event.into()),
        content: said.content,
    };
    txn.put(&key, &revision)?;
    txn.put(&ArticleKey { article }, &stored)?;
    txn.ledger()?.revisions += 1;
    Ok(Published::Revised {
        article,
        revision: stored.revision,
        event,
    })
}

fn tell(
    txn: &mut Txn<'_>,
    kind: EventKind,
    at: Timestamp,
    subject: ArticleSubject,
    to: &[EndpointName],
) -> Result<EventId, StoreError> {
    let event = Event {
        id: EventId::new(at),
        kind,
        at,
        subject: Subject::Article(subject),
    };
    let id = event.id;
    append(txn, event, to)?;
    Ok(id)
}

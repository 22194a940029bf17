//! Publishing: whether an article is new, a correction or known, and all that follows, as one batch.
//!
//! An article is found by its page, then by address, then by exact text, all within its outlet.
//! Where a key already names an article it goes on to name that one: the first is the winner.
//! A new one that another outlet has had already joins that one's story, in the same commit.

use jiff::Timestamp;

use crate::dedupe::sketch::Sketch;
use crate::model::delivery::StoryTerms;
use crate::model::event::EventKind;
use crate::model::id::{ArticleId, EndpointName, OutletName, StoryId};
use crate::model::language::primary_subtag;
use crate::model::rhythm::Yielded;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, Digest, ListKey, OutletListKey, RevisionKey, SourceKey,
    TextKey,
};
use crate::store::sled::raw::PackedRaw;
use crate::store::sled::records::{AddressRecord, ArticleRecord, ListRecord, PageRecord};
use crate::store::sled::revision::{Words, keep_raw, name_text, revise, tell};
use crate::store::sled::story::Newcomer;
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::sled::visits::{done, leased, reap};
use crate::store::sled::words::{ContentRecord, RevisionRecord, bound_content};
use crate::store::sled::{near, story};
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
    terms: StoryTerms,
    sketch: Option<Sketch>,
    validators: crate::model::source::Validators,
    next_look: Option<Timestamp>,
    raw: Option<PackedRaw>,
    yielded: Option<Yielded>,
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
            language: content.language.as_deref().map(primary_subtag),
            content: content.into(),
            text_key: publication.text_key,
            digest: publication.digest,
            on_new: publication.on_new,
            on_updated: publication.on_updated,
            terms: publication.terms,
            sketch: publication.sketch,
            validators: publication.validators,
            next_look: publication.next_look,
            raw: publication.raw.map(PackedRaw::from),
            yielded: publication.yielded,
        }
    }
}

impl Prepared {
    /// What it says, as the next revision of a known article.
    fn into_words(self) -> Words {
        Words {
            now: self.now,
            fetched: self.fetched.into(),
            content: self.content,
            language: self.language,
            digest: self.digest,
            sketch: self.sketch,
            raw: self.raw,
            announce: Some((self.on_updated, self.terms)),
        }
    }
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
    let yielded = said.yielded.filter(|_| !was_revisit);
    let published = match existing {
        None => insert(txn, page, &record, said)?,
        Some(article) => match txn.get(&ArticleKey { article })? {
            Some(stored) if stored.page == page && stored.digest != said.digest => {
                let (revision, event) = revise(txn, article, stored, said.into_words())?;
                Published::Revised {
                    article,
                    revision,
                    event: event.expect("a visit's correction is announced"),
                }
            }
            // Stored from another page, or with these words, or pruned: it is known.
            Some(_) | None => Published::Known { article },
        },
    };
    let (Published::New { article, .. }
    | Published::Revised { article, .. }
    | Published::Known { article }) = published;
    keys.link(txn, article, now)?;
    if let Some(yielded) = yielded {
        reap(txn, &record.source, yielded, now)?;
    }
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
        {
            name_text(txn, article, text)?;
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
    let outlet = record.outlet.0.clone();
    let story = place(txn, article, &outlet, &said)?;
    let mut stored = ArticleRecord {
        outlet: outlet.clone().into(),
        url: said.url.into(),
        stored: now.into(),
        page,
        revision: 1,
        digest: said.digest,
        language: said.language.clone(),
        original: story.0 == article.0,
        story: story.into(),
        told: Vec::new(),
    };
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
        let to = story::routed(txn, (article, &mut stored), &said.on_new, &said.terms)?;
        Some(tell(
            txn,
            EventKind::ArticleNew,
            now,
            (article, &stored),
            &to,
        )?)
    } else {
        None
    };
    txn.put(&ArticleKey { article }, &stored)?;
    let revision = RevisionRecord {
        fetched: said.fetched.into(),
        event: event.map(Text),
        content: said.content,
    };
    txn.put(&RevisionKey { article, number: 1 }, &revision)?;
    keep_raw(txn, article, 1, said.raw.as_ref())?;
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

/// The story of a new article: that of the one it is a copy of, or its own. Where it helps the story
/// to be found, the article is.
fn place(
    txn: &mut Txn<'_>,
    article: ArticleId,
    outlet: &OutletName,
    said: &Prepared,
) -> Result<StoryId, StoreError> {
    let own = StoryId(article.0);
    let Some(sketch) = &said.sketch else {
        return Ok(own);
    };
    let newcomer = Newcomer {
        article,
        outlet,
        url: &said.url,
        title: said.content.title.as_deref(),
    };
    let joined = match near::find(txn, said.now, outlet, sketch)? {
        Some(near) => story::join(txn, &near, &newcomer)?,
        None => None,
    };
    if (joined.as_ref()).is_none_or(|(_, story)| story.wants_to_be_found_by_more()) {
        near::index(txn, article, said.now, outlet, sketch)?;
    }
    Ok(joined.map_or(own, |(story, _)| story))
}

//! Which entries of a list are known, and by which page.

use url::Url;

use crate::dedupe::canonical;
use crate::dedupe::identity::{self, Said};
use crate::model::entry::Entry;
use crate::model::id::{OutletName, SourceId};
use crate::model::stated::StatedTime;
use crate::store::sled::events::revision;
use crate::store::sled::found::SAID_MAX;
use crate::store::sled::keys::{ArticleKey, Digest, EntryKey, GuidKey, PageKeyed, SourceKey};
use crate::store::sled::records::{GuidRecord, PageRecord};
use crate::store::sled::text::Text;
use crate::store::sled::txn::Read;
use crate::store::sled::view::View;
use crate::store::{Acquaintance, Found, StoreError};

/// What names an entry, and what tells whether a page with its identifier is its own.
#[derive(Debug)]
pub(super) struct Names {
    outlet: OutletName,
    address: Digest,
    url: Url,
    fetch: Url,
    guid: Option<Digest>,
    title: Option<String>,
    published: Option<StatedTime>,
}

impl Names {
    pub(super) fn of(outlet: &OutletName, found: &Found) -> Self {
        Self {
            outlet: outlet.clone(),
            address: Digest::address(outlet, &found.url),
            url: found.url.clone(),
            fetch: found.fetch.clone(),
            guid: (found.guid.as_ref()).map(|guid| Digest::guid(outlet, guid)),
            title: found.entry.title.clone(),
            published: found.entry.published,
        }
    }
}

/// See [`crate::store::Store::known`].
pub(super) fn known(
    view: &View,
    source: SourceId,
    names: &[Names],
) -> Result<Vec<Acquaintance>, StoreError> {
    let key = SourceKey { source };
    let record = view.get(&key)?;
    let trusted = record.is_none_or(|record| record.guids.are_trusted());
    let is_known = |names: &Names| {
        let guid = names.guid.filter(|_| trusted);
        let said = Said {
            title: names.title.as_deref(),
            published: names.published,
        };
        let plain = || plain(&names.outlet, &names.url, &names.fetch);
        Ok(match resolve(view, names.address, plain, guid, said)? {
            Meant::Page(_, page) if page.is_listed_by(&key.source) => Acquaintance::Listed,
            Meant::Page(..) => Acquaintance::Elsewhere,
            Meant::Nothing | Meant::Another => Acquaintance::New,
        })
    };
    names.iter().map(is_known).collect()
}

/// What an entry's names mean.
pub(super) enum Meant {
    Page(Digest, Box<PageRecord>),
    /// A page that is not yet listed.
    Nothing,
    /// The identifier names another page's article.
    Another,
}

/// The name of an entry's page from before its outlet had parameters of its own to be left out, where it
/// had another: they are added while pages are known.
pub(super) fn plain(outlet: &OutletName, url: &Url, fetch: &Url) -> Option<Digest> {
    let plain = canonical::folded(&canonical::without(fetch, &[]));
    (plain != *url).then(|| Digest::address(outlet, &plain))
}

/// The page of an entry: that of its address, or else that of its identifier if it may be the same,
/// moved.
pub(super) fn resolve(
    read: &impl Read,
    address: Digest,
    plain: impl FnOnce() -> Option<Digest>,
    guid: Option<Digest>,
    said: Said<'_>,
) -> Result<Meant, StoreError> {
    if let Some(record) = read.get(&PageKeyed { page: address })? {
        return Ok(Meant::Page(address, Box::new(record)));
    }
    if let Some(page) = plain()
        && let Some(record) = read.get(&PageKeyed { page })?
    {
        return Ok(Meant::Page(page, Box::new(record)));
    }
    if let Some(guid) = guid
        && let Some(GuidRecord { page }) = read.get(&GuidKey { guid })?
        && let Some(record) = read.get(&PageKeyed { page })?
    {
        return Ok(if is_still(read, page, &record, said)? {
            Meant::Page(page, Box::new(record))
        } else {
            Meant::Another
        });
    }
    Ok(Meant::Nothing)
}

impl PageRecord {
    /// Whether the source has listed the page, as far as is remembered: of one that too many list, each
    /// is taken to have done so.
    fn is_listed_by(&self, source: &SourceId) -> bool {
        self.said.len() >= SAID_MAX || self.said.iter().any(|(it, _)| it.0 == *source)
    }
}

/// Whether an entry that has a page's identifier and another address is that page's, moved.
fn is_still(
    read: &impl Read,
    page: Digest,
    record: &PageRecord,
    listed: Said<'_>,
) -> Result<bool, StoreError> {
    let (mut title, mut published) = (None, None);
    if record.has_entry {
        if let Some(entry) = read.get(&EntryKey { page })? {
            let entry = Entry::from(entry);
            (title, published) = (entry.title, entry.published);
        }
    } else if let Some(Text(article)) = record.article
        && let Some(stored) = read.get(&ArticleKey { article })?
        && let Some(revision) = revision(read, article, stored.revision)?
    {
        (title, published) = (revision.content.title, revision.content.published);
    }
    let known = Said {
        title: title.as_deref(),
        published,
    };
    Ok(identity::may_be_one(listed, known))
}

//! Stories: who carries the same text, and which endpoint was told by whom.
//!
//! An article without copies is a story of its own and needs no record. The first copy makes one,
//! with the article it was found by; whoever comes later joins it. A story never changes its
//! identifier or its original, and no article changes its story, whatever is corrected later.

use serde::{Deserialize, Serialize};

use crate::model::article::{Story, StoryMember};
use crate::model::delivery::StoryTerms;
use crate::model::id::{ArticleId, EndpointName, OutletName, StoryId};
use crate::store::StoreError;
use crate::store::sled::again::told_of;
use crate::store::sled::keys::{ArticleKey, RevisionKey, StoryKey};
use crate::store::sled::near::Near;
use crate::store::sled::records::{ArticleRecord, MemberRecord};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read, Txn};

/// Articles of a story that are listed; those beyond belong to it and are only counted.
const LISTED_MAX: usize = 64;
/// Articles of a story by which it is found: more would make of the words of a much printed story
/// what boilerplate looks like.
const FOUND_BY_MAX: usize = 8;

/// A story that has copies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StoryRecord {
    /// In the order in which they were stored.
    pub(super) members: Vec<ListedRecord>,
    /// Further articles.
    #[serde(default)]
    pub(super) unlisted: u64,
    /// By which article each endpoint that takes one message a story has it.
    #[serde(default)]
    told: Vec<(Text<EndpointName>, Text<ArticleId>)>,
}

/// One article of a story.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ListedRecord {
    pub(super) article: Text<ArticleId>,
    /// Of a copy: by which article it was found, and how many hundredths of its text stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copy_of: Option<(Text<ArticleId>, u8)>,
    member: MemberRecord,
}

impl StoryRecord {
    /// The others, as one member sees them: no outlet is told of itself.
    fn also(&self, article: ArticleId, outlet: &OutletName) -> Vec<StoryMember> {
        (self.members.iter())
            .filter(|other| other.article.0 != article)
            .map(|other| StoryMember::from(other.member.clone()))
            .filter(|other| other.outlet != *outlet)
            .collect()
    }

    pub(super) fn lists(&self, article: ArticleId) -> bool {
        (self.members.iter()).any(|member| member.article.0 == article)
    }

    /// Whether one more article can be listed.
    pub(super) fn has_room(&self) -> bool {
        self.members.len() < LISTED_MAX
    }

    /// Whether one more article should be findable, so that the story is.
    pub(super) fn wants_to_be_found_by_more(&self) -> bool {
        self.members.len() <= FOUND_BY_MAX
    }
}

/// The story of an article as it stands now.
pub(super) fn seen_from(
    read: &impl Read,
    article: ArticleId,
    record: &ArticleRecord,
) -> Result<Story, StoreError> {
    let story = record.story.0;
    let also = match read.get(&StoryKey { story })? {
        Some(stored) => stored.also(article, &record.outlet.0),
        None => Vec::new(),
    };
    Ok(Story {
        id: story,
        original: record.original,
        also,
    })
}

/// A member on its way into a story.
pub(super) struct Newcomer<'a> {
    pub(super) article: ArticleId,
    pub(super) outlet: &'a OutletName,
    pub(super) url: &'a url::Url,
    pub(super) title: Option<&'a str>,
}

impl Newcomer<'_> {
    fn listed(&self, copy_of: Option<&Near>) -> ListedRecord {
        // A share is at most one, and a per cent more or less is beyond what a sample knows.
        let hundredths = |share: f32| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 100"
            )]
            let whole = (share.clamp(0.0, 1.0) * 100.0).round() as u8;
            whole
        };
        ListedRecord {
            article: self.article.into(),
            copy_of: copy_of.map(|near| (near.article.into(), hundredths(near.share))),
            member: StoryMember {
                outlet: self.outlet.clone(),
                url: self.url.clone(),
                title: self.title.map(str::to_owned),
            }
            .into(),
        }
    }
}

/// Lets an article join the story of the one that it is a copy of; `None` where that is gone.
pub(super) fn join(
    txn: &mut Txn<'_>,
    near: &Near,
    newcomer: &Newcomer<'_>,
) -> Result<Option<(StoryId, StoryRecord)>, StoreError> {
    let Some(found) = txn.get(&ArticleKey {
        article: near.article,
    })?
    else {
        return Ok(None);
    };
    let story = found.story.0;
    let mut record = match txn.get(&StoryKey { story })? {
        Some(record) => record,
        None => of_one(txn, near.article, &found)?,
    };
    if record.has_room() {
        record.members.push(newcomer.listed(Some(near)));
    } else {
        record.unlisted += 1;
    }
    txn.put(&StoryKey { story }, &record)?;
    Ok(Some((story, record)))
}

/// The record of a story that had none yet, because its only article was alone.
fn of_one(
    txn: &Txn<'_>,
    article: ArticleId,
    found: &ArticleRecord,
) -> Result<StoryRecord, StoreError> {
    Ok(StoryRecord {
        members: vec![member(txn, article, found)?],
        unlisted: 0,
        told: (found.told.iter())
            .map(|endpoint| (endpoint.clone(), article.into()))
            .collect(),
    })
}

/// A stored article as its story lists it.
pub(super) fn member(
    txn: &Txn<'_>,
    article: ArticleId,
    found: &ArticleRecord,
) -> Result<ListedRecord, StoreError> {
    let newest = txn.get(&RevisionKey {
        article,
        number: found.revision,
    })?;
    let title = newest.and_then(|revision| revision.content.title);
    let itself = Newcomer {
        article,
        outlet: &found.outlet.0,
        url: &found.url.0,
        title: title.as_deref(),
    };
    Ok(itself.listed(None))
}

/// Those of `to` that are told of `article`: an endpoint of `terms.once` has a story from one article
/// only, the first that passed its filter, and hears of that one's corrections and of no other's.
pub(super) fn routed(
    txn: &mut Txn<'_>,
    (article, record): (ArticleId, &mut ArticleRecord),
    to: &[EndpointName],
    terms: &StoryTerms,
) -> Result<Vec<EndpointName>, StoreError> {
    let key = StoryKey {
        story: record.story.0,
    };
    let mut story = txn.get(&key)?;
    let mut told = Vec::with_capacity(to.len());
    let mut changed = false;
    let original = record.original;
    for endpoint in to.iter().filter(|it| terms.allow(it, original)) {
        if !terms.once.contains(endpoint) {
            told.push(endpoint.clone());
            continue;
        }
        let by = match &story {
            Some(story) => (story.told.iter())
                .find(|(name, _)| name.0 == *endpoint)
                .map(|(_, by)| by.0),
            None => (record.told.iter())
                .any(|name| name.0 == *endpoint)
                .then_some(article),
        };
        match (by, &mut story) {
            (Some(by), _) if by != article => continue,
            (Some(_), _) => {}
            (None, Some(story)) => {
                story.told.push((endpoint.clone().into(), article.into()));
                changed = true;
            }
            (None, None) => record.told.push(endpoint.clone().into()),
        }
        told.push(endpoint.clone());
    }
    if let (Some(story), true) = (story, changed) {
        txn.put(&key, &story)?;
    }
    Ok(told)
}

/// Those who are told of a correction: whom it is routed to, and those of `terms.if_told` that were told of
/// the article before.
pub(super) fn corrected(
    txn: &mut Txn<'_>,
    (article, record): (ArticleId, &mut ArticleRecord),
    to: &[EndpointName],
    terms: &StoryTerms,
) -> Result<Vec<EndpointName>, StoreError> {
    let revision = record.revision;
    let mut told = routed(txn, (article, record), to, terms)?;
    if !terms.if_told.is_empty() {
        let before = told_of(txn, article, revision)?;
        let more = terms.if_told.iter().filter(|it| before.contains(*it));
        let more: Vec<EndpointName> = more.filter(|it| !told.contains(*it)).cloned().collect();
        told.extend(more);
    }
    Ok(told)
}

/// Gives an article's new headline to those who list it.
pub(super) fn retitle(
    txn: &mut Txn<'_>,
    article: ArticleId,
    record: &ArticleRecord,
    title: Option<&str>,
) -> Result<(), StoreError> {
    let key = StoryKey {
        story: record.story.0,
    };
    let Some(mut story) = txn.get(&key)? else {
        return Ok(());
    };
    let listed = (story.members.iter_mut()).find(|member| member.article.0 == article);
    let Some(listed) = listed else { return Ok(()) };
    let known = StoryMember::from(listed.member.clone());
    if known.title.as_deref() == title {
        return Ok(());
    }
    listed.member = StoryMember {
        title: title.map(str::to_owned),
        ..known
    }
    .into();
    txn.put(&key, &story)
}

/// Takes a forgotten article out of its story; the story goes with its last one.
pub(super) fn leave(
    txn: &mut Txn<'_>,
    article: ArticleId,
    record: &ArticleRecord,
) -> Result<(), StoreError> {
    let key = StoryKey {
        story: record.story.0,
    };
    let Some(mut story) = txn.get(&key)? else {
        return Ok(());
    };
    if story.lists(article) {
        story.members.retain(|member| member.article.0 != article);
    } else {
        story.unlisted = story.unlisted.saturating_sub(1);
    }
    if story.members.is_empty() && story.unlisted == 0 {
        txn.remove(&key)
    } else {
        txn.put(&key, &story)
    }
}

//! What stands under each key. These types are the disk format: a field may be added with a
//! default, never renamed or given another meaning without a migration (see `open`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::article::StoryMember;
use crate::model::id::{ArticleId, EndpointName, OutletName, SourceId, StoryId};
use crate::model::source::Validators;
use crate::model::trace::TraceId;
use crate::store::sled::keys::Digest;
use crate::store::sled::text::Text;

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeaseRecord {
    pub(super) token: u64,
    pub(super) until: Text<Timestamp>,
}

impl LeaseRecord {
    /// Whether somebody may be at work on the item.
    pub(super) fn is_live(lease: Option<&Self>, now: Timestamp) -> bool {
        lease.is_some_and(|lease| lease.until.0 > now)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(serde::de::Error::custom)
    }
}

/// An article without its words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ArticleRecord {
    pub(super) outlet: Text<OutletName>,
    pub(super) url: Text<Url>,
    pub(super) stored: Text<Timestamp>,
    /// The page that gave it: only this page's later words are corrections.
    pub(super) page: Digest,
    /// The newest revision's number.
    pub(super) revision: u32,
    /// The newest revision's digest.
    pub(super) digest: u64,
    pub(super) language: Option<String>,
    pub(super) story: Text<StoryId>,
    /// Whether it was the first seen of its story.
    pub(super) original: bool,
    /// While it is alone in its story: which endpoints that take one message a story have had it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) told: Vec<Text<EndpointName>>,
}

/// [`StoryMember`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MemberRecord {
    outlet: Text<OutletName>,
    url: Text<Url>,
    title: Option<String>,
}

impl From<MemberRecord> for StoryMember {
    fn from(record: MemberRecord) -> Self {
        Self {
            outlet: record.outlet.0,
            url: record.url.0,
            title: record.title,
        }
    }
}

impl From<StoryMember> for MemberRecord {
    fn from(member: StoryMember) -> Self {
        Self {
            outlet: member.outlet.into(),
            url: member.url.into(),
            title: member.title,
        }
    }
}

/// What a list is filtered by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ListRecord {
    pub(super) language: Option<String>,
}

/// Which article an address names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AddressRecord {
    pub(super) article: Text<ArticleId>,
    pub(super) seen: Text<Timestamp>,
    /// The article's words are gone; the address is still known.
    pub(super) pruned: bool,
}

/// Which article an exact text is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TextRecord {
    pub(super) article: Text<ArticleId>,
}

/// Which page a source's own identifier means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct GuidRecord {
    pub(super) page: Digest,
}

/// A page. The entry that waits for a visit stands under a key of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PageRecord {
    pub(super) outlet: Text<OutletName>,
    pub(super) url: Text<Url>,
    pub(super) fetch: Text<Url>,
    pub(super) source: Text<SourceId>,
    pub(super) announce: bool,
    pub(super) first_seen: Text<Timestamp>,
    /// When it was last listed, kept to a week.
    pub(super) seen: Text<Timestamp>,
    pub(super) tries: u32,
    pub(super) trying_since: Text<Timestamp>,
    pub(super) looks: u32,
    pub(super) article: Option<Text<ArticleId>>,
    pub(super) validators: ValidatorsRecord,
    /// What each source said of it when it last listed it.
    pub(super) said: Vec<(Text<SourceId>, u64)>,
    /// The identifiers that mean it.
    pub(super) guids: Vec<Digest>,
    /// Whether an entry waits for a visit.
    pub(super) has_entry: bool,
    /// Its place in the queue: when, and its turn among those of the same time.
    pub(super) due: Option<(Text<Timestamp>, u64)>,
    pub(super) lease: Option<LeaseRecord>,
    /// Its entry changed while it was being visited: visit again at once.
    pub(super) again: bool,
    /// The trace of the poll that found it new or changed last; absent in records of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<Text<TraceId>>,
}

/// [`Validators`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ValidatorsRecord {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl From<Validators> for ValidatorsRecord {
    fn from(validators: Validators) -> Self {
        Self {
            etag: validators.etag,
            last_modified: validators.last_modified,
        }
    }
}

impl From<ValidatorsRecord> for Validators {
    fn from(record: ValidatorsRecord) -> Self {
        Self {
            etag: record.etag,
            last_modified: record.last_modified,
        }
    }
}

//! How events stand on disk.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::event::{
    ArticleSubject, DigestSubject, EndpointSubject, Event, EventKind, SourceSubject, Subject,
};
use crate::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, OutletName, SourceId, StoryId,
};
use crate::model::source::SourceHealth;
use crate::model::trace::TraceId;
use crate::store::sled::records::MemberRecord;
use crate::store::sled::text::{Text, bare};

/// An event, with the deliveries that it caused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EventRecord {
    pub(super) id: Text<EventId>,
    pub(super) kind: Text<EventKind>,
    pub(super) at: Text<Timestamp>,
    pub(super) subject: SubjectRecord,
    pub(super) deliveries: Vec<Text<DeliveryId>>,
    /// Absent in records of the first release, and where nobody polled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<Text<TraceId>>,
}

/// [`Subject`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives as long as one encoding; a box would only be taken apart again"
)]
pub(super) enum SubjectRecord {
    Article {
        id: Text<ArticleId>,
        revision: u32,
        story: Text<StoryId>,
        original: bool,
        also: Vec<MemberRecord>,
    },
    Source {
        id: Text<SourceId>,
        outlet: Text<OutletName>,
        url: Text<Url>,
        health: Text<SourceHealth>,
        reason: Option<String>,
        since: Text<Timestamp>,
        last_success: Option<Text<Timestamp>>,
        next_poll: Option<Text<Timestamp>>,
        moved_to: Option<Text<Url>>,
    },
    Endpoint {
        name: Text<EndpointName>,
        state: String,
        reason: Option<String>,
        since: Text<Timestamp>,
        waiting: u64,
        failed: u64,
    },
    Test,
    Digest {
        endpoint: Text<EndpointName>,
        members: Vec<Text<DeliveryId>>,
    },
}

impl EventRecord {
    /// An event and what it caused.
    pub(super) fn of(event: Event, deliveries: &[DeliveryId]) -> Self {
        Self {
            id: event.id.into(),
            kind: event.kind.into(),
            at: event.at.into(),
            subject: event.subject.into(),
            deliveries: deliveries.iter().copied().map(Text).collect(),
            trace: event.trace.map(Text),
        }
    }

    /// The article that it is of.
    pub(super) fn article(&self) -> Option<ArticleId> {
        match &self.subject {
            SubjectRecord::Article { id, .. } => Some(id.0),
            SubjectRecord::Source { .. }
            | SubjectRecord::Endpoint { .. }
            | SubjectRecord::Test
            | SubjectRecord::Digest { .. } => None,
        }
    }

    /// The event alone.
    pub(super) fn into_model(self) -> Event {
        Event {
            id: self.id.0,
            kind: self.kind.0,
            at: self.at.0,
            subject: self.subject.into(),
            trace: bare(self.trace),
        }
    }
}

impl From<Subject> for SubjectRecord {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Article(article) => Self::Article {
                id: article.id.into(),
                revision: article.revision,
                story: article.story.into(),
                original: article.original,
                also: article.also.into_iter().map(MemberRecord::from).collect(),
            },
            Subject::Source(source) => Self::Source {
                id: source.id.into(),
                outlet: source.outlet.into(),
                url: source.url.into(),
                health: source.health.into(),
                reason: source.reason,
                since: source.since.into(),
                last_success: source.last_success.map(Text),
                next_poll: source.next_poll.map(Text),
                moved_to: source.moved_to.map(Text),
            },
            Subject::Endpoint(endpoint) => Self::Endpoint {
                name: endpoint.name.into(),
                state: endpoint.state,
                reason: endpoint.reason,
                since: endpoint.since.into(),
                waiting: endpoint.waiting,
                failed: endpoint.failed,
            },
            Subject::Test => Self::Test,
            Subject::Digest(digest) => Self::Digest {
                endpoint: digest.endpoint.into(),
                members: digest.members.into_iter().map(Text).collect(),
            },
        }
    }
}

impl From<SubjectRecord> for Subject {
    fn from(record: SubjectRecord) -> Self {
        match record {
            SubjectRecord::Article {
                id,
                revision,
                story,
                original,
                also,
            } => Self::Article(ArticleSubject {
                id: id.0,
                revision,
                story: story.0,
                original,
                also: also.into_iter().map(Into::into).collect(),
            }),
            SubjectRecord::Source {
                id,
                outlet,
                url,
                health,
                reason,
                since,
                last_success,
                next_poll,
                moved_to,
            } => Self::Source(SourceSubject {
                id: id.0,
                outlet: outlet.0,
                url: url.0,
                health: health.0,
                reason,
                since: since.0,
                last_success: bare(last_success),
                next_poll: bare(next_poll),
                moved_to: bare(moved_to),
            }),
            SubjectRecord::Endpoint {
                name,
                state,
                reason,
                since,
                waiting,
                failed,
            } => Self::Endpoint(EndpointSubject {
                name: name.0,
                state,
                reason,
                since: since.0,
                waiting,
                failed,
            }),
            SubjectRecord::Test => Self::Test,
            SubjectRecord::Digest { endpoint, members } => Self::Digest(DigestSubject {
                endpoint: endpoint.0,
                members: members.into_iter().map(|member| member.0).collect(),
            }),
        }
    }
}

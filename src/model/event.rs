//! What consumers are told.

use jiff::Timestamp;
use url::Url;

use crate::model::article::{Article, Revision, StoryMember};
use crate::model::delivery::EndpointHealth;
use crate::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, OutletName, SourceId, StoryId,
};
use crate::model::source::{SourceHealth, SourceState};
use crate::model::trace::TraceId;

/// The kinds of event, named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An article was stored for the first time.
    ArticleNew,
    /// An article got its next revision.
    ArticleUpdated,
    /// A source has begun to fail.
    SourceFailing,
    /// A source is well again.
    SourceRecovered,
    /// A source has fallen silent.
    SourceSilent,
    /// A source has moved for good.
    SourceMoved,
    /// A source is gone.
    SourceGone,
    /// A source's articles no longer yield text.
    SourceLayout,
    /// A source has listed many old entries as new; they were stored and not announced.
    SourceFlood,
    /// An endpoint has begun to fail.
    EndpointFailing,
    /// An endpoint was disabled.
    EndpointDisabled,
    /// An endpoint is well again.
    EndpointRecovered,
    /// A test message that somebody asked for.
    Test,
    /// What an endpoint gathers, in one message.
    Digest,
}

impl EventKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ArticleNew => "article.new",
            Self::ArticleUpdated => "article.updated",
            Self::SourceFailing => "source.failing",
            Self::SourceRecovered => "source.recovered",
            Self::SourceSilent => "source.silent",
            Self::SourceMoved => "source.moved",
            Self::SourceGone => "source.gone",
            Self::SourceLayout => "source.layout",
            Self::SourceFlood => "source.flood",
            Self::EndpointFailing => "endpoint.failing",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointRecovered => "endpoint.recovered",
            Self::Test => "wireroom.test",
            Self::Digest => "digest",
        }
    }

    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::ArticleNew,
        Self::ArticleUpdated,
        Self::SourceFailing,
        Self::SourceRecovered,
        Self::SourceSilent,
        Self::SourceMoved,
        Self::SourceGone,
        Self::SourceLayout,
        Self::SourceFlood,
        Self::EndpointFailing,
        Self::EndpointDisabled,
        Self::EndpointRecovered,
        Self::Test,
        Self::Digest,
    ];

    /// Whether endpoints can ask for it: tests and digests are sent to whom they are meant for.
    pub fn is_asked_for(self) -> bool {
        !matches!(self, Self::Test | Self::Digest)
    }

    /// Reads the name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An event as the store keeps it: small, because revisions never change and can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The `webhook-id`.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    /// To what.
    pub subject: Subject,
    /// The trace of the poll that led here; of none where nobody polled.
    pub trace: Option<TraceId>,
}

/// What an event speaks of, as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, and most are articles"
)]
pub enum Subject {
    /// One revision of an article.
    Article(ArticleSubject),
    /// A source.
    Source(SourceSubject),
    /// An endpoint.
    Endpoint(EndpointSubject),
    /// Nothing: a test.
    Test,
    /// Other events, gathered for one endpoint.
    Digest(DigestSubject),
}

/// Names one revision of one article, and its story at the moment of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleSubject {
    /// The article.
    pub id: ArticleId,
    /// Its revision.
    pub revision: u32,
    /// Its story.
    pub story: StoryId,
    /// Whether it was the story's first.
    pub original: bool,
    /// The story's other articles, then.
    pub also: Vec<StoryMember>,
}

/// Names what a digest tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSubject {
    /// To whom.
    pub endpoint: EndpointName,
    /// The deliveries that it stands for; those of one article stand together, oldest first.
    pub members: Vec<DeliveryId>,
}

/// A source at the moment of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSubject {
    /// Its identifier.
    pub id: SourceId,
    /// Its outlet.
    pub outlet: OutletName,
    /// Its address as configured.
    pub url: Url,
    /// Its new state.
    pub health: SourceHealth,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Last success.
    pub last_success: Option<Timestamp>,
    /// Next poll.
    pub next_poll: Option<Timestamp>,
    /// The new address, where it moved.
    pub moved_to: Option<Url>,
}

impl SourceSubject {
    /// The source as it stands in `state`.
    pub fn of(state: &SourceState) -> Self {
        Self {
            id: state.id.clone(),
            outlet: state.outlet.clone(),
            url: state.url.clone(),
            health: state.health,
            reason: state.reason.clone(),
            since: state.since,
            last_success: state.last_success,
            next_poll: state.next_poll,
            moved_to: state.moved_to.clone(),
        }
    }
}

/// An endpoint at the moment of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSubject {
    /// Its name.
    pub name: EndpointName,
    /// Its new state: `healthy`, `failing` or `disabled`.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that have failed for good.
    pub failed: u64,
}

impl EndpointSubject {
    /// What somebody can do about its state.
    pub fn remedy(&self) -> Option<String> {
        [EndpointHealth::Failing, EndpointHealth::Disabled]
            .into_iter()
            .find(|health| health.as_str() == self.state)?
            .remedy(&self.name)
    }
}

/// An event with all that is needed to say it: what a renderer takes.
#[derive(Clone, Debug, PartialEq)]
pub struct FullEvent {
    /// The `webhook-id`.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    /// To what, whole.
    pub body: FullSubject,
}

/// [`Subject`] with the stored words put in.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, and most are articles"
)]
pub enum FullSubject {
    /// The article at the event's revision, and the one before it for `article.updated`.
    Article {
        /// The article as it was.
        article: Box<Article>,
        /// The revision before.
        previous: Option<Box<Revision>>,
    },
    /// A source.
    Source(SourceSubject),
    /// An endpoint.
    Endpoint(EndpointSubject),
    /// A test.
    Test,
    /// Other events, whole.
    Digest(Digest),
}

/// What a digest tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// To whom.
    pub endpoint: EndpointName,
    /// The events, those of one article together, oldest first; without what was pruned meanwhile.
    pub members: Vec<FullEvent>,
}

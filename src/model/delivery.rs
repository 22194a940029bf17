//! One event on its way to one endpoint.

use jiff::Timestamp;

use crate::model::event::EventKind;
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId};
use crate::model::trace::TraceId;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Behind an earlier delivery of the same article to the same endpoint, or in a digest that is on its
    /// way, or its endpoint is disabled.
    Waiting,
    /// Never tried; to be sent as soon as may be.
    Due,
    /// Tried and failed; will be tried again.
    Retrying,
    /// Done.
    Delivered,
    /// Given up; listed, replayable.
    Failed,
}

impl DeliveryState {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Due,
        Self::Retrying,
        Self::Delivered,
        Self::Failed,
    ];
}

/// A delivery with its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier.
    pub id: DeliveryId,
    /// The event it carries.
    pub event: EventId,
    /// The trace of the poll that led to the event, the same on every attempt.
    pub trace: TraceId,
    /// The event's kind.
    pub kind: EventKind,
    /// To whom.
    pub endpoint: EndpointName,
    /// Of which article, if of one.
    pub article: Option<ArticleId>,
    /// Where it stands.
    pub state: DeliveryState,
    /// What was tried so far; at most the last twenty are kept.
    pub attempts: Vec<Attempt>,
    /// How many tries there were, kept or not.
    pub tries: u32,
    /// Those of them that the schedule counts: not the ones that were answered with a wish for patience,
    /// nor what was before somebody revived it.
    pub spent: u32,
    /// When the first try of the present series was.
    pub trying_since: Option<Timestamp>,
    /// What was sent, of a delivery that failed because its receiver did not understand it.
    pub refused: Option<String>,
    /// When it will be tried next.
    pub next_attempt: Option<Timestamp>,
    /// The digest that it goes in, where its endpoint gathers.
    pub digest: Option<InDigest>,
}

/// A delivery's place in a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InDigest {
    /// The hour until which it is gathered, or was.
    pub at: Timestamp,
    /// The digest's own delivery, once there is one: what becomes of that becomes of this.
    pub delivery: Option<DeliveryId>,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// Why it failed, for people; secrets masked.
    pub error: Option<String>,
    /// How long it took.
    pub ms: u64,
    /// First kilobyte of the answer.
    pub answer: Option<String>,
}

/// How an endpoint is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EndpointHealth {
    /// Takes what it is given, or was never tried.
    #[default]
    Healthy,
    /// Five failed attempts in a row.
    Failing,
    /// Said that it wants no more (410, or `webhook-delivery: disable`), failed for days, or was disabled by
    /// hand.
    Disabled,
}

impl EndpointHealth {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::Disabled => "disabled",
        }
    }

    /// What somebody can do about it.
    pub fn remedy(self, endpoint: &EndpointName) -> Option<String> {
        match self {
            Self::Healthy => None,
            Self::Failing => Some(format!(
                "Mend the receiver. What failed so far is tried again by itself; what was given up is, after: \
                 wireroom deliveries retry --all-failed --endpoint {endpoint}"
            )),
            Self::Disabled => Some(format!(
                "Nothing is sent to it, and all is kept. Mend the receiver, then: \
                 wireroom endpoints enable {endpoint}"
            )),
        }
    }
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Healthy, Self::Failing, Self::Disabled];
}

/// What the store remembers of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointState {
    /// Its name.
    pub name: EndpointName,
    /// How it is doing.
    pub health: EndpointHealth,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Failed attempts in a row.
    pub failures: u32,
    /// Nothing is sent before this time (`Retry-After`).
    pub held_until: Option<Timestamp>,
    /// Deliveries waiting or due and never tried.
    pub waiting: u64,
    /// Deliveries to be tried again.
    pub retrying: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Deliveries done.
    pub delivered: u64,
    /// When it last took something.
    pub last_success: Option<Timestamp>,
}

impl EndpointState {
    /// An endpoint to which nothing was ever sent.
    pub fn new(name: EndpointName, now: Timestamp) -> Self {
        Self {
            name,
            health: EndpointHealth::Healthy,
            reason: None,
            since: now,
            failures: 0,
            held_until: None,
            waiting: 0,
            retrying: 0,
            failed: 0,
            delivered: 0,
            last_success: None,
        }
    }
}

/// What routing leaves to the store, which knows an article's place in its story and who was told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryTerms {
    /// Told of a story once: by the first of its articles that passes.
    pub once: Vec<EndpointName>,
    /// Told of originals only.
    pub originals: Vec<EndpointName>,
    /// Told of copies only.
    pub copies: Vec<EndpointName>,
    /// Told of a correction though it does not pass their filters, if they were told of the article before:
    /// their readers have the words that were put right.
    pub if_told: Vec<EndpointName>,
}

impl StoryTerms {
    /// Whether they let the endpoint be told of an article that is the original or a copy.
    pub fn allow(&self, endpoint: &EndpointName, original: bool) -> bool {
        let against = if original {
            &self.copies
        } else {
            &self.originals
        };
        !against.contains(endpoint)
    }
}

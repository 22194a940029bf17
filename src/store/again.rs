//! Telling again: what was given up, and what one endpoint is to be told once more.

use jiff::Timestamp;

use crate::model::id::{DeliveryId, EndpointName, EventId};

/// Which of the deliveries that were given up.
#[derive(Clone, Debug, Default)]
pub struct FailedQuery {
    /// Whose last try was at or after this time.
    pub since: Option<Timestamp>,
    /// To this endpoint.
    pub endpoint: Option<EndpointName>,
    /// At most so many.
    pub limit: usize,
    /// Where the part before ended.
    pub after: Option<DeliveryId>,
}

/// What became of a part of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revived {
    /// Deliveries that are due now, or wait for an earlier one that is.
    pub count: u64,
    /// Where the next part begins; `None` at the end.
    pub next: Option<DeliveryId>,
}

/// Events that one endpoint is to be told again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Which endpoint.
    pub endpoint: EndpointName,
    /// The events, in the order of their commits.
    pub events: Vec<ReplayEvent>,
    /// Whether the endpoint takes one message a story.
    pub once_a_story: bool,
    /// When.
    pub now: Timestamp,
    /// Whether nothing is to be done, and only to be said what would be.
    pub rehearsal: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayEvent {
    /// Its identifier.
    pub id: EventId,
    /// Whether it passes the endpoint's filter. A correction that does not is told where the endpoint was
    /// told of its article before.
    pub passes: bool,
}

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Told again.
    pub told: u64,
    /// On their way to the endpoint already.
    pub waiting: u64,
    /// Held back: by the filter, or because another article told the story.
    pub held_back: u64,
}

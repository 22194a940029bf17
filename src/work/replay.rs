//! Everything since a time, told once more to one endpoint: what its rules let pass today, under the
//! identifiers that it had, in the order in which it happened.
//!
//! The log of events is gone through a stretch at a time, so that half a million articles take no more
//! memory than a hundred. What happened after the replay began goes its own way.

use jiff::Timestamp;

use crate::config::endpoint::{EndpointSpec, Stories};
use crate::model::event::{EventKind, FullEvent, FullSubject};
use crate::model::id::EventId;
use crate::notify::route::{self, ArticleFacts};
use crate::store::{Replay, ReplayEvent, Replayed, Store, StoreError};

/// Events that are read, and deliveries that are made, in one step of the store.
const STEP: usize = 100;
/// Events after which [`part`] ends: a second or two of work.
const PART: usize = 2_000;

/// What is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What happened before is not.
    pub since: Timestamp,
    /// What happened after is not: when the replay was asked for.
    pub until: Timestamp,
    /// The last event that was looked at; `None` at the beginning.
    pub after: Option<EventId>,
}

/// What became of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What was done, or would be.
    pub done: Replayed,
    /// The last event that was looked at, where more may follow.
    pub next: Option<EventId>,
}

/// Whether anything is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Told,
    /// It is only counted.
    Rehearsed,
}

/// Replays the next part of `span` to an endpoint.
pub async fn part(
    store: &dyn Store,
    endpoint: &EndpointSpec,
    span: Span,
    now: Timestamp,
    mode: Mode,
) -> Result<Part, StoreError> {
    let mut done = Replayed::default();
    let mut after = match span.after {
        Some(after) => Some(after),
        None => store.last_event_before(span.since).await?,
    };
    for _ in 0..PART / STEP {
        let events = store.events(after, STEP).await?;
        let Some(last) = events.last() else {
            return Ok(Part { done, next: None });
        };
        after = Some(last.id);
        let is_past = last.at > span.until;
        let within = |event: &&FullEvent| (span.since..=span.until).contains(&event.at);
        let mut wanted = Vec::new();
        for event in events.iter().filter(within) {
            match judge(endpoint, event) {
                Some(event) => wanted.push(event),
                None => done.held_back += 1,
            }
        }
        if !wanted.is_empty() {
            let replay = Replay {
                endpoint: endpoint.name.clone(),
                events: wanted,
                once_a_story: endpoint.stories == Stories::First,
                now,
                rehearsal: mode == Mode::Rehearsed,
            };
            let more = store.replay(replay).await?;
            done.told += more.told;
            done.waiting += more.waiting;
            done.held_back += more.held_back;
        }
        if is_past {
            return Ok(Part { done, next: None });
        }
    }
    Ok(Part { done, next: after })
}

/// What the endpoint's rules say of an event; `None`: it is not told of it.
fn judge(endpoint: &EndpointSpec, event: &FullEvent) -> Option<ReplayEvent> {
    let passes = match &event.body {
        FullSubject::Article { article, .. } => {
            let content = &article.revision.content;
            let facts = ArticleFacts::of(&article.outlet, content, article.story.original);
            route::wants(endpoint, event.kind, Some(&facts))
        }
        FullSubject::Source(_) => route::wants(endpoint, event.kind, None),
        // Nobody is told of itself.
        FullSubject::Endpoint(told) => {
            told.name != endpoint.name && route::wants(endpoint, event.kind, None)
        }
        // Whoever asked for a test asks again, and what a digest told is replayed by itself.
        FullSubject::Test | FullSubject::Digest(_) => false,
    };
    // The store knows whether the readers have the words that were corrected.
    let corrects = event.kind == EventKind::ArticleUpdated && endpoint.events.contains(&event.kind);
    (passes || corrects).then_some(ReplayEvent {
        id: event.id,
        passes,
    })
}

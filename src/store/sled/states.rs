//! How sources, endpoints and deliveries stand on disk.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::bound::at_most;
use crate::model::delivery::{
    Attempt, Delivery, DeliveryState, EndpointHealth, EndpointState, InDigest,
};
use crate::model::event::EventKind;
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, OutletName, SourceId};
use crate::model::source::{Skipped, SourceHealth, SourceKind, SourceState};
use crate::model::trace::TraceId;
use crate::store::Gathering;
use crate::store::sled::habits::HabitsRecord;
use crate::store::sled::records::{LeaseRecord, ValidatorsRecord};
use crate::store::sled::text::{Text, bare};

/// A source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceRecord {
    pub(super) outlet: Text<OutletName>,
    pub(super) kind: Text<SourceKind>,
    pub(super) url: Text<Url>,
    moved_to: Option<Text<Url>>,
    moving: Option<(Text<Url>, u32)>,
    health: Text<SourceHealth>,
    since: Text<Timestamp>,
    reason: Option<String>,
    failures: u32,
    last_poll: Option<Text<Timestamp>>,
    last_success: Option<Text<Timestamp>>,
    pub(super) next_poll: Option<Text<Timestamp>>,
    validators: ValidatorsRecord,
    body_digest: Option<u64>,
    pub(super) entries_seen: u64,
    pub(super) articles: u64,
    /// How far its identifiers can be trusted to mean one article each.
    #[serde(default)]
    pub(super) guids: GuidQuality,
    pub(super) warnings: Vec<String>,
    pub(super) skipped: Vec<(Text<Timestamp>, String, String)>,
    /// Its place in the queue.
    pub(super) due: Option<Text<Timestamp>>,
    pub(super) lease: Option<LeaseRecord>,
    /// Since when it is not configured.
    pub(super) parked: Option<Text<Timestamp>>,
    /// Absent in records of the first release.
    #[serde(default)]
    pub(super) habits: HabitsRecord,
}

/// What is known of a source's identifiers.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct GuidQuality {
    /// New entries that came with one of their own.
    pub(super) sound: u32,
    /// Entries whose identifier was another article's, or was not what it had been.
    pub(super) faults: u32,
}

impl GuidQuality {
    /// Whether they are relied on: a few faults in many are slips, more are a habit.
    pub(super) fn are_trusted(self) -> bool {
        self.faults < 3 || u64::from(self.faults) * 20 <= u64::from(self.sound)
    }
}

impl SourceRecord {
    /// A source as it is stored first, or with a new state; counters and place stay at nothing.
    pub(super) fn of(state: SourceState) -> Self {
        Self {
            habits: HabitsRecord::of(&state),
            outlet: state.outlet.into(),
            kind: state.kind.into(),
            url: state.url.into(),
            moved_to: state.moved_to.map(Text),
            moving: state.moving.map(|(url, polls)| (url.into(), polls)),
            health: state.health.into(),
            since: state.since.into(),
            reason: state.reason,
            failures: state.failures,
            last_poll: state.last_poll.map(Text),
            last_success: state.last_success.map(Text),
            next_poll: state.next_poll.map(Text),
            validators: state.validators.into(),
            body_digest: state.body_digest,
            entries_seen: state.entries_seen,
            articles: state.articles,
            guids: GuidQuality::default(),
            warnings: state.warnings,
            skipped: (state.skipped.into_iter())
                .map(|skipped| (skipped.at.into(), skipped.url, skipped.reason))
                .collect(),
            due: None,
            lease: None,
            parked: None,
        }
    }

    /// The source, by the identifier that stands in its key.
    pub(super) fn into_model(self, id: SourceId) -> SourceState {
        let (outlet, kind, url) = (self.outlet.0, self.kind.0, self.url.0);
        let mut state = SourceState {
            moved_to: bare(self.moved_to),
            moving: self.moving.map(|(url, polls)| (url.0, polls)),
            health: self.health.0,
            since: self.since.0,
            reason: self.reason,
            failures: self.failures,
            last_poll: bare(self.last_poll),
            last_success: bare(self.last_success),
            next_poll: bare(self.next_poll),
            validators: self.validators.into(),
            body_digest: self.body_digest,
            entries_seen: self.entries_seen,
            articles: self.articles,
            warnings: self.warnings,
            skipped: (self.skipped.into_iter())
                .map(|(at, url, reason)| Skipped {
                    at: at.0,
                    url,
                    reason,
                })
                .collect(),
            ..SourceState::new(id, outlet, kind, url, self.since.0)
        };
        self.habits.into_state(&mut state);
        state
    }
}

/// An endpoint; its counts stand under a key of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointRecord {
    pub(super) health: Text<EndpointHealth>,
    pub(super) reason: Option<String>,
    pub(super) since: Text<Timestamp>,
    pub(super) failures: u32,
    pub(super) held_until: Option<Text<Timestamp>>,
    pub(super) last_success: Option<Text<Timestamp>>,
    /// Since when it is not configured: nothing is sent, all is kept.
    pub(super) parked: Option<Text<Timestamp>>,
    /// When the first attempt failed after which none succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failing_since: Option<Text<Timestamp>>,
    /// How it gathers, where it does.
    #[serde(default)]
    pub(super) gather: Option<GatherRecord>,
}

/// [`Gathering`], without its endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GatherRecord {
    pub(super) every: String,
    pub(super) zone: Option<String>,
    pub(super) most: usize,
}

impl GatherRecord {
    /// As it is stored.
    pub(super) fn of(rule: &Gathering) -> Self {
        Self {
            every: rule.every.word(),
            zone: rule.every.zone().map(str::to_owned),
            most: rule.most,
        }
    }
}

impl EndpointRecord {
    /// An endpoint to which nothing was ever sent.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            health: EndpointHealth::Healthy.into(),
            reason: None,
            since: now.into(),
            failures: 0,
            held_until: None,
            last_success: None,
            parked: None,
            failing_since: None,
            gather: None,
        }
    }

    /// Whether something may be sent at `now`.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        self.is_enabled() && self.held_until.is_none_or(|until| until.0 <= now)
    }

    /// Whether something may be sent at some time.
    pub(super) fn is_enabled(&self) -> bool {
        self.parked.is_none() && self.health.0 != EndpointHealth::Disabled
    }

    /// The endpoint, with its counts in the order of [`DeliveryState::ALL`].
    pub(super) fn into_model(self, name: EndpointName, counts: [u64; 5]) -> EndpointState {
        let [waiting, due, retrying, delivered, failed] = counts;
        let disabled = self.health.0 == EndpointHealth::Disabled;
        EndpointState {
            name,
            health: self.health.0,
            reason: self.reason,
            since: self.since.0,
            failures: self.failures,
            held_until: bare(self.held_until),
            waiting: waiting + due + if disabled { retrying } else { 0 },
            retrying: if disabled { 0 } else { retrying },
            failed,
            delivered,
            last_success: bare(self.last_success),
        }
    }
}

/// A delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DeliveryRecord {
    pub(super) event: Text<EventId>,
    /// Absent in records of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<Text<TraceId>>,
    pub(super) kind: Text<EventKind>,
    pub(super) endpoint: Text<EndpointName>,
    pub(super) article: Option<Text<ArticleId>>,
    pub(super) state: Text<DeliveryState>,
    pub(super) attempts: Vec<AttemptRecord>,
    pub(super) tries: u32,
    pub(super) next_attempt: Option<Text<Timestamp>>,
    /// Its place in the queue.
    pub(super) due: Option<Text<Timestamp>>,
    pub(super) lease: Option<LeaseRecord>,
    /// Tries that the schedule counts; absent in records of the first release, which counted all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) spent: Option<u32>,
    /// When the first try of the present series was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trying_since: Option<Text<Timestamp>>,
    /// What was sent, of one that failed because it was not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    /// Its place in a digest; absent in records of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<InDigestRecord>,
}

/// [`InDigest`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct InDigestRecord {
    pub(super) at: Text<Timestamp>,
    pub(super) delivery: Option<Text<DeliveryId>>,
}

impl InDigestRecord {
    /// As it is stored.
    pub(super) fn of(place: InDigest) -> Self {
        Self {
            at: place.at.into(),
            delivery: place.delivery.map(Text),
        }
    }
}

/// [`Attempt`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AttemptRecord {
    pub(super) at: Text<Timestamp>,
    status: Option<u16>,
    error: Option<String>,
    ms: u64,
    answer: Option<String>,
}

/// Bytes of an attempt's error and of its answer that are kept.
const ANSWER_MAX: usize = 1024;
/// Bytes of a refused message that are kept: the largest that a chat takes (Matrix) fits.
const REFUSED_MAX: usize = 64 * 1024;

fn cut(text: String) -> String {
    at_most(text, ANSWER_MAX)
}

impl From<Attempt> for AttemptRecord {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at.into(),
            status: attempt.status,
            error: attempt.error.map(cut),
            ms: attempt.ms,
            answer: attempt.answer.map(cut),
        }
    }
}

impl DeliveryRecord {
    /// Whether it is done or given up.
    pub(super) fn is_settled(&self) -> bool {
        match self.state.0 {
            DeliveryState::Waiting | DeliveryState::Due | DeliveryState::Retrying => false,
            DeliveryState::Delivered | DeliveryState::Failed => true,
        }
    }

    /// Counts one more try. One that was answered with a wish for patience uses up nothing of the schedule.
    pub(super) fn tried(&mut self, at: Timestamp, counts: bool) {
        let spent = self.spent.unwrap_or(self.tries);
        self.spent = Some(spent.saturating_add(u32::from(counts)));
        self.tries = self.tries.saturating_add(1);
        self.trying_since.get_or_insert(at.into());
    }

    /// Begins a new series of tries, with the whole schedule before it.
    pub(super) fn begin_again(&mut self) {
        self.spent = Some(0);
        self.trying_since = None;
    }

    /// Keeps what was refused, within bounds.
    pub(super) fn keep_refused(&mut self, body: Option<String>) {
        self.refused = body.map(|body| at_most(body, REFUSED_MAX));
    }

    /// Whether it went in a digest, or is to.
    pub(super) fn is_in(&self, digest: DeliveryId) -> bool {
        let place = self.digest.and_then(|place| place.delivery);
        place.is_some_and(|place| place.0 == digest)
    }

    /// Whether it is on its way in this digest.
    pub(super) fn is_bound_in(&self, digest: DeliveryId) -> bool {
        self.is_in(digest) && !self.is_settled()
    }

    /// Whether it is on its way in a digest.
    pub(super) fn is_bound(&self) -> bool {
        !self.is_settled() && self.digest.is_some_and(|place| place.delivery.is_some())
    }

    /// The delivery as it looks while its endpoint is `disabled` or not: those of a disabled one
    /// all wait, and this is not written into each.
    pub(super) fn into_model(self, id: DeliveryId, disabled: bool) -> Delivery {
        let waits = disabled && !self.is_settled();
        Delivery {
            id,
            trace: bare(self.trace).unwrap_or_else(|| TraceId::of_event(self.event.0)),
            event: self.event.0,
            kind: self.kind.0,
            endpoint: self.endpoint.0,
            article: bare(self.article),
            state: if waits {
                DeliveryState::Waiting
            } else {
                self.state.0
            },
            attempts: (self.attempts.into_iter())
                .map(|attempt| Attempt {
                    at: attempt.at.0,
                    status: attempt.status,
                    error: attempt.error,
                    ms: attempt.ms,
                    answer: attempt.answer,
                })
                .collect(),
            tries: self.tries,
            spent: self.spent.unwrap_or(self.tries),
            trying_since: bare(self.trying_since),
            refused: self.refused,
            next_attempt: if waits { None } else { bare(self.next_attempt) },
            digest: self.digest.map(|place| InDigest {
                at: place.at.0,
                delivery: bare(place.delivery),
            }),
        }
    }
}

/// Counts that a listing would be too slow for, and the counters behind the orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) articles: u64,
    pub(super) revisions: u64,
    pub(super) pages: u64,
    /// Pages with an entry that waits for a visit.
    pub(super) visits_due: u64,
    pub(super) events: u64,
    /// The next event's place.
    pub(super) next_event: u64,
    /// The next visit's turn.
    pub(super) next_turn: u64,
    /// Revisions whose pages are kept as they came.
    #[serde(default)]
    pub(super) raw_pages: u64,
    /// Bytes of those pages, before compression.
    #[serde(default)]
    pub(super) raw_bytes: u64,
}

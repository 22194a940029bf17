//! JSON forms of the API. The structs are the API's description as well: their schemas stand in
//! `/api/openapi.json`.
//!
//! Times are RFC 3339 in UTC, to the second. No secret is a field of any of these.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::config::endpoint::{ContentSize, EndpointSpec};
use crate::model::article::Article;
use crate::model::delivery::{Delivery, EndpointState};
use crate::model::event::FullEvent;
use crate::model::source::SourceState;
use crate::notify;
use crate::notify::route::Step;
use crate::notify::wire::ArticleJson;
use crate::schedule::{digest, quiet};
use crate::search::Standing;

/// A part of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub(super) struct List<T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// What to give as `cursor` for the next part; null at the end.
    pub(super) next: Option<String>,
}

/// What the daemon says of itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "About")]
pub(super) struct AboutBody {
    /// Version of the program.
    pub(super) version: &'static str,
    /// Address and port in use.
    pub(super) listen: String,
    /// The store's engine.
    pub(super) store: &'static str,
    /// When the daemon started.
    #[schemars(extend("format" = "date-time"))]
    pub(super) started: String,
    /// Configured sources.
    pub(super) sources: u64,
    /// Articles in the store.
    pub(super) articles: u64,
    /// The search index; null where none is kept.
    pub(super) search: Option<SearchBody>,
}

/// How it stands with the search index.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchIndex")]
pub(super) struct SearchBody {
    /// ready, building or broken
    pub(super) state: &'static str,
    /// Articles in it.
    pub(super) articles: u64,
    /// Articles of the store that are not in it yet, or that it has and the store no longer.
    pub(super) behind: u64,
    /// Bytes of its files.
    pub(super) bytes: u64,
    /// When it last held all that the store did.
    #[schemars(extend("format" = "date-time"))]
    pub(super) followed: Option<String>,
    /// Why it is broken.
    pub(super) reason: Option<String>,
}

pub(super) fn search(standing: Standing, stored: u64) -> SearchBody {
    SearchBody {
        state: match (&standing.trouble, standing.complete) {
            (Some(_), _) => "broken",
            (None, true) => "ready",
            (None, false) => "building",
        },
        articles: standing.articles,
        behind: standing.behind(stored),
        bytes: standing.bytes,
        followed: standing.followed.map(stamp),
        reason: standing.trouble,
    }
}

/// A watched address with its health.
#[derive(Serialize, JsonSchema)]
pub(super) struct Source {
    pub(super) id: String,
    outlet: String,
    /// feed, page or sitemap
    kind: &'static str,
    /// The address as configured.
    url: String,
    /// Where it has moved for good.
    moved_to: Option<String>,
    /// new, healthy, throttled, failing, silent, layout, paywalled, moved or gone
    state: &'static str,
    /// Since when it is in this state.
    #[schemars(extend("format" = "date-time"))]
    since: String,
    /// Why it is in this state or waits.
    reason: Option<String>,
    /// What somebody can do about it; null where nothing needs to be done.
    remedy: Option<&'static str>,
    /// Why the next poll is when it is.
    wait: Option<String>,
    /// Entries a day, as far as its rhythm is known.
    entries_a_day: Option<f64>,
    /// When its newest entry appeared.
    #[schemars(extend("format" = "date-time"))]
    last_entry: Option<String>,
    /// Old entries that came as new lately and were not announced.
    withheld: Option<Withheld>,
    /// Failures in a row.
    failures: u32,
    #[schemars(extend("format" = "date-time"))]
    last_poll: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    last_success: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    next_poll: Option<String>,
    /// Distinct entries.
    entries_seen: u64,
    /// Articles stored through it.
    articles: u64,
    /// What was repaired in the last answer.
    warnings: Vec<String>,
    /// Entries that could not be had, newest first, at most twenty.
    skipped: Vec<Skipped>,
}

/// An entry that could not be had.
#[derive(Serialize, JsonSchema)]
pub(super) struct Skipped {
    #[schemars(extend("format" = "date-time"))]
    at: String,
    url: String,
    reason: String,
}

/// A flood of old entries.
#[derive(Serialize, JsonSchema)]
pub(super) struct Withheld {
    /// When it was told.
    #[schemars(extend("format" = "date-time"))]
    since: String,
    /// When the last of them came.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// How many.
    entries: u64,
}

pub(super) fn source(state: &SourceState) -> Source {
    let rhythm = &state.rhythm;
    Source {
        id: state.id.to_string(),
        outlet: state.outlet.to_string(),
        kind: state.kind.as_str(),
        url: state.url.to_string(),
        moved_to: state.moved_to.as_ref().map(ToString::to_string),
        state: state.health.as_str(),
        since: stamp(state.since),
        reason: state.reason.clone(),
        remedy: state.health.remedy(),
        wait: state.wait.clone(),
        entries_a_day: (rhythm.days > 0.0)
            .then(|| f64::from(rhythm.entries) / f64::from(rhythm.days))
            .map(|a_day| (a_day * 100.0).round() / 100.0),
        last_entry: rhythm.last.map(stamp),
        withheld: state.notice.flood.map(|flood| Withheld {
            since: stamp(flood.told),
            at: stamp(flood.at),
            entries: flood.entries,
        }),
        failures: state.failures,
        last_poll: state.last_poll.map(stamp),
        last_success: state.last_success.map(stamp),
        next_poll: state.next_poll.map(stamp),
        entries_seen: state.entries_seen,
        articles: state.articles,
        warnings: state.warnings.clone(),
        skipped: state
            .skipped
            .iter()
            .map(|skipped| Skipped {
                at: stamp(skipped.at),
                url: skipped.url.clone(),
                reason: skipped.reason.clone(),
            })
            .collect(),
    }
}

/// One event on its way to one endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
pub(super) struct DeliveryBody {
    id: String,
    /// The event's identifier: the `webhook-id`.
    event: String,
    /// The trace of the poll that led here: `trace_id` in the log, and in the webhook's `traceparent`.
    trace: String,
    /// The event's kind.
    r#type: &'static str,
    endpoint: String,
    /// The article's identifier, if it is of one.
    article: Option<String>,
    /// waiting, due, retrying, delivered or failed
    state: &'static str,
    /// The last twenty.
    attempts: Vec<AttemptBody>,
    /// How many tries there were in all.
    tries: u32,
    /// What was sent, of a delivery that failed because its receiver did not understand it. Absent from
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    next_attempt: Option<String>,
    /// The digest that it goes in, where its endpoint gathers.
    digest: Option<InDigestBody>,
}

/// A delivery's place in a digest.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InDigest")]
pub(super) struct InDigestBody {
    /// The hour until which it is gathered, or was.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The digest's own delivery, once there is one: what becomes of that becomes of this.
    delivery: Option<String>,
}

/// One try.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
pub(super) struct AttemptBody {
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The answer's status, if there was an answer.
    status: Option<u16>,
    /// Why it failed.
    error: Option<String>,
    /// How long it took, in milliseconds.
    ms: u64,
    /// The beginning of the answer.
    answer: Option<String>,
}

pub(super) fn delivery(delivery: &Delivery) -> DeliveryBody {
    DeliveryBody {
        id: delivery.id.to_string(),
        event: delivery.event.to_string(),
        trace: delivery.trace.to_string(),
        r#type: delivery.kind.as_str(),
        endpoint: delivery.endpoint.to_string(),
        article: delivery.article.map(|id| id.to_string()),
        state: delivery.state.as_str(),
        attempts: delivery
            .attempts
            .iter()
            .map(|attempt| AttemptBody {
                at: stamp(attempt.at),
                status: attempt.status,
                error: attempt.error.clone(),
                ms: attempt.ms,
                answer: attempt.answer.clone(),
            })
            .collect(),
        tries: delivery.tries,
        refused: delivery.refused.clone(),
        next_attempt: delivery.next_attempt.map(stamp),
        digest: delivery.digest.map(|place| InDigestBody {
            at: stamp(place.at),
            delivery: place.delivery.map(|id| id.to_string()),
        }),
    }
}

/// A delivery as a list shows it: five hundred refused messages would be too much.
pub(super) fn listed(delivery: &Delivery) -> DeliveryBody {
    DeliveryBody {
        refused: None,
        ..self::delivery(delivery)
    }
}

/// A receiver with its health.
#[derive(Serialize, JsonSchema)]
pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) format: &'static str,
    /// Scheme and host; the rest is a secret.
    pub(super) url: String,
    /// healthy, failing or disabled
    pub(super) state: &'static str,
    #[schemars(extend("format" = "date-time"))]
    pub(super) since: String,
    pub(super) reason: Option<String>,
    /// What somebody can do about it; null where nothing needs to be done.
    pub(super) remedy: Option<String>,
    /// Nothing is sent before this time: the receiver asked for it, or its quiet hours end then.
    #[schemars(extend("format" = "date-time"))]
    pub(super) held_until: Option<String>,
    /// When it is told, where it gathers: "15m", "daily 08:00 (Europe/Kyiv)".
    pub(super) every: Option<String>,
    /// When its next digest is made, if something comes up.
    #[schemars(extend("format" = "date-time"))]
    pub(super) next_digest: Option<String>,
    /// Never tried.
    pub(super) waiting: u64,
    /// To be tried again.
    pub(super) retrying: u64,
    /// Given up.
    pub(super) failed: u64,
    pub(super) delivered: u64,
    #[schemars(extend("format" = "date-time"))]
    pub(super) last_success: Option<String>,
}

pub(super) fn endpoint(spec: &EndpointSpec, state: &EndpointState, now: Timestamp) -> Endpoint {
    let quiet = spec
        .quiet
        .as_ref()
        .and_then(|quiet| quiet::until(quiet, now));
    Endpoint {
        name: spec.name.to_string(),
        format: spec.format.as_str(),
        url: spec.url.to_string(),
        state: state.health.as_str(),
        since: stamp(state.since),
        reason: state.reason.clone(),
        remedy: state.health.remedy(&spec.name),
        held_until: (state.held_until.max(quiet))
            .filter(|until| *until > now)
            .map(stamp),
        every: spec.every.as_ref().map(ToString::to_string),
        next_digest: spec
            .every
            .as_ref()
            .map(|every| stamp(digest::hour(every, now))),
        waiting: state.waiting,
        retrying: state.retrying,
        failed: state.failed,
        delivered: state.delivered,
        last_success: state.last_success.map(stamp),
    }
}

/// What became of those that were given up.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Retried")]
pub(super) struct RetriedBody {
    /// Deliveries that are due now, or wait for an earlier one that is.
    pub(super) retried: u64,
    /// What to give as `cursor` to go on; null when all are done.
    pub(super) next: Option<String>,
}

/// What became of a replay, or would.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Replay")]
pub(super) struct ReplayBody {
    /// Events that the endpoint is told again.
    pub(super) replayed: u64,
    /// Those that are on their way to it already.
    pub(super) waiting: u64,
    /// Those that its rules hold back.
    pub(super) held_back: u64,
    /// Whether nothing was done.
    pub(super) dry_run: bool,
    /// What to give as `cursor` to go on; null when all is done.
    pub(super) next: Option<String>,
}

/// A test message under way.
#[derive(Serialize, JsonSchema)]
pub(super) struct TestSent {
    /// The event's identifier, to be found among the endpoint's deliveries.
    pub(super) event: String,
}

/// Why an endpoint is told of an article, or is not, and what became of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Explanation {
    /// The endpoint.
    pub(super) endpoint: String,
    /// The article's identifier.
    pub(super) article: String,
    /// Its title.
    pub(super) title: Option<String>,
    /// The revision that was looked at: the newest.
    pub(super) revision: u32,
    /// Whether the endpoint's rules, as they are now, let it pass.
    pub(super) passes: bool,
    /// The whole in a sentence.
    pub(super) verdict: String,
    /// Each rule that was looked at; those of a group stand before the group.
    pub(super) rules: Vec<RuleBody>,
    /// The deliveries of its events to this endpoint, newest first.
    pub(super) deliveries: Vec<DeliveryBody>,
}

/// One rule that was looked at.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub(super) struct RuleBody {
    /// The key it stands under, as `filter.any[0]`.
    rule: String,
    /// Whether it lets the article pass; of a group's own rules: whether it holds.
    passes: bool,
    /// What was found.
    why: String,
}

pub(super) fn rule(step: Step) -> RuleBody {
    RuleBody {
        rule: step.rule,
        passes: step.holds,
        why: step.why,
    }
}

/// An article, with its `text` or without: the same form that webhooks carry.
pub(super) fn article(article: &Article, with_text: bool) -> ArticleJson {
    notify::wire::article(article, with_text)
}

/// An event as the `json` webhooks are told it: `type`, `timestamp`, `data`.
pub(super) fn event(event: &FullEvent) -> Value {
    notify::wire::payload(event, ContentSize::Full)
}

/// RFC 3339 in UTC, to the second.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

//! One poll, the whole story: fetch the source, read its entries, record those that are new.
//!
//! Pages are not fetched here. `finish_poll` records the source's new state and a due visit for
//! each new or changed entry in one commit; validators are part of that state, so that a crash
//! before it reads the source again and loses nothing.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tracing::{debug, error, info, warn};
use url::Url;

use crate::config::outlet::{Outlet, Source};
use crate::config::{Config, FirstPoll};
use crate::dedupe::canonical;
use crate::feed::Parsed;
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Refusal, Want};
use crate::model::event::{Event, EventKind, SourceSubject, Subject};
use crate::model::id::EventId;
use crate::model::source::{SourceKind, SourceState, Validators};
use crate::notify::route;
use crate::observe::chain;
use crate::observe::outcome::PollOutcome as PollOutcomeMeter;
use crate::schedule::cadence::{self, Asks};
use crate::schedule::health::{self, PollFound, PollOutcome};
use crate::store::{Found, PollJob, PollReport, Queue, StoreError};
use crate::work::Desk;
use crate::work::read::{self, Ask, Reading};
use crate::work::worker::Outcome;

/// Polls one source.
pub async fn run(desk: &Desk, job: PollJob) -> Outcome {
    let config = desk.config();
    let Some((outlet, source)) = configured(&config, &job.state) else {
        debug!("the source is no longer configured; its lease is left to run out");
        return Outcome::Done;
    };
    let look = Look {
        desk,
        config: &config,
        outlet,
        source,
        state: &job.state,
    };
    // A poll that outlived its lease would be done again and again, and never be recorded.
    let bound = config.daemon.lease.mul_f32(0.75);
    let taken = tokio::time::timeout(bound, look.take()).await;
    let taken = taken.unwrap_or_else(|_| {
        let reason = format!("It took longer than {bound:?}.");
        Taken::Seen(PollFound::Failed { reason }, Box::default())
    });
    let (metered, report) = match taken {
        Taken::Seen(found, seen) => (Some(metered(&found)), look.report(found, *seen)),
        Taken::Deferred(until) => (None, look.deferred(until)),
    };
    say(&job.state, &report);
    let failed = report.state.failures > job.state.failures;
    let told = !report.events.is_empty();
    match desk.store.finish_poll(job.lease, report).await {
        Ok(result) => {
            if told {
                desk.nudges.of(Queue::Deliveries).notify_one();
            }
            let news = result.new + result.changed > 0;
            match metered {
                Some(PollOutcomeMeter::Changed) if !news => {
                    desk.meters.poll(&outlet.name, PollOutcomeMeter::Unchanged);
                }
                Some(outcome) => desk.meters.poll(&outlet.name, outcome),
                None => {}
            }
            if news {
                info!(
                    new = result.new,
                    changed = result.changed,
                    "{} new and {} changed entries at {}",
                    result.new,
                    result.changed,
                    source.id
                );
                desk.nudges.of(Queue::Visits).notify_one();
            }
        }
        Err(StoreError::LeaseLost) => debug!("too late: the poll is another worker's by now"),
        Err(fault) => error!(
            "cannot record the poll, it will be made again: {}",
            chain(&fault)
        ),
    }
    if failed {
        Outcome::Failed
    } else {
        Outcome::Done
    }
}

fn metered(found: &PollFound) -> PollOutcomeMeter {
    match found {
        PollFound::Unchanged => PollOutcomeMeter::Unchanged,
        PollFound::Entries(_) => PollOutcomeMeter::Changed,
        PollFound::Throttled { .. } => PollOutcomeMeter::Throttled,
        PollFound::Failed { .. } => PollOutcomeMeter::Failed,
        PollFound::Gone => PollOutcomeMeter::Gone,
    }
}

fn configured<'a>(config: &'a Config, state: &SourceState) -> Option<(&'a Outlet, &'a Source)> {
    let outlet = config.outlets.get(&state.outlet)?;
    let source = outlet.sources.iter().find(|it| it.id == state.id)?;
    Some((outlet, source))
}

/// What one look at a source saw.
#[derive(Default)]
struct Seen {
    /// Where permanent redirects led.
    moved: Option<Url>,
    found: Vec<Found>,
    asks: Asks,
    warnings: Option<Vec<String>>,
    validators: Option<Validators>,
    body_digest: Option<u64>,
}

/// What came of trying.
enum Taken {
    Seen(PollFound, Box<Seen>),
    /// Its host has no room before then; nothing was asked, and that is nobody's failure.
    Deferred(Timestamp),
}

struct Look<'a> {
    desk: &'a Desk,
    config: &'a Config,
    outlet: &'a Outlet,
    source: &'a Source,
    state: &'a SourceState,
}

impl Look<'_> {
    async fn take(&self) -> Taken {
        let want = match self.source.kind {
            SourceKind::Feed | SourceKind::Sitemap => Want::Feed,
            SourceKind::Page => Want::Page,
        };
        let validators = Some(&self.state.validators);
        let fetched = self
            .desk
            .fetcher()
            .get(self.state.address(), want, validators)
            .await;
        match fetched {
            Ok(Fetched::Answer(response)) if response.status == 304 => {
                let reason = "It answered 304 to a request without conditions.".to_owned();
                Taken::Seen(PollFound::Failed { reason }, Box::default())
            }
            Ok(Fetched::Answer(response) | Fetched::NotModified(response)) => {
                let (found, seen) = self.answered(response).await;
                Taken::Seen(found, Box::new(seen))
            }
            Err(Refusal::Busy(until)) => Taken::Deferred(until),
            Err(
                refusal @ (Refusal::Robots { .. }
                | Refusal::RobotsUnreachable { .. }
                | Refusal::Fetch(_)),
            ) => {
                let reason = chain(&refusal);
                Taken::Seen(PollFound::Failed { reason }, Box::default())
            }
        }
    }

    async fn answered(&self, response: Response) -> (PollFound, Seen) {
        let now = self.desk.clock.now();
        let hops = response.hops.iter().map(|hop| (hop.status, &hop.to));
        let mut seen = Seen {
            moved: health::permanent_target(hops).cloned(),
            ..Seen::default()
        };
        let retry_after = response.header("retry-after");
        let before = self.state.last_success.is_some();
        if let Some(found) = health::judge_status(response.status, retry_after, before, now) {
            if let PollFound::Throttled { until, .. } = &found {
                seen.asks.retry_after = *until;
            }
            if found == PollFound::Unchanged {
                seen.asks.fresh = cadence::freshness(|name| response.header(name), now);
                seen.validators = Some(renewed(&self.state.validators, &response));
            }
            return (found, seen);
        }
        self.read(response, seen).await
    }

    async fn read(&self, response: Response, mut seen: Seen) -> (PollFound, Seen) {
        seen.asks.fresh = cadence::freshness(|name| response.header(name), self.desk.clock.now());
        let digest = xxhash_rust::xxh3::xxh3_64(&response.body);
        if self.state.last_success.is_some() && self.state.body_digest == Some(digest) {
            seen.validators = Some(response.validators());
            return (PollFound::Unchanged, seen);
        }
        let bytes = response.body.len();
        let validators = response.validators();
        let fetcher = self.desk.fetcher();
        let ask = Ask {
            fetcher: &fetcher,
            outlet: self.outlet,
            source: self.source,
            since: self.state.last_success,
            now: self.desk.clock.now(),
        };
        match read::read(&ask, response).await {
            Ok(Reading {
                parsed,
                listed,
                settled,
            }) => {
                let found = health::judge_body(listed, bytes);
                if !settled {
                    seen.validators = Some(Validators::default());
                } else if matches!(found, PollFound::Entries(_)) {
                    seen.validators = Some(validators);
                    seen.body_digest = Some(digest);
                }
                seen.asks.ttl = parsed.asks.ttl;
                seen.asks.syndication = parsed.asks.update_period();
                let mut warnings = parsed.warnings.clone();
                let (entries, passed_over) = identified(parsed);
                warnings.extend(passed_over);
                seen.warnings = Some(warnings);
                seen.found = entries;
                (found, seen)
            }
            Err(reason) => (PollFound::Failed { reason }, seen),
        }
    }

    fn deferred(&self, until: Timestamp) -> PollReport {
        PollReport {
            now: self.desk.clock.now(),
            state: SourceState {
                next_poll: Some(until),
                ..self.state.clone()
            },
            found: Vec::new(),
            announce: true,
            events: Vec::new(),
        }
    }

    fn report(&self, found: PollFound, seen: Seen) -> PollReport {
        let now = self.desk.clock.now();
        let first = self.state.last_success.is_none();
        let outcome = PollOutcome {
            found,
            moved: seen.moved,
        };
        let (mut state, kinds) = health::advance(self.state, &outcome, &self.config.poll, now);
        if outcome.found != PollFound::Gone {
            let asks = Asks {
                interval: self.source.interval,
                failures: state.failures,
                ..seen.asks
            };
            let next = cadence::next_poll(&asks, &self.config.poll, now, rand::random());
            state.next_poll = Some(next.at);
            let waits = format!("polled by {}", next.reason);
            state.reason = state.reason.or(Some(waits));
        }
        state.warnings = seen.warnings.unwrap_or(state.warnings);
        state.validators = seen.validators.unwrap_or(state.validators);
        state.body_digest = seen.body_digest.or(state.body_digest);
        let events = kinds
            .into_iter()
            .map(|kind| self.event(kind, &state, now))
            .collect();
        PollReport {
            now,
            state,
            found: seen.found,
            announce: !(first && self.config.poll.first == FirstPoll::Quiet),
            events,
        }
    }

    fn event(
        &self,
        kind: EventKind,
        state: &SourceState,
        now: Timestamp,
    ) -> (Event, Vec<crate::model::id::EndpointName>) {
        let event = Event {
            id: EventId::new(now),
            kind,
            at: now,
            subject: Subject::Source(SourceSubject::of(state)),
        };
        let to = route::routes(self.config.endpoints.values(), kind, None);
        (event, to)
    }
}

/// Entries with their identity, each address once, and what to say of those without one; identifiers
/// that repeat are none.
fn identified(parsed: Parsed) -> (Vec<Found>, Option<String>) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for id in parsed.entries.iter().filter_map(|entry| entry.id.as_ref()) {
        *uses.entry(id.clone()).or_insert(0) += 1;
    }
    let mut addresses = HashSet::new();
    let mut found = Vec::new();
    let mut without = Vec::new();
    for entry in parsed.entries {
        let Some(listed) = entry.url.clone() else {
            without.push(entry.title.or(entry.id).unwrap_or_default());
            continue;
        };
        let fetch = canonical::unwrap_redirector(&listed);
        let url = canonical::folded(&fetch);
        if addresses.insert(url.clone()) {
            let guid = entry.id.clone().filter(|id| uses.get(id) == Some(&1));
            found.push(Found {
                url,
                fetch,
                guid,
                entry,
            });
        }
    }
    let warning = without.first().map(|first| {
        format!(
            "{} entries without a web address are passed over, the first of them: {first}",
            without.len()
        )
    });
    (found, warning)
}

fn say(before: &SourceState, report: &PollReport) {
    let after = &report.state;
    let reason = after.reason.as_deref().unwrap_or_default();
    if after.failures > before.failures {
        warn!(
            "poll of {} failed ({} in a row): {reason}",
            after.id, after.failures
        );
    }
    if after.health != before.health {
        info!(
            "{} is now {} (was {}) {reason}",
            after.id,
            after.health.as_str(),
            before.health.as_str()
        );
    }
    for warning in &after.warnings {
        debug!("repaired in {}: {warning}", after.id);
    }
}

/// A 304 renews what it names and leaves the rest (RFC 9111 §3.2).
fn renewed(stored: &Validators, response: &Response) -> Validators {
    let new = response.validators();
    Validators {
        etag: new.etag.or_else(|| stored.etag.clone()),
        last_modified: new.last_modified.or_else(|| stored.last_modified.clone()),
    }
}

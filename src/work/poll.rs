//! One poll, the whole story: fetch the source, read its entries, record those that are new.
//!
//! Pages are not fetched here. `finish_poll` records the source's new state and a due visit for
//! each new or changed entry in one commit; validators are part of that state, so that a crash
//! before it reads the source again and loses nothing.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use tracing::{Instrument as _, debug, debug_span, error};
use url::Url;

use crate::config::outlet::{Outlet, Source};
use crate::config::{Config, FirstPoll};
use crate::feed::hub::{self, Offer};
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Refusal, Want};
use crate::model::event::{Event, SourceSubject, Subject};
use crate::model::id::EventId;
use crate::model::rhythm::Wishes;
use crate::model::source::{SourceKind, SourceState, Validators};
use crate::notify::route;
use crate::observe::chain;
use crate::observe::outcome::PollOutcome as PollOutcomeMeter;
use crate::schedule::cadence::{self, Asks, NextPoll};
use crate::schedule::health::{self, Change, PollFound, PollOutcome};
use crate::schedule::{rhythm, subscription};
use crate::store::{Acquaintance, Found, PollJob, PollReport, StoreError};
use crate::work::Desk;
use crate::work::learn::{self, Lesson};
use crate::work::push;
use crate::work::read::{self, Ask, Reading};
use crate::work::record;
use crate::work::worker::Outcome;

/// A wait for its host that is shown as the source's own reason to wait.
const WORTH_SAYING: SignedDuration = SignedDuration::from_secs(30);

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
        pushed: desk.push.is_trusted(&source.id).await,
    };
    // A poll that outlived its lease would be done again and again, and never be recorded.
    let bound = config.daemon.lease.mul_f32(0.75);
    let taken = tokio::time::timeout(bound, look.take()).await;
    let taken = taken.unwrap_or_else(|_| {
        let reason = format!("It took longer than {bound:?}.");
        Taken::Seen(PollFound::Failed { reason }, Box::default())
    });
    let mut offer = None;
    let (metered, report) = match taken {
        Taken::Seen(found, mut seen) => {
            offer = seen.offer.take();
            let known = look.known(&seen.found).await;
            (Some(metered(&found)), look.report(found, *seen, &known))
        }
        Taken::Deferred(until, why) => (None, look.deferred(until, why)),
    };
    let failed = report.state.failures > job.state.failures;
    match record::poll(&look, job.lease, report, "at").await {
        Ok(news) => {
            match metered {
                Some(PollOutcomeMeter::Changed) if !news => {
                    desk.meters.poll(&outlet.name, PollOutcomeMeter::Unchanged);
                }
                Some(outcome) => desk.meters.poll(&outlet.name, outcome),
                None => {}
            }
            if news && look.pushed {
                push::doubt(desk, &source.id).await;
            }
            if let Some(offer) = offer {
                push::offered(desk, &source.id, offer.0).await;
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

pub(super) fn configured<'a>(
    config: &'a Config,
    state: &SourceState,
) -> Option<(&'a Outlet, &'a Source)> {
    let outlet = config.outlets.get(&state.outlet)?;
    let source = outlet.sources.iter().find(|it| it.id == state.id)?;
    Some((outlet, source))
}

/// What one look at a source saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Where permanent redirects led.
    moved: Option<Url>,
    pub(super) found: Vec<Found>,
    asks: Asks,
    warnings: Option<Vec<String>>,
    pub(super) validators: Option<Validators>,
    pub(super) body_digest: Option<u64>,
    /// What an answer that was read says of hubs; `None` where none was.
    offer: Option<Offered>,
    wishes: Option<Wishes>,
}

/// What an answer that was read says of hubs.
struct Offered(Option<Offer>);

/// What came of trying.
enum Taken {
    Seen(PollFound, Box<Seen>),
    /// Its host has no room before then; nothing was asked, and that is nobody's failure. Why, where
    /// it will take longer than a moment.
    Deferred(Timestamp, Option<String>),
}

/// A source that is looked at.
pub(super) struct Look<'a> {
    pub(super) desk: &'a Desk,
    pub(super) config: &'a Config,
    pub(super) outlet: &'a Outlet,
    pub(super) source: &'a Source,
    pub(super) state: &'a SourceState,
    /// Whether its hub pushes what is new.
    pub(super) pushed: bool,
}

impl Look<'_> {
    async fn take(&self) -> Taken {
        let want = match self.source.kind {
            SourceKind::Feed | SourceKind::Sitemap => Want::Feed,
            SourceKind::Page => Want::Page,
        };
        let validators = (!self.is_otherwise_read()).then_some(&self.state.validators);
        let fetched = self
            .desk
            .fetcher()
            .get_within(
                self.state.address(),
                want,
                validators,
                self.outlet.retry_after_scope,
            )
            .instrument(debug_span!("fetch"))
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
            Err(refusal @ Refusal::Busy(until)) => {
                let long = until.duration_since(self.desk.clock.now()) > WORTH_SAYING;
                Taken::Deferred(until, long.then(|| chain(&refusal)))
            }
            Err(refusal @ Refusal::Spent(until)) => Taken::Deferred(until, Some(chain(&refusal))),
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

    /// Whether the rules by which its last answer was read have changed since: it is read again, even
    /// if it is the same.
    fn is_otherwise_read(&self) -> bool {
        (self.state.rules).is_some_and(|rules| rules != self.source.rules())
    }

    /// Which of these the store knows.
    pub(super) async fn known(&self, found: &[Found]) -> Vec<Acquaintance> {
        if found.is_empty() {
            return Vec::new();
        }
        let known = (self.desk.store)
            .known(&self.outlet.name, &self.source.id, found)
            .await;
        known.unwrap_or_else(|fault| {
            error!(
                "cannot ask what is known, nothing is learned of it: {}",
                chain(&fault)
            );
            vec![Acquaintance::Listed; found.len()]
        })
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

    pub(super) async fn read(&self, response: Response, mut seen: Seen) -> (PollFound, Seen) {
        seen.asks.fresh = cadence::freshness(|name| response.header(name), self.desk.clock.now());
        let digest = xxhash_rust::xxh3::xxh3_64(&response.body);
        let same = self.state.body_digest == Some(digest) && !self.is_otherwise_read();
        if self.state.last_success.is_some() && same {
            seen.validators = Some(response.validators());
            return (PollFound::Unchanged, seen);
        }
        let bytes = response.body.len();
        let validators = response.validators();
        let links: Vec<String> = (response.headers.iter())
            .filter(|(name, _)| name == "link")
            .map(|(_, value)| value.clone())
            .collect();
        let address = response.url.clone();
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
                if self.source.kind == SourceKind::Feed {
                    let links = links.iter().map(String::as_str);
                    seen.offer = Some(Offered(hub::offer(links, &parsed, &address)));
                }
                if !settled {
                    seen.validators = Some(Validators::default());
                } else if matches!(found, PollFound::Entries(_)) {
                    seen.validators = Some(validators);
                    seen.body_digest = Some(digest);
                }
                seen.wishes = Some(learn::wishes(&parsed.asks));
                let mut warnings = parsed.warnings.clone();
                let (entries, passed_over) = read::identified(parsed, &self.outlet.tracking);
                warnings.extend(passed_over);
                seen.warnings = Some(warnings);
                seen.found = entries;
                (found, seen)
            }
            Err(reason) => (PollFound::Failed { reason }, seen),
        }
    }

    pub(super) fn deferred(&self, until: Timestamp, why: Option<String>) -> PollReport {
        PollReport {
            now: self.desk.clock.now(),
            state: SourceState {
                next_poll: Some(until),
                wait: why.clone().or_else(|| self.state.wait.clone()),
                reason: why.or_else(|| self.state.reason.clone()),
                ..self.state.clone()
            },
            found: Vec::new(),
            announce: true,
            quiet: HashSet::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn report(
        &self,
        found: PollFound,
        seen: Seen,
        known: &[Acquaintance],
    ) -> PollReport {
        let now = self.desk.clock.now();
        let first = self.state.last_success.is_none();
        let mut learned = self.state.clone();
        let mut lesson = Lesson::default();
        match found {
            PollFound::Entries(_) => {
                learned.rules = Some(self.source.rules());
                learned.wishes = seen.wishes.unwrap_or_default();
                lesson = learn::learn(&mut learned, &seen.found, known, now);
            }
            PollFound::Unchanged => learned.rules = learned.rules.or(Some(self.source.rules())),
            PollFound::Failed { .. } | PollFound::Throttled { .. } | PollFound::Gone => {}
        }
        let outcome = PollOutcome {
            found,
            moved: seen.moved,
        };
        let (mut state, mut changes) = health::advance(&learned, &outcome, &self.config.poll, now);
        changes.extend(lesson.told);
        if outcome.found == PollFound::Gone {
            state.wait = None;
        } else {
            let next = self.next_poll(&state, &seen.asks, now);
            state.next_poll = Some(next.at);
            let waits = format!("polled by {}", next.reason);
            state.reason = state.reason.or(Some(waits));
            state.wait = Some(next.reason);
        }
        state.warnings = seen.warnings.unwrap_or(state.warnings);
        state.validators = seen.validators.unwrap_or(state.validators);
        state.body_digest = seen.body_digest.or(state.body_digest);
        let events = changes
            .into_iter()
            .map(|change| self.event(change, &state, now))
            .collect();
        PollReport {
            now,
            state,
            found: seen.found,
            announce: !(first && self.config.poll.first == FirstPoll::Quiet),
            quiet: lesson.quiet,
            events,
        }
    }

    /// When to look again, by what the source asks for and by its rhythm.
    fn next_poll(&self, state: &SourceState, asks: &Asks, now: Timestamp) -> NextPoll {
        let spec = &self.config.poll;
        let interval = self.source.interval.unwrap_or(spec.interval);
        let asks = Asks {
            interval: self.source.interval,
            failures: state.failures,
            rhythm: rhythm::wait(&state.rhythm, interval, now),
            watched: rhythm::watched(&state.rhythm, now).unwrap_or_default(),
            ..asks.clone()
        };
        let next = cadence::next_poll(&asks.wishing(&state.wishes), spec, now, rand::random());
        if self.pushed && state.failures == 0 {
            return subscription::as_net(next, spec, now, rand::random());
        }
        next
    }

    fn event(
        &self,
        change: Change,
        state: &SourceState,
        now: Timestamp,
    ) -> (Event, Vec<crate::model::id::EndpointName>) {
        let kind = change.kind;
        let mut subject = SourceSubject::of(state);
        subject.reason = change.why.or(subject.reason);
        let event = Event {
            id: EventId::new(now),
            kind,
            at: now,
            subject: Subject::Source(subject),
            trace: state.trace,
        };
        let to = route::routes(self.config.endpoints.values(), kind, None);
        (event, to)
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

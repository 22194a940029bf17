//! The loop behind each queue: claim what is due, perform it, wait for the next.
//!
//! No more is claimed than can be begun at once, and nothing for a host or endpoint that is busy,
//! so that a slow one holds up nobody else. A worker that is told to stop claims no more and drains;
//! what does not end in time is aborted, and its lease gives it to the next start.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info_span};

use crate::config::endpoint::EndpointSpec;
use crate::model::id::{EndpointName, Host};
use crate::model::trace::TraceId;
use crate::observe::{chain, trace};
use crate::schedule::quiet;
use crate::store::{DeliveryJob, PollJob, Queue, StoreError, VisitJob};
use crate::supervise::Tasks;
use crate::work::busy::Busy;
use crate::work::{Desk, deliver, poll, visit};

/// Longest a worker sleeps with nothing due: the wall clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);
/// Shortest, so that a host that becomes free at any moment is not asked for in a loop.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);
/// Longest that `--once` waits for a host; what is held for longer is left to the next run.
const LONGEST_DRAIN_WAIT: Duration = Duration::from_secs(30);
/// How soon a worker looks again when all that is due waits for a busy host or endpoint.
const BUSY_LOOK: Duration = Duration::from_millis(200);
/// Between two looks when all that is due is for endpoints in their quiet hours: something else may fall
/// due meanwhile, of which `next_due` cannot speak while that is due before it.
const QUIET_LOOK: Duration = Duration::from_secs(1);

/// When a worker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When it is told to stop.
    Stopped,
    /// When nothing is due any more; a poll counts as due only once.
    Drained,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Jobs done.
    pub done: u64,
    /// Of them, failed ones.
    pub failed: u64,
}

/// Whether one piece of work did what it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Done,
    /// It failed, was said so, and will be tried again or not as the schedule has it.
    Failed,
}

/// Runs the worker of `queue`.
///
/// The error is that of a store that cannot write any more: a daemon that can remember nothing must
/// not look as if it worked. The next start takes over what was under lease.
pub async fn run(
    desk: Arc<Desk>,
    queue: Queue,
    until: Until,
    stop: CancellationToken,
) -> Result<Tally, StoreError> {
    let started = desk.clock.now();
    let mut worker = Worker {
        desk,
        queue,
        until,
        cutoff: (until == Until::Drained && queue == Queue::Polls).then_some(started),
        tasks: Tasks::default(),
        busy: Busy::default(),
        tally: Tally::default(),
    };
    let mut trouble = Duration::ZERO;
    while !stop.is_cancelled() {
        let wait = match worker.claim_all(&stop).await {
            Ok(next) => {
                trouble = Duration::ZERO;
                if until == Until::Drained && worker.tasks.is_empty() && next.is_none() {
                    break;
                }
                next.unwrap_or(LONGEST_SLEEP)
            }
            Err(fault @ (StoreError::Broken { .. } | StoreError::Closed)) => {
                worker.finish().await;
                return Err(fault);
            }
            Err(fault) => {
                trouble = (trouble * 2).clamp(Duration::from_secs(1), Duration::from_secs(30));
                error!(queue = ?queue, "cannot claim work, trying again in {trouble:?}: {}", chain(&fault));
                trouble
            }
        };
        worker.wait(wait, &stop).await;
    }
    Ok(worker.finish().await)
}

struct Worker {
    desk: Arc<Desk>,
    queue: Queue,
    until: Until,
    /// Work that falls due after this time is left; `None` in a daemon.
    cutoff: Option<Timestamp>,
    tasks: Tasks<Outcome>,
    busy: Busy,
    tally: Tally,
}

impl Worker {
    /// Claims and starts until nothing more can be begun; says how long to wait for the next, or
    /// that nothing is due at all (`None`) in a worker that drains.
    async fn claim_all(
        &mut self,
        stop: &CancellationToken,
    ) -> Result<Option<Duration>, StoreError> {
        while !stop.is_cancelled() {
            self.reap();
            let free = self.capacity().saturating_sub(self.tasks.len());
            if free == 0 || self.claim(free).await? == 0 {
                break;
            }
        }
        let now = self.desk.clock.now();
        self.desk.progress.mark(self.queue, now);
        let next = self.desk.store.next_due(self.queue).await?;
        Ok(match (next, self.until) {
            (Some(due), _) if due <= self.cutoff.unwrap_or(now) => self.busy_wait(),
            (Some(due), Until::Stopped) => Some(wait_for(due, now)),
            (Some(_), Until::Drained) | (None, _) => None,
        })
    }

    /// How long to wait when all that is due is for busy hosts or endpoints; `None` where a worker
    /// that drains would wait for nothing but a host that asked to be left alone, or the end of quiet hours.
    fn busy_wait(&mut self) -> Option<Duration> {
        let quiet = self.queue == Queue::Deliveries && self.waits_for_quiet_only();
        let wait = match self.queue {
            Queue::Deliveries if quiet => QUIET_LOOK,
            Queue::Deliveries => BUSY_LOOK,
            Queue::Polls | Queue::Visits => {
                let free = self.desk.fetcher().hosts().next_free();
                free.map_or(BUSY_LOOK, |at| at.duration_since(Instant::now()))
            }
        };
        let idle = self.tasks.is_empty();
        let held = idle && self.until == Until::Drained && (quiet || wait > LONGEST_DRAIN_WAIT);
        (!held).then(|| wait.max(SHORTEST_SLEEP))
    }

    fn capacity(&self) -> usize {
        let config = self.desk.config();
        match self.queue {
            Queue::Polls | Queue::Visits => config.fetch.concurrency,
            // One for each endpoint, and the rest for whoever has more to send.
            Queue::Deliveries => config.delivery.concurrency + config.endpoints.len(),
        }
    }

    /// Claims up to `free` jobs and starts them; says how many.
    async fn claim(&mut self, free: usize) -> Result<usize, StoreError> {
        let now = self.cutoff.unwrap_or_else(|| self.desk.clock.now());
        let desk = Arc::clone(&self.desk);
        let store = &desk.store;
        let config = desk.config();
        let lease = config.daemon.lease;
        match self.queue {
            Queue::Polls => {
                let busy = self.busy.hosts.full(config.fetch.per_host);
                let jobs = store.claim_polls(now, free, lease, &busy).await?;
                let claimed = jobs.len();
                for job in jobs {
                    self.start_poll(job);
                }
                Ok(claimed)
            }
            Queue::Visits => {
                let mut busy = self.busy.hosts.full(config.fetch.per_host);
                busy.extend(self.busy_hosts());
                let jobs = store.claim_visits(now, free, lease, &busy).await?;
                let claimed = jobs.len();
                for job in jobs {
                    self.start_visit(job);
                }
                Ok(claimed)
            }
            Queue::Deliveries => {
                // Receivers that hang must not use up what the others need: whoever has nothing under way
                // goes first, and beyond that all draw on one common allowance.
                let busy = self.busy_endpoints();
                let under_way: HashSet<_> = (config.endpoints.keys())
                    .filter(|name| self.busy.endpoints.count(name) > 0)
                    .cloned()
                    .collect();
                let first = busy.union(&under_way).cloned().collect();
                let mut jobs = store.claim_deliveries(now, free, lease, &first).await?;
                let spent = self.busy.endpoints.beyond_first();
                let more = free.min(config.delivery.concurrency.saturating_sub(spent));
                if jobs.is_empty() && more > 0 && !under_way.is_subset(&busy) {
                    jobs = store.claim_deliveries(now, more, lease, &busy).await?;
                }
                let claimed = jobs.len();
                for job in jobs {
                    self.start_delivery(job);
                }
                Ok(claimed)
            }
        }
    }

    fn start_poll(&mut self, mut job: PollJob) {
        let held = self.busy.hosts.hold(Host::of(job.state.address()));
        let id = job.state.id.clone();
        let trace = TraceId::random();
        job.state.trace = Some(trace);
        let span = info_span!("poll", source.id = %id, trace_id = %trace);
        trace::join(&span, trace);
        let desk = Arc::clone(&self.desk);
        let work = async move {
            let _held = held;
            poll::run(&desk, job).await
        };
        self.tasks
            .spawn(format!("poll of {id}"), work.instrument(span));
    }

    fn start_visit(&mut self, job: VisitJob) {
        let held = self.busy.hosts.hold(Host::of(&job.page.fetch));
        let url = job.page.fetch.clone();
        let trace = job.page.trace;
        let span = info_span!("visit", %url, trace_id = %trace);
        trace::join(&span, trace);
        let desk = Arc::clone(&self.desk);
        let work = async move {
            let _held = held;
            visit::run(&desk, job).await
        };
        self.tasks
            .spawn(format!("visit of {url}"), work.instrument(span));
    }

    fn start_delivery(&mut self, job: DeliveryJob) {
        let endpoint = job.delivery.endpoint.clone();
        let held = self.busy.endpoints.hold(endpoint.clone());
        self.busy
            .last_start
            .insert(endpoint.clone(), Instant::now());
        let id = job.delivery.id;
        let trace = job.delivery.trace;
        let span =
            info_span!("delivery", delivery.id = %id, endpoint = %endpoint, trace_id = %trace);
        trace::join(&span, trace);
        let desk = Arc::clone(&self.desk);
        let work = async move {
            let _held = held;
            deliver::run(&desk, job).await
        };
        self.tasks.spawn(
            format!("delivery {id} to {endpoint}"),
            work.instrument(span),
        );
    }

    /// Hosts that cannot take an article now. One that is held for longer than an article is waited
    /// for is none of them: its pages are claimed, and told from what their sources gave.
    fn busy_hosts(&self) -> HashSet<Host> {
        let now = Instant::now();
        let fetcher = self.desk.fetcher();
        let hosts = fetcher.hosts();
        let mut busy = hosts.busy(now);
        busy.retain(|host| {
            hosts
                .held_until(host)
                .is_none_or(|until| until <= now + visit::LONGEST_TRIAL)
        });
        busy
    }

    /// Endpoints that have all the requests they may have under way, must rest between two, or are in
    /// their quiet hours.
    fn busy_endpoints(&mut self) -> HashSet<EndpointName> {
        let config = self.desk.config();
        let now = Instant::now();
        let wall = self.desk.clock.now();
        let endpoints = &self.busy.endpoints;
        let spent = endpoints.beyond_first() >= config.delivery.concurrency;
        self.busy
            .last_start
            .retain(|name, _| config.endpoints.contains_key(name));
        config
            .endpoints
            .iter()
            .filter(|(name, spec)| {
                let under_way = endpoints.count(name);
                let full = under_way >= spec.concurrency || (spent && under_way > 0);
                let resting = spec.spacing.is_some_and(|spacing| {
                    self.busy
                        .last_start
                        .get(*name)
                        .is_some_and(|start| now < *start + spacing)
                });
                full || resting || is_quiet(spec, wall)
            })
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether nothing under way or at rest, and nothing but somebody's quiet hours, keeps due
    /// deliveries waiting.
    fn waits_for_quiet_only(&mut self) -> bool {
        let config = self.desk.config();
        let now = self.desk.clock.now();
        let busy = self.busy_endpoints();
        !busy.is_empty()
            && busy.iter().all(|name| {
                self.busy.endpoints.count(name) == 0
                    && config
                        .endpoints
                        .get(name)
                        .is_some_and(|spec| is_quiet(spec, now))
            })
    }

    fn reap(&mut self) {
        while let Some(end) = self.tasks.try_next() {
            self.count(end.outcome.ok(), &end.name);
        }
    }

    fn count(&mut self, outcome: Option<Outcome>, name: &str) {
        self.tally.done += 1;
        match outcome {
            Some(Outcome::Done) => {}
            Some(Outcome::Failed) => self.tally.failed += 1,
            None => {
                self.tally.failed += 1;
                error!("{name} panicked; its lease will have it tried again");
            }
        }
    }

    /// Waits for the next due time, a hint, the end of a task, or the stop.
    async fn wait(&mut self, wait: Duration, stop: &CancellationToken) {
        let desk = Arc::clone(&self.desk);
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            () = tokio::time::sleep(wait.min(LONGEST_SLEEP)) => None,
            () = desk.nudges.of(self.queue).notified() => None,
            end = self.tasks.next(), if !self.tasks.is_empty() => end,
        };
        if let Some(end) = ended {
            self.count(end.outcome.ok(), &end.name);
        }
    }

    async fn finish(mut self) -> Tally {
        let grace = self.desk.config().daemon.grace;
        for end in self.tasks.drain(grace).await {
            self.count(end.outcome.ok(), &end.name);
        }
        self.tally
    }
}

/// Whether an endpoint is sent nothing now: what is due to it waits, and keeps its order.
fn is_quiet(spec: &EndpointSpec, now: Timestamp) -> bool {
    spec.quiet
        .as_ref()
        .is_some_and(|quiet| quiet::until(quiet, now).is_some())
}

fn wait_for(due: Timestamp, now: Timestamp) -> Duration {
    let wait: SignedDuration = due.duration_since(now);
    Duration::try_from(wait).unwrap_or(Duration::ZERO)
}

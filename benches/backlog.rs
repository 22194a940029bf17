//! What a dead endpoint's backlog costs the others: claiming and settling for one endpoint, beside another
//! for which nothing, a thousand, ten thousand and a hundred thousand deliveries wait.
//!
//! `TMPDIR=/var/tmp cargo bench --bench backlog`. The ratios compare with the empty backlog on the same
//! store; they should stay near one, and single runs vary with the disk.

#![expect(clippy::print_stdout, reason = "a bench says its numbers")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use wireroom::clock::Clock;
use wireroom::model::delivery::Attempt;
use wireroom::model::event::{Event, EventKind, Subject};
use wireroom::model::id::{EndpointName, EventId};
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{
    Alerts, DeliveryJob, Queue, Replay, ReplayEvent, Settlement, Store, Verdict,
};

const TTL: Duration = Duration::from_hours(1);
const BACKLOGS: [usize; 4] = [0, 1_000, 10_000, 100_000];
/// Deliveries to the living endpoint that are measured at each size.
const ROUNDS: usize = 300;
/// Events that are appended at a time: as many as one sync of the store answers.
const AT_A_TIME: usize = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(run());
}

async fn run() {
    let directory = tempfile::tempdir().expect("a directory for the store");
    let store = SledStore::open(&directory.path().join("store"), SledOptions::default()).await;
    let store = Arc::new(store.expect("the store opens"));
    let (dead, living) = (EndpointName::new("dead"), EndpointName::new("living"));
    let endpoints = vec![dead.clone(), living.clone()];
    store
        .reconcile(Clock::System.now(), Vec::new(), endpoints)
        .await
        .expect("reconciled");
    println!("backlog    claim + settle   times   next due   times");
    let (mut waiting, mut first) = (0, None);
    for backlog in BACKLOGS {
        fill(&store, &dead, backlog - waiting).await;
        waiting = backlog;
        // One try has failed, as a dead endpoint's do; the line behind it is due all the while.
        if backlog > 0 {
            let job = claim(&store, &living).await.expect("the dead one's first");
            let at = Clock::System.now() + SignedDuration::from_secs(1);
            settle(&store, job, Verdict::Retry { at }).await;
        }
        fill(&store, &living, ROUNDS).await;
        let busy = HashSet::from([dead.clone()]);
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            let now = Clock::System.now();
            let mut jobs = (store.claim_deliveries(now, 9, TTL, &busy).await).expect("claimed");
            assert_eq!(jobs.len(), 1, "the living one's and no other");
            let job = jobs.pop().expect("one");
            settle(&store, job, Verdict::Delivered).await;
        }
        let step = begun.elapsed() / u32::try_from(ROUNDS).expect("a small number");
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            let next = store.next_due(Queue::Deliveries).await;
            next.expect("looked");
        }
        let look = begun.elapsed() / u32::try_from(ROUNDS).expect("a small number");
        let (step0, look0) = *first.get_or_insert((step, look));
        println!(
            "{backlog:>7}   {:>9.2} ms   {:>5.2}   {:>5.3} ms   {:>5.2}",
            millis(step),
            millis(step) / millis(step0),
            millis(look),
            millis(look) / millis(look0),
        );
    }
    replay(&store, &living).await;
}

/// Tells the living endpoint again what both were told, and says how fast.
async fn replay(store: &SledStore, to: &EndpointName) {
    let begun = Instant::now();
    let (mut after, mut told, mut waiting) = (None, 0, 0);
    loop {
        let events = store.events(after, AT_A_TIME).await.expect("read");
        let Some(last) = events.last() else { break };
        after = Some(last.id);
        let passing = events.iter().map(|event| ReplayEvent {
            id: event.id,
            passes: true,
        });
        let replay = Replay {
            endpoint: to.clone(),
            events: passing.collect(),
            once_a_story: false,
            now: Clock::System.now(),
            rehearsal: false,
        };
        let done = store.replay(replay).await.expect("replayed");
        told += done.told;
        waiting += done.waiting;
    }
    let rate = told as f64 / begun.elapsed().as_secs_f64();
    println!("replayed {told} events ({waiting} were on their way): {rate:.0}/s");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Queues so many test messages for an endpoint.
async fn fill(store: &Arc<SledStore>, endpoint: &EndpointName, count: usize) {
    let mut running = JoinSet::new();
    for _ in 0..count {
        if running.len() == AT_A_TIME {
            running
                .join_next()
                .await
                .expect("one runs")
                .expect("no panic");
        }
        let (store, to) = (Arc::clone(store), vec![endpoint.clone()]);
        running.spawn(async move {
            let now = Clock::System.now();
            let event = Event {
                id: EventId::new(now),
                kind: EventKind::Test,
                at: now,
                subject: Subject::Test,
                trace: None,
            };
            store.announce(event, to).await.expect("announced");
        });
    }
    running.join_all().await;
}

/// The first delivery that is due to another than `but`.
async fn claim(store: &SledStore, but: &EndpointName) -> Option<DeliveryJob> {
    let busy = HashSet::from([but.clone()]);
    let jobs = store.claim_deliveries(Clock::System.now(), 1, TTL, &busy);
    jobs.await.expect("claimed").pop()
}

async fn settle(store: &SledStore, job: DeliveryJob, verdict: Verdict) {
    let now = Clock::System.now();
    let settlement = Settlement {
        now,
        attempt: Attempt {
            at: now,
            status: None,
            error: None,
            ms: 20,
            answer: None,
        },
        verdict,
        hold_until: None,
        disable: None,
        failing_after: 5,
        disable_after: None,
        refused: None,
        alerts: Alerts::default(),
    };
    store.settle(job.lease, settlement).await.expect("settled");
}

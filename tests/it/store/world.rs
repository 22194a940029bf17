//! A store with an outlet, and the steps that tests take in it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use url::Url;
use wireroom::model::article::{Block, BlockKind, Content};
use wireroom::model::delivery::{Attempt, StoryTerms};
use wireroom::model::entry::Entry;
use wireroom::model::id::{EndpointName, OutletName, SourceId};
use wireroom::model::source::{SourceKind, SourceState, Validators};
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{
    Alerts, DeliveryJob, Found, PollJob, PollReport, PollResult, Publication, Settlement,
    SourceSeed, Store, Verdict, VisitJob,
};

/// How long a claim holds here.
pub(crate) const TTL: Duration = Duration::from_mins(1);
/// A second less.
pub(crate) const ALMOST_TTL: Duration = Duration::from_secs(59);

/// A store and a clock that moves when it is told to.
pub(crate) struct World<S> {
    pub(crate) store: S,
    clock: AtomicI64,
    _directory: Option<TempDir>,
}

impl World<SledStore> {
    /// A fresh embedded store.
    pub(crate) async fn sled() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(&directory.path().join("store"), options())
            .await
            .unwrap();
        Self::new(store, Some(directory)).await
    }
}

/// Options for many small stores.
pub(crate) fn options() -> SledOptions {
    SledOptions {
        cache: 16 * 1024 * 1024,
        set_aside: true,
        ..SledOptions::default()
    }
}

impl<S: Store> World<S> {
    /// One outlet with one source, endpoints `desk` and `wire`.
    pub(crate) async fn new(store: S, directory: Option<TempDir>) -> Self {
        let world = Self {
            store,
            clock: AtomicI64::new(1_750_000_000),
            _directory: directory,
        };
        world
            .store
            .reconcile(world.now(), vec![seed("a")], vec![desk(), wire()])
            .await
            .unwrap();
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap();
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The only due source, claimed.
    pub(crate) async fn poll(&self) -> PollJob {
        let mut jobs = self
            .store
            .claim_polls(self.now(), 10, TTL, &HashSet::new())
            .await
            .unwrap();
        assert_eq!(jobs.len(), 1, "one source is due");
        jobs.remove(0)
    }

    /// Lists `found` in the only source.
    pub(crate) async fn list(&self, found: Vec<Found>) -> PollResult {
        self.store
            .poll_now(&seed("a").id, self.now())
            .await
            .unwrap();
        let job = self.poll().await;
        let report = self.report(&job, found);
        self.store.finish_poll(job.lease, report).await.unwrap()
    }

    pub(crate) fn report(&self, job: &PollJob, found: Vec<Found>) -> PollReport {
        report(self.now(), &job.state, found)
    }

    /// A new page, listed and claimed.
    pub(crate) async fn visit(&self, url: &str) -> VisitJob {
        self.list(vec![found(url, "first")]).await;
        self.claim_visit().await
    }

    /// The page that is due first.
    pub(crate) async fn claim_visit(&self) -> VisitJob {
        let mut jobs = self.claim_visits(1).await;
        assert_eq!(jobs.len(), 1, "a page is due");
        jobs.remove(0)
    }

    pub(crate) async fn claim_visits(&self, limit: usize) -> Vec<VisitJob> {
        self.store
            .claim_visits(self.now(), limit, TTL, &HashSet::new())
            .await
            .unwrap()
    }

    pub(crate) async fn claim_deliveries(&self, limit: usize) -> Vec<DeliveryJob> {
        self.store
            .claim_deliveries(self.now(), limit, TTL, &HashSet::new())
            .await
            .unwrap()
    }

    /// An article of its own address and text, told to `desk`.
    pub(crate) fn words(&self, text: &str) -> Publication {
        publication(self.now(), text)
    }

    pub(crate) fn settlement(&self, verdict: Verdict) -> Settlement {
        Settlement {
            now: self.now(),
            attempt: Attempt {
                at: self.now(),
                status: Some(if verdict == Verdict::Delivered {
                    200
                } else {
                    500
                }),
                error: (verdict != Verdict::Delivered).then(|| "it answered 500".to_owned()),
                ms: 12,
                answer: None,
            },
            verdict,
            hold_until: None,
            disable: None,
            failing_after: 5,
            disable_after: None,
            refused: None,
            alerts: Alerts::default(),
        }
    }
}

pub(crate) fn desk() -> EndpointName {
    EndpointName::new("desk")
}

pub(crate) fn wire() -> EndpointName {
    EndpointName::new("wire")
}

pub(crate) fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// A feed of an outlet.
pub(crate) fn seed(outlet: &str) -> SourceSeed {
    let feed = url(&format!("https://{outlet}.example/feed"));
    let outlet = OutletName::new(outlet);
    SourceSeed {
        id: SourceId::of(&outlet, "feed", &feed),
        outlet,
        kind: SourceKind::Feed,
        url: feed,
    }
}

/// An entry at `address` titled `title`.
pub(crate) fn found(address: &str, title: &str) -> Found {
    Found {
        url: url(address),
        fetch: url(address),
        guid: None,
        entry: Entry {
            url: Some(url(address)),
            title: Some(title.to_owned()),
            ..Entry::default()
        },
    }
}

pub(crate) fn publication(now: Timestamp, text: &str) -> Publication {
    let key = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    Publication {
        now,
        fetched: now,
        url: url(&format!("https://a.example/stored/{key:x}")),
        aliases: Vec::new(),
        content: Content {
            title: Some(format!("On {text}")),
            blocks: vec![Block::plain(BlockKind::Paragraph, text)],
            language: Some("en".to_owned()),
            ..Content::default()
        },
        text_key: Some(key),
        digest: key,
        on_new: vec![desk()],
        on_updated: vec![desk()],
        terms: StoryTerms::default(),
        sketch: None,
        validators: Validators::default(),
        next_look: None,
        raw: None,
        yielded: None,
    }
}

/// A poll that went well; the next is due in ten minutes.
pub(crate) fn report(now: Timestamp, state: &SourceState, found: Vec<Found>) -> PollReport {
    let mut state = state.clone();
    state.last_poll = Some(now);
    state.next_poll = Some(now + SignedDuration::from_mins(10));
    PollReport {
        now,
        state,
        found,
        announce: true,
        quiet: HashSet::new(),
        events: Vec::new(),
    }
}

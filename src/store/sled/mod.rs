//! The embedded store, over sled 0.34.7.
//!
//! One tree, one batch a step, one writing thread, and a sync of our own before any answer: what
//! the engine needs to be trusted was found by measurement and stands in the modules that do it
//! (`writer`, `txn`, `value`, `open`). Steps ([`polls`], [`visits`], [`publish`], [`deliveries`],
//! [`settle`], [`prune`]) are plain functions of a transaction and know nothing of threads.
//!
//! Reads go straight to the tree and may see what is not durable for some milliseconds yet; nothing
//! that leaves the house comes from them, because work is claimed through the writer.
//!
//! Every call runs on a blocking thread, reads too: most are microseconds, but any may have to go to
//! the disk, and a paused simulated clock stands still meanwhile.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sled::Db;

mod audit;
mod deliveries;
mod events;
mod found;
mod ids;
mod keys;
mod lists;
mod open;
mod parked;
mod polls;
mod prune;
mod publish;
mod records;
mod release;
mod settle;
mod side;
mod states;
mod stats;
mod text;
mod told;
mod txn;
mod value;
mod visits;
mod words;
mod writer;

use crate::model::article::{Article, Revision};
use crate::model::delivery::{Delivery, EndpointState};
use crate::model::event::{Event, FullEvent};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, Host, SourceId};
use crate::model::source::SourceState;
pub use crate::store::sled::open::SledOptions;
use crate::store::sled::publish::Prepared;
use crate::store::sled::txn::{Txn, View};
use crate::store::sled::writer::{Hand, Sender};
use crate::store::{
    ArticleQuery, CheckReport, DeliveryJob, DeliveryQuery, Lease, Page, PageKey, PollJob,
    PollReport, PollResult, PruneRule, Pruned, Publication, Published, Queue, Reconciled, Settled,
    Settlement, SourceSeed, Store, StoreError, StoreStats, VisitJob, VisitOutcome,
};

/// The embedded store. Dropped, it closes itself.
#[derive(Debug)]
pub struct SledStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    id: String,
    /// `None` once closed. Whoever reads or waits for the writer holds it for reading.
    open: RwLock<Option<Files>>,
    hand: Mutex<Option<Hand>>,
}

/// What is let go of when the store is closed; the lock last.
struct Files {
    sender: Sender,
    view: View,
    db: Db,
    lock: File,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

impl SledStore {
    /// Opens the store in the directory `path`, or makes one there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`] where it is in use, too new, of another store, older than it was, or
    /// damaged; a damaged one is set aside under another name first. The message says what to do.
    pub async fn open(path: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let path = path.to_owned();
        blocking(move || Self::open_here(path, &options)).await
    }

    fn open_here(path: PathBuf, options: &SledOptions) -> Result<Self, StoreError> {
        let opened = open::open(&path, options)?;
        let view = opened.writer.view.clone();
        let hand = Hand::start(opened.writer).map_err(|source| StoreError::Engine {
            doing: "start its writer",
            source: Box::new(source),
        })?;
        let files = Files {
            sender: hand.sender(),
            view,
            db: opened.db,
            lock: opened.lock,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                id: opened.id,
                open: RwLock::new(Some(files)),
                hand: Mutex::new(Some(hand)),
            }),
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.with(|files| read(&files.view))).await
    }

    async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Txn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.with(|files| files.sender.run(step))).await
    }
}

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&Files) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        f(open.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Waits for those who are reading or writing, then for the writer, and lets go. Blocks.
    fn close(&self) {
        let files = self
            .open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let hand = self
            .hand
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Files {
            sender,
            view,
            db,
            lock,
        }) = files
        else {
            return;
        };
        drop((sender, view));
        if let Some(hand) = hand {
            hand.stop();
        }
        drop(db);
        open::await_release(&self.path);
        drop(lock);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// Runs `f` where it may block. What has begun is finished, even if nobody waits for it any more.
async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(f).await {
        Ok(done) => done,
        Err(join) if join.is_panic() => Err(writer::panicked("read", &*join.into_panic())),
        Err(_) => Err(StoreError::Closed),
    }
}

#[async_trait]
impl Store for SledStore {
    async fn take_over(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |txn| release::take_over(txn, now)).await
    }

    async fn reconcile(
        &self,
        now: Timestamp,
        sources: Vec<SourceSeed>,
        endpoints: Vec<EndpointName>,
    ) -> Result<Reconciled, StoreError> {
        self.write(move |txn| polls::reconcile(txn, now, sources, &endpoints))
            .await
    }

    async fn claim_polls(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<Host>,
    ) -> Result<Vec<PollJob>, StoreError> {
        let busy = busy.clone();
        self.write(move |txn| polls::claim(txn, now, limit, ttl, &busy))
            .await
    }

    async fn finish_poll(
        &self,
        lease: Lease<SourceId>,
        report: PollReport,
    ) -> Result<PollResult, StoreError> {
        self.write(move |txn| found::finish(txn, &lease, report))
            .await
    }

    async fn claim_visits(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<Host>,
    ) -> Result<Vec<VisitJob>, StoreError> {
        let busy = busy.clone();
        self.write(move |txn| visits::claim(txn, now, limit, ttl, &busy))
            .await
    }

    async fn publish(
        &self,
        lease: Lease<PageKey>,
        publication: Publication,
    ) -> Result<Published, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let prepared = Prepared::new(publication);
            shared.with(|files| {
                (files.sender).run(move |txn| publish::publish(txn, &lease, prepared))
            })
        })
        .await
    }

    async fn settle_visit(
        &self,
        lease: Lease<PageKey>,
        now: Timestamp,
        outcome: VisitOutcome,
    ) -> Result<(), StoreError> {
        self.write(move |txn| visits::settle(txn, &lease, now, outcome))
            .await
    }

    async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<EndpointName>,
    ) -> Result<Vec<DeliveryJob>, StoreError> {
        let busy = busy.clone();
        self.write(move |txn| deliveries::claim(txn, now, limit, ttl, &busy))
            .await
    }

    async fn settle(
        &self,
        lease: Lease<DeliveryId>,
        settlement: Settlement,
    ) -> Result<Settled, StoreError> {
        self.write(move |txn| settle::settle(txn, &lease, settlement))
            .await
    }

    async fn announce(&self, event: Event, to: Vec<EndpointName>) -> Result<(), StoreError> {
        self.write(move |txn| events::append(txn, event, &to)).await
    }

    async fn poll_now(&self, source: &SourceId, now: Timestamp) -> Result<(), StoreError> {
        let source = source.clone();
        self.write(move |txn| polls::poll_now(txn, &source, now))
            .await
    }

    async fn retry(&self, delivery: DeliveryId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |txn| deliveries::retry(txn, delivery, now))
            .await
    }

    async fn enable(&self, endpoint: &EndpointName, now: Timestamp) -> Result<(), StoreError> {
        let endpoint = endpoint.clone();
        self.write(move |txn| deliveries::enable(txn, &endpoint, now))
            .await
    }

    async fn next_due(&self, queue: Queue) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |view| lists::next_due(view, queue)).await
    }

    async fn articles(&self, query: ArticleQuery) -> Result<Page<Article>, StoreError> {
        self.read(move |view| lists::articles(view, &query)).await
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.read(move |view| lists::article(view, id)).await
    }

    async fn revisions(&self, id: ArticleId) -> Result<Vec<Revision>, StoreError> {
        self.read(move |view| lists::revisions(view, id)).await
    }

    async fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        self.read(lists::sources).await
    }

    async fn source(&self, id: &SourceId) -> Result<Option<SourceState>, StoreError> {
        let id = id.clone();
        self.read(move |view| lists::source(view, &id)).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery>, StoreError> {
        self.read(move |view| lists::list_deliveries(view, &query))
            .await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.read(move |view| lists::delivery(view, id)).await
    }

    async fn endpoints(&self) -> Result<Vec<EndpointState>, StoreError> {
        self.read(lists::endpoints).await
    }

    async fn events(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<FullEvent>, StoreError> {
        self.read(move |view| lists::events(view, after, limit))
            .await
    }

    async fn last_event(&self) -> Result<Option<EventId>, StoreError> {
        self.read(lists::last_event).await
    }

    async fn event(&self, id: EventId) -> Result<Option<FullEvent>, StoreError> {
        self.read(move |view| events::event(view, id)).await
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        self.write(move |txn| prune::prune(txn, &rule)).await
    }

    async fn stats(&self) -> Result<StoreStats, StoreError> {
        let shared = Arc::clone(&self.shared);
        self.read(move |view| stats::stats(view, &shared.path, &shared.id))
            .await
    }

    /// Runs in the writer's turn, so that nothing moves while it looks: with the daemon running,
    /// all steps wait for it.
    async fn check(&self) -> Result<CheckReport, StoreError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |txn| audit::check(txn.view(), &shared.path))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.write(stats::ping).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            shared.close();
            Ok(())
        })
        .await
    }
}

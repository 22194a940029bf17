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
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

mod amend;
mod audit;
mod compact;
mod counters;
mod deliveries;
mod derived;
mod events;
mod found;
mod glance;
mod habits;
mod identity;
mod ids;
mod import;
mod keys;
mod lists;
mod near;
mod open;
mod parked;
mod place;
mod polls;
mod prune;
mod publish;
mod raw;
mod records;
mod release;
mod repair;
mod settle;
mod shared;
mod side;
mod snapshot;
mod states;
mod stats;
mod story;
mod subscriptions;
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
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId};
use crate::model::source::SourceState;
use crate::model::subscription::{PushToken, Subscription};
use crate::store::backup::{Identity, Loader, Source};
use crate::store::sled::import::Import;
use crate::store::sled::publish::Prepared;
use crate::store::sled::shared::Shared;
use crate::store::sled::snapshot::Snapshot;
use crate::store::sled::txn::{Txn, View};
use crate::store::sled::writer::blocking;
pub use crate::store::sled::{compact::Compact, import::Standing, open::SledOptions};
use crate::store::{
    Amendment, ArticleQuery, CheckReport, DeliveryJob, DeliveryQuery, Found, Lease, Page, PageKey,
    PollJob, PollReport, PollResult, PruneRule, Pruned, Publication, Published, Queue, RawArticle,
    Reconciled, RepairReport, Settled, Settlement, SourceQuery, SourceSeed, Store, StoreError,
    StoreStats, VisitJob, VisitOutcome,
};

/// The embedded store. Dropped, it closes itself.
#[derive(Debug)]
pub struct SledStore {
    shared: Arc<Shared>,
}

impl SledStore {
    /// Opens the store in the directory `path`, or makes one there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`] where it is in use, too new, of another store, older than it was, or
    /// damaged; a damaged one is set aside under another name first, if the options say so. The
    /// message says what to do.
    pub async fn open(path: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let shared = Arc::new(blocking(move || Shared::open(path, &options)).await?);
        Ok(Self { shared })
    }

    /// Whether a store stands at `path`; where none does, opening makes one.
    #[must_use]
    pub fn stands_at(path: &Path) -> bool {
        place::stands(path)
    }

    /// Begins a new store at `path`, to be filled with the records of another. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`] where one stands there and is to stay, or where the records are of
    /// another layout.
    pub fn import(
        path: &Path,
        options: &SledOptions,
        identity: &Identity,
        standing: Standing,
    ) -> Result<Box<dyn Loader>, StoreError> {
        Ok(Box::new(Import::begin(path, options, identity, standing)?))
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

    async fn claim_source(
        &self,
        source: &SourceId,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<PollJob>, StoreError> {
        let source = source.clone();
        self.write(move |txn| polls::claim_one(txn, source, now, ttl))
            .await
    }

    async fn known(
        &self,
        outlet: &OutletName,
        source: &SourceId,
        found: &[Found],
    ) -> Result<Vec<bool>, StoreError> {
        let names = found.iter().map(|found| found::Names::of(outlet, found));
        let (source, names) = (source.clone(), names.collect::<Vec<_>>());
        self.read(move |view| found::known(view, source, &names))
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

    async fn sources_of(&self, query: SourceQuery) -> Result<Vec<SourceState>, StoreError> {
        self.read(move |view| lists::sources_of(view, &query)).await
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.read(subscriptions::all).await
    }

    async fn keep_subscription(&self, subscription: Subscription) -> Result<(), StoreError> {
        self.write(move |txn| subscriptions::keep(txn, subscription))
            .await
    }

    async fn drop_subscription(&self, token: PushToken) -> Result<(), StoreError> {
        self.write(move |txn| subscriptions::drop(txn, token)).await
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        self.write(move |txn| prune::prune(txn, &rule)).await
    }

    async fn stats(&self) -> Result<StoreStats, StoreError> {
        let shared = Arc::clone(&self.shared);
        self.read(move |view| stats::stats(view, &shared.path, &shared.id))
            .await
    }

    async fn set_aside(&self) -> Result<Vec<PathBuf>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || Ok(place::set_aside(&shared.path))).await
    }

    /// Runs in the writer's turn, so that nothing moves while it looks: with the daemon running,
    /// all steps wait for it.
    async fn check(&self) -> Result<CheckReport, StoreError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |txn| audit::check(txn.view(), &shared.path))
            .await
    }

    async fn snapshot(&self) -> Result<Box<dyn Source>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let begun = self.write(|txn| txn.begin_snapshot()).await?;
        blocking(move || {
            let identity = Identity {
                schema: open::SCHEMA,
                store: shared.id.clone(),
            };
            shared.with(|files| {
                let snapshot = Snapshot::new(begun, files.view.clone(), identity);
                Ok(Box::new(snapshot) as Box<dyn Source>)
            })
        })
        .await
    }

    async fn repair(&self, now: Timestamp) -> Result<RepairReport, StoreError> {
        let path = self.shared.path.clone();
        self.write(move |txn| repair::repair(txn, &path, now)).await
    }

    async fn raw(&self, id: ArticleId) -> Result<Option<(u32, RawArticle)>, StoreError> {
        self.read(move |view| amend::raw(view, id)).await
    }

    async fn amend(&self, amendment: Amendment) -> Result<u32, StoreError> {
        self.write(move |txn| amend::amend(txn, amendment)).await
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

//! The steps of [`Store`]: each is handed to the writer, or to a thread that reads.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::article::{Article, Revision};
use crate::model::delivery::{Delivery, EndpointState};
use crate::model::event::{Event, FullEvent};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId};
use crate::model::source::SourceState;
use crate::model::subscription::{PushToken, Subscription};
use crate::store::backup::{Identity, Source};
use crate::store::sled::publish::Prepared;
use crate::store::sled::snapshot::Snapshot;
use crate::store::sled::writer::blocking;
use crate::store::{
    Acquaintance, Amendment, ArticleQuery, Catalogued, CheckReport, Cursor, DeliveryJob,
    DeliveryQuery, FailedQuery, Found, Gathering, Lease, Page, PageKey, PollJob, PollReport,
    PollResult, PruneRule, Pruned, Publication, Published, Queue, RawArticle, Reconciled,
    RepairReport, Replay, Replayed, Revived, Settled, Settlement, SourceQuery, SourceSeed, Store,
    StoreError, StoreStats, VisitJob, VisitOutcome,
};

use crate::store::sled::{
    SledStore, again, amend, audit, catalogue, deliveries, digests, events, found, gate, known,
    lists, open, place, polls, prune, publish, release, repair, roll, settle, stats, subscriptions,
    visits,
};

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
    ) -> Result<Vec<Acquaintance>, StoreError> {
        let names = found.iter().map(|found| known::Names::of(outlet, found));
        let (source, names) = (source.clone(), names.collect::<Vec<_>>());
        self.read(move |view| known::known(view, source, &names))
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

    async fn gather(&self, now: Timestamp, rules: Vec<Gathering>) -> Result<(), StoreError> {
        self.write(move |txn| digests::gather(txn, now, &rules))
            .await
    }

    async fn trim_digest(&self, lease: &Lease<DeliveryId>, keep: usize) -> Result<(), StoreError> {
        let (digest, token) = (lease.item, lease.token);
        self.write(move |txn| digests::trim(txn, digest, token, keep))
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
        self.write(move |txn| again::retry(txn, delivery, now))
            .await
    }

    async fn revive(&self, query: FailedQuery, now: Timestamp) -> Result<Revived, StoreError> {
        // Looked for beside the writer, looked at again in its turn.
        let (failed, next) = self.read(move |view| again::failed(view, &query)).await?;
        let count = self
            .write(move |txn| again::revive(txn, &failed, now))
            .await?;
        Ok(Revived { count, next })
    }

    async fn replay(&self, replay: Replay) -> Result<Replayed, StoreError> {
        self.write(move |txn| again::replay(txn, &replay)).await
    }

    async fn enable(
        &self,
        endpoint: &EndpointName,
        now: Timestamp,
        told: Vec<EndpointName>,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint.clone();
        self.write(move |txn| gate::enable(txn, &endpoint, now, &told))
            .await
    }

    async fn disable(
        &self,
        endpoint: &EndpointName,
        now: Timestamp,
        why: String,
        told: Vec<EndpointName>,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint.clone();
        self.write(move |txn| gate::disable(txn, &endpoint, now, why, &told))
            .await
    }

    async fn next_due(&self, queue: Queue) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |view| lists::next_due(view, queue)).await
    }

    async fn articles(&self, query: ArticleQuery) -> Result<Page<Article>, StoreError> {
        self.read(move |view| lists::articles(view, &query)).await
    }

    async fn catalogue(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<Catalogued>, StoreError> {
        self.read(move |view| catalogue::catalogue(view, cursor.as_ref(), limit))
            .await
    }

    async fn rising(
        &self,
        outlet: Option<OutletName>,
        from: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, StoreError> {
        self.read(move |view| catalogue::rising(view, outlet.as_ref(), from.as_ref(), limit))
            .await
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

    async fn last_event_before(&self, at: Timestamp) -> Result<Option<EventId>, StoreError> {
        self.read(move |view| lists::last_event_before(view, at))
            .await
    }

    async fn event(&self, id: EventId) -> Result<Option<FullEvent>, StoreError> {
        self.read(move |view| events::event(view, id)).await
    }

    async fn sources_of(&self, query: SourceQuery) -> Result<Page<SourceState>, StoreError> {
        self.read(move |view| roll::part(view, &query)).await
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
        let salvage = self.shared.take_salvage();
        let repaired = self.write(move |txn| repair::repair(txn, &path, now)).await;
        match salvage {
            Some(salvage) => salvage.reported(&self.shared.path, repaired),
            None => repaired,
        }
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

//! A store of vectors, for what only reads: just enough to be asked over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use wireroom::model::article::{Article, Revision};
use wireroom::model::delivery::{Attempt, Delivery, DeliveryState, EndpointHealth, EndpointState};
use wireroom::model::event::{Event, EventKind, FullEvent, FullSubject};
use wireroom::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId,
};
use wireroom::model::source::SourceState;
use wireroom::model::subscription::{PushToken, Subscription};
use wireroom::model::trace::TraceId;
use wireroom::store::{
    Acquaintance, ArticleQuery, CheckReport, Cursor, DeliveryJob, DeliveryQuery, FailedQuery,
    Found, Lease, Page, PageKey, PollJob, PollReport, PollResult, PruneRule, Pruned, Publication,
    Published, Queue, Reconciled, Revived, Settled, Settlement, SourceSeed, Store, StoreError,
    StoreStats, VisitJob, VisitOutcome,
};

#[derive(Default)]
pub(crate) struct Shelves {
    pub articles: Vec<Article>,
    pub revisions: Vec<Revision>,
    pub sources: Vec<SourceState>,
    pub endpoints: Vec<EndpointState>,
    pub deliveries: Vec<Delivery>,
    pub events: Vec<FullEvent>,
    pub broken: bool,
    pub pings: usize,
}

#[derive(Default)]
pub(crate) struct MemoryStore(pub Mutex<Shelves>);

impl MemoryStore {
    fn shelves(&self) -> Result<std::sync::MutexGuard<'_, Shelves>, StoreError> {
        let shelves = self.0.lock().unwrap();
        if shelves.broken {
            return Err(StoreError::Closed);
        }
        Ok(shelves)
    }
}

fn missing(what: &'static str, name: &impl ToString) -> StoreError {
    StoreError::NotFound {
        what,
        name: name.to_string(),
    }
}

/// Cursors are places in the vector.
fn page<T>(items: Vec<T>, limit: usize, cursor: Option<&Cursor>) -> Page<T> {
    let start = cursor.map_or(0, |cursor| usize::from(cursor.0[0]));
    let end = (start + limit).min(items.len());
    let next = (end < items.len()).then(|| Cursor(vec![u8::try_from(end).unwrap()]));
    let items = items.into_iter().skip(start).take(limit).collect();
    Page { items, next }
}

#[async_trait]
impl Store for MemoryStore {
    async fn articles(&self, query: ArticleQuery) -> Result<Page<Article>, StoreError> {
        let shelves = self.shelves()?;
        let wanted = |article: &&Article| {
            let outlet: Option<&OutletName> = query.outlet.as_ref();
            let content = &article.revision.content;
            let words = format!("{:?} {}", content.title, content.text()).to_lowercase();
            outlet.is_none_or(|outlet| article.outlet == *outlet)
                && query.since.is_none_or(|since| article.stored >= since)
                && query.until.is_none_or(|until| article.stored < until)
                && query
                    .words
                    .iter()
                    .all(|word| words.contains(&word.to_lowercase()))
        };
        let items = shelves.articles.iter().filter(wanted).cloned().collect();
        Ok(page(items, query.limit, query.cursor.as_ref()))
    }

    async fn rising(
        &self,
        _outlet: Option<OutletName>,
        from: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, StoreError> {
        // A page that begins at a place follows the item before it.
        let from = from.map_or(0, |from| from.0[0]);
        Ok((1..=from)
            .rev()
            .take(limit)
            .map(|it| Cursor(vec![it]))
            .collect())
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        Ok(self
            .shelves()?
            .articles
            .iter()
            .find(|it| it.id == id)
            .cloned())
    }

    async fn revisions(&self, _: ArticleId) -> Result<Vec<Revision>, StoreError> {
        Ok(self.shelves()?.revisions.clone())
    }

    async fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        Ok(self.shelves()?.sources.clone())
    }

    async fn source(&self, id: &SourceId) -> Result<Option<SourceState>, StoreError> {
        Ok(self
            .shelves()?
            .sources
            .iter()
            .find(|it| it.id == *id)
            .cloned())
    }

    async fn poll_now(&self, id: &SourceId, now: Timestamp) -> Result<(), StoreError> {
        let mut shelves = self.shelves()?;
        let source = shelves.sources.iter_mut().find(|it| it.id == *id);
        source.ok_or_else(|| missing("source", id))?.next_poll = Some(now);
        Ok(())
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery>, StoreError> {
        let shelves = self.shelves()?;
        let wanted = |delivery: &&Delivery| {
            query.state.is_none_or(|state| delivery.state == state)
                && query
                    .endpoint
                    .as_ref()
                    .is_none_or(|endpoint| delivery.endpoint == *endpoint)
                && query
                    .article
                    .is_none_or(|article| delivery.article == Some(article))
        };
        let items = shelves.deliveries.iter().filter(wanted).cloned().collect();
        Ok(page(items, query.limit, query.cursor.as_ref()))
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(self
            .shelves()?
            .deliveries
            .iter()
            .find(|it| it.id == id)
            .cloned())
    }

    async fn retry(&self, id: DeliveryId, now: Timestamp) -> Result<(), StoreError> {
        let mut shelves = self.shelves()?;
        let delivery = shelves.deliveries.iter_mut().find(|it| it.id == id);
        let delivery = delivery.ok_or_else(|| missing("delivery", &id))?;
        delivery.state = DeliveryState::Retrying;
        delivery.next_attempt = Some(now);
        Ok(())
    }

    async fn revive(&self, query: FailedQuery, now: Timestamp) -> Result<Revived, StoreError> {
        let mut shelves = self.shelves()?;
        let mut revived = Revived::default();
        for delivery in &mut shelves.deliveries {
            if delivery.state == DeliveryState::Failed
                && (query.endpoint.as_ref()).is_none_or(|name| delivery.endpoint == *name)
            {
                delivery.state = DeliveryState::Retrying;
                delivery.next_attempt = Some(now);
                revived.count += 1;
            }
        }
        Ok(revived)
    }

    async fn endpoints(&self) -> Result<Vec<EndpointState>, StoreError> {
        Ok(self.shelves()?.endpoints.clone())
    }

    async fn enable(
        &self,
        name: &EndpointName,
        _: Timestamp,
        _: Vec<EndpointName>,
    ) -> Result<(), StoreError> {
        let mut shelves = self.shelves()?;
        let endpoint = shelves.endpoints.iter_mut().find(|it| it.name == *name);
        endpoint.ok_or_else(|| missing("endpoint", name))?.health = EndpointHealth::Healthy;
        Ok(())
    }

    /// A test message is taken at once, by all.
    async fn announce(&self, event: Event, to: Vec<EndpointName>) -> Result<(), StoreError> {
        let mut shelves = self.shelves()?;
        for endpoint in to {
            shelves.deliveries.push(Delivery {
                id: DeliveryId::new(event.at),
                event: event.id,
                trace: TraceId::of_event(event.id),
                kind: EventKind::Test,
                endpoint,
                article: None,
                state: DeliveryState::Delivered,
                attempts: vec![Attempt {
                    at: event.at,
                    status: Some(204),
                    error: None,
                    ms: 3,
                    answer: None,
                }],
                tries: 1,
                spent: 1,
                trying_since: None,
                refused: None,
                next_attempt: None,
                digest: None,
            });
        }
        shelves.events.push(FullEvent {
            id: event.id,
            kind: event.kind,
            at: event.at,
            body: FullSubject::Test,
        });
        Ok(())
    }

    async fn events(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<FullEvent>, StoreError> {
        let shelves = self.shelves()?;
        let place = shelves.events.iter().position(|it| Some(it.id) == after);
        let start = place.map_or(0, |place| place + 1);
        Ok(shelves
            .events
            .iter()
            .skip(start)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn stats(&self) -> Result<StoreStats, StoreError> {
        let shelves = self.shelves()?;
        Ok(StoreStats {
            engine: "memory",
            articles: shelves.articles.len() as u64,
            sources: shelves.sources.len() as u64,
            source_states: (shelves.sources.iter())
                .map(|it| (it.outlet.clone(), it.health))
                .collect(),
            bytes: 4096,
            ..StoreStats::default()
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut shelves = self.shelves()?;
        shelves.pings += 1;
        Ok(())
    }

    async fn take_over(&self, _now: Timestamp) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn reconcile(
        &self,
        _: Timestamp,
        _: Vec<SourceSeed>,
        _: Vec<EndpointName>,
    ) -> Result<Reconciled, StoreError> {
        unimplemented!()
    }

    async fn claim_polls(
        &self,
        _: Timestamp,
        _: usize,
        _: Duration,
        _: &HashSet<Host>,
    ) -> Result<Vec<PollJob>, StoreError> {
        unimplemented!()
    }

    async fn claim_source(
        &self,
        _: &SourceId,
        _: Timestamp,
        _: Duration,
    ) -> Result<Option<PollJob>, StoreError> {
        unimplemented!()
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        Ok(Vec::new())
    }

    async fn keep_subscription(&self, _: Subscription) -> Result<(), StoreError> {
        unimplemented!()
    }

    async fn drop_subscription(&self, _: PushToken) -> Result<(), StoreError> {
        unimplemented!()
    }

    async fn known(
        &self,
        _: &OutletName,
        _: &SourceId,
        _: &[Found],
    ) -> Result<Vec<Acquaintance>, StoreError> {
        unimplemented!()
    }

    async fn finish_poll(
        &self,
        _: Lease<SourceId>,
        _: PollReport,
    ) -> Result<PollResult, StoreError> {
        unimplemented!()
    }

    async fn claim_visits(
        &self,
        _: Timestamp,
        _: usize,
        _: Duration,
        _: &HashSet<Host>,
    ) -> Result<Vec<VisitJob>, StoreError> {
        unimplemented!()
    }

    async fn publish(&self, _: Lease<PageKey>, _: Publication) -> Result<Published, StoreError> {
        unimplemented!()
    }

    async fn settle_visit(
        &self,
        _: Lease<PageKey>,
        _: Timestamp,
        _: VisitOutcome,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    async fn claim_deliveries(
        &self,
        _: Timestamp,
        _: usize,
        _: Duration,
        _: &HashSet<EndpointName>,
    ) -> Result<Vec<DeliveryJob>, StoreError> {
        unimplemented!()
    }

    async fn settle(&self, _: Lease<DeliveryId>, _: Settlement) -> Result<Settled, StoreError> {
        unimplemented!()
    }

    async fn next_due(&self, _: Queue) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    async fn event(&self, _: EventId) -> Result<Option<FullEvent>, StoreError> {
        unimplemented!()
    }

    async fn prune(&self, _: PruneRule) -> Result<Pruned, StoreError> {
        unimplemented!()
    }

    async fn check(&self) -> Result<CheckReport, StoreError> {
        unimplemented!()
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

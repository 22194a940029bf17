//! What is due, what is known, what must be told: the one place that remembers.
//!
//! Each method of [`Store`] is one step, atomic and durable when it returns `Ok`. Three queues hold
//! everything the daemon has to do: polls of sources, visits to pages, deliveries to endpoints. Work
//! is claimed under a [`Lease`], a due time in the future plus a random token: a dead worker's work
//! falls due again by itself, and a late worker's token no longer matches.
//!
//! Within an outlet an article is stored once, whatever lists it (address, then exact text);
//! another outlet's copy is another article, linked into a story with the first.

mod account;
mod again;
pub mod backup;
mod catalogue;
mod error;
mod gathering;
mod kept;
pub mod location;
mod page;
mod poll;
mod publication;
pub mod sled;
mod source_query;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::article::{Article, Revision};
use crate::model::delivery::{Attempt, Delivery, DeliveryState, EndpointState};
use crate::model::event::{Event, FullEvent};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId};
use crate::model::source::SourceState;
use crate::model::subscription::{PushToken, Subscription};

pub use self::account::{CheckReport, PruneRule, Pruned, RepairReport, StoreStats};
pub use self::again::{FailedQuery, Replay, ReplayEvent, Replayed, Revived};
use self::backup::Source;
pub use self::catalogue::Catalogued;
pub use self::error::StoreError;
pub use self::gathering::Gathering;
pub use self::kept::{Amendment, RawArticle, RawPage};
pub use self::page::{PageKey, PageState, VisitJob, VisitOutcome};
pub use self::poll::{
    Acquaintance, Found, PollJob, PollReport, PollResult, Reconciled, SourceSeed,
};
pub use self::publication::{Publication, Published};
pub use self::source_query::{SourceOrder, SourceQuery};

/// The store. Times are passed in, so that a simulated clock can be; a store shared by several
/// daemons may use its server's instead.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes due at once what was left under the leases of owners that cannot be living: in a store
    /// that one process holds, all of them, at its start. A store that is shared does nothing: its
    /// leases run out by themselves. Says how many there were.
    async fn take_over(&self, now: Timestamp) -> Result<usize, StoreError>;

    /// Makes the store's sources and endpoints those of the configuration. What stays keeps its
    /// state; what goes is parked with its state and comes back with it, until it is pruned.
    async fn reconcile(
        &self,
        now: Timestamp,
        sources: Vec<SourceSeed>,
        endpoints: Vec<EndpointName>,
    ) -> Result<Reconciled, StoreError>;

    /// Has these endpoints, and no others, gather what they are told. Where that is new, or another rhythm
    /// than before, what waits is told by it from now on; a digest that was begun stays as it is.
    async fn gather(&self, _now: Timestamp, rules: Vec<Gathering>) -> Result<(), StoreError> {
        if rules.is_empty() {
            return Ok(());
        }
        Err(unable("gather deliveries into digests"))
    }

    /// Claims up to `limit` sources that are due, oldest due first, passing over those whose host
    /// is in `busy`, and at most one a host.
    async fn claim_polls(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<Host>,
    ) -> Result<Vec<PollJob>, StoreError>;

    /// Claims one source, due or not; `None` where it is not configured or another has it.
    async fn claim_source(
        &self,
        source: &SourceId,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<PollJob>, StoreError>;

    /// For each of these whether the outlet's page is known, by address or by an identifier that is
    /// relied on, and to whom, in their order: what a poll of `source` would find new.
    async fn known(
        &self,
        outlet: &OutletName,
        source: &SourceId,
        found: &[Found],
    ) -> Result<Vec<Acquaintance>, StoreError>;

    /// Ends a poll: the source's new state, what was found (a visit is made due for each entry
    /// that is new or has changed), and what is to be told of the source.
    async fn finish_poll(
        &self,
        lease: Lease<SourceId>,
        report: PollReport,
    ) -> Result<PollResult, StoreError>;

    /// Claims up to `limit` pages that are due, oldest due first, passing over hosts in `busy`,
    /// and at most one a host: where that is only another look at what is known, a new or changed page
    /// among those of the host that fell due last goes before it.
    async fn claim_visits(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<Host>,
    ) -> Result<Vec<VisitJob>, StoreError>;

    /// Ends a visit that yielded an article: article or revision, its keys, the event, one delivery
    /// for each routed endpoint, and the page's next visit, all or nothing.
    async fn publish(
        &self,
        lease: Lease<PageKey>,
        publication: Publication,
    ) -> Result<Published, StoreError>;

    /// Ends a visit that yielded none.
    async fn settle_visit(
        &self,
        lease: Lease<PageKey>,
        now: Timestamp,
        outcome: VisitOutcome,
    ) -> Result<(), StoreError>;

    /// Claims up to `limit` deliveries that are due, oldest due first, passing over endpoints in
    /// `busy`, held and disabled ones, and at most one an endpoint.
    ///
    /// A delivery that is new and whose endpoint gathers waits for the hour of its digest. Then those that are
    /// due are bound into one: an event of its own, with a delivery of its own, which is what is claimed. Its
    /// members end as it ends, in the same commit; until then they are on no other way.
    async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<EndpointName>,
    ) -> Result<Vec<DeliveryJob>, StoreError>;

    /// Leaves in a claimed digest its first `keep` members; the others go in the next.
    async fn trim_digest(
        &self,
        _lease: &Lease<DeliveryId>,
        _keep: usize,
    ) -> Result<(), StoreError> {
        Err(unable("part a digest"))
    }

    /// Ends an attempt: the delivery's next state, its successor made due, the endpoint's health,
    /// and what is to be told of the endpoint.
    async fn settle(
        &self,
        lease: Lease<DeliveryId>,
        settlement: Settlement,
    ) -> Result<Settled, StoreError>;

    /// Appends an event that is no article's, with one delivery for each of `to`.
    async fn announce(&self, event: Event, to: Vec<EndpointName>) -> Result<(), StoreError>;

    /// Makes a source due now. `NotFound` where there is none.
    async fn poll_now(&self, source: &SourceId, now: Timestamp) -> Result<(), StoreError>;

    /// Makes a failed or retrying delivery due now, its attempts kept. One that had failed has its whole
    /// schedule before it again.
    async fn retry(&self, delivery: DeliveryId, now: Timestamp) -> Result<(), StoreError>;

    /// Does so to some of those that were given up, the oldest first.
    async fn revive(&self, _failed: FailedQuery, _now: Timestamp) -> Result<Revived, StoreError> {
        Err(unable("try again what was given up"))
    }

    /// Makes deliveries of events that were told before, or never, to one endpoint: not of those that are
    /// still on their way to it, and such that of each article what came first goes first. What was given
    /// up is revived.
    async fn replay(&self, _replay: Replay) -> Result<Replayed, StoreError> {
        Err(unable("tell an event again"))
    }

    /// Makes a disabled endpoint healthy again; what waited for it falls due, and `told` hear of it.
    async fn enable(
        &self,
        endpoint: &EndpointName,
        now: Timestamp,
        told: Vec<EndpointName>,
    ) -> Result<(), StoreError>;

    /// Disables an endpoint: nothing is sent to it and all is kept; `told` hear of it, and why.
    async fn disable(
        &self,
        _endpoint: &EndpointName,
        _now: Timestamp,
        _why: String,
        _told: Vec<EndpointName>,
    ) -> Result<(), StoreError> {
        Err(unable("disable an endpoint"))
    }

    /// When the first item of a queue falls due, whether or not its host or endpoint is busy.
    async fn next_due(&self, queue: Queue) -> Result<Option<Timestamp>, StoreError>;

    /// Articles, newest stored first.
    async fn articles(&self, query: ArticleQuery) -> Result<Page<Article>, StoreError>;

    /// All articles without their words, newest stored first. This reads the words too; an engine
    /// that can do without does so.
    async fn catalogue(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<Catalogued>, StoreError> {
        let query = ArticleQuery {
            limit,
            cursor,
            ..ArticleQuery::default()
        };
        let page = self.articles(query).await?;
        Ok(Page {
            items: page.items.iter().map(Catalogued::of).collect(),
            next: page.next,
        })
    }

    /// The places of articles in the list of all, or of an outlet, against its order: the oldest first,
    /// or from a place on.
    async fn rising(
        &self,
        _outlet: Option<OutletName>,
        _from: Option<Cursor>,
        _limit: usize,
    ) -> Result<Vec<Cursor>, StoreError> {
        Err(unable("list articles against their order"))
    }

    /// One article with its newest revision and its story as it stands now.
    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;

    /// All revisions of an article, oldest first.
    async fn revisions(&self, id: ArticleId) -> Result<Vec<Revision>, StoreError>;

    /// All configured sources, by identifier.
    async fn sources(&self) -> Result<Vec<SourceState>, StoreError>;

    /// The configured sources that `query` asks for. This reads all; an engine that can look for
    /// them does so.
    async fn sources_of(&self, query: SourceQuery) -> Result<Page<SourceState>, StoreError> {
        query.part(&self.sources().await?)
    }

    /// One source.
    async fn source(&self, id: &SourceId) -> Result<Option<SourceState>, StoreError>;

    /// Deliveries, newest first.
    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery>, StoreError>;

    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    /// All configured endpoints, by name.
    async fn endpoints(&self) -> Result<Vec<EndpointState>, StoreError>;

    /// Events after `after` (from the oldest kept, where `None`), oldest first.
    async fn events(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<FullEvent>, StoreError>;

    /// The newest event: where a stream begins that wants only what comes. This reads through all;
    /// an engine that can look at the end of its log does so.
    async fn last_event(&self) -> Result<Option<EventId>, StoreError> {
        let mut last = None;
        while let Some(event) = self.events(last, 256).await?.last() {
            last = Some(event.id);
        }
        Ok(last)
    }

    /// The newest event that happened before a time, in the order of commits.
    async fn last_event_before(&self, _at: Timestamp) -> Result<Option<EventId>, StoreError> {
        Err(unable("look for events by time"))
    }

    /// One event, whole.
    async fn event(&self, id: EventId) -> Result<Option<FullEvent>, StoreError>;

    /// All subscriptions at hubs.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError>;

    /// Stores a subscription, in place of what was stored under its token.
    async fn keep_subscription(&self, subscription: Subscription) -> Result<(), StoreError>;

    /// Forgets a subscription, if there is one.
    async fn drop_subscription(&self, token: PushToken) -> Result<(), StoreError>;

    /// Drops the bodies of articles beyond `keep` or `keep_articles`, with all their keys but the
    /// addresses (so that an old item that returns is known), and settled deliveries and events of
    /// that age; never an article with a live delivery. At most `limit` articles a call.
    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError>;

    /// Counts and sizes.
    async fn stats(&self) -> Result<StoreStats, StoreError>;

    /// Reads everything, forward (each article has all its keys) and backward (each key, event and
    /// delivery has its article), and every checksum.
    async fn check(&self) -> Result<CheckReport, StoreError>;

    /// Begins to read all records as they stand now, while others go on writing. One reader at a
    /// time: [`StoreError::Busy`] for the next.
    async fn snapshot(&self) -> Result<Box<dyn Source>, StoreError> {
        Err(unable("give all of its records"))
    }

    /// Mends what can be mended: rebuilds what follows from sound records, and sets aside, in a file
    /// beside the store, those that cannot be kept. With nobody else at work in it.
    async fn repair(&self, _now: Timestamp) -> Result<RepairReport, StoreError> {
        Err(unable("be repaired"))
    }

    /// The pages that an article's newest words were extracted from, as they came, and the revision
    /// that they gave; nothing where they were not kept.
    async fn raw(&self, _id: ArticleId) -> Result<Option<(u32, RawArticle)>, StoreError> {
        Ok(None)
    }

    /// Stores an article's next revision without a visit, its page having been read anew, and says
    /// its number.
    /// [`StoreError::LeaseLost`] where it has another newest revision meanwhile.
    async fn amend(&self, _amendment: Amendment) -> Result<u32, StoreError> {
        Err(unable("revise an article without a visit"))
    }

    /// Damaged stores that were moved away from this one's place; what they held is missing.
    async fn set_aside(&self) -> Result<Vec<PathBuf>, StoreError> {
        Ok(Vec::new())
    }

    /// Whether the store answers and can write.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Writes what is left and lets go of the files.
    async fn close(&self) -> Result<(), StoreError>;
}

fn unable(doing: &'static str) -> StoreError {
    StoreError::Engine {
        doing,
        source: "its engine does not know how".into(),
    }
}

/// A claim on one item until a time. Not `Clone`: the step that ends the work consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease<T> {
    /// The item.
    pub item: T,
    /// Must match at the end of the work.
    pub token: u64,
    /// When the item falls due again.
    pub until: Timestamp,
}

/// The queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Sources to poll.
    Polls,
    /// Pages to visit.
    Visits,
    /// Deliveries to try.
    Deliveries,
}

/// A delivery to try.
#[derive(Debug)]
pub struct DeliveryJob {
    /// The claim.
    pub lease: Lease<DeliveryId>,
    /// The delivery so far.
    pub delivery: Delivery,
    /// What it says.
    pub event: FullEvent,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// When.
    pub now: Timestamp,
    /// What was tried.
    pub attempt: Attempt,
    /// What follows for the delivery.
    pub verdict: Verdict,
    /// Nothing is sent to the endpoint before this time.
    pub hold_until: Option<Timestamp>,
    /// The endpoint said that it wants no more: why. The delivery itself then waits.
    pub disable: Option<String>,
    /// Failed attempts in a row after which the endpoint is failing.
    pub failing_after: u32,
    /// How long a failing endpoint may do nothing but fail before it is disabled; `None`: for ever.
    pub disable_after: Option<Duration>,
    /// What was sent, where the receiver did not understand it: kept with a delivery that is given up.
    pub refused: Option<String>,
    /// Endpoints, other than this one, that want `endpoint.failing`, `.disabled`, `.recovered`.
    pub alerts: Alerts,
}

/// Who is told of an endpoint's change of state.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    /// Of failing.
    pub failing: Vec<EndpointName>,
    /// Of being disabled.
    pub disabled: Vec<EndpointName>,
    /// Of having recovered.
    pub recovered: Vec<EndpointName>,
}

/// What follows for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Delivered,
    /// To be tried again then.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Given up; its successor goes on.
    Failed,
}

/// What settling changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Where the delivery stands now.
    pub state: DeliveryState,
    /// The endpoint's health, if it changed.
    pub endpoint: Option<crate::model::delivery::EndpointHealth>,
}

/// Which articles.
#[derive(Clone, Debug, Default)]
pub struct ArticleQuery {
    /// Of this outlet.
    pub outlet: Option<OutletName>,
    /// In this language (primary subtag).
    pub language: Option<String>,
    /// Stored at or after.
    pub since: Option<Timestamp>,
    /// Stored before.
    pub until: Option<Timestamp>,
    /// With this tag, whatever its case.
    pub tag: Option<String>,
    /// Whose title or text holds all these words, case-insensitive.
    pub words: Vec<String>,
    /// At most so many.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// Which deliveries.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    /// In this state.
    pub state: Option<DeliveryState>,
    /// To this endpoint.
    pub endpoint: Option<EndpointName>,
    /// Of this article.
    pub article: Option<ArticleId>,
    /// At most so many.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// A place in a list, stable under inserts; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

impl Cursor {
    /// It comes from outside and is no place in the list that it was given for.
    pub fn unknown(&self) -> StoreError {
        StoreError::NotFound {
            what: "cursor",
            name: self.0.escape_ascii().to_string(),
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

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
pub mod backup;
mod error;
mod kept;
pub mod location;
mod publication;
pub mod sled;
mod source_query;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

use crate::model::article::{Article, Revision};
use crate::model::delivery::{Attempt, Delivery, DeliveryState, EndpointState};
use crate::model::entry::Entry;
use crate::model::event::{Event, FullEvent};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId};
use crate::model::rhythm::Yielded;
use crate::model::source::{SourceKind, SourceState, Validators};
use crate::model::subscription::{PushToken, Subscription};

pub use self::account::{CheckReport, PruneRule, Pruned, RepairReport, StoreStats};
use self::backup::Source;
pub use self::error::StoreError;
pub use self::kept::{Amendment, RawArticle, RawPage};
pub use self::publication::{Publication, Published};
pub use self::source_query::SourceQuery;

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
    /// relied on, in their order: what a poll of `source` would not find new.
    async fn known(
        &self,
        outlet: &OutletName,
        source: &SourceId,
        found: &[Found],
    ) -> Result<Vec<bool>, StoreError>;

    /// Ends a poll: the source's new state, what was found (a visit is made due for each entry
    /// that is new or has changed), and what is to be told of the source.
    async fn finish_poll(
        &self,
        lease: Lease<SourceId>,
        report: PollReport,
    ) -> Result<PollResult, StoreError>;

    /// Claims up to `limit` pages that are due, oldest due first, passing over hosts in `busy`,
    /// and at most one a host.
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
    async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
        ttl: Duration,
        busy: &HashSet<EndpointName>,
    ) -> Result<Vec<DeliveryJob>, StoreError>;

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

    /// Makes a failed or retrying delivery due now, its attempts kept.
    async fn retry(&self, delivery: DeliveryId, now: Timestamp) -> Result<(), StoreError>;

    /// Makes a disabled endpoint healthy again; what waited for it falls due.
    async fn enable(&self, endpoint: &EndpointName, now: Timestamp) -> Result<(), StoreError>;

    /// When the first item of a queue falls due, whether or not its host or endpoint is busy.
    async fn next_due(&self, queue: Queue) -> Result<Option<Timestamp>, StoreError>;

    /// Articles, newest stored first.
    async fn articles(&self, query: ArticleQuery) -> Result<Page<Article>, StoreError>;

    /// One article with its newest revision and its story as it stands now.
    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;

    /// All revisions of an article, oldest first.
    async fn revisions(&self, id: ArticleId) -> Result<Vec<Revision>, StoreError>;

    /// All configured sources, by identifier.
    async fn sources(&self) -> Result<Vec<SourceState>, StoreError>;

    /// The configured sources that `query` asks for, by identifier. This reads all; an engine that
    /// can look for them does so.
    async fn sources_of(&self, query: SourceQuery) -> Result<Vec<SourceState>, StoreError> {
        let mut sources = self.sources().await?;
        sources.retain(|source| query.wants(source));
        sources.truncate(query.limit);
        Ok(sources)
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

/// A configured source.
#[derive(Clone, Debug)]
pub struct SourceSeed {
    /// Its identifier.
    pub id: SourceId,
    /// Its outlet.
    pub outlet: OutletName,
    /// Its kind.
    pub kind: SourceKind,
    /// Its address.
    pub url: Url,
}

/// What a reconciliation changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Sources that are new or have come back.
    pub added: usize,
    /// Sources that were parked.
    pub removed: usize,
    /// Sources in all.
    pub sources: usize,
}

/// A source to poll.
#[derive(Debug)]
pub struct PollJob {
    /// The claim.
    pub lease: Lease<SourceId>,
    /// What is remembered of it.
    pub state: SourceState,
}

/// What a poll leaves behind.
#[derive(Clone, Debug)]
pub struct PollReport {
    /// When.
    pub now: Timestamp,
    /// The source's new state. Its counters (`entries_seen`, `articles`), `skipped` and `harvest` are
    /// not taken from here: the store keeps them.
    pub state: SourceState,
    /// The entries listed, in order; known ones too.
    pub found: Vec<Found>,
    /// Whether articles of entries that are new are announced.
    pub announce: bool,
    /// Addresses of entries whose articles are not, whatever `announce` says.
    pub quiet: HashSet<Url>,
    /// Events of the source, each with the endpoints that want it.
    pub events: Vec<(Event, Vec<EndpointName>)>,
}

/// An entry with its identity.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its canonical address: with the outlet, the page's identity.
    pub url: Url,
    /// The address to fetch.
    pub fetch: Url,
    /// The source's own identifier, where it can be trusted to be one.
    pub guid: Option<String>,
    /// What the source says.
    pub entry: Entry,
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollResult {
    /// Not known before.
    pub new: usize,
    /// Known, and said otherwise now.
    pub changed: usize,
    /// Known.
    pub known: usize,
}

/// Identity of a page: outlet and canonical address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageKey {
    /// The outlet.
    pub outlet: OutletName,
    /// The canonical address.
    pub url: Url,
}

/// What is remembered of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageState {
    /// Its identity.
    pub key: PageKey,
    /// The address to fetch.
    pub fetch: Url,
    /// The source that listed it first.
    pub source: SourceId,
    /// What the source says of it, newest; `None` once stored and not changed since.
    pub entry: Option<Entry>,
    /// Whether the article, if it is new, is announced.
    pub announce: bool,
    /// When it was first listed.
    pub first_seen: Timestamp,
    /// Visits without a result since the entry was new or changed.
    pub tries: u32,
    /// When those began.
    pub trying_since: Timestamp,
    /// Revisits done of those that the schedule names.
    pub looks: u32,
    /// The article it gave.
    pub article: Option<ArticleId>,
    /// Validators of its last full answer.
    pub validators: Validators,
}

/// A page to visit.
#[derive(Debug)]
pub struct VisitJob {
    /// The claim.
    pub lease: Lease<PageKey>,
    /// What is remembered of it.
    pub page: PageState,
}

/// How a visit without an article ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitOutcome {
    /// The page is as it was (304, or the same words): look again then.
    Unchanged {
        /// The next look.
        next_look: Option<Timestamp>,
    },
    /// It could not be had just now.
    Retry {
        /// When to try again.
        at: Timestamp,
    },
    /// It waits for its host: not counted as a try.
    Defer {
        /// Until when.
        at: Timestamp,
    },
    /// Nothing to store; shown on the source's page.
    Skipped {
        /// Why, for people.
        reason: String,
        /// What the page gave, counted for its source.
        yielded: Yielded,
    },
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

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

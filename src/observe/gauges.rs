//! What is so at the moment of a look, taken from the store at each.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::model::delivery::EndpointHealth;
use crate::model::id::{EndpointName, OutletName};
use crate::model::source::SourceHealth;
use crate::model::subscription::Standing;
use crate::observe::labels::{OutletStateLabels, Outlets, QueueLabels, StateLabels, WorkLabels};

/// What the gauges show, taken from the store at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Each source's outlet and state.
    pub sources: Vec<(OutletName, SourceHealth)>,
    /// Each endpoint's unsettled deliveries.
    pub queues: Vec<QueueDepth>,
    /// For how long what is due first in each queue has been due.
    pub lags: Vec<(&'static str, Duration)>,
    /// How each subscription at a hub stands.
    pub subscriptions: Vec<Standing>,
    /// Bytes of the store on disk.
    pub store_bytes: u64,
    /// Bytes of the records in it.
    pub store_live_bytes: u64,
    /// Damaged stores that stand aside.
    pub store_set_aside: u64,
    /// Articles in the store.
    pub articles: u64,
    /// Pages that wait for a visit.
    pub visits: u64,
    /// The search index, where one is kept.
    pub search: Option<SearchDepth>,
}

/// How it stands with the search index.
#[derive(Clone, Copy, Debug)]
pub struct SearchDepth {
    /// Whether it can be searched.
    pub ready: bool,
    /// Articles in it.
    pub articles: u64,
    /// Articles that it lacks, or has and the store no longer.
    pub behind: u64,
    /// Bytes of its files.
    pub bytes: u64,
}

/// One endpoint's unsettled and failed deliveries.
#[derive(Clone, Debug)]
pub struct QueueDepth {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// How it is doing.
    pub health: EndpointHealth,
    /// Waiting or due, never tried.
    pub waiting: u64,
    /// To be tried again.
    pub retrying: u64,
    /// Given up.
    pub failed: u64,
}

/// The gauges.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    queue: Family<QueueLabels, Gauge>,
    endpoints: Family<StateLabels, Gauge>,
    lag: Family<WorkLabels, Gauge<f64, AtomicU64>>,
    sources: Family<StateLabels, Gauge>,
    outlet_sources: Family<OutletStateLabels, Gauge>,
    subscriptions: Family<StateLabels, Gauge>,
    store_bytes: Gauge,
    store_live_bytes: Gauge,
    store_set_aside: Gauge,
    store_articles: Gauge,
    visits: Gauge,
    search_ready: Gauge,
    search_articles: Gauge,
    search_behind: Gauge,
    search_bytes: Gauge,
}

impl Gauges {
    /// Names them.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "delivery_queue",
            "Deliveries not done, by endpoint and state",
            self.queue.clone(),
        );
        registry.register("endpoints", "Endpoints, by state", self.endpoints.clone());
        registry.register(
            "queue_lag_seconds",
            "How long what is due first in a queue has been due",
            self.lag.clone(),
        );
        registry.register("sources", "Sources, by state", self.sources.clone());
        registry.register(
            "outlet_sources",
            "Sources, by outlet and state; a state in which an outlet has none is left out",
            self.outlet_sources.clone(),
        );
        registry.register(
            "subscriptions",
            "Subscriptions at hubs, by state",
            self.subscriptions.clone(),
        );
        registry.register(
            "store_bytes",
            "Bytes of the store on disk",
            self.store_bytes.clone(),
        );
        registry.register(
            "store_live_bytes",
            "Bytes of the records in the store: what its files hold at the least",
            self.store_live_bytes.clone(),
        );
        registry.register(
            "store_set_aside",
            "Damaged stores that were set aside and not yet put back or moved away",
            self.store_set_aside.clone(),
        );
        registry.register(
            "store_articles",
            "Articles in the store",
            self.store_articles.clone(),
        );
        registry.register(
            "pages_due",
            "Pages that wait for a visit",
            self.visits.clone(),
        );
        registry.register(
            "search_ready",
            "1 while the search index holds all articles and can be asked, 0 while it is built, broken or not kept",
            self.search_ready.clone(),
        );
        registry.register(
            "search_articles",
            "Articles in the search index",
            self.search_articles.clone(),
        );
        registry.register(
            "search_behind",
            "Articles by which the search index and the store differ",
            self.search_behind.clone(),
        );
        registry.register(
            "search_bytes",
            "Bytes of the search index on disk",
            self.search_bytes.clone(),
        );
    }

    /// Takes what `snapshot` has; series of what is gone go.
    pub(super) fn set(&self, snapshot: &Snapshot, outlets: &Outlets) {
        self.queue.clear();
        for depth in &snapshot.queues {
            for (state, count) in [
                ("waiting", depth.waiting),
                ("retrying", depth.retrying),
                ("failed", depth.failed),
            ] {
                let labels = QueueLabels {
                    endpoint: depth.endpoint.as_str().to_owned(),
                    state,
                };
                self.queue.get_or_create(&labels).set(gauge(count));
            }
        }
        let health = (snapshot.queues.iter()).map(|depth| depth.health.as_str());
        let states = EndpointHealth::ALL.map(EndpointHealth::as_str);
        set_states(&self.endpoints, &states, health);
        for (queue, lag) in &snapshot.lags {
            let labels = WorkLabels { queue };
            self.lag.get_or_create(&labels).set(lag.as_secs_f64());
        }
        let health = (snapshot.sources.iter()).map(|(_, health)| health.as_str());
        let states = SourceHealth::ALL.map(SourceHealth::as_str);
        set_states(&self.sources, &states, health);
        self.set_outlets(snapshot, outlets);
        let standing = (snapshot.subscriptions.iter()).map(|standing| standing.as_str());
        let states = Standing::ALL.map(Standing::as_str);
        set_states(&self.subscriptions, &states, standing);
        self.store_bytes.set(gauge(snapshot.store_bytes));
        self.store_live_bytes.set(gauge(snapshot.store_live_bytes));
        self.store_set_aside.set(gauge(snapshot.store_set_aside));
        self.store_articles.set(gauge(snapshot.articles));
        self.visits.set(gauge(snapshot.visits));
        let search = snapshot.search.as_ref();
        let of_search = |what: fn(&SearchDepth) -> u64| gauge(search.map_or(0, what));
        self.search_ready.set(of_search(|it| it.ready.into()));
        self.search_articles.set(of_search(|it| it.articles));
        self.search_behind.set(of_search(|it| it.behind));
        self.search_bytes.set(of_search(|it| it.bytes));
    }

    fn set_outlets(&self, snapshot: &Snapshot, outlets: &Outlets) {
        let mut counts: BTreeMap<(&OutletName, &'static str), i64> = BTreeMap::new();
        for (outlet, health) in &snapshot.sources {
            *counts.entry((outlet, health.as_str())).or_default() += 1;
        }
        self.outlet_sources.clear();
        for ((outlet, state), count) in counts {
            let labels = OutletStateLabels {
                outlet: outlets.label(outlet),
                state,
            };
            // Those without a series of their own add up in one.
            self.outlet_sources.get_or_create(&labels).inc_by(count);
        }
    }
}

/// Counts how many are in each of `states`; one that nobody is in is shown as 0.
fn set_states<'a>(
    family: &Family<StateLabels, Gauge>,
    states: &[&'static str],
    all: impl Iterator<Item = &'a str>,
) {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for state in all {
        *counts.entry(state).or_default() += 1;
    }
    for state in states {
        let count = counts.get(state).copied().unwrap_or_default();
        family
            .get_or_create(&StateLabels { state })
            .set(gauge(count));
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

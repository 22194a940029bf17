//! Counters, gauges and histograms, in `OpenMetrics` text.
//!
//! The names are part of the outside contract. Labels are enums and configured names only, never an
//! address, so that the number of series is bounded by the configuration. Counters are counted
//! where things happen; gauges are taken from the store at each look ([`Snapshot`]), so that they
//! are right after a restart and a removed endpoint's series goes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::model::id::{EndpointName, OutletName};
use crate::model::source::SourceHealth;
use crate::observe::outcome::{ArticleResult, DeliveryOutcome, PollOutcome};
use crate::observe::process::Process;

/// Media type of [`Meters::encode`]'s text (`OpenMetrics` 1.0).
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Stated publication to stored article: seconds for a feed that pings, hours for one that sleeps.
const DISCOVERY_SECONDS: [f64; 12] = [
    1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10_800.0, 43_200.0,
];
/// One page, extracted: the worst page is to stay under 30 ms.
const EXTRACT_SECONDS: [f64; 10] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.1, 0.5, 2.0];
/// One durable commit: 20 ms of grouping and one sync.
const PUBLISH_SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

/// What the gauges show, taken from the store at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Each source's outlet and state.
    pub sources: Vec<(OutletName, SourceHealth)>,
    /// Each endpoint's unsettled deliveries.
    pub queues: Vec<QueueDepth>,
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
}

/// One endpoint's unsettled and failed deliveries.
#[derive(Clone, Debug)]
pub struct QueueDepth {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// Waiting or due, never tried.
    pub waiting: u64,
    /// To be tried again.
    pub retrying: u64,
    /// Given up.
    pub failed: u64,
}

/// All meters of the daemon.
#[derive(Debug)]
pub struct Meters {
    polls: Family<PollLabels, Counter>,
    articles: Family<ArticleLabels, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    withheld: Family<OutletLabels, Counter>,
    discovery: Histogram,
    extract: Histogram,
    publish: Histogram,
    queue: Family<QueueLabels, Gauge>,
    sources: Family<SourceLabels, Gauge>,
    outlet_sources: Family<OutletStateLabels, Gauge>,
    store_bytes: Gauge,
    store_live_bytes: Gauge,
    store_set_aside: Gauge,
    store_articles: Gauge,
    visits: Gauge,
    /// Held while the gauges are set and written, so that no look sees half of another's.
    registry: Mutex<Registry>,
}

impl Meters {
    /// Fresh meters of a process that started at `started` and is of `version`.
    pub fn new(version: &str, started: Timestamp) -> Self {
        let meters = Self {
            polls: Family::default(),
            articles: Family::default(),
            deliveries: Family::default(),
            withheld: Family::default(),
            discovery: Histogram::new(DISCOVERY_SECONDS),
            extract: Histogram::new(EXTRACT_SECONDS),
            publish: Histogram::new(PUBLISH_SECONDS),
            queue: Family::default(),
            sources: Family::default(),
            outlet_sources: Family::default(),
            store_bytes: Gauge::default(),
            store_live_bytes: Gauge::default(),
            store_set_aside: Gauge::default(),
            store_articles: Gauge::default(),
            visits: Gauge::default(),
            registry: Mutex::default(),
        };
        meters.register(version, started);
        meters
    }

    /// Names them. Counters get their `_total` from the encoder.
    fn register(&self, version: &str, started: Timestamp) {
        let mut guard = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let root = &mut *guard;
        root.register_collector(Box::new(Process { started }));
        let wireroom = root.sub_registry_with_prefix("wireroom");
        wireroom.register(
            "build",
            "The running version",
            Info::new(vec![("version", version.to_owned())]),
        );
        wireroom.register("polls", "Polls of sources, ended", self.polls.clone());
        wireroom.register("articles", "Visits to pages, ended", self.articles.clone());
        wireroom.register(
            "deliveries",
            "Attempts to deliver, ended",
            self.deliveries.clone(),
        );
        wireroom.register(
            "entries_withheld",
            "Old entries that came as new and were not announced",
            self.withheld.clone(),
        );
        wireroom.register(
            "discovery_seconds",
            "From an article's stated publication to its being stored",
            self.discovery.clone(),
        );
        wireroom.register(
            "extract_seconds",
            "Extraction of one page",
            self.extract.clone(),
        );
        wireroom.register(
            "publish_seconds",
            "One durable commit of an article with its deliveries",
            self.publish.clone(),
        );
        wireroom.register(
            "delivery_queue",
            "Deliveries not done, by endpoint and state",
            self.queue.clone(),
        );
        wireroom.register("sources", "Sources, by state", self.sources.clone());
        wireroom.register(
            "outlet_sources",
            "Sources, by outlet and state; a state in which an outlet has none is left out",
            self.outlet_sources.clone(),
        );
        wireroom.register(
            "store_bytes",
            "Bytes of the store on disk",
            self.store_bytes.clone(),
        );
        wireroom.register(
            "store_live_bytes",
            "Bytes of the records in the store: what its files hold at the least",
            self.store_live_bytes.clone(),
        );
        wireroom.register(
            "store_set_aside",
            "Damaged stores that were set aside and not yet put back or moved away",
            self.store_set_aside.clone(),
        );
        wireroom.register(
            "store_articles",
            "Articles in the store",
            self.store_articles.clone(),
        );
        wireroom.register(
            "pages_due",
            "Pages that wait for a visit",
            self.visits.clone(),
        );
    }

    /// Counts a poll.
    pub fn poll(&self, outlet: &OutletName, outcome: PollOutcome) {
        let labels = PollLabels {
            outlet: outlet.as_str().to_owned(),
            outcome: outcome.as_str(),
        };
        self.polls.get_or_create(&labels).inc();
    }

    /// Counts a visit to a page.
    pub fn article(&self, outlet: &OutletName, result: ArticleResult) {
        let labels = ArticleLabels {
            outlet: outlet.as_str().to_owned(),
            result: result.as_str(),
        };
        self.articles.get_or_create(&labels).inc();
    }

    /// Counts an attempt to deliver.
    pub fn delivery(&self, endpoint: &EndpointName, outcome: DeliveryOutcome) {
        let labels = DeliveryLabels {
            endpoint: endpoint.as_str().to_owned(),
            outcome: outcome.as_str(),
        };
        self.deliveries.get_or_create(&labels).inc();
    }

    /// Counts old entries that came as new.
    pub fn withheld(&self, outlet: &OutletName, entries: usize) {
        if entries > 0 {
            let labels = OutletLabels {
                outlet: outlet.as_str().to_owned(),
            };
            self.withheld.get_or_create(&labels).inc_by(entries as u64);
        }
    }

    /// From the stated publication to the store.
    pub fn discovery(&self, took: Duration) {
        self.discovery.observe(took.as_secs_f64());
    }

    /// One extraction.
    pub fn extract(&self, took: Duration) {
        self.extract.observe(took.as_secs_f64());
    }

    /// One publishing commit.
    pub fn publish(&self, took: Duration) {
        self.publish.observe(took.as_secs_f64());
    }

    /// All meters as `OpenMetrics` text, the gauges as `snapshot` has them.
    pub fn encode(&self, snapshot: &Snapshot) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.set_gauges(snapshot);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)
            .expect("writing to a string cannot fail");
        text
    }

    fn set_gauges(&self, snapshot: &Snapshot) {
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
        for health in SourceHealth::ALL {
            let count = snapshot
                .sources
                .iter()
                .filter(|(_, it)| *it == health)
                .count();
            let labels = SourceLabels {
                state: health.as_str(),
            };
            self.sources.get_or_create(&labels).set(gauge(count as u64));
        }
        self.outlet_sources.clear();
        for (outlet, health) in &snapshot.sources {
            let labels = OutletStateLabels {
                outlet: outlet.as_str().to_owned(),
                state: health.as_str(),
            };
            self.outlet_sources.get_or_create(&labels).inc();
        }
        self.store_bytes.set(gauge(snapshot.store_bytes));
        self.store_live_bytes.set(gauge(snapshot.store_live_bytes));
        self.store_set_aside.set(gauge(snapshot.store_set_aside));
        self.store_articles.set(gauge(snapshot.articles));
        self.visits.set(gauge(snapshot.visits));
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PollLabels {
    outlet: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutletLabels {
    outlet: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutletStateLabels {
    outlet: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ArticleLabels {
    outlet: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    endpoint: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    endpoint: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    state: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_those_of_the_contract() {
        let meters = Meters::new("1.2.3", Timestamp::UNIX_EPOCH);
        let outlet = OutletName::new("ap");
        let desk = EndpointName::new("desk");
        meters.poll(&outlet, PollOutcome::Unchanged);
        meters.article(&outlet, ArticleResult::New);
        meters.delivery(&desk, DeliveryOutcome::Retrying);
        meters.discovery(Duration::from_secs(90));
        meters.withheld(&outlet, 300);
        meters.withheld(&OutletName::new("none"), 0);
        meters.extract(Duration::from_millis(4));
        meters.publish(Duration::from_millis(25));
        let text = meters.encode(&Snapshot {
            sources: vec![
                (outlet.clone(), SourceHealth::Healthy),
                (outlet.clone(), SourceHealth::Healthy),
            ],
            queues: vec![QueueDepth {
                endpoint: desk,
                waiting: 3,
                retrying: 1,
                failed: 0,
            }],
            store_bytes: 4096,
            store_live_bytes: 1024,
            store_set_aside: 1,
            articles: 7,
            visits: 2,
        });
        for line in [
            "wireroom_build_info{version=\"1.2.3\"} 1",
            "wireroom_polls_total{outlet=\"ap\",outcome=\"unchanged\"} 1",
            "wireroom_articles_total{outlet=\"ap\",result=\"new\"} 1",
            "wireroom_deliveries_total{endpoint=\"desk\",outcome=\"retrying\"} 1",
            "wireroom_delivery_queue{endpoint=\"desk\",state=\"waiting\"} 3",
            "wireroom_sources{state=\"healthy\"} 2",
            "wireroom_sources{state=\"failing\"} 0",
            "wireroom_outlet_sources{outlet=\"ap\",state=\"healthy\"} 2",
            "wireroom_entries_withheld_total{outlet=\"ap\"} 300",
            "wireroom_discovery_seconds_bucket{le=\"120.0\"} 1",
            "wireroom_extract_seconds_count 1",
            "wireroom_publish_seconds_count 1",
            "wireroom_store_bytes 4096",
            "wireroom_store_live_bytes 1024",
            "wireroom_store_set_aside 1",
            "process_start_time_seconds 0.0",
            "# EOF",
        ] {
            assert!(
                text.lines().any(|it| it == line),
                "no line `{line}` in\n{text}"
            );
        }
    }

    #[test]
    fn a_removed_endpoints_series_goes() {
        let meters = Meters::new("1", Timestamp::UNIX_EPOCH);
        let depth = QueueDepth {
            endpoint: EndpointName::new("old"),
            waiting: 1,
            retrying: 0,
            failed: 0,
        };
        let with = Snapshot {
            queues: vec![depth],
            ..Snapshot::default()
        };
        assert!(meters.encode(&with).contains("endpoint=\"old\""));
        assert!(
            !meters
                .encode(&Snapshot::default())
                .contains("endpoint=\"old\"")
        );
    }
}

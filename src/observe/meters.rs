//! Counters, gauges and histograms, in `OpenMetrics` text.
//!
//! The names are part of the outside contract. Labels are enums and configured names only, never an
//! address, so that the number of series is bounded by the configuration. Counters are counted
//! where things happen; gauges are taken from the store at each look ([`Snapshot`]), so that they
//! are right after a restart and a removed endpoint's series goes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::model::article::Way;
use crate::model::id::{EndpointName, OutletName};
use crate::observe::gauges::Gauges;
use crate::observe::labels::{
    ArticleLabels, DeliveryLabels, OutcomeLabels, OutletLabels, Outlets, PollLabels, WayLabels,
};
use crate::observe::outcome::{
    ArticleResult, DeliveryOutcome, PingOutcome, PollOutcome, PushOutcome,
};
use crate::observe::process::Process;

pub use crate::observe::gauges::{QueueDepth, SearchDepth, Snapshot};

/// Media type of [`Meters::encode`]'s text (`OpenMetrics` 1.0).
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Stated publication to stored article: seconds for a feed that pings, hours for one that sleeps.
const DISCOVERY_SECONDS: [f64; 12] = [
    1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10_800.0, 43_200.0,
];
/// One page, extracted: the worst page is to stay under 30 ms.
const EXTRACT_SECONDS: [f64; 10] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.1, 0.5, 2.0];
/// One attempt to deliver: a receiver near by answers in milliseconds, the longest that is waited for one
/// is two minutes.
const DELIVERY_SECONDS: [f64; 10] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 20.0, 60.0, 120.0];
/// One durable commit: 20 ms of grouping and one sync.
const PUBLISH_SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

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
    delivery_seconds: Histogram,
    extractions: Family<WayLabels, Counter>,
    pushes: Family<OutcomeLabels, Counter>,
    pings: Family<OutcomeLabels, Counter>,
    reloads: Family<OutcomeLabels, Counter>,
    config_loaded: Gauge,
    gauges: Gauges,
    outlets: Outlets,
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
            delivery_seconds: Histogram::new(DELIVERY_SECONDS),
            extractions: Family::default(),
            pushes: Family::default(),
            pings: Family::default(),
            reloads: Family::default(),
            config_loaded: Gauge::default(),
            gauges: Gauges::default(),
            outlets: Outlets::default(),
            registry: Mutex::default(),
        };
        meters.register(version, started);
        meters.begin();
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
            "delivery_seconds",
            "One attempt to deliver",
            self.delivery_seconds.clone(),
        );
        wireroom.register(
            "extractions",
            "Texts of articles, by the way they were had",
            self.extractions.clone(),
        );
        wireroom.register(
            "pushes",
            "What hubs pushed to subscriptions of ours",
            self.pushes.clone(),
        );
        wireroom.register(
            "hub_pings",
            "Times the hub of our own feeds was told that one has changed",
            self.pings.clone(),
        );
        wireroom.register(
            "reloads",
            "Reloads of the configuration",
            self.reloads.clone(),
        );
        wireroom.register(
            "config_loaded",
            "1 while the configuration in force is the newest that was read, 0 after one that was refused",
            self.config_loaded.clone(),
        );
        self.gauges.register(wireroom);
    }

    /// Shows closed sets whole from the start: a rate has no value over a series that is not there yet.
    fn begin(&self) {
        for way in Way::ALL {
            let labels = WayLabels { way: way.as_str() };
            drop(self.extractions.get_or_create(&labels));
        }
        for outcome in PushOutcome::ALL {
            drop(self.pushes.get_or_create(&outcome_labels(outcome.as_str())));
        }
        for outcome in PingOutcome::ALL {
            drop(self.pings.get_or_create(&outcome_labels(outcome.as_str())));
        }
        for outcome in ["taken", "refused"] {
            drop(self.reloads.get_or_create(&outcome_labels(outcome)));
        }
        self.config_loaded.set(1);
    }

    /// The outlets that are configured now, in the order of their names; of very many only the first
    /// have series of their own.
    pub fn set_outlets<'a>(&self, all: impl ExactSizeIterator<Item = &'a OutletName> + Clone) {
        self.outlets.set(all.clone());
        for outlet in all {
            let labels = OutletLabels {
                outlet: self.outlets.label(outlet),
            };
            drop(self.withheld.get_or_create(&labels));
        }
    }

    /// The endpoints that are configured now: what happens to one for the first time is an increase, too.
    pub fn set_endpoints<'a>(&self, all: impl Iterator<Item = &'a EndpointName>) {
        for endpoint in all {
            for outcome in DeliveryOutcome::ALL {
                let labels = DeliveryLabels {
                    endpoint: endpoint.as_str().to_owned(),
                    outcome: outcome.as_str(),
                };
                drop(self.deliveries.get_or_create(&labels));
            }
        }
    }

    /// Counts a poll.
    pub fn poll(&self, outlet: &OutletName, outcome: PollOutcome) {
        let labels = PollLabels {
            outlet: self.outlets.label(outlet),
            outcome: outcome.as_str(),
        };
        self.polls.get_or_create(&labels).inc();
    }

    /// Counts a visit to a page.
    pub fn article(&self, outlet: &OutletName, result: ArticleResult) {
        let labels = ArticleLabels {
            outlet: self.outlets.label(outlet),
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
                outlet: self.outlets.label(outlet),
            };
            self.withheld.get_or_create(&labels).inc_by(entries as u64);
        }
    }

    /// Counts how an article's text was had.
    pub fn extraction(&self, way: Way) {
        let labels = WayLabels { way: way.as_str() };
        self.extractions.get_or_create(&labels).inc();
    }

    /// Counts what a hub pushed.
    pub fn push(&self, outcome: PushOutcome) {
        let labels = outcome_labels(outcome.as_str());
        self.pushes.get_or_create(&labels).inc();
    }

    /// Counts what came of telling the hub of our own feeds.
    pub fn ping(&self, outcome: PingOutcome) {
        let labels = outcome_labels(outcome.as_str());
        self.pings.get_or_create(&labels).inc();
    }

    /// Counts a reload: whether the new configuration is in force.
    pub fn reload(&self, taken: bool) {
        let outcome = if taken { "taken" } else { "refused" };
        self.reloads.get_or_create(&outcome_labels(outcome)).inc();
        self.config_loaded.set(i64::from(taken));
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

    /// One attempt to deliver.
    pub fn attempt(&self, took: Duration) {
        self.delivery_seconds.observe(took.as_secs_f64());
    }

    /// All meters as `OpenMetrics` text, the gauges as `snapshot` has them.
    pub fn encode(&self, snapshot: &Snapshot) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.gauges.set(snapshot, &self.outlets);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)
            .expect("writing to a string cannot fail");
        text
    }
}

fn outcome_labels(outcome: &'static str) -> OutcomeLabels {
    OutcomeLabels { outcome }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::delivery::EndpointHealth;
    use crate::model::source::SourceHealth;
    use crate::model::subscription::Standing;

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
        meters.attempt(Duration::from_millis(80));
        meters.extraction(Way::JsonLd);
        meters.push(PushOutcome::Unsigned);
        meters.ping(PingOutcome::Accepted);
        meters.reload(false);
        let text = meters.encode(&Snapshot {
            sources: vec![
                (outlet.clone(), SourceHealth::Healthy),
                (outlet.clone(), SourceHealth::Healthy),
            ],
            queues: vec![QueueDepth {
                endpoint: desk,
                health: EndpointHealth::Failing,
                waiting: 3,
                retrying: 1,
                failed: 0,
            }],
            lags: vec![("visits", Duration::from_millis(1500))],
            subscriptions: vec![Standing::Active],
            store_bytes: 4096,
            store_live_bytes: 1024,
            store_set_aside: 1,
            articles: 7,
            visits: 2,
            search: Some(SearchDepth {
                ready: true,
                articles: 6,
                behind: 1,
                bytes: 2048,
            }),
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
            "wireroom_delivery_seconds_bucket{le=\"0.1\"} 1",
            "wireroom_extractions_total{way=\"json-ld\"} 1",
            "wireroom_extractions_total{way=\"rules\"} 0",
            "wireroom_pushes_total{outcome=\"unsigned\"} 1",
            "wireroom_hub_pings_total{outcome=\"accepted\"} 1",
            "wireroom_hub_pings_total{outcome=\"failed\"} 0",
            "wireroom_search_articles 6",
            "wireroom_search_behind 1",
            "wireroom_search_bytes 2048",
            "wireroom_search_ready 1",
            "wireroom_reloads_total{outcome=\"refused\"} 1",
            "wireroom_config_loaded 0",
            "wireroom_endpoints{state=\"failing\"} 1",
            "wireroom_endpoints{state=\"healthy\"} 0",
            "wireroom_queue_lag_seconds{queue=\"visits\"} 1.5",
            "wireroom_subscriptions{state=\"active\"} 1",
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
            health: EndpointHealth::Healthy,
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

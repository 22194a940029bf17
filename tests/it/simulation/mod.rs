//! The whole app on a simulated web, tokio's clock paused: days of news in seconds.
//!
//! [`days`] lets a seed make the weather and asserts what must always hold; [`visits`], [`polls`] and
//! [`deliveries`] are short stories, each of a bug that was there once. The store is the real one: its
//! calls run on blocking threads, which hold the paused clock still. The daemon's HTTP server listens
//! and nobody asks it, since paused time and sockets do not go together.

mod days;
mod deliveries;
mod hubs;
mod outlet;
mod polls;
mod press;
mod protocol;
mod receiver;
mod stories;
mod visits;
mod watching;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wireroom::app::{App, OnceSummary, Running};
use wireroom::clock::Clock;
use wireroom::config::{self, Config};
use wireroom::fetch::simulated::SimulatedWeb;
use wireroom::model::article::Article;
use wireroom::model::delivery::Delivery;
use wireroom::model::source::SourceState;
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{ArticleQuery, DeliveryQuery, Store};

/// A signing secret of these tests alone.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwd2lyZXJvb20=";

/// A daemon, or the folder of one that is stopped, and the web around it.
pub(crate) struct Simulation {
    pub(crate) web: Arc<SimulatedWeb>,
    clock: Clock,
    folder: TempDir,
    config: String,
    running: Option<(Running, Arc<dyn Store>)>,
}

impl Simulation {
    /// Nothing runs yet. `config` stands in front of what [`Self::add_outlet`] and
    /// [`Self::add_endpoint`] add.
    pub(crate) fn new(config: &str) -> Self {
        let start = "2026-03-02T06:00:00Z".parse().unwrap();
        Self {
            web: SimulatedWeb::new(),
            clock: Clock::simulated(start),
            folder: tempfile::tempdir().unwrap(),
            config: format!("[daemon]\noutlets = []\n[http]\nlisten = \"127.0.0.1:0\"\n{config}\n"),
            running: None,
        }
    }

    /// Adds an outlet with a feed at each of these paths of its host.
    pub(crate) fn add_outlet(&mut self, host: &str, feeds: &[&str]) {
        let name = host.split('.').next().unwrap();
        let config = &mut self.config;
        write!(
            config,
            "[[outlet]]\nname = \"{name}\"\ntitle = \"{name}\"\nhomepage = \"https://{host}/\"\n\
             language = \"en\"\n"
        )
        .unwrap();
        for path in feeds {
            write!(
                config,
                "[[outlet.source]]\nkind = \"feed\"\nurl = \"https://{host}{path}\"\n"
            )
            .unwrap();
        }
    }

    /// Adds an endpoint; `more` are further lines of its table.
    pub(crate) fn add_endpoint(&mut self, name: &str, url: &str, more: &str) {
        write!(
            self.config,
            "[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n"
        )
        .unwrap();
    }

    fn config(&self) -> Config {
        let loaded = config::from_str(&self.config, self.folder.path(), &BTreeMap::new());
        loaded
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
            .config
    }

    /// Takes all outlets, and what stands behind them, out of the configuration.
    pub(crate) fn forget_outlets(&mut self) {
        let end = self.config.find("[[outlet]]").unwrap_or(self.config.len());
        self.config.truncate(end);
    }

    /// What hubs are answered.
    pub(crate) fn hooks(&self) -> axum::Router {
        self.running.as_ref().expect("it runs").0.hooks()
    }

    async fn assemble(&self) -> (App, Arc<dyn Store>) {
        let options = SledOptions {
            cache: 16 * 1024 * 1024,
            ..SledOptions::default()
        };
        let path = self.folder.path().join("store");
        let store = SledStore::open(&path, options).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let web = Arc::clone(&self.web);
        let app = App::assemble(self.config(), self.clock.clone(), web, Arc::clone(&store));
        (app.await.unwrap(), store)
    }

    /// Starts the daemon.
    pub(crate) async fn start(&mut self) {
        let (app, store) = self.assemble().await;
        let running = app.start(CancellationToken::new()).await.unwrap();
        self.running = Some((running, store));
    }

    /// Stops it as a service manager does.
    pub(crate) async fn stop(&mut self) {
        let (running, _) = self.running.take().expect("it runs");
        running.shut_down().await.unwrap();
    }

    /// Takes the configuration as it is now into force, as SIGHUP does.
    pub(crate) async fn reload(&self) {
        let (running, _) = self.running.as_ref().expect("it runs");
        running.reload(self.config()).await.unwrap();
    }

    /// Ends it in the middle of whatever it does: no claim is settled, none is given back.
    pub(crate) async fn crash(&mut self) {
        let (running, store) = self.running.take().expect("it runs");
        drop(running);
        store.close().await.unwrap();
    }

    /// `run --once`, with a bound that only a hanging one meets.
    pub(crate) async fn once(&self, bound: Duration) -> OnceSummary {
        let (app, _) = self.assemble().await;
        let once = app.once(CancellationToken::new());
        let ended = tokio::time::timeout(bound, once).await;
        ended
            .unwrap_or_else(|_| panic!("`run --once` still runs after {bound:?}"))
            .unwrap()
    }

    /// Time passes.
    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.running.as_ref().expect("it runs").1
    }

    /// All articles, the oldest first.
    pub(crate) async fn articles(&self) -> Vec<Article> {
        let mut all = Vec::new();
        let mut query = ArticleQuery {
            limit: 100,
            ..ArticleQuery::default()
        };
        loop {
            let page = self.store().articles(query.clone()).await.unwrap();
            all.extend(page.items);
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// All deliveries, the oldest first.
    pub(crate) async fn deliveries(&self) -> Vec<Delivery> {
        let mut all = Vec::new();
        let mut query = DeliveryQuery {
            limit: 100,
            ..DeliveryQuery::default()
        };
        loop {
            let page = self.store().deliveries(query.clone()).await.unwrap();
            all.extend(page.items);
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// The only source.
    pub(crate) async fn source(&self) -> SourceState {
        self.store().sources().await.unwrap().remove(0)
    }

    /// Polls all sources now, as somebody asks for.
    pub(crate) async fn poll_now(&self) {
        for source in self.store().sources().await.unwrap() {
            self.store().poll_now(&source.id, self.now()).await.unwrap();
        }
    }
}

/// Minutes.
pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

/// Seconds.
pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

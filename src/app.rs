//! The composition root: a checked configuration becomes a running daemon.
//!
//! `run`, `run --once` and `demo` are all this one [`App`]. It owns every task; when a root task
//! ends early the daemon stops. The order of stopping: no more claims, drain under a deadline, the
//! HTTP server last, so that `/readyz` says so meanwhile.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clock::Clock;
use crate::config::Config;
use crate::config::endpoint::EndpointSpec;
use crate::fetch::Transport;
use crate::fetch::fetcher::Fetcher;
use crate::fetch::hosts::Hosts;
use crate::fetch::http::HttpTransport;
use crate::model::id::SourceId;
use crate::notify::digest;
use crate::observe::chain;
use crate::observe::meters::Meters;
use crate::search::{Search, search_path};
use crate::serve::{About, ServeState};
use crate::store::location::{open_location, sled_options};
use crate::store::sled::{Compact, SledOptions};
use crate::store::{Gathering, Queue, Reconciled, SourceSeed, Store, StoreError};
use crate::supervise::Tasks;
use crate::work::push::{self, Push};
use crate::work::worker::{self, Tally, Until};
use crate::work::{Desk, Nudges, Progress, follow, sweep};

/// Steps that are handed to the store at a time: as many as one sync of it answers.
const STEPS_AT_A_TIME: usize = 100;

/// A daemon that is put together and not yet running.
pub struct App {
    desk: Arc<Desk>,
    config: watch::Sender<Arc<Config>>,
    started: Timestamp,
    /// The search index beside the store, where one is kept.
    search: Option<Arc<Search>>,
}

/// What `run --once` did, by queue.
#[derive(Clone, Copy, Debug)]
pub struct OnceSummary {
    /// Sources visited.
    pub polls: Tally,
    /// Pages visited.
    pub visits: Tally,
    /// Deliveries tried.
    pub deliveries: Tally,
}

impl App {
    /// Opens the store and puts the rooms together, with the real web for a transport.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let transport =
            HttpTransport::new(&config.fetch.contact, config.fetch.authorities.as_deref())
                .context("cannot set up the HTTP client")?;
        let options = SledOptions {
            compact: match config.store.compact {
                0 => Compact::Never,
                times => Compact::Grown(times),
            },
            set_aside: true,
            ..sled_options(&config)
        };
        let store = open_location(&config.store.location, options).await?;
        let search = (config.search.enabled).then(|| Arc::new(Search::at(search_path(&config))));
        let app = Self::assemble(config, clock, Arc::new(transport), store).await?;
        Ok(Self { search, ..app })
    }

    /// Puts the rooms together around a given store and transport.
    pub async fn assemble(
        config: Config,
        clock: Clock,
        transport: Arc<dyn Transport>,
        store: Arc<dyn Store>,
    ) -> anyhow::Result<Self> {
        let fetcher = fetcher(&transport, &config, &clock);
        let (sender, receiver) = watch::channel(Arc::new(config));
        let started = clock.now();
        let push = Push::load(store.as_ref()).await?;
        let desk = Arc::new(Desk {
            push,
            store,
            fetcher: RwLock::new(fetcher),
            transport,
            config: receiver,
            clock,
            meters: Arc::new(Meters::new(env!("CARGO_PKG_VERSION"), started)),
            nudges: Nudges::default(),
            progress: Progress::new(started),
        });
        let app = Self {
            desk,
            config: sender,
            started,
            search: None,
        };
        let left = app.desk.store.take_over(started).await?;
        if left > 0 {
            info!(
                left,
                "going on with {left} pieces of work that were cut off"
            );
        }
        let reconciled = app.reconcile(&app.desk.config()).await?;
        info!(
            sources = reconciled.sources,
            added = reconciled.added,
            removed = reconciled.removed,
            "watching {} sources of {} outlets for {} endpoints",
            reconciled.sources,
            app.desk.config().outlets.len(),
            app.desk.config().endpoints.len()
        );
        Ok(app)
    }

    /// The store, for tests and for what shares the process.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.desk.store)
    }

    /// Polls every source one time, fetches what they list, tries every delivery that is due.
    pub async fn once(self, stop: CancellationToken) -> anyhow::Result<OnceSummary> {
        let now = self.desk.clock.now();
        let sources = self.desk.store.sources().await?;
        let live = sources.iter().filter(|source| source.next_poll.is_some());
        // Together, because the store makes many steps durable in the time of one.
        stream::iter(live)
            .map(|source| self.desk.store.poll_now(&source.id, now))
            .buffer_unordered(STEPS_AT_A_TIME)
            .try_collect::<()>()
            .await?;
        let drain =
            |queue| worker::run(Arc::clone(&self.desk), queue, Until::Drained, stop.clone());
        let summary = OnceSummary {
            polls: drain(Queue::Polls).await?,
            visits: drain(Queue::Visits).await?,
            deliveries: drain(Queue::Deliveries).await?,
        };
        sweep::once(&self.desk).await?;
        self.desk
            .store
            .close()
            .await
            .context("cannot close the store")?;
        Ok(summary)
    }

    /// Listens and starts to work; returns once both are so.
    pub async fn start(self, stop: CancellationToken) -> anyhow::Result<Running> {
        let config = self.desk.config();
        let listener = TcpListener::bind(config.http.listen)
            .await
            .with_context(|| {
                format!(
                    "cannot listen on {}: another program may be using it; set http.listen, port 0 takes a free one",
                    config.http.listen
                )
            })?;
        let http = listener.local_addr()?;
        let serve_stop = CancellationToken::new();
        let (ready, ready_seen) = watch::channel(true);
        let desk = Arc::clone(&self.desk);
        let serving = ServeState {
            store: Arc::clone(&desk.store),
            search: self.search.clone(),
            meters: Arc::clone(&desk.meters),
            config: desk.config.clone(),
            clock: desk.clock.clone(),
            about: About {
                version: env!("CARGO_PKG_VERSION"),
                listen: http,
                started: self.started,
            },
            ready: ready_seen,
            stop: serve_stop.clone(),
            nudge: Arc::new({
                let desk = Arc::clone(&desk);
                move || desk.nudges.all()
            }),
        };
        info!(%http, "listening on http://{http}");
        let mut tasks = Tasks::default();
        for queue in [Queue::Polls, Queue::Visits, Queue::Deliveries] {
            let worker = worker::run(Arc::clone(&desk), queue, Until::Stopped, stop.clone());
            tasks.spawn(format!("{queue:?}"), async move { worker.await.map(drop) });
        }
        tasks.spawn(
            "sweeper",
            endless(sweep::run(Arc::clone(&desk), stop.clone())),
        );
        tasks.spawn("hubs", endless(push::run(Arc::clone(&desk), stop.clone())));
        let told = push::publish::run(Arc::clone(&desk), stop.clone());
        tasks.spawn("hub of the feeds", endless(told));
        if let Some(search) = &self.search {
            let (store, search) = (Arc::clone(&desk.store), Arc::clone(search));
            let follower = follow::run(store, search, desk.clock.clone(), stop.clone());
            tasks.spawn("search index", endless(follower));
        }
        let mut server = Tasks::default();
        let hooks = crate::serve::websub::router(Arc::clone(&desk));
        let router = crate::serve::router(serving).merge(hooks);
        server.spawn(
            "http server",
            crate::serve::listener::serve(listener, router, serve_stop.clone()),
        );
        Ok(Running {
            http,
            app: self,
            tasks,
            server,
            serve_stop,
            ready,
            stop,
        })
    }

    async fn reconcile(&self, config: &Config) -> anyhow::Result<Reconciled> {
        self.desk.meters.set_outlets(config.outlets.keys());
        self.desk.meters.set_endpoints(config.endpoints.keys());
        let outlets = config.outlets.values();
        let count = outlets.map(|outlet| outlet.sources.len()).sum();
        let mut seeds = Vec::with_capacity(count);
        for outlet in config.outlets.values() {
            for source in &outlet.sources {
                seeds.push(SourceSeed {
                    id: source.id.clone(),
                    outlet: outlet.name.clone(),
                    kind: source.kind,
                    url: source.url.clone(),
                });
            }
        }
        let endpoints = config.endpoints.keys().cloned().collect();
        let (store, now) = (&self.desk.store, self.desk.clock.now());
        let done = store.reconcile(now, seeds, endpoints).await;
        let done =
            done.context("cannot bring the store's sources in line with the configuration")?;
        let gathered = store.gather(now, gathering(config)).await;
        gathered.context("cannot tell the store which endpoints gather what they are told")?;
        Ok(done)
    }
}

/// A task that meets no error that it does not deal with itself.
async fn endless(task: impl Future<Output = ()>) -> Result<(), StoreError> {
    task.await;
    Ok(())
}

/// The endpoints that are told in digests.
fn gathering(config: &Config) -> Vec<Gathering> {
    let endpoints = config.endpoints.values();
    let rule = |endpoint: &EndpointSpec| {
        endpoint.every.clone().map(|every| Gathering {
            endpoint: endpoint.name.clone(),
            every,
            most: digest::most(&endpoint.format),
        })
    };
    endpoints.filter_map(rule).collect()
}

/// A running daemon.
pub struct Running {
    /// Where it listens.
    pub http: SocketAddr,
    app: App,
    tasks: Tasks<Result<(), StoreError>>,
    server: Tasks<std::io::Result<()>>,
    serve_stop: CancellationToken,
    ready: watch::Sender<bool>,
    stop: CancellationToken,
}

impl Running {
    /// Signs of life, for the service manager's watchdog: every worker has looked at its queue
    /// lately and the store can write.
    pub async fn alive(&self) -> Result<(), String> {
        let now = self.app.desk.clock.now();
        let limit = jiff::SignedDuration::from_secs(60);
        if let Some(queue) = self.app.desk.progress.stalled(now, limit) {
            return Err(format!(
                "the worker of {queue:?} has not looked at its queue for a minute"
            ));
        }
        self.app
            .desk
            .store
            .ping()
            .await
            .map_err(|error| format!("{:#}", anyhow::Error::new(error)))
    }

    /// What hubs are answered, as the server answers it, for whoever has no socket to ask by.
    pub fn hooks(&self) -> axum::Router {
        crate::serve::websub::router(Arc::clone(&self.app.desk))
    }

    /// Counts a reload: whether the new configuration was taken.
    pub fn reloaded(&self, taken: bool) {
        self.app.desk.meters.reload(taken);
    }

    /// Takes a new configuration into force; what cannot change without a restart is said.
    pub async fn reload(&self, mut new: Config) -> anyhow::Result<()> {
        let old = self.app.desk.config();
        for (what, changed) in [
            ("daemon.data_dir", old.data_dir != new.data_dir),
            ("store.url", old.store.location != new.store.location),
            ("http.listen", old.http.listen != new.http.listen),
            ("store.cache", old.store.cache != new.store.cache),
            ("fetch.contact", old.fetch.contact != new.fetch.contact),
            ("search.enabled", old.search != new.search),
            ("log.format", old.log.format != new.log.format),
        ] {
            if changed {
                warn!("{what} has changed: it takes effect at the next start");
            }
        }
        if old.http.listen != new.http.listen {
            // Token and address were checked together: the old port keeps its own token.
            new.http = old.http.clone();
        }
        // First what can fail: a configuration is in force whole or not at all.
        let reconciled = self.app.reconcile(&new).await?;
        if old.fetch != new.fetch {
            let desk = &self.app.desk;
            let new = Arc::new(desk.fetcher().under(new.fetch.clone()));
            *desk.fetcher.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
        let otherwise = old.read_otherwise(&new);
        self.app.config.send_replace(Arc::new(new));
        for source in otherwise {
            if let Err(fault) = self.poll_soon(&source).await {
                warn!(
                    "{source} follows the new configuration at its next poll only: {}",
                    chain(&fault)
                );
            }
        }
        self.app.desk.nudges.all();
        info!(
            added = reconciled.added,
            removed = reconciled.removed,
            sources = reconciled.sources,
            "configuration reloaded: {} sources, {} added, {} removed",
            reconciled.sources,
            reconciled.added,
            reconciled.removed
        );
        Ok(())
    }

    /// Makes a source due, unless it is gone: that one waits until somebody asks for it.
    async fn poll_soon(&self, source: &SourceId) -> Result<(), StoreError> {
        let desk = &self.app.desk;
        let state = desk.store.source(source).await?;
        if state.is_some_and(|it| it.next_poll.is_some()) {
            desk.store.poll_now(source, desk.clock.now()).await?;
        }
        Ok(())
    }

    /// Runs until told to stop; an error means that a root task ended by itself.
    pub async fn wait(&mut self) -> anyhow::Result<()> {
        tokio::select! {
            () = self.stop.cancelled() => Ok(()),
            Some(end) = self.tasks.next() => {
                if self.stop.is_cancelled() { return Ok(()); }
                match end.outcome {
                    Ok(Err(fault)) => Err(fault).context("cannot go on"),
                    Ok(Ok(())) => anyhow::bail!("the task `{}` ended by itself", end.name),
                    Err(panic) => Err(panic).context(format!("the task `{}` panicked", end.name)),
                }
            }
            Some(end) = self.server.next() => {
                anyhow::bail!("the HTTP server ended by itself ({:?})", end.outcome)
            }
        }
    }

    /// Stops: no more claims, drain, then the server and the store.
    pub async fn shut_down(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.ready.send_replace(false);
        // The workers drain by themselves for `daemon.grace`; this is for what hangs beyond that.
        let grace = self.app.desk.config().daemon.grace + Duration::from_secs(2);
        for end in self.tasks.drain(grace).await {
            match end.outcome {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => error!("the task `{}` did not end well: {fault}", end.name),
                Err(error) => error!("the task `{}` did not end well: {error}", end.name),
            }
        }
        self.serve_stop.cancel();
        self.server.drain(Duration::from_secs(2)).await;
        self.app
            .desk
            .store
            .close()
            .await
            .context("cannot close the store")?;
        info!("stopped");
        Ok(())
    }
}

fn fetcher(transport: &Arc<dyn Transport>, config: &Config, clock: &Clock) -> Arc<Fetcher> {
    Arc::new(Fetcher::new(
        Arc::clone(transport),
        Arc::new(Hosts::new(&config.fetch)),
        config.fetch.clone(),
        clock.clone(),
    ))
}

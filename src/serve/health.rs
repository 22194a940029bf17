//! Liveness, readiness, metrics and what the daemon is.
//!
//! `/healthz` says that the process answers and nothing else: a supervisor that restarts on it must
//! not restart because a disk is full. `/readyz` asks the store too.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::observe::chain;
use crate::observe::meters::{self, QueueDepth, SearchDepth, Snapshot};
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::Params;
use crate::serve::wire::{AboutBody, stamp};
use crate::store::{Queue, Store};

/// For the store to answer `/readyz`; probes usually give up after a few seconds.
const PING_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the store's answer is taken for its state: each ping is a commit, and whoever may ask
/// for `/readyz`, which is anybody, must not be able to keep the disk busy with it.
const PING_FRESH: Duration = Duration::from_secs(1);

/// What the store last said to a ping, and when.
#[derive(Default)]
pub(super) struct LastPing(Mutex<Option<(Instant, Result<&'static str, &'static str>)>>);

impl LastPing {
    /// Whether the store can be written, in words; who asks meanwhile waits for the same answer.
    async fn ask(&self, store: &dyn Store) -> Result<&'static str, &'static str> {
        let mut last = self.0.lock().await;
        if let Some((at, said)) = *last
            && at.elapsed() < PING_FRESH
        {
            return said;
        }
        let said = match tokio::time::timeout(PING_TIMEOUT, store.ping()).await {
            Ok(Ok(())) => match store.set_aside().await {
                // It works, and an operator who looks here is told that something is to be done.
                Ok(aside) if !aside.is_empty() => Ok(
                    "ready, but a damaged store was set aside and what it held is missing: \
                     see the log\n",
                ),
                Ok(_) | Err(_) => Ok("ready\n"),
            },
            Ok(Err(error)) => {
                tracing::warn!("not ready: {}", chain(&error));
                Err("the store cannot be written; the log says why")
            }
            Err(_) => Err("the store does not answer"),
        };
        *last = Some((Instant::now(), said));
        said
    }
}

pub(super) async fn live() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(context): State<Context>) -> Result<&'static str, Problem> {
    let not_ready = |why: &str| Problem::new(Kind::NotReady, why);
    if !*context.state.ready.borrow() {
        return Err(not_ready("it is starting or stopping"));
    }
    let store = context.state.store.as_ref();
    context.ping.ask(store).await.map_err(not_ready)
}

pub(super) async fn metrics(State(context): State<Context>) -> Result<Response, Problem> {
    let store = &context.state.store;
    let stats = store.stats().await?;
    let endpoints = store.endpoints().await?;
    let subscriptions = store.subscriptions().await?;
    let now = context.state.clock.now();
    let mut lags = Vec::new();
    for (name, queue) in [
        ("polls", Queue::Polls),
        ("visits", Queue::Visits),
        ("deliveries", Queue::Deliveries),
    ] {
        let due = store.next_due(queue).await?.unwrap_or(now);
        // What falls due later has no age yet.
        let lag = Duration::try_from(now.duration_since(due)).unwrap_or_default();
        lags.push((name, lag));
    }
    let snapshot = Snapshot {
        sources: stats.source_states,
        queues: endpoints
            .into_iter()
            .map(|endpoint| QueueDepth {
                endpoint: endpoint.name,
                health: endpoint.health,
                waiting: endpoint.waiting,
                retrying: endpoint.retrying,
                failed: endpoint.failed,
            })
            .collect(),
        lags,
        subscriptions: (subscriptions.into_iter())
            .map(|subscription| subscription.standing)
            .collect(),
        store_bytes: stats.bytes,
        store_live_bytes: stats.live_bytes,
        store_set_aside: stats.set_aside.len() as u64,
        articles: stats.articles,
        visits: stats.visits_due,
        search: (context.state.search.as_ref()).map(|search| {
            let standing = search.standing();
            SearchDepth {
                ready: standing.complete && standing.trouble.is_none(),
                articles: standing.articles,
                behind: standing.behind(stats.articles),
                bytes: standing.bytes,
            }
        }),
    };
    let text = context.state.meters.encode(&snapshot);
    Ok(([(header::CONTENT_TYPE, meters::CONTENT_TYPE)], text).into_response())
}

pub(super) async fn about(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<AboutBody>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let stats = context.state.store.stats().await?;
    let about = &context.state.about;
    Ok(Json(AboutBody {
        version: about.version,
        listen: about.listen.to_string(),
        store: stats.engine,
        started: stamp(about.started),
        sources: stats.sources,
        articles: stats.articles,
        search: (context.state.search.as_ref())
            .map(|search| crate::serve::wire::search(search.standing(), stats.articles)),
    }))
}

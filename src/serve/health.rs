//! Liveness, readiness, metrics and what the daemon is.
//!
//! `/healthz` says that the process answers and nothing else: a supervisor that restarts on it must
//! not restart because a disk is full. `/readyz` asks the store too.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::observe::chain;
use crate::observe::meters::{self, QueueDepth, Snapshot};
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::Params;
use crate::serve::wire::{AboutBody, stamp};

/// For the store to answer `/readyz`; probes usually give up after a few seconds.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn live() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(context): State<Context>) -> Result<&'static str, Problem> {
    let not_ready = |why: &str| Problem::new(Kind::NotReady, why);
    if !*context.state.ready.borrow() {
        return Err(not_ready("it is starting or stopping"));
    }
    match tokio::time::timeout(PING_TIMEOUT, context.state.store.ping()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => {
            let chain = chain(&error);
            tracing::warn!("not ready: {chain}");
            Err(not_ready("the store cannot be written; the log says why"))
        }
        Err(_) => Err(not_ready("the store does not answer")),
    }
}

pub(super) async fn metrics(State(context): State<Context>) -> Result<Response, Problem> {
    let store = &context.state.store;
    let stats = store.stats().await?;
    let sources = store.sources().await?;
    let endpoints = store.endpoints().await?;
    let snapshot = Snapshot {
        sources: sources.iter().map(|source| source.health).collect(),
        queues: endpoints
            .into_iter()
            .map(|endpoint| QueueDepth {
                endpoint: endpoint.name,
                waiting: endpoint.waiting,
                retrying: endpoint.retrying,
                failed: endpoint.failed,
            })
            .collect(),
        store_bytes: stats.bytes,
        articles: stats.articles,
        visits: stats.visits_due,
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
    }))
}

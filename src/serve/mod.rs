//! What is seen over HTTP: the API, the event stream, the republished feeds, health, metrics and
//! the dashboard.
//!
//! Everything shown is read from the store at the moment of asking; no handler keeps state. A
//! request can make work due (poll, retry, enable, test) but does none of it itself. Nothing but
//! `/healthz` and `/readyz` answers without the token where one is set (`guard`), and a web page
//! in somebody's browser cannot drive a daemon that listens on loopback without one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::observe::meters::Meters;
use crate::search::Search;
use crate::serve::credentials::Sessions;
use crate::serve::tries::Tries;
use crate::store::Store;

mod articles;
mod backup;
mod credentials;
mod deliveries;
mod endpoints;
mod events;
mod explain;
mod feed_known;
mod feed_links;
mod feeds;
mod guard;
mod health;
pub mod listener;
mod markup;
mod openapi;
mod operations;
mod pages;
mod problem;
mod query;
pub mod reextract;
mod replay;
mod search;
mod shape;
mod sift;
mod sources;
mod tries;
pub mod websub;
pub mod wire;

/// Bytes of a request's body.
const MAX_BODY: usize = 64 * 1024;

/// What the handlers are given. Cloning is cheap.
#[derive(Clone)]
pub struct ServeState {
    /// Where all that is shown stands.
    pub store: Arc<dyn Store>,
    /// Finds articles by their words, where an index is kept.
    pub search: Option<Arc<Search>>,
    /// Shown at `/metrics`.
    pub meters: Arc<Meters>,
    /// The configuration in force: token, endpoints, outlets.
    pub config: watch::Receiver<Arc<Config>>,
    /// Wall time.
    pub clock: Clock,
    /// What `/api/v1/about` says.
    pub about: About,
    /// Whether the daemon takes part in the work: false while it starts and while it drains.
    pub ready: watch::Receiver<bool>,
    /// Wakes the workers, because something was made due.
    pub nudge: Arc<dyn Fn() + Send + Sync>,
    /// Ends the event streams, which would otherwise never end.
    pub stop: CancellationToken,
}

/// The daemon's own particulars.
#[derive(Clone, Debug)]
pub struct About {
    /// Its version.
    pub version: &'static str,
    /// The address in use, with the port that was taken.
    pub listen: SocketAddr,
    /// When it started.
    pub started: Timestamp,
}

/// The state, and what all requests share.
struct Shared {
    state: ServeState,
    streams: Arc<Semaphore>,
    openapi: Bytes,
    ping: health::LastPing,
    sessions: Sessions,
    tries: Tries,
    /// Held while articles are read anew.
    rereading: Arc<Semaphore>,
}

type Context = Arc<Shared>;

/// The whole service.
pub fn router(state: ServeState) -> Router {
    let shared = Arc::new(Shared {
        state,
        streams: Arc::new(Semaphore::new(events::MAX_STREAMS)),
        openapi: openapi::document(),
        ping: health::LastPing::default(),
        sessions: Sessions::default(),
        tries: Tries::default(),
        rereading: Arc::new(Semaphore::new(1)),
    });
    let mut router = Router::new();
    for (path, handlers) in routes().into_iter().chain(pages::routes()) {
        router = router.route(path, handlers);
    }
    router
        .fallback(problem::no_such_address)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::watch))
        .with_state(shared)
}

/// Every address that programs ask, with its methods; a test holds the API's description against this table.
fn routes() -> Vec<(&'static str, MethodRouter<Context>)> {
    vec![
        ("/healthz", get(health::live)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(health::metrics)),
        ("/api/openapi.json", get(openapi::show)),
        ("/api/v1/about", get(health::about)),
        ("/api/v1/articles", get(articles::list)),
        ("/api/v1/articles/{id}", get(articles::show)),
        ("/api/v1/articles/{id}/revisions", get(articles::revisions)),
        ("/api/v1/sources", get(sources::list)),
        ("/api/v1/sources/{id}", get(sources::show)),
        ("/api/v1/sources/{id}/poll", post(sources::poll)),
        ("/api/v1/deliveries", get(deliveries::list)),
        ("/api/v1/deliveries/retry", post(deliveries::retry_failed)),
        ("/api/v1/deliveries/{id}", get(deliveries::show)),
        ("/api/v1/deliveries/{id}/retry", post(deliveries::retry)),
        ("/api/v1/endpoints", get(endpoints::list)),
        ("/api/v1/endpoints/{name}", get(endpoints::show)),
        ("/api/v1/endpoints/{name}/explain", get(explain::explain)),
        ("/api/v1/endpoints/{name}/test", post(endpoints::test)),
        ("/api/v1/endpoints/{name}/enable", post(endpoints::enable)),
        ("/api/v1/endpoints/{name}/disable", post(endpoints::disable)),
        ("/api/v1/endpoints/{name}/replay", post(replay::replay)),
        ("/api/v1/events", get(events::stream)),
        ("/api/v1/re-extract", post(reextract::take)),
        (backup::PATH, get(backup::stream)),
        ("/feeds/{file}", get(feeds::feed)),
    ]
}

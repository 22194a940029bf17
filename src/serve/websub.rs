//! `/websub/{token}`: where hubs ask and push.
//!
//! The one part of the service that others than the operator reach. It answers without the API's token,
//! because hubs have none, and to nobody who does not know a subscription's own: to all others it is
//! an address that is not there, before a byte of a body is read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Semaphore;
use tracing::error;

use crate::observe::chain;
use crate::work::Desk;
use crate::work::push::hear::{self, Taken, Verdict};

/// Pushes read and stored at a time: each may hold `fetch.max_body` in memory.
const AT_A_TIME: usize = 8;
/// For a push to arrive whole and be stored; hubs give up after some seconds, too.
const PATIENCE: Duration = Duration::from_secs(30);
/// When a hub is to try again that could not be heard.
const AGAIN_SECONDS: &str = "30";

struct Hearing {
    desk: Arc<Desk>,
    room: Semaphore,
}

type Context = Arc<Hearing>;

/// The addresses of the subscriptions of `desk`.
pub fn router(desk: Arc<Desk>) -> Router {
    let hearing = Hearing {
        desk,
        room: Semaphore::new(AT_A_TIME),
    };
    Router::new()
        .route("/websub/{token}", get(question).post(news))
        .with_state(Arc::new(hearing))
}

async fn question(
    State(hearing): State<Context>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    match hear::question(&hearing.desk, &token, &query).await {
        // The challenge is somebody else's text: no browser may take it for a page.
        Ok(Verdict::Meant(challenge)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, challenge).into_response()
        }
        Ok(Verdict::Noted) => StatusCode::OK.into_response(),
        Ok(Verdict::NotMeant) => StatusCode::NOT_FOUND.into_response(),
        Err(fault) => {
            error!("cannot keep a subscription: {}", chain(&fault));
            later()
        }
    }
}

async fn news(
    State(hearing): State<Context>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    if !hear::is_known(&hearing.desk, &token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    tokio::time::timeout(PATIENCE, hear_out(&hearing, &token, request))
        .await
        .unwrap_or_else(|_| later())
}

async fn hear_out(hearing: &Hearing, token: &str, request: Request<Body>) -> Response {
    let Ok(_room) = hearing.room.acquire().await else {
        return later();
    };
    let most = usize::try_from(hearing.desk.config().fetch.max_body).unwrap_or(usize::MAX);
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let signature = text(&head.headers, "x-hub-signature");
    let content_type = text(&head.headers, "content-type");
    match hear::news(&hearing.desk, token, signature, content_type, body).await {
        Taken::Done => StatusCode::ACCEPTED.into_response(),
        Taken::Unknown => StatusCode::NOT_FOUND.into_response(),
        Taken::Ending => StatusCode::GONE.into_response(),
        Taken::Later => later(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn later() -> Response {
    let again = [(header::RETRY_AFTER, AGAIN_SECONDS)];
    (StatusCode::SERVICE_UNAVAILABLE, again).into_response()
}

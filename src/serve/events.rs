//! `/api/v1/events`: what the webhooks are told, as server-sent events (WHATWG HTML §9.2).
//!
//! A stream reads the store's events after the last one it sent, so it has no state that a restart
//! could lose: a client that comes back with `Last-Event-ID` misses nothing that the store still
//! keeps (all of that, if the store no longer knows the event). A client that reads slowly slows its own stream only.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse;
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use crate::model::event::FullEvent;
use crate::model::id::EventId;
use crate::observe::chain;
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, bad};
use crate::serve::sift::Sift;
use crate::serve::wire;
use crate::store::Store;

/// Streams at a time: each costs the store a look a second.
pub(super) const MAX_STREAMS: usize = 64;
/// Parameters of the stream.
pub(super) const PARAMETERS: [&str; 5] = ["type", "outlet", "language", "q", "after"];
/// Events read at a time; each may carry a whole article.
const BATCH: usize = 16;
/// Between two looks for news.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Keeps proxies, which cut idle connections after 30 seconds or more, from cutting this one.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a client is told to wait before it comes back.
const COME_BACK_AFTER: Duration = Duration::from_secs(3);

pub(super) async fn stream(
    State(context): State<Context>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let header = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or("?"))
        .filter(|value| !value.is_empty());
    let state = &context.state;
    let after = match header.or(params.text("after")) {
        Some(id) => {
            let wrong = |_| bad("`Last-Event-ID` or `after` must be the id of an event");
            Some(id.parse().map_err(wrong)?)
        }
        None => state.store.last_event().await?,
    };
    let sift = Sift::read(&params)?;
    let permit = context.streams.clone().try_acquire_owned().map_err(|_| {
        Problem::new(
            Kind::TooManyStreams,
            format!("{MAX_STREAMS} streams are open; close one or try later"),
        )
    })?;
    let events = tail(Tail {
        store: state.store.clone(),
        after,
        sift,
        passed_over: false,
        read: VecDeque::new(),
        stop: state.stop.clone(),
        _permit: permit,
    });
    Ok(sse::Sse::new(events)
        .keep_alive(sse::KeepAlive::new().interval(HEARTBEAT))
        .into_response())
}

/// Where a stream stands.
struct Tail {
    store: Arc<dyn Store>,
    /// The last event looked at; `None` while the store has had none at all.
    after: Option<EventId>,
    sift: Sift,
    /// Whether `after` was not sent, because the client did not ask for it.
    passed_over: bool,
    read: VecDeque<FullEvent>,
    stop: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

fn tail(tail: Tail) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send {
    let mut greeting = sse::Event::default()
        .retry(COME_BACK_AFTER)
        .comment("wireroom");
    // A client that is cut off before its first event comes back to here.
    if let Some(place) = tail.after {
        greeting = greeting.id(place.to_string());
    }
    let first = stream::once(async move { Ok(greeting) });
    futures_util::StreamExt::chain(first, stream::unfold(tail, next))
}

async fn next(mut tail: Tail) -> Option<(Result<sse::Event, Infallible>, Tail)> {
    loop {
        if tail.stop.is_cancelled() {
            return None;
        }
        while let Some(event) = tail.read.pop_front() {
            tail.after = Some(event.id);
            tail.passed_over = !tail.sift.takes(&event);
            if !tail.passed_over {
                return Some((Ok(message(&event)), tail));
            }
        }
        if let Some(place) = tail.after.filter(|_| std::mem::take(&mut tail.passed_over)) {
            return Some((Ok(mark(place)), tail));
        }
        match tail.store.events(tail.after, BATCH).await {
            Ok(events) if events.is_empty() => {
                tokio::select! {
                    () = tail.stop.cancelled() => return None,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
            Ok(events) => tail.read = events.into(),
            Err(error) => {
                // The client comes back by itself and goes on where it stood.
                let chain = chain(&error);
                tracing::warn!("an event stream ended: {chain}");
                return None;
            }
        }
    }
}

/// An id without data: the client takes it as its place and is told nothing (WHATWG HTML §9.2.6), so
/// that it comes back to where it was and not to the last event that it asked for.
fn mark(place: EventId) -> sse::Event {
    sse::Event::default().id(place.to_string())
}

fn message(event: &FullEvent) -> sse::Event {
    sse::Event::default()
        .id(event.id.to_string())
        .event(event.kind.as_str())
        .data(wire::event(event).to_string())
}

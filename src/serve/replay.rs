//! `/api/v1/endpoints/{name}/replay`: everything since a time or an article, once more.
//!
//! A request does a part of the work and says where to go on, so that none takes longer than a browser or
//! a proxy waits.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use jiff::Timestamp;

use crate::model::id::{ArticleId, EndpointName, EventId};
use crate::serve::Context;
use crate::serve::articles;
use crate::serve::endpoints::configured;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, bad, cursor_text};
use crate::serve::wire::ReplayBody;
use crate::store::Cursor;
use crate::work::replay::{self, Mode, Span};

/// Its parameters.
pub(super) const PARAMETERS: [&str; 4] = ["since", "article", "dry_run", "cursor"];

pub(super) async fn replay(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<ReplayBody>), Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let state = &context.state;
    let config = state.config.borrow().clone();
    let endpoint = configured(&config, &EndpointName::new(name))?;
    let mode = match params.text("dry_run") {
        None | Some("false") => Mode::Told,
        Some("true") => Mode::Rehearsed,
        Some(_) => return Err(bad("`dry_run` must be true or false")),
    };
    let since = match (params.time("since")?, params.id::<ArticleId>("article")?) {
        (Some(since), None) => since,
        (None, Some(article)) => articles::find(&context, &article.to_string()).await?.stored,
        (Some(since), Some(article)) => {
            let stored = articles::find(&context, &article.to_string()).await?.stored;
            since.max(stored)
        }
        (None, None) => {
            return Err(Problem::new(
                Kind::NotFound,
                "there is nothing to begin with: give `since`, a time, or `article`, the id of an article",
            ));
        }
    };
    let now = state.clock.now();
    let mut span = Span {
        since,
        until: now,
        after: None,
    };
    if let Some(cursor) = params.cursor()? {
        (span.until, span.after) = place(&cursor)?;
    }
    let part = replay::part(&*state.store, endpoint, span, now, mode).await?;
    if mode == Mode::Told {
        (state.nudge)();
        let (told, name) = (part.done.told, &endpoint.name);
        tracing::info!(endpoint = %name, told, "{told} events are told again to {name}");
    }
    let next = part.next.map(|last| cursor_text(&cursor(span.until, last)));
    let body = ReplayBody {
        replayed: part.done.told,
        waiting: part.done.waiting,
        held_back: part.done.held_back,
        dry_run: mode == Mode::Rehearsed,
        next,
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// The last event that was looked at, and when the replay began.
fn cursor(until: Timestamp, last: EventId) -> Cursor {
    let mut bytes = until.as_nanosecond().to_be_bytes().to_vec();
    bytes.extend_from_slice(last.0.as_bytes());
    Cursor(bytes)
}

/// Reads a cursor, which comes from outside.
fn place(cursor: &Cursor) -> Result<(Timestamp, Option<EventId>), Problem> {
    let read = || {
        let (until, last) = cursor.0.split_first_chunk::<16>()?;
        let until = Timestamp::from_nanosecond(i128::from_be_bytes(*until)).ok()?;
        let last = uuid::Uuid::from_slice(last).ok()?;
        Some((until, Some(EventId(last))))
    };
    read().ok_or_else(|| Problem::not_found("cursor", &cursor_text(cursor)))
}

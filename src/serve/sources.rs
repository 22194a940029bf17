//! `/api/v1/sources`: the watched addresses with their health; a poll asked for by hand.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::model::id::{OutletName, SourceId};
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::Context;
use crate::serve::problem::Problem;
use crate::serve::query::{MAX_LIMIT, Params, cursor_text};
use crate::serve::wire::{self, List, Source};
use crate::store::{SourceOrder, SourceQuery};

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 4] = ["outlet", "state", "limit", "cursor"];

/// By identifier.
pub(super) async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<Source>>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let state = params.one_of("state", &SourceHealth::ALL, SourceHealth::as_str)?;
    let query = SourceQuery {
        outlet: params.text("outlet").map(OutletName::new),
        state,
        order: SourceOrder::Name,
        limit: params.limit_or(MAX_LIMIT)?,
        cursor: params.cursor()?,
    };
    let page = context.state.store.sources_of(query).await?;
    Ok(Json(List {
        items: page.items.iter().map(wire::source).collect(),
        next: page.next.as_ref().map(cursor_text),
    }))
}

pub(super) async fn show(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Source>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    Ok(Json(wire::source(&find(&context, &id).await?)))
}

/// Makes the source due now; the poll itself follows.
pub(super) async fn poll(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<Source>), Problem> {
    Params::parse(query.as_deref(), &[])?;
    poll_now(&context, &id).await?;
    let source = find(&context, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(wire::source(&source))))
}

/// Makes the source due and wakes the workers.
pub(super) async fn poll_now(context: &Context, id: &str) -> Result<(), Problem> {
    let state = &context.state;
    let source = SourceId::new(id);
    state.store.poll_now(&source, state.clock.now()).await?;
    (state.nudge)();
    tracing::info!(source.id = %id, "poll of {id} asked for");
    Ok(())
}

pub(super) async fn find(context: &Context, id: &str) -> Result<SourceState, Problem> {
    let source = context.state.store.source(&SourceId::new(id)).await?;
    source.ok_or_else(|| Problem::not_found("source", id))
}

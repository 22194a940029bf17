//! `/api/v1/sources`: the watched addresses with their health; a poll asked for by hand.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::model::id::SourceId;
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::Context;
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::{self, List, Source};

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 4] = ["outlet", "state", "limit", "cursor"];

/// By identifier; all in one answer unless a limit is given, because there are only as many as the
/// configuration names.
pub(super) async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<Source>>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let state = params.one_of("state", &SourceHealth::ALL, SourceHealth::as_str)?;
    let outlet = params.text("outlet");
    let sources = context.state.store.sources().await?;
    let items: Vec<Source> = sources
        .iter()
        .filter(|source| outlet.is_none_or(|outlet| source.outlet.as_str() == outlet))
        .filter(|source| state.is_none_or(|state| source.health == state))
        .map(wire::source)
        .collect();
    params.part(items, |source| source.id.as_str()).map(Json)
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
    let state = &context.state;
    state
        .store
        .poll_now(&SourceId::new(&id), state.clock.now())
        .await?;
    (state.nudge)();
    tracing::info!(source.id = %id, "poll of {id} asked for");
    let source = find(&context, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(wire::source(&source))))
}

async fn find(context: &Context, id: &str) -> Result<SourceState, Problem> {
    let source = context.state.store.source(&SourceId::new(id)).await?;
    source.ok_or_else(|| Problem::not_found("source", id))
}

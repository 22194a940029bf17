//! `/api/v1/sources`: the watched addresses with their health; a poll asked for by hand.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::model::id::{OutletName, SourceId};
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::Context;
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::{self, List, Source};
use crate::store::{Cursor, SourceQuery};

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
    let after = params
        .cursor()?
        .map(|Cursor(after)| String::from_utf8_lossy(&after).into_owned());
    let query = SourceQuery {
        outlet: params.text("outlet").map(OutletName::new),
        state,
        after: after.map(SourceId::new),
        // One more than is shown, which says whether there are more.
        limit: match params.text("limit") {
            Some(_) => params.limit()? + 1,
            None => usize::MAX,
        },
    };
    let sources = context.state.store.sources_of(query).await?;
    let items: Vec<Source> = sources.iter().map(wire::source).collect();
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

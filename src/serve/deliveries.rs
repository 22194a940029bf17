//! `/api/v1/deliveries`: what was told, to whom, and with what answer; another try asked for by hand.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::model::delivery::{Delivery, DeliveryState};
use crate::model::id::{DeliveryId, EndpointName};
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, cursor_text};
use crate::serve::wire::{self, DeliveryBody, List};
use crate::store::DeliveryQuery;

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 5] = ["state", "endpoint", "article", "limit", "cursor"];

pub(super) async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<DeliveryBody>>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let query = DeliveryQuery {
        state: params.one_of("state", &DeliveryState::ALL, DeliveryState::as_str)?,
        endpoint: params.text("endpoint").map(EndpointName::new),
        article: params.id("article")?,
        limit: params.limit()?,
        cursor: params.cursor()?,
    };
    let page = context.state.store.deliveries(query).await?;
    Ok(Json(List {
        items: page.items.iter().map(wire::delivery).collect(),
        next: page.next.as_ref().map(cursor_text),
    }))
}

pub(super) async fn show(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<DeliveryBody>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    Ok(Json(wire::delivery(&find(&context, &id).await?)))
}

/// Makes a failed or retrying delivery due now; the attempt itself follows.
pub(super) async fn retry(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<DeliveryBody>), Problem> {
    Params::parse(query.as_deref(), &[])?;
    retry_now(&context, &id).await?;
    let after = find(&context, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(wire::delivery(&after))))
}

/// Makes the delivery due, where it can be, and wakes the workers.
pub(super) async fn retry_now(context: &Context, id: &str) -> Result<(), Problem> {
    let before = find(context, id).await?;
    let conflict = |why: &str| Err(Problem::new(Kind::Conflict, why));
    match before.state {
        DeliveryState::Delivered => return conflict("it has been delivered"),
        DeliveryState::Waiting => {
            return conflict("it waits for an earlier one, or its endpoint is disabled");
        }
        DeliveryState::Due => {}
        DeliveryState::Retrying | DeliveryState::Failed => {
            let state = &context.state;
            state.store.retry(before.id, state.clock.now()).await?;
            tracing::info!(delivery.id = %id, "another try of delivery {id} asked for");
        }
    }
    (context.state.nudge)();
    Ok(())
}

pub(super) async fn find(context: &Context, id: &str) -> Result<Delivery, Problem> {
    let missing = || Problem::not_found("delivery", id);
    let key: DeliveryId = id.parse().map_err(|_| missing())?;
    context.state.store.delivery(key).await?.ok_or_else(missing)
}

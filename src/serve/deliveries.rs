//! `/api/v1/deliveries`: what was told, to whom, and with what answer; another try asked for by hand.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::model::delivery::{Delivery, DeliveryState};
use crate::model::id::{DeliveryId, EndpointName};
use crate::serve::Context;
use crate::serve::endpoints::configured;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, cursor_text};
use crate::serve::wire::{self, DeliveryBody, List, RetriedBody};
use crate::store::{Cursor, DeliveryQuery, FailedQuery, Revived};

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
        items: page.items.iter().map(wire::listed).collect(),
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

/// Parameters of the retry of all.
pub(super) const RETRY_PARAMETERS: [&str; 3] = ["since", "endpoint", "cursor"];
/// Deliveries that are revived in one step of the store, and steps of one answer.
const STEP: usize = 200;
const STEPS: usize = 20;

/// Makes deliveries due that were given up, the oldest first; `next` where there may be more.
pub(super) async fn retry_failed(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<RetriedBody>), Problem> {
    let params = Params::parse(query.as_deref(), &RETRY_PARAMETERS)?;
    let endpoint = params.text("endpoint").map(EndpointName::new);
    if let Some(name) = &endpoint {
        configured(&context.state.config.borrow(), name)?;
    }
    let cursor = params.cursor()?;
    let failed = FailedQuery {
        since: params.time("since")?,
        endpoint,
        limit: STEP,
        after: cursor.as_ref().map(delivery_of).transpose()?,
    };
    let revived = revive(&context, failed, STEPS).await?;
    let next = revived.next.map(|id| Cursor(id.0.as_bytes().to_vec()));
    let body = RetriedBody {
        retried: revived.count,
        next: next.as_ref().map(cursor_text),
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

fn delivery_of(cursor: &Cursor) -> Result<DeliveryId, Problem> {
    let id = uuid::Uuid::from_slice(&cursor.0).map(DeliveryId);
    id.map_err(|_| Problem::not_found("cursor", &cursor_text(cursor)))
}

/// Makes all due that were given up, to one endpoint or to all; how many they were.
pub(super) async fn revive_all(
    context: &Context,
    endpoint: Option<EndpointName>,
) -> Result<u64, Problem> {
    let failed = FailedQuery {
        endpoint,
        limit: STEP,
        ..FailedQuery::default()
    };
    Ok(revive(context, failed, usize::MAX).await?.count)
}

async fn revive(
    context: &Context,
    mut failed: FailedQuery,
    steps: usize,
) -> Result<Revived, Problem> {
    let state = &context.state;
    let mut revived = Revived::default();
    // What fails again meanwhile is not met a second time: the walk goes on from where it was.
    for _ in 0..steps {
        let part = state
            .store
            .revive(failed.clone(), state.clock.now())
            .await?;
        revived.count += part.count;
        revived.next = part.next;
        (state.nudge)();
        match part.next {
            Some(next) => failed.after = Some(next),
            None => break,
        }
    }
    let (count, to) = (revived.count, failed.endpoint.as_ref());
    let to = to.map(|name| format!(" to {name}")).unwrap_or_default();
    tracing::info!(
        count,
        "another try of {count} failed deliveries{to} asked for"
    );
    Ok(revived)
}

/// Makes the delivery due, where it can be, and wakes the workers.
pub(super) async fn retry_now(context: &Context, id: &str) -> Result<(), Problem> {
    let before = find(context, id).await?;
    let conflict = |why: &str| Err(Problem::new(Kind::Conflict, why));
    match before.state {
        DeliveryState::Delivered => return conflict("it has been delivered"),
        // It is sent again with all that went with it.
        DeliveryState::Waiting if before.digest.is_some_and(|it| it.delivery.is_some()) => {}
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

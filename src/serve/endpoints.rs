//! `/api/v1/endpoints`: the receivers with their health; a test message; enabling again.
//!
//! What is configured comes from the configuration, how it does from the store. Of an address only
//! scheme and host leave this process.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;

use crate::config::Config;
use crate::config::endpoint::EndpointSpec;
use crate::model::delivery::EndpointState;
use crate::model::event::{Event, EventKind, Subject};
use crate::model::id::{EndpointName, EventId};
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::{self, Endpoint, List, TestSent};
use crate::serve::{Context, ServeState};

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 2] = ["limit", "cursor"];

/// By name; all in one answer unless a limit is given.
pub(super) async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<Endpoint>>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let items = all(&context.state).await?;
    params
        .part(items, |endpoint| endpoint.name.as_str())
        .map(Json)
}

/// Every configured endpoint, by name.
pub(super) async fn all(state: &ServeState) -> Result<Vec<Endpoint>, Problem> {
    let config = state.config.borrow().clone();
    let states = state.store.endpoints().await?;
    let now = state.clock.now();
    let shown = |spec| wire::endpoint(spec, &state_of(state, spec, &states), now);
    Ok(config.endpoints.values().map(shown).collect())
}

/// An endpoint that the store does not know yet (a reload is under way) was never tried.
pub(super) fn state_of(
    state: &ServeState,
    spec: &EndpointSpec,
    states: &[EndpointState],
) -> EndpointState {
    let known = states.iter().find(|known| known.name == spec.name);
    known
        .cloned()
        .unwrap_or_else(|| EndpointState::new(spec.name.clone(), state.clock.now()))
}

pub(super) async fn show(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Endpoint>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    find(&context, &EndpointName::new(name)).await.map(Json)
}

/// Sends the endpoint a `wireroom.test` event, by the same way as every other.
pub(super) async fn test(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<TestSent>), Problem> {
    Params::parse(query.as_deref(), &[])?;
    let event = send_test(&context, EndpointName::new(name)).await?;
    let event = event.to_string();
    Ok((StatusCode::ACCEPTED, Json(TestSent { event })))
}

/// Puts a test message into the endpoint's queue and wakes the workers; the event's identifier.
pub(super) async fn send_test(context: &Context, name: EndpointName) -> Result<EventId, Problem> {
    let state = &context.state;
    configured(&state.config.borrow(), &name)?;
    let now = state.clock.now();
    let event = Event {
        id: EventId::new(now),
        kind: EventKind::Test,
        at: now,
        subject: Subject::Test,
    };
    let id = event.id;
    state.store.announce(event, vec![name.clone()]).await?;
    (state.nudge)();
    tracing::info!(endpoint = %name, "test message to {name} asked for");
    Ok(id)
}

/// Makes a disabled endpoint healthy; what waited for it falls due.
pub(super) async fn enable(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<Endpoint>), Problem> {
    Params::parse(query.as_deref(), &[])?;
    let name = EndpointName::new(name);
    enable_now(&context, &name).await?;
    let endpoint = find(&context, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(endpoint)))
}

/// Enables the endpoint and wakes the workers.
pub(super) async fn enable_now(context: &Context, name: &EndpointName) -> Result<(), Problem> {
    let state = &context.state;
    configured(&state.config.borrow(), name)?;
    state.store.enable(name, state.clock.now()).await?;
    (state.nudge)();
    tracing::info!(endpoint = %name, "endpoint {name} enabled by hand");
    Ok(())
}

pub(super) fn configured<'a>(
    config: &'a Config,
    name: &EndpointName,
) -> Result<&'a EndpointSpec, Problem> {
    let spec = config.endpoints.get(name);
    spec.ok_or_else(|| Problem::not_found("endpoint", name.as_str()))
}

async fn find(context: &Context, name: &EndpointName) -> Result<Endpoint, Problem> {
    let config = context.state.config.borrow().clone();
    let spec = configured(&config, name)?;
    let states = context.state.store.endpoints().await?;
    Ok(wire::endpoint(
        spec,
        &state_of(&context.state, spec, &states),
        context.state.clock.now(),
    ))
}

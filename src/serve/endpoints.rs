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
use crate::notify::route;
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad};
use crate::serve::wire::{self, Endpoint, List, TestSent};
use crate::serve::{Context, ServeState};

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 2] = ["limit", "cursor"];
/// Parameters of disabling.
pub(super) const DISABLE_PARAMETERS: [&str; 1] = ["reason"];
/// Characters of a reason.
const REASON_MAX: usize = 300;

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
        trace: None,
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
    let told = others(state, name, EventKind::EndpointRecovered);
    state.store.enable(name, state.clock.now(), told).await?;
    (state.nudge)();
    tracing::info!(endpoint = %name, "endpoint {name} enabled by hand");
    Ok(())
}

/// Disables the endpoint: nothing is sent to it until it is enabled, and all is kept.
pub(super) async fn disable(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<(StatusCode, Json<Endpoint>), Problem> {
    let params = Params::parse(query.as_deref(), &DISABLE_PARAMETERS)?;
    let name = EndpointName::new(name);
    disable_now(&context, &name, params.text("reason")).await?;
    let endpoint = find(&context, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(endpoint)))
}

/// Disables the endpoint, for a reason that is shown.
pub(super) async fn disable_now(
    context: &Context,
    name: &EndpointName,
    reason: Option<&str>,
) -> Result<(), Problem> {
    let state = &context.state;
    configured(&state.config.borrow(), name)?;
    let why = match reason {
        Some(reason) if reason.chars().count() > REASON_MAX => {
            return Err(bad(format!(
                "`reason` must be at most {REASON_MAX} characters"
            )));
        }
        Some(reason) => format!("disabled by hand: {reason}"),
        None => "disabled by hand".to_owned(),
    };
    let told = others(state, name, EventKind::EndpointDisabled);
    state
        .store
        .disable(name, state.clock.now(), why, told)
        .await?;
    (state.nudge)();
    tracing::info!(endpoint = %name, "endpoint {name} disabled by hand");
    Ok(())
}

/// Who else wants to hear of an endpoint's new health.
fn others(state: &ServeState, name: &EndpointName, kind: EventKind) -> Vec<EndpointName> {
    route::others(state.config.borrow().endpoints.values(), name, kind)
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

//! How an attempt ends: the delivery's next state, its successor, the endpoint's health, and who
//! is told of it.

use crate::model::delivery::{DeliveryState, EndpointHealth};
use crate::model::event::{EndpointSubject, Event, EventKind, Subject};
use crate::model::id::{DeliveryId, EndpointName, EventId};
use crate::store::sled::deliveries::{goes_first, set_state, straighten};
use crate::store::sled::events::append;
use crate::store::sled::keys::{DeliveryKey, EndpointCountKey, EndpointKey};
use crate::store::sled::states::{AttemptRecord, EndpointRecord};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::{Lease, Settled, Settlement, StoreError, Verdict};

/// Attempts of a delivery that are kept.
const ATTEMPTS_MAX: usize = 20;

/// See [`crate::store::Store::settle`].
pub(super) fn settle(
    txn: &mut Txn<'_>,
    lease: &Lease<DeliveryId>,
    settlement: Settlement,
) -> Result<Settled, StoreError> {
    let now = settlement.now;
    let delivery = lease.item;
    let key = DeliveryKey { delivery };
    let Some(mut record) = (txn.get(&key)?)
        .filter(|record| (record.lease).is_some_and(|held| held.token == lease.token))
    else {
        return Err(StoreError::LeaseLost);
    };
    let name = record.endpoint.0.clone();
    let endpoint_key = EndpointKey {
        endpoint: name.clone(),
    };
    let mut endpoint = (txn.get(&endpoint_key)?).unwrap_or_else(|| EndpointRecord::new(now));
    let change = judge(&mut endpoint, &settlement);
    txn.put(&endpoint_key, &endpoint)?;

    let (state, due) = match settlement.verdict {
        Verdict::Delivered => (DeliveryState::Delivered, None),
        // What the endpoint refused together with all others is sent when it is enabled again.
        Verdict::Retry { .. } | Verdict::Failed if settlement.disable.is_some() => {
            (DeliveryState::Retrying, Some(now))
        }
        Verdict::Retry { at } => (DeliveryState::Retrying, Some(at)),
        Verdict::Failed => (DeliveryState::Failed, None),
    };
    record.lease = None;
    record.tries = record.tries.saturating_add(1);
    record
        .attempts
        .push(AttemptRecord::from(settlement.attempt));
    let surplus = record.attempts.len().saturating_sub(ATTEMPTS_MAX);
    record.attempts.drain(..surplus);
    let (state, due) = if due.is_some() && !goes_first(txn, delivery, &record)? {
        (DeliveryState::Waiting, None)
    } else {
        (state, due)
    };
    set_state(txn, delivery, &mut record, state, due)?;
    txn.put(&key, &record)?;
    if let Some(article) = record.article {
        straighten(txn, now, &name, article.0)?;
    }
    if let Some(health) = change {
        let (kind, to) = match health {
            EndpointHealth::Healthy => (EventKind::EndpointRecovered, settlement.alerts.recovered),
            EndpointHealth::Failing => (EventKind::EndpointFailing, settlement.alerts.failing),
            EndpointHealth::Disabled => (EventKind::EndpointDisabled, settlement.alerts.disabled),
        };
        let to: Vec<EndpointName> = to.into_iter().filter(|to| *to != name).collect();
        let event = event(txn, kind, &name, &endpoint, now)?;
        append(txn, event, &to)?;
    }
    let disabled = endpoint.health.0 == EndpointHealth::Disabled;
    Ok(Settled {
        state: record.into_model(delivery, disabled).state,
        endpoint: change,
    })
}

/// Moves the endpoint's health by one attempt; its new health, if that is another.
fn judge(endpoint: &mut EndpointRecord, settlement: &Settlement) -> Option<EndpointHealth> {
    let now = settlement.now;
    let attempt = &settlement.attempt;
    let before = endpoint.health.0;
    if settlement.verdict == Verdict::Delivered {
        endpoint.failures = 0;
        endpoint.last_success = Some(now.into());
        if before == EndpointHealth::Failing {
            endpoint.health = EndpointHealth::Healthy.into();
            endpoint.reason = None;
        }
    } else if settlement.hold_until.is_none() {
        // One that asks for patience is not failing.
        endpoint.failures = endpoint.failures.saturating_add(1);
        if before == EndpointHealth::Healthy && endpoint.failures >= settlement.failing_after.max(1)
        {
            endpoint.health = EndpointHealth::Failing.into();
            endpoint.reason = match (&attempt.error, attempt.status) {
                (Some(error), _) => Some(error.clone()),
                (None, Some(status)) => Some(format!("it answered {status}")),
                (None, None) => None,
            };
        }
    }
    if let Some(why) = &settlement.disable
        && before != EndpointHealth::Disabled
    {
        endpoint.health = EndpointHealth::Disabled.into();
        endpoint.reason = Some(why.clone());
    }
    if let Some(until) = settlement.hold_until {
        let held = endpoint.held_until.map_or(until, |held| held.0.max(until));
        endpoint.held_until = Some(Text(held));
    }
    if endpoint.health.0 == before {
        return None;
    }
    endpoint.since = now.into();
    Some(endpoint.health.0)
}

fn event(
    txn: &Txn<'_>,
    kind: EventKind,
    name: &EndpointName,
    endpoint: &EndpointRecord,
    now: jiff::Timestamp,
) -> Result<Event, StoreError> {
    let counts = txn.get(&EndpointCountKey {
        endpoint: name.clone(),
    })?;
    let state = (endpoint.clone()).into_model(name.clone(), counts.unwrap_or_default());
    Ok(Event {
        id: EventId::new(now),
        kind,
        at: now,
        subject: Subject::Endpoint(EndpointSubject {
            name: state.name,
            state: state.health.as_str().to_owned(),
            reason: state.reason,
            since: state.since,
            waiting: state.waiting,
            failed: state.failed,
        }),
    })
}

//! How an attempt ends: the delivery's next state, its successor, the endpoint's health, and who
//! is told of it.

use jiff::SignedDuration;

use crate::model::delivery::{DeliveryState, EndpointHealth};
use crate::model::event::EventKind;
use crate::model::id::DeliveryId;
use crate::store::sled::deliveries::{goes_first, set_state, straighten};
use crate::store::sled::digests::follow;
use crate::store::sled::gate::tell;
use crate::store::sled::keys::{DeliveryKey, EndpointKey};
use crate::store::sled::states::{AttemptRecord, EndpointRecord};
use crate::store::sled::text::{Text, bare};
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
    record.tried(settlement.attempt.at, !is_put_off(&settlement));
    record.keep_refused(
        settlement
            .refused
            .filter(|_| state == DeliveryState::Failed),
    );
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
    follow(txn, now, delivery, &record)?;
    if let Some(article) = record.article {
        straighten(txn, now, &name, article.0)?;
    }
    if let Some(health) = change {
        let (kind, to) = match health {
            EndpointHealth::Healthy => (EventKind::EndpointRecovered, settlement.alerts.recovered),
            EndpointHealth::Failing => (EventKind::EndpointFailing, settlement.alerts.failing),
            EndpointHealth::Disabled => (EventKind::EndpointDisabled, settlement.alerts.disabled),
        };
        let trace = bare(record.trace);
        tell(txn, (kind, trace), &name, &endpoint, now, &to)?;
    }
    let disabled = endpoint.health.0 == EndpointHealth::Disabled;
    Ok(Settled {
        state: record.into_model(delivery, disabled).state,
        endpoint: change,
    })
}

/// Whether the receiver named the time of the next try itself.
fn is_put_off(settlement: &Settlement) -> bool {
    settlement.hold_until.is_some() && matches!(settlement.verdict, Verdict::Retry { .. })
}

/// Moves the endpoint's health by one attempt; its new health, if that is another.
fn judge(endpoint: &mut EndpointRecord, settlement: &Settlement) -> Option<EndpointHealth> {
    let now = settlement.now;
    let attempt = &settlement.attempt;
    let before = endpoint.health.0;
    if settlement.verdict == Verdict::Delivered {
        endpoint.failures = 0;
        endpoint.failing_since = None;
        endpoint.last_success = Some(now.into());
        if before == EndpointHealth::Failing {
            endpoint.health = EndpointHealth::Healthy.into();
            endpoint.reason = None;
        }
    } else if !is_put_off(settlement) {
        // One that asks for patience is not failing.
        endpoint.failures = endpoint.failures.saturating_add(1);
        let since = endpoint.failing_since.get_or_insert(now.into()).0;
        if before == EndpointHealth::Healthy && endpoint.failures >= settlement.failing_after.max(1)
        {
            endpoint.health = EndpointHealth::Failing.into();
            endpoint.reason = match (&attempt.error, attempt.status) {
                (Some(error), _) => Some(error.clone()),
                (None, Some(status)) => Some(format!("it answered {status}")),
                (None, None) => None,
            };
        }
        // Two lone failures with a quiet week between them are no week of failures.
        if endpoint.health.0 == EndpointHealth::Failing
            && let Some(longest) = settlement.disable_after
            && now.duration_since(since)
                >= SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX)
        {
            let last = attempt.error.as_deref().unwrap_or("no reason is known");
            endpoint.health = EndpointHealth::Disabled.into();
            endpoint.reason = Some(format!(
                "nothing but failures since {}; the last: {last}",
                since.strftime("%Y-%m-%d %H:%M UTC")
            ));
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

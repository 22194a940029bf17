//! Who is sent anything at all: endpoints disabled and enabled by hand, and the events of their health.

use jiff::Timestamp;

use crate::model::delivery::EndpointHealth;
use crate::model::event::{EndpointSubject, Event, EventKind, Subject};
use crate::model::id::{EndpointName, EventId};
use crate::model::trace::TraceId;
use crate::store::StoreError;
use crate::store::sled::deliveries::set_state;
use crate::store::sled::events::append;
use crate::store::sled::keys::{
    DeliveryDueKey, DeliveryKey, EndpointCountKey, EndpointKey, Key as _, after, prefix,
};
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::states::EndpointRecord;
use crate::store::sled::txn::{Read as _, Txn};

/// See [`crate::store::Store::enable`].
///
/// Deliveries are brought forward in several batches, the endpoint's own state last: a crash in
/// between leaves it disabled, and enabling it again goes on. One that only asked for patience
/// (`Retry-After`) is let off that.
pub(super) fn enable(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    now: Timestamp,
    told: &[EndpointName],
) -> Result<(), StoreError> {
    let key = EndpointKey {
        endpoint: endpoint.clone(),
    };
    let mut record = configured(txn, &key)?;
    let was_disabled = record.health.0 == EndpointHealth::Disabled;
    let is_held = record.held_until.is_some_and(|until| until.0 > now);
    if !was_disabled && !is_held {
        return Ok(());
    }
    let line = prefix::<DeliveryDueKey>(&[endpoint]);
    let mut from = after(&prefix::<DeliveryDueKey>(&[endpoint, &now])).unwrap_or_default();
    while let Some(place) = txn.first::<DeliveryDueKey>(&line, from)? {
        let delivery = DeliveryKey {
            delivery: place.delivery,
        };
        if let Some(mut record) = txn.get(&delivery)?
            && !LeaseRecord::is_live(record.lease.as_ref(), now)
        {
            let state = record.state.0;
            set_state(txn, place.delivery, &mut record, state, Some(now))?;
            txn.put(&delivery, &record)?;
        }
        from = place.encode();
        from.push(0);
        txn.breathe()?;
    }
    record.held_until = None;
    if !was_disabled {
        // Whoever knows that the receiver is ready again need not wait for what it once asked.
        return txn.put(&key, &record);
    }
    record.health = EndpointHealth::Healthy.into();
    record.reason = None;
    record.since = now.into();
    record.failures = 0;
    record.failing_since = None;
    txn.put(&key, &record)?;
    tell(
        txn,
        (EventKind::EndpointRecovered, None),
        endpoint,
        &record,
        now,
        told,
    )
}

/// See [`crate::store::Store::disable`]. One that is disabled goes on with its new reason, and nobody is
/// told a second time.
pub(super) fn disable(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    now: Timestamp,
    why: String,
    told: &[EndpointName],
) -> Result<(), StoreError> {
    let key = EndpointKey {
        endpoint: endpoint.clone(),
    };
    let mut record = configured(txn, &key)?;
    let was = record.health.0;
    record.reason = Some(why);
    if was == EndpointHealth::Disabled {
        return txn.put(&key, &record);
    }
    record.health = EndpointHealth::Disabled.into();
    record.since = now.into();
    txn.put(&key, &record)?;
    tell(
        txn,
        (EventKind::EndpointDisabled, None),
        endpoint,
        &record,
        now,
        told,
    )
}

/// An endpoint of the configuration.
pub(super) fn configured(txn: &Txn<'_>, key: &EndpointKey) -> Result<EndpointRecord, StoreError> {
    let record = txn.get(key)?.filter(|record| record.parked.is_none());
    record.ok_or_else(|| StoreError::NotFound {
        what: "endpoint",
        name: key.endpoint.to_string(),
    })
}

/// Tells others of an endpoint's new health, on the trace of what changed it; never itself.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    (kind, trace): (EventKind, Option<TraceId>),
    name: &EndpointName,
    endpoint: &EndpointRecord,
    now: Timestamp,
    to: &[EndpointName],
) -> Result<(), StoreError> {
    let counts = txn.get(&EndpointCountKey {
        endpoint: name.clone(),
    })?;
    let state = (endpoint.clone()).into_model(name.clone(), counts.unwrap_or_default());
    let event = Event {
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
        trace,
    };
    let others: Vec<EndpointName> = to.iter().filter(|to| *to != name).cloned().collect();
    append(txn, event, &others)
}

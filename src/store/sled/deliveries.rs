//! The queue of deliveries: a line for each endpoint, so that one that is down slows no other, and
//! within it a chain for each article, of which the first goes and the others wait.
//!
//! The deliveries of a disabled endpoint keep their places; its line is passed over, and in lists
//! they are shown as waiting.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::delivery::{DeliveryState, EndpointHealth};
use crate::model::id::{ArticleId, DeliveryId, EndpointName};
use crate::store::sled::events::event;
use crate::store::sled::keys::{
    ChainKey, DeliveryDueKey, DeliveryKey, EndpointKey, FailedKey, Key as _, OpenKey, after, prefix,
};
use crate::store::sled::polls::later;
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::states::DeliveryRecord;
use crate::store::sled::txn::{Read, Txn};
use crate::store::{DeliveryJob, Lease, StoreError};

/// The first delivery of each endpoint that has one in the queue.
pub(super) fn heads(read: &impl Read) -> Result<Vec<DeliveryDueKey>, StoreError> {
    let all = prefix::<DeliveryDueKey>(&[]);
    let mut heads = Vec::new();
    let mut from = Some(all.clone());
    while let Some(start) = from
        && let Some(head) = read.first::<DeliveryDueKey>(&all, start)?
    {
        from = after(&prefix::<DeliveryDueKey>(&[&head.endpoint]));
        heads.push(head);
    }
    Ok(heads)
}

/// See [`crate::store::Store::claim_deliveries`].
pub(super) fn claim(
    txn: &mut Txn<'_>,
    now: Timestamp,
    limit: usize,
    ttl: Duration,
    busy: &HashSet<EndpointName>,
) -> Result<Vec<DeliveryJob>, StoreError> {
    let mut due = heads(txn)?;
    due.retain(|head| head.due <= now && !busy.contains(&head.endpoint));
    due.sort_by_key(|head| (head.due, head.delivery));
    let mut jobs = Vec::new();
    for head in due {
        if jobs.len() == limit {
            break;
        }
        let endpoint = txn.get(&EndpointKey {
            endpoint: head.endpoint.clone(),
        })?;
        if endpoint.is_some_and(|endpoint| endpoint.is_open(now)) {
            jobs.extend(first_of_line(txn, now, ttl, head)?);
        }
    }
    Ok(jobs)
}

/// Places of a line that are looked at in one claim: those that only turn out to wait, or to be
/// damaged, make room for the next.
const LOOKS_MAX: usize = 100;

fn first_of_line(
    txn: &mut Txn<'_>,
    now: Timestamp,
    ttl: Duration,
    head: DeliveryDueKey,
) -> Result<Option<DeliveryJob>, StoreError> {
    let line = prefix::<DeliveryDueKey>(&[&head.endpoint]);
    let mut head = Some(head);
    for _ in 0..LOOKS_MAX {
        let Some(place) = head.filter(|head| head.due <= now) else {
            return Ok(None);
        };
        match take(txn, &place, now, later(now, ttl)) {
            Ok(Some(job)) => return Ok(Some(job)),
            Ok(None) => {}
            // One damaged record must not hold up its line for ever; the check reports it.
            Err(StoreError::Corrupt { key, why }) => {
                tracing::error!(
                    "delivery {} is stuck: {key} is damaged: {why}",
                    place.delivery
                );
                txn.remove(&place)?;
            }
            Err(error) => return Err(error),
        }
        head = txn.first(&line, Vec::new())?;
    }
    Ok(None)
}

/// Claims the delivery at a place of the queue. One that must wait for another leaves the queue.
fn take(
    txn: &mut Txn<'_>,
    place: &DeliveryDueKey,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<DeliveryJob>, StoreError> {
    let delivery = place.delivery;
    let key = DeliveryKey { delivery };
    let Some(mut record) = txn.get(&key)? else {
        txn.remove(place)?;
        return Ok(None);
    };
    if !goes_first(txn, delivery, &record)? {
        record.lease = None;
        set_state(txn, delivery, &mut record, DeliveryState::Waiting, None)?;
        txn.put(&key, &record)?;
        if let Some(article) = record.article {
            straighten(txn, now, &record.endpoint.0, article.0)?;
        }
        return Ok(None);
    }
    let Some(event) = event(txn, record.event.0)? else {
        return Err(StoreError::Corrupt {
            key: crate::store::sled::keys::readable(&key.encode()),
            why: format!("its event {} is gone", record.event.0),
        });
    };
    let token = rand::random();
    record.lease = Some(LeaseRecord {
        token,
        until: until.into(),
    });
    set_due(txn, delivery, &mut record, Some(until))?;
    txn.put(&key, &record)?;
    Ok(Some(DeliveryJob {
        lease: Lease {
            item: delivery,
            token,
            until,
        },
        delivery: record.into_model(delivery, false),
        event,
    }))
}

/// Whether no earlier delivery of the same article to the same endpoint is unsettled.
pub(super) fn goes_first(
    txn: &Txn<'_>,
    delivery: DeliveryId,
    record: &DeliveryRecord,
) -> Result<bool, StoreError> {
    let Some(article) = record.article else {
        return Ok(true);
    };
    let chain = prefix::<ChainKey>(&[&record.endpoint.0, &article.0]);
    let first = txn.first::<ChainKey>(&chain, Vec::new())?;
    Ok(first.is_none_or(|first| first.delivery >= delivery))
}

/// Moves a delivery within the queue.
pub(super) fn set_due(
    txn: &mut Txn<'_>,
    delivery: DeliveryId,
    record: &mut DeliveryRecord,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    let key = |record: &DeliveryRecord, due| DeliveryDueKey {
        endpoint: record.endpoint.0.clone(),
        due,
        delivery,
    };
    if let Some(old) = record.due.take() {
        txn.remove(&key(record, old.0))?;
    }
    if let Some(due) = due {
        txn.put(&key(record, due), &())?;
        record.due = Some(due.into());
    }
    Ok(())
}

/// Gives a delivery a state and a place in the queue, with all the keys and counts that follow.
pub(super) fn set_state(
    txn: &mut Txn<'_>,
    delivery: DeliveryId,
    record: &mut DeliveryRecord,
    state: DeliveryState,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (before, was_settled) = (record.state.0, record.is_settled());
    record.state = state.into();
    record.next_attempt = due.map(Into::into);
    set_due(txn, delivery, record, due)?;
    txn.recount(&record.endpoint.0, Some(before), Some(state))?;
    if record.is_settled() != was_settled {
        let chain = record.article.map(|article| ChainKey {
            endpoint: record.endpoint.0.clone(),
            article: article.0,
            delivery,
        });
        if record.is_settled() {
            txn.remove(&OpenKey { delivery })?;
            if let Some(chain) = chain {
                txn.remove(&chain)?;
            }
        } else {
            txn.put(&OpenKey { delivery }, &())?;
            if let Some(chain) = chain {
                txn.put(&chain, &())?;
            }
        }
    }
    if state == DeliveryState::Failed {
        txn.put(&FailedKey { delivery }, &())?;
    } else if before == DeliveryState::Failed {
        txn.remove(&FailedKey { delivery })?;
    }
    Ok(())
}

/// Makes the first of a chain due and lets the second wait. A second that is on its way (the
/// first was revived after it had left) is waited for.
pub(super) fn straighten(
    txn: &mut Txn<'_>,
    now: Timestamp,
    endpoint: &EndpointName,
    article: ArticleId,
) -> Result<(), StoreError> {
    let chain = prefix::<ChainKey>(&[endpoint, &article]);
    let Some(first) = txn.first::<ChainKey>(&chain, Vec::new())? else {
        return Ok(());
    };
    let mut next = first.encode();
    next.push(0);
    if let Some(second) = txn.first::<ChainKey>(&chain, next)? {
        let key = DeliveryKey {
            delivery: second.delivery,
        };
        if let Some(mut record) = txn.get(&key)?
            && record.state.0 != DeliveryState::Waiting
        {
            if LeaseRecord::is_live(record.lease.as_ref(), now) {
                return Ok(());
            }
            record.lease = None;
            set_state(
                txn,
                second.delivery,
                &mut record,
                DeliveryState::Waiting,
                None,
            )?;
            txn.put(&key, &record)?;
        }
    }
    let key = DeliveryKey {
        delivery: first.delivery,
    };
    if let Some(mut record) = txn.get(&key)?
        && record.state.0 == DeliveryState::Waiting
    {
        let state = if record.tries == 0 {
            DeliveryState::Due
        } else {
            DeliveryState::Retrying
        };
        set_state(txn, first.delivery, &mut record, state, Some(now))?;
        txn.put(&key, &record)?;
    }
    Ok(())
}

/// See [`crate::store::Store::retry`].
pub(super) fn retry(
    txn: &mut Txn<'_>,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = DeliveryKey { delivery };
    let Some(mut record) = txn.get(&key)? else {
        return Err(StoreError::NotFound {
            what: "delivery",
            name: delivery.to_string(),
        });
    };
    match record.state.0 {
        DeliveryState::Retrying if LeaseRecord::is_live(record.lease.as_ref(), now) => Ok(()),
        DeliveryState::Retrying => {
            set_state(
                txn,
                delivery,
                &mut record,
                DeliveryState::Retrying,
                Some(now),
            )?;
            txn.put(&key, &record)
        }
        DeliveryState::Failed => {
            // Waiting first: what goes first then falls due, be it this one or an earlier one.
            set_state(txn, delivery, &mut record, DeliveryState::Waiting, None)?;
            if let Some(article) = record.article {
                txn.put(&key, &record)?;
                straighten(txn, now, &record.endpoint.0, article.0)
            } else {
                set_state(
                    txn,
                    delivery,
                    &mut record,
                    DeliveryState::Retrying,
                    Some(now),
                )?;
                txn.put(&key, &record)
            }
        }
        DeliveryState::Waiting | DeliveryState::Due | DeliveryState::Delivered => Ok(()),
    }
}

/// See [`crate::store::Store::enable`].
///
/// Deliveries are brought forward in several batches, the endpoint's own state last: a crash in
/// between leaves it disabled, and enabling it again goes on.
pub(super) fn enable(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = EndpointKey {
        endpoint: endpoint.clone(),
    };
    let Some(mut record) = txn.get(&key)?.filter(|record| record.parked.is_none()) else {
        return Err(StoreError::NotFound {
            what: "endpoint",
            name: endpoint.to_string(),
        });
    };
    if record.health.0 != EndpointHealth::Disabled {
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
    record.health = EndpointHealth::Healthy.into();
    record.reason = None;
    record.since = now.into();
    record.failures = 0;
    record.held_until = None;
    txn.put(&key, &record)
}

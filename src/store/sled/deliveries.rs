//! The queue of deliveries: a line for each endpoint, so that one that is down slows no other, and
//! within it a chain for each article, of which the first goes and the others wait.
//!
//! The deliveries of a disabled endpoint keep their places; its line is passed over, and in lists
//! they are shown as waiting.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::delivery::DeliveryState;
use crate::model::id::{ArticleId, DeliveryId, EndpointName};
use crate::store::sled::digests::{self, Rule};
use crate::store::sled::events::event;
use crate::store::sled::keys::{
    ChainKey, DeliveryDueKey, DeliveryKey, EndpointKey, FailedKey, Key as _, OpenKey, prefix,
};
use crate::store::sled::line::{Place, first_of_line, heads};
use crate::store::sled::polls::later;
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::states::DeliveryRecord;
use crate::store::sled::txn::{Read, Txn};
use crate::store::{DeliveryJob, Lease, StoreError};

impl Place for DeliveryDueKey {
    fn line(&self) -> Vec<u8> {
        prefix::<Self>(&[&self.endpoint])
    }

    fn due(&self) -> Timestamp {
        self.due
    }

    fn shown(&self) -> String {
        format!("delivery {}", self.delivery)
    }
}

/// See [`crate::store::Store::claim_deliveries`].
pub(super) fn claim(
    txn: &mut Txn<'_>,
    now: Timestamp,
    limit: usize,
    ttl: Duration,
    busy: &HashSet<EndpointName>,
) -> Result<Vec<DeliveryJob>, StoreError> {
    let mut due = heads::<DeliveryDueKey>(txn)?;
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
        if let Some(endpoint) = endpoint.filter(|endpoint| endpoint.is_open(now)) {
            let until = later(now, ttl);
            let rule = Rule::of(&endpoint);
            let job = first_of_line(txn, now, head, |txn, place| match &rule {
                Some(rule) => digests::take(txn, place, now, until, rule),
                None => take(txn, place, now, until),
            })?;
            jobs.extend(job);
        }
    }
    Ok(jobs)
}

/// Claims the delivery at a place of the queue. One that must wait for another leaves the queue.
pub(super) fn take(
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
    // Whatever it was to be gathered for: it goes by itself now.
    record.digest = None;
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
            && (record.state.0 != DeliveryState::Waiting || record.is_bound())
        {
            if record.is_bound() || LeaseRecord::is_live(record.lease.as_ref(), now) {
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
        && !record.is_bound()
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

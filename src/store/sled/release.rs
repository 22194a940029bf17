//! Work that a dead daemon left under lease.
//!
//! Only one process can have this store open, so every lease found at the start is a dead owner's:
//! waiting for it to run out would hold the news up for nothing.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::StoreError;
use crate::store::sled::deliveries::set_due;
use crate::store::sled::glance::{self, Place};
use crate::store::sled::keys::{
    DeliveryKey, Key as _, OpenKey, PageKeyed, SourceKey, VisitDueKey, prefix,
};
use crate::store::sled::polls::{later, set_poll};
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::sled::visits::set_visit;

/// No lease is given for longer: the configuration allows an hour, and a clock may have been set.
const LEASE_MAX: Duration = Duration::from_hours(2);

/// See [`crate::store::Store::take_over`].
pub(super) fn take_over(txn: &mut Txn<'_>, now: Timestamp) -> Result<usize, StoreError> {
    Ok(sources(txn, now)? + pages(txn, now)? + deliveries(txn, now)?)
}

fn sources(txn: &mut Txn<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let mut lent = Vec::new();
    for source in glance::sources::<Place>(txn.view()) {
        let (key, place) = source?;
        // A damaged one is nobody's; that it is damaged is said when the sources are reconciled.
        if place.is_ok_and(|place| place.is_lent()) {
            lent.extend(SourceKey::decode(&key));
        }
    }
    let mut released = 0;
    for key in lent {
        let Some(mut record) = sound(txn.get(&key))? else {
            continue;
        };
        record.lease = None;
        set_poll(txn, &key.source, &mut record, Some(now))?;
        txn.put(&key, &record)?;
        txn.breathe()?;
        released += 1;
    }
    Ok(released)
}

fn pages(txn: &mut Txn<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let all = prefix::<VisitDueKey>(&[]);
    // Nobody holds what is due later than any lease ends; most pages wait for a look that is hours ahead.
    let leased = later(now, LEASE_MAX);
    let mut due: Vec<VisitDueKey> = (txn.view().forward(&all, Vec::new()))
        .filter(|key: &Result<VisitDueKey, _>| !key.as_ref().is_ok_and(|key| key.due > leased))
        .collect::<Result<_, _>>()?;
    // The oldest first again, as they were.
    due.sort_by_key(|key| (key.due, key.turn));
    let mut released = 0;
    for VisitDueKey { page, .. } in due {
        let key = PageKeyed { page };
        let Some(mut record) = txn.get(&key)?.filter(|record| record.lease.is_some()) else {
            continue;
        };
        record.lease = None;
        set_visit(txn, page, &mut record, Some(now))?;
        txn.put(&key, &record)?;
        txn.breathe()?;
        released += 1;
    }
    Ok(released)
}

fn deliveries(txn: &mut Txn<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let all = prefix::<OpenKey>(&[]);
    let keys: Vec<OpenKey> = (txn.view().forward(&all, Vec::new())).collect::<Result<_, _>>()?;
    let mut released = 0;
    for OpenKey { delivery } in keys {
        let key = DeliveryKey { delivery };
        let Some(mut record) = txn.get(&key)?.filter(|record| record.lease.is_some()) else {
            continue;
        };
        record.lease = None;
        set_due(txn, delivery, &mut record, Some(now))?;
        txn.put(&key, &record)?;
        txn.breathe()?;
        released += 1;
    }
    Ok(released)
}

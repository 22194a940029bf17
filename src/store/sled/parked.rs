//! Forgetting sources and endpoints that left the configuration long ago and did not come back.
//!
//! An endpoint's waiting deliveries are given up first: they would keep their articles for ever.

use crate::model::delivery::DeliveryState;
use crate::model::id::EndpointName;
use crate::store::sled::deliveries::{set_state, straighten};
use crate::store::sled::digests::follow;
use crate::store::sled::keys::{
    DeliveryDueKey, DeliveryKey, EndpointKey, Key as _, SourceKey, prefix,
};
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::{PruneRule, StoreError};

/// Sources that one call looks at: of a hundred thousand all would take the writer a second.
const LOOKS_MAX: usize = 1_000;

/// Part of [`crate::store::Store::prune`].
pub(super) fn prune(txn: &mut Txn<'_>, rule: &PruneRule) -> Result<(), StoreError> {
    let view = txn.view().clone();
    let from = std::mem::take(&mut txn.sweep().sources);
    let keys = view.forward::<SourceKey>(&prefix::<SourceKey>(&[]), from);
    for (looks, key) in keys.enumerate() {
        let key = key?;
        if looks == LOOKS_MAX {
            // Nothing here is urgent, and the polls wait for the writer meanwhile: the next call goes on.
            txn.sweep().sources = key.encode();
            break;
        }
        let parked = txn.get(&key)?.and_then(|source| source.parked);
        if parked.is_some_and(|since| since.0 < rule.forget_before) {
            txn.remove(&key)?;
            txn.breathe()?;
        }
    }
    for key in view.forward::<EndpointKey>(&prefix::<EndpointKey>(&[]), Vec::new()) {
        let key = key?;
        let parked = txn.get(&key)?.and_then(|endpoint| endpoint.parked);
        if parked.is_some_and(|since| since.0 < rule.forget_before) {
            give_up(txn, &key.endpoint, rule)?;
        }
    }
    Ok(())
}

/// Fails what waits for an endpoint, some of it a call; the next of each chain moves up meanwhile.
fn give_up(txn: &mut Txn<'_>, endpoint: &EndpointName, rule: &PruneRule) -> Result<(), StoreError> {
    let line = prefix::<DeliveryDueKey>(&[endpoint]);
    // Whoever held a lease when the endpoint left lost it long before this.
    let now = rule.before.max(rule.forget_before);
    for _ in 0..rule.limit {
        let Some(place) = txn.first::<DeliveryDueKey>(&line, Vec::new())? else {
            return Ok(());
        };
        let delivery = place.delivery;
        let key = DeliveryKey { delivery };
        let Some(mut record) = txn.get(&key)? else {
            txn.remove(&place)?;
            continue;
        };
        record.lease = None;
        set_state(txn, delivery, &mut record, DeliveryState::Failed, None)?;
        txn.put(&key, &record)?;
        follow(txn, now, delivery, &record)?;
        if let Some(article) = record.article {
            straighten(txn, now, endpoint, article.0)?;
        }
        txn.breathe()?;
    }
    Ok(())
}

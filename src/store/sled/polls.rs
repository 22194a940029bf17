//! The queue of polls: which sources and endpoints there are, and when sources are due.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::id::{EndpointName, Host, SourceId};
use crate::model::source::SourceState;
use crate::store::sled::keys::{EndpointKey, PollDueKey, SourceKey, prefix};
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::states::{EndpointRecord, SourceRecord};
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::{Lease, PollJob, Reconciled, SourceSeed, StoreError};

/// See [`crate::store::Store::reconcile`].
pub(super) fn reconcile(
    txn: &mut Txn<'_>,
    now: Timestamp,
    seeds: Vec<SourceSeed>,
    endpoints: &[EndpointName],
) -> Result<Reconciled, StoreError> {
    let mut done = Reconciled::default();
    let wanted: BTreeSet<SourceId> = seeds.iter().map(|seed| seed.id.clone()).collect();
    done.sources = wanted.len();
    let all = prefix::<SourceKey>(&[]);
    let stored: Vec<SourceKey> =
        (txn.view().forward(&all, Vec::new())).collect::<Result<_, _>>()?;
    for key in stored.iter().filter(|key| !wanted.contains(&key.source)) {
        if let Some(mut record) = sound(txn.get(key))?
            && record.parked.is_none()
        {
            record.parked = Some(now.into());
            record.lease = None;
            set_poll(txn, &key.source, &mut record, None)?;
            txn.put(key, &record)?;
            done.removed += 1;
            txn.breathe()?;
        }
    }
    for seed in seeds {
        done.added += usize::from(adopt(txn, now, seed)?);
        txn.breathe()?;
    }
    reconcile_endpoints(txn, now, endpoints)?;
    Ok(done)
}

/// Makes a seed a source; whether it is new or has come back.
fn adopt(txn: &mut Txn<'_>, now: Timestamp, seed: SourceSeed) -> Result<bool, StoreError> {
    let key = SourceKey {
        source: seed.id.clone(),
    };
    // What is remembered of a source can be found out again.
    let mut record = match sound(txn.get(&key))? {
        Some(record) if record.parked.is_none() => return Ok(false),
        Some(record) => record,
        None => SourceRecord::of(SourceState::new(
            seed.id,
            seed.outlet,
            seed.kind,
            seed.url,
            now,
        )),
    };
    record.parked = None;
    let due = record.next_poll.map(|due| due.0);
    set_poll(txn, &key.source, &mut record, due)?;
    txn.put(&key, &record)?;
    Ok(true)
}

fn reconcile_endpoints(
    txn: &mut Txn<'_>,
    now: Timestamp,
    endpoints: &[EndpointName],
) -> Result<(), StoreError> {
    let wanted: BTreeSet<&EndpointName> = endpoints.iter().collect();
    let all = prefix::<EndpointKey>(&[]);
    let stored: Vec<EndpointKey> =
        (txn.view().forward(&all, Vec::new())).collect::<Result<_, _>>()?;
    for key in stored.iter().filter(|key| !wanted.contains(&key.endpoint)) {
        if let Some(mut record) = sound(txn.get(key))?
            && record.parked.is_none()
        {
            record.parked = Some(now.into());
            txn.put(key, &record)?;
        }
    }
    for endpoint in wanted {
        let key = EndpointKey {
            endpoint: endpoint.clone(),
        };
        match sound(txn.get(&key))? {
            Some(record) if record.parked.is_none() => {}
            Some(record) => txn.put(
                &key,
                &EndpointRecord {
                    parked: None,
                    ..record
                },
            )?,
            None => txn.put(&key, &EndpointRecord::new(now))?,
        }
        txn.breathe()?;
    }
    Ok(())
}

/// Moves a source within the queue.
pub(super) fn set_poll(
    txn: &mut Txn<'_>,
    source: &SourceId,
    record: &mut SourceRecord,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    let key = |due: Timestamp| PollDueKey {
        due,
        source: source.clone(),
    };
    if let Some(old) = record.due.take() {
        txn.remove(&key(old.0))?;
    }
    if let Some(due) = due {
        txn.put(&key(due), &())?;
        record.due = Some(due.into());
    }
    Ok(())
}

/// See [`crate::store::Store::claim_polls`].
pub(super) fn claim(
    txn: &mut Txn<'_>,
    now: Timestamp,
    limit: usize,
    ttl: Duration,
    busy: &HashSet<Host>,
) -> Result<Vec<PollJob>, StoreError> {
    let mut jobs = Vec::new();
    let mut hosts = busy.clone();
    let until = later(now, ttl);
    let all = prefix::<PollDueKey>(&[]);
    for due in txn.view().clone().forward::<PollDueKey>(&all, Vec::new()) {
        let due = due?;
        if due.due > now || jobs.len() == limit {
            break;
        }
        let key = SourceKey { source: due.source };
        let mut record = match txn.get(&key) {
            Ok(Some(record)) if record.due.is_some_and(|at| at.0 == due.due) => record,
            Ok(_) => continue,
            // One damaged record must not keep all others from being claimed.
            Err(StoreError::Corrupt { key: name, why }) => {
                tracing::error!(
                    "source {} is not polled: {name} is damaged: {why}",
                    key.source
                );
                continue;
            }
            Err(error) => return Err(error),
        };
        let state = record.clone().into_model(key.source.clone());
        if !hosts.insert(Host::of(state.address())) {
            continue;
        }
        let token = rand::random();
        record.lease = Some(LeaseRecord {
            token,
            until: until.into(),
        });
        set_poll(txn, &key.source, &mut record, Some(until))?;
        txn.put(&key, &record)?;
        jobs.push(PollJob {
            lease: Lease {
                item: key.source,
                token,
                until,
            },
            state,
        });
    }
    Ok(jobs)
}

/// `now` plus `wait`, at the end of time at the latest.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// See [`crate::store::Store::poll_now`].
pub(super) fn poll_now(
    txn: &mut Txn<'_>,
    source: &SourceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = SourceKey {
        source: source.clone(),
    };
    let Some(mut record) = txn.get(&key)?.filter(|record| record.parked.is_none()) else {
        return Err(StoreError::NotFound {
            what: "source",
            name: source.to_string(),
        });
    };
    // Somebody is at it right now: a second poll beside that one would be one too many.
    if LeaseRecord::is_live(record.lease.as_ref(), now) {
        return Ok(());
    }
    record.next_poll = Some(now.into());
    set_poll(txn, source, &mut record, Some(now))?;
    txn.put(&key, &record)
}

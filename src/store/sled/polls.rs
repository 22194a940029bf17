//! The queue of polls: which sources and endpoints there are, and when sources are due.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::id::{EndpointName, Host, SourceId};
use crate::model::source::SourceState;
use crate::store::sled::glance::{self, Place};
use crate::store::sled::keys::{EndpointKey, Key as _, PollDueKey, SourceKey, prefix};
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::states::{EndpointRecord, SourceRecord};
use crate::store::sled::txn::{Read as _, Txn, corrupt, sound};
use crate::store::{Lease, PollJob, Reconciled, SourceSeed, StoreError};

/// Sources of busy hosts that one claim passes over and leaves where they are.
const PASSED_OVER: u32 = 64;
/// Sources of busy hosts that one claim looks at in all.
const PASSED_OVER_MAX: u32 = 1_000;
/// How far back the others are moved: the least, and each behind the one before.
const ASIDE: Duration = Duration::from_secs(1);
const ASIDE_STEP: Duration = Duration::from_millis(10);

/// See [`crate::store::Store::reconcile`].
pub(super) fn reconcile(
    txn: &mut Txn<'_>,
    now: Timestamp,
    mut seeds: Vec<SourceSeed>,
    endpoints: &[EndpointName],
) -> Result<Reconciled, StoreError> {
    // In the order of the pass below, beside which they are led: a map of a hundred thousand would
    // weigh more than they do.
    seeds.sort_by_cached_key(stored_key);
    seeds.dedup_by(|seed, other| seed.id == other.id);
    let mut done = Reconciled {
        sources: seeds.len(),
        ..Reconciled::default()
    };
    let mut seeds = seeds.into_iter().peekable();
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    for source in glance::sources::<Place>(txn.view()) {
        let (key, place) = source?;
        while let Some(new) = seeds.next_if(|seed| *stored_key(seed) < *key) {
            back.push(new);
        }
        let wanted = seeds.next_if(|seed| *stored_key(seed) == *key);
        let is_parked = match place {
            Ok(place) => Some(place.is_parked()),
            Err(damage) => {
                tracing::error!("{}", corrupt(&key, damage));
                None
            }
        };
        match (wanted, is_parked) {
            (Some(_), Some(false)) | (None, Some(true) | None) => {}
            // What is remembered of a source can be found out again, if it is damaged.
            (Some(seed), Some(true) | None) => back.push(seed),
            (None, Some(false)) => gone.extend(SourceKey::decode(&key)),
        }
    }
    for key in gone {
        if let Some(mut record) = sound(txn.get(&key))? {
            record.parked = Some(now.into());
            record.lease = None;
            set_poll(txn, &key.source, &mut record, None)?;
            txn.put(&key, &record)?;
            done.removed += 1;
            txn.breathe()?;
        }
    }
    for seed in back.into_iter().chain(seeds) {
        adopt(txn, now, seed)?;
        done.added += 1;
        txn.breathe()?;
    }
    reconcile_endpoints(txn, now, endpoints)?;
    Ok(done)
}

/// The key of a seed's source, as it is stored.
fn stored_key(seed: &SourceSeed) -> Vec<u8> {
    let source = seed.id.clone();
    SourceKey { source }.encode()
}

/// Makes a seed that is new, or has come back, a source.
fn adopt(txn: &mut Txn<'_>, now: Timestamp, seed: SourceSeed) -> Result<(), StoreError> {
    let key = SourceKey {
        source: seed.id.clone(),
    };
    let mut record = sound(txn.get(&key))?.unwrap_or_else(|| {
        SourceRecord::of(SourceState::new(
            seed.id,
            seed.outlet,
            seed.kind,
            seed.url,
            now,
        ))
    });
    let is_back = record.parked.take().is_some();
    if is_back && record.next_poll.is_none() {
        // It was gone: who takes it up again wants to know whether it still is.
        record.next_poll = Some(now.into());
    }
    let due = record.next_poll.map(|due| due.0);
    set_poll(txn, &key.source, &mut record, due)?;
    txn.put(&key, &record)
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
    let mut passed_over = 0;
    let all = prefix::<PollDueKey>(&[]);
    for due in txn.view().clone().forward::<PollDueKey>(&all, Vec::new()) {
        let due = due?;
        if due.due > now || jobs.len() == limit {
            break;
        }
        let key = SourceKey { source: due.source };
        let record = match txn.get(&key) {
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
            passed_over += 1;
            if passed_over > PASSED_OVER {
                step_aside(txn, &key, record, now, passed_over)?;
            }
            if passed_over == PASSED_OVER_MAX {
                break;
            }
            continue;
        }
        jobs.push(lend(txn, key, record, state, until)?);
    }
    Ok(jobs)
}

/// Moves a source whose host is busy a little back in the queue, one further than the other: those of a
/// host with thousands of sources would else be looked at in each claim, in front of all others.
fn step_aside(
    txn: &mut Txn<'_>,
    key: &SourceKey,
    mut record: SourceRecord,
    now: Timestamp,
    place: u32,
) -> Result<(), StoreError> {
    let back = later(now, ASIDE + ASIDE_STEP * place);
    set_poll(txn, &key.source, &mut record, Some(back))?;
    txn.put(key, &record)?;
    txn.breathe()
}

/// See [`crate::store::Store::claim_source`].
pub(super) fn claim_one(
    txn: &mut Txn<'_>,
    source: SourceId,
    now: Timestamp,
    ttl: Duration,
) -> Result<Option<PollJob>, StoreError> {
    let key = SourceKey { source };
    let free = |record: &SourceRecord| {
        record.parked.is_none() && !LeaseRecord::is_live(record.lease.as_ref(), now)
    };
    let Some(record) = txn.get(&key)?.filter(free) else {
        return Ok(None);
    };
    let state = record.clone().into_model(key.source.clone());
    lend(txn, key, record, state, later(now, ttl)).map(Some)
}

/// Gives a source away until a time.
fn lend(
    txn: &mut Txn<'_>,
    key: SourceKey,
    mut record: SourceRecord,
    state: SourceState,
    until: Timestamp,
) -> Result<PollJob, StoreError> {
    let token = rand::random();
    record.lease = Some(LeaseRecord {
        token,
        until: until.into(),
    });
    set_poll(txn, &key.source, &mut record, Some(until))?;
    txn.put(&key, &record)?;
    Ok(PollJob {
        lease: Lease {
            item: key.source,
            token,
            until,
        },
        state,
    })
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

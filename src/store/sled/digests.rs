//! Digests: what an endpoint gathers until an hour, and is then told in one message.
//!
//! Until its hour a delivery stands in its endpoint's line as any other, only later. At the hour those that are
//! due are *bound*: a digest is an event that names them, with a delivery of its own, and they wait without a
//! place in the line until that has ended. So a digest is retried, held, given up and taken over from a dead
//! worker as every delivery is, under one identifier and with the same members each time.
//!
//! What was tried by itself before its endpoint gathered, and tests, go by themselves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::config::digest::Every;
use crate::model::delivery::{DeliveryState, InDigest};
use crate::model::event::{DigestSubject, Event, EventKind, Subject};
use crate::model::id::{DeliveryId, EndpointName, EventId};
use crate::schedule::digest::hour;
use crate::store::sled::deliveries::{self, goes_first, set_state, straighten};
use crate::store::sled::events::{event, tell};
use crate::store::sled::keys::{
    ChainKey, DeliveryDueKey, DeliveryKey, EndpointKey, EventKey, EventTurnKey, Key as _, prefix,
};
use crate::store::sled::states::{DeliveryRecord, EndpointRecord, GatherRecord, InDigestRecord};
use crate::store::sled::told::SubjectRecord;
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::{DeliveryJob, Gathering, StoreError};

/// Deliveries of one digest: an article that is corrected all day long is one of its articles and many of these.
const MEMBERS_MAX: usize = 300;

/// Places of a line that are looked at for one digest.
const LOOKS_MAX: usize = 1_000;

/// How an endpoint gathers.
pub(super) struct Rule {
    every: Every,
    most: usize,
}

impl Rule {
    /// `None` where it does not, or where a zone that it names is no longer known: then everything is told by
    /// itself rather than never.
    pub(super) fn of(endpoint: &EndpointRecord) -> Option<Self> {
        let gather = endpoint.gather.as_ref()?;
        Some(Self {
            every: Every::parse(&gather.every, gather.zone.as_deref())?,
            most: gather.most.max(1),
        })
    }
}

/// See [`crate::store::Store::gather`].
pub(super) fn gather(
    txn: &mut Txn<'_>,
    now: Timestamp,
    rules: &[Gathering],
) -> Result<(), StoreError> {
    let all = prefix::<EndpointKey>(&[]);
    let stored: Vec<EndpointKey> =
        (txn.view().forward(&all, Vec::new())).collect::<Result<_, _>>()?;
    for key in stored {
        let rule = rules.iter().find(|rule| rule.endpoint == key.endpoint);
        let rule = rule.map(GatherRecord::of);
        let Some(record) = sound(txn.get(&key))? else {
            continue;
        };
        if record.gather == rule {
            continue;
        }
        // The rule last: after a crash in between this is done again.
        bring_forward(txn, &key.endpoint, now)?;
        let gather = rule;
        txn.put(&key, &EndpointRecord { gather, ..record })?;
    }
    Ok(())
}

/// Makes due what waits for an hour; the next claim finds it another, or sends it.
fn bring_forward(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    now: Timestamp,
) -> Result<(), StoreError> {
    let line = prefix::<DeliveryDueKey>(&[endpoint]);
    let mut from = prefix::<DeliveryDueKey>(&[endpoint, &now]);
    while let Some(place) = txn.first::<DeliveryDueKey>(&line, from)? {
        from = place.encode();
        from.push(0);
        let key = DeliveryKey {
            delivery: place.delivery,
        };
        if let Some(mut record) = sound(txn.get(&key))?
            && is_loose(&record)
            && record.digest.is_some()
        {
            record.digest = None;
            let state = record.state.0;
            set_state(txn, place.delivery, &mut record, state, Some(now))?;
            txn.put(&key, &record)?;
        }
        txn.breathe()?;
    }
    Ok(())
}

/// Whether a delivery is to be gathered where its endpoint gathers.
fn is_loose(record: &DeliveryRecord) -> bool {
    let by_itself = matches!(record.kind.0, EventKind::Digest | EventKind::Test);
    !by_itself && record.tries == 0 && !record.is_settled() && !record.is_bound()
}

/// Claims what goes at a place of a line that gathers: by itself, or bound with others. `None` where it waits.
pub(super) fn take(
    txn: &mut Txn<'_>,
    place: &DeliveryDueKey,
    now: Timestamp,
    until: Timestamp,
    rule: &Rule,
) -> Result<Option<DeliveryJob>, StoreError> {
    let delivery = place.delivery;
    let key = DeliveryKey { delivery };
    let Some(mut record) = txn.get(&key)? else {
        return deliveries::take(txn, place, now, until);
    };
    if !is_loose(&record) || !goes_first(txn, delivery, &record)? || !is_told(txn, &record)? {
        return deliveries::take(txn, place, now, until);
    }
    let at = hour(&rule.every, place.due);
    if at <= now {
        return bind(txn, &place.endpoint, at, now, until, rule);
    }
    record.digest = Some(InDigestRecord::of(InDigest { at, delivery: None }));
    let state = record.state.0;
    set_state(txn, delivery, &mut record, state, Some(at))?;
    txn.put(&key, &record)?;
    txn.breathe()?;
    Ok(None)
}

/// Whether there are words for it.
fn is_told(txn: &Txn<'_>, record: &DeliveryRecord) -> Result<bool, StoreError> {
    Ok(sound(event(txn, record.event.0))?.is_some())
}

/// Makes a digest of what is due, and claims it.
fn bind(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    at: Timestamp,
    now: Timestamp,
    until: Timestamp,
    rule: &Rule,
) -> Result<Option<DeliveryJob>, StoreError> {
    let members = ripe(txn, endpoint, now, rule)?;
    let subject = DigestSubject {
        endpoint: endpoint.clone(),
        members: members.clone(),
    };
    let event = Event {
        id: EventId::new(now),
        kind: EventKind::Digest,
        at: now,
        subject: Subject::Digest(subject),
        // Its members come from polls of their own.
        trace: None,
    };
    let Some(digest) = tell(txn, event, std::slice::from_ref(endpoint))?.pop() else {
        return Ok(None);
    };
    for delivery in members {
        let key = DeliveryKey { delivery };
        if let Some(mut record) = txn.get(&key)? {
            record.digest = Some(InDigestRecord::of(InDigest {
                at,
                delivery: Some(digest),
            }));
            set_state(txn, delivery, &mut record, DeliveryState::Waiting, None)?;
            txn.put(&key, &record)?;
        }
    }
    let place = DeliveryDueKey {
        endpoint: endpoint.clone(),
        due: now,
        delivery: digest,
    };
    deliveries::take(txn, &place, now, until)
}

/// The deliveries whose hour has come, as many as one digest holds: those of one article together.
fn ripe(
    txn: &mut Txn<'_>,
    endpoint: &EndpointName,
    now: Timestamp,
    rule: &Rule,
) -> Result<Vec<DeliveryId>, StoreError> {
    let line = prefix::<DeliveryDueKey>(&[endpoint]);
    let mut from = Vec::new();
    let (mut members, mut entries) = (Vec::new(), 0);
    for _ in 0..LOOKS_MAX {
        let next = txn.first::<DeliveryDueKey>(&line, from)?;
        let Some(place) = next.filter(|place| place.due <= now && entries < rule.most) else {
            break;
        };
        from = place.encode();
        from.push(0);
        let delivery = place.delivery;
        let Some(record) = sound(txn.get(&DeliveryKey { delivery }))? else {
            continue;
        };
        if !is_loose(&record)
            || hour(&rule.every, place.due) > now
            || !goes_first(txn, delivery, &record)?
            || !is_told(txn, &record)?
        {
            continue;
        }
        let chain = chain(txn, delivery, &record)?;
        if !members.is_empty() && members.len() + chain.len() > MEMBERS_MAX {
            break;
        }
        members.extend(chain.into_iter().take(MEMBERS_MAX));
        entries += 1;
    }
    Ok(members)
}

/// A delivery with those that wait for it: what was corrected meanwhile is told as it is now.
fn chain(
    txn: &Txn<'_>,
    delivery: DeliveryId,
    record: &DeliveryRecord,
) -> Result<Vec<DeliveryId>, StoreError> {
    let mut members = vec![delivery];
    let Some(article) = record.article else {
        return Ok(members);
    };
    let chain = prefix::<ChainKey>(&[&record.endpoint.0, &article.0]);
    let mut last = ChainKey {
        endpoint: record.endpoint.0.clone(),
        article: article.0,
        delivery,
    };
    loop {
        let mut from = last.encode();
        from.push(0);
        let Some(next) = txn.first::<ChainKey>(&chain, from)? else {
            return Ok(members);
        };
        let delivery = next.delivery;
        let waits = match sound(txn.get(&DeliveryKey { delivery }))? {
            Some(record) => is_loose(&record) && is_told(txn, &record)?,
            None => false,
        };
        if !waits {
            return Ok(members);
        }
        members.push(delivery);
        last = next;
    }
}

/// The members of a digest, by its event, with the event's place in the log.
fn members(txn: &Txn<'_>, event: EventId) -> Result<Option<(u64, Vec<DeliveryId>)>, StoreError> {
    let Some(turn) = txn.get(&EventTurnKey { event })? else {
        return Ok(None);
    };
    let subject = sound(txn.get(&EventKey { turn }))?.map(|event| event.subject);
    let Some(SubjectRecord::Digest { members, .. }) = subject else {
        return Ok(None);
    };
    let members = members.into_iter().map(|member| member.0).collect();
    Ok(Some((turn, members)))
}

/// Ends the members of a digest as it ended itself, and lets what waits behind them go on.
pub(super) fn follow(
    txn: &mut Txn<'_>,
    now: Timestamp,
    digest: DeliveryId,
    record: &DeliveryRecord,
) -> Result<(), StoreError> {
    if record.kind.0 != EventKind::Digest || !record.is_settled() {
        return Ok(());
    }
    let (_, members) = members(txn, record.event.0)?.unwrap_or_default();
    let mut articles = BTreeSet::new();
    for delivery in members {
        let key = DeliveryKey { delivery };
        let Some(mut member) = sound(txn.get(&key))?.filter(|it| it.is_bound_in(digest)) else {
            continue;
        };
        set_state(txn, delivery, &mut member, record.state.0, None)?;
        txn.put(&key, &member)?;
        articles.extend(member.article.map(|article| article.0));
    }
    for article in articles {
        straighten(txn, now, &record.endpoint.0, article)?;
    }
    Ok(())
}

/// The digest in which a delivery was given up, while there is one.
pub(super) fn given_up(
    txn: &Txn<'_>,
    record: &DeliveryRecord,
) -> Result<Option<DeliveryId>, StoreError> {
    let Some(digest) = record.digest.and_then(|place| place.delivery) else {
        return Ok(None);
    };
    let delivery = digest.0;
    let carrier = sound(txn.get(&DeliveryKey { delivery }))?;
    let failed = carrier.is_some_and(|carrier| carrier.state.0 == DeliveryState::Failed);
    Ok(failed.then_some(delivery))
}

/// Binds the members of a digest that was given up and is tried again.
pub(super) fn revive(
    txn: &mut Txn<'_>,
    digest: DeliveryId,
    record: &DeliveryRecord,
) -> Result<(), StoreError> {
    if record.kind.0 != EventKind::Digest {
        return Ok(());
    }
    let (_, members) = members(txn, record.event.0)?.unwrap_or_default();
    for delivery in members {
        let key = DeliveryKey { delivery };
        if let Some(mut member) = sound(txn.get(&key))?
            && member.state.0 == DeliveryState::Failed
            && member.is_in(digest)
        {
            set_state(txn, delivery, &mut member, DeliveryState::Waiting, None)?;
            txn.put(&key, &member)?;
        }
    }
    Ok(())
}

/// See [`crate::store::Store::trim_digest`].
pub(super) fn trim(
    txn: &mut Txn<'_>,
    digest: DeliveryId,
    token: u64,
    keep: usize,
) -> Result<(), StoreError> {
    let record = txn.get(&DeliveryKey { delivery: digest })?;
    let Some(record) = record.filter(|record| record.lease.is_some_and(|held| held.token == token))
    else {
        return Err(StoreError::LeaseLost);
    };
    let Some((turn, mut members)) = members(txn, record.event.0)? else {
        return Ok(());
    };
    // A digest without members would tell nothing, and lose nothing by it; there is none.
    let rest = members.split_off(keep.max(1).min(members.len()));
    let key = EventKey { turn };
    if let Some(mut event) = txn.get(&key)? {
        event.subject = Subject::Digest(DigestSubject {
            endpoint: record.endpoint.0,
            members,
        })
        .into();
        txn.put(&key, &event)?;
    }
    for delivery in rest {
        release(txn, digest, delivery)?;
    }
    Ok(())
}

/// Gives a member its place in the line back, at its hour, which has come.
fn release(txn: &mut Txn<'_>, digest: DeliveryId, delivery: DeliveryId) -> Result<(), StoreError> {
    let key = DeliveryKey { delivery };
    let Some(mut record) = sound(txn.get(&key))?.filter(|it| it.is_bound_in(digest)) else {
        return Ok(());
    };
    let at = record.digest.take().map(|place| place.at.0);
    if goes_first(txn, delivery, &record)? {
        set_state(txn, delivery, &mut record, DeliveryState::Due, at)?;
        record.digest = at.map(|at| InDigestRecord::of(InDigest { at, delivery: None }));
        return txn.put(&key, &record);
    }
    txn.put(&key, &record)?;
    // What stands before it may have waited for the digest, too: an older one that was told again.
    match (record.article, at) {
        (Some(article), Some(at)) => straighten(txn, at, &record.endpoint.0, article.0),
        (Some(_) | None, _) => Ok(()),
    }
}

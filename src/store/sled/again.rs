//! Telling again: one delivery, all that were given up, or everything to one endpoint.
//!
//! A delivery that is made for an event of the past takes its place among those of its article that are
//! still on their way: what came first goes first, whenever it was asked for.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::model::delivery::{DeliveryState, StoryTerms};
use crate::model::event::EventKind;
use crate::model::id::{ArticleId, DeliveryId, EndpointName};
use crate::store::sled::deliveries::{set_state, straighten};
use crate::store::sled::events::{Line, enqueue};
use crate::store::sled::gate::configured;
use crate::store::sled::keys::{
    ArticleKey, ChainKey, DeliveryKey, EndpointKey, EventKey, EventTurnKey, FailedKey, Key as _,
    RevisionKey, prefix,
};
use crate::store::sled::records::LeaseRecord;
use crate::store::sled::text::bare;
use crate::store::sled::told::{EventRecord, SubjectRecord};
use crate::store::sled::txn::{Read, Txn, sound};
use crate::store::sled::view::View;
use crate::store::sled::{digests, ids, story};
use crate::store::{FailedQuery, Replay, ReplayEvent, Replayed, StoreError};

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
            if let Some(digest) = digests::given_up(txn, &record)? {
                // It may have arrived in it: it goes under the same name again.
                return retry(txn, digest, now);
            }
            digests::revive(txn, delivery, &record)?;
            record.digest = None;
            record.begin_again();
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

/// Failed deliveries that one call looks at, taken or not.
const LOOKS_MAX: usize = 2_000;

/// Deliveries that were given up and that `query` asks for, the oldest first, and where to go on.
pub(super) fn failed(
    view: &View,
    query: &FailedQuery,
) -> Result<(Vec<DeliveryId>, Option<DeliveryId>), StoreError> {
    let all = prefix::<FailedKey>(&[]);
    let from = query.after.map_or_else(Vec::new, |delivery| {
        let mut from = FailedKey { delivery }.encode();
        from.push(0);
        from
    });
    let mut found = Vec::new();
    let mut last = None;
    for (looks, key) in view.forward::<FailedKey>(&all, from).enumerate() {
        let FailedKey { delivery } = key?;
        if found.len() >= query.limit.max(1) || looks == LOOKS_MAX {
            return Ok((found, last));
        }
        last = Some(delivery);
        let Some(record) = sound(view.get(&DeliveryKey { delivery }))? else {
            continue;
        };
        let tried = record.attempts.last().map(|attempt| attempt.at.0);
        if query
            .since
            .is_none_or(|since| tried.is_some_and(|tried| tried >= since))
            && (query.endpoint.as_ref()).is_none_or(|endpoint| record.endpoint.0 == *endpoint)
        {
            found.push(delivery);
        }
    }
    Ok((found, None))
}

/// Revives those of `failed` that are still given up; how many they were. Each stands alone, so that
/// many are several batches.
pub(super) fn revive(
    txn: &mut Txn<'_>,
    failed: &[DeliveryId],
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for &delivery in failed {
        if txn.has(&FailedKey { delivery })? {
            retry(txn, delivery, now)?;
            count += 1;
            txn.breathe()?;
        }
    }
    Ok(count)
}

/// See [`crate::store::Store::replay`]. Each event stands alone, so that many are several batches.
pub(super) fn replay(txn: &mut Txn<'_>, said: &Replay) -> Result<Replayed, StoreError> {
    let key = EndpointKey {
        endpoint: said.endpoint.clone(),
    };
    configured(txn, &key)?;
    let mut replayed = Replayed::default();
    for &event in &said.events {
        let place = match event_at(txn, event)? {
            Some(place) => again(txn, said, event, place)?,
            // Pruned since it was looked for.
            None => continue,
        };
        *match place {
            Place::Told => &mut replayed.told,
            Place::Waiting => &mut replayed.waiting,
            Place::HeldBack => &mut replayed.held_back,
        } += 1;
        if !said.rehearsal {
            txn.breathe()?;
        }
    }
    if said.rehearsal {
        txn.discard();
    }
    Ok(replayed)
}

enum Place {
    Told,
    Waiting,
    HeldBack,
}

fn event_at(
    read: &impl Read,
    event: ReplayEvent,
) -> Result<Option<(u64, EventRecord)>, StoreError> {
    let Some(turn) = read.get(&EventTurnKey { event: event.id })? else {
        return Ok(None);
    };
    Ok(read.get(&EventKey { turn })?.map(|record| (turn, record)))
}

fn again(
    txn: &mut Txn<'_>,
    said: &Replay,
    event: ReplayEvent,
    (turn, mut record): (u64, EventRecord),
) -> Result<Place, StoreError> {
    let endpoint = &said.endpoint;
    if !event.passes && !was_told_before(txn, &record, endpoint)? {
        return Ok(Place::HeldBack);
    }
    for &delivery in record.deliveries.iter().rev() {
        let delivery = delivery.0;
        let Some(known) = txn.get(&DeliveryKey { delivery })? else {
            continue;
        };
        if known.endpoint.0 != *endpoint || known.state.0 == DeliveryState::Delivered {
            continue;
        }
        if known.state.0 != DeliveryState::Failed {
            return Ok(Place::Waiting);
        }
        retry(txn, delivery, said.now)?;
        return Ok(Place::Told);
    }
    if let Some(article) = record.article() {
        let Some(mut stored) = txn.get(&ArticleKey { article })? else {
            return Ok(Place::HeldBack);
        };
        let terms = StoryTerms {
            once: said
                .once_a_story
                .then(|| endpoint.clone())
                .into_iter()
                .collect(),
            ..StoryTerms::default()
        };
        let to = std::slice::from_ref(endpoint);
        if story::routed(txn, (article, &mut stored), to, &terms)?.is_empty() {
            return Ok(Place::HeldBack);
        }
        txn.put(&ArticleKey { article }, &stored)?;
    }
    let line = match record.article() {
        Some(article) => before_later_ones(txn, said, article, turn)?,
        None => None,
    };
    let line = line.unwrap_or(Line::At(said.now));
    let article = record.article();
    let event = (record.id.0, record.kind.0, bare(record.trace));
    let delivery = enqueue(txn, event, article, endpoint, line)?;
    record.deliveries.push(delivery.into());
    txn.put(&EventKey { turn }, &record)?;
    if let Some(article) = article {
        straighten(txn, said.now, endpoint, article)?;
    }
    Ok(Place::Told)
}

/// The place before the first delivery of an article that is on its way and of a later event; `None`
/// where there is none such.
fn before_later_ones(
    txn: &Txn<'_>,
    said: &Replay,
    article: ArticleId,
    turn: u64,
) -> Result<Option<Line>, StoreError> {
    let chain = prefix::<ChainKey>(&[&said.endpoint, &article]);
    let mut from = Vec::new();
    let mut earlier = None;
    while let Some(open) = txn.first::<ChainKey>(&chain, from)? {
        let delivery = open.delivery;
        let event = txn.get(&DeliveryKey { delivery })?.map(|it| it.event.0);
        let later = match event {
            Some(event) => txn.get(&EventTurnKey { event })?,
            None => None,
        };
        if later.is_some_and(|later| later > turn) {
            // With room on both sides: others may have to be put there.
            let mut place = DeliveryId(ids::between(earlier, delivery.0));
            while txn.has(&DeliveryKey { delivery: place })? {
                place = DeliveryId(ids::below(place.0));
            }
            return Ok(Some(Line::Before(place)));
        }
        earlier = Some(delivery.0);
        from = open.encode();
        from.push(0);
    }
    Ok(None)
}

/// Whether an event of the same article, and before this one, went or goes to the endpoint.
fn was_told_before(
    txn: &Txn<'_>,
    event: &EventRecord,
    endpoint: &EndpointName,
) -> Result<bool, StoreError> {
    match (&event.subject, event.kind.0) {
        (SubjectRecord::Article { id, revision, .. }, EventKind::ArticleUpdated) => {
            Ok(told_of(txn, id.0, *revision)?.contains(endpoint))
        }
        _ => Ok(false),
    }
}

/// The endpoints that were told of a revision of an article before `revision`, or are about to be.
pub(super) fn told_of(
    txn: &Txn<'_>,
    article: ArticleId,
    revision: u32,
) -> Result<HashSet<EndpointName>, StoreError> {
    let mut told = HashSet::new();
    for number in 1..revision {
        let event = txn
            .get(&RevisionKey { article, number })?
            .and_then(|it| it.event);
        let Some(event) = event else { continue };
        let Some(turn) = txn.get(&EventTurnKey { event: event.0 })? else {
            continue;
        };
        let Some(record) = txn.get(&EventKey { turn })? else {
            continue;
        };
        for delivery in record.deliveries {
            let record = txn.get(&DeliveryKey {
                delivery: delivery.0,
            })?;
            if let Some(record) = record.filter(|it| it.state.0 != DeliveryState::Failed) {
                told.insert(record.endpoint.0);
            }
        }
    }
    Ok(told)
}

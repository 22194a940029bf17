//! Events: their log, in the order of commits, and the deliveries that they cause.
//!
//! An event of an article names a revision. Revisions never change, so the words are put in when
//! they are asked for, and are those of the commit.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::article::{Article, Story};
use crate::model::delivery::DeliveryState;
use crate::model::event::{
    Digest, DigestSubject, Event, EventKind, FullEvent, FullSubject, Subject,
};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId};
use crate::model::trace::TraceId;
use crate::store::StoreError;
use crate::store::sled::keys::{
    ArticleKey, ChainKey, DeliveryDueKey, DeliveryKey, DeliveryOfKey, EndpointKey, EventKey,
    EventTurnKey, Key as _, OpenKey, RevisionKey, prefix,
};
use crate::store::sled::records::ArticleRecord;
use crate::store::sled::states::{DeliveryRecord, EndpointRecord};
use crate::store::sled::text::Text;
use crate::store::sled::told::{EventRecord, SubjectRecord};
use crate::store::sled::txn::{Read, Txn, sound};

/// Appends an event, with one delivery for each of `to`.
pub(super) fn append(
    txn: &mut Txn<'_>,
    event: Event,
    to: &[EndpointName],
) -> Result<(), StoreError> {
    tell(txn, event, to).map(drop)
}

/// The same; the deliveries, in the order of their endpoints' names.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    event: Event,
    to: &[EndpointName],
) -> Result<Vec<DeliveryId>, StoreError> {
    let id = event.id;
    // The same event again, after an answer that was lost: it is there.
    if txn.has(&EventTurnKey { event: id })? {
        return Ok(Vec::new());
    }
    let mut deliveries = Vec::new();
    let article = match &event.subject {
        Subject::Article(article) => Some(article.id),
        Subject::Source(_) | Subject::Endpoint(_) | Subject::Test | Subject::Digest(_) => None,
    };
    for endpoint in to.iter().collect::<BTreeSet<_>>() {
        let known = EndpointKey {
            endpoint: endpoint.clone(),
        };
        if !txn.has(&known)? {
            txn.put(&known, &EndpointRecord::new(event.at))?;
        }
        let line = Line::At(event.at);
        deliveries.push(enqueue(
            txn,
            (id, event.kind, event.trace),
            article,
            endpoint,
            line,
        )?);
    }
    let ledger = txn.ledger()?;
    let turn = ledger.next_event;
    ledger.next_event += 1;
    ledger.events += 1;
    txn.put(&EventTurnKey { event: id }, &turn)?;
    txn.put(&EventKey { turn }, &EventRecord::of(event, &deliveries))?;
    Ok(deliveries)
}

/// Where a delivery comes to stand.
#[derive(Clone, Copy)]
pub(super) enum Line {
    /// Behind all that are there, to be sent at this time.
    At(Timestamp),
    /// Under this identifier, before others of its article; whoever puts it there has to straighten the
    /// chain.
    Before(DeliveryId),
}

/// Makes a delivery: due, or waiting behind an unsettled one of the same article.
pub(super) fn enqueue(
    txn: &mut Txn<'_>,
    (event, kind, trace): (EventId, EventKind, Option<TraceId>),
    article: Option<ArticleId>,
    endpoint: &EndpointName,
    line: Line,
) -> Result<DeliveryId, StoreError> {
    let (delivery, due) = match line {
        Line::At(due) => (DeliveryId(txn.new_id(due)), Some(due)),
        Line::Before(delivery) => (delivery, None),
    };
    let mut waits = due.is_none();
    if let Some(article) = article {
        let chain = prefix::<ChainKey>(&[endpoint, &article]);
        waits |= txn.first_raw(&chain, Vec::new())?.is_some();
        let key = ChainKey {
            endpoint: endpoint.clone(),
            article,
            delivery,
        };
        txn.put(&key, &())?;
        txn.put(&DeliveryOfKey { article, delivery }, &())?;
    }
    let (state, due) = if waits {
        (DeliveryState::Waiting, None)
    } else {
        (DeliveryState::Due, due)
    };
    if let Some(due) = due {
        let key = DeliveryDueKey {
            endpoint: endpoint.clone(),
            due,
            delivery,
        };
        txn.put(&key, &())?;
    }
    txn.put(&OpenKey { delivery }, &())?;
    txn.recount(endpoint, None, Some(state))?;
    txn.put(
        &DeliveryKey { delivery },
        &DeliveryRecord {
            event: event.into(),
            trace: trace.map(Text),
            kind: kind.into(),
            endpoint: endpoint.clone().into(),
            article: article.map(Text),
            state: state.into(),
            attempts: Vec::new(),
            tries: 0,
            next_attempt: due.map(Text),
            due: due.map(Text),
            lease: None,
            spent: None,
            trying_since: None,
            refused: None,
            digest: None,
        },
    )?;
    Ok(delivery)
}

/// One event, whole.
pub(super) fn event(read: &impl Read, id: EventId) -> Result<Option<FullEvent>, StoreError> {
    let Some(turn) = read.get(&EventTurnKey { event: id })? else {
        return Ok(None);
    };
    match read.get(&EventKey { turn })? {
        Some(record) => whole(read, record),
        None => Ok(None),
    }
}

/// Puts the words into an event; `None` where its article was pruned meanwhile.
pub(super) fn whole(
    read: &impl Read,
    record: EventRecord,
) -> Result<Option<FullEvent>, StoreError> {
    let event = record.into_model();
    let body = match event.subject {
        Subject::Source(source) => FullSubject::Source(source),
        Subject::Endpoint(endpoint) => FullSubject::Endpoint(endpoint),
        Subject::Test => FullSubject::Test,
        Subject::Digest(subject) => FullSubject::Digest(digest(read, subject)?),
        Subject::Article(subject) => {
            let Some(record) = read.get(&ArticleKey {
                article: subject.id,
            })?
            else {
                return Ok(None);
            };
            let story = Story {
                id: subject.story,
                original: subject.original,
                also: subject.also,
            };
            let Some(article) = assemble(read, subject.id, &record, subject.revision, story)?
            else {
                return Ok(None);
            };
            let previous = if event.kind == EventKind::ArticleUpdated {
                revision(read, subject.id, subject.revision.saturating_sub(1))?
            } else {
                None
            };
            FullSubject::Article {
                article: Box::new(article),
                previous: previous.map(Box::new),
            }
        }
    };
    Ok(Some(FullEvent {
        id: event.id,
        kind: event.kind,
        at: event.at,
        body,
    }))
}

/// A digest with the words of its members. What is damaged keeps the others from nothing: it is said, and left out.
fn digest(read: &impl Read, subject: DigestSubject) -> Result<Digest, StoreError> {
    let mut members = Vec::new();
    for delivery in subject.members {
        let record = sound(read.get(&DeliveryKey { delivery }))?;
        if let Some(record) = record.filter(|record| record.kind.0 != EventKind::Digest)
            && let Some(mut member) = sound(event(read, record.event.0))?
        {
            against_told(read, &subject.endpoint, &mut member)?;
            members.push(member);
        }
    }
    Ok(Digest {
        endpoint: subject.endpoint,
        members,
    })
}

/// Makes a correction one of what the endpoint has: the newest revision that it took. Where all it was sent of
/// the article was given up, the article is new to it.
fn against_told(
    read: &impl Read,
    endpoint: &EndpointName,
    member: &mut FullEvent,
) -> Result<(), StoreError> {
    let FullSubject::Article { article, previous } = &mut member.body else {
        return Ok(());
    };
    if member.kind != EventKind::ArticleUpdated {
        return Ok(());
    }
    let id = article.id;
    let line = prefix::<DeliveryOfKey>(&[&id]);
    let (mut from, mut newest, mut given_up) = (Vec::new(), None, false);
    while let Some(key) = read.first::<DeliveryOfKey>(&line, from)? {
        from = key.encode();
        from.push(0);
        let delivery = key.delivery;
        let Some(record) = sound(read.get(&DeliveryKey { delivery }))?
            .filter(|record| record.endpoint.0 == *endpoint && record.is_settled())
        else {
            continue;
        };
        let Some(number) = revision_of(read, record.event.0)? else {
            continue;
        };
        if number >= article.revision.number {
            continue;
        }
        if record.state.0 == DeliveryState::Delivered {
            newest = newest.max(Some(number));
        } else {
            given_up = true;
        }
    }
    match newest {
        Some(number) => *previous = revision(read, id, number)?.map(Box::new),
        None if given_up => {
            *previous = None;
            member.kind = EventKind::ArticleNew;
        }
        // It was not announced, or is older than what is kept of deliveries.
        None => {}
    }
    Ok(())
}

/// The revision of which an event tells.
fn revision_of(read: &impl Read, event: EventId) -> Result<Option<u32>, StoreError> {
    let Some(turn) = read.get(&EventTurnKey { event })? else {
        return Ok(None);
    };
    let record = sound(read.get(&EventKey { turn }))?;
    Ok(record.and_then(|record| match record.subject {
        SubjectRecord::Article { revision, .. } => Some(revision),
        _ => None,
    }))
}

/// An article at one of its revisions.
pub(super) fn assemble(
    read: &impl Read,
    id: ArticleId,
    record: &ArticleRecord,
    number: u32,
    story: Story,
) -> Result<Option<Article>, StoreError> {
    Ok(revision(read, id, number)?.map(|revision| Article {
        id,
        outlet: record.outlet.0.clone(),
        url: record.url.0.clone(),
        stored: record.stored.0,
        revision,
        story,
    }))
}

/// One revision.
pub(super) fn revision(
    read: &impl Read,
    article: ArticleId,
    number: u32,
) -> Result<Option<crate::model::article::Revision>, StoreError> {
    let record = read.get(&RevisionKey { article, number })?;
    Ok(record.map(|record| record.into_model(number)))
}

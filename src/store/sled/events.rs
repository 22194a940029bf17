//! Events: their log, in the order of commits, and the deliveries that they cause.
//!
//! An event of an article names a revision. Revisions never change, so the words are put in when
//! they are asked for, and are those of the commit.

use std::collections::BTreeSet;

use crate::model::article::{Article, Story};
use crate::model::delivery::DeliveryState;
use crate::model::event::{Event, EventKind, FullEvent, FullSubject, Subject};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId};
use crate::store::StoreError;
use crate::store::sled::keys::{
    ArticleKey, ChainKey, DeliveryDueKey, DeliveryKey, EndpointKey, EventKey, EventTurnKey,
    OpenKey, RevisionKey, prefix,
};
use crate::store::sled::records::ArticleRecord;
use crate::store::sled::states::{DeliveryRecord, EndpointRecord};
use crate::store::sled::text::Text;
use crate::store::sled::told::EventRecord;
use crate::store::sled::txn::{Read, Txn};

/// Appends an event, with one delivery for each of `to`.
pub(super) fn append(
    txn: &mut Txn<'_>,
    event: Event,
    to: &[EndpointName],
) -> Result<(), StoreError> {
    let id = event.id;
    // The same event again, after an answer that was lost: it is there.
    if txn.has(&EventTurnKey { event: id })? {
        return Ok(());
    }
    let mut deliveries = Vec::new();
    for endpoint in to.iter().collect::<BTreeSet<_>>() {
        deliveries.push(enqueue(txn, &event, endpoint)?);
    }
    let ledger = txn.ledger()?;
    let turn = ledger.next_event;
    ledger.next_event += 1;
    ledger.events += 1;
    txn.put(&EventTurnKey { event: id }, &turn)?;
    txn.put(&EventKey { turn }, &EventRecord::of(event, &deliveries))
}

/// Makes a delivery: due, or waiting behind an unsettled one of the same article.
fn enqueue(
    txn: &mut Txn<'_>,
    event: &Event,
    endpoint: &EndpointName,
) -> Result<DeliveryId, StoreError> {
    let known = EndpointKey {
        endpoint: endpoint.clone(),
    };
    if !txn.has(&known)? {
        txn.put(&known, &EndpointRecord::new(event.at))?;
    }
    let delivery = DeliveryId(txn.new_id(event.at));
    let article = match &event.subject {
        Subject::Article(article) => Some(article.id),
        Subject::Source(_) | Subject::Endpoint(_) | Subject::Test => None,
    };
    let mut waits = false;
    if let Some(article) = article {
        let chain = prefix::<ChainKey>(&[endpoint, &article]);
        waits = txn.first_raw(&chain, Vec::new())?.is_some();
        let key = ChainKey {
            endpoint: endpoint.clone(),
            article,
            delivery,
        };
        txn.put(&key, &())?;
    }
    let (state, due) = if waits {
        (DeliveryState::Waiting, None)
    } else {
        (DeliveryState::Due, Some(event.at))
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
            event: event.id.into(),
            kind: event.kind.into(),
            endpoint: endpoint.clone().into(),
            article: article.map(Text),
            state: state.into(),
            attempts: Vec::new(),
            tries: 0,
            next_attempt: due.map(Text),
            due: due.map(Text),
            lease: None,
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

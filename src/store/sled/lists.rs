//! What is read: articles, deliveries, events, sources, endpoints. Nothing here writes.
//!
//! Lists are walked by key from their newest end; a cursor is the key where a part ended, so that
//! what is stored meanwhile neither repeats nor hides an item. A walk ends after a bounded number
//! of looks and hands out a cursor even if it found nothing yet.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::model::article::{Article, Revision};
use crate::model::delivery::{Delivery, DeliveryState, EndpointHealth, EndpointState};
use crate::model::event::{EventKind, FullEvent};
use crate::model::id::{ArticleId, DeliveryId, EndpointName, EventId, SourceId};
use crate::model::language::primary_subtag;
use crate::model::source::SourceState;
use crate::model::tag::comparable_tag;
use crate::store::sled::events::{assemble, whole};
use crate::store::sled::keys::{
    ArticleKey, DeliveryDueKey, DeliveryKey, DeliveryOfKey, EndpointCountKey, EndpointKey,
    EventKey, EventTurnKey, FailedKey, Key, ListKey, OpenKey, OutletListKey, Part, RevisionKey,
    SourceKey, prefix,
};
use crate::store::sled::line::heads;
use crate::store::sled::records::ListRecord;
use crate::store::sled::states::EndpointRecord;
use crate::store::sled::txn::{Read as _, sound};
use crate::store::sled::view::View;
use crate::store::sled::{ids, story};
use crate::store::{ArticleQuery, Cursor, DeliveryQuery, Page, Queue, StoreError};

/// Items that one call looks at, taken or not: some tenths of a second.
const LOOKS_MAX: usize = 20_000;

/// One article as it stands now.
pub(super) fn article(view: &View, id: ArticleId) -> Result<Option<Article>, StoreError> {
    let Some(record) = view.get(&ArticleKey { article: id })? else {
        return Ok(None);
    };
    let story = story::seen_from(view, id, &record)?;
    assemble(view, id, &record, record.revision, story)
}

/// All revisions of an article, oldest first.
pub(super) fn revisions(view: &View, id: ArticleId) -> Result<Vec<Revision>, StoreError> {
    let mut revisions = Vec::new();
    for key in view.forward::<RevisionKey>(&prefix::<RevisionKey>(&[&id]), Vec::new()) {
        let key = key?;
        if let Some(record) = view.get(&key)? {
            revisions.push(record.into_model(key.number));
        }
    }
    Ok(revisions)
}

/// A key of one of the lists of articles.
pub(super) trait Listed: Key<Value = ListRecord> {
    fn place(&self) -> (Timestamp, ArticleId);
}

impl Listed for ListKey {
    fn place(&self) -> (Timestamp, ArticleId) {
        (self.stored, self.article)
    }
}

impl Listed for OutletListKey {
    fn place(&self) -> (Timestamp, ArticleId) {
        (self.stored, self.article)
    }
}

/// See [`crate::store::Store::articles`].
pub(super) fn articles(view: &View, query: &ArticleQuery) -> Result<Page<Article>, StoreError> {
    match &query.outlet {
        None => walk::<ListKey>(view, query, &prefix::<ListKey>(&[])),
        Some(outlet) => walk::<OutletListKey>(view, query, &prefix::<OutletListKey>(&[outlet])),
    }
}

fn walk<K: Listed>(
    view: &View,
    query: &ArticleQuery,
    list: &[u8],
) -> Result<Page<Article>, StoreError> {
    let language = query.language.as_deref().map(primary_subtag);
    let tag = query.tag.as_deref().map(comparable_tag);
    let words: Vec<String> = query.words.iter().map(|word| word.to_lowercase()).collect();
    let below = [
        query.cursor.as_ref().map(cursor_place).transpose()?,
        query.until.map(|until| bytes(&[&until])),
    ];
    let below = (below.into_iter().flatten().min()).map(|place| [list, &place].concat());
    let mut items = Vec::new();
    let mut end = None;
    let limit = query.limit.max(1);
    for (looks, key) in view.backward::<K>(list, below).enumerate() {
        let key = key?;
        let (stored, id) = key.place();
        if query.since.is_some_and(|since| stored < since) {
            break;
        }
        if items.len() == limit || looks == LOOKS_MAX {
            return Ok(Page { items, next: end });
        }
        end = Some(Cursor::of_article(stored, id));
        if language.is_some() && view.get(&key)?.and_then(|facets| facets.language) != language {
            continue;
        }
        if let Some(article) = sound(article(view, id))?
            && has_tag(&article, tag.as_deref())
            && says(&article, &words)
        {
            items.push(article);
        }
    }
    Ok(Page { items, next: None })
}

/// Whether it has the tag, which is in the form that is compared; any does where none is asked for.
fn has_tag(article: &Article, tag: Option<&str>) -> bool {
    let tags = &article.revision.content.tags;
    tag.is_none_or(|tag| tags.iter().any(|it| comparable_tag(it) == tag))
}

/// Whether title or text hold all the words, which are in lower case.
fn says(article: &Article, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let content = &article.revision.content;
    let title = content.title.as_deref().unwrap_or_default();
    let all = format!("{title}\n{}", content.text()).to_lowercase();
    words.iter().all(|word| all.contains(word))
}

pub(super) fn bytes(parts: &[&dyn Part]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        part.write(&mut out);
    }
    out
}

/// The end of the key that a cursor of a list of articles names, checked: it comes from outside.
pub(super) fn cursor_place(cursor: &Cursor) -> Result<Vec<u8>, StoreError> {
    let (stored, id) = cursor.article().ok_or_else(|| cursor.unknown())?;
    Ok(bytes(&[&stored, &id]))
}

/// See [`crate::store::Store::deliveries`].
pub(super) fn list_deliveries(
    view: &View,
    query: &DeliveryQuery,
) -> Result<Page<Delivery>, StoreError> {
    let disabled = disabled(view)?;
    let below = match &query.cursor {
        None => None,
        Some(cursor) => {
            let mut rest = cursor.0.as_slice();
            match DeliveryId::read(&mut rest) {
                Some(id) if rest.is_empty() => Some(id),
                Some(_) | None => return Err(cursor.unknown()),
            }
        }
    };
    // Those of one article, and those that are not done, are few among many: they have lists of
    // their own.
    let ids: Box<dyn Iterator<Item = Result<DeliveryId, StoreError>>> = match query.state {
        _ if let Some(article) = query.article => {
            let below = below.map(|delivery| DeliveryOfKey { article, delivery }.encode());
            let all = prefix::<DeliveryOfKey>(&[&article]);
            Box::new((view.backward::<DeliveryOfKey>(&all, below)).map(|key| Ok(key?.delivery)))
        }
        Some(DeliveryState::Failed) => {
            let below = below.map(|delivery| FailedKey { delivery }.encode());
            let all = prefix::<FailedKey>(&[]);
            Box::new((view.backward::<FailedKey>(&all, below)).map(|key| Ok(key?.delivery)))
        }
        Some(DeliveryState::Waiting | DeliveryState::Due | DeliveryState::Retrying) => {
            let below = below.map(|delivery| OpenKey { delivery }.encode());
            let all = prefix::<OpenKey>(&[]);
            Box::new((view.backward::<OpenKey>(&all, below)).map(|key| Ok(key?.delivery)))
        }
        Some(DeliveryState::Delivered) | None => {
            let below = below.map(|delivery| DeliveryKey { delivery }.encode());
            let all = prefix::<DeliveryKey>(&[]);
            Box::new((view.backward::<DeliveryKey>(&all, below)).map(|key| Ok(key?.delivery)))
        }
    };
    let mut items = Vec::new();
    let mut end = None;
    let limit = query.limit.max(1);
    for (looks, id) in ids.enumerate() {
        let id = id?;
        if items.len() == limit || looks == LOOKS_MAX {
            return Ok(Page { items, next: end });
        }
        end = Some(Cursor(bytes(&[&id])));
        let Some(record) = sound(view.get(&DeliveryKey { delivery: id }))? else {
            continue;
        };
        let is_disabled = disabled.contains(&record.endpoint.0);
        let delivery = record.into_model(id, is_disabled);
        if query.state.is_none_or(|state| delivery.state == state)
            && (query.endpoint.as_ref()).is_none_or(|endpoint| delivery.endpoint == *endpoint)
            && (query.article).is_none_or(|article| delivery.article == Some(article))
        {
            items.push(delivery);
        }
    }
    Ok(Page { items, next: None })
}

/// One delivery.
pub(super) fn delivery(view: &View, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let Some(record) = view.get(&DeliveryKey { delivery: id })? else {
        return Ok(None);
    };
    let endpoint = view.get(&EndpointKey {
        endpoint: record.endpoint.0.clone(),
    })?;
    let disabled = endpoint.is_some_and(|endpoint| endpoint.health.0 == EndpointHealth::Disabled);
    Ok(Some(record.into_model(id, disabled)))
}

fn disabled(view: &View) -> Result<HashSet<EndpointName>, StoreError> {
    let mut names = HashSet::new();
    for key in view.forward::<EndpointKey>(&prefix::<EndpointKey>(&[]), Vec::new()) {
        let key = key?;
        let record = sound(view.get(&key))?;
        if record.is_some_and(|record| record.health.0 == EndpointHealth::Disabled) {
            names.insert(key.endpoint);
        }
    }
    Ok(names)
}

/// See [`crate::store::Store::endpoints`].
pub(super) fn endpoints(view: &View) -> Result<Vec<EndpointState>, StoreError> {
    let mut states = Vec::new();
    for key in view.forward::<EndpointKey>(&prefix::<EndpointKey>(&[]), Vec::new()) {
        let key = key?;
        let record = sound(view.get(&key))?.filter(|record| record.parked.is_none());
        let Some(record) = record else {
            continue;
        };
        let counts = view.get(&EndpointCountKey {
            endpoint: key.endpoint.clone(),
        })?;
        states.push(record.into_model(key.endpoint, counts.unwrap_or_default()));
    }
    // Keys sort by length first.
    states.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(states)
}

/// See [`crate::store::Store::sources`].
pub(super) fn sources(view: &View) -> Result<Vec<SourceState>, StoreError> {
    let mut states = Vec::new();
    for key in view.forward::<SourceKey>(&prefix::<SourceKey>(&[]), Vec::new()) {
        let key = key?;
        if let Some(record) = sound(view.get(&key))?.filter(|record| record.parked.is_none()) {
            states.push(record.into_model(key.source));
        }
    }
    states.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(states)
}

/// One source.
pub(super) fn source(view: &View, id: &SourceId) -> Result<Option<SourceState>, StoreError> {
    let record = view.get(&SourceKey { source: id.clone() })?;
    Ok((record.filter(|record| record.parked.is_none()))
        .map(|record| record.into_model(id.clone())))
}

/// See [`crate::store::Store::events`]. An `after` that is not known was pruned: what is of its time, or
/// of later, comes after it.
pub(super) fn events(
    view: &View,
    after: Option<EventId>,
    limit: usize,
) -> Result<Vec<FullEvent>, StoreError> {
    let mut turn = match after {
        Some(event) => view.get(&EventTurnKey { event })?,
        None => None,
    };
    if turn.is_none()
        && let Some(at) = after.and_then(|event| ids::time(event.0))
        && let Some(event) = last_event_before(view, at)?
    {
        turn = view.get(&EventTurnKey { event })?;
    }
    let from = turn.map_or_else(Vec::new, |turn| EventKey { turn: turn + 1 }.encode());
    let mut events = Vec::new();
    for key in view.forward::<EventKey>(&prefix::<EventKey>(&[]), from) {
        if events.len() >= limit {
            break;
        }
        // A digest tells nothing that was not told: it is a way of delivery.
        if let Some(record) = sound(view.get(&key?))?
            && record.kind.0 != EventKind::Digest
        {
            events.extend(sound(whole(view, record))?);
        }
    }
    Ok(events)
}

/// See [`crate::store::Store::last_event`].
pub(super) fn last_event(view: &View) -> Result<Option<EventId>, StoreError> {
    let all = prefix::<EventKey>(&[]);
    for key in view.backward::<EventKey>(&all, None) {
        if let Some(record) = sound(view.get(&key?))? {
            return Ok(Some(record.into_model().id));
        }
    }
    Ok(None)
}

/// See [`crate::store::Store::last_event_before`]. Times follow the order of commits but where the clock
/// was set back; there the first event that looks late enough counts.
pub(super) fn last_event_before(view: &View, at: Timestamp) -> Result<Option<EventId>, StoreError> {
    let all = prefix::<EventKey>(&[]);
    let (mut low, mut high) = (0, 0);
    if let Some(last) = view.backward::<EventKey>(&all, None).next() {
        high = last?.turn + 1;
    }
    // All before `low` are too early, all from `high` on are not.
    while low < high {
        let middle = low + (high - low) / 2;
        let next = view.first::<EventKey>(&all, EventKey { turn: middle }.encode())?;
        let Some(next) = next.filter(|next| next.turn < high) else {
            high = middle;
            continue;
        };
        if sound(view.get(&next))?.is_some_and(|event| event.at.0 < at) {
            low = next.turn + 1;
        } else {
            high = middle;
        }
    }
    let below = EventKey { turn: low }.encode();
    for key in view.backward::<EventKey>(&all, Some(below)) {
        if let Some(record) = sound(view.get(&key?))? {
            return Ok(Some(record.id.0));
        }
    }
    Ok(None)
}

/// See [`crate::store::Store::next_due`]. A held endpoint's deliveries fall due when it is let go;
/// those of a disabled one do not.
pub(super) fn next_due(view: &View, queue: Queue) -> Result<Option<Timestamp>, StoreError> {
    match queue {
        Queue::Polls => {
            let all = prefix::<crate::store::sled::keys::PollDueKey>(&[]);
            let first = view.first::<crate::store::sled::keys::PollDueKey>(&all, Vec::new())?;
            Ok(first.map(|first| first.due))
        }
        Queue::Visits => view.agenda().next(view),
        Queue::Deliveries => {
            let mut next: Option<Timestamp> = None;
            for head in heads::<DeliveryDueKey>(view)? {
                let endpoint = view.get(&EndpointKey {
                    endpoint: head.endpoint,
                })?;
                let Some(endpoint) = endpoint.filter(EndpointRecord::is_enabled) else {
                    continue;
                };
                let held = endpoint.held_until.map_or(head.due, |until| until.0);
                let due = head.due.max(held);
                next = Some(next.map_or(due, |next| next.min(due)));
            }
            Ok(next)
        }
    }
}

//! Forgetting: old articles lose their words, and much later their addresses.
//!
//! What a delivery still has to say is never taken from it. Each article goes in one piece.

use crate::model::id::{ArticleId, DeliveryId};
use crate::store::sled::found::SEEN_STEP;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, DeliveryKey, DeliveryOfKey, EntryKey, EventKey,
    EventTurnKey, FailedKey, GuidKey, Key, ListKey, OutletListKey, PageKeyed, RawKey, RevisionKey,
    TextKey, TextOfKey, prefix,
};
use crate::store::sled::records::{ArticleRecord, PageRecord};
use crate::store::sled::text::Text;
use crate::store::sled::told::{EventRecord, SubjectRecord};
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::sled::visits::set_visit;
use crate::store::sled::{near, parked, story};
use crate::store::{PruneRule, Pruned, StoreError};

/// Items that one call looks at in each of its parts, taken or not.
const LOOKS_MAX: usize = 5_000;

/// See [`crate::store::Store::prune`].
pub(super) fn prune(txn: &mut Txn<'_>, rule: &PruneRule) -> Result<Pruned, StoreError> {
    let mut pruned = Pruned::default();
    articles(txn, rule, &mut pruned)?;
    events(txn, rule, &mut pruned)?;
    identities(txn, rule)?;
    parked::prune(txn, rule)?;
    Ok(pruned)
}

fn articles(txn: &mut Txn<'_>, rule: &PruneRule, pruned: &mut Pruned) -> Result<(), StoreError> {
    let view = txn.view().clone();
    let all = prefix::<ListKey>(&[]);
    let from = std::mem::take(&mut txn.sweep().articles);
    for (looks, list) in view.forward::<ListKey>(&all, from).enumerate() {
        let list = list?;
        let is_surplus = txn.ledger()?.articles > rule.keep_articles;
        if !is_surplus && list.stored >= rule.before {
            break;
        }
        if pruned.articles == rule.limit as u64 || looks == LOOKS_MAX {
            // The next call does not look again at those that have to stay.
            txn.sweep().articles = list.encode();
            pruned.more = true;
            break;
        }
        let article = list.article;
        let Some(record) = txn.get(&ArticleKey { article })? else {
            continue;
        };
        let events = events_of(txn, article, &record)?;
        if is_settled(txn, &events)? {
            forget_article(txn, article, &record)?;
            for (turn, event) in events {
                pruned.deliveries += forget_event(txn, turn, event)?;
            }
            pruned.articles += 1;
            txn.breathe()?;
        }
    }
    Ok(())
}

/// The events that told of an article's revisions, with their places.
fn events_of(
    txn: &Txn<'_>,
    article: ArticleId,
    record: &ArticleRecord,
) -> Result<Vec<(u64, EventRecord)>, StoreError> {
    let mut events = Vec::new();
    for number in 1..=record.revision {
        let revision = txn.get(&RevisionKey { article, number })?;
        let Some(event) = revision.and_then(|revision| revision.event) else {
            continue;
        };
        if let Some(turn) = txn.get(&EventTurnKey { event: event.0 })?
            && let Some(record) = txn.get(&EventKey { turn })?
        {
            events.push((turn, record));
        }
    }
    Ok(events)
}

fn is_settled(txn: &Txn<'_>, events: &[(u64, EventRecord)]) -> Result<bool, StoreError> {
    for Text(delivery) in events.iter().flat_map(|(_, event)| &event.deliveries) {
        let record = txn.get(&DeliveryKey {
            delivery: *delivery,
        })?;
        if record.is_some_and(|record| !record.is_settled()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Drops an article's words and keys; its addresses stay, and say that it was pruned.
pub(super) fn forget_article(
    txn: &mut Txn<'_>,
    article: ArticleId,
    record: &ArticleRecord,
) -> Result<(), StoreError> {
    for number in 1..=record.revision {
        txn.remove(&RevisionKey { article, number })?;
        forget_raw(txn, article, number)?;
    }
    let view = txn.view().clone();
    for back in view.forward::<TextOfKey>(&prefix::<TextOfKey>(&[&article]), Vec::new()) {
        let back = back?;
        txn.remove(&TextKey { text: back.text })?;
        txn.remove(&back)?;
    }
    for back in view.forward::<AddressOfKey>(&prefix::<AddressOfKey>(&[&article]), Vec::new()) {
        let back = back?;
        let key = AddressKey {
            address: back.address,
        };
        if let Some(mut address) = txn.get(&key)? {
            address.pruned = true;
            txn.put(&key, &address)?;
        }
        txn.remove(&back)?;
    }
    let stored = record.stored.0;
    near::forget(txn, article)?;
    story::leave(txn, article, record)?;
    txn.remove(&ListKey { stored, article })?;
    txn.remove(&OutletListKey {
        outlet: record.outlet.0.clone(),
        stored,
        article,
    })?;
    txn.remove(&ArticleKey { article })?;
    let ledger = txn.ledger()?;
    ledger.articles = ledger.articles.saturating_sub(1);
    ledger.revisions = ledger.revisions.saturating_sub(record.revision.into());
    Ok(())
}

/// Drops what a revision was extracted from, if that was kept.
fn forget_raw(txn: &mut Txn<'_>, article: ArticleId, number: u32) -> Result<(), StoreError> {
    let key = RawKey { article, number };
    if !txn.has(&key)? {
        return Ok(());
    }
    // One that is damaged goes too; that it was counted is put right by a repair.
    let size = sound(txn.get(&key))?.map_or(0, |raw| raw.size());
    txn.remove(&key)?;
    let ledger = txn.ledger()?;
    ledger.raw_pages = ledger.raw_pages.saturating_sub(1);
    ledger.raw_bytes = ledger.raw_bytes.saturating_sub(size);
    Ok(())
}

/// Drops an event with its deliveries, which are settled; how many they were.
fn forget_event(txn: &mut Txn<'_>, turn: u64, event: EventRecord) -> Result<u64, StoreError> {
    let mut gone = 0;
    for Text(delivery) in event.deliveries {
        gone += u64::from(forget_delivery(txn, delivery)?);
    }
    txn.remove(&EventTurnKey { event: event.id.0 })?;
    txn.remove(&EventKey { turn })?;
    let ledger = txn.ledger()?;
    ledger.events = ledger.events.saturating_sub(1);
    Ok(gone)
}

fn forget_delivery(txn: &mut Txn<'_>, delivery: DeliveryId) -> Result<bool, StoreError> {
    let key = DeliveryKey { delivery };
    let Some(record) = txn.get(&key)? else {
        return Ok(false);
    };
    txn.recount(&record.endpoint.0, Some(record.state.0), None)?;
    txn.remove(&FailedKey { delivery })?;
    if let Some(Text(article)) = record.article {
        txn.remove(&DeliveryOfKey { article, delivery })?;
    }
    txn.remove(&key)?;
    Ok(true)
}

/// Drops old events that are no article's; an article's go with it.
fn events(txn: &mut Txn<'_>, rule: &PruneRule, pruned: &mut Pruned) -> Result<(), StoreError> {
    let view = txn.view().clone();
    let mut gone = 0;
    for (looks, key) in (view.forward::<EventKey>(&prefix::<EventKey>(&[]), Vec::new())).enumerate()
    {
        let key = key?;
        let Some(event) = txn.get(&key)? else {
            continue;
        };
        if event.at.0 >= rule.before {
            break;
        }
        if gone == rule.limit || looks == LOOKS_MAX {
            pruned.more |= gone > 0;
            break;
        }
        if matches!(event.subject, SubjectRecord::Article { .. }) {
            continue;
        }
        let mut events = [(key.turn, event)];
        if is_settled(txn, &events)? {
            let [(turn, event)] = &mut events;
            let event = event.clone();
            pruned.deliveries += forget_event(txn, *turn, event)?;
            gone += 1;
            txn.breathe()?;
        }
    }
    Ok(())
}

/// Drops pages that are listed no more and addresses of pruned articles, a stretch a call; the next
/// call goes on where this one ended.
fn identities(txn: &mut Txn<'_>, rule: &PruneRule) -> Result<(), StoreError> {
    // When a page was last listed is known to a step only.
    let before = rule
        .forget_before
        .saturating_sub(SEEN_STEP)
        .unwrap_or(jiff::Timestamp::MIN);
    let mut looks = 0;
    let pages = prefix::<PageKeyed>(&[]);
    let addresses = prefix::<AddressKey>(&[]);
    let view = txn.view().clone();
    let from = txn.sweep().identities.clone();
    if !from.starts_with(&addresses) {
        for key in view.forward::<PageKeyed>(&pages, from.clone()) {
            let key = key?;
            looks += 1;
            if looks > LOOKS_MAX {
                txn.sweep().identities = key.encode();
                return Ok(());
            }
            if let Some(page) = txn.get(&key)?
                && page.seen.0 < before
                && page.lease.is_none()
                && !is_stored(txn, &page)?
            {
                forget_page(txn, &key, page)?;
                txn.breathe()?;
            }
        }
    }
    for key in view.forward::<AddressKey>(&addresses, from) {
        let key = key?;
        looks += 1;
        if looks > LOOKS_MAX {
            txn.sweep().identities = key.encode();
            return Ok(());
        }
        if let Some(address) = txn.get(&key)?
            && address.pruned
            && address.seen.0 < before
            && !txn.has(&PageKeyed { page: key.address })?
        {
            txn.remove(&key)?;
            txn.breathe()?;
        }
    }
    txn.sweep().identities.clear();
    Ok(())
}

fn is_stored(txn: &Txn<'_>, page: &PageRecord) -> Result<bool, StoreError> {
    match page.article {
        Some(article) => txn.has(&ArticleKey { article: article.0 }),
        None => Ok(false),
    }
}

fn forget_page(txn: &mut Txn<'_>, key: &PageKeyed, mut page: PageRecord) -> Result<(), StoreError> {
    set_visit(txn, key.page, &mut page, None)?;
    for &guid in &page.guids {
        txn.remove(&GuidKey { guid })?;
    }
    if page.has_entry {
        txn.remove(&EntryKey { page: key.page })?;
        let ledger = txn.ledger()?;
        ledger.visits_due = ledger.visits_due.saturating_sub(1);
    }
    txn.remove(key)?;
    let ledger = txn.ledger()?;
    ledger.pages = ledger.pages.saturating_sub(1);
    Ok(())
}

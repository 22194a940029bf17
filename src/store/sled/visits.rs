//! The queue of visits to pages, a line for each host.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::bound::at_most;
use crate::model::id::{Host, SourceId};
use crate::model::rhythm::{Harvest, Yielded};
use crate::model::trace::TraceId;
use crate::schedule::harvest;
use crate::store::sled::habits::HarvestRecord;
use crate::store::sled::keys::{Digest, EntryKey, PageKeyed, SourceKey, VisitDueKey, prefix};
use crate::store::sled::line::{Place, first_of_line};
use crate::store::sled::polls::later;
use crate::store::sled::records::{LeaseRecord, PageRecord};
use crate::store::sled::text::bare;
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::sled::words::EntryRecord;
use crate::store::{Lease, PageKey, PageState, StoreError, VisitJob, VisitOutcome};

/// Entries of a source that were skipped and are still shown.
const SKIPPED_MAX: usize = 20;
/// Bytes of a skipped entry's reason and address that are kept.
const REASON_MAX: usize = 1024;

/// Moves a page within the queue; the newcomer stands behind all of the same time.
pub(super) fn set_visit(
    txn: &mut Txn<'_>,
    page: Digest,
    record: &mut PageRecord,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    let host = Host::of(&record.fetch);
    if let Some((old, turn)) = record.due.take() {
        txn.remove(&VisitDueKey {
            host: host.clone(),
            due: old.0,
            turn,
            page,
        })?;
    }
    if let Some(due) = due {
        let ledger = txn.ledger()?;
        let turn = ledger.next_turn;
        ledger.next_turn += 1;
        txn.put(
            &VisitDueKey {
                host,
                due,
                turn,
                page,
            },
            &(),
        )?;
        record.due = Some((due.into(), turn));
    }
    Ok(())
}

impl Place for VisitDueKey {
    fn line(&self) -> Vec<u8> {
        prefix::<Self>(&[&self.host])
    }

    fn due(&self) -> Timestamp {
        self.due
    }

    fn shown(&self) -> String {
        format!("a page of {}", self.host)
    }
}

/// See [`crate::store::Store::claim_visits`].
pub(super) fn claim(
    txn: &mut Txn<'_>,
    now: Timestamp,
    limit: usize,
    ttl: Duration,
    busy: &HashSet<Host>,
) -> Result<Vec<VisitJob>, StoreError> {
    // As keys they are compared, where a very long name stands shortened.
    let busy: HashSet<Vec<u8>> = (busy.iter())
        .map(|host| prefix::<VisitDueKey>(&[host]))
        .collect();
    let until = later(now, ttl);
    let mut jobs = Vec::new();
    for line in txn.view().agenda().due(txn.view(), now, limit, &busy)? {
        let Some(head) = txn.first::<VisitDueKey>(&line, Vec::new())? else {
            continue;
        };
        let head = news_before_looks(txn, now, head)?;
        let job = first_of_line(txn, now, head, |txn, place| take(txn, place, now, until))?;
        jobs.extend(job);
    }
    Ok(jobs)
}

/// The place of a line that goes first: where its head is only another look at what is known, the first
/// new or changed page that is due. Looks that a host has no time for pile up, and must not keep its news
/// waiting.
fn news_before_looks(
    txn: &Txn<'_>,
    now: Timestamp,
    head: VisitDueKey,
) -> Result<VisitDueKey, StoreError> {
    if is_news(txn, &head)? {
        return Ok(head);
    }
    let news = txn.view().agenda().news(txn.view(), &head, now)?;
    // Asked of the tree as it was before this step, which comes to each line once.
    Ok(news.unwrap_or(head))
}

/// Whether somebody waits for what stands on the page; one that cannot be read is nobody's.
fn is_news(txn: &Txn<'_>, place: &VisitDueKey) -> Result<bool, StoreError> {
    let record = sound(txn.get(&PageKeyed { page: place.page }))?;
    Ok(record.is_none_or(|record| record.has_entry))
}

/// How long a page waits whose sources are all gone from the configuration, before it is looked
/// whether one has come back.
const PARKED_WAIT: Duration = Duration::from_hours(1);

fn take(
    txn: &mut Txn<'_>,
    head: &VisitDueKey,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<VisitJob>, StoreError> {
    let page = head.page;
    let Some(mut record) = txn.get(&PageKeyed { page })? else {
        txn.remove(head)?;
        return Ok(None);
    };
    if !is_listed(txn, &record)? {
        record.lease = None;
        // Nobody asks for looks at what is known; what was never stored may be wanted again.
        let due = record.has_entry.then(|| later(now, PARKED_WAIT));
        set_visit(txn, page, &mut record, due)?;
        txn.put(&PageKeyed { page }, &record)?;
        return Ok(None);
    }
    let entry = if record.has_entry {
        txn.get(&EntryKey { page })?
    } else {
        None
    };
    let token = rand::random();
    record.again = false;
    // One that no poll of this release has found begins its own.
    let trace = record
        .trace
        .get_or_insert_with(|| TraceId::random().into())
        .0;
    record.lease = Some(LeaseRecord {
        token,
        until: until.into(),
    });
    set_visit(txn, page, &mut record, Some(until))?;
    txn.put(&PageKeyed { page }, &record)?;
    let page = state(record, entry, trace);
    Ok(Some(VisitJob {
        lease: Lease {
            item: page.key.clone(),
            token,
            until,
        },
        page,
    }))
}

/// Whether one of the sources that list the page is configured.
fn is_listed(txn: &Txn<'_>, record: &PageRecord) -> Result<bool, StoreError> {
    for (source, _) in &record.said {
        let source = txn.get(&SourceKey {
            source: source.0.clone(),
        })?;
        if source.is_some_and(|source| source.parked.is_none()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn state(record: PageRecord, entry: Option<EntryRecord>, trace: TraceId) -> PageState {
    PageState {
        key: PageKey {
            outlet: record.outlet.0,
            url: record.url.0,
        },
        fetch: record.fetch.0,
        source: record.source.0,
        entry: entry.map(Into::into),
        announce: record.announce,
        first_seen: record.first_seen.0,
        tries: record.tries,
        trying_since: record.trying_since.0,
        looks: record.looks,
        article: bare(record.article),
        validators: record.validators.into(),
        trace,
    }
}

/// The page of a lease that still holds.
pub(super) fn leased(
    txn: &Txn<'_>,
    lease: &Lease<PageKey>,
) -> Result<(Digest, PageRecord), StoreError> {
    let page = Digest::address(&lease.item.outlet, &lease.item.url);
    txn.get(&PageKeyed { page })?
        .filter(|record| (record.lease).is_some_and(|held| held.token == lease.token))
        .map(|record| (page, record))
        .ok_or(StoreError::LeaseLost)
}

/// Ends a visit that answered: the entry has served, unless it has changed meanwhile.
pub(super) fn done(
    txn: &mut Txn<'_>,
    page: Digest,
    record: &mut PageRecord,
    was_revisit: bool,
    now: Timestamp,
    next_look: Option<Timestamp>,
) -> Result<(), StoreError> {
    record.lease = None;
    if was_revisit {
        record.looks = record.looks.saturating_add(1);
    }
    if std::mem::take(&mut record.again) {
        set_visit(txn, page, record, Some(now))?;
    } else {
        record.tries = 0;
        if std::mem::take(&mut record.has_entry) {
            txn.remove(&EntryKey { page })?;
            let ledger = txn.ledger()?;
            ledger.visits_due = ledger.visits_due.saturating_sub(1);
        }
        set_visit(txn, page, record, next_look)?;
    }
    txn.put(&PageKeyed { page }, record)
}

/// See [`crate::store::Store::settle_visit`].
pub(super) fn settle(
    txn: &mut Txn<'_>,
    lease: &Lease<PageKey>,
    now: Timestamp,
    outcome: VisitOutcome,
) -> Result<(), StoreError> {
    let (page, mut record) = leased(txn, lease)?;
    let was_revisit = record.article.is_some();
    let again = record.again;
    match outcome {
        VisitOutcome::Unchanged { next_look } => {
            done(txn, page, &mut record, was_revisit, now, next_look)
        }
        VisitOutcome::Skipped { reason, yielded } => {
            let source = record.source.0.clone();
            skip(txn, &source, now, &record, reason)?;
            if !was_revisit {
                reap(txn, &source, yielded, now)?;
            }
            done(txn, page, &mut record, false, now, None)
        }
        VisitOutcome::Retry { at } | VisitOutcome::Defer { at } => {
            if matches!(outcome, VisitOutcome::Retry { .. }) && !again {
                if record.tries == 0 {
                    // What it waited for its first try is no part of the time it is tried for.
                    record.trying_since = now.into();
                }
                record.tries = record.tries.saturating_add(1);
            }
            record.lease = None;
            record.again = false;
            set_visit(txn, page, &mut record, Some(if again { now } else { at }))?;
            txn.put(&PageKeyed { page }, &record)
        }
    }
}

/// Counts for its source what the first visit to a page gave.
pub(super) fn reap(
    txn: &mut Txn<'_>,
    source: &SourceId,
    yielded: Yielded,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = SourceKey {
        source: source.clone(),
    };
    let Some(mut record) = txn.get(&key)? else {
        return Ok(());
    };
    let stored = record.habits.harvest.take();
    let mut figures = stored.map_or_else(Harvest::default, HarvestRecord::into_model);
    harvest::observe(&mut figures, yielded, now);
    record.habits.harvest = Some(HarvestRecord::of(&figures));
    txn.put(&key, &record)
}

/// Shows a skipped entry on its source's page.
fn skip(
    txn: &mut Txn<'_>,
    source: &SourceId,
    now: Timestamp,
    page: &PageRecord,
    reason: String,
) -> Result<(), StoreError> {
    let key = SourceKey {
        source: source.clone(),
    };
    let Some(mut record) = txn.get(&key)? else {
        return Ok(());
    };
    let url = at_most(page.url.to_string(), REASON_MAX);
    let reason = at_most(reason, REASON_MAX);
    record.skipped.insert(0, (now.into(), url, reason));
    record.skipped.truncate(SKIPPED_MAX);
    txn.put(&key, &record)
}

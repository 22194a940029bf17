//! What a poll found: which entries are new, changed or known.
//!
//! A known entry costs one look and no write: a feed of a hundred entries that says nothing new is
//! the usual case.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::dedupe::identity::Said;
use crate::model::id::SourceId;
use crate::model::trace::TraceId;
use crate::store::sled::events::append;
use crate::store::sled::keys::{AddressKey, Digest, EntryKey, GuidKey, PageKeyed, SourceKey};
use crate::store::sled::known::{Meant, plain, resolve};
use crate::store::sled::polls::set_poll;
use crate::store::sled::records::{GuidRecord, PageRecord, ValidatorsRecord};
use crate::store::sled::states::{GuidQuality, SourceRecord};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn};
use crate::store::sled::visits::set_visit;
use crate::store::sled::words::{EntryRecord, bound_entry};
use crate::store::{Found, Lease, PollReport, PollResult, StoreError};

/// See [`crate::store::Store::finish_poll`].
///
/// A long list is stored in several batches, pages first and the source's state last: each page
/// stands alone, and a poll that a crash cut short is repeated and finds those pages known.
pub(super) fn finish(
    txn: &mut Txn<'_>,
    lease: &Lease<SourceId>,
    report: PollReport,
) -> Result<PollResult, StoreError> {
    let key = SourceKey {
        source: lease.item.clone(),
    };
    let Some(mut record) = txn.get(&key)?.filter(|record| {
        record.parked.is_none() && (record.lease).is_some_and(|held| held.token == lease.token)
    }) else {
        return Err(StoreError::LeaseLost);
    };
    let mut result = PollResult::default();
    let mut finding = Finding {
        source: &lease.item,
        now: report.now,
        announce: report.announce,
        quiet: &report.quiet,
        touched: HashSet::new(),
        guids: record.guids,
        trace: report.state.trace,
    };
    let (found, repeated) = without_repeats(&record, report.found);
    result.known = repeated;
    // The list's last entry is its oldest: it is visited, and so stored and told, first.
    for found in found.into_iter().rev() {
        match finding.record(txn, &record, found)? {
            Became::New => result.new += 1,
            Became::Changed => result.changed += 1,
            Became::Known => result.known += 1,
            Became::KnownToOthers => {
                result.known += 1;
                record.entries_seen += 1;
            }
        }
        if txn.is_full() {
            let mut partly = record.clone();
            partly.entries_seen += result.new as u64;
            partly.guids = finding.guids;
            txn.put(&key, &partly)?;
            txn.commit()?;
        }
    }
    let mut next = SourceRecord::of(report.state);
    next.entries_seen = record.entries_seen + result.new as u64;
    next.articles = record.articles;
    next.guids = finding.guids;
    // A poll that brought nothing new keeps the warnings of the one before.
    next.warnings.retain(|warning| warning != UNTRUSTED);
    if !next.guids.are_trusted() {
        next.warnings.push(UNTRUSTED.to_owned());
    }
    next.habits.harvest = record.habits.harvest;
    next.skipped = std::mem::take(&mut record.skipped);
    next.outlet = record.outlet;
    next.kind = record.kind;
    next.url = record.url;
    next.due = record.due;
    let due = next.next_poll.map(|due| due.0);
    set_poll(txn, &lease.item, &mut next, due)?;
    txn.put(&key, &next)?;
    for (event, to) in report.events {
        append(txn, event, &to)?;
    }
    Ok(result)
}

/// Leaves out what one list says twice, by address or by identifier: the newest, which stands first,
/// counts. Two entries that say different things of one page would otherwise change it at each poll.
fn without_repeats(record: &SourceRecord, found: Vec<Found>) -> (Vec<(Digest, Found)>, usize) {
    let all = found.len();
    let mut said = HashSet::new();
    let mut kept = Vec::with_capacity(all);
    for found in found {
        let address = Digest::address(&record.outlet, &found.url);
        let guid = (found.guid.as_ref()).map(|guid| Digest::guid(&record.outlet, guid));
        if said.contains(&address) || guid.is_some_and(|guid| said.contains(&guid)) {
            continue;
        }
        said.insert(address);
        said.extend(guid);
        kept.push((address, found));
    }
    let repeated = all - kept.len();
    (kept, repeated)
}

enum Became {
    New,
    Changed,
    Known,
    /// Known, and listed by this source for the first time.
    KnownToOthers,
}

struct Finding<'a> {
    source: &'a SourceId,
    now: Timestamp,
    announce: bool,
    quiet: &'a HashSet<Url>,
    touched: HashSet<Digest>,
    guids: GuidQuality,
    trace: Option<TraceId>,
}

/// Said of a source whose identifiers are not relied on.
const UNTRUSTED: &str = "its identifiers name several articles each, or change from poll to poll: entries are known by \
                         address and text alone";

/// Sources of which a page remembers what they said. One listed by more is not looked at again
/// for what the others change.
pub(super) const SAID_MAX: usize = 16;

/// Identifiers that may mean one page.
const GUIDS_MAX: usize = 8;
/// Identifiers of one page that the feeds of an outlet may well have between them; with more than
/// these, the one that brought the last changes them.
const GUIDS_USUAL: usize = 3;
/// How exactly it is kept when a page was last listed.
pub(super) const SEEN_STEP: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Finding<'_> {
    fn record(
        &mut self,
        txn: &mut Txn<'_>,
        source: &SourceRecord,
        (address, found): (Digest, Found),
    ) -> Result<Became, StoreError> {
        let guid = found.guid.as_ref().filter(|_| self.guids.are_trusted());
        let mut guid = guid.map(|guid| Digest::guid(&source.outlet, guid));
        let said = Said {
            title: found.entry.title.as_deref(),
            published: found.entry.published,
        };
        let plain = || plain(&source.outlet, &found.url, &found.fetch);
        let (page, record) = match resolve(txn, address, plain, guid, said)? {
            Meant::Page(page, record) => (page, Some(*record)),
            Meant::Nothing => (address, None),
            Meant::Another => {
                self.guids.faults = self.guids.faults.saturating_add(1);
                guid = None;
                (address, None)
            }
        };
        if !self.touched.insert(page) {
            return Ok(Became::Known);
        }
        match record {
            None => self.first_sight(txn, source, page, found, guid),
            Some(record) => self.known(txn, page, record, found, guid),
        }
    }

    fn first_sight(
        &mut self,
        txn: &mut Txn<'_>,
        source: &SourceRecord,
        page: Digest,
        found: Found,
        guid: Option<Digest>,
    ) -> Result<Became, StoreError> {
        let digest = found.entry.digest();
        let announce = self.announce && !self.quiet.contains(&found.url);
        let mut record = PageRecord {
            outlet: source.outlet.clone(),
            url: found.url.into(),
            fetch: found.fetch.into(),
            source: self.source.clone().into(),
            announce,
            first_seen: self.now.into(),
            seen: self.now.into(),
            tries: 0,
            trying_since: self.now.into(),
            looks: 0,
            article: None,
            validators: ValidatorsRecord::default(),
            said: vec![(Text(self.source.clone()), digest)],
            guids: Vec::new(),
            has_entry: true,
            due: None,
            lease: None,
            again: false,
            trace: self.trace.map(Text),
        };
        let entry = EntryRecord::from(bound_entry(found.entry));
        txn.put(&EntryKey { page }, &entry)?;
        if link_guid(txn, page, &mut record, guid)? {
            self.guids.sound = self.guids.sound.saturating_add(1);
        }
        set_visit(txn, page, &mut record, Some(self.now))?;
        txn.put(&PageKeyed { page }, &record)?;
        let ledger = txn.ledger()?;
        ledger.pages += 1;
        ledger.visits_due += 1;
        Ok(Became::New)
    }

    fn known(
        &mut self,
        txn: &mut Txn<'_>,
        page: Digest,
        mut record: PageRecord,
        found: Found,
        guid: Option<Digest>,
    ) -> Result<Became, StoreError> {
        let digest = found.entry.digest();
        let mut write = link_guid(txn, page, &mut record, guid)?;
        if write && record.guids.len() > GUIDS_USUAL {
            self.guids.faults = self.guids.faults.saturating_add(1);
        }
        write |= self.touch(txn, page, &mut record)?;
        let said = (record.said.iter()).position(|(source, _)| source.0 == *self.source);
        let became = match said {
            Some(place) if record.said[place].1 == digest => Became::Known,
            Some(place) => {
                record.said[place].1 = digest;
                self.revive(txn, page, &mut record, found)?;
                write = true;
                Became::Changed
            }
            // Another source's words on the same page are no change.
            None if record.said.len() < SAID_MAX => {
                record.said.push((Text(self.source.clone()), digest));
                write = true;
                Became::KnownToOthers
            }
            None => Became::Known,
        };
        if write {
            txn.put(&PageKeyed { page }, &record)?;
        }
        Ok(became)
    }

    /// Makes a visit due now, with the entry as it is now said. A visit under way is left its lease
    /// and followed by another.
    fn revive(
        &self,
        txn: &mut Txn<'_>,
        page: Digest,
        record: &mut PageRecord,
        found: Found,
    ) -> Result<(), StoreError> {
        let entry = EntryRecord::from(bound_entry(found.entry));
        txn.put(&EntryKey { page }, &entry)?;
        if !record.has_entry {
            record.has_entry = true;
            txn.ledger()?.visits_due += 1;
        }
        record.tries = 0;
        record.trying_since = self.now.into();
        record.trace = self.trace.map(Text).or(record.trace);
        if record.lease.is_some() {
            record.again = true;
        }
        let due = match record.lease {
            Some(lease) if lease.until.0 > self.now => Some(lease.until.0),
            Some(_) | None => Some(self.now),
        };
        set_visit(txn, page, record, None)?;
        record.fetch = found.fetch.into();
        set_visit(txn, page, record, due)
    }

    /// Remembers, to a week, that the page is still listed.
    fn touch(
        &self,
        txn: &mut Txn<'_>,
        page: Digest,
        record: &mut PageRecord,
    ) -> Result<bool, StoreError> {
        if self.now.duration_since(record.seen.0) < SEEN_STEP {
            return Ok(false);
        }
        record.seen = self.now.into();
        let key = AddressKey { address: page };
        if let Some(mut address) = txn.get(&key)? {
            address.seen = self.now.into();
            txn.put(&key, &address)?;
        }
        Ok(true)
    }
}

/// Lets an identifier mean the page, unless it means another; whether the page's record changed.
fn link_guid(
    txn: &mut Txn<'_>,
    page: Digest,
    record: &mut PageRecord,
    guid: Option<Digest>,
) -> Result<bool, StoreError> {
    let Some(guid) = guid else { return Ok(false) };
    if record.guids.contains(&guid) || record.guids.len() >= GUIDS_MAX {
        return Ok(false);
    }
    let key = GuidKey { guid };
    if txn.has(&key)? {
        return Ok(false);
    }
    txn.put(&key, &GuidRecord { page })?;
    record.guids.push(guid);
    Ok(true)
}

//! The check: every record's checksum and form, forward from each article to all that belongs to it,
//! and backward from each key, event and delivery to what it names; then the counts.
//!
//! A store that was killed at any moment passes it. It changes nothing and mends nothing.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::path::Path;

mod articles;
mod queues;
mod stories;

use crate::model::id::EndpointName;
use crate::store::sled::counters::is_counted;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, CHUNK, ChainKey, CommitKey, DeliveryDueKey, DeliveryKey,
    DeliveryOfKey, EndpointCountKey, EndpointKey, EntryKey, EventKey, EventTurnKey, FailedKey,
    GuidKey, Key, LedgerKey, ListKey, ListsKey, LiveKey, NearKey, OpenKey, OutletListKey,
    PageKeyed, PollDueKey, RawKey, RevisionKey, SchemaKey, SketchKey, SourceKey, StoreIdKey,
    StoryKey, SubscriptionKey, TextKey, TextOfKey, VisitDueKey, prefix, readable, split_chunk,
};
use crate::store::sled::open::blobs;
use crate::store::sled::states::Ledger;
use crate::store::sled::txn::{Read as _, engine};
use crate::store::sled::value::{self, VALUE_MAX};
use crate::store::sled::view::View;
use crate::store::{CheckReport, StoreError};

/// Faults that are told one by one.
const FAULTS_MAX: usize = 1_000;

/// What a walk through all records found.
pub(super) struct Survey {
    pub(super) report: CheckReport,
    /// The counts as they should be.
    pub(super) ledger: Ledger,
    pub(super) deliveries: HashMap<EndpointName, [u64; 5]>,
    /// Bytes of all records that count.
    pub(super) live: u64,
}

/// See [`crate::store::Store::check`].
pub(super) fn check(view: &View, path: &Path) -> Result<CheckReport, StoreError> {
    Ok(survey(view, path)?.report)
}

/// Walks through all records.
pub(super) fn survey(view: &View, path: &Path) -> Result<Survey, StoreError> {
    let mut audit = Audit {
        view,
        report: CheckReport::default(),
        counted: Ledger::default(),
        live: 0,
        deliveries: HashMap::new(),
    };
    for item in view.tree() {
        // What the engine itself cannot read is a fault, and what follows is still looked at.
        match item.map_err(engine("read")) {
            Ok((key, raw)) => audit.look(&key, &raw)?,
            Err(StoreError::Engine { source, .. }) => {
                audit.fault(format_args!("the engine cannot read on: {source}"));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    audit.counts()?;
    let blobs = blobs(path);
    if blobs > 0 {
        audit.fault(format_args!(
            "{blobs} values stand in files that a power cut may lose"
        ));
    }
    Ok(Survey {
        report: audit.report,
        ledger: audit.counted,
        deliveries: audit.deliveries,
        live: audit.live,
    })
}

struct Audit<'a> {
    view: &'a View,
    report: CheckReport,
    counted: Ledger,
    /// Bytes of all records that count.
    live: u64,
    deliveries: HashMap<EndpointName, [u64; 5]>,
}

impl Audit<'_> {
    fn fault(&mut self, what: impl Display) {
        if self.report.faults.len() < FAULTS_MAX {
            self.report.faults.push(what.to_string());
        }
    }

    /// Looks at one record.
    fn look(&mut self, key: &[u8], raw: &[u8]) -> Result<(), StoreError> {
        self.report.records += 1;
        if is_counted(key) {
            self.live += (key.len() + raw.len()) as u64;
        }
        if raw.len() > VALUE_MAX {
            self.fault(format_args!("{} is longer than may be", readable(key)));
        }
        match *key.first().unwrap_or(&0) {
            CHUNK => self.part(key, raw),
            ArticleKey::KIND => self.each(key, raw, Self::article),
            RevisionKey::KIND => self.each(key, raw, Self::revision),
            RawKey::KIND => self.each(key, raw, Self::raw),
            ListKey::KIND => self.each(key, raw, Self::list),
            OutletListKey::KIND => self.each(key, raw, Self::outlet_list),
            AddressKey::KIND => self.each(key, raw, Self::address),
            TextKey::KIND => self.each(key, raw, Self::text),
            AddressOfKey::KIND => self.each(key, raw, Self::address_of),
            TextOfKey::KIND => self.each(key, raw, Self::text_of),
            NearKey::KIND => self.each(key, raw, Self::near),
            SketchKey::KIND => self.each(key, raw, Self::sketch),
            StoryKey::KIND => self.each(key, raw, Self::story),
            PageKeyed::KIND => self.each(key, raw, Self::page),
            EntryKey::KIND => self.each(key, raw, Self::entry),
            GuidKey::KIND => self.each(key, raw, Self::guid),
            VisitDueKey::KIND => self.each(key, raw, Self::visit_due),
            SourceKey::KIND => self.each(key, raw, Self::source),
            PollDueKey::KIND => self.each(key, raw, Self::poll_due),
            EventKey::KIND => self.each(key, raw, Self::event),
            EventTurnKey::KIND => self.each(key, raw, Self::event_turn),
            DeliveryKey::KIND => self.each(key, raw, Self::delivery),
            DeliveryDueKey::KIND => self.each(key, raw, Self::delivery_due),
            ChainKey::KIND => self.each(key, raw, Self::chain),
            DeliveryOfKey::KIND => self.each(key, raw, Self::delivery_of),
            OpenKey::KIND => self.each(key, raw, Self::open),
            FailedKey::KIND => self.each(key, raw, Self::failed),
            SubscriptionKey::KIND => self.each(key, raw, |_, _: SubscriptionKey, _| Ok(())),
            EndpointKey::KIND => self.each(key, raw, |_, _: EndpointKey, _| Ok(())),
            EndpointCountKey::KIND => self.each(key, raw, |_, _: EndpointCountKey, _| Ok(())),
            LedgerKey::KIND => self.each(key, raw, |_, _: LedgerKey, _| Ok(())),
            SchemaKey::KIND => self.each(key, raw, |_, _: SchemaKey, _| Ok(())),
            ListsKey::KIND => self.each(key, raw, |_, _: ListsKey, _| Ok(())),
            StoreIdKey::KIND => self.each(key, raw, |_, _: StoreIdKey, _| Ok(())),
            CommitKey::KIND => self.each(key, raw, |_, _: CommitKey, _| Ok(())),
            LiveKey::KIND => self.each(key, raw, |_, _: LiveKey, _| Ok(())),
            _ => {
                self.fault(format_args!("{} is of no known kind", readable(key)));
                Ok(())
            }
        }
    }

    /// Reads a record and hands it to the rule of its kind.
    fn each<K: Key>(
        &mut self,
        key: &[u8],
        raw: &[u8],
        rule: fn(&mut Self, K, K::Value) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(parsed) = K::decode(key) else {
            self.fault(format_args!("{} is no key of its kind", readable(key)));
            return Ok(());
        };
        match self.view.decode(key, raw)? {
            // A rule may meet another damaged record: that one is told at its own turn.
            Ok(value) => match rule(self, parsed, value) {
                Ok(()) | Err(StoreError::Corrupt { .. }) => Ok(()),
                Err(error) => Err(error),
            },
            Err(damage) => {
                self.fault(format_args!("{} is damaged: {}", readable(key), damage.0));
                Ok(())
            }
        }
    }

    /// A further part of a long value: sound, and wanted by the value.
    fn part(&mut self, key: &[u8], raw: &[u8]) -> Result<(), StoreError> {
        match value::open(key, raw) {
            Ok(part) if part.is_part() => {}
            Ok(_) => self.fault(format_args!("{} is no part", readable(key))),
            Err(damage) => {
                self.fault(format_args!("{} is damaged: {}", readable(key), damage.0));
            }
        }
        let wanted = match split_chunk(key) {
            None => false,
            Some((base, number)) => match self.view.raw(base)? {
                Some(raw) => value::open(base, &raw).is_ok_and(|base| base.parts() > number),
                None => false,
            },
        };
        if !wanted {
            self.fault(format_args!("{} belongs to no value", readable(key)));
        }
        Ok(())
    }

    /// `name` must have `key`.
    fn need<K: Key>(&mut self, name: &dyn Display, key: &K) -> Result<(), StoreError> {
        if !self.view.has(key)? {
            let key = readable(&key.encode());
            self.fault(format_args!("{name} lacks {key}"));
        }
        Ok(())
    }

    /// Compares what was counted with the counts that are kept.
    fn counts(&mut self) -> Result<(), StoreError> {
        let kept = match self.view.get(&LedgerKey {}) {
            Ok(kept) => kept.unwrap_or_default(),
            // Told already.
            Err(StoreError::Corrupt { .. }) => self.counted,
            Err(error) => return Err(error),
        };
        let counted = self.counted;
        for (what, counted, kept) in [
            ("articles", counted.articles, kept.articles),
            ("revisions", counted.revisions, kept.revisions),
            ("pages", counted.pages, kept.pages),
            ("pages with an entry", counted.visits_due, kept.visits_due),
            ("events", counted.events, kept.events),
            ("kept pages", counted.raw_pages, kept.raw_pages),
            ("bytes of kept pages", counted.raw_bytes, kept.raw_bytes),
        ] {
            if counted != kept {
                self.fault(format_args!("{counted} {what} are counted as {kept}"));
            }
        }
        if let Ok(Some(kept)) = self.view.get(&LiveKey {})
            && kept != self.live
        {
            let live = self.live;
            self.fault(format_args!(
                "{live} bytes of records are counted as {kept}"
            ));
        }
        if counted.next_event > kept.next_event {
            self.fault("an event stands beyond the last");
        }
        let view = self.view;
        let mut told = HashSet::new();
        for key in view.forward(&prefix::<EndpointCountKey>(&[]), Vec::new()) {
            let key: EndpointCountKey = key?;
            let Ok(kept) = view.get(&key) else { continue };
            let kept = kept.unwrap_or_default();
            let counted = self.deliveries.get(&key.endpoint).copied();
            let counted = counted.unwrap_or_default();
            told.insert(key.endpoint.clone());
            if counted != kept {
                let name = key.endpoint;
                self.fault(format_args!(
                    "deliveries to {name} are {counted:?} and counted as {kept:?}"
                ));
            }
        }
        let uncounted = self.deliveries.keys().filter(|name| !told.contains(*name));
        for name in uncounted.cloned().collect::<Vec<_>>() {
            self.fault(format_args!("deliveries to {name} are not counted"));
        }
        Ok(())
    }
}

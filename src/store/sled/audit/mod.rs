//! The check: every record's checksum and form, forward from each article to all that belongs to it,
//! and backward from each key, event and delivery to what it names; then the counts.
//!
//! A store that was killed at any moment passes it. It changes nothing and mends nothing.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

mod articles;
mod queues;

use crate::model::id::EndpointName;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, CHUNK, ChainKey, CommitKey, DeliveryDueKey, DeliveryKey,
    EndpointCountKey, EndpointKey, EntryKey, EventKey, EventTurnKey, FailedKey, GuidKey, Key,
    LedgerKey, ListKey, OpenKey, OutletListKey, PageKeyed, PollDueKey, RevisionKey, SchemaKey,
    SourceKey, StoreIdKey, TextKey, TextOfKey, VisitDueKey, prefix, readable, split_chunk,
};
use crate::store::sled::open::blobs;
use crate::store::sled::states::Ledger;
use crate::store::sled::txn::{Read as _, View, engine};
use crate::store::sled::value::{self, VALUE_MAX};
use crate::store::{CheckReport, StoreError};

/// Faults that are told one by one.
const FAULTS_MAX: usize = 1_000;

/// See [`crate::store::Store::check`].
pub(super) fn check(view: &View, path: &Path) -> Result<CheckReport, StoreError> {
    let mut audit = Audit {
        view,
        report: CheckReport::default(),
        counted: Ledger::default(),
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
    Ok(audit.report)
}

struct Audit<'a> {
    view: &'a View,
    report: CheckReport,
    counted: Ledger,
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
        if raw.len() > VALUE_MAX {
            self.fault(format_args!("{} is longer than may be", readable(key)));
        }
        match *key.first().unwrap_or(&0) {
            CHUNK => self.part(key, raw),
            ArticleKey::KIND => self.each(key, raw, Self::article),
            RevisionKey::KIND => self.each(key, raw, Self::revision),
            ListKey::KIND => self.each(key, raw, Self::list),
            OutletListKey::KIND => self.each(key, raw, Self::outlet_list),
            AddressKey::KIND => self.each(key, raw, Self::address),
            TextKey::KIND => self.each(key, raw, Self::text),
            AddressOfKey::KIND => self.each(key, raw, Self::address_of),
            TextOfKey::KIND => self.each(key, raw, Self::text_of),
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
            OpenKey::KIND => self.each(key, raw, Self::open),
            FailedKey::KIND => self.each(key, raw, Self::failed),
            EndpointKey::KIND => self.each(key, raw, |_, _: EndpointKey, _| Ok(())),
            EndpointCountKey::KIND => self.each(key, raw, |_, _: EndpointCountKey, _| Ok(())),
            LedgerKey::KIND => self.each(key, raw, |_, _: LedgerKey, _| Ok(())),
            SchemaKey::KIND => self.each(key, raw, |_, _: SchemaKey, _| Ok(())),
            StoreIdKey::KIND => self.each(key, raw, |_, _: StoreIdKey, _| Ok(())),
            CommitKey::KIND => self.each(key, raw, |_, _: CommitKey, _| Ok(())),
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
        ] {
            if counted != kept {
                self.fault(format_args!("{counted} {what} are counted as {kept}"));
            }
        }
        if counted.next_event > kept.next_event {
            self.fault("an event stands beyond the last");
        }
        let view = self.view;
        for key in view.forward(&prefix::<EndpointCountKey>(&[]), Vec::new()) {
            let key: EndpointCountKey = key?;
            let Ok(kept) = view.get(&key) else { continue };
            let kept = kept.unwrap_or_default();
            let counted = self.deliveries.remove(&key.endpoint).unwrap_or_default();
            if counted != kept {
                let name = key.endpoint;
                self.fault(format_args!(
                    "deliveries to {name} are {counted:?} and counted as {kept:?}"
                ));
            }
        }
        let uncounted: Vec<EndpointName> = self.deliveries.keys().cloned().collect();
        for name in uncounted {
            self.fault(format_args!("deliveries to {name} are not counted"));
        }
        Ok(())
    }
}

//! Mending a damaged store: what follows from sound records is made anew, what cannot be kept is set
//! aside in a file beside the store, and each thing done is said.
//!
//! A record that fails its checksum is set aside first. What stood in relation to it is then put in
//! order: an article without words becomes one that was pruned (known, and not told again), a message
//! that was still to be told is told if its queue knows of it, a message whose words are gone is set
//! aside. Then the lists and queues are compared with the records that cause them, and the counts
//! with what there is. All of it is done again until nothing is left to do, because one thing
//! follows from another.

mod facts;
mod indexes;
mod lost;
mod stories;

use std::fmt::Display;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use sled::IVec;

use crate::store::sled::audit;
use crate::store::sled::keys::{
    ArticleKey, CHUNK, DeliveryKey, EndpointCountKey, Key as _, LedgerKey, judge, readable,
    split_chunk,
};
use crate::store::sled::place;
use crate::store::sled::txn::{Read as _, Txn, engine, join, sound};
use crate::store::sled::value::{self, Damage};
use crate::store::sled::view::View;
use crate::store::{RepairReport, StoreError};

/// Things done and set aside that are told one by one.
const TOLD_MAX: usize = 1_000;
/// Rounds at most. What follows from one fault is found in the next round; a store that is not in
/// order after so many is told as it is.
const ROUNDS_MAX: usize = 8;

/// See [`crate::store::Store::repair`].
pub(super) fn repair(
    txn: &mut Txn<'_>,
    path: &Path,
    now: Timestamp,
) -> Result<RepairReport, StoreError> {
    let view = txn.view().clone();
    let mut mender = Mender {
        txn,
        view,
        now,
        report: RepairReport::default(),
        aside: None,
        path,
    };
    for _ in 0..ROUNDS_MAX {
        let before = mender.report.changes;
        mender.damaged()?;
        mender.indexes()?;
        mender.facts()?;
        mender.indexes()?;
        if mender.report.changes == before {
            break;
        }
    }
    mender.counts()?;
    if let Some((file, path)) = mender.aside.take() {
        file.sync_all().map_err(unwritten)?;
        mender.report.file = Some(path);
    }
    mender.report.after = audit::check(&mender.view, path)?;
    Ok(mender.report)
}

struct Mender<'a, 't> {
    txn: &'a mut Txn<'t>,
    /// The tree, for scans; what was gathered and not committed is not in it.
    view: View,
    now: Timestamp,
    report: RepairReport,
    /// Takes what is set aside, once something is.
    aside: Option<(File, PathBuf)>,
    path: &'a Path,
}

impl Mender<'_, '_> {
    /// Says what was put in order.
    fn mended(&mut self, what: impl Display) {
        self.report.changes += 1;
        if self.report.mended.len() < TOLD_MAX {
            self.report.mended.push(what.to_string());
        }
    }

    /// Moves a record out of the store and into the file beside it, as text where it can be read.
    fn set_aside(&mut self, key: &[u8], why: impl Display) -> Result<(), StoreError> {
        let Some(raw) = self.txn.raw(key)? else {
            return Ok(());
        };
        let name = readable(key);
        let line = json!({
            "record": name,
            "why": why.to_string(),
            "key": hexadecimal(key),
            "value": plain(self.txn, key, &raw).ok().and_then(|plain| {
                serde_json::from_slice::<serde_json::Value>(&plain).ok()
            }),
            "bytes": hexadecimal(&raw),
        });
        if self.aside.is_none() {
            let path = place::aside(self.path, "set-aside-", ".jsonl");
            let file = (File::options().write(true).create_new(true).mode(0o600))
                .open(&path)
                .map_err(unwritten)?;
            self.aside = Some((file, path));
        }
        if let Some((file, _)) = &mut self.aside {
            // Before the record goes: a crash may leave it twice and never nowhere.
            writeln!(file, "{line}")
                .and_then(|()| file.sync_data())
                .map_err(unwritten)?;
        }
        self.txn.remove_raw(key)?;
        self.report.changes += 1;
        if self.report.set_aside.len() < TOLD_MAX {
            self.report.set_aside.push(format!("{name}: {why}"));
        }
        self.txn.breathe()
    }

    /// Sets aside what fails its checksum or cannot be read, and parts of values that are gone.
    fn damaged(&mut self) -> Result<(), StoreError> {
        for item in self.view.clone().tree() {
            let (key, raw) = item.map_err(engine("read"))?;
            if key.first() == Some(&CHUNK) {
                if !self.is_wanted(&key)? {
                    self.set_aside(&key, "it belongs to no value")?;
                }
                continue;
            }
            let Err(Damage(why)) =
                plain(self.txn, &key, &raw).and_then(|plain| judge(&key, &plain).map_err(Damage))
            else {
                continue;
            };
            match key.first() {
                Some(&ArticleKey::KIND) => self.lost_article(&key, &why)?,
                Some(&DeliveryKey::KIND) => self.lost_delivery(&key, &why)?,
                // What only counts is counted again.
                Some(&(LedgerKey::KIND | EndpointCountKey::KIND)) => {
                    self.txn.remove_raw(&key)?;
                    self.mended(format_args!("{} is counted again", readable(&key)));
                }
                Some(_) | None => self.set_aside(&key, why)?,
            }
        }
        self.txn.commit()
    }

    /// Whether a further part is of a value that has such a part.
    fn is_wanted(&self, key: &[u8]) -> Result<bool, StoreError> {
        let Some((base, number)) = split_chunk(key) else {
            return Ok(false);
        };
        let base_raw = self.txn.raw(base)?;
        Ok(base_raw
            .is_some_and(|raw| value::open(base, &raw).is_ok_and(|opened| opened.parts() > number)))
    }

    /// Puts the counts in line with what there is.
    fn counts(&mut self) -> Result<(), StoreError> {
        self.txn.commit()?;
        let counted = audit::survey(&self.view, self.path)?;
        let mut ledger = sound(self.txn.get(&LedgerKey {}))?.unwrap_or_default();
        let kept = ledger;
        let next = (kept.next_event, kept.next_turn);
        ledger = counted.ledger;
        ledger.next_event = ledger.next_event.max(next.0);
        ledger.next_turn = ledger.next_turn.max(next.1);
        if kept != ledger {
            self.mended("the store's counts were put right");
            *self.txn.ledger()? = ledger;
        }
        for key in self.endpoint_counts()? {
            let right = counted.deliveries.get(&key.endpoint).copied();
            let right = right.unwrap_or_default();
            if sound(self.txn.get(&key))?.unwrap_or_default() != right {
                self.mended(format_args!(
                    "deliveries to {} were counted again",
                    key.endpoint
                ));
                self.txn.put(&key, &right)?;
            }
        }
        for (endpoint, right) in counted.deliveries {
            let key = EndpointCountKey { endpoint };
            if !self.txn.has(&key)? {
                self.mended(format_args!(
                    "deliveries to {} were counted again",
                    key.endpoint
                ));
                self.txn.put(&key, &right)?;
            }
        }
        self.txn.commit()?;
        let live = audit::survey(&self.view, self.path)?.live;
        if self.txn.set_live(live)? {
            self.mended("the bytes of all records were counted again");
        }
        Ok(())
    }

    fn endpoint_counts(&self) -> Result<Vec<EndpointCountKey>, StoreError> {
        let all = crate::store::sled::keys::prefix::<EndpointCountKey>(&[]);
        self.view.forward(&all, Vec::new()).collect()
    }
}

/// A record's value as it was encoded.
fn plain(txn: &Txn<'_>, key: &[u8], raw: &IVec) -> Result<Vec<u8>, Damage> {
    let opened = value::open(key, raw)?;
    let joined =
        join(key, &opened, |part| txn.raw(part)).map_err(|error| Damage(error.to_string()))??;
    opened.plain(&joined).map(std::borrow::Cow::into_owned)
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a string takes all that is written");
        out
    })
}

fn unwritten(source: std::io::Error) -> StoreError {
    StoreError::Engine {
        doing: "write down what is set aside",
        source: source.into(),
    }
}

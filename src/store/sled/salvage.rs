//! What is done before a damaged store is mended: its files are copied byte for byte, because the
//! engine cuts its log at the first damage that it meets; then all that can still be read is brought
//! into a sound file.
//!
//! The engine is let at the files as they are and, if it misses something then, at the log alone,
//! which it then reads from its beginning; the better of the two is taken. Where single
//! pages cannot be read, what stands before and behind them is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sled::{IVec, Tree};

use crate::store::sled::import::Sink;
use crate::store::sled::keys::{CommitKey, StoreIdKey, readable};
use crate::store::sled::open::{SledOptions, await_release, open_engine};
use crate::store::sled::place;
use crate::store::sled::side::{self, Said};
use crate::store::sled::txn::{Read as _, sound};
use crate::store::sled::view::View;
use crate::store::{RepairReport, StoreError};

/// What was kept and what was found, before the mending itself.
#[derive(Clone, Debug)]
pub(super) struct Salvage {
    /// The files as they were.
    pub(super) copy: PathBuf,
    /// What is missing, and what was done about it.
    pub(super) told: Vec<String>,
}

impl Salvage {
    /// The report on the mending that followed. Of a store that turned out to be whole no copy is left.
    pub(super) fn reported(
        self,
        path: &Path,
        repaired: Result<RepairReport, StoreError>,
    ) -> Result<RepairReport, StoreError> {
        let mut report = repaired.map_err(|error| kept(path, &self.copy, &error))?;
        let was_whole = report.changes == 0 && report.after.faults.is_empty();
        if was_whole && self.told.is_empty() {
            if let Err(error) = place::remove(&self.copy) {
                tracing::warn!("cannot remove {}: {error}", self.copy.display());
            }
            return Ok(report);
        }
        report.salvaged = self.told;
        report.copy = Some(self.copy);
        Ok(report)
    }
}

/// What an attempt could read.
struct Found {
    id: Option<String>,
    /// Nothing where their record cannot be read, which is then put back from the side file.
    commits: Option<u64>,
    records: u64,
    /// Where keys cannot be read.
    gaps: Vec<String>,
}

/// Keeps a copy of the store at `path` and makes it one that can be read from end to end. Under the
/// lock. After an error the copy is there.
pub(super) fn salvage(path: &Path, options: &SledOptions) -> Result<Salvage, StoreError> {
    let copy = place::keep(path).map_err(|error| StoreError::Open {
        path: path.display().to_string(),
        why: format!(
            "its files cannot be copied, without which nothing is mended: {error}; make room for them \
             beside it"
        ),
    })?;
    let told = rescue(path, &copy, options).map_err(|error| kept(path, &copy, &error))?;
    Ok(Salvage { copy, told })
}

/// An error, with the place of the copy.
pub(super) fn kept(path: &Path, copy: &Path, error: &StoreError) -> StoreError {
    let why = match error {
        StoreError::Open { why, .. } => why.clone(),
        other => crate::observe::chain(other),
    };
    StoreError::Open {
        path: path.display().to_string(),
        why: format!(
            "{why}; a copy of its files as they were is {}",
            copy.display()
        ),
    }
}

fn rescue(path: &Path, copy: &Path, options: &SledOptions) -> Result<Vec<String>, StoreError> {
    let failed = |doing: &'static str| {
        move |source: std::io::Error| StoreError::Engine {
            doing,
            source: source.into(),
        }
    };
    let said = side::read(copy).map_err(failed("read its side file"))?;
    let had = said.as_ref().map_or(0, |said| said.commits);
    let as_it_is = look(path, options);
    if let Ok(found) = &as_it_is
        && found.gaps.is_empty()
        && found.commits.is_none_or(|commits| commits >= had)
        && (found.records > 0 || had == 0)
    {
        return Ok(Vec::new());
    }
    // Again from the whole log: the files in their place have been cut by now.
    let work = place::work(path);
    place::remove(&work).map_err(failed("remove what an earlier attempt left"))?;
    place::copy_log(copy, &work).map_err(failed("copy itself"))?;
    let anew = look(&work, options);
    let (from, found) = match (as_it_is, anew) {
        (Ok(one), Ok(two)) if two.records > one.records => (work.as_path(), two),
        (Ok(one), _) => (path, one),
        (Err(_), Ok(two)) => (work.as_path(), two),
        (Err(error), Err(_)) => {
            place::remove(&work).map_err(failed("remove what was looked through"))?;
            return Err(error);
        }
    };
    if found.records == 0 && had > 0 {
        place::remove(&work).map_err(failed("remove what was looked through"))?;
        return Err(StoreError::Open {
            path: path.display().to_string(),
            why: format!(
                "nothing of its {had} commits can be read; put back a backup with `wireroom store \
                 restore --force FILE`"
            ),
        });
    }
    let mut told = Vec::new();
    let commits = found.commits.unwrap_or(had);
    if commits < had {
        let lost = had - commits;
        told.push(format!("its newest {lost} commits cannot be read"));
    }
    for gap in &found.gaps {
        told.push(format!(
            "a page cannot be read, and with it the records behind {gap}"
        ));
    }
    if from == work {
        told.push("its log was read from the beginning, without what stands beside it".to_owned());
    }
    let id = found
        .id
        .or_else(|| said.as_ref().map(|said: &Said| said.id.clone()));
    let id = id.ok_or_else(|| StoreError::Open {
        path: path.display().to_string(),
        why: "what says which store it is cannot be read".to_owned(),
    })?;
    let mut sink = Sink::create(&place::part(path), options)?;
    let read = read_all(from, options, &mut |key, value| sink.put_raw(key, value));
    if let Err(error) = read {
        sink.discard();
        return Err(error);
    }
    sink.finish(id, commits)?;
    let before = place::before(path);
    place::exchange(path, &before).map_err(failed("exchange itself for what could be read"))?;
    for old in [&before, &work] {
        if let Err(error) = place::remove(old) {
            tracing::warn!("cannot remove {}: {error}", old.display());
        }
    }
    told.push(format!(
        "{} records were read and written anew",
        found.records
    ));
    Ok(told)
}

/// How much of the store in `folder` can be read.
fn look(folder: &Path, options: &SledOptions) -> Result<Found, StoreError> {
    let mut records = 0;
    let (id, commits, gaps) = read_all(folder, options, &mut |_, _| {
        records += 1;
        Ok(())
    })?;
    Ok(Found {
        id,
        commits,
        records,
        gaps,
    })
}

/// Which store it is, its commits, and what could not be read.
type Read = (Option<String>, Option<u64>, Vec<String>);
type Take<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// Gives all records that can be read, and says which store it is, its commits, and the gaps.
fn read_all(folder: &Path, options: &SledOptions, take: &mut Take<'_>) -> Result<Read, StoreError> {
    let options = SledOptions {
        set_aside: false,
        ..options.clone()
    };
    let db = open_engine(folder, &options)?;
    let view = View::new((*db).clone());
    let mut walk = Walk {
        tree: view.tree(),
        take,
        gaps: Vec::new(),
    };
    let walked = walk.on(Vec::new(), &[u8::MAX]);
    let gaps = std::mem::take(&mut walk.gaps);
    let id = sound(view.get(&StoreIdKey {})).ok().flatten();
    let commits = sound(view.get(&CommitKey {})).ok().flatten();
    drop(view);
    drop(db);
    await_release(folder);
    walked?;
    Ok((id, commits, gaps))
}

/// Reads a tree, some of whose pages cannot be read.
struct Walk<'a> {
    tree: &'a Tree,
    take: &'a mut Take<'a>,
    gaps: Vec<String>,
}

/// What comes next.
enum Next {
    Record(IVec, IVec),
    End,
    Unreadable,
}

/// Places within an unreadable stretch at which is looked for a readable one.
const PROBES: u8 = 16;

impl Walk<'_> {
    /// All records from `from` on and before `end`.
    fn on(&mut self, mut from: Vec<u8>, end: &[u8]) -> Result<(), StoreError> {
        let mut records = self.tree.range(from.clone()..end.to_vec());
        loop {
            match next(&mut records) {
                Next::End => return Ok(()),
                Next::Unreadable => break,
                Next::Record(key, value) => {
                    (self.take)(&key, &value)?;
                    from = key.to_vec();
                    from.push(0);
                }
            }
        }
        drop(records);
        self.gaps
            .push(readable(from.strip_suffix(&[0]).unwrap_or(&from)));
        self.beyond(from, end.to_vec(), true)
    }

    /// What can be read behind `low`, where nothing can, and before `end`: its beginning is narrowed
    /// down by halves.
    fn beyond(
        &mut self,
        mut low: Vec<u8>,
        mut end: Vec<u8>,
        thorough: bool,
    ) -> Result<(), StoreError> {
        let mut sound = Vec::new();
        while let Some(middle) = between(&low, &end) {
            match self.first(&middle, &end) {
                Next::Record(..) => {
                    sound.push((middle.clone(), std::mem::replace(&mut end, middle)));
                }
                Next::End => end = middle,
                Next::Unreadable => {
                    if thorough {
                        self.islands(&low, &middle)?;
                    }
                    low = middle;
                }
            }
        }
        for (from, end) in sound.into_iter().rev() {
            self.on(from, &end)?;
        }
        Ok(())
    }

    /// What can be read between two places at which nothing can.
    fn islands(&mut self, low: &[u8], end: &[u8]) -> Result<(), StoreError> {
        let mut last = low.to_vec();
        for probe in 1..PROBES {
            let Some(place) = part_way(low, end, probe) else {
                return Ok(());
            };
            if let Next::Record(..) = self.first(&place, end) {
                self.beyond(last.clone(), place.clone(), false)?;
                return self.on(place, end);
            }
            last = place;
        }
        Ok(())
    }

    fn first(&self, from: &[u8], end: &[u8]) -> Next {
        next(&mut self.tree.range(from.to_vec()..end.to_vec()))
    }
}

/// The next record; the engine may panic on what it cannot read.
fn next(records: &mut sled::Iter) -> Next {
    match catch_unwind(AssertUnwindSafe(|| records.next())) {
        Ok(None) => Next::End,
        Ok(Some(Ok((key, value)))) => Next::Record(key, value),
        Ok(Some(Err(_))) | Err(_) => Next::Unreadable,
    }
}

/// Bytes by which places are told apart: longer than any key that is made of identifiers.
const PRECISION: usize = 48;

/// A key half way between two.
fn between(low: &[u8], end: &[u8]) -> Option<Vec<u8>> {
    part_way(low, end, PROBES / 2)
}

/// A key so many sixteenths of the way from one to another, as fractions of 256; `None` where there
/// is none in between.
fn part_way(low: &[u8], end: &[u8], sixteenths: u8) -> Option<Vec<u8>> {
    let digit = |key: &[u8], at: usize| u32::from(key.get(at).copied().unwrap_or(0));
    let share = u32::from(sixteenths);
    // low * (16 - share) + end * share, then the sixteenth of that.
    let mut sum = vec![0_u32; PRECISION + 1];
    let mut carry = 0;
    for at in (0..PRECISION).rev() {
        let digits = digit(low, at) * (u32::from(PROBES) - share) + digit(end, at) * share + carry;
        (sum[at + 1], carry) = (digits % 256, digits / 256);
    }
    sum[0] = carry;
    let mut rest = 0;
    let mut place = Vec::with_capacity(PRECISION);
    for (at, digits) in sum.into_iter().enumerate() {
        let digits = rest * 256 + digits;
        rest = digits % u32::from(PROBES);
        if at > 0 {
            place.push(u8::try_from(digits / u32::from(PROBES)).unwrap_or(u8::MAX));
        }
    }
    (place.as_slice() > low && place.as_slice() < end && !same(&place, low)).then_some(place)
}

/// Whether two places are one but for the noughts at their ends.
fn same(one: &[u8], other: &[u8]) -> bool {
    let bare = |key: &[u8]| {
        let end = key
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |at| at + 1);
        key[..end].to_vec()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_narrow_down_to_nothing() {
        assert_eq!(between(b"a", b"c").unwrap()[0], b'b');
        assert!(between(b"a", b"a").is_none());
        let (mut low, end) = (Vec::new(), vec![u8::MAX]);
        let mut steps = 0;
        while let Some(middle) = between(&low, &end) {
            assert!(middle > low && middle < end);
            low = middle;
            steps += 1;
        }
        assert!(
            steps > 8 * (PRECISION - 2) && steps <= 8 * PRECISION,
            "{steps}"
        );
        let places: Vec<_> = (1..16).filter_map(|it| part_way(b"a", b"b", it)).collect();
        assert_eq!(places.len(), 15);
        assert!(places.is_sorted());
    }
}

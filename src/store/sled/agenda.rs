//! When each line of the queue of visits has something due, and what of it is news, without a look at all.
//!
//! A store that watches a hundred thousand hosts has as many lines, and in nearly all of them nothing is
//! due for hours: to walk along their heads at each claim would cost more than the visits do. So the
//! first place of each line is kept in memory, in the order of time. So are the places of pages with an
//! entry that waits: behind a thousand looks at what is known, the one piece of news would not be found.
//!
//! Invariant: outside of a commit it says what the tree says. It is made of the tree when it is first
//! asked for, and each commit puts right the lines that it wrote to ([`crate::store::sled::txn`]); a step
//! that fails has changed neither. A page that becomes news without a new place counts from its next.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sled::IVec;
use url::Url;

use crate::model::id::Host;
use crate::store::StoreError;
use crate::store::sled::keys::{Digest, EntryKey, Key as _, PageKeyed, VisitDueKey, prefix};
use crate::store::sled::line::heads;
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read, engine};
use crate::store::sled::view::View;

/// The lines; all copies are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda(Arc<Mutex<Option<Lines>>>);

/// When the first of a line is due, and its turn among those of the same time.
type Head = (Timestamp, u64);

/// The places of pages that somebody waits for, in the order of a line.
type News = BTreeSet<(Timestamp, u64, Digest)>;

#[derive(Debug, Default)]
struct Lines {
    of: HashMap<Arc<[u8]>, Head>,
    in_order: BTreeSet<(Head, Arc<[u8]>)>,
    news: HashMap<Vec<u8>, News>,
}

/// What is read of a page that stands in the queue.
#[derive(Deserialize)]
struct Waiting {
    has_entry: bool,
}

/// What is read of a page to find its place.
#[derive(Deserialize)]
struct Placed {
    due: Option<(Text<Timestamp>, u64)>,
    fetch: Text<Url>,
}

/// What a commit did to the queue: its lines, and its places with whether each is there now.
#[derive(Debug, Default)]
pub(super) struct Moved {
    lines: BTreeSet<Vec<u8>>,
    places: Vec<(VisitDueKey, bool)>,
}

impl Lines {
    /// Takes up a place that came or went.
    fn move_news(&mut self, place: &VisitDueKey, is_news: bool) {
        let line = line(place);
        let at = (place.due, place.turn, place.page);
        if is_news {
            self.news.entry(line).or_default().insert(at);
        } else if let Some(news) = self.news.get_mut(&line) {
            news.remove(&at);
            if news.is_empty() {
                self.news.remove(&line);
            }
        }
    }

    fn set(&mut self, line: &[u8], head: Option<Head>) {
        let known = self.of.get_key_value(line);
        let known = known.map(|(line, head)| (Arc::clone(line), *head));
        if let Some((name, was)) = &known
            && Some(*was) != head
        {
            self.in_order.remove(&(*was, Arc::clone(name)));
        }
        match (head, known) {
            (None, None) => {}
            (None, Some(_)) => drop(self.of.remove(line)),
            (Some(head), known) => {
                let name = known.map_or_else(|| Arc::from(line), |(name, _)| name);
                self.of.insert(Arc::clone(&name), head);
                self.in_order.insert((head, name));
            }
        }
    }
}

impl Agenda {
    fn lines(&self) -> MutexGuard<'_, Option<Lines>> {
        // Each change under the lock is whole when it is made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks with the lines made, if they were not. The lock is held over that, so that no commit is
    /// missed meanwhile.
    fn ask<T>(&self, view: &View, ask: impl FnOnce(&Lines) -> T) -> Result<T, StoreError> {
        let mut lines = self.lines();
        if let Some(made) = lines.as_ref() {
            return Ok(ask(made));
        }
        let mut made = Lines::default();
        for head in heads::<VisitDueKey>(view)? {
            made.set(&line(&head), Some((head.due, head.turn)));
        }
        for key in view.tree().scan_prefix(prefix::<EntryKey>(&[])).keys() {
            let key = key.map_err(engine("list"))?;
            if let Some(EntryKey { page }) = EntryKey::decode(&key)
                && let Some(Placed {
                    due: Some((Text(due), turn)),
                    fetch,
                }) = read(view, page)?
            {
                let host = Host::of(&fetch);
                made.move_news(
                    &VisitDueKey {
                        host,
                        due,
                        turn,
                        page,
                    },
                    true,
                );
            }
        }
        Ok(ask(lines.insert(made)))
    }

    /// The first place of a page in this line that somebody waits for, if it is due at `now`.
    pub(super) fn news(
        &self,
        view: &View,
        head: &VisitDueKey,
        now: Timestamp,
    ) -> Result<Option<VisitDueKey>, StoreError> {
        self.ask(view, |lines| {
            let news = lines.news.get(&line(head))?;
            let &(due, turn, page) = news.first().filter(|(due, ..)| *due <= now)?;
            let host = head.host.clone();
            Some(VisitDueKey {
                host,
                due,
                turn,
                page,
            })
        })
    }

    /// When the first page of all is due.
    pub(super) fn next(&self, view: &View) -> Result<Option<Timestamp>, StoreError> {
        self.ask(view, |lines| {
            lines.in_order.first().map(|((due, _), _)| *due)
        })
    }

    /// The first `limit` lines that have something due at `now`, oldest due first, but for the `busy`.
    pub(super) fn due(
        &self,
        view: &View,
        now: Timestamp,
        limit: usize,
        busy: &HashSet<Vec<u8>>,
    ) -> Result<Vec<Arc<[u8]>>, StoreError> {
        self.ask(view, |lines| {
            (lines.in_order.iter())
                .take_while(|((due, _), _)| *due <= now)
                .map(|(_, line)| line)
                .filter(|line| !busy.contains(&line[..]))
                .take(limit)
                .map(Arc::clone)
                .collect()
        })
    }

    /// What a batch does to the queue.
    pub(super) fn moved(writes: &BTreeMap<Vec<u8>, Option<IVec>>) -> Moved {
        let mut moved = Moved::default();
        let first = vec![VisitDueKey::KIND];
        let keys = writes.range(first..vec![VisitDueKey::KIND + 1]);
        for (key, value) in keys {
            if let Some(place) = VisitDueKey::decode(key) {
                moved.lines.insert(line(&place));
                moved.places.push((place, value.is_some()));
            }
        }
        moved
    }

    /// Lets go of the lines; they are made anew when they are asked for.
    pub(super) fn forget(&self) {
        *self.lines() = None;
    }

    /// Puts right what has moved, after the commit that moved it.
    pub(super) fn put_right(&self, view: &View, moved: &Moved) -> Result<(), StoreError> {
        let mut known = self.lines();
        let Some(known) = known.as_mut() else {
            return Ok(());
        };
        for line in &moved.lines {
            let head = view.first::<VisitDueKey>(line, Vec::new())?;
            known.set(line, head.map(|head| (head.due, head.turn)));
        }
        for (place, is_there) in &moved.places {
            let page: Option<Waiting> = if *is_there {
                read(view, place.page)?
            } else {
                None
            };
            let is_news = page.is_some_and(|page| page.has_entry);
            known.move_news(place, is_news);
        }
        Ok(())
    }
}

/// The fields of a page's record that `T` has; `None` where there is none, or a damaged one, which the
/// claim deals with.
fn read<T: DeserializeOwned>(view: &View, page: Digest) -> Result<Option<T>, StoreError> {
    let key = PageKeyed { page }.encode();
    match view.raw(&key)? {
        Some(raw) => Ok(view.decode::<T>(&key, &raw)?.ok()),
        None => Ok(None),
    }
}

fn line(key: &VisitDueKey) -> Vec<u8> {
    prefix::<VisitDueKey>(&[&key.host])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::sled::counters::Counters;
    use crate::store::sled::keys::Digest;
    use crate::store::sled::line::Place as _;
    use crate::store::sled::txn::Txn;

    fn place(host: u8, due: i64, turn: u64) -> VisitDueKey {
        VisitDueKey {
            host: Host::new(format!("h{host}.example")),
            due: Timestamp::from_second(due).unwrap(),
            turn,
            page: Digest::guid(&crate::model::id::OutletName::new("o"), &turn.to_string()),
        }
    }

    /// What is due, by a walk along all lines.
    fn walked(view: &View, now: Timestamp, busy: &HashSet<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut due = heads::<VisitDueKey>(view).unwrap();
        due.retain(|head| head.due <= now && !busy.contains(&head.line()));
        due.sort_by_key(|head| (head.due, head.turn, head.line()));
        due.iter().map(line).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn it_says_what_a_walk_along_all_lines_says(
            steps in prop::collection::vec(
                (prop::collection::vec((0_u8..6, 0_i64..40, any::<bool>()), 1..6), any::<bool>()), 1..40,
            ),
            asked_from in 0_usize..10,
        ) {
            let db = sled::Config::new().temporary(true).open().unwrap();
            let view = View::new((*db).clone());
            let mut counters = Counters::default();
            let mut standing: Vec<VisitDueKey> = Vec::new();
            let mut turn = 0;
            for (number, (writes, kept)) in steps.into_iter().enumerate() {
                let mut after = standing.iter().map(|it| it.turn).collect::<Vec<_>>();
                let mut txn = Txn::new(view.clone(), &mut counters);
                let mut placed = Vec::new();
                for (host, due, leaves) in writes {
                    let leaving = standing.iter().find(|it| leaves && after.contains(&it.turn));
                    if let Some(leaving) = leaving {
                        txn.remove(leaving).unwrap();
                        after.retain(|turn| *turn != leaving.turn);
                    } else {
                        turn += 1;
                        placed.push(place(host, due, turn));
                        txn.put(placed.last().unwrap(), &()).unwrap();
                    }
                }
                if kept {
                    txn.commit().unwrap();
                    standing.retain(|it| after.contains(&it.turn));
                    standing.extend(placed);
                } else {
                    drop(txn); // a step that failed
                }
                if number < asked_from {
                    continue;
                }
                let now = Timestamp::from_second(20).unwrap();
                let busy = HashSet::from([line(&place(0, 0, 0))]);
                for busy in [HashSet::new(), busy] {
                    let due = view.agenda().due(&view, now, 100, &busy).unwrap();
                    let due: Vec<Vec<u8>> = due.iter().map(|line| line.to_vec()).collect();
                    prop_assert_eq!(&due, &walked(&view, now, &busy));
                    let first = view.agenda().due(&view, now, 1, &busy).unwrap();
                    prop_assert_eq!(first.len(), due.len().min(1));
                }
                let next = standing.iter().map(|it| it.due).min();
                prop_assert_eq!(view.agenda().next(&view).unwrap(), next);
            }
        }
    }
}

//! Many entries at once that look new and are old: changed identifiers, a window that slides back, a
//! feed restored from a backup, a publisher's clock set wrong.
//!
//! An entry is old that is dated well before the newest that was known. One that says no time is old if it
//! stands below one that was known, in a list whose newest entries come first (a feed); in any other, if
//! there are more of its kind than can have appeared since the poll before. A few of those are
//! latecomers, and news; many at once are a flood: they are stored and not announced. What a source
//! often does is no flood, so a source that lists old pieces every hour is believed after some hours.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::rhythm::{Flood, Notice};
use crate::model::stated::StatedTime;

/// Old entries within an hour or so that make a flood.
pub const LEAST: usize = 20;
/// Undated entries that weigh as much as one whose date says that it is old: where an entry stands is
/// weak evidence, for some lists put what is new at their end.
const UNDATED: usize = 4;
/// And times as many as in that source's usual hour.
const TIMES_USUAL: f64 = 6.0;
/// An entry dated by no more than this before the newest is in time: desks and editors differ.
const IN_TIME: SignedDuration = SignedDuration::from_hours(1);
/// One flood is told once in this time.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(24);
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// An entry as it was listed, newest first as feeds have it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Whether it was known before.
    pub known: bool,
    /// When it says that it was published.
    pub published: Option<StatedTime>,
}

/// Which of these are old although they were not known. `newest` is the newest publication known
/// before; `in_order` says whether the list has its newest entries first; `plausible` whether as many
/// as are new here may have appeared since the poll before.
pub fn old_ones(
    listed: &[Listed],
    newest: Option<Timestamp>,
    in_order: bool,
    plausible: bool,
) -> Vec<bool> {
    let first_known = listed.iter().position(|entry| entry.known);
    let mut old = Vec::with_capacity(listed.len());
    for (place, entry) in listed.iter().enumerate() {
        let is_old = match (entry.published, newest) {
            (Some(published), Some(newest)) => is_before(published, newest),
            (Some(_), None) | (None, _) => match first_known {
                Some(known) if in_order => known < place,
                Some(_) | None => !plausible,
            },
        };
        old.push(!entry.known && is_old);
    }
    old
}

fn is_before(published: StatedTime, newest: Timestamp) -> bool {
    // The latest that it can mean: a day ends 24 hours later, and 12 more in the west.
    let at_latest = match published {
        StatedTime::Exact { at, .. } => at,
        StatedTime::Local(_) => later(published.instant(), 12),
        StatedTime::Day(_) => later(published.instant(), 36),
    };
    at_latest.saturating_add(IN_TIME).unwrap_or(Timestamp::MAX) < newest
}

fn later(at: Timestamp, hours: u64) -> Timestamp {
    super::later(at, Duration::from_hours(hours))
}

/// The newest publication now known: never later than `now`, for a clock that runs ahead must not make
/// everything that follows look old.
pub fn newest(known: Option<Timestamp>, listed: &[Listed], now: Timestamp) -> Option<Timestamp> {
    let stated = listed.iter().filter_map(|entry| entry.published);
    let newest = stated.map(|time| time.instant().min(now)).max();
    known.map(|known| known.min(now)).max(newest)
}

/// What to do about old entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// They are few: news that comes late.
    Announce,
    /// They are a flood, to be stored quietly; `tell` is whether it has to be told.
    Withhold {
        /// Once a day.
        tell: bool,
    },
}

/// How much the old ones among these weigh.
pub fn weight(listed: &[Listed], old: &[bool]) -> usize {
    let old = || listed.iter().zip(old).filter(|(_, old)| **old);
    let dated = old().filter(|(entry, _)| entry.published.is_some()).count();
    dated + (old().count() - dated) / UNDATED
}

/// Judges the `old` entries of one poll by their weight, and remembers them.
pub fn judge(notice: &mut Notice, old: usize, weight: usize, now: Timestamp) -> Ruling {
    let since = notice
        .strays_at
        .map_or(0.0, |at| super::until(at, now).as_secs_f64());
    let usual = f64::from(notice.strays_day) / 24.0;
    let hour = f64::from(notice.strays_hour) * (-since / HOUR).exp() + weight as f64;
    let day = f64::from(notice.strays_day) * (-since / DAY).exp() + weight as f64;
    if old == 0 {
        return Ruling::Announce;
    }
    (notice.strays_hour, notice.strays_day) = (super::figure(hour), super::figure(day));
    notice.strays_at = Some(now);
    if hour < LEAST as f64 || hour < usual * TIMES_USUAL {
        return Ruling::Announce;
    }
    let before = notice
        .flood
        .filter(|flood| now.duration_since(flood.told) < TOLD_AGAIN);
    notice.flood = Some(Flood {
        at: now,
        told: before.map_or(now, |flood| flood.told),
        entries: before.map_or(0, |flood| flood.entries) + old as u64,
    });
    Ruling::Withhold {
        tell: before.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries whose dates say that they are old.
    fn judge(notice: &mut Notice, old: usize, now: Timestamp) -> Ruling {
        super::judge(notice, old, old, now)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + minutes * 60).unwrap()
    }

    fn known(minutes: i64) -> Listed {
        Listed {
            known: true,
            ..new(minutes)
        }
    }

    fn new(minutes: i64) -> Listed {
        Listed {
            known: false,
            published: Some(StatedTime::exact(at(minutes), jiff::tz::Offset::UTC)),
        }
    }

    fn undated(known: bool) -> Listed {
        Listed {
            known,
            published: None,
        }
    }

    fn count(old: &[bool]) -> usize {
        old.iter().filter(|old| **old).count()
    }

    #[test]
    fn old_is_what_is_dated_before_the_newest_known() {
        let listed = [new(60), new(30), known(0), new(-30), new(-90), known(-120)];
        let old = old_ones(&listed, Some(at(0)), true, true);
        assert_eq!(old, [false, false, false, false, true, false]);
        // The day of the newest is not before it.
        let day = StatedTime::Day(at(0).to_zoned(jiff::tz::TimeZone::UTC).date());
        let listed = [Listed {
            known: false,
            published: Some(day),
        }];
        assert_eq!(old_ones(&listed, Some(at(600)), true, true), [false]);
        assert_eq!(old_ones(&listed, Some(at(4000)), true, true), [true]);
    }

    #[test]
    fn without_a_time_the_place_decides() {
        let listed = [undated(false), undated(true), undated(false)];
        assert_eq!(old_ones(&listed, None, true, true), [false, false, true]);
        // A section page's links, a sitemap's lines: nothing can be said of their places.
        assert_eq!(count(&old_ones(&listed, None, false, true)), 0);
        let all_new = [undated(false); 3];
        assert_eq!(count(&old_ones(&all_new, None, true, true)), 0);
        assert_eq!(count(&old_ones(&all_new, None, true, false)), 3);
    }

    #[test]
    fn a_flood_is_withheld_and_told_once_a_day() {
        let mut notice = Notice::default();
        assert_eq!(
            judge(&mut notice, 300, at(0)),
            Ruling::Withhold { tell: true }
        );
        assert_eq!(
            judge(&mut notice, 200, at(10)),
            Ruling::Withhold { tell: false }
        );
        assert_eq!(notice.flood.unwrap().entries, 500);
        assert_eq!(judge(&mut notice, 0, at(20)), Ruling::Announce);
        let next = judge(&mut notice, 300, at(3 * 1440));
        assert_eq!(next, Ruling::Withhold { tell: true });
        assert_eq!(notice.flood.unwrap().entries, 300);
    }

    #[test]
    fn latecomers_are_news_unless_they_drip_in_by_the_dozen() {
        let mut notice = Notice::default();
        for hour in 0..100 {
            assert_eq!(judge(&mut notice, 3, at(hour * 60)), Ruling::Announce);
        }
        let mut notice = Notice::default();
        let rulings: Vec<_> = (0..9)
            .map(|minute| judge(&mut notice, 3, at(minute)))
            .collect();
        assert_eq!(rulings[5], Ruling::Announce);
        assert_eq!(rulings[8], Ruling::Withhold { tell: false });
    }

    #[test]
    fn a_place_in_the_list_weighs_less_than_a_date() {
        let listed: Vec<Listed> = (0..80).map(|_| undated(false)).collect();
        assert_eq!(weight(&listed, &[true; 80]), 20);
        assert_eq!(
            weight(&[new(0), new(1), undated(false)], &[true, false, true]),
            1
        );
    }

    #[test]
    fn what_a_source_does_every_hour_is_believed() {
        let mut notice = Notice::default();
        let last = (0..12)
            .map(|hour| judge(&mut notice, 40, at(hour * 60)))
            .last();
        assert_eq!(last, Some(Ruling::Announce));
    }

    #[test]
    fn the_newest_known_is_never_ahead_of_the_clock() {
        let listed = [new(100_000), new(-5)];
        assert_eq!(newest(None, &listed, at(0)), Some(at(0)));
        assert_eq!(newest(Some(at(50)), &[], at(0)), Some(at(0)));
        assert_eq!(newest(Some(at(-1)), &listed[1..], at(0)), Some(at(-1)));
        assert_eq!(newest(None, &[], at(0)), None);
    }

    proptest! {
        #[test]
        fn what_is_newer_than_all_that_was_known_is_never_old(
            minutes in proptest::collection::vec(0_i64..1_000_000, 0..50), plausible: bool,
        ) {
            let listed: Vec<_> = minutes.into_iter().map(new).collect();
            prop_assert_eq!(count(&old_ones(&listed, Some(at(0)), true, plausible)), 0);
        }

        #[test]
        fn few_within_an_hour_are_never_withheld(old in 0_usize..LEAST, later in 0_i64..100_000) {
            let mut notice = Notice::default();
            prop_assert_eq!(judge(&mut notice, old, at(later)), Ruling::Announce);
        }
    }
}

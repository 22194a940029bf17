//! Laws of the rhythm, and sources whose ways are known.

use proptest::prelude::*;

use super::*;
use crate::schedule::later;

fn monday() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}

fn after(count: u64) -> Timestamp {
    later(monday(), hours(count))
}

/// Learns what appears at these hours, read at the end of each.
fn learned(appearances: impl IntoIterator<Item = u64>) -> Rhythm {
    let mut rhythm = Rhythm::default();
    begin(&mut rhythm, None, monday());
    for hour in appearances {
        let at = later(after(hour), Duration::from_mins(10));
        let now = later(after(hour), Duration::from_mins(30));
        observe(&mut rhythm, &[Some(at)], after(hour), now);
    }
    rhythm
}

/// Hours 8 to 20 of each day, for so many weeks.
fn days_only(weeks: u64) -> Rhythm {
    learned((0..weeks * WEEK as u64).filter(|hour| (8..20).contains(&(hour % 24))))
}

const TEN_MINUTES: Duration = Duration::from_mins(10);

#[test]
fn what_is_hardly_known_moves_nothing() {
    let rhythm = days_only(1);
    assert_eq!(wait(&rhythm, TEN_MINUTES, after(71)), None);
    assert!(wait(&rhythm, TEN_MINUTES, after(WEEK as u64)).is_some());
    assert_eq!(wait(&Rhythm::default(), TEN_MINUTES, after(500)), None);
}

#[test]
fn a_steady_source_is_asked_by_the_square_root_law() {
    let rhythm = learned(0..6 * WEEK as u64);
    let now = after(6 * WEEK as u64);
    let waits = wait(&rhythm, TEN_MINUTES, now).unwrap().as_secs_f64();
    // One entry an hour.
    let law = 600.0 * REFERENCE_RATE.sqrt();
    assert!((waits / law - 1.0).abs() < 0.15, "{waits} against {law}");
}

#[test]
fn nights_and_weekends_are_asked_less() {
    let rhythm = days_only(4);
    let week = 4 * WEEK as u64;
    let at = |hour| wait(&rhythm, TEN_MINUTES, after(week + hour)).unwrap();
    assert!(at(26) > 3 * at(36), "{:?} {:?}", at(26), at(36));
    let weekdays = learned((0..8 * WEEK as u64).filter(|hour| hour / 24 % 7 < 5));
    let at = |hour| wait(&weekdays, TEN_MINUTES, after(2 * week + hour)).unwrap();
    assert!(at(6 * 24 + 12) > 2 * at(2 * 24 + 12));
}

#[test]
fn a_wait_ends_where_the_news_begins() {
    let rhythm = days_only(6);
    // An hour before the first of the day: the quiet is no reason to sleep into the morning.
    let waits = wait(&rhythm, TEN_MINUTES, after(6 * WEEK as u64 + 7)).unwrap();
    let busy = wait(&rhythm, TEN_MINUTES, after(6 * WEEK as u64 + 12)).unwrap();
    assert!(waits < hours(1) + 2 * busy, "{waits:?}, {busy:?}");
}

#[test]
fn a_burst_shortens_and_fades() {
    let mut rhythm = learned((0..4 * WEEK as u64).step_by(6));
    let now = after(4 * WEEK as u64);
    let calm = wait(&rhythm, TEN_MINUTES, now).unwrap();
    let times: Vec<_> = (1..=12)
        .map(|place| now.checked_sub(jiff::SignedDuration::from_mins(place)).ok())
        .collect();
    observe(&mut rhythm, &times, after(4 * WEEK as u64 - 1), now);
    let burst = wait(&rhythm, TEN_MINUTES, now).unwrap();
    let over = wait(&rhythm, TEN_MINUTES, after(4 * WEEK as u64 + 12)).unwrap();
    assert!(burst * 3 < calm * 2, "{burst:?} {calm:?}");
    assert!(over > burst * 3 / 2, "{over:?} {burst:?}");
}

#[test]
fn silence_is_judged_by_the_sources_own_ways() {
    let check = |rhythm: &Rhythm, spoke: u64, still: u64, silent: u64| {
        assert_eq!(
            silent_since(rhythm, after(spoke + still)),
            None,
            "{still} h"
        );
        let since = silent_since(rhythm, after(spoke + silent));
        assert_eq!(since, rhythm.last, "{silent} h");
    };
    // By day only: a night is nothing, the second day without a word is.
    let daily = days_only(4);
    check(&daily, 4 * WEEK as u64 - 5, 14, 36);
    // Once a week: two weeks are nothing, three months are.
    let weekly = learned((10..16 * WEEK as u64).step_by(WEEK));
    check(
        &weekly,
        15 * WEEK as u64 + 10,
        2 * WEEK as u64,
        14 * WEEK as u64,
    );
    // Of what is hardly known no silence is unusual.
    assert_eq!(silent_since(&learned(0..6), after(4000)), None);
    assert_eq!(silent_since(&Rhythm::default(), after(4000)), None);
}

/// Three readings, ten minutes apart, of which each brings three pieces of one issue.
fn issue(rhythm: &mut Rhythm, hour: u64) {
    for reading in 0..3_u64 {
        let at = |minute: u64| later(after(hour), Duration::from_mins(reading * 10 + minute));
        let pieces = [Some(at(1)), Some(at(4)), Some(at(7))];
        observe(rhythm, &pieces, at(0), at(10));
    }
}

#[test]
fn an_issue_that_is_missing_is_not_taken_for_chance() {
    let week = WEEK as u64;
    let mut rhythm = Rhythm::default();
    begin(&mut rhythm, None, monday());
    for number in 0..16 {
        issue(&mut rhythm, number * week + 77);
    }
    let silent = |rhythm: &Rhythm, days: u64| {
        let last = rhythm.last.unwrap();
        silent_since(rhythm, later(last, hours(days * 24))).is_some()
    };
    assert!(!silent(&rhythm, 13), "one issue is late, or left out");
    assert!(silent(&rhythm, 18), "two are");
    // It becomes a daily of one piece: what was between the pieces of an issue is no measure any more.
    for day in 16 * 7..16 * 7 + 365 {
        let hour = day * 24 + 77;
        let at = later(after(hour), Duration::from_mins(5));
        let now = later(after(hour), Duration::from_mins(10));
        observe(&mut rhythm, &[Some(at)], after(hour), now);
    }
    assert!(!silent(&rhythm, 1));
    assert!(silent(&rhythm, 7));
}

#[test]
fn a_backlog_and_impossible_times_do_no_harm() {
    let mut rhythm = days_only(1);
    let now = after(WEEK as u64);
    let odd = [
        Some(Timestamp::MIN),
        Some(Timestamp::MAX),
        None,
        Some(monday()),
    ];
    let many: Vec<_> = odd.iter().copied().cycle().take(10_000).collect();
    observe(&mut rhythm, &many, Timestamp::MAX, now);
    observe(&mut rhythm, &many, Timestamp::MIN, now);
    // A clock that was set back.
    observe(&mut rhythm, &many, now, monday());
    assert!(rhythm.entries < 400.0 && rhythm.entries.is_finite());
    assert!(wait(&rhythm, TEN_MINUTES, now).is_some());
}

proptest! {
    #[test]
    fn waits_are_bounded_and_grow_with_the_interval(
        appearances in proptest::collection::btree_set(0_u64..3000, 0..200),
        now in 0_u64..5000, interval in 1_u64..100_000,
    ) {
        let rhythm = learned(appearances);
        let shorter = wait(&rhythm, Duration::from_secs(interval), after(now));
        let longer = wait(&rhythm, Duration::from_secs(interval * 2), after(now));
        match (shorter, longer) {
            (Some(shorter), Some(longer)) => {
                prop_assert!(shorter <= longer);
                prop_assert!(longer <= hours(HORIZON as u64));
            }
            (None, None) => prop_assert!(now < 72),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn more_news_is_never_asked_less(
        appearances in proptest::collection::btree_set(0_u64..3000, 0..200),
        times in 1.0_f32..100.0, now in 3000_u64..3500,
    ) {
        let rare = learned(appearances);
        let mut often = rare.clone();
        often.entries = often.entries * times + times - 1.0;
        let at = |rhythm| wait(rhythm, TEN_MINUTES, after(now)).unwrap();
        prop_assert!(at(&often) <= at(&rare));
    }
}

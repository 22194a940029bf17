//! When made-up outlets publish, by a seed.
//!
//! The shapes are those that every newsroom's output has: few sources publish much and many publish
//! little (rates here span a factor of five hundred); nights are all but empty and mornings begin
//! steeply; weekends are thinner, more so the smaller the house; agencies add bursts, where one event
//! brings a run of items within an hour or two, each the occasion of the next; a weekly empties its
//! issue into the feed within minutes of a fixed hour; a blog follows the moods of one person. Each
//! source has its own time zone, its own rate around that of its kind, and now and then a holiday.

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Kinds of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Agency,
    Daily,
    Regional,
    Section,
    Blog,
    Weekly,
    /// An authority: some notices on working days, none at weekends.
    Office,
    /// A league: much in its season, nothing for a quarter of the year.
    League,
    /// A column: one piece a week, now and then left out.
    Column,
    /// A paper in decline: ever less from month to month, and never an end.
    Decline,
}

/// A fleet of fifty: how many there are of each kind.
pub(crate) const FLEET: [(Kind, usize); 6] = [
    (Kind::Agency, 2),
    (Kind::Daily, 6),
    (Kind::Regional, 12),
    (Kind::Section, 14),
    (Kind::Blog, 10),
    (Kind::Weekly, 6),
];

/// A Monday.
pub(crate) fn start() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().expect("a time")
}

/// All publications of one source over so many weeks, in order.
pub(crate) fn publications(kind: Kind, seed: u64, weeks: u32) -> Vec<Timestamp> {
    let mut dice = StdRng::seed_from_u64(seed ^ 0x5eed);
    let zone = dice.random_range(-8..=9) * 3600;
    let pace = (dice.random_range(-0.5..0.5_f64)).exp();
    let mut at = Vec::new();
    for day in 0..i64::from(weeks) * 7 {
        let weekday = usize::try_from(day % 7).expect("a day");
        let holiday = dice.random_bool(0.01);
        let of_day = if holiday { 0.3 } else { 1.0 };
        let expected = pace * of_day * a_day(kind, weekday) * of_year(kind, day);
        if matches!(kind, Kind::Weekly | Kind::Column) {
            if weekday == 3 && !holiday {
                if kind == Kind::Weekly {
                    issue(&mut at, day, &mut dice);
                } else {
                    at.push(day * 86_400 + 6 * 3600 + dice.random_range(-7200..7200));
                }
            }
            continue;
        }
        for _ in 0..poisson(expected, &mut dice) {
            let moment = day * 86_400 + moment(kind, &mut dice);
            at.push(moment);
            if kind == Kind::Agency && dice.random_bool(0.02) {
                follow_ups(&mut at, moment, &mut dice);
            }
        }
    }
    let mut at: Vec<Timestamp> = at
        .into_iter()
        .map(|moment| start() + SignedDuration::from_secs(moment - zone))
        .filter(|at| *at >= start())
        .collect();
    at.sort_unstable();
    at
}

/// Mean publications of a weekday; bursts come on top.
fn a_day(kind: Kind, weekday: usize) -> f64 {
    let weekend = weekday >= 5;
    match kind {
        Kind::Agency => [180.0, 110.0][usize::from(weekend)],
        Kind::Daily => [60.0, 38.0][usize::from(weekend)],
        Kind::Regional => [16.0, 6.0][usize::from(weekend)],
        Kind::Section => [4.0, 1.5][usize::from(weekend)],
        Kind::Blog => 0.4,
        Kind::Weekly | Kind::Column => 0.0,
        Kind::Office => [3.0, 0.0][usize::from(weekend)],
        Kind::League => 6.0,
        Kind::Decline => [20.0, 8.0][usize::from(weekend)],
    }
}

/// What becomes of that in the course of the year.
fn of_year(kind: Kind, day: i64) -> f64 {
    match kind {
        // From the middle of the year, where the others fall silent, to the autumn.
        Kind::League if (182..273).contains(&(day % 364)) => 0.0,
        Kind::Decline => 0.5_f64.powf(day as f64 / 91.0),
        _ => 1.0,
    }
}

/// Shares of the day's hours, local: the night, the rise, the plateau, the evening.
fn shares(kind: Kind) -> [u32; 24] {
    match kind {
        Kind::Agency => [
            8, 6, 5, 5, 7, 14, 28, 40, 48, 55, 58, 60, 58, 55, 58, 60, 58, 52, 44, 36, 30, 24, 18,
            12,
        ],
        Kind::Daily => [
            3, 2, 1, 1, 2, 12, 40, 52, 50, 50, 52, 50, 46, 48, 50, 50, 48, 46, 40, 34, 28, 22, 14,
            6,
        ],
        Kind::Regional
        | Kind::Section
        | Kind::Weekly
        | Kind::Office
        | Kind::Column
        | Kind::Decline => [
            0, 0, 0, 0, 0, 2, 8, 24, 50, 60, 60, 56, 40, 50, 56, 56, 50, 36, 20, 12, 8, 6, 3, 1,
        ],
        Kind::Blog | Kind::League => [
            4, 2, 1, 0, 0, 1, 4, 10, 14, 16, 16, 14, 14, 12, 12, 12, 14, 18, 26, 34, 40, 36, 24, 12,
        ],
    }
}

/// A second of the day.
fn moment(kind: Kind, dice: &mut StdRng) -> i64 {
    let shares = shares(kind);
    let mut place = dice.random_range(0..shares.iter().sum::<u32>());
    let mut hour = 0;
    while place >= shares[hour] {
        place -= shares[hour];
        hour += 1;
    }
    i64::try_from(hour).expect("an hour") * 3600 + dice.random_range(0..3600)
}

/// Five to twenty-five further items, thinning out over two hours or so.
fn follow_ups(at: &mut Vec<i64>, moment: i64, dice: &mut StdRng) {
    for _ in 0..dice.random_range(5..=25) {
        let delay = -(1.0 - dice.random::<f64>()).ln() * 2400.0;
        at.push(moment + delay as i64);
    }
}

/// Six to twelve items around five in the morning.
fn issue(at: &mut Vec<i64>, day: i64, dice: &mut StdRng) {
    let moment = day * 86_400 + 5 * 3600 + dice.random_range(-1200..1200);
    for _ in 0..dice.random_range(6..=12) {
        at.push(moment + dice.random_range(0..300));
    }
}

/// Knuth's method, which serves for means of some hundreds.
fn poisson(mean: f64, dice: &mut StdRng) -> u32 {
    let mut count = 0;
    let mut left = -mean;
    loop {
        left -= (1.0 - dice.random::<f64>()).ln();
        if left > 0.0 {
            return count;
        }
        count += 1;
    }
}

//! Whether a moment falls into quiet hours, and when they end.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::config::quiet::{Hours, Quiet};

/// Stretches that are looked at: a week of quiet days and hours holds fewer.
const STRETCHES: usize = 64;

/// When the quiet that holds at `now` ends; `None` where it is not quiet. Stretches that meet are one.
///
/// Times of the day are the wall clock's: where it is put back, an hour that comes twice is quiet both
/// times; where it is put forward, quiet that was to end in the missing hour ends behind it.
pub fn until(quiet: &Quiet, now: Timestamp) -> Option<Timestamp> {
    let mut end = None;
    for _ in 0..STRETCHES {
        let at = end.unwrap_or(now);
        match stretch(quiet, at) {
            Some(later) if later > at => end = Some(later),
            Some(_) | None => break,
        }
    }
    end
}

/// The latest end of the stretches that hold at `at`.
fn stretch(quiet: &Quiet, at: Timestamp) -> Option<Timestamp> {
    let local = at.to_zoned(quiet.zone.clone()).datetime();
    let day = quiet
        .days
        .contains(&local.weekday())
        .then(|| next_day(local, Time::midnight()))
        .flatten();
    let hours = quiet.hours.iter().filter_map(|hours| ends(*hours, local));
    hours
        .chain(day)
        .filter_map(|end| moment(&quiet.zone, end, at))
        .max()
}

/// When `hours` end that hold at `local`.
fn ends(hours: Hours, local: DateTime) -> Option<DateTime> {
    let Hours { from, to } = hours;
    let time = local.time();
    let over_midnight = to < from;
    if over_midnight && time >= from {
        next_day(local, to)
    } else if time < to && (over_midnight || time >= from) {
        Some(local.date().to_datetime(to))
    } else {
        None
    }
}

fn next_day(local: DateTime, time: Time) -> Option<DateTime> {
    let tomorrow = local.date().checked_add(1.day()).ok()?;
    Some(tomorrow.to_datetime(time))
}

/// The moment of a wall clock's time; where it comes twice and the first is past, the second.
fn moment(zone: &TimeZone, local: DateTime, at: Timestamp) -> Option<Timestamp> {
    let first = zone.to_ambiguous_zoned(local).compatible().ok()?;
    if first.timestamp() > at {
        return Some(first.timestamp());
    }
    let later = zone.to_ambiguous_zoned(local).later().ok()?;
    Some(later.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn quiet(hours: &[(&str, &str)], days: &[Weekday], zone: &str) -> Quiet {
        Quiet {
            hours: hours
                .iter()
                .map(|(from, to)| Hours {
                    from: time(from),
                    to: time(to),
                })
                .collect(),
            days: days.to_vec(),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    #[track_caller]
    fn check(quiet: &Quiet, now: &str, end: Option<&str>) {
        let until = until(quiet, now.parse().unwrap());
        assert_eq!(until.map(|end| end.to_string()).as_deref(), end, "{now}");
    }

    #[test]
    fn a_night_ends_in_the_morning_of_its_zone() {
        let night = quiet(&[("22:00", "07:00")], &[], "Europe/Kyiv");
        check(&night, "2025-06-23T12:00:00Z", None);
        check(&night, "2025-06-23T18:59:59Z", None);
        check(&night, "2025-06-23T19:00:00Z", Some("2025-06-24T04:00:00Z"));
        check(&night, "2025-06-24T03:59:59Z", Some("2025-06-24T04:00:00Z"));
        check(&night, "2025-06-24T04:00:00Z", None);
        check(&night, "2025-12-23T04:30:00Z", Some("2025-12-23T05:00:00Z"));
    }

    #[test]
    fn hours_within_a_day_and_days_join() {
        let noon = quiet(&[("12:00", "13:00"), ("13:00", "13:30")], &[], "UTC");
        check(&noon, "2025-06-23T11:59:00Z", None);
        check(&noon, "2025-06-23T12:10:00Z", Some("2025-06-23T13:30:00Z"));
        // A Friday night, the weekend behind it, and Monday's early hours.
        let weekend = quiet(
            &[("22:00", "07:00")],
            &[Weekday::Saturday, Weekday::Sunday],
            "UTC",
        );
        check(&weekend, "2025-06-27T21:59:00Z", None);
        check(
            &weekend,
            "2025-06-27T22:00:00Z",
            Some("2025-06-30T07:00:00Z"),
        );
        check(
            &weekend,
            "2025-06-29T12:00:00Z",
            Some("2025-06-30T07:00:00Z"),
        );
    }

    #[test]
    fn a_clock_that_is_put_back_or_forward_does_not_end_it_early() {
        // Kyiv, 26 October 2025: 03:00 to 04:00 comes twice.
        let twice = quiet(&[("02:00", "03:30")], &[], "Europe/Kyiv");
        check(&twice, "2025-10-25T23:30:00Z", Some("2025-10-26T00:30:00Z"));
        check(&twice, "2025-10-26T00:45:00Z", None);
        check(&twice, "2025-10-26T01:10:00Z", Some("2025-10-26T01:30:00Z"));
        check(&twice, "2025-10-26T01:30:00Z", None);
        // Kyiv, 30 March 2025: 03:00 to 04:00 does not come.
        check(&twice, "2025-03-30T00:30:00Z", Some("2025-03-30T01:30:00Z"));
    }

    proptest! {
        #[test]
        fn quiet_ends_after_now_and_it_is_not_quiet_then(
            from in 0i8..24, to in 0i8..24, days in 0u8..64, second in 1_700_000_000i64..1_900_000_000
        ) {
            prop_assume!(from != to);
            let all = [
                Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday,
                Weekday::Thursday, Weekday::Friday, Weekday::Saturday,
            ];
            let days: Vec<Weekday> = all.iter().enumerate()
                .filter(|(bit, _)| days & (1 << bit) != 0).map(|(_, day)| *day).collect();
            let hours = vec![Hours {
                from: Time::constant(from, 0, 0, 0),
                to: Time::constant(to, 0, 0, 0),
            }];
            let quiet = Quiet { hours, days, zone: TimeZone::get("America/New_York").unwrap() };
            let now = Timestamp::from_second(second).unwrap();
            if let Some(end) = until(&quiet, now) {
                prop_assert!(end > now);
                prop_assert_eq!(until(&quiet, end), None);
            }
        }
    }
}

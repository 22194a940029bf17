//! When what came up at a moment is told to an endpoint that gathers.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::digest::Every;

/// The first moment at or after `at` at which a digest is made. A moment at which one is made is its own:
/// whoever waits for it is not put off once more.
///
/// Times of the day are the wall clock's, one a day: where it is put forward over the hour, the digest is made
/// as much later as the clock skipped; where the hour comes twice, the first time.
pub fn hour(every: &Every, at: Timestamp) -> Timestamp {
    match every {
        Every::Span(span) => {
            let step = i128::try_from(span.as_nanos()).unwrap_or(i128::MAX).max(1);
            let now = at.as_nanosecond();
            let past = now.div_euclid(step) * step;
            if past == now {
                at
            } else {
                // At the end of time nothing is put off any more.
                Timestamp::from_nanosecond(past.saturating_add(step)).unwrap_or(at)
            }
        }
        Every::Daily { time, zone } => {
            let moment = |day: Date| {
                let local = zone.to_ambiguous_zoned(day.to_datetime(*time));
                local.compatible().ok().map(|zoned| zoned.timestamp())
            };
            let today = at.to_zoned(zone.clone()).date();
            // The day before too: a clock that is put forward at midnight makes its hour today's.
            let first = today.yesterday().unwrap_or(today);
            let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(4);
            days.filter_map(moment)
                .filter(|moment| *moment >= at)
                .min()
                .unwrap_or(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::Time;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn daily(time: &str, zone: &str) -> Every {
        Every::Daily {
            time: time.parse().unwrap(),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    #[track_caller]
    fn check(every: &Every, at: &str, expected: &str) {
        assert_eq!(
            hour(every, at.parse().unwrap()).to_string(),
            expected,
            "{at}"
        );
    }

    #[test]
    fn a_span_has_the_same_moments_for_all() {
        let quarter = Every::Span(Duration::from_mins(15));
        check(&quarter, "2025-06-23T12:00:00Z", "2025-06-23T12:00:00Z");
        check(
            &quarter,
            "2025-06-23T12:00:00.000000001Z",
            "2025-06-23T12:15:00Z",
        );
        check(&quarter, "2025-06-23T12:14:59.9Z", "2025-06-23T12:15:00Z");
        check(&quarter, "1969-12-31T23:50:00Z", "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_morning_is_that_of_the_zone_summer_and_winter() {
        let morning = daily("08:00", "Europe/Kyiv");
        check(&morning, "2025-06-23T04:59:59Z", "2025-06-23T05:00:00Z");
        check(&morning, "2025-06-23T05:00:00Z", "2025-06-23T05:00:00Z");
        check(&morning, "2025-06-23T05:00:01Z", "2025-06-24T05:00:00Z");
        check(&morning, "2025-12-23T05:00:01Z", "2025-12-23T06:00:00Z");
        // The nights in which the clock is put forward, and back: 23 hours, and 25.
        check(&morning, "2025-03-29T06:00:01Z", "2025-03-30T05:00:00Z");
        check(&morning, "2025-10-25T05:00:01Z", "2025-10-26T06:00:00Z");
    }

    #[test]
    fn an_hour_that_does_not_come_or_comes_twice_is_one() {
        // Kyiv, 30 March 2025: after 02:59:59 comes 04:00.
        let night = daily("03:30", "Europe/Kyiv");
        check(&night, "2025-03-29T12:00:00Z", "2025-03-30T01:30:00Z");
        check(&night, "2025-03-30T01:30:01Z", "2025-03-31T00:30:00Z");
        // Kyiv, 26 October 2025: 03:00 to 04:00 comes twice.
        check(&night, "2025-10-25T12:00:00Z", "2025-10-26T00:30:00Z");
        check(&night, "2025-10-26T00:30:01Z", "2025-10-27T01:30:00Z");
        // Beirut put its clock forward at midnight.
        let midnight = daily("00:30", "Asia/Beirut");
        check(&midnight, "2025-03-29T22:00:00Z", "2025-03-29T22:30:00Z");
        check(&midnight, "2025-03-29T22:30:01Z", "2025-03-30T21:30:00Z");
        // Samoa went without 30 December 2011.
        let noon = daily("12:00", "Pacific/Apia");
        check(&noon, "2011-12-29T22:00:01Z", "2011-12-30T22:00:00Z");
    }

    proptest! {
        #[test]
        fn every_moment_has_one_hour_and_it_is_near(
            minutes in 0i16..1440, zone in 0usize..6, span in 1u64..86_400, daily: bool,
            second in 1_000_000_000i64..2_000_000_000, later in 0i64..200_000,
        ) {
            let zones = [
                "UTC", "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
                "America/Santiago",
            ];
            let every = if daily {
                let (hour, minute) = (minutes / 60, minutes % 60);
                Every::Daily {
                    time: Time::new(i8::try_from(hour).unwrap(), i8::try_from(minute).unwrap(), 0, 0).unwrap(),
                    zone: TimeZone::get(zones[zone]).unwrap(),
                }
            } else {
                Every::Span(Duration::from_secs(span))
            };
            let at = Timestamp::from_second(second).unwrap();
            let next = hour(&every, at);
            prop_assert!(next >= at);
            // Its own hour, so that what waits for it is told then.
            prop_assert_eq!(hour(&every, next), next);
            // No longer than a day and the hour by which the longest day is longer.
            prop_assert!(next.duration_since(at).as_hours() <= 25);
            // Later moments have no earlier hours, and there is none between.
            let other = Timestamp::from_second(second + later).unwrap();
            prop_assert!(hour(&every, other) >= next);
            prop_assert!(other > next || hour(&every, other) == next);
        }
    }
}

//! `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP date. Pure; how long a host may keep us
//! away is the caller's to clamp.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The longest value read: dates and numbers beyond it are nonsense or hostile.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// When the server wants to be asked again; never before `now`, nor more than a year later.
/// `None` where the value is neither form.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let at = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too long for the type is still a number: as late as possible.
        let seconds = value.parse().unwrap_or(i64::MAX);
        now.saturating_add(SignedDuration::from_secs(seconds).min(LONGEST))
            .ok()?
    } else {
        http_date(value)?
    };
    let latest = now.saturating_add(LONGEST).ok()?;
    Some(at.clamp(now, latest))
}

/// The three forms of RFC 9110 §5.6.7, the obsolete two included, all in UTC.
///
/// The name of the day is not compared with the date: servers get it wrong.
pub fn http_date(value: &str) -> Option<Timestamp> {
    const WITHOUT_DAY: [&str; 3] = [
        "%d %b %Y %H:%M:%S GMT",
        "%d-%b-%y %H:%M:%S GMT",
        "%b %e %H:%M:%S %Y",
    ];
    let date = match value.split_once(',') {
        Some((_day, date)) => date,
        None => value.split_once(' ')?.1,
    };
    WITHOUT_DAY
        .iter()
        .find_map(|form| DateTime::strptime(form, date.trim()).ok())
        // A date of four digits that no timestamp holds is the last day of 9999: for ever.
        .map(|at| {
            at.to_zoned(TimeZone::UTC)
                .map_or(Timestamp::MAX, |at| at.timestamp())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(value: &str, expected: Option<&str>) {
        let now: Timestamp = "1994-11-06T08:00:00Z".parse().unwrap();
        let expected = expected.map(|at| at.parse().unwrap());
        assert_eq!(retry_after(value, now), expected, "{value:?}");
    }

    #[test]
    fn seconds_and_all_three_dates() {
        check("120", Some("1994-11-06T08:02:00Z"));
        check(" 0 ", Some("1994-11-06T08:00:00Z"));
        check(
            "Sun, 06 Nov 1994 08:49:37 GMT",
            Some("1994-11-06T08:49:37Z"),
        );
        check(
            "Sunday, 06-Nov-94 08:49:37 GMT",
            Some("1994-11-06T08:49:37Z"),
        );
        check("Sun Nov  6 08:49:37 1994", Some("1994-11-06T08:49:37Z"));
        check(
            "Mon, 06 Nov 1994 08:49:37 GMT",
            Some("1994-11-06T08:49:37Z"),
        );
    }

    #[test]
    fn the_past_is_now_and_the_far_future_a_year() {
        check(
            "Sat, 05 Nov 1994 08:49:37 GMT",
            Some("1994-11-06T08:00:00Z"),
        );
        check("99999999999999999999999", Some("1995-11-07T08:00:00Z"));
        check(
            "Fri, 31 Dec 9999 23:59:59 GMT",
            Some("1995-11-07T08:00:00Z"),
        );
    }

    #[test]
    fn anything_else_is_nothing() {
        for value in [
            "",
            "-5",
            "1.5",
            "soon",
            "06 Nov",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "٣",
        ] {
            check(value, None);
        }
    }

    proptest! {
        #[test]
        fn no_value_panics_or_leads_out_of_bounds(value in "\\PC{0,40}", second in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            if let Some(at) = retry_after(&value, now) {
                prop_assert!(at >= now && at <= now + LONGEST);
            }
        }

        #[test]
        fn seconds_are_added(seconds in 0i64..30_000_000, second in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            let at = retry_after(&seconds.to_string(), now);
            prop_assert_eq!(at, Some(now + SignedDuration::from_secs(seconds)));
        }
    }
}

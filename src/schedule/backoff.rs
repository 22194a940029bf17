//! When a failed delivery is tried again, and how long a receiver may ask us to wait.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use super::{later, scaled, unit};

/// No receiver or source holds us longer by `Retry-After`: a mistyped header must not silence it
/// for a year.
pub const LONGEST_HOLD: Duration = Duration::from_hours(24);

/// When the try after `tries_done` failed ones is due: `schedule[tries_done - 1]` after `now`, times
/// 0.8 to 1.2 so that what failed together does not return together. `None`: it was the last.
pub fn next_try(
    schedule: &[Duration],
    tries_done: u32,
    now: Timestamp,
    rng_unit: f64,
) -> Option<Timestamp> {
    let Some(place) = tries_done.checked_sub(1) else {
        return Some(now);
    };
    let wait = *schedule.get(usize::try_from(place).ok()?)?;
    Some(later(now, scaled(wait, 0.8 + 0.4 * unit(rng_unit))))
}

/// How long a receiver may put one delivery off by `Retry-After`, which uses up none of its tries: as long as
/// its schedule lasts, and a day at least. What is asked for patience for ever is given up some day.
pub fn longest_patience(schedule: &[Duration]) -> Duration {
    let whole = schedule
        .iter()
        .fold(Duration::ZERO, |sum, wait| sum.saturating_add(*wait));
    whole.max(LONGEST_HOLD)
}

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds or a date, never earlier than `now` and never
/// more than [`LONGEST_HOLD`] after it. `None` where it is neither.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let at = if digits {
        // More digits than fit are more seconds than are obeyed.
        let seconds = value.parse().unwrap_or(u64::MAX);
        later(now, Duration::from_secs(seconds))
    } else {
        http_date(value)?
    };
    Some(at.clamp(now, later(now, LONGEST_HOLD)))
}

/// So many seconds after `now`, whole or not, never more than [`LONGEST_HOLD`]. `None` where the number is
/// none that can be waited for.
pub fn after_seconds(seconds: f64, now: Timestamp) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    let wait = Duration::from_secs_f64(seconds.min(LONGEST_HOLD.as_secs_f64()));
    Some(later(now, wait))
}

/// An HTTP date (RFC 9110 §5.6.7) in any of its three forms, all in UTC, or one with an offset as in
/// mail, which some servers send.
///
/// The name of the day is not compared with the date: it is the sender's slip, the date is what was
/// meant. A date that no timestamp holds is for ever.
pub fn http_date(text: &str) -> Option<Timestamp> {
    // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT; RFC 850: Sunday, 06-Nov-94 08:49:37 GMT;
    // asctime: Sun Nov  6 08:49:37 1994.
    const WITHOUT_DAY: [&str; 3] = [
        "%d %b %Y %H:%M:%S GMT",
        "%d-%b-%y %H:%M:%S GMT",
        "%b %e %H:%M:%S %Y",
    ];
    let text = text.trim();
    let date = match text.split_once(',') {
        Some((_day, date)) => date,
        None => text.split_once(' ')?.1,
    };
    let civil = WITHOUT_DAY
        .iter()
        .find_map(|form| DateTime::strptime(form, date.trim()).ok());
    let Some(civil) = civil else {
        let mail = rfc2822::DateTimeParser::new().relaxed_weekday(true);
        return mail.parse_timestamp(text).ok();
    };
    Some(TimeZone::UTC.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:07Z".parse().unwrap()
    }

    fn seconds(at: Option<Timestamp>) -> Option<i64> {
        at.map(|at| at.as_second() - now().as_second())
    }

    #[test]
    fn retry_after_is_read_in_every_form_and_clamped() {
        let check = |value: &str, wait: Option<i64>| {
            assert_eq!(seconds(retry_after(value, now())), wait, "{value}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(30));
        check("Sun Nov  6 08:49:37 1994", Some(30));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(0));
        check("Sun, 06 Nov 2094 08:49:37 GMT", Some(86_400));
        check("99999999999999999999999999", Some(86_400));
        check("31536000", Some(86_400));
        check("Mon, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 10:49:37 +0200", Some(30));
        check("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400));
        check("Sun, 31 Feb 1994 08:49:37 GMT", None);
        check("06 Nov", None);
        check("٣", None);
        check("soon", None);
        check("-5", None);
        check("", None);
        check("1.5", None);
    }

    #[test]
    fn after_the_last_wait_there_is_no_try() {
        let schedule = [Duration::from_secs(5), Duration::from_mins(5)];
        let wait = |tries| seconds(next_try(&schedule, tries, now(), 0.5));
        assert_eq!(wait(0), Some(0));
        assert_eq!(wait(1), Some(5));
        assert_eq!(wait(2), Some(300));
        assert_eq!(wait(3), None);
        assert_eq!(wait(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth(wait in 0_u64..10_000_000, number: f64) {
            let schedule = [Duration::from_secs(wait)];
            let at = next_try(&schedule, 1, now(), number).unwrap();
            let given = super::super::until(now(), at).as_secs_f64();
            let wait = wait as f64;
            prop_assert!(given >= wait * 0.8 - 0.001 && given <= wait * 1.2 + 0.001);
        }

        #[test]
        fn retry_after_never_panics_nor_leaves_its_bounds(text in "\\PC{0,40}") {
            if let Some(at) = retry_after(&text, now()) {
                prop_assert!(at >= now() && at <= later(now(), LONGEST_HOLD));
            }
        }
    }
}

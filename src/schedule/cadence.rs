//! When a source is polled next, and why then.
//!
//! The longest of what was configured and what the publisher asks for, within the operator's
//! bounds; jitter only ever adds, because a reader that comes early is the one that gets blocked.
//! Learned rhythm is no part of this: it will be one more of the [`Asks`].

use std::time::Duration;

use jiff::Timestamp;

use super::backoff::LONGEST_HOLD;
use super::{later, scaled, unit, until};
use crate::config::PollSpec;

/// Failures do not slow a source below one poll a day: it is never given up.
pub const LONGEST_BACKOFF: Duration = Duration::from_hours(24);

/// What is known of how often a source wants to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// The source's own `interval`.
    pub interval: Option<Duration>,
    /// What is left of the answer's freshness: `Cache-Control: max-age` less `Age`, or `Expires`.
    pub fresh: Option<Duration>,
    /// RSS `ttl`.
    pub ttl: Option<Duration>,
    /// One period of `sy:updatePeriod` divided by `sy:updateFrequency`.
    pub syndication: Option<Duration>,
    /// `Retry-After`, as a time.
    pub retry_after: Option<Timestamp>,
    /// Failures in a row, this poll's included.
    pub failures: u32,
}

/// When, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPoll {
    /// The time, jitter included.
    pub at: Timestamp,
    /// What decided, for people.
    pub reason: String,
}

/// When the source is polled next.
///
/// Between `min_interval` and `max_interval` from now (back-off: a day; `Retry-After`:
/// [`LONGEST_HOLD`]; whichever is longer), plus up to a tenth.
pub fn next_poll(asks: &Asks, spec: &PollSpec, now: Timestamp, rng_unit: f64) -> NextPoll {
    let interval = asks.interval.unwrap_or(spec.interval);
    let configured = if asks.interval.is_some() {
        "the source's own interval"
    } else {
        "the default interval"
    };
    let mut wait = interval;
    let mut reason = configured;
    if spec.adaptive {
        for (asked, why) in [
            (asks.syndication, "the feed's sy:updatePeriod"),
            (asks.ttl, "the feed's ttl"),
            (asks.fresh, "the answer says that it is fresh until then"),
        ] {
            if let Some(asked) = asked.filter(|asked| *asked > wait) {
                (wait, reason) = (asked, why);
            }
        }
    }
    let most = spec.max_interval.max(spec.min_interval);
    if wait > most {
        (wait, reason) = (most, "poll.max_interval");
    }
    if wait < spec.min_interval {
        (wait, reason) = (spec.min_interval, "poll.min_interval");
    }
    let mut reason = reason.to_owned();
    let backoff = backed_off(interval.max(spec.min_interval), asks.failures);
    if backoff > wait {
        wait = backoff;
        reason = format!("backing off after {} failures in a row", asks.failures);
    }
    if let Some(asked) = asks.retry_after {
        let asked = until(now, asked).min(LONGEST_HOLD);
        if asked > wait {
            wait = asked;
            "the server asked for it (Retry-After)".clone_into(&mut reason);
        }
    }
    NextPoll {
        at: later(now, scaled(wait, 1.0 + 0.1 * unit(rng_unit))),
        reason,
    }
}

/// `interval` after the first failure, then twice as long each time, a day at most.
fn backed_off(interval: Duration, failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    interval.saturating_mul(factor).min(LONGEST_BACKOFF)
}

/// How long an answer stays fresh (RFC 9111 §4.2): `Cache-Control: max-age` less `Age`, else
/// `Expires` less `Date`. `None` where it says nothing, or says `no-cache` or `no-store`.
pub fn freshness<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Option<Duration> {
    let mut max_age = None;
    for directive in header("cache-control").unwrap_or_default().split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return None,
            "max-age" => max_age = value.trim().trim_matches('"').parse::<u64>().ok(),
            _ => {}
        }
    }
    if let Some(max_age) = max_age {
        let age = header("age")
            .and_then(|age| age.trim().parse().ok())
            .unwrap_or(0);
        return Some(Duration::from_secs(max_age.saturating_sub(age)));
    }
    // An invalid date, `0` above all, means "already expired" (§5.3).
    let expires = super::backoff::http_date(header("expires")?)?;
    let date = header("date")
        .and_then(super::backoff::http_date)
        .unwrap_or(now);
    Some(until(date, expires))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::FirstPoll;

    const fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    fn spec() -> PollSpec {
        PollSpec {
            interval: minutes(10),
            min_interval: minutes(1),
            max_interval: minutes(360),
            adaptive: true,
            revisit: Vec::new(),
            failing_after: 5,
            first: FirstPoll::Quiet,
        }
    }

    fn now() -> Timestamp {
        "2025-06-23T12:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn check(asks: &Asks, spec: &PollSpec, wait: Duration, reason: &str) {
        let next = next_poll(asks, spec, now(), 0.0);
        assert_eq!(until(now(), next.at), wait);
        assert_eq!(next.reason, reason);
    }

    #[test]
    fn the_longest_ask_decides() {
        let spec = spec();
        let asks = Asks::default();
        check(&asks, &spec, minutes(10), "the default interval");
        let own = Asks {
            interval: Some(minutes(5)),
            ..asks.clone()
        };
        check(&own, &spec, minutes(5), "the source's own interval");
        let hasty = Asks {
            interval: Some(minutes(0)),
            ..asks.clone()
        };
        check(&hasty, &spec, minutes(1), "poll.min_interval");
        let ttl = Asks {
            ttl: Some(minutes(60)),
            fresh: Some(minutes(15)),
            ..asks.clone()
        };
        check(&ttl, &spec, minutes(60), "the feed's ttl");
        let lazy = Asks {
            fresh: Some(minutes(100_000)),
            ..asks.clone()
        };
        check(&lazy, &spec, minutes(360), "poll.max_interval");
        let deaf = PollSpec {
            adaptive: false,
            ..spec.clone()
        };
        check(&ttl, &deaf, minutes(10), "the default interval");
        let held = Asks {
            retry_after: Some(later(now(), minutes(600))),
            ..asks
        };
        check(
            &held,
            &deaf,
            minutes(600),
            "the server asked for it (Retry-After)",
        );
    }

    #[test]
    fn failures_double_the_wait_up_to_a_day() {
        let waits: Vec<u64> = [0, 1, 2, 3, 4, 8, 9, 40, u32::MAX]
            .map(|failures| {
                let asks = Asks {
                    failures,
                    ..Asks::default()
                };
                until(now(), next_poll(&asks, &spec(), now(), 0.0).at).as_secs() / 60
            })
            .to_vec();
        assert_eq!(waits, [10, 10, 20, 40, 80, 1280, 1440, 1440, 1440]);
    }

    #[test]
    fn freshness_is_read_as_rfc_9111_says() {
        let check = |headers: &[(&str, &'static str)], seconds: Option<u64>| {
            let find = |name: &str| {
                headers
                    .iter()
                    .find(|(header, _)| *header == name)
                    .map(|(_, value)| *value)
            };
            let fresh = freshness(find, now());
            assert_eq!(fresh.map(|fresh| fresh.as_secs()), seconds, "{headers:?}");
        };
        check(
            &[("cache-control", "public, Max-Age=600, s-maxage=9")],
            Some(600),
        );
        check(
            &[("cache-control", "max-age=600"), ("age", "100")],
            Some(500),
        );
        check(&[("cache-control", "max-age=6"), ("age", "100")], Some(0));
        check(&[("cache-control", "no-cache, max-age=600")], None);
        check(&[("expires", "Mon, 23 Jun 2025 12:05:00 GMT")], Some(300));
        check(&[("expires", "0")], None);
        check(&[("cache-control", "max-age=x"), ("expires", "-1")], None);
        check(&[], None);
    }

    fn any_wait() -> impl Strategy<Value = Option<Duration>> {
        proptest::option::of((0_u64..u64::MAX).prop_map(Duration::from_secs))
    }

    proptest! {
        #[test]
        fn a_poll_is_never_early_nor_put_off_for_ever(
            interval in any_wait(), fresh in any_wait(), ttl in any_wait(),
            failures: u32, hold in -1_000_000_i64..1_000_000, number: f64,
        ) {
            let retry_after = now().checked_add(jiff::SignedDuration::from_secs(hold)).ok();
            let asks = Asks { interval, fresh, ttl, syndication: None, retry_after, failures };
            let spec = spec();
            let wait = until(now(), next_poll(&asks, &spec, now(), number).at);
            prop_assert!(wait >= spec.min_interval);
            prop_assert!(wait <= scaled(LONGEST_BACKOFF, 1.1) + Duration::from_secs(1));
            if hold > 0 {
                let asked = Duration::from_secs(hold.unsigned_abs()).min(LONGEST_HOLD);
                prop_assert!(wait >= asked);
            }
        }

        #[test]
        fn more_failures_never_poll_sooner(failures in 0_u32..100) {
            let wait = |failures| {
                let asks = Asks { failures, ..Asks::default() };
                next_poll(&asks, &spec(), now(), 0.5).at
            };
            prop_assert!(wait(failures) <= wait(failures + 1));
        }
    }
}

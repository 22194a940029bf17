//! Waits and their reasons, and the laws that bound them.

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
fn the_rhythm_moves_the_interval_within_the_bounds() {
    let rhythm = |minute| Asks {
        rhythm: Some(minutes(minute)),
        ..Asks::default()
    };
    let seldom = "its rhythm: more seldom while there is little news";
    let often = "its rhythm: more often while there is much news";
    check(&rhythm(95), &spec(), minutes(95), seldom);
    check(&rhythm(3), &spec(), minutes(3), often);
    check(&rhythm(0), &spec(), minutes(1), "poll.min_interval");
    check(&rhythm(9999), &spec(), minutes(360), "poll.max_interval");
    check(&rhythm(10), &spec(), minutes(10), "the default interval");
    // What the publisher asks for may only make it longer.
    let asked = Asks {
        ttl: Some(minutes(30)),
        ..rhythm(3)
    };
    check(&asked, &spec(), minutes(30), "the feed's ttl");
}

#[test]
fn skipped_hours_and_days_are_waited_for() {
    let skip = "the feed's skipHours or skipDays";
    // Noon and one o'clock, on a Monday.
    let noon = Asks {
        skip_hours: 0b11 << 12,
        ..Asks::default()
    };
    check(&noon, &spec(), minutes(120), skip);
    let other = Asks {
        skip_hours: 1 << 11,
        ..Asks::default()
    };
    check(&other, &spec(), minutes(10), "the default interval");
    let monday = Asks {
        skip_days: 1,
        ..Asks::default()
    };
    // The operator's longest wait is shorter than the rest of the day.
    check(&monday, &spec(), minutes(360), skip);
    let always = Asks {
        skip_hours: u32::MAX,
        skip_days: u8::MAX,
        ..Asks::default()
    };
    check(&always, &spec(), minutes(10), "the default interval");
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
        rhythm in any_wait(), watched in 0_u64..1000, skip_hours: u32, skip_days: u8,
    ) {
        let retry_after = now().checked_add(jiff::SignedDuration::from_secs(hold)).ok();
        let asks = Asks {
            interval, fresh, ttl, syndication: None, retry_after, failures,
            rhythm, watched: Duration::from_hours(watched), skip_hours, skip_days,
        };
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
    fn rhythm_moves_nothing_that_is_not_adaptive(rhythm in any_wait(), number: f64) {
        let spec = PollSpec { adaptive: false, ..spec() };
        let asks = Asks { rhythm, skip_hours: u32::MAX, ..Asks::default() };
        let plain = next_poll(&Asks::default(), &spec, now(), number);
        prop_assert_eq!(next_poll(&asks, &spec, now(), number), plain);
    }

    #[test]
    fn an_interval_that_was_written_down_is_not_stretched_lightly(
        rhythm in any_wait(), watched in 0_u64..1000, interval in 1_u64..60,
    ) {
        let asks = Asks {
            interval: Some(minutes(interval)),
            rhythm,
            watched: Duration::from_hours(watched),
            ..Asks::default()
        };
        let wait = until(now(), next_poll(&asks, &spec(), now(), 0.0).at);
        let times = if watched < 14 * 24 { 1 } else { 3 };
        prop_assert!(wait <= minutes(interval) * times);
    }

    #[test]
    fn a_longer_rhythm_never_polls_sooner(one in 0_u64..100_000, more in 0_u64..100_000) {
        let wait = |rhythm| {
            let asks = Asks { rhythm: Some(Duration::from_secs(rhythm)), ..Asks::default() };
            next_poll(&asks, &spec(), now(), 0.5).at
        };
        prop_assert!(wait(one) <= wait(one + more));
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

//! When a source is polled next, and why then.
//!
//! The source's own rhythm moves the configured interval; what the publisher asks for may only make
//! it longer; both stay within the operator's bounds. Jitter only ever adds, because a reader that
//! comes early is the one that gets blocked.

use std::time::Duration;

use jiff::Timestamp;

use super::backoff::LONGEST_HOLD;
use super::{later, scaled, unit, until};
use crate::config::PollSpec;
use crate::model::rhythm::Wishes;

/// Failures do not slow a source below one poll a day: it is never given up.
pub const LONGEST_BACKOFF: Duration = Duration::from_hours(24);

/// An interval that somebody wrote down for one source is stretched by its rhythm only after so long a
/// watch, which has seen each day of the week twice, and only so far.
const EXPLICIT_WATCH: Duration = Duration::from_hours(14 * 24);
const EXPLICIT_STRETCH: u32 = 3;

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
    /// What its rhythm suggests ([`super::rhythm::wait`]), where it is known well enough.
    pub rhythm: Option<Duration>,
    /// How long it has been watched.
    pub watched: Duration,
    /// Hours of the day (UTC) in which it is not to be asked, bit 0 the first (RSS `skipHours`).
    pub skip_hours: u32,
    /// Days (UTC) on which it is not to be asked, bit 0 Monday (RSS `skipDays`).
    pub skip_days: u8,
    /// `Retry-After`, as a time.
    pub retry_after: Option<Timestamp>,
    /// Failures in a row, this poll's included.
    pub failures: u32,
}

impl Asks {
    /// With what the feed asked for when it was last read.
    #[must_use]
    pub fn wishing(self, wishes: &Wishes) -> Self {
        Self {
            ttl: wishes.ttl.map(Duration::from_secs),
            syndication: wishes.syndication.map(Duration::from_secs),
            skip_hours: wishes.skip_hours,
            skip_days: wishes.skip_days,
            ..self
        }
    }
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
        if let Some(learned) = learned(asks, interval) {
            reason = if learned < wait {
                "its rhythm: more often while there is much news"
            } else {
                "its rhythm: more seldom while there is little news"
            };
            wait = learned;
        }
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
    if spec.adaptive
        && let Some(open) = skipped(asks, later(now, wait))
    {
        // The operator's longest wait stands, whatever is skipped.
        let open = until(now, open).min(most);
        if open > wait {
            wait = open;
            "the feed's skipHours or skipDays".clone_into(&mut reason);
        }
    }
    NextPoll {
        at: later(now, scaled(wait, 1.0 + 0.1 * unit(rng_unit))),
        reason,
    }
}

/// What the rhythm makes of the interval; `None` where it changes nothing.
fn learned(asks: &Asks, interval: Duration) -> Option<Duration> {
    let suggested = asks.rhythm?;
    let longest = match asks.interval {
        None => Duration::MAX,
        Some(_) if asks.watched >= EXPLICIT_WATCH => interval.saturating_mul(EXPLICIT_STRETCH),
        Some(_) => interval,
    };
    let learned = suggested.min(longest);
    (learned != interval).then_some(learned)
}

/// The beginning of the first hour after `at` that is not skipped; `None` where `at` is in none that
/// is, or all are.
fn skipped(asks: &Asks, at: Timestamp) -> Option<Timestamp> {
    let is_skipped = |hour: i64| {
        let (day, hour) = ((hour.div_euclid(24) + 3).rem_euclid(7), hour.rem_euclid(24));
        (asks.skip_hours >> hour) & 1 == 1 || (asks.skip_days >> day) & 1 == 1
    };
    // The epoch was a Thursday.
    let hour = at.as_second().div_euclid(3600);
    if !is_skipped(hour) {
        return None;
    }
    let open = (hour + 1..=hour + 7 * 24).find(|hour| !is_skipped(*hour))?;
    Timestamp::from_second(open * 3600).ok()
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
mod tests;

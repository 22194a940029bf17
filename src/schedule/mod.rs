//! When: the next poll, the next try, the next look; and how a source is doing. Pure.
//!
//! Every function takes the time and a random number between 0 and 1 and gives a time; each is
//! bounded below and above, and laws are tested by property.

pub mod backoff;
pub mod cadence;
pub mod digest;
pub mod flood;
pub mod harvest;
pub mod health;
pub mod quiet;
pub mod revise;
pub mod revisit;
pub mod rhythm;
pub mod subscription;
pub mod visit;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// `at` plus `wait`, at the end of time at the latest.
fn later(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// From `now` until `at`; zero where that is past.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// `wait` times `factor`, saturating; `factor` is finite and not negative.
fn scaled(wait: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// A running figure as it is kept: seven digits are more than it means.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is asked for; what is too large becomes infinite"
)]
fn figure(number: f64) -> f32 {
    number as f32
}

/// A random number as it was meant: between 0 and 1, whatever was passed.
fn unit(number: f64) -> f64 {
    if number.is_finite() {
        number.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

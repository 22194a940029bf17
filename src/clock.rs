//! Wall time, as a value that is passed: the only place that asks the system what time it is.
//!
//! Durations are measured with `tokio::time::Instant`; this clock is for stamps and due times. The
//! simulated clock follows tokio's paused time, so that a month of polling runs in milliseconds.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The system's clock, or one that follows tokio's timer from a chosen start.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's wall clock.
    System,
    /// `start`, plus what tokio's clock has advanced since `origin`.
    Simulated {
        /// Wall time at the origin.
        start: Timestamp,
        /// Tokio's time at the origin.
        origin: Instant,
    },
}

impl Clock {
    /// A clock that reads `start` now and advances with tokio's (possibly paused) time.
    pub fn simulated(start: Timestamp) -> Self {
        Self::Simulated {
            start,
            origin: Instant::now(),
        }
    }

    /// The time now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where wall time is read"
    )]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated { start, origin } => {
                let passed =
                    SignedDuration::try_from(origin.elapsed()).unwrap_or(SignedDuration::MAX);
                start.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

//! A source replayed, poll by poll, under the daemon's own rules.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use wireroom::config::{FirstPoll, PollSpec};
use wireroom::model::rhythm::Rhythm;
use wireroom::schedule::cadence::{self, Asks};
use wireroom::schedule::rhythm;

use super::traces::start;

/// What a replay came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) polls: u64,
    /// Minutes from each publication to the poll that found it.
    pub(crate) delays: Vec<f64>,
    /// Times at which the source was first taken for silent, one for each silence.
    pub(crate) alarms: Vec<Timestamp>,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Self) {
        self.polls += other.polls;
        self.delays.extend(other.delays);
        self.alarms.extend(other.alarms);
    }

    pub(crate) fn mean(&self) -> f64 {
        self.delays.iter().sum::<f64>() / self.delays.len().max(1) as f64
    }

    pub(crate) fn median(&self) -> f64 {
        let mut delays = self.delays.clone();
        delays.sort_by(f64::total_cmp);
        delays.get(delays.len() / 2).copied().unwrap_or_default()
    }
}

/// `[poll]` as it comes.
pub(crate) fn by_default() -> PollSpec {
    PollSpec {
        interval: Duration::from_mins(10),
        min_interval: Duration::from_mins(1),
        max_interval: Duration::from_hours(6),
        adaptive: true,
        revisit: Vec::new(),
        failing_after: 5,
        first: FirstPoll::Quiet,
    }
}

/// Every so many minutes.
pub(crate) fn fixed(minutes: u64) -> PollSpec {
    PollSpec {
        interval: Duration::from_mins(minutes),
        adaptive: false,
        ..by_default()
    }
}

/// Polls a source from the start of the traces, for so many weeks; what it learned, too.
pub(crate) fn replay(
    published: &[Timestamp],
    spec: &PollSpec,
    weeks: u32,
    seed: u64,
) -> (Outcome, Rhythm) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut outcome = Outcome::default();
    let mut rhythm = Rhythm::default();
    let end = start() + SignedDuration::from_hours(i64::from(weeks) * 168);
    let mut before = start();
    rhythm::begin(&mut rhythm, None, before);
    let mut left = published.iter().peekable();
    let mut now = before + SignedDuration::from_secs(dice.random_range(0..600));
    let mut silent = false;
    while now < end {
        outcome.polls += 1;
        let mut appeared = Vec::new();
        while let Some(at) = left.next_if(|at| **at <= now) {
            outcome
                .delays
                .push(now.duration_since(*at).as_secs_f64() / 60.0);
            appeared.push(Some(*at));
        }
        rhythm::observe(&mut rhythm, &appeared, before, now);
        let was = silent;
        silent = appeared.is_empty() && rhythm::silent_since(&rhythm, now).is_some();
        if silent && !was {
            outcome.alarms.push(now);
        }
        let asks = Asks {
            rhythm: rhythm::wait(&rhythm, spec.interval, now),
            watched: rhythm::watched(&rhythm, now).unwrap_or_default(),
            ..Asks::default()
        };
        before = now;
        now = cadence::next_poll(&asks, spec, now, dice.random()).at;
    }
    (outcome, rhythm)
}

//! What a host was asked of late, against its budget: one time, however many requests.
//!
//! The generic cell rate algorithm (ITU-T I.371, appendix A): each request puts off by one spacing the
//! time at which the account is settled, and one that would put it off by more than the budget's whole
//! time is not sent. A host that rested may be asked at once as often as the budget says, a busy one
//! once a spacing.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Rate;

/// The account of one host; one that was never charged is open.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// When all that was asked is paid for by time that has passed.
    settled: Option<Instant>,
    /// When the last of those sent away is to come back.
    line: Option<Instant>,
}

impl Account {
    /// When the next request may be sent; `None`: at once.
    pub(super) fn free_from(&self, budget: Rate) -> Option<Instant> {
        let settled = self.settled?;
        Some(settled.checked_sub(credit(budget)).unwrap_or(settled))
    }

    /// The same for what may use up only half of the budget.
    pub(super) fn half_free_from(&self, budget: Rate) -> Option<Instant> {
        let settled = self.settled?;
        let half = credit(budget) / 2;
        Some(settled.checked_sub(half).unwrap_or(settled))
    }

    /// When there is nothing left to remember; `None`: now.
    pub(super) fn settled_at(&self) -> Option<Instant> {
        self.settled.max(self.line)
    }

    /// One request is sent.
    pub(super) fn charge(&mut self, budget: Rate, now: Instant) {
        let from = self.settled.map_or(now, |settled| settled.max(now));
        self.settled = Some(from + budget.spacing());
    }

    /// One that was charged was not sent after all.
    pub(super) fn refund(&mut self, budget: Rate) {
        self.settled = (self.settled).and_then(|settled| settled.checked_sub(budget.spacing()));
    }

    /// A time for one who cannot be served before `until`, behind those who were sent away before,
    /// though never further off than the whole time of the budget.
    pub(super) fn place_in_line(&mut self, budget: Rate, until: Instant) -> Instant {
        let behind = self.line.map(|line| line + budget.spacing());
        let place = behind.map_or(until, |behind| behind.clamp(until, until + budget.time));
        self.line = Some(place);
        place
    }
}

/// How far ahead of time an account may be: all of its requests but the one that is asked for.
fn credit(budget: Rate) -> Duration {
    budget.spacing() * (budget.count - 1)
}

//! The rooms put to work: one poll, one visit, one delivery, and the loop that claims them.
//!
//! Everything there is to do stands in the store as a due time. A [`worker`] claims what is due,
//! performs it and settles it; a crash, a restart and a second daemon are the same case. Nothing
//! here decides how often, how again or to whom: that is `schedule` and `notify`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::Transport;
use crate::fetch::fetcher::Fetcher;
use crate::observe::meters::Meters;
use crate::store::{Queue, Store};

mod busy;
mod correction;
pub mod deliver;
mod doubt;
pub mod find;
pub mod follow;
pub mod inspect;
mod learn;
mod page;
pub mod poll;
pub mod push;
pub mod read;
mod record;
pub mod reextract;
pub mod replay;
mod said;
pub mod survey;
pub mod sweep;
pub mod visit;
pub mod worker;

/// What every piece of work needs at hand.
pub struct Desk {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Fetches sources and pages, politely; exchanged when `[fetch]` changes.
    pub fetcher: RwLock<Arc<Fetcher>>,
    /// Carries deliveries, which owe no host politeness but the endpoint's own.
    pub transport: Arc<dyn Transport>,
    /// The configuration in force.
    pub config: watch::Receiver<Arc<Config>>,
    /// Wall time.
    pub clock: Clock,
    /// Counters.
    pub meters: Arc<Meters>,
    /// Hints between the workers.
    pub nudges: Nudges,
    /// Signs of life.
    pub progress: Progress,
    /// Subscriptions at hubs.
    pub push: push::Push,
}

impl Desk {
    /// The fetcher in force now.
    pub fn fetcher(&self) -> Arc<Fetcher> {
        // Nothing is done under this lock that could poison it.
        let fetcher = self.fetcher.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&fetcher)
    }

    /// The configuration in force now.
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.borrow())
    }
}

/// Wakes a worker whose queue has just been given something. Only a hint: each worker also looks
/// by itself when the next item falls due.
#[derive(Debug, Default)]
pub struct Nudges {
    polls: Notify,
    visits: Notify,
    deliveries: Notify,
}

impl Nudges {
    /// The bell of one queue.
    pub fn of(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Polls => &self.polls,
            Queue::Visits => &self.visits,
            Queue::Deliveries => &self.deliveries,
        }
    }

    /// Rings all bells.
    pub fn all(&self) {
        self.polls.notify_one();
        self.visits.notify_one();
        self.deliveries.notify_one();
    }
}

/// When each worker last looked at its queue with success: what the watchdog goes by.
#[derive(Debug, Default)]
pub struct Progress {
    polls: AtomicI64,
    visits: AtomicI64,
    deliveries: AtomicI64,
}

impl Progress {
    /// All queues looked at just now.
    pub fn new(now: Timestamp) -> Self {
        let progress = Self::default();
        for queue in [Queue::Polls, Queue::Visits, Queue::Deliveries] {
            progress.mark(queue, now);
        }
        progress
    }

    fn of(&self, queue: Queue) -> &AtomicI64 {
        match queue {
            Queue::Polls => &self.polls,
            Queue::Visits => &self.visits,
            Queue::Deliveries => &self.deliveries,
        }
    }

    /// Notes that the worker of `queue` has looked at it.
    pub fn mark(&self, queue: Queue, now: Timestamp) {
        self.of(queue).store(now.as_second(), Ordering::Relaxed);
    }

    /// The first queue that nobody has looked at for `limit`.
    pub fn stalled(&self, now: Timestamp, limit: SignedDuration) -> Option<Queue> {
        [Queue::Polls, Queue::Visits, Queue::Deliveries]
            .into_iter()
            .find(|queue| {
                let seen = self.of(*queue).load(Ordering::Relaxed);
                now.as_second() - seen > limit.as_secs()
            })
    }
}

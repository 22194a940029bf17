//! Politeness: how many requests at a time a host gets, and how far apart its articles are fetched.
//!
//! A host is a registrable domain ([`Host`]), so all names of one outlet share one budget. The delay
//! counts from start to start of article fetches: a host that answers slowly is spared by the limit
//! on requests at a time, a fast one by the delay. Feeds and section pages count toward the requests
//! at a time and the budget only. Redirects belong to the request that met them.
//!
//! The budget bounds what a host is asked in all ([`Account`]). It protects other people's servers: a
//! private address, which only the configuration can open, has none. Half of it is never used up by
//! looks at articles that are known.
//!
//! Invariant: what a [`Permit`] took is given back when it drops, whatever became of its task. Only
//! hosts that are in use or still wait for a time are remembered, over a reload too. Nothing here
//! decides how long a host is held; the caller clamps what the host asked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::config::{FetchSpec, Rate};
use crate::fetch::account::Account;
use crate::fetch::guard;
use crate::model::id::Host;

/// The limits, and who is using them up.
#[derive(Debug)]
pub struct Hosts {
    per_host: usize,
    delay: Duration,
    budget: Option<Rate>,
    everywhere: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A source, or robots.txt: counts toward the requests at a time.
    Source,
    /// An article: also keeps its distance to the one before.
    Article {
        /// `Crawl-delay` of the host's robots.txt: raises the distance, never lowers it.
        crawl_delay: Option<Duration>,
    },
    /// Another look at an article: the same, within half of the budget.
    Look {
        /// As above.
        crawl_delay: Option<Duration>,
    },
}

/// Leave to send one request; give it back by dropping it.
#[derive(Debug)]
#[must_use = "the host counts as free again when this drops"]
pub struct Permit {
    _host: HostPart,
    _everywhere: OwnedSemaphorePermit,
}

/// One of the requests at a time of one host.
#[derive(Debug)]
struct HostPart {
    host: Host,
    shared: Arc<Shared>,
    /// What the account was charged by.
    paid: Option<Rate>,
    /// When the next article might have started without this one, and may with it.
    article_from: Option<(Instant, Instant)>,
}

/// The host cannot be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When to ask again. An estimate where the host is busy with requests whose end is unknown.
    pub until: Instant,
    /// What it waits for.
    pub why: Why,
}

/// What a host that cannot be asked waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It asked to be left alone, or its last article was fetched a moment ago.
    Rests,
    /// It has as many requests as it may have at a time, or all hosts together have.
    Full,
    /// `fetch.host_budget` is used up.
    Budget,
}

#[derive(Debug, Default)]
struct Shared {
    slots: Mutex<HashMap<Host, Slot>>,
    released: Notify,
}

/// One host that is in use or waits.
#[derive(Debug)]
struct Slot {
    in_use: usize,
    /// The next article may start.
    article_from: Instant,
    /// The host asked to be left alone.
    held_until: Instant,
    /// Servers on ports of their own that did.
    held_ports: BTreeMap<u16, Instant>,
    account: Account,
}

/// Hosts remembered. Ten thousand hosts that all ask for a day of rest are an attack; the holds
/// that end soonest are then forgotten.
const MAX_HOSTS: usize = 10_000;
/// How far off the guess is for a host whose requests have no known end.
const GUESS: Duration = Duration::from_secs(1);

impl Hosts {
    /// Limits of `[fetch]`.
    pub fn new(spec: &FetchSpec) -> Self {
        Self {
            per_host: spec.per_host.max(1),
            delay: spec.host_delay,
            budget: spec.host_budget,
            everywhere: Arc::new(Semaphore::new(spec.concurrency.max(1))),
            shared: Arc::default(),
        }
    }

    /// The same hosts under new limits: a reload must not forget who asked to be left alone.
    #[must_use]
    pub fn under(&self, spec: &FetchSpec) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            ..Self::new(spec)
        }
    }

    /// Leave to ask `host`, waiting at most `patience`. A time that is known to be further off is
    /// answered at once.
    pub async fn turn(&self, host: &Host, turn: Turn, patience: Duration) -> Result<Permit, Busy> {
        let deadline = Instant::now() + patience;
        let host = self.host_part(host, turn, deadline).await?;
        // The host's part first: whoever waits for one host must not keep the others waiting.
        let everywhere = Arc::clone(&self.everywhere).acquire_owned();
        match timeout_at(deadline, everywhere).await {
            Ok(permit) => Ok(Permit {
                _host: host,
                _everywhere: permit.expect("the semaphore is never closed"),
            }),
            Err(_elapsed) => {
                // Nothing is sent: it neither costs the host anything nor keeps its next article off.
                host.take_back();
                Err(Busy {
                    until: Instant::now() + GUESS,
                    why: Why::Full,
                })
            }
        }
    }

    async fn host_part(
        &self,
        host: &Host,
        turn: Turn,
        deadline: Instant,
    ) -> Result<HostPart, Busy> {
        loop {
            // Interest is registered before the look, or a release in between would be missed.
            let mut released = std::pin::pin!(self.shared.released.notified());
            released.as_mut().enable();
            let now = Instant::now();
            let wake = match self.reserve(host, turn, now) {
                Ok(part) => return Ok(part),
                Err(Wait::Until(until, why)) if until > deadline => {
                    return Err(Busy {
                        until: self.place_in_line(host, until, why),
                        why,
                    });
                }
                Err(Wait::Until(at, _)) => at,
                Err(Wait::Release) if now >= deadline => {
                    return Err(Busy {
                        until: now + GUESS,
                        why: Why::Full,
                    });
                }
                Err(Wait::Release) => deadline,
            };
            // Woken or not, the next round looks for itself.
            timeout_at(wake, released).await.ok();
        }
    }

    /// When one that was sent away for want of budget may come back: each gets a time of its own, or
    /// the ten thousand feeds of one large host would all come back at once, for a single request.
    fn place_in_line(&self, host: &Host, until: Instant, why: Why) -> Instant {
        match (why, self.budget_of(host)) {
            (Why::Budget, Some(budget)) => {
                let mut slots = self.shared.slots();
                slot_of(&mut slots, host, Instant::now())
                    .account
                    .place_in_line(budget, until)
            }
            _ => until,
        }
    }

    fn budget_of(&self, host: &Host) -> Option<Rate> {
        let private =
            (host.as_str().parse().ok()).is_some_and(|address| !guard::allowed(address, &[]));
        let ours = private || host.as_str() == "localhost" || host.as_str().ends_with(".localhost");
        self.budget.filter(|_| !ours)
    }

    /// Hosts that cannot take an article fetch at `now`.
    pub fn busy(&self, now: Instant) -> HashSet<Host> {
        self.those(|slot| self.free_from(slot) > now || slot.in_use >= self.per_host)
    }

    /// Hosts that cannot take any request at `now`.
    pub fn full(&self, now: Instant) -> HashSet<Host> {
        self.those(|slot| self.open_from(slot) > now || slot.in_use >= self.per_host)
    }

    /// When any request may start, as far as time decides it. A host without a budget has an account
    /// that was never charged.
    fn open_from(&self, slot: &Slot) -> Instant {
        match self
            .budget
            .and_then(|budget| slot.account.free_from(budget))
        {
            Some(paid) => slot.held_until.max(paid),
            None => slot.held_until,
        }
    }

    /// When an article may start, as far as time decides it.
    fn free_from(&self, slot: &Slot) -> Instant {
        self.open_from(slot).max(slot.article_from)
    }

    /// When the first of the hosts that wait for a time becomes free; `None` if none waits for a
    /// time (those in use become free when their permits drop).
    pub fn next_free(&self) -> Option<Instant> {
        let now = Instant::now();
        self.shared
            .slots()
            .values()
            .map(|slot| self.free_from(slot))
            .filter(|at| *at > now)
            .min()
    }

    /// Leaves `host` alone until then; a longer hold stands.
    pub fn hold(&self, host: &Host, until: Instant) {
        let mut slots = self.shared.slots();
        let slot = slot_of(&mut slots, host, Instant::now());
        slot.held_until = slot.held_until.max(until);
    }

    /// Until when `host` asked to be left alone, if it did.
    pub fn held_until(&self, host: &Host) -> Option<Instant> {
        let now = Instant::now();
        let slots = self.shared.slots();
        let until = slots.get(host)?.held_until;
        (until > now).then_some(until)
    }

    /// Leaves the server on that port alone until then; a longer hold stands.
    pub fn hold_port(&self, host: &Host, port: u16, until: Instant) {
        let now = Instant::now();
        let mut slots = self.shared.slots();
        let ports = &mut slot_of(&mut slots, host, now).held_ports;
        ports.retain(|_, until| *until > now);
        let held = ports.entry(port).or_insert(until);
        *held = until.max(*held);
    }

    /// Until when the server on that port asked to be left alone, if it did.
    pub fn port_held_until(&self, host: &Host, port: u16) -> Option<Instant> {
        let now = Instant::now();
        let slots = self.shared.slots();
        let until = *slots.get(host)?.held_ports.get(&port)?;
        (until > now).then_some(until)
    }

    /// Takes the host's part of a permit.
    fn reserve(&self, host: &Host, turn: Turn, now: Instant) -> Result<HostPart, Wait> {
        let mut slots = self.shared.slots();
        let slot = slot_of(&mut slots, host, now);
        let rests_until = match turn {
            Turn::Source => slot.held_until,
            Turn::Article { .. } | Turn::Look { .. } => slot.held_until.max(slot.article_from),
        };
        let budget = self.budget_of(host);
        let paid = budget.and_then(|budget| match turn {
            Turn::Source | Turn::Article { .. } => slot.account.free_from(budget),
            Turn::Look { .. } => slot.account.half_free_from(budget),
        });
        if let Some(paid) = paid.filter(|paid| *paid > now.max(rests_until)) {
            return Err(Wait::Until(paid, Why::Budget));
        }
        if rests_until > now {
            return Err(Wait::Until(rests_until, Why::Rests));
        }
        if slot.in_use >= self.per_host {
            return Err(Wait::Release);
        }
        slot.in_use += 1;
        if let Some(budget) = budget {
            slot.account.charge(budget, now);
        }
        let article_from = match turn {
            Turn::Source => None,
            Turn::Article { crawl_delay } | Turn::Look { crawl_delay } => {
                let next = now + self.delay.max(crawl_delay.unwrap_or_default());
                Some((std::mem::replace(&mut slot.article_from, next), next))
            }
        };
        Ok(HostPart {
            host: host.clone(),
            shared: Arc::clone(&self.shared),
            paid: budget,
            article_from,
        })
    }

    fn those(&self, wanted: impl Fn(&Slot) -> bool) -> HashSet<Host> {
        self.shared
            .slots()
            .iter()
            .filter(|(_, slot)| wanted(slot))
            .map(|(host, _)| host.clone())
            .collect()
    }
}

/// What a host makes a request wait for.
enum Wait {
    /// A known time.
    Until(Instant, Why),
    /// The end of another request.
    Release,
}

impl Slot {
    /// Until when something is to be remembered of it.
    fn busy_until(&self) -> Instant {
        let ports = self.held_ports.values().copied();
        let held = ports.fold(self.held_until, Instant::max);
        let rests = self.article_from.max(held);
        self.account.settled_at().map_or(rests, |at| rests.max(at))
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.in_use == 0 && self.busy_until() <= now
    }
}

impl Shared {
    fn slots(&self) -> MutexGuard<'_, HashMap<Host, Slot>> {
        // Every change under the lock is whole when it is made: a panic elsewhere breaks nothing.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostPart {
    /// Nothing was sent under it: the host owes nothing for it.
    fn take_back(self) {
        let mut slots = self.shared.slots();
        if let Some(slot) = slots.get_mut(&self.host) {
            if let Some(budget) = self.paid {
                slot.account.refund(budget);
            }
            // Another article may have started since, and keeps its own distance.
            if let Some((before, after)) = self.article_from
                && slot.article_from == after
            {
                slot.article_from = before;
            }
        }
        drop(slots);
    }
}

impl Drop for HostPart {
    fn drop(&mut self) {
        let mut slots = self.shared.slots();
        if let Some(slot) = slots.get_mut(&self.host) {
            slot.in_use = slot.in_use.saturating_sub(1);
            if slot.is_idle(Instant::now()) {
                slots.remove(&self.host);
            }
        }
        drop(slots);
        self.shared.released.notify_waiters();
    }
}

/// The slot of `host`, made if there is none; idle ones make room first.
fn slot_of<'a>(slots: &'a mut HashMap<Host, Slot>, host: &Host, now: Instant) -> &'a mut Slot {
    if slots.len() >= MAX_HOSTS && !slots.contains_key(host) {
        slots.retain(|_, slot| !slot.is_idle(now));
        if slots.len() >= MAX_HOSTS {
            forget_soonest(slots);
        }
    }
    slots.entry(host.clone()).or_insert(Slot {
        in_use: 0,
        article_from: now,
        held_until: now,
        held_ports: BTreeMap::new(),
        account: Account::default(),
    })
}

/// Forgets the waiting host that would be free first. Hosts in use stay: they are no more than
/// `fetch.concurrency` and those that wait for it.
fn forget_soonest(slots: &mut HashMap<Host, Slot>) {
    let soonest = slots
        .iter()
        .filter(|(_, slot)| slot.in_use == 0)
        .min_by_key(|(_, slot)| slot.busy_until())
        .map(|(host, _)| host.clone());
    if let Some(host) = soonest {
        slots.remove(&host);
    }
}

#[cfg(test)]
mod tests;

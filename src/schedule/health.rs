//! How a source is doing: its state after a poll, and what is to be told of it.
//!
//! The only place where a source changes state by its answers. Each change is told once. Silence,
//! layout and paywall are judged elsewhere and are left as they are by a good poll; nothing here
//! says when to poll next (see `cadence`), save that a source that is gone is not polled.

use jiff::Timestamp;
use url::Url;

use super::backoff;
use crate::config::PollSpec;
use crate::model::event::EventKind;
use crate::model::source::{SourceHealth, SourceState};

/// Polls over which a permanent redirect must hold before the new address is asked directly.
pub const POLLS_TO_MOVE: u32 = 3;

/// A body of so many bytes that lists nothing is no feed: an empty RSS document with its required
/// elements is longer.
const TINY_BODY: usize = 100;

/// What a poll came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOutcome {
    /// What was found.
    pub found: PollFound,
    /// Where permanent redirects led, if they did ([`permanent_target`]).
    pub moved: Option<Url>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollFound {
    /// 304, or the same body as before.
    Unchanged,
    /// So many entries, known or not.
    Entries(usize),
    /// No answer, or none of use.
    Failed {
        /// Why, a sentence for people.
        reason: String,
    },
    /// The host wants to be left alone.
    Throttled {
        /// Until when, if it said.
        until: Option<Timestamp>,
        /// Why, a sentence for people.
        reason: String,
    },
    /// 410.
    Gone,
}

/// What an answer means before its body is read: `None` for a 200 or 226 whose body is to be parsed.
///
/// `answered_before` is whether the source ever answered well: a 403 after that is a host that has
/// had enough of us, not a wrong address.
pub fn judge_status(
    status: u16,
    retry_after: Option<&str>,
    answered_before: bool,
    now: Timestamp,
) -> Option<PollFound> {
    let until = || retry_after.and_then(|value| backoff::retry_after(value, now));
    let failed = |reason: String| Some(PollFound::Failed { reason });
    match status {
        200 | 203 | 226 => None,
        304 => Some(PollFound::Unchanged),
        410 => Some(PollFound::Gone),
        429 | 503 => Some(PollFound::Throttled {
            until: until(),
            reason: format!("The server asked for fewer requests (status {status})."),
        }),
        403 if answered_before => Some(PollFound::Throttled {
            until: until(),
            reason: "The server refuses requests that it answered before (status 403).".to_owned(),
        }),
        401 | 403 => failed(format!("The server refuses access (status {status}).")),
        404 => failed("There is nothing at this address (status 404).".to_owned()),
        300..=399 => failed(format!(
            "The server redirects to nowhere (status {status})."
        )),
        500..=599 => failed(format!("The server is in trouble (status {status}).")),
        _ => failed(format!("The server answered with status {status}.")),
    }
}

/// What a parsed body of `body_bytes` with `entries` entries means. An empty list is a success; a
/// few bytes that list nothing are what a broken server sends with a 200.
pub fn judge_body(entries: usize, body_bytes: usize) -> PollFound {
    if entries == 0 && body_bytes < TINY_BODY {
        return PollFound::Failed {
            reason: format!("The answer has no entries and only {body_bytes} bytes."),
        };
    }
    PollFound::Entries(entries)
}

/// Where the unbroken run of permanent redirects (301, 308) at the beginning of `hops` leads; what
/// comes after a temporary one is not permanent (RFC 9110 §15.4).
pub fn permanent_target<'a>(hops: impl IntoIterator<Item = (u16, &'a Url)>) -> Option<&'a Url> {
    hops.into_iter()
        .take_while(|(status, _)| matches!(status, 301 | 308))
        .map(|(_, to)| to)
        .last()
}

/// The source's state after a poll at `now`, and the events that tell of it. `next_poll` is the
/// caller's, validators and digests too.
pub fn advance(
    state: &SourceState,
    outcome: &PollOutcome,
    spec: &PollSpec,
    now: Timestamp,
) -> (SourceState, Vec<EventKind>) {
    let mut next = state.clone();
    next.last_poll = Some(now);
    let events = match &outcome.found {
        PollFound::Unchanged | PollFound::Entries(_) => {
            succeed(&mut next, outcome.moved.as_ref(), now)
        }
        PollFound::Failed { reason } => fail(&mut next, reason, None, spec, now),
        PollFound::Throttled { until, reason } => {
            let reason = match until {
                Some(until) => format!("{reason} Waiting until {}.", shown(*until)),
                None => reason.clone(),
            };
            fail(&mut next, &reason, Some(SourceHealth::Throttled), spec, now)
        }
        PollFound::Gone => go(&mut next, now),
    };
    (next, events)
}

fn succeed(next: &mut SourceState, moved: Option<&Url>, now: Timestamp) -> Vec<EventKind> {
    let mut events = Vec::new();
    next.failures = 0;
    next.last_success = Some(now);
    let was = next.health;
    if matches!(was, SourceHealth::Failing | SourceHealth::Gone) {
        events.push(EventKind::SourceRecovered);
    }
    // Judged by the articles, not by the answer: they end when the articles say so.
    let kept = matches!(
        was,
        SourceHealth::Silent | SourceHealth::Layout | SourceHealth::Paywalled
    );
    if follow(next, moved) {
        events.push(EventKind::SourceMoved);
    }
    if !kept {
        let (health, reason) = match &next.moved_to {
            Some(to) => (
                SourceHealth::Moved,
                Some(format!(
                    "It has moved for good to {to}; please change the configuration."
                )),
            ),
            None => (SourceHealth::Healthy, None),
        };
        become_(next, health, reason, now);
    }
    events
}

/// Counts a permanent redirect, and takes the new address once it has held; true when it was taken.
fn follow(next: &mut SourceState, moved: Option<&Url>) -> bool {
    let Some(to) = moved.filter(|to| *to != next.address()) else {
        next.moving = None;
        return false;
    };
    let polls = match &next.moving {
        Some((held, polls)) if held == to => polls.saturating_add(1),
        Some(_) | None => 1,
    };
    if polls < POLLS_TO_MOVE {
        next.moving = Some((to.clone(), polls));
        return false;
    }
    next.moving = None;
    // Moved back to where it was configured: no move any more.
    next.moved_to = (*to != next.url).then(|| to.clone());
    next.moved_to.is_some()
}

fn fail(
    next: &mut SourceState,
    reason: &str,
    milder: Option<SourceHealth>,
    spec: &PollSpec,
    now: Timestamp,
) -> Vec<EventKind> {
    next.failures = next.failures.saturating_add(1);
    let was = next.health;
    if was == SourceHealth::Failing {
        next.reason = Some(reason.to_owned());
        return Vec::new();
    }
    if next.failures < spec.failing_after.max(1) {
        let health = match (was, milder) {
            // Gone was told; a failure is no news of it.
            (SourceHealth::Gone, _) => SourceHealth::Gone,
            (_, Some(milder)) => milder,
            (was, None) => was,
        };
        become_(next, health, Some(reason.to_owned()), now);
        return Vec::new();
    }
    if was == SourceHealth::Gone {
        next.reason = Some(reason.to_owned());
        return Vec::new();
    }
    become_(next, SourceHealth::Failing, Some(reason.to_owned()), now);
    // Perhaps the move was not for good after all: ask the configured address again.
    next.moved_to = None;
    next.moving = None;
    vec![EventKind::SourceFailing]
}

fn go(next: &mut SourceState, now: Timestamp) -> Vec<EventKind> {
    let told = next.health == SourceHealth::Gone;
    next.failures = next.failures.saturating_add(1);
    next.next_poll = None;
    let reason = "The server says that it is gone for good (status 410); it is no longer polled.";
    become_(next, SourceHealth::Gone, Some(reason.to_owned()), now);
    if told {
        Vec::new()
    } else {
        vec![EventKind::SourceGone]
    }
}

fn become_(next: &mut SourceState, health: SourceHealth, reason: Option<String>, now: Timestamp) {
    if next.health != health {
        next.health = health;
        next.since = now;
    }
    next.reason = reason;
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests;

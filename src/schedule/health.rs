//! How a source is doing: its state after a poll, and what is to be told of it.
//!
//! The only place where a source changes state. Its answers decide first; of a source that answers,
//! what its articles yield (see `harvest`) and how long it has said nothing (see `rhythm`). Each change
//! is told once: what has been told is remembered, and a source that goes up and down has to hold out
//! the longer before it counts as well again. Nothing here says when to poll next (see `cadence`), save
//! that a source that is gone is not polled.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{backoff, harvest, rhythm};
use crate::config::PollSpec;
use crate::model::event::EventKind;
use crate::model::source::{SourceHealth, SourceState};

/// Polls over which a permanent redirect must hold before the new address is asked directly.
pub const POLLS_TO_MOVE: u32 = 3;

/// A body of so many bytes that lists nothing is no feed: an empty RSS document with its required
/// elements is longer.
const TINY_BODY: usize = 100;

/// A source that is polled seldom is failing after two failures and so long, however few polls that were.
const FAILING_FOR: SignedDuration = SignedDuration::from_hours(12);
/// A source found failing again within this time has relapsed, and then needs twice as many good polls
/// in a row as the time before, up to two to this power.
const RELAPSE: SignedDuration = SignedDuration::from_hours(24);
const RELAPSES_MAX: u32 = 4;

/// An event, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub kind: EventKind,
    /// A sentence for people.
    pub why: Option<String>,
}

impl Change {
    fn new(kind: EventKind, why: impl Into<String>) -> Self {
        Self {
            kind,
            why: Some(why.into()),
        }
    }
}

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
) -> (SourceState, Vec<Change>) {
    let mut next = state.clone();
    next.last_poll = Some(now);
    let events = match &outcome.found {
        PollFound::Unchanged | PollFound::Entries(_) => {
            succeed(&mut next, outcome.moved.as_ref(), now)
        }
        PollFound::Failed { reason } => fail(&mut next, reason, None, spec, now),
        PollFound::Throttled { until, reason } => {
            // A time that is past holds nothing up: then its back-off does.
            let reason = match until.filter(|until| *until > now) {
                Some(until) => format!("{reason} It is to be left alone until {}.", shown(until)),
                None => reason.clone(),
            };
            fail(&mut next, &reason, Some(SourceHealth::Throttled), spec, now)
        }
        PollFound::Gone => go(&mut next, now),
    };
    (next, events)
}

fn succeed(next: &mut SourceState, moved: Option<&Url>, now: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    let failures = std::mem::take(&mut next.failures);
    let before = next.last_success.replace(now);
    let was = next.health;
    if was == SourceHealth::Failing {
        next.notice.good_polls = next.notice.good_polls.saturating_add(1);
        let needed = 1 << next.notice.relapses.min(RELAPSES_MAX);
        if next.notice.good_polls < needed {
            next.reason = Some(format!(
                "It answers, but it has gone up and down lately: {} of {needed} good polls in a row.",
                next.notice.good_polls
            ));
            return changes;
        }
    }
    next.notice.failing_since = None;
    next.notice.good_polls = 0;
    if matches!(was, SourceHealth::Failing | SourceHealth::Gone) {
        let why = match before {
            Some(before) => format!(
                "It answers again; its last good answer was of {}.",
                shown(before)
            ),
            None => format!("It answers, for the first time after {failures} failures."),
        };
        changes.push(Change::new(EventKind::SourceRecovered, why));
    }
    if follow(next, moved) {
        changes.push(Change {
            kind: EventKind::SourceMoved,
            why: None,
        });
    }
    judge_contents(next, now, &mut changes);
    changes
}

/// The state of a source that answers, by what it says and what its articles give.
fn judge_contents(next: &mut SourceState, now: Timestamp, changes: &mut Vec<Change>) {
    let silent = rhythm::silent_since(&next.rhythm, now);
    let broken = next.harvest.broken;
    let was_silent = std::mem::replace(&mut next.notice.silent, silent.is_some());
    let was_broken = std::mem::replace(&mut next.notice.layout, broken);
    next.notice.walled = harvest::is_walled(&next.harvest, next.notice.walled);
    let well = next
        .moved_to
        .as_ref()
        .map_or((SourceHealth::Healthy, None), |to| {
            let reason = format!("It has moved for good to {to}; please change the configuration.");
            (SourceHealth::Moved, Some(reason))
        });
    let (health, reason) = if broken {
        (SourceHealth::Layout, Some(layout_reason(next)))
    } else if next.notice.walled {
        let of = next.harvest.walled_of;
        let walled = next.harvest.walled.count_ones();
        let reason = format!("{walled} of its last {of} articles say that they are not free.");
        (SourceHealth::Paywalled, Some(reason))
    } else if let Some(since) = silent {
        (SourceHealth::Silent, Some(silent_reason(next, since)))
    } else {
        well
    };
    if broken && !was_broken {
        changes.push(Change::new(EventKind::SourceLayout, layout_reason(next)));
    }
    if let (Some(since), false) = (silent, was_silent) {
        changes.push(Change::new(
            EventKind::SourceSilent,
            silent_reason(next, since),
        ));
    }
    let told = changes
        .iter()
        .any(|it| it.kind == EventKind::SourceRecovered);
    if was_broken && !broken && !told {
        let why = "Its articles' pages give proper texts again.";
        changes.push(Change::new(EventKind::SourceRecovered, why));
    } else if was_silent && silent.is_none() && !told {
        let why = "It has news again, after what was taken for silence.";
        changes.push(Change::new(EventKind::SourceRecovered, why));
    }
    become_(next, health, reason, now);
}

fn layout_reason(state: &SourceState) -> String {
    match state.harvest.last_good {
        Some(at) => format!(
            "The source is read, but its articles' pages give no proper text any more; the last that did was \
             of {}.",
            shown(at)
        ),
        None => {
            "The source is read, but its articles' pages have never given a proper text.".to_owned()
        }
    }
}

fn silent_reason(state: &SourceState, since: Timestamp) -> String {
    let a_day = rhythm::entries_a_day(&state.rhythm, since);
    let rate = if a_day >= 1.0 {
        format!("{a_day:.0} entries a day")
    } else {
        format!("one entry in {:.0} days", 1.0 / a_day.max(0.001))
    };
    format!(
        "It answers and has said nothing new since {}, far longer than is its way ({rate}).",
        shown(since)
    )
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
) -> Vec<Change> {
    next.failures = next.failures.saturating_add(1);
    next.notice.good_polls = 0;
    let since = *next.notice.failing_since.get_or_insert(now);
    let was = next.health;
    if was == SourceHealth::Failing {
        next.reason = Some(reason.to_owned());
        return Vec::new();
    }
    let for_long = next.failures > 1 && now.duration_since(since) >= FAILING_FOR;
    if next.failures < spec.failing_after.max(1) && !for_long {
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
    let relapsed = (next.notice.failed_at).is_some_and(|at| now.duration_since(at) < RELAPSE);
    next.notice.relapses = if relapsed {
        next.notice.relapses.saturating_add(1).min(RELAPSES_MAX)
    } else {
        0
    };
    next.notice.failed_at = Some(now);
    vec![Change::new(EventKind::SourceFailing, reason)]
}

fn go(next: &mut SourceState, now: Timestamp) -> Vec<Change> {
    let told = next.health == SourceHealth::Gone;
    next.failures = next.failures.saturating_add(1);
    next.next_poll = None;
    let reason = "The server says that it is gone for good (status 410); it is no longer polled.";
    become_(next, SourceHealth::Gone, Some(reason.to_owned()), now);
    if told {
        Vec::new()
    } else {
        vec![Change::new(EventKind::SourceGone, reason)]
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

//! What a good poll teaches of its source: when it publishes, and whether what looks new is old.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::feed::Asks;
use crate::model::article::Content;
use crate::model::event::EventKind;
use crate::model::rhythm::{Wishes, Yield, Yielded};
use crate::model::source::{SourceKind, SourceState};
use crate::schedule::flood::{self, Listed, Ruling};
use crate::schedule::health::Change;
use crate::schedule::rhythm;
use crate::store::{Acquaintance, Found};

/// Before the rhythm is known, a list may be all new after so long.
const PLAUSIBLE_AFTER: Duration = Duration::from_hours(1);
/// A list of which nothing is known is plausible if it is no more than so many times what the rhythm lets
/// expect, and a few.
const PLAUSIBLE_TIMES: f64 = 4.0;
const PLAUSIBLE_MORE: f64 = 3.0;

/// What follows for the poll.
#[derive(Debug, Default)]
pub(super) struct Lesson {
    /// Entries that are stored and not announced.
    pub(super) quiet: HashSet<Url>,
    /// What is told instead of them.
    pub(super) told: Option<Change>,
}

/// Moves what `state` remembers of rhythm and floods by what was listed; `known` says of each entry
/// whether it was. The source has just answered well.
///
/// Its rhythm is that of what it lists, whoever listed it first: a feed that repeats what another of its
/// outlet has said is not silent. What nobody listed before is judged as a flood.
pub(super) fn learn(
    state: &mut SourceState,
    found: &[Found],
    known: &[Acquaintance],
    now: Timestamp,
) -> Lesson {
    let listed: Vec<Listed> = found
        .iter()
        .zip(known)
        .map(|(found, known)| Listed {
            known: *known != Acquaintance::New,
            published: found.entry.published.or(found.entry.updated),
        })
        .collect();
    let newest = flood::newest(state.newest, &listed, now);
    let (Some(before), Some(_)) = (state.last_success, state.rhythm.since) else {
        rhythm::begin(&mut state.rhythm, newest, now);
        state.newest = newest;
        return Lesson::default();
    };
    if known.iter().all(|known| *known == Acquaintance::Listed) {
        state.newest = newest;
        return Lesson::default();
    }
    let new = listed.iter().filter(|entry| !entry.known).count();
    let plausible = is_plausible(state, new, new < listed.len(), before, now);
    let in_order = state.kind == SourceKind::Feed;
    let old = flood::old_ones(&listed, state.newest, in_order, plausible);
    let appeared: Vec<_> = (listed.iter().zip(known).zip(&old))
        .filter(|((_, known), old)| **known != Acquaintance::Listed && !**old)
        .map(|((entry, _), _)| entry.published.map(|time| time.instant()))
        .collect();
    rhythm::observe(&mut state.rhythm, &appeared, before, now);
    let known_until = std::mem::replace(&mut state.newest, newest);
    let count = old.iter().filter(|old| **old).count();
    let weight = flood::weight(&listed, &old);
    match flood::judge(&mut state.notice, count, weight, now) {
        Ruling::Announce => Lesson::default(),
        Ruling::Withhold { tell } => Lesson {
            quiet: (found.iter().zip(&old))
                .filter(|(_, old)| **old)
                .map(|(found, _)| found.url.clone())
                .collect(),
            told: tell.then(|| Change {
                kind: EventKind::SourceFlood,
                why: Some(reason(count, known_until)),
            }),
        },
    }
}

/// Whether so many new entries may have appeared since `before`; `among_known` is whether the list holds
/// known ones too.
fn is_plausible(
    state: &SourceState,
    new: usize,
    among_known: bool,
    before: Timestamp,
    now: Timestamp,
) -> bool {
    match rhythm::expected(&state.rhythm, before, now) {
        Some(expected) => new as f64 <= expected * PLAUSIBLE_TIMES + PLAUSIBLE_MORE,
        None => {
            among_known
                || Duration::try_from(now.duration_since(before))
                    .is_ok_and(|it| it > PLAUSIBLE_AFTER)
        }
    }
}

fn reason(count: usize, newest: Option<Timestamp>) -> String {
    let than = newest.map_or_else(
        || "than what was known".to_owned(),
        |at| {
            format!(
                "than the newest known, of {}",
                at.strftime("%Y-%m-%d %H:%M:%S UTC")
            )
        },
    );
    format!(
        "{count} entries came as new that are older {than}: the source has changed its identifiers or \
         addresses, or lists old articles again. They are stored and not announced one by one; \
         `wireroom articles list` has them."
    )
}

/// What a page that gave an article gave, for the figures of its source.
pub(super) fn yielded(content: &Content) -> Yielded {
    let chars: usize = (content.blocks.iter())
        .map(|block| block.text.chars().count())
        .sum();
    let has = [
        content.title.is_some(),
        content.published.is_some(),
        !content.authors.is_empty(),
        content.image.is_some(),
    ];
    Yielded {
        kind: if content.free == Some(false) {
            Yield::Walled
        } else {
            Yield::Text
        },
        chars: u32::try_from(chars).unwrap_or(u32::MAX),
        fields: (0_u8..)
            .zip(has)
            .fold(0, |mask, (place, has)| mask | u8::from(has) << place),
    }
}

/// What the feed asks for, in the form in which it is remembered.
pub(super) fn wishes(asks: &Asks) -> Wishes {
    let hours = asks.skip_hours.iter().filter(|hour| **hour < 24);
    let days = asks.skip_days.iter().map(|day| day.to_monday_zero_offset());
    Wishes {
        ttl: asks.ttl.map(|ttl| ttl.as_secs()),
        syndication: asks.update_period().map(|period| period.as_secs()),
        skip_hours: hours.fold(0, |mask, hour| mask | 1 << hour),
        skip_days: days.fold(0, |mask, day| mask | 1 << day),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::model::entry::Entry;
    use crate::model::id::{OutletName, SourceId};

    /// A feed that lists, hours after another of its outlet, what that one has listed before.
    #[test]
    fn a_feed_that_repeats_another_is_not_silent_and_floods_nobody() {
        let start: Timestamp = "2026-03-02T06:00:00Z".parse().unwrap();
        let outlet = OutletName::new("a");
        let feed: Url = "https://a.example/feed".parse().unwrap();
        let id = SourceId::of(&outlet, "feed", &feed);
        let mut state = SourceState::new(id, outlet, SourceKind::Feed, feed, start);
        state.last_success = Some(start);
        learn(&mut state, &[], &[], start);
        let hours = |count: i64| start + SignedDuration::from_hours(count);
        for poll in 1..=200 {
            let now = hours(poll);
            let url: Url = format!("https://a.example/{poll}").parse().unwrap();
            let found = [Found {
                url: url.clone(),
                fetch: url,
                guid: None,
                entry: Entry::default(),
            }];
            let lesson = learn(&mut state, &found, &[Acquaintance::Elsewhere], now);
            assert!(lesson.quiet.is_empty() && lesson.told.is_none());
            state.last_success = Some(now);
            assert_eq!(
                rhythm::silent_since(&state.rhythm, now),
                None,
                "poll {poll}"
            );
        }
        assert!(rhythm::entries_a_day(&state.rhythm, hours(200)) > 20.0);
        // When it says the same again and again, it is.
        let listed = [Acquaintance::Listed];
        let found = [Found {
            url: "https://a.example/200".parse().unwrap(),
            fetch: "https://a.example/200".parse().unwrap(),
            guid: None,
            entry: Entry::default(),
        }];
        learn(&mut state, &found, &listed, hours(600));
        assert!(rhythm::silent_since(&state.rhythm, hours(600)).is_some());
    }
}

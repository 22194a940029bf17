//! Sources over a sequence of polls: which states they pass through, and what is told.

use std::time::Duration;

use super::*;
use crate::config::FirstPoll;
use crate::model::id::{OutletName, SourceId};
use crate::model::source::SourceKind;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn spec() -> PollSpec {
    PollSpec {
        interval: Duration::from_mins(10),
        min_interval: Duration::from_mins(1),
        max_interval: Duration::from_hours(6),
        adaptive: true,
        revisit: Vec::new(),
        failing_after: 3,
        first: FirstPoll::Quiet,
    }
}

/// A source with a clock that advances ten minutes a poll.
struct Watched {
    state: SourceState,
    now: Timestamp,
}

impl Watched {
    fn new() -> Self {
        let now: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        let outlet = OutletName::new("post");
        let url = url("https://a.example/feed");
        let id = SourceId::of(&outlet, "feed", &url);
        let state = SourceState::new(id, outlet, SourceKind::Feed, url, now);
        Self { state, now }
    }

    /// One poll: the state's word, then the events.
    fn poll_at(&mut self, found: PollFound, moved: Option<&str>) -> String {
        self.now = super::super::later(self.now, Duration::from_mins(10));
        let outcome = PollOutcome {
            found,
            moved: moved.map(url),
        };
        let (state, events) = advance(&self.state, &outcome, &spec(), self.now);
        self.state = state;
        let mut shown = self.state.health.as_str().to_owned();
        for event in events {
            shown.push_str(" + ");
            shown.push_str(event.kind.as_str());
        }
        shown
    }

    fn poll(&mut self, found: PollFound) -> String {
        self.poll_at(found, None)
    }
}

fn failed() -> PollFound {
    PollFound::Failed {
        reason: "The server is in trouble (status 500).".to_owned(),
    }
}

fn throttled() -> PollFound {
    PollFound::Throttled {
        until: None,
        reason: "The server asked for fewer requests.".to_owned(),
    }
}

#[test]
fn failing_and_recovered_are_told_once() {
    let mut source = Watched::new();
    assert_eq!(source.poll(PollFound::Entries(3)), "healthy");
    let healthy_since = source.state.since;
    assert_eq!(source.poll(failed()), "healthy");
    assert_eq!(
        source.state.reason.as_deref(),
        Some("The server is in trouble (status 500).")
    );
    assert_eq!(source.poll(PollFound::Unchanged), "healthy");
    assert_eq!(
        (source.state.reason.clone(), source.state.failures),
        (None, 0)
    );
    assert_eq!(source.state.since, healthy_since);
    assert_eq!(source.poll(failed()), "healthy");
    assert_eq!(source.poll(failed()), "healthy");
    assert_eq!(source.poll(failed()), "failing + source.failing");
    assert_eq!(source.state.since, source.now);
    assert_eq!(source.poll(failed()), "failing");
    assert_eq!(source.poll(throttled()), "failing");
    assert_eq!(source.state.failures, 5);
    assert_eq!(
        source.poll(PollFound::Unchanged),
        "healthy + source.recovered"
    );
    assert_eq!(source.poll(PollFound::Entries(0)), "healthy");
    assert_eq!(source.state.last_success, Some(source.now));
}

#[test]
fn a_source_that_never_answered_fails_too() {
    let mut source = Watched::new();
    assert_eq!(source.poll(failed()), "new");
    assert_eq!(source.poll(failed()), "new");
    assert_eq!(source.poll(failed()), "failing + source.failing");
}

#[test]
fn throttling_ends_by_itself_and_is_failure_if_it_does_not() {
    let mut source = Watched::new();
    source.poll(PollFound::Entries(3));
    assert_eq!(source.poll(throttled()), "throttled");
    assert_eq!(source.poll(PollFound::Entries(3)), "healthy");
    assert_eq!(source.poll(throttled()), "throttled");
    assert_eq!(source.poll(throttled()), "throttled");
    assert_eq!(source.poll(throttled()), "failing + source.failing");
}

#[test]
fn a_move_that_holds_for_three_polls_is_followed_and_told_once() {
    let mut source = Watched::new();
    let new = Some("https://a.example/rss");
    assert_eq!(source.poll_at(PollFound::Entries(3), new), "healthy");
    assert_eq!(source.poll_at(failed(), None), "healthy");
    assert_eq!(source.poll_at(PollFound::Unchanged, new), "healthy");
    assert_eq!(source.state.address().as_str(), "https://a.example/feed");
    assert_eq!(
        source.poll_at(PollFound::Unchanged, new),
        "moved + source.moved"
    );
    assert_eq!(source.state.address().as_str(), "https://a.example/rss");
    assert_eq!(source.state.url.as_str(), "https://a.example/feed");
    assert_eq!(source.poll(PollFound::Unchanged), "moved");
    assert_eq!(source.poll(PollFound::Entries(1)), "moved");
}

#[test]
fn a_redirect_that_wavers_is_no_move() {
    let mut source = Watched::new();
    for to in [
        Some("https://a.example/1"),
        Some("https://a.example/1"),
        None,
    ]
    .repeat(3)
    {
        assert_eq!(source.poll_at(PollFound::Entries(1), to), "healthy");
    }
    for turn in 0..9 {
        let to = format!("https://a.example/{}", turn % 2);
        assert_eq!(source.poll_at(PollFound::Entries(1), Some(&to)), "healthy");
    }
}

#[test]
fn a_moved_source_that_fails_is_asked_at_its_configured_address_again() {
    let mut source = Watched::new();
    for _ in 0..3 {
        source.poll_at(PollFound::Entries(1), Some("https://b.example/feed"));
    }
    assert_eq!(source.state.address().as_str(), "https://b.example/feed");
    source.poll(failed());
    source.poll(failed());
    assert_eq!(source.poll(failed()), "failing + source.failing");
    assert_eq!(source.state.address().as_str(), "https://a.example/feed");
    assert_eq!(
        source.poll(PollFound::Entries(1)),
        "healthy + source.recovered"
    );
}

#[test]
fn a_source_that_moves_back_is_healthy() {
    let mut source = Watched::new();
    for _ in 0..3 {
        source.poll_at(PollFound::Entries(1), Some("https://b.example/feed"));
    }
    for _ in 0..2 {
        source.poll_at(PollFound::Entries(1), Some("https://a.example/feed"));
    }
    let last = source.poll_at(PollFound::Entries(1), Some("https://a.example/feed"));
    assert_eq!(last, "healthy");
    assert_eq!(source.state.moved_to, None);
}

#[test]
fn gone_is_told_once_and_not_polled() {
    let mut source = Watched::new();
    source.poll(PollFound::Entries(3));
    assert_eq!(source.poll(PollFound::Gone), "gone + source.gone");
    assert_eq!(source.state.next_poll, None);
    // Only somebody who asks for a poll gets here.
    assert_eq!(source.poll(PollFound::Gone), "gone");
    assert_eq!(source.poll(failed()), "gone");
    assert_eq!(source.poll(failed()), "gone");
    assert_eq!(
        source.poll(PollFound::Entries(3)),
        "healthy + source.recovered"
    );
}

/// Learned well enough: an entry an hour for two weeks.
fn learn_rhythm(source: &mut Watched) {
    rhythm::begin(&mut source.state.rhythm, None, source.now);
    for _ in 0..14 * 24 {
        let before = source.now;
        source.now = super::super::later(before, Duration::from_hours(1));
        rhythm::observe(&mut source.state.rhythm, &[None], before, source.now);
    }
}

#[test]
fn silence_is_told_once_and_ends_with_an_entry() {
    let mut source = Watched::new();
    source.poll(PollFound::Entries(3));
    learn_rhythm(&mut source);
    assert_eq!(source.poll(PollFound::Unchanged), "healthy");
    source.now = super::super::later(source.now, Duration::from_hours(100));
    assert_eq!(source.poll(PollFound::Unchanged), "silent + source.silent");
    let reason = source.state.reason.clone().unwrap();
    assert!(reason.contains("23 entries a day"), "{reason}");
    assert_eq!(source.poll(PollFound::Entries(3)), "silent");
    // Failing and back: the silence is the same, and is not told again.
    source.poll(failed());
    source.poll(failed());
    assert_eq!(source.poll(failed()), "failing + source.failing");
    assert_eq!(
        source.poll(PollFound::Unchanged),
        "silent + source.recovered"
    );
    let before = source.now;
    rhythm::observe(&mut source.state.rhythm, &[None], before, before);
    assert_eq!(
        source.poll(PollFound::Entries(3)),
        "healthy + source.recovered"
    );
}

#[test]
fn layout_and_wall_are_what_the_articles_say() {
    let mut source = Watched::new();
    source.poll(PollFound::Entries(3));
    source.state.harvest.broken = true;
    source.state.harvest.last_good = Some(source.now);
    assert_eq!(source.poll(PollFound::Unchanged), "layout + source.layout");
    assert_eq!(source.poll(PollFound::Unchanged), "layout");
    source.state.harvest.broken = false;
    assert_eq!(
        source.poll(PollFound::Unchanged),
        "healthy + source.recovered"
    );
    (source.state.harvest.walled, source.state.harvest.walled_of) = (0xff, 8);
    assert_eq!(source.poll(PollFound::Unchanged), "paywalled");
    source.state.harvest.walled = 0;
    assert_eq!(source.poll(PollFound::Unchanged), "healthy");
}

#[test]
fn a_source_that_is_asked_seldom_is_failing_after_half_a_day() {
    let mut source = Watched::new();
    source.poll(PollFound::Entries(3));
    assert_eq!(source.poll(failed()), "healthy");
    source.now = super::super::later(source.now, Duration::from_hours(12));
    assert_eq!(source.poll(failed()), "failing + source.failing");
}

/// Up for an hour, down for an hour, for two days: a few words, and not two at each turn.
#[test]
fn flapping_is_told_the_less_the_longer_it_goes_on() {
    let mut source = Watched::new();
    let mut told = 0;
    for _ in 0..48 {
        for turn in 0..6 {
            let found = if turn < 3 {
                failed()
            } else {
                PollFound::Unchanged
            };
            told += u32::from(source.poll(found).contains('+'));
        }
    }
    assert!((2..=6).contains(&told), "{told} events");
    for _ in 0..16 {
        source.poll(PollFound::Unchanged);
    }
    assert_eq!(source.state.health, SourceHealth::Healthy);
}

#[test]
fn every_state_but_the_good_ones_says_what_to_do() {
    for health in SourceHealth::ALL {
        let well = matches!(health, SourceHealth::New | SourceHealth::Healthy);
        assert_eq!(health.remedy().is_none(), well, "{health:?}");
    }
}

#[test]
fn each_status_is_judged() {
    let now: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
    let check = |status: u16, before: bool, expected: &str| {
        let shown = match judge_status(status, Some("60"), before, now) {
            None => "parse",
            Some(PollFound::Unchanged) => "unchanged",
            Some(PollFound::Gone) => "gone",
            Some(PollFound::Failed { .. }) => "failed",
            Some(PollFound::Throttled { until, .. }) => {
                assert_eq!(
                    until,
                    Some(super::super::later(now, Duration::from_mins(1)))
                );
                "throttled"
            }
            Some(PollFound::Entries(_)) => "entries",
        };
        assert_eq!(shown, expected, "{status}");
    };
    check(200, true, "parse");
    check(226, true, "parse");
    check(304, true, "unchanged");
    check(410, true, "gone");
    check(429, false, "throttled");
    check(503, true, "throttled");
    check(403, true, "throttled");
    check(403, false, "failed");
    for status in [0, 100, 204, 301, 400, 401, 404, 418, 500, 502, 999] {
        check(status, true, "failed");
    }
}

#[test]
fn a_few_bytes_without_entries_are_no_feed() {
    assert!(matches!(judge_body(0, 11), PollFound::Failed { .. }));
    assert_eq!(judge_body(0, 2000), PollFound::Entries(0));
    assert_eq!(judge_body(1, 11), PollFound::Entries(1));
}

#[test]
fn only_the_permanent_beginning_of_a_chain_is_a_move() {
    let (a, b, c) = (
        url("https://a.example/"),
        url("https://b.example/"),
        url("https://c.example/"),
    );
    let target = |hops: &[(u16, &Url)]| permanent_target(hops.iter().copied()).cloned();
    assert_eq!(target(&[]), None);
    assert_eq!(target(&[(301, &a), (308, &b)]), Some(b.clone()));
    assert_eq!(target(&[(301, &a), (302, &b), (301, &c)]), Some(a.clone()));
    assert_eq!(target(&[(307, &a), (301, &b)]), None);
}

#[test]
fn a_wait_is_said_while_it_lasts_and_no_longer() {
    let mut watched = Watched::new();
    let asked = |until| PollFound::Throttled {
        until: Some(until),
        reason: "The server asked for fewer requests (status 429).".to_owned(),
    };
    let tomorrow = super::super::later(watched.now, Duration::from_hours(24));
    watched.poll(asked(tomorrow));
    let said = watched.state.reason.clone().unwrap();
    assert!(
        said.ends_with("It is to be left alone until 2025-06-24 12:00:00 UTC."),
        "{said}"
    );
    watched.poll(asked(watched.now));
    let said = watched.state.reason.clone().unwrap();
    assert!(said.ends_with("(status 429)."), "{said}");
}

//! What is to be done about a subscription, and when. Pure: the hub is asked elsewhere.
//!
//! A hub is asked again, ever more seldom, until it confirms; a lease is renewed when four fifths of it
//! are over; one that ran out is wanted again, and its source polled as if there were no hub.

use std::time::Duration;

use jiff::Timestamp;

use super::cadence::NextPoll;
use super::{later, scaled, unit, until};
use crate::config::PollSpec;
use crate::model::subscription::{Standing, Subscription};

/// The lease that is asked for: what the recommendation proposes to hubs.
pub const LEASE: Duration = Duration::from_hours(10 * 24);
/// The longest that is believed: a hub that has lost its data is found out within this time.
const LONGEST_LEASE: Duration = Duration::from_hours(30 * 24);
/// The shortest: a hub that names less would be asked without end.
const SHORTEST_LEASE: Duration = Duration::from_mins(1);
/// How long a hub has to come back to the first question.
const FIRST_PATIENCE: Duration = Duration::from_mins(5);
/// After a refusal, and the longest between two questions.
const LONGEST_PATIENCE: Duration = Duration::from_hours(24);
/// How often a hub is asked to let go; after that its lease does it.
const FAREWELLS: u32 = 3;

/// What the hub is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To push, or to go on pushing.
    Subscribe,
    /// To stop.
    Unsubscribe,
}

impl Mode {
    /// The word of the recommendation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before its time.
    Wait,
    /// The hub is asked, once this state is stored.
    Ask(Mode, Box<Subscription>),
    /// It is forgotten.
    Forget,
}

/// The next step of `subscription` at `now`.
pub fn step(subscription: &Subscription, now: Timestamp) -> Step {
    if subscription.next_step > now {
        return Step::Wait;
    }
    let mut next = subscription.clone();
    let lapsed = next.lease_until.is_some_and(|until| until <= now);
    if lapsed {
        next.lease_until = None;
        next.trusted = false;
    }
    let mode = match next.standing {
        Standing::Leaving if lapsed || next.tries >= FAREWELLS => return Step::Forget,
        Standing::Leaving => Mode::Unsubscribe,
        Standing::Active if lapsed => {
            next.standing = Standing::Wanted;
            Mode::Subscribe
        }
        Standing::Active | Standing::Wanted => Mode::Subscribe,
    };
    next.asked = Some(now);
    next.next_step = later(now, patience(next.tries));
    // A renewal that is not confirmed may go on after the lease, but the lease's end must be seen.
    if let Some(until) = next.lease_until {
        next.next_step = next.next_step.min(until);
    }
    next.tries = next.tries.saturating_add(1);
    Step::Ask(mode, Box::new(next))
}

/// Five minutes, then twice as long each time, a day at most.
fn patience(tries: u32) -> Duration {
    let factor = 1_u32.checked_shl(tries).unwrap_or(u32::MAX);
    FIRST_PATIENCE.saturating_mul(factor).min(LONGEST_PATIENCE)
}

/// The hub has confirmed it, for so many seconds.
pub fn confirmed(
    subscription: &Subscription,
    lease_seconds: Option<u64>,
    now: Timestamp,
) -> Subscription {
    let asked = lease_seconds.map_or(LEASE, Duration::from_secs);
    let lease = asked.clamp(SHORTEST_LEASE, LONGEST_LEASE);
    Subscription {
        standing: Standing::Active,
        asked: None,
        tries: 0,
        next_step: later(now, scaled(lease, 0.8)),
        lease_until: Some(later(now, lease)),
        reason: None,
        ..subscription.clone()
    }
}

/// The hub will not have it, now or any more.
pub fn denied(subscription: &Subscription, why: Option<&str>, now: Timestamp) -> Subscription {
    let why = why.map(|why| why.chars().take(200).collect::<String>());
    Subscription {
        standing: Standing::Wanted,
        asked: None,
        next_step: later(now, LONGEST_PATIENCE),
        lease_until: None,
        reason: Some(match why.as_deref() {
            None | Some("") => "The hub has denied the subscription.".to_owned(),
            Some(why) => format!("The hub has denied the subscription: {why}"),
        }),
        trusted: false,
        ..subscription.clone()
    }
}

/// It is to end.
pub fn leaving(subscription: &Subscription, now: Timestamp) -> Subscription {
    Subscription {
        standing: Standing::Leaving,
        asked: None,
        tries: 0,
        next_step: now,
        trusted: false,
        ..subscription.clone()
    }
}

/// The next poll of a source whose hub is trusted: as late as a source may be polled at all.
pub fn as_net(next: NextPoll, spec: &PollSpec, now: Timestamp, rng_unit: f64) -> NextPoll {
    let net = later(now, scaled(spec.max_interval, 1.0 + 0.1 * unit(rng_unit)));
    if until(now, net) <= until(now, next.at) {
        return next;
    }
    NextPoll {
        at: net,
        reason: "poll.max_interval, as a net: its hub pushes what is new".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::SourceId;
    use crate::model::subscription::{PushSecret, PushToken};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn wanted() -> Subscription {
        Subscription {
            token: PushToken(7),
            source: SourceId::new("a"),
            hub: "https://hub.example/".parse().unwrap(),
            topic: "https://a.example/feed".parse().unwrap(),
            callback: "https://wire.example/websub/7".parse().unwrap(),
            secret: PushSecret("s".to_owned()),
            standing: Standing::Wanted,
            asked: None,
            tries: 0,
            next_step: at(0),
            lease_until: None,
            reason: None,
            last_push: None,
            trusted: false,
        }
    }

    fn asked(subscription: &Subscription, now: Timestamp) -> (Mode, Subscription) {
        match step(subscription, now) {
            Step::Ask(mode, next) => (mode, *next),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_hub_that_does_not_come_back_is_asked_ever_more_seldom() {
        let (mut now, mut subscription, mut waits) = (at(0), wanted(), Vec::new());
        for _ in 0..12 {
            let (mode, next) = asked(&subscription, now);
            assert_eq!(mode, Mode::Subscribe);
            assert_eq!(step(&next, now), Step::Wait);
            waits.push(until(now, next.next_step).as_secs() / 60);
            (now, subscription) = (next.next_step, next);
        }
        assert_eq!(
            waits,
            [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]
        );
    }

    #[test]
    fn a_lease_is_renewed_before_it_ends_and_lapses_if_it_is_not() {
        let active = confirmed(&wanted(), Some(600_000), at(0));
        let active = Subscription {
            trusted: true,
            ..active
        };
        assert_eq!(active.lease_until, Some(at(10_000)));
        assert_eq!(step(&active, at(7999)), Step::Wait);
        let (mode, mut renewing) = asked(&active, at(8000));
        assert_eq!(
            (mode, renewing.standing),
            (Mode::Subscribe, Standing::Active)
        );
        assert!(renewing.trusted, "it still pushes");
        let mut now = at(8000);
        while renewing.standing == Standing::Active {
            assert!(renewing.next_step <= at(10_000));
            now = renewing.next_step;
            renewing = asked(&renewing, now).1;
        }
        assert_eq!(now, at(10_000));
        assert!(!renewing.trusted && renewing.lease_until.is_none());
    }

    #[test]
    fn a_lease_is_believed_within_bounds() {
        for (said, minutes) in [(None, 14_400), (Some(0), 1), (Some(u64::MAX), 43_200)] {
            let active = confirmed(&wanted(), said, at(0));
            assert_eq!(active.lease_until, Some(at(minutes)), "{said:?}");
        }
    }

    #[test]
    fn a_farewell_is_said_three_times_at_most() {
        let mut leaving = leaving(&confirmed(&wanted(), None, at(0)), at(1));
        for _ in 0..FAREWELLS {
            let (mode, next) = asked(&leaving, leaving.next_step);
            assert_eq!(mode, Mode::Unsubscribe);
            leaving = next;
        }
        assert_eq!(step(&leaving, leaving.next_step), Step::Forget);
    }

    #[test]
    fn a_refusal_is_not_contested_for_a_day() {
        let denied = denied(&confirmed(&wanted(), None, at(0)), Some("no"), at(5));
        assert_eq!(step(&denied, at(5 + 24 * 60 - 1)), Step::Wait);
        assert_eq!(asked(&denied, at(5 + 24 * 60)).0, Mode::Subscribe);
        assert!(denied.reason.is_some_and(|why| why.ends_with(": no")));
    }
}

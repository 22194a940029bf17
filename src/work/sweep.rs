//! Housekeeping: retention, a little at a time, so that it never stands in the way of the news.
//!
//! What goes is gone by the clock, so the clock is not believed lightly: after it has jumped ahead, or where
//! all that is stored would be too old at once, nothing goes for a day, in which somebody (or NTP) can
//! set it right.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::observe::chain;
use crate::store::{ArticleQuery, PruneRule, StoreError};
use crate::work::Desk;

/// Between two sweeps with nothing left to do.
const REST: Duration = Duration::from_mins(10);
/// Between two steps of one sweep.
const PAUSE: Duration = Duration::from_millis(200);
/// Articles a step: one commit of the store each.
const STEP: usize = 100;
/// A clock that is set by so much is not merely corrected.
const JUMP: SignedDuration = SignedDuration::from_hours(24);
/// How long a doubtful clock has to hold before it is swept by.
const DOUBTED_FOR: Duration = Duration::from_hours(24);
/// Identities are remembered this many times as long as bodies, so that an old item that comes
/// back in a feed is still known.
const MEMORY: i32 = 4;

/// Sweeps once, to the end.
pub async fn once(desk: &Desk) -> Result<(), StoreError> {
    if all_is_old(desk).await? {
        warn!("nothing is swept: {}", Doubt::ALL_OLD);
        return Ok(());
    }
    while desk.store.prune(rule(desk)).await?.more {}
    Ok(())
}

/// Sweeps until told to stop.
pub async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut wait = PAUSE;
    let mut trust = Trust::new(desk.clock.now());
    match all_is_old(&desk).await {
        Ok(true) => trust.doubt(Doubt::ALL_OLD),
        Ok(false) => {}
        Err(fault) => error!("cannot see how old the store is: {}", chain(&fault)),
    }
    while stop
        .run_until_cancelled(tokio::time::sleep(wait))
        .await
        .is_some()
    {
        if !trust.is_sound(desk.clock.now()) {
            wait = REST;
            continue;
        }
        wait = match desk.store.prune(rule(&desk)).await {
            Ok(pruned) => {
                debug!(
                    articles = pruned.articles,
                    deliveries = pruned.deliveries,
                    "swept"
                );
                if pruned.more { PAUSE } else { REST }
            }
            Err(fault) => {
                error!("cannot sweep the store: {}", chain(&fault));
                REST
            }
        };
    }
}

/// Whether all articles are older than they are kept: more likely the clock is wrong.
async fn all_is_old(desk: &Desk) -> Result<bool, StoreError> {
    let query = ArticleQuery {
        limit: 1,
        ..ArticleQuery::default()
    };
    let newest = desk.store.articles(query).await?.items;
    Ok(newest
        .first()
        .is_some_and(|newest| newest.stored < rule(desk).before))
}

/// Whether wall time has gone on as the machine's own timer has.
struct Trust {
    wall: Timestamp,
    timer: Instant,
    /// Nothing is swept before.
    until: Option<Instant>,
}

struct Doubt;

impl Doubt {
    const ALL_OLD: &str = "by the clock, all that is stored is older than `store.keep`; if the clock is \
        wrong, set it; if it is right, there is nothing to do";
    const JUMPED: &str = "the clock has jumped ahead; if it is wrong now, set it back; if it is right, there \
        is nothing to do";
}

impl Trust {
    fn new(wall: Timestamp) -> Self {
        Self {
            wall,
            timer: Instant::now(),
            until: None,
        }
    }

    fn doubt(&mut self, why: &str) {
        warn!("nothing is swept for {DOUBTED_FOR:?}: {why}");
        self.until = Some(Instant::now() + DOUBTED_FOR);
    }

    fn is_sound(&mut self, now: Timestamp) -> bool {
        let passed = SignedDuration::try_from(self.timer.elapsed()).unwrap_or(SignedDuration::MAX);
        let ahead = now.duration_since(self.wall).saturating_sub(passed);
        (self.wall, self.timer) = (now, Instant::now());
        if ahead > JUMP {
            self.doubt(Doubt::JUMPED);
        } else if ahead < -JUMP {
            // Set right again.
            self.until = None;
        }
        self.until.is_none_or(|until| Instant::now() >= until)
    }
}

fn rule(desk: &Desk) -> PruneRule {
    let config = desk.config();
    let now = desk.clock.now();
    let keep = SignedDuration::try_from(config.store.keep).unwrap_or(SignedDuration::MAX);
    let before = |times: i32| {
        keep.checked_mul(times)
            .and_then(|age| now.checked_sub(age).ok())
            .unwrap_or(Timestamp::MIN)
    };
    PruneRule {
        before: before(1),
        keep_articles: config.store.keep_articles,
        forget_before: before(MEMORY),
        limit: STEP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_ahead_is_believed_after_a_day() {
        let start: Timestamp = "2026-03-02T06:00:00Z".parse().unwrap();
        let mut trust = Trust::new(start);
        let after = |hours| start + SignedDuration::from_hours(hours);
        let hours = |count| tokio::time::advance(Duration::from_hours(count));
        hours(1).await;
        assert!(trust.is_sound(after(1)));
        hours(1).await;
        // Ten years.
        assert!(!trust.is_sound(after(87_600)));
        hours(23).await;
        assert!(!trust.is_sound(after(87_623)));
        hours(1).await;
        assert!(trust.is_sound(after(87_624)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_right_again_is_believed_at_once() {
        let start: Timestamp = "2026-03-02T06:00:00Z".parse().unwrap();
        let mut trust = Trust::new(start);
        assert!(!trust.is_sound(start + SignedDuration::from_hours(500)));
        assert!(trust.is_sound(start));
        // A correction is none.
        assert!(trust.is_sound(start + SignedDuration::from_hours(2)));
    }
}

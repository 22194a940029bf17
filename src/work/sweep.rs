//! Housekeeping: retention, a little at a time, so that it never stands in the way of the news.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::observe::chain;
use crate::store::{PruneRule, StoreError};
use crate::work::Desk;

/// Between two sweeps with nothing left to do.
const REST: Duration = Duration::from_mins(10);
/// Between two steps of one sweep.
const PAUSE: Duration = Duration::from_millis(200);
/// Articles a step: one commit of the store each.
const STEP: usize = 100;
/// Identities are remembered this many times as long as bodies, so that an old item that comes
/// back in a feed is still known.
const MEMORY: i32 = 4;

/// Sweeps once, to the end.
pub async fn once(desk: &Desk) -> Result<(), StoreError> {
    while desk.store.prune(rule(desk)).await?.more {}
    Ok(())
}

/// Sweeps until told to stop.
pub async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut wait = PAUSE;
    while stop
        .run_until_cancelled(tokio::time::sleep(wait))
        .await
        .is_some()
    {
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

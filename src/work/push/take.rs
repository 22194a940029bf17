//! What a hub has pushed, on the way of a poll.

use tracing::{error, info, warn};

use crate::fetch::Response;
use crate::observe::chain;
use crate::schedule::health::PollFound;
use crate::store::{PollJob, PollReport, Queue};
use crate::work::poll::{Look, Seen, configured};
use crate::work::{Desk, said};

/// Takes what a hub has pushed as a poll takes what it has fetched: the same reading, the same commit.
/// What is known of the source's address stays, because this is not of it. Whether it brought news;
/// `None` where it could not be stored.
pub(super) async fn pushed(desk: &Desk, job: PollJob, response: Response) -> Option<bool> {
    let config = desk.config();
    let Some((outlet, source)) = configured(&config, &job.state) else {
        return Some(false);
    };
    let mut look = Look {
        desk,
        config: &config,
        outlet,
        source,
        state: &job.state,
        pushed: desk.push.is_trusted(&source.id).await,
    };
    let (found, mut seen) = look.read(response, Seen::default()).await;
    let report = if let PollFound::Failed { reason } = &found {
        warn!(source.id = %source.id, "what was pushed to {} cannot be read: {reason}", source.id);
        PollReport {
            state: job.state.clone(),
            ..look.deferred(desk.clock.now(), None)
        }
    } else {
        seen.validators = None;
        seen.body_digest = None;
        let known = look.known(&seen.found).await;
        // A hub that brings news is relied on from here.
        look.pushed |= known.contains(&false);
        let mut report = look.report(found, seen, &known);
        // What is pushed has no redirects, and may be a part of the feed that says nothing of itself.
        report.state.moving.clone_from(&job.state.moving);
        report.state.rules.clone_from(&job.state.rules);
        report.state.wishes.clone_from(&job.state.wishes);
        report
    };
    said::say(&job.state, &report);
    desk.meters.withheld(&outlet.name, report.quiet.len());
    let told = !report.events.is_empty();
    match desk.store.finish_poll(job.lease, report).await {
        Ok(result) => {
            if told {
                desk.nudges.of(Queue::Deliveries).notify_one();
            }
            info!(
                new = result.new,
                changed = result.changed,
                "{} new and {} changed entries pushed to {}",
                result.new,
                result.changed,
                source.id
            );
            desk.nudges.of(Queue::Visits).notify_one();
            Some(result.new + result.changed > 0)
        }
        Err(fault) => {
            error!("cannot record what was pushed: {}", chain(&fault));
            None
        }
    }
}

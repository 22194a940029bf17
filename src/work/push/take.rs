//! What a hub has pushed, on the way of a poll.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::{Instrument as _, error, info_span, warn};

use super::hear::Taken;
use super::{Hook, change};
use crate::fetch::Response;
use crate::model::id::SourceId;
use crate::model::subscription::{Standing, Subscription};
use crate::model::trace::TraceId;
use crate::observe::outcome::PushOutcome;
use crate::observe::{chain, trace};
use crate::schedule::health::PollFound;
use crate::store::{Acquaintance, PollJob, PollReport};
use crate::work::Desk;
use crate::work::poll::{Look, Seen, configured};
use crate::work::record;

/// How long a push waits for a poll of its source that is under way.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks whether that poll has ended.
const LOOK: Duration = Duration::from_millis(100);

/// News that are believed, on their way from the hub's request to the task that stores them.
#[derive(Debug)]
pub(super) struct Pushed {
    pub(super) hook: Arc<Hook>,
    pub(super) source: SourceId,
    /// As if it had been fetched.
    pub(super) response: Response,
    /// For the hub, if it still waits.
    pub(super) answer: oneshot::Sender<Taken>,
}

/// Stores what was pushed, and says so to the hub.
pub(super) async fn whole(desk: &Desk, pushed: Pushed) {
    let taken = match claim(desk, &pushed.source).await {
        None => Taken::Later,
        Some(mut job) => {
            let id = TraceId::random();
            job.state.trace = Some(id);
            let span = info_span!("push", source.id = %pushed.source, trace_id = %id);
            trace::join(&span, id);
            match take(desk, job, pushed.response).instrument(span).await {
                Some(true) => {
                    desk.meters.push(PushOutcome::News);
                    rely(desk, &pushed.hook).await
                }
                Some(false) => {
                    desk.meters.push(PushOutcome::Known);
                    Taken::Done
                }
                None => Taken::Later,
            }
        }
    };
    if taken == Taken::Later {
        desk.meters.push(PushOutcome::Later);
    }
    // A hub that has hung up is not answered; what it pushed is stored all the same.
    pushed.answer.send(taken).ok();
}

/// The source, once no poll is at it; `None` where that takes too long or the store does not answer.
async fn claim(desk: &Desk, source: &SourceId) -> Option<PollJob> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let lease = desk.config().daemon.lease;
    loop {
        match desk
            .store
            .claim_source(source, desk.clock.now(), lease)
            .await
        {
            Ok(Some(job)) => return Some(job),
            Ok(None) if tokio::time::Instant::now() < deadline => tokio::time::sleep(LOOK).await,
            Ok(None) => return None,
            Err(fault) => {
                error!("cannot take what was pushed to {source}: {}", chain(&fault));
                return None;
            }
        }
    }
}

/// A hub was first with news; one that only sends something shows nothing.
async fn rely(desk: &Desk, hook: &Hook) -> Taken {
    let relied = |it: &Subscription| {
        Some(Subscription {
            trusted: it.standing == Standing::Active,
            ..it.clone()
        })
    };
    match change(desk, hook, relied).await {
        Ok(_) => Taken::Done,
        Err(fault) => {
            error!("cannot keep a subscription: {}", chain(&fault));
            Taken::Later
        }
    }
}

/// Takes what a hub has pushed as a poll takes what it has fetched: the same reading, the same commit.
/// What is known of the source's address stays, because this is not of it. Whether it brought news;
/// `None` where it could not be stored.
async fn take(desk: &Desk, job: PollJob, response: Response) -> Option<bool> {
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
        look.pushed |= known.contains(&Acquaintance::New);
        let mut report = look.report(found, seen, &known);
        // What is pushed has no redirects, and may be a part of the feed that says nothing of itself.
        report.state.moving.clone_from(&job.state.moving);
        report.state.rules.clone_from(&job.state.rules);
        report.state.wishes.clone_from(&job.state.wishes);
        report
    };
    match record::poll(&look, job.lease, report, "pushed to").await {
        Ok(news) => Some(news),
        Err(fault) => {
            error!("cannot record what was pushed: {}", chain(&fault));
            None
        }
    }
}

//! The end of a poll, whoever began it, and of a visit: what was found goes into the store.

use tracing::{debug, error, info, warn};

use crate::model::id::SourceId;
use crate::observe::chain;
use crate::observe::outcome::ArticleResult;
use crate::store::{
    Lease, PageKey, PageState, PollReport, PollResult, Queue, StoreError, VisitOutcome,
};
use crate::work::poll::Look;
use crate::work::worker::Outcome;
use crate::work::{Desk, said};

/// Says what has changed, stores it and wakes whoever has something to do now; whether there is news.
/// `came` is how the log says by which way.
pub(super) async fn poll(
    look: &Look<'_>,
    lease: Lease<SourceId>,
    report: PollReport,
    came: &str,
) -> Result<bool, StoreError> {
    let Look { desk, source, .. } = look;
    said::say(look.state, &report);
    desk.meters.withheld(&look.outlet.name, report.quiet.len());
    let told = !report.events.is_empty();
    let PollResult { new, changed, .. } = desk.store.finish_poll(lease, report).await?;
    if told {
        desk.nudges.of(Queue::Deliveries).notify_one();
    }
    let news = new + changed > 0;
    if news {
        let id = &source.id;
        info!(
            new,
            changed, "{new} new and {changed} changed entries {came} {id}"
        );
        desk.nudges.of(Queue::Visits).notify_one();
    }
    Ok(news)
}

/// Ends a visit that gave no article.
pub(super) async fn visit(
    desk: &Desk,
    lease: Lease<PageKey>,
    page: &PageState,
    outcome: VisitOutcome,
) -> Outcome {
    let result = match &outcome {
        VisitOutcome::Skipped { reason, .. } => {
            warn!("nothing to store of {}: {reason}", page.key.url);
            desk.meters
                .article(&page.key.outlet, ArticleResult::Skipped);
            Outcome::Failed
        }
        VisitOutcome::Retry { .. } => {
            desk.meters
                .article(&page.key.outlet, ArticleResult::Retried);
            Outcome::Failed
        }
        VisitOutcome::Unchanged { .. } | VisitOutcome::Defer { .. } => Outcome::Done,
    };
    match desk
        .store
        .settle_visit(lease, desk.clock.now(), outcome)
        .await
    {
        Ok(()) => result,
        Err(fault) => lost(fault),
    }
}

/// A step that the store did not take: the lease gives the page to the next worker.
pub(super) fn lost(fault: StoreError) -> Outcome {
    match fault {
        StoreError::LeaseLost => debug!("too late: the page is another worker's by now"),
        fault => error!(
            "cannot record the visit, it will be made again: {}",
            chain(&fault)
        ),
    }
    Outcome::Failed
}

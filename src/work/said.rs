//! What the log says of a poll: a failure, a change of state with what to do about it, a flood.

use tracing::{debug, info, warn};

use crate::model::source::{SourceHealth, SourceState};
use crate::store::PollReport;

/// Says what has changed between `before` and what the poll leaves behind.
pub(super) fn say(before: &SourceState, report: &PollReport) {
    let after = &report.state;
    let reason = after.reason.as_deref().unwrap_or_default();
    if after.failures > before.failures {
        warn!(
            "poll of {} failed ({} in a row): {reason}",
            after.id, after.failures
        );
    }
    if after.health != before.health {
        let remedy = after.health.remedy().unwrap_or_default();
        let (now, was) = (after.health.as_str(), before.health.as_str());
        if trouble(after.health) {
            warn!("{} is now {now} (was {was}): {reason} {remedy}", after.id);
        } else {
            info!("{} is now {now} (was {was}): {reason}", after.id);
        }
    }
    if !report.quiet.is_empty() {
        let count = report.quiet.len();
        warn!(
            count,
            "{count} old entries came as new at {}: stored, and not announced", after.id
        );
    }
    if let (Some(at), Some(wait)) = (after.next_poll, &after.wait) {
        debug!("{} is polled again at {at:.0}, by {wait}", after.id);
    }
    for warning in &after.warnings {
        debug!("repaired in {}: {warning}", after.id);
    }
}

/// Whether somebody has to look at it.
fn trouble(health: SourceHealth) -> bool {
    match health {
        SourceHealth::New | SourceHealth::Healthy | SourceHealth::Paywalled => false,
        SourceHealth::Throttled
        | SourceHealth::Failing
        | SourceHealth::Silent
        | SourceHealth::Layout
        | SourceHealth::Moved
        | SourceHealth::Gone => true,
    }
}

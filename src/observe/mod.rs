//! What the daemon says of itself: [`log`] for events in words, [`meters`] for counts and times.
//!
//! Nothing here decides anything, and nothing here carries a secret or the text of an article.

#[cfg(feature = "otel")]
pub mod export;
mod gauges;
mod labels;
pub mod log;
pub mod meters;
pub mod outcome;
pub mod process;
pub mod trace;

/// An error with all its causes, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

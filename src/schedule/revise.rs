//! When a changed page may become its article's next revision.
//!
//! A correction is told at once. A page that goes on changing is a live blog, whether it says so or
//! not: after its first few revisions the next ones wait, half an hour and then longer, and each of
//! them holds all that came meanwhile. An article has so many revisions and no more.

use std::time::Duration;

use jiff::Timestamp;

use super::later;

/// Corrections that are taken at once: of an article, and of a page that says it is a live blog.
const FREE: u32 = 5;
const FREE_LIVE: u32 = 2;
/// The first wait between two revisions after those.
const FIRST_WAIT: Duration = Duration::from_mins(30);
/// Revisions after which the wait doubles.
const PATIENCE: u32 = 8;
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_hours(6);
/// Revisions of one article.
const REVISIONS_MAX: u32 = 64;

/// Whether a changed page is the next revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Yes.
    Now,
    /// Not before this time.
    At(Timestamp),
    /// The article has as many as it may.
    Never,
}

/// The turn of the revision after `revisions` of them, the newest of which was fetched at `last`.
pub fn next_revision(live: bool, revisions: u32, last: Timestamp, now: Timestamp) -> Turn {
    if revisions >= REVISIONS_MAX {
        return Turn::Never;
    }
    let corrections = revisions.saturating_sub(1);
    let free = if live { FREE_LIVE } else { FREE };
    let Some(held) = corrections.checked_sub(free) else {
        return Turn::Now;
    };
    let factor = 1_u32.checked_shl(held / PATIENCE).unwrap_or(u32::MAX);
    let at = later(last, FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT));
    if at <= now { Turn::Now } else { Turn::At(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Revisions of a page that changes every five minutes for `hours`, by the minute of each.
    fn minutes(live: bool, hours: u64) -> Vec<u64> {
        let start: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        let mut taken = vec![0];
        for minute in (5..=hours * 60).step_by(5) {
            let at = |minutes: u64| later(start, Duration::from_mins(minutes));
            let last = at(*taken.last().unwrap());
            let revisions = u32::try_from(taken.len()).unwrap();
            if next_revision(live, revisions, last, at(minute)) == Turn::Now {
                taken.push(minute);
            }
        }
        taken
    }

    #[test]
    fn a_live_blog_is_told_a_few_times_and_then_every_half_hour_or_less() {
        let taken = minutes(true, 24);
        assert_eq!(taken[..6], [0, 5, 10, 40, 70, 100]);
        assert!(taken.len() <= 24, "{taken:?}");
        // One that does not say so is found out by its fifth correction.
        assert_eq!(minutes(false, 24)[..8], [0, 5, 10, 15, 20, 25, 55, 85]);
    }

    #[test]
    fn revisions_end_and_the_wait_is_bounded() {
        let start: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        assert_eq!(
            next_revision(true, REVISIONS_MAX - 1, start, start),
            Turn::At(later(start, LONGEST_WAIT))
        );
        assert_eq!(
            next_revision(false, REVISIONS_MAX, start, Timestamp::MAX),
            Turn::Never
        );
        assert_eq!(
            next_revision(true, 5, Timestamp::MAX, Timestamp::MAX),
            Turn::Now
        );
    }
}

//! When a known page is looked at again for silent corrections.

use std::time::Duration;

use jiff::Timestamp;

use super::later;

/// The next look after `looks_done` of those in `schedule`, each counted from when the page was first
/// seen; `None` when all are done.
///
/// A look whose time has passed already (it was late, or the page changed in between) is left
/// out: one look at a page serves for all that were due before it.
pub fn next_look(
    schedule: &[Duration],
    first_seen: Timestamp,
    looks_done: u32,
    now: Timestamp,
) -> Option<Timestamp> {
    let done = usize::try_from(looks_done).unwrap_or(usize::MAX);
    schedule
        .iter()
        .skip(done)
        .map(|wait| later(first_seen, *wait))
        .find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_follow_the_schedule_and_end() {
        let schedule = [15, 60, 360].map(|minutes| Duration::from_secs(minutes * 60));
        let seen: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        let after = |minutes: u64| later(seen, Duration::from_secs(minutes * 60));
        let check = |done: u32, now: u64, look: Option<u64>| {
            let next = next_look(&schedule, seen, done, after(now));
            assert_eq!(
                next,
                look.map(after),
                "{done} looks done, {now} minutes after"
            );
        };
        check(0, 0, Some(15));
        check(1, 15, Some(60));
        check(1, 16, Some(60));
        check(2, 61, Some(360));
        check(3, 361, None);
        // A look that was an hour late serves for the one due meanwhile.
        check(1, 75, Some(360));
        check(0, 500, None);
        check(u32::MAX, 0, None);
    }
}

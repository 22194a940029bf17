//! When a page that could not be had just now is tried again.

use std::time::Duration;

use jiff::Timestamp;

use super::later;

/// How long a page is tried before the source's own words must do.
const PATIENCE: Duration = Duration::from_hours(1);

/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The next try after `tries` failed ones (this one included), the last one an hour after
/// `trying_since`; `None` once that hour is over.
pub fn next_try(trying_since: Timestamp, tries: u32, now: Timestamp) -> Option<Timestamp> {
    let end = later(trying_since, PATIENCE);
    if now >= end {
        return None;
    }
    let factor = 1_u32
        .checked_shl(tries.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let wait = FIRST_WAIT.saturating_mul(factor);
    Some(later(now, wait).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_tried_for_an_hour_and_no_longer() {
        let since: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        let mut now = since;
        let mut at = Vec::new();
        let mut tries = 1;
        while let Some(next) = next_try(since, tries, now) {
            assert!(next > now);
            at.push(next.as_second() - since.as_second());
            now = next;
            tries += 1;
        }
        assert_eq!(at, [30, 90, 210, 450, 930, 1890, 3600]);
    }

    #[test]
    fn numbers_out_of_range_do_no_harm() {
        let since: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        assert_eq!(
            next_try(since, u32::MAX, since),
            Some(later(since, PATIENCE))
        );
        assert_eq!(
            next_try(Timestamp::MAX, 0, since),
            Some(later(since, FIRST_WAIT))
        );
        assert_eq!(next_try(Timestamp::MIN, 0, since), None);
    }
}

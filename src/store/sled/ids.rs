//! Identifiers that sort as they were given: UUID version 7 (RFC 9562 §5.7), each above the one
//! before, even within a millisecond and when the clock steps back (§6.2, method 2).

use jiff::Timestamp;
use uuid::Uuid;

/// The random bits: 12 and 62 of them.
const RANDOM_MAX: u128 = (1 << 74) - 1;

/// A new identifier for `now`, above `last`.
pub(super) fn above(last: Uuid, now: Timestamp) -> Uuid {
    let random = rand::random::<u128>();
    let millis = u128::try_from(now.as_millisecond()).unwrap_or(0);
    // The topmost random bit is left to be counted into.
    let fresh = join(millis, random & (RANDOM_MAX >> 1));
    if fresh > last.as_u128() {
        return Uuid::from_u128(fresh);
    }
    let (millis, lower) = split(last.as_u128());
    let step = 1 + (random & 0xffff_ffff);
    let next = match lower + step {
        lower if lower <= RANDOM_MAX => join(millis, lower),
        _ => join(millis + 1, step),
    };
    Uuid::from_u128(next)
}

fn join(millis: u128, lower: u128) -> u128 {
    let high = (lower >> 62) & 0xfff;
    let low = lower & ((1 << 62) - 1);
    ((millis & 0xffff_ffff_ffff) << 80) | (7 << 76) | (high << 64) | (2 << 62) | low
}

fn split(id: u128) -> (u128, u128) {
    let lower = (((id >> 64) & 0xfff) << 62) | (id & ((1 << 62) - 1));
    (id >> 80, lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_above_the_one_before_whatever_the_clock_does() {
        let mut last = Uuid::nil();
        for second in [100, 100, 100, 50, 101, -5, 101, 300] {
            for _ in 0..50 {
                let id = above(last, Timestamp::from_second(second).unwrap());
                assert!(id > last, "{id} after {last}");
                assert_eq!(id.get_version_num(), 7);
                assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
                last = id;
            }
        }
        let (seconds, _) = last.get_timestamp().unwrap().to_unix();
        assert_eq!(seconds, 300);
    }

    #[test]
    fn a_millisecond_that_is_full_flows_over_into_the_next() {
        let full = Uuid::from_u128(join(7_000, RANDOM_MAX));
        let next = above(full, Timestamp::from_second(7).unwrap());
        assert!(next > full);
        assert_eq!(split(next.as_u128()).0, 7_001);
    }
}

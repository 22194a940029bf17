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

/// When an identifier was made, to the millisecond; `None` where it is none of ours.
pub(super) fn time(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

/// The identifier directly below another.
pub(super) fn below(id: Uuid) -> Uuid {
    let (millis, lower) = split(id.as_u128());
    Uuid::from_u128(match lower.checked_sub(1) {
        Some(lower) => join(millis, lower),
        None => join(millis.saturating_sub(1), RANDOM_MAX),
    })
}

/// An identifier in the middle between two; without a lower one, far enough below `upper` that many fit
/// between.
pub(super) fn between(lower: Option<Uuid>, upper: Uuid) -> Uuid {
    /// So many identifiers below: a thousandth of what one millisecond has.
    const FAR: u128 = 1 << 64;
    let place = |id: Uuid| {
        let (millis, lower) = split(id.as_u128());
        (millis << 74) | lower
    };
    let upper = place(upper);
    let lower = lower.map_or_else(|| upper.saturating_sub(FAR), place);
    let middle = lower + upper.saturating_sub(lower) / 2;
    Uuid::from_u128(join(middle >> 74, middle & RANDOM_MAX))
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
    fn what_is_below_is_below_and_nothing_between() {
        for lower in [0, 1, 1 << 62, RANDOM_MAX] {
            let id = Uuid::from_u128(join(1_750_000_000_000, lower));
            let under = below(id);
            assert!(under < id && under.get_version_num() == 7, "{under} {id}");
            assert_eq!(under.get_variant(), uuid::Variant::RFC4122);
        }
    }

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

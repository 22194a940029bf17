//! One identifier from a poll to the headers of the webhooks that it led to (W3C Trace Context).
//!
//! A poll begins a trace. The pages that it finds new or changed carry it in the store, and so do the events
//! of what they give and their deliveries; so it is the same over restarts, retries and later looks at a page.

use std::fmt;
use std::str::FromStr;

use crate::model::id::EventId;

/// A trace: 16 bytes, not all of them zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// A new one.
    pub fn random() -> Self {
        Self(rand::random::<u128>().max(1))
    }

    /// That of an event which was stored without one: made of its identifier, and so always the same.
    pub fn of_event(event: EventId) -> Self {
        Self(event.0.as_u128().max(1))
    }

    /// Its bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The value of a `traceparent` header of a request that is the span `span`.
    ///
    /// It is always marked as sampled: a receiver whose tracing follows its callers would otherwise record none of
    /// its own, and whether we record ours is none of its business.
    pub fn parent(self, span: [u8; 8]) -> String {
        format!("00-{self}-{:016x}-01", u64::from_be_bytes(span).max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no trace's.
#[derive(Debug, thiserror::Error)]
#[error("a trace is 32 hexadecimal digits, not all of them 0")]
pub struct NoTrace;

impl FromStr for TraceId {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One spelling only, as the header has it; a sign would be read, too.
        let ours = text.len() == 32 && !text.contains(|c: char| !"0123456789abcdef".contains(c));
        let number = u128::from_str_radix(if ours { text } else { "" }, 16).map_err(|_| NoTrace)?;
        if number == 0 {
            return Err(NoTrace);
        }
        Ok(Self(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_the_header_has_it_and_read_again() {
        let trace: TraceId = "00000000000000000000000000000a1f".parse().unwrap();
        let span = [0, 0, 0, 0, 0, 0, 0, 0xb7];
        assert_eq!(
            trace.parent(span),
            "00-00000000000000000000000000000a1f-00000000000000b7-01"
        );
        let random = TraceId::random();
        assert_eq!(random.to_string().parse::<TraceId>().unwrap(), random);
        for wrong in [
            "",
            "00000000000000000000000000000000",
            "0000000000000000000000000000a1f",
            "00000000000000000000000000000A1F",
            "+0000000000000000000000000000a1f",
        ] {
            assert!(wrong.parse::<TraceId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_identifier_is_all_zero() {
        let nothing = EventId(uuid::Uuid::nil());
        assert!(
            TraceId::of_event(nothing)
                .parent([0; 8])
                .ends_with("1-0000000000000001-01")
        );
    }
}

//! A time as a page or feed states it: never more exact than what was said.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// A publication time with what the source said of its zone, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatedTime {
    /// An instant, with the offset in which it was stated (or which the outlet's zone gave it).
    Exact {
        /// The instant.
        at: Timestamp,
        /// The offset to write it with.
        offset: Offset,
    },
    /// A local time whose zone nobody named.
    Local(DateTime),
    /// A day without a time.
    Day(Date),
}

impl StatedTime {
    /// The instant `at`, written in `offset`.
    pub fn exact(at: Timestamp, offset: Offset) -> Self {
        Self::Exact { at, offset }
    }

    /// Reads a local time in `zone`, where one is known; an unknown zone leaves it local.
    pub fn local(time: DateTime, zone: Option<&TimeZone>) -> Self {
        let Some(zone) = zone else {
            return Self::Local(time);
        };
        match time.to_zoned(zone.clone()) {
            Ok(zoned) => Self::Exact {
                at: zoned.timestamp(),
                offset: zoned.offset(),
            },
            Err(_) => Self::Local(time),
        }
    }

    /// The instant, taking a local time or a day as UTC: for ordering and limits, not for showing.
    pub fn instant(&self) -> Timestamp {
        let civil = match *self {
            Self::Exact { at, .. } => return at,
            Self::Local(time) => time,
            Self::Day(day) => day.at(0, 0, 0, 0),
        };
        // Only the last and the first days that can be written are no instants.
        let end = if civil.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        TimeZone::UTC.to_timestamp(civil).unwrap_or(end)
    }

    /// The stated day, in the stated zone.
    pub fn day(&self) -> Date {
        match *self {
            Self::Exact { at, offset } => offset.to_datetime(at).date(),
            Self::Local(time) => time.date(),
            Self::Day(day) => day,
        }
    }

    /// Reads back what [`fmt::Display`] wrote: RFC 3339, a local date-time, or a date.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(day) = text.parse::<Date>()
            && text.len() == 10
        {
            return Some(Self::Day(day));
        }
        let pieces = jiff::fmt::temporal::DateTimeParser::new();
        if let Ok(parsed) = pieces.parse_timestamp(text) {
            let offset = jiff::fmt::temporal::Pieces::parse(text)
                .ok()
                .and_then(|pieces| pieces.to_numeric_offset())
                .unwrap_or(Offset::UTC);
            return Some(Self::exact(parsed, offset));
        }
        text.parse::<DateTime>().ok().map(Self::Local)
    }
}

/// RFC 3339 with the stated offset (`Z` for UTC); a local time without one; a bare date.
impl fmt::Display for StatedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exact { at, offset } if offset == Offset::UTC => {
                write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
            }
            Self::Exact { at, offset } => {
                let zoned = at.to_zoned(offset.to_time_zone());
                write!(f, "{}", zoned.strftime("%Y-%m-%dT%H:%M:%S%:z"))
            }
            Self::Local(time) => write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S")),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_stated_and_read_back() {
        for text in [
            "2025-06-23T20:35:00+03:00",
            "2025-06-23T17:35:00Z",
            "2025-06-23T20:35:00",
            "2025-06-23",
        ] {
            let time = StatedTime::parse(text).expect(text);
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn a_local_time_takes_the_zone_it_is_given() {
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        let time = jiff::civil::date(2025, 6, 23).at(20, 35, 0, 0);
        let stated = StatedTime::local(time, Some(&zone));
        assert_eq!(stated.to_string(), "2025-06-23T20:35:00+03:00");
        assert_eq!(StatedTime::local(time, None), StatedTime::Local(time));
    }
}

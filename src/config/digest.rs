//! When an endpoint that gathers is told, checked.
//!
//! Which moment is the next is `schedule::digest`'s business.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::check::Check;
use super::raw_endpoint::RawEndpoint;
use super::values::{Read, duration, time_zone, written};

/// When digests are made.
#[derive(Clone, Debug, PartialEq)]
pub enum Every {
    /// Whenever so much time has passed, counted from the beginning of 1970 in UTC: all restarts and all
    /// daemons find the same moments. Whole seconds.
    Span(Duration),
    /// Once a day.
    Daily {
        /// The wall clock's time.
        time: Time,
        /// The clock's zone.
        zone: TimeZone,
    },
}

/// Time between two digests. Below a minute is for tests; a receiver of longer than a day has a time of day.
const SPAN: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);

impl Every {
    /// What [`Every::word`] and [`Every::zone`] gave.
    pub fn parse(word: &str, in_zone: Option<&str>) -> Option<Self> {
        match (every(word).ok()?, in_zone) {
            (Self::Daily { time, .. }, Some(zone)) => Some(Self::Daily {
                time,
                zone: time_zone(zone).ok()?,
            }),
            (every, _) => Some(every),
        }
    }

    /// The value of the key `every`.
    pub fn word(&self) -> String {
        match self {
            Self::Span(span) => written(*span),
            Self::Daily { time, .. } => format!("daily {}", time.strftime("%H:%M")),
        }
    }

    /// The zone by its IANA name, where there is one.
    pub fn zone(&self) -> Option<&str> {
        match self {
            Self::Span(_) => None,
            Self::Daily { zone, .. } => zone.iana_name(),
        }
    }
}

/// For people.
impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())?;
        self.zone().map_or(Ok(()), |zone| write!(f, " ({zone})"))
    }
}

impl Check<'_> {
    /// Checks when an endpoint's digests are made; `None` where it is told at once.
    pub(crate) fn every(&mut self, raw: &RawEndpoint, key: &str) -> Option<Every> {
        let (every_key, zone_key) = (format!("{key}.every"), format!("{key}.timezone"));
        let zone = raw.timezone.as_ref();
        let zone = zone.map(|text| self.read(&zone_key, text, time_zone));
        let Some(text) = &raw.every else {
            if zone.is_some() {
                self.wrong(
                    &zone_key,
                    "has no use without `every`; quiet hours have a timezone of their own, in their table",
                );
            }
            return None;
        };
        let every = self.read(&every_key, text, every);
        let quiet = &raw.quiet;
        if !quiet.hours.is_empty() || !quiet.days.is_empty() {
            self.wrong(
                &every_key,
                "stands beside quiet hours, and both say when nothing is sent; keep one: a digest comes at its hour, so choose one that is not quiet",
            );
        }
        match every? {
            Every::Span(span) => {
                if zone.is_some() {
                    let problem = format!(
                        "has no use beside every = \"{}\", which is the same in all zones; leave it out",
                        written(span)
                    );
                    self.wrong(&zone_key, problem);
                }
                Some(Every::Span(span))
            }
            Every::Daily { time, .. } => Some(Every::Daily {
                time,
                zone: zone.unwrap_or(Some(TimeZone::UTC))?,
            }),
        }
    }
}

/// Reads `15m` or `daily 08:00`; the zone is still to come.
fn every(text: &str) -> Read<Every> {
    const ALLOWED: &str = "allowed: a time between two digests, like 15m or 6h, or a time of the day, like daily 08:00";
    if let Some(time) = text.trim().strip_prefix("daily") {
        let read = || {
            let (hour, minute) = time.strip_prefix(' ')?.trim().split_once(':')?;
            let number = |text: &str| {
                let digits =
                    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                text.parse::<i8>().ok().filter(|_| digits)
            };
            Time::new(number(hour)?, number(minute)?, 0, 0).ok()
        };
        return match read() {
            Some(time) => Ok(Every::Daily {
                time,
                zone: TimeZone::UTC,
            }),
            None => Err(format!("names no time of the day; {ALLOWED}")),
        };
    }
    match humantime::parse_duration(text.trim()) {
        Err(_) => Err(format!("is not a time for digests; {ALLOWED}")),
        Ok(span) if span.subsec_nanos() != 0 => {
            Err(format!("is no whole number of seconds; {ALLOWED}"))
        }
        Ok(_) => duration(text.trim(), &SPAN).map(Every::Span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_is_a_span_or_a_time_of_the_day() {
        let shown = |text| every(text).map(|every| every.word());
        for text in ["15m", "1s", "90s", "6h", "1d", "daily 08:00", "daily 23:59"] {
            assert_eq!(shown(text).as_deref(), Ok(text));
            let every = Every::parse(text, Some("Europe/Kyiv")).unwrap();
            assert_eq!(Every::parse(&every.word(), every.zone()), Some(every));
        }
        assert_eq!(shown(" daily  7:05 ").as_deref(), Ok("daily 07:05"));
        for wrong in [
            "",
            "0s",
            "500ms",
            "1500ms",
            "25h",
            "-15m",
            "daily",
            "daily08:00",
            "daily 8",
            "daily 24:00",
            "daily 08:60",
            "daily 08:00:00",
            "daily -1:00",
            "weekly 08:00",
            "08:00",
        ] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}

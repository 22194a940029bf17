//! Quiet hours, checked: when an endpoint is sent nothing.
//!
//! Whether a moment falls in them is `schedule::quiet`'s business.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::check::Check;
use super::raw_endpoint::RawQuiet;
use super::values::{Read, time_zone};

/// When nothing is sent; what comes up meanwhile is sent afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    /// Times of every day.
    pub hours: Vec<Hours>,
    /// Whole days; never all seven.
    pub days: Vec<Weekday>,
    /// The zone of both.
    pub zone: TimeZone,
}

/// From one time of the day to another, past midnight where the second is earlier; never the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first quiet minute.
    pub from: Time,
    /// The first minute that is not.
    pub to: Time,
}

/// The words of the configuration, Monday first.
pub(crate) const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

const MINUTES_A_DAY: usize = 24 * 60;

impl Check<'_> {
    /// Checks an endpoint's quiet hours; `None` where it has none.
    pub(crate) fn quiet(&mut self, raw: &RawQuiet, key: &str) -> Option<Quiet> {
        if raw.hours.is_empty() && raw.days.is_empty() && raw.timezone.is_none() {
            return None;
        }
        let hours = self.read_all(&format!("{key}.hours"), &raw.hours, hours);
        let days = self.read_all(&format!("{key}.days"), &raw.days, weekday);
        if raw.hours.is_empty() && raw.days.is_empty() {
            self.wrong(
                key,
                "names neither hours nor days; give one, or leave the table out",
            );
        }
        let zone_key = format!("{key}.timezone");
        let Some(zone) = &raw.timezone else {
            self.wrong(
                &zone_key,
                "is missing; hours and days need one, like timezone = \"Europe/Kyiv\"",
            );
            return None;
        };
        let zone = self.read(&zone_key, zone, time_zone)?;
        let all_days = DAYS.iter().all(|(_, day)| days.contains(day));
        if all_days || covers_the_day(&hours) {
            self.wrong(key, "is always: nothing would ever be sent");
            return None;
        }
        Some(Quiet { hours, days, zone })
    }
}

/// Whether the hours leave no minute of a day.
fn covers_the_day(hours: &[Hours]) -> bool {
    let minute = |time: Time| {
        usize::from(time.hour().unsigned_abs()) * 60 + usize::from(time.minute().unsigned_abs())
    };
    let mut quiet = [false; MINUTES_A_DAY];
    for Hours { from, to } in hours {
        let mut at = minute(*from);
        while at != minute(*to) {
            quiet[at] = true;
            at = (at + 1) % MINUTES_A_DAY;
        }
    }
    quiet.iter().all(|quiet| *quiet)
}

fn hours(text: &str) -> Read<Hours> {
    let read = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let number = |text: &str| {
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<i8>().ok().filter(|_| digits)
        };
        // Midnight may be written as the end of a day too.
        if text.trim() == "24:00" {
            return Some(Time::midnight());
        }
        Time::new(number(hour)?, number(minute)?, 0, 0).ok()
    };
    let both = text
        .split_once(['-', '–'])
        .and_then(|(from, to)| Some((read(from)?, read(to)?)));
    match both {
        Some((from, to)) if from != to => Ok(Hours { from, to }),
        Some(_) => Err(
            "begins and ends at the same time; allowed: two times, like 22:00-07:00".to_owned(),
        ),
        None => Err("is not a stretch of time; allowed: two times of the day, like 22:00-07:00, past midnight or not".to_owned()),
    }
}

fn weekday(text: &str) -> Read<Weekday> {
    let short = text.trim().to_lowercase();
    let named = DAYS
        .iter()
        .find(|(word, day)| *word == short || format!("{day:?}").to_lowercase() == short);
    named
        .map(|(_, day)| *day)
        .ok_or_else(|| "is not a day; allowed: mon, tue, wed, thu, fri, sat, sun".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_two_times_of_a_day() {
        let shown = |text| hours(text).map(|it| format!("{}–{}", it.from, it.to));
        assert_eq!(shown("22:00-07:00").as_deref(), Ok("22:00:00–07:00:00"));
        assert_eq!(shown("9:05 – 24:00").as_deref(), Ok("09:05:00–00:00:00"));
        for wrong in [
            "",
            "22:00",
            "22-7",
            "25:00-07:00",
            "22:60-07:00",
            "07:00-07:00",
            "-1:00-7:00",
            "22:00-07:00-08:00",
            "022:00-07:00",
        ] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
        assert_eq!(weekday("Saturday"), Ok(Weekday::Saturday));
        assert!(weekday("caturday").is_err());
    }

    #[test]
    fn hours_that_leave_nothing_are_known() {
        let all = |texts: &[&str]| {
            let hours: Vec<Hours> = texts.iter().map(|text| hours(text).unwrap()).collect();
            covers_the_day(&hours)
        };
        assert!(all(&["00:00-12:00", "12:00-24:00"]));
        assert!(all(&["08:00-20:00", "20:00-08:00"]));
        assert!(!all(&["08:00-20:00", "20:00-07:59"]));
        assert!(!all(&[]));
    }
}

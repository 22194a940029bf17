//! Dates in words: found in a line, in many languages, with what it says of time and zone.
//!
//! Never more exact than what is written: a day stays a day, a time without a zone stays local.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::calendars::{self, of_two_digits, roman_month, solar_month, thai_month};
use super::clock::{clock_at, time_after, time_before, zone_at};
use super::months::{is_weekday, month, month_of_two};
use super::order::Order;
use super::tokens::{Kind, Token, digit_of, number, sign, tokens, word};
use crate::model::stated::StatedTime;

/// A date with its place in the line: weekday, date, time and zone together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) stated: Stated,
    pub(crate) range: Range<usize>,
}

/// What is written, before the outlet's zone is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stated {
    Day(Date),
    Local(DateTime),
    Zoned(DateTime, Offset),
}

impl Stated {
    /// The time as the model has it; `zone` is for times that name none.
    pub(crate) fn resolve(self, zone: Option<&TimeZone>) -> StatedTime {
        match self {
            Self::Day(day) => StatedTime::Day(day),
            Self::Local(time) => StatedTime::local(time, zone),
            Self::Zoned(time, offset) => match offset.to_timestamp(time) {
                Ok(at) => StatedTime::exact(at, offset),
                Err(_) => StatedTime::Local(time),
            },
        }
    }
}

/// How the dates of a page are to be read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'z> {
    /// For times that name no zone.
    pub(crate) zone: Option<&'z TimeZone>,
    /// For dates in numbers alone.
    pub(crate) order: Order,
}

impl Reading<'_> {
    /// Reads a value that is meant as a date: ISO 8601, RFC 2822, a number of seconds or milliseconds
    /// since 1970, or a date in words.
    pub(crate) fn parse(self, text: &str) -> Option<StatedTime> {
        let zone = self.zone;
        let text = text.trim();
        if text.len() > 200 {
            return None;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return of_number(text, zone);
        }
        let cut = text.trim_start_matches(['"', '\'']);
        if let Some(time) = StatedTime::parse(cut) {
            let time = match time {
                StatedTime::Local(local) => StatedTime::local(local, zone),
                other => other,
            };
            return plausible(time.day()).then_some(time);
        }
        if let Ok(zoned) = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(text) {
            let time = StatedTime::exact(zoned.timestamp(), zoned.offset());
            return plausible(time.day()).then_some(time);
        }
        self.find(text).map(|found| found.stated.resolve(zone))
    }

    /// The first date in `line`, with the time beside it.
    pub(crate) fn find(self, line: &str) -> Option<Found> {
        if !line.chars().any(|c| digit_of(c).is_some()) {
            return None;
        }
        let tokens = tokens(line);
        (0..tokens.len()).find_map(|at| {
            let (day, end) = day_at(&tokens, at, self.order)?;
            Some(with_time(&tokens, at, end, day))
        })
    }
}

/// Reads a value that is meant as a date, days first.
pub(crate) fn parse(text: &str, zone: Option<&TimeZone>) -> Option<StatedTime> {
    let order = Order::DayFirst;
    Reading { zone, order }.parse(text)
}

/// The first date in `line`, days first, with the time beside it.
pub(crate) fn find(line: &str) -> Option<Found> {
    let reading = Reading {
        zone: None,
        order: Order::DayFirst,
    };
    reading.find(line)
}

/// `20240131`, `20240131120000`, seconds or milliseconds since 1970.
fn of_number(text: &str, zone: Option<&TimeZone>) -> Option<StatedTime> {
    let part = |range: Range<usize>| text.get(range)?.parse::<i16>().ok();
    let small = |range: Range<usize>| text.get(range)?.parse::<i8>().ok();
    let day = || Date::new(part(0..4)?, small(4..6)?, small(6..8)?).ok();
    let exact = |at: Result<Timestamp, jiff::Error>| {
        let time = StatedTime::exact(at.ok()?, Offset::UTC);
        plausible(time.day()).then_some(time)
    };
    match text.len() {
        8 => day().filter(|day| plausible(*day)).map(StatedTime::Day),
        12 | 14 => {
            let second = if text.len() == 14 { small(12..14)? } else { 0 };
            let time = Time::new(small(8..10)?, small(10..12)?, second, 0).ok()?;
            let day = day().filter(|day| plausible(*day))?;
            Some(StatedTime::local(day.to_datetime(time), zone))
        }
        10 => exact(Timestamp::from_second(text.parse().ok()?)),
        13 => exact(Timestamp::from_millisecond(text.parse().ok()?)),
        _ => None,
    }
}

/// News is not older than newspapers on the web, nor from a far future.
fn plausible(day: Date) -> bool {
    (1990..=2100).contains(&day.year())
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    calendars::of_numbers(year, month, day).filter(|date| plausible(*date))
}

/// A date that begins at token `at`, and the token after it.
fn day_at(tokens: &[Token<'_>], at: usize, order: Order) -> Option<(Date, usize)> {
    if let Some((first, digits)) = number(tokens, at) {
        return match digits {
            4 => year_first(tokens, at, first),
            3 => of_republic(tokens, at, first),
            1 | 2 => {
                all_numbers(tokens, at, first, order).or_else(|| day_then_month(tokens, at, first))
            }
            _ => None,
        };
    }
    month_first(tokens, at).or_else(|| in_era(tokens, at))
}

/// `令和7年6月23日`: the years of a Japanese era, the first of which is written `元`.
fn in_era(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    let era = word(tokens, at)?;
    let (zero, at) = match era.strip_suffix('元') {
        Some(era) => (era, at + 1),
        None => (era, at + 2),
    };
    let zero = match zero {
        "令和" => 2018,
        "平成" => 1988,
        _ => return None,
    };
    let year = if era.ends_with('元') {
        1
    } else {
        number(tokens, at - 1)?.0
    };
    let unit = |at, unit: &str| word(tokens, at) == Some(unit);
    let ((month, _), (day, _)) = (number(tokens, at + 1)?, number(tokens, at + 3)?);
    let whole = unit(at, "年") && unit(at + 2, "月") && unit(at + 4, "日");
    let date = date(zero + year, month, day)?;
    whole.then_some((date, at + 5))
}

/// `112年6月23日`: the years of Taiwan, which begin with 1912.
fn of_republic(tokens: &[Token<'_>], at: usize, year: i16) -> Option<(Date, usize)> {
    (word(tokens, at + 1) == Some("年")).then(|| year_first(tokens, at, 1911 + year))?
}

/// `2024 January 31`, `2024-Jan-31`, `2024. június 23.`, `2024 m. birželio 23 d.`, `2024. gada 23. jūnijs`.
fn year_then_month(tokens: &[Token<'_>], at: usize, year: i16) -> Option<(Date, usize)> {
    /// "Year", as Lithuanian, Latvian and Basque write it behind its number.
    const YEARS: [&str; 4] = ["m", "gada", "ko", "eko"];
    let mut next = at + 1;
    next += usize::from(matches!(sign(tokens, next), Some('.' | '-' | ',')));
    next += usize::from(word(tokens, next).is_some_and(|word| YEARS.contains(&word)));
    next += usize::from(sign(tokens, next) == Some('.'));
    if let Some((day, 1 | 2)) = number(tokens, next)
        && sign(tokens, next + 1) == Some('.')
        && let Some(month) = word(tokens, next + 2).and_then(month)
    {
        return Some((date(year, month, day)?, next + 3));
    }
    let month = word(tokens, next).and_then(month)?;
    next += 1;
    next += usize::from(matches!(sign(tokens, next), Some('.' | '-')));
    let (day, digits) = number(tokens, next)?;
    (digits <= 2).then_some((date(year, month, day)?, next + 1))
}

/// `2024-01-31`, `2024/01/31`, `2024.01.31`, `2024年1月31日`.
fn year_first(tokens: &[Token<'_>], at: usize, year: i16) -> Option<(Date, usize)> {
    if let Some(found) = year_then_month(tokens, at, year) {
        return Some(found);
    }
    let unit = |at, units: [&str; 2]| word(tokens, at).is_some_and(|word| units.contains(&word));
    let dash = sign(tokens, at + 1);
    if !matches!(dash, Some('-' | '/' | '.' | '•' | '·' | '・')) && !unit(at + 1, ["年", "년"])
    {
        return None;
    }
    let (month, _) = number(tokens, at + 2)?;
    if sign(tokens, at + 3) != dash && !unit(at + 3, ["月", "월"]) {
        return None;
    }
    let (day, digits) = number(tokens, at + 4)?;
    let end = at + 5 + usize::from(unit(at + 5, ["日", "일"]));
    (digits <= 2).then_some((date(year, month, day)?, end))
}

/// `31.01.2024`, `31/01/2024`, `1/31/2024`, `31.1.24`. With dots the day comes first wherever it can;
/// else `order` decides, and what it leaves open is no date. A year of two digits between other signs
/// is one only beside a time of day, `31/01/24 - 10h02`, or where the line says nothing else.
fn all_numbers(tokens: &[Token<'_>], at: usize, first: i16, order: Order) -> Option<(Date, usize)> {
    let dash =
        sign(tokens, at + 1).filter(|sign| matches!(sign, '.' | '/' | '-' | '·' | '•' | '|'))?;
    let (second, digits) = number(tokens, at + 2)?;
    if digits > 2 || sign(tokens, at + 3) != Some(dash) {
        return None;
    }
    let (year, digits) = number(tokens, at + 4)?;
    let timed = || time_after(tokens, at + 5).is_some() || time_before(tokens, at).is_some();
    let alone = || at + 5 == tokens.len() && is_label(&tokens[..at]);
    let year = match digits {
        4 => year,
        _ if matches!(dash, '·' | '•' | '|') => return None,
        2 if order == Order::YearFirst => {
            return Some((date(of_two_digits(first)?, second, year)?, at + 5));
        }
        2 if dash == '.' || timed() || alone() => of_two_digits(year)?,
        _ => return None,
    };
    let day_first = date(year, second, first);
    let month_first = date(year, first, second);
    let day = match order {
        _ if dash == '.' || first == second => day_first.or(month_first),
        Order::DayFirst | Order::YearFirst => day_first.or(month_first),
        Order::MonthFirst => month_first.or(day_first),
        // Between dashes the month hardly ever comes first.
        Order::Unknown if dash == '-' => day_first.or(month_first),
        Order::Unknown => day_first.xor(month_first),
    };
    Some((day?, at + 5))
}

/// Whether what stands before a date is a weekday or a few words of a label at most.
fn is_label(before: &[Token<'_>]) -> bool {
    /// Words and signs of a label.
    const LONGEST: usize = 5;
    before.len() <= LONGEST
        && before.iter().all(|token| {
            matches!(
                token.kind,
                Kind::Word(_) | Kind::Sign(',' | '.' | ':' | '|' | '-')
            )
        })
}

/// `31 January 2024`, `31. Januar 2024`, `31st of January, 2024`, `31 de enero de 2024`, `31-Jan-2024`.
fn day_then_month(tokens: &[Token<'_>], at: usize, day: i16) -> Option<(Date, usize)> {
    let mut next = at + 1;
    next += usize::from(matches!(
        sign(tokens, next),
        Some('.' | '-' | '°' | '/' | ',')
    ));
    for filler in ["st", "nd", "rd", "th", "er", "º", "of", "de"] {
        next +=
            usize::from(word(tokens, next).is_some_and(|word| word.eq_ignore_ascii_case(filler)));
    }
    next += usize::from(word(tokens, next).is_some_and(|word| word == "tháng"));
    let name = word(tokens, next);
    if let Some(month) = name.and_then(solar_month) {
        let (year, digits) = number(tokens, next + 1)?;
        let date = calendars::solar(year, month, day).filter(|date| plausible(*date))?;
        return (digits == 4).then_some((date, next + 2));
    }
    if let Some(found) = thai_month_behind(tokens, next, day) {
        return Some(found);
    }
    let two = word(tokens, next + 1).and_then(|second| month_of_two(name?, second));
    let month = match number(tokens, next) {
        Some((month, 1 | 2)) if word(tokens, next - 1) == Some("tháng") => month,
        _ => two
            .or_else(|| month(name?))
            .or_else(|| roman_month(name?))?,
    };
    next += 1 + usize::from(two.is_some());
    next += usize::from(matches!(
        sign(tokens, next),
        Some('.' | ',' | '،' | '-' | '/' | '(')
    ));
    // Arabic press names the month twice: `23 حزيران/يونيو 2025`.
    if word(tokens, next).and_then(super::months::month) == Some(month) {
        next += 1 + usize::from(sign(tokens, next + 1) == Some(')'));
    }
    next += usize::from(sign(tokens, next) == Some(','));
    for filler in ["de", "del", "of", "do", "năm"] {
        next +=
            usize::from(word(tokens, next).is_some_and(|word| word.eq_ignore_ascii_case(filler)));
    }
    let apostrophe = matches!(sign(tokens, next), Some('\'' | '’' | '‘'));
    next += usize::from(apostrophe);
    let (year, digits) = number(tokens, next)?;
    let year = match digits {
        4 => year,
        2 if apostrophe || ends_date(tokens, next + 1) => of_two_digits(year)?,
        _ => return None,
    };
    Some((date(year, month, day)?, next + 1))
}

/// The rest of `23 มิ.ย. 2566` or `23 มิ.ย. 66` behind the day.
fn thai_month_behind(tokens: &[Token<'_>], at: usize, day: i16) -> Option<(Date, usize)> {
    let dot = |at| sign(tokens, at) == Some('.');
    let month = thai_month(word(tokens, at)?, word(tokens, at + 2)?)?;
    let (year, digits) = number(tokens, at + 4)?;
    let year = if digits == 2 { 2500 + year } else { year };
    (dot(at + 1) && dot(at + 3)).then_some((date(year, month, day)?, at + 5))
}

/// Whether a number of two digits before token `at` may be a year: nothing follows, or a sign that no
/// time and no further number has behind it, or a time of day.
fn ends_date(tokens: &[Token<'_>], at: usize) -> bool {
    let parted = matches!(
        sign(tokens, at),
        Some(',' | '|' | '-' | '–' | '—' | '·' | '•' | ')' | '/')
    );
    at >= tokens.len()
        || parted && number(tokens, at + 1).is_none()
        || sign(tokens, at) != Some(':') && time_after(tokens, at).is_some()
}

/// `January 31, 2024`, `Jan. 31st 2024`.
fn month_first(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    let name = word(tokens, at)?;
    let mut next = at + 1;
    next += usize::from(sign(tokens, next) == Some('.'));
    let (day, digits) = number(tokens, next)?;
    if digits > 2 {
        return None;
    }
    let month = month(name)?;
    next += 1;
    for filler in ["st", "nd", "rd", "th"] {
        next +=
            usize::from(word(tokens, next).is_some_and(|word| word.eq_ignore_ascii_case(filler)));
    }
    next += usize::from(matches!(sign(tokens, next), Some(',' | '.')));
    for filler in ["de", "del", "of"] {
        next +=
            usize::from(word(tokens, next).is_some_and(|word| word.eq_ignore_ascii_case(filler)));
    }
    // As Unix writes it: `Jun 23 14:05:00 UTC 2023`.
    if let Some((_, end)) = clock_at(tokens, next, false) {
        next = zone_at(tokens, end).map_or(end, |(_, end)| end);
    }
    let apostrophe = matches!(sign(tokens, next), Some('\'' | '’' | '‘'));
    next += usize::from(apostrophe);
    let (year, digits) = number(tokens, next)?;
    let year = match digits {
        4 => year,
        2 if apostrophe => of_two_digits(year)?,
        _ => return None,
    };
    Some((date(year, month, day)?, next + 1))
}

/// Takes in the weekday before, and the time before or after with its zone.
fn with_time(tokens: &[Token<'_>], start: usize, end: usize, day: Date) -> Found {
    let mut first = start;
    let mut last = end;
    let mut stated = Stated::Day(day);
    if let Some((time, offset, after)) = time_after(tokens, end) {
        let local = day.to_datetime(time);
        stated = offset.map_or(Stated::Local(local), |offset| Stated::Zoned(local, offset));
        last = after;
    } else if let Some((time, end)) = (start..end).find_map(|at| clock_at(tokens, at, false)) {
        let local = day.to_datetime(time);
        let offset = zone_at(tokens, end);
        stated = offset.map_or(Stated::Local(local), |(offset, _)| {
            Stated::Zoned(local, offset)
        });
    } else if let Some((time, offset, from)) = time_before(tokens, start) {
        let local = day.to_datetime(time);
        stated = offset.map_or(Stated::Local(local), |offset| Stated::Zoned(local, offset));
        first = from;
    }
    if first > 0 && matches!(sign(tokens, first - 1), Some(',' | '.')) && first > 1 {
        first -= usize::from(word(tokens, first - 2).is_some_and(is_weekday));
    }
    if first > 0 && word(tokens, first - 1).is_some_and(is_weekday) {
        first -= 1;
    }
    Found {
        stated,
        range: tokens[first].range.start..tokens[last - 1].range.end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = find(text).map(|found| found.stated.resolve(None).to_string());
        assert_eq!(found.as_deref().unwrap_or("none"), expected, "{text}");
    }

    #[test]
    fn dates_are_read_in_many_forms() {
        check("20:35 23.06.2025", "2025-06-23T20:35:00");
        check("December 4, 2024 2:51 PM", "2024-12-04T14:51:00");
        check("Thursday, 23 January 2025, 11:02", "2025-01-23T11:02:00");
        check("Четвер, 23 січня 2025, 11:02", "2025-01-23T11:02:00");
        check("23 января 2025 г., 11:02", "2025-01-23T11:02:00");
        check("31. März 2024 um 10.30 Uhr", "2024-03-31T10:30:00");
        check("31 de enero de 2024", "2024-01-31");
        check("27 Mar 20", "2020-03-27");
        check("27 Mar '20, 10:15", "2020-03-27T10:15:00");
        check("27 March 20:15", "none");
        check("27 March 20 people came", "none");
        check("10/12/20 - 10h02", "2020-12-10T10:02:00");
        check("10/12/20", "2020-12-10");
        check("Publicado el 23/06/23", "2023-06-23");
        check("10/12/20 of them came", "none");
        check("10/12/66", "none");
        check("2025•01•08", "2025-01-08");
        check("2024年1月31日 8時05分", "2024-01-31T08:05:00");
        check("Jan. 3, 2024 at 4 p.m. EST", "2024-01-03T16:00:00-05:00");
        check(
            "Published 2024-01-03T04:05:06+02:00",
            "2024-01-03T04:05:06+02:00",
        );
        check("3/25/2024", "2024-03-25");
        check("1er février 2024 à 8h05", "2024-02-01T08:05:00");
        check("Stand: 03.02.2023 15:00 Uhr", "2023-02-03T15:00:00");
        check("in 2024 there were 12 of them", "none");
        check("version 10.12.1", "none");
        check("٥ مارس ٢٠٢٤", "2024-03-05");
        check("15 كانون الثاني 2024", "2024-01-15");
        check("5 בינואר 2024", "2024-01-05");
        check("23 · 06 · 2023", "2023-06-23");
        check("Jun 23 '23", "2023-06-23");
        check("2023-Jun-23", "2023-06-23");
        check("Fri Jun 23 14:05:00 2023", "2023-06-23T14:05:00");
        check("Fri Jun 23 14:05:00 CEST 2023", "2023-06-23T14:05:00+02:00");
        check("Viernes, Junio 23 de 2023", "2023-06-23");
        check("1º de junio de 2023", "2023-06-01");
        check("1° giugno 2023", "2023-06-01");
        check("23.VI.2023", "2023-06-23");
        check("piątek, 23, czerwiec 2023 14:05", "2023-06-23T14:05:00");
        check("2023. június 23.", "2023-06-23");
        check("2023 m. birželio 23 d.", "2023-06-23");
        check("2023. gada 23. jūnijs", "2023-06-23");
        check("2023ko ekainaren 23a", "2023-06-23");
        check("23. lipnja 2023.", "2023-06-23");
        check("23. lipca 2023", "2023-07-23");
        check("۲ تیر ۱۴۰۲ - ۱۴:۰۵", "2023-06-23T14:05:00");
        check("۱۴۰۲/۰۴/۰۲", "2023-06-23");
        check("২৩ জুন ২০২৩", "2023-06-23");
        check("23 มิ.ย. 66", "2023-06-23");
        check("23 มิถุนายน 2566", "2023-06-23");
        check("民國112年6月23日", "2023-06-23");
        check("23.6.2025, 17.35", "2025-06-23T17:35:00");
        check("23.6.2025, 17.35 Euro", "2025-06-23");
        check("22 tháng 10 năm 2025", "2025-10-22");
        check("19.01.2023, 10:00-11:30", "2023-01-19T10:00:00");
        check("19.01.2023, 10:00 -0500", "2023-01-19T10:00:00-05:00");
    }

    #[test]
    fn numbers_are_read_in_the_order_of_the_page() {
        for (text, order, expected) in [
            ("3/4/2024", Order::DayFirst, Some("2024-04-03")),
            ("3/4/2024", Order::MonthFirst, Some("2024-03-04")),
            ("3/4/2024", Order::Unknown, None),
            ("3/25/2024", Order::Unknown, Some("2024-03-25")),
            ("25/3/2024", Order::MonthFirst, Some("2024-03-25")),
            ("4/4/2024", Order::Unknown, Some("2024-04-04")),
            ("3.4.2024", Order::MonthFirst, Some("2024-04-03")),
        ] {
            let time = Reading { zone: None, order }.parse(text);
            let time = time.map(|time| time.to_string());
            assert_eq!(time.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn meant_dates_are_read_as_numbers_and_standards() {
        for (text, expected) in [
            ("2024-12-04T12:51:00.000Z", "2024-12-04T12:51:00Z"),
            ("2024-12-04T12:51:00+0200", "2024-12-04T12:51:00+02:00"),
            ("2024-12-04 12:51:00", "2024-12-04T12:51:00"),
            ("2024-12-04T12:51", "2024-12-04T12:51:00"),
            ("2024-12-04", "2024-12-04"),
            (
                "Wed, 04 Dec 2024 12:51:00 +0100",
                "2024-12-04T12:51:00+01:00",
            ),
            ("20241204", "2024-12-04"),
            ("1733316660", "2024-12-04T12:51:00Z"),
            ("1733316660000", "2024-12-04T12:51:00Z"),
        ] {
            let time = parse(text, None).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse("0001-01-01T00:00:00", None), None);
    }
}

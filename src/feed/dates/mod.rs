//! Dates in every form that feeds and pages write them.
//!
//! The text is cut into numbers, words and signs; the time, the zone and the date are found among them in that
//! order, each taking its pieces away. So RFC 822, ISO 8601 and its short forms, W3CDTF, asctime, dates with
//! month names of many languages and CJK dates need no formats of their own. A date is kept as it is stated,
//! be it in the future; what names no zone is read in the zone given, what names no time is a day.

mod clock;
mod pieces;
mod usual;
mod words;
mod zones;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::model::stated::StatedTime;
use clock::time;
use pieces::{Piece, is_sign, pieces};
use words::Zone;
use zones::{is_american, zone_anywhere, zone_at};

/// Longest text that can be a date.
const TEXT_MAX: usize = 120;

/// Reads a date; `zone` is that of the source, for dates that name none.
pub fn parse(text: &str, zone: Option<&TimeZone>) -> Option<StatedTime> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_MAX {
        return None;
    }
    if let Some(time) = usual::parse(text.as_bytes()) {
        return Some(time);
    }
    let mut pieces = pieces(text);
    if let Some(moment) = counted(&pieces) {
        return Some(StatedTime::exact(moment, Offset::UTC));
    }
    let time = time(&mut pieces);
    let said = match time.as_ref() {
        Some(time) => zone_at(&mut pieces, time.end).or_else(|| zone_anywhere(&mut pieces)),
        None => None,
    };
    let american =
        said.as_ref().is_some_and(is_american) || time.as_ref().is_some_and(|time| time.halves);
    let date = date(&pieces, american)?;
    let Some(time) = time else {
        return Some(StatedTime::Day(date));
    };
    let civil = if time.next_day {
        date.tomorrow().ok()?.to_datetime(time.time)
    } else {
        date.to_datetime(time.time)
    };
    Some(in_zone(civil, said, zone))
}

fn in_zone(civil: DateTime, said: Option<Zone>, zone: Option<&TimeZone>) -> StatedTime {
    match said {
        Some(Zone::Fixed(offset)) => match offset.to_timestamp(civil) {
            Ok(at) => StatedTime::exact(at, offset),
            Err(_) => StatedTime::Local(civil),
        },
        Some(Zone::Ruled(zone)) => StatedTime::local(civil, Some(&zone)),
        None => StatedTime::local(civil, zone),
    }
}

/// Seconds or milliseconds since 1970, if the text is nothing else.
fn counted(pieces: &[Piece]) -> Option<Timestamp> {
    match pieces {
        [Piece::Number(9..=10, seconds)] => Timestamp::from_second(*seconds).ok(),
        [Piece::Number(13, millis)] => Timestamp::from_millisecond(*millis).ok(),
        _ => None,
    }
}

/// The date among what is left.
fn date(pieces: &[Piece], american: bool) -> Option<Date> {
    let numbers: Vec<(usize, usize, i64)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(at, piece)| match piece {
            Piece::Number(length, value) => Some((at, *length, *value)),
            _ => None,
        })
        .collect();
    if let Some((at, month)) = month_name(pieces) {
        return with_month_name(&numbers, at, month);
    }
    match *numbers.as_slice() {
        [(_, 8, value), ..] => civil(value / 10_000, value / 100 % 100, value % 100),
        [(_, 7, value)] => ordinal(value / 1000, value % 1000),
        [(_, 4, year), (_, 3, day), ..] => ordinal(year, day),
        [(_, 4, year), (_, 1..=2, month), (_, 1..=2, day), ..] if month <= 12 => {
            civil(year, month, day)
        }
        [(_, 4, year), (_, 1..=2, day), (_, 1..=2, month), ..] => civil(year, month, day),
        [(_, 4, year), (_, 2, month)] => civil(year, month, 1),
        [(_, 4, year)] if pieces.len() == 1 => civil(year, 1, 1),
        [(at, 1..=2, a), (_, 1..=2, b), (_, length @ (2 | 4), c), ..] => {
            let slash = is_sign(pieces, at + 1, &['/']);
            let dash = is_sign(pieces, at + 1, &['-']);
            match (length, slash) {
                (2, false) if dash && b <= 12 => civil(full_year(a, 2), b, c),
                (_, true) if a <= 12 && (b > 12 || american) => civil(full_year(c, length), a, b),
                _ if a <= 12 && b > 12 => civil(full_year(c, length), a, b),
                _ => civil(full_year(c, length), b, a),
            }
        }
        _ => None,
    }
}

/// The word that names the month: one with numbers beside it, since weekdays look alike (`mar 4 mar 2025`).
fn month_name(pieces: &[Piece]) -> Option<(usize, i8)> {
    let beside = |at: usize, step: fn(usize) -> Option<usize>| {
        let mut at = step(at);
        while let Some(here) = at {
            match pieces.get(here) {
                Some(Piece::Sign(_)) => at = step(here),
                Some(Piece::Number(..)) => return 1,
                // `4 de marzo`, `4th of March`
                Some(Piece::Word(word))
                    if matches!(word.as_str(), "de" | "of" | "th" | "st" | "nd" | "rd") =>
                {
                    at = step(here);
                }
                _ => return 0,
            }
        }
        0
    };
    let mut best: Option<(usize, i8)> = None;
    let mut best_score = 0;
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Word(word) = piece else {
            continue;
        };
        let Some(month) = words::month(word) else {
            continue;
        };
        let score = beside(at, |at| at.checked_sub(1)) + beside(at, |at| at.checked_add(1));
        if score > 0 && score >= best_score {
            best = Some((at, month));
            best_score = score;
        }
    }
    best
}

fn with_month_name(numbers: &[(usize, usize, i64)], at: usize, month: i8) -> Option<Date> {
    let month = i64::from(month);
    let year = numbers.iter().find(|(_, length, _)| *length == 4);
    let mut days = numbers.iter().filter(|(_, length, _)| *length <= 2);
    let first = days.next();
    match (year, first) {
        (Some((_, _, year)), Some((_, _, day))) => civil(*year, month, *day),
        (Some((_, _, year)), None) => civil(*year, month, 1),
        (None, Some((place, _, first))) => {
            let (_, length, second) = days.next()?;
            if *place < at && *first > 31 {
                return civil(full_year(*first, 2), month, *second);
            }
            civil(full_year(*second, *length), month, *first)
        }
        (None, None) => None,
    }
}

/// Two digits are of the years 1969 to 2068, as POSIX has it.
fn full_year(value: i64, length: usize) -> i64 {
    match (length, value) {
        (4, _) => value,
        (_, 0..=68) => 2000 + value,
        _ => 1900 + value,
    }
}

fn civil(year: i64, month: i64, day: i64) -> Option<Date> {
    if year < 1 {
        return None;
    }
    let (year, month, day) = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    Date::new(year.ok()?, month.ok()?, day.ok()?).ok()
}

fn ordinal(year: i64, day: i64) -> Option<Date> {
    let first = civil(year, 1, 1)?;
    let day = i16::try_from(day)
        .ok()
        .filter(|day| *day >= 1 && *day <= first.days_in_year())?;
    first.checked_add(jiff::Span::new().days(day - 1)).ok()
}

#[cfg(test)]
mod tests;

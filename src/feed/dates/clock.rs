//! The time of day in a date.

use jiff::civil::Time;

use super::pieces::{Piece, is_sign, number, take, word};
use super::words;

/// A time of day found among the pieces.
pub(super) struct Found {
    pub(super) time: Time,
    /// It was written as 24:00.
    pub(super) next_day: bool,
    /// It said `am` or `pm`.
    pub(super) halves: bool,
    /// The piece behind it.
    pub(super) end: usize,
}

pub(super) fn time(pieces: &mut [Piece]) -> Option<Found> {
    compact(pieces).or_else(|| (0..pieces.len()).find_map(|at| clock(pieces, at)))
}

/// `T0912`, `T091200`, `T09` of ISO 8601's basic form, and fourteen digits in a row.
fn compact(pieces: &mut [Piece]) -> Option<Found> {
    for at in 0..pieces.len() {
        let (value, length, end) = match (&pieces[at], number(pieces, at + 1)) {
            (Piece::Word(word), Some((length @ (2 | 4 | 6), value)))
                if word == "t" && !is_sign(pieces, at + 2, &[':']) =>
            {
                (value, length, at + 2)
            }
            (Piece::Number(length @ (12 | 14), value), _) => {
                let (length, value) = (length - 8, *value);
                let unit = if length == 6 { 1_000_000 } else { 10_000 };
                pieces[at] = Piece::Number(8, value / unit);
                return found(&[value % unit], length, at + 1);
            }
            _ => continue,
        };
        take(pieces, at, end);
        return found(&[value], length, end);
    }
    None
}

/// A time from digits in a row.
fn found(value: &[i64], length: usize, end: usize) -> Option<Found> {
    let value = *value.first()?;
    let (hour, minute, second) = match length {
        2 => (value, 0, 0),
        4 => (value / 100, value % 100, 0),
        _ => (value / 10_000, value / 100 % 100, value % 100),
    };
    at_clock(hour, minute, second, 0, None, end)
}

/// `20:35`, `9:05:00.123 pm`, `14h05`; also `오후 2:05`.
fn clock(pieces: &mut [Piece], at: usize) -> Option<Found> {
    let (hour_length, hour) = number(pieces, at)?;
    let colon = is_sign(pieces, at + 1, &[':']) || word(pieces, at + 1) == Some("h");
    let (minute_length, minute) = number(pieces, at + 2)?;
    if !colon || hour_length > 2 || minute_length > 2 {
        return None;
    }
    let mut end = at + 3;
    let (mut second, mut nanos) = (0, 0);
    if is_sign(pieces, end, &[':'])
        && let Some((1..=2, value)) = number(pieces, end + 1)
    {
        second = value;
        end += 2;
        if is_sign(pieces, end, &['.', ',', ':'])
            && let Some((length, fraction)) = number(pieces, end + 1)
        {
            let power = u32::try_from(length).ok().filter(|length| *length <= 9);
            nanos = power.map_or(0, |power| fraction * 10i64.pow(9 - power));
            end += 2;
        }
    }
    let mut afternoon = None;
    let behind = end + usize::from(is_sign(pieces, end, &[' ']));
    if let Some(half) = half(pieces, behind) {
        afternoon = Some(half.0);
        end = half.1;
    } else {
        for before in at.saturating_sub(2)..at {
            if let Some(half) = word(pieces, before).and_then(words::afternoon) {
                afternoon = Some(half);
                take(pieces, before, before + 1);
            }
        }
    }
    take(pieces, at, end);
    at_clock(hour, minute, second, nanos, afternoon, end)
}

/// `pm`, `p.m.` at a piece: which half, and the piece behind.
fn half(pieces: &[Piece], at: usize) -> Option<(bool, usize)> {
    let first = word(pieces, at)?;
    if let Some(half) = words::afternoon(first) {
        return Some((half, at + 1));
    }
    let dotted = is_sign(pieces, at + 1, &['.']) && word(pieces, at + 2) == Some("m");
    match first {
        "a" if dotted => Some((false, at + 3)),
        "p" if dotted => Some((true, at + 3)),
        _ => None,
    }
}

fn at_clock(
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    afternoon: Option<bool>,
    end: usize,
) -> Option<Found> {
    let hour = match (afternoon, hour) {
        (Some(false), 12) => 0,
        (Some(true), 1..=11) => hour + 12,
        _ => hour,
    };
    let next_day = hour == 24;
    let hour = if next_day { 0 } else { hour };
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second.min(59)).ok()?,
        i32::try_from(nanos).ok()?,
    );
    Some(Found {
        time: time.ok()?,
        next_day,
        halves: afternoon.is_some(),
        end,
    })
}

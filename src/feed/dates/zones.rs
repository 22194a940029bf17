//! The zone in a date: an offset, a name, or both.

use jiff::tz::Offset;

use super::pieces::{Piece, is_sign, number, take, word};
use super::words::{self, Zone};

/// The zone that stands behind the time: an offset, a name, or both.
pub(super) fn zone_at(pieces: &mut [Piece], end: usize) -> Option<Zone> {
    let at = end + usize::from(is_sign(pieces, end, &[' ']));
    if let Some((offset, behind)) = offset(pieces, at) {
        take(pieces, at, behind);
        return Some(Zone::Fixed(offset));
    }
    let at = at + usize::from(is_sign(pieces, at, &['(', '[']));
    named(pieces, at)
}

/// A zone's name elsewhere in the text.
pub(super) fn zone_anywhere(pieces: &mut [Piece]) -> Option<Zone> {
    // One letter is a zone only right behind a time.
    let long = |piece: &Piece| matches!(piece, Piece::Word(word) if word.chars().count() > 1);
    let places: Vec<usize> = (0..pieces.len()).filter(|at| long(&pieces[*at])).collect();
    places.into_iter().find_map(|at| named(pieces, at))
}

/// `EST`, `GMT+03:00`, `Etc/GMT-3`, `Europe/Kyiv`.
fn named(pieces: &mut [Piece], at: usize) -> Option<Zone> {
    let name = word(pieces, at)?;
    if is_sign(pieces, at + 1, &['/'])
        && let Some(city) = word(pieces, at + 2)
    {
        let signed = offset_text(pieces, at + 3);
        let zone = words::iana(&format!("{name}/{city}{signed}"));
        let zone = zone.or_else(|| words::iana(&format!("{name}/{city}")));
        if let Some(zone) = zone {
            take(
                pieces,
                at,
                pieces.len().min(at + if signed.is_empty() { 3 } else { 5 }),
            );
            return Some(Zone::Ruled(zone));
        }
    }
    let zone = words::zone(name)?;
    if let Some((offset, end)) =
        offset(pieces, at + 1).filter(|_| matches!(name, "gmt" | "utc" | "ut"))
    {
        take(pieces, at, end);
        return Some(Zone::Fixed(offset));
    }
    take(pieces, at, at + 1);
    Some(zone)
}

/// The `-3` of `Etc/GMT-3` as written.
fn offset_text(pieces: &[Piece], at: usize) -> String {
    match (pieces.get(at), number(pieces, at + 1)) {
        (Some(Piece::Sign(sign @ ('+' | '-'))), Some((1..=2, hours))) => format!("{sign}{hours}"),
        _ => String::new(),
    }
}

/// `+0300`, `+03:00`, `+3`, `-0330`, and the piece behind; not the day of `20:35 -23.06.2025`.
fn offset(pieces: &[Piece], at: usize) -> Option<(Offset, usize)> {
    let sign = match pieces.get(at) {
        Some(Piece::Sign('+')) => 1,
        Some(Piece::Sign('-')) => -1,
        _ => return None,
    };
    let (length, value) = number(pieces, at + 1)?;
    let mut end = at + 2;
    let (hours, minutes) = match length {
        1 | 2 => {
            let minutes = number(pieces, end + 1).filter(|(length, _)| *length == 2);
            match minutes {
                Some((_, minutes)) if is_sign(pieces, end, &[':']) => {
                    end += 2;
                    (value, minutes)
                }
                _ if is_sign(pieces, end, &['.', '/', '-']) => return None,
                _ => (value, 0),
            }
        }
        3 | 4 => (value / 100, value % 100),
        _ => return None,
    };
    let seconds = i32::try_from(sign * (hours * 3600 + minutes * 60)).ok()?;
    if hours > 15 || minutes > 59 {
        return None;
    }
    Some((Offset::from_seconds(seconds).ok()?, end))
}

pub(super) fn is_american(zone: &Zone) -> bool {
    match zone {
        Zone::Ruled(zone) => zone
            .iana_name()
            .is_some_and(|name| name.starts_with("America/")),
        Zone::Fixed(offset) => (-10 * 3600..=-5 * 3600).contains(&offset.seconds()),
    }
}

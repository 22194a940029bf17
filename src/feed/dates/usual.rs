//! The two forms in which nearly all feeds write their dates, read without taking them apart:
//! `Tue, 03 Mar 2026 08:01:00 +0200` and `2026-03-03T08:01:00+02:00`.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::model::stated::StatedTime;

/// Reads a date in one of the two forms, to the letter; anything else is left to the others.
pub(super) fn parse(text: &[u8]) -> Option<StatedTime> {
    if text.get(10) == Some(&b'T') {
        return rfc_3339(text);
    }
    let text = match text.get(3) {
        Some(b',') => text.get(5..)?,
        _ => text,
    };
    rfc_822(text)
}

fn rfc_3339(text: &[u8]) -> Option<StatedTime> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', time @ ..] = text else {
        return None;
    };
    let (time, zone) = time.split_at_checked(8)?;
    let year = number([*y1, *y2])? * 100 + number([*y3, *y4])?;
    let offset = match zone {
        [b'Z'] => 0,
        [sign, h1, h2, b':', m1, m2] => offset(*sign, [*h1, *h2], [*m1, *m2])?,
        _ => return None,
    };
    moment(year, number([*m1, *m2])?, number([*d1, *d2])?, time, offset)
}

fn rfc_822(text: &[u8]) -> Option<StatedTime> {
    let [
        d1,
        d2,
        b' ',
        m1,
        m2,
        m3,
        b' ',
        y1,
        y2,
        y3,
        y4,
        b' ',
        time @ ..,
    ] = text
    else {
        return None;
    };
    let (time, zone) = time.split_at_checked(8)?;
    let month = match [*m1, *m2, *m3] {
        [b'J', b'a', b'n'] => 1,
        [b'F', b'e', b'b'] => 2,
        [b'M', b'a', b'r'] => 3,
        [b'A', b'p', b'r'] => 4,
        [b'M', b'a', b'y'] => 5,
        [b'J', b'u', b'n'] => 6,
        [b'J', b'u', b'l'] => 7,
        [b'A', b'u', b'g'] => 8,
        [b'S', b'e', b'p'] => 9,
        [b'O', b'c', b't'] => 10,
        [b'N', b'o', b'v'] => 11,
        [b'D', b'e', b'c'] => 12,
        _ => return None,
    };
    let year = number([*y1, *y2])? * 100 + number([*y3, *y4])?;
    let offset = match zone {
        b" GMT" | b" UTC" | b" Z" => 0,
        [b' ', sign, h1, h2, m1, m2] => offset(*sign, [*h1, *h2], [*m1, *m2])?,
        _ => return None,
    };
    moment(year, month, number([*d1, *d2])?, time, offset)
}

/// Two digits.
fn number(digits: [u8; 2]) -> Option<i16> {
    let [tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i16::from(tens) * 10 + i16::from(ones))
}

/// Seconds east of UTC.
fn offset(sign: u8, hours: [u8; 2], minutes: [u8; 2]) -> Option<i32> {
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    match sign {
        _ if hours > 15 || minutes > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn moment(year: i16, month: i16, day: i16, time: &[u8], offset: i32) -> Option<StatedTime> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let byte = |value: i16| i8::try_from(value).ok();
    let date = Date::new(year, byte(month)?, byte(day)?).ok()?;
    let (hour, minute, second) = (
        number([*h1, *h2])?,
        number([*m1, *m2])?,
        number([*s1, *s2])?,
    );
    let time = Time::new(byte(hour)?, byte(minute)?, byte(second)?, 0).ok()?;
    let offset = Offset::from_seconds(offset).ok()?;
    let at = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    (year >= 1).then(|| StatedTime::exact(at, offset))
}

//! The time of day beside a date, and its zone, in words.

use jiff::civil::Time;
use jiff::tz::Offset;

use super::months::is_weekday;
use super::tokens::{Kind, Token, number, sign, word};

/// Words that announce the time of day behind a date.
const ANNOUNCES: [&str; 35] = [
    "at",
    "um",
    "à",
    "a",
    "o",
    "kl",
    "klo",
    "alle",
    "ore",
    "as",
    "às",
    "T",
    "в",
    "о",
    "об",
    "las",
    "h",
    "godz",
    "godzina",
    "saat",
    "saati",
    "klokken",
    "kello",
    "om",
    "ob",
    "u",
    "ora",
    "pukul",
    "lúc",
    "ás",
    "الساعة",
    "בשעה",
    "שעה",
    "在",
    "hrs",
];

/// Words that belong to the date before: "year" and the like.
const YEAR_WORDS: [&str; 10] = [
    "г", "года", "год", "р", "року", "рік", "r", "roku", "rok", "م",
];

/// Tokens between a date and its time at most: `2025 г. (пн.), в 17:35`.
const BETWEEN: usize = 8;

pub(crate) fn time_after(
    tokens: &[Token<'_>],
    end: usize,
) -> Option<(Time, Option<Offset>, usize)> {
    let mut at = end;
    let mut announced = false;
    let (time, mut after) = loop {
        if let Some(found) = clock_at(tokens, at, announced).or_else(|| dotted_at(tokens, at)) {
            break found;
        }
        let skip = match tokens.get(at)?.kind {
            Kind::Sign(sign) => matches!(
                sign,
                ',' | '،'
                    | '-'
                    | '–'
                    | '—'
                    | '|'
                    | '·'
                    | '•'
                    | '/'
                    | '@'
                    | '('
                    | ')'
                    | '（'
                    | '）'
                    | '.'
                    | ':'
                    | '['
                    | ']'
            ),
            Kind::Word(word) => {
                let announces = ANNOUNCES
                    .iter()
                    .any(|between| between.eq_ignore_ascii_case(word));
                announced |= announces;
                announces || YEAR_WORDS.contains(&word) || is_weekday(word)
            }
            Kind::Number { .. } => false,
        };
        at += 1;
        if !skip || at >= end + BETWEEN {
            return None;
        }
    };
    // `10:00-11:30` is a range of hours and no zone.
    let range = sign(tokens, after).is_some_and(|sign| matches!(sign, '-' | '–' | '−'))
        && clock_at(tokens, after + 1, announced).is_some_and(|(end, _)| end > time);
    let offset = if range { None } else { zone_at(tokens, after) };
    if let Some((_, end)) = offset {
        after = end;
    }
    Some((time, offset.map(|(offset, _)| offset), after))
}

/// A clock that ends just before the date: `20:35 23.06.2025`, `5:35 p.m. EDT, June 23`.
pub(crate) fn time_before(
    tokens: &[Token<'_>],
    start: usize,
) -> Option<(Time, Option<Offset>, usize)> {
    (2..=11)
        .filter_map(|back| start.checked_sub(back))
        .find_map(|from| {
            let (time, end) = clock_at(tokens, from, false)?;
            let zone = zone_at(tokens, end).filter(|(_, end)| *end <= start);
            let gap = tokens.get(zone.map_or(end, |(_, end)| end)..start)?;
            let small = gap.len() <= 4
                && gap.iter().all(|token| match token.kind {
                    Kind::Sign(sign) => {
                        matches!(
                            sign,
                            ',' | '،' | '-' | '–' | '—' | '|' | '·' | '•' | '/' | '(' | ')' | '.'
                        )
                    }
                    Kind::Word(word) => is_weekday(word) || word.eq_ignore_ascii_case("on"),
                    Kind::Number { .. } => false,
                });
            small.then(|| (time, zone.map(|(offset, _)| offset), from))
        })
}

/// `20.35` just behind a date, where nothing follows that it could be the number of: `23.6.2025, 20.35`.
fn dotted_at(tokens: &[Token<'_>], at: usize) -> Option<(Time, usize)> {
    let ends = match tokens.get(at + 3).map(|token| &token.kind) {
        None => true,
        Some(Kind::Sign(sign)) => {
            matches!(sign, ',' | '|' | ')' | '-' | '–' | '—' | '·' | '•' | '/')
        }
        Some(Kind::Word(_) | Kind::Number { .. }) => false,
    };
    ends.then(|| clock_at(tokens, at, true))?
        .filter(|(_, end)| *end == at + 3)
}

/// `20:35`, `20:35:10`, `8:35 PM`, `8 PM`, `20.35 Uhr`, `20h35`, `下午5:35`. With a dot between, or
/// without minutes, it must be `announced` as a time, or say so itself.
pub(crate) fn clock_at(tokens: &[Token<'_>], at: usize, announced: bool) -> Option<(Time, usize)> {
    let before = word(tokens, at).and_then(half_before);
    let at = at + usize::from(before.is_some());
    let (hour, digits) = number(tokens, at)?;
    if digits > 2 {
        return None;
    }
    let mut end = at + 1;
    let mut minute = 0;
    let mut second = 0;
    let hours = |word: &str| matches!(word, "h" | "H" | "時" | "时" | "点" | "點" | "시");
    let colon = match tokens.get(at + 1).map(|token| &token.kind) {
        Some(Kind::Sign(':' | '：' | '.')) => true,
        Some(Kind::Word(word)) => hours(word),
        _ => false,
    };
    let mut certain = false;
    if colon && let Some((value, 2)) = number(tokens, at + 2) {
        minute = value;
        end = at + 3;
        certain = sign(tokens, at + 1) != Some('.') || announced;
        if sign(tokens, end) == Some(':')
            && let Some((value, 1 | 2)) = number(tokens, end + 1)
        {
            second = value;
            end += 2;
        }
    } else if announced && word(tokens, at + 1).is_some_and(hours) {
        certain = true;
        end = at + 2;
    }
    let mut hour = hour;
    let behind = half_of_day(tokens, end);
    if let Some(half) = before.or(behind) {
        hour = match (half, hour) {
            (Half::Before, 12) => 0,
            (Half::After, 1..=11) => hour + 12,
            _ => hour,
        };
        certain = true;
    }
    if behind.is_some() {
        end += 1;
        while matches!(sign(tokens, end), Some('.'))
            || word(tokens, end).is_some_and(|w| w.eq_ignore_ascii_case("m"))
        {
            end += 1;
        }
    } else if word(tokens, end)
        .is_some_and(|word| matches!(word, "Uhr" | "uhr" | "分" | "분" | "h" | "hs" | "hrs"))
    {
        certain = true;
        end += 1;
    } else if !certain && word(tokens, end).is_some_and(|word| zone_name(word).is_some()) {
        certain = true;
    }
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second.min(59)).ok()?,
        0,
    );
    certain.then_some((time.ok()?, end))
}

/// The half of the day that Chinese, Japanese and Korean name before the hour.
fn half_before(word: &str) -> Option<Half> {
    match word {
        "上午" | "午前" | "오전" | "凌晨" | "早上" => Some(Half::Before),
        "下午" | "午後" | "오후" | "晚上" | "傍晚" | "中午" => Some(Half::After),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Half {
    Before,
    After,
}

/// `AM`, `p.m.`.
fn half_of_day(tokens: &[Token<'_>], at: usize) -> Option<Half> {
    let first = word(tokens, at)?.to_ascii_lowercase();
    match first.as_str() {
        "am" | "ص" | "صباحا" | "صباحاً" => Some(Half::Before),
        "pm" | "م" | "مساء" | "مساءً" => Some(Half::After),
        "a" | "p" => {
            let dotted = sign(tokens, at + 1) == Some('.')
                && word(tokens, at + 2).is_some_and(|m| m.eq_ignore_ascii_case("m"));
            dotted.then_some(if first == "a" {
                Half::Before
            } else {
                Half::After
            })
        }
        _ => None,
    }
}

/// A zone by name or number just after a clock, perhaps in brackets.
pub(crate) fn zone_at(tokens: &[Token<'_>], at: usize) -> Option<(Offset, usize)> {
    let at = at + usize::from(sign(tokens, at) == Some('('));
    if let Some(offset) = word(tokens, at).and_then(zone_name) {
        if let Some((shift, end)) = numeric_zone(tokens, at + 1) {
            return Some((shift, end));
        }
        return Some((offset, at + 1));
    }
    numeric_zone(tokens, at)
}

fn numeric_zone(tokens: &[Token<'_>], at: usize) -> Option<(Offset, usize)> {
    let sign_of = match sign(tokens, at)? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let (value, digits) = number(tokens, at + 1)?;
    let (hours, minutes, end) = match digits {
        4 => (value / 100, value % 100, at + 2),
        _ if sign(tokens, at + 2) == Some(':') => (value, number(tokens, at + 3)?.0, at + 4),
        _ => (value, 0, at + 2),
    };
    let seconds = sign_of * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
    (hours <= 14 && minutes < 60)
        .then(|| Offset::from_seconds(seconds).ok())
        .flatten()
        .map(|offset| (offset, end))
}

/// Zone names that mean one offset wherever they are written.
fn zone_name(word: &str) -> Option<Offset> {
    let hours = match word {
        "GMT" | "UTC" | "WET" | "Z" | "UT" => 0,
        "BST" | "CET" | "MEZ" | "WEST" | "WAT" => 1,
        "CEST" | "MESZ" | "EET" | "SAST" | "CAT" => 2,
        "EEST" | "MSK" | "МСК" | "мск" | "EAT" | "TRT" | "TSİ" => 3,
        "PKT" => 5,
        "WIB" => 7,
        "HKT" | "SGT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        "BRT" | "ART" => -3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "MDT" => -6,
        "PDT" => -7,
        "PST" => -8,
        _ => return None,
    };
    Offset::from_hours(hours).ok()
}

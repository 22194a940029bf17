//! The numbers, words and signs of a line that may hold a date.

use std::ops::Range;

#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    /// A number of up to four digits.
    Number {
        value: i16,
        digits: usize,
    },
    Word(&'a str),
    Sign(char),
}

/// Numbers, words and signs; white space parts them and is left out.
pub(crate) fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::with_capacity(line.len() / 4);
    let mut end = 0;
    while let Some(c) = line[end..].chars().next() {
        let start = end;
        end += c.len_utf8();
        if c.is_whitespace() {
            continue;
        }
        let digit = digit_of(c).is_some();
        if digit || c.is_alphabetic() {
            end = run_end(line, end, c, digit);
        }
        let text = &line[start..end];
        let kind = if digit {
            let digits = text.chars().count();
            if digits <= 4 {
                let value = text
                    .chars()
                    .filter_map(digit_of)
                    .fold(0, |sum, c| sum * 10 + c);
                Kind::Number { value, digits }
            } else {
                Kind::Sign('#')
            }
        } else if c.is_alphabetic() {
            Kind::Word(text)
        } else {
            Kind::Sign(c)
        };
        tokens.push(Token {
            range: start..end,
            kind,
        });
    }
    tokens
}

/// Where the number or the word ends whose first character, `first`, ends at `at`.
fn run_end(line: &str, mut at: usize, first: char, digit: bool) -> usize {
    if !digit && is_unit(first) {
        return at;
    }
    while let Some(byte) = line.as_bytes().get(at) {
        // Most of it is ASCII, which needs no decoding.
        let (more, length) = if byte.is_ascii() {
            let letter = byte.is_ascii_alphabetic() || *byte == b'\'';
            (if digit { byte.is_ascii_digit() } else { letter }, 1)
        } else {
            let next = line[at..].chars().next().expect("a character begins here");
            let letter = (next.is_alphabetic() || is_mark(next)) && !is_unit(next);
            let more = if digit {
                digit_of(next).is_some()
            } else {
                letter
            };
            (more, next.len_utf8())
        };
        if !more {
            break;
        }
        at += length;
    }
    at
}

/// The value of a digit: Latin, Arabic, Persian, of India's scripts, or Thai.
pub(crate) fn digit_of(c: char) -> Option<i16> {
    let value = match c {
        '0'..='9' => c as u32 - '0' as u32,
        '\u{660}'..='\u{669}' => c as u32 - 0x660,
        '\u{6F0}'..='\u{6F9}' => c as u32 - 0x6F0,
        '\u{966}'..='\u{96F}' => c as u32 - 0x966,
        '\u{9E6}'..='\u{9EF}' => c as u32 - 0x9E6,
        '\u{AE6}'..='\u{AEF}' => c as u32 - 0xAE6,
        '\u{BE6}'..='\u{BEF}' => c as u32 - 0xBE6,
        '\u{C66}'..='\u{C6F}' => c as u32 - 0xC66,
        '\u{E50}'..='\u{E59}' => c as u32 - 0xE50,
        '０'..='９' => c as u32 - '０' as u32,
        _ => return None,
    };
    i16::try_from(value).ok()
}

/// Combining marks (in Indic scripts part of words) and the apostrophe of `п'ятниця`.
fn is_mark(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '\u{300}'..='\u{36F}' | '\u{900}'..='\u{DFF}' | '\u{E31}'..='\u{E4E}')
}

/// Year, month and day in East Asian dates stand glued to their numbers.
fn is_unit(c: char) -> bool {
    matches!(
        c,
        '年' | '月' | '日' | '년' | '월' | '일' | '時' | '时' | '点' | '點' | '分'
    )
}

pub(crate) fn number(tokens: &[Token<'_>], at: usize) -> Option<(i16, usize)> {
    match tokens.get(at)?.kind {
        Kind::Number { value, digits } => Some((value, digits)),
        _ => None,
    }
}

pub(crate) fn word<'a>(tokens: &[Token<'a>], at: usize) -> Option<&'a str> {
    match tokens.get(at)?.kind {
        Kind::Word(word) => Some(word),
        _ => None,
    }
}

pub(crate) fn sign(tokens: &[Token<'_>], at: usize) -> Option<char> {
    match tokens.get(at)?.kind {
        Kind::Sign(sign) => Some(sign),
        _ => None,
    }
}

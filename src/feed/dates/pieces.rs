//! A date cut into numbers, words and signs.

/// A piece of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Digits: their number and value.
    Number(usize, i64),
    /// Letters, in lower case.
    Word(String),
    /// One other character; all white space is one blank.
    Sign(char),
    /// Taken.
    Gone,
}

pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(digit) = c.to_digit(10) {
            let (mut length, mut value) = (1, i64::from(digit));
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                chars.next();
                length += 1;
                value = value.saturating_mul(10).saturating_add(i64::from(digit));
            }
            pieces.push(Piece::Number(length, value));
        } else if c.is_alphabetic() {
            let mut word: String = c.to_lowercase().collect();
            while let Some(c) = chars.next_if(|c| c.is_alphabetic() || *c == '\u{301}') {
                word.extend(c.to_lowercase());
            }
            pieces.push(Piece::Word(word));
        } else if c.is_whitespace() {
            if pieces.last() != Some(&Piece::Sign(' ')) {
                pieces.push(Piece::Sign(' '));
            }
        } else {
            pieces.push(Piece::Sign(match c {
                '\u{2212}' | '–' => '-',
                '：' => ':',
                other => other,
            }));
        }
    }
    pieces
}

pub(super) fn number(pieces: &[Piece], at: usize) -> Option<(usize, i64)> {
    match pieces.get(at) {
        Some(Piece::Number(length, value)) => Some((*length, *value)),
        _ => None,
    }
}

pub(super) fn is_sign(pieces: &[Piece], at: usize, signs: &[char]) -> bool {
    matches!(pieces.get(at), Some(Piece::Sign(sign)) if signs.contains(sign))
}

pub(super) fn word(pieces: &[Piece], at: usize) -> Option<&str> {
    match pieces.get(at) {
        Some(Piece::Word(word)) => Some(word),
        _ => None,
    }
}

pub(super) fn take(pieces: &mut [Piece], from: usize, to: usize) {
    for piece in pieces.iter_mut().take(to).skip(from) {
        *piece = Piece::Gone;
    }
}

//! One line of text in its normal form (cleaning rules N3 to N5).
//!
//! Invariant: the result is NFC, has no white space but single inner spaces, and none of the
//! invisible characters that pages scatter; quotation marks, dashes and case stay as they are.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The normal form of `text` as one line.
pub(crate) fn normal(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    push_normal(&mut line, text);
    if line.ends_with(' ') {
        line.pop();
    }
    composed(line)
}

/// Appends `text`, squeezing white space also across the seam; a leading space is left out at the
/// beginning of the line only. The caller composes and trims at the end.
pub(crate) fn push_normal(line: &mut String, text: &str) {
    let mut chars = text.chars();
    loop {
        // Letters and signs of ASCII, most of what there is, are copied in runs.
        let rest = chars.as_str();
        let run = rest.bytes().take_while(u8::is_ascii_graphic).count();
        line.push_str(&rest[..run]);
        chars = rest[run..].chars();
        let Some(c) = chars.next() else { return };
        match c {
            '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' => {}
            '\u{200C}' | '\u{200D}'
                if line.chars().next_back().is_none_or(joins_without_help)
                    && chars.clone().next().is_none_or(joins_without_help) => {}
            c if is_space(c) => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c if c.is_control() || is_bidi_mark(c) => {}
            c => line.push(c),
        }
    }
}

/// NFC; costs nothing where the text is so already, as nearly all is.
pub(crate) fn composed(line: String) -> String {
    if line.is_ascii() {
        return line;
    }
    match is_nfc_quick(line.chars()) {
        IsNormalized::Yes => line,
        IsNormalized::No | IsNormalized::Maybe => line.nfc().collect(),
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{A0}' | '\u{2007}' | '\u{2009}' | '\u{200A}' | '\u{202F}'
        )
}

fn is_bidi_mark(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Scripts in which a joiner between letters is only a remain (N3): Latin, Greek, Cyrillic.
fn joins_without_help(c: char) -> bool {
    !c.is_alphabetic() || matches!(c, '\0'..='\u{52F}' | '\u{1D00}'..='\u{1FFF}')
}

/// Letters and digits only, folded: what two spellings of one sentence have in common.
pub(crate) fn folded(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        }
    }
    key
}

/// Whether words are not parted by spaces in this script (Han, kana, Thai, Lao, Khmer, Burmese).
pub(crate) fn is_spaceless(c: char) -> bool {
    c >= '\u{0E00}'
        && matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Words in `text`; in scripts without spaces every two characters count as one.
pub(crate) fn word_count(text: &str) -> usize {
    let mut words = 0;
    for token in text.split_whitespace() {
        if token.is_ascii() {
            words += usize::from(token.bytes().any(|byte| byte.is_ascii_alphanumeric()));
            continue;
        }
        let spaceless = token.chars().filter(|c| is_spaceless(*c)).count();
        if spaceless > 0 {
            words += spaceless.div_ceil(2);
        } else if token.chars().any(char::is_alphanumeric) {
            words += 1;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_take_their_normal_form() {
        for (raw, expected) in [
            ("  a\u{A0}\tb \n c ", "a b c"),
            (
                "minis\u{AD}terial zero\u{200B}width",
                "ministerial zerowidth",
            ),
            ("a\u{200D}b", "ab"),
            ("क्\u{200D}ष", "क्\u{200D}ष"),
            ("и\u{306}", "й"),
            ("“x” – ‘y’ …", "“x” – ‘y’ …"),
        ] {
            assert_eq!(normal(raw), expected);
            assert_eq!(normal(&normal(raw)), expected);
        }
    }

    #[test]
    fn words_are_counted_in_every_script() {
        assert_eq!(word_count("One, two – three."), 3);
        assert_eq!(word_count("日本語の文"), 3);
        assert_eq!(word_count(""), 0);
    }
}

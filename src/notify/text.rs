//! Foreign words made fit for a message: one line, nothing unseen, within a length.

use crate::extract::summary;

/// Characters of a foreign text that are looked at: several times what any one part shows.
const LOOKED_AT: usize = 16_000;

/// Marks that turn the direction of what follows (Unicode Standard Annex 9, explicit formatting), and
/// the byte order mark.
const UNSEEN: [char; 10] = [
    '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}', '\u{FEFF}',
];

/// Breaks a word or mark without being seen.
pub(super) const BREAK: char = '\u{200B}';

/// Least room for which a paragraph is begun that cannot be ended.
const WORTH_BEGINNING: usize = 40;

/// One line: every run of white space one space, control characters and [`UNSEEN`] ones left out.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4096));
    for c in text.chars().take(LOOKED_AT) {
        if c.is_whitespace() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else if !c.is_control() && !UNSEEN.contains(&c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Names after `@` no longer call anybody: `@everyone` is shown and nobody is told.
pub(super) fn without_calls(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '@' && chars.peek().is_some_and(|c| c.is_alphanumeric()) {
            out.push(BREAK);
        }
    }
    out
}

/// The beginning of a text in paragraphs: whole ones, and of the next its first sentences, so long as
/// all of them with `gap` between measure at most `max` in the form in which `write` sends them, which
/// goes character by character.
pub(super) fn fit(
    paragraphs: &[String],
    max: usize,
    gap: usize,
    write: impl Fn(&str) -> String,
    measure: impl Fn(&str) -> usize,
) -> Vec<String> {
    let mut left = max;
    let mut fitting = Vec::new();
    for paragraph in paragraphs {
        let between = if fitting.is_empty() { 0 } else { gap };
        let Some(room) = left.checked_sub(between) else {
            break;
        };
        let whole = write(paragraph);
        let length = measure(&whole);
        if length <= room {
            fitting.push(whole);
            left = room - length;
            continue;
        }
        if room >= WORTH_BEGINNING || fitting.is_empty() {
            let head = summary::cut_by(paragraph, room, |part| measure(&write(part)));
            fitting.extend((!head.is_empty()).then(|| write(&head)));
        }
        break;
    }
    fitting
}

/// Length in UTF-16 units, as most chat services count: never less than characters or graphemes.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called() {
        assert_eq!(
            without_calls("@everyone a@b.example @ @@here"),
            "@\u{200B}everyone a@\u{200B}b.example @ @@\u{200B}here"
        );
    }

    #[test]
    fn a_text_is_cut_at_a_sentence_within_what_is_sent() {
        let paragraphs = [
            "One two. Three four.".to_owned(),
            "<Five> six seven eight nine ten. Eleven twelve.".to_owned(),
        ];
        let write = |text: &str| text.replace('<', "&lt;").replace('>', "&gt;");
        let fitted = |max| fit(&paragraphs, max, 2, write, units);
        assert_eq!(fitted(200).len(), 2);
        assert_eq!(
            fitted(70),
            [
                "One two. Three four.",
                "&lt;Five&gt; six seven eight nine ten."
            ]
        );
        assert_eq!(fitted(21), ["One two. Three four."]);
        assert_eq!(fitted(12), ["One two."]);
        assert_eq!(fitted(0), Vec::<String>::new());
        for max in 0..120 {
            let length: usize = fitted(max).iter().map(|it| units(it) + 2).sum();
            assert!(length <= max + 2, "{max}");
        }
    }
}

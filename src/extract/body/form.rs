//! The shape of a line: prose, headline or short (cleaning rules, end of section 2).

use crate::extract::document::characters::{is_spaceless, word_count};

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A sentence or more.
    Prose,
    /// 4 to 25 words without a full stop.
    Headline,
    /// Anything else.
    Short,
}

const CLOSING: [char; 12] = [
    '"', '\'', '”', '’', '“', '»', '«', ')', ']', '」', '』', '″',
];
const END_MARKS: [char; 14] = [
    '.', '!', '?', '…', ':', '。', '！', '？', '．', '।', '؟', '۔', '።', '॥',
];

/// Whether the line ends in a mark that ends a sentence, a closing quotation mark apart.
pub(crate) fn has_end_mark(line: &str) -> bool {
    line.trim_end_matches(CLOSING).ends_with(END_MARKS)
}

/// Length in characters, those of scripts without spaces counting for two and a half: forty
/// characters of English are some sixteen of Japanese.
pub(crate) fn weight(line: &str) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.chars()
        .map(|c| if is_spaceless(c) { 5 } else { 2 })
        .sum::<usize>()
        / 2
}

/// The form of a line.
pub(crate) fn form(line: &str) -> Form {
    let words = word_count(line);
    let end = has_end_mark(line);
    if (weight(line) >= 40 && end) || words >= 14 {
        Form::Prose
    } else if (4..=25).contains(&words) && !line.ends_with('.') {
        Form::Headline
    } else {
        Form::Short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_form() {
        for (line, expected) in [
            (
                "Zelenskyy reports being on visit to UK today",
                Form::Headline,
            ),
            (
                "The NATO Secretary General also said that \"the front line is moving\".",
                Form::Prose,
            ),
            ("NATO", Form::Short),
            ("Background:", Form::Short),
            ("日本の首相は火曜日に新しい政策を発表した。", Form::Prose),
        ] {
            assert_eq!(form(line), expected, "{line}");
        }
    }
}

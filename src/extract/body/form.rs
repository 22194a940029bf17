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

/// Whether the line ends in a mark that ends a sentence, a closing quotation mark apart, and what
/// stands in brackets behind it: `He said so. (dpa)`.
pub(crate) fn has_end_mark(line: &str) -> bool {
    ends_sentence(line)
        || without_brackets(line).is_some_and(|rest| ends_sentence(rest) && !rest.ends_with(':'))
}

/// Whether that mark is the last there is: what stands in brackets behind a sentence may be the credit
/// of a picture.
pub(crate) fn ends_sentence(line: &str) -> bool {
    line.trim_end_matches(CLOSING).ends_with(END_MARKS)
}

/// The line without the few words in brackets at its end, where it has such.
fn without_brackets(line: &str) -> Option<&str> {
    /// Bytes of those words.
    const FEW: usize = 60;
    let open = match line.chars().next_back()? {
        ')' => '(',
        '）' => '（',
        ']' => '[',
        '】' => '【',
        _ => return None,
    };
    let at = line.rfind(open)?;
    (line.len() - at <= FEW).then(|| line[..at].trim_end())
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
    fn brackets_behind_a_sentence_leave_it_one() {
        for (line, ends) in [
            ("Das teilte die Polizei am Montag mit. (dpa)", true),
            ("才有这座英雄的城！（评论员 罗博）", true),
            ("The port at night (Jane Doe)", false),
            ("It was late (so they say).", true),
            ("(Reuters)", false),
        ] {
            assert_eq!(has_end_mark(line), ends, "{line}");
        }
    }

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

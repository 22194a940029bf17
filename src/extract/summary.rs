//! The first sentences of an article, its length in words, and where a text may be cut.
//!
//! Nothing here guesses: a summary is the article's own beginning, never more than its text says.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::article::{Block, BlockKind, Content};

/// Characters of a summary, about: two or three sentences of news prose.
const SUMMARY_CHARS: usize = 300;

/// Sentences of a summary at most.
const SUMMARY_SENTENCES: usize = 3;

/// The article in two or three of its own sentences, about 300 characters: from the lead where there
/// is one, else from the first paragraphs. Empty where there is no text.
pub fn summary(content: &Content) -> String {
    let mut text = content
        .lead
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_owned();
    for block in &content.blocks {
        if text.chars().count() >= SUMMARY_CHARS {
            break;
        }
        let prose = matches!(block.kind, BlockKind::Paragraph | BlockKind::Quote);
        let line = block.text.trim();
        // The lead is also the first block: it is not said twice.
        if !prose || line.is_empty() || text.starts_with(line) {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line);
    }
    if text.is_empty() {
        text = content.blocks.first().map(Block::line).unwrap_or_default();
    }
    let few: String = sentences(&text).take(SUMMARY_SENTENCES).collect();
    cut(&few, SUMMARY_CHARS)
}

/// Words of the text (Unicode Standard Annex 29 word boundaries; those with a letter or digit).
pub fn words(content: &Content) -> u64 {
    let count: usize = content
        .blocks
        .iter()
        .map(|block| block.text.unicode_words().count())
        .sum();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// `text` within `max_chars` characters: whole where it fits, else to the last sentence end in the
/// second half of the room, else to the last word with `…`, else to the last grapheme with `…`. A
/// grapheme (an emoji with its joiners, a letter with its marks) is never cut, unless one alone
/// is longer than the room.
pub fn cut(text: &str, max_chars: usize) -> String {
    cut_by(text, max_chars, |text| text.chars().count())
}

/// [`cut`] with lengths as `measure` counts them (UTF-16 units, escaped characters). `measure` must
/// add up: a whole is as long as its parts.
pub fn cut_by(text: &str, max: usize, measure: impl Fn(&str) -> usize) -> String {
    let text = text.trim();
    // Only so much is looked at: a character measures at least one, so the rest cannot fit. The
    // longest cluster of honest text is far below the margin.
    let (window, whole) = match text.char_indices().nth(max.saturating_add(64)) {
        Some((end, _)) => (text.get(..end).unwrap_or(text), false),
        None => (text, true),
    };
    if whole && measure(window) <= max {
        return window.to_owned();
    }
    let ellipsis = measure("…");
    if max < ellipsis {
        return String::new();
    }
    let fit = fitting(window, max, &measure);
    let head = window.get(..fit).unwrap_or_default();
    if let Some(end) = sentence_end(window, head)
        && measure(head.get(..end).unwrap_or_default()) * 2 >= max
    {
        return head.get(..end).unwrap_or_default().trim_end().to_owned();
    }
    let head = window
        .get(..fitting(window, max - ellipsis, &measure))
        .unwrap_or_default();
    // The last word may be cut: go back to the space before it, if that is near.
    let whole = window
        .get(head.len()..)
        .is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let space = head
        .char_indices()
        .rev()
        .take(40)
        .find(|(at, c)| *at > 0 && c.is_whitespace());
    let head = match space {
        Some((at, _)) if !whole => head.get(..at).unwrap_or(head),
        Some(_) | None => head,
    };
    let head = head.trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-".contains(c));
    format!("{head}…")
}

/// Bytes of `text` that measure at most `max`, ending between graphemes; between characters where
/// not even one grapheme fits.
fn fitting(text: &str, max: usize, measure: &impl Fn(&str) -> usize) -> usize {
    let by_grapheme = fill(text.graphemes(true), max, measure);
    if by_grapheme > 0 {
        return by_grapheme;
    }
    let characters = text
        .char_indices()
        .map(|(at, c)| text.get(at..at + c.len_utf8()).unwrap_or_default());
    fill(characters, max, measure)
}

fn fill<'a>(
    parts: impl Iterator<Item = &'a str>,
    max: usize,
    measure: &impl Fn(&str) -> usize,
) -> usize {
    let mut used = 0;
    let mut end = 0;
    for part in parts {
        used += measure(part);
        if used > max {
            break;
        }
        end += part.len();
    }
    end
}

/// Where the last whole sentence of `head`, a beginning of `text`, ends.
fn sentence_end(text: &str, head: &str) -> Option<usize> {
    let mut end = 0;
    let mut last = None;
    for sentence in sentences(text) {
        end += sentence.len();
        let trimmed = end - (sentence.len() - sentence.trim_end().len());
        if trimmed > head.len() {
            break;
        }
        if closes(sentence) {
            last = Some(trimmed);
        }
    }
    last
}

/// Whether a sentence ends as one does, not merely at the end of what was looked at.
fn closes(sentence: &str) -> bool {
    sentence
        .trim_end()
        .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।'])
}

/// Sentences with their trailing space, as Unicode Standard Annex 29 parts them, save that an
/// abbreviation or an initial does not end one.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let mut end = 0;
    let mut parts = text.split_sentence_bounds();
    std::iter::from_fn(move || {
        for part in parts.by_ref() {
            end += part.len();
            let so_far = text.get(start..end)?;
            if abbreviates(so_far) {
                continue;
            }
            start = end;
            return Some(so_far);
        }
        let rest = text.get(start..end)?;
        start = end;
        (!rest.is_empty()).then_some(rest)
    })
}

/// Whether the last word before the full stop is an initial or a title.
fn abbreviates(sentence: &str) -> bool {
    let Some(body) = sentence.trim_end().strip_suffix('.') else {
        return false;
    };
    // "at 9 a.m. Monday"
    if body.ends_with("a.m") || body.ends_with("p.m") {
        return true;
    }
    let last = body
        .rsplit(|c: char| c.is_whitespace() || c == '(' || c == '.')
        .next()
        .unwrap_or_default();
    let mut letters = last.chars();
    let initial = letters.next().is_some_and(char::is_uppercase) && letters.next().is_none();
    initial || ABBREVIATIONS.contains(&last)
}

/// Words that are written with a full stop before a name or number.
const ABBREVIATIONS: &[&str] = &[
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Gen", "Lt", "Col", "Maj", "Capt", "Sgt", "Sen", "Rep", "Gov",
    "St", "No", "Jr", "Sr", "vs", "Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec", "Hon", "Rev",
    "Adm", "Brig", "ст", "ул", "вул", "им",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(lead: Option<&str>, paragraphs: &[&str]) -> Content {
        Content {
            lead: lead.map(str::to_owned),
            blocks: paragraphs
                .iter()
                .map(|text| Block::plain(BlockKind::Paragraph, *text))
                .collect(),
            ..Content::default()
        }
    }

    #[test]
    fn a_summary_is_the_articles_own_first_sentences() {
        let article = content(
            None,
            &[
                "Mr. Smith met Gen. J. Doe on Monday. They spoke. No one else came. Later they left.",
            ],
        );
        assert_eq!(
            summary(&article),
            "Mr. Smith met Gen. J. Doe on Monday. They spoke. No one else came."
        );
    }

    #[test]
    fn the_lead_is_not_said_twice() {
        let article = content(Some("The lead."), &["The lead.", "The rest."]);
        assert_eq!(summary(&article), "The lead. The rest.");
        assert_eq!(summary(&Content::default()), "");
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_word() {
        let article = content(None, &["word ".repeat(200).as_str()]);
        let short = summary(&article);
        assert!(short.chars().count() <= 300, "{short}");
        assert!(short.ends_with("word…"), "{short}");
    }

    #[test]
    fn words_are_counted_by_unicode() {
        assert_eq!(
            words(&content(None, &["It's 3 o'clock — так.", "Two words"])),
            6
        );
    }

    #[test]
    fn a_cut_never_parts_a_grapheme() {
        let family = "👨‍👩‍👧‍👦";
        let text = family.repeat(10);
        for max in 0..80 {
            let short = cut(&text, max);
            assert!(short.chars().count() <= max);
            let body = short.trim_end_matches('…');
            // A family is seven characters; below that, not even one fits and characters are all
            // that can be kept.
            if max > 7 {
                assert_eq!(body.chars().count() % 7, 0, "{max}: {short}");
            }
        }
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 4), "e\u{301}…");
    }

    #[test]
    fn a_letter_with_endless_marks_is_cut_all_the_same() {
        let text = format!("a{}", "\u{301}".repeat(100_000));
        let short = cut(&text, 50);
        assert!(short.chars().count() <= 50 && short.starts_with("a\u{301}"));
    }

    #[test]
    fn a_cut_prefers_the_end_of_a_sentence() {
        assert_eq!(
            cut("One two three. Four five six seven.", 20),
            "One two three."
        );
        assert_eq!(
            cut("One. Two three four five six seven.", 20),
            "One. Two three four…"
        );
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
    }

    proptest! {
        #[test]
        fn a_cut_is_a_beginning_within_its_room(text in "(\\PC|[.!? \n]){0,200}", max in 0_usize..120) {
            let short = cut(&text, max);
            prop_assert!(short.chars().count() <= max);
            let body = short.strip_suffix('…').unwrap_or(&short);
            prop_assert!(text.trim().starts_with(body));
        }
    }
}

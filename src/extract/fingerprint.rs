//! What makes two texts the same, and a summary of one.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::body::lexicon::{self, Class};
use super::document::characters::word_count;
use crate::model::article::Content;

/// Words below which a text is too common to stand for its article.
const MIN_WORDS: usize = 40;

/// A hash of the cleaned text, for finding the same text under another address; none where the text
/// has fewer than forty words (or eighty characters in a script without spaces).
pub(super) fn text_key(content: &Content) -> Option<u64> {
    let text = content.text();
    (word_count(&text) >= MIN_WORDS).then(|| xxh3_64(text.as_bytes()))
}

/// Changes exactly when title or text change for a reader: white space, the form of quotation marks
/// and dashes, and stamps of time ("Updated 12:30") are folded away. Case is kept.
pub(super) fn digest(content: &Content) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(folded_title(content).as_bytes());
    for block in &content.blocks {
        let line = without_noise(&block.text);
        if !line.is_empty() {
            hash.update(b"\0");
            hash.update(line.as_bytes());
        }
    }
    hash.digest()
}

fn folded_title(content: &Content) -> String {
    content
        .title
        .as_deref()
        .map(without_noise)
        .unwrap_or_default()
}

/// The line as it counts for [`digest`]; a line that is nothing but a stamp is empty.
fn without_noise(line: &str) -> String {
    if matches!(
        lexicon::class_of(line),
        Some(Class::Clock | Class::ReadingTime)
    ) || is_stamp(line)
        || is_counter(line)
    {
        return String::new();
    }
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '“' | '”' | '„' | '«' | '»' | '″' => out.push('"'),
            '‘' | '’' | '‚' | 'ʼ' | '′' | '`' => out.push('\''),
            '–' | '—' | '‒' | '―' | '−' | '‑' | '‐' => out.push('-'),
            '…' => out.push_str("..."),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    without_clocks(&out)
}

/// A short line that says when something was changed.
fn is_stamp(line: &str) -> bool {
    const OPENING: [&str; 16] = [
        "updated",
        "last updated",
        "update:",
        "published",
        "stand:",
        "aktualisiert",
        "zuletzt aktualisiert",
        "actualizado",
        "mis à jour",
        "publié",
        "оновлено",
        "обновлено",
        "опубліковано",
        "опубликовано",
        "aggiornato",
        "atualizado",
    ];
    let lower = line.to_lowercase();
    line.len() <= 90
        && OPENING.iter().any(|word| lower.starts_with(word))
        && line.chars().any(|c| c.is_ascii_digit())
}

/// A line that is nothing but a number of readers, comments or the like: `1,204 views`, `Comments (7)`.
fn is_counter(line: &str) -> bool {
    const COUNTED: [&str; 21] = [
        "views",
        "view",
        "reads",
        "readers",
        "shares",
        "comments",
        "comment",
        "likes",
        "aufrufe",
        "kommentare",
        "vues",
        "commentaires",
        "vistas",
        "lecturas",
        "comentarios",
        "перегляди",
        "переглядів",
        "коментарі",
        "коментарів",
        "просмотров",
        "комментариев",
    ];
    if line.len() > 60 || !line.chars().any(|c| c.is_ascii_digit()) {
        return false;
    }
    let lower = line.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    // `1.2K views` has a letter of its own.
    let counts = |word: &str| COUNTED.contains(&word) || matches!(word, "k" | "m" | "тис" | "mil");
    words.clone().any(|word| COUNTED.contains(&word)) && words.all(counts)
}

/// Replaces each clock (`12:30`) by one sign: a page's running clock is no correction.
fn without_clocks(line: &str) -> String {
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut out = String::with_capacity(line.len());
    let mut kept = 0;
    for (at, _) in line.match_indices(':') {
        let from = match at {
            _ if at >= 2 && digit(at - 1) && digit(at - 2) => at - 2,
            _ if at >= 1 && digit(at - 1) => at - 1,
            _ => continue,
        };
        let bounded =
            digit(at + 1) && digit(at + 2) && !digit(at + 3) && (from == 0 || !digit(from - 1));
        if bounded && from >= kept {
            out.push_str(&line[kept..from]);
            out.push('@');
            kept = at + 3;
        }
    }
    out.push_str(&line[kept..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Block, BlockKind};

    fn article(title: &str, lines: &[&str]) -> Content {
        Content {
            title: Some(title.to_owned()),
            blocks: lines
                .iter()
                .map(|line| Block::plain(BlockKind::Paragraph, *line))
                .collect(),
            ..Content::default()
        }
    }

    #[test]
    fn noise_does_not_change_the_digest() {
        let first = digest(&article(
            "“A” – title",
            &["It’s 12:30 now.", "Updated 4 May 2024, 12:31"],
        ));
        assert_eq!(
            first,
            digest(&article(
                "\"A\" - title",
                &["It's 12:45  now.", "Updated 4 May 2024, 13:00"]
            ))
        );
        assert_eq!(
            first,
            digest(&article("\"A\" - title", &["It's 12:45 now."]))
        );
        assert_ne!(
            first,
            digest(&article("\"a\" - title", &["It's 12:45 now."]))
        );
        assert_ne!(
            first,
            digest(&article("\"A\" - title", &["It's 12:45 then."]))
        );
    }

    #[test]
    fn a_counter_is_noise_and_a_number_in_a_sentence_is_not() {
        let with = |line| digest(&article("t", &["The text.", line]));
        let without = digest(&article("t", &["The text."]));
        for line in [
            "1,204 views",
            "Comments (7)",
            "1.2K reads",
            "Переглядів: 311",
        ] {
            assert_eq!(with(line), without, "{line}");
        }
        for line in [
            "Views of 7 cities",
            "He has 1,204 comments to make",
            "Comments",
        ] {
            assert_ne!(with(line), without, "{line}");
        }
        assert_ne!(with("Seven died."), with("Eight died."));
    }

    #[test]
    fn only_long_texts_have_a_key() {
        let long = vec!["Ten words stand in this one line of plain text."; 5];
        assert!(text_key(&article("t", &long)).is_some());
        assert!(text_key(&article("t", &long[..2])).is_none());
        let japanese = "日本の首相は火曜日に新しい政策を発表した。".repeat(6);
        assert!(text_key(&article("t", &[&japanese])).is_some());
    }
}

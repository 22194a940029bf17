//! Whether a page is a live blog: one address whose text grows by the hour.

use super::clean::Cut;
use crate::extract::document::jsonld::{JsonLd, is_kind};
use crate::model::article::Block;

/// Entries under a clock of their own from which a text is a ticker.
const ENTRIES_MIN: usize = 6;

/// By what the page says of itself, else by its clocks: those that open a line of the text, and those
/// that stood alone above one and were taken out.
pub(crate) fn is_live(data: &JsonLd, blocks: &[Block], cuts: &[Cut]) -> bool {
    let says_so = data.article().is_some_and(|article| {
        is_kind(article, |kind| kind == "LiveBlogPosting") || article.contains_key("liveBlogUpdate")
    });
    let opened = (blocks.iter()).filter(|block| opens_with_clock(&block.text));
    let above = cuts.iter().filter(|cut| cut.rule == "clock (C1)");
    // A list of other articles has clocks too: beside a text of a few lines they are not its own.
    says_so || opened.count() >= ENTRIES_MIN || above.count().min(blocks.len() / 2) >= ENTRIES_MIN
}

/// `12:30`, `9.05`, `[12:30]`, `12h30`, followed by words.
fn opens_with_clock(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '(', '•', ' ']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&digits) {
        return false;
    }
    let rest = &line.as_bytes()[digits..];
    matches!(rest, [b':' | b'.' | b'h', ten, one, ..]
        if ten.is_ascii_digit() && one.is_ascii_digit())
        && !rest
            .get(3)
            .is_some_and(|next| next.is_ascii_digit() || *next == b'.')
        && line.len() > digits + 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_opens_with_a_clock() {
        for (line, opens) in [
            ("12:30 The minister has arrived.", true),
            ("[9:05] Trains run again", true),
            ("12h30 Le ministre est là", true),
            ("12:30", false),
            ("12.05.2024 was a Sunday in May", false),
            ("120:30 it stood after the first half", false),
            ("At 12:30 the minister arrived.", false),
        ] {
            assert_eq!(opens_with_clock(line), opens, "{line}");
        }
    }
}

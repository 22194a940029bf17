//! Pages for the tests of this room.

use crate::extract::{Input, extract};

/// Paragraphs that are told apart by their numbers.
pub(super) fn prose(count: usize) -> Vec<String> {
    let paragraph = |n| {
        format!(
            "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships, \
             cranes and quays, and why the pilots stay at home.</p>"
        )
    };
    (0..count).map(paragraph).collect()
}

/// The text of a page in which `BODY` stands for `body`, and `PROSE` in that for six paragraphs.
pub(super) fn text_within(page: &str, body: &str) -> String {
    text_of(&page.replace("BODY", &body.replace("PROSE", &prose(6).concat())))
}

/// The text of a page.
pub(super) fn text_of(page: &str) -> String {
    let input = Input::of(page.as_bytes());
    extract(&input).expect("there is text").content.text()
}

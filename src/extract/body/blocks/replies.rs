//! What readers said, below the text: comments are told by the link to answer that each of them has.
//!
//! Names of blocks tell of them too, and are looked at before; this needs none.

use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::line::Line;
use crate::extract::document::characters::folded;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// What the link to answer a comment says, folded.
const ANSWER: &[&str] = &[
    "reply",
    "antworten",
    "répondre",
    "responder",
    "rispondi",
    "odpowiedz",
    "ответить",
    "відповісти",
    "yanıtla",
    "cevapla",
    "cavabver",
    "beantwoorden",
    "reageer",
    "svara",
    "svar",
    "vastaa",
    "odgovori",
    "odpovědět",
    "válasz",
    "返信",
    "返信する",
    "回复",
    "回覆",
    "답글",
    "رد",
    "الرد",
    "הגב",
    "השב",
    "replytothiscomment",
    "antwort",
    "aufdiesenkommentarantworten",
    "respuesta",
    "odpovedať",
    "reageren",
    "svare",
    "پاسخ",
];

/// Marks the comments behind the text.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    /// Prose that stands in front of the first comment: where there is less, they are the text.
    const TEXT: f32 = 300.0;
    // They are looked for in the page: buttons, and lists of them, are no lines. Others are nothing else.
    let lines_of_their_own = lines.iter().filter(|line| is_answer(&line.text));
    let mut answers: Vec<NodeIndex> = (column..page.nodes[column].end)
        .filter(|node| matches!(page.nodes[*node].tag, Tag::A | Tag::Button))
        .filter(|node| asks_for_answer(page, *node))
        .chain(lines_of_their_own.map(|line| line.node))
        .collect();
    answers.sort_unstable();
    answers.dedup();
    let [first, .., last] = *answers else {
        return;
    };
    // All comments stand in one block, each in one of its own.
    let mut up = page.upward(first).take_while(|node| *node >= column);
    let Some(all) = up.find(|node| page.nodes[*node].end > last) else {
        return;
    };
    let comment = |answer| page.upward(answer).take_while(|node| *node != all).last();
    let Some(opening) = comment(first) else {
        return;
    };
    let before = &lines[..masses.lines_before(opening)];
    if before.iter().map(prose_weight).sum::<f32>() < TEXT {
        return;
    }
    for node in answers.into_iter().filter_map(comment) {
        for at in masses.lines_in(page, node) {
            gone[at] = gone[at].or(Some("a comment"));
        }
    }
}

/// Whether a link or a button says that it answers a comment, and nothing else.
fn asks_for_answer(page: &Page<'_>, node: NodeIndex) -> bool {
    let inner = &page.nodes[node + 1..page.nodes[node].end];
    let mut texts = inner.iter().map(|inner| inner.text.trim());
    let text = texts.find(|text| !text.is_empty()).unwrap_or_default();
    is_answer(text) && texts.all(str::is_empty)
}

fn is_answer(text: &str) -> bool {
    /// Bytes of the longest such text.
    const LONGEST: usize = 60;
    text.len() <= LONGEST && ANSWER.contains(&folded(text).as_str())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_within;

    fn text(body: &str) -> String {
        text_within(
            "<body><div class=page><h1>A strike at the port</h1>BODY</div></body>",
            body,
        )
    }

    const SAID: &str = "<li><b>Jane</b><p>I was there on Monday and saw nobody at all who stayed at home.</p>\
                        <a href=#>antworten</a></li>";

    #[test]
    fn comments_are_told_by_their_links_to_answer() {
        let text = text(&format!("PROSE<ul>{SAID}{SAID}</ul>"));
        assert!(text.contains("Paragraph 5"), "{text}");
        assert!(!text.contains("saw nobody"), "{text}");
    }

    #[test]
    fn the_words_of_many_languages_tell_them_whatever_they_stand_in() {
        for button in ["Reply", "Ответить", "返信"] {
            let said = ["They are right about it", "It was worse last spring"].map(|words| {
                format!(
                    "<div><p>{words}, and I have said so since the pilots stayed at home.</p>\
                     <div>{button}</div></div>"
                )
            });
            let text = text(&format!("PROSE<div class=z>{}</div>", said.concat()));
            assert!(
                text.contains("Paragraph 5") && !text.contains("I have said"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_thread_without_a_text_above_it_stays() {
        let other = SAID
            .replace("Monday", "Tuesday")
            .replace("nobody at all", "all of them");
        let text = text(&format!("<ul>{SAID}{other}</ul>"));
        assert!(
            text.contains("saw nobody") && text.contains("on Tuesday"),
            "{text}"
        );
    }
}

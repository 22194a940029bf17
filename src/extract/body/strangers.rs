//! Lines of the column that stand in blocks of another make than its paragraphs do (lessons 2 to 4
//! of what extractors lose by: notes on the author, polls, sibling stories, buttons).
//!
//! A template puts the paragraphs of all its articles into blocks of the same names. Where most of
//! a column's prose agrees on a few such makes, what is of another make is judged more strictly: at
//! the end it goes, in the middle it goes where it is no sentence. Where nothing agrees, nothing is
//! judged.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::candidates::{Masses, prose_weight};
use super::form::{Form, has_end_mark};
use super::lexicon::Class;
use super::line::Line;
use crate::extract::document::furniture::words;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// What the block of a paragraph and the one around it are called, hashed.
type Make = u64;

/// The share of the column's prose from which a make is the column's own.
const OWN: f32 = 0.12;
/// The share that the column's own makes must hold together.
const AGREED: f32 = 0.75;
/// The largest share that may stand in other makes behind the text and go with it.
const TAIL: f32 = 0.15;

/// Marks the lines of another make.
pub(crate) fn mark(
    page: &Page<'_>,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    let makes = makes(page, lines, masses);
    let mut held: HashMap<Make, f32> = HashMap::new();
    let mut whole = 0.0;
    for (line, make) in lines.iter().zip(&makes) {
        let weight = prose_weight(line);
        *held.entry(*make).or_default() += weight;
        whole += weight;
    }
    let own = |make: &Make| held.get(make).is_some_and(|held| *held >= OWN * whole);
    let agreed: f32 = held.values().filter(|held| **held >= OWN * whole).sum();
    if whole < 600.0 || agreed < AGREED * whole {
        return;
    }
    let body =
        |at: &usize| own(&makes[*at]) && prose_weight(&lines[*at]) > 0.0 && gone[*at].is_none();
    let (Some(first), Some(last)) = (
        (0..lines.len()).find(body),
        (0..lines.len()).rev().find(body),
    ) else {
        return;
    };
    let behind = &lines[last + 1..];
    let tail: f32 = behind.iter().map(prose_weight).sum();
    if tail <= TAIL * whole && !are_questions(behind) {
        for at in last + 1..lines.len() {
            if !own(&makes[at]) && !is_kept(&lines[at]) {
                gone[at] = gone[at].or(Some("after the text, of another make"));
            }
        }
    }
    let label = |at: usize| !own(&makes[at]) && is_bare_label(&lines[at]);
    for at in (first + 1..last).filter(|at| label(*at)) {
        // Many in a row are data of the article.
        let alone = !(label(at - 1) && label(at + 1));
        if alone {
            gone[at] = gone[at].or(Some("a label of another make"));
        }
    }
}

/// What stays wherever it stands.
fn is_kept(line: &Line) -> bool {
    line.caption
        || matches!(
            line.class(),
            Some(Class::Credit | Class::Label | Class::TagLine)
        )
}

/// Questions and answers belong to the article, whatever they stand in.
fn are_questions(lines: &[Line]) -> bool {
    lines
        .iter()
        .filter(|line| line.text.ends_with(['?', '？', '؟']) && line.link_count == 0)
        .count()
        >= 2
}

/// Two or three words that are no sentence, heading, item or number: a button, a name, a category.
fn is_bare_label(line: &Line) -> bool {
    line.kind == BlockKind::Paragraph
        && line.form == Form::Short
        && !line.quoted
        && !is_kept(line)
        && !line.text.starts_with(['•', '●', '▪', '◦', '‣'])
        && !has_end_mark(&line.text)
        && line.text.chars().any(char::is_alphabetic)
}

/// The make of each line: what the block that holds its paragraph is called, and the block around it.
fn makes(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Vec<Make> {
    let mut known: HashMap<NodeIndex, Make> = HashMap::new();
    lines
        .iter()
        .map(|line| {
            let home = home(page, line.node, masses);
            *known.entry(home).or_insert_with(|| {
                let mut make = DefaultHasher::new();
                name(page, home, &mut make);
                name(page, page.nodes[home].parent, &mut make);
                make.finish()
            })
        })
        .collect()
}

/// The block that holds the paragraph, list, quotation or table that the line stands in.
fn home(page: &Page<'_>, node: NodeIndex, masses: &Masses) -> NodeIndex {
    let mut inner = true;
    page.upward(node)
        .find(|node| {
            let tag = page.nodes[*node].tag;
            let block = matches!(
                tag,
                Tag::Div
                    | Tag::Section
                    | Tag::Article
                    | Tag::Main
                    | Tag::Body
                    | Tag::Header
                    | Tag::Root
            );
            // A block with a single line in it is a paragraph by another name.
            let alone = inner && tag == Tag::Div && masses.lines_in(page, *node).len() == 1;
            inner &= !block || alone;
            block && !alone
        })
        .unwrap_or(node)
}

/// Tag and class, without what is a number or an identifier.
fn name(page: &Page<'_>, node: NodeIndex, make: &mut DefaultHasher) {
    page.nodes[node].tag.hash(make);
    let class = page.attribute(node, "class").unwrap_or_default();
    for word in class.split_ascii_whitespace().flat_map(words).take(40) {
        word.hash(make);
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    fn text(body: &str, head: &str) -> String {
        let prose = "<p>This paragraph tells at some length what the harbour office said on Monday of \
                     ships, cranes and quays, and why the pilots stay at home.</p>";
        let prose: Vec<String> = (0..6)
            .map(|n| prose.replace("This paragraph", &format!("Paragraph {n}")))
            .collect();
        let prose = prose.concat();
        let page = format!(
            "<html><head>{head}</head><body><article><h1>The pilots of the port stay at home</h1>\
             {}</article></body></html>",
            body.replace("PROSE", &prose)
        );
        let input = Input::of(page.as_bytes());
        extract(&input).expect("there is text").content.text()
    }

    #[test]
    fn what_is_of_another_make_goes_behind_the_text_and_stays_where_it_is_a_sentence() {
        let text = text(
            "<div class=story>PROSE</div><div class=unit><span>Get this</span></div>\
             <div class=story><p>Twice in a week the gates were shut, and nobody told the crews of it.</p>PROSE</div>\
             <div class=poll><div><p>What do you think of the pilots who stay at home this week?</p></div></div>",
            "",
        );
        assert!(text.contains("Twice in a week"), "{text}");
        assert!(!text.contains("Get this"), "{text}");
        assert!(!text.contains("What do you think"), "{text}");
    }

    #[test]
    fn questions_with_answers_stay() {
        let text = text(
            "<div class=story>PROSE</div><div class=faq><div><h3>When do they return?</h3>\
             <p>On Friday at the earliest, the harbour office told us.</p>\
             <h3>Who pays for the delay?</h3><p>The owners of the ships do, as they always did whenever a gate was shut \
             or a crane had fallen, and they have said again this week that they will do so.</p></div></div>",
            "",
        );
        assert!(text.contains("The owners of the ships"), "{text}");
    }

    #[test]
    fn notes_on_the_author_go_and_the_name_alone_does() {
        let head = "<meta name=author content='Jane Harbour'>";
        let text = text(
            "<div class=story><p>Jane Harbour, Port Editor</p>PROSE\
             <p>Jane Harbour is a reporter who has written of ports for ten years.</p></div>",
            head,
        );
        assert!(!text.contains("Jane Harbour"), "{text}");
    }

    #[test]
    fn short_last_words_stay() {
        let text = text("<div class=story>PROSE<p>And that was that.</p></div>", "");
        assert!(text.ends_with("And that was that."), "{text}");
    }
}

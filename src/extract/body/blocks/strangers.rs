//! Lines of the column that stand in blocks of another make than its paragraphs do (lessons 2 to 4
//! of what extractors lose by: notes on the author, polls, sibling stories, buttons).
//!
//! A template puts the paragraphs of all its articles into blocks of the same names. Where most of
//! a column's prose agrees on a few such makes, what is of another make is judged more strictly: at
//! the end it goes, in the middle it goes where it is no sentence. Where nothing agrees, nothing is
//! judged.

use std::collections::{HashMap, HashSet};

use super::makes::{Make, Stand, home, is_container};
use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::{Form, has_end_mark};
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::document::page::{NodeIndex, Page};
use crate::model::article::BlockKind;

/// The share of the column's prose from which a make is the column's own.
const OWN: f32 = 0.12;
/// The share that the column's own makes must hold together.
const AGREED: f32 = 0.75;
/// The largest share that may stand in other makes behind the text and go with it.
const TAIL: f32 = 0.15;

/// The makes that most of a column's prose agrees on.
pub(super) struct Makes {
    /// Of each line, whether its make is the column's own.
    pub(super) own: Vec<bool>,
    /// All prose.
    whole: f32,
}

impl Makes {
    /// Nothing where too little agrees.
    pub(super) fn agreed(
        page: &Page<'_>,
        lines: &[Line],
        masses: &Masses,
        stands: &[Stand],
    ) -> Option<Self> {
        let mut held: HashMap<Make, f32> = HashMap::new();
        let mut whole = 0.0;
        for (line, stand) in lines.iter().zip(stands) {
            let weight = prose_weight(line);
            *held.entry(stand.home).or_default() += weight;
            whole += weight;
        }
        held.retain(|_, held| *held >= OWN * whole);
        let agreed: f32 = held.values().sum();
        if whole < 600.0 || agreed < AGREED * whole {
            return None;
        }
        let own: Vec<bool> = (stands.iter())
            .map(|stand| held.contains_key(&stand.home))
            .collect();
        // Where a text is cut into parts, one of them may hold a single paragraph: it stands beside the
        // others, and is called what they are called.
        let parts: HashSet<(NodeIndex, &str)> = (lines.iter().zip(&own))
            .filter(|(_, own)| **own)
            .map(|(line, _)| part_of(page, home(page, line.node, masses)))
            .collect();
        let in_part = |line: &Line| {
            let mut up = page.upward(line.node);
            let part = up.find(|node| is_container(page.nodes[*node].tag));
            part.is_some_and(|part| parts.contains(&part_of(page, part)))
        };
        let own = (lines.iter().zip(own))
            .map(|(line, own)| own || in_part(line))
            .collect();
        Some(Self { own, whole })
    }
}

/// The lines of the block that holds most of the prose: where too little agrees, what surely is the
/// article's.
pub(super) fn of_one_block(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Vec<bool> {
    let homes: Vec<NodeIndex> = lines
        .iter()
        .map(|line| home(page, line.node, masses))
        .collect();
    let mut held: HashMap<NodeIndex, f32> = HashMap::new();
    for (line, home) in lines.iter().zip(&homes) {
        *held.entry(*home).or_default() += prose_weight(line);
    }
    let most = held
        .into_iter()
        .max_by(|(one, a), (other, b)| a.total_cmp(b).then(other.cmp(one)))
        .map(|(home, _)| home);
    homes.iter().map(|home| Some(*home) == most).collect()
}

/// Marks the lines of another make.
pub(super) fn mark(lines: &[Line], makes: &Makes, gone: &mut [Option<&'static str>]) {
    let (own, whole) = (&makes.own, makes.whole);
    let body = |at: &usize| own[*at] && prose_weight(&lines[*at]) > 0.0 && gone[*at].is_none();
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
            if !own[at] && !is_kept(&lines[at]) {
                gone[at] = gone[at].or(Some("after the text, of another make"));
            }
        }
    }
    let label = |at: usize| !own[at] && is_bare_label(&lines[at]);
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
        // What ends the article must be there to do so.
        && !matches!(
            line.class(),
            Some(Class::CommentPrompt | Class::StopHead | Class::Support)
        )
        && !line.text.starts_with(['•', '●', '▪', '◦', '‣'])
        && !has_end_mark(&line.text)
        && line.text.chars().any(char::is_alphabetic)
}

/// Where a block stands and what it is called.
fn part_of<'a>(page: &Page<'a>, block: NodeIndex) -> (NodeIndex, &'a str) {
    let class = page.attribute(block, "class").unwrap_or_default();
    (page.nodes[block].parent, class)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_within;

    fn text(body: &str, head: &str) -> String {
        let page = format!(
            "<html><head>{head}</head><body><article><h1>The pilots of the port stay at home</h1>\
             BODY</article></body></html>"
        );
        text_within(&page, body)
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

    #[test]
    fn a_class_that_several_blocks_have_is_a_name_though_it_be_a_hash() {
        let text = text(
            "<div class=a1f9e>PROSE</div>\
             <div class=c3d4a><p>The ships<p>The owners of the ships have no more to say of it than they said in spring.</div>\
             <div class=c3d4a><p>The quays<p>The owners of the quays.</div>",
            "",
        );
        assert!(!text.contains("The owners"), "{text}");
        assert!(text.contains("Paragraph 5"), "{text}");
    }

    #[test]
    fn a_count_of_comments_between_texts_of_two_makes_ends_the_article() {
        let text = text(
            "<div class=story>PROSE</div><div class=q><div class=head>3 Comments</div>\
             <div class=story><p>What one reader says of the pilots who stay at home, at some length and in anger, \
             goes on for as long as a paragraph of the article itself does.</p></div></div>",
            "",
        );
        assert!(!text.contains("one reader"), "{text}");
    }
}

//! Lines of the column that stand in blocks of another make than its paragraphs do (lessons 2 to 4
//! of what extractors lose by: notes on the author, polls, sibling stories, buttons).
//!
//! A template puts the paragraphs of all its articles into blocks of the same names. Where most of
//! a column's prose agrees on a few such makes, what is of another make is judged more strictly: at
//! the end it goes, in the middle it goes where it is no sentence. Where nothing agrees, nothing is
//! judged.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::{Form, has_end_mark};
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
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

/// The makes that most of a column's prose agrees on.
pub(crate) struct Makes {
    /// Of each line, whether its make is the column's own.
    pub(crate) own: Vec<bool>,
    /// All prose.
    whole: f32,
}

impl Makes {
    /// Nothing where too little agrees.
    pub(crate) fn agreed(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Option<Self> {
        let makes = makes(page, lines, masses);
        let mut held: HashMap<Make, f32> = HashMap::new();
        let mut whole = 0.0;
        for (line, make) in lines.iter().zip(&makes) {
            let weight = prose_weight(line);
            *held.entry(*make).or_default() += weight;
            whole += weight;
        }
        held.retain(|_, held| *held >= OWN * whole);
        let agreed: f32 = held.values().sum();
        if whole < 600.0 || agreed < AGREED * whole {
            return None;
        }
        let own: Vec<bool> = makes.iter().map(|make| held.contains_key(make)).collect();
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
pub(crate) fn of_one_block(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Vec<bool> {
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
pub(crate) fn mark(lines: &[Line], makes: &Makes, gone: &mut [Option<&'static str>]) {
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

/// The make of each line: what the block that holds its paragraph is called, and the block around it.
fn makes(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Vec<Make> {
    let homes: Vec<NodeIndex> = lines
        .iter()
        .map(|line| home(page, line.node, masses))
        .collect();
    let mut known: HashMap<NodeIndex, Make> = homes.iter().map(|home| (*home, 0)).collect();
    let shared = shared(page, known.keys().copied());
    for (home, made) in &mut known {
        let mut make = DefaultHasher::new();
        name(page, *home, &shared, &mut make);
        name(page, page.nodes[*home].parent, &shared, &mut make);
        *made = make.finish();
    }
    homes.iter().map(|home| known[home]).collect()
}

/// The classes that several blocks have: a name, whatever it means. One that a single block has may be
/// its number.
fn shared<'a>(page: &Page<'a>, homes: impl Iterator<Item = NodeIndex>) -> HashSet<&'a str> {
    let mut blocks: HashSet<NodeIndex> = HashSet::new();
    for home in homes {
        blocks.extend([home, page.nodes[home].parent]);
    }
    let mut once: HashSet<&str> = HashSet::new();
    let mut shared = HashSet::new();
    for block in blocks {
        let class = page.attribute(block, "class").unwrap_or_default();
        for class in class.split_ascii_whitespace().take(40) {
            if !once.insert(class) {
                shared.insert(class);
            }
        }
    }
    shared
}

/// Where a block stands and what it is called.
fn part_of<'a>(page: &Page<'a>, block: NodeIndex) -> (NodeIndex, &'a str) {
    let class = page.attribute(block, "class").unwrap_or_default();
    (page.nodes[block].parent, class)
}

/// Whether an element may hold several paragraphs.
fn is_container(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Div | Tag::Section | Tag::Article | Tag::Main | Tag::Body | Tag::Header | Tag::Root
    )
}

/// The block that holds the paragraph, list, quotation or table that the line stands in.
pub(crate) fn home(page: &Page<'_>, node: NodeIndex, masses: &Masses) -> NodeIndex {
    let mut inner = true;
    page.upward(node)
        .find(|node| {
            let tag = page.nodes[*node].tag;
            let block = is_container(tag);
            // A block with a single line in it is a paragraph by another name.
            let alone = inner && tag == Tag::Div && masses.lines_in(page, *node).len() == 1;
            inner &= !block || alone;
            block && !alone
        })
        .unwrap_or(node)
}

/// Tag and class, without what is a number or an identifier of its own.
fn name(page: &Page<'_>, node: NodeIndex, shared: &HashSet<&str>, make: &mut DefaultHasher) {
    page.nodes[node].tag.hash(make);
    let class = page.attribute(node, "class").unwrap_or_default();
    for class in class.split_ascii_whitespace().take(40) {
        let mut bare = true;
        for word in words(class) {
            word.hash(make);
            bare = false;
        }
        if bare && shared.contains(class) {
            class.hash(make);
        }
    }
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

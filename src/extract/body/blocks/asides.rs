//! Asides: a few lines between or behind the paragraphs that stand apart from them, speak to the reader
//! where the text does not, or hold what texts do not hold.
//!
//! No one of these says that a block is none of the article's: a table of facts stands apart too, a
//! columnist speaks to readers, a picture has a price. So weak evidence is added up, and a block goes
//! where enough of it comes together. Nothing here knows what a site is called or what it calls its blocks.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use super::boxes::build_of;
use super::evidence::{ENOUGH, held_by, is_brief, is_small_print, said, voice_in};
use super::makes;
use super::standing::own_lines;
use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::{Form, weight};
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::body::voice::{Voice, voice_of};
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// What a block weighs by how it stands: in a wrapper of its own, or set otherwise; said again, or one of many.
const WRAPPED: i32 = 2;
const ODD: i32 = 1;
const AGAIN: i32 = 2;
const MANY: i32 = -3;

/// The most lines of an aside, and the most prose in one.
const MOST_LINES: usize = 6;
const MOST_PROSE: f32 = 420.0;
/// What a paragraph weighs at most that stands as the text does and is an aside.
const LONGEST: usize = 240;
/// Nodes of the largest.
const MOST_NODES: usize = 200;
/// Of so many of the text's own paragraphs one may speak as an aside does; and asides that stand as the text does
/// are at most one of so many.
const SPEAKS: usize = 8;
const AMONG: usize = 2;
/// Blocks of one make from which they are what the article is made of.
const ALIKE: usize = 3;

/// A block that may be an aside.
struct Aside {
    node: NodeIndex,
    lines: Range<usize>,
    /// A paragraph that stands as the text does.
    own: bool,
    /// It stands otherwise than the text, or is printed otherwise.
    apart: bool,
    weight: i32,
}

/// Marks the lines of asides.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    sites: &[String],
    gone: &mut [Option<&'static str>],
) {
    let Some(own) = own_lines(page, column, lines) else {
        return;
    };
    summaries(page, column, lines, masses, &own, gone);
    let Some(first) = (0..lines.len()).find(|at| own[*at] && prose_weight(&lines[*at]) > 0.0)
    else {
        return;
    };
    let mut asides = found(page, column, lines, masses, &own, first);
    weigh_alike(page, lines, &mut asides);
    asides.retain(|aside| aside.lines.clone().any(|at| gone[at].is_none()));
    // What they weigh if the text itself is silent.
    let full: Vec<(Voice, i32)> = (asides.iter())
        .map(|aside| {
            let held = &lines[aside.lines.clone()];
            let voice = voice_in(held);
            (voice, aside.weight + said(held, voice, aside.apart, sites))
        })
        .collect();
    let mut suspects = vec![false; lines.len()];
    for (aside, _) in asides
        .iter()
        .zip(&full)
        .filter(|(_, (_, weight))| *weight >= ENOUGH)
    {
        suspects[aside.lines.clone()].fill(true);
    }
    let text: OnceCell<Speech> = OnceCell::new();
    for (aside, (voice, full)) in asides.iter().zip(&full) {
        if *full < ENOUGH {
            continue;
        }
        let held = aside.lines.clone();
        if aside.weight < ENOUGH {
            let text = text.get_or_init(|| Speech::of(lines, &own, gone, &suspects));
            let heard = text.heard(*voice);
            let silent = !aside.own || text.suspects * AMONG <= text.paragraphs;
            let weight = aside.weight + said(&lines[held.clone()], heard, aside.apart, sites);
            if weight < ENOUGH || !silent {
                continue;
            }
        }
        for rule in &mut gone[held] {
            *rule = rule.or(Some("an aside"));
        }
    }
}

/// Marks lists that stand in a block of their own with a sentence of the page's, which says who made them: what a
/// machine made of the text is none of it.
fn summaries(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    own: &[bool],
    gone: &mut [Option<&'static str>],
) {
    /// Lines of the longest.
    const LONGEST: usize = 10;
    let item = |line: &Line| matches!(line.kind, BlockKind::Item(_));
    let sentences = (0..lines.len())
        .filter(|at| lines[*at].form == Form::Prose && !item(&lines[*at]) && !own[*at]);
    for at in sentences {
        let block = page
            .upward(lines[at].node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let range = masses.lines_in(page, *node);
                let listed = |other: usize| {
                    other == at || item(&lines[other]) || lines[other].form != Form::Prose
                };
                range.len() <= LONGEST && range.clone().all(|other| !own[other] && listed(other))
            })
            .last();
        let Some(block) = block.map(|block| masses.lines_in(page, block)) else {
            continue;
        };
        let holds_list = lines[block.clone()]
            .iter()
            .filter(|line| item(line))
            .count()
            >= 2;
        if holds_list && lines[at].class() == Some(Class::Control) {
            for rule in &mut gone[block] {
                *rule = rule.or(Some("a summary that a machine made"));
            }
        }
    }
}

/// How the text speaks: its paragraphs, those that speak to the reader and for the house, and those that may be
/// asides and are not counted with them.
#[derive(Default)]
struct Speech {
    paragraphs: usize,
    reader: usize,
    house: usize,
    suspects: usize,
}

impl Speech {
    fn of(lines: &[Line], own: &[bool], gone: &[Option<&'static str>], suspects: &[bool]) -> Self {
        let mut text = Self::default();
        for (at, line) in lines.iter().enumerate() {
            if !own[at] || gone[at].is_some() || prose_weight(line) == 0.0 {
                continue;
            }
            if suspects[at] {
                text.suspects += 1;
                continue;
            }
            let voice = voice_of(&line.text);
            text.paragraphs += 1;
            text.reader += usize::from(voice.reader);
            text.house += usize::from(voice.house);
        }
        text
    }

    /// What of a voice is heard beside that of the text.
    fn heard(&self, voice: Voice) -> Voice {
        let few = |count: usize| count * SPEAKS <= self.paragraphs;
        Voice {
            reader: voice.reader && few(self.reader),
            house: voice.house && few(self.house),
        }
    }
}

/// The blocks behind the first paragraph that stand otherwise than the text does, and the paragraphs of it
/// that lead somewhere or can be written to, each with what it weighs by its make.
fn found(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    own: &[bool],
    first: usize,
) -> Vec<Aside> {
    let mut asides = Vec::new();
    let mut at = first + 1;
    let foreign = |node: NodeIndex| {
        let range = masses.lines_in(page, node);
        range.len() <= MOST_LINES
            && page.nodes[node].end - node <= MOST_NODES
            && !range.clone().any(|at| own[at])
    };
    while at < lines.len() {
        let line = &lines[at];
        let block = if own[at] {
            Some(line.node).filter(|_| weight(&line.text) <= LONGEST)
        } else {
            page.upward(line.node)
                .take_while(|node| *node > column && foreign(*node))
                .last()
        };
        let Some(block) = block else {
            at += 1;
            continue;
        };
        let range = if own[at] {
            at..at + 1
        } else {
            masses.lines_in(page, block)
        };
        let start = at;
        at = range.end.max(at + 1);
        if range.is_empty() || !may_be(page, &lines[range.clone()]) {
            continue;
        }
        let within: Vec<NodeIndex> = if own[start] {
            // A text that breaks part stands in one block, with other blocks between its paragraphs.
            let of_line = |node: &NodeIndex| {
                let mut up = page.upward(*node);
                up.find(|up| page.nodes[*up].tag.is_block()) == Some(line.node)
            };
            let from = line.node.max(lines[start - 1].position + 1);
            (from..=line.position).filter(of_line).collect()
        } else {
            (block..page.nodes[block].end).collect()
        };
        let apart = if own[start] {
            i32::from(is_small_print(page, line.node, &within)) * ODD
        } else if is_wrapper(page, block) {
            WRAPPED
        } else {
            ODD
        };
        let held = held_by(page, &within, &lines[range.clone()]);
        // A long paragraph like all others would need more than its words to be one.
        if own[start] && apart + held == 0 && !is_brief(&lines[range.clone()]) {
            continue;
        }
        asides.push(Aside {
            node: block,
            lines: range,
            own: own[start],
            apart: apart > 0,
            weight: apart + held,
        });
    }
    asides
}

/// A block around a paragraph, and not the paragraph.
fn is_wrapper(page: &Page<'_>, node: NodeIndex) -> bool {
    let tag = page.nodes[node].tag;
    tag.is_block() && !matches!(tag, Tag::P | Tag::Li) && tag.heading().is_none()
}

/// Whether lines may be an aside: few words, and nothing that only articles have.
fn may_be(page: &Page<'_>, lines: &[Line]) -> bool {
    let prose: f32 = lines.iter().map(prose_weight).sum();
    prose <= MOST_PROSE
        && lines.iter().all(|line| {
            !line.caption
                && !line.quoted
                && !line.own
                && weight(&line.text) as f32 <= MOST_PROSE
                && page.nodes[line.node].tag != Tag::Pre
                && !matches!(line.kind, BlockKind::Row | BlockKind::Item(_) | BlockKind::Quote)
                && !matches!(
                    line.class(),
                    Some(Class::Credit | Class::Label | Class::TagLine)
                )
        })
        && lines.iter().any(|line| !matches!(line.kind, BlockKind::Heading(_)))
        // Bare numbers are data.
        && lines.iter().any(|line| line.text.chars().filter(|c| c.is_alphabetic()).nth(1).is_some())
}

/// Blocks called and built alike: where they say the same they are set again and again, where they say something else
/// each time the article is made of them.
fn weigh_alike(page: &Page<'_>, lines: &[Line], asides: &mut [Aside]) {
    let mut alike: HashMap<(makes::Make, u64), Vec<usize>> = HashMap::new();
    for (at, aside) in asides.iter().enumerate() {
        if !aside.own && is_wrapper(page, aside.node) {
            let make = (makes::of_one(page, aside.node), build_of(page, aside.node));
            alike.entry(make).or_default().push(at);
        }
    }
    for same in alike.into_values().filter(|same| same.len() >= 2) {
        let says = |at: usize| -> Vec<&str> {
            let held = &lines[asides[at].lines.clone()];
            held.iter().map(|line| line.text.as_str()).collect()
        };
        let mut said: HashMap<Vec<&str>, usize> = HashMap::new();
        for at in &same {
            *said.entry(says(*at)).or_default() += 1;
        }
        let again: Vec<bool> = same.iter().map(|at| said[&says(*at)] > 1).collect();
        let others = again.iter().filter(|again| !**again).count();
        for (at, again) in same.into_iter().zip(again) {
            asides[at].weight += match again {
                true => AGAIN,
                false if others >= ALIKE => MANY,
                false => 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{prose, text_of};

    /// The text of a page of eight paragraphs, with something behind the fourth.
    fn text(between: &str) -> String {
        let prose = prose(8);
        text_of(&format!(
            "<html><body><h1>A strike at the port</h1><div>{}{between}{}</div></body></html>",
            prose[..4].concat(),
            prose[4..].concat()
        ))
    }

    #[test]
    fn what_stands_apart_and_speaks_to_the_reader_goes() {
        for aside in [
            "<div><div>The lamp by the quay burns for you all night, and in winter too.</div></div>",
            "<section><p>Schreiben Sie einen Brief, wenn am Hafen etwas geschieht, das keiner sieht.</p></section>",
            "<table><tr><td>Напишіть листа, якщо в порту сталося щось, чого ніхто не бачить.</td></tr></table>",
            "<p>Our lamp burns all night, and so it shall for you. <a href=/lamp>Light it here</a></p>",
            "<div><svg></svg><p>Lamps of the old quay</p></div>",
        ] {
            let kept = text(aside);
            let whole = text("");
            assert_eq!(kept, whole, "{aside}");
        }
    }

    #[test]
    fn facts_columns_and_what_somebody_says_stay() {
        for (own, kept) in [
            (
                "<div><h3>What is a pilot?</h3><p>Who guides ships through waters that their masters do not know.</p></div>",
                "guides ships",
            ),
            (
                "<div><p>“You will hear from us as soon as our crews are paid,” the union said.</p></div>",
                "hear from us",
            ),
            (
                "<p>Your vote is one of five thousand that the city counts this week.</p>",
                "Your vote",
            ),
            ("<div><p>The tide at noon, in metres: 4.2</p></div>", "4.2"),
        ] {
            let text = text(own);
            assert!(text.contains(kept), "{own}: {text}");
        }
        let column: Vec<String> = (0..8)
            .map(|n| format!("<p>You may have walked by quay {n} of our port this winter, as we have, and seen nobody there.</p>"))
            .collect();
        let column = text_of(&format!(
            "<html><body><h1>A strike at the port</h1><div>{}<div><p>Had you looked, you would have seen our lamp.</p></div>{}</div></body></html>",
            column[..4].concat(),
            column[4..].concat()
        ));
        assert!(column.contains("our lamp"), "{column}");
    }

    #[test]
    fn blocks_that_say_the_same_again_go_and_blocks_of_one_make_stay() {
        let block = |words: &str| format!("<div><p>{words}</p></div>");
        let again = block("The old quay is closed for all at eight in the evening.");
        let all = text(&format!(
            "{again}<p>The pilots know of nothing else, they say, and of no one who does.</p>{again}"
        ));
        assert!(!all.contains("closed for all"), "{all}");
        let quays: Vec<String> = (0..4)
            .map(|n| block(&format!("Quay {n} gives you a view of the sea")))
            .collect();
        assert!(text(&quays.concat()).contains("Quay 2"));
    }

    #[test]
    fn a_list_with_a_word_on_who_made_it_is_no_text() {
        let list = |note: &str| {
            format!(
                "<div><p><b>Seen</b></p><ul><li>Pilots stay at home for a week.</li><li>Ships wait outside the port.</li></ul>{note}</div>"
            )
        };
        let made = text(&list(
            "<p>This summary was created with the help of AI and checked by an editor.</p>",
        ));
        assert!(!made.contains("stay at home for a week"), "{made}");
        let told = text(&list(""));
        assert!(told.contains("stay at home for a week"), "{told}");
    }
}

//! Captions that no element and no class names: lines that share a block with a picture and with
//! little else (D4).

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::makes::home;
use super::candidates::{Masses, prose_weight};
use super::form::{Form, ends_sentence};
use super::lead;
use super::lexicon::{self, Class};
use super::line::Line;
use crate::extract::document::characters::folded;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::extract::facts::dates;
use crate::model::article::BlockKind;

/// Nodes of the largest block that is looked through, and how far up it is looked for.
const BLOCK: (usize, usize) = (40, 5);
/// Lines of a caption with its credit.
const MOST_LINES: usize = 3;
/// Bytes of the longest caption; of one that begins as the picture's alternative text does.
const LONGEST: usize = 300;
const LONGEST_TOLD: usize = 800;
/// Paragraphs without a picture from which a block is one of text, and blocks around each paragraph
/// that are.
const ENOUGH: usize = 3;
const AROUND: usize = 3;

/// Marks the lines that say what a picture shows. `told` is what the page says of itself, which a
/// standfirst beside a picture says too.
pub(crate) fn mark(page: &Page<'_>, lines: &mut [Line], told: &[&str]) {
    let masses = Masses::of(lines);
    let blocks: Vec<Option<(NodeIndex, Range<usize>)>> = (lines.iter())
        .map(|line| {
            let block = (pictured(page, line.node, &masses))
                .or_else(|| credited(page, line, lines, &masses))?;
            Some((block, masses.lines_in(page, block)))
        })
        .collect();
    if blocks.iter().all(Option::is_none) {
        return;
    }
    // Where paragraphs stand that have no picture beside them.
    let mut plain: HashMap<NodeIndex, usize> = HashMap::new();
    for (line, block) in lines.iter().zip(&blocks) {
        if block.is_none() && line.kind == BlockKind::Paragraph && prose_weight(line) > 0.0 {
            let home = home(page, line.node, &masses);
            for around in page.upward(home).take(AROUND) {
                *plain.entry(around).or_default() += 1;
            }
        }
    }
    let mut captions = Vec::new();
    for (at, found) in blocks.iter().enumerate() {
        let Some((block, range)) = found else {
            continue;
        };
        let beside_text = || {
            let around = home(page, page.nodes[*block].parent, &masses);
            plain.get(&around).is_some_and(|count| *count >= ENOUGH)
        };
        let others = &lines[range.clone()];
        let credited = others.len() > 1 && others.iter().any(is_credit);
        let sentence = |line: &Line| {
            // "… as this table shows:" is the text's own.
            !line.text.ends_with(':')
                && page.nodes[*block].tag == Tag::Div
                && is_beside(page, line.node, *block)
                && (says_alternative(page, *block, &line.text)
                    || line.text.len() <= LONGEST
                        && (credited || beside_text() && is_below_picture(page, line.node, *block)))
        };
        // A heading says it where nothing but the credit stands with it.
        let headed = credited && others.iter().filter(|line| !is_credit(line)).count() == 1;
        let line = &lines[at];
        let caption = if let [line] = others {
            may_be_caption(line, headed) && (tells(line) || sentence(line))
        } else {
            let sentences = others.iter().filter(|line| ends_sentence(&line.text));
            sentences.count() <= 1
                && others.iter().all(|line| {
                    is_credit(line)
                        || may_be_caption(line, headed) && is_beside(page, line.node, *block)
                })
                && others.iter().any(|line| tells(line) || sentence(line))
        };
        if caption && !lead::says_the_same(&line.text, told) {
            captions.push(at);
        }
    }
    for at in captions {
        lines[at].caption = true;
    }
}

/// Few words of a paragraph, or of a heading where one may say it, that lead nowhere and mean nothing
/// else.
fn may_be_caption(line: &Line, headed: bool) -> bool {
    let kind = match line.kind {
        BlockKind::Paragraph => true,
        BlockKind::Heading(_) => headed,
        _ => false,
    };
    kind && !line.quoted
        && line.link_count == 0
        && line.text.len() <= LONGEST_TOLD
        && line.class().is_none()
        && !is_dated(&line.text)
}

/// A date and little else: it may stand beside the face of who wrote on it.
fn is_dated(text: &str) -> bool {
    text.len() <= 80 && dates::find(text).is_some_and(|date| 2 * date.range.len() >= text.len())
}

fn is_credit(line: &Line) -> bool {
    line.class() == Some(Class::Credit)
        || line.text.starts_with('©')
        || lexicon::has_caption_credit(&line.text)
}

/// What is no sentence says what the picture shows.
fn tells(line: &Line) -> bool {
    line.form != Form::Short && line.text.len() <= LONGEST && !ends_sentence(&line.text)
}

/// The smallest block around a line that has a picture and few lines.
fn pictured(page: &Page<'_>, node: NodeIndex, masses: &Masses) -> Option<NodeIndex> {
    page.upward(node)
        .take(BLOCK.1)
        .take_while(|node| page.nodes[*node].end - node <= BLOCK.0)
        .take_while(|node| masses.lines_in(page, *node).len() <= MOST_LINES)
        .find(|node| has_picture(page, *node))
}

/// The block of a line and of the credit below it, which say of the picture above what it shows.
fn credited(page: &Page<'_>, line: &Line, lines: &[Line], masses: &Masses) -> Option<NodeIndex> {
    let block = page.nodes[line.node].parent;
    let [first, last] = &lines[masses.lines_in(page, block)] else {
        return None;
    };
    let credit = last.form != Form::Prose && lexicon::has_caption_credit(&last.text);
    (credit && first.form != Form::Short).then_some(block)
}

/// Whether a subtree has a picture.
pub(super) fn has_picture(page: &Page<'_>, node: NodeIndex) -> bool {
    page.nodes[node..page.nodes[node].end]
        .iter()
        .any(|inner| is_picture(inner.tag))
}

fn is_picture(tag: Tag) -> bool {
    matches!(tag, Tag::Img | Tag::Picture | Tag::AmpImg)
}

/// Whether words and picture stand in blocks of their own: a paragraph may hold a picture itself.
fn is_beside(page: &Page<'_>, words: NodeIndex, block: NodeIndex) -> bool {
    words != block && !has_picture(page, words)
}

/// Whether words of a block stand below a picture of it: above it they may announce what it shows.
fn is_below_picture(page: &Page<'_>, words: NodeIndex, block: NodeIndex) -> bool {
    page.nodes[block..words]
        .iter()
        .any(|node| is_picture(node.tag))
}

/// Whether the words begin as the alternative text of a picture in the block does.
fn says_alternative(page: &Page<'_>, block: NodeIndex, words: &str) -> bool {
    /// Letters of it from which that is no chance.
    const ENOUGH: usize = 24;
    let words = folded(words);
    (block..page.nodes[block].end)
        .filter(|node| is_picture(page.nodes[*node].tag))
        .filter_map(|node| page.attribute(node, "alt"))
        .map(folded)
        .any(|told| told.len() >= ENOUGH && (words.starts_with(&told) || told.starts_with(&words)))
}

#[cfg(test)]
mod tests {
    use crate::extract::{Extraction, Input, extract};

    /// A page whose paragraphs have `block` after the second.
    fn page(block: &str) -> Extraction {
        let prose = |n: usize| {
            format!(
                "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships, cranes and quays.</p>"
            )
        };
        let page = format!(
            "<html><head><title>Pilots of the port stay at home</title></head><body><div>\
             <h1>Pilots of the port stay at home</h1>{}{}{block}{}{}{}</div></body></html>",
            prose(0),
            prose(1),
            prose(2),
            prose(3),
            prose(4)
        );
        extract(&Input::of(page.as_bytes())).expect("there is text")
    }

    #[test]
    fn a_sentence_in_a_block_with_a_picture_is_its_caption() {
        for block in [
            "<div><img src=a.jpg><div>The cranes of the northern quay stood still all Monday.</div></div>",
            "<div><div><img src=a.jpg></div><div>The cranes of the northern quay on Monday</div><div>Photo: Jane Doe</div></div>",
            "<div><div><img src=a.jpg></div></div><div><div>The cranes of the northern quay stood still all Monday.</div>\
             <div>Foto: Jane Doe</div></div>",
            "<div><div><div><img src=a.jpg alt='The cranes of the northern quay, seen from a ship'></div>\
             <p>The cranes of the northern quay, seen from a ship that waits outside.</p></div></div>",
        ] {
            let found = page(block);
            let text = found.content.text();
            assert!(!text.contains("northern quay"), "{block}: {text}");
            assert!(text.contains("Paragraph 4"), "{text}");
            let caption = found.content.captions.first().map(String::as_str);
            assert!(
                caption.is_some_and(|text| text.starts_with("The cranes")),
                "{block}"
            );
        }
    }

    #[test]
    fn a_paragraph_with_a_picture_in_it_stays() {
        for block in [
            "<div><p><img src=a.jpg>The cranes of the northern quay stood still all Monday.</p></div>",
            "<p><img src=a.jpg><br>The cranes of the northern quay stood still all Monday.</p>",
            "<div><img src=a.jpg><p>The cranes of the northern quay stood as this table shows:</p></div>",
        ] {
            let text = page(block).content.text();
            assert!(text.contains("northern quay"), "{block}: {text}");
        }
    }
}

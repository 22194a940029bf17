//! Boxes between the paragraphs that want the reader to do something: give, subscribe, vote, install.
//!
//! Their wording is new with every campaign. What they have in common is their make: a few lines in
//! a block of their own, and with them a control - a button, a field, a player, or a link of a few words that
//! stands beside the sentences and not within one. The article's paragraphs have none. Where many
//! blocks of one make have a control (products, answers, slides), the article is made of them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use super::makes::{self, Make, Stand, near};
use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::has_end_mark;
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::document::characters::word_count;
use crate::extract::document::page::{Node, NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// The most lines of a box, and the most that are sentences.
const MOST_LINES: (usize, usize) = (9, 3);
/// The most prose in a box, and the share of the column's that it may be in a short article.
const MOST_PROSE: (f32, f32) = (420.0, 0.25);
/// The most nodes of a box.
const MOST_NODES: usize = 400;
/// Boxes of one make from which they are what the article is made of, if they hold this share of its prose
/// together or one has no sentence at all; and from which they are so in any case.
const MANY: usize = 3;
const SHARE: f32 = 0.2;
const TOO_MANY: usize = 6;
/// Words on a control at most.
const WORDS: usize = 6;
/// The share of the column's prose from which blocks of one make are its paragraphs' own.
const OWN: f32 = 0.3;

/// Marks the lines of such boxes.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    stands: &[Stand],
    gone: &mut [Option<&'static str>],
) {
    let controls: Vec<NodeIndex> = (column + 1..page.nodes[column].end)
        .filter(|node| is_control(page, *node))
        .collect();
    if controls.is_empty() {
        return;
    }
    let whole = masses.prose_of(page, column);
    let own = own_lines(lines, stands, whole);
    let begins = first_own(page, lines, masses, &own);
    let mut boxes: Vec<(Make, u64, Range<usize>)> = Vec::new();
    let mut known: HashSet<(usize, usize)> = HashSet::new();
    for control in controls {
        let Some(block) = box_of(page, column, control, masses, &own) else {
            continue;
        };
        let range = masses.lines_in(page, block);
        if known.insert((range.start, range.end)) {
            boxes.push((makes::of_one(page, block), build_of(page, block), range));
        }
    }
    // What a system puts around all that is no paragraph is of one make too, but holds different things.
    let mut makes: HashMap<Make, (Vec<f32>, HashSet<u64>)> = HashMap::new();
    for (make, build, range) in &boxes {
        let prose = lines[range.clone()].iter().map(prose_weight).sum();
        let (alike, builds) = makes.entry(*make).or_default();
        alike.push(prose);
        builds.insert(*build);
    }
    boxes.retain(|(make, _, range)| {
        let (alike, builds) = &makes[make];
        let built_alike = builds.len() * 3 <= alike.len() * 2;
        let weighty = alike.contains(&0.0) || alike.iter().sum::<f32>() > SHARE * whole;
        let article = built_alike && (alike.len() >= MANY && weighty || alike.len() >= TOO_MANY);
        // A standfirst may have buttons beside it.
        begins < range.start && !article && is_box(&lines[range.clone()], whole)
    });
    for (.., range) in boxes {
        for rule in &mut gone[range] {
            *rule = rule.or(Some("a box that asks for something"));
        }
    }
}

/// Of each line, whether it is a sentence in a block of those makes that hold most of the prose.
fn own_lines(lines: &[Line], stands: &[Stand], whole: f32) -> Vec<bool> {
    let mut held: HashMap<Make, f32> = HashMap::new();
    for (line, stand) in lines.iter().zip(stands) {
        *held.entry(stand.near).or_default() += prose_weight(line);
    }
    let most = held.values().copied().fold(0.0, f32::max);
    held.retain(|_, prose| *prose >= most || *prose >= OWN * whole);
    (lines.iter().zip(stands))
        .map(|(line, stand)| prose_weight(line) > 0.0 && held.contains_key(&stand.near))
        .collect()
}

/// The first paragraph of the text: one in those blocks, or in a block of its own beside theirs.
fn first_own(page: &Page<'_>, lines: &[Line], masses: &Masses, own: &[bool]) -> usize {
    let Some(first) = own.iter().position(|own| *own) else {
        return lines.len();
    };
    let beside = |line: &Line| {
        let around = page.nodes[near(page, line.node, masses)].parent;
        let holds = (around..page.nodes[around].end).contains(&lines[first].position);
        prose_weight(line) > 0.0 && holds
    };
    lines[..first].iter().position(beside).unwrap_or(first)
}

/// A button, a field, a player, or a link of a few words that is no part of a sentence.
fn is_control(page: &Page<'_>, node: NodeIndex) -> bool {
    match page.nodes[node].tag {
        Tag::Button => {
            // What opens an answer or turns a page is no request.
            page.attribute(node, "aria-expanded").is_none()
                && page.attribute(node, "aria-controls").is_none()
                && !page.upward(node).take(4).any(|node| {
                    let tag = page.nodes[node].tag;
                    tag.heading().is_some() || matches!(tag, Tag::Figure | Tag::Summary)
                })
                && (is_brief(&page.line(node)) || stands_beside_few(page, node))
        }
        Tag::Audio => true,
        Tag::Input => page.attribute(node, "type").is_none_or(|kind| {
            matches!(
                kind,
                "email" | "text" | "tel" | "radio" | "checkbox" | "submit"
            )
        }),
        // A heading that leads somewhere heads a part of the text, or a card.
        Tag::A if page.nodes[page.nodes[node].parent].tag.heading().is_none() => {
            page.attribute(node, "href").is_some_and(|href| {
                !["#", "mailto:", "tel:"]
                    .iter()
                    .any(|own| href.starts_with(own))
            }) && page.nodes[node].end - node <= 8
                && stands_alone(page, node)
                && is_brief(&page.line(node))
        }
        _ => false,
    }
}

/// Whether a button without words stands beside a few of them, which say what it is for.
fn stands_beside_few(page: &Page<'_>, button: NodeIndex) -> bool {
    /// Bytes of the words beside it.
    const FEW: usize = 60;
    let wordless = |words: &str| !words.chars().any(char::is_alphanumeric);
    let beside = page.line(page.nodes[button].parent);
    wordless(&page.line(button)) && !wordless(&beside) && beside.len() <= FEW
}

fn is_brief(words: &str) -> bool {
    (1..=WORDS).contains(&word_count(words)) && !has_end_mark(words)
}

/// Whether a link has no words beside it in its line, but other links and small print.
fn stands_alone(page: &Page<'_>, link: NodeIndex) -> bool {
    /// Neighbours that are looked at: a box has few.
    const FEW: usize = 16;
    let parent = page.nodes[link].parent;
    if !page.nodes[parent].tag.is_block() || page.nodes[parent].tag == Tag::Li {
        return false;
    }
    let worded = |node: &Node<'_>| node.text.chars().any(char::is_alphanumeric);
    let mut at = parent + 1;
    let mut beside = false;
    for _ in 0..FEW {
        let Some(node) = page.nodes.get(at).filter(|_| at < page.nodes[parent].end) else {
            return !beside;
        };
        if node.tag.is_block() || node.tag == Tag::Br {
            if at > link {
                return !beside;
            }
            beside = false;
        } else if !matches!(node.tag, Tag::A | Tag::Small) {
            let most = node.end.min(at + MOST_NODES);
            beside |= page.nodes[at..most].iter().any(worded);
        }
        at = node.end;
    }
    false
}

/// The block around a control that says what it is for: as large as it can be without the column's own
/// paragraphs.
fn box_of(
    page: &Page<'_>,
    column: NodeIndex,
    control: NodeIndex,
    masses: &Masses,
    own: &[bool],
) -> Option<NodeIndex> {
    page.upward(control)
        .skip(1)
        .take(6)
        .take_while(|node| *node > column && page.nodes[*node].end - node <= MOST_NODES)
        .take_while(|node| {
            let within = masses.lines_in(page, *node);
            within.len() <= MOST_LINES.0 && !own[within].contains(&true)
        })
        .last()
        .filter(|node| page.nodes[*node].tag.is_block())
        // What can be copied by a button is there to be read.
        .filter(|node| {
            !page.nodes[*node..page.nodes[*node].end]
                .iter()
                .any(|inner| inner.tag == Tag::Pre)
        })
}

/// Whether lines may be such a box: few, little prose, and nothing that only articles have.
fn is_box(lines: &[Line], whole: f32) -> bool {
    let prose: f32 = lines.iter().map(prose_weight).sum();
    let sentences = lines.iter().filter(|line| prose_weight(line) > 0.0).count();
    let articles_own = lines.iter().any(|line| {
        line.caption
            || line.quoted
            || matches!(line.kind, BlockKind::Row)
            || matches!(
                line.class(),
                Some(Class::Credit | Class::Label | Class::TagLine)
            )
    });
    let asked = |line: &Line| line.text.ends_with(['?', '？', '؟']);
    let asks = lines.iter().filter(|line| asked(line)).count();
    let headings = lines
        .iter()
        .filter(|line| matches!(line.kind, BlockKind::Heading(_)) && !asked(line))
        .count();
    let items = lines
        .iter()
        .any(|line| matches!(line.kind, BlockKind::Item(_)));
    !articles_own
        && asks + headings <= 1
        && (!items || asks == 1)
        && (1..=MOST_LINES.0).contains(&lines.len())
        && sentences <= MOST_LINES.1
        && prose <= MOST_PROSE.0.min(MOST_PROSE.1 * whole)
        && lines
            .iter()
            .any(|line| line.link_share() < 0.5 && !matches!(line.kind, BlockKind::Heading(_)))
}

/// How a box is built, hashed: the elements that it begins with.
pub(super) fn build_of(page: &Page<'_>, node: NodeIndex) -> u64 {
    /// Elements that are looked at.
    const FIRST: usize = 5;
    let mut make = DefaultHasher::new();
    let within = page.nodes[node + 1..page.nodes[node].end].iter();
    for inner in within.filter(|inner| inner.tag != Tag::Text).take(FIRST) {
        inner.tag.hash(&mut make);
    }
    make.finish()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_of;

    /// The text of a page of six paragraphs, with something between the third and the fourth.
    fn text(between: &str) -> String {
        let prose = |n: u32| {
            format!(
                "<p class=t5x>Paragraph {n} tells at some length what the harbour office said on Monday of ships, \
                 cranes and quays, and why the pilots stay at home.</p>"
            )
        };
        let all: Vec<String> = (0..6).map(prose).collect();
        let page = format!(
            "<html><body><h1>A strike at the port</h1><div class=k9q>{}{between}{}</div></body></html>",
            all[..3].concat(),
            all[3..].concat()
        );
        text_of(&page)
    }

    #[test]
    fn boxes_with_a_control_go_whatever_they_say() {
        for asks in [
            "<div class=m2z><h3>The lamp stays lit</h3><p>Four lanterns and a boat are all that we have, and oil is \
             dear this winter.</p><a href=/lamp>Buy us oil</a></div>",
            "<section class=m2z><div><b>The lamp stays lit</b></div><div>Oil is dear this winter, and we have none but \
             what you bring to us.</div><div class=r><button>Bring oil</button></div></section>",
            "<div class=m2z><p><b>Where would you moor a boat at this time of the year?</b></p><label><input type=radio>By \
             the lighthouse</label><p>Count: 17 boats</p></div>",
        ] {
            let text = text(asks);
            for gone in ["lamp", "Oil", "oil", "moor", "boats"] {
                assert!(!text.contains(gone), "{gone}: {text}");
            }
            assert!(text.contains("Paragraph 5"), "{text}");
        }
    }

    #[test]
    fn what_the_article_is_made_of_stays_though_it_has_controls() {
        let product = |n: u32| {
            format!(
                "<div class=item-{n}><h3>Lantern {n}</h3><p>It burns for {n} nights on a single can of oil, and no wind \
                 has put it out yet.</p><a href=/buy>See the price</a></div>"
            )
        };
        let many: String = (1..=4).map(product).collect();
        let kept = text(&many);
        assert!(kept.contains("It burns for 2 nights"), "{kept}");
        let kept = text(
            "<div class=m2z><p>Whoever knows more of this is asked to write to the office of the pilots.</p>\
             <a href=mailto:pilots@port.example>pilots@port.example</a></div>",
        );
        assert!(kept.contains("write to the office"), "{kept}");
    }

    #[test]
    fn a_paragraph_with_a_link_within_is_no_box() {
        let kept =
            text("<div class=m2z>The office <a href=/a>says more</a> of it on its own page.</div>");
        assert!(kept.contains("says more"), "{kept}");
    }
}

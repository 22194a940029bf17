//! What stands in a row of cards is a card too: a layout builds all of them alike, and of some the headline
//! alone gives them away.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cards::CARD;
use crate::extract::body::candidates::Masses;
use crate::extract::body::line::Line;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// How far up from a line of a card its row is looked for, and cards that make one.
const NEAR: usize = 8;
const LEAST: usize = 3;
/// Lines and bytes of prose of the longest card.
const LONGEST: (usize, f32) = (6, 500.0);

/// Marks the lines that are left of such rows.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    // Of each block around cards, those of its own blocks that hold one.
    let mut rows: BTreeMap<NodeIndex, BTreeSet<NodeIndex>> = BTreeMap::new();
    for (line, _) in (lines.iter().zip(&*gone)).filter(|(_, gone)| **gone == Some(CARD)) {
        let up = page.upward(line.node).take_while(|node| *node > column);
        // A headline alone is no card.
        let cards = up
            .take(NEAR)
            .filter(|block| masses.lines_in(page, *block).len() > 1);
        for block in cards {
            rows.entry(page.nodes[block].parent)
                .or_default()
                .insert(block);
        }
    }
    for (row, cards) in rows.iter().filter(|(_, cards)| cards.len() >= LEAST) {
        let builds: HashSet<Build<'_>> = cards.iter().map(|card| build(page, *card)).collect();
        let beside: Vec<NodeIndex> = blocks_of(page, *row)
            .filter(|block| builds.contains(&build(page, *block)))
            .filter(|block| !masses.lines_in(page, *block).is_empty())
            .collect();
        let is_gone = |block: &&NodeIndex| {
            let range = masses.lines_in(page, **block);
            gone[range].iter().all(Option::is_some)
        };
        let brief = |block: &NodeIndex| {
            masses.lines_in(page, *block).len() <= LONGEST.0
                && masses.prose_of(page, *block) <= LONGEST.1
        };
        if beside.iter().all(brief) && 2 * beside.iter().filter(is_gone).count() >= beside.len() {
            for block in beside {
                for rule in &mut gone[masses.lines_in(page, block)] {
                    *rule = rule.or(Some(CARD));
                }
            }
        }
    }
}

/// The blocks that a block is made of.
fn blocks_of<'p>(page: &'p Page<'_>, row: NodeIndex) -> impl Iterator<Item = NodeIndex> + 'p {
    let within = move |at: NodeIndex| Some(at).filter(|at| *at < page.nodes[row].end);
    std::iter::successors(within(row + 1), move |at| within(page.nodes[*at].end))
}

/// Which element a block is, and what it is called: cards of one row are alike in both.
type Build<'a> = (Tag, Option<&'a str>);

fn build<'a>(page: &Page<'a>, block: NodeIndex) -> Build<'a> {
    (page.nodes[block].tag, page.attribute(block, "class"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_within;

    /// The text of a page whose own text has cards under it, three of which break off, and others that do not.
    fn text(others: &[&str]) -> String {
        let card = |n: usize, told: &str| {
            format!(
                "<div class=card><div><a href='/{n}'>Headline {n} of the day</a></div><div>{told}</div></div>"
            )
        };
        let told = "Ministers talk with the other side of the street about the price of bread and how it is to be ba…";
        let broken: String = (0..3).map(|n| card(n, told)).collect();
        let others: String = (others.iter().zip(3..))
            .map(|(told, n)| card(n, told))
            .collect();
        text_within(
            "<html><head><title>Pilots</title></head><body><div><h1>Pilots</h1>BODY</div></body></html>",
            &format!("<div class=text>PROSEPROSE</div><div>{broken}{others}</div>"),
        )
    }

    #[test]
    fn what_stands_among_cards_is_one() {
        let whole =
            "A diver has found the anchor that the ferry lost in the year of the great storm.";
        let text = text(&[whole, "Bread is dear."]);
        assert!(!text.contains("diver") && !text.contains("Bread"), "{text}");
        assert!(text.contains("Paragraph 5"), "{text}");
    }

    #[test]
    fn a_row_with_a_text_in_it_is_no_row_of_cards() {
        let long =
            "A diver has found the anchor that the ferry lost in the year of the storm. ".repeat(9);
        let text = text(&[&long]);
        assert!(text.contains("diver"), "{text}");
    }
}

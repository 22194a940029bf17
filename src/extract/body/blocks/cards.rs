//! Cards of other articles in the column: a headline that leads there, and a few words about it (D7).
//!
//! A section of an article may look the same, and lead somewhere too. What tells them apart is that a
//! card leads to its article more than once, or breaks off, and that cards are the smaller part of
//! the column.

use std::collections::HashMap;
use std::ops::Range;

use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::{Form, has_end_mark, weight};
use crate::extract::body::line::Line;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

pub(super) const CARD: &str = "card of another article (D7)";

/// The most lines of a card, and the longest text of one.
const LINES: usize = 6;
const TEXT: usize = 500;
/// The largest share of the column's prose that cards may hold.
const SHARE: f32 = 0.35;
/// The share of it that may stand behind a card whose words end as sentences do.
const BEHIND: f32 = 0.1;

/// A card as it was found.
struct Card {
    lines: Range<usize>,
    /// Nothing in it ends as a sentence does.
    breaks_off: bool,
}

/// Marks the cards.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    cut_off(lines, gone);
    side_by_side(page, column, lines, masses, gone);
    let mut cards: Vec<Card> = (0..lines.len())
        .filter(|at| may_head(&lines[*at]))
        .filter_map(|head| card(page, column, lines, masses, head))
        .collect();
    let whole = masses.prose_of(page, column);
    let prose = |range: Range<usize>| lines[range].iter().map(prose_weight).sum::<f32>();
    let several = cards.iter().filter(|card| card.breaks_off).count() >= 2;
    // Between the paragraphs a section that leads somewhere twice may be the article's own.
    let (mut behind, mut until) = (0.0, lines.len());
    for at in (0..cards.len()).rev() {
        let range = cards[at].lines.clone();
        behind += prose(range.end.min(until)..until);
        until = range.start;
        if behind > BEHIND * whole && !(cards[at].breaks_off && several) {
            cards.remove(at);
        }
    }
    let held: f32 = cards.iter().map(|card| prose(card.lines.clone())).sum();
    if held > SHARE * whole {
        return;
    }
    for at in cards.into_iter().flat_map(|card| card.lines) {
        gone[at] = gone[at].or(Some(CARD));
    }
}

/// A headline that is a link as a whole.
fn may_head(line: &Line) -> bool {
    line.link_count == 1
        && line.link_share() > 0.9
        && !line.own
        && !line.quoted
        && matches!(line.kind, BlockKind::Paragraph | BlockKind::Heading(_))
        && (20..=220).contains(&weight(&line.text))
}

/// The card that a headline heads: the block around it that holds a few words more and leads to
/// nothing else.
fn card(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    head: usize,
) -> Option<Card> {
    let address = &lines[head].links.first()?.href;
    let fits = |range: &Range<usize>| {
        range.len() <= LINES
            && lines[range.clone()].iter().all(|line| {
                (line.links.iter()).all(|link| link.href == *address || weight(&line.text) < 30)
                    && !matches!(line.kind, BlockKind::Item(_) | BlockKind::Row)
            })
    };
    let block = page
        .upward(lines[head].node)
        .take_while(|node| *node > column)
        .take_while(|node| fits(&masses.lines_in(page, *node)))
        .last()?;
    let range = masses.lines_in(page, block);
    let told: Vec<&Line> = lines[range.clone()]
        .iter()
        .filter(|line| line.link_count == 0 && line.form == Form::Prose)
        .collect();
    let short = told.iter().map(|line| weight(&line.text)).sum::<usize>() <= TEXT;
    let breaks_off = told.iter().all(|line| !has_end_mark(&line.text));
    let card = !told.is_empty() && short && (breaks_off || leads_twice(page, block));
    card.then_some(Card {
        lines: range,
        breaks_off,
    })
}

/// Whether two links of a block lead to the same address: the picture, the headline, "read more".
fn leads_twice(page: &Page<'_>, block: NodeIndex) -> bool {
    let mut addresses: Vec<&str> = (block..page.nodes[block].end)
        .filter(|node| page.nodes[*node].tag == Tag::A)
        .filter_map(|node| page.attribute(node, "href"))
        .collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.len() < all
}

/// D7 in HTML: several headings, each with a description that is cut off.
fn cut_off(lines: &[Line], gone: &mut [Option<&'static str>]) {
    let cut = |line: &Line| {
        (line.text.ends_with('…') || line.text.ends_with("..."))
            && line.form == Form::Prose
            && line.kind != BlockKind::Quote
    };
    let headed = |at: usize| {
        at.checked_sub(1)
            .filter(|before| {
                lines[*before].form != Form::Prose || lines[*before].link_share() > 0.5
            })
            .filter(|before| !has_end_mark(&lines[*before].text))
    };
    let found: Vec<usize> = (0..lines.len())
        .filter(|at| cut(&lines[*at]) && headed(*at).is_some())
        .collect();
    if found.len() < 2 {
        return;
    }
    for at in found {
        gone[at] = gone[at].or(Some(CARD));
        if let Some(before) = headed(at) {
            gone[before] = gone[before].or(Some(CARD));
        }
    }
}

/// Blocks side by side, each with a headline that is a link from end to end, and little under it.
fn side_by_side(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    /// Lines of a card, the prose in it, the fewest cards, and the share of the prose in all of them.
    const MOST_LINES: usize = 5;
    const PROSE: f32 = 300.0;
    const FEWEST: usize = 2;
    const SHARE: f32 = 0.2;
    let is_head = |line: &Line| {
        matches!(line.kind, BlockKind::Heading(_)) && line.link_share() > 0.9 && !line.own
    };
    let mut beside: HashMap<NodeIndex, Vec<NodeIndex>> = HashMap::new();
    for line in lines.iter().filter(|line| is_head(line)) {
        let card = page
            .upward(line.node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let held = &lines[masses.lines_in(page, *node)];
                held.len() <= MOST_LINES && held.iter().filter(|line| is_head(line)).count() == 1
            })
            .last();
        if let Some(card) = card {
            let cards = beside.entry(page.nodes[card].parent).or_default();
            cards.push(card);
        }
    }
    let whole = masses.prose_of(page, column);
    for cards in beside.into_values() {
        let prose = |card: &NodeIndex| masses.prose_of(page, *card);
        let held: f32 = cards.iter().map(prose).sum();
        let told = cards.iter().filter(|card| prose(card) > 0.0).count();
        if told < FEWEST || held > SHARE * whole || cards.iter().any(|card| prose(card) > PROSE) {
            continue;
        }
        for card in cards {
            for rule in &mut gone[masses.lines_in(page, card)] {
                *rule = rule.or(Some(CARD));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{prose, text_of};

    fn text(body: &str) -> String {
        let body = body.replace("PROSE", &prose(8).concat());
        text_of(&format!(
            "<body><article><h1>A strike at the port</h1>{body}</article></body>"
        ))
    }

    #[test]
    fn what_leads_to_another_article_twice_behind_the_text_is_its_card() {
        let text = text(
            "PROSE<div><h3>Seen today</h3><div><a href=/a><img src=a.jpg></a><h4><a href=/a>Divers find the anchor</a></h4>\
             <p>It lay below the old pier for sixty years before somebody looked.</p></div></div>",
        );
        assert!(!text.contains("sixty years"), "{text}");
        assert!(text.ends_with("stay at home."), "{text}");
    }

    #[test]
    fn sections_that_lead_somewhere_stay() {
        let rest: Vec<String> = (0..8)
            .map(|n| format!("<p>Report {n} of the ministry says what it costs to keep the old port open at night.</p>"))
            .collect();
        let text = text(&format!(
            "PROSE<div><h4><a href=/a>The anchor of the old ferry</a></h4><p>It lay below the pier for sixty years \
             before <a href=/a>somebody</a> looked.</p></div>{}",
            rest.concat()
        ));
        assert!(text.contains("sixty years"), "{text}");
    }

    #[test]
    fn cards_that_break_off_are_none_of_the_text() {
        let card = "<div><h4><a href=/x>Divers find the anchor of the ferry</a></h4><p>It lay below the old pier for \
                    sixty years before somebody looked and</p></div>";
        let other = card.replace("/x", "/y").replace("sixty", "seventy");
        let text = text(&format!("PROSE{card}{other}PROSE"));
        assert!(
            !text.contains("sixty") && !text.contains("seventy"),
            "{text}"
        );
    }
}

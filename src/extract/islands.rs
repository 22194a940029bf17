//! Small blocks inside the column that are not the article: lists of links, cards, promotions, and
//! the next story on an endless page (rules D7 to D9).
//!
//! A block goes as a whole, with its heading; the column's own paragraphs are never part of one.

use super::candidates::{Masses, prose_weight};
use super::clean::Cut;
use super::form::{Form, has_end_mark, weight};
use super::lexicon::Class;
use super::line::Line;
use super::page::{NodeIndex, Page};
use super::strangers;
use crate::model::article::BlockKind;

/// The largest share of the column's prose that a promotion may hold.
const ISLAND: f32 = 0.08;

/// The most lines that a promotion has.
const MOST_LINES: usize = 12;

/// Takes the islands out of the lines of a column.
pub(super) fn sift(
    page: &Page<'_>,
    column: NodeIndex,
    headline: Option<NodeIndex>,
    mut lines: Vec<Line>,
) -> (Vec<Line>, Vec<Cut>) {
    let mut gone: Vec<Option<&'static str>> = vec![None; lines.len()];
    if let Some(next) = next_story(page, &lines, headline) {
        for rule in &mut gone[next..] {
            *rule = Some("the next story");
        }
    }
    let masses = Masses::of(&lines);
    link_lists(page, column, &lines, &masses, &mut gone);
    promotions(page, column, &lines, &masses, &mut gone);
    cards(&lines, &mut gone);
    strangers::mark(page, &lines, &masses, &mut gone);
    let mut cuts = Vec::new();
    let mut at = 0;
    lines.retain(|line| {
        let rule = gone[at];
        at += 1;
        if let Some(rule) = rule {
            cuts.push(Cut {
                text: line.text.clone(),
                rule,
            });
        }
        rule.is_none()
    });
    (lines, cuts)
}

/// The first main heading inside the column that is not the page's own, after some text; where there
/// are many, they are subheads.
fn next_story(page: &Page<'_>, lines: &[Line], headline: Option<NodeIndex>) -> Option<usize> {
    let headline = headline?;
    let heads: Vec<usize> = (0..lines.len())
        .filter(|at| {
            lines[*at].kind == BlockKind::Heading(1)
                && lines[*at].node != headline
                && lines[*at].position > headline
        })
        .collect();
    let first = *heads.first()?;
    let masses = Masses::of(lines);
    let earlier = lines[..first]
        .iter()
        .rposition(|line| prose_weight(line) > 0.0)?;
    let before = lines[..first]
        .iter()
        .filter(|line| prose_weight(line) > 0.0)
        .count();
    // The story's own block: it holds its heading and its text, and none of what came before.
    let block = page
        .upward(lines[first].node)
        .take_while(|node| masses.lines_in(page, *node).start > earlier)
        .last()?;
    let own = &lines[masses.lines_in(page, block)];
    let after = own.iter().filter(|line| prose_weight(line) > 0.0).count();
    (heads.len() <= 2 && before >= 3 && after >= 3).then_some(first)
}

/// D9: blocks of more than 60 % links, with whatever heads them.
fn link_lists(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    let sums = |count: &dyn Fn(&Line) -> usize| {
        let mut sums = vec![0];
        for line in lines {
            sums.push(sums[sums.len() - 1] + count(line));
        }
        sums
    };
    let linked = sums(&|line| line.linked);
    let bytes = sums(&|line| line.text.len());
    let n_links = sums(&|line| line.link_count);
    let unlinked_prose =
        sums(&|line| usize::from(prose_weight(line) > 0.0 && line.link_share() < 0.5));
    let mut node = column + 1;
    while node < page.nodes[column].end {
        let range = masses.lines_in(page, node);
        let within = |sums: &[usize]| sums[range.end] - sums[range.start];
        let dense = within(&linked) * 10 > within(&bytes) * 6 && within(&n_links) >= 2;
        let list = range.len() >= 2
            && page.nodes[node].tag.is_block()
            && dense
            && within(&unlinked_prose) == 0;
        if !list {
            node += 1;
            continue;
        }
        // Its heading stands beside it in a block of their own.
        let whole = page
            .upward(node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let range = masses.lines_in(page, *node);
                unlinked_prose[range.end] == unlinked_prose[range.start]
            })
            .last()
            .unwrap_or(node);
        for rule in &mut gone[masses.lines_in(page, whole)] {
            *rule = rule.or(Some("list of links (D9)"));
        }
        node = page.nodes[whole].end.max(node + 1);
    }
}

/// Blocks that ask readers to register, subscribe or install.
fn promotions(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    let enough = (masses.prose_of(page, column) * ISLAND).max(300.0);
    for (at, line) in lines.iter().enumerate() {
        let asks = matches!(
            line.class(),
            Some(Class::Promotion | Class::Form | Class::Support)
        );
        if !asks || gone[at].is_some() || line.kind == BlockKind::Quote {
            continue;
        }
        let island = page
            .upward(line.node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let range = masses.lines_in(page, *node);
                let text: usize = lines[range]
                    .iter()
                    .take(MOST_LINES + 1)
                    .map(|line| weight(&line.text))
                    .sum();
                masses.lines_in(page, *node).len() <= MOST_LINES
                    && masses.prose_of(page, *node) <= enough
                    && text as f32 <= enough * 2.0
            })
            .last();
        let alone = island.is_none_or(|island| masses.lines_in(page, island).len() <= 1);
        let sentence =
            line.form == Form::Prose && line.link_share() < 0.2 && weight(&line.text) > 120;
        if alone && sentence {
            continue;
        }
        let range = island.map_or(at..at + 1, |island| masses.lines_in(page, island));
        for rule in &mut gone[range] {
            *rule = rule.or(Some("promotion"));
        }
        gone[at] = gone[at].or(Some("promotion"));
    }
}

/// D7 in HTML: several headings, each with a description that is cut off.
fn cards(lines: &[Line], gone: &mut [Option<&'static str>]) {
    let cut_off = |line: &Line| {
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
        .filter(|at| cut_off(&lines[*at]) && headed(*at).is_some())
        .collect();
    if found.len() < 2 {
        return;
    }
    for at in found {
        gone[at] = gone[at].or(Some("card of another article (D7)"));
        if let Some(before) = headed(at) {
            gone[before] = gone[before].or(Some("card of another article (D7)"));
        }
    }
}

//! Which part of the page is the article's column.
//!
//! The densest parent of paragraphs is where the search starts; it climbs as long as an ancestor
//! adds text of the same kind and not mainly links, since texts are split over siblings more often
//! than not. All sums are differences of prefix sums: one pass, whatever the depth.

use std::collections::HashMap;

use super::form::{Form, weight};
use super::lexicon;
use super::line::Line;
use crate::extract::document::characters::{folded, word_count};
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// Prose, junk and items of lists in front of each line.
pub(crate) struct Masses {
    /// Position of each line, ascending.
    positions: Vec<NodeIndex>,
    prose: Vec<f32>,
    junk: Vec<f32>,
    items: Vec<f32>,
}

/// What a part of the page holds.
struct Mass {
    prose: f32,
    junk: f32,
    /// Its lists, which make no text, and belong to the one beside them.
    items: f32,
}

impl Masses {
    /// Weighs each line once.
    pub(crate) fn of(lines: &[Line]) -> Self {
        let mut masses = Self {
            positions: Vec::with_capacity(lines.len()),
            prose: vec![0.0],
            junk: vec![0.0],
            items: vec![0.0],
        };
        let (mut prose, mut junk, mut items) = (0.0, 0.0, 0.0);
        for line in lines {
            let good = prose_weight(line);
            prose += good;
            if good == 0.0 && !line.caption {
                let weight = weight(&line.text) as f32;
                if is_item(line) {
                    items += weight;
                }
                if !is_address(line) {
                    junk += weight;
                }
            }
            masses.positions.push(line.position);
            masses.prose.push(prose);
            masses.junk.push(junk);
            masses.items.push(items);
        }
        masses
    }

    /// The indexes of the lines in a subtree.
    pub(crate) fn lines_in(&self, page: &Page<'_>, node: NodeIndex) -> std::ops::Range<usize> {
        let from = self.positions.partition_point(|position| *position < node);
        let to = self
            .positions
            .partition_point(|position| *position < page.nodes[node].end);
        from..to
    }

    /// How many lines stand before a node.
    pub(crate) fn lines_before(&self, node: NodeIndex) -> usize {
        self.positions.partition_point(|position| *position < node)
    }

    /// The prose in a subtree.
    pub(crate) fn prose_of(&self, page: &Page<'_>, node: NodeIndex) -> f32 {
        let lines = self.lines_in(page, node);
        self.prose[lines.end] - self.prose[lines.start]
    }

    /// What a subtree holds between the headline and the next story.
    fn within(
        &self,
        page: &Page<'_>,
        node: NodeIndex,
        headline: Option<NodeIndex>,
        horizon: NodeIndex,
    ) -> Mass {
        let at = |position: NodeIndex| self.positions.partition_point(|line| *line < position);
        let from = at(node.max(headline.map_or(0, |headline| page.nodes[headline].end)));
        let to = at(page.nodes[node].end.min(horizon)).max(from);
        Mass {
            prose: self.prose[to] - self.prose[from],
            junk: self.junk[to] - self.junk[from],
            items: self.items[to] - self.items[from],
        }
    }

    /// What those blocks of `node` hold that are called as the one with `known` is: parts of one text,
    /// whatever stands between them.
    fn twins(
        &self,
        page: &Page<'_>,
        node: NodeIndex,
        known: NodeIndex,
        headline: Option<NodeIndex>,
        horizon: NodeIndex,
    ) -> Mass {
        let mut twins = Mass {
            prose: 0.0,
            junk: 0.0,
            items: 0.0,
        };
        let Some(own) = page
            .upward(known)
            .find(|block| page.nodes[*block].parent == node)
        else {
            return twins;
        };
        let mut block = node + 1;
        while block < page.nodes[node].end {
            if block != own && are_called_alike(page, block, own) {
                let mass = self.within(page, block, headline, horizon);
                twins.prose += mass.prose;
                twins.junk += mass.junk;
            }
            block = page.nodes[block].end;
        }
        twins
    }
}

/// Whether two blocks have most of their classes in common.
fn are_called_alike(page: &Page<'_>, one: NodeIndex, other: NodeIndex) -> bool {
    let classes = |node| {
        let class = page.attribute(node, "class").unwrap_or_default();
        class.split_ascii_whitespace().take(40)
    };
    let shared = classes(one)
        .filter(|class| classes(other).any(|other| other == *class))
        .count();
    page.nodes[one].tag == page.nodes[other].tag
        && shared > 0
        && shared * 3 >= 2 * classes(one).count().max(classes(other).count())
}

/// How much of an article a line is: nothing unless it is prose that is not mainly linked.
pub(crate) fn prose_weight(line: &Line) -> f32 {
    if line.caption
        || line.link_share() > 0.5
        || line.form != Form::Prose
        || line
            .class()
            .is_some_and(|class| !matches!(class, lexicon::Class::Label))
    {
        return 0.0;
    }
    // Very long lines are whole pages without paragraphs: they weigh, but do not decide alone.
    (weight(&line.text) as f32).min(1_200.0)
}

/// An item of a list that leads nowhere, of some words.
fn is_item(line: &Line) -> bool {
    matches!(line.kind, BlockKind::Item(_))
        && line.link_count == 0
        && line.class().is_none()
        && word_count(&line.text) >= 2
        && !lexicon::has_caption_credit(&line.text)
}

/// An address that is written out, as under a quotation.
fn is_address(line: &Line) -> bool {
    line.text.starts_with("http") && !line.text.contains(' ')
}

/// What is known of the page while its column is looked for.
pub(crate) struct Hints<'h> {
    /// The element that shows the headline.
    pub(crate) headline: Option<NodeIndex>,
    /// The text that JSON-LD gives, folded; empty where it gives none.
    pub(crate) stated: &'h str,
}

/// The column: one element, or nothing where the page has no prose.
pub(crate) fn column(
    page: &Page<'_>,
    lines: &[Line],
    masses: &Masses,
    hints: &Hints<'_>,
) -> Option<NodeIndex> {
    let start = densest(page, lines, hints)?;
    let headline = hints
        .headline
        .filter(|headline| *headline < start || opens(page, masses, start, *headline));
    let horizon = next_story(page, start, headline);
    let mut column = start;
    for node in page.upward(start).skip(1) {
        let known = masses.within(page, column, headline, horizon);
        let wider = masses.within(page, node, headline, horizon);
        let gain = wider.prose - known.prose;
        let items = wider.items - known.items;
        let junk = wider.junk - known.junk;
        // Beyond the element that holds the headline too, only what is missed in bulk is the article's.
        let beyond =
            headline.is_some_and(|headline| (column..page.nodes[column].end).contains(&headline));
        let share = if beyond || matches!(page.nodes[node].tag, Tag::Body | Tag::Root) {
            0.4
        } else {
            0.06
        };
        let listed = items > LISTED * known.prose && junk - items < gain + items;
        let parted = || {
            let twins = masses.twins(page, node, column, headline, horizon);
            twins.prose > share * known.prose && twins.junk < twins.prose
        };
        if gain > share * known.prose && (junk < gain || parted()) || listed && share < LISTED {
            column = node;
        }
    }
    Some(column)
}

/// The share of a text that lists beside it must weigh to belong to it, as a recipe's do.
const LISTED: f32 = 0.25;

/// Whether the headline stands inside an element, with most of its prose below.
fn opens(page: &Page<'_>, masses: &Masses, node: NodeIndex, headline: NodeIndex) -> bool {
    let below = masses.within(page, node, Some(headline), page.nodes.len());
    (node..page.nodes[node].end).contains(&headline)
        && below.prose > 0.75 * masses.prose_of(page, node)
}

/// The parent of most prose; where JSON-LD gives the text, of most of that.
fn densest(page: &Page<'_>, lines: &[Line], hints: &Hints<'_>) -> Option<NodeIndex> {
    let mut own: HashMap<NodeIndex, f32> = HashMap::new();
    for line in lines {
        let mut good = prose_weight(line);
        if good == 0.0 {
            continue;
        }
        if !hints.stated.is_empty() && !hints.stated.contains(&folded(&line.text)) {
            good /= 10.0;
        }
        let parent = page.nodes[line.node].parent;
        for (node, share) in page.upward(parent).zip([1.0, 0.5, 0.25]) {
            *own.entry(node).or_default() += good * share;
        }
    }
    own.into_iter()
        .max_by(|(one, a), (other, b)| a.total_cmp(b).then(other.cmp(one)))
        .map(|(node, _)| node)
}

/// Where another story begins: the first main heading after the text's beginning that is neither the
/// headline nor inside the text.
fn next_story(page: &Page<'_>, start: NodeIndex, headline: Option<NodeIndex>) -> NodeIndex {
    let Some(headline) = headline.filter(|headline| page.nodes[*headline].tag == Tag::H1) else {
        return page.nodes.len();
    };
    // A page for two widths has its own headline twice.
    let title = folded(&page.line(headline));
    (page.nodes[start].end..page.nodes.len())
        .find(|node| page.nodes[*node].tag == Tag::H1 && folded(&page.line(*node)) != title)
        .unwrap_or(page.nodes.len())
}

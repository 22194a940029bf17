//! What on a page belongs to another article: the date or the name in a box that links to one.

use super::dates;
use super::marks::leads_to_author;
use super::names;
use crate::extract::document::characters::{folded, is_spaceless};
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Bytes of a teaser at most: a longer box is a list of them, or the article itself.
const LONGEST: usize = 300;
/// Elements around a date or a name that may be its teaser.
const LEVELS: usize = 5;
/// Words of a link that is a headline, and its characters where no spaces part them.
const HEADLINE: (usize, usize) = (6, 14);

/// Whether a node stands in the teaser of another article: in a short box with a link that is a
/// headline, and not this page's own.
pub(crate) fn is_of_teaser(page: &Page<'_>, node: NodeIndex) -> bool {
    if is_of_list(page, node) {
        return true;
    }
    let holds_title = |around: NodeIndex| {
        page.nodes[around..page.nodes[around].end]
            .iter()
            .any(|inner| inner.tag == Tag::H1)
    };
    let widest = page
        .upward(node)
        .take(LEVELS)
        .take_while(|around| {
            let tag = page.nodes[*around].tag;
            !matches!(tag, Tag::Body | Tag::Root | Tag::Main)
                && (tag == Tag::A || page.line(*around).len() <= LONGEST)
                && !holds_title(*around)
        })
        .last();
    let Some(widest) = widest else {
        return false;
    };
    (widest..page.nodes[widest].end)
        .filter(|inner| page.nodes[*inner].tag == Tag::A)
        .any(|link| is_headline(page, link, node))
}

/// Whether a node stands beside a link in a list of such, whatever holds its rows: `21.03.2026 Headline`,
/// parted by line breaks, cells or items. The links are shorter than headlines elsewhere.
fn is_of_list(page: &Page<'_>, node: NodeIndex) -> bool {
    /// Rows of a list at least, and nodes on both sides in which they stand.
    const ROWS: (usize, usize) = (3, 60);
    /// Nodes from a date to its link, and bytes of the text before a link that is a date, at most.
    const BESIDE: (usize, usize) = (4, 40);
    let link_behind = |at: NodeIndex| {
        let end = page.nodes[at].end;
        let mut next = end..(end + BESIDE.0).min(page.nodes.len());
        let text = next.find(|at| !page.nodes[*at].text.trim().is_empty())?;
        let mut around = page.upward(text).skip(1).take(3);
        let link = around.find(|around| page.nodes[*around].tag == Tag::A && *around >= end)?;
        let words = page.nodes[text].text.split_whitespace().count();
        let to_author = page.attribute(link, "href").is_some_and(leads_to_author);
        (words >= ROWS.0 && !to_author).then_some(link)
    };
    if link_behind(node).is_none() {
        return false;
    }
    let window = node.saturating_sub(ROWS.1)..(node + ROWS.1).min(page.nodes.len());
    let dated = |at: &NodeIndex| {
        let text = page.nodes[*at].text.trim();
        (6..=BESIDE.1).contains(&text.len()) && dates::find(text).is_some()
    };
    let rows = window.filter(dated).filter(|at| link_behind(*at).is_some());
    rows.take(ROWS.0).count() == ROWS.0
}

/// Whether a link is the headline of another article than the page's: of many words, or with a heading
/// in or around it. A byline may be a long link itself.
fn is_headline(page: &Page<'_>, link: NodeIndex, byline: NodeIndex) -> bool {
    let line = page.line(link);
    let is_heading = |node: NodeIndex| matches!(page.nodes[node].tag.heading(), Some(2..=6));
    let headed =
        || is_heading(page.nodes[link].parent) || (link..page.nodes[link].end).any(is_heading);
    let words = line
        .split(' ')
        .filter(|word| word.contains(char::is_alphanumeric))
        .count();
    let letters = line.chars().filter(|c| is_spaceless(*c)).count();
    let long = words >= HEADLINE.0 || letters >= HEADLINE.1;
    if !long && (words < 3 && letters < HEADLINE.1 / 2 || !headed()) {
        return false;
    }
    let to_author = page
        .attribute(link, "href")
        .is_some_and(|href| leads_to_author(href) || href.starts_with("mailto:"));
    let dated = line.len() < 40 && dates::find(&line).is_some();
    let key = folded(&line);
    let own = || {
        let title = page.with_tag(Tag::Title).next();
        title.is_some_and(|title| folded(&page.line(title)).contains(&key))
    };
    let itself = || folded(names::without_by(&page.line(byline))) == key;
    !to_author && !dated && !own() && !itself()
}

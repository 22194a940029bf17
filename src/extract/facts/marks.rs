//! Names that the page's markup calls its authors': relations, properties, links, classes.

use std::ops::Range;

use super::dates;
use super::months::unglued;
use super::names::{self, people};
use crate::extract::document::characters::normal;
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Names marked by `rel=author` or `itemprop=author`.
pub(crate) fn marked(page: &Page<'_>, others: &[&str], range: &Range<NodeIndex>) -> Vec<String> {
    let is = |text: &str, word: &str| {
        text.split_ascii_whitespace()
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    gather(page, others, range, |node| {
        let value = |name| page.attribute(node, name).unwrap_or_default();
        is(value("rel"), "author") || is(value("itemprop"), "author")
    })
}

/// Marked names, else links to the pages of authors.
pub(crate) fn of_markup(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    let marked = marked(page, others, near);
    if !marked.is_empty() {
        return marked;
    }
    gather(page, others, near, |node| {
        page.nodes[node].tag == Tag::A && page.attribute(node, "href").is_some_and(leads_to_author)
    })
}

/// Whether an address is that of an author's page.
fn leads_to_author(href: &str) -> bool {
    let path = href
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    path.split('/').any(|part| {
        matches!(
            part,
            "author"
                | "authors"
                | "autor"
                | "autoren"
                | "autori"
                | "autores"
                | "auteur"
                | "auteurs"
                | "journalist"
                | "journalists"
                | "reporter"
                | "reporters"
                | "contributor"
                | "contributors"
                | "staff-contributors"
                | "columnist"
                | "columnists"
                | "byline"
                | "newsteam"
                | "redakteur"
                | "redaktion"
                | "avtor"
                | "skribent"
        )
    })
}

/// Classes that name a byline.
pub(crate) fn of_classes(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    gather(page, others, near, |node| {
        let class = page.attribute(node, "class").unwrap_or_default();
        page.nodes[node].tag != Tag::Body
            && class
                .split_ascii_whitespace()
                .flat_map(furniture::words)
                .any(|word| {
                    matches!(
                        word.as_str(),
                        "byline"
                            | "author"
                            | "authors"
                            | "autor"
                            | "autoren"
                            | "writer"
                            | "authorname"
                            | "auteur"
                    )
                })
    })
}

/// Elements that are read for names at most: beyond, they are a list of other articles.
const MAX_MARKED: usize = 500;

/// Names in the elements that pass `test`: the first group that yields any, with its neighbours.
fn gather(
    page: &Page<'_>,
    others: &[&str],
    near: &Range<NodeIndex>,
    test: impl Fn(NodeIndex) -> bool,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut at = near.start;
    let mut last = None;
    let mut marked = 0;
    while at < near.end && marked < MAX_MARKED {
        let node = &page.nodes[at];
        if node.tag.is_wordless() || matches!(node.tag, Tag::Figure | Tag::Figcaption) {
            at = node.end;
            continue;
        }
        if last.is_some_and(|last| at > last + 60) {
            break;
        }
        let found = if node.element.is_some() && test(at) {
            marked += 1;
            names_in(page, at, others)
        } else {
            Vec::new()
        };
        if found.is_empty() {
            at += 1;
            continue;
        }
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        last = Some(node.end);
        at = node.end;
    }
    names
}

/// Names in one element: of its links, else of its first text that has any, else of its whole line.
fn names_in(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Vec<String> {
    let end = page.nodes[at].end;
    let line = page.line(at);
    if line.len() > 300 {
        return Vec::new();
    }
    let whole = |names: &Vec<String>| {
        names
            .iter()
            .any(|name| name.contains(' ') || !name.is_ascii())
    };
    let linked: Vec<String> = (at..end)
        .filter(|node| page.nodes[*node].tag == Tag::A)
        .flat_map(|node| people(&page.line(node), others))
        .collect();
    if whole(&linked) {
        return linked;
    }
    let card = formatted_names(page, at, others);
    if !card.is_empty() {
        return card;
    }
    let line = unglued(&line);
    let parts = match dates::find(&line) {
        Some(found) => vec![
            line[..found.range.start].to_owned(),
            line[found.range.end..].to_owned(),
        ],
        None => vec![line],
    };
    let pieces = page.nodes[at..end]
        .iter()
        .map(|node| unglued(&normal(node.text)));
    let pieces = pieces.filter(|piece| dates::find(piece).is_none() && !piece.is_empty());
    let by_lines = parts
        .iter()
        .filter(|part| part.contains(',') || part.contains(" and ") || part.contains(" und "));
    by_lines
        .cloned()
        .chain(pieces)
        .chain(parts.iter().cloned())
        .map(|text| people(&text, others))
        .find(|names| whole(names))
        .unwrap_or_default()
}

/// The names of an hCard (`class="author vcard"` around `class="fn"`): whatever it holds is somebody's,
/// also in one word.
fn formatted_names(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Vec<String> {
    let has = |node: NodeIndex, name: &str| {
        let class = page.attribute(node, "class").unwrap_or_default();
        class.split_ascii_whitespace().any(|part| part == name)
    };
    // The site's own name may be one, as a heading above all its pages.
    if !has(at, "vcard") || !has(at, "author") || page.nodes[at].tag == Tag::H1 {
        return Vec::new();
    }
    (at..page.nodes[at].end)
        .filter(|node| page.nodes[*node].element.is_some() && has(*node, "fn"))
        .flat_map(|node| names::typed_person(&page.line(node), others))
        .collect()
}

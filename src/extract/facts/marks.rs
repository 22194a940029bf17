//! Names that the page's markup calls its authors': relations, properties, links, classes.

use std::ops::Range;

use super::dates;
use super::months::unglued;
use super::names::{self, people};
use super::teasers::is_of_teaser;
use super::{boxes, bylines};
use crate::extract::document::characters::normal;
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Longest line of names, in bytes.
const LONGEST: usize = 300;

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
pub(crate) fn leads_to_author(href: &str) -> bool {
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
                | "profile"
                | "profiles"
                | "periodista"
                | "periodistas"
                | "yazar"
                | "yazarlar"
                | "firmas"
                | "redacteur"
                | "redacteurs"
        )
    })
}

/// Classes and identifiers that name a byline.
pub(crate) fn of_classes(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    gather(page, others, near, |node| {
        page.nodes[node].tag != Tag::Body
            && ["class", "id"]
                .iter()
                .filter_map(|name| page.attribute(node, name))
                .any(names_author)
    })
}

/// What a class contains if one of its words names an author: asked first, since it is asked of each
/// element.
const STEMS: [&str; 8] = [
    "firma",
    "uthor",
    "utor",
    "yline",
    "riter",
    "uteur",
    "eriodista",
    "azar",
];

/// Whether one of the words of a class names an author.
pub(crate) fn names_author(class: &str) -> bool {
    STEMS.iter().any(|stem| class.contains(stem))
        && class
            .split_ascii_whitespace()
            .flat_map(furniture::words)
            .any(|word| is_author_word(&word))
}

/// Whether a word of a class calls what it holds a byline.
pub(crate) fn is_author_word(word: &str) -> bool {
    matches!(
        word,
        "byline"
            | "author"
            | "authors"
            | "autor"
            | "autoren"
            | "writer"
            | "authorname"
            | "auteur"
            | "authored"
            | "periodista"
            | "yazar"
            | "autore"
            | "autora"
            | "autores"
    )
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
        let asked = node.element.is_some() && test(at);
        marked += usize::from(asked);
        let of_this = || {
            let of_other = is_of_teaser(page, at)
                || boxes::is_of_reader(page, at)
                || names::credits_other(page, at);
            let in_prose = node.tag == Tag::A && bylines::is_in_prose(page, at);
            !of_other && !in_prose
        };
        let found = if asked && of_this() {
            with_neighbours(page, at, others)
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

/// The names of an element, and where it is a link, those beside it on its line: a paper links the
/// pages of some of its authors only.
fn with_neighbours(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Vec<String> {
    let own = names_in(page, at, others);
    if page.nodes[at].tag != Tag::A || own.is_empty() {
        return own;
    }
    let around = page.line(page.nodes[at].parent);
    with_fellows_of_line(own, &around, others)
}

/// The names of a line, where they are the given ones and some more.
fn with_fellows_of_line(own: Vec<String>, line: &str, others: &[&str]) -> Vec<String> {
    if line.len() > LONGEST {
        return own;
    }
    let line = unglued(line);
    let end = dates::find(&line).map_or(line.len(), |found| found.range.start);
    let said = people(&line[..end], others);
    let more = said.len() > own.len()
        && said.len() <= 6
        && said.iter().all(|name| names::is_plain(name))
        && !said.iter().any(|name| {
            own.iter()
                .any(|known| name != known && name.contains(known.as_str()))
        })
        && own.iter().all(|name| said.contains(name));
    if more { said } else { own }
}

/// Names in one element: of its links, else of its first text that has any, else of its whole line.
fn names_in(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Vec<String> {
    let end = page.nodes[at].end;
    let line = page.line(at);
    if line.len() > LONGEST {
        return Vec::new();
    }
    let whole = |names: &Vec<String>| {
        names
            .iter()
            .any(|name| name.contains(' ') || !name.is_ascii())
    };
    let mut linked: Vec<String> = (at..end)
        .filter(|node| page.nodes[*node].tag == Tag::A && !names::credits_other(page, *node))
        .flat_map(|node| people(&page.line(node), others))
        .collect();
    if whole(&linked) {
        // A single word beside whole names is a control: `Jane Doe`, `Mail`.
        linked.retain(|name| names::is_whole(name));
        return with_fellows_of_line(linked, &line, others);
    }
    let card = formatted_names(page, at, others);
    if !card.is_empty() {
        return card;
    }
    let run = bylines::run_of_names(page, at..end, others);
    if run.len() >= 2 {
        return run;
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
    let pieces: Vec<String> = pieces
        .filter(|piece| dates::find(piece).is_none() && !piece.is_empty())
        .collect();
    let joins = |text: &String| {
        text.contains(',')
            || [" and ", " und ", " et ", " y "]
                .iter()
                .any(|and| text.contains(and))
    };
    let read = |text: &String| people(text, others);
    let joined = pieces.iter().filter(|piece| joins(piece)).map(read);
    let by_lines = parts.iter().filter(|part| joins(part)).map(read);
    joined
        .filter(|names| names.len() >= 2 && names.iter().all(|name| names::is_plain(name)))
        .chain(by_lines)
        .chain(pieces.iter().map(read))
        .chain(parts.iter().map(read))
        .find(whole)
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

//! Who wrote it: JSON-LD persons, then meta elements, then marked-up bylines (M3).

use std::ops::Range;

use serde_json::Value;

use super::characters::normal;
use super::dates;
use super::furniture;
use super::head::Head;
use super::jsonld::{JsonLd, decoded, is_kind};
use super::months::unglued;
use super::names::{self, people, stated_person};
use super::page::{NodeIndex, Page, Tag};

/// The names, from the first source that has any.
pub(super) fn find(
    page: &Page<'_>,
    head: &Head,
    data: &JsonLd,
    others: &[&str],
    near: Range<NodeIndex>,
) -> Vec<String> {
    let sources: [&dyn Fn() -> Vec<String>; 5] = [
        &|| of_json_ld(data, others),
        &|| of_meta(head, others),
        &|| of_markup(page, others, &near),
        &|| of_classes(page, others, &near),
        &|| of_words(page, others, &near),
    ];
    sources
        .iter()
        .map(|source| source())
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

fn of_json_ld(data: &JsonLd, others: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for key in ["author", "creator"] {
        if let Some(value) = data.get(key) {
            collect(data, value, others, &mut names);
        }
        if !names.is_empty() {
            break;
        }
    }
    names
}

fn collect(data: &JsonLd, value: &Value, others: &[&str], names: &mut Vec<String>) {
    let found = match value {
        Value::Array(list) => {
            for item in list.iter().take(20).filter(|item| !item.is_array()) {
                collect(data, item, others, names);
            }
            return;
        }
        Value::String(text) if !text.contains("://") => stated_person(&decoded(text), others),
        Value::Object(object) => {
            let object = data.resolved(object);
            let person = is_kind(object, |kind| kind == "Person");
            let other = is_kind(object, |kind| {
                kind.ends_with("Organization") || kind == "Thing" || kind == "WebSite"
            });
            if other && !person {
                return;
            }
            match object.get("name") {
                Some(Value::String(name)) => stated_person(&decoded(name), others),
                Some(Value::Array(list)) => list
                    .iter()
                    .filter_map(Value::as_str)
                    .take(20)
                    .flat_map(|name| stated_person(&decoded(name), others))
                    .collect(),
                _ => return,
            }
        }
        _ => return,
    };
    for name in found {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

fn of_meta(head: &Head, others: &[&str]) -> Vec<String> {
    for key in [
        "author",
        "article:author",
        "og:article:author",
        "parsely-author",
        "dc.creator",
        "dcterms.creator",
        "sailthru.author",
        "byl",
        "cxenseparse:author",
        "article:author_name",
        "citation_author",
        "twitter:data1",
    ] {
        let labelled = |label: &str| {
            let label = label.to_lowercase();
            ["by", "von", "por", "par", "da", "автор", "author", "autor"]
                .iter()
                .any(|word| label.contains(word))
        };
        if key == "twitter:data1" && !head.get(&["twitter:label1"]).is_some_and(labelled) {
            continue;
        }
        let mut names: Vec<String> = Vec::new();
        for value in head.all(key) {
            for name in stated_person(value, others) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if !names.is_empty() {
            return names;
        }
    }
    Vec::new()
}

/// `rel=author`, `itemprop=author`, links to the pages of authors.
fn of_markup(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    let marked = gather(page, others, near, |node| {
        let rel = page.attribute(node, "rel").unwrap_or_default();
        let property = page.attribute(node, "itemprop").unwrap_or_default();
        let is = |text: &str, word: &str| {
            text.split_ascii_whitespace()
                .any(|part| part.eq_ignore_ascii_case(word))
        };
        is(rel, "author") || is(property, "author")
    });
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
fn of_classes(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
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

/// Lines that say by their words that they are bylines: `By Jane Doe`, `von` and a name after it.
fn of_words(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    let mut bare_by = 0;
    for at in near.clone() {
        let node = &page.nodes[at];
        let text = node.text.trim();
        if text.is_empty() || text.len() > 120 || page.nodes[node.parent].tag.is_wordless() {
            continue;
        }
        let text = normal(text);
        if bare_by > 0 && at <= bare_by + 6 {
            let names = people(&text, others);
            if names.iter().any(|name| name.contains(' ')) {
                return names;
            }
        }
        if names::is_by(&text) {
            bare_by = at;
        } else if names::opens_byline(&text) {
            let line = unglued(&text);
            let end = dates::find(&line).map_or(line.len(), |found| found.range.start);
            let names = people(&line[..end], others);
            // "By the end of June": a name has two words that begin with capitals.
            if !names.is_empty() && names.iter().all(|name| name.contains(' ')) {
                return names;
            }
        }
    }
    Vec::new()
}

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
    while at < near.end {
        let node = &page.nodes[at];
        if node.tag.is_wordless() || matches!(node.tag, Tag::Figure | Tag::Figcaption) {
            at = node.end;
            continue;
        }
        if last.is_some_and(|last| at > last + 60) {
            break;
        }
        let found = if node.element.is_some() && test(at) {
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

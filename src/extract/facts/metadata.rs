//! What a page states beside its text: tags, section, picture, language, paywall (M6, M7).

use std::ops::Range;

use serde_json::Value;
use url::Url;

use super::said::Said;
use super::tag_rows;
use crate::extract::body::lexicon::{Class, class_of};
use crate::extract::document::characters::{folded, normal};
use crate::extract::document::head::{Head, absolute};
use crate::extract::document::jsonld::{JsonLd, decoded};
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Tags of one article at most.
const MAX_TAGS: usize = 40;
/// Characters of one tag at most: longer ones are sentences.
const MAX_TAG: usize = 80;

/// Nodes behind the text in which its tags may stand.
const BEHIND: usize = 400;
/// Words of one tag at most.
const MAX_TAG_WORDS: usize = 7;

/// Tags: `article:tag`, then JSON-LD keywords, then links of relation `tag` and lines of tags, then
/// the meta elements, which are written for search engines, then rows of links that lead to topics;
/// words for search engines of which the article has only a part come last but for rows told by the text.
/// `near` is the part of the page from the headline to the end of the text, `others` are the names of
/// the site, which tag nothing; `said` is the article, `writers` are its authors.
pub(crate) fn tags(
    page: &Page<'_>,
    head: &Head,
    data: &JsonLd,
    near: &Range<NodeIndex>,
    others: &[&str],
    said: &Said<'_>,
    writers: &[String],
) -> Vec<String> {
    let around = near.start..(near.end + BEHIND).min(page.nodes.len());
    let sources: [&dyn Fn() -> Vec<String>; 8] = [
        &|| {
            let stated: Vec<&str> = head.all("article:tag").collect();
            match stated.as_slice() {
                [one] => listed(parted(one)),
                many => listed(many.iter().map(|tag| (*tag).to_owned())),
            }
        },
        &|| listed(keywords(data)),
        &|| linked_tags(page, &around),
        &|| written_tags(page, &around),
        &|| search_words(head, |tag| said.holds(tag)),
        &|| listed(tag_rows::first(page, &around)),
        &|| search_words(head, |tag| tag.split(' ').any(|word| said.holds(word))),
        &|| listed(tag_rows::told(page, &around, said, writers)),
    ];
    let others: Vec<String> = others.iter().map(|other| folded(other)).collect();
    sources
        .iter()
        .map(|source| {
            let mut tags = source();
            tags.retain(|tag| names_something(tag) && !others.contains(&folded(tag)));
            tags
        })
        .find(|tags| !tags.is_empty())
        .unwrap_or_default()
}

/// The words that a page gives to search engines. Of the general ones nothing is taken where the article
/// speaks of none, as `spoken` tells: they stand on each page of the site.
fn search_words(head: &Head, spoken: impl Fn(&str) -> bool) -> Vec<String> {
    let values = ["news_keywords", "keywords", "parsely-tags", "sailthru.tags"];
    let Some((name, value)) = values
        .iter()
        .find_map(|name| Some((*name, head.all(name).next()?)))
    else {
        return Vec::new();
    };
    let words = listed(parted(value));
    let own = name != "keywords" || words.iter().any(|word| spoken(word));
    if own { words } else { Vec::new() }
}

/// Whether a tag is one: no heading of a list of tags, no sentence, no identifier of a system.
fn names_something(tag: &str) -> bool {
    const HEADINGS: &str = "themen thema tags tag topics topic schlagwörter schlagworte etiquetas temas mots-clés \
        sujets argomenti tematy tagi теги темы теми etiketler konular trefwoorden emner ämnen categories category \
        kategorien categorías categorias catégories рубрики рубрика";
    let lower = tag.to_lowercase();
    let heading = lower.trim_end_matches(':').trim();
    let long = tag.len() >= 16 && !tag.contains(' ');
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let identifier = long && tag.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        || tag.chars().all(small) && (tag.contains('_') || tag.matches('-').count() >= 3);
    // `2026` is a year; other bare numbers are those of pages and of records.
    let number = tag.len() != 4 && tag.chars().all(|c| c.is_ascii_digit());
    !HEADINGS.split(' ').any(|word| word == heading)
        && !number
        && tag.split(' ').count() <= MAX_TAG_WORDS
        && !identifier
}

/// A line such as `Tags: #one #two` that is not linked.
fn written_tags(page: &Page<'_>, around: &Range<NodeIndex>) -> Vec<String> {
    let line = page.nodes[around.clone()]
        .iter()
        .filter(|node| {
            node.text.contains('#')
                && node.text.len() < 400
                && !page.nodes[node.parent].tag.is_wordless()
        })
        .map(|node| normal(node.text))
        .find(|line| class_of(line) == Some(Class::TagLine));
    line.map(|line| hash_words(&line)).unwrap_or_default()
}

/// The tags of a tag line: its `#words`, else what stands between commas.
pub(crate) fn hash_words(line: &str) -> Vec<String> {
    let (_, tags) = line.split_once(':').unwrap_or(("", line));
    let separator = if tags.contains('#') { '#' } else { ',' };
    listed(tags.split(separator).map(str::to_owned))
}

/// Links that stand in a block of tags, or say by their relation that they are tags.
fn linked_tags(page: &Page<'_>, around: &Range<NodeIndex>) -> Vec<String> {
    let is = |node: NodeIndex, name: &str| {
        let rel = page.attribute(node, "rel").unwrap_or_default();
        rel.split_ascii_whitespace().any(|rel| rel == name)
    };
    let mut tags: Vec<NodeIndex> = around
        .clone()
        .filter(|node| page.nodes[*node].tag == Tag::A)
        .filter(|node| is(*node, "tag") || in_tag_block(page, *node))
        .collect();
    // Where some are tags and nothing more, those that are categories as well are the sections.
    if tags.iter().any(|node| !is(*node, "category")) {
        tags.retain(|node| !is(*node, "category"));
    }
    listed(tags.into_iter().map(|node| page.line(node)))
}

/// What a class contains if one of its words names tags: asked first, since it is asked of each link.
const TAG_WORDS: [&str; 4] = ["tags", "Tags", "taglist", "eywords"];

fn in_tag_block(page: &Page<'_>, node: NodeIndex) -> bool {
    page.upward(node).skip(1).take(3).any(|block| {
        let names = ["class", "id"]
            .into_iter()
            .filter_map(|name| page.attribute(block, name));
        page.nodes[block].tag != Tag::Body
            && names
                .filter(|name| TAG_WORDS.iter().any(|word| name.contains(word)))
                .flat_map(str::split_ascii_whitespace)
                .any(|class| {
                    crate::extract::document::furniture::words(class)
                        .last()
                        .is_some_and(|word| {
                            matches!(word.as_str(), "tags" | "taglist" | "keywords")
                        })
                })
    })
}

/// Tags in order, without `#`, once each; anything too long to be a tag is left out.
pub(crate) fn listed(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for value in values {
        let tag = normal(value.trim().trim_start_matches('#'));
        let tag = tag.trim_matches([',', ';', ' ']).to_owned();
        let key = folded(&tag);
        if key.is_empty()
            || tag.chars().count() > MAX_TAG
            || tags.iter().any(|known| folded(known) == key)
        {
            continue;
        }
        tags.push(tag);
        if tags.len() == MAX_TAGS {
            break;
        }
    }
    tags
}

fn parted(text: &str) -> Vec<String> {
    let separator = if text.contains(';') { ';' } else { ',' };
    text.split(separator).map(str::to_owned).collect()
}

fn keywords(data: &JsonLd) -> Vec<String> {
    match data.get("keywords") {
        Some(Value::String(text)) => parted(&decoded(text)),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(decoded(text).into_owned()),
                Value::Object(object) => object.get("name")?.as_str().map(str::to_owned),
                _ => None,
            })
            // Some sites file their identifiers among the keywords: `type:article`.
            .filter(|tag| !tag.contains(':'))
            .collect(),
        _ => Vec::new(),
    }
}

/// The section or rubric.
pub(crate) fn section(head: &Head, data: &JsonLd) -> Option<String> {
    head.get(&["article:section", "og:article:section"])
        .map(str::to_owned)
        .or_else(|| data.text("articleSection").map(|text| normal(&text)))
        .or_else(|| {
            let names = ["parsely-section", "sailthru.section", "section", "category"];
            head.get(&names).map(str::to_owned)
        })
        .filter(|section| !section.is_empty() && section.len() <= 100 && !section.contains("://"))
}

/// The article's picture: what the page shares, else what its JSON-LD names.
pub(crate) fn image(head: &Head, data: &JsonLd, base: Option<&Url>) -> Option<Url> {
    head.get(&[
        "og:image",
        "og:image:url",
        "og:image:secure_url",
        "twitter:image",
        "twitter:image:src",
    ])
    .and_then(|href| absolute(href, base))
    .or_else(|| data.get("image").and_then(|image| image_of(image, base)))
}

fn image_of(value: &Value, base: Option<&Url>) -> Option<Url> {
    match value {
        Value::String(text) => absolute(text, base),
        Value::Array(list) => match list.first()? {
            Value::Array(_) => None,
            first => image_of(first, base),
        },
        Value::Object(object) => absolute(
            object.get("url").or_else(|| object.get("@id"))?.as_str()?,
            base,
        ),
        _ => None,
    }
}

/// What the page says of its paywall: schema.org's `isAccessibleForFree`, of the article, of its page or
/// of a part of it, then the tier that publishers state to social networks.
pub(crate) fn free(head: &Head, data: &JsonLd) -> Option<bool> {
    let stated = data
        .get("isAccessibleForFree")
        .and_then(truth)
        .or_else(|| data.of_page("isAccessibleForFree").find_map(truth));
    // A part that must be paid for is the text itself; a free one says nothing of the rest.
    let part = || {
        let parts = data
            .get("hasPart")
            .into_iter()
            .flat_map(|parts| match parts {
                Value::Array(list) => list.iter().collect(),
                one => vec![one],
            });
        let mut stated = parts.filter_map(|part| truth(part.get("isAccessibleForFree")?));
        stated.any(|free| !free).then_some(false)
    };
    stated.or_else(part).or_else(|| {
        let names = ["article:content_tier", "og:article:content_tier"];
        match head.get(&names)?.to_ascii_lowercase().as_str() {
            "free" => Some(true),
            "locked" | "metered" | "paid" | "premium" | "subscriber" => Some(false),
            _ => None,
        }
    })
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => Some(number.as_f64()? != 0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paywall_is_what_page_or_part_says() {
        for (data, meta, expected) in [
            (r#""isAccessibleForFree":"False""#, "", Some(false)),
            (
                r#""isAccessibleForFree":true,"hasPart":{"isAccessibleForFree":false}"#,
                "",
                Some(true),
            ),
            (
                r#""hasPart":[{"isAccessibleForFree":"false","cssSelector":".paid"}]"#,
                "",
                Some(false),
            ),
            (r#""hasPart":{"isAccessibleForFree":true}"#, "", None),
            (r#""name":"x""#, "locked", Some(false)),
            (r#""name":"x""#, "free", Some(true)),
            (r#""name":"x""#, "", None),
        ] {
            let html = crate::extract::tree(&format!(
                "<meta property=article:content_tier content='{meta}'>\
                <script type=application/ld+json>{{\"@type\":\"NewsArticle\",{data}}}</script>"
            ));
            let page = Page::new(&html);
            let stated = JsonLd::read(&page, &[], None);
            assert_eq!(
                free(&Head::read(&page, None), &stated),
                expected,
                "{data} {meta}"
            );
        }
    }

    #[test]
    fn headings_and_identifiers_are_no_tags() {
        assert!(names_something("Odesa port"));
        assert!(!names_something("Tags:"));
        assert!(!names_something("8ae9ab2d-fe1b-4230-acb8-a59b52877682"));
        assert!(!names_something("Here you find the cheapest of all ships"));
    }
}

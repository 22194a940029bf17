//! What a page states beside its text: tags, section, picture, language, paywall (M6, M7).

use serde_json::Value;
use url::Url;

use super::characters::{folded, normal};
use super::head::{Head, absolute, language_tag};
use super::jsonld::{JsonLd, decoded};
use super::lexicon::{Class, class_of};
use super::page::{NodeIndex, Page, Tag};

/// Tags of one article at most.
const MAX_TAGS: usize = 40;
/// Characters of one tag at most: longer ones are sentences.
const MAX_TAG: usize = 80;

/// Tags: links of relation `tag`, then `article:tag`, then JSON-LD keywords, then the meta element.
pub(super) fn tags(page: &Page<'_>, head: &Head, data: &JsonLd) -> Vec<String> {
    let sources: [&dyn Fn() -> Vec<String>; 5] = [
        &|| linked_tags(page),
        &|| written_tags(page),
        &|| listed(head.all("article:tag").map(str::to_owned)),
        &|| listed(keywords(data)),
        &|| {
            let values = ["news_keywords", "keywords", "parsely-tags", "sailthru.tags"];
            listed(
                values
                    .iter()
                    .find_map(|name| head.all(name).next())
                    .into_iter()
                    .flat_map(parted),
            )
        },
    ];
    sources
        .iter()
        .map(|source| source())
        .find(|tags| !tags.is_empty())
        .unwrap_or_default()
}

/// A line such as `Tags: #one #two` that is not linked.
fn written_tags(page: &Page<'_>) -> Vec<String> {
    let line = page
        .nodes
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
pub(super) fn hash_words(line: &str) -> Vec<String> {
    let (_, tags) = line.split_once(':').unwrap_or(("", line));
    let separator = if tags.contains('#') { '#' } else { ',' };
    listed(tags.split(separator).map(str::to_owned))
}

/// Links that stand in a block of tags, or say by their relation that they are tags.
fn linked_tags(page: &Page<'_>) -> Vec<String> {
    let tags = page.with_tag(Tag::A).filter(|node| {
        let rel = page.attribute(*node, "rel").unwrap_or_default();
        rel.split_ascii_whitespace().any(|rel| rel == "tag") || in_tag_block(page, *node)
    });
    listed(tags.map(|node| page.line(node)))
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
                    super::furniture::words(class).last().is_some_and(|word| {
                        matches!(word.as_str(), "tags" | "taglist" | "keywords")
                    })
                })
    })
}

/// Tags in order, without `#`, once each; anything too long to be a tag is left out.
pub(super) fn listed(values: impl IntoIterator<Item = String>) -> Vec<String> {
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
pub(super) fn section(head: &Head, data: &JsonLd) -> Option<String> {
    head.get(&["article:section"])
        .map(str::to_owned)
        .or_else(|| data.text("articleSection").map(|text| normal(&text)))
        .filter(|section| !section.is_empty() && section.len() <= 100 && !section.contains("://"))
}

/// The article's picture: what the page shares, else what its JSON-LD names.
pub(super) fn image(head: &Head, data: &JsonLd, base: Option<&Url>) -> Option<Url> {
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

/// The language as the page states it.
pub(super) fn language(head: &Head, data: &JsonLd) -> Option<String> {
    head.language
        .clone()
        .or_else(|| data.text("inLanguage").and_then(|text| language_tag(&text)))
        .or_else(|| {
            head.get(&["content-language", "language", "dc.language", "og:locale"])
                .and_then(language_tag)
        })
}

/// What the page says of its paywall (schema.org `isAccessibleForFree`, `article:content_tier`).
pub(super) fn free(head: &Head, data: &JsonLd) -> Option<bool> {
    match data.get("isAccessibleForFree") {
        Some(Value::Bool(free)) => return Some(*free),
        Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => return Some(true),
            "false" | "no" => return Some(false),
            _ => {}
        },
        _ => {}
    }
    match head
        .get(&["article:content_tier"])?
        .to_ascii_lowercase()
        .as_str()
    {
        "free" => Some(true),
        "locked" | "metered" => Some(false),
        _ => None,
    }
}

//! The page's JSON-LD: which of its objects describes the article, and what that object says.
//!
//! Reads leniently (one block in 250 is not JSON: raw line ends, trailing commas, comments), and
//! believes nothing: what stands here is a candidate for `metadata` and `candidates` to judge.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::Url;

use super::page::{Page, Tag};

/// Blocks larger than this hold catalogues, not articles.
const MAX_BYTES: usize = 2 << 20;
/// Objects looked at on one page.
const MAX_OBJECTS: usize = 2_000;

/// Objects inside one another that are looked at.
const MAX_DEPTH: u32 = 5;

type Object = Map<String, Value>;

/// All objects of a page's JSON-LD.
#[derive(Default)]
pub(crate) struct JsonLd {
    objects: Vec<Object>,
    article: Option<usize>,
    /// Whether the article's object names the page's address.
    of_this_page: bool,
}

impl JsonLd {
    /// Reads every block; the article is the object whose address or headline is the page's.
    pub(crate) fn read(page: &Page<'_>, addresses: &[Url], title: Option<&str>) -> Self {
        let mut objects = Vec::new();
        for script in page.with_tag(Tag::Script) {
            let kind = page.attribute(script, "type").unwrap_or_default();
            if !kind
                .trim()
                .to_ascii_lowercase()
                .starts_with("application/ld+json")
            {
                continue;
            }
            let node = &page.nodes[script];
            let text: String = page.nodes[script + 1..node.end]
                .iter()
                .map(|n| n.text)
                .collect();
            if let Some(value) = parse(&text) {
                collect(value, &mut objects);
            }
        }
        let article = choose(&objects, addresses, title);
        Self {
            of_this_page: article.is_some_and(|index| names_one_of(&objects[index], addresses)),
            objects,
            article,
        }
    }

    /// Whether the article's object says by its address that it is this page's.
    pub(crate) fn is_of_this_page(&self) -> bool {
        self.of_this_page
    }

    /// The article's object.
    pub(crate) fn article(&self) -> Option<&Object> {
        self.article.map(|index| &self.objects[index])
    }

    /// A text of the article's object.
    pub(crate) fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        match self.article()?.get(key)? {
            Value::String(text) => Some(decoded(text)),
            Value::Array(list) => list.first()?.as_str().map(decoded),
            _ => None,
        }
    }

    /// The value of a key of the article's object, references followed.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.article()?.get(key)
    }

    /// What the page says of who wrote it: the article's object, else that of the page around it.
    pub(crate) fn authors(&self) -> impl Iterator<Item = &Value> {
        let keys = ["author", "creator"];
        let own = keys.into_iter().filter_map(|key| self.get(key));
        own.chain(keys.into_iter().flat_map(|key| self.of_page(key)))
    }

    /// The values of a key of the objects that describe the page around the article.
    pub(crate) fn of_page<'k>(&self, key: &'k str) -> impl Iterator<Item = &Value> + use<'_, 'k> {
        self.objects
            .iter()
            .filter(|object| is_kind(object, |kind| kind == "WebPage"))
            .filter_map(move |object| object.get(key))
    }

    /// The object that a bare `{"@id": …}` stands for, or the object itself.
    pub(crate) fn resolved<'v>(&'v self, object: &'v Object) -> &'v Object {
        let bare = !object.contains_key("name");
        match object.get("@id").and_then(Value::as_str) {
            Some(id) if bare => self
                .objects
                .iter()
                .find(|other| {
                    other.contains_key("name")
                        && other.get("@id").and_then(Value::as_str) == Some(id)
                })
                .unwrap_or(object),
            _ => object,
        }
    }

    /// The names of all organisations and sites that the page describes: none of them is a person.
    pub(crate) fn organisations(&self) -> impl Iterator<Item = &str> {
        self.objects
            .iter()
            .filter(|object| {
                // A personal site's owner is typed as both.
                is_kind(object, |kind| {
                    kind.ends_with("Organization") || kind == "WebSite"
                }) && !is_kind(object, |kind| kind == "Person")
            })
            .filter_map(|object| object.get("name")?.as_str())
    }
}

/// Whether one of an object's types passes `test`; a type may be written as a whole address.
pub(crate) fn is_kind(object: &Object, test: impl Fn(&str) -> bool) -> bool {
    let short = |kind: &str| test(kind.rsplit(['/', ':']).next().unwrap_or(kind));
    match object.get("@type") {
        Some(Value::String(kind)) => short(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(short),
        _ => false,
    }
}

fn is_article(object: &Object) -> bool {
    is_kind(object, |kind| {
        kind.ends_with("Article")
            || kind.ends_with("BlogPosting")
            || matches!(
                kind,
                "Report"
                    | "LiveBlogPosting"
                    | "SocialMediaPosting"
                    | "Review"
                    | "CriticReview"
                    | "Recipe"
            )
    })
}

/// The article's object among all: address first, then headline, then the one with most to say.
fn choose(objects: &[Object], addresses: &[Url], title: Option<&str>) -> Option<usize> {
    let title = title.map(super::characters::folded);
    let score = |object: &Object| {
        let mut score = 0_i32;
        score += if names_one_of(object, addresses) {
            8
        } else {
            0
        };
        let headline = object
            .get("headline")
            .or_else(|| object.get("name"))
            .and_then(Value::as_str);
        if let (Some(headline), Some(title)) = (headline, &title) {
            let headline = super::characters::folded(headline);
            let same = !headline.is_empty()
                && (title.starts_with(&headline) || headline.starts_with(title.as_str()));
            score += if same { 8 } else { 0 };
        }
        for key in ["headline", "datePublished", "author", "articleBody"] {
            score += i32::from(object.contains_key(key));
        }
        score
    };
    objects
        .iter()
        .enumerate()
        .filter(|(_, object)| is_article(object))
        .max_by_key(|(index, object)| (score(object), std::cmp::Reverse(*index)))
        .map(|(index, _)| index)
}

/// Whether an object stands for one of these addresses.
fn names_one_of(object: &Object, addresses: &[Url]) -> bool {
    ["url", "mainEntityOfPage", "@id"]
        .iter()
        .filter_map(|key| address_of(object.get(*key)?))
        .any(|address| {
            addresses
                .iter()
                .any(|own| own.host_str() == address.host_str() && own.path() == address.path())
        })
}

fn address_of(value: &Value) -> Option<Url> {
    match value {
        Value::String(text) => Url::parse(text).ok(),
        Value::Object(object) => {
            Url::parse(object.get("@id").or_else(|| object.get("url"))?.as_str()?).ok()
        }
        _ => None,
    }
}

/// Puts every object of a block into one list: top level, `@graph`, arrays, and the objects inside.
fn collect(value: Value, objects: &mut Vec<Object>) {
    let mut waiting = vec![(value, 0)];
    while let Some((value, depth)) = waiting.pop() {
        // Objects are copied out of one another, so their depth bounds the memory.
        if objects.len() >= MAX_OBJECTS || depth > MAX_DEPTH {
            continue;
        }
        match value {
            Value::Array(list) => waiting.extend(list.into_iter().rev().map(|item| (item, depth))),
            Value::Object(object) => {
                for key in [
                    "mainEntity",
                    "publisher",
                    "@graph",
                    "mainEntityOfPage",
                    "isPartOf",
                    "hasPart",
                    "subjectOf",
                    "author",
                    "item",
                ] {
                    if let Some(inner @ (Value::Object(_) | Value::Array(_))) = object.get(key) {
                        waiting.push((inner.clone(), depth + 1));
                    }
                }
                objects.push(object);
            }
            _ => {}
        }
    }
}

/// Parses a block; when that fails, once more after the usual damage is repaired.
fn parse(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    serde_json::from_str(text)
        .ok()
        .or_else(|| first_value(&repaired(text)))
}

/// The first whole value of a text that may hold more behind it.
fn first_value(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()?
        .ok()
}

/// Takes away comments, raw control characters in strings, wrong escapes, and trailing commas.
fn repaired(text: &str) -> String {
    let text = text
        .split_once("<![CDATA[")
        .map_or(text, |(_, inside)| inside);
    let start = text.find(['{', '[']).unwrap_or(0);
    let mut out = String::with_capacity(text.len());
    let mut chars = text[start..].chars().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match (inside, c) {
            (true, '\\') => match chars.next() {
                Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    out.extend(['\\', next]);
                }
                Some(next) if next.is_control() => out.push(' '),
                Some(next) => out.push(next),
                None => {}
            },
            (true, '\n' | '\r') => out.push_str("\\n"),
            (true, c) if c.is_control() => out.push(' '),
            (_, '"') => {
                inside = !inside;
                out.push('"');
            }
            (false, '}' | ']') => {
                let kept = out.trim_end();
                if let Some(kept) = kept.strip_suffix(',') {
                    out.truncate(kept.len());
                }
                out.push(c);
            }
            (false, ';') => {}
            _ => out.push(c),
        }
    }
    out
}

/// Texts in JSON-LD are plain by the standard, and half of the web writes entities into them.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') || !text.contains(';') {
        return Cow::Borrowed(text);
    }
    let html = scraper::Html::parse_fragment(&text.replace('<', "&lt;"));
    Cow::Owned(html.root_element().text().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_blocks_are_read() {
        for (text, key) in [
            ("{\"a\":\"one\ntwo\",}", "one\ntwo"),
            ("<!-- {\"a\":\"x\\'y\"} -->", "x'y"),
            ("//<![CDATA[\n{\"a\":\"z\"}\n//]]>", "z"),
            ("{\"a\":\"q\"};", "q"),
        ] {
            let value = parse(text).expect(text);
            assert_eq!(value["a"], key, "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_none());
        assert!(parse("{\"a\":").is_none());
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(decoded("a &amp; b"), "a & b");
        assert_eq!(decoded("a &amp;amp; b"), "a &amp; b");
        assert_eq!(decoded("x < y & z;"), "x < y & z;");
    }
}

//! JSON Feed 1.0 and 1.1, and JSON that means to be one: numbers as identifiers, sizes as strings, a document
//! that ends too early.

use serde_json::{Map, Value};

use crate::feed::draft::{Based, Draft, rank};
use crate::feed::parts::ENTRIES_MAX;
use crate::feed::text::one_line;
use crate::feed::{FeedError, Hints, Parsed, dates, inherit_authors, links};

/// Whether a text is JSON rather than markup.
pub(super) fn looks_like(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Values of one document that are read; a member of an object takes some two hundred bytes, whatever
/// it says, and 64 MiB are what a feed may take (`benches/memory.py`).
const VALUES_MAX: usize = 250_000;

/// The text up to where it would hold more values than are read; what was cut then counts as damage,
/// and the items before it are kept.
fn within_bounds(text: &str) -> &str {
    let (mut in_string, mut escaped) = (false, false);
    let mut values = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'{' | b'[' if !in_string => {
                values += 1;
                if values > VALUES_MAX {
                    return &text[..at];
                }
            }
            _ => {}
        }
    }
    text
}

/// Reads a JSON feed.
pub(super) fn parse(text: &str, hints: &Hints<'_>) -> Result<Parsed, FeedError> {
    let mut warnings = Vec::new();
    let text = within_bounds(text.trim());
    let document = match serde_json::from_str::<Value>(text) {
        Ok(document) => document,
        Err(error) => {
            let whole = whole_items(text).and_then(|text| serde_json::from_str(&text).ok());
            let document = whole.ok_or(FeedError::Json(error))?;
            warnings.push("the JSON is damaged; entries before the damage are kept".to_owned());
            document
        }
    };
    let Value::Object(feed) = document else {
        return Err(not_a_feed());
    };
    let Some(Value::Array(items)) = feed.get("items").or_else(|| feed.get("entries")) else {
        return Err(not_a_feed());
    };
    let self_url = links::address(&string(&feed, "feed_url"), hints.base);
    let link = links::address(
        &string(&feed, "home_page_url"),
        hints.base.or(self_url.as_ref()),
    );
    let base = hints.base.or(self_url.as_ref()).or(link.as_ref());
    if items.len() > ENTRIES_MAX {
        warnings.push(format!(
            "more than {ENTRIES_MAX} entries; the rest is left out"
        ));
    }
    let objects = items.iter().filter_map(Value::as_object).take(ENTRIES_MAX);
    let mut entries: Vec<_> = objects
        .map(|item| entry(item, hints).finish(base))
        .collect();
    inherit_authors(&mut entries, &authors(&feed));
    let hub = feed
        .get("hubs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        // Other kinds (rssCloud) speak another protocol.
        .find(|hub| string(hub, "type").eq_ignore_ascii_case("websub"));
    Ok(Parsed {
        title: present(one_line(&string(&feed, "title"))),
        language: present(string(&feed, "language")),
        hub: hub.and_then(|hub| links::address(&string(hub, "url"), base)),
        self_url,
        link,
        entries,
        warnings,
        ..Parsed::default()
    })
}

fn not_a_feed() -> FeedError {
    FeedError::NotThis {
        wanted: "a feed",
        found: "it is JSON without a list of items".to_owned(),
    }
}

fn entry<'a>(item: &'a Map<String, Value>, hints: &Hints<'_>) -> Draft<'a> {
    let mut draft = Draft::default();
    let based = |text: String| Based {
        text: text.into(),
        base: None,
    };
    if let Some(id) = present(string(item, "id")) {
        if id.starts_with("http://") || id.starts_with("https://") {
            draft.link.offer(rank::LAST, based(id.clone()));
        }
        draft.id.offer(0, id);
    }
    for (name, rank) in [("url", rank::LINK), ("external_url", rank::ALTERNATE)] {
        if let Some(link) = present(string(item, name)) {
            draft.link.offer(rank, based(link));
        }
    }
    if let Some(title) = present(one_line(&string(item, "title"))) {
        draft.title.offer(0, title);
    }
    if let Some(summary) = present(string(item, "summary")) {
        draft.summary.offer(0, based(summary));
    }
    for (name, rank) in [("content_html", 0), ("content_text", 1)] {
        if let Some(content) = present(string(item, name)) {
            draft.content.offer(rank, based(content));
        }
    }
    for author in authors(item) {
        draft.author(0, author);
    }
    if let Some(time) = dates::parse(&string(item, "date_published"), hints.zone) {
        draft.published.offer(0, time);
    }
    if let Some(time) = dates::parse(&string(item, "date_modified"), hints.zone) {
        draft.updated.offer(0, time);
    }
    for tag in list(item, "tags") {
        draft.category(&text(tag));
    }
    for attachment in list(item, "attachments").filter_map(Value::as_object) {
        let length = string(attachment, "size_in_bytes").parse().ok();
        let media_type = present(string(attachment, "mime_type"));
        draft.enclosure(based(string(attachment, "url")), media_type, length);
    }
    draft
}

/// `authors` of version 1.1, `author` of 1.0, and plain names.
fn authors(object: &Map<String, Value>) -> Vec<String> {
    let single = object.get("author").into_iter();
    let name = |author: &Value| match author {
        Value::Object(author) => string(author, "name"),
        other => text(other),
    };
    let mut names: Vec<String> = list(object, "authors").map(name).collect();
    if names.is_empty() {
        names = single.map(name).collect();
    }
    names.retain(|name| !name.is_empty());
    names.truncate(100);
    names
}

fn list<'a>(object: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = object.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default().iter().take(100)
}

fn string(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).map(text).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn present(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A document cut behind its last whole item, with its brackets closed.
fn whole_items(text: &str) -> Option<String> {
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    let mut last = None;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' if open.len() < 100 => open.push(byte),
            b'}' | b']' => {
                open.pop();
                if byte == b'}' && open == [b'{', b'['] {
                    last = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    last.map(|end| format!("{}]}}", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_countless_values_is_read_as_far_as_the_bound() {
        let first = r#"{"id":"1","url":"https://a.example/1","title":"First"}"#;
        let text = format!(r#"{{"items":[{first}{}]}}"#, ",{}".repeat(VALUES_MAX));
        let parsed = parse(&text, &Hints::default()).unwrap();
        assert_eq!(parsed.entries[0].title.as_deref(), Some("First"));
        assert!(parsed.warnings.iter().any(|it| it.contains("damaged")));
        let commas = format!(r#"{{"title":"{}\""}}"#, ",".repeat(VALUES_MAX + 9));
        assert_eq!(within_bounds(&commas), commas);
    }
}

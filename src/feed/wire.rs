//! The JSON that `feed parse` prints (contract §2): dates in UTC, what is absent null.

use serde::Serialize;

use crate::feed::Parsed;
use crate::model::stated::StatedTime;

#[derive(Serialize)]
struct Feed<'a> {
    title: Option<&'a str>,
    link: Option<&'a str>,
    language: Option<&'a str>,
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: Option<&'a str>,
    url: Option<&'a str>,
    title: Option<&'a str>,
    summary: Option<&'a str>,
    content: Option<&'a str>,
    authors: &'a [String],
    published: Option<String>,
    updated: Option<String>,
    categories: &'a [String],
    enclosures: Vec<Enclosure<'a>>,
}

#[derive(Serialize)]
struct Enclosure<'a> {
    url: &'a str,
    #[serde(rename = "type")]
    media_type: Option<&'a str>,
    length: Option<u64>,
}

/// The feed as the contract's JSON object.
pub fn to_json(parsed: &Parsed) -> serde_json::Value {
    let feed = Feed {
        title: parsed.title.as_deref(),
        link: parsed.link.as_ref().map(url::Url::as_str),
        language: parsed.language.as_deref(),
        entries: parsed.entries.iter().map(entry).collect(),
    };
    serde_json::to_value(feed).expect("strings and numbers are always JSON")
}

fn entry(entry: &crate::model::entry::Entry) -> Entry<'_> {
    Entry {
        id: entry.id.as_deref(),
        url: entry.url.as_ref().map(url::Url::as_str),
        title: entry.title.as_deref(),
        summary: entry.summary.as_deref(),
        content: entry.content.as_deref(),
        authors: &entry.authors,
        published: entry.published.map(in_utc),
        updated: entry.updated.map(in_utc),
        categories: &entry.categories,
        enclosures: entry
            .enclosures
            .iter()
            .map(|enclosure| Enclosure {
                url: &enclosure.url,
                media_type: enclosure.media_type.as_deref(),
                length: enclosure.length,
            })
            .collect(),
    }
}

/// RFC 3339 in UTC; a local time or a day is taken as UTC.
fn in_utc(time: StatedTime) -> String {
    time.instant().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

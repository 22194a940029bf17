//! Bytes of a feed, a section page or a sitemap in; entries and warnings out. Pure.
//!
//! A feed is decoded first, whatever it says of itself ([`charset`]). A tolerant reading of the markup then
//! finds entries in anything that resembles a feed ([`reader`]), and learns whether feed-rs can be let near it.
//! Damage is a warning, never an error: an error says that there is no feed here at all.
//!
//! feed-rs gives a second opinion, not the first ([`strict`]). It is asked where no entry at all has an
//! address, or none has a title or a text, although the markup is healthy and within its limits: then the
//! feed may be built in a way that only feed-rs understands, and what it finds is filled in. Otherwise it is
//! not asked: what a single entry lacks the publisher left out, for feed-rs takes values from no element
//! that the tolerant reading does not know, and reading twice takes more than twice as long.
//!
//! Nothing in here fetches, knows the time, or sanitises markup; that is for whoever shows it.

mod ahead;
mod bindings;
mod capture;
mod charset;
pub mod dates;
pub mod discover;
mod draft;
pub mod entities;
mod fields;
mod found;
pub mod hub;
mod json;
mod links;
mod names;
mod notes;
pub mod opml;
pub mod page;
mod parts;
mod reader;
mod scan;
pub mod sitemap;
mod strict;
mod tag;
mod text;
mod unpack;
mod values;
pub mod wire;

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use url::Url;

use crate::model::entry::Entry;
use draft::Based;
use found::{Found, Root};
use reader::Reader;

/// Largest document that is read: eight times what is fetched by default.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most bytes of names that the entries of one feed inherit together.
const INHERITED_MAX: usize = 4 * 1024 * 1024;

/// What is known of a document besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The `Content-Type` it came with.
    pub content_type: Option<&'a str>,
    /// The address it came from in the end, for relative links.
    pub base: Option<&'a Url>,
    /// The source's zone, for dates that name none.
    pub zone: Option<&'a TimeZone>,
}

/// A feed that was read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Its title as plain text.
    pub title: Option<String>,
    /// The page it is the feed of.
    pub link: Option<Url>,
    /// Its language as stated.
    pub language: Option<String>,
    /// Its entries in its order.
    pub entries: Vec<Entry>,
    /// What had to be repaired or overlooked, with the line in the source.
    pub warnings: Vec<String>,
    /// What it asks of those who poll it.
    pub asks: Asks,
    /// The `WebSub` hub.
    pub hub: Option<Url>,
    /// Its own address as it states it.
    pub self_url: Option<Url>,
    /// Where it says that it has moved.
    pub new_url: Option<Url>,
}

/// What a feed asks of those who poll it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// How long it may be kept (RSS `ttl`).
    pub ttl: Option<Duration>,
    /// Hours of the day (UTC) in which it need not be asked (RSS `skipHours`), ascending.
    pub skip_hours: Vec<u8>,
    /// Days (UTC) on which it need not be asked (RSS `skipDays`), in the feed's order.
    pub skip_days: Vec<Weekday>,
    /// The span in which it changes (`sy:updatePeriod`).
    pub period: Option<Duration>,
    /// How often it changes in that span (`sy:updateFrequency`); 1 where it does not say.
    pub frequency: Option<u32>,
}

impl Asks {
    /// The time between two changes that the syndication module states.
    pub fn update_period(&self) -> Option<Duration> {
        let period = self.period?;
        Some(period / self.frequency.unwrap_or(1).clamp(1, 1440))
    }

    fn skip_hour(&mut self, hour: u8) {
        if let Err(place) = self.skip_hours.binary_search(&hour) {
            self.skip_hours.insert(place, hour);
        }
    }

    fn skip_day(&mut self, day: Weekday) {
        if !self.skip_days.contains(&day) {
            self.skip_days.push(day);
        }
    }
}

/// Why there is nothing to take from a document.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No bytes, or only blanks.
    #[error("the document is empty")]
    Empty,
    /// More bytes than are read.
    #[error("the document has {bytes} bytes, more than the {BYTES_MAX} that are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Something else.
    #[error("this is not {wanted}: {found}")]
    NotThis {
        /// What was looked for.
        wanted: &'static str,
        /// What was found, for people.
        found: String,
    },
    /// JSON that cannot be read even in part.
    #[error("cannot read the JSON feed")]
    Json(#[source] serde_json::Error),
    /// A compressed document that cannot be unpacked.
    #[error("cannot unpack the compressed document")]
    Unpack(#[source] std::io::Error),
}

/// Reads a feed in any format.
pub fn parse(bytes: &[u8], hints: &Hints<'_>) -> Result<Parsed, FeedError> {
    if bytes.len() > BYTES_MAX {
        return Err(FeedError::TooLarge { bytes: bytes.len() });
    }
    let bytes = unpack::unpacked(bytes)?;
    let decoded = charset::decode(&bytes, hints.content_type);
    let text = decoded.text.trim_start_matches(['\u{feff}', '\0']);
    if text.trim().is_empty() {
        return Err(FeedError::Empty);
    }
    let mut parsed = if json::looks_like(text) {
        json::parse(text, hints)?
    } else {
        markup(text, hints)?
    };
    if let Some(warning) = decoded.warning {
        parsed.warnings.insert(0, warning);
    }
    Ok(parsed)
}

fn markup(text: &str, hints: &Hints<'_>) -> Result<Parsed, FeedError> {
    let found = Reader::new(text, hints.zone, hints.base).read();
    let Some(root) = found.root else {
        return Err(FeedError::NotThis {
            wanted: "a feed",
            found: describe(found.first),
        });
    };
    let healthy = !found.notes.damaged;
    let facts = found.facts;
    let from_root = &text[found.root_at..];
    let mut parsed = assemble(root, found, hints.base);
    if healthy && is_open(&parsed.entries) {
        match strict::read(from_root, &facts, hints.base) {
            Ok(entries) => strict::fill(&mut parsed.entries, entries),
            Err(why) => parsed.warnings.push(why),
        }
    }
    Ok(parsed)
}

/// Whether the entries together lack what those of every feed have; see the module.
fn is_open(entries: &[Entry]) -> bool {
    let has_words =
        |entry: &Entry| entry.title.is_some() || entry.summary.is_some() || entry.content.is_some();
    let understood =
        entries.iter().any(|entry| entry.url.is_some()) && entries.iter().any(has_words);
    !entries.is_empty() && !understood
}

/// What a document is that is no feed.
fn describe(first: Option<&str>) -> String {
    match first {
        Some(name) if name.eq_ignore_ascii_case("html") => "it is an HTML page".to_owned(),
        Some(name) => format!("its first element is <{}>", reader::short(name)),
        None => "there is no markup in it".to_owned(),
    }
}

fn assemble(root: Root, found: Found<'_>, final_address: Option<&Url>) -> Parsed {
    let resolve = |value: Option<&Based<'_>>, base: Option<&Url>| {
        let value = value?;
        links::address(&value.text, value.base.as_deref().or(base))
    };
    let self_url = resolve(found.self_url.as_ref(), final_address);
    let link = resolve(found.link.get(), final_address.or(self_url.as_ref()));
    // RFC 4287 counts from where the feed is; RSS is silent, and its links are those of its site.
    let base = match root {
        Root::Atom => final_address.or(self_url.as_ref()).or(link.as_ref()),
        Root::Rss => link.as_ref().or(final_address).or(self_url.as_ref()),
    };
    let mut entries: Vec<Entry> = found
        .drafts
        .into_iter()
        .map(|draft| draft.finish(found.base.as_deref().or(base)))
        .collect();
    if root == Root::Atom {
        inherit_authors(&mut entries, &found.authors);
    }
    Parsed {
        title: found.title.take(),
        hub: resolve(found.hub.as_ref(), base),
        new_url: resolve(found.new_url.as_ref(), base),
        language: found.language.take(),
        warnings: found.notes.into_warnings(),
        asks: found.asks,
        link,
        self_url,
        entries,
    }
}

/// An entry without authors has those of its feed (RFC 4287 §4.1.2, JSON Feed 1.1), unless the names are so
/// long and the entries so many that the copies would fill the memory.
fn inherit_authors(entries: &mut [Entry], authors: &[String]) {
    let bytes: usize = authors.iter().map(String::len).sum();
    let heirs = entries.iter_mut().filter(|entry| entry.authors.is_empty());
    for entry in heirs.take(INHERITED_MAX / bytes.max(1)) {
        entry.authors = authors.to_vec();
    }
}

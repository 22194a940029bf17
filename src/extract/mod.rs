//! A page or a plain-text capture in, a clean article out. Pure: it never fetches.
//!
//! One way for both: bytes become text (`decode`), text becomes lines with evidence (`lines` for
//! HTML, `plain` for captures), and the same rules judge the lines (`clean`). Metadata comes from
//! what the page states, source by source, never by luck; what it does not state is left out.
//!
//! Invariants: the same bytes give the same article, whatever was extracted before; no input makes
//! this room panic, recurse without bound, or take more than linear time.

use encoding_rs::Encoding;
use url::Url;

use crate::config::noise::Noise;
use crate::config::outlet::Outlet;
use crate::model::article::{Content, Way};
use crate::model::entry::Entry;

use body::{clean, form};
use document::{characters, decode, parse};
use facts::{metadata, names};

mod body;
pub mod derive;
mod document;
mod facts;
mod fingerprint;
pub mod format;
mod found;
mod html;
mod plain;
pub mod site;
pub mod summary;
pub mod zone;

pub(crate) use facts::language::of_text as language_of;

/// Largest input, in bytes; `fetch` caps bodies lower.
const MAX_BYTES: usize = 32 << 20;

/// What there is to extract from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The page as it came.
    pub bytes: &'a [u8],
    /// The HTTP header's value.
    pub content_type: Option<&'a str>,
    /// The page's final address.
    pub url: Option<&'a Url>,
    /// The outlet it belongs to, with its rules.
    pub outlet: Option<&'a Outlet>,
    /// What the source said of it.
    pub entry: Option<&'a Entry>,
}

impl<'a> Input<'a> {
    /// A page or capture of which nothing is known but its bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            content_type: None,
            url: None,
            outlet: None,
            entry: None,
        }
    }
}

/// An article, and how it was had.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// The article.
    pub content: Content,
    /// `rel=canonical` as stated, absolute.
    pub canonical: Option<Url>,
    /// The page's AMP twin.
    pub amp: Option<Url>,
    /// The next page of the same article or list.
    pub next_page: Option<Url>,
    /// Other addresses that the page says are its own: `og:url`, then those of its JSON-LD.
    pub stated: Vec<Url>,
    /// Whether it is a live blog, whose text grows by the hour.
    pub live: bool,
    /// How far the text can be trusted, 0 to 1: agreement of the candidates, and its amount.
    pub confidence: f32,
    /// What was decided on the way.
    pub notes: Vec<Note>,
}

/// One decision, for people who ask why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The rule or step.
    pub rule: String,
    /// What it was about: the beginning of a line, or an element.
    pub about: String,
}

/// Why there is no article.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExtractError {
    /// There is nothing in it.
    #[error("the page is empty")]
    Empty,
    /// It is no text at all.
    #[error("the page is no text but `{0}`")]
    NotText(String),
    /// It is larger than any article.
    #[error("the page has {0} bytes, more than the {MAX_BYTES} that are looked at")]
    TooLarge(usize),
    /// It has words, and no article among them.
    #[error("the page has no article text")]
    NoText,
}

/// The article of a page or capture; the word lists are the outlet's.
pub fn extract(input: &Input<'_>) -> Result<Extraction, ExtractError> {
    let none = Noise::default();
    let noise = input.outlet.map_or(&none, |outlet| &outlet.article.noise);
    extract_with(input, noise)
}

/// The article of a page or capture, its lines judged by these word lists too.
pub fn extract_with(input: &Input<'_>, noise: &Noise) -> Result<Extraction, ExtractError> {
    if input.bytes.len() > MAX_BYTES {
        return Err(ExtractError::TooLarge(input.bytes.len()));
    }
    if let Some(kind) = binary_kind(input.bytes) {
        return Err(ExtractError::NotText(kind.to_owned()));
    }
    let fallback = input.outlet.and_then(|outlet| outlet.charset);
    let (text, _) = decode(input.bytes, input.content_type, fallback);
    if text.trim().is_empty() {
        return Err(ExtractError::Empty);
    }
    let mut extraction = if plain::is_html(&text) {
        html::extract(&text, input, noise)
    } else {
        of_plain_text(&text, input, noise)
    };
    if extraction.content.blocks.is_empty() {
        return Err(ExtractError::NoText);
    }
    if let Some(entry) = input.entry {
        fill_from_entry(&mut extraction.content, entry, input.outlet);
    }
    Ok(extraction)
}

/// The charset of bytes and their text (cleaning rule N1).
pub fn decode(
    bytes: &[u8],
    content_type: Option<&str>,
    outlet_charset: Option<&'static Encoding>,
) -> (String, &'static Encoding) {
    decode::decode(bytes, content_type, outlet_charset)
}

/// A page's tree, built under guard: bounded in depth, nodes and attributes, whatever the page holds.
pub(crate) fn tree(text: &str) -> scraper::Html {
    parse::document(text)
}

/// The article as the feed itself gives it: its content, else its summary. Always `partial`.
pub fn from_entry(entry: &Entry, outlet: Option<&Outlet>) -> Option<Extraction> {
    let tries = [
        (&entry.content, Way::FeedContent),
        (&entry.summary, Way::FeedSummary),
    ];
    tries.into_iter().find_map(|(text, way)| {
        let mut extraction = html::of_fragment(text.as_deref()?, entry, outlet);
        let content = &mut extraction.content;
        if content.blocks.is_empty() {
            return None;
        }
        content.way = way;
        content.partial = true;
        extraction.confidence = 0.3;
        fill_from_entry(content, entry, outlet);
        Some(extraction)
    })
}

/// A hash of the cleaned text; none where it has fewer than forty words.
pub fn text_key(content: &Content) -> Option<u64> {
    fingerprint::text_key(content)
}

/// Changes exactly when title or text change for a reader.
pub fn digest(content: &Content) -> u64 {
    fingerprint::digest(content)
}

fn of_plain_text(text: &str, input: &Input<'_>, noise: &Noise) -> Extraction {
    let (mut content, cleaned, matched) = plain::extract(text, input.outlet, noise);
    content.partial = is_partial(&content, None);
    let prose = content.blocks.len() as f32;
    Extraction {
        confidence: if content.partial {
            0.3
        } else {
            (0.5 + prose / 20.0).min(0.9)
        },
        content,
        canonical: None,
        amp: None,
        next_page: None,
        stated: Vec::new(),
        live: false,
        notes: matched.into_iter().chain(notes_of(&cleaned.cuts)).collect(),
    }
}

fn notes_of(cuts: &[clean::Cut]) -> Vec<Note> {
    /// Notes of one page at most, and characters of one line in them.
    const MAX: (usize, usize) = (500, 80);
    cuts.iter()
        .take(MAX.0)
        .map(|cut| Note {
            rule: cut.rule.to_owned(),
            about: cut.text.chars().take(MAX.1).collect(),
        })
        .collect()
}

/// The checks of section 6: whether the text is known or suspected to be cut.
fn is_partial(content: &Content, description: Option<&str>) -> bool {
    let characters: usize = content
        .blocks
        .iter()
        .map(|block| form::weight(&block.text))
        .sum();
    let cut_off = content
        .blocks
        .last()
        .is_some_and(|block| block.text.ends_with('…') || block.text.ends_with("..."));
    let only_description = description.is_some_and(|description| {
        content.blocks.len() == 1
            && characters::folded(&content.blocks[0].text) == characters::folded(description)
    });
    content.blocks.len() < 2 || characters < 200 || cut_off || only_description
}

/// What the page does not state and the source does.
fn fill_from_entry(content: &mut Content, entry: &Entry, outlet: Option<&Outlet>) {
    if content.title.is_none() {
        content.title = entry.title.clone().filter(|title| !title.trim().is_empty());
    }
    content.published = content.published.or(entry.published);
    content.updated = content.updated.or(entry
        .updated
        .filter(|updated| Some(*updated) != content.published));
    if content.authors.is_empty() {
        let site = outlet.map(|outlet| outlet.title.as_str());
        let sites: Vec<&str> = site.into_iter().collect();
        content.authors = entry
            .authors
            .iter()
            .flat_map(|name| names::people(name, &sites))
            .collect();
    }
    if content.tags.is_empty() {
        content.tags = metadata::listed(entry.categories.iter().cloned());
    }
}

/// What bytes are that are no text, by their first ones.
fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 8] = [
        (b"%PDF-", "PDF"),
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b", "gzip"),
        (b"RIFF", "RIFF"),
        (b"\0\0\0", "binary"),
    ];
    KINDS
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, kind)| *kind)
        .or_else(|| is_noise(bytes).then_some("binary"))
}

/// Whether the beginning is full of control characters that no text has, and no UTF-16.
fn is_noise(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return false;
    }
    let control = |byte: &&u8| matches!(byte, 1..=8 | 0x0e..=0x1a | 0x1c..=0x1f);
    head.iter().filter(control).count() * 50 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn a_name_beside_the_date_is_the_author_where_nothing_else_says_who() {
        let byline = |beside: &str| {
            let paragraph = "<p>Лоцмани порту вже третій день не виходять на роботу, повідомило в понеділок \
                             управління гавані, яке чекає на рішення суду.</p>";
            let page = format!(
                "<html lang=uk><div><h1>Лоцмани порту страйкують третій день</h1><p>{beside}</p>\
                 <p>23 червня 2025, 17:35</p>{}</div>",
                paragraph.repeat(4).replace("третій", "третій і останній")
            );
            let input = Input::of(page.as_bytes());
            extract(&input).unwrap().content.authors
        };
        assert_eq!(byline("Олена Ковальчук"), ["Олена Ковальчук"]);
        for nobody in ["Опубліковано о", "Київ", "Читайте також"] {
            assert_eq!(byline(nobody), [""; 0], "{nobody}");
        }
    }

    #[test]
    fn configured_words_go_and_say_why() {
        let dir = tempfile::tempdir().unwrap();
        let list = "[control]\nignore_case = true\npatterns = ['^the harbour writes daily']\n";
        std::fs::write(dir.path().join("own.toml"), list).unwrap();
        let text = "[extract]\nnoise = [\"own.toml\"]\n[[outlet]]\nname = \"port\"\ntitle = \"Port\"\n\
                    [[outlet.source]]\nkind = \"feed\"\nurl = \"https://port.example/feed\"\n";
        let loaded =
            config::from_str(text, dir.path(), &std::collections::BTreeMap::new()).unwrap();
        let outlet = loaded.config.outlets.values().next();
        let noise = &loaded.config.extract.noise;
        let shown = config::show(&loaded.config);
        assert!(shown.contains("own.toml"), "{shown}");
        let paragraph = "<p>The pilots of the port stay at home for a third day, the harbour office said on Monday \
                         of the strike.</p>";
        let page = format!(
            "<article><h1>Strike</h1>{paragraph}<div><p>The Harbour writes daily: get it.</p></div>{}</article>",
            paragraph.replace("third", "fourth")
        );
        let capture = "Strike at the port of the city\n\nThe pilots of the port stay at home for a third day, it said.\n\n\
                       The harbour writes daily\n\nThe pilots of the port stay at home for a fourth day, it said.\n";
        for bytes in [page.as_bytes(), capture.as_bytes()] {
            let input = |outlet| Input {
                outlet,
                ..Input::of(bytes)
            };
            let without = extract(&input(None)).unwrap();
            assert!(without.content.text().contains("arbour writes daily"));
            for with in [extract(&input(outlet)), extract_with(&input(None), noise)] {
                let with = with.unwrap();
                assert!(
                    !with.content.text().contains("arbour writes daily"),
                    "{}",
                    with.content.text()
                );
                let rule = "control by the configured expression ^the harbour writes daily";
                assert!(
                    with.notes.iter().any(|note| note.rule == rule),
                    "{:?}",
                    with.notes
                );
            }
        }
    }
}

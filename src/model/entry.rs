//! One item as a source lists it.

use url::Url;

use crate::model::stated::StatedTime;

/// What a feed item, a section page's link or a sitemap line says of one article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The source's own identifier (`guid`, `atom:id`, JSON Feed `id`); not made up where absent.
    pub id: Option<String>,
    /// Where the article stands, absolute.
    pub url: Option<Url>,
    /// Title as plain text.
    pub title: Option<String>,
    /// Summary as given, markup included, links absolute.
    pub summary: Option<String>,
    /// Full content as given, markup included, links absolute.
    pub content: Option<String>,
    /// Names as given, in order.
    pub authors: Vec<String>,
    /// When it was published.
    pub published: Option<StatedTime>,
    /// When it was last changed.
    pub updated: Option<StatedTime>,
    /// Categories in order.
    pub categories: Vec<String>,
    /// Attached media.
    pub enclosures: Vec<Enclosure>,
}

/// Media attached to an entry (RSS 2.0 `enclosure`, Atom `link rel=enclosure`, media RSS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Where the medium stands.
    pub url: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its length in bytes.
    pub length: Option<u64>,
}

impl Entry {
    /// Changes exactly when what the source says of the entry changes: a reason to fetch its page again.
    pub fn digest(&self) -> u64 {
        let mut text = String::new();
        let updated = self.updated.map(|time| time.to_string());
        for part in [
            updated.as_deref(),
            self.title.as_deref(),
            self.summary.as_deref(),
            self.content.as_deref(),
        ] {
            text.push_str(part.unwrap_or_default());
            text.push('\0');
        }
        xxhash_rust::xxh3::xxh3_64(text.as_bytes())
    }
}

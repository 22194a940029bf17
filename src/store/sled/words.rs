//! How contents and entries stand on disk: all that was said, in fields that may be added to.
//!
//! A field that a release adds takes a default, so that older records are still read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::article::{Block, BlockKind, Content, Link, Revision, Way};
use crate::model::entry::{Enclosure, Entry};
use crate::model::id::EventId;
use crate::model::stated::StatedTime;
use crate::store::sled::text::{Text, bare, some};

/// One revision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RevisionRecord {
    pub(super) fetched: Text<Timestamp>,
    /// The event that told of it, if one did.
    pub(super) event: Option<Text<EventId>>,
    pub(super) content: ContentRecord,
}

impl RevisionRecord {
    /// The revision, by the number that stands in its key.
    pub(super) fn into_model(self, number: u32) -> Revision {
        Revision {
            number,
            fetched: self.fetched.0,
            content: self.content.into(),
        }
    }
}

/// [`Content`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ContentRecord {
    pub(super) title: Option<String>,
    lead: Option<String>,
    authors: Vec<String>,
    credit: Option<String>,
    section: Option<String>,
    published: Option<Text<StatedTime>>,
    updated: Option<Text<StatedTime>>,
    pub(super) language: Option<String>,
    tags: Vec<String>,
    image: Option<Text<Url>>,
    captions: Vec<String>,
    blocks: Vec<BlockRecord>,
    partial: bool,
    free: Option<bool>,
    way: Text<Way>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct BlockRecord {
    /// `p`, `h2` …, `-`, `1` … (its number), `q`, `r`.
    kind: String,
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<(usize, usize, String)>,
}

impl From<Content> for ContentRecord {
    fn from(content: Content) -> Self {
        Self {
            title: content.title,
            lead: content.lead,
            authors: content.authors,
            credit: content.credit,
            section: content.section,
            published: some(content.published.as_ref()),
            updated: some(content.updated.as_ref()),
            language: content.language,
            tags: content.tags,
            image: content.image.map(Text),
            captions: content.captions,
            blocks: content.blocks.into_iter().map(BlockRecord::from).collect(),
            partial: content.partial,
            free: content.free,
            way: Text(content.way),
        }
    }
}

impl From<ContentRecord> for Content {
    fn from(record: ContentRecord) -> Self {
        Self {
            title: record.title,
            lead: record.lead,
            authors: record.authors,
            credit: record.credit,
            section: record.section,
            published: bare(record.published),
            updated: bare(record.updated),
            language: record.language,
            tags: record.tags,
            image: bare(record.image),
            captions: record.captions,
            blocks: record.blocks.into_iter().map(Block::from).collect(),
            partial: record.partial,
            free: record.free,
            way: record.way.0,
        }
    }
}

impl From<Block> for BlockRecord {
    fn from(block: Block) -> Self {
        Self {
            kind: match block.kind {
                BlockKind::Paragraph => "p".to_owned(),
                BlockKind::Heading(level) => format!("h{level}"),
                BlockKind::Item(None) => "-".to_owned(),
                BlockKind::Item(Some(number)) => number.to_string(),
                BlockKind::Quote => "q".to_owned(),
                BlockKind::Row => "r".to_owned(),
            },
            text: block.text,
            links: (block.links.into_iter())
                .map(|link| (link.start, link.end, link.href))
                .collect(),
        }
    }
}

impl From<BlockRecord> for Block {
    fn from(record: BlockRecord) -> Self {
        let kind = match record.kind.as_str() {
            "-" => BlockKind::Item(None),
            "q" => BlockKind::Quote,
            "r" => BlockKind::Row,
            kind => match (kind.strip_prefix('h'), kind.parse()) {
                (Some(level), _) => level
                    .parse()
                    .map_or(BlockKind::Paragraph, BlockKind::Heading),
                (None, Ok(number)) => BlockKind::Item(Some(number)),
                // `p`, and whatever a later release may have thought of: it is text.
                (None, Err(_)) => BlockKind::Paragraph,
            },
        };
        Self {
            kind,
            text: record.text,
            links: (record.links.into_iter())
                .map(|(start, end, href)| Link { start, end, href })
                .collect(),
        }
    }
}

/// [`Entry`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EntryRecord {
    id: Option<String>,
    url: Option<Text<Url>>,
    title: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    authors: Vec<String>,
    published: Option<Text<StatedTime>>,
    updated: Option<Text<StatedTime>>,
    categories: Vec<String>,
    enclosures: Vec<(String, Option<String>, Option<u64>)>,
}

impl From<Entry> for EntryRecord {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            url: entry.url.map(Text),
            title: entry.title,
            summary: entry.summary,
            content: entry.content,
            authors: entry.authors,
            published: entry.published.map(Text),
            updated: entry.updated.map(Text),
            categories: entry.categories,
            enclosures: (entry.enclosures.into_iter())
                .map(|medium| (medium.url, medium.media_type, medium.length))
                .collect(),
        }
    }
}

impl From<EntryRecord> for Entry {
    fn from(record: EntryRecord) -> Self {
        Self {
            id: record.id,
            url: bare(record.url),
            title: record.title,
            summary: record.summary,
            content: record.content,
            authors: record.authors,
            published: bare(record.published),
            updated: bare(record.updated),
            categories: record.categories,
            enclosures: (record.enclosures.into_iter())
                .map(|(url, media_type, length)| Enclosure {
                    url,
                    media_type,
                    length,
                })
                .collect(),
        }
    }
}

/// Bytes of an entry's content, and of its summary, above which it is not kept: the page itself
/// is fetched anyway.
const ENTRY_FIELD_MAX: usize = 512 * 1024;

/// Takes out of an entry what no article needs, so that no feed can make a record without bound.
pub(super) fn bound_entry(mut entry: Entry) -> Entry {
    for field in [
        &mut entry.content,
        &mut entry.summary,
        &mut entry.title,
        &mut entry.id,
    ] {
        if field
            .as_ref()
            .is_some_and(|text| text.len() > ENTRY_FIELD_MAX)
        {
            *field = None;
        }
    }
    bound_list(&mut entry.authors, String::len);
    bound_list(&mut entry.categories, String::len);
    bound_list(&mut entry.enclosures, |medium| {
        medium.url.len() + medium.media_type.as_ref().map_or(0, String::len)
    });
    entry
}

/// Bytes of one article's text that are kept: some two hundred thousand words.
const TEXT_MAX: usize = 2 * 1024 * 1024;

/// Cuts an article that is longer than any article, and says so by `partial`.
pub(super) fn bound_content(mut content: Content) -> Content {
    let mut left = TEXT_MAX;
    let fits = |block: &Block| {
        let links: usize = block.links.iter().map(|link| link.href.len() + 16).sum();
        let size = block.text.len() + links + 16;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let whole = content.blocks.iter().position({
        let mut fits = fits;
        move |block| !fits(block)
    });
    if let Some(cut) = whole {
        content.blocks.truncate(cut);
        content.partial = true;
    }
    for field in [
        &mut content.title,
        &mut content.lead,
        &mut content.credit,
        &mut content.section,
        &mut content.language,
    ] {
        if field.as_ref().is_some_and(|text| text.len() > LIST_MAX) {
            *field = None;
        }
    }
    for list in [
        &mut content.authors,
        &mut content.tags,
        &mut content.captions,
    ] {
        bound_list(list, String::len);
    }
    content
}

/// Bytes of a list that are kept.
const LIST_MAX: usize = 128 * 1024;

fn bound_list<X>(list: &mut Vec<X>, length: impl Fn(&X) -> usize) {
    let mut left = LIST_MAX;
    list.retain(|item| {
        let size = length(item) + 16;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
}

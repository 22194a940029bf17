//! What the store keeps of an entry's page.

use jiff::Timestamp;
use url::Url;

use crate::model::id::{ArticleId, OutletName, StoryId};
use crate::model::stated::StatedTime;

/// The words and facts of one revision, as extracted and cleaned. What the page does not state is
/// `None` or empty, never guessed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Headline, without the site's name.
    pub title: Option<String>,
    /// Standfirst; where there is one it is also the first block.
    pub lead: Option<String>,
    /// Names of people, in order.
    pub authors: Vec<String>,
    /// Agency or source line.
    pub credit: Option<String>,
    /// Section or rubric.
    pub section: Option<String>,
    /// When it was published.
    pub published: Option<StatedTime>,
    /// When it was last changed.
    pub updated: Option<StatedTime>,
    /// BCP 47 language tag.
    pub language: Option<String>,
    /// Tags in page order, without `#`.
    pub tags: Vec<String>,
    /// The article's picture.
    pub image: Option<Url>,
    /// Captions taken out of the text.
    pub captions: Vec<String>,
    /// The text, block by block.
    pub blocks: Vec<Block>,
    /// The text is known or suspected to be cut.
    pub partial: bool,
    /// What the page says of its paywall: `Some(true)` is free to read.
    pub free: Option<bool>,
    /// Where the text came from.
    pub way: Way,
}

/// Which way the text was had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The outlet's own selectors.
    Rules,
    /// The general extractor.
    #[default]
    General,
    /// The page's JSON-LD `articleBody`.
    JsonLd,
    /// A plain-text capture.
    PlainText,
    /// The feed's own content.
    FeedContent,
    /// The feed's own summary.
    FeedSummary,
}

impl Way {
    /// The word shown to people and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::General => "general",
            Self::JsonLd => "json-ld",
            Self::PlainText => "plain-text",
            Self::FeedContent => "feed-content",
            Self::FeedSummary => "feed-summary",
        }
    }

    /// All ways, in the order they are tried.
    pub const ALL: [Self; 6] = [
        Self::Rules,
        Self::General,
        Self::JsonLd,
        Self::PlainText,
        Self::FeedContent,
        Self::FeedSummary,
    ];
}

/// One block of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its words on one line; a list item without its bullet.
    pub text: String,
    /// Links in it, in order, not overlapping; offsets are bytes of `text`.
    pub links: Vec<Link>,
}

/// The kinds of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A paragraph.
    Paragraph,
    /// A subhead of level 2 to 6.
    Heading(u8),
    /// An item of a list: its number in an ordered one.
    Item(Option<u32>),
    /// A quotation set apart.
    Quote,
    /// A row of a table, cells joined by ` | `.
    Row,
}

/// A link inside a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// First byte in the block's text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Absolute address, `http` or `https`.
    pub href: String,
}

impl Block {
    /// A block without links.
    pub fn plain(kind: BlockKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            links: Vec::new(),
        }
    }

    /// The block as one paragraph of plain text: list items with their bullet or number.
    pub fn line(&self) -> String {
        match self.kind {
            BlockKind::Item(None) => format!("• {}", self.text),
            BlockKind::Item(Some(number)) => format!("{number}. {}", self.text),
            BlockKind::Paragraph | BlockKind::Heading(_) | BlockKind::Quote | BlockKind::Row => {
                self.text.clone()
            }
        }
    }
}

impl Content {
    /// The text as the contract's `text`: paragraphs joined by one blank line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&block.line());
        }
        text
    }

    /// The contract's `byline`: names joined by a comma.
    pub fn byline(&self) -> Option<String> {
        (!self.authors.is_empty()).then(|| self.authors.join(", "))
    }
}

/// One version of an article's content, numbered from 1 without gaps, never changed once stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// 1, 2, 3 …
    pub number: u32,
    /// When its page was fetched.
    pub fetched: Timestamp,
    /// What it says.
    pub content: Content,
}

/// An article with its newest revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Its identifier.
    pub id: ArticleId,
    /// Its outlet.
    pub outlet: OutletName,
    /// Its canonical address.
    pub url: Url,
    /// When it was stored first; the order of lists.
    pub stored: Timestamp,
    /// The newest revision.
    pub revision: Revision,
    /// The story it belongs to.
    pub story: Story,
}

/// Articles of several outlets that carry the same text, seen from one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The story's identifier; an article without copies is a story of its own.
    pub id: StoryId,
    /// Whether this article was the first seen.
    pub original: bool,
    /// The others.
    pub also: Vec<StoryMember>,
}

/// Another outlet's article of the same story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryMember {
    /// Its outlet.
    pub outlet: OutletName,
    /// Its address.
    pub url: Url,
    /// Its title.
    pub title: Option<String>,
}

//! A checked outlet: its sources and its cleaning rules, selectors and expressions compiled.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use regex::Regex;
use scraper::Selector;
use url::Url;

use super::RetryAfterScope;
use super::noise::Noise;
use crate::model::id::{OutletName, SourceId};
use crate::model::source::SourceKind;

/// One news organisation.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// Its name.
    pub name: OutletName,
    /// Its title for people.
    pub title: String,
    /// Its home page.
    pub homepage: Url,
    /// BCP 47 tag of what it writes in, where a page names none.
    pub language: Option<String>,
    /// For dates that name no zone.
    pub timezone: Option<TimeZone>,
    /// For bytes that name no charset and are not UTF-8: an Encoding Standard label.
    pub charset: Option<&'static encoding_rs::Encoding>,
    /// When known pages are looked at again, where not as `poll.revisit`; empty: never.
    pub revisit: Option<Vec<Duration>>,
    /// Whom an answer of 429 or 503 holds up, where not as `fetch.retry_after_scope`.
    pub retry_after_scope: Option<RetryAfterScope>,
    /// Parameters of addresses that say nothing of which article is meant: names in lower case, or
    /// beginnings of names with `*` behind.
    pub tracking: Vec<String>,
    /// Its sources.
    pub sources: Vec<Source>,
    /// Its cleaning rules.
    pub article: SharedRules,
}

/// One watched address.
#[derive(Clone, Debug)]
pub struct Source {
    /// Made of outlet, kind and address.
    pub id: SourceId,
    /// Its kind.
    pub kind: SourceKind,
    /// Its address.
    pub url: Url,
    /// Its own interval.
    pub interval: Option<Duration>,
    /// BCP 47 tag of its articles, where not the outlet's `language` (an outlet with feeds in several).
    pub language: Option<String>,
    /// What it is called, where not as the outlet: for people and subscription lists.
    pub title: Option<String>,
    /// The page it is the source of, where not the outlet's home page: for subscription lists.
    pub homepage: Option<Box<Url>>,
    /// The folders of a subscription list that it stands in, outermost first.
    pub folders: Vec<String>,
    /// Which links of a section page are articles.
    pub links: Option<Selector>,
    /// Which paths are articles: matched against the path of the address.
    pub pattern: Option<Regex>,
}

impl Source {
    /// A digest of what decides which entries are read from an answer: another one means that an
    /// unchanged answer has to be read again.
    pub fn rules(&self) -> u64 {
        let pattern = self.pattern.as_ref().map(Regex::as_str);
        let text = format!("{:?} {:?} {pattern:?}", self.kind, self.links);
        xxhash_rust::xxh3::xxh3_64(text.as_bytes())
    }
}

/// `[outlet.article]`; the general extractor serves where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct ArticleRules {
    /// The text's column; the first that yields text wins.
    pub body: Vec<Field>,
    /// Dropped from the page before anything is read.
    pub drop: Vec<Selector>,
    /// Dropped from the text: matched against one trimmed line.
    pub drop_lines: Vec<Regex>,
    /// The headline.
    pub title: Vec<Field>,
    /// The standfirst.
    pub lead: Vec<Field>,
    /// The names.
    pub byline: Vec<Field>,
    /// When it was published.
    pub published: Vec<Field>,
    /// Tags, one an element.
    pub tags: Vec<Field>,
    /// Captions, one an element.
    pub captions: Vec<Field>,
    /// The operator's own word lists, the same for all outlets.
    pub noise: Noise,
}

impl ArticleRules {
    /// Whether they hold no rule of the outlet's own; the operator's word lists are everybody's.
    pub fn are_general(&self) -> bool {
        let Self {
            body,
            drop,
            drop_lines,
            title,
            lead,
            byline,
            published,
            tags,
            captions,
            noise: _,
        } = self;
        let fields = [body, title, lead, byline, published, tags, captions];
        fields.iter().all(|it| it.is_empty()) && drop.is_empty() && drop_lines.is_empty()
    }
}

/// Rules that several outlets have in common: of a hundred thousand, nearly all have none of their own.
/// Changing those of one leaves the others' as they are.
#[derive(Clone, Debug, Default)]
pub struct SharedRules(Arc<ArticleRules>);

impl From<ArticleRules> for SharedRules {
    fn from(rules: ArticleRules) -> Self {
        Self(Arc::new(rules))
    }
}

impl Deref for SharedRules {
    type Target = ArticleRules;

    fn deref(&self) -> &ArticleRules {
        &self.0
    }
}

impl DerefMut for SharedRules {
    fn deref_mut(&mut self) -> &mut ArticleRules {
        Arc::make_mut(&mut self.0)
    }
}

/// A selector, with the attribute to read where it is not the text: `meta[name=author]@content`.
#[derive(Clone, Debug)]
pub struct Field {
    /// The elements.
    pub selector: Selector,
    /// The attribute, or `None` for the text.
    pub attribute: Option<String>,
}

impl Field {
    /// Reads `CSS` or `CSS@attribute`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (css, attribute) = match text.rsplit_once('@') {
            Some((css, name))
                if !name.is_empty()
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c)) =>
            {
                (css.trim(), Some(name.to_ascii_lowercase()))
            }
            _ => (text, None),
        };
        let selector = Selector::parse(css).map_err(|error| error.to_string())?;
        Ok(Self {
            selector,
            attribute,
        })
    }
}

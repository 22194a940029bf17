//! An article on its way into the store, and what became of it there.

use jiff::Timestamp;
use url::Url;

use super::RawArticle;
use crate::dedupe::sketch::Sketch;
use crate::model::article::Content;
use crate::model::delivery::StoryTerms;
use crate::model::id::{ArticleId, EndpointName, EventId};
use crate::model::rhythm::Yielded;
use crate::model::source::Validators;

/// What a visit publishes.
#[derive(Clone, Debug)]
pub struct Publication {
    /// When.
    pub now: Timestamp,
    /// When the page was fetched.
    pub fetched: Timestamp,
    /// The article's address: the page's canonical one where that is plausible.
    pub url: Url,
    /// Further addresses (canonical form) that name the same article: the entry's, the final one.
    pub aliases: Vec<Url>,
    /// Its words.
    pub content: Content,
    /// xxh3 of the cleaned text, where it is long enough to be an identity within the outlet.
    pub text_key: Option<u64>,
    /// Changes exactly when title or text change beyond noise.
    pub digest: u64,
    /// Endpoints to tell if the article is new.
    pub on_new: Vec<EndpointName>,
    /// Endpoints to tell if it is a correction.
    pub on_updated: Vec<EndpointName>,
    /// What of them depends on the article's place in its story.
    pub terms: StoryTerms,
    /// Its likeness, by which copies at other outlets are found; `None` where it is too short.
    pub sketch: Option<Sketch>,
    /// Validators of the page.
    pub validators: Validators,
    /// When to look at the page again.
    pub next_look: Option<Timestamp>,
    /// What it was extracted from, where that is to be kept.
    pub raw: Option<RawArticle>,
    /// What the page gave, counted for its source at the first visit.
    pub yielded: Option<Yielded>,
}

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Stored for the first time.
    New {
        /// Its identifier.
        article: ArticleId,
        /// The event, where the page is announced.
        event: Option<EventId>,
    },
    /// Its next revision was stored.
    Revised {
        /// Its identifier.
        article: ArticleId,
        /// The revision's number.
        revision: u32,
        /// The event.
        event: EventId,
    },
    /// Stored before, with the same words.
    Known {
        /// Its identifier.
        article: ArticleId,
    },
}

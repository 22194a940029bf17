//! Pages as they came, and articles read anew from them.

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

use crate::dedupe::sketch::Sketch;
use crate::model::article::Content;
use crate::model::delivery::StoryTerms;
use crate::model::entry::Entry;
use crate::model::id::{ArticleId, EndpointName};

/// What an article was extracted from.
#[derive(Clone, Debug, PartialEq)]
pub struct RawArticle {
    /// When it was fetched.
    pub fetched: Timestamp,
    /// What the source said of it, where that was looked at too.
    pub entry: Option<Entry>,
    /// The page itself, then its AMP twin or further parts, in the order they were read.
    pub pages: Vec<RawPage>,
}

/// A page as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPage {
    /// The address that answered in the end.
    pub url: Url,
    /// The server's `Content-Type`.
    pub content_type: Option<String>,
    /// The body, decompressed.
    pub body: Bytes,
}

/// New words for a stored article, from the page that it was extracted from before.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// When.
    pub now: Timestamp,
    /// The article.
    pub article: ArticleId,
    /// Its newest revision, as far as is known.
    pub after: u32,
    /// Its words.
    pub content: Content,
    /// As in [`crate::store::Publication`].
    pub text_key: Option<u64>,
    /// As in [`crate::store::Publication`].
    pub digest: u64,
    /// As in [`crate::store::Publication`].
    pub sketch: Option<Sketch>,
    /// Endpoints to tell; `None`: nobody is told, and no event is written.
    pub announce: Option<(Vec<EndpointName>, StoryTerms)>,
}

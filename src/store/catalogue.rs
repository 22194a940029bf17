//! What there is, without its words: for what follows the store.

use jiff::Timestamp;

use uuid::Uuid;

use crate::model::article::Article;
use crate::model::id::ArticleId;
use crate::store::Cursor;

/// An article, by what tells whether it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catalogued {
    /// Its identifier.
    pub id: ArticleId,
    /// When it was stored first.
    pub stored: Timestamp,
    /// The number of its newest revision.
    pub revision: u32,
}

impl Catalogued {
    /// An article as the catalogue has it.
    pub fn of(article: &Article) -> Self {
        Self {
            id: article.id,
            stored: article.stored,
            revision: article.revision.number,
        }
    }
}

impl Cursor {
    /// A place in the lists of articles, which are in the order of storing: the same for every engine, and
    /// for the search index where it lists by time, so that one goes on where the other has left off.
    pub fn of_article(stored: Timestamp, id: ArticleId) -> Self {
        Self([&stored.as_nanosecond().to_be_bytes()[..], id.0.as_bytes()].concat())
    }

    /// The place, where it is one of these.
    pub fn article(&self) -> Option<(Timestamp, ArticleId)> {
        let (time, id) = self.0.split_first_chunk()?;
        let stored = Timestamp::from_nanosecond(i128::from_be_bytes(*time)).ok()?;
        Some((stored, ArticleId(Uuid::from_slice(id).ok()?)))
    }
}

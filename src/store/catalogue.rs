//! What there is, without its words: for what follows the store.

use jiff::Timestamp;

use crate::model::article::Article;
use crate::model::id::ArticleId;

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

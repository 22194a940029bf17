//! What can go wrong with the index.

use std::path::PathBuf;

/// Why the index could not do it. None of these loses anything: an index can be made anew.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Its files do not hold together.
    #[error("the search index at {} is damaged: {what}", path.display())]
    Damaged {
        /// Where it stands.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The disk, or another process that has it open.
    #[error("cannot {doing} the search index at {}", path.display())]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// Where it stands.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not hold all articles yet.
    #[error("the search index is being built")]
    Building,
    /// The question cannot be answered.
    #[error("{0}")]
    Question(String),
}

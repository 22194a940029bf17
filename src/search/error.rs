//! What can go wrong with the index.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tantivy::TantivyError;
use tantivy::directory::error::OpenReadError;

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

/// Damaged files make the engine fail, or panic: either is said.
pub(super) fn guarded<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, SearchError>,
) -> Result<T, SearchError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(SearchError::Damaged {
            path: path.to_owned(),
            what: "the engine has panicked over it".to_owned(),
        })
    })
}

/// What the engine could not do, and to what.
pub(super) fn engine_fault(doing: &'static str, path: &Path, fault: TantivyError) -> SearchError {
    let path = path.to_owned();
    match fault {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_)) => SearchError::Damaged {
            path,
            what: fault.to_string(),
        },
        other => SearchError::Engine {
            doing,
            path,
            source: other.into(),
        },
    }
}

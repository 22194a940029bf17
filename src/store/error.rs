//! Why a step of the store was not done, for those who have to act on it.

/// Why a step was not done. None of these leaves half a step behind.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The lease ran out and somebody else may have the item.
    #[error("the lease ran out; the work was done again or will be")]
    LeaseLost,
    /// Nothing of that name.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// Source, delivery, endpoint.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// Somebody else is at it.
    #[error("{doing}")]
    Busy {
        /// What is being done, and what to do.
        doing: &'static str,
    },
    /// A value that fails its checksum or cannot be read.
    #[error("the record at {key} is damaged: {why}; run `wireroom store check --repair`")]
    Corrupt {
        /// Its key, readable.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// The store cannot be opened; the message says what to do.
    #[error("cannot open the store at {path}: {why}")]
    Open {
        /// Where.
        path: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The engine failed: a full disk, an I/O error.
    #[error("the store cannot {doing}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A write failed earlier and nobody knows what the disk holds: nothing more is written until
    /// the store has been opened again, which loses nothing that was acknowledged.
    #[error(
        "the store writes no more since an earlier failure ({why}); start again when its cause is gone"
    )]
    Broken {
        /// What failed.
        why: String,
    },
    /// It was closed.
    #[error("the store is closed")]
    Closed,
}

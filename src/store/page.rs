//! A page that is visited, and how a visit to it ends.

use jiff::Timestamp;
use url::Url;

use super::Lease;
use crate::model::entry::Entry;
use crate::model::id::{ArticleId, OutletName, SourceId};
use crate::model::rhythm::Yielded;
use crate::model::source::Validators;
use crate::model::trace::TraceId;

/// Identity of a page: outlet and canonical address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageKey {
    /// The outlet.
    pub outlet: OutletName,
    /// The canonical address.
    pub url: Url,
}

/// What is remembered of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageState {
    /// Its identity.
    pub key: PageKey,
    /// The address to fetch.
    pub fetch: Url,
    /// The source that listed it first.
    pub source: SourceId,
    /// What the source says of it, newest; `None` once stored and not changed since.
    pub entry: Option<Entry>,
    /// Whether the article, if it is new, is announced.
    pub announce: bool,
    /// When it was first listed.
    pub first_seen: Timestamp,
    /// Visits without a result since the entry was new or changed.
    pub tries: u32,
    /// When those began.
    pub trying_since: Timestamp,
    /// Revisits done of those that the schedule names.
    pub looks: u32,
    /// The article it gave.
    pub article: Option<ArticleId>,
    /// Validators of its last full answer.
    pub validators: Validators,
    /// The trace of the poll that found it new or changed last; later looks belong to it, too.
    pub trace: TraceId,
}

/// A page to visit.
#[derive(Debug)]
pub struct VisitJob {
    /// The claim.
    pub lease: Lease<PageKey>,
    /// What is remembered of it.
    pub page: PageState,
}

/// How a visit without an article ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitOutcome {
    /// The page is as it was (304, or the same words): look again then.
    Unchanged {
        /// The next look.
        next_look: Option<Timestamp>,
    },
    /// It could not be had just now.
    Retry {
        /// When to try again.
        at: Timestamp,
    },
    /// It waits for its host: not counted as a try.
    Defer {
        /// Until when.
        at: Timestamp,
    },
    /// Nothing to store; shown on the source's page.
    Skipped {
        /// Why, for people.
        reason: String,
        /// What the page gave, counted for its source.
        yielded: Yielded,
    },
}

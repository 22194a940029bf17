//! A page that was stored before and says something else now: what of it may become a revision, and
//! when.

use jiff::Timestamp;
use tracing::{debug, info};

use crate::extract::{self, Extraction};
use crate::model::article::{Article, Content};
use crate::schedule::revise::{self, Turn};

/// What becomes of another look at a page whose article is stored.
pub(super) enum Look {
    /// It goes to the store, which sees whether it says anything new.
    Goes,
    /// Nothing of it is stored.
    Stays,
    /// Not before this time, with all that is said until then.
    Waits(Timestamp),
}

/// Judges what a page says now against what is stored of it. What was cut short never replaces the
/// whole, and a live blog is not told entry by entry.
pub(super) fn look(stored: &Article, found: &Extraction, now: Timestamp) -> Look {
    let revision = &stored.revision;
    if found.content.partial && !revision.content.partial {
        return Look::Stays;
    }
    if extract::digest(&found.content) == extract::digest(&revision.content) {
        return Look::Goes;
    }
    match revise::next_revision(found.live, revision.number, revision.fetched, now) {
        Turn::Now => Look::Goes,
        Turn::At(at) => {
            debug!(article.id = %stored.id, "it goes on changing: the next revision waits until {at:.0}");
            Look::Waits(at)
        }
        Turn::Never => {
            info!(
                article.id = %stored.id,
                "it has {} revisions, and goes on changing: no more of them are stored",
                revision.number
            );
            Look::Stays
        }
    }
}

/// Fills in what only the source had said and the page does not: a revisit has no entry to ask.
pub(super) fn remember(content: &mut Content, known: &Content) {
    content.title = content.title.take().or_else(|| known.title.clone());
    content.published = content.published.or(known.published);
    content.image = content.image.take().or_else(|| known.image.clone());
    if content.authors.is_empty() {
        content.authors.clone_from(&known.authors);
    }
    if content.tags.is_empty() {
        content.tags.clone_from(&known.tags);
    }
}

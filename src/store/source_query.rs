//! Which sources a list is of.

use crate::model::id::{OutletName, SourceId};
use crate::model::source::{SourceHealth, SourceState};

/// Which sources.
#[derive(Clone, Debug)]
pub struct SourceQuery {
    /// Of this outlet.
    pub outlet: Option<OutletName>,
    /// In this state.
    pub state: Option<SourceHealth>,
    /// Behind this one.
    pub after: Option<SourceId>,
    /// At most so many.
    pub limit: usize,
}

impl SourceQuery {
    /// Whether it asks for this one.
    pub fn wants(&self, source: &SourceState) -> bool {
        self.after.as_ref().is_none_or(|after| source.id > *after)
            && self.outlet.as_ref().is_none_or(|it| source.outlet == *it)
            && self.state.is_none_or(|state| source.health == state)
    }
}

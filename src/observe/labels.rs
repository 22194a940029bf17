//! What the series are told apart by, and how many there may be.
//!
//! Labels are enums, endpoints and outlets, never an address. Outlets may be many thousands: a thousand
//! of them, the first by name, have series of their own, and the others share one.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use prometheus_client::encoding::EncodeLabelSet;

use crate::model::id::OutletName;

/// Outlets with series of their own. Each has about ten; a scrape of ten thousand series is a megabyte.
const OUTLETS_MAX: usize = 1000;
/// All others. No outlet can have that name: names hold no underscore.
const OTHERS: &str = "_other";

/// Which outlets have series of their own.
#[derive(Debug, Default)]
pub(super) struct Outlets(RwLock<Option<HashSet<OutletName>>>);

impl Outlets {
    /// The configured outlets, in the order of their names; as long as they are few, each is named.
    pub(super) fn set<'a>(&self, all: impl ExactSizeIterator<Item = &'a OutletName>) {
        let few = all.len() <= OUTLETS_MAX;
        let named = (!few).then(|| all.take(OUTLETS_MAX).cloned().collect());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = named;
    }

    /// The label's value.
    pub(super) fn label(&self, outlet: &OutletName) -> String {
        let named = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match &*named {
            Some(named) if !named.contains(outlet) => OTHERS.to_owned(),
            Some(_) | None => outlet.as_str().to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PollLabels {
    pub(super) outlet: String,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutletLabels {
    pub(super) outlet: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutletStateLabels {
    pub(super) outlet: String,
    pub(super) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ArticleLabels {
    pub(super) outlet: String,
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DeliveryLabels {
    pub(super) endpoint: String,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct QueueLabels {
    pub(super) endpoint: String,
    pub(super) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StateLabels {
    pub(super) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabels {
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct WayLabels {
    pub(super) way: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct WorkLabels {
    pub(super) queue: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_outlets_the_first_by_name_are_named() {
        let outlets = Outlets::default();
        let names: Vec<OutletName> = (0..=OUTLETS_MAX)
            .map(|n| OutletName::new(format!("outlet-{n:05}")))
            .collect();
        let last = &names[OUTLETS_MAX];
        assert_eq!(outlets.label(last), last.as_str());
        outlets.set(names[..OUTLETS_MAX].iter());
        assert_eq!(outlets.label(last), last.as_str());
        outlets.set(names.iter());
        assert_eq!(outlets.label(last), OTHERS);
        assert_eq!(outlets.label(&names[0]), "outlet-00000");
        outlets.set(names[..2].iter());
        assert_eq!(outlets.label(last), last.as_str());
    }
}

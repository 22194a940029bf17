//! Which sources a list is of, in which order, and where a part of it begins.

use crate::model::id::{OutletName, SourceId};
use crate::model::source::{SourceHealth, SourceState};
use crate::store::{Cursor, Page, StoreError};

/// Which sources.
#[derive(Clone, Debug, Default)]
pub struct SourceQuery {
    /// Of this outlet.
    pub outlet: Option<OutletName>,
    /// In this state.
    pub state: Option<SourceHealth>,
    /// In which order.
    pub order: SourceOrder,
    /// At most so many.
    pub limit: usize,
    /// Where the part before ended.
    pub cursor: Option<Cursor>,
}

/// The order of a list of sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceOrder {
    /// By identifier.
    #[default]
    Name,
    /// Those first that need somebody, then by identifier. One whose state changes between two
    /// parts may be in both, or in neither.
    Trouble,
}

/// A place in the list: the degree of trouble, where the list goes by it, then the identifier.
type Place<'a> = (u8, &'a str);

impl SourceQuery {
    /// Of all sources those that are asked for, and where the next part begins.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] where the cursor is no place in such a list.
    pub fn choose<'a>(
        &self,
        all: impl Iterator<Item = (&'a SourceId, &'a OutletName, SourceHealth)>,
    ) -> Result<(Vec<SourceId>, Option<Cursor>), StoreError> {
        let after = self.cursor.as_ref().map(place_of).transpose()?;
        let mut chosen: Vec<(Place<'a>, &SourceId)> = all
            .filter(|(_, outlet, health)| {
                self.outlet.as_ref().is_none_or(|it| it == *outlet)
                    && self.state.is_none_or(|it| it == *health)
            })
            .map(|(id, _, health)| (self.place(id, health), id))
            .filter(|(place, _)| after.is_none_or(|after| *place > after))
            .collect();
        // Most often they stand in order already, which costs one look at each.
        chosen.sort_by_key(|(place, _)| *place);
        let limit = self.limit.max(1);
        let last = chosen.get(limit - 1).filter(|_| chosen.len() > limit);
        let next = last.map(|((degree, name), _)| Cursor([&[*degree], name.as_bytes()].concat()));
        let ids = chosen.into_iter().take(limit).map(|(_, id)| id.clone());
        Ok((ids.collect(), next))
    }

    /// The part of `all` that is asked for.
    ///
    /// # Errors
    ///
    /// As [`SourceQuery::choose`].
    pub fn part(&self, all: &[SourceState]) -> Result<Page<SourceState>, StoreError> {
        let (ids, next) = self.choose(all.iter().map(|it| (&it.id, &it.outlet, it.health)))?;
        let find = |id: SourceId| all.iter().find(|it| it.id == id).cloned();
        let items = ids.into_iter().filter_map(find).collect();
        Ok(Page { items, next })
    }

    fn place<'a>(&self, id: &'a SourceId, health: SourceHealth) -> Place<'a> {
        let degree = match self.order {
            SourceOrder::Name => 0,
            SourceOrder::Trouble => health.trouble(),
        };
        (degree, id.as_str())
    }
}

/// The place that a cursor names; it comes from outside.
fn place_of(cursor: &Cursor) -> Result<Place<'_>, StoreError> {
    let place = cursor.0.split_first();
    let place = place.and_then(|(degree, name)| Some((*degree, str::from_utf8(name).ok()?)));
    place.ok_or_else(|| cursor.unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(query: &SourceQuery) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
        let sources = [
            ("a-1", "a", SourceHealth::Healthy),
            ("a-2", "a", SourceHealth::Gone),
            ("b-10", "b", SourceHealth::Healthy),
            ("b-9", "b", SourceHealth::Silent),
            ("c-1", "c", SourceHealth::Failing),
        ]
        .map(|(id, outlet, health)| (SourceId::new(id), OutletName::new(outlet), health));
        let all = sources.iter();
        let (ids, next) = query.choose(all.map(|(id, outlet, health)| (id, outlet, *health)))?;
        Ok((ids.iter().map(ToString::to_string).collect(), next))
    }

    /// All parts of a list in a row.
    fn walked(mut query: SourceQuery) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let (ids, next) = listed(&query).unwrap();
            assert!(ids.len() <= query.limit);
            all.extend(ids);
            match next {
                Some(next) => query.cursor = Some(next),
                None => return all,
            }
        }
    }

    #[test]
    fn every_part_follows_the_one_before_in_either_order() {
        for limit in 1..7 {
            let by_name = SourceQuery {
                limit,
                ..SourceQuery::default()
            };
            assert_eq!(walked(by_name), ["a-1", "a-2", "b-10", "b-9", "c-1"]);
            let by_trouble = SourceQuery {
                limit,
                order: SourceOrder::Trouble,
                ..SourceQuery::default()
            };
            assert_eq!(walked(by_trouble), ["a-2", "c-1", "b-9", "a-1", "b-10"]);
        }
    }

    #[test]
    fn the_filters_hold_and_what_is_no_cursor_is_refused() {
        let of = |outlet: Option<&str>, state| {
            walked(SourceQuery {
                outlet: outlet.map(OutletName::new),
                state,
                limit: 2,
                ..SourceQuery::default()
            })
        };
        assert_eq!(of(Some("b"), None), ["b-10", "b-9"]);
        assert_eq!(of(None, Some(SourceHealth::Healthy)), ["a-1", "b-10"]);
        assert!(of(Some("a"), Some(SourceHealth::Failing)).is_empty());
        for wrong in [vec![], vec![0, 0xff]] {
            let query = SourceQuery {
                limit: 2,
                cursor: Some(Cursor(wrong)),
                ..SourceQuery::default()
            };
            assert!(listed(&query).is_err());
        }
    }
}

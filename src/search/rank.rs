//! The best of what was found, in an order that new articles do not disturb.
//!
//! By time the order is that of all lists. By relevance it is BM25's, over numbers of articles that are
//! taken to the next power of two: a rank changes only when a word has become twice as frequent, so
//! that the pages of one search fit each other while articles come in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{DocId, Score, Searcher, SegmentOrdinal, SegmentReader, Term};
use uuid::Uuid;

use super::schema::{Fields, ID_HIGH, ID_LOW, STORED};
use crate::model::id::ArticleId;

/// The order of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest stored first.
    #[default]
    Time,
    /// What fits best first.
    Relevance,
}

impl Sort {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Relevance => "relevance",
        }
    }

    /// Both.
    pub const ALL: [Self; 2] = [Self::Time, Self::Relevance];
}

/// A place in the order: larger comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// Thousandths of the score; 0 by time.
    pub(super) score: u32,
    pub(super) stored: i64,
    pub(super) id: u128,
}

impl Rank {
    const BYTES: usize = 28;

    pub(super) fn article(self) -> ArticleId {
        ArticleId(Uuid::from_u128(self.id))
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        [
            &self.score.to_be_bytes()[..],
            &self.stored.to_be_bytes(),
            &self.id.to_be_bytes(),
        ]
        .concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        Some(Self {
            score: u32::from_be_bytes(bytes[..4].try_into().ok()?),
            stored: i64::from_be_bytes(bytes[4..12].try_into().ok()?),
            id: u128::from_be_bytes(bytes[12..].try_into().ok()?),
        })
    }
}

/// Gathers the first `limit` after a place.
pub(super) struct First {
    pub(super) sort: Sort,
    pub(super) after: Option<Rank>,
    pub(super) limit: usize,
}

impl Collector for First {
    type Fruit = Vec<Rank>;
    type Child = FirstOfSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<FirstOfSegment> {
        let columns = segment.fast_fields();
        Ok(FirstOfSegment {
            stored: columns.i64(STORED)?,
            high: columns.u64(ID_HIGH)?,
            low: columns.u64(ID_LOW)?,
            after: self.after,
            limit: self.limit,
            best: BinaryHeap::with_capacity(self.limit + 1),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<Vec<Rank>>) -> tantivy::Result<Vec<Rank>> {
        let mut all: Vec<Rank> = segments.into_iter().flatten().collect();
        all.sort_unstable_by_key(|&rank| Reverse(rank));
        all.truncate(self.limit);
        Ok(all)
    }
}

pub(super) struct FirstOfSegment {
    stored: Column<i64>,
    high: Column<u64>,
    low: Column<u64>,
    after: Option<Rank>,
    limit: usize,
    /// The last of them on top.
    best: BinaryHeap<Reverse<Rank>>,
}

impl FirstOfSegment {
    fn id(&self, doc: DocId) -> u128 {
        let high = self.high.first(doc).unwrap_or_default();
        let low = self.low.first(doc).unwrap_or_default();
        u128::from(high) << 64 | u128::from(low)
    }
}

impl SegmentCollector for FirstOfSegment {
    type Fruit = Vec<Rank>;

    fn collect(&mut self, doc: DocId, score: Score) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "scores are small and not negative; what is beyond the bounds becomes the bound"
        )]
        let score = (score * 1000.0).round() as u32;
        let stored = self.stored.first(doc).unwrap_or_default();
        let full = self.best.len() == self.limit;
        // The identifier is looked at only where it may decide.
        let (place, last) = ((score, stored), self.best.peek().map(|last| last.0));
        if full && last.is_some_and(|last| place < (last.score, last.stored)) {
            return;
        }
        if self
            .after
            .is_some_and(|after| place > (after.score, after.stored))
        {
            return;
        }
        let id = self.id(doc);
        let rank = Rank { score, stored, id };
        if self.after.is_some_and(|after| rank >= after) {
            return;
        }
        self.best.push(Reverse(rank));
        if self.best.len() > self.limit {
            self.best.pop();
        }
    }

    fn harvest(self) -> Vec<Rank> {
        self.best.into_iter().map(|rank| rank.0).collect()
    }
}

/// Numbers of articles, taken to the next power of two.
pub(super) struct Rounded<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) fields: &'a Fields,
}

/// Words of an article, about; what is shorter counts for more.
const WORDS: u64 = 400;
/// Words of a title.
const TITLE_WORDS: u64 = 12;

impl Bm25StatisticsProvider for Rounded<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let is_title = field == self.fields.title_words || field == self.fields.title_stems;
        let words = if is_title { TITLE_WORDS } else { WORDS };
        Ok(self.total_num_docs()?.saturating_mul(words))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(Bm25StatisticsProvider::total_num_docs(self.searcher)?.next_power_of_two())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(match self.searcher.doc_freq(term)? {
            0 => 0,
            some => some.next_power_of_two(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_as_they_went_out() {
        let rank = Rank {
            score: 12_345,
            stored: -7,
            id: u128::MAX - 3,
        };
        assert_eq!(Rank::from_bytes(&rank.to_bytes()), Some(rank));
        assert_eq!(Rank::from_bytes(&rank.to_bytes()[1..]), None);
        assert_eq!(Rank::from_bytes(&[]), None);
    }
}

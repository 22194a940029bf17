//! The best of what was found, in an order that new articles do not disturb.
//!
//! By time the order is that of all lists. By relevance it is BM25's, over numbers of articles that are
//! taken to the next power of two: a rank changes only when a word has become twice as frequent, so
//! that the pages of one search fit each other while articles come in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use tantivy::columnar::Column;
use tantivy::query::{Bm25StatisticsProvider, EnableScoring, Query};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet as _, Score, Searcher, SegmentReader, TERMINATED, Term};
use uuid::Uuid;

use super::error::SearchError;
use super::schema::{Fields, ID_HIGH, ID_LOW, STORED, place_in_time};
use crate::model::id::ArticleId;
use crate::store::Cursor;

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

    /// Its like in the opposite order.
    fn turned(self) -> Self {
        Self {
            score: !self.score,
            stored: !self.stored,
            id: !self.id,
        }
    }

    /// The place as whoever asks is given it. By time it is the one that the store gives, so that a list
    /// goes on where the one or the other has left off.
    pub(super) fn cursor(self, sort: Sort) -> Cursor {
        match sort {
            Sort::Time => {
                let stored = Timestamp::from_nanosecond(self.stored.into());
                let stored = stored.expect("a number of 64 bits is within a timestamp's range");
                Cursor::of_article(stored, self.article())
            }
            Sort::Relevance => Cursor(
                [
                    &self.score.to_be_bytes()[..],
                    &self.stored.to_be_bytes(),
                    &self.id.to_be_bytes(),
                ]
                .concat(),
            ),
        }
    }

    /// The place that a cursor names in this order.
    pub(super) fn at(sort: Sort, cursor: &Cursor) -> Result<Self, SearchError> {
        let place = match sort {
            Sort::Time => cursor.article().map(|(stored, id)| Self {
                score: 0,
                stored: place_in_time(stored),
                id: id.0.as_u128(),
            }),
            Sort::Relevance => Self::from_bytes(&cursor.0),
        };
        place.ok_or_else(|| {
            let says = "`cursor` must be the `next` of an earlier page of the same search";
            SearchError::Question(says.to_owned())
        })
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        Some(Self {
            score: u32::from_be_bytes(bytes[..4].try_into().ok()?),
            stored: i64::from_be_bytes(bytes[4..12].try_into().ok()?),
            id: u128::from_be_bytes(bytes[12..].try_into().ok()?),
        })
    }
}

/// Which part of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// From the first on.
    Top,
    /// What comes behind a place, the first of it first.
    Below(Rank),
    /// A place and what comes before it, the last of it first.
    Above(Rank),
}

impl Side {
    /// Whether it is gone through against the order.
    fn rises(self) -> bool {
        matches!(self, Self::Above(_))
    }

    /// Whether something of this score and time may stand there, whatever its identifier.
    fn may_have(self, score: u32, stored: i64) -> bool {
        match self {
            Self::Top => true,
            Self::Below(place) => (score, stored) <= (place.score, place.stored),
            Self::Above(place) => (score, stored) >= (place.score, place.stored),
        }
    }

    fn has(self, rank: Rank) -> bool {
        match self {
            Self::Top => true,
            Self::Below(place) => rank < place,
            Self::Above(place) => rank >= place,
        }
    }

    /// Whether something that was stored between these times may stand there, by time.
    fn reaches(self, oldest: i64, newest: i64) -> bool {
        match self {
            Self::Top => true,
            Self::Below(place) => oldest <= place.stored,
            Self::Above(place) => newest >= place.stored,
        }
    }
}

/// The first `limit` of what the query finds on one side, in the order in which that is gone through.
///
/// By time the parts of the index are asked in the order of time, and no more of them than may hold
/// something better than what was found: they seldom overlap. By relevance every match is weighed. (The
/// engine could leave out blocks of words that cannot matter; but it knows their bounds for the
/// average length of a text at the time of writing only, and where that is wrong, pages would have gaps.)
pub(super) fn first(
    searcher: &Searcher,
    query: &dyn Query,
    statistics: &dyn Bm25StatisticsProvider,
    (sort, side, limit): (Sort, Side, usize),
) -> tantivy::Result<Vec<Rank>> {
    let weight = query.weight(match sort {
        Sort::Time => EnableScoring::disabled_from_searcher(searcher),
        Sort::Relevance => EnableScoring::enabled_from_statistics_provider(statistics, searcher),
    })?;
    let mut parts = Vec::new();
    for segment in searcher.segment_readers() {
        parts.push((Columns::of(segment)?, segment));
    }
    parts.sort_by_cached_key(|(columns, _)| match side {
        Side::Top | Side::Below(_) => Reverse(columns.stored.max_value()),
        // The order of their opposites is the opposite order.
        Side::Above(_) => Reverse(!columns.stored.min_value()),
    });
    let mut best = Best {
        side,
        limit,
        heap: BinaryHeap::with_capacity(limit + 1),
    };
    for (columns, segment) in parts {
        let alive = segment.alive_bitset();
        let is_alive = |doc: DocId| alive.is_none_or(|alive| alive.is_alive(doc));
        match sort {
            Sort::Time => {
                let (oldest, newest) = (columns.stored.min_value(), columns.stored.max_value());
                if best.may_take(oldest, newest) {
                    weight.for_each_no_score(segment, &mut |docs| {
                        for &doc in docs.iter().filter(|doc| is_alive(**doc)) {
                            best.offer(&columns, doc, 0);
                        }
                    })?;
                }
            }
            Sort::Relevance => {
                let mut scorer = weight.scorer(segment, 1.0)?;
                let mut doc = scorer.doc();
                while doc != TERMINATED {
                    if is_alive(doc) {
                        best.offer(&columns, doc, thousandths(scorer.score()));
                    }
                    doc = scorer.advance();
                }
            }
        }
    }
    Ok(best.into_order())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "scores are small and not negative; what is beyond the bounds becomes the bound"
)]
fn thousandths(score: Score) -> u32 {
    (score * 1000.0).round() as u32
}

/// What tells the place of an article in the order.
struct Columns {
    stored: Column<i64>,
    high: Column<u64>,
    low: Column<u64>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            stored: columns.i64(STORED)?,
            high: columns.u64(ID_HIGH)?,
            low: columns.u64(ID_LOW)?,
        })
    }

    fn id(&self, doc: DocId) -> u128 {
        let high = self.high.first(doc).unwrap_or_default();
        let low = self.low.first(doc).unwrap_or_default();
        u128::from(high) << 64 | u128::from(low)
    }
}

/// The best so far.
struct Best {
    side: Side,
    limit: usize,
    /// The last of them on top; ranks are turned round where the order is gone through backward.
    heap: BinaryHeap<Reverse<Rank>>,
}

impl Best {
    /// The last, where no more fit.
    fn last(&self) -> Option<Rank> {
        let last = self.heap.peek().filter(|_| self.heap.len() == self.limit);
        last.map(|last| last.0)
    }

    /// Whether something that was stored between these times may be among them, by time.
    fn may_take(&self, oldest: i64, newest: i64) -> bool {
        let may_be_better = |last: Rank| {
            if self.side.rises() {
                !oldest >= last.stored
            } else {
                newest >= last.stored
            }
        };
        self.side.reaches(oldest, newest) && self.last().is_none_or(may_be_better)
    }

    fn offer(&mut self, columns: &Columns, doc: DocId, score: u32) {
        let stored = columns.stored.first(doc).unwrap_or_default();
        if !self.side.may_have(score, stored) {
            return;
        }
        let turned = |rank: Rank| {
            if self.side.rises() {
                rank.turned()
            } else {
                rank
            }
        };
        let mut rank = Rank {
            score,
            stored,
            id: 0,
        };
        // The identifier is looked at only where it may decide.
        let place = turned(rank);
        if (self.last()).is_some_and(|last| (place.score, place.stored) < (last.score, last.stored))
        {
            return;
        }
        rank.id = columns.id(doc);
        if !self.side.has(rank) {
            return;
        }
        self.heap.push(Reverse(turned(rank)));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    fn into_order(self) -> Vec<Rank> {
        let rises = self.side.rises();
        // Ascending by what the heap holds turned round: the best come first.
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted
            .map(|Reverse(rank)| if rises { rank.turned() } else { rank })
            .collect()
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
        let by_score = rank.cursor(Sort::Relevance);
        assert_eq!(Rank::at(Sort::Relevance, &by_score).unwrap(), rank);
        let by_time = rank.cursor(Sort::Time);
        let unscored = Rank { score: 0, ..rank };
        assert_eq!(Rank::at(Sort::Time, &by_time).unwrap(), unscored);
        // The one is no place in the other.
        assert!(Rank::at(Sort::Time, &by_score).is_err());
        assert!(Rank::at(Sort::Relevance, &by_time).is_err());
        assert!(Rank::at(Sort::Time, &Cursor(Vec::new())).is_err());
    }
}

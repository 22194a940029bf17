//! The columns of an exported table: the fields of an article, its story's taken apart.

use serde_json::Value;

/// What a column holds; every one of them may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words.
    Text,
    /// A list of words.
    Texts,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// An instant.
    Instant,
}

/// Names and kinds, in their order.
pub(super) const COLUMNS: [(&str, Kind); 23] = [
    ("id", Kind::Text),
    ("revision", Kind::Number),
    ("outlet", Kind::Text),
    ("url", Kind::Text),
    ("title", Kind::Text),
    ("lead", Kind::Text),
    ("byline", Kind::Text),
    ("credit", Kind::Text),
    ("section", Kind::Text),
    // As the page states it: with an offset, without one, or a date alone.
    ("published", Kind::Text),
    ("updated", Kind::Text),
    ("language", Kind::Text),
    ("tags", Kind::Texts),
    ("image", Kind::Text),
    ("captions", Kind::Texts),
    ("summary", Kind::Text),
    ("words", Kind::Number),
    ("partial", Kind::Truth),
    ("free", Kind::Truth),
    ("story", Kind::Text),
    ("original", Kind::Truth),
    ("fetched", Kind::Instant),
    ("text", Kind::Text),
];

/// What stands in a column.
pub(super) fn field<'a>(article: &'a Value, name: &str) -> &'a Value {
    match name {
        "story" => &article["story"]["id"],
        "original" => &article["story"]["original"],
        name => &article[name],
    }
}

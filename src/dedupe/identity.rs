//! Whether what a source lists now under a known identifier is what it listed before.
//!
//! An identifier is a promise of the source, and some sources break it: they number the places of
//! their list, or give each poll new ones. An article that moves keeps its headline or its date;
//! another article in its place has neither.

use jiff::SignedDuration;

use super::sketch;
use crate::model::stated::StatedTime;

/// What is said of an article: headline and date.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// The headline.
    pub title: Option<&'a str>,
    /// When it was published.
    pub published: Option<StatedTime>,
}

/// How far a page and its feed may differ about one date.
const DATES_DIFFER: SignedDuration = SignedDuration::from_mins(2);

/// Whether both may be said of one article: nothing is known that speaks against it.
pub fn may_be_one(one: Said<'_>, other: Said<'_>) -> bool {
    let (Some(title), Some(other_title)) = (one.title, other.title) else {
        return true;
    };
    let same_date = match (one.published, other.published) {
        (Some(one), Some(other)) => {
            one.instant().duration_since(other.instant()).abs() <= DATES_DIFFER
        }
        (Some(_) | None, None) | (None, Some(_)) => false,
    };
    same_date || sketch::share_of_words(title, other_title).is_none_or(|share| share >= 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_that_moves_keeps_its_headline_or_its_date() {
        let at = StatedTime::parse;
        let check = |one: (&str, &str), other: (&str, &str), expect: bool| {
            let said = |(title, published): (&'static str, &str)| Said {
                title: Some(title).filter(|title| !title.is_empty()),
                published: at(published),
            };
            let (one, other) = (
                said((one.0.to_owned().leak(), one.1)),
                said((other.0.to_owned().leak(), other.1)),
            );
            assert_eq!(may_be_one(one, other), expect, "{one:?} {other:?}");
        };
        let (noon, night) = ("2025-06-23T12:00:00Z", "2025-06-24T00:00:00Z");
        let ministers = "Ministers agree on bridge fund";
        check((ministers, noon), (ministers, night), true);
        check(
            (ministers, ""),
            ("Ministers agree on a new fund for the bridge", ""),
            true,
        );
        check(
            (ministers, noon),
            ("Fund for crossings settled", "2025-06-23T14:01:00+02:00"),
            true,
        );
        check((ministers, noon), ("Whale seen off the pier", night), false);
        check((ministers, ""), ("Whale seen off the pier", ""), false);
        check((ministers, noon), ("", night), true);
        check(("Live", noon), ("Weather", night), true);
        check(
            ("首相が新政策を発表", noon),
            ("首相が新しい政策を発表", night),
            true,
        );
        check(
            ("首相が新政策を発表", noon),
            ("北海道でサケ漁始まる", night),
            false,
        );
    }
}

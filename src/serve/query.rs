//! Query parameters, read strictly: an unknown or repeated one is an error that names those allowed.
//!
//! A misspelt filter that is silently ignored returns everything, which is worse than an error.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::serve::problem::{Kind, Problem};
use crate::serve::wire::List;
use crate::store::Cursor;

/// Items of a list where the query names no limit.
pub(super) const DEFAULT_LIMIT: usize = 50;
/// The most items of one answer.
pub(super) const MAX_LIMIT: usize = 500;
/// A cursor is a key of the store, in base64: far shorter.
const MAX_CURSOR: usize = 1024;
/// Bytes behind a cursor that tell it from one that was made up or cut short.
const CURSOR_CHECK: usize = 4;

/// The parameters of one request.
#[derive(Debug)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Reads `query`, in which only `allowed` may stand, each once.
    pub(super) fn parse(query: Option<&str>, allowed: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !allowed.contains(&&*name) {
                let name: String = name.chars().take(100).collect();
                let known = if allowed.is_empty() {
                    "it takes none".to_owned()
                } else {
                    format!("allowed are {}", allowed.join(", "))
                };
                return Err(bad(format!("`{name}` is no parameter here; {known}")));
            }
            if pairs.iter().any(|(before, _)| *before == name) {
                return Err(bad(format!("`{name}` is given twice")));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { pairs })
    }

    /// The value, where there is one that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// An RFC 3339 time. A `+` that was not escaped arrives as a space, and is meant as `+`.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.replace(' ', "+").parse().map(Some).map_err(|_| {
            bad(format!(
                "`{name}` must be a time as in RFC 3339, such as 2025-06-23T17:36:02Z"
            ))
        })
    }

    /// `limit`, 1 to 500.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        self.limit_or(DEFAULT_LIMIT)
    }

    /// `limit`, 1 to 500; `default` where none is given.
    pub(super) fn limit_or(&self, default: usize) -> Result<usize, Problem> {
        let Some(text) = self.given("limit") else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| bad(format!("`limit` must be a number from 1 to {MAX_LIMIT}")))
    }

    /// `cursor`, as an earlier page's `next` gave it.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, Problem> {
        let Some(text) = self.text("cursor") else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text.get(..MAX_CURSOR).unwrap_or(text));
        let bytes = bytes.unwrap_or_default();
        match bytes.split_last_chunk::<CURSOR_CHECK>() {
            Some((place, check)) if check_of(place) == *check => Ok(Some(Cursor(place.to_vec()))),
            Some(_) | None => Err(bad_cursor()),
        }
    }

    /// The asked-for part of a list that is held whole and ordered by `key`.
    pub(super) fn part<T>(
        &self,
        mut items: Vec<T>,
        key: impl Fn(&T) -> &str,
    ) -> Result<List<T>, Problem> {
        let limit = self.limit_or(MAX_LIMIT)?;
        if let Some(Cursor(after)) = self.cursor()? {
            items.retain(|item| key(item).as_bytes() > after.as_slice());
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|item| cursor_text(&Cursor(key(item).as_bytes().to_vec())));
        Ok(List { items, next })
    }

    /// The identifier of an article or the like.
    pub(super) fn id<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let wrong = |_| bad(format!("`{name}` must be an id, as the API gives it"));
        text.parse().map(Some).map_err(wrong)
    }

    /// One of a closed set of words.
    pub(super) fn one_of<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        if let Some(&found) = all.iter().find(|&&it| word(it) == text) {
            return Ok(Some(found));
        }
        let words: Vec<&str> = all.iter().map(|&it| word(it)).collect();
        Err(bad(format!("`{name}` must be one of {}", words.join(", "))))
    }
}

/// What a client is given to ask for the next page (base64 for addresses, RFC 4648 §5).
pub(super) fn cursor_text(Cursor(place): &Cursor) -> String {
    URL_SAFE_NO_PAD.encode([place.as_slice(), &check_of(place)].concat())
}

/// Against mistakes, not against malice: a forged place is a place like any other.
fn check_of(place: &[u8]) -> [u8; CURSOR_CHECK] {
    let hash = xxhash_rust::xxh3::xxh3_64(place).to_be_bytes();
    std::array::from_fn(|index| hash[index])
}

/// A cursor that no page of this list gave.
pub(super) fn bad_cursor() -> Problem {
    Problem::new(
        Kind::NotFound,
        "there is no such place: `cursor` must be the `next` of an earlier page of this list",
    )
}

pub(super) fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::BadQuery, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(query: &str) -> Option<usize> {
        Params::parse(Some(query), &["limit"])
            .and_then(|params| params.limit())
            .ok()
    }

    #[test]
    fn limits_are_taken_at_the_limit_and_refused_beyond() {
        let cases = [
            ("", Some(50)),
            ("limit=1", Some(1)),
            ("limit=500", Some(500)),
            ("limit=0", None),
            ("limit=501", None),
            ("limit=-1", None),
            ("limit=", None),
            ("limit=1e2", None),
            ("limit=99999999999999999999999", None),
            ("limit=1&limit=2", None),
            ("limti=1", None),
        ];
        for (query, expect) in cases {
            assert_eq!(limit(query), expect, "{query}");
        }
    }

    #[test]
    fn times_are_rfc_3339_with_a_plus_escaped_or_not() {
        let time = |query: &str| {
            Params::parse(Some(query), &["since"]).and_then(|params| params.time("since"))
        };
        let expect: Timestamp = "2025-06-23T17:35:00Z".parse().unwrap();
        for good in [
            "since=2025-06-23T17:35:00Z",
            "since=2025-06-23T20:35:00%2B03:00",
            "since=2025-06-23T20:35:00+03:00",
        ] {
            assert_eq!(time(good).unwrap(), Some(expect), "{good}");
        }
        assert_eq!(time("since=").unwrap(), None);
        for wrong in [
            "since=yesterday",
            "since=2025-06-23",
            "since=2025-06-23T20:35:00",
        ] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went_out() {
        let cursor = Cursor(vec![0, 255, 62, 63]);
        let query = format!("cursor={}", cursor_text(&cursor));
        let params = Params::parse(Some(&query), &["cursor"]).unwrap();
        assert_eq!(params.cursor().unwrap(), Some(cursor));
        let whole = cursor_text(&Cursor(vec![0, 255, 62, 63]));
        let long = "A".repeat(MAX_CURSOR + 4);
        for wrong in [
            "%00!",
            "garbage",
            "AA",
            "AAAAAAAA",
            &whole[1..],
            &long,
            "%FF",
        ] {
            let query = format!("cursor={wrong}");
            let params = Params::parse(Some(&query), &["cursor"]).unwrap();
            let (status, ..) = params.cursor().unwrap_err().told();
            assert_eq!(status.as_u16(), 404, "{wrong}");
        }
    }
}

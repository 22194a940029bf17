//! What a reader has of a feed already, by the validator of an earlier answer (RFC 3229).

use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

/// So much later than the time that it says an article may have been stored.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// Until when, for certain, a reader knows the feed that asks for what has come since; nothing where all is as it was.
pub(super) fn known_until(headers: &HeaderMap, tag: &str) -> Option<Timestamp> {
    let all = |name: &str| {
        let values = headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        values.join(",")
    };
    let asks = all("a-im");
    let manipulation = |word: &str| word.split(';').next().unwrap_or_default().trim().to_owned();
    if !asks
        .split(',')
        .any(|word| manipulation(word).eq_ignore_ascii_case("feed"))
    {
        return None;
    }
    let known = all("if-none-match");
    let mut known = known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"));
    if known.clone().any(|known| known == tag) {
        return None;
    }
    known.find_map(|known| {
        let (time, hash) = known
            .strip_prefix('"')?
            .strip_suffix('"')?
            .split_once('-')?;
        (hash.len() == 16).then_some(())?;
        let known = Timestamp::from_nanosecond(i128::from_str_radix(time, 16).ok()?).ok()?;
        Some(known.saturating_sub(LATE).unwrap_or(Timestamp::MIN))
    })
}

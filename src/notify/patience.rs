//! How long a receiver asks to be left alone, where it says so otherwise than HTTP does.

use jiff::Timestamp;
use serde_json::Value;

use crate::config::endpoint::Format;
use crate::extract::summary;
use crate::notify::text::one_line;
use crate::schedule::backoff;

/// Characters of an explanation that are kept.
const SAID_CHARS: usize = 200;

/// The time that the body of a 429 names. Fractions of a second are obeyed: Discord asks for them.
pub(super) fn asked_in(format: &Format, body: &[u8], now: Timestamp) -> Option<Timestamp> {
    let said: Value = match format {
        Format::Telegram { .. } | Format::Discord | Format::Matrix { .. } => {
            serde_json::from_slice(body).ok()?
        }
        Format::Json
        | Format::CloudEvents(_)
        | Format::Slack
        | Format::Teams
        | Format::Mattermost
        | Format::Ntfy { .. }
        | Format::Template(_) => return None,
    };
    let seconds = match format {
        Format::Telegram { .. } => said["parameters"]["retry_after"].as_f64(),
        Format::Matrix { .. } => said["retry_after_ms"].as_f64().map(|ms| ms / 1000.0),
        _ => said["retry_after"].as_f64(),
    };
    backoff::after_seconds(seconds?, now)
}

/// When a receiver that took a message will take the next: Discord says with each answer how many more
/// it takes, and asks not to be asked in vain.
pub(super) fn rest<'a>(
    format: &Format,
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Option<Timestamp> {
    if *format != Format::Discord || header("x-ratelimit-remaining")? != "0" {
        return None;
    }
    let seconds: f64 = header("x-ratelimit-reset-after")?.parse().ok()?;
    backoff::after_seconds(seconds, now)
}

/// Whether a 2xx says in its body that the message was not taken, as Teams' connectors do when they are
/// sent too much.
pub(super) fn refused_within(format: &Format, body: &[u8]) -> bool {
    let mark: &[u8] = b"HTTP error 429";
    *format == Format::Teams && body.windows(mark.len()).any(|part| part == mark)
}

/// What a chat service says of its refusal.
pub(super) fn explanation(body: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(body).ok()?;
    let said = ["description", "error", "message"]
        .iter()
        .find_map(|key| said[*key].as_str().filter(|text| !text.trim().is_empty()))?;
    Some(summary::cut(&one_line(said), SAID_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample;
    use crate::notify::verdict::{Answer, Answered, judge};

    fn now() -> Timestamp {
        sample::at("2025-06-23T12:00:00Z")
    }

    /// Milliseconds that an answer holds the endpoint; `None`: it does not.
    fn held(format: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Option<i64> {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answered = Answered {
            status,
            headers: &headers,
            body: body.as_bytes(),
        };
        let format = sample::endpoint(format).format;
        let until = match judge(&format, Ok(answered), now()) {
            Answer::Throttled { until, .. } => Some(until),
            Answer::Delivered { rest } => rest,
            Answer::Retry { .. } | Answer::Permanent { .. } | Answer::Gone { .. } => None,
        };
        until.map(|until| until.as_millisecond() - now().as_millisecond())
    }

    #[test]
    fn each_service_is_understood_in_its_own_words() {
        let telegram = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(held("telegram", 429, &[], telegram), Some(7000));
        let discord =
            r#"{"message":"You are being rate limited.","retry_after":0.35,"global":false}"#;
        assert_eq!(
            held("discord", 429, &[("retry-after", "1")], discord),
            Some(350)
        );
        let matrix =
            r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":2500}"#;
        assert_eq!(held("matrix", 429, &[], matrix), Some(2500));
        assert_eq!(
            held("matrix", 429, &[("retry-after", "4")], "{}"),
            Some(4000)
        );
        assert_eq!(
            held("slack", 429, &[("retry-after", "30")], "slow"),
            Some(30_000)
        );
        // A receiver of JSON is taken at its header's word alone.
        assert_eq!(held("json", 429, &[], discord), None);
        for nonsense in [
            r#"{"retry_after":-5}"#,
            r#"{"retry_after":"soon"}"#,
            r#"{"retry_after":1e400}"#,
            "[",
            "",
        ] {
            assert_eq!(held("discord", 429, &[], nonsense), None, "{nonsense}");
        }
        let forever = r#"{"retry_after":1e18}"#;
        assert_eq!(held("discord", 429, &[], forever), Some(86_400_000));
    }

    #[test]
    fn discord_is_not_asked_in_vain() {
        let left = |remaining| {
            [
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset-after", "1.5"),
            ]
        };
        assert_eq!(held("discord", 200, &left("0"), "{}"), Some(1500));
        assert_eq!(held("discord", 200, &left("3"), "{}"), None);
        assert_eq!(held("slack", 200, &left("0"), "ok"), None);
    }

    #[test]
    fn a_refusal_inside_a_success_is_a_refusal() {
        let body = b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x";
        let answered = Answered {
            status: 200,
            headers: &[],
            body,
        };
        let judged = |format: &Format| judge(format, Ok(answered), now());
        assert!(matches!(judged(&Format::Teams), Answer::Retry { .. }));
        assert!(matches!(judged(&Format::Slack), Answer::Delivered { .. }));
    }

    #[test]
    fn a_refusal_is_told_in_the_services_own_words() {
        let answered = Answered {
            status: 400,
            headers: &[],
            body: br#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
        };
        let format = sample::endpoint("telegram").format;
        let why = "it answered 400 Bad Request: Bad Request: chat not found".to_owned();
        assert_eq!(
            judge(&format, Ok(answered), now()),
            Answer::Permanent { why }
        );
    }
}

//! What a receiver's answer means for the delivery and for its endpoint.

use std::fmt;

use jiff::Timestamp;

use crate::config::endpoint::Format;
use crate::notify::patience;
use crate::observe::chain;
use crate::schedule::backoff;

/// What follows from one attempt; `why` is for people and the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Any 2xx.
    Delivered {
        /// Nothing is sent to the endpoint before this time: it says that it has taken enough for now.
        rest: Option<Timestamp>,
    },
    /// To be tried again on the schedule.
    Retry {
        /// What went wrong.
        why: String,
    },
    /// 429 or 503 with `Retry-After`: nothing is sent to the endpoint before `until`.
    Throttled {
        /// At most 24 hours from now.
        until: Timestamp,
        /// What was answered.
        why: String,
    },
    /// No try will mend it: the delivery fails.
    Permanent {
        /// What was answered.
        why: String,
    },
    /// The endpoint wants no more: it is disabled, its deliveries wait.
    Gone {
        /// What was answered.
        why: String,
    },
}

/// An answer: status, headers (names in lower case), and what was read of the body.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// The body, or its beginning.
    pub body: &'a [u8],
}

/// Why there was no answer: the chain of causes in one line, without the endpoint's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl Failure {
    /// An error with its causes.
    pub fn of(error: &dyn std::error::Error) -> Self {
        Self(chain(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Judges an answer or the want of one.
pub fn judge(format: &Format, answer: Result<Answered<'_>, &Failure>, now: Timestamp) -> Answer {
    let Answered {
        status,
        headers,
        body,
    } = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            return Answer::Retry {
                why: failure.to_string(),
            };
        }
    };
    let header = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim())
    };
    let asks =
        |word: &str| header("webhook-delivery").is_some_and(|it| it.eq_ignore_ascii_case(word));
    if asks("disable") {
        let why = format!("it answered {status} with webhook-delivery: disable");
        return Answer::Gone { why };
    }
    if asks("abort-message") && !(200..300).contains(&status) {
        let why = format!("it answered {status} with webhook-delivery: abort-message");
        return Answer::Permanent { why };
    }
    let mut why = match reason_phrase(status) {
        Some(phrase) => format!("it answered {status} {phrase}"),
        None => format!("it answered {status}"),
    };
    if format.is_chat()
        && let Some(said) = patience::explanation(body)
    {
        why = format!("{why}: {said}");
    }
    match status {
        200..=299 if patience::refused_within(format, body) => Answer::Retry {
            why: format!("it answered {status} and says within that it was sent too much"),
        },
        200..=299 => Answer::Delivered {
            rest: patience::rest(format, header, now),
        },
        410 => Answer::Gone { why },
        429 | 503 => {
            let asked = header("retry-after").and_then(|value| backoff::retry_after(value, now));
            // The body may be more exact than the header, or all there is.
            match patience::asked_in(format, body, now).or(asked) {
                Some(until) => Answer::Throttled { until, why },
                None => Answer::Retry { why },
            }
        }
        // A chat service says with these that the message or the address is wrong for good, and
        // may ban a sender that insists.
        400 | 401 | 403 | 404 if format.is_chat() => Answer::Permanent { why },
        300..=399 => Answer::Retry {
            why: format!("{why}; redirects are not followed"),
        },
        _ => Answer::Retry { why },
    }
}

/// The phrases of RFC 9110 §15 that an operator meets.
fn reason_phrase(status: u16) -> Option<&'static str> {
    Some(match status {
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2025-06-23T12:00:00Z".parse().unwrap()
    }

    fn judged(format: &Format, status: u16, headers: &[(&str, &str)]) -> String {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answered = Answered {
            status,
            headers: &headers,
            body: b"ok",
        };
        match judge(format, Ok(answered), now()) {
            Answer::Delivered { .. } => "delivered".to_owned(),
            Answer::Retry { .. } => "retry".to_owned(),
            Answer::Throttled { until, .. } => {
                format!("hold {}", until.as_second() - now().as_second())
            }
            Answer::Permanent { .. } => "fail".to_owned(),
            Answer::Gone { .. } => "gone".to_owned(),
        }
    }

    #[test]
    fn each_answer_has_its_consequence() {
        let check = |status: u16, headers: &[(&str, &str)], json: &str, slack: &str| {
            assert_eq!(
                judged(&Format::Json, status, headers),
                json,
                "json {status} {headers:?}"
            );
            assert_eq!(
                judged(&Format::Slack, status, headers),
                slack,
                "slack {status} {headers:?}"
            );
        };
        for status in [200, 201, 202, 204, 299] {
            check(status, &[], "delivered", "delivered");
        }
        for status in [
            301, 302, 303, 307, 308, 405, 408, 413, 422, 500, 502, 504, 599, 100, 0,
        ] {
            check(status, &[], "retry", "retry");
        }
        for status in [400, 401, 403, 404] {
            check(status, &[], "retry", "fail");
        }
        check(410, &[], "gone", "gone");
        check(200, &[("webhook-delivery", "disable")], "gone", "gone");
        check(500, &[("webhook-delivery", " Disable ")], "gone", "gone");
        check(500, &[("webhook-delivery", "go on")], "retry", "retry");
        let abort = [("webhook-delivery", "abort-message")];
        check(500, &abort, "fail", "fail");
        check(200, &abort, "delivered", "delivered");
        check(410, &abort, "fail", "fail");
        check(429, &[], "retry", "retry");
        check(429, &[("retry-after", "30")], "hold 30", "hold 30");
        check(
            503,
            &[("retry-after", "999999")],
            "hold 86400",
            "hold 86400",
        );
        check(
            503,
            &[("retry-after", "Mon, 23 Jun 2025 12:01:00 GMT")],
            "hold 60",
            "hold 60",
        );
        check(503, &[("retry-after", "later")], "retry", "retry");
        check(500, &[("retry-after", "30")], "retry", "retry");
    }

    #[test]
    fn no_answer_is_retried_with_its_causes_told() {
        let failure = Failure::of(&std::io::Error::other("connection refused"));
        let answer = judge(&Format::Slack, Err(&failure), now());
        assert_eq!(
            answer,
            Answer::Retry {
                why: "connection refused".to_owned()
            }
        );
    }
}

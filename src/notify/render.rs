//! One event as the one request that tells an endpoint of it.
//!
//! The body depends on event and endpoint alone, so that every attempt sends the same bytes; only
//! the signature's time moves. Formats that have a place for headers of their own get `webhook-*`.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::endpoint::{EndpointSpec, Format};
use crate::model::event::FullEvent;
use crate::notify::{sign, slack, wire};

/// A request's body and headers, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The body, exactly as signed.
    pub body: Bytes,
    /// Its media type.
    pub content_type: &'static str,
    /// Further headers, names in lower case: the endpoint's own, then `webhook-*`.
    pub headers: Vec<(String, String)>,
}

/// Header values may be secrets: only names are shown.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Outgoing")
            .field("bytes", &self.body.len())
            .field("content_type", &self.content_type)
            .field("headers", &names)
            .finish()
    }
}

/// Why an event cannot be put into a format.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// It cannot be written as JSON.
    #[error("cannot write the event {event} as JSON")]
    Json {
        /// Which event.
        event: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The request that tells `endpoint` of `event`, attempted `at`.
pub fn render(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<Outgoing, RenderError> {
    let message = match endpoint.format {
        Format::Json => wire::payload(event, endpoint.content),
        Format::Slack => slack::message(event, endpoint.content),
    };
    pack(endpoint, event, at, &message)
}

/// The same without its picture, for a receiver that refused the whole (Slack answers 400 when it
/// cannot fetch a picture). `None` where there is no picture, or the format only names it.
pub fn without_picture(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<Option<Outgoing>, RenderError> {
    let message = match endpoint.format {
        Format::Json => None,
        Format::Slack => slack::message_without_picture(event, endpoint.content),
    };
    message
        .map(|message| pack(endpoint, event, at, &message))
        .transpose()
}

fn pack(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
    message: &Value,
) -> Result<Outgoing, RenderError> {
    let body = serde_json::to_vec(message).map_err(|source| RenderError::Json {
        event: event.id.to_string(),
        source,
    })?;
    let mut headers: Vec<(String, String)> = endpoint
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.reveal().to_owned()))
        .filter(|(name, _)| name != "content-type" && !name.starts_with("webhook-"))
        .collect();
    match endpoint.format {
        Format::Json => {
            let id = event.id.to_string();
            headers.extend(sign::headers(&endpoint.secrets, &id, at, &body));
        }
        Format::Slack => {}
    }
    Ok(Outgoing {
        body: body.into(),
        content_type: "application/json",
        headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample;

    #[test]
    fn json_is_signed_and_chat_is_not() {
        let event = sample::new_article(sample::content());
        let at = sample::at("2025-06-23T17:40:00Z");
        let names = |format: &str| -> Vec<String> {
            let outgoing = render(&sample::endpoint(format), &event, at).unwrap();
            outgoing.headers.into_iter().map(|(name, _)| name).collect()
        };
        let signed = [
            "x-team",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        ];
        assert_eq!(names("json"), signed);
        assert_eq!(names("slack"), ["x-team"]);
    }

    #[test]
    fn only_a_format_that_shows_pictures_can_leave_one_out() {
        let event = sample::new_article(sample::content());
        let at = sample::at("2025-06-23T17:40:00Z");
        let plainer = |format| without_picture(&sample::endpoint(format), &event, at).unwrap();
        assert_eq!(plainer("json"), None);
        let whole = render(&sample::endpoint("slack"), &event, at).unwrap();
        assert!(plainer("slack").is_some_and(|plain| plain.body.len() < whole.body.len()));
    }

    #[test]
    fn every_attempt_sends_the_same_body_with_its_own_time() {
        let event = sample::new_article(sample::content());
        let endpoint = sample::endpoint("json");
        let attempt = |at: &str| render(&endpoint, &event, sample::at(at)).unwrap();
        let first = attempt("2025-06-23T17:40:00Z");
        let second = attempt("2025-06-24T17:40:00Z");
        assert_eq!(first.body, second.body);
        assert_eq!(first.headers[1].1, event.id.to_string());
        assert_eq!(first.headers[1], second.headers[1]);
        assert_ne!(first.headers[3], second.headers[3]);
        let signature = sign::signature(
            &endpoint.secrets,
            &event.id.to_string(),
            1_750_700_400,
            &first.body,
        );
        assert_eq!(first.headers[3].1, signature);
    }

    #[test]
    fn a_correction_is_said_in_the_same_words_each_time() {
        let mut old = sample::content();
        let mut new = sample::content();
        let words = |step: usize| -> String {
            let words: Vec<String> = (0..3000).map(|n| (n * step % 97).to_string()).collect();
            words.join(" ")
        };
        (old.blocks[0].text, new.blocks[0].text) = (words(3), words(7));
        let event = sample::updated_article(old, new);
        let endpoint = sample::endpoint("json");
        let at = sample::at("2025-06-23T17:40:00Z");
        let first = render(&endpoint, &event, at).unwrap();
        assert_eq!(first, render(&endpoint, &event, at).unwrap());
    }

    #[test]
    fn configured_headers_replace_none_of_ours_and_are_not_shown() {
        let event = sample::test_event();
        let mut endpoint = sample::endpoint("json");
        for name in ["Webhook-Id", "Content-Type", "Authorization"] {
            let secret = crate::config::endpoint::Secret::new("hunter2");
            endpoint.headers.push((name.to_owned(), secret));
        }
        let outgoing = render(&endpoint, &event, sample::at("2025-06-23T17:40:00Z")).unwrap();
        let with_secret = outgoing
            .headers
            .iter()
            .filter(|(_, value)| value == "hunter2")
            .count();
        assert_eq!(with_secret, 1);
        assert!(!format!("{outgoing:?}").contains("hunter2"));
    }
}

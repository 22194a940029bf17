//! One event as the one request that tells an endpoint of it.
//!
//! The body depends on event and endpoint alone, so that every attempt sends the same bytes; only
//! the signature's time moves. Formats that programs read get `webhook-*` headers; chats have no place
//! for them.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::config::endpoint::{EndpointSpec, Format};
use crate::config::ntfy_topic;
use crate::config::template::Fault;
use crate::model::event::{FullEvent, FullSubject};
use crate::notify::{
    cloudevents, digest, discord, fit, matrix, mattermost, ntfy, sign, slack, teams, telegram,
    template, wire,
};

/// A request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// How it is sent.
    pub verb: Verb,
    /// Where to: the endpoint's address, or what its format makes of it. A secret.
    pub url: Url,
    /// The body, exactly as signed.
    pub body: Bytes,
    /// Its media type.
    pub content_type: String,
    /// Further headers, names in lower case: the endpoint's own, the format's, then `webhook-*`.
    pub headers: Vec<(String, String)>,
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A message more.
    Post,
    /// A message under a name of ours: the same name again is the same message.
    Put,
}

/// Address and header values may be secrets: only names are shown.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Outgoing")
            .field("verb", &self.verb)
            .field("bytes", &self.body.len())
            .field("content_type", &self.content_type)
            .field("headers", &names)
            .finish_non_exhaustive()
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
    /// Nothing that it gathered is kept any more.
    #[error(
        "nothing is left of the digest {event}: its articles were pruned before it was sent again"
    )]
    Empty {
        /// Which event.
        event: String,
    },
    /// The endpoint's template fails on it.
    #[error(
        "the template of this endpoint fails on the event {event}; mend it, reload, and retry the delivery"
    )]
    Template {
        /// Which event.
        event: String,
        /// Why.
        #[source]
        source: Fault,
    },
}

/// The request that tells `endpoint` of `event`, attempted `at`.
pub fn render(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<Outgoing, RenderError> {
    if let FullSubject::Digest(digest) = &event.body
        && digest.members.is_empty()
    {
        let event = event.id.to_string();
        return Err(RenderError::Empty { event });
    }
    let size = endpoint.content;
    let mut verb = Verb::Post;
    let mut url = endpoint.url.reveal().clone();
    let mut content_type = "application/json".to_owned();
    let mut headers = own_headers(endpoint);
    // A digest goes as a single event does, with another message in it.
    let told = |single: &dyn Fn() -> Value| match digest::message(endpoint, event) {
        Some(message) => message,
        None => single(),
    };
    let message = match &endpoint.format {
        Format::Json => fit::within(wire::payload(event, size), endpoint.max_body),
        Format::Slack => told(&|| slack::message(event, size)),
        Format::Teams => told(&|| teams::message(event, size)),
        Format::Mattermost => told(&|| mattermost::message(event, size)),
        Format::Discord => {
            url = discord::address_of(&url);
            told(&|| discord::message(event, size))
        }
        Format::Telegram { token, chat } => {
            url = telegram::address_of(&url, token);
            told(&|| telegram::message(event, size, chat))
        }
        Format::Matrix { token, room } => {
            verb = Verb::Put;
            url = matrix::address_of(&url, room, &event.id.to_string());
            bearer(&mut headers, token.reveal());
            told(&|| matrix::message(event, size))
        }
        Format::Ntfy { token } => {
            if let Some(token) = token {
                bearer(&mut headers, token.reveal());
            }
            let (server, topic) = ntfy_topic(&url).unwrap_or((url, String::new()));
            url = server;
            told(&|| ntfy::message(event, size, &topic))
        }
        Format::CloudEvents(mode) => {
            let told = cloudevents::tell(event, size, *mode, endpoint.max_body);
            told.content_type.clone_into(&mut content_type);
            headers.extend(told.headers);
            told.body
        }
        Format::Template(by) => {
            let failed = |source| RenderError::Template {
                event: event.id.to_string(),
                source,
            };
            let body = template::message(by, endpoint, event).map_err(failed)?;
            sign(endpoint, event, at, &body, &mut headers);
            return Ok(Outgoing {
                verb,
                url,
                body: body.into(),
                content_type: by.content_type().to_owned(),
                headers,
            });
        }
    };
    let body = write(event, &message)?;
    if !endpoint.format.is_chat() {
        sign(endpoint, event, at, &body, &mut headers);
    }
    Ok(Outgoing {
        verb,
        url,
        body: body.into(),
        content_type,
        headers,
    })
}

/// The same without its picture, for a receiver that refused the whole (Slack answers 400 when it
/// cannot fetch a picture, Discord when it dislikes its address). `None` where there is no picture, or
/// the format only names it.
pub fn without_picture(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<Option<Outgoing>, RenderError> {
    match endpoint.format {
        Format::Slack | Format::Discord => {}
        Format::Json
        | Format::CloudEvents(_)
        | Format::Teams
        | Format::Mattermost
        | Format::Telegram { .. }
        | Format::Matrix { .. }
        | Format::Ntfy { .. }
        | Format::Template(_) => return Ok(None),
    }
    let FullSubject::Article { article, .. } = &event.body else {
        return Ok(None);
    };
    if article.revision.content.image.is_none() {
        return Ok(None);
    }
    let mut plainer = event.clone();
    if let FullSubject::Article { article, .. } = &mut plainer.body {
        article.revision.content.image = None;
    }
    render(endpoint, &plainer, at).map(Some)
}

fn write(event: &FullEvent, message: &Value) -> Result<Vec<u8>, RenderError> {
    serde_json::to_vec(message).map_err(|source| RenderError::Json {
        event: event.id.to_string(),
        source,
    })
}

/// The endpoint's headers, but for those that are ours to set.
fn own_headers(endpoint: &EndpointSpec) -> Vec<(String, String)> {
    endpoint
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.reveal().to_owned()))
        .filter(|(name, _)| name != "content-type" && !name.starts_with("webhook-"))
        .collect()
}

/// A token goes where tokens go; a header of the operator's own stays.
fn bearer(headers: &mut Vec<(String, String)>, token: &str) {
    if !headers.iter().any(|(name, _)| name == "authorization") {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
}

fn sign(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
    body: &[u8],
    headers: &mut Vec<(String, String)>,
) {
    let id = event.id.to_string();
    headers.extend(sign::headers(&endpoint.secrets, &id, at, body));
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
        assert_eq!(names("template"), signed);
        assert_eq!(names("cloudevents"), signed);
        for chat in ["slack", "discord", "teams", "mattermost", "telegram"] {
            assert_eq!(names(chat), ["x-team"], "{chat}");
        }
        for chat in ["matrix", "ntfy"] {
            assert_eq!(names(chat), ["x-team", "authorization"], "{chat}");
        }
    }

    #[test]
    fn only_a_format_that_shows_pictures_can_leave_one_out() {
        let event = sample::new_article(sample::content());
        let at = sample::at("2025-06-23T17:40:00Z");
        let plainer = |format| without_picture(&sample::endpoint(format), &event, at).unwrap();
        assert_eq!(plainer("json"), None);
        assert_eq!(plainer("matrix"), None);
        for format in ["slack", "discord"] {
            let whole = render(&sample::endpoint(format), &event, at).unwrap();
            assert!(plainer(format).is_some_and(|plain| plain.body.len() < whole.body.len()));
        }
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

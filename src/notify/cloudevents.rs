//! `CloudEvents` 1.0.2 over HTTP, structured or binary.
//!
//! The data is the `json` format's. `source` and `id` together are unique: the source names what the
//! event is about, the identifier is the event's own, the same at all endpoints and on every attempt.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{fit, wire};
use crate::config::endpoint::{ContentSize, EventMode};
use crate::model::event::{FullEvent, FullSubject};

/// Bytes that an event's attributes take in a body: names of outlets and endpoints are short.
const ENVELOPE: usize = 1_000;

/// A request's body, its media type, and the headers that belong to it.
pub(super) struct Told {
    pub(super) body: Value,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(String, String)>,
}

/// Tells of `event`, in a body of at most `max` bytes.
pub(super) fn tell(event: &FullEvent, content: ContentSize, mode: EventMode, max: usize) -> Told {
    // Whatever the mode: what stands around the data is bounded, and less than this.
    let mut payload = fit::within(wire::payload(event, content), max.saturating_sub(ENVELOPE));
    let data = payload["data"].take();
    let (source, subject) = origin(event);
    let mut attributes = vec![
        ("specversion", "1.0".to_owned()),
        ("id", event.id.to_string()),
        ("source", source),
        ("type", event.kind.as_str().to_owned()),
    ];
    attributes.extend(subject.map(|subject| ("subject", subject)));
    attributes.push(("time", wire::time(event.at)));
    match mode {
        EventMode::Structured => {
            let mut body = json!({});
            for (name, value) in attributes {
                body[name] = value.into();
            }
            body["datacontenttype"] = "application/json".into();
            body["data"] = data;
            Told {
                body,
                content_type: "application/cloudevents+json; charset=utf-8",
                headers: Vec::new(),
            }
        }
        EventMode::Binary => Told {
            body: data,
            content_type: "application/json",
            headers: attributes
                .into_iter()
                .map(|(name, value)| (format!("ce-{name}"), header_value(&value)))
                .collect(),
        },
    }
}

/// What the event is about: who, and which of their things.
fn origin(event: &FullEvent) -> (String, Option<String>) {
    match &event.body {
        FullSubject::Article { article, .. } => (
            format!("urn:wireroom:outlet:{}", article.outlet),
            Some(article.id.to_string()),
        ),
        FullSubject::Source(subject) => (
            format!("urn:wireroom:outlet:{}", subject.outlet),
            Some(subject.id.to_string()),
        ),
        FullSubject::Digest(digest) => (format!("urn:wireroom:endpoint:{}", digest.endpoint), None),
        FullSubject::Endpoint(subject) => (format!("urn:wireroom:endpoint:{}", subject.name), None),
        FullSubject::Test => ("urn:wireroom:daemon".to_owned(), None),
    }
}

/// A header's value as the HTTP binding encodes it (§3.1.3.2): space, quote, per cent and all that is
/// not printable ASCII.
fn header_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' | 0..=0x20 | 0x7f.. => {
                write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
            }
            byte => out.push(char::from(byte)),
        }
    }
    out
}

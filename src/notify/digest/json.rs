//! A digest for programs.

use serde_json::{Value, json};

use super::entries;
use crate::config::endpoint::ContentSize;
use crate::model::event::{Digest, FullEvent, FullSubject};
use crate::notify::wire;

/// `data` of a digest: the articles as each is sent by itself, with what happened to it, then the other events
/// whole.
pub(in crate::notify) fn data(digest: &Digest, content: ContentSize) -> Value {
    let (mut articles, mut events) = (Vec::new(), Vec::new());
    for entry in entries(digest) {
        match &entry.body {
            FullSubject::Article { .. } => articles.push(article(&entry, content)),
            FullSubject::Source(_)
            | FullSubject::Endpoint(_)
            | FullSubject::Test
            | FullSubject::Digest(_) => events.push(event(&entry, content)),
        }
    }
    let times = || digest.members.iter().map(|event| event.at);
    json!({
        "digest": {
            "endpoint": digest.endpoint.as_str(),
            "since": times().min().map(wire::time),
            "until": times().max().map(wire::time),
            "entries": articles.len() + events.len(),
        },
        "articles": articles,
        "events": events,
    })
}

/// The article's fields, then `event`; where it is a correction, `previous` and `diff` too.
fn article(entry: &FullEvent, content: ContentSize) -> Value {
    let mut payload = wire::payload(entry, content);
    let mut data = payload["data"].take();
    let mut article = data["article"].take();
    article["event"] = json!({
        "id": entry.id.to_string(),
        "type": payload["type"].take(),
        "timestamp": payload["timestamp"].take(),
    });
    for field in ["previous", "diff"] {
        if let Some(value) = data.get_mut(field) {
            article[field] = value.take();
        }
    }
    article
}

fn event(entry: &FullEvent, content: ContentSize) -> Value {
    let mut event = wire::payload(entry, content);
    event["id"] = entry.id.to_string().into();
    event
}

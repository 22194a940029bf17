//! Microsoft Teams, by a Workflows webhook: an Adaptive Card.
//!
//! Foreign words stand in text runs, which know no markup, so that there is nothing to escape.

use serde_json::{Value, json};

use super::brief::{Brief, Tone};
use super::markup::address;
use super::text::fit;
use crate::config::endpoint::ContentSize;
use crate::model::event::FullEvent;

/// Bytes of a message: Teams takes 28 KB.
const MESSAGE_BYTES: usize = 28_000;
/// Bytes of the text in it, as JSON.
const TEXT_BYTES: usize = 12_000;
/// Bytes of an address.
const URL_BYTES: usize = 2000;

/// The message that tells of `event`.
pub(super) fn message(event: &FullEvent, content: ContentSize) -> Value {
    let brief = Brief::of(event, content);
    let mut body = vec![headline(&brief)];
    if let Some(mark) = brief.mark() {
        let run = json!({ "weight": "Bolder", "color": "Warning" });
        let mark = format!("{} {mark}", brief.tone.sign());
        body.insert(0, block(&[run_of(&mark, run)]));
    }
    let whole = |text: &str| text.to_owned();
    for paragraph in fit(&brief.paragraphs, TEXT_BYTES, 80, whole, json_length) {
        body.push(block(&[run_of(&paragraph, json!({}))]));
    }
    if !brief.changes.is_empty() {
        body.push(block(&[run_of(
            "What changed",
            json!({ "weight": "Bolder" }),
        )]));
        let lines = brief.changes.iter();
        body.extend(lines.map(|line| block(&[run_of(line, json!({}))])));
    }
    let last = body.len();
    body.push(small(&brief.facts.join(" · ")));
    if let Some(links) = links(&brief) {
        body.push(links);
    }
    let picture = brief.picture.as_ref();
    if let Some((url, alt)) = picture.filter(|(url, _)| url.as_str().len() <= URL_BYTES) {
        let picture = json!({
            "type": "Image",
            "url": address(url),
            "altText": if alt.is_empty() { "picture" } else { alt },
            "size": "Stretch",
        });
        body.insert(last, picture);
    }
    let mut message = envelope(&body, &brief);
    // Copies have long addresses, changes many letters: what is readiest to go goes first.
    while json_length_of(&message) > MESSAGE_BYTES {
        let parts = message["attachments"][0]["content"]["body"].as_array_mut();
        match parts {
            Some(parts) if parts.len() > 2 => drop(parts.pop()),
            Some(_) | None => break,
        }
    }
    message
}

fn envelope(body: &[Value], brief: &Brief) -> Value {
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    let link = brief.link.as_ref().map(address);
    if let Some(link) = link.filter(|link| link.len() <= URL_BYTES) {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": "Read", "url": link }]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn headline(brief: &Brief) -> Value {
    let mut run = json!({ "size": "Large", "weight": "Bolder", "color": colour(brief.tone) });
    let link = brief.link.as_ref().map(address);
    if let Some(link) = link.filter(|link| link.len() <= URL_BYTES) {
        run["selectAction"] = json!({ "type": "Action.OpenUrl", "url": link });
    }
    let sign = match brief.tone.sign() {
        "" => String::new(),
        _ if brief.revision.is_some() => String::new(),
        sign => format!("{sign} "),
    };
    block(&[run_of(&format!("{sign}{}", brief.headline), run)])
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::News | Tone::Correction | Tone::Notice => "Default",
        Tone::Trouble => "Attention",
        Tone::Relief => "Good",
    }
}

/// The further addresses, each a run that opens it.
fn links(brief: &Brief) -> Option<Value> {
    if brief.links.is_empty() {
        return None;
    }
    let mut runs = Vec::new();
    for (place, (what, url)) in brief.links.iter().enumerate() {
        let before = match place {
            0 if brief.links_are.is_empty() => String::new(),
            0 => format!("{} ", brief.links_are),
            _ => ", ".to_owned(),
        };
        if !before.is_empty() {
            runs.push(run_of(&before, json!({ "isSubtle": true })));
        }
        let label = if what.is_empty() { url.as_str() } else { what };
        let label = crate::extract::summary::cut(label, 200);
        let link = address(url);
        let mut run = json!({ "isSubtle": true });
        if link.len() <= URL_BYTES {
            run["selectAction"] = json!({ "type": "Action.OpenUrl", "url": link });
        }
        runs.push(run_of(&label, run));
    }
    if brief.more_links > 0 {
        let more = format!(" and {} more", brief.more_links);
        runs.push(run_of(&more, json!({ "isSubtle": true })));
    }
    Some(block(&runs))
}

fn small(text: &str) -> Value {
    block(&[run_of(text, json!({ "size": "Small", "isSubtle": true }))])
}

fn block(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

/// Words as they are; `looks` says how.
fn run_of(text: &str, mut looks: Value) -> Value {
    looks["type"] = "TextRun".into();
    looks["text"] = text.into();
    looks
}

/// Bytes of a text as a JSON string holds it, without the quotes.
fn json_length(text: &str) -> usize {
    text.bytes()
        .map(|byte| if matches!(byte, b'"' | b'\\') { 2 } else { 1 })
        .sum()
}

fn json_length_of(value: &Value) -> usize {
    value.to_string().len()
}

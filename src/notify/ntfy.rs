//! ntfy: a message published as JSON, shown as plain text.

use serde_json::{Value, json};
use url::Url;

use super::brief::{Brief, Tone};
use super::markup::{Dressed, Markup, Room, address};
use super::text::one_line;
use crate::config::endpoint::ContentSize;
use crate::extract::summary;
use crate::model::event::FullEvent;

/// Bytes of a message: a longer one becomes an attachment.
const MESSAGE_BYTES: usize = 4096;
/// Bytes of a title.
const TITLE_BYTES: usize = 400;
/// Bytes of an address.
const URL_BYTES: usize = 2000;

/// The message that tells of `event`, for a topic.
pub(super) fn message(event: &FullEvent, content: ContentSize, topic: &str) -> Value {
    let brief = Brief::of(event, content);
    let markup = Markup::Plain;
    let room = Room {
        body: MESSAGE_BYTES - 100,
        gap: 2,
        measure: str::len,
    };
    let Dressed {
        paragraphs,
        changes,
        links,
        facts,
    } = markup.dress(&brief, &room);
    let mut parts = paragraphs;
    if !changes.is_empty() {
        parts.push(format!("What changed\n{}", changes.join("\n")));
    }
    parts.extend((!links.is_empty()).then(|| links.join("\n")));
    parts.push(facts);
    let title = match brief.mark() {
        Some(mark) => format!("{mark}: {}", brief.headline),
        None => brief.headline.clone(),
    };
    let mut message = json!({
        "topic": topic,
        "title": summary::cut_by(&one_line(&title), TITLE_BYTES, str::len),
        "message": parts.join("\n\n"),
        "tags": [tag(brief.tone)],
        "priority": priority(brief.tone),
    });
    if let Some(link) = brief.link.as_ref().and_then(fitting) {
        message["click"] = link.into();
    }
    if let Some(url) = brief.picture.as_ref().and_then(|(url, _)| fitting(url)) {
        message["attach"] = url.into();
    }
    message
}

/// ntfy's short names of signs.
fn tag(tone: Tone) -> &'static str {
    match tone {
        Tone::News => "newspaper",
        Tone::Correction => "pencil2",
        Tone::Trouble => "warning",
        Tone::Relief => "white_check_mark",
        Tone::Notice => "information_source",
    }
}

/// From 1 (no sound) to 5 (rings); 3 is ntfy's usual.
fn priority(tone: Tone) -> u8 {
    match tone {
        Tone::News | Tone::Correction | Tone::Notice | Tone::Relief => 3,
        Tone::Trouble => 4,
    }
}

fn fitting(url: &Url) -> Option<String> {
    let address = address(url);
    (address.len() <= URL_BYTES).then_some(address)
}

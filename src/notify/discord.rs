//! Discord's webhooks: one embed within Discord's limits.
//!
//! Nobody is ever mentioned: mentions are switched off for the whole message, and what pages wrote is
//! escaped besides. `wait` is asked for, because an unsaved message is no error without it.

use serde_json::{Value, json};
use url::Url;

use super::brief::Brief;
use super::markup::{Dressed, Markup, Room, address};
use super::text::units;
use crate::config::endpoint::ContentSize;
use crate::model::event::FullEvent;

/// Characters of an embed's title.
const TITLE_CHARS: usize = 256;
/// Characters of an embed's text: Discord takes 4096, and 6000 of all parts together.
const TEXT_CHARS: usize = 4000;
/// Characters of an embed's small print: Discord takes 2048.
const FOOTER_CHARS: usize = 1000;
/// Characters of an address.
const URL_CHARS: usize = 2000;

/// The message that tells of `event`.
pub(super) fn message(event: &FullEvent, content: ContentSize) -> Value {
    let brief = Brief::of(event, content);
    let room = Room {
        body: TEXT_CHARS,
        gap: 2,
        measure: units,
    };
    let Dressed {
        paragraphs,
        changes,
        links,
        ..
    } = Markup::Markdown.dress(&brief, &room);
    let mut parts = paragraphs;
    if !changes.is_empty() {
        parts.push(format!("**What changed**\n{}", changes.join("\n")));
    }
    parts.extend((!links.is_empty()).then(|| links.join("\n")));
    // The small print is shown as it is, without any markup.
    let facts = Markup::Plain.text(&brief.facts.join(" · "), FOOTER_CHARS, units);
    let sign = match brief.mark() {
        Some(mark) => format!("{} {mark}: ", brief.tone.sign()),
        None if brief.tone.sign().is_empty() => String::new(),
        None => format!("{} ", brief.tone.sign()),
    };
    let room = TITLE_CHARS - units(&sign);
    let title = Markup::Markdown.text(&brief.headline, room, units);
    let mut embed = json!({
        "title": format!("{sign}{title}"),
        "description": parts.join("\n\n"),
        "color": brief.tone.colour(),
        "footer": { "text": facts },
        "timestamp": super::wire::time(brief.at),
    });
    if let Some(url) = brief.link.as_ref().and_then(fitting) {
        embed["url"] = url.into();
    }
    if let Some(url) = brief.picture.as_ref().and_then(|(url, _)| fitting(url)) {
        embed["image"] = json!({ "url": url });
    }
    json!({
        "embeds": [embed],
        "allowed_mentions": { "parse": [] },
    })
}

/// The address that says whether the message was saved.
pub(super) fn address_of(webhook: &Url) -> Url {
    let mut url = webhook.clone();
    if !url.query_pairs().any(|(name, _)| name == "wait") {
        url.query_pairs_mut().append_pair("wait", "true");
    }
    url
}

/// An address as Discord takes one.
fn fitting(url: &Url) -> Option<String> {
    let address = address(url);
    (matches!(url.scheme(), "http" | "https") && units(&address) <= URL_CHARS).then_some(address)
}

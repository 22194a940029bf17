//! Matrix' client-server API: a notice in a room.
//!
//! The event's identifier is the transaction's: a server that has taken it once does not show it twice.

use serde_json::{Value, json};
use url::Url;

use super::brief::Brief;
use super::markup::{Dressed, Markup, Room};
use crate::config::endpoint::ContentSize;
use crate::model::event::FullEvent;

/// Bytes of the plain text. An event takes 65,536 bytes as JSON, in which a byte may come to be two,
/// with what the server adds.
const PLAIN_BYTES: usize = 7000;
/// Bytes of the formatted text.
const HTML_BYTES: usize = 16_000;
/// Bytes of a headline, and of an address that is linked.
const HEAD_BYTES: usize = 1500;

/// The message that tells of `event`.
pub(super) fn message(event: &FullEvent, content: ContentSize) -> Value {
    let brief = Brief::of(event, content);
    json!({
        // A program's message: no other program is to answer it, and no client need ring.
        "msgtype": "m.notice",
        "body": plain(&brief),
        "format": "org.matrix.custom.html",
        "formatted_body": html(&brief),
        "m.mentions": {},
    })
}

/// The address of one message.
pub(super) fn address_of(homeserver: &Url, room: &str, transaction: &str) -> Url {
    let mut url = homeserver.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty()
            .extend([
                "_matrix",
                "client",
                "v3",
                "rooms",
                room,
                "send",
                "m.room.message",
            ])
            .push(transaction);
    }
    url
}

/// What clients without HTML show.
fn plain(brief: &Brief) -> String {
    let markup = Markup::Plain;
    let dressed = markup.dress(brief, &room(PLAIN_BYTES));
    let mut head = sign(brief);
    // No name after `@` is to ring anywhere, `@room` least of all.
    head.push_str(&super::text::without_calls(&brief.headline));
    let mut parts = vec![head];
    parts.extend(linked(brief).map(super::markup::address));
    let calm = |part: String| super::text::without_calls(&part);
    parts.extend(dressed.paragraphs.into_iter().map(calm));
    if !dressed.changes.is_empty() {
        parts.push(format!(
            "What changed\n{}",
            calm(dressed.changes.join("\n"))
        ));
    }
    parts.extend((!dressed.links.is_empty()).then(|| dressed.links.join("\n")));
    parts.push(calm(dressed.facts));
    parts.join("\n\n")
}

fn html(brief: &Brief) -> String {
    let markup = Markup::Html;
    let Dressed {
        paragraphs,
        changes,
        links,
        facts,
    } = markup.dress(brief, &room(HTML_BYTES));
    let headline = match linked(brief) {
        Some(link) => markup.link(link, &brief.headline),
        None => markup.text(&brief.headline, HEAD_BYTES, str::len),
    };
    let sign = markup.escape(&sign(brief));
    let mut parts = vec![format!("{sign}{}", markup.bold(&headline))];
    parts.extend(paragraphs);
    if !changes.is_empty() {
        let title = markup.bold("What changed");
        parts.push(format!("{title}<br>{}", changes.join("<br>")));
    }
    if !links.is_empty() {
        parts.push(links.join("<br>"));
    }
    parts.push(format!("<em>{facts}</em>"));
    format!("<p>{}</p>", parts.join("</p><p>"))
}

fn room(body: usize) -> Room {
    Room {
        body,
        gap: "<p></p>".len(),
        measure: str::len,
    }
}

fn sign(brief: &Brief) -> String {
    match (brief.mark(), brief.tone.sign()) {
        (Some(mark), sign) => format!("{sign} {mark}: "),
        (None, "") => String::new(),
        (None, sign) => format!("{sign} "),
    }
}

fn linked(brief: &Brief) -> Option<&Url> {
    brief
        .link
        .as_ref()
        .filter(|link| link.as_str().len() <= HEAD_BYTES)
}

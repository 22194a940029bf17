//! Telegram's Bot API: `sendMessage` with HTML.

use serde_json::{Value, json};
use url::Url;

use super::brief::Brief;
use super::markup::{Dressed, Markup, Room, address};
use super::text::units;
use crate::config::endpoint::{ContentSize, Secret};
use crate::model::event::FullEvent;

/// UTF-16 units of a message: Telegram takes 4096 after its markup is read; here markup counts too.
const MESSAGE_CHARS: usize = 4096;
/// Of these, for headline, its address and the marks.
const HEAD_CHARS: usize = 1200;
/// Longest address that is linked.
const URL_CHARS: usize = 600;

/// The message that tells of `event`.
pub(super) fn message(event: &FullEvent, content: ContentSize, chat: &str) -> Value {
    let brief = Brief::of(event, content);
    let markup = Markup::Html;
    let room = Room {
        body: MESSAGE_CHARS - HEAD_CHARS - 100,
        gap: 2,
        measure: units,
    };
    let Dressed {
        paragraphs,
        changes,
        links,
        facts,
    } = markup.dress(&brief, &room);
    let mut parts = vec![headline(&brief)];
    parts.extend(paragraphs);
    if !changes.is_empty() {
        let title = markup.bold("What changed");
        parts.push(format!("{title}\n{}", changes.join("\n")));
    }
    parts.extend((!links.is_empty()).then(|| links.join("\n")));
    parts.push(format!("<i>{facts}</i>"));
    let preview = match &brief.link {
        Some(link) if brief.picture.is_some() => {
            json!({ "url": address(link), "prefer_large_media": true })
        }
        Some(_) | None => json!({ "is_disabled": true }),
    };
    json!({
        "chat_id": chat,
        "text": parts.join("\n\n"),
        "parse_mode": "HTML",
        "link_preview_options": preview,
    })
}

fn headline(brief: &Brief) -> String {
    let markup = Markup::Html;
    let label =
        crate::extract::summary::cut_by(&brief.headline, 400, |part| units(&markup.escape(part)));
    let line = match &brief.link {
        Some(link) if units(&address(link)) <= URL_CHARS => markup.link(link, &label),
        Some(_) | None => markup.text(&label, 500, units),
    };
    let sign = brief.tone.sign();
    let line = markup.bold(&line);
    match brief.mark() {
        Some(mark) => format!("{sign} {}\n{line}", markup.bold(&mark)),
        None if sign.is_empty() => line,
        None => format!("{sign} {line}"),
    }
}

/// The address of the method: the API's root, the bot's token, the method.
pub(super) fn address_of(root: &Url, token: &Secret) -> Url {
    let mut url = root.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty()
            .push(&format!("bot{}", token.reveal()))
            .push("sendMessage");
    }
    url
}

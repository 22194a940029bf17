//! Mattermost's incoming webhooks: one attachment.
//!
//! Mattermost has no switch against mentions: the names after `@` are broken instead.

use serde_json::{Value, json};

use super::brief::Brief;
use super::markup::{Dressed, Markup, Room, address};
use super::text::units;
use crate::config::endpoint::ContentSize;
use crate::model::event::FullEvent;

/// Characters of the text. A post takes 16,383; from some 7600 on it is folded.
const TEXT_CHARS: usize = 7000;
/// Characters of the headline.
const TITLE_CHARS: usize = 400;

/// The message that tells of `event`.
pub(super) fn message(event: &FullEvent, content: ContentSize) -> Value {
    let brief = Brief::of(event, content);
    let markup = Markup::Markdown;
    let room = Room {
        body: TEXT_CHARS,
        gap: 2,
        measure: units,
    };
    let Dressed {
        paragraphs,
        changes,
        links,
        facts,
    } = markup.dress(&brief, &room);
    let mut parts = Vec::new();
    parts.extend(
        brief
            .mark()
            .map(|mark| format!("{} **{mark}**", brief.tone.sign())),
    );
    parts.extend(paragraphs);
    if !changes.is_empty() {
        parts.push(format!("**What changed**\n{}", changes.join("\n")));
    }
    parts.extend((!links.is_empty()).then(|| links.join("\n")));
    parts.push(facts);
    let sign = match brief.tone.sign() {
        "" => String::new(),
        _ if brief.revision.is_some() => String::new(),
        sign => format!("{sign} "),
    };
    // Titles know no markup, but they do know names after `@`.
    let title = super::text::without_calls(&brief.headline);
    let title = Markup::Plain.text(&title, TITLE_CHARS, units);
    let mut attachment = json!({
        "fallback": Markup::Plain.text(&super::text::without_calls(&brief.line), TITLE_CHARS, units),
        "color": format!("#{:06x}", brief.tone.colour()),
        "title": format!("{sign}{title}"),
        "text": parts.join("\n\n"),
    });
    if let Some(link) = &brief.link {
        attachment["title_link"] = address(link).into();
    }
    if let Some((url, _)) = &brief.picture {
        attachment["image_url"] = address(url).into();
    }
    json!({ "attachments": [attachment] })
}

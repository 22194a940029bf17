//! Digests for the chats, Slack's aside: a line that says how much it is, then entry by entry.
//!
//! No pictures: a receiver that cannot fetch one refuses the whole message, and with it all the others.

use serde_json::{Value, json};
use url::Url;

use super::piece::{Piece, Sizes, facts, lead, pieces};
use super::{Heading, briefs, lead_chars};
use crate::config::endpoint::ContentSize;
use crate::extract::summary;
use crate::model::event::Digest;
use crate::notify::brief::{Brief, Tone};
use crate::notify::markup::{Markup, address};
use crate::notify::text::{units, without_calls};

/// Characters of an address that Discord and Teams take.
const URL_CHARS: usize = 2000;

/// One embed an entry.
pub(in crate::notify) fn discord(digest: &Digest, content: ContentSize) -> Value {
    let heading = Heading::of(digest);
    let embed = |brief: &Brief| {
        let title = signed(brief, &Markup::Markdown.text(&brief.headline, 200, units));
        let lead = Markup::Markdown.text(&lead(brief), lead_chars(content), units);
        // Shown as it is, without any markup.
        let facts = Markup::Plain.text(&facts(brief), 250, units);
        let mut embed = json!({
            "title": title,
            "description": lead,
            "color": brief.tone.colour(),
            "footer": { "text": facts },
        });
        if let Some(url) = link(brief, URL_CHARS) {
            embed["url"] = url.into();
        }
        embed
    };
    json!({
        "content": format!("**{}** · {}", heading.title, heading.time),
        "embeds": briefs(digest, content).iter().map(embed).collect::<Vec<_>>(),
        "allowed_mentions": { "parse": [] },
    })
}

/// One attachment with all of them.
pub(in crate::notify) fn mattermost(digest: &Digest, content: ContentSize) -> Value {
    let heading = Heading::of(digest);
    let sizes = Sizes::usual(units);
    let pieces = pieces(Markup::Markdown, &briefs(digest, content), content, &sizes);
    let text = |piece: Piece| joined([piece.headline, piece.lead, piece.facts], "\n");
    let mut parts = vec![heading.time];
    parts.extend(pieces.into_iter().map(text));
    json!({ "attachments": [{
        "fallback": heading.title,
        "color": format!("#{:06x}", Tone::News.colour()),
        "title": heading.title,
        "text": parts.join("\n\n"),
    }] })
}

/// One card with all of them.
pub(in crate::notify) fn teams(digest: &Digest, content: ContentSize) -> Value {
    let heading = Heading::of(digest);
    let bold = json!({ "size": "Large", "weight": "Bolder" });
    let small = json!({ "size": "Small", "isSubtle": true });
    let mut body = vec![
        line(&heading.title, bold, false),
        line(&heading.time, small.clone(), false),
    ];
    for brief in briefs(digest, content) {
        let mut looks = json!({ "weight": "Bolder" });
        if let Some(url) = link(&brief, URL_CHARS) {
            looks["selectAction"] = json!({ "type": "Action.OpenUrl", "url": url });
        }
        body.push(line(&signed(&brief, &brief.headline), looks, true));
        let lead = summary::cut(&lead(&brief), lead_chars(content));
        if !lead.is_empty() {
            body.push(line(&lead, json!({}), false));
        }
        let facts = summary::cut(&facts(&brief), 250);
        body.push(line(&facts, small.clone(), false));
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
            },
        }],
    })
}

/// A run of text, which knows no markup; `looks` says how.
fn line(text: &str, mut looks: Value, begins: bool) -> Value {
    looks["type"] = "TextRun".into();
    looks["text"] = text.into();
    let mut block = json!({ "type": "RichTextBlock", "inlines": [looks] });
    if begins {
        block["separator"] = true.into();
        block["spacing"] = "Medium".into();
    }
    block
}

/// One text with all of them.
pub(in crate::notify) fn telegram(digest: &Digest, content: ContentSize, chat: &str) -> Value {
    let heading = Heading::of(digest);
    let sizes = Sizes::usual(units);
    let pieces = pieces(Markup::Html, &briefs(digest, content), content, &sizes);
    let text = |piece: Piece| {
        let facts = format!("<i>{}</i>", piece.facts);
        joined([piece.headline, piece.lead, facts], "\n")
    };
    let title = Markup::Html.bold(&heading.title);
    let mut parts = vec![format!("{title} · {}", heading.time)];
    parts.extend(pieces.into_iter().map(text));
    json!({
        "chat_id": chat,
        "text": parts.join("\n\n"),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    })
}

/// One notice with all of them.
pub(in crate::notify) fn matrix(digest: &Digest, content: ContentSize) -> Value {
    let heading = Heading::of(digest);
    let sizes = Sizes::usual(str::len);
    let briefs = briefs(digest, content);
    let mut plain = vec![format!("{} · {}", heading.title, heading.time)];
    plain.extend(plainly(&briefs, content, &sizes));
    let title = Markup::Html.bold(&heading.title);
    let mut html = vec![format!("{title} · {}", heading.time)];
    for piece in pieces(Markup::Html, &briefs, content, &sizes) {
        let facts = format!("<em>{}</em>", piece.facts);
        html.push(joined([piece.headline, piece.lead, facts], "<br>"));
    }
    json!({
        "msgtype": "m.notice",
        "body": plain.join("\n\n"),
        "format": "org.matrix.custom.html",
        "formatted_body": format!("<p>{}</p>", html.join("</p><p>")),
        "m.mentions": {},
    })
}

/// One message with all of them; what it leads to stands in it.
pub(in crate::notify) fn ntfy(digest: &Digest, content: ContentSize, topic: &str) -> Value {
    let heading = Heading::of(digest);
    let sizes = Sizes::usual(str::len);
    let mut parts = vec![heading.time];
    parts.extend(plainly(&briefs(digest, content), content, &sizes));
    json!({
        "topic": topic,
        "title": heading.title,
        "message": parts.join("\n\n"),
        "tags": ["newspaper"],
        "priority": 3,
    })
}

/// Entries for who shows no markup, each with its address on a line of its own. No name after `@` is to ring.
fn plainly(briefs: &[Brief], content: ContentSize, sizes: &Sizes) -> Vec<String> {
    let pieces = pieces(Markup::Plain, briefs, content, sizes);
    let text = |(piece, brief): (Piece, &Brief)| {
        let link = link(brief, sizes.address).unwrap_or_default();
        let calm = |text: String| without_calls(&text);
        joined(
            [
                calm(piece.headline),
                link,
                calm(piece.lead),
                calm(piece.facts),
            ],
            "\n",
        )
    };
    pieces.into_iter().zip(briefs).map(text).collect()
}

/// What is not empty.
fn joined<const N: usize>(parts: [String; N], gap: &str) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(gap)
}

fn signed(brief: &Brief, headline: &str) -> String {
    let sign = brief.tone.sign();
    match brief.mark() {
        Some(mark) => format!("{sign} {mark}: {headline}"),
        None if sign.is_empty() => headline.to_owned(),
        None => format!("{sign} {headline}"),
    }
}

/// Where an entry leads, as a receiver takes it.
fn link(brief: &Brief, max: usize) -> Option<String> {
    let url: &Url = brief.link.as_ref()?;
    let address = address(url);
    (matches!(url.scheme(), "http" | "https") && units(&address) <= max).then_some(address)
}

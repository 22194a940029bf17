//! Block Kit's blocks, each within Slack's limits, and a message within the limit of them all.
//!
//! Numbers are those of Slack's own SDK models; the sum is not documented and was found by users
//! (slackapi/bolt-js#2509: `msg_blocks_too_long` near 13,200).

use serde_json::{Value, json};
use url::Url;

use super::mrkdwn;

/// Characters of a section's text.
pub(super) const SECTION_CHARS: usize = 3000;

/// Characters of a header.
const HEADER_CHARS: usize = 150;

/// Characters of a picture's address.
const IMAGE_URL_CHARS: usize = 3000;

/// Characters of a picture's description: Slack takes 2000; a reader, fewer.
const ALT_CHARS: usize = 300;

/// Elements of a context block.
const CONTEXT_ELEMENTS: usize = 10;

/// Blocks of a message.
const MESSAGE_BLOCKS: usize = 50;

/// Characters of all blocks as JSON, kept well below where Slack refuses.
const MESSAGE_CHARS: usize = 12_000;

/// A block and how readily it is left out: 0 never, 9 first.
pub(super) type Ranked = (u8, Value);

/// A paragraph; `text` is `mrkdwn` and fits.
pub(super) fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn_text(text) })
}

/// A large line of plain text.
pub(super) fn header(text: &str) -> Value {
    json!({
        "type": "header",
        "text": { "type": "plain_text", "text": mrkdwn::text(text, HEADER_CHARS), "emoji": false },
    })
}

/// Small print; each element is `mrkdwn` and fits.
pub(super) fn context(elements: &[String]) -> Value {
    let elements: Vec<Value> = elements
        .iter()
        .filter(|text| !text.is_empty())
        .take(CONTEXT_ELEMENTS)
        .map(|text| mrkdwn_text(text))
        .collect();
    json!({ "type": "context", "elements": elements })
}

/// A picture, if Slack can take its address.
pub(super) fn image(url: &Url, alt: &str) -> Option<Value> {
    let fits = url.as_str().encode_utf16().count() <= IMAGE_URL_CHARS;
    if !fits || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    // No text object, so nothing in it is obeyed or unescaped; an empty one is refused.
    let alt = crate::notify::text::one_line(alt)
        .replace('<', "‹")
        .replace('>', "›");
    let alt = crate::extract::summary::cut_by(&alt, ALT_CHARS, |part| part.encode_utf16().count());
    let alt = if alt.is_empty() {
        "picture".to_owned()
    } else {
        alt
    };
    Some(json!({ "type": "image", "image_url": url.as_str(), "alt_text": alt }))
}

/// `verbatim`: bare addresses and names after `@` and `#` stay plain text.
fn mrkdwn_text(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// The message: `text` is what notifications show. Blocks go, the readiest first, until the rest
/// fits.
pub(super) fn message(text: &str, mut blocks: Vec<Ranked>) -> Value {
    while blocks.len() > MESSAGE_BLOCKS || length(&blocks) > MESSAGE_CHARS {
        let Some(place) = blocks
            .iter()
            .enumerate()
            .filter(|(_, (rank, _))| *rank > 0)
            .max_by_key(|(_, (rank, _))| *rank)
            .map(|(place, _)| place)
        else {
            break;
        };
        blocks.remove(place);
    }
    let blocks: Vec<Value> = blocks.into_iter().map(|(_, block)| block).collect();
    whole(text, &blocks)
}

/// The message as it is sent, its blocks as they are.
pub(super) fn whole(text: &str, blocks: &[Value]) -> Value {
    json!({
        "text": text,
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
        "link_names": false,
    })
}

fn length(blocks: &[Ranked]) -> usize {
    blocks
        .iter()
        .map(|(_, block)| block.to_string().encode_utf16().count() + 1)
        .sum()
}

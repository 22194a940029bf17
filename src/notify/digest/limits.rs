//! How much one message of each format holds.

use jiff::Timestamp;
use serde_json::Value;

use crate::config::endpoint::{EndpointSpec, Format};
use crate::model::event::FullEvent;
use crate::notify::render::{RenderError, render};
use crate::notify::text::units;

/// Bytes of a body for programs: what a common framework reads where nobody said otherwise is 100 kB.
const BODY_BYTES: usize = 96 * 1024;
/// Bytes of a cloud event: intermediaries must forward so many (`CloudEvents` 1.0, "Size Limits").
const CLOUD_EVENT_BYTES: usize = 64 * 1024;
/// Blocks of a Slack message, and characters of them all as JSON (see `slack::blocks`).
const SLACK_BLOCKS: usize = 50;
const SLACK_CHARS: usize = 12_000;
/// Embeds of a Discord message, and characters of all their words.
const DISCORD_EMBEDS: usize = 10;
const DISCORD_CHARS: usize = 6000;
/// Bytes of a Teams message.
const TEAMS_BYTES: usize = 28_000;
/// Characters of a Mattermost post that is shown unfolded.
const MATTERMOST_CHARS: usize = 7000;
/// UTF-16 units of a Telegram message; markup, which does not count there, counts here.
const TELEGRAM_CHARS: usize = 4096;
/// Bytes of a Matrix event: 65,536 with what the server adds, in which a byte may come to be two.
const MATRIX_BYTES: usize = 48_000;
/// Bytes of an ntfy message; a longer one becomes an attachment.
const NTFY_BYTES: usize = 4096;

/// Entries that one digest holds at most, whatever their length. What the receiver's limits leave no room for
/// goes in the next; this is only what is worth looking at.
pub fn most(format: &Format) -> usize {
    match format {
        Format::Discord => DISCORD_EMBEDS,
        // One for the headline and one for the time; two an entry.
        Format::Slack => (SLACK_BLOCKS - 2) / 2,
        Format::Telegram { .. } | Format::Ntfy { .. } => 40,
        Format::Json
        | Format::CloudEvents(_)
        | Format::Teams
        | Format::Mattermost
        | Format::Matrix { .. }
        | Format::Template(_) => 100,
    }
}

/// Whether a digest is one message of its endpoint's format.
pub(super) fn fits(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<bool, RenderError> {
    let outgoing = render(endpoint, event, at)?;
    let message = || serde_json::from_slice(&outgoing.body).unwrap_or(Value::Null);
    Ok(match &endpoint.format {
        Format::Json => outgoing.body.len() <= BODY_BYTES.min(endpoint.max_body),
        Format::Template(_) => outgoing.body.len() <= BODY_BYTES,
        Format::CloudEvents(_) => outgoing.body.len() <= CLOUD_EVENT_BYTES.min(endpoint.max_body),
        Format::Slack
        | Format::Discord
        | Format::Teams
        | Format::Mattermost
        | Format::Telegram { .. }
        | Format::Matrix { .. }
        | Format::Ntfy { .. } => fits_message(&endpoint.format, &message()),
    })
}

/// The same of a chat's message.
pub(super) fn fits_message(format: &Format, message: &Value) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let words = |value: &Value| value.as_str().map_or(0, units);
    match format {
        Format::Slack => {
            let blocks = list(&message["blocks"]);
            let chars: usize = blocks.iter().map(|it| units(&it.to_string()) + 1).sum();
            blocks.len() <= SLACK_BLOCKS && chars <= SLACK_CHARS
        }
        Format::Discord => {
            let embeds = list(&message["embeds"]);
            let chars = |embed: &Value| {
                words(&embed["title"])
                    + words(&embed["description"])
                    + words(&embed["footer"]["text"])
            };
            embeds.len() <= DISCORD_EMBEDS
                && embeds.iter().map(chars).sum::<usize>() <= DISCORD_CHARS
        }
        Format::Mattermost => words(&message["attachments"][0]["text"]) <= MATTERMOST_CHARS,
        Format::Telegram { .. } => words(&message["text"]) <= TELEGRAM_CHARS,
        Format::Teams => message.to_string().len() <= TEAMS_BYTES,
        Format::Matrix { .. } => message.to_string().len() <= MATRIX_BYTES,
        Format::Ntfy { .. } => message["message"].as_str().map_or(0, str::len) <= NTFY_BYTES,
        Format::Json | Format::CloudEvents(_) | Format::Template(_) => true,
    }
}

//! Slack's incoming webhooks: Block Kit within all of Slack's limits.
//!
//! Every message has a line for notifications and blocks for the channel. What pages wrote is
//! shown, never obeyed: no mention, link or formatting of theirs comes through. Slack gives no
//! message id back, so a correction is a message of its own with a visible mark.

mod article;
mod blocks;
pub(super) mod digest;
mod mrkdwn;

use serde_json::Value;

use super::brief::{Brief, TITLE_CHARS};
use crate::config::endpoint::ContentSize;
use crate::model::event::FullEvent;

/// Characters of a foreign address that is shown.
const ADDRESS_CHARS: usize = 900;

/// The message that tells of `event`.
pub fn message(event: &FullEvent, content: ContentSize) -> Value {
    let brief = Brief::of(event, content);
    if brief.link.is_some() {
        article::message(&brief)
    } else {
        alert(&brief)
    }
}

/// Tells of a source or an endpoint, or that messages arrive: header, paragraph, small print.
fn alert(brief: &Brief) -> Value {
    let mut body: Vec<String> = brief
        .paragraphs
        .iter()
        .map(|reason| mrkdwn::text(reason, 600))
        .collect();
    for (what, url) in &brief.links {
        let link = mrkdwn::link(url, url.as_str(), ADDRESS_CHARS);
        body.push(if what.is_empty() {
            link
        } else {
            format!("{}: {link}", mrkdwn::text(what, 100))
        });
    }
    let mut blocks = vec![(0, blocks::header(&brief.headline))];
    if !body.is_empty() {
        blocks.push((1, blocks::section(&body.join("\n"))));
    }
    let facts: Vec<String> = brief
        .facts
        .iter()
        .map(|fact| mrkdwn::text(fact, 200))
        .collect();
    blocks.push((2, blocks::context(&[facts.join(" · ")])));
    blocks::message(&mrkdwn::text(&brief.line, TITLE_CHARS), blocks)
}

#[cfg(test)]
mod tests;

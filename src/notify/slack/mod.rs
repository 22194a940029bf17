//! Slack's incoming webhooks: Block Kit within all of Slack's limits.
//!
//! Every message has a line for notifications and blocks for the channel. What pages wrote is
//! shown, never obeyed: no mention, link or formatting of theirs comes through. Slack gives no
//! message id back, so a correction is a message of its own with a visible mark.

mod alert;
mod article;
mod blocks;
mod mrkdwn;

use jiff::Timestamp;
use serde_json::Value;

use crate::config::endpoint::ContentSize;
use crate::model::event::{FullEvent, FullSubject};

/// Characters of a headline, before its address.
const TITLE_CHARS: usize = 300;

/// The message that tells of `event`.
pub fn message(event: &FullEvent, content: ContentSize) -> Value {
    match &event.body {
        FullSubject::Article { article, previous } => {
            article::message(article, previous.as_deref(), event.kind, content)
        }
        FullSubject::Source(subject) => alert::source(subject, event),
        FullSubject::Endpoint(subject) => alert::endpoint(subject, event),
        FullSubject::Test => alert::test(event),
    }
}

/// The same without the picture, for a receiver that refused the message: Slack refuses a whole
/// message when it cannot fetch its picture. `None` where there is none to leave out.
pub fn message_without_picture(event: &FullEvent, content: ContentSize) -> Option<Value> {
    let FullSubject::Article { article, .. } = &event.body else {
        return None;
    };
    article.revision.content.image.as_ref()?;
    let mut event = event.clone();
    if let FullSubject::Article { article, .. } = &mut event.body {
        article.revision.content.image = None;
    }
    Some(message(&event, content))
}

/// A time of ours.
fn instant(at: Timestamp) -> String {
    at.strftime("%-d %b %Y %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;

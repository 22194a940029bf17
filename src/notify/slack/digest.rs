//! A digest for Slack: a header, then a section and small print an entry.

use serde_json::Value;

use super::{blocks, mrkdwn};
use crate::config::endpoint::ContentSize;
use crate::model::event::Digest;
use crate::notify::brief::Brief;
use crate::notify::digest::{Heading, briefs, facts, lead, lead_chars};

/// Characters of a headline with its address.
const HEADLINE_CHARS: usize = 900;
/// Characters of small print.
const FACTS_CHARS: usize = 300;

/// The message; whether it is one that Slack takes is for the caller to see.
pub(in crate::notify) fn message(digest: &Digest, content: ContentSize) -> Value {
    let heading = Heading::of(digest);
    let mut blocks = vec![
        blocks::header(&heading.title),
        blocks::context(std::slice::from_ref(&heading.time)),
    ];
    for brief in briefs(digest, content) {
        blocks.push(blocks::section(&words(&brief, content)));
        blocks.push(blocks::context(&[mrkdwn::text(
            &facts(&brief),
            FACTS_CHARS,
        )]));
    }
    blocks::whole(&heading.line(), &blocks)
}

fn words(brief: &Brief, content: ContentSize) -> String {
    let headline = match &brief.link {
        Some(link) => mrkdwn::link(link, &brief.headline, HEADLINE_CHARS),
        None => mrkdwn::text(&brief.headline, HEADLINE_CHARS),
    };
    let sign = brief.tone.sign();
    let headline = match brief.revision {
        Some(number) => format!("{sign} *Corrected* (revision {number}): *{headline}*"),
        None if sign.is_empty() => format!("*{headline}*"),
        None => format!("{sign} *{headline}*"),
    };
    let lead = mrkdwn::text(&lead(brief), lead_chars(content));
    if lead.is_empty() {
        headline
    } else {
        format!("{headline}\n{lead}")
    }
}

//! An article in brief: headline, lead, what changed, picture, origin, copies.

use super::{Brief, TITLE_CHARS, Tone, changes, instant};
use crate::config::endpoint::ContentSize;
use crate::extract::summary;
use crate::model::article::{Article, Block, Content, Revision};
use crate::model::event::{EventKind, FullEvent};
use crate::model::stated::StatedTime;
use crate::notify::text::one_line;

/// Characters of the lead paragraph.
const LEAD_CHARS: usize = 700;
/// Characters of a whole text that are looked at: the largest message of any receiver holds fewer.
const TEXT_CHARS: usize = 40_000;
/// Authors that are named.
const NAMES: usize = 5;
/// Characters of one of them.
const NAME_CHARS: usize = 60;
/// Other outlets that are named.
const ALSO: usize = 8;
/// Characters of an outlet's name and of a section's.
const OUTLET_CHARS: usize = 100;
const SECTION_CHARS: usize = 80;
/// Characters of a picture's description: what Slack takes is 2000; a reader, fewer.
const ALT_CHARS: usize = 300;

/// A new article, or a correction of `previous`.
pub(super) fn brief(
    article: &Article,
    previous: Option<&Revision>,
    event: &FullEvent,
    size: ContentSize,
) -> Brief {
    let revision = &article.revision;
    let content = &revision.content;
    let headline = headline(content);
    let corrected = event.kind == EventKind::ArticleUpdated;
    let mark = if corrected { "Corrected: " } else { "" };
    let line = format!("{mark}{headline} — {}", article.outlet);
    let also = &article.story.also;
    let with_words = size != ContentSize::Link;
    Brief {
        tone: if corrected {
            Tone::Correction
        } else {
            Tone::News
        },
        line: summary::cut(&line, TITLE_CHARS),
        headline: summary::cut(&headline, TITLE_CHARS),
        link: Some(article.url.clone()),
        revision: corrected.then_some(revision.number),
        paragraphs: paragraphs(content, size),
        changes: previous
            .filter(|_| with_words)
            .map(|previous| changes::lines(previous, revision))
            .unwrap_or_default(),
        picture: content.image.clone().filter(|_| with_words).map(|url| {
            let alt = content.captions.first().unwrap_or(&headline);
            let alt = summary::cut(&one_line(alt), ALT_CHARS);
            (url, alt)
        }),
        facts: origin(article),
        links: also
            .iter()
            .take(ALSO)
            .map(|member| {
                let outlet = summary::cut(&one_line(member.outlet.as_str()), OUTLET_CHARS);
                (outlet, member.url.clone())
            })
            .collect(),
        links_are: "Also at",
        more_links: also.len().saturating_sub(ALSO),
        at: event.at,
    }
}

/// The headline; where the page has none, its first words.
fn headline(content: &Content) -> String {
    let stated = one_line(content.title.as_deref().unwrap_or_default());
    if !stated.is_empty() {
        return stated;
    }
    let opening = summary::cut(&one_line(&summary::summary(content)), 100);
    if opening.is_empty() {
        "Untitled article".to_owned()
    } else {
        opening
    }
}

fn paragraphs(content: &Content, size: ContentSize) -> Vec<String> {
    let lines = match size {
        ContentSize::Link => Vec::new(),
        ContentSize::Summary => {
            let lead = one_line(&summary::summary(content));
            vec![summary::cut(&lead, LEAD_CHARS)]
        }
        ContentSize::Full => {
            let mut room = TEXT_CHARS;
            let fitting = content.blocks.iter().map_while(|block| {
                let line = one_line(&Block::line(block));
                let before = room;
                room = room.saturating_sub(line.chars().count());
                (before > 0).then_some(line)
            });
            fitting.collect()
        }
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// Outlet, time as the page states it, names, and what is amiss with the text.
fn origin(article: &Article) -> Vec<String> {
    let content = &article.revision.content;
    let mut facts = vec![summary::cut(
        &one_line(article.outlet.as_str()),
        OUTLET_CHARS,
    )];
    facts.push(match &content.published {
        Some(published) => stated(published),
        None => format!("seen {}", instant(article.stored)),
    });
    let names: Vec<String> = content
        .authors
        .iter()
        .take(NAMES)
        .map(|name| summary::cut(&one_line(name), NAME_CHARS))
        .collect();
    facts.push(names.join(", "));
    if let Some(section) = &content.section {
        facts.push(summary::cut(&one_line(section), SECTION_CHARS));
    }
    if content.partial {
        facts.push("text incomplete".to_owned());
    }
    if content.free == Some(false) {
        facts.push("paywall".to_owned());
    }
    facts.retain(|fact| !fact.is_empty());
    facts
}

/// A page's time as it states it, no more exact.
fn stated(time: &StatedTime) -> String {
    match *time {
        StatedTime::Exact { at, offset } => {
            let zoned = at.to_zoned(offset.to_time_zone());
            let zone = if offset.seconds() == 0 {
                "UTC".to_owned()
            } else {
                zoned.strftime("UTC%:z").to_string()
            };
            format!("{} {zone}", zoned.strftime("%-d %b %Y %H:%M"))
        }
        StatedTime::Local(time) => time.strftime("%-d %b %Y %H:%M").to_string(),
        StatedTime::Day(day) => day.strftime("%-d %b %Y").to_string(),
    }
}

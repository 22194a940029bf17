//! An article's message: linked headline, lead, what changed, picture, origin, copies.

use serde_json::Value;

use super::blocks::{self, Ranked, SECTION_CHARS};
use super::mrkdwn;
use crate::extract::summary;
use crate::notify::brief::{Brief, TITLE_CHARS};
use crate::notify::text;

/// Characters of the text, whole or cut: what else a message holds has room beside it.
const TEXT_CHARS: usize = 5800;
/// Characters of one other outlet, its address included.
const ALSO_CHARS: usize = 350;

/// Tells of a new article, or of a correction.
pub(super) fn message(brief: &Brief) -> Value {
    let mut blocks: Vec<Ranked> = Vec::new();
    let headline = match &brief.link {
        Some(link) => mrkdwn::link(link, &brief.headline, SECTION_CHARS - 100),
        None => mrkdwn::text(&brief.headline, TITLE_CHARS),
    };
    let headline = match brief.revision {
        Some(number) => format!("✏️ *Corrected* (revision {number})\n*{headline}*"),
        None => format!("*{headline}*"),
    };
    blocks.push((0, blocks::section(&headline)));
    for section in sections(&brief.paragraphs) {
        blocks.push((2, blocks::section(&section)));
    }
    if !brief.changes.is_empty() {
        let shown = |line: &String| mrkdwn::text(line, 210);
        let lines: Vec<String> = brief.changes.iter().map(shown).collect();
        let changes = format!("*What changed*\n{}", lines.join("\n"));
        blocks.push((1, blocks::section(&changes)));
    }
    let image = brief.picture.as_ref();
    if let Some(image) = image.and_then(|(url, alt)| blocks::image(url, alt)) {
        blocks.push((9, image));
    }
    blocks.push((0, blocks::context(&[origin(&brief.facts)])));
    let also = also_at(brief);
    if !also.is_empty() {
        blocks.push((3, blocks::context(&[also])));
    }
    blocks::message(&mrkdwn::text(&brief.line, TITLE_CHARS), blocks)
}

/// The text in as many sections as it takes.
fn sections(paragraphs: &[String]) -> Vec<String> {
    let write = |text: &str| mrkdwn::escape(text).into_owned();
    let inert: Vec<String> = paragraphs
        .iter()
        .map(|paragraph| {
            let paragraph = mrkdwn::inert(paragraph);
            // No single one may be longer than a section.
            summary::cut_by(&paragraph, SECTION_CHARS, |part| text::units(&write(part)))
        })
        .collect();
    let mut sections: Vec<String> = Vec::new();
    for paragraph in text::fit(&inert, TEXT_CHARS, 2, write, text::units) {
        match sections.last_mut() {
            Some(last) if text::units(last) + 2 + text::units(&paragraph) <= SECTION_CHARS => {
                last.push_str("\n\n");
                last.push_str(&paragraph);
            }
            Some(_) | None => sections.push(paragraph),
        }
    }
    sections
}

/// The outlet stands out.
fn origin(facts: &[String]) -> String {
    let facts = facts.iter().enumerate().map(|(place, fact)| {
        let fact = mrkdwn::text(fact, 400);
        if place == 0 {
            format!("*{fact}*")
        } else {
            fact
        }
    });
    facts.collect::<Vec<_>>().join(" · ")
}

fn also_at(brief: &Brief) -> String {
    if brief.links.is_empty() {
        return String::new();
    }
    let named: Vec<String> = brief
        .links
        .iter()
        .map(|(outlet, url)| mrkdwn::link(url, outlet, ALSO_CHARS))
        .collect();
    let more = match brief.more_links {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} {}{more}", brief.links_are, named.join(", "))
}

//! An entry for people: a linked headline, a sentence or two, small print.

use super::lead_chars;
use crate::config::endpoint::ContentSize;
use crate::extract::summary;
use crate::notify::brief::Brief;
use crate::notify::markup::{Markup, address};

/// An entry, dressed.
pub(in crate::notify) struct Piece {
    /// The headline, linked where the address can be.
    pub(in crate::notify) headline: String,
    /// What it says; empty where the endpoint takes links only.
    pub(in crate::notify) lead: String,
    /// The outlet first, where it is an article.
    pub(in crate::notify) facts: String,
}

/// How long the parts are at most, as `measure` counts what is sent.
pub(in crate::notify) struct Sizes {
    pub(in crate::notify) headline: usize,
    pub(in crate::notify) address: usize,
    pub(in crate::notify) facts: usize,
    pub(in crate::notify) measure: fn(&str) -> usize,
}

impl Sizes {
    /// What leaves room for more than one in the smallest message.
    pub(in crate::notify) fn usual(measure: fn(&str) -> usize) -> Self {
        Self {
            headline: 300,
            address: 600,
            facts: 250,
            measure,
        }
    }
}

/// The entries, each by itself.
pub(in crate::notify) fn pieces(
    markup: Markup,
    briefs: &[Brief],
    content: ContentSize,
    sizes: &Sizes,
) -> Vec<Piece> {
    let dress = |brief: &Brief| Piece {
        headline: headline(markup, brief, sizes),
        lead: markup.text(&lead(brief), lead_chars(content), sizes.measure),
        facts: markup.text(&facts(brief), sizes.facts, sizes.measure),
    };
    briefs.iter().map(dress).collect()
}

fn headline(markup: Markup, brief: &Brief, sizes: &Sizes) -> String {
    let measure = sizes.measure;
    let label = summary::cut_by(&brief.headline, sizes.headline, |part| {
        measure(&markup.escape(part))
    });
    let link = brief.link.as_ref();
    let line = match link.filter(|link| measure(&markup.escape(&address(link))) <= sizes.address) {
        // Without markup the address stands behind the whole.
        Some(link) if markup != Markup::Plain => markup.bold(&markup.link(link, &label)),
        Some(_) | None => markup.bold(&markup.text(&label, sizes.headline, measure)),
    };
    let sign = brief.tone.sign();
    match brief.mark() {
        Some(mark) => format!("{sign} {}: {line}", markup.escape(&mark)),
        None if sign.is_empty() => line,
        None => format!("{sign} {line}"),
    }
}

/// What it says, in one paragraph.
pub(in crate::notify) fn lead(brief: &Brief) -> String {
    brief.paragraphs.join(" ")
}

/// Small print, with the outlets that have the story too.
pub(in crate::notify) fn facts(brief: &Brief) -> String {
    let mut facts = brief.facts.join(" · ");
    if !brief.links_are.is_empty() && !brief.links.is_empty() {
        let outlets: Vec<&str> = brief.links.iter().map(|(name, _)| name.as_str()).collect();
        facts = format!(
            "{facts} · {} {}",
            brief.links_are.to_lowercase(),
            outlets.join(", ")
        );
        if brief.more_links > 0 {
            facts = format!("{facts} and {} more", brief.more_links);
        }
    }
    facts
}

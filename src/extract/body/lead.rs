//! The standfirst between headline and text (K6).

use std::collections::HashSet;
use std::ops::Range;

use super::form::Form;
use super::line::Line;
use super::{imprint, lexicon};
use crate::extract::document::characters::{folded, word_count};
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page};
use crate::extract::facts::dates;
use crate::model::article::BlockKind;

/// Words of classes that name a standfirst.
const NAMES: &[&str] = &[
    "lead",
    "lede",
    "teaser",
    "intro",
    "introduction",
    "summary",
    "standfirst",
    "subtitle",
    "dek",
    "deck",
    "excerpt",
    "abstract",
    "subhead",
    "subheadline",
    "subheading",
    "subheader",
    "description",
    "chapo",
    "entradilla",
    "vorspann",
    "einleitung",
    "kicker",
    "preamble",
    "ingress",
    "sapo",
    "perex",
    "strapline",
    "tagline",
    "bajada",
    "sumario",
];

/// The standfirst among the lines that stand between the headline and the column: one line, or the
/// items of one list. `told` are lines that headline or text say themselves.
pub(crate) fn between(
    page: &Page<'_>,
    lines: &[Line],
    between: Range<NodeIndex>,
    descriptions: &[&str],
    told: impl Fn(&Line) -> bool,
) -> Vec<Line> {
    let described = |line: &Line| says_the_same(&line.text, descriptions);
    // What is no sentence must be called a standfirst, or be what the page says of itself.
    let called = |line: &Line| is_named(page, line.node) || described(line);
    let may_be = |line: &&Line| {
        between.contains(&line.position)
            && (is_standfirst(line) && (line.link_count == 0 || called(line))
                || is_short_standfirst(line) && called(line))
            && !told(line)
    };
    let candidates = || lines.iter().filter(may_be);
    let Some(first) = candidates()
        .find(|line| described(line))
        .or_else(|| candidates().next())
    else {
        return Vec::new();
    };
    let is_item = |line: &Line| matches!(line.kind, BlockKind::Item(_));
    if !is_item(first) {
        return vec![first.clone()];
    }
    let of_its_list = |line: &&Line| is_item(line) && line.parent == first.parent;
    candidates().filter(of_its_list).cloned().collect()
}

fn is_standfirst(line: &Line) -> bool {
    !line.caption
        && line.link_share() < 0.3
        && line.form == Form::Prose
        && line.class().is_none()
        && !lexicon::has_caption_credit(&line.text)
        && !imprint::is_imprint(&line.text, &[])
        && line.text.len() < 1_500
}

/// A standfirst without a full stop.
fn is_short_standfirst(line: &Line) -> bool {
    line.form == Form::Headline
        && !line.caption
        && line.link_count == 0
        && line.class().is_none()
        && word_count(&line.text) >= 5
        && !lexicon::has_caption_credit(&line.text)
        && dates::find(&line.text).is_none()
}

/// Whether the block or the one it stands in is named as a standfirst.
pub(crate) fn is_named(page: &Page<'_>, node: NodeIndex) -> bool {
    page.upward(node).take(2).any(|node| {
        page.attribute(node, "class")
            .into_iter()
            .chain(page.attribute(node, "itemprop"))
            .flat_map(str::split_ascii_whitespace)
            .flat_map(furniture::words)
            .any(|word| NAMES.contains(&word.as_str()))
    })
}

/// Whether a line is what the page says of itself, or the whole of what that is the beginning of.
pub(crate) fn says_the_same(line: &str, descriptions: &[&str]) -> bool {
    let line = folded(line);
    descriptions.iter().any(|description| {
        let description = folded(description);
        description.len() >= 40
            && (line.starts_with(&description) || description.starts_with(&line))
    })
}

/// Whether the second paragraph tells again what the first told.
pub(crate) fn is_told_again(first: &str, second: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (first, second) = (words(first), words(second));
    let shared = first.intersection(&second).count() as f32;
    shared >= 8.0 && shared >= 0.4 * first.len() as f32 && shared >= 0.3 * second.len() as f32
}

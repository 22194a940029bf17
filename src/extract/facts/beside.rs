//! Names in a block of their own beside the block of the date, between the headline and the text:
//! `Jane Doe in Odesa` above `23 June 2025`, `Anna Müller, Korrespondentin` below it.

use std::ops::Range;

use super::bylines::{LONGEST, is_linked};
use super::datelines::opens_with;
use super::dates;
use super::marks::leads_to_author;
use super::names::{is_plain, opens_byline, people};
use super::naming::NAMING;
use super::parted::without_pictures;
use super::teasers::is_of_teaser;
use crate::extract::document::characters::{folded, is_spaceless};
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Blocks from a date to a name beside it at most.
const BETWEEN: usize = 2;
/// Words before a date in its block at most, where they do not say which date it is.
const BEFORE: usize = 2;
/// Letters from the date to the end of its block, and of what follows a name in its own, at most.
const MORE: usize = 60;
/// Blocks between headline and text that are looked at.
const BLOCKS: usize = 20;
/// Signs that end the name in its block.
const SIGNS: [char; 9] = [',', '|', '–', '—', '·', '•', '/', '(', '،'];

/// A short block: its element, and its first text.
struct Block {
    node: NodeIndex,
    first: NodeIndex,
    line: String,
}

/// The names of the block nearest to that of the date, above it first.
pub(crate) fn of_blocks(page: &Page<'_>, others: &[&str], top: &Range<NodeIndex>) -> Vec<String> {
    let blocks = blocks(page, top);
    let dated = |block: &Block| {
        dates::find(&block.line).is_some_and(|found| {
            let (before, behind) = block.line.split_at(found.range.start);
            let words = before.split(|c: char| !c.is_alphanumeric());
            let few = words.filter(|word| !word.is_empty()).count() <= BEFORE;
            let labels = [&NAMING.published, &NAMING.updated];
            let labelled = || labels.iter().any(|words| opens_with(before, words));
            (few || labelled()) && folded(behind).chars().count() <= MORE
        })
    };
    let days = blocks.iter().enumerate().filter(|(_, block)| dated(block));
    for (day, block) in days {
        if let Some(names) = of_fields(page, block, others) {
            return names;
        }
        let above = day.saturating_sub(BETWEEN)..day;
        let below = day + 1..(day + 1 + BETWEEN).min(blocks.len());
        let found = above
            .rev()
            .chain(below)
            .find_map(|at| of_block(page, &blocks[at], others));
        if let Some(names) = found {
            return names;
        }
    }
    Vec::new()
}

/// The short blocks behind the headline, in order.
fn blocks(page: &Page<'_>, top: &Range<NodeIndex>) -> Vec<Block> {
    let headline = top.clone().rfind(|at| page.nodes[*at].tag == Tag::H1);
    let start = headline.map_or(top.start, |heading| page.nodes[heading].end);
    let mut blocks: Vec<Block> = Vec::new();
    for at in start..top.end {
        let node = &page.nodes[at];
        if node.text.trim().is_empty() || page.nodes[node.parent].tag.is_wordless() {
            continue;
        }
        let block = page
            .upward(at)
            .skip(1)
            .find(|node| page.nodes[*node].tag.is_block())
            .unwrap_or(node.parent);
        if blocks.last().is_some_and(|last| last.node == block) {
            continue;
        }
        blocks.push(Block {
            node: block,
            first: at,
            line: page.line(block),
        });
        if blocks.len() == BLOCKS {
            break;
        }
    }
    blocks
}

/// The names that open a block, with a place or a role behind them at most.
fn of_block(page: &Page<'_>, block: &Block, others: &[&str]) -> Option<Vec<String>> {
    let tag = page.nodes[block.node].tag;
    let control = page.upward(block.first).skip(1).take(4).any(|node| {
        let tag = page.nodes[node].tag;
        let link = tag == Tag::A && !page.attribute(node, "href").is_some_and(leads_to_author);
        link || matches!(
            tag,
            Tag::Button | Tag::Label | Tag::Figure | Tag::Blockquote | Tag::Nav
        )
    });
    if control
        || block.line.len() > LONGEST
        || tag.heading().is_some()
        || matches!(tag, Tag::Figcaption | Tag::Td | Tag::Th)
        || dates::find(&block.line).is_some()
        || without_pictures(&block.line).len() < block.line.len()
    {
        return None;
    }
    let text = page.nodes[block.first].text.trim();
    // The place may stand before the name: `القاهرة - أحمد علي`.
    let mut fields = text
        .split(SIGNS)
        .flat_map(|part| part.split(" - "))
        .map(str::trim);
    let placed = fields.clone().any(|field| NAMING.is_city(field));
    let field = fields.find(|field| !NAMING.is_city(field))?;
    let names = read_field(page, field, others)?;
    let more = folded(&block.line).chars().count() - folded(field).chars().count();
    let caseless = !field.chars().any(char::is_uppercase);
    // Without capitals only a word for what somebody does tells a name from a section.
    let told = || {
        let rest = block
            .line
            .get(text.len().min(block.line.len())..)
            .unwrap_or_default();
        let words = fields.chain(rest.split(' ')).map(str::trim);
        let role = |word: &str| NAMING.is_role(word) || NAMING.is_opening(word);
        placed || words.into_iter().any(role)
    };
    let stands = !caseless || field.chars().any(is_spaceless) || told();
    (more <= MORE && stands && !is_of_teaser(page, block.first)).then_some(names)
}

/// The names of a block of fields of which another is the date: `Jane Doe | 23.06.2025 | 17:35`.
fn of_fields(page: &Page<'_>, block: &Block, others: &[&str]) -> Option<Vec<String>> {
    if block.line.len() > LONGEST || !block.line.contains(['|', '·', '•']) {
        return None;
    }
    let mut fields = block.line.split(['|', '·', '•']).map(str::trim);
    let names = fields.find_map(|field| read_field(page, field, others))?;
    (!is_of_teaser(page, block.first)).then_some(names)
}

/// The names that make up a field, up to the place behind them.
fn read_field(page: &Page<'_>, field: &str, others: &[&str]) -> Option<Vec<String>> {
    if field.len() < 5
        || field.ends_with(['.', '!', '?', ':', '…', '"', '“'])
        || opens_byline(field)
    {
        return None;
    }
    let names = people(field, others);
    let letters: String = names.iter().map(|name| folded(name)).collect();
    let followed = NAMING.is_followed(field);
    let form = |name: &String| {
        let words: Vec<&str> = name.split(' ').collect();
        let spaceless = words.iter().all(|word| word.chars().all(is_spaceless));
        // Family's and given name of one to three characters: `山田 太郎`.
        let parts = words.len() == 2 && words.iter().all(|word| word.chars().count() <= 3);
        is_plain(name) && (!spaceless || parts || followed)
    };
    let whole = !names.is_empty() && names.len() <= 3 && names.iter().all(form);
    (whole
        && folded(field).starts_with(&letters)
        && !names.iter().any(|name| is_linked_elsewhere(page, name)))
    .then_some(names)
}

/// Whether a name is a section's: a link that leads to no author's page.
fn is_linked_elsewhere(page: &Page<'_>, name: &str) -> bool {
    is_linked(page, name)
        && !page.with_tag(Tag::A).any(|link| {
            page.attribute(link, "href").is_some_and(leads_to_author) && page.line(link) == name
        })
}

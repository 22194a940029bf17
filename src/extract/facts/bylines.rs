//! Bylines that nothing marks: lines that say so by their words, or by where they stand.

use std::ops::Range;

use super::dates;
use super::months::unglued;
use super::names::{self, people};
use super::naming::NAMING;
use super::teasers::is_of_teaser;
use crate::extract::document::characters::{folded, normal};
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Longest text that is a byline, in bytes.
pub(crate) const LONGEST: usize = 120;
/// Shortest line of prose, in bytes: a standing name is next to one.
const PROSE: usize = 100;
/// Words for "and" between names that stand in elements of their own.
const AND: [&str; 13] = [
    "and", "und", "et", "y", "e", "i", "та", "і", "и", "ve", "og", "och", "oraz",
];
/// Nodes between a standing name and the prose beside it.
const BESIDE: usize = 40;
/// Nodes between a name and the text of the line below it.
const BELOW: usize = 12;

/// The people whom lines name before their dates.
pub(crate) fn of_lines(lines: &[String], others: &[&str]) -> Vec<String> {
    lines
        .iter()
        .flat_map(|line| {
            let line = unglued(line);
            let end = dates::find(&line).map_or(line.len(), |found| found.range.start);
            people(&line[..end], others)
        })
        .collect()
}

/// Lines that say by their words that they are bylines: `By Jane Doe`, `von` and a name after it.
pub(crate) fn of_words(page: &Page<'_>, others: &[&str], range: &Range<NodeIndex>) -> Vec<String> {
    let mut bare_by = None;
    for at in range.clone() {
        let node = &page.nodes[at];
        let text = node.text.trim();
        if text.is_empty() || text.len() > LONGEST || page.nodes[node.parent].tag.is_wordless() {
            continue;
        }
        let text = normal(text);
        if bare_by.is_some_and(|by| at <= by + 6) {
            let names = people(&text, others);
            if names.iter().any(|name| names::is_whole(name)) {
                let line = page.nodes[page.nodes[page.nodes[at].parent].parent].end;
                let run = run_of_names(page, at..line.min(at + BESIDE), others);
                return if run.len() > names.len() { run } else { names };
            }
        }
        if names::is_by(&text) {
            let other = is_of_teaser(page, at) || names::credits_other(page, at);
            bare_by = (!other).then_some(at);
        } else if names::opens_byline(&text) {
            let line = unglued(&text);
            let end = dates::find(&line).map_or(line.len(), |found| found.range.start);
            let names = people(without_joint(&line[..end]), others);
            // "By the end of June": a name has two words that begin with capitals.
            let whole = !names.is_empty() && names.iter().all(|name| names::is_whole(name));
            if whole && !is_in_prose(page, at) && !is_of_teaser(page, at) {
                return names;
            }
        } else if let Some(rest) = behind_date(&text).or_else(|| behind_label(&text)) {
            let names = people(rest, others);
            if !names.is_empty() && names.iter().all(|name| names::is_whole(name)) {
                return names;
            }
        }
    }
    Vec::new()
}

/// Whether a text is a part of a line that is longer than a byline.
pub(crate) fn is_in_prose(page: &Page<'_>, at: NodeIndex) -> bool {
    let block = page
        .upward(at)
        .skip(1)
        .find(|node| page.nodes[*node].tag.is_block());
    block.is_some_and(|block| {
        page.nodes[block].tag == Tag::P && page.line(block).len() > LONGEST + BESIDE
    })
}

/// The names that follow one another in texts of their own, with nothing between them but signs and
/// words for "and".
pub(crate) fn run_of_names(
    page: &Page<'_>,
    range: Range<NodeIndex>,
    others: &[&str],
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for at in range {
        let node = &page.nodes[at];
        let text = normal(node.text);
        let word = text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let joint = word.is_empty() || AND.contains(&word.as_str()) || names::is_by(&word);
        if joint || page.nodes[node.parent].tag.is_wordless() {
            continue;
        }
        let found = people(&text, others);
        let key: String = found.iter().map(|name| folded(name)).collect();
        let whole = found.iter().all(|name| names::is_plain(name));
        if found.is_empty()
            || !whole
            || !folded(&text).ends_with(&key)
            || found.len() > 1 && !text.contains([',', '&', ' '])
        {
            break;
        }
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// A byline without the word that joins it to the date behind it: `Jane Doe on`.
fn without_joint(line: &str) -> &str {
    let line = line.trim_end();
    let joint = line
        .rsplit_once(' ')
        .filter(|(_, word)| word.len() <= 6 && word.chars().all(char::is_lowercase));
    joint.map_or(line, |(names, _)| names)
}

/// The byline behind a date on one line: `Posted on 3rd March 2011 by Jane Doe`.
fn behind_date(line: &str) -> Option<&str> {
    let found = dates::find(line)?;
    let rest = line[found.range.end..].trim_start_matches([' ', ',', '|', '-', '–', '·', '•']);
    names::opens_byline(rest).then_some(rest)
}

/// The byline behind its label among other fields of one dated line: `4 March 2011 | Author: Jane Doe |
/// Views: 12`.
fn behind_label(line: &str) -> Option<&str> {
    dates::find(line)?;
    let colon = |c: char| matches!(c, ':' | '：');
    let label = line.match_indices(colon).find(|(at, _)| {
        let field = line[..*at].rsplit([' ', '|', '·', '•', ',']).next();
        field.is_some_and(names::is_by)
    });
    let (at, sign) = label?;
    let rest = &line[at + sign.len()..];
    // The next field, whose label ends in the next colon, is not the names' any more.
    let end = rest.find(colon).map_or(rest.len(), |next| {
        rest[..next].rfind([' ', '|', '·', '•']).unwrap_or(next)
    });
    let rest = rest[..end].trim().trim_end_matches(['|', '·', '•']);
    Some(dates::find(rest).map_or(rest, |found| &rest[..found.range.start]))
}

/// The part of the page above the text: to its second line of prose, since the first may be a standfirst
/// above the byline.
pub(crate) fn top(page: &Page<'_>, near: &Range<NodeIndex>) -> Range<NodeIndex> {
    let end = near.clone().filter(|at| is_prose(page, *at)).nth(1);
    near.start..end.unwrap_or(near.end)
}

/// The part of the page to the end of the text, which a heading ends that has no prose behind it: what
/// follows are comments, dates of events and other articles.
pub(crate) fn body(page: &Page<'_>, near: &Range<NodeIndex>) -> Range<NodeIndex> {
    let Some(last) = near.clone().rfind(|at| is_prose(page, *at)) else {
        return near.clone();
    };
    let heading = (last..near.end).find(|at| matches!(page.nodes[*at].tag.heading(), Some(2..)));
    near.start..heading.unwrap_or(near.end)
}

/// Whether a node is a text as long as a line of prose.
fn is_prose(page: &Page<'_>, at: NodeIndex) -> bool {
    let node = &page.nodes[at];
    // A headline in letters of two bytes is as long as a line of prose.
    let heading = |at: NodeIndex| page.nodes[at].tag.heading().is_some();
    let around = page.nodes[node.parent].tag;
    node.text.len() >= PROSE
        && around != Tag::Title
        && !around.is_wordless()
        && !page.upward(at).skip(1).take(3).any(heading)
}

/// Names that stand alone: beside the date, or in bold or slanted letters on a line of their own just
/// before the first or behind the last line of prose.
pub(crate) fn standing(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    let prose = || near.clone().filter(|at| is_prose(page, *at));
    let (Some(first), Some(last)) = (prose().next(), prose().next_back()) else {
        return Vec::new();
    };
    let before = first.saturating_sub(BESIDE).max(near.start)..first;
    let behind = last + 1..(last + BESIDE).min(near.end);
    let alone = |at: &NodeIndex| names_alone(page, *at, others);
    let dated = |at: &NodeIndex| {
        names_beside_date(page, *at, others).or_else(|| names_above_date(page, *at, others))
    };
    // The first prose may be a standfirst above the byline.
    let second = prose().nth(1).unwrap_or(last);
    let under = first + 1..second.min(first + BESIDE);
    near.clone()
        .take_while(|at| *at < first)
        .find_map(|at| dated(&at))
        .or_else(|| before.rev().find_map(|at| alone(&at)))
        .or_else(|| behind.clone().find_map(|at| alone(&at)))
        .or_else(|| signature(page, others, second..last))
        .or_else(|| under.clone().find_map(|at| dated(&at)))
        .unwrap_or_default()
}

/// The names in the brackets that open the first line of prose, as papers of Japan and China have them:
/// `【ワシントン＝山田太郎】`, `（記者王小明）`, `新华社北京6月23日电（记者王小明、李华）`.
pub(crate) fn opening(page: &Page<'_>, others: &[&str], near: &Range<NodeIndex>) -> Vec<String> {
    /// Bytes of the opening that are looked at.
    const OPENING: usize = 180;
    let first = near.clone().find(|at| {
        let node = &page.nodes[*at];
        node.text.len() >= PROSE && page.nodes[node.parent].tag == Tag::P
    });
    let Some(text) = first.map(|at| page.nodes[at].text.trim_start()) else {
        return Vec::new();
    };
    let head = &text[..text.floor_char_boundary(OPENING)];
    [('【', '】'), ('（', '）'), ('(', ')')]
        .iter()
        .find_map(|(open, close)| {
            let (before, rest) = head.split_once(*open)?;
            let (inner, _) = rest.split_once(*close)?;
            let told = names::names_reporter(inner);
            let opens = before.is_empty() && *open != '(' && inner.contains(['＝', '=']);
            let names = if told || opens {
                people(names::behind_place(inner), others)
            } else {
                Vec::new()
            };
            (!names.is_empty() && names.iter().all(|name| names::is_plain(name))).then_some(names)
        })
        .unwrap_or_default()
}

/// The names of a text that is bold, slanted or set to the right, and the whole of its line.
fn names_alone(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Option<Vec<String>> {
    let mut set_apart = false;
    let mut block = at;
    for node in page.upward(at).skip(1) {
        let tag = page.nodes[node].tag;
        if matches!(
            tag,
            Tag::Figure | Tag::Figcaption | Tag::A | Tag::Li | Tag::Td
        ) || tag.is_wordless()
        {
            return None;
        }
        set_apart |= matches!(tag, Tag::Strong | Tag::B | Tag::Em | Tag::I);
        block = node;
        if tag.is_block() {
            break;
        }
    }
    let text = page.nodes[at].text.trim();
    set_apart |= text.starts_with('【') && text.ends_with('】');
    set_apart |= is_set_right(page, block);
    if !set_apart || page.nodes[block].tag != Tag::P {
        return None;
    }
    let line = page.line(block);
    let names = (folded(&line) == folded(text)).then(|| only_names(page, at, others));
    if let Some(names) = names.flatten() {
        return Some(names);
    }
    if page
        .upward(at)
        .any(|node| page.nodes[node].tag == Tag::Blockquote)
    {
        return None;
    }
    signed(&line, others)
}

/// The names that close the text where more stands behind them: set to the right, or above the day, in the
/// second half of the prose.
fn signature(page: &Page<'_>, others: &[&str], text: Range<NodeIndex>) -> Option<Vec<String>> {
    let half = text.start + text.len() / 2;
    (half..text.end).rev().find_map(|at| {
        let block = may_be_names(page, at).then(|| block_of(page, at))??;
        let closes = is_set_right(page, block) || dates::find(&page.line(block)).is_some();
        closes.then(|| names_alone(page, at, others))?
    })
}

/// Whether a block is set to the right.
fn is_set_right(page: &Page<'_>, block: NodeIndex) -> bool {
    ["style", "align"]
        .iter()
        .filter_map(|name| page.attribute(block, name))
        .any(|value| value.to_ascii_lowercase().contains("right"))
}

/// The name in a signature, with the day and perhaps a place or a role: `Jane Doe, Churchwarden` above `The 15th
/// of March, 2026`, `Karin Möbius, 23.06.2023`; without a day only beside a word for what somebody does.
fn signed(line: &str, others: &[&str]) -> Option<Vec<String>> {
    /// Words of a place or a role at most.
    const MORE: usize = 4;
    const SIGNS: [char; 8] = [',', '|', '/', '·', '•', '–', '—', '،'];
    if line.len() > LONGEST {
        return None;
    }
    let found = dates::find(line);
    let day = found
        .as_ref()
        .map_or(line.len()..line.len(), |found| found.range.clone());
    let sides = [&line[..day.start], &line[day.end..]];
    let sides = sides.map(|side| {
        side.trim_matches(|c: char| SIGNS.contains(&c) || matches!(c, ' ' | '-' | '.'))
    });
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .count()
    };
    let named = |side: &str| {
        let (opening, more) = side.split_once(SIGNS).unwrap_or((side, ""));
        let names = people(opening, others);
        let letters: String = names.iter().map(|name| folded(name)).collect();
        let whole = names.len() == 1 && names::is_plain(&names[0]) && letters == folded(opening);
        (whole && words(more) <= MORE && (found.is_some() || names::names_role(more)))
            .then_some(names)
    };
    // The day stands on one side of the name, and nothing but a place on its own other side.
    let one = |side: usize| (words(sides[1 - side]) <= MORE / 2).then(|| named(sides[side]))?;
    one(0).or_else(|| one(1))
}

/// The names of a text on whose line nothing else stands but a date.
fn names_beside_date(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Option<Vec<String>> {
    // Most texts have no date beside them, which is known sooner than whether they are names.
    if !may_be_names(page, at) {
        return None;
    }
    let line = page
        .upward(at)
        .skip(1)
        .take(3)
        .map(|node| page.line(node))
        .take_while(|line| line.len() <= LONGEST)
        .find(|line| dates::find(line).is_some())?;
    let found = dates::find(&line)?;
    let (before, behind) = (&line[..found.range.start], &line[found.range.end..]);
    // How often it was read may follow.
    let behind = behind
        .split(|c: char| c.is_ascii_digit())
        .next()
        .unwrap_or(behind);
    let key = folded(page.nodes[at].text);
    // What follows a date is often a second one: when it was changed.
    (folded(before) == key || folded(before).is_empty() && folded(behind) == key)
        .then(|| only_names(page, at, others))?
}

/// The names of a line of its own with nothing else on it, where the next line is a date and nothing
/// else. What is linked, or stands elsewhere on the page as a link, is a section's name.
fn names_above_date(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Option<Vec<String>> {
    if !may_be_names(page, at) {
        return None;
    }
    let block = block_of(page, at)?;
    let text = page.nodes[at].text.trim();
    let next = (page.nodes[block].end..page.nodes.len())
        .take(BELOW)
        .find(|node| !page.nodes[*node].text.trim().is_empty())?;
    let inside = page.nodes[next].parent;
    let below = match page.nodes[inside].tag {
        Tag::Time => page.line(inside),
        _ => page.line(block_of(page, next)?),
    };
    if below.len() > LONGEST || page.line(block) != normal(text) {
        return None;
    }
    let found = dates::find(&below)?;
    let rest = folded(&below[..found.range.start]).len() + folded(&below[found.range.end..]).len();
    if rest > 0 || is_linked(page, text) {
        return None;
    }
    only_names(page, at, others)
}

/// Whether the page has a link of this text: a section has, as a rule.
pub(crate) fn is_linked(page: &Page<'_>, text: &str) -> bool {
    page.with_tag(Tag::A).any(|link| {
        page.nodes[link..page.nodes[link].end]
            .iter()
            .any(|node| node.text.trim() == text)
    })
}

/// The block that a text stands in, unless that is a heading, an item, or of a figure.
fn block_of(page: &Page<'_>, at: NodeIndex) -> Option<NodeIndex> {
    let block = page
        .upward(at)
        .skip(1)
        .find(|node| page.nodes[*node].tag.is_block())?;
    let tag = page.nodes[block].tag;
    let other = tag.heading().is_some()
        || matches!(
            tag,
            Tag::Figure | Tag::Figcaption | Tag::Li | Tag::Td | Tag::Th
        );
    (!other).then_some(block)
}

/// Whether a text has the length and the ends of a line of names.
fn may_be_names(page: &Page<'_>, at: NodeIndex) -> bool {
    let text = page.nodes[at].text.trim();
    (5..=LONGEST).contains(&text.len())
        && !text.ends_with(['.', '!', '?', ':', '…'])
        && !text.starts_with(['—', '―'])
        && !text.contains(|c: char| c.is_ascii_digit())
}

/// The names of a text that holds nothing else, each of two to four words. Under a quotation the name
/// is that of who is quoted.
fn only_names(page: &Page<'_>, at: NodeIndex, others: &[&str]) -> Option<Vec<String>> {
    let text = page.nodes[at].text.trim();
    let quoted = |at: NodeIndex| page.nodes[at].tag == Tag::Blockquote;
    if !may_be_names(page, at) || page.upward(at).any(quoted) {
        return None;
    }
    let names = people(text, others);
    let letters: String = names.iter().map(|name| folded(name)).collect();
    // Of one word only where the brackets of a byline are around it: `【山田太郎】`.
    let signed = text.starts_with('【') && text.ends_with('】');
    let words = |name: &String| signed || (2..=4).contains(&name.split(' ').count());
    let key = folded(text);
    let whole = letters == key || NAMING.is_followed(text) && key.starts_with(&letters);
    let alone = !names.is_empty() && names.iter().all(words) && whole;
    (alone && !is_of_teaser(page, at)).then_some(names)
}

//! The day of publication that readers see: `time` elements, date lines and datelines near the
//! headline, weighed against the day in the address (M4).

use std::ops::Range;

use url::Url;

use super::addresses::of_address;
use super::boxes::is_of_reader;
use super::bylines;
use super::completed::yearless;
use super::dates::{self, Reading, Stated};
use super::months::{is_weekday, unglued};
use super::naming::NAMING;
use super::teasers::is_of_teaser;
use crate::extract::document::characters::normal;
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::stated::StatedTime;

/// What readers see, and what the address says: it has no time, and is right about the day.
pub(crate) fn shown(
    page: &Page<'_>,
    reading: Reading<'_>,
    url: Option<&Url>,
    near: &Range<NodeIndex>,
) -> Option<StatedTime> {
    let seen = of_time(page, reading, near)
        .or_else(|| of_words(page, reading, near))
        .or_else(|| labelled(page, reading, 0..near.start))
        .or_else(|| labelled(page, reading, near.end..page.nodes.len()))
        .or_else(|| below(page, reading, near))
        .or_else(|| closing(page, reading, near));
    let Some(addressed) = url.and_then(of_address) else {
        return seen;
    };
    let day = addressed.day();
    // A day may end between the writer's zone and the reader's, which only a clock tells.
    let fits = |time: &StatedTime| match time {
        StatedTime::Day(shown) => *shown == day,
        StatedTime::Local(_) | StatedTime::Exact { .. } => {
            let shown = Some(time.day());
            shown == Some(day) || day.tomorrow().ok() == shown || day.yesterday().ok() == shown
        }
    };
    // A date without a year is the address's where its day is; one with a year may be a reader's.
    let top = bylines::top(page, near);
    yearless(page, reading, &top, day)
        .or(seen.filter(fits))
        .or(Some(addressed))
}

/// The machine's value of an element, else its words.
pub(crate) fn value_of(
    page: &Page<'_>,
    node: NodeIndex,
    reading: Reading<'_>,
) -> Option<StatedTime> {
    ["datetime", "content", "title", "data-datetime"]
        .iter()
        .filter_map(|name| page.attribute(node, name))
        .find_map(|text| reading.parse(text))
        .or_else(|| reading.parse(&unglued(&page.line(node))))
        .or_else(|| {
            // Elements within a line may stand without a space between them.
            let pieces = page.nodes[node..page.nodes[node].end].iter();
            let pieces: Vec<&str> = pieces.map(|node| node.text.trim()).collect();
            reading.parse(&normal(&pieces.join(" ")))
        })
}

/// The first `time` near the headline that is not an update.
fn of_time(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    near.clone()
        .filter(|node| page.nodes[*node].tag == Tag::Time)
        .filter(|node| !names_update(page, *node) && !is_of_teaser(page, *node))
        .filter(|node| !is_of_reader(page, *node))
        .find_map(|node| value_of(page, node, reading))
}

/// The day below the text in the same `article`: some systems put all that they say of it there.
fn below(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    let last = near.end.checked_sub(1)?;
    let article = page
        .upward(last)
        .find(|node| page.nodes[*node].tag == Tag::Article)?;
    let range = near.end..page.nodes[article].end.min(near.end + BELOW);
    range
        .filter(|node| page.nodes[*node].tag == Tag::Time || rank_of(page, *node).is_some())
        .filter(|node| !is_of_reader(page, *node) && !names_update(page, *node))
        .filter(|node| page.line(*node).len() <= LONGEST && !is_of_teaser(page, *node))
        .find_map(|node| match page.nodes[node].tag {
            Tag::Time => value_of(page, node, reading),
            _ => Some(reading.find(&page.line(node))?.stated.resolve(reading.zone)),
        })
}

/// The day just below the text: in the only element that a class names after publication, or with a clock
/// beside it in a line of its own: `Port News, 15.4.2024, 10:05 Uhr`.
fn closing(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    /// Nodes below the article in which the line may stand, and its bytes at most.
    const LINE: (usize, usize) = (40, 80);
    let range = || near.end..(near.end + BELOW).min(page.nodes.len());
    let own = |node: &NodeIndex| {
        let linked = page
            .upward(*node)
            .take(4)
            .any(|node| page.nodes[node].tag == Tag::A);
        !linked
            && !names_update(page, *node)
            && !is_of_reader(page, *node)
            && !is_of_teaser(page, *node)
    };
    let read = |text: &str| {
        let found = (6..=LINE.1)
            .contains(&text.len())
            .then(|| reading.find(text))??;
        let before = &text[..found.range.start];
        (!names_change(before) && !is_of_visit(before)).then_some(found.stated)
    };
    let named = |node: &NodeIndex| rank_of(page, *node) == Some(Rank::Published);
    let mut days = range()
        .filter(named)
        .filter_map(|node| Some((node, read(&page.line(node))?)));
    let only = days.next().filter(|_| days.next().is_none());
    let texts = range().filter(|node| {
        let node = &page.nodes[*node];
        !node.text.trim().is_empty() && !page.nodes[node.parent].tag.is_wordless()
    });
    let clocked = |node: NodeIndex| {
        let text = page.nodes[node].text.trim();
        let stated = (!text.contains('©')).then(|| read(text))??;
        (!matches!(stated, Stated::Day(_))).then_some((node, stated))
    };
    // What readers write has its clock, too, behind their names and more than once.
    let opens = |node: NodeIndex| {
        let mut around = page.upward(node).skip(1);
        let block = around.find(|node| page.nodes[*node].tag.is_block());
        block.is_some_and(|block| page.line(block).starts_with(page.nodes[node].text.trim()))
    };
    let mut clocks = texts.filter_map(clocked);
    let first = clocks.next().filter(|_| clocks.next().is_none());
    let line = || first.filter(|(node, _)| *node < near.end + LINE.0 && opens(*node) && own(node));
    let (_, stated) = only.filter(|(node, _)| own(node)).or_else(line)?;
    Some(stated.resolve(reading.zone))
}

/// Whether an element says by its class, or by the words before it, that it is the time of a change.
pub(crate) fn names_update(page: &Page<'_>, node: NodeIndex) -> bool {
    let classed = page
        .attribute(node, "class")
        .into_iter()
        .chain(page.attribute(node, "itemprop"))
        .flat_map(furniture::words)
        .any(|word| matches!(word.as_str(), "updated" | "modified" | "update" | "lastmod"));
    classed || label_before(page, node).is_some_and(|label| opens_with(label, &NAMING.updated))
}

/// The short text before a node, which may say what date it is: `Updated on`.
fn label_before<'p>(page: &Page<'p>, node: NodeIndex) -> Option<&'p str> {
    let before = page.nodes[node.saturating_sub(LABEL)..node].iter().rev();
    let text = before
        .map(|node| node.text.trim())
        .find(|text| !text.is_empty())?;
    let undated = !text.chars().any(|c| c.is_ascii_digit());
    (text.len() <= LABELLED && undated).then_some(text)
}

/// Whether a text opens with one of these words.
pub(crate) fn opens_with(text: &str, words: &[String]) -> bool {
    let text = text.trim_start();
    let head = text[..text.floor_char_boundary(60)].to_lowercase();
    words.iter().any(|word| {
        head.strip_prefix(word.as_str())
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// Longest line that is looked at for a date: a date line, not a sentence.
pub(crate) const LONGEST: usize = 160;
/// Nodes between the date of a change and that of publication.
const BESIDE: usize = 20;
/// Nodes between a date and the words before it that say which it is, and bytes of these words.
const LABEL: usize = 6;
const LABELLED: usize = 40;
/// Nodes below the text in which the day may stand.
pub(crate) const BELOW: usize = 200;

/// A date in words near the headline: in an element whose class names a date of publication, then any
/// date, then in any short line; the date of a change only where there is no other.
fn of_words(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    let mut changed = None;
    let mut dated = None;
    let mut prose = false;
    for node in near.clone() {
        let inner = &page.nodes[node];
        prose |= inner.text.len() > LONGEST && page.nodes[inner.parent].tag == Tag::P;
        let Some(rank) = rank_of(page, node) else {
            continue;
        };
        let line = page.line(node);
        if line.len() > LONGEST {
            continue;
        }
        let Some(found) = reading.find(&unglued(&line)) else {
            continue;
        };
        if is_of_teaser(page, node) {
            continue;
        }
        let label = label_before(page, node).unwrap_or_default();
        let own = line.get(..found.range.start).unwrap_or_default();
        if is_of_visit(own) {
            continue;
        }
        if names_change(own) || opens_with(label, &NAMING.updated) {
            if let Some(published) = published_within(&line, reading) {
                return Some(published.resolve(reading.zone));
            }
            changed.get_or_insert(found);
        } else if rank == Rank::Published && (dated.is_none() || !prose) {
            return Some(found.stated.resolve(reading.zone));
        } else {
            dated.get_or_insert(found);
        }
    }
    let line_at = |at: NodeIndex| {
        let node = &page.nodes[at];
        let line = node.text.trim();
        let inside = page.nodes[node.parent].tag;
        let shown = !inside.is_wordless() && inside != Tag::Title;
        if !shown || line.len() < 6 || line.contains('©') {
            return None;
        }
        if line.len() > LONGEST {
            return Some((dateline(line, reading)?, false));
        }
        let caption = |at: NodeIndex| matches!(page.nodes[at].tag, Tag::Figure | Tag::Figcaption);
        if page.upward(at).skip(1).take(4).any(caption) {
            return None;
        }
        let line = unglued(line);
        let found = reading.find(&line)?;
        let label = label_before(page, at).unwrap_or_default();
        let own = &line[..found.range.start];
        if is_of_visit(own) {
            return None;
        }
        let change = opens_with(label, &NAMING.updated) || names_change(own);
        if is_of_teaser(page, at) {
            return None;
        }
        let published = change.then(|| published_within(&line, reading)).flatten();
        Some(match published {
            Some(stated) => (
                dates::Found {
                    stated,
                    range: found.range,
                },
                false,
            ),
            None => (found, change),
        })
    };
    let in_lines = || {
        let mut body = bylines::body(page, near);
        let (at, (found, change)) = body.find_map(|node| Some((node, line_at(node)?)))?;
        // The day of publication stands beside that of the change; a later one is of something else.
        let beside = (at + 1..(at + BESIDE).min(near.end)).filter_map(line_at);
        let published = change.then(|| beside.into_iter().find(|(_, change)| !change));
        Some(
            published
                .flatten()
                .map_or(found, |(published, _)| published),
        )
    };
    if dated.is_none()
        && changed.is_some()
        && let Some(published) = labelled(page, reading, near.clone())
    {
        return Some(published);
    }
    let found = dated.or(changed).or_else(in_lines)?;
    Some(found.stated.resolve(reading.zone))
}

/// Whether the words before a date on its line say that it is that of a change: a word for one stands
/// behind all words for publication.
pub(crate) fn names_change(before: &str) -> bool {
    let lower = before.to_lowercase();
    let last = |words: &[String]| {
        let found = words.iter().filter_map(|word| {
            let at = lower.rfind(word.as_str())?;
            let begins = lower[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphabetic());
            begins.then_some(at + word.len())
        });
        found.max()
    };
    last(&NAMING.updated)
        .is_some_and(|updated| last(&NAMING.published).is_none_or(|published| published < updated))
}

/// Whether the words before a date on its line say that it is the day of the visit, or that since which
/// visitors are counted.
fn is_of_visit(before: &str) -> bool {
    let lower = before.trim_end().to_lowercase();
    // A weekday may stand between: `Oggi è domenica 22 novembre`.
    let lower = lower.trim_end_matches([',', ':', ' ']);
    let told = |text: &str| {
        NAMING.visit.iter().any(|word| {
            text.strip_suffix(word.as_str())
                .is_some_and(|rest| !rest.ends_with(char::is_alphabetic))
        })
    };
    let without_day = lower
        .rsplit_once(' ')
        .map(|(rest, day)| (rest.trim_end_matches(','), day));
    told(lower) || without_day.is_some_and(|(rest, day)| is_weekday(day) && told(rest))
}

/// The date of publication behind that of a change on one line: `Updated: … | Published: …`.
fn published_within(line: &str, reading: Reading<'_>) -> Option<dates::Stated> {
    let lower = line.to_lowercase();
    // Where small letters have another length, the line is read in them.
    let line = if lower.len() == line.len() {
        line
    } else {
        &lower
    };
    NAMING.published.iter().find_map(|word| {
        let at = lower.find(word.as_str()).filter(|at| *at > 0)?;
        let before = lower[..at].chars().next_back()?;
        let rest = line.get(at + word.len()..)?;
        (!before.is_alphanumeric()).then(|| reading.find(rest).map(|found| found.stated))?
    })
}

/// The day that opens a paragraph, as in what agencies and offices send out: behind a place at most,
/// and parted from the text by a sign (`Berlin, 1. Februar 2022 – The …`).
fn dateline(line: &str, reading: Reading<'_>) -> Option<dates::Found> {
    /// Bytes of a dateline at most, words of the place at most.
    const LIMITS: (usize, usize) = (100, 4);
    let head = &line[..line.floor_char_boundary(LIMITS.0)];
    let found = reading.find(head)?;
    let place = &head[..found.range.start];
    let named = place
        .split([' ', ',', '(', ')', '/', '-', '.', '–', '\u{a0}'])
        .filter(|word| !word.is_empty());
    let is_place = named.clone().count() <= LIMITS.1
        && named
            .clone()
            .all(|word| word.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
    // "On 3 May 2024 – …": a place has a sign behind it.
    let apart =
        place.trim().is_empty() || place.trim_end().ends_with([',', '(', '/', '-', '–', ':']);
    let behind = head[found.range.end..].trim_start();
    let sign = ['-', '–', '—', ':', ')', '/', '|', '„', '“', '"', '«', '.'];
    (is_place && apart && behind.starts_with(sign)).then_some(found)
}

/// What the class of an element says of the date in it.
#[derive(PartialEq)]
enum Rank {
    Published,
    Dated,
}

fn rank_of(page: &Page<'_>, node: NodeIndex) -> Option<Rank> {
    let names = ["class", "id"];
    let names = names.iter().filter_map(|name| {
        let value = page.attribute(node, name)?;
        // An identifier is asked of its words only where it can hold one of them.
        (*name == "class" || value.contains("dat") || value.contains("ubli")).then_some(value)
    });
    let mut rank = None;
    let (mut date, mut of_post) = (false, false);
    let words = names.flat_map(str::split_ascii_whitespace);
    for word in words.flat_map(furniture::words) {
        match word.as_str() {
            "published" | "pubdate" | "postdate" | "publishdate" | "datepublished"
            | "publication" => {
                return Some(Rank::Published);
            }
            "date" | "datum" | "fecha" | "data" => {
                date = true;
                rank = Some(Rank::Dated);
            }
            "post" | "entry" | "publish" | "posted" => of_post = true,
            "time" | "datetime" | "timestamp" | "dateline" | "meta" | "byline" | "created"
            | "tarih" | "zeit" => rank = Some(Rank::Dated),
            _ => {}
        }
    }
    if date && of_post {
        return Some(Rank::Published);
    }
    rank.or_else(|| of_post.then_some(Rank::Dated))
}

/// A date elsewhere on the page, behind words that say it is the one of publication.
fn labelled(page: &Page<'_>, reading: Reading<'_>, range: Range<NodeIndex>) -> Option<StatedTime> {
    range.into_iter().find_map(|at| {
        let node = &page.nodes[at];
        let opens = !page.nodes[node.parent].tag.is_wordless()
            && !node.text.trim().is_empty()
            && opens_with(node.text, &NAMING.published);
        if !opens {
            return None;
        }
        let own = node.text.trim();
        let line = [
            own.to_owned(),
            page.line(node.parent),
            page.line(page.nodes[node.parent].parent),
        ];
        line.iter()
            .filter(|line| line.len() <= LONGEST)
            .find_map(|line| reading.find(&unglued(line)))
            .map(|found| found.stated.resolve(reading.zone))
    })
}

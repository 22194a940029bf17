//! The time of a day that is stated without one, where the page gives it elsewhere.

use std::ops::Range;

use jiff::civil::{Date, Time};

use super::boxes::is_of_reader;
use super::bylines;
use super::datelines::{BELOW, LONGEST, names_change, names_update};
use super::dates::Reading;
use super::months::month;
use super::names::opens_byline;
use super::naming::NAMING;
use super::teasers::is_of_teaser;
use crate::extract::document::page::{NodeIndex, Page};
use crate::model::stated::StatedTime;

/// The time of the day of publication, where the page gives it elsewhere than the day: in an element that
/// shows the clock alone, or at the end of the text behind words for publication or an author's.
pub(crate) fn time_of(
    page: &Page<'_>,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    day: Date,
) -> Option<StatedTime> {
    /// Bytes of a line that is not labelled, which stands above the text.
    const DATELINE: usize = 80;
    let top = bylines::top(page, near);
    let timed = |node: NodeIndex| {
        let mut named = ["datetime", "title"]
            .iter()
            .filter_map(|name| page.attribute(node, name))
            .filter(|value| (16..=40).contains(&value.len()));
        if let Some(time) = named.find_map(|value| reading.parse(value)) {
            return Some(time);
        }
        let text = page.nodes[node].text.trim();
        let found = (10..=LONGEST)
            .contains(&text.len())
            .then(|| reading.find(text))??;
        let before = text[..found.range.start].to_lowercase();
        let labelled = NAMING
            .published
            .iter()
            .any(|word| before.contains(word.as_str()));
        let short = top.contains(&node) && text.len() <= DATELINE && !text.ends_with('.');
        let own = (labelled || short || opens_byline(text)) && !names_change(&before);
        own.then(|| found.stated.resolve(reading.zone))
    };
    let exact = |time: &StatedTime| match *time {
        StatedTime::Day(_) => false,
        // Midnight is what systems write that know the day alone.
        StatedTime::Local(time) => time.time() != Time::midnight(),
        StatedTime::Exact { at, offset } => offset.to_datetime(at).time() != Time::midnight(),
    };
    (near.start..(near.end + BELOW).min(page.nodes.len()))
        .filter(|node| !page.nodes[page.nodes[*node].parent].tag.is_wordless())
        .filter_map(|node| Some((node, timed(node)?)))
        .filter(|(_, time)| time.day() == day && exact(time))
        .find(|(node, _)| !names_update(page, *node) && !is_of_reader(page, *node))
        .map(|(_, time)| time)
}

/// A time beside the given day, written without its year: `18 April, 10:45`.
pub(crate) fn yearless(
    page: &Page<'_>,
    reading: Reading<'_>,
    top: &Range<NodeIndex>,
    day: Date,
) -> Option<StatedTime> {
    /// Bytes of such a line at most.
    const LONGEST: usize = 60;
    top.clone()
        .filter(|node| (8..=LONGEST).contains(&page.nodes[*node].text.len()))
        .filter(|node| !page.nodes[page.nodes[*node].parent].tag.is_wordless())
        .find_map(|node| {
            let text = page.nodes[node].text;
            let name = text
                .split(|c: char| !c.is_alphabetic())
                .find(|word| month(word) == Some(i16::from(day.month())))?;
            let end = text.find(name)? + name.len();
            // `June 18, 10:45` has its year behind the day.
            let behind = text[end..].trim_start();
            let digits = behind
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(behind.len());
            let end = if digits > 0 && !behind[digits..].starts_with(':') {
                text.len() - behind.len() + digits
            } else {
                end
            };
            let year = day.year();
            let whole = format!("{} {year} {}", &text[..end], &text[end..]);
            let time = reading.find(&whole)?.stated.resolve(reading.zone);
            let exact = time.day() == day && !matches!(time, StatedTime::Day(_));
            (exact && !is_of_teaser(page, node) && !names_update(page, node)).then_some(time)
        })
}

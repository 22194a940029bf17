//! The zone of a page's own clock, where it states its time in UTC: many systems do, and show readers
//! the same minute by the clock of the place. The day that readers see is the article's. Where it states a
//! clock without a zone, another statement of the same clock has it.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::datelines::{LONGEST, names_change};
use super::dates::{Reading, Stated};
use super::months::unglued;
use crate::extract::document::characters::normal;
use crate::extract::document::head::Head;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::stated::StatedTime;

/// Elements from the headline that are looked at for a clock.
const NEAR: usize = 600;
/// Places in scripts that are compared at most.
const MAX_VALUES: usize = 40;
/// Minutes of the westernmost and the easternmost zone from UTC in which news is written: a clock of twelve
/// hours that does not say which half it is would make another.
const ENDS: (i64, i64) = (-11 * 60, 14 * 60);
/// Minutes from UTC of the zones whose hours begin within its own.
const WITHIN: [i64; 10] = [-210, -150, 210, 270, 330, 345, 390, 570, 630, 765];

/// The instant as the page's own clock shows it: by another statement of the same minute with an offset,
/// or by the clock beside the headline.
pub(crate) fn in_own_zone(
    page: &Page<'_>,
    head: &Head,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    stated: StatedTime,
) -> StatedTime {
    let at = match stated {
        StatedTime::Exact { at, offset } if offset.seconds() == 0 => at,
        StatedTime::Local(clock) => {
            return of_clock(page, head, reading, near, clock).unwrap_or(stated);
        }
        StatedTime::Exact { .. } | StatedTime::Day(_) => return stated,
    };
    of_elements(page, reading, near, at)
        .or_else(|| of_statements(page, head, reading, at))
        .or_else(|| of_words(page, reading, near, at))
        .unwrap_or(stated)
}

/// The statement elsewhere of the same clock, which has its offset.
fn of_clock(
    page: &Page<'_>,
    head: &Head,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    clock: DateTime,
) -> Option<StatedTime> {
    let minute = clock.strftime("%H:%M").to_string();
    let elements = near
        .clone()
        .filter(|node| page.nodes[*node].tag == Tag::Time);
    let machines = elements.filter_map(|node| page.attribute(node, "datetime"));
    machines
        .chain(head.values())
        .filter(|value| value.len() <= 40 && value.contains(minute.as_str()))
        .filter_map(|value| reading.parse(value))
        .find(|other| match *other {
            // Systems that know no zone write `Z` behind the clock of the place.
            StatedTime::Exact { at, offset } => {
                let other = offset.to_datetime(at);
                offset.seconds() != 0
                    && other.date() == clock.date()
                    && (other.hour(), other.minute()) == (clock.hour(), clock.minute())
            }
            StatedTime::Local(_) | StatedTime::Day(_) => false,
        })
}

/// A statement of the same minute that is not in UTC.
fn same_minute(shown: StatedTime, at: Timestamp) -> Option<StatedTime> {
    let StatedTime::Exact { at: same, offset } = shown else {
        return None;
    };
    let same = same.as_second().abs_diff(at.as_second()) < 60;
    (same && offset.seconds() != 0).then_some(shown)
}

/// By a `time` near the headline.
fn of_elements(
    page: &Page<'_>,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    at: Timestamp,
) -> Option<StatedTime> {
    near.clone()
        .filter(|node| page.nodes[*node].tag == Tag::Time)
        .filter_map(|node| reading.parse(page.attribute(node, "datetime")?))
        .find_map(|shown| same_minute(shown, at))
}

/// By what the page states elsewhere for machines: the same second with an offset.
fn of_statements(
    page: &Page<'_>,
    head: &Head,
    reading: Reading<'_>,
    at: Timestamp,
) -> Option<StatedTime> {
    /// Bytes of `2024-03-05T20`, and of `:30:05.000-05:00`.
    const AROUND: (usize, usize) = (13, 16);
    let time = Offset::UTC.to_datetime(at);
    // Nearly all clocks of the world show the same minutes and seconds.
    let clock = format!(":{:02}:{:02}", time.minute(), time.second());
    let read = |(found, _): (usize, &str), text: &str| {
        let behind = text.get(found + clock.len()..text.floor_char_boundary(found + AROUND.1))?;
        let offset = behind.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        if !offset.starts_with(['+', '-']) {
            return None;
        }
        let ends = |c: char| !(c.is_ascii_digit() || matches!(c, ':' | '+' | '-' | '.'));
        let end = behind.find(ends).unwrap_or(behind.len());
        let value = text.get(found.checked_sub(AROUND.0)?..found + clock.len() + end)?;
        same_minute(reading.parse(value)?, at)
    };
    let within = |text: &str| {
        let mut places = text.match_indices(clock.as_str()).take(MAX_VALUES);
        places.find_map(|place| read(place, text))
    };
    head.values().find_map(within).or_else(|| {
        let scripts = page.with_tag(Tag::Script);
        let mut texts = scripts.flat_map(|script| &page.nodes[script + 1..page.nodes[script].end]);
        texts.find_map(|node| within(node.text))
    })
}

/// By the clock in a line near the headline: of the same minute, as many hours from UTC as a zone is.
fn of_words(
    page: &Page<'_>,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    at: Timestamp,
) -> Option<StatedTime> {
    let minute = i64::from(Offset::UTC.to_datetime(at).minute());
    let minutes = [0, 30, 45].map(|more| format!("{:02}", (minute + more) % 60));
    let may_show = |node: &NodeIndex| {
        let text = page.nodes[*node].text;
        (3..=LONGEST).contains(&text.len()) && minutes.iter().any(|shown| text.contains(shown))
    };
    let shown = |line: &str| {
        let line = unglued(line);
        let found = reading.find(&line)?;
        let Stated::Local(shown) = found.stated else {
            return None;
        };
        (!names_change(&line[..found.range.start])).then(|| offset_between(shown, at))?
    };
    let range = near.start..near.end.min(near.start + NEAR);
    let offset = range.filter(may_show).find_map(|node| {
        // Day and clock may stand in elements of their own, without a space between.
        let line = |around: NodeIndex| {
            let inner = page.nodes[around..page.nodes[around].end].iter();
            let pieces: Vec<&str> = inner.map(|node| node.text.trim()).collect();
            normal(&pieces.join(" "))
        };
        let mut lines = page.upward(node).skip(1).take(2).map(line);
        lines.find_map(|line| (line.len() <= LONGEST).then(|| shown(&line))?)
    })?;
    Some(StatedTime::exact(at, offset))
}

/// The offset of a clock that shows `shown` at an instant, where a zone may have it.
fn offset_between(shown: DateTime, at: Timestamp) -> Option<Offset> {
    let shown = Offset::UTC.to_timestamp(shown).ok()?;
    let minutes = shown.as_second().div_euclid(60) - at.as_second().div_euclid(60);
    let zone = minutes % 60 == 0 || WITHIN.contains(&minutes);
    if !zone || !(ENDS.0..=ENDS.1).contains(&minutes) {
        return None;
    }
    Offset::from_seconds(i32::try_from(minutes * 60).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::facts::order::Order;

    #[test]
    fn a_clock_takes_the_zone_of_another_statement() {
        let reading = Reading {
            zone: None,
            order: Order::DayFirst,
        };
        let stated = StatedTime::parse("2024-03-05T20:30:05").unwrap();
        for (value, expected) in [
            ("2024-03-05T20:30:00-05:00", "2024-03-05T20:30:00-05:00"),
            ("2024-03-05T20:30:00Z", "2024-03-05T20:30:05"),
            ("2024-03-05T20:31:00-05:00", "2024-03-05T20:30:05"),
            ("2024-03-04T20:30:00-05:00", "2024-03-05T20:30:05"),
        ] {
            let html = crate::extract::tree(&format!("<meta name=issued content={value}>"));
            let page = Page::new(&html);
            let head = Head::read(&page, None);
            let shown = in_own_zone(&page, &head, reading, &(0..page.nodes.len()), stated);
            assert_eq!(shown.to_string(), expected, "{value}");
        }
    }

    #[test]
    fn the_page_shows_its_zone() {
        let reading = Reading {
            zone: None,
            order: Order::DayFirst,
        };
        let stated = StatedTime::parse("2024-03-06T01:30:05Z").unwrap();
        for (page, expected) in [
            (
                "<time datetime=2024-03-05T20:30:00-05:00>8:30 p.m.</time>",
                "2024-03-05T20:30:00-05:00",
            ),
            (
                "<script>page = {\"date\":\"2024-03-05T20:30:05-05:00\"}</script>",
                "2024-03-05T20:30:05-05:00",
            ),
            (
                "<meta name=issued content=2024-03-05T20:30:05.000-0500>",
                "2024-03-05T20:30:05-05:00",
            ),
            (
                "<p>March 5, 2024 at 8:30 PM</p>",
                "2024-03-05T20:30:05-05:00",
            ),
            (
                "<div><span>5 March 2024</span><span>20:30</span></div>",
                "2024-03-05T20:30:05-05:00",
            ),
            ("<p>6 March 2024, 07:00</p>", "2024-03-06T07:00:05+05:30"),
            // Another minute, another day, UTC itself, and the clock of a change.
            ("<p>5 March 2024, 20:31</p>", "2024-03-06T01:30:05Z"),
            ("<p>3 March 2024, 20:30</p>", "2024-03-06T01:30:05Z"),
            (
                "<p>6 March 2024, 01:30</p><p>6 March 2024, 03:30</p>",
                "2024-03-06T01:30:05Z",
            ),
            (
                "<p>Updated: 6 March 2024, 03:30</p>",
                "2024-03-06T01:30:05Z",
            ),
            (
                "<script>{\"date\":\"2024-03-05T20:31:05-05:00\",\"a\":\"2024-03-06T01:30:05Z\"}</script>",
                "2024-03-06T01:30:05Z",
            ),
        ] {
            let html = crate::extract::tree(page);
            let page_of = Page::new(&html);
            let head = Head::read(&page_of, None);
            let near = 0..page_of.nodes.len();
            let shown = in_own_zone(&page_of, &head, reading, &near, stated);
            assert_eq!(shown.to_string(), expected, "{page}");
        }
    }
}

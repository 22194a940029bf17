//! The date that stands in the block of an article link.
//!
//! A block is the largest element around a link that holds no other article's link. Pages state its date in a
//! `time` element, in an attribute, in an element that is called a date, or as a mere time of day under a date
//! that stands once above the list.

use std::collections::HashMap;

use ego_tree::NodeId;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use scraper::{ElementRef, Html};

use super::Link;
use crate::feed::dates;
use crate::feed::text::one_line;
use crate::model::stated::StatedTime;

/// How far up a block may reach.
const LEVELS_MAX: usize = 7;

/// How many elements of a block are looked at.
const ELEMENTS_MAX: usize = 300;

/// Finds the dates of a page's article links.
pub(super) struct Dates<'z> {
    /// The article that a linking element links to, by its place in the list.
    articles: HashMap<NodeId, usize>,
    /// The day that holds at each linking element: the latest that stood alone before it.
    days: HashMap<NodeId, Date>,
    zone: Option<&'z TimeZone>,
    next: usize,
}

impl<'z> Dates<'z> {
    pub(super) fn of(document: &Html, found: &[Link<'_>], zone: Option<&'z TimeZone>) -> Self {
        let mut articles = HashMap::new();
        for (number, link) in found.iter().enumerate() {
            articles.extend(link.places.iter().map(|place| (place.id(), number)));
        }
        let mut days = HashMap::new();
        let mut today = None;
        for node in document.tree.root().descendants() {
            if let Some(text) = node.value().as_text() {
                if let Some(day) = lone_day(text) {
                    today = Some(day);
                }
            } else if let (Some(today), true) = (today, articles.contains_key(&node.id())) {
                days.insert(node.id(), today);
            }
        }
        Self {
            articles,
            days,
            zone,
            next: 0,
        }
    }

    /// The date of the next link; links come in the order given to [`Dates::of`].
    pub(super) fn of_link(&mut self, link: &Link<'_>) -> Option<StatedTime> {
        let number = self.next;
        self.next += 1;
        link.places
            .iter()
            .find_map(|place| self.of_place(*place, number))
    }

    fn of_place(&self, place: ElementRef<'_>, number: usize) -> Option<StatedTime> {
        let mut block = place;
        let above = place
            .ancestors()
            .take(LEVELS_MAX)
            .filter_map(ElementRef::wrap);
        for above in above {
            if matches!(above.value().name(), "body" | "main" | "html")
                || self.holds_others(above, number)
            {
                break;
            }
            block = above;
        }
        let elements = || {
            block
                .descendants()
                .filter_map(ElementRef::wrap)
                .take(ELEMENTS_MAX)
        };
        elements()
            .find_map(|element| self.stated(element))
            .or_else(|| elements().find_map(|element| self.called_date(element)))
            .or_else(|| {
                let day = *self.days.get(&place.id())?;
                let time = elements().find_map(|element| lone_time(&own_text(element)))?;
                Some(StatedTime::local(day.to_datetime(time), self.zone))
            })
    }

    /// Whether another article is linked within `element`.
    fn holds_others(&self, element: ElementRef<'_>, number: usize) -> bool {
        let mut links = element.descendants().take(4 * ELEMENTS_MAX);
        links.any(|node| {
            self.articles
                .get(&node.id())
                .is_some_and(|found| *found != number)
        })
    }

    /// A date in an attribute.
    fn stated(&self, element: ElementRef<'_>) -> Option<StatedTime> {
        let value = element.value();
        if let Some(time) = element
            .attr("datetime")
            .and_then(|text| dates::parse(text, self.zone))
        {
            return Some(time);
        }
        let data = value.attrs().filter(|(name, text)| {
            (name.starts_with("data-") || *name == "content")
                && text.len() >= 16
                && text.as_bytes()[10] == b'T'
        });
        data.into_iter()
            .find_map(|(_, text)| dates::parse(text, self.zone))
    }

    /// A date as text, in an element that is one.
    fn called_date(&self, element: ElementRef<'_>) -> Option<StatedTime> {
        let class = element.attr("class").unwrap_or("").to_ascii_lowercase();
        let is_date = element.value().name() == "time"
            || ["date", "time", "publish", "posted", "meta"]
                .iter()
                .any(|word| class.contains(word));
        if !is_date {
            return None;
        }
        let text = one_line(&element.text().take(40).collect::<String>());
        dates::parse(&text, self.zone)
    }
}

fn own_text(element: ElementRef<'_>) -> String {
    let children = element
        .children()
        .filter_map(|child| child.value().as_text().map(|text| &**text));
    one_line(&children.take(8).collect::<String>())
}

/// The day that a text consists of.
fn lone_day(text: &str) -> Option<Date> {
    let text = text.trim();
    if !(6..=48).contains(&text.len()) || !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match dates::parse(text, None)? {
        StatedTime::Day(day) => Some(day),
        StatedTime::Exact { .. } | StatedTime::Local(_) => None,
    }
}

/// The time of day that a text consists of: `9:05`, `20:35`.
fn lone_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

//! Values out of what stands in elements: headlines, bodies, periods, and what cannot be part of a value.

use std::borrow::Cow;
use std::time::Duration;

use jiff::civil::Weekday;

use crate::feed::capture::{Captured, Inside, unwrap_xhtml};
use crate::feed::names::Element;
use crate::feed::tag::Tag;
use crate::feed::text::{TextType, looks_like_html, one_line, plain, unbase64};
use crate::model::bound::at_most;

/// Longest title, name or category; what is longer is no headline but a mistake, and is cut.
const LINE_MAX: usize = 4096;

/// Whether a start tag met inside a value can belong to it.
pub(super) fn judge(value: Element, inside: Element, tag: &Tag<'_>) -> Inside {
    use Element::{
        Category, Channel, Content, Enclosure, Id, Item, Link, Other, Published, Root, Summary,
        Updated,
    };
    // An address, an identifier or a date holds no markup at all.
    if matches!(
        value,
        Link | Element::OriginalLink | Id(_) | Published(_) | Updated(_)
    ) {
        return Inside::Outside;
    }
    let long = matches!(value, Summary(_) | Content(_));
    let ends = match inside {
        Other | Content(2) | Element::Aside | Element::Name | Element::Email => false,
        // HTML has elements named `link`, `title`, `summary` and `body`.
        Link if long => tag.attributes.is_empty() && !tag.empty,
        Item | Channel | Root | Published(_) | Updated(_) | Enclosure | Category | Id(_) => true,
        _ => !long || tag.name.contains(':'),
    };
    if ends { Inside::Outside } else { Inside::Value }
}

/// A title or name as plain text.
pub(super) fn headline(captured: Captured<'_>) -> String {
    let inline = captured.inline;
    let kind = captured.kind;
    let text = captured.text;
    let line = match kind {
        _ if inline => plain(&text),
        TextType::Html | TextType::Xhtml => plain(&text),
        TextType::Base64 => unbase64(&text).map(|text| plain(&text)).unwrap_or_default(),
        TextType::Unsaid if looks_like_html(&text) => plain(&text),
        TextType::Unsaid | TextType::Plain => one_line(&text),
    };
    cut(line)
}

/// A summary or text as markup or as it stands.
pub(super) fn body(captured: Captured<'_>) -> Option<Cow<'_, str>> {
    match captured.kind {
        TextType::Base64 if !captured.inline => unbase64(&captured.text).map(Cow::Owned),
        TextType::Plain
        | TextType::Html
        | TextType::Unsaid
        | TextType::Xhtml
        | TextType::Base64
            if !captured.inline =>
        {
            Some(captured.text)
        }
        _ => Some(match captured.text {
            Cow::Borrowed(text) => unwrap_xhtml(text),
            Cow::Owned(text) => Cow::Owned(unwrap_xhtml(&text).into_owned()),
        }),
    }
}

/// Whether feed-rs would cut this person's name within a character.
pub(super) fn risky_person(text: &str) -> bool {
    text.contains('@') && !text.is_ascii()
}

pub(super) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

pub(super) fn cut(text: String) -> String {
    at_most(text, LINE_MAX)
}

pub(super) fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

/// The length of a `sy:updatePeriod`.
pub(super) fn period(word: &str) -> Option<Duration> {
    const HOUR: u64 = 3600;
    let seconds = match word.to_ascii_lowercase().as_str() {
        "hourly" => HOUR,
        "daily" => 24 * HOUR,
        "weekly" => 7 * 24 * HOUR,
        "monthly" => 30 * 24 * HOUR,
        "yearly" => 365 * 24 * HOUR,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word.get(..3)?.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

//! What becomes of each element: values of the feed, of an entry, of a person.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::feed::capture::{Captured, End};
use crate::feed::dates;
use crate::feed::draft::{Based, person, rank};
use crate::feed::entities::decode;
use crate::feed::found::Root;
use crate::feed::names::Element;
use crate::feed::reader::{Kind, Reader, short};
use crate::feed::tag::Tag;
use crate::feed::text::{TextType, one_line};
use crate::feed::values::{body, cut, headline, minutes, period, risky_person, trimmed, weekday};
use crate::model::stated::StatedTime;

/// Longest duration text that feed-rs computes without overflow.
const DURATION_MAX: usize = 12;

impl<'a> Reader<'a, '_> {
    /// Takes the value of a start tag at `at`. `false` leaves its inside to be read as elements.
    pub(super) fn field(
        &mut self,
        tag: &Tag<'a>,
        element: Element,
        scope: Kind,
        base: Option<Arc<Url>>,
        at: usize,
    ) -> bool {
        if tag.attributes.len() > DURATION_MAX
            && tag.name.contains(':')
            && tag.attributes.contains("duration=")
        {
            self.found.facts.risky = true;
        }
        match element {
            Element::Name | Element::Email if scope == Kind::Person => {
                let text = one_line(&self.value(tag, element, at).text);
                self.person[usize::from(element == Element::Email)] = cut(text);
                return true;
            }
            Element::Other if tag.name.ends_with("duration") => {
                let text = self.value(tag, element, at).text;
                self.found.facts.risky |= text.len() > DURATION_MAX;
                return true;
            }
            Element::Other | Element::Name | Element::Email => return false,
            Element::Link if tag.attribute("href").is_some() => {
                self.href(tag, scope, base);
                return false;
            }
            Element::Category
                if ["term", "text", "label"]
                    .iter()
                    .any(|name| tag.attribute(name).is_some()) =>
            {
                if let (Kind::Item, Some(draft)) = (scope, &mut self.draft) {
                    let named = ["term", "text", "label"]
                        .iter()
                        .filter_map(|name| tag.attribute(name));
                    let term = named.map(str::trim).find(|term| !term.is_empty());
                    draft.category(&cut(decode(term.unwrap_or("")).into_owned()));
                }
                return false;
            }
            Element::Enclosure | Element::MediaContent => {
                self.media(tag, base);
                return false;
            }
            _ => {}
        }
        if scope == Kind::Person {
            self.leave_person(at);
        }
        let captured = self.value(tag, element, at);
        let is_text = matches!(element, Element::Summary(_) | Element::Content(_));
        if captured.end == End::Cut && !is_text {
            return true; // half an address or title would be another one
        }
        if self.draft.is_some() {
            self.entry_value(tag, element, captured, base, at);
        } else {
            self.feed_value(element, captured, base);
        }
        true
    }

    fn entry_value(
        &mut self,
        tag: &Tag<'a>,
        element: Element,
        captured: Captured<'a>,
        base: Option<Arc<Url>>,
        at: usize,
    ) {
        let time = match element {
            Element::Published(_) | Element::Updated(_) => self.time(&captured.text, at),
            _ => None,
        };
        let is_author = matches!(element, Element::Author(_));
        self.found.facts.risky |= is_author && risky_person(&captured.text);
        let text = |captured: Captured<'a>| body(captured);
        let Some(draft) = &mut self.draft else {
            return;
        };
        match element {
            Element::Title(rank) => {
                let title = headline(captured);
                if !title.is_empty() {
                    draft.title.offer(rank, title);
                }
            }
            Element::Link | Element::OriginalLink => {
                let rank = if element == Element::Link {
                    rank::LINK
                } else {
                    rank::ORIGINAL
                };
                let link = trimmed(captured.text);
                if !link.is_empty() {
                    draft.link.offer(rank, Based { text: link, base });
                }
            }
            Element::Id(rank) => self.identifier(tag, rank, captured, base),
            Element::Summary(rank) => {
                if let Some(text) = text(captured).filter(|text| !text.trim().is_empty()) {
                    let second = rank == 0 && draft.summary.rank() == Some(0);
                    let place = if second {
                        &mut draft.content
                    } else {
                        &mut draft.summary
                    };
                    place.offer(if second { 3 } else { rank }, Based { text, base });
                }
            }
            Element::Content(rank) => {
                if let Some(source) = tag.attribute("src") {
                    let text = decode(source);
                    draft.link.offer(
                        rank::SOURCE,
                        Based {
                            text,
                            base: base.clone(),
                        },
                    );
                }
                if let Some(text) = text(captured).filter(|text| !text.trim().is_empty()) {
                    draft.content.offer(rank, Based { text, base });
                }
            }
            Element::Published(rank) => time
                .into_iter()
                .for_each(|time| draft.published.offer(rank, time)),
            Element::Updated(rank) => time
                .into_iter()
                .for_each(|time| draft.updated.offer(rank, time)),
            Element::Author(rank) => draft.author(rank, person(&cut(captured.text.into_owned()))),
            Element::Category => draft.category(&cut(captured.text.into_owned())),
            Element::Keywords => {
                for word in captured.text.split(',').take(100) {
                    draft.category(word);
                }
            }
            _ => {}
        }
    }

    fn identifier(
        &mut self,
        tag: &Tag<'a>,
        rank: u8,
        captured: Captured<'a>,
        base: Option<Arc<Url>>,
    ) {
        let Some(draft) = &mut self.draft else {
            return;
        };
        let id = trimmed(captured.text);
        if id.is_empty() {
            return;
        }
        draft.id.offer(rank, one_line(&id));
        let is_guid = tag.name.to_ascii_lowercase().ends_with("guid");
        let said = tag
            .attribute("isPermaLink")
            .map(|said| said.trim().to_ascii_lowercase());
        let web = id.starts_with("http://") || id.starts_with("https://");
        let (rank, links) = match (is_guid, said.as_deref()) {
            (true, None | Some("")) => (rank::PERMALINK, web),
            (true, Some("true" | "1" | "yes")) => (rank::PERMALINK, web || id.starts_with('/')),
            (true, Some(_)) => (rank::PERMALINK, false),
            (false, _) => (rank::LAST, web),
        };
        if links {
            draft.link.offer(rank, Based { text: id, base });
        }
    }

    /// A link as an attribute: Atom's `link` (RFC 4287 §4.2.7), CDF's `a`.
    fn href(&mut self, tag: &Tag<'a>, scope: Kind, base: Option<Arc<Url>>) {
        let attribute = |name| {
            tag.attribute(name)
                .map(|value| value.trim().to_ascii_lowercase())
        };
        let relation = attribute("rel").unwrap_or_default();
        let relation = relation.rsplit('/').next().unwrap_or_default();
        let media_type = attribute("type").filter(|media_type| !media_type.is_empty());
        let link = Based {
            text: trimmed(decode(tag.attribute("href").unwrap_or(""))),
            base,
        };
        if link.text.is_empty() {
            return;
        }
        let is_page = media_type
            .as_deref()
            .is_none_or(|found| found.contains("html"));
        // In RSS, where an `atom:link` is a guest, the feed's own `link` goes first.
        let guest = self.found.root == Some(Root::Rss);
        let alternate = if is_page && !guest {
            rank::LINK
        } else {
            rank::ALTERNATE
        };
        match (scope, &mut self.draft) {
            (Kind::Item, Some(draft)) => match relation {
                "" | "alternate" => draft.link.offer(alternate, link),
                "self" => draft.link.offer(rank::LAST, link),
                "enclosure" => {
                    let length = tag
                        .attribute("length")
                        .and_then(|length| length.trim().parse().ok());
                    draft.enclosure(link, media_type, length);
                }
                _ => {}
            },
            (Kind::Feed, _) => match relation {
                "" | "alternate" => self.found.link.offer(alternate, link),
                "self" => self.found.self_url = self.found.self_url.take().or(Some(link)),
                "hub" => self.found.hub = self.found.hub.take().or(Some(link)),
                _ => {}
            },
            _ => {}
        }
    }

    fn media(&mut self, tag: &Tag<'a>, base: Option<Arc<Url>>) {
        let Some(draft) = &mut self.draft else {
            return;
        };
        let named = |names: [&str; 2]| names.into_iter().find_map(|name| tag.attribute(name));
        if let Some(url) = named(["url", "href"]) {
            let media_type = tag.attribute("type").map(|said| one_line(&decode(said)));
            let length =
                named(["length", "fileSize"]).and_then(|length| length.trim().parse().ok());
            let text = trimmed(decode(url));
            draft.enclosure(
                Based { text, base },
                media_type.filter(|said| !said.is_empty()),
                length,
            );
        }
    }

    fn feed_value(&mut self, element: Element, captured: Captured<'a>, base: Option<Arc<Url>>) {
        let found = &mut self.found;
        let word = captured.text.trim().to_owned();
        match element {
            Element::Title(rank) => {
                let title = headline(captured);
                if !title.is_empty() {
                    found.title.offer(rank, title);
                }
            }
            Element::Link if !word.is_empty() => {
                let text = trimmed(captured.text);
                found.link.offer(rank::LINK, Based { text, base });
            }
            Element::Language if !word.is_empty() => found.language.offer(0, cut(word)),
            Element::Author(_) => found.facts.risky |= risky_person(&word),
            Element::Ttl => found.asks.ttl = word.parse().ok().map(minutes),
            Element::SkipHour => {
                if let Some(hour) = word.parse::<u8>().ok().filter(|hour| *hour <= 24) {
                    found.asks.skip_hour(hour % 24);
                }
            }
            Element::SkipDay => {
                if let Some(day) = weekday(&word) {
                    found.asks.skip_day(day);
                }
            }
            Element::UpdatePeriod => found.asks.period = period(&word),
            Element::UpdateFrequency => found.asks.frequency = word.parse().ok(),
            Element::NewUrl => {
                found.new_url = Some(Based {
                    text: Cow::Owned(word),
                    base,
                });
            }
            _ => {}
        }
    }

    /// Takes the person that has just been closed.
    pub(super) fn end_person(&mut self) {
        let [name, mail, loose] = std::mem::take(&mut self.person);
        self.found.facts.risky |= risky_person(&loose) || risky_person(&name);
        let name = if name.is_empty() {
            person(&loose)
        } else {
            name
        };
        let name = cut(if name.is_empty() { mail } else { name });
        match &mut self.draft {
            Some(draft) => draft.author(0, name),
            None if !name.is_empty() && self.found.authors.len() < 20 => {
                self.found.authors.push(name);
            }
            None => {}
        }
    }

    /// A date as a moment, noted if it cannot be understood.
    pub(super) fn time(&mut self, text: &str, at: usize) -> Option<StatedTime> {
        let time = dates::parse(text, self.zone);
        if time.is_none() && !text.trim().is_empty() {
            let note = format!("the date `{}` is not understood", short(text.trim()));
            self.found.notes.remark(self.source, at, &note);
        }
        time
    }

    /// What holds for text whose type is not stated.
    pub(super) fn unsaid(&self) -> TextType {
        match self.found.root {
            Some(Root::Atom) => TextType::Plain,
            Some(Root::Rss) | None => TextType::Unsaid,
        }
    }
}

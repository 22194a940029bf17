//! feed-rs as the strict parser: for healthy markup only, and only within the limits below.
//!
//! Past them version 3.0.0 overflows the stack (700 nested `media:content`), panics (a name beside a mail
//! address with letters beyond ASCII, a duration of twenty digits) or takes gigabytes (nested relative
//! bases, a million elements). The tolerant reading has counted all that before. A parser serves one feed,
//! since one that has met an error may panic on the next; what panics all the same is caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use url::Url;

use crate::feed::found::Facts;
use crate::feed::links as addresses;
use crate::feed::text::{clean, one_line};
use crate::model::entry::{Enclosure, Entry};

/// feed-rs recurses with the nesting; feeds nest about ten deep.
const DEPTH_MAX: usize = 60;

/// feed-rs keeps about half a kilobyte for each element it maps.
const ELEMENTS_MAX: usize = 200_000;

/// Most authors, categories and enclosures that are taken of one entry each.
const LIST_MAX: usize = 100;

/// Each `xml:base` makes addresses longer.
const BASES_MAX: usize = 4;

/// Reads a feed from its root element on. The error says why feed-rs does not; it is no reason to refuse the feed.
pub(super) fn read(
    text: &str,
    facts: &Facts,
    base: Option<&Url>,
) -> Result<Vec<feed_rs::model::Entry>, String> {
    let within = facts.deepest <= DEPTH_MAX
        && facts.elements <= ELEMENTS_MAX
        && facts.bases <= BASES_MAX
        && !facts.risky;
    if !within {
        return Ok(Vec::new());
    }
    let parse = || {
        feed_rs::parser::Builder::new()
            .base_uri(base.map(Url::as_str))
            .timestamp_parser(|_| None) // dates are read with their zone, which feed-rs does not keep
            .id_generator(|_, _, _| String::new()) // an identifier is not made up
            .build()
            .parse(text.as_bytes())
    };
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(feed)) => Ok(feed.entries),
        Ok(Err(error)) => Err(format!(
            "not a valid feed ({error}); read as far as it can be understood"
        )),
        Err(_) => {
            Err("the strict parser failed on it; read as far as it can be understood".to_owned())
        }
    }
}

/// Fills what the tolerant reading left open. Where both have a value the tolerant one stays: it knows zones,
/// permanent links, ranks of elements, and bases.
pub(super) fn fill(entries: &mut [Entry], strict: Vec<feed_rs::model::Entry>) {
    if entries.len() != strict.len() {
        return; // they do not see the same feed
    }
    for (entry, strict) in entries.iter_mut().zip(strict) {
        entry.id = entry.id.take().or_else(|| present(strict.id));
        entry.url = entry.url.take().or_else(|| page(&strict.links));
        entry.title = entry
            .title
            .take()
            .or_else(|| present(one_line(&strict.title?.content)));
        entry.summary = entry
            .summary
            .take()
            .or_else(|| markup(strict.summary?.content));
        entry.content = entry
            .content
            .take()
            .or_else(|| markup(strict.content?.body?));
        if entry.authors.is_empty() {
            let names = strict
                .authors
                .into_iter()
                .filter_map(|person| present(person.name?));
            entry.authors.extend(names.take(LIST_MAX));
        }
        if entry.categories.is_empty() {
            let terms = strict
                .categories
                .into_iter()
                .filter_map(|category| present(category.term));
            entry.categories.extend(terms.take(LIST_MAX));
        }
        if entry.enclosures.is_empty() {
            let media = strict.media.into_iter().flat_map(|media| media.content);
            entry
                .enclosures
                .extend(media.filter_map(enclosure).take(LIST_MAX));
        }
    }
}

fn present(text: String) -> Option<String> {
    let trimmed = text.trim();
    match trimmed.len() {
        0 => None,
        length if length == text.len() => Some(text),
        _ => Some(trimmed.to_owned()),
    }
}

fn markup(body: String) -> Option<String> {
    present(clean(body.into()).into_owned())
}

/// The page of an entry among its links.
fn page(links: &[feed_rs::model::Link]) -> Option<Url> {
    let is_page = |link: &&feed_rs::model::Link| {
        matches!(link.rel.as_deref(), None | Some("alternate")) && link.target.is_none()
    };
    let link = links.iter().find(is_page)?;
    addresses::address(&link.href, None)
}

fn enclosure(content: feed_rs::model::MediaContent) -> Option<Enclosure> {
    Some(Enclosure {
        url: content.url?.into(),
        media_type: content
            .content_type
            .map(|media_type| media_type.to_string()),
        length: content.size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = "<rss version=\"2.0\"><channel><title>F</title><item><title>A</title><link>https://a.example/1</link></item></channel></rss>";

    #[test]
    fn healthy_markup_is_read_and_fills_what_is_open() {
        let strict = read(FEED, &Facts::default(), None).unwrap();
        let mut entries = vec![Entry {
            title: Some("B".to_owned()),
            ..Entry::default()
        }];
        fill(&mut entries, strict);
        assert_eq!(entries[0].title.as_deref(), Some("B"));
        assert_eq!(
            entries[0].url.as_ref().map(Url::as_str),
            Some("https://a.example/1")
        );
        assert_eq!(entries[0].id, None);
    }

    #[test]
    fn what_is_past_the_limits_never_reaches_it() {
        for facts in [
            Facts {
                deepest: DEPTH_MAX + 1,
                ..Facts::default()
            },
            Facts {
                elements: ELEMENTS_MAX + 1,
                ..Facts::default()
            },
            Facts {
                bases: BASES_MAX + 1,
                ..Facts::default()
            },
            Facts {
                risky: true,
                ..Facts::default()
            },
        ] {
            assert!(read(FEED, &facts, None).unwrap().is_empty());
        }
        assert!(read("<rss version=\"2.0\"><channel>", &Facts::default(), None).is_err());
    }
}

//! When it was published and last changed (M4): JSON-LD, meta, `time`, words near the headline, address.

use std::ops::Range;
use url::Url;

use super::addresses::of_address;
use super::dates::{self, Reading};
use super::months::unglued;
use super::naming::NAMING;
use super::scripts;
use crate::extract::document::furniture;
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::JsonLd;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::stated::StatedTime;

/// Publication and change.
#[derive(Default)]
pub(crate) struct Times {
    pub(crate) published: Option<StatedTime>,
    pub(crate) updated: Option<StatedTime>,
}

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "publication-date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "article.published",
    "cxenseparse:recs:publishtime",
    "article:published",
    "originalpublicationdate",
    "last-published",
    "citation_publication_date",
    "citation_date",
    "og:pubdate",
    "datecreated",
    "displaydate",
    "rnews:datepublished",
    "dcterms.issued",
    "pub_date",
    "article_date_original",
    "weibo:article:create_at",
    "published-date",
    "creation_date",
    "created",
    "vr:published_time",
    "analyticsattributes.articledate",
    "published",
    "published_at",
    "publishedat",
    "publish_time",
    "publishtime",
    "date_published",
    "date-published",
    "dc.date.published",
    "article:publish_date",
    "article:date",
    "article_date",
    "mediator_published_time",
    "shareaholic:article_published_time",
    "apub:time",
    "bt:pubdate",
    "dateposted",
    "og:release_date",
];

const UPDATED: &[&str] = &[
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "lastmod",
    "dc.date.modified",
    "dcterms.modified",
    "modified_time",
];

/// Finds both times; `near` is the part of the page from the headline to the end of the text.
pub(crate) fn find(
    page: &Page<'_>,
    head: &Head,
    data: &JsonLd,
    reading: Reading<'_>,
    url: Option<&Url>,
    near: &Range<NodeIndex>,
    headline: Option<&str>,
) -> Times {
    let of_data = |key: &str| data.text(key).and_then(|text| reading.parse(&text));
    let of_meta = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| head.all(name).find_map(|text| reading.parse(text)))
    };
    let of_page = || {
        data.of_page("datePublished")
            .find_map(|value| reading.parse(value.as_str()?))
    };
    let published = of_data("datePublished")
        .or_else(|| of_meta(PUBLISHED).map(|time| in_own_zone(page, reading, near, time)))
        .or_else(|| of_data("dateCreated"))
        .or_else(|| of_page().map(|time| in_own_zone(page, reading, near, time)))
        .or_else(|| of_microdata(page, reading))
        .or_else(|| of_title(head, reading))
        .or_else(|| scripts::published(page, headline, reading))
        .or_else(|| shown(page, reading, url, near));
    let updated = of_data("dateModified")
        .or_else(|| of_meta(UPDATED))
        .filter(|updated| {
            published.is_none_or(|published| updated.instant() > published.instant())
        });
    Times { published, updated }
}

/// What readers see, and what the address says: it has no time, and is right about the day.
fn shown(
    page: &Page<'_>,
    reading: Reading<'_>,
    url: Option<&Url>,
    near: &Range<NodeIndex>,
) -> Option<StatedTime> {
    let seen = of_time(page, reading, near)
        .or_else(|| of_words(page, reading, near))
        .or_else(|| labelled(page, reading, 0..near.start))
        .or_else(|| labelled(page, reading, near.end..page.nodes.len()));
    let Some(addressed) = url.and_then(of_address) else {
        return seen;
    };
    let day = addressed.day();
    // A day may end between the writer's zone and the reader's.
    let fits = |time: &StatedTime| {
        time.day() == day
            || day.tomorrow().ok() == Some(time.day())
            || day.yesterday().ok() == Some(time.day())
    };
    seen.filter(fits).or(Some(addressed))
}

/// The instant as the page's own clock shows it: many systems state it in UTC and show readers the
/// same minute with the offset of the place.
fn in_own_zone(
    page: &Page<'_>,
    reading: Reading<'_>,
    near: &Range<NodeIndex>,
    stated: StatedTime,
) -> StatedTime {
    let StatedTime::Exact { at, offset } = stated else {
        return stated;
    };
    if offset.seconds() != 0 {
        return stated;
    }
    near.clone()
        .filter(|node| page.nodes[*node].tag == Tag::Time)
        .filter_map(|node| reading.parse(page.attribute(node, "datetime")?))
        .find(|shown| match *shown {
            StatedTime::Exact { at: same, offset } => {
                offset.seconds() != 0 && same.as_second().abs_diff(at.as_second()) < 60
            }
            StatedTime::Local(_) | StatedTime::Day(_) => false,
        })
        .unwrap_or(stated)
}

/// A day that stands alone behind the last bar of the title: `Headline | Section | Site | 28.04.2023`.
fn of_title(head: &Head, reading: Reading<'_>) -> Option<StatedTime> {
    let titles = head
        .title
        .as_deref()
        .into_iter()
        .chain(head.get(&["og:title"]));
    titles
        .filter_map(|title| title.rsplit_once(" | "))
        .find_map(|(_, tail)| {
            let found = reading.find(tail)?;
            let whole = found.range.start == 0 && tail[found.range.end..].trim().is_empty();
            whole.then(|| found.stated.resolve(reading.zone))
        })
}

/// `itemprop=datePublished`.
fn of_microdata(page: &Page<'_>, reading: Reading<'_>) -> Option<StatedTime> {
    (0..page.nodes.len()).find_map(|node| {
        let property = page.attribute(node, "itemprop")?;
        let named = property
            .split_ascii_whitespace()
            .any(|name| name.eq_ignore_ascii_case("datePublished"));
        named.then(|| value_of(page, node, reading))?
    })
}

/// The machine's value of an element, else its words.
fn value_of(page: &Page<'_>, node: NodeIndex, reading: Reading<'_>) -> Option<StatedTime> {
    ["datetime", "content", "title", "data-datetime"]
        .iter()
        .filter_map(|name| page.attribute(node, name))
        .find_map(|text| reading.parse(text))
        .or_else(|| reading.parse(&unglued(&page.line(node))))
}

/// The first `time` near the headline that is not an update.
fn of_time(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    near.clone()
        .filter(|node| page.nodes[*node].tag == Tag::Time)
        .filter(|node| !names_update(page, *node))
        .find_map(|node| value_of(page, node, reading))
}

/// Whether an element says by its class, or by the words before it, that it is the time of a change.
fn names_update(page: &Page<'_>, node: NodeIndex) -> bool {
    let classed = page
        .attribute(node, "class")
        .into_iter()
        .chain(page.attribute(node, "itemprop"))
        .flat_map(furniture::words)
        .any(|word| matches!(word.as_str(), "updated" | "modified" | "update" | "lastmod"));
    let before = page.nodes[page.nodes[node].parent..node]
        .iter()
        .rev()
        .take(4)
        .find(|before| !before.text.trim().is_empty());
    classed || before.is_some_and(|before| opens_with(before.text, &NAMING.updated))
}

/// Whether a text opens with one of these words.
fn opens_with(text: &str, words: &[String]) -> bool {
    let text = text.trim_start();
    let head = text[..text.floor_char_boundary(60)].to_lowercase();
    words.iter().any(|word| {
        head.strip_prefix(word.as_str())
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// Longest line that is looked at for a date: a date line, not a sentence.
const LONGEST: usize = 160;
/// Nodes between the date of a change and that of publication.
const BESIDE: usize = 20;

/// A date in words near the headline: in an element whose class names a date of publication, then any
/// date, then in any short line; the date of a change only where there is no other.
fn of_words(page: &Page<'_>, reading: Reading<'_>, near: &Range<NodeIndex>) -> Option<StatedTime> {
    let mut changed = None;
    let mut dated = None;
    for node in near.clone() {
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
        if opens_with(&line, &NAMING.updated) {
            if let Some(published) = published_within(&line, reading) {
                return Some(published.resolve(reading.zone));
            }
            changed.get_or_insert(found);
        } else if rank == Rank::Published {
            return Some(found.stated.resolve(reading.zone));
        } else {
            dated.get_or_insert(found);
        }
    }
    let line_at = |node: NodeIndex| {
        let node = &page.nodes[node];
        let line = node.text.trim();
        let shown = !page.nodes[node.parent].tag.is_wordless();
        if !shown || line.len() < 6 || line.contains('©') {
            return None;
        }
        if line.len() > LONGEST {
            return Some((dateline(line, reading)?, false));
        }
        let line = unglued(line);
        let found = reading.find(&line)?;
        Some((found, opens_with(&line, &NAMING.updated)))
    };
    let in_lines = || {
        let (at, (found, change)) = near.clone().find_map(|node| Some((node, line_at(node)?)))?;
        // The day of publication stands beside that of the change; a later one is of something else.
        let beside = (at + 1..(at + BESIDE).min(near.end)).filter_map(line_at);
        let published = change.then(|| beside.into_iter().find(|(_, change)| !change));
        Some(
            published
                .flatten()
                .map_or(found, |(published, _)| published),
        )
    };
    let found = dated.or(changed).or_else(in_lines)?;
    Some(found.stated.resolve(reading.zone))
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
    let class = page.attribute(node, "class")?;
    let mut rank = None;
    let (mut date, mut of_post) = (false, false);
    for word in class.split_ascii_whitespace().flat_map(furniture::words) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The time of publication of a page with this body under this address.
    fn published(body: &str, address: &str) -> Option<String> {
        let html = crate::extract::tree(&format!("<body>{body}</body>"));
        let page = Page::new(&html);
        let head = Head::read(&page, None);
        let url = Url::parse(address).unwrap();
        let reading = Reading {
            zone: None,
            order: crate::extract::facts::order::Order::DayFirst,
        };
        let near = 0..page.nodes.len();
        let data = JsonLd::read(&page, &[], None);
        let times = find(&page, &head, &data, reading, Some(&url), &near, None);
        times.published.map(|time| time.to_string())
    }

    #[test]
    fn shown_dates_are_weighed() {
        let plain = "https://e.org/a";
        for (body, address, expected) in [
            (
                "<p>Updated: 6 March 2024</p><p>5 March 2024</p>",
                plain,
                Some("2024-03-05"),
            ),
            (
                "<p>Updated <time datetime=2024-03-06>x</time></p><time datetime=2024-03-05>y</time>",
                plain,
                Some("2024-03-05"),
            ),
            (
                "<div class=event-date>19.01.2023, 10:00-11:30</div><div class=post-date>20.12.2022</div>",
                plain,
                Some("2022-12-20"),
            ),
            (
                "<p>On 1 May 1999 it was so.</p>",
                "https://e.org/2020/09/23/a",
                Some("2020-09-23"),
            ),
            (
                "<p>24 September 2020, 00:10</p>",
                "https://e.org/2020/09/23/a",
                Some("2020-09-24T00:10:00"),
            ),
            ("<p>Updated 6 March 2024</p>", plain, Some("2024-03-06")),
            (
                "<p class=meta>Last updated: 6 March 2024, 11:00 | Published: 5 March 2024, 10:00</p>",
                plain,
                Some("2024-03-05T10:00:00"),
            ),
            (
                "<p>© 2014 The Port. Last update: 6 March 2024</p>",
                plain,
                None,
            ),
            (
                "<meta name=published content='5 March 2024'><p>6 March 2024</p>",
                plain,
                Some("2024-03-05"),
            ),
            (
                "<script type=application/ld+json>{\"@type\":\"WebPage\",\"datePublished\":\"2024-03-06T01:30:05Z\"}\
                </script><time datetime=2024-03-05T20:30:00-05:00>8:30 p.m.</time>",
                plain,
                Some("2024-03-05T20:30:00-05:00"),
            ),
            (
                "<title>The port is closed | News | 05.03.2024</title><p>It opened on 6 March 1999.</p>",
                plain,
                Some("2024-03-05"),
            ),
            (
                "<p>Odesa, 5 March 2024 – The harbour was closed for three days while divers looked for the anchor, \
                the master of the port said on Monday, and nobody could say how long that would take them.</p>",
                plain,
                Some("2024-03-05"),
            ),
            (
                "<p>On 5 March 2024 – a Tuesday – the harbour was closed for three days while divers looked for the \
                anchor, the master of the port said, and nobody could say how long that would take them.</p>",
                plain,
                None,
            ),
            ("<p>No day is named.</p>", plain, None),
        ] {
            assert_eq!(published(body, address).as_deref(), expected, "{body}");
        }
    }
}

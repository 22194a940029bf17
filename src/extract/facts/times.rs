//! When it was published and last changed (M4): JSON-LD, meta, `time`, words near the headline, address.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;
use url::Url;

use super::dates::{self, Reading};
use super::months::unglued;
use super::naming::NAMING;
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
) -> Times {
    let of_data = |key: &str| data.text(key).and_then(|text| reading.parse(&text));
    let of_meta = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| head.all(name).find_map(|text| reading.parse(text)))
    };
    let published = of_data("datePublished")
        .or_else(|| of_meta(PUBLISHED))
        .or_else(|| of_data("dateCreated"))
        .or_else(|| of_microdata(page, reading))
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
        let may = (6..=LONGEST).contains(&line.len());
        let shown = !page.nodes[node.parent].tag.is_wordless();
        let line = (may && shown).then(|| unglued(line))?;
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

static IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let year = r"(?:^|[/_-])((?:19|20)\d{2})";
    let apart = ["/", "-", "_"].map(|sign| format!(r"{sign}([01]?\d){sign}([0-3]?\d)"));
    // As Chinese papers have it: `/2020-02/19/`, `/202002/19/`, `/2020/0219/`.
    let mixed = r"-?([01]\d)/([0-3]\d)/|/([01]\d)([0-3]\d)/";
    Regex::new(&format!(
        r"{year}(?:(?:{}|{}|{}|([01]\d)([0-3]\d))(?:\D|$)|{mixed})",
        apart[0], apart[1], apart[2]
    ))
    .expect("a constant expression")
});

/// A whole day in the path (`/2020/09/23/`).
pub(crate) fn of_address(url: &Url) -> Option<StatedTime> {
    let parts = IN_ADDRESS.captures(url.path())?;
    let mut numbers = parts.iter().skip(1).flatten().map(|part| part.as_str());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    dates::parse(&format!("{year}-{month:0>2}-{day:0>2}"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stand_in_addresses() {
        for (address, day) in [
            ("https://e.org/2020/09/23/title", Some("2020-09-23")),
            ("https://e.org/news/2020-9-3-title", Some("2020-09-03")),
            ("https://e.org/news/20200903.html", Some("2020-09-03")),
            ("https://e.org/2020/top-10", None),
            ("https://e.org/a/2025-12-15+why", Some("2025-12-15")),
            (
                "https://e.org/local/2020-02/19/c_11.htm",
                Some("2020-02-19"),
            ),
            ("https://e.org/n1/2020/0219/c1.html", Some("2020-02-19")),
            ("https://e.org/a/202002/19/t.html", Some("2020-02-19")),
            ("https://e.org/2020/1-2/a", None),
            ("https://e.org/id/123456789", None),
        ] {
            let found = of_address(&Url::parse(address).unwrap()).map(|time| time.to_string());
            assert_eq!(found.as_deref(), day, "{address}");
        }
    }

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
        let times = find(&page, &head, &JsonLd::default(), reading, Some(&url), &near);
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
            ("<p>No day is named.</p>", plain, None),
        ] {
            assert_eq!(published(body, address).as_deref(), expected, "{body}");
        }
    }
}

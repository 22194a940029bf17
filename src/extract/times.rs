//! When it was published and last changed (M4): JSON-LD, meta, `time`, words near the headline, address.

use jiff::tz::TimeZone;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;
use url::Url;

use super::dates;
use super::furniture;
use super::head::Head;
use super::jsonld::JsonLd;
use super::months::unglued;
use super::page::{NodeIndex, Page, Tag};
use crate::model::stated::StatedTime;

/// Publication and change.
#[derive(Default)]
pub(super) struct Times {
    pub(super) published: Option<StatedTime>,
    pub(super) updated: Option<StatedTime>,
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
pub(super) fn find(
    page: &Page<'_>,
    head: &Head,
    data: &JsonLd,
    zone: Option<&TimeZone>,
    url: Option<&Url>,
    near: &Range<NodeIndex>,
) -> Times {
    let of_data = |key: &str| data.text(key).and_then(|text| dates::parse(&text, zone));
    let of_meta = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| head.all(name).find_map(|text| dates::parse(text, zone)))
    };
    let published = of_data("datePublished")
        .or_else(|| of_meta(PUBLISHED))
        .or_else(|| of_data("dateCreated"))
        .or_else(|| of_microdata(page, zone))
        .or_else(|| of_time(page, zone, near))
        .or_else(|| of_words(page, zone, near))
        .or_else(|| url.and_then(of_address));
    let updated = of_data("dateModified")
        .or_else(|| of_meta(UPDATED))
        .filter(|updated| {
            published.is_none_or(|published| updated.instant() > published.instant())
        });
    Times { published, updated }
}

/// `itemprop=datePublished`.
fn of_microdata(page: &Page<'_>, zone: Option<&TimeZone>) -> Option<StatedTime> {
    (0..page.nodes.len()).find_map(|node| {
        let property = page.attribute(node, "itemprop")?;
        let named = property
            .split_ascii_whitespace()
            .any(|name| name.eq_ignore_ascii_case("datePublished"));
        named.then(|| value_of(page, node, zone))?
    })
}

/// The machine's value of an element, else its words.
fn value_of(page: &Page<'_>, node: NodeIndex, zone: Option<&TimeZone>) -> Option<StatedTime> {
    ["datetime", "content", "title", "data-datetime"]
        .iter()
        .filter_map(|name| page.attribute(node, name))
        .find_map(|text| dates::parse(text, zone))
        .or_else(|| dates::parse(&unglued(&page.line(node)), zone))
}

/// The first `time` near the headline that is not an update, else the first of the page.
fn of_time(
    page: &Page<'_>,
    zone: Option<&TimeZone>,
    near: &Range<NodeIndex>,
) -> Option<StatedTime> {
    let in_order = |range: Range<NodeIndex>| {
        range
            .filter(|node| page.nodes[*node].tag == Tag::Time)
            .filter(|node| !names_update(page, *node))
            .find_map(|node| value_of(page, node, zone))
    };
    in_order(near.clone())
}

fn names_update(page: &Page<'_>, node: NodeIndex) -> bool {
    page.attribute(node, "class")
        .into_iter()
        .chain(page.attribute(node, "itemprop"))
        .flat_map(furniture::words)
        .any(|word| matches!(word.as_str(), "updated" | "modified" | "update" | "lastmod"))
}

/// Longest line that is looked at for a date: a date line, not a sentence.
const LONGEST: usize = 160;

/// A date in words: in an element whose class names a date, then in any short line, near the headline.
fn of_words(
    page: &Page<'_>,
    zone: Option<&TimeZone>,
    near: &Range<NodeIndex>,
) -> Option<StatedTime> {
    let named = near.clone().find_map(|node| {
        let class = page.attribute(node, "class")?;
        let dated = class
            .split_ascii_whitespace()
            .flat_map(furniture::words)
            .any(|word| {
                matches!(
                    word.as_str(),
                    "date"
                        | "time"
                        | "datetime"
                        | "published"
                        | "timestamp"
                        | "dateline"
                        | "pubdate"
                        | "meta"
                        | "byline"
                        | "datum"
                        | "fecha"
                        | "postdate"
                        | "created"
                        | "posted"
                )
            });
        if !dated {
            return None;
        }
        let line = page.line(node);
        (line.len() <= LONGEST).then(|| dates::find(&unglued(&line)))?
    });
    let found = named.or_else(|| {
        near.clone().find_map(|node| {
            let node = &page.nodes[node];
            let line = node.text.trim();
            let may =
                (6..=LONGEST).contains(&line.len()) && line.bytes().any(|b| b.is_ascii_digit());
            let shown = !page.nodes[node.parent].tag.is_wordless();
            (may && shown).then(|| dates::find(&unglued(line)))?
        })
    });
    found.map(|found| found.stated.resolve(zone))
}

static IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[/_-])((?:19|20)\d{2})[/_-]?([01]?\d)[/_-]?([0-3]?\d)(?:[/_.-]|$)")
        .expect("a constant expression")
});

/// A whole day in the path (`/2020/09/23/`).
pub(super) fn of_address(url: &Url) -> Option<StatedTime> {
    let parts = IN_ADDRESS.captures(url.path())?;
    dates::parse(
        &format!("{}-{:0>2}-{:0>2}", &parts[1], &parts[2], &parts[3]),
        None,
    )
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
            ("https://e.org/id/123456789", None),
        ] {
            let found = of_address(&Url::parse(address).unwrap()).map(|time| time.to_string());
            assert_eq!(found.as_deref(), day, "{address}");
        }
    }
}

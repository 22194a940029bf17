//! When it was published and last changed (M4): JSON-LD, meta, `time`, words near the headline, address.

use std::ops::Range;
use url::Url;

use super::addresses::of_address;
use super::completed::time_of;
use super::datelines::{shown, value_of};
use super::dates::Reading;
use super::own_zone::in_own_zone;
use super::scripts;
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::JsonLd;
use crate::extract::document::page::{NodeIndex, Page};
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
    let own = |time| in_own_zone(page, head, reading, near, time);
    // What data states for machines stays as it is, unless the address has the day of the place.
    let place = url.and_then(of_address).map(|day| day.day());
    let of_place = |time: StatedTime| match place {
        Some(day) if day != time.day() => Some(own(time))
            .filter(|own| own.day() == day)
            .unwrap_or(time),
        _ if matches!(time, StatedTime::Local(_)) => own(time),
        _ => time,
    };
    let published = of_data("datePublished")
        .map(of_place)
        .or_else(|| of_meta(PUBLISHED).map(own))
        .or_else(|| of_data("dateCreated"))
        .or_else(|| of_page().map(own))
        .or_else(|| of_microdata(page, reading))
        .or_else(|| of_title(head, headline, reading))
        .or_else(|| of_scripts_and_readers(page, reading, url, near, headline))
        .map(|time| match time {
            StatedTime::Day(day) => time_of(page, reading, near, day).unwrap_or(time),
            StatedTime::Local(_) | StatedTime::Exact { .. } => time,
        });
    let updated = of_data("dateModified")
        .or_else(|| of_meta(UPDATED))
        .filter(|updated| {
            published.is_none_or(|published| updated.instant() > published.instant())
        });
    Times { published, updated }
}

/// What scripts state of the headline's own object, else what readers see, else what scripts state at all.
fn of_scripts_and_readers(
    page: &Page<'_>,
    reading: Reading<'_>,
    url: Option<&Url>,
    near: &Range<NodeIndex>,
    headline: Option<&str>,
) -> Option<StatedTime> {
    let told = scripts::published(page, headline, reading);
    match told {
        Some(told) if told.sure => Some(told.time),
        _ => shown(page, reading, url, near).or(told.map(|told| told.time)),
    }
}

/// A day that stands apart in the title: `Headline | Section | Site | 28.04.2023`, `Headline – Site –
/// 13.06.2023`, `Headline（2020年2月15日）｜Site`. What the headline itself says is no day of publication.
fn of_title(head: &Head, headline: Option<&str>, reading: Reading<'_>) -> Option<StatedTime> {
    const BEFORE: [char; 10] = ['|', '｜', '-', '–', '—', '·', '•', '(', '（', '['];
    const BEHIND: [char; 10] = ['|', '｜', '-', '–', '—', '·', '•', ')', '）', ']'];
    let titles = head
        .title
        .as_deref()
        .into_iter()
        .chain(head.get(&["og:title"]));
    titles
        .filter_map(|title| {
            let found = reading.find(title)?;
            let (before, behind) = (&title[..found.range.start], &title[found.range.end..]);
            let said = headline.is_some_and(|text| text.contains(&title[found.range.clone()]));
            let apart = before.trim_end().ends_with(BEFORE)
                && (behind.trim().is_empty() || behind.trim_start().starts_with(BEHIND));
            (apart && !said).then_some(found.stated)
        })
        .map(|stated| stated.resolve(reading.zone))
        .next()
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
        ] {
            assert_eq!(published(body, address).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn what_the_page_shows_elsewhere_completes_the_day() {
        for (body, address, expected) in [
            (
                "<p>18 апреля, 10:45</p><p>Сосед, 19.04.2026 12:10</p>",
                "https://e.org/2026/04/18/a",
                Some("2026-04-18T10:45:00"),
            ),
            (
                "<p>June 18, 10:45 | 2318</p>",
                "https://e.org/2026/06/18/a",
                Some("2026-06-18T10:45:00"),
            ),
            (
                "<p>June 17, 10:45</p>",
                "https://e.org/2026/06/18/a",
                Some("2026-06-18"),
            ),
            (
                "<h2 class=date>6 November 2026</h2><p>Posted on Friday, November 6th, 2026 at 9:41 pm and filed</p>",
                "https://e.org/a",
                Some("2026-11-06T21:41:00"),
            ),
            (
                "<h2 class=date>6 November 2026</h2><abbr title=2026-11-06T13:27:00-04:00>13:27</abbr>",
                "https://e.org/a",
                Some("2026-11-06T13:27:00-04:00"),
            ),
            (
                "<h2 class=date>6 November 2026</h2><p>Updated: 6 November 2026, 22:00</p>",
                "https://e.org/a",
                Some("2026-11-06"),
            ),
            (
                "<td>11.02.2026 <a href=/1>Fire crews appeal again</a><br>12.02.2026 <a href=/2>Harbour loses its case</a>\
                <br>13.02.2026 <a href=/3>Library friends are warned</a><p>Today is Friday 20 March 2026</p>\
                <p>Counted since 1 May 2004</p><p>No. 87 / 12 March 2026</p>",
                "https://e.org/a",
                Some("2026-03-12"),
            ),
        ] {
            assert_eq!(published(body, address).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn days_are_told_by_what_stands_around_them() {
        let plain = "https://e.org/a";
        for (body, expected) in [
            (
                "<title>The port is closed（2024年3月5日）｜Port</title><p>It opened on 6 March 1999.</p>",
                Some("2024-03-05"),
            ),
            (
                "<title>What happened on 6 March 2024 - Port</title><p>7 March 2024</p>",
                Some("2024-03-07"),
            ),
            (
                "<p>Updated March 6, 2024 9:12 am | Originally published March 5, 2024</p>",
                Some("2024-03-05"),
            ),
            (
                "<div><span>Last updated:</span> <b class=date>6 March 2024</b></div><div>First published: 5 March 2024</div>",
                Some("2024-03-05"),
            ),
            (
                "<time>2 minute read<span>March 5, 2024</span><span>2:26 PM</span></time>",
                Some("2024-03-05T14:26:00"),
            ),
            (
                "<div><a href=/b>The other harbour of the town is closed as well</a> <i class=date>1 March 2024</i></div>",
                None,
            ),
            (
                "<div><a href=/b>Shipping</a> <i id=publication-date>5 March 2024</i></div>",
                Some("2024-03-05"),
            ),
            ("<p>No day is named.</p>", None),
            ("<p>Available until 6 March 2024</p>", None),
            (
                "<p>The harbour was closed for three days while divers looked for the anchor, the master of the port \
                said on Monday.</p><h4>Comments</h4><div><b>Ann</b> 18.04.2026 12:10<br>It was closed before.</div>",
                None,
            ),
            (
                "<p>The harbour was closed for three days while divers looked for the anchor, the master of the port \
                said on Monday.</p><p>Port News, 18.04.2026, 12:10</p>",
                Some("2026-04-18T12:10:00"),
            ),
            (
                "<figure><figcaption>The harbour on Thursday, April 27, 2023 (Port Photo)</figcaption></figure>\
                <p>April 28, 2023</p>",
                Some("2023-04-28"),
            ),
            (
                "<a href=#comment-12><time datetime=2024-03-07T10:00:00Z>7 March</time></a><p>5 March 2024</p>",
                Some("2024-03-05"),
            ),
        ] {
            assert_eq!(published(body, plain).as_deref(), expected, "{body}");
        }
    }
}

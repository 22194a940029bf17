//! Article links told from navigation by the page's own structure.
//!
//! Each link gathers points: for standing in a headline, for words enough to be one, for an address with a date,
//! a number or a long slug, for a block that calls itself an article; against it speak navigation around it and
//! an address that names a section. Then links of one build stand together: where most of them are articles,
//! so are the short ones.

use std::collections::HashMap;

use scraper::ElementRef;
use url::Url;

use super::{Link, is_heading};

/// Points from which a link is an article.
const ENOUGH: i32 = 3;

/// The links that lead to articles, in page order.
pub(super) fn articles<'a>(found: Vec<Link<'a>>, address: &Url, homepage: &Url) -> Vec<Link<'a>> {
    let judged: Vec<(i32, String)> = found
        .iter()
        .map(|link| (points(link, address, homepage), build(link)))
        .collect();
    let mut builds: HashMap<&str, (usize, usize)> = HashMap::new();
    for (points, build) in &judged {
        let (all, good) = builds.entry(build).or_default();
        *all += 1;
        *good += usize::from(*points >= ENOUGH);
    }
    let keeps: Vec<bool> = judged
        .iter()
        .map(|(points, build)| {
            let (all, good) = builds[build.as_str()];
            *points >= ENOUGH || (*points >= 0 && good >= 3 && good * 10 >= all * 6)
        })
        .collect();
    found
        .into_iter()
        .zip(keeps)
        .filter_map(|(link, keep)| keep.then_some(link))
        .collect()
}

fn points(link: &Link<'_>, address: &Url, homepage: &Url) -> i32 {
    let Some(title) = &link.title else {
        return -10;
    };
    if link.url.path() == "/" || link.url.path() == homepage.path() || link.url == *address {
        return -10;
    }
    let words = title.text.split_whitespace().count();
    let letters = title.text.chars().count();
    let wording = match (words, letters) {
        (6.., _) | (_, 40..) => 2,
        (4.., _) | (_, 20..) => 1,
        (..=2, ..15) => -2,
        _ => 0,
    };
    let place = link
        .places
        .iter()
        .map(|place| surroundings(*place))
        .max()
        .unwrap_or(0);
    wording + place + path(&link.url) + if title.rank == 4 { 2 } else { 0 }
}

/// What the elements around a link say.
fn surroundings(place: ElementRef<'_>) -> i32 {
    if matches!(
        place.attr("rel"),
        Some("next" | "prev" | "author" | "tag" | "nofollow next")
    ) {
        return -6;
    }
    let mut points = 0;
    for above in place.ancestors().take(40).filter_map(ElementRef::wrap) {
        let name = above.value().name();
        if matches!(name, "nav" | "footer" | "form") || above.attr("role") == Some("navigation") {
            return -6;
        }
        if matches!(name, "body" | "html" | "main") {
            break;
        }
        let classes = above.attr("class").unwrap_or("").to_ascii_lowercase();
        let id = above.attr("id").unwrap_or("").to_ascii_lowercase();
        let names = |word: &str| classes.contains(word) || id.contains(word);
        if [
            "breadcrumb",
            "pagination",
            "pager",
            "share",
            "social",
            "cookie",
            "nav-links",
            "submenu",
            "mainmenu",
            "main_menu",
        ]
        .into_iter()
        .any(names)
        {
            return -6;
        }
        if matches!(name, "aside" | "header") && !is_heading(above) {
            points -= 1;
        }
        if name == "article"
            || [
                "article", "news", "post", "story", "teaser", "card", "headline", "entry", "item",
            ]
            .into_iter()
            .any(names)
        {
            points = points.max(1);
        }
    }
    points
}

/// What the path of an address says.
fn path(url: &Url) -> i32 {
    const SECTIONS: [&str; 16] = [
        "tag",
        "tags",
        "author",
        "authors",
        "category",
        "categories",
        "topic",
        "topics",
        "page",
        "search",
        "login",
        "subscribe",
        "about",
        "contact",
        "contacts",
        "user",
    ];
    let segments: Vec<&str> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let Some(last) = segments.last() else {
        return -6;
    };
    if segments
        .iter()
        .any(|segment| SECTIONS.contains(&segment.to_ascii_lowercase().as_str()))
    {
        return -5;
    }
    let digits = longest_digits(url.path());
    let is_year = |segment: &&&str| {
        segment.len() == 4 && (segment.starts_with("20") || segment.starts_with("19"))
    };
    let dated = segments
        .iter()
        .any(|segment| is_year(&segment) && segment.bytes().all(|byte| byte.is_ascii_digit()));
    let hyphens = segments
        .iter()
        .map(|segment| segment.matches(['-', '_']).count())
        .max()
        .unwrap_or(0);
    let mut points = 0;
    if digits >= 5 || (dated && segments.len() >= 3) {
        points += 2;
    } else if digits >= 3 || last.contains(".htm") {
        points += 1;
    }
    points += match hyphens {
        3.. => 2,
        2 => 1,
        _ => 0,
    };
    if points == 0 && segments.len() <= 2 {
        points = -2;
    }
    points
}

fn longest_digits(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// How a link is built into the page: its element and those above it, with the classes of the nearest.
fn build(link: &Link<'_>) -> String {
    // The place with the headline speaks for the link; the picture stands elsewhere.
    let place = link
        .places
        .iter()
        .find(|place| super::title_of(**place) == link.title)
        .or(link.places.first());
    let Some(place) = place else {
        return String::new();
    };
    let mut build = format!("a.{}", place.attr("class").unwrap_or(""));
    for above in place.ancestors().take(4).filter_map(ElementRef::wrap) {
        build.push('<');
        build.push_str(above.value().name());
        build.push('.');
        build.extend(above.attr("class").unwrap_or("").split_whitespace().take(1));
    }
    build
}

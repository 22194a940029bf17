use jiff::tz::TimeZone;
use regex::Regex;
use scraper::Selector;
use url::Url;

use super::links;
use crate::feed::Hints;

const PAGE: &str = "<html lang=en><title>News</title><nav><a href=/economy.html>Economy and finance of the country</a></nav>
<main><h1>News</h1><div class=day>Thursday, 23 January 2025</div>
<div class=item><span class=t>11:02</span><a href='/news/1001.html?utm_source=main'><img alt='A ship'></a>
  <h3><a href='http://www.a.example/news/1001.html'>A ship enters the port after the long storm</a></h3>
  <a href=/news/1001.html#comments>Read more</a></div>
<div class=item><time datetime='2025-01-22T10:00:00Z'>yesterday</time>
  <h3><a href='https://a.example/news/1002.html'>The harbour is closed for the third day in a row</a></h3></div>
<div class=item><h3><a href=/news/1003.html>A third story of the day, as long as the others</a></h3></div>
<div class=item><h3><a href=/news/1004.html>Storm</a></h3></div>
<div class=item><h3><a href=https://b.example/news/9.html>Something at another house altogether</a></h3></div>
<a href=/news/page/2>Next page of the archive of this section</a></main>
<footer><a href=/privacy.html>Privacy policy of this outlet and of its partners</a></footer></html>";

fn check(page: &str, selector: Option<&str>, pattern: Option<&str>, expect: &[&str]) {
    let base = Url::parse("https://a.example/news/").unwrap();
    let zone = TimeZone::get("Europe/Kyiv").unwrap();
    let hints = Hints {
        base: Some(&base),
        zone: Some(&zone),
        ..Hints::default()
    };
    let selector = selector.map(|selector| Selector::parse(selector).unwrap());
    let pattern = pattern.map(|pattern| Regex::new(pattern).unwrap());
    let home = Url::parse("https://a.example/").unwrap();
    let parsed = links(
        page.as_bytes(),
        &hints,
        selector.as_ref(),
        pattern.as_ref(),
        &home,
    )
    .unwrap();
    let said: Vec<String> = parsed
        .entries
        .iter()
        .map(|entry| {
            let date = entry
                .published
                .map(|date| format!(" @ {date}"))
                .unwrap_or_default();
            format!(
                "{} {}{date}",
                entry.url.as_ref().map_or("", |url| url.path()),
                entry.title.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(said, expect);
}

#[test]
fn the_structure_of_a_page_tells_articles_from_navigation() {
    check(
        PAGE,
        None,
        None,
        &[
            "/news/1001.html A ship enters the port after the long storm @ 2025-01-23T11:02:00+02:00",
            "/news/1002.html The harbour is closed for the third day in a row @ 2025-01-22T10:00:00Z",
            "/news/1003.html A third story of the day, as long as the others",
            "/news/1004.html Storm",
        ],
    );
}

#[test]
fn a_selector_and_a_pattern_say_what_they_say() {
    check(
        PAGE,
        Some("footer a"),
        None,
        &["/privacy.html Privacy policy of this outlet and of its partners"],
    );
    check(
        PAGE,
        None,
        Some(r"^/news/1003\.html$"),
        &["/news/1003.html A third story of the day, as long as the others"],
    );
    check(
        PAGE,
        Some(".item"),
        Some("100[14]"),
        &[
            "/news/1001.html A ship @ 2025-01-23T11:02:00+02:00",
            "/news/1004.html Storm",
        ],
    );
    check(PAGE, Some(".none"), None, &[]);
}

#[test]
fn a_page_of_nothing_but_depth_is_read_in_time() {
    let deep = format!("{}{}", "<div><b>".repeat(60_000), PAGE);
    let base = Url::parse("https://a.example/news/").unwrap();
    let hints = Hints {
        base: Some(&base),
        ..Hints::default()
    };
    // Without the guard this takes minutes and exhausts the stack.
    assert!(links(deep.as_bytes(), &hints, None, None, &base).is_ok());
}

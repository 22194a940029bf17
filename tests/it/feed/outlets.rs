//! Replicas of real outlets: their feeds and section pages.

use jiff::tz::TimeZone;
use url::Url;
use wireroom::feed::{self, Hints, Parsed};

use super::{read, titles};

fn feed_of(file: &str, address: &str, content_type: &str) -> Parsed {
    let base = Url::parse(address).unwrap();
    let hints = Hints {
        content_type: Some(content_type),
        base: Some(&base),
        zone: None,
    };
    feed::parse(&read(&format!("outlets/{file}")), &hints)
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn section(outlet: &str, address: &str) -> Parsed {
    let base = Url::parse(address).unwrap();
    let zone = TimeZone::get("Europe/Kyiv").unwrap();
    let hints = Hints {
        content_type: Some("text/html; charset=utf-8"),
        base: Some(&base),
        zone: Some(&zone),
    };
    let page = read(&format!("outlets/{outlet}/section.html"));
    let home = base.join("/").unwrap();
    feed::page::links(&page, &hints, None, None, &home)
        .unwrap_or_else(|error| panic!("{outlet}: {error}"))
}

#[test]
fn feeds_of_outlets_give_their_items() {
    let interfax = feed_of(
        "interfax-ukraine/feed.xml",
        "https://en.interfax.com.ua/news/last.rss",
        "application/rss+xml; charset=utf-8",
    );
    assert_eq!(interfax.entries.len(), 7);
    assert_eq!(interfax.asks.ttl.unwrap().as_secs(), 300);
    assert_eq!(
        interfax.entries[0].published.unwrap().to_string(),
        "2025-06-23T20:35:00+03:00"
    );
    assert!(interfax.entries[3].published.is_none());

    let kyiv = feed_of(
        "kyiv-independent/feed.xml",
        "https://kyivindependent.com/news-archive/rss/",
        "application/rss+xml; charset=utf-8",
    );
    assert_eq!(kyiv.entries[0].authors, ["Martin Fornusek"]);
    assert!(
        kyiv.entries[0]
            .content
            .as_deref()
            .unwrap()
            .starts_with("<p>NATO countries will do")
    );
    assert_eq!(
        kyiv.entries[0].id.as_deref(),
        Some("675000000000000000000000")
    );

    let anewz = feed_of(
        "anewz/feed.xml",
        "https://anewz.tv/feed.xml",
        "application/rss+xml; charset=utf-8",
    );
    assert!(
        anewz.entries[0]
            .url
            .as_ref()
            .unwrap()
            .as_str()
            .starts_with("https://anewz.tv/world/world-news/19/")
    );
    assert_eq!(anewz.entries[1].title, None);

    let pravda = feed_of(
        "ukrainska-pravda/feed-windows-1251.xml",
        "https://www.pravda.com.ua/rss/",
        "text/xml",
    );
    assert_eq!(pravda.entries.len(), 3);
    assert_eq!(pravda.entries[0].id, pravda.entries[1].id);
    let cyrillic = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
    assert!(
        titles(&pravda).into_iter().all(cyrillic),
        "{:?}",
        titles(&pravda)
    );
    assert!(pravda.warnings.is_empty(), "{:?}", pravda.warnings);
}

#[test]
fn section_pages_give_their_articles_without_being_told_which() {
    for (outlet, address, articles, first) in [
        (
            "interfax-ukraine",
            "https://en.interfax.com.ua/news/general.html",
            11,
            "2025-06-23T20:35:00+03:00",
        ),
        (
            "kyiv-independent",
            "https://kyivindependent.com/news-archive/",
            3,
            "2024-12-04T12:51:00Z",
        ),
        ("anewz", "https://anewz.tv/world/world-news", 6, "-"),
        (
            "american-chronicles",
            "https://www.americanchronicles.news/category/world/",
            2,
            "2024-01-10T19:02:11Z",
        ),
        (
            "ukrainska-pravda",
            "https://www.pravda.com.ua/eng/news/",
            11,
            "2025-01-23T11:02:00+02:00",
        ),
    ] {
        let page = section(outlet, address);
        let urls: Vec<&str> = page
            .entries
            .iter()
            .map(|entry| entry.url.as_ref().unwrap().path())
            .collect();
        assert_eq!(urls.len(), articles, "{outlet}: {urls:#?}");
        assert!(
            page.entries.iter().all(|entry| entry.title.is_some()),
            "{outlet}"
        );
        let date = page.entries[0]
            .published
            .map_or("-".to_owned(), |date| date.to_string());
        assert_eq!(date, first, "{outlet}");
    }
}

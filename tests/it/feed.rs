//! The feed room on whole documents: healthy, damaged, hostile.

#![allow(
    clippy::unwrap_used,
    reason = "a test may stop at what it does not expect"
)]

mod damage;
mod outlets;
mod values;

use std::path::{Path, PathBuf};

use url::Url;
use wireroom::feed::{self, FeedError, Hints, Parsed};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/feed")
        .join(name)
}

fn read(name: &str) -> Vec<u8> {
    let path = fixture(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A feed fetched from `https://base.example/dir/feed.xml`.
fn parse(bytes: &[u8]) -> Result<Parsed, FeedError> {
    let base = Url::parse("https://base.example/dir/feed.xml").unwrap();
    let hints = Hints {
        base: Some(&base),
        ..Hints::default()
    };
    feed::parse(bytes, &hints)
}

fn parsed(name: &str) -> Parsed {
    parse(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Titles of the entries.
fn titles(feed: &Parsed) -> Vec<&str> {
    feed.entries
        .iter()
        .map(|entry| entry.title.as_deref().unwrap_or("-"))
        .collect()
}

#[test]
fn every_damaged_copy_gives_all_its_entries() {
    for (name, first) in [
        ("clean.xml", "Story 1"),
        ("author_with_dash.xml", "Story 1"),
        ("bare_ampersand.xml", "AT&T and Marks & Spencer"),
        ("blank_lines_first_latin1.xml", "Café"),
        ("control_characters.xml", "Vertical tab nul"),
        ("empty_media_description.xml", "Story 1"),
        ("html_entity.xml", "Café\u{a0}— open"),
        ("koi8r_declared.xml", "Новости города"),
        ("no_version.xml", "Story 1"),
        ("odd_dates.xml", "Story 1"),
        ("php_notice_first.xml", "Story 1"),
        ("says_utf16_is_utf8.xml", "Story 1"),
        ("stray_lt.xml", "If a < b then"),
        ("unclosed_br.xml", "Story 1"),
        ("utf16be_bom.xml", "Story 1"),
        ("version_2.01.xml", "Story 1"),
        ("windows1252_undeclared.xml", "“Quoted” – café"),
    ] {
        let feed = parsed(&format!("made/{name}"));
        assert_eq!(
            titles(&feed),
            [first, "Story 2", "Story 3", "Story 4", "Story 5"],
            "{name}"
        );
        assert_eq!(feed.title.as_deref(), Some("Harbour Post"), "{name}");
        assert_eq!(feed.language.as_deref(), Some("en-gb"), "{name}");
        for (entry, number) in feed.entries.iter().zip(1..) {
            let url = format!("https://harbour.example/{number}?a=1&b=2");
            assert_eq!(
                entry.url.as_ref().map(Url::as_str),
                Some(url.as_str()),
                "{name}"
            );
            assert_eq!(entry.id, Some(format!("hp-{number}")), "{name}");
            assert!(entry.published.is_some(), "{name} {number}");
            assert!(entry.summary.is_some(), "{name} {number}");
        }
    }
}

#[test]
fn a_healthy_feed_needs_no_warning_and_a_damaged_one_has_some() {
    assert!(parsed("made/clean.xml").warnings.is_empty());
    for name in [
        "truncated.xml",
        "bare_ampersand.xml",
        "stray_lt.xml",
        "unclosed_br.xml",
        "php_notice_first.xml",
        "windows1252_undeclared.xml",
    ] {
        assert!(
            !parsed(&format!("made/{name}")).warnings.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_truncated_feed_keeps_its_whole_entries() {
    let feed = parsed("made/truncated.xml");
    assert_eq!(titles(&feed), ["Story 1", "Story 2", "Story 3"]);
}

#[test]
fn old_and_rare_formats_are_feeds_too() {
    let atom = parsed("made/atom03.xml");
    let entry = &atom.entries[0];
    assert_eq!(atom.language.as_deref(), Some("de"));
    assert_eq!(entry.title.as_deref(), Some("Eins & zwei"));
    assert_eq!(
        entry.published.unwrap().to_string(),
        "2004-05-06T07:08:09+02:00"
    );
    assert_eq!(
        entry.updated.unwrap().to_string(),
        "2004-05-06T08:08:09+02:00"
    );
    assert_eq!(entry.content.as_deref(), Some("<p>Text</p>"));
    let rss = parsed("made/rss090.xml");
    assert_eq!(titles(&rss), ["Old item"]);
    assert_eq!(rss.title.as_deref(), Some("Old channel"));
    let dublin = parsed("made/dc_only.xml");
    let entry = &dublin.entries[0];
    assert_eq!(entry.title.as_deref(), Some("Only Dublin Core"));
    assert_eq!(entry.published.unwrap().to_string(), "2026-03-03");
    assert_eq!(
        (&entry.authors[..], &entry.categories[..]),
        (&["Ann Doe".to_owned()][..], &["ports".to_owned()][..])
    );
    let cdf = b"<?xml version='1.0'?><CHANNEL HREF='http://a.example/'><TITLE>C</TITLE>
        <ITEM HREF='http://a.example/1' LASTMOD='2002-11-12T21:45'><TITLE>One</TITLE><ABSTRACT>Text</ABSTRACT></ITEM></CHANNEL>";
    let cdf = parse(cdf).unwrap();
    let entry = &cdf.entries[0];
    assert_eq!(
        entry.url.as_ref().map(Url::as_str),
        Some("http://a.example/1")
    );
    assert_eq!(
        (entry.title.as_deref(), entry.summary.as_deref()),
        (Some("One"), Some("Text"))
    );
    assert_eq!(entry.updated.unwrap().to_string(), "2002-11-12T21:45:00");
}

#[test]
fn json_feeds_are_read_with_their_liberties() {
    let feed = parsed("made/json11_relative.json");
    let [first, second] = &feed.entries[..] else {
        panic!("{:?}", feed.entries);
    };
    assert_eq!(first.id.as_deref(), Some("7"));
    assert_eq!(
        first.url.as_ref().map(Url::as_str),
        Some("https://base.example/7")
    );
    assert_eq!(
        first.published.unwrap().to_string(),
        "2026-03-03T10:00:00+01:00"
    );
    assert_eq!(first.authors, ["Ann"]);
    assert_eq!(
        second.url.as_ref().map(Url::as_str),
        Some("https://else.example/8")
    );
    assert_eq!(second.enclosures[0].length, Some(123));
    let cut = &read("made/json11_relative.json")[..420];
    let feed = parse(cut).unwrap();
    assert_eq!((feed.entries.len(), feed.warnings.len()), (1, 1));
}

#[test]
fn links_are_found_and_made_absolute() {
    let feed = parsed("made/xmlbase_relative.xml");
    let entry = &feed.entries[0];
    assert_eq!(
        entry.url.as_ref().map(Url::as_str),
        Some("https://rel.example/news/2026/one.html")
    );
    let content = entry.content.as_deref().unwrap();
    assert!(
        content.contains("https://rel.example/news/2026/pic.png"),
        "{content}"
    );
    assert!(content.contains("https://rel.example/about"), "{content}");
    let guid = parsed("made/guid_is_link.xml");
    assert_eq!(
        guid.entries[0].url.as_ref().map(Url::as_str),
        Some("https://harbour.example/p/77")
    );
    let proxied = parsed("feed-rs/rss_2.0_rps.xml");
    let url = proxied.entries[0].url.as_ref().unwrap();
    assert_eq!(
        url.as_str(),
        "https://www.rockpapershotgun.com/the-sunday-papers-607"
    );
}

#[test]
fn what_a_source_asks_of_pollers_is_kept() {
    let feed = parse(
        b"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:atom='http://www.w3.org/2005/Atom'><channel>
        <ttl>60</ttl><skipHours><hour>3</hour><hour>24</hour><hour>99</hour></skipHours><skipDays><day>Sunday</day></skipDays>
        <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
        <atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href='https://a.example/rss'/>
        <itunes:new-feed-url>https://b.example/rss</itunes:new-feed-url><item><title>x</title></item></channel></rss>",
    )
    .unwrap();
    assert_eq!(feed.asks.ttl.unwrap().as_secs(), 3600);
    assert_eq!(feed.asks.skip_hours, [0, 3]);
    assert_eq!(feed.asks.skip_days, [jiff::civil::Weekday::Sunday]);
    assert_eq!(feed.asks.update_period().unwrap().as_secs(), 6 * 3600);
    assert_eq!(
        feed.hub.as_ref().map(Url::as_str),
        Some("https://hub.example/")
    );
    assert_eq!(
        feed.self_url.as_ref().map(Url::as_str),
        Some("https://a.example/rss")
    );
    assert_eq!(
        feed.new_url.as_ref().map(Url::as_str),
        Some("https://b.example/rss")
    );
}

#[test]
fn what_is_no_feed_is_refused_with_its_reason() {
    for (bytes, expect) in [
        (&read("made/empty.xml")[..], "the document is empty"),
        (
            &read("made/not_a_feed.html"),
            "this is not a feed: it is an HTML page",
        ),
        (
            b"plain words",
            "this is not a feed: there is no markup in it",
        ),
        (
            b"<opml version='2.0'/>",
            "this is not a feed: its first element is <opml>",
        ),
        (
            b"{\"a\": 1}",
            "this is not a feed: it is JSON without a list of items",
        ),
    ] {
        let error = parse(bytes).expect_err(expect);
        assert_eq!(error.to_string(), expect);
    }
}

#[test]
fn the_wire_form_is_the_contract_s() {
    let json = feed::wire::to_json(&parsed("made/guid_is_link.xml"));
    assert_eq!(
        json.to_string(),
        r#"{"title":"Harbour Post","link":"https://harbour.example/","language":"en-gb","entries":[{"id":"https://harbour.example/p/77","url":"https://harbour.example/p/77","title":"No link element","summary":null,"content":null,"authors":[],"published":null,"updated":null,"categories":[],"enclosures":[]}]}"#
    );
    let json = feed::wire::to_json(&parsed("made/odd_dates.xml"));
    let dates: Vec<&str> = json["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["published"].as_str().unwrap())
        .collect();
    assert_eq!(
        dates,
        [
            "2025-02-20T03:40:00Z",
            "2025-02-19T22:40:00Z",
            "2025-02-19T21:40:00Z",
            "2025-02-20T15:05:00Z",
            "2025-02-20T09:31:00Z",
        ]
    );
}

//! Hostile and mutated documents: nothing panics, hangs, or takes memory without bound.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use wireroom::feed::{Hints, Parsed, opml, page, sitemap};

use super::{fixture, parse, parsed, read};

fn item(inner: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>T</title><item><title>One</title>{inner}</item></channel></rss>"
    )
}

#[test]
fn what_crashes_feed_rs_is_read() {
    let nested = format!(
        "{}{}",
        "<media:content url='https://a.example/x'>".repeat(700),
        "</media:content>".repeat(700)
    );
    for inner in [
        nested.as_str(),
        "<author>Zoë—desk@harbour.example</author>",
        "<itunes:duration>99999999999999999999</itunes:duration>",
        "<media:content url='https://a.example/x' duration='99999999999999999999'/>",
    ] {
        let feed = parse(item(inner).as_bytes()).unwrap();
        assert_eq!(feed.entries[0].title.as_deref(), Some("One"), "{inner:.60}");
    }
    let cut = parsed("made/truncated.xml");
    assert_eq!(
        (cut.entries.len(), parsed("made/clean.xml").entries.len()),
        (3, 5)
    );
}

/// What a feed holds in memory, about.
fn size(feed: &Parsed) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    feed.entries
        .iter()
        .map(|entry| {
            let url = entry.url.as_ref().map_or(0, |url| url.as_str().len());
            size_of_val(entry)
                + url
                + text(&entry.title)
                + text(&entry.summary)
                + text(&entry.content)
                + text(&entry.id)
                + entry.authors.iter().map(String::len).sum::<usize>()
        })
        .sum()
}

/// Documents that nest.
fn nested() -> Vec<(&'static str, String)> {
    let base = "<x xml:base='a/a/a/a/a/a/a/a/a/a/'>".repeat(150);
    let links = "<a href='x'>".repeat(100_000);
    vec![
        (
            "nested bases",
            format!(
                "<feed xml:base='https://a.example/'>{base}{}</feed>",
                "<entry><link href='x'/><id>1</id></entry>".repeat(20_000)
            ),
        ),
        ("deep nesting", item(&"<a>".repeat(100_000))),
        (
            "deep nesting in a value",
            item(&format!("<description>{}", "<p>".repeat(100_000))),
        ),
        (
            "a long base and many links",
            format!(
                "<feed xml:base='https://a.example/{}/'><entry><content><![CDATA[{links}]]></content></entry></feed>",
                "b".repeat(1900)
            ),
        ),
    ]
}

/// Documents with much of one thing.
fn numerous() -> Vec<(&'static str, String)> {
    vec![
        (
            "a million empty items",
            format!(
                "<rss version='2.0'><channel>{}</channel></rss>",
                "<item/>".repeat(1_000_000)
            ),
        ),
        (
            "long names that every entry inherits",
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>{}</name></author>{}</feed>",
                "n".repeat(80_000),
                "<entry><title>t</title></entry>".repeat(10_000)
            ),
        ),
        (
            "many sections without end",
            item(&"<title><![CDATA[</title>".repeat(50_000)),
        ),
        (
            "many sections with one end",
            item(&format!("{}]]>", "<title><![CDATA[</title>".repeat(50_000))),
        ),
        (
            "many comments without end",
            item(&"<!-- <b>".repeat(75_000)),
        ),
        (
            "many instructions without end",
            item(&"<? <b>".repeat(75_000)),
        ),
        (
            "many quotation marks",
            item(&"<a b=\"<c d='".repeat(75_000)),
        ),
        (
            "one endless tag",
            item(&format!("<a {}", "b='c' ".repeat(100_000))),
        ),
        (
            "references",
            item(&format!(
                "<description>{}</description>",
                "&amp".repeat(100_000)
            )),
        ),
        (
            "entities",
            format!(
                "<!DOCTYPE a [<!ENTITY a '{}'>]>{}",
                "x".repeat(5000),
                item(&"&a;".repeat(100_000))
            ),
        ),
        ("stray end tags", item(&"</b>".repeat(100_000))),
        (
            "unclosed entries",
            format!("<rss><channel>{}", "<item><a><b><c>".repeat(50_000)),
        ),
        ("unclosed titles", item(&"<title>".repeat(75_000))),
        (
            "namespaces",
            item(
                &(0..50_000)
                    .map(|number| format!("<x xmlns:n{number}='u'/>"))
                    .collect::<Vec<_>>()
                    .concat(),
            ),
        ),
        (
            "categories",
            item(
                &(0..100_000)
                    .map(|number| format!("<category>{number}</category>"))
                    .collect::<Vec<_>>()
                    .concat(),
            ),
        ),
        (
            "open brackets",
            format!("{{\"items\":{}", "[".repeat(1_000_000)),
        ),
    ]
}

#[test]
fn hostile_documents_cost_no_more_than_their_size() {
    for (name, document) in numerous().into_iter().chain(nested()) {
        let start = Instant::now();
        let feed = parse(document.as_bytes()).unwrap_or_default();
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
        assert!(feed.entries.len() <= 10_000, "{name}");
        // Ten thousand entries, each with an address of two kilobytes at most.
        let bound = 10_000 * 3000 + 6 * document.len();
        assert!(
            size(&feed) < bound,
            "{name}: {} of {}",
            size(&feed),
            document.len()
        );
        assert!(
            feed.warnings.len() <= 25,
            "{name}: {} warnings",
            feed.warnings.len()
        );
    }
}

/// Some healthy documents of each format.
fn seeds() -> Vec<Vec<u8>> {
    [
        "made/clean.xml",
        "made/atom03.xml",
        "made/koi8r_declared.xml",
        "made/utf16be_bom.xml",
        "made/json11_relative.json",
        "made/xmlbase_relative.xml",
        "feed-rs/rss_2.0_spiegel.xml",
        "feed-rs/atom_mediarss_youtube_1.xml",
        "feed-rs/rss_1.0_spec_2.xml",
        "outlets/kyiv-independent/feed.xml",
        "outlets/interfax-ukraine/section.html",
    ]
    .iter()
    .map(|name| read(name))
    .collect()
}

/// One way to spoil a document.
#[derive(Clone, Debug)]
enum Spoil {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static [u8]),
    Repeat(prop::sample::Index, usize),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let at = any::<prop::sample::Index>;
    let bits: Vec<&'static [u8]> = vec![
        b"<",
        b">",
        b"&",
        b"\"",
        b"<![CDATA[",
        b"]]>",
        b"</item>",
        b"<item>",
        b"<entry>",
        b"<!--",
        b"\0",
        b"\xff",
        b"\xc3",
        b"<?xml",
        b"&#x",
        b"</title>",
        b"<author>",
        "ё".as_bytes(),
        b"@",
        b"xml:base='//'",
        b"<link href=''/>",
        b"<!DOCTYPE [",
    ];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Spoil::Set(at, byte)),
        at().prop_map(Spoil::Cut),
        (at(), 1usize..200).prop_map(|(at, length)| Spoil::Drop(at, length)),
        (at(), prop::sample::select(bits)).prop_map(|(at, bit)| Spoil::Insert(at, bit)),
        (at(), 1usize..200).prop_map(|(at, length)| Spoil::Repeat(at, length)),
    ]
}

fn spoilt(mut bytes: Vec<u8>, spoils: Vec<Spoil>) -> Vec<u8> {
    for spoil in spoils {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match spoil {
            Spoil::Set(at, byte) => bytes[at.index(length)] = byte,
            Spoil::Cut(at) => bytes.truncate(at.index(length)),
            Spoil::Drop(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
            Spoil::Insert(at, bit) => {
                let at = at.index(length);
                bytes.splice(at..at, bit.iter().copied());
            }
            Spoil::Repeat(at, count) => {
                let at = at.index(length);
                let again = bytes[at..length.min(at + count)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// No spoilt document makes any reader of this room panic, and what is read keeps its promises.
    #[test]
    fn spoilt_documents_are_read_or_refused(
        seed in prop::sample::select(seeds()),
        spoils in prop::collection::vec(spoil(), 1..12),
        content_type in prop::sample::select(vec!["text/xml", "text/xml; charset=utf-16", "text/html; charset=\"koi8-r\"", ";=;charset="]),
    ) {
        let bytes = spoilt(seed, spoils);
        let home = url::Url::parse("https://a.example/").unwrap();
        let hints = Hints { content_type: Some(content_type), base: Some(&home), zone: None };
        if let Ok(feed) = wireroom::feed::parse(&bytes, &hints) {
            for entry in &feed.entries {
                let title = entry.title.as_deref().unwrap_or("x");
                prop_assert!(!title.trim().is_empty() && !title.contains(['\0', '\n']));
                prop_assert!(entry.url.as_ref().is_none_or(|url| url.scheme().starts_with("http")));
            }
            wireroom::feed::wire::to_json(&feed);
        }
        drop(sitemap::parse(&bytes, &hints));
        drop(opml::parse(&bytes));
        drop(page::links(&bytes, &hints, None, None, &home));
        drop(wireroom::feed::discover::feeds(&bytes, &home));
    }

    /// No text makes the reader of dates panic.
    #[test]
    fn any_text_is_a_date_or_none(text in "[0-9A-Za-zа-я:.,+/ TZ-]{0,40}") {
        let date = wireroom::feed::dates::parse(&text, None);
        prop_assert!(date.is_none_or(|date| !date.to_string().is_empty()));
    }
}

#[test]
fn every_fixture_is_read() {
    let folders = ["feed-rs", "miniflux", "yarr"];
    let files = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(fixture(folder)).unwrap());
    for file in files.map(|file| file.unwrap().path()) {
        let feed = parse(&std::fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let bytes = std::fs::read(&file).unwrap();
        let has = |mark: &[u8]| bytes.windows(mark.len()).any(|found| found == mark);
        let has_entries = has(b"<item") || has(b"<entry") || has(b"\"items\"");
        assert_eq!(!feed.entries.is_empty(), has_entries, "{}", file.display());
        // One of them has an entry that is but a picture.
        for entry in feed
            .entries
            .iter()
            .filter(|_| !file.ends_with("atom_image-link.xml"))
        {
            let says = [&entry.title, &entry.summary, &entry.content];
            let says_something = entry.url.is_some() || says.into_iter().any(Option::is_some);
            assert!(says_something, "{}: {entry:?}", file.display());
        }
    }
}

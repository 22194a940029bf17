//! What each fuzz target does with its bytes: a thin call of public functions that must not panic, hang or grow.
//!
//! `tests/it/corpus.rs` includes this file, so the stored corpus is run by every `cargo test`, without libFuzzer.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use regex::Regex;
use scraper::Selector;
use url::Url;
use wireroom::extract::{self, Extraction, Input, format};
use wireroom::feed::{self, Hints, dates, discover, opml, page, sitemap, wire};
use wireroom::fetch::robots::rules::Rules;

/// A target: its name, which is that of its corpus, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 8] = [
    ("feed", feed),
    ("html", html),
    ("plain", plain),
    ("opml", opml),
    ("sitemap", sitemap),
    ("robots", robots),
    ("section", section),
    ("config", config),
];

fn address() -> Url {
    Url::parse("https://harbour.example/news/2026/03/").expect("a constant address")
}

/// A feed in any format, to the JSON that is printed, and the articles it gives by itself.
pub fn feed(data: &[u8]) {
    let base = address();
    let hints = Hints {
        base: Some(&base),
        ..Hints::default()
    };
    if let Ok(parsed) = feed::parse(data, &hints) {
        black_box(wire::to_json(&parsed));
        for entry in parsed.entries.iter().take(20) {
            if let Some(found) = extract::from_entry(entry, None) {
                shown(&found);
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        black_box(dates::parse(text, None));
    }
}

/// A page, to every form of output.
pub fn html(data: &[u8]) {
    extracted(data, Some("text/html"));
}

/// A plain-text capture; what looks like HTML is read as such by whatever it is called.
pub fn plain(data: &[u8]) {
    extracted(data, Some("text/plain; charset=utf-8"));
}

fn extracted(data: &[u8], content_type: Option<&str>) {
    let url = address();
    let input = Input {
        content_type,
        url: Some(&url),
        ..Input::of(data)
    };
    if let Ok(found) = extract::extract(&input) {
        shown(&found);
        let again = extract::extract(&input).expect("the same bytes");
        assert_eq!(
            found.content, again.content,
            "the same bytes give the same article"
        );
    }
}

fn shown(found: &Extraction) {
    let content = &found.content;
    assert!(
        (0.0..=1.0).contains(&found.confidence),
        "confidence is a share"
    );
    for block in &content.blocks {
        for link in &block.links {
            assert!(
                block.text.get(link.start..link.end).is_some(),
                "a link covers words of its block"
            );
        }
    }
    black_box((
        format::text(content),
        format::markdown(content),
        format::html(content),
    ));
    black_box((
        extract::summary::summary(content),
        extract::summary::words(content),
        extract::digest(content),
    ));
    black_box(extract::text_key(content));
}

/// A subscription list, and what is written of it, which must be readable again.
pub fn opml(data: &[u8]) {
    if let Ok(subscriptions) = opml::parse(data) {
        let written = opml::write("title", &subscriptions);
        let again = opml::parse(written.as_bytes()).expect("what was written can be read");
        assert_eq!(
            again.len(),
            subscriptions.len(),
            "nothing is lost on the way"
        );
    }
}

/// A sitemap or an index of them.
pub fn sitemap(data: &[u8]) {
    let base = address();
    let hints = Hints {
        base: Some(&base),
        ..Hints::default()
    };
    black_box(sitemap::parse(data, &hints).is_ok());
}

/// A robots.txt; its last line serves as the path that is asked for.
pub fn robots(data: &[u8]) {
    let rules = Rules::parse(data);
    let text = String::from_utf8_lossy(data);
    let last = text.lines().next_back().unwrap_or_default();
    for path in ["/", "/news/1.html?a=b", "/%d0%bd*$", last] {
        black_box(rules.allows(path));
    }
    black_box(rules);
}

/// A section page, with and without rules, and the feeds it offers.
pub fn section(data: &[u8]) {
    let base = address();
    let hints = Hints {
        base: Some(&base),
        ..Hints::default()
    };
    let selector = Selector::parse("a.article-link, h2 a").expect("a constant selector");
    let pattern = Regex::new(r"/\d+").expect("a constant pattern");
    black_box(page::links(data, &hints, None, None, &base).is_ok());
    black_box(page::links(data, &hints, Some(&selector), Some(&pattern), &base).is_ok());
    black_box(discover::feeds(data, &base));
    if let Ok(text) = std::str::from_utf8(data) {
        black_box(discover::link_header(text, &base));
    }
}

/// A configuration file; it refers to a folder that is not there.
pub fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let nowhere = Path::new("/nonexistent/wireroom");
        match wireroom::config::from_str(text, nowhere, &BTreeMap::new()) {
            Ok(loaded) => drop(black_box(wireroom::config::show(&loaded.config))),
            Err(mistakes) => drop(black_box(mistakes.to_string())),
        }
    }
}

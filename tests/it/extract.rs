//! Extraction as a whole, on the five seed captures and the replica pages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use scraper::Selector;
use serde_json::Value;
use url::Url;
use wireroom::config::outlet::{ArticleRules, Field, Outlet, SharedRules};
use wireroom::extract::{
    ExtractError, Extraction, Input, extract, format, from_entry, summary::summary,
};
use wireroom::model::article::{Block, Way};
use wireroom::model::entry::Entry;
use wireroom::model::id::OutletName;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/extract")
        .join(path)
}

/// An outlet with rules as its file would have them.
#[expect(clippy::too_many_lines, reason = "a table of rules")]
fn outlet(name: &str) -> Outlet {
    struct Rules {
        language: &'static str,
        timezone: Option<&'static str>,
        charset: &'static str,
        body: &'static [&'static str],
        drop: &'static [&'static str],
        byline: &'static [&'static str],
        title: &'static [&'static str],
    }
    let rules = match name {
        "interfax-ukraine" => Rules {
            language: "en",
            timezone: Some("Europe/Kyiv"),
            charset: "utf-8",
            body: &[
                "article.article-content-view .article-content",
                "article.article-content-view",
                "article.article",
            ],
            drop: &[
                ".article-content-secondary-header",
                ".article-tags",
                ".article-more",
                "aside",
                ".adv",
            ],
            byline: &[],
            title: &["article.article-content-view h1", "h1"],
        },
        "kyiv-independent" => Rules {
            language: "en",
            timezone: Some("Europe/Kyiv"),
            charset: "utf-8",
            body: &["article .c-content", "article .gh-content", "article"],
            drop: &[
                "figure.kg-bookmark-card",
                "[class*=donat]",
                "[class*=newsletter]",
                "form",
                "aside",
                "footer",
            ],
            byline: &["meta[name='author']@content"],
            title: &["h1"],
        },
        "anewz" => Rules {
            language: "en",
            timezone: Some("Asia/Baku"),
            charset: "utf-8",
            body: &["article", "main"],
            drop: &["[class*=read-next]", "[class*=comment]", "form", "aside"],
            byline: &[],
            title: &["h1", "meta[property='og:title']@content"],
        },
        "american-chronicles" => Rules {
            language: "en",
            timezone: None,
            charset: "utf-8",
            body: &[".entry-content", "article"],
            drop: &[".sharedaddy", ".jp-relatedposts", "#comments", "aside"],
            byline: &[".author .fn", "meta[name='author']@content"],
            title: &["h1.entry-title", "h1"],
        },
        "ukrainska-pravda" => Rules {
            language: "uk",
            timezone: Some("Europe/Kyiv"),
            charset: "utf-8",
            body: &["div.post_news_text", "div.post_article_text"],
            drop: &[
                ".post_news_tags",
                ".block_related",
                "aside",
                "footer",
                "[class*=adv]",
            ],
            byline: &[
                "span.post_news_author a",
                ".post_article_author_item .post_author_name",
            ],
            title: &["h1.post_news_title", "h1.post_article_title"],
        },
        other => panic!("no outlet {other}"),
    };
    let fields = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| Field::parse(text).unwrap())
            .collect()
    };
    Outlet {
        name: OutletName::new(name),
        title: name.to_owned(),
        homepage: Url::parse("https://example.org").unwrap(),
        language: Some(rules.language.to_owned()),
        timezone: rules.timezone.map(|zone| TimeZone::get(zone).unwrap()),
        charset: encoding_rs::Encoding::for_label(rules.charset.as_bytes()),
        revisit: None,
        retry_after_scope: None,
        tracking: Vec::new(),
        sources: Vec::new(),
        article: ArticleRules {
            body: fields(rules.body),
            drop: rules
                .drop
                .iter()
                .map(|css| Selector::parse(css).unwrap())
                .collect(),
            byline: fields(rules.byline),
            title: fields(rules.title),
            ..ArticleRules::default()
        }
        .into(),
    }
}

/// Compares an extraction with what a careful reader takes from the page.
fn check(extraction: &Extraction, expected: &str, published: Option<&str>, about: &str) {
    let text = std::fs::read_to_string(fixture(&format!("expected/{expected}.json"))).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let content = &extraction.content;
    let paragraphs: Vec<String> = content.blocks.iter().map(Block::line).collect();
    let actual = serde_json::json!({
        "title": content.title,
        "lead": content.lead,
        "byline": content.byline(),
        "credit": content.credit,
        "published": content.published.map(|time| time.to_string()),
        "tags": content.tags,
        "captions": content.captions,
        "text": paragraphs,
    });
    for (key, value) in expected.as_object().unwrap() {
        let wanted = match (key.as_str(), published) {
            ("published", Some(published)) => Value::from(published),
            _ => value.clone(),
        };
        assert_eq!(
            actual[key], wanted,
            "{about}: {key}\nnotes: {:#?}",
            extraction.notes
        );
    }
    assert!(!content.partial, "{about} is whole");
}

#[test]
fn seed_captures_come_out_exactly() {
    for (file, expected, name, zoned) in [
        (
            "000_d645ac8ed709d2fa.txt",
            "seed-000",
            "interfax-ukraine",
            Some("2025-06-23T20:35:00+03:00"),
        ),
        (
            "001_d91ec0571af5820b.txt",
            "seed-001",
            "kyiv-independent",
            Some("2024-12-04T14:51:00+02:00"),
        ),
        ("002_83be168fab8a3b86.txt", "seed-002", "anewz", None),
        (
            "003_616ef4ced5fc4777.txt",
            "seed-003",
            "american-chronicles",
            None,
        ),
        (
            "004_1a9f0df40b252e6a.txt",
            "seed-004",
            "ukrainska-pravda",
            Some("2025-01-23T11:02:00+02:00"),
        ),
    ] {
        let bytes = std::fs::read(fixture(&format!("seeds/{file}"))).unwrap();
        let mut input = Input::of(&bytes);
        check(&extract(&input).unwrap(), expected, None, file);
        let outlet = outlet(name);
        input.outlet = Some(&outlet);
        check(
            &extract(&input).unwrap(),
            expected,
            zoned,
            &format!("{file} with its outlet"),
        );
    }
}

#[test]
fn replica_pages_come_out_exactly_with_and_without_rules() {
    for (page, url, content_type, zoned) in [
        (
            "interfax-ukraine/article",
            "https://en.interfax.com.ua/news/general/1082250.html",
            "text/html; charset=utf-8",
            Some("2025-06-23T20:35:00+03:00"),
        ),
        (
            "interfax-ukraine/article-amp",
            "https://en.interfax.com.ua/news/general/1082250-amp.html",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "kyiv-independent/article",
            "https://kyivindependent.com/nato-to-provide-whatever-air-defense-we-can-give-to-ukraine-rutte-says/",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "kyiv-independent/live",
            "https://kyivindependent.com/live-nato-foreign-ministers-meet-in-brussels/",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "anewz/article",
            "https://anewz.tv/world/world-news/19/nato-chief-rutte-reaffirms-support-for-ukraine-on-kyiv-trip/news",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "anewz/article-jsonld-only",
            "https://anewz.tv/world/world-news/19/nato-chief-rutte-reaffirms-support-for-ukraine-on-kyiv-trip/news?utm_source=share",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "american-chronicles/article",
            "https://www.americanchronicles.news/nato-countries-pledged-to-continue-strengthening-ukraines-air-defenses/",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "ukrainska-pravda/article",
            "https://www.pravda.com.ua/eng/news/2025/01/23/7494919/",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "ukrainska-pravda/article-2026-layout",
            "https://www.pravda.com.ua/eng/news/2025/01/23/7494919/",
            "text/html; charset=utf-8",
            None,
        ),
        (
            "ukrainska-pravda/article-uk-windows-1251",
            "https://www.pravda.com.ua/news/2025/01/23/7494915/",
            "text/html; charset=windows-1251",
            None,
        ),
    ] {
        let bytes = std::fs::read(fixture(&format!("pages/{page}.html"))).unwrap();
        let url = Url::parse(url).unwrap();
        let expected = page.replace('/', "-");
        let mut input = Input {
            content_type: Some(content_type),
            url: Some(&url),
            ..Input::of(&bytes)
        };
        check(&extract(&input).unwrap(), &expected, None, page);
        let outlet = outlet(page.split('/').next().unwrap());
        input.outlet = Some(&outlet);
        check(
            &extract(&input).unwrap(),
            &expected,
            zoned,
            &format!("{page} with rules"),
        );
        input.content_type = None;
        check(
            &extract(&input).unwrap(),
            &expected,
            zoned,
            &format!("{page} without a header"),
        );
    }
}

/// Pages whose markup names nothing: hashed classes, sections without any, boxes worded for the day.
#[test]
fn pages_of_an_unknown_make_come_out_whole() {
    for name in ["hashed-names-ru", "sections-without-names-uk", "boxes-es"] {
        let path = fixture(&format!("redesigned/{name}"));
        let bytes = std::fs::read(path.with_extension("html")).unwrap();
        let expected = std::fs::read(path.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let content = extract(&Input::of(&bytes)).unwrap().content;
        let paragraphs: Vec<String> = content.text().split("\n\n").map(str::to_owned).collect();
        assert_eq!(expected["text"], Value::from(paragraphs), "{name}");
        assert_eq!(expected["title"], Value::from(content.title), "{name}");
        assert_eq!(expected["tags"], Value::from(content.tags), "{name}");
        assert_eq!(
            expected["captions"],
            Value::from(content.captions),
            "{name}"
        );
    }
}

fn page(html: &str) -> Result<Extraction, ExtractError> {
    extract(&Input::of(html.as_bytes()))
}

const PROSE: &str =
    "<p>This is a sentence of prose that is long enough to count as one, surely it is.</p>";

/// Pages made to overflow the stack or to cost more than their size.
#[test]
fn hostile_pages_end_quickly_and_never_panic() {
    let many = |text: &str, n: usize| text.repeat(n);
    let numbered = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let ld = |text: &str| format!("<script type=\"application/ld+json\">{text}</script>{PROSE}");
    for (name, html) in [
        (
            "nested blocks",
            format!("<body>{}{PROSE}", many("<div>", 20_000)),
        ),
        (
            "nested formatting",
            format!("<body>{}{PROSE}", many("<b>", 20_000)),
        ),
        (
            "formatting opened again",
            numbered(5_000, &|n| format!("<p><b id={n}>")),
        ),
        (
            "nested tables",
            format!("<body>{}{PROSE}", many("<table><tr><td>", 20_000)),
        ),
        (
            "one row",
            format!("<body><table><tr>{}", many("<td>x y z", 20_000)),
        ),
        ("open brackets", many("<", 50_000)),
        (
            "attributes",
            format!("<p {}>{PROSE}", numbered(20_000, &|n| format!("a{n}=1 "))),
        ),
        (
            "items",
            format!("<ol>{}", many("<li>item words here now", 20_000)),
        ),
        (
            "figures",
            format!(
                "{}{}",
                many("<figure>", 300),
                many("<figcaption>x</figcaption>", 10_000)
            ),
        ),
        (
            "bylines",
            format!(
                "<h1>A title of words</h1>{}",
                numbered(10_000, &|n| format!("<i class=byline>By Jane {n}</i>"))
            ),
        ),
        (
            "nested JSON",
            ld(&format!(
                "{}1{}",
                many("{\"@type\":\"NewsArticle\",\"mainEntity\":", 120),
                many("}", 120)
            )),
        ),
        ("JSON too deep", ld(&many("[", 100_000))),
        ("foreign elements", many("<svg><foreignObject>", 10_000)),
        ("select", format!("<select>{}", many("<option>x", 20_000))),
        ("one line", many("word ", 50_000)),
        ("unfinished", "<p><a href=\"http://e.org/".to_owned()),
    ] {
        let result = page(&html);
        if html.contains(PROSE) && name != "foreign elements" {
            let text = result
                .map(|extraction| extraction.content.text())
                .unwrap_or_default();
            assert!(text.contains("a sentence of prose"), "{name}: {text:.80}");
        }
    }
}

#[test]
fn what_is_no_page_is_said_to_be_none() {
    assert_eq!(page("").unwrap_err(), ExtractError::Empty);
    assert_eq!(page(" \n ").unwrap_err(), ExtractError::Empty);
    assert_eq!(
        page("%PDF-1.7 …").unwrap_err(),
        ExtractError::NotText("PDF".to_owned())
    );
    assert_eq!(
        page("<html><body><nav>Home</nav></body></html>").unwrap_err(),
        ExtractError::NoText
    );
}

#[test]
fn a_text_is_partial_when_it_is_short_or_cut() {
    let whole = page(&format!("<article>{}", PROSE.to_owned() + "<p>Another sentence of prose stands here, and it ends the text. It is there so that the whole is long enough.</p><p>And a third, to be sure that it is enough.</p>")).unwrap();
    assert!(!whole.content.partial, "{:?}", whole.content.blocks);
    let short = page(&format!("<article>{PROSE}")).unwrap();
    assert!(short.content.partial);
}

#[test]
fn a_feed_entry_stands_in_for_its_page() {
    let entry = Entry {
        url: Some(Url::parse("https://e.org/a").unwrap()),
        title: Some("A title of some words".to_owned()),
        summary: Some(
            "A summary, <b>in bold</b> and with &amp;, that is a sentence of its own.".to_owned(),
        ),
        authors: vec!["Jane Doe".to_owned(), "admin".to_owned()],
        categories: vec!["#News".to_owned()],
        ..Entry::default()
    };
    let extraction = from_entry(&entry, None).unwrap();
    let content = &extraction.content;
    assert_eq!(
        content.text(),
        "A summary, in bold and with &, that is a sentence of its own."
    );
    assert_eq!(content.way, Way::FeedSummary);
    assert!(content.partial);
    assert_eq!(
        (content.authors.join(", "), content.tags.join(", ")),
        ("Jane Doe".to_owned(), "News".to_owned())
    );
    let full = Entry {
        content: Some(PROSE.repeat(3).replace("sentence", "full sentence")),
        ..entry
    };
    assert_eq!(
        from_entry(&full, None).unwrap().content.way,
        Way::FeedContent
    );
    assert_eq!(from_entry(&Entry::default(), None), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any bytes, told to be anything, give an article or an error; links lie on characters.
    #[test]
    fn any_input_is_survived(parts in proptest::collection::vec(prop_oneof![
        Just("<p>".to_owned()), Just("<div class='share'>".to_owned()), Just("</div>".to_owned()), Just("<a href=/x>".to_owned()),
        Just("</a>".to_owned()), Just("<li>".to_owned()), Just("<ol>".to_owned()), Just("<table><tr><td>".to_owned()), Just("<br><br>".to_owned()),
        Just("<h1>".to_owned()), Just("<figure><figcaption>".to_owned()), Just("<blockquote>".to_owned()), Just("A sentence of prose, long enough to be one, e\u{301}.".to_owned()),
        Just("<time>12.03.2024</time>".to_owned()), Just("By Jane Doe".to_owned()), ".{0,40}",
    ], 0..60)) {
        let html = parts.concat();
        for text in [html.clone(), format!("<html>{html}")] {
            let Ok(extraction) = page(&text) else { continue };
            for block in &extraction.content.blocks {
                let mut before = 0;
                for link in &block.links {
                    prop_assert!(before <= link.start && block.text.get(link.start..link.end).is_some(), "{block:?}");
                    before = link.end;
                }
            }
            prop_assert_eq!(page(&text).unwrap(), extraction.clone());
            for written in [format::html(&extraction.content), format::markdown(&extraction.content), summary(&extraction.content)] {
                prop_assert!(!written.contains("<script"));
            }
        }
    }
}

/// What an outlet drops by its wording may head the list at which the article ends: the list goes too.
#[test]
fn a_dropped_line_that_ends_the_article_still_ends_it() {
    let capture = "Storm closes the harbour\n\n\
        The harbour was closed for three days while divers looked for the anchor.\n\n\
        Nobody could say on Monday how long it would take, the master of the port said.\n\n\
        MORE ABOUT\n\nThe pilots of the port stay at home, their office said on Tuesday evening.\n";
    let list = "<div class=list><h3>MORE ABOUT</h3><p><a href=/a>The pilots of the port stay at home</a></p></div>";
    let html = format!(
        "<article><h1>Storm closes the harbour</h1>{PROSE}{}{}{list}</article>",
        PROSE.replace("This", "That"),
        PROSE.replace("This", "It")
    );
    let mut outlet = outlet("interfax-ukraine");
    outlet.article = SharedRules::default();
    outlet.article.drop_lines = vec![regex::Regex::new("^MORE ABOUT$").unwrap()];
    for bytes in [capture, &html] {
        let found = extract(&Input {
            outlet: Some(&outlet),
            ..Input::of(bytes.as_bytes())
        })
        .unwrap();
        let text = found.content.text();
        assert!(
            !text.contains("MORE ABOUT") && !text.contains("pilots"),
            "{text}"
        );
        assert!(found.content.blocks.len() >= 2, "{text}");
    }
}

/// A capture broken at a width is the article that it was before, and says its section.
#[test]
fn captures_broken_at_a_width_are_whole_again() {
    let capture = "Section: Ports\n\
        Storm closes the harbour of Odesa\n\n\
        The harbour was closed for three days while divers looked for the\n\
        anchor, the master of the port said on Monday, and nobody could say\n\
        how long it would take.\n\n\
        In Odesa the pilots of the company stayed ashore on account of the\n\
        wind, which blew as never before, and the ships waited outside for\n\
        the third day in a row.\n";
    let found = page(capture).unwrap();
    let paragraphs: Vec<&str> = found
        .content
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(
        paragraphs,
        [
            "The harbour was closed for three days while divers looked for the anchor, the master of the \
             port said on Monday, and nobody could say how long it would take.",
            "In Odesa the pilots of the company stayed ashore on account of the wind, which blew as never \
             before, and the ships waited outside for the third day in a row.",
        ]
    );
    assert_eq!(
        found.content.title.as_deref(),
        Some("Storm closes the harbour of Odesa")
    );
    assert_eq!(found.content.section.as_deref(), Some("Ports"));
}

//! What arrives in the channel, and what hostile pages try.

use proptest::prelude::*;

use super::*;
use crate::model::article::{Block, BlockKind, Content};
use crate::model::event::{EventKind, FullSubject};
use crate::model::id::OutletName;
use crate::notify::sample;

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn new(content: Content) -> Value {
    message(&sample::new_article(content), ContentSize::Summary)
}

/// Every string of a message, with the key it stands under.
fn strings(value: &Value, key: &str, out: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => out.push((key.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, out)),
        Value::Object(map) => map.iter().for_each(|(key, item)| strings(item, key, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Slack's rules, as its documentation and SDK state them.
#[track_caller]
fn assert_acceptable(message: &Value) {
    let units = |value: &Value| value.as_str().unwrap().encode_utf16().count();
    let line = message["text"].as_str().unwrap();
    assert!(!line.is_empty() && line.encode_utf16().count() <= 4000);
    assert_eq!(message["unfurl_links"], false);
    let blocks = message["blocks"].as_array().unwrap();
    assert!((1..=50).contains(&blocks.len()));
    assert!(
        pretty_len(message) < 13_200,
        "{} characters",
        pretty_len(message)
    );
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "section" => assert!((1..=3000).contains(&units(&block["text"]["text"]))),
            "header" => {
                assert_eq!(block["text"]["type"], "plain_text");
                assert!((1..=150).contains(&units(&block["text"]["text"])));
            }
            "context" => {
                let elements = block["elements"].as_array().unwrap();
                assert!((1..=10).contains(&elements.len()));
                for element in elements {
                    assert!((1..=3000).contains(&units(&element["text"])));
                }
            }
            "image" => {
                assert!((1..=3000).contains(&units(&block["image_url"])));
                assert!((1..=2000).contains(&units(&block["alt_text"])));
            }
            other => panic!("unexpected block {other}"),
        }
    }
    let mut all = Vec::new();
    strings(message, "", &mut all);
    for (key, text) in all.iter().filter(|(key, _)| key == "text") {
        assert_inert(key, text);
    }
}

fn pretty_len(message: &Value) -> usize {
    message["blocks"].to_string().encode_utf16().count()
}

/// No `<` but of our own links, no `&` but of the three escapes, and whole escapes only.
#[track_caller]
fn assert_inert(key: &str, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '>']) {
        let tail = &rest[at..];
        let length = if tail.starts_with("<http://") || tail.starts_with("<https://") {
            let end = tail.find('>').expect("a link ends");
            assert!(tail[..end].contains('|'), "{key}: {text}");
            assert!(!tail[1..end].contains('<'), "{key}: {text}");
            end + 1
        } else {
            ["&amp;", "&lt;", "&gt;"]
                .iter()
                .find(|escape| tail.starts_with(**escape))
                .unwrap_or_else(|| panic!("{key}: not inert at {tail}"))
                .len()
        };
        rest = &tail[length..];
    }
}

#[test]
fn a_new_article() {
    let message = new(sample::content());
    assert_acceptable(&message);
    insta::assert_snapshot!("article_new", pretty(&message));
}

#[test]
fn a_correction_is_marked_and_says_what_changed() {
    let mut content = sample::content();
    content.title = Some("Ministers agree on R&D <funds>".to_owned());
    content.blocks[1].text = "The fund holds 12 million euros. It opens in July.".to_owned();
    let event = sample::updated_article(sample::content(), content);
    let message = message(&event, ContentSize::Summary);
    assert_acceptable(&message);
    insta::assert_snapshot!("article_updated", pretty(&message));
}

#[test]
fn other_events_can_be_read() {
    let mut messages = Vec::new();
    for kind in EventKind::ALL {
        let name = kind.as_str();
        let event = if name.starts_with("source.") {
            sample::source_event(kind)
        } else if name.starts_with("endpoint.") {
            sample::endpoint_event(kind)
        } else if kind == EventKind::Test {
            sample::test_event()
        } else {
            continue;
        };
        let message = message(&event, ContentSize::Summary);
        assert_acceptable(&message);
        if matches!(
            kind,
            EventKind::SourceMoved | EventKind::EndpointFailing | EventKind::Test
        ) {
            messages.push(message);
        }
    }
    insta::assert_snapshot!("other_events", pretty(&Value::from(messages)));
}

#[test]
fn a_link_only_endpoint_gets_headline_and_origin() {
    let message = message(&sample::new_article(sample::content()), ContentSize::Link);
    assert_acceptable(&message);
    let kinds: Vec<&str> = message["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block["type"].as_str())
        .collect();
    assert_eq!(kinds, ["section", "context", "context"]);
}

#[test]
fn a_whole_text_comes_in_sections() {
    let mut content = sample::content();
    content.blocks = (0..200)
        .map(|n| {
            Block::plain(
                BlockKind::Paragraph,
                format!("Sentence {n} <of> the story, told at some length."),
            )
        })
        .collect();
    let message = message(&sample::new_article(content), ContentSize::Full);
    assert_acceptable(&message);
    let sections = message["blocks"].as_array().unwrap().iter();
    let sections = sections.filter(|block| block["type"] == "section").count();
    assert_eq!(sections, 3, "{message:#}");
    assert!(message.to_string().contains("Sentence 99 "));
}

/// Texts of which each is somebody's trick, or somebody's language.
fn hostile() -> Vec<String> {
    vec![
        String::new(),
        " \n\t ".to_owned(),
        "<!channel> <!here|x> <!everyone> @everyone @channel <@U123> <#C1> <https://evil.example|click>".to_owned(),
        "*bold* _it_ ~no~ `code` ```block``` [md](https://evil.example) # head".to_owned(),
        "> quote\n>>> all of it".to_owned(),
        "&amp;&lt;!channel&gt; &".to_owned(),
        "كتب الوزير \u{202E}evil\u{202C} رسالة. جملة ثانية.".repeat(400),
        "\u{0}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{2029}\u{FEFF}".to_owned(),
        "👨‍👩‍👧‍👦".repeat(5000),
        format!("e{}", "\u{301}".repeat(50_000)),
        "<".repeat(100_000),
        "&".repeat(100_000),
        "😀".repeat(30_000),
        "word ".repeat(20_000),
        "日本語の文章です。".repeat(10_000),
        "a".repeat(100_000),
        "\"\\\u{1}".repeat(20_000),
        "|".repeat(5000),
    ]
}

#[test]
fn hostile_words_come_out_inert_and_within_limits() {
    for text in hostile() {
        let mut content = Content {
            title: Some(text.clone()),
            lead: Some(text.clone()),
            authors: vec![text.clone(); 10],
            section: Some(text.clone()),
            captions: vec![text.clone()],
            image: Some(sample::url(&format!(
                "https://a.example/{}",
                "p".repeat(2900)
            ))),
            blocks: vec![Block::plain(BlockKind::Paragraph, text.clone()); 3],
            partial: true,
            free: Some(false),
            ..Content::default()
        };
        let old = content.clone();
        assert_acceptable(&new(content.clone()));
        content.title = Some(format!("New {text}"));
        content.blocks[0].text = format!("New {text}").repeat(2);
        for size in [
            ContentSize::Summary,
            ContentSize::Summary,
            ContentSize::Link,
        ] {
            let event = sample::updated_article(old.clone(), content.clone());
            assert_acceptable(&message(&event, size));
        }
        content.title = None;
        content.lead = None;
        assert_acceptable(&new(content));
        let mut event = sample::source_event(EventKind::SourceFailing);
        if let FullSubject::Source(subject) = &mut event.body {
            subject.outlet = OutletName::new(text.clone());
            subject.reason = Some(text.clone());
        }
        assert_acceptable(&message(&event, ContentSize::Summary));
        let mut event = sample::endpoint_event(EventKind::EndpointFailing);
        if let FullSubject::Endpoint(subject) = &mut event.body {
            subject.reason = Some(text.clone());
        }
        assert_acceptable(&message(&event, ContentSize::Summary));
    }
}

#[test]
fn long_addresses_and_many_copies_fit() {
    let long = format!("https://a.example/?q={}", "<|>&é".repeat(2000));
    let mut event = sample::new_article(sample::content());
    if let FullSubject::Article { article, .. } = &mut event.body {
        article.url = sample::url(&long);
        article.revision.content.image = Some(sample::url(&long));
        let member = article.story.also[0].clone();
        article.story.also = vec![member; 300];
        article.story.also[1].url = sample::url(&long);
    }
    let message = message(&event, ContentSize::Summary);
    assert_acceptable(&message);
    let text = message.to_string();
    assert!(text.contains("and 292 more"), "{text}");
    assert!(!text.contains("image_url"), "{text}");
}

proptest! {
    #[test]
    fn any_words_are_acceptable(
        title in proptest::option::of("([<>&*_~`|@!\\\\\"]|\\PC){0,400}"),
        text in "([<>&*_~`.\\n]|\\PC|.){0,600}",
    ) {
        let mut content = sample::content();
        content.title = title;
        content.lead = None;
        content.blocks = vec![Block::plain(BlockKind::Paragraph, text)];
        assert_acceptable(&new(content.clone()));
        let event = sample::updated_article(sample::content(), content);
        assert_acceptable(&message(&event, ContentSize::Summary));
    }
}

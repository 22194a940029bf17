//! What arrives in each channel, and what hostile pages try.

use proptest::prelude::*;
use serde_json::Value;

use super::render::{Outgoing, Verb, render};
use super::sample;
use crate::config::endpoint::{ContentSize, EventMode, Format};
use crate::model::article::{Block, BlockKind, Content};
use crate::model::event::{EventKind, FullEvent};

const SIZES: [ContentSize; 3] = [ContentSize::Full, ContentSize::Summary, ContentSize::Link];
/// One grapheme of seven characters.
const FAMILY: &str = "👩‍👩‍👧‍👦";

fn sent(format: &str, event: &FullEvent, size: ContentSize) -> Outgoing {
    let mut endpoint = sample::endpoint(format);
    endpoint.content = size;
    render(&endpoint, event, sample::at("2025-06-23T17:40:00Z")).unwrap()
}

fn json(outgoing: &Outgoing) -> Value {
    serde_json::from_slice(&outgoing.body).unwrap()
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

fn strings_of(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    strings(value, "", &mut out);
    out
}

fn units(value: &Value) -> usize {
    value.as_str().unwrap().encode_utf16().count()
}

/// The rules of the receiver, as its documentation states them.
#[track_caller]
fn assert_acceptable(format: &str, outgoing: &Outgoing) {
    let message = json(outgoing);
    match format {
        // Slack's own tests go further.
        "slack" => assert!(message["blocks"].to_string().encode_utf16().count() < 13_200),
        "discord" => {
            let embed = &message["embeds"][0];
            let title = units(&embed["title"]);
            let text = units(&embed["description"]);
            let footer = units(&embed["footer"]["text"]);
            assert!((1..=256).contains(&title), "{title}");
            assert!(text <= 4096 && footer <= 2048, "{text} {footer}");
            assert!(title + text + footer <= 6000);
            assert_eq!(message["allowed_mentions"]["parse"], serde_json::json!([]));
        }
        "teams" => {
            assert!(outgoing.body.len() <= 28_000, "{}", outgoing.body.len());
            let attachment = &message["attachments"][0];
            assert_eq!(
                attachment["contentType"],
                "application/vnd.microsoft.card.adaptive"
            );
            for part in attachment["content"]["body"].as_array().unwrap() {
                let kind = part["type"].as_str().unwrap();
                assert!(["RichTextBlock", "Image"].contains(&kind), "{kind}");
            }
        }
        "mattermost" => {
            let attachment = &message["attachments"][0];
            assert!((1..=7600).contains(&units(&attachment["text"])));
            assert!(units(&attachment["title"]) > 0);
        }
        "telegram" => {
            let text = message["text"].as_str().unwrap();
            let visible = visible(text);
            let length = visible.encode_utf16().count();
            assert!((1..=4096).contains(&length), "{length}");
        }
        "matrix" => {
            assert!(outgoing.body.len() <= 60_000, "{}", outgoing.body.len());
            assert_eq!(message["m.mentions"], serde_json::json!({}));
            visible(message["formatted_body"].as_str().unwrap());
        }
        "ntfy" => {
            let text = message["message"].as_str().unwrap();
            assert!((1..=4096).contains(&text.len()), "{}", text.len());
            assert!(!message["title"].as_str().unwrap().is_empty());
        }
        other => panic!("no chat {other}"),
    }
    for (key, text) in strings_of(&message) {
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n') && !text.contains('\u{202E}'),
            "{format} {key}: {text:?}"
        );
        // What is left of a family that was cut.
        let rest = text.replace(FAMILY, "");
        assert!(
            !rest.contains(['👩', '👧', '👦', '\u{200D}']),
            "{format} {key} was cut within a grapheme"
        );
        assert!(
            !text.ends_with('\u{301}') || text.ends_with("e\u{301}"),
            "{format} {key}"
        );
    }
}

/// HTML without its elements, each of which must be one of ours, closed, and in order.
#[track_caller]
fn visible(html: &str) -> String {
    let element = regex::Regex::new(r#"<(/?)(a href="[^"<>]*"|[a-z]+)>"#).unwrap();
    let mut open: Vec<String> = Vec::new();
    for found in element.captures_iter(html) {
        let name = found[2].split(' ').next().unwrap().to_owned();
        match (&found[1], name.as_str()) {
            (_, "br") => {}
            ("/", _) => assert_eq!(open.pop(), Some(name), "{html}"),
            (_, "a" | "b" | "i" | "p" | "em") => open.push(name),
            _ => panic!("<{name}> in {html}"),
        }
    }
    assert!(open.is_empty(), "{open:?} in {html}");
    let text = element.replace_all(html, "").into_owned();
    assert!(!text.contains(['<', '>']), "{text}");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn hostile() -> Vec<Content> {
    let paragraph = |text: &str| Block::plain(BlockKind::Paragraph, text);
    let with = |title: &str, text: &str| Content {
        title: Some(title.to_owned()),
        lead: None,
        authors: vec![title.to_owned(); 40],
        section: Some(title.to_owned()),
        captions: vec![text.to_owned()],
        blocks: vec![paragraph(text), paragraph(text), paragraph(title)],
        ..sample::content()
    };
    let attack = "<!channel> <@U1> @everyone @here @channel @room **b** __u__ `c` ```x``` # h \
                  [click](https://evil.example) <https://evil.example|x> <b onclick=x> &lt; ||s|| > q \\ \
                  <script>alert(1)</script> {{ 7*7 }} {% raw %} \u{202E}gnp.exe\u{0}\u{7}\r\n\n# head";
    let no_end = "word".repeat(25_000);
    let families = format!("{FAMILY} ").repeat(4000);
    let marks = "e\u{301}".repeat(30_000);
    vec![
        with(attack, attack),
        with(&no_end, &no_end),
        with(&families, &families),
        with(&FAMILY.repeat(4000), &FAMILY.repeat(4000)),
        with(&marks, &marks),
        with(&"&<>\"*_".repeat(20_000), &"&<>\"*_".repeat(20_000)),
        with("خبر عاجل من الوكالة", "قال المسؤول إن الاتفاق وُقّع اليوم."),
        Content::default(),
        Content {
            title: None,
            ..sample::content()
        },
        Content {
            blocks: (0..3000)
                .map(|n| paragraph(&format!("Paragraph {n}.")))
                .collect(),
            ..sample::content()
        },
    ]
}

#[test]
fn nothing_hostile_breaks_a_format() {
    for content in hostile() {
        let new = sample::new_article(content.clone());
        let updated = sample::updated_article(sample::content(), content);
        let sizes = SIZES.map(|size| (&new, size));
        for (event, size) in sizes.into_iter().chain([(&updated, ContentSize::Full)]) {
            for format in sample::CHATS {
                assert_acceptable(format, &sent(format, event, size));
            }
        }
    }
}

#[test]
fn nobody_is_called_by_what_a_page_says() {
    let event = sample::new_article(hostile().remove(0));
    for format in ["mattermost", "telegram", "matrix"] {
        let message = json(&sent(format, &event, ContentSize::Full));
        for (key, text) in strings_of(&message) {
            for name in ["@everyone", "@here", "@channel", "@room", "@U1"] {
                assert!(!text.contains(name), "{format} {key}: {name}");
            }
        }
    }
    let card = sent("teams", &event, ContentSize::Full);
    for (key, text) in strings_of(&json(&card)) {
        // Only runs and descriptions hold foreign words, and neither knows markup.
        if text.contains("evil.example") {
            assert!(["text", "altText"].contains(&key.as_str()), "{key}");
        }
    }
}

#[test]
fn every_event_can_be_told_in_every_format() {
    for kind in EventKind::ALL {
        let event = sample::event_of(kind);
        for format in sample::CHATS {
            assert_acceptable(format, &sent(format, &event, ContentSize::Summary));
        }
        for format in ["json", "cloudevents"] {
            let message = json(&sent(format, &event, ContentSize::Full));
            assert_eq!(message["type"], kind.as_str());
        }
    }
}

#[test]
fn a_channel_reads_well() {
    for format in sample::CHATS {
        if format == "slack" {
            continue;
        }
        let kinds = [
            EventKind::ArticleNew,
            EventKind::ArticleUpdated,
            EventKind::SourceMoved,
            EventKind::EndpointFailing,
            EventKind::Test,
        ];
        let mut page: Vec<String> = Vec::new();
        for kind in kinds {
            let outgoing = sent(format, &sample::event_of(kind), ContentSize::Summary);
            let text = serde_json::to_string_pretty(&json(&outgoing)).unwrap();
            page.push(format!("--- {}\n{text}\n", kind.as_str()));
        }
        insta::assert_snapshot!(format, page.concat());
    }
}

#[test]
fn content_says_how_much_of_an_article_is_sent() {
    let mut content = sample::content();
    content.blocks = (0..20)
        .map(|n| Block::plain(BlockKind::Paragraph, format!("Sentence {n} of the story.")))
        .collect();
    content.lead = None;
    let event = sample::new_article(content);
    for format in sample::CHATS {
        let text = |size| {
            let parts = strings_of(&json(&sent(format, &event, size)));
            let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
            parts.join("\n").replace('\\', "")
        };
        let full = text(ContentSize::Full);
        let summary = text(ContentSize::Summary);
        let link = text(ContentSize::Link);
        assert!(
            full.contains("Sentence 19 of the story."),
            "{format}: {full}"
        );
        assert!(summary.contains("Sentence 0 of the story."), "{format}");
        assert!(!summary.contains("Sentence 9"), "{format}");
        assert!(!link.contains("Sentence"), "{format}");
        assert!(
            link.contains("R&D <fund>") || link.contains("R&amp;D"),
            "{format}: {link}"
        );
    }
}

#[test]
fn copies_and_changes_are_told() {
    let event = sample::event_of(EventKind::ArticleUpdated);
    for format in sample::CHATS {
        let message = json(&sent(format, &event, ContentSize::Summary));
        let all = message.to_string();
        for told in [
            "Corrected",
            "revision 2",
            "What changed",
            "Also at",
            "evening-times",
        ] {
            // Slack and Teams write the mark in parts of their own.
            assert!(all.contains(told), "{format} lacks {told}: {all}");
        }
        assert!(all.contains("12 million"), "{format}");
    }
}

#[test]
fn cloud_events_in_both_modes() {
    let event = sample::event_of(EventKind::ArticleUpdated);
    let told = |mode| {
        let mut endpoint = sample::endpoint("cloudevents");
        endpoint.format = Format::CloudEvents(mode);
        endpoint.content = ContentSize::Link;
        let outgoing = render(&endpoint, &event, sample::at("2025-06-23T17:40:00Z")).unwrap();
        let headers: Vec<String> = outgoing
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        let headers = headers.concat();
        let body = serde_json::to_string_pretty(&json(&outgoing)).unwrap();
        format!(
            "content-type: {}\n{headers}\n{body}\n",
            outgoing.content_type
        )
    };
    insta::assert_snapshot!("cloudevents_structured", told(EventMode::Structured));
    insta::assert_snapshot!("cloudevents_binary", told(EventMode::Binary));
    let source = sample::source_event(EventKind::SourceMoved);
    let mut endpoint = sample::endpoint("cloudevents");
    endpoint.format = Format::CloudEvents(EventMode::Binary);
    let outgoing = render(&endpoint, &source, sample::at("2025-06-23T17:40:00Z")).unwrap();
    for (name, value) in &outgoing.headers {
        assert!(
            value.chars().all(|c| c.is_ascii_graphic() || c == ' '),
            "{name}: {value}"
        );
    }
}

#[test]
fn addresses_are_what_each_service_asks_for() {
    let event = sample::new_article(sample::content());
    let to = |format: &str, base: &str| {
        let mut endpoint = sample::endpoint(format);
        endpoint.url = crate::config::endpoint::SecretUrl::new(sample::url(base));
        let outgoing = render(&endpoint, &event, sample::at("2025-06-23T17:40:00Z")).unwrap();
        let header = outgoing
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        let bearer = header.map(|(_, value)| value.clone());
        (outgoing.verb, outgoing.url.to_string(), bearer)
    };
    assert_eq!(
        to("telegram", "https://api.telegram.org/"),
        (
            Verb::Post,
            "https://api.telegram.org/bot123:token/sendMessage".to_owned(),
            None
        )
    );
    let id = event.id.to_string();
    assert_eq!(
        to("matrix", "https://matrix.example"),
        (
            Verb::Put,
            format!(
                "https://matrix.example/_matrix/client/v3/rooms/!room:matrix.example/send/m.room.message/{id}"
            ),
            Some("Bearer 123:token".to_owned())
        )
    );
    assert_eq!(
        to("ntfy", "https://ntfy.example/base/news"),
        (
            Verb::Post,
            "https://ntfy.example/base".to_owned(),
            Some("Bearer 123:token".to_owned())
        )
    );
    let webhook = "https://discord.com/api/webhooks/1/key?thread_id=5";
    assert_eq!(to("discord", webhook).1, format!("{webhook}&wait=true"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_words_are_told_within_the_limits(
        title in proptest::option::of(any::<String>()),
        paragraphs in proptest::collection::vec(any::<String>(), 0..6),
        times in 1usize..300,
    ) {
        let content = Content {
            title,
            blocks: paragraphs.iter()
                .map(|text| Block::plain(BlockKind::Paragraph, text.repeat(times))).collect(),
            ..sample::content()
        };
        let event = sample::updated_article(sample::content(), content);
        for format in ["discord", "teams", "mattermost", "telegram", "matrix", "ntfy"] {
            let outgoing = sent(format, &event, ContentSize::Full);
            let message = json(&outgoing);
            match format {
                "discord" => prop_assert!(units(&message["embeds"][0]["description"]) <= 4096),
                "telegram" => prop_assert!(
                    visible(message["text"].as_str().unwrap()).encode_utf16().count() <= 4096
                ),
                "ntfy" => prop_assert!(message["message"].as_str().unwrap().len() <= 4096),
                "teams" => prop_assert!(outgoing.body.len() <= 28_000),
                _ => prop_assert!(outgoing.body.len() <= 65_000),
            }
        }
    }
}

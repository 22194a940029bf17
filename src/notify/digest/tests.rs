use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::article::{Block, BlockKind, Content};
use crate::model::id::EventId;
use crate::notify::render::{Outgoing, render};
use crate::notify::sample::{self, CHATS};

const FORMATS: [&str; 10] = [
    "json",
    "cloudevents",
    "slack",
    "discord",
    "teams",
    "mattermost",
    "telegram",
    "matrix",
    "ntfy",
    "template",
];

fn now() -> Timestamp {
    sample::at("2025-06-24T06:00:00Z")
}

fn sent(endpoint: &EndpointSpec, event: &FullEvent) -> Outgoing {
    render(endpoint, event, now()).unwrap()
}

fn body(outgoing: &Outgoing) -> Value {
    serde_json::from_slice(&outgoing.body).unwrap()
}

fn gathered(event: &FullEvent) -> &Digest {
    let FullSubject::Digest(digest) = &event.body else {
        panic!("{event:?}");
    };
    digest
}

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0197_9d2b_0000_7000_9000_0000_0000_0000 + number)
}

/// `count` articles, each new, with these words.
fn of_articles(count: usize, content: impl Fn(usize) -> Content) -> FullEvent {
    let members = (0..count).map(|number| {
        let mut event = sample::new_article(content(number));
        event.id = EventId(id(1000 + number as u128));
        if let FullSubject::Article { article, .. } = &mut event.body {
            article.id = ArticleId(id(number as u128));
        }
        event
    });
    sample::digest_of(members.collect())
}

fn usual(number: usize) -> Content {
    Content {
        title: Some(format!("Headline {number} of the day")),
        ..sample::content()
    }
}

/// Revisions of one article, from `first` on.
fn revisions(first: u32, last: u32) -> Vec<FullEvent> {
    let content = |number: u32| Content {
        title: Some(format!("Revision {number}")),
        ..sample::content()
    };
    let event = |number: u32| {
        let mut event = if number == 1 {
            sample::new_article(content(1))
        } else {
            sample::updated_article(content(number - 1), content(number))
        };
        if let FullSubject::Article { article, previous } = &mut event.body {
            article.revision.number = number;
            if let Some(previous) = previous {
                previous.number = number - 1;
            }
        }
        event.id = EventId(id(u128::from(number)));
        event
    };
    (first..=last).map(event).collect()
}

#[test]
fn an_article_is_told_once_as_it_is_now() {
    let told = |members| {
        let event = sample::digest_of(members);
        let entries = entries(gathered(&event));
        assert_eq!(entries.len(), 1);
        let FullSubject::Article { article, previous } = &entries[0].body else {
            panic!("{entries:?}");
        };
        let previous = previous.as_ref().map(|previous| previous.number);
        (
            entries[0].kind,
            article.revision.number,
            previous,
            entries[0].id,
        )
    };
    let last = EventId(id(3));
    assert_eq!(
        told(revisions(1, 3)),
        (EventKind::ArticleNew, 3, None, last)
    );
    // The endpoint knows the first revision: it is told what changed since.
    assert_eq!(
        told(revisions(2, 3)),
        (EventKind::ArticleUpdated, 3, Some(1), last)
    );
    let json = body(&sent(
        &sample::endpoint("json"),
        &sample::digest_of(revisions(2, 3)),
    ));
    let article = &json["data"]["articles"][0];
    assert_eq!(article["revision"], 3);
    assert_eq!(article["previous"]["title"], "Revision 1");
    let changed = article["diff"]["title"].as_array().unwrap();
    assert!(
        changed
            .iter()
            .any(|part| part["op"] == "insert" && part["text"] == "3")
    );
    assert!(
        changed
            .iter()
            .any(|part| part["op"] == "delete" && part["text"] == "1")
    );
}

#[test]
fn a_channel_reads_well() {
    for format in FORMATS {
        let mut endpoint = sample::endpoint(format);
        endpoint.content = ContentSize::Summary;
        if format == "template" {
            let source = "{% for article in data.articles %}{{ article.title }}\n{% endfor %}";
            let template = crate::config::template::Template::compile(source, "text/plain");
            endpoint.format = Format::Template(template.unwrap());
        }
        let outgoing = sent(&endpoint, &sample::event_of(EventKind::Digest));
        let text = String::from_utf8(outgoing.body.to_vec()).unwrap();
        let shown = match serde_json::from_str::<Value>(&text) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
            Err(_) => text,
        };
        insta::assert_snapshot!(format, format!("{}\n{shown}", outgoing.content_type));
    }
}

#[test]
fn an_article_of_a_digest_has_the_fields_that_it_has_by_itself() {
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let endpoint = sample::endpoint("json");
    let single = body(&sent(&endpoint, &sample::event_of(EventKind::ArticleNew)));
    let digest = body(&sent(&endpoint, &sample::event_of(EventKind::Digest)));
    assert_eq!(digest["type"], "digest");
    let mut expected = keys(&single["data"]["article"]);
    expected.insert("event".to_owned());
    assert_eq!(keys(&digest["data"]["articles"][0]), expected);
    expected.extend(["previous".to_owned(), "diff".to_owned()]);
    assert_eq!(keys(&digest["data"]["articles"][1]), expected);
    assert_eq!(digest["data"]["events"][0]["type"], "source.failing");
    assert_eq!(digest["data"]["digest"]["entries"], 3);
}

/// Parts a digest as deliveries do; the number of members of each message.
fn parted(endpoint: &EndpointSpec, event: &FullEvent) -> Vec<usize> {
    let most = most(&endpoint.format);
    let mut left = gathered(event).members.clone();
    let mut parts = Vec::new();
    while !left.is_empty() {
        let taken = left.iter().take(most).cloned().collect();
        let bound = sample::digest_of(taken);
        let fitting = fitting(endpoint, &bound, now()).unwrap();
        let message = part(&bound, gathered(&bound), fitting);
        assert!(fitting >= 1);
        assert!(fitting == 1 || fits(endpoint, &message, now()).unwrap());
        parts.push(fitting);
        left.drain(..fitting);
    }
    parts
}

#[test]
fn ten_thousand_articles_go_in_as_few_messages_as_fit() {
    // Rendering so many costs; what is of one length parts alike.
    let event = of_articles(200, usual);
    for format in FORMATS {
        let mut endpoint = sample::endpoint(format);
        endpoint.content = ContentSize::Summary;
        let parts = parted(&endpoint, &event);
        assert_eq!(parts.iter().sum::<usize>(), 200, "{format}");
        // One more would have been too many: no message is followed by one that it had room for.
        let all = gathered(&event).members.clone();
        let mut at = 0;
        for size in &parts[..parts.len() - 1] {
            if *size < most(&endpoint.format) {
                let fuller = sample::digest_of(all[at..=at + size].to_vec());
                assert!(
                    !fits(&endpoint, &fuller, now()).unwrap(),
                    "{format} {parts:?}"
                );
            }
            at += size;
        }
        assert!(parts[0] >= 8, "{format}: {parts:?}");
    }
    let mut discord = sample::endpoint("discord");
    discord.content = ContentSize::Link;
    assert_eq!(parted(&discord, &event), [10; 20]);
}

#[test]
fn corrections_are_never_parted_from_their_article() {
    let mut members = revisions(1, 4);
    members.extend(gathered(&of_articles(40, usual)).members.iter().cloned());
    members.extend(revisions(1, 4).into_iter().map(|mut event| {
        if let FullSubject::Article { article, .. } = &mut event.body {
            article.id = ArticleId(id(77));
        }
        event
    }));
    let event = sample::digest_of(members);
    let digest = gathered(&event);
    assert_eq!(members_of(digest, 1), 4);
    assert_eq!(members_of(digest, 2), 5);
    assert_eq!(members_of(digest, 41), 44);
    assert_eq!(members_of(digest, 42), 48);
    assert_eq!(members_of(digest, 99), 48);
    assert_eq!(half(digest), Some(24));
    assert_eq!(half(gathered(&sample::digest_of(revisions(1, 4)))), None);
    let mut telegram = sample::endpoint("telegram");
    telegram.content = ContentSize::Summary;
    let fitting = fitting(&telegram, &event, now()).unwrap();
    assert!((5..48).contains(&fitting), "{fitting}");
}

#[test]
fn nothing_foreign_is_obeyed() {
    let hostile = |_: usize| Content {
        title: Some("<!channel> @everyone **x** <b>[a](https://evil.example)</b> 🏴󠁧󠁢󠁥󠁮󠁧󠁿".to_owned()),
        authors: vec!["@here <script>".to_owned()],
        blocks: vec![Block::plain(
            BlockKind::Paragraph,
            "<!here> @room [click](javascript:x) </p><script>alert(1)</script> & more.".repeat(900),
        )],
        ..sample::content()
    };
    let event = of_articles(30, hostile);
    for format in CHATS {
        let endpoint = sample::endpoint(format);
        let fitting = fitting(&endpoint, &event, now()).unwrap();
        let message = part(&event, gathered(&event), fitting);
        let outgoing = sent(&endpoint, &message);
        assert!(fits_message(&endpoint.format, &body(&outgoing)), "{format}");
        let all = body(&outgoing).to_string();
        assert!(
            !all.contains("<script>") || matches!(format, "ntfy" | "teams" | "matrix" | "discord"),
            "{format}: {all}"
        );
        match format {
            "slack" => assert!(!all.contains("<!"), "{all}"),
            "discord" => assert_eq!(
                body(&outgoing)["allowed_mentions"]["parse"],
                serde_json::json!([])
            ),
            "mattermost" => assert!(
                !all.contains("@everyone") && !all.contains("@here"),
                "{all}"
            ),
            "telegram" => assert!(!all.contains("<b>["), "{all}"),
            "matrix" => {
                let html = body(&outgoing)["formatted_body"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                assert!(
                    !html.contains("<script") && !html.contains("@room"),
                    "{html}"
                );
                assert!(!body(&outgoing)["body"].as_str().unwrap().contains("@room"));
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_no_longer_kept_is_said() {
    let event = sample::digest_of(Vec::new());
    for format in FORMATS {
        let refused = render(&sample::endpoint(format), &event, now());
        assert!(
            matches!(refused, Err(RenderError::Empty { .. })),
            "{format}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_words_go_within_the_limits(
        titles in proptest::collection::vec(proptest::option::of(any::<String>()), 1..30),
        text in any::<String>(), times in 1usize..200,
    ) {
        let content = |number: usize| Content {
            title: titles[number].clone(),
            blocks: vec![Block::plain(BlockKind::Paragraph, text.repeat(times))],
            ..sample::content()
        };
        let event = of_articles(titles.len(), content);
        for format in CHATS {
            let endpoint = sample::endpoint(format);
            let fitting = fitting(&endpoint, &event, now()).unwrap();
            let message = part(&event, gathered(&event), fitting);
            // Of chats even a single entry is always within them.
            prop_assert!(fits(&endpoint, &message, now()).unwrap(), "{}", format);
        }
    }
}

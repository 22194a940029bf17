//! Endpoints and events to test with.

use std::collections::BTreeSet;

use jiff::Timestamp;
use url::Url;

use crate::config::endpoint::{
    ContentSize, EndpointSpec, EventMode, Format, Secret, SecretUrl, SigningKey, Stories,
};
use crate::config::filter::Filter;
use crate::config::template::Template;
use crate::model::article::{Article, Block, BlockKind, Content, Revision, Story, StoryMember};
use crate::model::event::{
    Digest, EndpointSubject, EventKind, FullEvent, FullSubject, SourceSubject,
};
use crate::model::id::{ArticleId, EndpointName, EventId, OutletName, SourceId, StoryId};
use crate::model::source::SourceHealth;
use crate::model::stated::StatedTime;

/// An endpoint of this format, which is also its name; wants everything.
pub(super) fn endpoint(format: &str) -> EndpointSpec {
    EndpointSpec {
        name: EndpointName::new(format),
        url: SecretUrl::new(url("https://hooks.example/T0/B0/key")),
        format: format_of(format),
        secrets: vec![SigningKey::Symmetric(vec![1; 24])],
        events: BTreeSet::from(EventKind::ALL),
        content: ContentSize::Full,
        max_body: 1_000_000,
        stories: Stories::All,
        allow_private: false,
        headers: vec![("X-Team".to_owned(), Secret::new("desk"))],
        timeout: None,
        schedule: None,
        concurrency: 4,
        spacing: None,
        filter: Filter::default(),
        every: None,
        quiet: None,
        identity: None,
        proxy: None,
    }
}

fn format_of(word: &str) -> Format {
    let token = Secret::new("123:token");
    match word {
        "json" => Format::Json,
        "cloudevents" => Format::CloudEvents(EventMode::Structured),
        "slack" => Format::Slack,
        "discord" => Format::Discord,
        "teams" => Format::Teams,
        "mattermost" => Format::Mattermost,
        "telegram" => Format::Telegram {
            token,
            chat: "@newsroom".to_owned(),
        },
        "matrix" => Format::Matrix {
            token,
            room: "!room:matrix.example".to_owned(),
        },
        "ntfy" => Format::Ntfy { token: Some(token) },
        "template" => Format::Template(
            Template::compile("{{ data.article.title }}\n", "text/plain; charset=utf-8").unwrap(),
        ),
        other => panic!("no format {other}"),
    }
}

/// All formats that people read.
pub(super) const CHATS: [&str; 7] = [
    "slack",
    "discord",
    "teams",
    "mattermost",
    "telegram",
    "matrix",
    "ntfy",
];

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn uuid(last: u8) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0197_9d2b_0000_7000_8000_0000_0000_0000 + u128::from(last))
}

pub(super) fn content() -> Content {
    let paragraph = |text: &str| Block::plain(BlockKind::Paragraph, text);
    Content {
        title: Some("Ministers agree on R&D <fund>".to_owned()),
        lead: Some("Ministers of nine states agreed on Monday.".to_owned()),
        authors: vec!["First Author".to_owned(), "Second Author".to_owned()],
        credit: Some("Reuters".to_owned()),
        section: Some("Politics".to_owned()),
        published: StatedTime::parse("2025-06-23T20:35:00+03:00"),
        updated: None,
        language: Some("en".to_owned()),
        tags: vec!["nato".to_owned()],
        image: Some(url("https://post.example/picture.jpg?a=1&b=2")),
        captions: vec!["Ministers at the table".to_owned()],
        blocks: vec![
            paragraph("Ministers of nine states agreed on Monday."),
            paragraph("The fund holds 10 million euros. It opens in July."),
            Block::plain(BlockKind::Heading(2), "Background"),
            Block::plain(BlockKind::Item(None), "first talks in 2023"),
        ],
        partial: false,
        free: None,
        way: crate::model::article::Way::General,
    }
}

pub(super) fn article(number: u32, content: Content) -> Article {
    Article {
        id: ArticleId(uuid(1)),
        outlet: OutletName::new("morning-post"),
        url: url("https://post.example/politics/fund-1042.html"),
        stored: at("2025-06-23T17:36:02Z"),
        revision: Revision {
            number,
            fetched: at("2025-06-23T17:36:01.7Z"),
            content,
        },
        story: Story {
            id: StoryId(uuid(2)),
            original: true,
            also: vec![StoryMember {
                outlet: OutletName::new("evening-times"),
                url: url("https://times.example/a|b?c=<d>"),
                title: Some("Fund agreed".to_owned()),
            }],
        },
    }
}

fn event(kind: EventKind, body: FullSubject) -> FullEvent {
    FullEvent {
        id: EventId(uuid(9)),
        kind,
        at: at("2025-06-23T17:36:02.4Z"),
        body,
    }
}

/// `article.new` of this content.
pub(super) fn new_article(content: Content) -> FullEvent {
    let article = Box::new(article(1, content));
    event(
        EventKind::ArticleNew,
        FullSubject::Article {
            article,
            previous: None,
        },
    )
}

/// `article.updated` from one content to the next.
pub(super) fn updated_article(old: Content, new: Content) -> FullEvent {
    let previous = Some(Box::new(article(1, old).revision));
    let article = Box::new(article(2, new));
    event(
        EventKind::ArticleUpdated,
        FullSubject::Article { article, previous },
    )
}

/// An event of this kind, with all that one may have.
pub(super) fn event_of(kind: EventKind) -> FullEvent {
    match kind {
        EventKind::ArticleNew => new_article(content()),
        EventKind::ArticleUpdated => {
            let mut new = content();
            new.title = Some("Ministers agree on R&D <funds>".to_owned());
            "The fund holds 12 million euros. It opens in July."
                .clone_into(&mut new.blocks[1].text);
            updated_article(content(), new)
        }
        EventKind::SourceFailing
        | EventKind::SourceRecovered
        | EventKind::SourceSilent
        | EventKind::SourceMoved
        | EventKind::SourceGone
        | EventKind::SourceLayout
        | EventKind::SourceFlood => source_event(kind),
        EventKind::EndpointFailing | EventKind::EndpointDisabled | EventKind::EndpointRecovered => {
            endpoint_event(kind)
        }
        EventKind::Test => test_event(),
        EventKind::Digest => digest_event(),
    }
}

pub(super) fn source_event(kind: EventKind) -> FullEvent {
    let subject = SourceSubject {
        id: SourceId::new("morning-post-0a1b2c3d"),
        outlet: OutletName::new("morning-post"),
        url: url("https://post.example/rss?a=1&b=2"),
        health: SourceHealth::Failing,
        reason: Some("The server is in trouble (status 500).".to_owned()),
        since: at("2025-06-23T17:00:00Z"),
        last_success: Some(at("2025-06-23T12:00:00Z")),
        next_poll: Some(at("2025-06-23T19:20:00Z")),
        moved_to: (kind == EventKind::SourceMoved).then(|| url("https://post.example/feed")),
    };
    event(kind, FullSubject::Source(subject))
}

pub(super) fn endpoint_event(kind: EventKind) -> FullEvent {
    let subject = EndpointSubject {
        name: EndpointName::new("desk"),
        state: "failing".to_owned(),
        reason: Some("it answered 500 Internal Server Error".to_owned()),
        since: at("2025-06-23T17:00:00Z"),
        waiting: 12,
        failed: 3,
    };
    event(kind, FullSubject::Endpoint(subject))
}

/// A digest of an article that is new, one that was corrected, and a source that fails.
pub(super) fn digest_event() -> FullEvent {
    let mut corrected = event_of(EventKind::ArticleUpdated);
    if let FullSubject::Article { article, .. } = &mut corrected.body {
        article.id = ArticleId(uuid(3));
    }
    corrected.id = EventId(uuid(8));
    let mut failing = source_event(EventKind::SourceFailing);
    failing.id = EventId(uuid(7));
    failing.at = at("2025-06-24T05:12:00Z");
    digest_of(vec![new_article(content()), corrected, failing])
}

/// A digest of these.
pub(super) fn digest_of(members: Vec<FullEvent>) -> FullEvent {
    let endpoint = EndpointName::new("desk");
    FullEvent {
        id: EventId(uuid(10)),
        at: at("2025-06-24T06:00:00.3Z"),
        ..event(
            EventKind::Digest,
            FullSubject::Digest(Digest { endpoint, members }),
        )
    }
}

pub(super) fn test_event() -> FullEvent {
    event(EventKind::Test, FullSubject::Test)
}

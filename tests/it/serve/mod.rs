//! The HTTP service over a real listener, asked as clients ask it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod api;
mod connections;
mod events;
mod guard;
mod pages;
mod shown;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wireroom::clock::Clock;
use wireroom::config::Config;
use wireroom::model::article::{Article, Block, BlockKind, Content, Revision, Story};
use wireroom::model::delivery::{Delivery, DeliveryState, EndpointHealth, EndpointState};
use wireroom::model::event::{EventKind, FullEvent, FullSubject};
use wireroom::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, OutletName, SourceId, StoryId,
};
use wireroom::model::source::{SourceHealth, SourceKind, SourceState};
use wireroom::model::stated::StatedTime;
use wireroom::model::trace::TraceId;
use wireroom::observe::meters::Meters;
use wireroom::serve::listener::{self, Limits};
use wireroom::serve::{About, ServeState, router};

use crate::memory_store::{MemoryStore, Shelves};

const SECRET_PATH: &str = "T000/B000/XXXX-secret";
const NASTY: &str = "<script>alert('1')</script> & \"quotes\" ]]>";

/// A running service over a small store.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) store: Arc<MemoryStore>,
    nudges: Arc<AtomicUsize>,
    ready: watch::Sender<bool>,
    stop: CancellationToken,
    client: reqwest::Client,
    task: JoinSet<io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(token: Option<&str>) -> Self {
        Self::start_within(token, Limits::default()).await
    }

    async fn start_within(token: Option<&str>, limits: Limits) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = socket.local_addr().unwrap();
        let store = Arc::new(MemoryStore::default());
        *store.0.lock().unwrap() = shelves();
        let nudges = Arc::new(AtomicUsize::new(0));
        let counted = nudges.clone();
        let started: Timestamp = "2025-06-23T12:00:00Z".parse().unwrap();
        let (ready, is_ready) = watch::channel(true);
        let stop = CancellationToken::new();
        let state = ServeState {
            store: store.clone(),
            search: None,
            meters: Arc::new(Meters::new("9.9.9", started)),
            config: watch::channel(Arc::new(config(listen, token))).1,
            clock: Clock::System,
            about: About {
                version: "9.9.9",
                listen,
                started,
            },
            ready: is_ready,
            nudge: Arc::new(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            }),
            stop: stop.clone(),
        };
        let mut task = JoinSet::new();
        task.spawn(listener::serve_within(
            socket,
            router(state),
            limits,
            stop.clone(),
        ));
        Self {
            url: format!("http://{listen}"),
            store,
            nudges,
            ready,
            stop,
            client: client(),
            task,
        }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.exchange(method, path, headers, "").await
    }

    /// A form.
    async fn send(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.exchange(Method::POST, path, headers, body).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body.to_owned());
        }
        let mut response = request.send().await.unwrap();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: String::from_utf8(body).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    async fn post(&self, path: &str) -> Answer {
        self.ask(Method::POST, path, &[]).await
    }

    async fn raw(&self) -> TcpStream {
        TcpStream::connect(self.url.trim_start_matches("http://"))
            .await
            .unwrap()
    }
}

struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem of that status and type, and returns its sentence.
    #[track_caller]
    fn problem(&self, status: u16, kind: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{kind}"));
        assert_eq!(body["status"], status);
        body["detail"].as_str().unwrap().to_owned()
    }
}

fn client() -> reqwest::Client {
    // Plain HTTP only, but the builder wants a provider of TLS.
    let provider = rustls::crypto::ring::default_provider();
    drop(provider.install_default());
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

fn config(listen: SocketAddr, token: Option<&str>) -> Config {
    let token = token.map_or_else(String::new, |token| {
        format!("token = \"{token}\"\nread_token = \"the-reader\"")
    });
    let text = format!(
        r#"
[http]
listen = "{listen}"
{token}

[[endpoint]]
name = "desk"
url = "https://hooks.example/{SECRET_PATH}"
format = "slack"
events = ["article.new"]

[[outlet]]
name = "ap"
title = "A & P"
homepage = "https://ap.example/"
"#
    );
    let loaded =
        wireroom::config::from_str(&text, std::path::Path::new("/nowhere"), &BTreeMap::new());
    loaded.unwrap().config
}

fn article(number: u32, title: &str, published: &str) -> Article {
    let stored: Timestamp = format!("2025-06-23T17:{number:02}:00Z").parse().unwrap();
    Article {
        id: ArticleId::new(stored),
        outlet: OutletName::new("ap"),
        url: format!("https://ap.example/{number}?a=1&b=2")
            .parse()
            .unwrap(),
        stored,
        revision: Revision {
            number: 1,
            fetched: stored,
            content: Content {
                title: Some(title.to_owned()),
                authors: vec!["Ann & Bob".to_owned()],
                published: StatedTime::parse(published),
                language: Some("en".to_owned()),
                blocks: vec![
                    Block::plain(BlockKind::Paragraph, format!("First of {title}")),
                    Block::plain(BlockKind::Item(None), "an item"),
                ],
                ..Content::default()
            },
        },
        story: Story {
            id: StoryId::new(stored),
            original: true,
            also: Vec::new(),
        },
    }
}

fn shelves() -> Shelves {
    let now: Timestamp = "2025-06-23T18:00:00Z".parse().unwrap();
    let articles = vec![
        article(3, NASTY, "2025-06-23T20:35:00+03:00"),
        article(2, "Plain news", "2025-06-23T20:35:00"),
        article(1, "Old news", "2025-06-23"),
    ];
    let mut source = SourceState::new(
        SourceId::new("ap-12345678"),
        OutletName::new("ap"),
        SourceKind::Feed,
        "https://ap.example/rss?x=1&y=<2>".parse().unwrap(),
        now,
    );
    source.health = SourceHealth::Failing;
    source.reason = Some(NASTY.to_owned());
    let mut desk = EndpointState::new(EndpointName::new("desk"), now);
    desk.health = EndpointHealth::Disabled;
    desk.waiting = 4;
    let delivery = |state| Delivery {
        id: DeliveryId::new(now),
        event: EventId::new(now),
        trace: TraceId::random(),
        kind: EventKind::ArticleNew,
        endpoint: EndpointName::new("desk"),
        article: Some(articles[0].id),
        state,
        attempts: Vec::new(),
        tries: 0,
        spent: 0,
        trying_since: None,
        refused: None,
        next_attempt: None,
        digest: None,
    };
    let event = |number: u32| FullEvent {
        id: EventId::new(now),
        kind: EventKind::ArticleNew,
        at: now,
        body: FullSubject::Article {
            article: Box::new(article(number, &format!("Event {number}"), "2025-06-23")),
            previous: None,
        },
    };
    Shelves {
        deliveries: vec![
            delivery(DeliveryState::Failed),
            delivery(DeliveryState::Delivered),
        ],
        revisions: vec![articles[0].revision.clone()],
        articles,
        sources: vec![source],
        endpoints: vec![desk],
        events: vec![event(1), event(2), event(3)],
        broken: false,
        pings: 0,
    }
}

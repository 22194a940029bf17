//! A hub on loopback and the real binary: what is pushed is announced, though no poll is due for hours.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use url::form_urlencoded;

use crate::world::{Daemon, PATIENCE, World};

/// The outlet's one host: a feed that names the hub, and the pages that it lists.
#[derive(Default)]
struct Host {
    base: String,
    items: Vec<String>,
    polls: usize,
}

type Shared = Arc<Mutex<Host>>;

impl Host {
    fn feed(&self) -> String {
        let base = &self.base;
        let items: String = self
            .items
            .iter()
            .map(|title| {
                format!(
                    "<item><title>{title}</title><link>{base}/news/{}</link></item>",
                    title.len()
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour</title>\
             <link>{base}/</link><description>News</description>{items}</channel></rss>"
        )
    }
}

async fn answer(State(host): State<Shared>, uri: Uri) -> axum::response::Response {
    let mut host = host.lock().unwrap();
    if uri.path() == "/feed.xml" {
        host.polls += 1;
        let links = format!(
            "<{0}/hub>; rel=\"hub\", <{0}/feed.xml>; rel=\"self\"",
            host.base
        );
        let kind = "application/rss+xml".to_owned();
        return (
            [(header::CONTENT_TYPE, kind), (header::LINK, links)],
            host.feed(),
        )
            .into_response();
    }
    let title = host
        .items
        .iter()
        .find(|it| uri.path() == format!("/news/{}", it.len()));
    let title = title.cloned().unwrap_or_default();
    let text =
        format!("{title}, officials said on Tuesday after a long night of talks in the harbour. ")
            .repeat(3);
    let html = format!(
        "<!doctype html><title>{title}</title><article><h1>{title}</h1><p>{text}</p><p>{text}</p></article>"
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// The form's callback (below what the daemon takes for its public address) and secret.
type Asked = (String, String, String);

async fn hub(State(asked): State<Sender<Asked>>, form: String) -> &'static str {
    let value = |wanted: &str| {
        form_urlencoded::parse(form.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap()
    };
    let callback = value("hub.callback");
    let path = callback
        .strip_prefix("http://wire.test/below")
        .unwrap()
        .to_owned();
    asked
        .send((path, value("hub.topic"), value("hub.secret")))
        .unwrap();
    "ok"
}

fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha1={hex}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "one daemon's life, in order")]
fn an_article_is_announced_by_the_ping_and_not_by_a_poll() {
    let world = World::new();
    let (sender, asked) = channel();
    let host = Shared::default();
    let site = Router::new()
        .route("/{*path}", get(answer))
        .with_state(Arc::clone(&host));
    let hub = Router::new().route("/hub", post(hub)).with_state(sender);
    let base = world.serve(site.merge(hub));
    host.lock().unwrap().base.clone_from(&base);
    let desk = world.receiver();
    let outlet = format!(
        "[[outlet]]\nname = \"harbour\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"{base}/feed.xml\"\ninterval = \"5h\"\n"
    );
    world.configure("", &[], &[desk.endpoint("desk", "json", ""), outlet]);
    let daemon = with_public_url(&world);

    let (path, topic, secret) = asked.recv_timeout(PATIENCE).expect("the hub is asked");
    assert_eq!(topic, format!("{base}/feed.xml"));
    let question = |daemon: &Daemon, mode: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", mode)
            .append_pair("hub.topic", &topic)
            .append_pair("hub.challenge", "tide")
            .append_pair("hub.lease_seconds", "864000")
            .finish();
        world.get(&format!("{}{path}?{query}", daemon.http))
    };
    assert_eq!(question(&daemon, "unsubscribe").0, 404);
    assert_eq!(question(&daemon, "subscribe"), (200, "tide".to_owned()));

    let push = |daemon: &Daemon, title: &str, secret: &str| {
        host.lock().unwrap().items.insert(0, title.to_owned());
        let body = host.lock().unwrap().feed();
        let signature = sign(secret, &body);
        world.post(
            &format!("{}{path}", daemon.http),
            &[("x-hub-signature", &signature)],
            body,
        )
    };
    assert_eq!(
        push(&daemon, "Ministers agree on the grain corridor", &secret),
        202
    );
    let told = desk.next().json();
    assert_eq!(
        told["data"]["article"]["title"],
        "Ministers agree on the grain corridor"
    );

    // A forged push is answered alike and changes nothing; the next true one brings both.
    assert_eq!(
        push(
            &daemon,
            "Nothing of this has ever happened at all",
            "guessed"
        ),
        202
    );
    daemon.says("is not signed");
    host.lock().unwrap().items.remove(0);
    assert!(daemon.stop().success());
    let daemon = world.daemon();
    assert_eq!(
        push(
            &daemon,
            "The corridor opens at dawn, says the harbour master",
            &secret
        ),
        202
    );
    let told = desk.next().json();
    assert_eq!(
        told["data"]["article"]["title"],
        "The corridor opens at dawn, says the harbour master"
    );
    assert!(desk.is_quiet());
    assert!(
        asked.try_recv().is_err(),
        "a restart keeps what was granted"
    );
    assert_eq!(host.lock().unwrap().polls, 1);
    // One that was killed listens again, and knows its hub.
    let mut daemon = daemon;
    let mut last = "The corridor opens at dawn, says the harbour master".to_owned();
    for round in 1..=5 {
        daemon.kill();
        daemon = world.daemon();
        let title = format!(
            "Ships wait before the harbour{}",
            ", and wait".repeat(round)
        );
        assert_eq!(push(&daemon, &title, &secret), 202);
        // What it told and had not yet written down is told once more.
        let mut told = desk.next().json()["data"]["article"]["title"].clone();
        if told == last {
            told = desk.next().json()["data"]["article"]["title"].clone();
        }
        assert_eq!(told, title);
        last = title;
    }
    let body = "x".repeat(9_000_000);
    let status = world.post(&format!("{}{path}", daemon.http), &[], body);
    assert_eq!(status, 413);
    assert_eq!(
        world.post(
            &format!("{}/websub/{:032x}", daemon.http, 1),
            &[],
            String::new()
        ),
        404
    );
    assert!(daemon.stop().success());
}

/// Starts the daemon with an address that hubs are told, and a token that they do not know.
fn with_public_url(world: &World) -> Daemon {
    let path = world.folder.path().join("wireroom.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let http = "[http]\ntoken = \"secret\"\npublic_url = \"http://wire.test/below\"\n";
    let text = text
        .replace("[http]\n", http)
        .replace("[poll]\n", "[poll]\nfirst = \"all\"\n");
    std::fs::write(&path, text).unwrap();
    world.daemon()
}

/// What the hub of our own feeds is told, and answers.
struct OwnHub {
    told: Sender<(String, String)>,
    answers: Mutex<Vec<(u16, &'static str)>>,
}

async fn own_hub(State(hub): State<Arc<OwnHub>>, form: String) -> axum::response::Response {
    let value = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(form.as_bytes());
        let found = pairs.find(|(name, _)| name == wanted);
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let next = hub.answers.lock().unwrap().pop();
    let (status, retry_after) = next.unwrap_or((204, ""));
    hub.told
        .send((value("hub.mode"), format!("{status} {}", value("hub.url"))))
        .unwrap();
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    if retry_after.is_empty() {
        return status.into_response();
    }
    (status, [(header::RETRY_AFTER, retry_after)]).into_response()
}

#[test]
fn the_hub_of_our_feeds_is_told_of_what_is_new_and_told_again() {
    let world = World::new();
    let (sender, told) = channel();
    let hub = Arc::new(OwnHub {
        told: sender,
        // It is down at first, then in a hurry.
        answers: Mutex::new(vec![(429, "1"), (503, "")]),
    });
    let route = Router::new()
        .route("/hub", post(own_hub))
        .with_state(Arc::clone(&hub));
    let base = world.serve(route);
    let site = world.outlet("harbour");
    let desk = world.receiver();
    site.publish(1, "Ministers agree on the grain corridor");
    let extra = format!("[feeds]\nhub = \"{base}/hub\"\n");
    world.configure(&extra, &[&site], &[desk.endpoint("desk", "json", "")]);
    let daemon = with_public_url(&world);

    // The article does not wait for the hub.
    desk.next();
    let next = || {
        let (mode, said) = told.recv_timeout(PATIENCE).expect("the hub is told");
        assert_eq!(mode, "publish");
        said
    };
    let mut refused = 0;
    let mut taken = Vec::new();
    while taken.len() < 4 {
        let said = next();
        match said.strip_prefix("204 http://wire.test/below/feeds/") {
            Some(feed) => taken.push(feed.to_owned()),
            None => refused += 1,
        }
    }
    assert_eq!(refused, 2);
    taken.sort();
    taken.dedup();
    assert_eq!(
        taken,
        ["all.atom", "all.json", "harbour.atom", "harbour.json"]
    );
    let headers = [("authorization", "Bearer secret")];
    let (_, head, atom) = world.get_with(&format!("{}/feeds/harbour.atom", daemon.http), &headers);
    let links: Vec<&str> = head
        .get_all("link")
        .iter()
        .map(|it| it.to_str().unwrap())
        .collect();
    assert_eq!(
        links,
        [
            format!("<{base}/hub>; rel=\"hub\""),
            "<http://wire.test/below/feeds/harbour.atom>; rel=\"self\"".to_owned(),
        ]
    );
    assert!(atom.contains("Ministers agree on the grain corridor"));
    // Who subscribed to a search would never hear of anything.
    let search = format!("{}/feeds/search.atom?q=grain", daemon.http);
    let (_, head, atom) = world.get_with(&search, &headers);
    assert!(head.get("link").is_none() && !atom.contains("rel=\"hub\""));
    let (.., metrics) = world.get_with(&format!("{}/metrics", daemon.http), &headers);
    let counts = |line: &str| metrics.lines().any(|it| it == line);
    assert!(
        counts("wireroom_hub_pings_total{outcome=\"accepted\"} 4"),
        "{metrics}"
    );
    assert!(
        !counts("wireroom_hub_pings_total{outcome=\"failed\"} 0"),
        "{metrics}"
    );
    assert!(daemon.stop().success());
}

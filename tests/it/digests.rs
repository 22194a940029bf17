//! Digests, end to end: the real binary gathers, tells at its hour, is killed in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;

use crate::world::{Daemon, PATIENCE, SECRET, World};

/// The receiver never answers.
const HANGS: u16 = 0;

/// Retries within a second, so that a test waits for events and not for the schedule.
const QUICK: &str = "schedule = [\"200ms\", \"200ms\", \"200ms\", \"500ms\", \"1s\", \"1s\", \"2s\", \"2s\", \"5s\", \"5s\"]";

/// A receiver that can hold its answer back.
struct Channel {
    base: String,
    inbox: Inbox<Message>,
    status: Arc<AtomicU16>,
}

struct Message {
    id: String,
    body: Value,
    bytes: Bytes,
    status: u16,
}

type Hook = (Arc<Mutex<Sender<Message>>>, Arc<AtomicU16>);

async fn take(State((inbox, status)): State<Hook>, headers: HeaderMap, bytes: Bytes) -> Response {
    let status = status.load(Ordering::SeqCst);
    let header = headers.get("webhook-id").map(|it| it.to_str().unwrap());
    // What the receiver will never take.
    let poisoned = String::from_utf8_lossy(&bytes).contains("POISON");
    let status = if poisoned { 400 } else { status };
    let message = Message {
        id: header.unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&bytes).unwrap(),
        bytes,
        status,
    };
    drop(inbox.lock().unwrap().send(message));
    if status == HANGS {
        std::future::pending::<()>().await;
    }
    StatusCode::from_u16(status).unwrap().into_response()
}

impl Channel {
    fn new(world: &World, status: u16) -> Self {
        let (sender, inbox) = channel();
        let status = Arc::new(AtomicU16::new(status));
        let hook = (Arc::new(Mutex::new(sender)), Arc::clone(&status));
        let router = Router::new().route("/hook", post(take)).with_state(hook);
        Self {
            base: world.serve(router),
            inbox,
            status,
        }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn next(&self) -> Message {
        self.inbox.recv_timeout(PATIENCE).expect("no message came")
    }

    fn endpoint(&self, format: &str, more: &str) -> String {
        format!(
            "[[endpoint]]\nname = \"desk\"\nurl = \"{}/hook\"\nformat = \"{format}\"\n{}\n\
             allow_private = true\n{QUICK}\n{more}\n",
            self.base,
            if format == "json" {
                format!("secret = \"{SECRET}\"")
            } else {
                String::new()
            }
        )
    }
}

fn titles(message: &Message) -> Vec<String> {
    assert_eq!(message.body["type"], "digest", "{}", message.body);
    let articles = message.body["data"]["articles"].as_array().unwrap();
    let title = |article: &Value| article["title"].as_str().unwrap().to_owned();
    articles.iter().map(title).collect()
}

/// Reads all that the outlet published before the start as news.
fn configure(world: &World, site: &crate::world::Site, endpoint: String) {
    let path = world.configure("", &[site], &[endpoint]);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("[poll]", "[poll]\nfirst = \"all\"")).unwrap();
}

fn deliveries(world: &World, daemon: &Daemon) -> Vec<Value> {
    let list = world.ask(daemon, "/api/v1/deliveries?endpoint=desk&limit=500");
    list["items"].as_array().unwrap().clone()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::SystemTime::now() + PATIENCE;
    while !holds() {
        assert!(std::time::SystemTime::now() < end, "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn what_came_up_is_told_together_and_nothing_is_told_twice() {
    let world = World::new();
    let site = world.outlet("gazette");
    let desk = Channel::new(&world, 200);
    for number in 0..12 {
        site.publish(number, &format!("Story {number}"));
    }
    configure(&world, &site, desk.endpoint("json", "every = \"3s\""));
    let daemon = world.daemon();
    let mut told: Vec<String> = Vec::new();
    let mut ids = BTreeSet::new();
    while told.len() < 12 {
        let message = desk.next();
        assert!(ids.insert(message.id.clone()), "a digest came twice");
        told.extend(titles(&message));
    }
    let distinct: BTreeSet<&String> = told.iter().collect();
    assert_eq!((told.len(), distinct.len()), (12, 12), "{told:?}");
    // They come up within a second or so, which touches one hour, or two.
    assert!(ids.len() < 6, "{} digests of 12 articles", ids.len());
    until("all settled", || {
        let all = deliveries(&world, &daemon);
        all.len() == 12 + ids.len() && all.iter().all(|it| it["state"] == "delivered")
    });
    let all = deliveries(&world, &daemon);
    let (digests, members): (Vec<&Value>, Vec<&Value>) =
        all.iter().partition(|it| it["type"] == "digest");
    let of: BTreeSet<&str> = digests
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    for member in members {
        assert!(of.contains(member["digest"]["delivery"].as_str().unwrap()));
    }
    // What is told at its hour is shown to wait for it.
    let article = site.publish(99, "One more story");
    assert_eq!(article, "news/99.html");
    until("the next digest", || {
        let list = world.ask(&daemon, "/api/v1/articles?limit=1&q=One");
        let Some(found) = list["items"].get(0) else {
            return false;
        };
        let path = format!(
            "/api/v1/endpoints/desk/explain?article={}",
            found["id"].as_str().unwrap()
        );
        let verdict = world.ask(&daemon, &path)["verdict"].to_string();
        verdict.contains("the digest of") || verdict.contains("digest 0")
    });
    assert_eq!(titles(&desk.next()), ["One more story"]);
    assert!(daemon.stop().success());
}

#[test]
fn kill_nine_before_the_answer_is_recorded_repeats_the_same_digest() {
    let world = World::new();
    let site = world.outlet("gazette");
    let desk = Channel::new(&world, HANGS);
    for number in 0..5 {
        site.publish(number, &format!("Story {number}"));
    }
    configure(
        &world,
        &site,
        desk.endpoint("json", "every = \"1s\"\nconcurrency = 1"),
    );
    let mut seen: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |message: &Message| {
        if let Some(before) = seen.insert(message.id.clone(), message.bytes.clone()) {
            assert_eq!(before, message.bytes, "the same digest with other words");
        }
        for title in titles(message) {
            told.entry(title).or_default().insert(message.id.clone());
        }
        told.len()
    };
    let mut unanswered = BTreeSet::new();
    for round in 0..3 {
        let daemon = world.daemon();
        let message = desk.next();
        note(&message);
        unanswered.insert(message.id.clone());
        // More comes up while this one is under way: it goes in another.
        site.publish(10 + round, &format!("Later story {round}"));
        daemon.kill();
    }
    desk.answers(200);
    let daemon = world.daemon();
    let mut taken = BTreeSet::new();
    let mut titles = 0;
    while titles < 8 || !unanswered.is_subset(&taken) {
        let message = desk.next();
        titles = note(&message);
        if message.status == 200 {
            assert!(taken.insert(message.id.clone()), "taken twice");
        }
    }
    for (title, ids) in &told {
        assert_eq!(ids.len(), 1, "`{title}` was told under {ids:?}");
    }
    assert!(daemon.stop().success());
}

#[test]
fn a_receiver_that_is_down_gets_the_same_digest_later() {
    let world = World::new();
    let site = world.outlet("gazette");
    let desk = Channel::new(&world, 500);
    site.publish(1, "The first story");
    configure(&world, &site, desk.endpoint("json", "every = \"1s\""));
    let daemon = world.daemon();
    let refused = desk.next();
    assert_eq!(
        (refused.status, titles(&refused)),
        (500, vec!["The first story".to_owned()])
    );
    let path = site.publish(2, "The second story");
    let other = loop {
        let message = desk.next();
        if message.id != refused.id {
            break message;
        }
        assert_eq!(message.bytes, refused.bytes);
    };
    assert_eq!(titles(&other), ["The second story"]);
    site.correct(
        &path,
        "The second paragraph was wrong and says something else from now on.",
    );
    desk.answers(200);
    let mut taken = BTreeSet::new();
    let correction = loop {
        let message = desk.next();
        if message.status != 200 {
            continue;
        }
        assert!(taken.insert(message.id.clone()), "taken twice");
        if message.id != refused.id && message.id != other.id {
            break message;
        }
    };
    assert!(
        taken.contains(&other.id),
        "a correction overtook what it corrects"
    );
    let article = &correction.body["data"]["articles"][0];
    assert_eq!(article["event"]["type"], "article.updated");
    assert_eq!(article["previous"]["revision"], 1);
    assert!(daemon.stop().success());
}

#[test]
fn a_channel_gets_one_message_of_many() {
    let world = World::new();
    let site = world.outlet("gazette");
    let desk = Channel::new(&world, 200);
    for number in 0..40 {
        site.publish(number, &format!("Story {number}"));
    }
    configure(
        &world,
        &site,
        desk.endpoint("slack", "every = \"2s\"\nrate = \"20/s\""),
    );
    let daemon = world.daemon();
    let mut told = BTreeSet::new();
    while told.len() < 40 {
        let message = desk.next();
        let blocks = message.body["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50);
        for block in blocks.iter().filter(|it| it["type"] == "section") {
            let text = block["text"]["text"].as_str().unwrap().to_owned();
            let title = text.split('|').nth(1).unwrap().split('>').next().unwrap();
            assert!(told.insert(title.to_owned()), "{title} was told twice");
        }
    }
    assert!(daemon.stop().success());
}

#[test]
fn what_a_channel_will_never_take_holds_up_nothing_but_itself() {
    let world = World::new();
    let site = world.outlet("gazette");
    let desk = Channel::new(&world, 200);
    for number in 0..9 {
        let title = match number {
            4 => "A story of POISON".to_owned(),
            _ => format!("Story {number}"),
        };
        site.publish(number, &title);
    }
    let more = "every = \"2s\"\nrate = \"50/s\"";
    configure(&world, &site, desk.endpoint("slack", more));
    let daemon = world.daemon();
    let state = |state: &str| {
        let all = deliveries(&world, &daemon);
        let of = all.iter().filter(|it| it["type"] == "article.new");
        of.filter(|it| it["state"] == state).count()
    };
    until("eight told, one given up", || {
        (state("delivered"), state("failed")) == (8, 1)
    });
    let mut told = BTreeSet::new();
    while told.len() < 8 {
        let message = desk.next();
        if message.status == 200 {
            for number in (0..9).filter(|it| *it != 4) {
                let title = format!("Story {number}");
                if message.body.to_string().contains(&format!("|{title}>")) {
                    assert!(told.insert(title), "told twice");
                }
            }
        }
    }
    assert!(daemon.stop().success());
}

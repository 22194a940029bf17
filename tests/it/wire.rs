//! The wire, end to end: the real binary between a site that publishes and receivers that answer,
//! fail, vanish; killed, stopped, reloaded in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::world::{PATIENCE, Received, Receiver, SECRET, World};

/// Retries within a second, so that a test waits for events and not for the schedule.
const QUICK: &str = "schedule = [\"200ms\", \"200ms\", \"200ms\", \"500ms\", \"1s\", \"1s\", \"2s\", \"2s\", \"5s\", \"5s\", \"5s\"]\n";

/// Checks a request as Standard Webhooks 1.0.0 says, with nothing of our own code.
fn verify(request: &Received) {
    let id = request.header("webhook-id");
    let at = request.header("webhook-timestamp");
    let key = base64::engine::general_purpose::STANDARD
        .decode(SECRET.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&request.body);
    let code = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let signatures = request.header("webhook-signature");
    assert!(
        signatures.split(' ').any(|it| it == format!("v1,{code}")),
        "{signatures} is no signature of {id}"
    );
}

fn title(event: &Value) -> String {
    event["data"]["article"]["title"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Waits until a check holds, looking every few milliseconds; never longer than [`PATIENCE`].
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::SystemTime::now() + PATIENCE;
    while !holds() {
        assert!(std::time::SystemTime::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn polled(world: &World, daemon: &crate::world::Daemon) -> bool {
    let sources = world.ask(daemon, "/api/v1/sources");
    let sources = sources["items"].as_array().unwrap();
    sources.iter().all(|it| !it["last_success"].is_null())
}

#[test]
fn an_article_reaches_json_and_slack_and_its_correction_follows() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (json, slack) = (world.receiver(), world.receiver());
    site.publish(1, "An old story that nobody is told of");
    world.configure(
        "",
        &[&site],
        &[
            json.endpoint("desk", "json", QUICK),
            slack.endpoint("room", "slack", QUICK),
        ],
    );
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    let path = site.publish(2, "NATO ministers agree on air defence");

    let first = json.next();
    verify(&first);
    let event = first.json();
    assert_eq!(event["type"], "article.new");
    let article = &event["data"]["article"];
    assert_eq!(article["title"], "NATO ministers agree on air defence");
    assert_eq!(article["outlet"], "gazette");
    assert_eq!(article["revision"], 1);
    assert_eq!(article["text"].as_str().unwrap().split("\n\n").count(), 3);
    assert!(!article["text"].as_str().unwrap().contains("Read next"));
    let message = slack.next();
    assert!(message.headers.get("webhook-id").is_none());
    assert!(
        message.json()["blocks"]
            .as_array()
            .is_some_and(|it| it.len() <= 50)
    );

    site.correct(
        &path,
        "The second paragraph was wrong and says something else from now on, officials said.",
    );
    let second = json.next();
    verify(&second);
    let event = second.json();
    assert_eq!(event["type"], "article.updated");
    assert_eq!(event["data"]["article"]["revision"], 2);
    assert_eq!(event["data"]["previous"]["revision"], 1);
    let diff = event["data"]["diff"]["text"].as_array().unwrap();
    assert!(diff.iter().any(|it| it["op"] == "insert"));
    assert!(diff.iter().any(|it| it["op"] == "delete"));
    assert_ne!(first.header("webhook-id"), second.header("webhook-id"));

    let articles = world.ask(&daemon, "/api/v1/articles?limit=10");
    assert_eq!(articles["items"].as_array().unwrap().len(), 2, "{articles}");
    until("a 304, for the feed's validators sent back", || {
        site.not_modified() > 0
    });
    assert!(daemon.stop().success());
}

/// Takes everything until `wanted` titles have been taken; title → ids under which it was announced.
fn gather(receiver: &Receiver, wanted: usize, got: &mut BTreeMap<String, BTreeSet<String>>) {
    while got.len() < wanted {
        let request = receiver.next();
        if request.status == 200 {
            let id = request.header("webhook-id").to_owned();
            got.entry(title(&request.json())).or_default().insert(id);
        }
    }
}

#[test]
fn kill_nine_at_any_moment_loses_nothing_and_repeats_no_article() {
    let world = World::new();
    let site = world.outlet("gazette");
    let receiver = world.receiver();
    world.configure("", &[&site], &[receiver.endpoint("desk", "json", QUICK)]);
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    let mut daemon = Some(daemon);
    let mut got = BTreeMap::new();
    for round in 0_u64..10 {
        for number in 0..3 {
            site.publish(
                round as usize * 10 + number,
                &format!("Story {number} of round {round}"),
            );
        }
        // Different moments of the same work: before the poll, in the visits, in the deliveries.
        std::thread::sleep(Duration::from_millis(37 * round));
        daemon.take().unwrap().kill();
        daemon = Some(world.daemon());
    }
    gather(&receiver, 30, &mut got);
    for (title, ids) in &got {
        assert_eq!(ids.len(), 1, "`{title}` was announced under two ids");
    }
    let daemon = daemon.unwrap();
    let articles = world.ask(&daemon, "/api/v1/articles?limit=500");
    assert_eq!(articles["items"].as_array().unwrap().len(), 30);
    assert!(daemon.stop().success());
}

#[test]
fn a_dead_receiver_delays_no_other_and_gets_everything_later() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (dead, well) = (world.receiver(), world.receiver());
    dead.answer(500, &[]);
    world.configure(
        "",
        &[&site],
        &[
            dead.endpoint("dead", "json", QUICK),
            well.endpoint("well", "json", QUICK),
        ],
    );
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    for number in 0..5 {
        site.publish(number, &format!("Story {number}"));
    }
    let mut got = BTreeMap::new();
    gather(&well, 5, &mut got);
    let refused = dead.next();
    dead.answer(200, &[]);
    let mut late = BTreeMap::new();
    gather(&dead, 5, &mut late);
    assert!(late[&title(&refused.json())].contains(refused.header("webhook-id")));
    assert!(daemon.stop().success());
}

#[test]
fn a_receiver_that_is_gone_is_disabled_and_enabled_again() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (gone, watch) = (world.receiver(), world.receiver());
    gone.answer(410, &[]);
    let alerts = "events = [\"endpoint.disabled\", \"endpoint.recovered\"]\n";
    world.configure(
        "",
        &[&site],
        &[
            gone.endpoint("gone", "json", QUICK),
            watch.endpoint("watch", "json", alerts),
        ],
    );
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.publish(1, "First story");
    assert_eq!(gone.next().status, 410);
    let alert = watch.next().json();
    assert_eq!(alert["type"], "endpoint.disabled");
    assert_eq!(alert["data"]["endpoint"]["name"], "gone");
    site.publish(2, "Second story");
    until("both deliveries waiting", || {
        let list = world.ask(&daemon, "/api/v1/deliveries?endpoint=gone&state=waiting");
        list["items"].as_array().unwrap().len() == 2
    });
    assert!(gone.is_quiet(), "a disabled endpoint was asked again");
    gone.answer(200, &[]);
    assert!((200..300).contains(&world.tell(&daemon, "/api/v1/endpoints/gone/enable")));
    let mut got = BTreeMap::new();
    gather(&gone, 2, &mut got);
    assert!(daemon.stop().success());
}

#[test]
fn a_failing_source_is_told_once_and_so_is_its_recovery() {
    let world = World::new();
    let (site, other) = (world.outlet("gazette"), world.outlet("herald"));
    let receiver = world.receiver();
    let events = "events = [\"article.new\", \"source.failing\", \"source.recovered\"]\n";
    world.configure(
        "",
        &[&site, &other],
        &[receiver.endpoint("desk", "json", events)],
    );
    let config = world.folder.path().join("wireroom.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        text.replace("[poll]", "[poll]\nfailing_after = 2\nmax_interval = \"1s\""),
    )
    .unwrap();
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.feed_answers(Some(500));
    let event = receiver.next().json();
    assert_eq!(event["type"], "source.failing");
    assert_eq!(event["data"]["source"]["outlet"], "gazette");
    assert!(
        event["data"]["source"]["reason"]
            .as_str()
            .unwrap()
            .contains("500")
    );
    // The other outlet goes on.
    other.publish(1, "The herald goes on");
    assert_eq!(title(&receiver.next().json()), "The herald goes on");
    site.feed_answers(None);
    assert_eq!(receiver.next().json()["type"], "source.recovered");
    assert!(daemon.stop().success());
}

#[test]
fn a_page_that_cannot_be_had_is_stored_from_what_its_feed_gave() {
    let world = World::new();
    let site = world.outlet("gazette");
    let receiver = world.receiver();
    world.configure("", &[&site], &[receiver.endpoint("desk", "json", QUICK)]);
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.pages_answer(Some(403));
    site.publish(1, "A story behind a wall");
    let event = receiver.next().json();
    let article = &event["data"]["article"];
    assert_eq!(article["partial"], true);
    assert_eq!(article["text"], "Version 1 of A story behind a wall.");
    assert!(daemon.stop().success());
}

#[test]
fn once_polls_visits_delivers_and_exits() {
    let world = World::new();
    let site = world.outlet("gazette");
    let receiver = world.receiver();
    site.publish(1, "Told at once");
    world.configure("", &[&site], &[receiver.endpoint("desk", "json", QUICK)]);
    let config = world.folder.path().join("wireroom.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("[poll]", "[poll]\nfirst = \"all\"")).unwrap();
    let run = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_wireroom"))
            .args(["run", "--once", "--strict", "--config"])
            .arg(&config)
            .output()
            .unwrap()
    };
    let first = run();
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert_eq!(title(&receiver.next().json()), "Told at once");
    let second = run();
    assert!(second.status.success());
    assert!(receiver.is_quiet(), "an article was announced twice");
    assert_eq!(
        site.asked("news/1.html"),
        1,
        "a known page was fetched again"
    );
}

#[test]
fn a_reload_adds_an_outlet_and_refuses_a_bad_file() {
    let world = World::new();
    let (site, other) = (world.outlet("gazette"), world.outlet("herald"));
    let receiver = world.receiver();
    let endpoint = [receiver.endpoint("desk", "json", QUICK)];
    let config = world.configure("", &[&site], &endpoint);
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    let good = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, good.replace("listen =", "lisen =")).unwrap();
    daemon.signal("HUP");
    daemon.says("the old one stays in force");
    world.configure("[log]\nlevel = \"debug\"", &[&site, &other], &endpoint);
    daemon.signal("HUP");
    daemon.says("configuration reloaded");
    // The log follows: at `info` it says nothing of this.
    daemon.says("is polled again at");
    until("the new outlet's first poll", || {
        let sources = world.ask(&daemon, "/api/v1/sources");
        sources["items"].as_array().unwrap().len() == 2 && polled(&world, &daemon)
    });
    other.publish(1, "News of the herald");
    assert_eq!(title(&receiver.next().json()), "News of the herald");
    assert!(daemon.stop().success());
}

//! Telling again, by the real binary and its commands: replay, retry of all, endpoints disabled by hand,
//! messages that are refused, corrections that pass a filter no more.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::world::{Daemon, PATIENCE, Receiver, World};

const ONCE: &str = "schedule = []\n";

/// Runs a command against the daemon; what it prints.
fn ask(daemon: &Daemon, line: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wireroom"))
        .args(line)
        .args(["--server", &daemon.http])
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line:?}: {said}{complaint}");
    said
}

/// Waits until a check holds; never longer than [`PATIENCE`].
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::SystemTime::now() + PATIENCE;
    while !holds() {
        assert!(std::time::SystemTime::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn polled(world: &World, daemon: &Daemon) {
    until("the quiet first poll", || {
        let sources = world.ask(daemon, "/api/v1/sources");
        let sources = sources["items"].as_array().unwrap();
        sources.iter().all(|it| !it["last_success"].is_null())
    });
}

/// What is told next: `webhook-id`, title, revision.
fn next(receiver: &Receiver) -> (String, String, u64) {
    let request = receiver.next();
    let article = &request.json()["data"]["article"];
    (
        request.header("webhook-id").to_owned(),
        article["title"].as_str().unwrap().to_owned(),
        article["revision"].as_u64().unwrap(),
    )
}

fn count(world: &World, daemon: &Daemon, state: &str) -> usize {
    let list = world.ask(
        daemon,
        &format!("/api/v1/deliveries?limit=500&state={state}"),
    );
    list["items"].as_array().unwrap().len()
}

#[test]
fn everything_since_a_time_or_an_article_is_told_again() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (desk, other) = (world.receiver(), world.receiver());
    let endpoints = |filter: &str| {
        [
            desk.endpoint("desk", "json", &format!("concurrency = 1\n{filter}")),
            other.endpoint("other", "json", ""),
        ]
    };
    world.configure("", &[&site], &endpoints(""));
    let daemon = world.daemon();
    polled(&world, &daemon);
    let mut first = Vec::new();
    for number in 1..=3 {
        site.publish(number, &format!("Story {number}"));
        first.push(next(&desk));
        next(&other);
    }
    site.correct(
        "news/1.html",
        "It was otherwise, and is corrected here, the officials said.",
    );
    first.push(next(&desk));
    next(&other);
    until("all delivered", || count(&world, &daemon, "delivered") == 8);

    let rehearsed = ask(
        &daemon,
        &["endpoints", "replay", "desk", "--since", "1h", "--dry-run"],
    );
    assert!(
        rehearsed.starts_with("4 events would be told to desk again; 0 more"),
        "{rehearsed}"
    );
    assert_eq!(count(&world, &daemon, "delivered"), 8);
    let said = ask(&daemon, &["endpoints", "replay", "desk", "--since", "1h"]);
    assert!(
        said.starts_with("4 events are told to desk again"),
        "{said}"
    );
    let mut again: Vec<_> = (0..4).map(|_| next(&desk)).collect();
    let place = |title: &str, revision: u64, list: &[(String, String, u64)]| {
        list.iter()
            .position(|it| it.1 == title && it.2 == revision)
            .unwrap()
    };
    assert!(
        place("Story 1", 1, &again) < place("Story 1", 2, &again),
        "{again:?}"
    );
    again.sort();
    first.sort();
    assert_eq!(again, first, "the same events under the same identifiers");

    // Since an article, and through the filter of now.
    until("all delivered", || {
        count(&world, &daemon, "delivered") == 12
    });
    world.configure(
        "",
        &[&site],
        &endpoints("[endpoint.filter]\nnone = [\"Story 3\"]\n"),
    );
    daemon.signal("HUP");
    daemon.says("configuration reloaded");
    let articles = world.ask(&daemon, "/api/v1/articles");
    let mut items = articles["items"].as_array().unwrap().iter();
    let second = items.find(|it| it["title"] == "Story 2").unwrap();
    let second = second["id"].as_str().unwrap();
    let said = ask(&daemon, &["endpoints", "replay", "desk", "--since", second]);
    assert!(said.starts_with("2 events are told"), "{said}");
    assert!(said.contains("1 are held back"), "{said}");
    let mut titles = [next(&desk).1, next(&desk).1];
    titles.sort();
    assert_eq!(titles, ["Story 1", "Story 2"]);
    assert!(other.is_quiet(), "another endpoint was told again");
    for (path, status) in [
        ("/api/v1/endpoints/desk/replay", 404),
        ("/api/v1/endpoints/desk/replay?since=yesterday", 400),
        (
            "/api/v1/endpoints/desk/replay?since=2025-01-01T00:00:00Z&cursor=AAAA",
            404,
        ),
        (
            "/api/v1/endpoints/nobody/replay?since=2025-01-01T00:00:00Z",
            404,
        ),
        (
            "/api/v1/endpoints/desk/replay?article=01980000-0000-7000-8000-000000000000",
            404,
        ),
        ("/api/v1/deliveries/retry?endpoint=nobody", 404),
        ("/api/v1/deliveries/retry?cursor=AAAA", 404),
    ] {
        assert_eq!(world.tell(&daemon, path), status, "{path}");
    }
    assert!(daemon.stop().success());
}

#[test]
fn all_that_was_given_up_is_tried_again_by_one_command_or_button() {
    let world = World::new();
    let site = world.outlet("gazette");
    let receiver = world.receiver();
    receiver.answer(500, &[]);
    world.configure("", &[&site], &[receiver.endpoint("desk", "json", ONCE)]);
    let daemon = world.daemon();
    polled(&world, &daemon);
    for round in 0..3 {
        let stories: Vec<usize> = (0..3).map(|number| round * 10 + number).collect();
        for number in &stories {
            site.publish(*number, &format!("Story {number}"));
        }
        until("all given up", || count(&world, &daemon, "failed") == 3);
        for _ in &stories {
            assert_eq!(receiver.next().status, 500);
        }
        receiver.answer(200, &[]);
        match round {
            0 => {
                let said = ask(
                    &daemon,
                    &["deliveries", "retry", "--all-failed", "--endpoint", "desk"],
                );
                assert!(said.starts_with("3 failed deliveries made due"), "{said}");
            }
            1 => {
                let said = ask(&daemon, &["deliveries", "retry", "--since", "0s"]);
                assert!(said.starts_with("0 failed deliveries"), "{said}");
                let said = ask(&daemon, &["deliveries", "retry", "--since", "1h"]);
                assert!(said.starts_with("3 failed deliveries"), "{said}");
            }
            _ => {
                let (_, page) = world.get(&format!("{}/deliveries?state=failed", daemon.http));
                assert!(page.contains("Retry all failed (3)"), "{page}");
                let form = "endpoint=desk&back=%2Fdeliveries".to_owned();
                let headers = [
                    ("content-type", "application/x-www-form-urlencoded"),
                    ("origin", &daemon.http),
                ];
                let address = format!("{}/deliveries/retry", daemon.http);
                assert_eq!(world.post(&address, &headers, form), 200);
            }
        }
        for _ in &stories {
            assert_eq!(receiver.next().status, 200);
        }
        until("all delivered", || count(&world, &daemon, "failed") == 0);
        receiver.answer(500, &[]);
    }
    assert!(daemon.stop().success());
}

#[test]
fn an_endpoint_disabled_by_hand_keeps_its_news_and_others_hear_of_it() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (desk, watch) = (world.receiver(), world.receiver());
    let alerts = "events = [\"endpoint.disabled\", \"endpoint.recovered\"]\n";
    world.configure(
        "",
        &[&site],
        &[
            desk.endpoint("desk", "json", ""),
            watch.endpoint("watch", "json", alerts),
        ],
    );
    let daemon = world.daemon();
    polled(&world, &daemon);
    let shown = ask(
        &daemon,
        &["endpoints", "disable", "desk", "--reason", "it moves house"],
    );
    assert!(
        shown.contains("disabled by hand: it moves house"),
        "{shown}"
    );
    let alert = watch.next().json();
    assert_eq!(alert["type"], "endpoint.disabled");
    let told = &alert["data"]["endpoint"];
    assert_eq!(
        (&told["name"], &told["state"]),
        (&"desk".into(), &"disabled".into())
    );
    assert!(
        told["remedy"]
            .as_str()
            .unwrap()
            .contains("wireroom endpoints enable desk")
    );
    site.publish(1, "News meanwhile");
    until("it waits", || count(&world, &daemon, "waiting") == 1);
    assert!(desk.is_quiet(), "a disabled endpoint was told");
    ask(&daemon, &["endpoints", "enable", "desk"]);
    assert_eq!(next(&desk).1, "News meanwhile");
    let alert = watch.next().json();
    assert_eq!(alert["type"], "endpoint.recovered");
    assert_eq!(alert["data"]["endpoint"]["remedy"], Value::Null);
    assert!(desk.is_quiet() && watch.is_quiet());
    assert!(daemon.stop().success());
}

#[test]
fn a_message_that_a_chat_refuses_is_set_aside_and_holds_up_nothing() {
    let world = World::new();
    let site = world.outlet("gazette");
    let room = world.receiver();
    room.answer(400, &[]);
    world.configure(
        "",
        &[&site],
        &[room.endpoint("room", "slack", "rate = \"100/s\"\n")],
    );
    let daemon = world.daemon();
    polled(&world, &daemon);
    site.publish(1, "A poisoned story");
    assert_eq!(room.next().status, 400);
    until("it is given up at once", || {
        count(&world, &daemon, "failed") == 1
    });
    room.answer(200, &[]);
    // Its own correction does not wait for it, nor does anything else.
    site.correct(
        "news/1.html",
        "It was otherwise, and is corrected here, the officials said.",
    );
    assert_eq!(room.next().status, 200);
    site.publish(2, "Another story");
    assert_eq!(room.next().status, 200);
    let list = world.ask(&daemon, "/api/v1/deliveries?state=failed");
    let id = list["items"][0]["id"].as_str().unwrap();
    assert!(
        list["items"][0].get("refused").is_none(),
        "a list of five hundred would be long"
    );
    let whole = world.ask(&daemon, &format!("/api/v1/deliveries/{id}"));
    let refused = whole["refused"].as_str().unwrap();
    let body: Value = serde_json::from_str(refused).unwrap();
    assert!(
        body["blocks"].is_array() && refused.contains("A poisoned story"),
        "{refused}"
    );
    let shown = ask(&daemon, &["deliveries", "show", id]);
    assert!(shown.contains("did not understand this:\n{"), "{shown}");
    let (_, page) = world.get(&format!("{}/deliveries?state=failed", daemon.http));
    assert!(page.contains("What was refused"), "{page}");
    assert!(daemon.stop().success());
}

#[test]
fn a_correction_that_passes_no_more_reaches_who_was_told_before() {
    let world = World::new();
    let site = world.outlet("gazette");
    let (told, never) = (world.receiver(), world.receiver());
    let none = "[endpoint.filter]\nnone = [\"was otherwise\"]\n";
    let any = "[endpoint.filter]\nany = [\"no such word\"]\n";
    world.configure(
        "",
        &[&site],
        &[
            told.endpoint("told", "json", none),
            never.endpoint("never", "json", any),
        ],
    );
    let daemon = world.daemon();
    polled(&world, &daemon);
    let path = site.publish(1, "A story");
    assert_eq!(next(&told).2, 1);
    site.correct(
        &path,
        "It was otherwise, and is corrected here, the officials said.",
    );
    assert_eq!(next(&told).2, 2);
    site.publish(2, "Another story");
    assert_eq!(next(&told).1, "Another story");
    assert!(
        never.is_quiet(),
        "whoever was told nothing has nothing to be put right"
    );
    assert!(daemon.stop().success());
}

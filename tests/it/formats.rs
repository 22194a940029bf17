//! Every format, from the real daemon to a receiver's socket; quiet hours; and why one was not told.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::Value;
use sha2::Sha256;

use crate::server::{Reply, Seen, Server};
use crate::world::{Daemon, PATIENCE, SECRET, World};

/// A seed of bytes that count up.
fn seed() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::SystemTime::now() + PATIENCE;
    while !holds() {
        assert!(std::time::SystemTime::now() < end, "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn polled(world: &World, daemon: &Daemon) -> bool {
    let sources = world.ask(daemon, "/api/v1/sources");
    let sources = sources["items"].as_array().unwrap();
    sources.iter().all(|it| !it["last_success"].is_null())
}

fn endpoint(server: &Server, name: &str, path: &str, lines: &str) -> String {
    format!(
        "[[endpoint]]\nname = \"{name}\"\nurl = \"{}\"\nallow_private = true\nrate = \"1000/s\"\n{lines}\n",
        server.url(path)
    )
}

/// One endpoint of each format.
fn one_of_each(server: &Server) -> Vec<String> {
    let asymmetric = format!("whsk_{}", STANDARD.encode(seed()));
    let chat = |name: &str| {
        let path = format!("/{name}");
        endpoint(server, name, &path, &format!("format = \"{name}\""))
    };
    vec![
        endpoint(
            server,
            "json",
            "/json",
            &format!("secret = \"{asymmetric} {SECRET}\""),
        ),
        endpoint(
            server,
            "structured",
            "/structured",
            "format = \"cloudevents\"",
        ),
        endpoint(
            server,
            "binary",
            "/binary",
            "format = \"cloudevents\"\nmode = \"binary\"",
        ),
        chat("slack"),
        chat("discord"),
        chat("teams"),
        chat("mattermost"),
        endpoint(
            server,
            "telegram",
            "/",
            "format = \"telegram\"\ntoken = \"7:abc\"\nchat = \"@news\"",
        ),
        endpoint(
            server,
            "matrix",
            "/",
            "format = \"matrix\"\ntoken = \"syt_x\"\nroom = \"!r:example\"",
        ),
        endpoint(
            server,
            "ntfy",
            "/topic",
            "format = \"ntfy\"\ntoken = \"tk_x\"",
        ),
        endpoint(
            server,
            "template",
            "/template",
            "format = \"template\"\ntemplate = '{\"t\": {{ data.article.title }}}'\ncontent_type = \"application/json\"",
        ),
    ]
}

const TITLE: &str = "Ministers agree on R&D";

fn to<'a>(seen: &'a [Seen], path: &str) -> &'a Seen {
    let found = seen.iter().find(|seen| seen.target.starts_with(path));
    found.unwrap_or_else(|| panic!("nothing came to {path}"))
}

fn body(seen: &[Seen], path: &str) -> Value {
    serde_json::from_slice(&to(seen, path).body).unwrap()
}

#[test]
fn each_format_arrives_as_its_receiver_takes_it() {
    let world = World::new();
    let site = world.outlet("gazette");
    let server = Server::start();
    server.on("*", Reply::page("application/json", "{\"ok\":true}"));
    let endpoints = one_of_each(&server);
    world.configure("", &[&site], &endpoints);
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.publish(1, "Ministers agree on R&amp;D");
    let seen = server.wait_for(endpoints.len());
    assert_eq!(seen.len(), endpoints.len());
    let id = to(&seen, "/json").header("webhook-id").unwrap();
    check_programs(&seen, id);
    check_channels(&seen, id);
    // Nothing of the addresses and tokens is shown.
    let shown = world.ask(&daemon, "/api/v1/endpoints").to_string()
        + &world.ask(&daemon, "/api/v1/deliveries").to_string();
    for secret in ["7:abc", "syt_x", "tk_x", "/discord", "/topic"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(daemon.stop().success());
}

fn check_programs(seen: &[Seen], id: &str) {
    verify(to(seen, "/json"));
    assert_eq!(body(seen, "/json")["data"]["article"]["title"], TITLE);

    let structured = to(seen, "/structured");
    let kind = structured.header("content-type").unwrap();
    assert!(kind.starts_with("application/cloudevents+json"), "{kind}");
    assert_eq!(structured.header("webhook-id"), Some(id));
    let event = body(seen, "/structured");
    assert_eq!(event["id"], id);
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["data"]["article"]["title"], TITLE);

    let binary = to(seen, "/binary");
    assert_eq!(binary.header("ce-id"), Some(id));
    assert_eq!(binary.header("ce-type"), Some("article.new"));
    assert_eq!(binary.header("content-type"), Some("application/json"));
    assert_eq!(body(seen, "/binary")["article"]["title"], TITLE);

    assert_eq!(body(seen, "/template")["t"], TITLE);
    assert_eq!(to(seen, "/template").header("webhook-id"), Some(id));
}

fn check_channels(seen: &[Seen], id: &str) {
    let slack = body(seen, "/slack");
    assert!(slack["text"].as_str().unwrap().contains("R&amp;D"));
    assert_eq!(to(seen, "/discord").target, "/discord?wait=true");
    assert_eq!(body(seen, "/discord")["embeds"][0]["title"], TITLE);
    let card = &body(seen, "/teams")["attachments"][0]["content"];
    assert_eq!(card["type"], "AdaptiveCard");
    assert_eq!(body(seen, "/mattermost")["attachments"][0]["title"], TITLE);
    let telegram = body(seen, "/bot7:abc/sendMessage");
    assert_eq!(telegram["chat_id"], "@news");
    assert_eq!(telegram["parse_mode"], "HTML");

    let room = format!("/_matrix/client/v3/rooms/!r:example/send/m.room.message/{id}");
    let matrix = to(seen, &room);
    assert_eq!(matrix.method, "PUT");
    assert_eq!(matrix.header("authorization"), Some("Bearer syt_x"));
    assert_eq!(body(seen, &room)["msgtype"], "m.notice");

    let ntfy = seen.iter().find(|seen| seen.target == "/");
    let ntfy = ntfy.expect("a message to ntfy's root");
    assert_eq!(ntfy.header("authorization"), Some("Bearer tk_x"));
    let ntfy: Value = serde_json::from_slice(&ntfy.body).unwrap();
    assert_eq!(ntfy["topic"], "topic");
    assert_eq!(ntfy["title"], TITLE);
    for chat in [
        "/slack",
        "/discord",
        "/teams",
        "/mattermost",
        "/bot7",
        &room,
    ] {
        assert_eq!(to(seen, chat).header("webhook-id"), None, "{chat}");
    }
}

/// Checks both signatures of a rotation with nothing of our own code.
fn verify(request: &Seen) {
    let header = |name| request.header(name).unwrap();
    let signed = [
        format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes(),
        &request.body,
    ]
    .concat();
    let list: Vec<&str> = header("webhook-signature").split(' ').collect();
    let [asymmetric, symmetric] = list[..] else {
        panic!("{list:?} is not two signatures");
    };
    let key = STANDARD
        .decode(SECRET.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(&signed);
    let code = STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(symmetric, format!("v1,{code}"));
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed()).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
    let code = STANDARD
        .decode(asymmetric.strip_prefix("v1a,").unwrap())
        .unwrap();
    public
        .verify(&signed, &code)
        .expect("the signature is the key's");
}

#[test]
fn why_an_endpoint_was_not_told_can_be_asked() {
    let world = World::new();
    let site = world.outlet("gazette");
    let server = Server::start();
    server.on("*", Reply::page("text/plain", "ok"));
    let filter = "[endpoint.filter]\nany = [\"NATO\", { title = [\"harbour\"], min_words = 5000 }]";
    world.configure("", &[&site], &[endpoint(&server, "desk", "/desk", filter)]);
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.publish(1, "The harbour is open");
    site.publish(2, "NATO ministers agree");
    server.wait_for(1);
    let id = |title: &str| -> String {
        let mut found = None;
        until("the article", || {
            let list = world.ask(&daemon, "/api/v1/articles");
            let items = list["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["title"] == title);
            found = item.map(|item| item["id"].as_str().unwrap().to_owned());
            found.is_some()
        });
        found.unwrap()
    };
    let explain = |id: &str| {
        world.ask(
            &daemon,
            &format!("/api/v1/endpoints/desk/explain?article={id}"),
        )
    };
    let harbour = id("The harbour is open");
    let held = explain(&harbour);
    assert_eq!(held["passes"], false);
    assert_eq!(held["deliveries"], serde_json::json!([]));
    let rules = held["rules"].as_array().unwrap();
    let rule = |name: &str| rules.iter().find(|rule| rule["rule"] == name).unwrap();
    assert_eq!(rule("filter.any[1].title[0]")["passes"], true);
    assert_eq!(rule("filter.any[1].min_words")["passes"], false);
    assert_eq!(rule("filter.any")["passes"], false);

    let nato = id("NATO ministers agree");
    until("the delivery settled", || {
        explain(&nato)["deliveries"][0]["state"] == "delivered"
    });
    let passed = explain(&nato);
    assert_eq!(passed["passes"], true);
    assert_eq!(passed["verdict"], "the rules let it pass; it was delivered");

    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wireroom"))
            .args(["endpoints", "explain", "--server", &daemon.http])
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    };
    let (good, text) = run(&["desk", &harbour]);
    assert!(good, "{text}");
    assert!(text.contains("held back by filter.any"), "{text}");
    assert!(text.contains("5000 are asked for"), "{text}");
    for wrong in [["nobody", &harbour], ["desk", "nonsense"]] {
        let (good, text) = run(&wrong);
        assert!(!good && text.contains("there is no"), "{text}");
    }
    assert!(daemon.stop().success());
}

#[test]
fn quiet_hours_hold_and_lose_nothing() {
    let world = World::new();
    let site = world.outlet("gazette");
    let server = Server::start();
    server.on("*", Reply::page("text/plain", "ok"));
    // All but two hours that lie half a day away: quiet now, whenever now is.
    let hour = (jiff::Timestamp::now().as_second() / 3600 + 12) % 24;
    let quiet = format!(
        "[endpoint.quiet]\nhours = [\"{:02}:00-{hour:02}:00\"]\ntimezone = \"UTC\"",
        (hour + 2) % 24
    );
    let loud = endpoint(&server, "loud", "/loud", "");
    world.configure(
        "",
        &[&site],
        &[loud.clone(), endpoint(&server, "calm", "/calm", &quiet)],
    );
    let daemon = world.daemon();
    until("the quiet first poll", || polled(&world, &daemon));
    site.publish(1, "First story");
    server.wait_for(1);
    site.publish(2, "Second story");
    let seen = server.wait_for(2);
    assert!(seen.iter().all(|seen| seen.target == "/loud"), "{seen:?}");
    until("both deliveries kept", || {
        let due = world.ask(&daemon, "/api/v1/deliveries?endpoint=calm&state=due");
        due["items"].as_array().unwrap().len() == 2
    });
    let shown = world.ask(&daemon, "/api/v1/endpoints/calm");
    assert!(shown["held_until"].is_string(), "{shown}");
    // `run --once` and a reload look at the hours as they are then.
    world.configure(
        "",
        &[&site],
        &[loud, endpoint(&server, "calm", "/calm", "")],
    );
    daemon.signal("HUP");
    daemon.says("configuration reloaded");
    let seen = server.wait_for(4);
    let calm: Vec<String> = seen
        .iter()
        .filter(|seen| seen.target == "/calm")
        .map(|seen| {
            let event: Value = serde_json::from_slice(&seen.body).unwrap();
            event["data"]["article"]["title"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(calm.len(), 2, "{calm:?}");
    assert!(calm.contains(&"First story".to_owned()), "{calm:?}");
    assert!(daemon.stop().success());
}

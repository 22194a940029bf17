//! The daemon and a server that asks for rest: one source's 503 puts its neighbours off or does not, as
//! configured, and `sources show` says so.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use axum::routing::get;

use crate::world::{Daemon, PATIENCE, World};

type Asked = Arc<Mutex<Vec<String>>>;

async fn answer(State(asked): State<Asked>, uri: Uri) -> axum::response::Response {
    asked.lock().unwrap().push(uri.path().to_owned());
    if uri.path() == "/a.xml" {
        let rest = [(header::RETRY_AFTER, "3600")];
        return (StatusCode::SERVICE_UNAVAILABLE, rest).into_response();
    }
    let feed = "<rss version=\"2.0\"><channel><title>B</title><link>http://b.example/</link>\
                <description>News</description><item><title>One</title><link>http://b.example/1</link>\
                </item></channel></rss>";
    ([(header::CONTENT_TYPE, "application/rss+xml")], feed).into_response()
}

fn count(asked: &Asked, path: &str) -> usize {
    let asked = asked.lock().unwrap();
    asked.iter().filter(|it| *it == path).count()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn shown(world: &World, daemon: &Daemon, path: &str) -> serde_json::Value {
    let all = world.ask(daemon, "/api/v1/sources");
    let sources = all["items"].as_array().unwrap();
    let found = sources
        .iter()
        .find(|it| it["url"].as_str().unwrap().ends_with(path));
    found.unwrap().clone()
}

/// `/b.xml` is polled every 200 ms; `/a.xml`, which answers 503, is polled from the beginning too.
fn world(scope: &str) -> (World, Asked) {
    let world = World::new();
    let asked = Asked::default();
    let router = Router::new()
        .route("/{*path}", get(answer))
        .with_state(Arc::clone(&asked));
    let base = world.serve(router);
    let outlets = format!(
        "[[outlet]]\nname = \"a\"\nhomepage = \"{base}\"\n{scope}\n\
         [[outlet.source]]\nkind = \"feed\"\nurl = \"{base}/a.xml\"\n\
         [[outlet]]\nname = \"b\"\nhomepage = \"{base}\"\n\
         [[outlet.source]]\nkind = \"feed\"\nurl = \"{base}/b.xml\"\ninterval = \"200ms\"\n"
    );
    world.configure("", &[], &[outlets]);
    (world, asked)
}

#[test]
fn one_sources_503_holds_its_neighbours_where_that_is_asked_for() {
    let (world, asked) = world("retry_after_scope = \"host\"");
    let daemon = world.daemon();
    until("the neighbour says what it waits for", || {
        let reason = shown(&world, &daemon, "/b.xml")["reason"].clone();
        reason
            .as_str()
            .is_some_and(|it| it.contains("its host is not to be asked before"))
    });
    let polls = count(&asked, "/b.xml");
    assert_eq!(count(&asked, "/a.xml"), 1);
    let source = shown(&world, &daemon, "/a.xml");
    assert_eq!(source["state"], "throttled", "{source}");
    let waits = shown(&world, &daemon, "/b.xml")["wait"].clone();
    let said = waits.as_str().unwrap_or_default();
    assert!(
        said.contains("its host is not to be asked before"),
        "{said}"
    );
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(count(&asked, "/b.xml"), polls, "it is left alone");
}

#[test]
fn one_sources_503_is_its_own_affair_by_default() {
    let (world, asked) = world("");
    let daemon = world.daemon();
    until("the 503", || count(&asked, "/a.xml") == 1);
    let polls = count(&asked, "/b.xml");
    until("polls of the neighbour", || {
        count(&asked, "/b.xml") > polls + 2
    });
    assert_eq!(shown(&world, &daemon, "/a.xml")["state"], "throttled");
    assert_eq!(count(&asked, "/a.xml"), 1);
}

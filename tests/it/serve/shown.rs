//! Probes, metrics and republished feeds.

use reqwest::{Method, StatusCode};

use super::{NASTY, Server};

#[tokio::test]
async fn readiness_follows_the_daemon_and_its_store() {
    let server = Server::start(None).await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    server.ready.send(false).unwrap();
    server.get("/readyz").await.problem(503, "not-ready");
    server.ready.send(true).unwrap();
    server.store.0.lock().unwrap().broken = true;
    server.get("/readyz").await.problem(503, "not-ready");
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    let detail = server
        .get("/api/v1/articles")
        .await
        .problem(500, "internal");
    assert!(detail.contains("log"), "{detail}");
}

#[tokio::test]
async fn metrics_show_the_store_as_it_is() {
    let server = Server::start(None).await;
    let answer = server.get("/metrics").await;
    assert!(
        answer
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    for line in [
        "wireroom_sources{state=\"failing\"} 1",
        "wireroom_delivery_queue{endpoint=\"desk\",state=\"waiting\"} 4",
        "wireroom_store_bytes 4096",
        "wireroom_build_info{version=\"9.9.9\"} 1",
    ] {
        assert!(
            answer.body.lines().any(|it| it == line),
            "{line}\n{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn feeds_are_well_formed_honest_and_cheap_to_poll() {
    let server = Server::start(None).await;
    let atom = server.get("/feeds/ap.atom").await;
    assert_eq!(
        atom.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let feed = feed_rs::parser::parse(atom.body.as_bytes()).unwrap();
    assert_eq!(feed.title.unwrap().content, "A & P");
    assert_eq!(feed.entries.len(), 3);
    assert_eq!(feed.entries[0].title.as_ref().unwrap().content, NASTY);
    assert_eq!(
        feed.entries[0].links[0].href,
        "https://ap.example/3?a=1&b=2"
    );
    let html = feed.entries[0]
        .content
        .as_ref()
        .unwrap()
        .body
        .as_ref()
        .unwrap();
    assert!(
        html.contains("<ul><li>an item</li></ul>") && !html.contains("<script"),
        "{html}"
    );
    assert!(feed.entries[0].published.is_some());
    assert!(
        feed.entries[1].published.is_none(),
        "a local time is no instant"
    );

    let tag = atom.header("etag").to_owned();
    for known in [tag.clone(), format!("\"x\", W/{tag}")] {
        let again = server
            .ask(Method::GET, "/feeds/ap.atom", &[("if-none-match", &known)])
            .await;
        assert_eq!(
            (again.status, again.body.len()),
            (StatusCode::NOT_MODIFIED, 0)
        );
        assert_eq!(again.header("etag"), tag);
    }
    let json = server.get("/feeds/all.json").await.json();
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(
        json["items"][0]["date_published"],
        "2025-06-23T20:35:00+03:00"
    );
    assert!(json["items"][1].get("date_published").is_none());
    for path in ["/feeds/none.atom", "/feeds/all.rss", "/feeds/.atom"] {
        server.get(path).await.problem(404, "not-found");
    }
}

//! The JSON API: lists, items, refusals, actions.

use reqwest::StatusCode;
use serde_json::Value;
use std::sync::atomic::Ordering;

use super::{NASTY, Server};

#[tokio::test]
async fn lists_have_the_contracts_form_and_page_without_gaps() {
    let server = Server::start(None).await;
    let list = server.get("/api/v1/articles").await.json();
    assert_eq!(list["next"], Value::Null);
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert!(list["items"][0].get("text").is_none());
    assert_eq!(list["items"][0]["published"], "2025-06-23T20:35:00+03:00");
    assert_eq!(list["items"][1]["published"], "2025-06-23T20:35:00");
    assert_eq!(list["items"][0]["story"]["also"], serde_json::json!([]));

    let mut titles = Vec::new();
    let mut path = "/api/v1/articles?fields=full&limit=1".to_owned();
    loop {
        let page = server.get(&path).await.json();
        assert!(page["items"][0]["words"].as_u64() > Some(3));
        assert!(
            page["items"][0]["text"]
                .as_str()
                .unwrap()
                .contains("First of")
        );
        titles.push(page["items"][0]["title"].as_str().unwrap().to_owned());
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/articles?fields=full&limit=1&cursor={cursor}");
    }
    assert_eq!(titles, [NASTY, "Plain news", "Old news"]);

    let found = server
        .get("/api/v1/articles?q=NEWS+plain&since=2025-06-23T20:00:00+03:00")
        .await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_article_has_exactly_the_described_fields() {
    let server = Server::start(None).await;
    let id = server.store.0.lock().unwrap().articles[0].id;
    let article = server.get(&format!("/api/v1/articles/{id}")).await.json();
    let described = server.get("/api/openapi.json").await.json();
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&article),
        names(&described["components"]["schemas"]["Article"]["properties"])
    );
    assert_eq!(article["byline"], "Ann & Bob");
    assert_eq!(article["text"], format!("First of {NASTY}\n\n• an item"));

    let revisions = server
        .get(&format!("/api/v1/articles/{id}/revisions"))
        .await
        .json();
    assert_eq!(revisions["items"][0]["revision"], 1);
    server
        .get("/api/v1/articles/nonsense")
        .await
        .problem(404, "not-found");
    server
        .get("/api/v1/articles/0197a0e4-0000-7000-8000-000000000000")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn wrong_queries_are_refused_with_what_is_allowed() {
    let server = Server::start(None).await;
    for (path, says) in [
        (
            "/api/v1/articles?outlets=ap",
            "allowed are outlet, language, tag, since",
        ),
        ("/api/v1/articles?limit=0", "from 1 to 500"),
        ("/api/v1/articles?limit=501", "from 1 to 500"),
        ("/api/v1/articles?limit=x", "from 1 to 500"),
        ("/api/v1/articles?since=monday", "RFC 3339"),
        ("/api/v1/articles?fields=all", "full"),
        ("/api/v1/articles?q=a&q=b", "twice"),
        (
            "/api/v1/deliveries?state=lost",
            "waiting, due, retrying, delivered, failed",
        ),
        ("/api/v1/sources?state=fine", "healthy"),
        ("/api/v1/endpoints?x", "allowed are limit, cursor"),
        ("/api/v1/endpoints?limit=0", "from 1 to 500"),
        ("/api/v1/sources?limit=501", "from 1 to 500"),
        ("/api/v1/events?after=x", "id of an event"),
        ("/api/v1/deliveries?article=x", "`article` must be an id"),
    ] {
        let detail = server.get(path).await.problem(400, "bad-query");
        assert!(detail.contains(says), "{path}: {detail}");
    }
    // A place that no list gave is nowhere, whatever it looks like.
    for path in [
        "/api/v1/articles?cursor=%21",
        "/api/v1/articles?cursor=garbage",
        "/api/v1/articles?cursor=AAAAAAAAAAAA",
        "/api/v1/sources?cursor=garbage",
        "/api/v1/deliveries?cursor=garbage",
        "/api/v1/endpoints?cursor=garbage",
        "/sources?cursor=garbage",
        "/deliveries?cursor=garbage",
        "/?cursor=garbage",
    ] {
        let detail = server.get(path).await.problem(404, "not-found");
        assert!(detail.contains("earlier page"), "{path}: {detail}");
    }
    server.get("/api/v1/articles?limit=500").await.json();
    server.get("/nowhere").await.problem(404, "not-found");
    let wrong = server.post("/api/v1/articles").await;
    wrong.problem(405, "wrong-method");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    server
        .get("/api/v1/sources/%ff")
        .await
        .problem(400, "bad-request");
}

#[tokio::test]
async fn actions_make_work_due_and_wake_the_workers() {
    let server = Server::start(None).await;
    let polled = server.post("/api/v1/sources/ap-12345678/poll").await;
    assert_eq!(polled.status, StatusCode::ACCEPTED);
    assert_eq!(polled.json()["id"], "ap-12345678");
    server
        .post("/api/v1/sources/none/poll")
        .await
        .problem(404, "not-found");

    let failed = server.get("/api/v1/deliveries?state=failed").await.json();
    let id = failed["items"][0]["id"].as_str().unwrap().to_owned();
    let retried = server.post(&format!("/api/v1/deliveries/{id}/retry")).await;
    assert_eq!(retried.json()["state"], "retrying");
    let done = server
        .get("/api/v1/deliveries?state=delivered")
        .await
        .json();
    let id = done["items"][0]["id"].as_str().unwrap().to_owned();
    server
        .post(&format!("/api/v1/deliveries/{id}/retry"))
        .await
        .problem(409, "conflict");

    let enabled = server.post("/api/v1/endpoints/desk/enable").await.json();
    assert_eq!(enabled["state"], "healthy");
    let event = server.post("/api/v1/endpoints/desk/test").await.json()["event"].clone();
    let sent = server.get("/api/v1/deliveries?endpoint=desk").await.json();
    assert!(
        sent["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["event"] == event)
    );
    server
        .post("/api/v1/endpoints/none/test")
        .await
        .problem(404, "not-found");
    assert_eq!(server.nudges.load(Ordering::Relaxed), 4);
}

//! The event stream.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::net::TcpStream;

use super::Server;

/// Opens a stream, which begins where the store stood when its headers came.
async fn open(server: &Server, last: Option<&str>) -> Response {
    let mut request = server.client.get(format!("{}/api/v1/events", server.url));
    if let Some(id) = last {
        request = request.header("last-event-id", id);
    }
    request.send().await.unwrap()
}

/// Reads a stream until it has shown `count` events; their ids and data.
async fn read(mut response: Response, count: usize) -> Vec<(String, Value)> {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while text.matches("\ndata: ").count() < count || !text.ends_with("\n\n") {
        let chunk = response.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text.split("\n\n")
        .filter_map(|message| {
            let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
            let data = serde_json::from_str(field("data: ")?).unwrap();
            Some((field("id: ")?.to_owned(), data))
        })
        .collect()
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_seen() {
    let server = Server::start(None).await;
    let ids: Vec<String> = server
        .store
        .0
        .lock()
        .unwrap()
        .events
        .iter()
        .map(|it| it.id.to_string())
        .collect();
    let events = read(open(&server, Some(&ids[0])).await, 2).await;
    assert_eq!(
        events.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        [&ids[1], &ids[2]]
    );
    assert_eq!(events[0].1["type"], "article.new");
    assert_eq!(events[0].1["data"]["article"]["title"], "Event 2");

    // Without a place to resume, only what happens from now on is told.
    let fresh = open(&server, None).await;
    let sent = server.post("/api/v1/endpoints/desk/test").await;
    let events = read(fresh, 1).await;
    assert_eq!(events[0].0, sent.json()["event"].as_str().unwrap());
    assert_eq!(events[0].1["type"], "wireroom.test");
}

#[tokio::test]
async fn an_unknown_place_is_all_and_a_wrong_one_an_error() {
    let server = Server::start(None).await;
    let pruned = "0197a0e4-0000-7000-8000-000000000000";
    assert_eq!(read(open(&server, Some(pruned)).await, 3).await.len(), 3);
    assert_eq!(open(&server, Some("nonsense")).await.status(), 400);
    assert_eq!(open(&server, Some("")).await.status(), 200);
}

#[tokio::test]
async fn streams_are_bounded_and_an_abandoned_one_is_free_again() {
    let server = Server::start(None).await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        let stream = open(&server, None).await;
        assert_eq!(stream.status(), 200);
        streams.push(stream);
    }
    assert_eq!(open(&server, None).await.status(), 503);
    streams.pop();
    let freed = async {
        while open(&server, None).await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let freed = tokio::time::timeout(Duration::from_secs(10), freed).await;
    freed.expect("the place of a client that left is free again");
}

#[tokio::test]
async fn a_stop_ends_streams_and_lets_go_of_the_port() {
    let mut server = Server::start(None).await;
    let mut stream = server
        .client
        .get(format!("{}/api/v1/events", server.url))
        .send()
        .await
        .unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    server.stop.cancel();
    while stream.chunk().await.unwrap().is_some() {}
    server.task.join_next().await.unwrap().unwrap().unwrap();
    let address = server.url.trim_start_matches("http://");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stream_tells_what_was_asked_for_and_keeps_its_place() {
    let server = Server::start(None).await;
    let first = server.store.0.lock().unwrap().events[0].id.to_string();
    let at = |query: &str| format!("{}/api/v1/events?after={first}&{query}", server.url);
    let told = async |query: &str| {
        let stream = server.client.get(at(query)).send().await.unwrap();
        let events = read(stream, 1).await;
        events[0].1["data"]["article"]["title"].clone()
    };
    for (query, title) in [
        ("q=EVENT+3", "Event 3"),
        ("outlet=ap&language=en-GB", "Event 2"),
        ("type=article.updated,article.new", "Event 2"),
    ] {
        assert_eq!(told(query).await, title, "{query}");
    }
    // What is passed over is not told, and moves the place on all the same.
    for query in [
        "outlet=other",
        "language=uk",
        "q=nowhere",
        "type=source.failing",
    ] {
        let mut stream = server.client.get(at(query)).send().await.unwrap();
        let last = server.store.0.lock().unwrap().events[2].id.to_string();
        let mut text = String::new();
        while !text.contains(&format!("id: {last}\n\n")) {
            let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(!text.contains("data:"), "{query}: {text}");
    }
    let wrong = server.get("/api/v1/events?type=article.old").await;
    let detail = wrong.problem(400, "bad-query");
    assert!(detail.contains("article.new, article.updated"), "{detail}");
}

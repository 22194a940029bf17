//! Probes, metrics and republished feeds.

use std::collections::HashSet;
use std::io::Read as _;

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use wireroom::model::id::ArticleId;

use super::{NASTY, Server};

#[tokio::test]
async fn readiness_follows_the_daemon_and_its_store() {
    let server = Server::start(None).await;
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

/// Each ping is a commit: whoever asks without a token must not be able to keep the disk busy.
#[tokio::test]
async fn readiness_is_asked_of_the_store_once_a_second_at_most() {
    let server = Server::start(None).await;
    let begun = tokio::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    }
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    let pings = server.store.0.lock().unwrap().pings;
    assert!((1..=seconds + 1).contains(&pings), "{pings} in {seconds} s");
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
    // It was packed on the way, so its tag is a weak one.
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.replace("W/", "")] {
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

#[tokio::test]
async fn answers_are_packed_and_tagged_for_those_who_can_use_it() {
    let server = Server::start(None).await;
    let ask = async |headers: &str| {
        let mut stream = server.raw().await;
        let request = format!(
            "GET /assets/wireroom.css HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        (head, answer[end + 4..].to_vec())
    };
    let field = |head: &str, name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start_matches(':').trim().to_owned())
    };
    let (head, plain) = ask("").await;
    assert_eq!(field(&head, "content-encoding"), None);
    assert_eq!(field(&head, "vary").as_deref(), Some("accept-encoding"));
    let tag = field(&head, "etag").unwrap();
    assert!(tag.starts_with('"'), "{tag}");

    let (head, packed) = ask("accept-encoding: gzip\r\n").await;
    assert_eq!(field(&head, "content-encoding").as_deref(), Some("gzip"));
    assert_eq!(field(&head, "etag"), Some(format!("W/{tag}")));
    assert_eq!(
        field(&head, "content-length"),
        Some(packed.len().to_string())
    );
    assert!(packed.len() < plain.len() / 2);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain);

    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\" , {tag}"),
        "*".to_owned(),
    ] {
        let (head, body) = ask(&format!("if-none-match: {known}\r\n")).await;
        assert!(head.starts_with("HTTP/1.1 304"), "{known}: {head}");
        assert!(body.is_empty());
        assert!(field(&head, "content-security-policy").is_some());
    }
    let (head, _) = ask("if-none-match: \"other\"\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn feeds_lead_page_by_page_to_all_articles() {
    let server = Server::start(None).await;
    {
        let mut shelves = server.store.0.lock().unwrap();
        while shelves.articles.len() < 120 {
            let mut more = shelves.articles[0].clone();
            more.id = ArticleId::new(more.stored);
            shelves.articles.push(more);
        }
    }
    let mut path = "/feeds/all.json".to_owned();
    let mut seen = HashSet::new();
    for pages in 1.. {
        let feed = server.get(&path).await.json();
        assert_eq!(feed["feed_url"], path);
        for item in feed["items"].as_array().unwrap() {
            assert!(
                seen.insert(item["id"].as_str().unwrap().to_owned()),
                "no item twice"
            );
        }
        let Some(next) = feed["next_url"].as_str() else {
            assert_eq!(pages, 3);
            break;
        };
        next.clone_into(&mut path);
    }
    assert_eq!(seen.len(), 120);
    let mut path = "/feeds/all.atom".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = server.get(&path).await.body;
        let next = linked(&page, "next");
        pages.push((path, page));
        let Some(next) = next else { break };
        path = next;
    }
    assert_eq!(pages.len(), 3);
    assert_eq!(linked(&pages[0].1, "previous"), None);
    for pair in pages.windows(2) {
        let back = linked(&pair[1].1, "previous").expect("it leads back");
        assert_eq!(back, pair[0].0);
    }
    let atom = server.get("/feeds/all.atom").await;
    assert!(
        atom.body
            .contains(r#"<link rel="next" href="/feeds/all.atom?cursor="#)
    );
    assert!(
        atom.body
            .contains(r#"<link rel="first" href="/feeds/all.atom"/>"#)
    );
    assert!(!atom.body.contains("rel=\"hub\""), "none is configured");
    server
        .get("/feeds/all.atom?q=word")
        .await
        .problem(400, "bad-query");
    server
        .get("/feeds/search.atom")
        .await
        .problem(400, "bad-query");
    let found = server.get("/feeds/search.atom?q=item").await;
    assert!(
        found
            .body
            .contains(r#"<link rel="self" href="/feeds/search.atom?q=item"/>"#)
    );
}

/// The address that an Atom feed links to by this relation.
fn linked(atom: &str, relation: &str) -> Option<String> {
    let (_, rest) = atom.split_once(&format!("<link rel=\"{relation}\" href=\""))?;
    let (address, _) = rest.split_once('"')?;
    Some(address.replace("&amp;", "&"))
}

#[tokio::test]
async fn readers_that_ask_for_news_alone_are_sent_it() {
    let server = Server::start(None).await;
    let ask = async |tag: &str| {
        let headers = [("a-im", "gzip;q=0, feed"), ("if-none-match", tag)];
        server.ask(Method::GET, "/feeds/all.atom", &headers).await
    };
    let first = server.get("/feeds/all.atom").await;
    let tag = first.header("etag").to_owned();
    assert_eq!(ask(&tag).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(ask("\"another\"").await.status, StatusCode::OK);
    let newest = {
        let mut shelves = server.store.0.lock().unwrap();
        // Known for long: not within the overlap.
        for (hours, article) in (1..).zip(&mut shelves.articles[1..]) {
            article.revision.fetched -= jiff::SignedDuration::from_hours(hours);
        }
        let mut newer = shelves.articles[0].clone();
        newer.id = ArticleId::new(newer.stored);
        newer.revision.fetched += jiff::SignedDuration::from_hours(1);
        shelves.articles.insert(0, newer.clone());
        newer.id
    };
    let news = ask(&tag).await;
    assert_eq!(news.status, StatusCode::IM_USED);
    assert_eq!(news.header("im"), "feed");
    let feed = feed_rs::parser::parse(news.body.as_bytes()).unwrap();
    assert_eq!(feed.entries[0].id, format!("urn:uuid:{newest}"));
    // With the one that was newest before.
    assert_eq!(feed.entries.len(), 2);
    let whole = server.get("/feeds/all.atom").await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(
        whole.header("etag").trim_start_matches("W/"),
        news.header("etag").trim_start_matches("W/")
    );
}

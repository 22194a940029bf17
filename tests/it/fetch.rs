//! The real transport against real sockets: what it sends, what it follows, and in the modules
//! below where it may go, where it stops and whom it believes.

mod holds;
mod limits;
mod reach;
mod tls;
mod way;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use url::Url;
use wireroom::fetch::http::HttpTransport;
use wireroom::fetch::{
    AllowKey, Bounds, FetchError, Method, Overlong, Request, Response, Transport, Way,
};

use crate::server::{Reply, Server};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];
const MEBIBYTE: u64 = 1 << 20;

/// Far longer than any of these exchanges takes on a loaded machine.
const LONG: Duration = Duration::from_mins(1);

fn transport() -> HttpTransport {
    HttpTransport::new("https://contact.example/bot", None).expect("the defaults work")
}

fn get(url: &Url, allow: &[&str]) -> Request {
    Request {
        method: Method::Get,
        url: url.clone(),
        headers: Vec::new(),
        body: Bytes::new(),
        bounds: Bounds {
            timeout: LONG,
            max_body: MEBIBYTE,
            overlong: Overlong::Refuse,
            max_redirects: 5,
            allow_private: allow
                .iter()
                .map(|net| net.parse().expect("tests write valid networks"))
                .collect(),
            allow_key: AllowKey::Fetch,
        },
        way: Way::default(),
    }
}

async fn fetch(url: &Url) -> Result<Response, FetchError> {
    transport().send(get(url, LOOPBACK)).await
}

/// An error with its causes, as a log shows it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[tokio::test]
async fn a_page_is_fetched_and_we_say_who_we_are() {
    let server = Server::start();
    server.on(
        "/a?b",
        Reply::page("text/html", "hello")
            .header("X-Twice", "1")
            .header("x-twice", "2"),
    );
    let answer = fetch(&server.url("/a?b#part")).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"hello"[..]));
    assert_eq!(answer.url, server.url("/a?b"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(
        answer
            .headers
            .iter()
            .filter(|(name, _)| name == "x-twice")
            .count(),
        2
    );
    let seen = &server.seen()[0];
    let agent = format!(
        "wireroom/{} (+https://contact.example/bot)",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(seen.header("user-agent"), Some(agent.as_str()));
    let encodings = seen.header("accept-encoding").unwrap();
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        assert!(encodings.contains(encoding), "{encodings}");
    }
    for name in ["cookie", "referer", "authorization"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_told() {
    let server = Server::start();
    for (status, from, to) in [
        (301, "/1", "/2"),
        (302, "/2", "3"),
        (303, "/3", "/4"),
        (307, "/4", "/5"),
        (308, "/5", "/end"),
    ] {
        server.on(from, Reply::redirect(status, to));
    }
    server.on("/end", Reply::page("text/plain", "end"));
    let mut request = get(&server.url("/1"), LOOPBACK);
    request
        .headers
        .push(("if-none-match".into(), "W/\"x\"".into()));
    let answer = transport().send(request.clone()).await.unwrap();
    assert_eq!(answer.url, server.url("/end"));
    let statuses: Vec<u16> = answer.hops.iter().map(|hop| hop.status).collect();
    assert_eq!(statuses, [301, 302, 303, 307, 308]);
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.header("if-none-match") == Some("W/\"x\""))
    );
    request.bounds.max_redirects = 4;
    let error = transport().send(request.clone()).await.unwrap_err();
    assert!(matches!(error, FetchError::Redirects(4)), "{error}");
    request.bounds.max_redirects = 0;
    assert_eq!(transport().send(request).await.unwrap().status, 301);
}

#[tokio::test]
async fn a_loop_ends() {
    let server = Server::start();
    server.on("/a", Reply::redirect(302, "/b"));
    server.on("/b", Reply::redirect(302, "/a"));
    let error = fetch(&server.url("/a")).await.unwrap_err();
    assert!(matches!(error, FetchError::Redirects(5)), "{error}");
    assert!(server.seen().len() <= 3, "a loop is seen when it closes");
}

#[tokio::test]
async fn a_post_is_sent_whole_and_not_sent_on() {
    let server = Server::start();
    server.on("/hook", Reply::redirect(307, "/elsewhere"));
    let mut request = get(&server.url("/hook"), LOOPBACK);
    request.method = Method::Post;
    request.body = Bytes::from_static(b"{\"type\":\"wireroom.test\"}");
    request.headers = vec![
        ("content-type".into(), "application/json".into()),
        ("webhook-id".into(), "msg_1".into()),
    ];
    let body = request.body.clone();
    let answer = transport().send(request).await.unwrap();
    assert_eq!((answer.status, answer.hops.len()), (307, 0));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].method.as_str(), &seen[0].body[..]),
        ("POST", &body[..])
    );
    assert_eq!(seen[0].header("webhook-id"), Some("msg_1"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_unchanged_page_has_no_body() {
    let server = Server::start();
    server.script("/", |seen| match seen.header("if-none-match") {
        Some("\"1\"") => Reply::status(304).header("etag", "\"1\""),
        _ => Reply::page("text/plain", "text").header("etag", "\"1\""),
    });
    let mut request = get(&server.url("/"), LOOPBACK);
    request
        .headers
        .push(("if-none-match".into(), "\"1\"".into()));
    let answer = transport().send(request).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    assert_eq!(answer.header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn header_values_that_are_not_text_are_left_out() {
    let server = Server::start();
    server.on("/", Reply::page("text/plain", "x").header("x-name", "Łódź"));
    let answer = fetch(&server.url("/")).await.unwrap();
    assert_eq!(answer.header("x-name"), Some("Łódź"));
}

#[tokio::test]
async fn odd_addresses_are_answered_or_refused_and_nothing_else() {
    let server = Server::start();
    let long = format!("/{}", "x".repeat(70_000));
    let odd = [
        "/|^`{}\"<>\\[]",
        "/%",
        "/%zz?%",
        "/é?ü=ß",
        "//x//..//",
        "/?a=b?c#d",
        "/\u{7f}\u{80}",
        &long,
    ];
    for target in odd {
        match fetch(&server.url(target)).await {
            Ok(answer) => assert_eq!(answer.status, 404, "{target}"),
            Err(error) => assert!(matches!(error, FetchError::Connection { .. }), "{error:?}"),
        }
    }
    for host in ["a_b.invalid", "-.invalid", "x..invalid", "xn--zz.invalid"] {
        if let Ok(url) = Url::parse(&format!("http://{host}/")) {
            let mut request = get(&url, &[]);
            request.bounds.timeout = Duration::from_secs(5);
            assert!(transport().send(request).await.is_err(), "{host}");
        }
    }
}

#[tokio::test]
async fn a_request_header_that_cannot_be_sent_is_named() {
    let server = Server::start();
    let mut request = get(&server.url("/"), LOOPBACK);
    request
        .headers
        .push(("x-bad".into(), "a\r\nx-injected: b".into()));
    let error = transport().send(request).await.unwrap_err();
    assert!(chain(&error).contains("x-bad"), "{error:?}");
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn cookies_are_never_sent_back() {
    let server = Server::start();
    let cookie = "id=1; Path=/; Max-Age=86400";
    server.on(
        "/a",
        Reply::redirect(302, "/b").header("set-cookie", cookie),
    );
    server.on(
        "/b",
        Reply::page("text/html", "x").header("set-cookie", cookie),
    );
    let transport = transport();
    for _ in 0..2 {
        transport
            .send(get(&server.url("/a"), LOOPBACK))
            .await
            .unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|it| it.header("cookie").is_none()));
}

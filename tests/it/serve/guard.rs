//! Who is let in, and what never gets out.

use reqwest::{Method, StatusCode};
use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Server;

#[tokio::test]
async fn no_secret_leaves_and_nothing_outside_becomes_markup() {
    let server = Server::start(Some("the-token")).await;
    let bearer = [("authorization", "Bearer the-token")];
    for path in [
        "/",
        "/sources",
        "/sources/ap-12345678",
        "/deliveries",
        "/endpoints",
        "/about",
        "/metrics",
        "/api/v1/endpoints",
        "/api/v1/endpoints/desk",
        "/api/v1/about",
        "/api/v1/deliveries",
        "/api/openapi.json",
    ] {
        let answer = server.ask(Method::GET, path, &bearer).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(
            !answer.body.contains("secret\"") && !answer.body.contains("XXXX"),
            "{path}"
        );
        assert!(!answer.body.contains("the-token"), "{path}");
    }
    let endpoint = server
        .ask(Method::GET, "/api/v1/endpoints/desk", &bearer)
        .await
        .json();
    assert_eq!(endpoint["url"], "https://hooks.example");

    let page = server.ask(Method::GET, "/", &bearer).await;
    assert!(!page.body.contains("<script>"), "{}", page.body);
    assert!(page.body.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn only_probes_answer_without_the_token() {
    let server = Server::start(Some("the-token")).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/",
        "/about",
        "/assets/wireroom.css",
        "/login",
        "/metrics",
        "/api/v1/about",
        "/api/openapi.json",
        "/feeds/all.atom",
        "/api/v1/events",
        "/api/v1/backup",
        "/nowhere",
    ] {
        let refused = server.get(path).await;
        refused.problem(401, "token-needed");
        assert!(
            refused.header("www-authenticate").starts_with("Bearer"),
            "{path}"
        );
        let wrong = server
            .ask(Method::GET, path, &[("authorization", "Bearer the-tokem")])
            .await;
        wrong.problem(401, "token-needed");
    }
    let bearer = ("authorization", "bearer the-token");
    assert_eq!(
        server
            .ask(Method::GET, "/api/v1/about", &[bearer])
            .await
            .json()["version"],
        "9.9.9"
    );
    // With a token, a reverse proxy may pass its own name on.
    let proxied = [bearer, ("host", "news.example")];
    assert_eq!(
        server
            .ask(Method::GET, "/api/v1/about", &proxied)
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_web_page_cannot_drive_a_daemon_on_loopback() {
    let server = Server::start(None).await;
    let poll = "/api/v1/sources/ap-12345678/poll";
    let rebound = [("host", "evil.example:7878")];
    server
        .ask(Method::GET, "/api/v1/articles", &rebound)
        .await
        .problem(403, "foreign-origin");
    server
        .ask(Method::POST, poll, &[("origin", "https://evil.example")])
        .await
        .problem(403, "foreign-origin");
    server
        .ask(Method::POST, poll, &[("sec-fetch-site", "cross-site")])
        .await
        .problem(403, "foreign-origin");
    let own = [("origin", server.url.as_str())];
    assert_eq!(
        server.ask(Method::POST, poll, &own).await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(server.nudges.load(Ordering::Relaxed), 1);
    assert_eq!(
        server.ask(Method::GET, "/healthz", &rebound).await.status,
        StatusCode::OK
    );
}

/// A `POST` as a page of our own sends it.
fn own<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("sec-fetch-site", "same-origin")], more].concat()
}

#[tokio::test]
async fn a_token_for_reading_changes_nothing() {
    let server = Server::start(Some("the-token")).await;
    let reader = ("authorization", "Bearer the-reader");
    for path in ["/", "/sources", "/api/v1/articles", "/metrics"] {
        let answer = server.ask(Method::GET, path, &[reader]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.body.contains("<form method=\"post\""), "{path}");
    }
    let api = "/api/v1/sources/ap-12345678/poll";
    let refused = server.ask(Method::POST, api, &[reader]).await;
    refused.problem(403, "read-only");
    let page = server
        .ask(Method::POST, "/sources/ap-12345678/poll", &own(&[reader]))
        .await;
    page.problem(403, "read-only");
    assert_eq!(server.nudges.load(Ordering::Relaxed), 0);
    let admin = ("authorization", "Bearer the-token");
    let polled = server.ask(Method::POST, api, &[admin]).await;
    assert_eq!(polled.status, StatusCode::ACCEPTED);
    let page = server.ask(Method::GET, "/sources", &[admin]).await;
    assert!(page.body.contains("<form method=\"post\""));
}

#[tokio::test]
async fn a_browser_gets_in_by_the_form_and_out_again() {
    let server = Server::start(Some("the-token")).await;
    let html = ("accept", "text/html,*/*;q=0.8");
    let form = server
        .ask(Method::GET, "/sources?state=failing", &[html])
        .await;
    assert_eq!(form.status, StatusCode::UNAUTHORIZED);
    assert_eq!(form.header("www-authenticate"), "Bearer realm=\"wireroom\"");
    assert!(form.body.contains("value=\"/sources?state=failing\""));
    assert!(!form.body.contains("http-equiv"));
    let followed = [
        html,
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    let form = server.ask(Method::GET, "/", &followed).await;
    assert!(form.body.contains("http-equiv=\"refresh\""));

    let wrong = server
        .send("/login", &own(&[html]), "token=the-tokem")
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.header("set-cookie"), "");
    let foreign = [("sec-fetch-site", "cross-site")];
    let foreign = server.send("/login", &foreign, "token=the-token").await;
    foreign.problem(403, "foreign-origin");

    let right = "token=the-token&next=%2Fsources";
    let entered = server.send("/login", &own(&[html]), right).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(entered.header("location"), "/sources");
    let cookie = entered.header("set-cookie").to_owned();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict"), "{cookie}");
    let proxied = [("origin", "https://news.example"), ("host", "news.example")];
    let entered = server.send("/login", &proxied, right).await;
    assert!(entered.header("set-cookie").ends_with("; Secure"));

    let session = ("cookie", cookie.split(';').next().unwrap());
    let page = server.ask(Method::GET, "/sources", &[session]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("action=\"/logout\""));
    // With a session, even the API is driven by our own pages only.
    for path in [
        "/sources/ap-12345678/poll",
        "/api/v1/sources/ap-12345678/poll",
    ] {
        for foreign in [
            &[session][..],
            &[session, ("sec-fetch-site", "none")],
            &[session, ("origin", "null")],
        ] {
            let refused = server.ask(Method::POST, path, foreign).await;
            refused.problem(403, "foreign-origin");
        }
    }
    let poll = "/sources/ap-12345678/poll";
    let polled = server.send(poll, &own(&[session]), "back=/sources").await;
    assert_eq!(polled.header("location"), "/sources?done=polled");
    assert_eq!(server.nudges.load(Ordering::Relaxed), 1);

    let out = server.send("/logout", &own(&[session]), "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let refused = server.ask(Method::GET, "/sources", &[session]).await;
    refused.problem(401, "token-needed");
}

#[tokio::test]
async fn tokens_are_not_tried_without_end() {
    let server = Server::start(Some("the-token")).await;
    let html = ("accept", "text/html,*/*;q=0.8");
    let mut refused = None;
    // The minute may turn once while they are tried.
    for _ in 0..30 {
        let answer = server
            .send("/login", &own(&[html]), "token=the-tokem")
            .await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let refused = refused.expect("somewhere it ends");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(refused.body.contains("Too many were wrong"));
    // Who has the token and asks with it is not in the way.
    let token = ("authorization", "Bearer the-token");
    let answer = server.ask(Method::GET, "/api/v1/about", &[token]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_even_without_a_length() {
    let server = Server::start(Some("the-token")).await;
    for (length, status) in [(64 * 1024 - 6, 401), (64 * 1024 - 5, 413)] {
        let mut stream = server.raw().await;
        let head = "POST /login HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        let body = format!("token={}", "x".repeat(length));
        let request = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        let expected = format!("HTTP/1.1 {status}");
        assert_eq!(std::str::from_utf8(&answer).unwrap(), expected, "{length}");
    }
}

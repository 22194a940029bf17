//! Who is let in, and what never gets out.

use reqwest::{Method, StatusCode};
use std::sync::atomic::Ordering;

use super::Server;

#[tokio::test]
async fn no_secret_leaves_and_nothing_outside_becomes_markup() {
    let server = Server::start(Some("the-token")).await;
    let bearer = [("authorization", "Bearer the-token")];
    for path in [
        "/",
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
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(page.body.contains("&lt;script&gt;"));
    let parsed = scraper::Html::parse_document(&page.body);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    let style = page
        .body
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    let hash = {
        use base64::Engine as _;
        use sha2::Digest as _;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style))
    };
    assert!(
        policy.contains(&hash),
        "the policy must allow the page's own style"
    );
}

#[tokio::test]
async fn only_probes_answer_without_the_token() {
    let server = Server::start(Some("the-token")).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/",
        "/metrics",
        "/api/v1/about",
        "/api/openapi.json",
        "/feeds/all.atom",
        "/api/v1/events",
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

//! Where a request may go: private addresses in every guise, schemes, pooled connections.

use std::net::TcpListener;

use url::Url;
use wireroom::fetch::{AllowKey, FetchError, Transport};

use super::{LOOPBACK, chain, fetch, get, transport};
use crate::server::{Reply, Server};

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling() {
    let server = Server::start();
    let transport = transport();
    let spellings = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1]",
        "[::]",
        "0",
        "0.0.0.0",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "１２７.0.0.1",
        "localhost",
        "LOCALHOST.",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "10.0.0.1",
    ];
    for spelling in spellings {
        let refused = transport
            .send(get(&server.url_by(spelling, "/"), &[]))
            .await;
        let Err(FetchError::Private { remedy, .. }) = refused else {
            panic!("{spelling}: {refused:?}");
        };
        assert!(remedy.contains("fetch.allow_private"), "{remedy}");
    }
    assert_eq!(server.seen().len(), 0, "nothing was dialed");
}

#[tokio::test]
async fn what_is_allowed_is_reached_by_name_and_by_literal() {
    let server = Server::start();
    server.on("/", Reply::page("text/plain", "in"));
    for name in ["127.0.0.1", "localhost", "0x7f.1"] {
        let answer = fetch(&server.url_by(name, "/")).await.unwrap();
        assert_eq!(&answer.body[..], b"in", "{name}");
    }
    let mut request = get(&server.url_by("localhost", "/"), &["10.0.0.0/8"]);
    request.bounds.allow_key = AllowKey::Endpoint;
    let error = transport().send(request).await.unwrap_err();
    assert!(
        chain(&error).contains("set the endpoint's allow_private"),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_refused() {
    let server = Server::start();
    let inside = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.2:1/",
        "//192.168.0.1/",
        "http://localhost:1/",
    ];
    for (n, to) in inside.iter().enumerate() {
        let target = format!("/{n}");
        server.on(&target, Reply::redirect(302, to));
        // Of all private addresses this one alone is allowed.
        let refused = transport()
            .send(get(&server.url(&target), &["127.0.0.1/32"]))
            .await;
        if to.contains("localhost") {
            // Allowed to be dialed, and nothing listens there.
            assert!(
                matches!(refused, Err(FetchError::Connection { .. })),
                "{to}: {refused:?}"
            );
        } else {
            assert!(
                matches!(refused, Err(FetchError::Private { .. })),
                "{to}: {refused:?}"
            );
        }
    }
    assert_eq!(server.seen().len(), inside.len());
}

#[tokio::test]
async fn other_schemes_are_not_fetched() {
    for url in [
        "ftp://a.example/",
        "file:///etc/passwd",
        "data:,x",
        "unix:/run/x",
    ] {
        let error = fetch(&Url::parse(url).unwrap()).await.unwrap_err();
        assert!(matches!(error, FetchError::Scheme(_)), "{url}: {error}");
    }
    let server = Server::start();
    server.on("/", Reply::redirect(302, "file:///etc/passwd"));
    let error = fetch(&server.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::BadRedirect(_)), "{error}");
}

#[tokio::test]
async fn connections_are_kept_and_not_shared_between_allow_lists() {
    let server = Server::start();
    server.on("/", Reply::page("text/plain", "x"));
    let transport = transport();
    let url = server.url("/");
    let lists: [&[&str]; 4] = [
        LOOPBACK,
        LOOPBACK,
        &["10.0.0.0/8", "127.0.0.0/8"],
        &["127.0.0.0/8", "10.0.0.0/8"],
    ];
    for allow in lists {
        transport.send(get(&url, allow)).await.unwrap();
    }
    let refused = transport
        .send(get(&server.url_by("localhost", "/"), &[]))
        .await;
    assert!(
        matches!(refused, Err(FetchError::Private { .. })),
        "{refused:?}"
    );
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 1]);
}

#[tokio::test]
async fn errors_do_not_tell_the_address() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let server = Server::start();
    server.on("/T00/SECRET", Reply::page("text/plain", "x").closing());
    let refused = Url::parse(&format!("http://127.0.0.1:{port}/T00/SECRET?key=SECRET")).unwrap();
    for url in [refused, server.url("/T00/SECRET")] {
        let error = fetch(&url).await.unwrap_err();
        let shown = format!("{} {error:?}", chain(&error));
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(shown.contains("127.0.0.1"), "{shown}");
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_is_named() {
    // `invalid` never resolves, and nobody is asked (RFC 6761 §6.4).
    let url = Url::parse("http://no.such.host.invalid/").unwrap();
    let error = transport().send(get(&url, &[])).await.unwrap_err();
    let FetchError::Resolve { host, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(host, "no.such.host.invalid");
}

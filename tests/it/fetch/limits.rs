//! What an answer may cost: bytes, time, headers.

use std::time::Duration;

use wireroom::fetch::{FetchError, Overlong, Transport};

use super::{LOOPBACK, MEBIBYTE, fetch, get, transport};
use crate::server::{Reply, Server};

#[tokio::test]
async fn compressed_bodies_are_read_and_bombs_are_not() {
    let zeros = vec![0_u8; 8 << 20];
    let zstd = zstd::encode_all(&zeros[..], 3).unwrap();
    let bombs: [(&str, Vec<u8>); 4] = [
        (
            "gzip",
            include_bytes!("../../fixtures/fetch/zeros.gz").to_vec(),
        ),
        (
            "deflate",
            include_bytes!("../../fixtures/fetch/zeros.zlib").to_vec(),
        ),
        (
            "br",
            include_bytes!("../../fixtures/fetch/zeros.br").to_vec(),
        ),
        ("zstd", zstd),
    ];
    let server = Server::start();
    for (encoding, bomb) in bombs {
        let target = format!("/{encoding}");
        let reply = Reply::page("text/html", bomb).header("content-encoding", encoding);
        server.on(&target, reply);
        let error = fetch(&server.url(&target)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::TooLarge(MEBIBYTE)),
            "{encoding}: {error:?}"
        );
        // Exactly as much as is allowed is read; one byte less is too little.
        let mut request = get(&server.url(&target), LOOPBACK);
        request.bounds.max_body = zeros.len() as u64;
        let answer = transport().send(request.clone()).await.unwrap();
        assert!(answer.body == zeros, "{encoding}");
        request.bounds.max_body -= 1;
        assert!(transport().send(request).await.is_err(), "{encoding}");
    }
}

#[tokio::test]
async fn an_overlong_body_is_refused_or_cut() {
    let server = Server::start();
    server.on("/long", Reply::page("text/plain", "0123456789"));
    server.on(
        "/endless",
        Reply::page("text/plain", "0123456789").flooding_body(),
    );
    for target in ["/long", "/endless"] {
        let mut request = get(&server.url(target), LOOPBACK);
        request.bounds.max_body = 9;
        let error = transport().send(request.clone()).await.unwrap_err();
        assert!(
            matches!(error, FetchError::TooLarge(9)),
            "{target}: {error}"
        );
        request.bounds.overlong = Overlong::Cut;
        let answer = transport().send(request).await.unwrap();
        assert_eq!(&answer.body[..], b"012345678", "{target}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_costs_the_time_allowed() {
    let server = Server::start();
    server.on("/", Reply::page("text/plain", "part").stalling());
    server.on("/moved", Reply::redirect(302, "/"));
    for target in ["/", "/moved"] {
        let mut request = get(&server.url(target), LOOPBACK);
        request.bounds.timeout = Duration::from_millis(300);
        let error = transport().send(request).await.unwrap_err();
        assert!(matches!(error, FetchError::Timeout(_)), "{target}: {error}");
    }
}

#[tokio::test]
async fn half_a_body_is_a_failure() {
    let server = Server::start();
    server.on("/closed", Reply::page("text/plain", "half").closing());
    server.on("/reset", Reply::page("text/plain", "half").resetting());
    let gzip = include_bytes!("../../fixtures/fetch/zeros.gz")[..1000].to_vec();
    let cut = Reply::page("text/plain", gzip).header("content-encoding", "gzip");
    server.on("/cut", cut);
    server.on(
        "/lie",
        Reply::page("text/plain", "plain").header("content-encoding", "gzip"),
    );
    for target in ["/closed", "/reset", "/cut", "/lie"] {
        let error = fetch(&server.url(target)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Connection { .. }),
            "{target}: {error:?}"
        );
    }
}

#[tokio::test]
async fn floods_of_headers_are_refused() {
    let server = Server::start();
    server.on("/endless", Reply::status(200).flooding_head());
    let mut many = Reply::page("text/plain", "x");
    for n in 0..500 {
        many = many.header(&format!("x-{n}"), "1");
    }
    server.on("/many", many);
    server.on(
        "/long",
        Reply::page("text/plain", "x").header("x-long", &"x".repeat(100_000)),
    );
    for target in ["/endless", "/many", "/long"] {
        let error = fetch(&server.url(target)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Connection { .. }),
            "{target}: {error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_http_is_a_failure() {
    let server = Server::start();
    let informational = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
    let garbage: [&[u8]; 14] = [
        b"",
        b"\r\n\r\n",
        b"garbage\r\n\r\n",
        b"<html>an answer of HTTP/0.9</html>",
        b"HTTP/1.1 99999 Much\r\n\r\n",
        b"HTTP/1.1 -1 Less\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nx",
        b"HTTP/1.1 200 OK\r\nx-nul: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        informational.as_bytes(),
    ];
    for bytes in garbage {
        server.on("/", Reply::raw(bytes));
        let error = fetch(&server.url("/")).await.unwrap_err();
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]);
        assert!(
            matches!(error, FetchError::Connection { .. }),
            "{shown:?}: {error:?}"
        );
    }
    // Old and odd, and still an answer.
    for (bytes, body) in [
        (
            &b"HTTP/1.0 200 OK\r\n\r\nuntil the end"[..],
            "until the end",
        ),
        (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", "ok"),
        (b"HTTP/1.1 200 OK\nserver: bare line feeds\n\nok", "ok"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "ok",
        ),
    ] {
        server.on("/", Reply::raw(bytes));
        let answer = fetch(&server.url("/")).await.unwrap();
        assert_eq!(&answer.body[..], body.as_bytes());
    }
}

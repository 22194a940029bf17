//! Connections at their limits.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wireroom::serve::listener::Limits;

use super::Server;

#[tokio::test]
async fn as_many_connections_as_allowed_and_the_next_one_waits() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let server = Server::start_within(None, limits).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = server.raw().await;
        stream.write_all(ask).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'H');
        held.push(stream);
    }
    let mut third = server.raw().await;
    third.write_all(ask).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(300), third.read_u8()).await;
    assert!(waited.is_err(), "the third connection must wait");
    drop(held.pop());
    assert_eq!(third.read_u8().await.unwrap(), b'H');
}

#[tokio::test]
async fn a_header_that_never_ends_costs_the_connection() {
    let limits = Limits {
        header: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Server::start_within(None, limits).await;
    for beginning in ["GET / HT", ""] {
        let mut stream = server.raw().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest));
        closed.await.expect("the server hangs up").unwrap();
    }
    let mut stream = server.raw().await;
    let long = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
        "y".repeat(100_000)
    );
    stream.write_all(long.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
    let large = server.raw().await;
    assert_eq!(status_of_large_body(large).await, *b"HTTP/1.1 413");
}

async fn status_of_large_body(mut stream: TcpStream) -> [u8; 12] {
    let head = "POST /api/v1/endpoints/desk/test HTTP/1.1\r\nhost: localhost\r\ncontent-length: 65537\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_client_that_does_not_read_costs_its_connection() {
    let limits = Limits {
        connections: 1,
        write: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Server::start_within(None, limits).await;
    // More than the buffers of both sockets take.
    let long = "word ".repeat(4 << 20);
    server.store.0.lock().unwrap().articles[0]
        .revision
        .content
        .blocks[0]
        .text = long;
    let mut greedy = server.raw().await;
    let ask = b"GET /api/v1/articles?fields=full HTTP/1.1\r\nhost: localhost\r\n\r\n";
    greedy.write_all(ask).await.unwrap();
    let mut second = server.raw().await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    second.write_all(ask).await.unwrap();
    let answered = tokio::time::timeout(Duration::from_secs(15), second.read_u8()).await;
    assert_eq!(answered.expect("the connection is freed").unwrap(), b'H');
    drop(greedy);
}

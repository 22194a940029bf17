//! All outlets' servers: one listener that every loopback address leads to.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The validator of every feed.
pub(crate) const ETAG: &str = "\"unchanged\"";

/// Says the port on standard output and answers until it is killed: 304 to those who bring the
/// validator, a feed to others.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let listener = TcpListener::bind("0.0.0.0:0")
            .await
            .expect("a port is free");
        println!("{}", listener.local_addr().expect("it is bound").port());
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            // Out of descriptors for a moment: the clients' idle connections are on their way out.
            let Ok((stream, peer)) = listener.accept().await else {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                continue;
            };
            if peer.ip().is_loopback() {
                connections.spawn(converse(stream));
            }
        }
    });
}

async fn converse(mut stream: TcpStream) {
    let mut head = Vec::new();
    while let Ok(read @ 1..) = stream.read_buf(&mut head).await {
        if !head.ends_with(b"\r\n\r\n") && read > 0 {
            continue;
        }
        let known = head
            .windows(14)
            .any(|it| it.eq_ignore_ascii_case(b"if-none-match:"));
        let answer = if known {
            format!("HTTP/1.1 304 Not Modified\r\netag: {ETAG}\r\n\r\n")
        } else {
            let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>A</title>\
                <link>http://a.example/</link><description>News of the day</description></channel></rss>";
            format!(
                "HTTP/1.1 200 OK\r\netag: {ETAG}\r\ncontent-type: application/rss+xml\r\n\
                 content-length: {}\r\n\r\n{feed}",
                feed.len()
            )
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        head.clear();
    }
}

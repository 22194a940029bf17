//! Whom the transport believes.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;
use wireroom::fetch::http::HttpTransport;
use wireroom::fetch::{FetchError, Transport};

use super::{LOOPBACK, chain, fetch, get};

#[tokio::test]
async fn certificates_are_checked_and_a_bundle_adds_authorities() {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fetch"));
    let port = serve_tls(fixtures);
    let bundle = fixtures.join("ca.pem");
    let trusting = HttpTransport::new("", Some(&bundle)).unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    let answer = trusting.send(get(&url, LOOPBACK)).await.unwrap();
    assert_eq!(&answer.body[..], b"secure");
    let error = fetch(&url).await.unwrap_err();
    assert!(chain(&error).contains("UnknownIssuer"), "{}", chain(&error));
    // Right authority, wrong name.
    let other = Url::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
    let error = trusting.send(get(&other, LOOPBACK)).await.unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error:?}");
}

#[test]
fn a_bundle_that_cannot_be_used_is_told_at_the_start() {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fetch"));
    for file in ["missing.pem", "README.md"] {
        let path = fixtures.join(file);
        let error = HttpTransport::new("", Some(&path)).err().unwrap();
        assert!(error.to_string().starts_with("SSL_CERT_FILE: "), "{error}");
    }
    for contact in ["desk@ü.example", "a\nb", "a) (b"] {
        let error = HttpTransport::new(contact, None).err().unwrap();
        assert!(error.to_string().starts_with("fetch.contact: "), "{error}");
    }
}

/// A server that speaks HTTP/2 is spoken to in it: the first bytes are its preface (RFC 9113 §3.4).
#[tokio::test]
async fn http_2_is_chosen_where_it_is_offered() {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fetch"));
    let mut config = server_config(fixtures);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the client comes");
        let connection = ServerConnection::new(Arc::new(config)).expect("a sound configuration");
        let mut tls = StreamOwned::new(connection, stream);
        let mut preface = [0; 14];
        tls.read_exact(&mut preface)
            .expect("the client speaks first");
        preface
    });
    let transport = HttpTransport::new("", Some(&fixtures.join("ca.pem"))).unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    // The server hangs up after the first bytes.
    transport.send(get(&url, LOOPBACK)).await.unwrap_err();
    assert_eq!(&server.join().unwrap(), b"PRI * HTTP/2.0");
}

/// Answers every connection of a port with one page over TLS, and returns the port.
fn serve_tls(fixtures: &Path) -> u16 {
    let config = Arc::new(server_config(fixtures));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            // A handshake that the client breaks off is part of the test.
            answer_tls(stream, Arc::clone(&config)).ok();
        }
    });
    port
}

fn server_config(fixtures: &Path) -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(fixtures.join("site.pem")).expect("a fixture");
    let key = PrivateKeyDer::from_pem_file(fixtures.join("site.key")).expect("a fixture");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key belongs to the certificate")
}

fn answer_tls(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tls.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    tls.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6\r\n\r\nsecure")?;
    tls.conn.send_close_notify();
    tls.flush()
}

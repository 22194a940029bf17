//! Proxies and certificates of endpoints.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use url::Url;
use wireroom::config;
use wireroom::config::endpoint::EndpointSpec;
use wireroom::fetch::http::HttpTransport;
use wireroom::fetch::{FetchError, Method, Transport, Way};

use super::{LOOPBACK, chain, get, transport};
use crate::server::{Reply, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fetch");

/// The endpoint of a configuration that says this of it.
fn endpoint(lines: &str) -> Result<EndpointSpec, String> {
    let text = format!(
        "[daemon]\noutlets = []\n[[endpoint]]\nname = \"desk\"\nurl = \"https://desk.example/\"\n{lines}"
    );
    let loaded = config::from_str(&text, Path::new(FIXTURES), &BTreeMap::new());
    let loaded = loaded.map_err(|mistakes| mistakes.to_string())?;
    Ok(loaded.config.endpoints.into_values().next().unwrap())
}

fn through(proxy: &Server) -> Way {
    let lines = format!(
        "allow_private = true\nproxy = \"{}\"",
        proxy.url_by("user:pass@127.0.0.1", "/")
    );
    Way {
        proxy: endpoint(&lines).unwrap().proxy,
        identity: None,
    }
}

#[tokio::test]
async fn a_proxy_is_asked_in_the_receivers_place() {
    let proxy = Server::start();
    proxy.on("http://8.8.8.8/hook", Reply::page("text/plain", "by proxy"));
    let mut request = get(&Url::parse("http://8.8.8.8/hook").unwrap(), LOOPBACK);
    request.method = Method::Post;
    request.way = through(&proxy);
    let answer = transport().send(request).await.unwrap();
    assert_eq!(&answer.body[..], b"by proxy");
    let seen = &proxy.seen()[0];
    assert_eq!(seen.method, "POST");
    assert_eq!(
        seen.header("proxy-authorization"),
        Some("Basic dXNlcjpwYXNz")
    );
}

#[tokio::test]
async fn what_is_forbidden_is_forbidden_through_a_proxy_too() {
    let proxy = Server::start();
    proxy.on("*", Reply::page("text/plain", "secrets"));
    for target in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let mut request = get(&Url::parse(target).unwrap(), LOOPBACK);
        request.way = through(&proxy);
        let error = transport().send(request).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Private { .. }),
            "{target}: {error:?}"
        );
    }
    // A name of this machine, and a proxy that is not allowed itself.
    for (target, allow) in [
        ("http://localhost/", "10.0.0.0/8"),
        ("http://8.8.8.8/", "10.0.0.0/8"),
    ] {
        let mut request = get(&Url::parse(target).unwrap(), &[allow]);
        request.way = through(&proxy);
        let error = transport().send(request).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Private { .. }),
            "{target}: {error:?}"
        );
    }
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn connections_with_and_without_a_proxy_are_told_apart() {
    let (proxy, receiver) = (Server::start(), Server::start());
    proxy.on("*", Reply::page("text/plain", "proxy"));
    receiver.on("/", Reply::page("text/plain", "receiver"));
    let transport = transport();
    for way in [Way::default(), through(&proxy), Way::default()] {
        let expected: &[u8] = if way.proxy.is_some() {
            b"proxy"
        } else {
            b"receiver"
        };
        let mut request = get(&receiver.url("/"), LOOPBACK);
        request.way = way;
        let answer = transport.send(request).await.unwrap();
        assert_eq!(&answer.body[..], expected);
    }
}

#[tokio::test]
async fn a_certificate_is_shown_to_who_asks_for_one() {
    let port = serve_clients_only();
    let bundle = Path::new(FIXTURES).join("ca.pem");
    let transport = HttpTransport::new("", Some(&bundle)).unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    let mut named = get(&url, LOOPBACK);
    let lines = "client_cert = \"client.pem\"\nclient_key = \"client.key\"";
    named.way.identity = endpoint(lines).unwrap().identity;
    assert!(named.way.identity.is_some());
    let answer = transport.send(named).await.unwrap();
    assert_eq!(&answer.body[..], b"known");
    // The connection that was made with it serves no request without it.
    let error = transport.send(get(&url, LOOPBACK)).await.unwrap_err();
    assert!(chain(&error).contains("ertificate"), "{}", chain(&error));
}

#[test]
fn certificates_are_checked_with_the_configuration() {
    for (lines, told) in [
        (
            "client_cert = \"client.pem\"",
            "client_cert needs its private key",
        ),
        (
            "client_key = \"client.key\"",
            "client_key needs its certificate",
        ),
        (
            "client_cert = \"client.pem\"\nclient_key = \"site.key\"",
            "is not the key of the certificate",
        ),
        (
            "client_cert = \"README.md\"\nclient_key = \"client.key\"",
            "holds no certificate",
        ),
        (
            "client_cert = \"missing.pem\"\nclient_key = \"client.pem\"",
            "cannot read the certificate",
        ),
        ("proxy = \"http://10.0.0.1:3128\"", "allow_private"),
        (
            "proxy = \"socks5://proxy.example\"",
            "allowed: http and https",
        ),
    ] {
        let mistakes = endpoint(lines).unwrap_err();
        assert!(mistakes.contains(told), "{lines}: {mistakes}");
    }
}

/// Answers those who show a certificate of the fixtures' authority for clients.
fn serve_clients_only() -> u16 {
    let file = |name: &str| Path::new(FIXTURES).join(name);
    let certificate = CertificateDer::from_pem_file(file("site.pem")).expect("a fixture");
    let key = PrivateKeyDer::from_pem_file(file("site.key")).expect("a fixture");
    let authority = CertificateDer::from_pem_file(file("client-ca.pem")).expect("a fixture");
    let mut roots = RootCertStore::empty();
    roots.add(authority).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_single_cert(vec![certificate], key)
        .expect("the key belongs to the certificate");
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut tls = StreamOwned::new(connection, stream);
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && tls.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            // Who showed none is gone by now, which is part of the test.
            tls.write_all(
                b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nknown",
            )
            .ok();
            tls.conn.send_close_notify();
            tls.flush().ok();
        }
    });
    port
}

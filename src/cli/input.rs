//! What a command was given to read: a file, standard input, or a live address.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use ipnet::IpNet;
use url::{Host, Url};

use crate::clock::Clock;
use crate::config::FetchSpec;
use crate::fetch::fetcher::Fetcher;
use crate::fetch::hosts::Hosts;
use crate::fetch::http::HttpTransport;
use crate::fetch::{AllowKey, Bounds, Method, Overlong, Request, Transport as _, Way};
use crate::work::survey::Surveyor;

/// Who looks at live sources for a command: as polite as the daemon, with no store. `typed` are
/// addresses that a person wrote on the command line.
pub(super) fn surveyor(spec: &FetchSpec, typed: &[Url]) -> anyhow::Result<Surveyor> {
    let transport =
        HttpTransport::new(&spec.contact, None).context("cannot set up the HTTP client")?;
    let mut spec = spec.clone();
    spec.allow_private.extend(typed.iter().flat_map(as_typed));
    let hosts = Arc::new(Hosts::new(&spec));
    let fetcher = Fetcher::new(Arc::new(transport), hosts, spec, Clock::System);
    Ok(Surveyor::new(Arc::new(fetcher), Clock::System))
}

/// Bytes with what is known of them.
pub(super) struct Material {
    /// The bytes.
    pub(super) bytes: Bytes,
    /// The server's `Content-Type`, where there was a server.
    pub(super) content_type: Option<String>,
    /// The address that answered in the end.
    pub(super) url: Option<Url>,
}

/// An address as a person types it: `example.com` means `https://example.com/`.
pub(super) fn typed_address(input: &str) -> anyhow::Result<Url> {
    let whole = if input.contains("://") {
        input.to_owned()
    } else {
        format!("https://{input}")
    };
    address(&whole)
        .filter(Url::has_host)
        .with_context(|| format!("{input} is no web address; give one like https://example.com"))
}

/// Reads `-`, an address or a file.
pub(super) fn read(input: &str, spec: &FetchSpec) -> anyhow::Result<Material> {
    if input == "-" {
        let bytes = read_capped(std::io::stdin().lock(), spec.max_body)
            .context("cannot read standard input")?;
        return Ok(local(bytes));
    }
    if let Some(url) = address(input) {
        return super::runtime()?.block_on(fetch(url, spec));
    }
    let path = Path::new(input);
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {input}"))?;
    let bytes = read_capped(file, spec.max_body).with_context(|| format!("cannot read {input}"))?;
    Ok(local(bytes))
}

/// The input as an `http` or `https` address, if it is one.
pub(super) fn address(input: &str) -> Option<Url> {
    Url::parse(input)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn local(bytes: Vec<u8>) -> Material {
    Material {
        bytes: bytes.into(),
        content_type: None,
        url: None,
    }
}

fn read_capped(from: impl std::io::Read, cap: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > cap {
        bail!("it is larger than fetch.max_body ({cap} bytes)");
    }
    Ok(bytes)
}

async fn fetch(url: Url, spec: &FetchSpec) -> anyhow::Result<Material> {
    let transport = HttpTransport::new(&spec.contact, spec.authorities.as_deref())
        .context("cannot set up the HTTP client")?;
    let mut allow_private = spec.allow_private.clone();
    allow_private.extend(as_typed(&url));
    let request = Request {
        method: Method::Get,
        url: url.clone(),
        headers: Vec::new(),
        body: Bytes::new(),
        bounds: Bounds {
            timeout: spec.timeout,
            max_body: spec.max_body,
            overlong: Overlong::Refuse,
            max_redirects: spec.max_redirects,
            allow_private,
            allow_key: AllowKey::Fetch,
        },
        way: Way::default(),
    };
    let response = transport
        .send(request)
        .await
        .with_context(|| format!("cannot fetch {url}"))?;
    if !(200..300).contains(&response.status) {
        bail!("{url} answered {}", response.status);
    }
    Ok(Material {
        content_type: response.header("content-type").map(str::to_owned),
        bytes: response.body,
        url: Some(response.url),
    })
}

/// A private address that a person typed is meant; one that a redirect leads to is not.
fn as_typed(url: &Url) -> Vec<IpNet> {
    match url.host() {
        Some(Host::Ipv4(address)) => vec![IpNet::from(std::net::IpAddr::V4(address))],
        Some(Host::Ipv6(address)) => vec![IpNet::from(std::net::IpAddr::V6(address))],
        Some(Host::Domain(name)) if name.eq_ignore_ascii_case("localhost") => [
            std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ]
        .map(IpNet::from)
        .to_vec(),
        Some(Host::Domain(_)) | None => Vec::new(),
    }
}

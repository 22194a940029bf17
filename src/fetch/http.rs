//! The real transport: reqwest over rustls, with our own resolver, redirects and bounds.
//!
//! Invariant: no byte leaves for an address that [`guard`] has not let pass under
//! the bounds of this very request. Literals are checked before each hop, names when they are
//! dialed, and connections are pooled per allow-list, so that a request never travels over a
//! connection that only another one's allow-list permits. System proxies are not used: they would
//! dial in our place, unguarded. A proxy that an endpoint names is a guarded address itself, and what it
//! is to dial is looked up and judged here first.
//!
//! Errors never hold the address, only the host: an endpoint's address is a secret.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use rustls::sign::SingleCertAndKey;
use tokio::time::Instant;
use url::{Host, Url};

use crate::config::endpoint::SecretUrl;
use crate::config::identity::ClientIdentity;
use crate::fetch::body::{self, Broken};
use crate::fetch::redirect::{Route, crosses_origins};
use crate::fetch::resolve::{GuardedNames, NameError, Names};
use crate::fetch::{Bounds, FetchError, Method, Request, Response, Transport, Way, guard, tls};

/// Header bytes of one answer, names and values. Real answers stay below 16 KiB, the largest
/// content security policies included.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
/// For one address of a name; the whole time of the request bounds it too.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Long enough for the articles that a poll has found, and well below the 60 s after which common servers
/// and NAT routers forget an idle connection. Not longer, because a hundred polls a second of a hundred
/// hosts leave as many connections that nobody uses again, some 10 KiB each and more over TLS.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// Idle connections kept per host: as many as `fetch.per_host` lets work at a time by default.
const IDLE_PER_HOST: usize = 2;
/// An HTTP/2 connection whose other end has vanished would swallow every request to its host until
/// TCP gives up, a quarter of an hour later; a ping that is not answered ends it.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// Ways in use at a time: one for fetching, one for endpoints, one for each certificate and proxy, and
/// what a reload changed. One that was dropped is built again.
const MAX_CLIENTS: usize = 32;

/// Sends requests over real sockets.
pub struct HttpTransport {
    user_agent: HeaderValue,
    tls: rustls::ClientConfig,
    names: Names,
    /// One client a way, the last used last.
    clients: Mutex<Vec<(Tie, reqwest::Client)>>,
}

/// What all connections of one client have in common: none of them is used for a request that differs.
#[derive(Clone, PartialEq, Eq)]
struct Tie {
    allow: Arc<[IpNet]>,
    proxy: Option<SecretUrl>,
    /// The certificate's fingerprint.
    identity: Option<u64>,
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// `fetch.contact` cannot stand in a header.
    #[error(
        "fetch.contact: {0:?} cannot stand in the User-Agent; use an address of printable ASCII without parentheses"
    )]
    Contact(String),
    /// No TLS version in common with the cryptography compiled in.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The certificate bundle cannot be read.
    #[error("SSL_CERT_FILE: cannot read certificates from {path}")]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate bundle holds nothing usable.
    #[error("SSL_CERT_FILE: no usable certificate in {0}")]
    EmptyBundle(PathBuf),
    /// The resolver cannot be built.
    #[error("cannot set up name resolution")]
    Names(#[source] hickory_resolver::net::NetError),
    /// The client cannot be built.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

impl HttpTransport {
    /// `contact` goes into the User-Agent; `extra_roots` is a PEM bundle of further certification
    /// authorities (`SSL_CERT_FILE`).
    pub fn new(contact: &str, extra_roots: Option<&Path>) -> Result<Self, SetUpError> {
        let transport = Self {
            user_agent: user_agent(contact)?,
            tls: tls::client(extra_roots)?,
            names: Names::from_system().map_err(SetUpError::Names)?,
            clients: Mutex::new(Vec::new()),
        };
        // Built here once so that what cannot work is told at the start.
        transport
            .build_client(Arc::from([]), &Way::default())
            .map_err(SetUpError::Client)?;
        Ok(transport)
    }

    /// The client whose connections were all made under `allow` and by this way.
    fn client(&self, allow: &[IpNet], way: &Way) -> reqwest::Result<reqwest::Client> {
        let mut nets: Vec<IpNet> = allow.iter().map(IpNet::trunc).collect();
        nets.sort_unstable();
        nets.dedup();
        let tie = Tie {
            allow: Arc::from(nets),
            proxy: way.proxy.clone(),
            identity: way.identity.as_ref().map(ClientIdentity::fingerprint),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = clients.iter().position(|(other, _)| *other == tie) {
            let found = clients.remove(at);
            let client = found.1.clone();
            clients.push(found);
            return Ok(client);
        }
        if clients.len() == MAX_CLIENTS {
            clients.remove(0);
        }
        let client = self.build_client(Arc::clone(&tie.allow), way)?;
        clients.push((tie, client.clone()));
        Ok(client)
    }

    fn build_client(&self, allow: Arc<[IpNet]>, way: &Way) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::Client::builder();
        let builder = match &way.proxy {
            Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.reveal().clone())?),
            None => builder.no_proxy(),
        };
        let mut tls = self.tls.clone();
        if let Some(identity) = &way.identity {
            tls.client_auth_cert_resolver =
                Arc::new(SingleCertAndKey::from(identity.certified_key()));
        }
        builder
            .user_agent(self.user_agent.clone())
            .tls_backend_preconfigured(tls)
            .dns_resolver(GuardedNames {
                names: self.names.clone(),
                allow,
            })
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .build()
    }

    /// Holds both ends of a proxied request against its bounds. A proxy's own name is judged when it is
    /// dialled; what it is asked for it dials itself, so that is looked up here before.
    async fn check_through(&self, proxy: &Url, request: &Request) -> Result<(), FetchError> {
        let bounds = &request.bounds;
        guard::check(proxy, bounds)?;
        guard::check(&request.url, bounds)?;
        let Some(Host::Domain(name)) = request.url.host() else {
            return Ok(());
        };
        if guard::lets_all_pass(&bounds.allow_private) {
            return Ok(());
        }
        let lookup = self.names.permitted(name, &bounds.allow_private).await;
        lookup.map(drop).map_err(|error| match error {
            NameError::Private(address) => FetchError::Private {
                address,
                remedy: bounds.allow_key.remedy(),
            },
            error @ (NameError::Failed(_) | NameError::NoAddress) => FetchError::Resolve {
                host: name.to_owned(),
                source: Box::new(error),
            },
        })
    }

    async fn exchange(&self, request: &Request, started: Instant) -> Result<Response, FetchError> {
        let mut route = Route::start(request)?;
        let client = self
            .client(&request.bounds.allow_private, &request.way)
            .map_err(|error| failure(error, &route, &request.bounds))?;
        let headers = header_map(request)?;
        if let Some(proxy) = &request.way.proxy {
            self.check_through(proxy.reveal(), request).await?;
        }
        loop {
            let answer = ask(&client, request, &headers, &route).await?;
            let status = answer.status().as_u16();
            let location = answer.headers().get(LOCATION).map(HeaderValue::as_bytes);
            if route.follow(request.method, &request.bounds, status, location)? {
                continue;
            }
            let headers = response_headers(answer.headers(), &route)?;
            let failed = |broken| match broken {
                Broken::Client(error) => failure(error, &route, &request.bounds),
                Broken::Short { announced, came } => FetchError::Connection {
                    host: host_of(&route.url),
                    source: format!("the body ended after {came} of {announced} bytes").into(),
                },
            };
            let body = body::read(answer, &request.bounds, failed).await?;
            return Ok(Response {
                status,
                headers,
                url: route.url,
                hops: route.hops,
                body,
                elapsed: started.elapsed(),
            });
        }
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, FetchError> {
        let timeout = request.bounds.timeout;
        let exchange = self.exchange(&request, Instant::now());
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or(Err(FetchError::Timeout(timeout)))
    }
}

/// `wireroom/VERSION (+CONTACT)`, in the order RFC 9110 §10.1.5 asks for.
fn user_agent(contact: &str) -> Result<HeaderValue, SetUpError> {
    let version = env!("CARGO_PKG_VERSION");
    let contact = contact.trim();
    // A parenthesis would end the comment that the contact stands in.
    let fits = |c: char| (c.is_ascii_graphic() || c == ' ') && !"()\\".contains(c);
    let text = match contact {
        "" => format!("wireroom/{version}"),
        contact => format!("wireroom/{version} (+{contact})"),
    };
    HeaderValue::from_str(&text)
        .ok()
        .filter(|_| contact.chars().all(fits))
        .ok_or_else(|| SetUpError::Contact(contact.to_owned()))
}

/// Sends one hop and returns its answer, whose body is not yet read.
async fn ask(
    client: &reqwest::Client,
    request: &Request,
    headers: &HeaderMap,
    route: &Route,
) -> Result<reqwest::Response, FetchError> {
    let mut headers = headers.clone();
    if route.url.origin() != request.url.origin() {
        let secret: Vec<HeaderName> = headers
            .keys()
            .filter(|name| !crosses_origins(name.as_str()))
            .cloned()
            .collect();
        for name in secret {
            headers.remove(name);
        }
    }
    let sent = match request.method {
        Method::Get => client.get(route.url.clone()),
        Method::Post => client.post(route.url.clone()).body(request.body.clone()),
        Method::Put => client.put(route.url.clone()).body(request.body.clone()),
    };
    sent.headers(headers)
        .send()
        .await
        .map_err(|error| failure(error, route, &request.bounds))
}

/// The request's own headers. `accept-encoding` is the decoder's business, the framing hyper's.
fn header_map(request: &Request) -> Result<HeaderMap, FetchError> {
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_bytes(value.as_bytes()).ok());
        let Some((parsed_name, parsed_value)) = parsed else {
            return Err(FetchError::Connection {
                host: host_of(&request.url),
                source: format!("the request header {name:?} cannot be sent").into(),
            });
        };
        let ours = matches!(
            parsed_name.as_str(),
            "accept-encoding" | "connection" | "content-length" | "host" | "transfer-encoding"
        );
        if !ours {
            map.append(parsed_name, parsed_value);
        }
    }
    Ok(map)
}

fn response_headers(map: &HeaderMap, route: &Route) -> Result<Vec<(String, String)>, FetchError> {
    let size: usize = map
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > MAX_HEADER_BYTES as usize {
        return Err(FetchError::Connection {
            host: host_of(&route.url),
            source: format!("{size} bytes of headers, {MAX_HEADER_BYTES} are read").into(),
        });
    }
    Ok(map
        .iter()
        .filter_map(|(name, value)| {
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect())
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// What the client's error means: our own resolver's errors come back inside it.
fn failure(error: reqwest::Error, route: &Route, bounds: &Bounds) -> FetchError {
    let error = error.without_url();
    let host = host_of(&route.url);
    match cause(&error) {
        Some(NameError::Private(address)) => FetchError::Private {
            address: address.clone(),
            remedy: bounds.allow_key.remedy(),
        },
        Some(NameError::Failed(_) | NameError::NoAddress) => FetchError::Resolve {
            host,
            source: Box::new(error),
        },
        None => FetchError::Connection {
            host,
            source: Box::new(error),
        },
    }
}

/// The first error of type `E` in the chain below `error`.
fn cause<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    std::iter::successors(error.source(), |inner| (*inner).source())
        .find_map(|inner| inner.downcast_ref())
}

//! A web in memory, for tests under tokio's paused clock: no sockets, no threads, a month in
//! milliseconds.
//!
//! It answers by script, follows redirects and keeps bounds by the same code as the real transport,
//! fails in all the ways the real one does, and remembers every request with its time, so that a
//! test can ask whether any host was asked faster than its limit. Names resolve to a public
//! address unless [`SimulatedWeb::name`] says otherwise.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::time::Instant;
use url::Url;

use crate::fetch::body::grow;
use crate::fetch::redirect::{Route, crosses_origins};
use crate::fetch::{Bounds, FetchError, Method, Request, Response, Transport, guard};
use crate::model::id::Host;

/// The web; clones of the `Arc` around it script and watch it while it is in use.
#[derive(Default)]
pub struct SimulatedWeb {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    addresses: HashMap<String, Script>,
    hosts: HashMap<String, Script>,
    /// Where names lead; `None`: nowhere.
    names: HashMap<String, Option<IpAddr>>,
    asked: Vec<Asked>,
}

type Script = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// One request as a server sees it; a redirect makes another one.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When, by tokio's clock.
    pub at: Instant,
    /// Its method.
    pub method: Method,
    /// Its address.
    pub url: Url,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

/// What a script answers.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    latency: Duration,
    end: End,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Whole.
    Whole,
    /// The connection is refused before anything is sent.
    Refused,
    /// The connection breaks off within the body.
    Broken,
    /// Nothing more ever comes.
    Hangs,
}

impl Answer {
    /// An empty answer of this status.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            latency: Duration::from_millis(50),
            end: End::Whole,
        }
    }

    /// 200 with a body.
    pub fn page(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::status(200).header("content-type", content_type)
        }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("location", to)
    }

    /// The connection is refused.
    pub fn refused() -> Self {
        Self {
            end: End::Refused,
            ..Self::status(200)
        }
    }

    /// The connection is reset while the body is under way.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.end = End::Broken;
        self
    }

    /// The body never ends.
    #[must_use]
    pub fn hanging(mut self) -> Self {
        self.end = End::Hangs;
        self
    }

    /// Adds a header; `etag` and `last-modified` make the answer conditional: a request that brings
    /// one of them back is answered 304 (RFC 9110 §13.2.2).
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Takes this long; 50 ms otherwise.
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The answer to this request: 304 where its validators still hold.
    fn conditional(self, asked: &Asked) -> Self {
        // A server that knows If-None-Match does not look at the date (RFC 9110 §13.1.3).
        let (stored, current) = match asked.header("if-none-match") {
            Some(etag) => (Some(etag), self.value("etag")),
            None => (
                asked.header("if-modified-since"),
                self.value("last-modified"),
            ),
        };
        let unchanged = stored.is_some() && stored == current;
        if self.status != 200 || asked.method != Method::Get || !unchanged {
            return self;
        }
        Self {
            status: 304,
            body: Bytes::new(),
            ..self
        }
    }
}

impl Asked {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

impl SimulatedWeb {
    /// A web where every address answers 404.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Always gives this answer at `url`.
    pub fn at(&self, url: &str, answer: Answer) {
        self.script(url, move |_| answer.clone());
    }

    /// Answers `url` (its query included) by a script, which replaces any earlier one.
    pub fn script(&self, url: &str, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        let url = Url::parse(url).expect("a test scripts valid addresses");
        self.state()
            .addresses
            .insert(url.to_string(), Arc::new(script));
    }

    /// Answers every address of a host name that has no script of its own.
    pub fn host(&self, name: &str, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        self.state().hosts.insert(name.to_owned(), Arc::new(script));
    }

    /// Lets a name resolve to this address, which the guard then judges.
    pub fn name(&self, name: &str, address: IpAddr) {
        self.state().names.insert(name.to_owned(), Some(address));
    }

    /// Lets a name have no address.
    pub fn no_name(&self, name: &str) {
        self.state().names.insert(name.to_owned(), None);
    }

    /// All requests so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// Forgets the requests so far: a month of them is more than a test wants to hold.
    pub fn forget(&self) {
        self.state().asked.clear();
    }

    /// The least time between two requests that `which` picks, per host; `None` where no host was
    /// asked twice.
    pub fn least_gap(&self, which: impl Fn(&Asked) -> bool) -> Option<Duration> {
        let mut latest: HashMap<Host, Instant> = HashMap::new();
        let mut shortest = None;
        for asked in self.state().asked.iter().filter(|asked| which(asked)) {
            if let Some(before) = latest.insert(Host::of(&asked.url), asked.at) {
                let gap = asked.at.saturating_duration_since(before);
                shortest = Some(shortest.map_or(gap, |known: Duration| known.min(gap)));
            }
        }
        shortest
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the connector does: the name's address, judged before it is dialed.
    fn dial(&self, url: &Url, bounds: &Bounds) -> Result<(), FetchError> {
        let name = url.host_str().unwrap_or_default();
        match self.state().names.get(name) {
            Some(Some(address)) if !guard::allowed(*address, &bounds.allow_private) => {
                Err(FetchError::Private {
                    address: format!("{name} ({address})"),
                    remedy: bounds.allow_key.remedy(),
                })
            }
            Some(None) => Err(FetchError::Resolve {
                host: name.to_owned(),
                source: "no such name".into(),
            }),
            Some(Some(_)) | None => Ok(()),
        }
    }

    /// One hop.
    async fn ask(&self, request: &Request, url: &Url) -> Result<Answer, FetchError> {
        self.dial(url, &request.bounds)?;
        let same_origin = url.origin() == request.url.origin();
        let seen = Asked {
            at: Instant::now(),
            method: request.method,
            url: url.clone(),
            headers: request
                .headers
                .iter()
                .filter(|(name, _)| same_origin || crosses_origins(name))
                .cloned()
                .collect(),
            body: request.body.clone(),
        };
        let script = self.record(&seen);
        // The script runs without the lock: it may script further addresses.
        let answer = script
            .map_or_else(|| Answer::status(404), |script| script(&seen))
            .conditional(&seen);
        if answer.end == End::Refused {
            return Err(broken(url, std::io::ErrorKind::ConnectionRefused));
        }
        tokio::time::sleep(answer.latency).await;
        Ok(answer)
    }

    fn record(&self, asked: &Asked) -> Option<Script> {
        let mut state = self.state();
        state.asked.push(asked.clone());
        let name = asked.url.host_str().unwrap_or_default();
        let script = state
            .addresses
            .get(asked.url.as_str())
            .or_else(|| state.hosts.get(name));
        script.cloned()
    }

    async fn exchange(&self, request: &Request, started: Instant) -> Result<Response, FetchError> {
        let mut route = Route::start(request)?;
        loop {
            let answer = self.ask(request, &route.url).await?;
            let location = answer.value("location").map(str::as_bytes);
            if route.follow(request.method, &request.bounds, answer.status, location)? {
                continue;
            }
            let mut body = BytesMut::new();
            grow(&mut body, &answer.body, &request.bounds)?;
            match answer.end {
                End::Whole => {}
                End::Refused | End::Broken => {
                    return Err(broken(&route.url, std::io::ErrorKind::ConnectionReset));
                }
                // The caller's whole time ends this.
                End::Hangs => std::future::pending().await,
            }
            return Ok(Response {
                status: answer.status,
                headers: answer.headers,
                url: route.url,
                hops: route.hops,
                body: body.freeze(),
                elapsed: started.elapsed(),
            });
        }
    }
}

#[async_trait]
impl Transport for SimulatedWeb {
    async fn send(&self, request: Request) -> Result<Response, FetchError> {
        let timeout = request.bounds.timeout;
        let exchange = self.exchange(&request, Instant::now());
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or(Err(FetchError::Timeout(timeout)))
    }
}

fn broken(url: &Url, kind: std::io::ErrorKind) -> FetchError {
    FetchError::Connection {
        host: url.host_str().unwrap_or_default().to_owned(),
        source: Box::new(std::io::Error::from(kind)),
    }
}

//! Talks to a running daemon over its API, for the commands that list, show and act.
//!
//! The server is named by the operator, so no address is forbidden; redirects are not followed, so
//! that the token goes nowhere else; answers are bounded in size and time.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::cli::pages::Pages;
use crate::config::endpoint::Secret;

/// Time for one answer: the slowest is a search through the whole store.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Time for an answer that comes in pieces: a large backup over a slow line.
const LONGEST_STREAM: Duration = Duration::from_hours(24);
/// Time for a stream that has no end: the client knows no "for ever".
const ENDLESS: Duration = Duration::from_hours(24 * 365);
/// Bytes of one answer: 500 long articles.
const MAX_BODY: usize = 128 << 20;

/// Where a daemon listens that is not told otherwise.
const USUAL: &str = "http://127.0.0.1:7878";

/// Which daemon to ask.
#[derive(Clone, Debug, clap::Args)]
pub struct RemoteArgs {
    /// The daemon's address
    #[arg(
        long,
        value_name = "URL",
        env = "WIREROOM_SERVER",
        default_value = USUAL,
        global = true
    )]
    pub server: Url,
    /// The daemon's token, where `http.token` sets one; better given by the environment
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WIREROOM_TOKEN",
        hide_env_values = true,
        global = true,
        value_parser = secret
    )]
    pub token: Option<Secret>,
}

impl RemoteArgs {
    /// Whether the daemon would be one of this machine, whose store is at hand.
    pub(super) fn is_here(&self) -> bool {
        is_loopback(&self.server)
    }
}

fn is_loopback(server: &Url) -> bool {
    match server.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "clap's parsers return a result")]
pub(super) fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text.trim()))
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Shown {
    /// For people
    #[default]
    Table,
    /// As the API answers
    Json,
}

/// The `--format` of lists and single items.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ShownArgs {
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    pub format: Shown,
}

/// The query was not understood: wrong usage, not a failure.
#[derive(Debug)]
pub(super) struct WrongUsage(pub(super) String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// A running daemon.
#[derive(Clone, Debug)]
pub struct Remote {
    pub(super) server: Url,
    token: Option<Secret>,
    client: reqwest::Client,
}

impl Remote {
    /// Does not connect yet.
    pub fn new(args: &RemoteArgs) -> anyhow::Result<Self> {
        if !matches!(args.server.scheme(), "http" | "https") || args.server.host().is_none() {
            bail!(WrongUsage(format!(
                "--server {}: must be an http or https address",
                args.server
            )));
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls())
            .user_agent(concat!("wireroom/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .context("cannot set up an HTTP client")?;
        Ok(Self {
            server: args.server.clone(),
            token: args.token.clone(),
            client,
        })
    }

    /// `GET` of the address made of `path`, each part a segment, and `query`.
    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, query).await
    }

    /// `POST` without a body.
    pub async fn post(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, &[]).await
    }

    /// `POST` with a query, and without a body.
    pub async fn post_with(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, query).await
    }

    /// `POST` of what is done a part at a time, until all is: the sums of these fields.
    pub async fn post_all<const N: usize>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        fields: [&str; N],
    ) -> anyhow::Result<[u64; N]> {
        let mut sums = [0; N];
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let part = self.ask(Method::POST, path, &query).await?;
            for (sum, field) in sums.iter_mut().zip(fields) {
                *sum += part[field].as_u64().unwrap_or_default();
            }
            let next = part["next"].as_str().map(str::to_owned);
            // The same place twice would go on for ever.
            if next.is_none() || next == cursor {
                return Ok(sums);
            }
            cursor = next;
        }
    }

    /// `GET` of what is too long to be held: each piece goes to `take` as it comes.
    pub async fn stream(
        &self,
        path: &[&str],
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut request = self
            .client
            .get(self.address(path, &[]))
            .timeout(LONGEST_STREAM);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let begun = tokio::time::timeout(TIMEOUT, request.send()).await;
        let mut response = begun
            .with_context(|| format!("the daemon at {} does not answer in time", self.server))?
            .map_err(|error| self.explain(error))?;
        let status = response.status();
        if !status.is_success() {
            let body = self.read(&mut response).await?;
            return self.refused(status, serde_json::from_slice(&body).ok().as_ref());
        }
        loop {
            let piece = tokio::time::timeout(TIMEOUT, response.chunk()).await;
            let piece = piece.with_context(|| format!("{} sends nothing more", self.server))?;
            match piece.map_err(|error| self.explain(error))? {
                Some(piece) => take(&piece)?,
                None => return Ok(()),
            }
        }
    }

    /// Opens a stream that has no end; only its beginning is bounded in time.
    pub(super) async fn open(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> anyhow::Result<reqwest::Response> {
        let mut request = self.client.get(self.address(path, query)).timeout(ENDLESS);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let begun = tokio::time::timeout(TIMEOUT, request.send()).await;
        let mut response = begun
            .with_context(|| format!("the daemon at {} does not answer in time", self.server))?
            .map_err(|error| self.explain(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.read(&mut response).await?;
        self.refused(status, serde_json::from_slice(&body).ok().as_ref())
    }

    /// Up to `limit` items of a list (all, where there is no limit), over as many pages as it takes.
    pub async fn items(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        limit: Option<usize>,
    ) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let path = path.iter().map(ToString::to_string).collect();
        let query = query.iter();
        let query = query.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut pages = Pages::new(self.clone(), path, query.collect(), limit);
        while let Some(page) = pages.next().await? {
            items.extend(page);
        }
        Ok(items)
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let (status, body) = self.send(method, path, query, TIMEOUT).await?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        if status.is_success() {
            return answer.with_context(|| {
                format!(
                    "{} does not answer as a daemon of Wireroom does",
                    self.server
                )
            });
        }
        let refused = self.refused(status, answer.as_ref());
        match path {
            // Where names are given, those that there are help.
            [
                "api",
                "v1",
                list @ ("sources" | "articles" | "deliveries" | "endpoints"),
                _,
                ..,
            ] if status == StatusCode::NOT_FOUND => refused.map_err(|said| {
                anyhow!("{said:#}; `wireroom {list} list` shows those that there are")
            }),
            _ => refused,
        }
    }

    /// What an answer says that is no success.
    fn refused<T>(&self, status: StatusCode, answer: Option<&Value>) -> anyhow::Result<T> {
        let detail = answer
            .and_then(|problem| problem["detail"].as_str())
            .unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given"))
            .to_owned();
        match status {
            StatusCode::BAD_REQUEST => Err(WrongUsage(detail).into()),
            StatusCode::UNAUTHORIZED => Err(anyhow!(
                "{} needs its token: set WIREROOM_TOKEN, or give --token",
                self.server
            )),
            status => Err(anyhow!("{detail} ({})", status.as_u16())),
        }
    }

    /// Sends one request and reads the whole answer.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let mut request = self
            .client
            .request(method, self.address(path, query))
            .timeout(timeout);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let mut response = request.send().await.map_err(|error| self.explain(error))?;
        let body = self.read(&mut response).await?;
        Ok((response.status(), body))
    }

    /// The whole of an answer, within bounds.
    async fn read(&self, response: &mut reqwest::Response) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.explain(error))?
        {
            if body.len() + chunk.len() > MAX_BODY {
                bail!(
                    "the answer is larger than {} MB; ask for less",
                    MAX_BODY >> 20
                );
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Whether the daemon was to be on this machine, and nothing listens there.
    pub(super) fn is_nobody_there(&self, error: &anyhow::Error) -> bool {
        is_away(error) && is_loopback(&self.server)
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        let error = error.without_url();
        let said = if error.is_connect() {
            format!(
                "no daemon answers at {}: is it running? start it with `wireroom run`",
                self.server
            )
        } else if error.is_timeout() {
            format!("the daemon at {} does not answer in time", self.server)
        } else {
            format!("no whole answer from {}", self.server)
        };
        anyhow::Error::from(error).context(said)
    }
}

/// Whether the reason is that nobody listens there.
pub(super) fn is_away(error: &anyhow::Error) -> bool {
    let away = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<reqwest::Error>()
            .is_some_and(reqwest::Error::is_connect)
    };
    error.chain().any(away)
}

/// The exit status of a command: 0, 2 where the daemon did not understand what was asked (which is
/// said here), and the error itself for the caller to say. A reader that closed the pipe is content.
pub fn outcome(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    let Err(error) = result else {
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(usage) = error.downcast_ref::<WrongUsage>() {
        writeln!(io::stderr(), "error: {usage}")?;
        return Ok(ExitCode::from(2));
    }
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed) {
        return Ok(ExitCode::SUCCESS);
    }
    Err(error)
}

/// Writes a value as indented JSON to standard output.
pub fn print_json(value: &Value) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{value:#}")
}

/// A field as a cell of a table: nothing for null.
pub fn cell(value: &Value, field: &str) -> String {
    match &value[field] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.len().to_string(),
        other => other.to_string(),
    }
}

fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

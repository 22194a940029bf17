//! A checked endpoint: address, format, filter, secret.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use regex::Regex;
use url::Url;

use crate::model::event::EventKind;
use crate::model::id::{EndpointName, OutletName};

/// A configured receiver of events.
#[derive(Clone, Debug)]
pub struct EndpointSpec {
    /// Its name.
    pub name: EndpointName,
    /// Its address: a secret, because a chat webhook's address is its key.
    pub url: SecretUrl,
    /// The form in which it is told.
    pub format: Format,
    /// Standard Webhooks signing keys, newest first; empty: unsigned.
    pub secrets: Vec<SigningKey>,
    /// The kinds it wants.
    pub events: BTreeSet<EventKind>,
    /// How much of an article it is sent.
    pub content: ContentSize,
    /// Every copy of a story, or the first only.
    pub stories: Stories,
    /// Whether its address may be private.
    pub allow_private: bool,
    /// Additional request headers, names in lower case.
    pub headers: Vec<(String, Secret)>,
    /// Time for one attempt, where not `delivery.timeout`.
    pub timeout: Option<Duration>,
    /// Waits after the first try, where not `delivery.schedule`.
    pub schedule: Option<Vec<Duration>>,
    /// Attempts at a time to this endpoint.
    pub concurrency: usize,
    /// Least time between two requests.
    pub spacing: Option<Duration>,
    /// What passes.
    pub filter: Filter,
}

/// The body's form. Only those that can be rendered are members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Standard Webhooks JSON.
    Json,
    /// Slack incoming webhook, Block Kit.
    Slack,
}

impl Format {
    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
        }
    }
}

/// How much of an article is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentSize {
    /// All.
    Full,
    /// The summary; `text` is left empty.
    Summary,
    /// Title and link.
    Link,
}

/// Which articles of a story are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stories {
    /// Every outlet's.
    All,
    /// The first seen only.
    First,
}

/// What an endpoint lets pass; an empty part lets all pass.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these must match title or text.
    pub any: Vec<Regex>,
    /// None of these may.
    pub none: Vec<Regex>,
    /// Only these outlets.
    pub outlets: BTreeSet<OutletName>,
    /// Only these languages (primary subtag, lower case).
    pub languages: BTreeSet<String>,
}

/// Text that is shown nowhere: neither `Debug` nor any serialiser reveals it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«secret»")
    }
}

/// An address of which only scheme and host are shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// Wraps it.
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The whole address, for the request.
    pub fn reveal(&self) -> &Url {
        &self.0
    }
}

/// Scheme and host; the port too, which is no secret and tells two receivers apart.
impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            self.0.scheme(),
            self.0.host_str().unwrap_or("")
        )?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A decoded `whsec_` key: 24 to 64 bytes (Standard Webhooks 1.0.0, "Symmetric").
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(pub Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«secret»")
    }
}

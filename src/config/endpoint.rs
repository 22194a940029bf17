//! A checked endpoint: address, format, filter, secret.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::digest::Every;
use super::filter::Filter;
use super::identity::ClientIdentity;
use super::quiet::Quiet;
use super::template::Template;
use crate::model::event::EventKind;
use crate::model::id::EndpointName;

/// A configured receiver of events.
#[derive(Clone, Debug)]
pub struct EndpointSpec {
    /// Its name.
    pub name: EndpointName,
    /// Its address: a secret, because a chat webhook's address is its key.
    pub url: SecretUrl,
    /// The form in which it is told.
    pub format: Format,
    /// Standard Webhooks signing keys, newest first; empty: unsigned. Each signs every request.
    pub secrets: Vec<SigningKey>,
    /// The kinds it wants.
    pub events: BTreeSet<EventKind>,
    /// How much of an article it is sent.
    pub content: ContentSize,
    /// Bytes of a body for programs, above which its text is cut.
    pub max_body: usize,
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
    /// When what passed is told together; `None`: each by itself, at once. Never beside quiet hours.
    pub every: Option<Every>,
    /// When nothing is sent, and what came up is kept for later.
    pub quiet: Option<Quiet>,
    /// The certificate it is shown over TLS.
    pub identity: Option<ClientIdentity>,
    /// The proxy that its requests go through; a secret, because it may hold a password.
    pub proxy: Option<SecretUrl>,
}

/// The body's form, with what it needs besides the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Standard Webhooks JSON.
    Json,
    /// `CloudEvents` 1.0.
    CloudEvents(EventMode),
    /// Slack incoming webhook, Block Kit.
    Slack,
    /// Discord webhook, embeds.
    Discord,
    /// Microsoft Teams workflow, an Adaptive Card.
    Teams,
    /// Mattermost incoming webhook, an attachment.
    Mattermost,
    /// Telegram Bot API; the endpoint's address is the API's root.
    Telegram {
        /// The bot's token.
        token: Secret,
        /// A chat's number or a channel's `@name`.
        chat: String,
    },
    /// Matrix client-server API; the endpoint's address is the homeserver's.
    Matrix {
        /// The access token.
        token: Secret,
        /// The room's identifier.
        room: String,
    },
    /// ntfy; the endpoint's address ends with the topic.
    Ntfy {
        /// The access token, where the topic is guarded.
        token: Option<Secret>,
    },
    /// The operator's own words.
    Template(Template),
}

/// Where a cloud event's attributes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventMode {
    /// In the body, beside the data.
    Structured,
    /// In `ce-*` headers; the body is the data alone.
    Binary,
}

impl Format {
    /// The word of the configuration.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::CloudEvents(_) => "cloudevents",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
            Self::Mattermost => "mattermost",
            Self::Telegram { .. } => "telegram",
            Self::Matrix { .. } => "matrix",
            Self::Ntfy { .. } => "ntfy",
            Self::Template(_) => "template",
        }
    }

    /// Whether people read it in a channel: such a receiver has a place for neither signatures nor
    /// headers of ours, and says with a 4xx that the message or the address is wrong for good.
    pub fn is_chat(&self) -> bool {
        match self {
            Self::Json | Self::CloudEvents(_) | Self::Template(_) => false,
            Self::Slack
            | Self::Discord
            | Self::Teams
            | Self::Mattermost
            | Self::Telegram { .. }
            | Self::Matrix { .. }
            | Self::Ntfy { .. } => true,
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

/// A decoded key of Standard Webhooks 1.0.0.
#[derive(Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// `whsec_`: 24 to 64 bytes for HMAC-SHA256, which the receiver knows too.
    Symmetric(Vec<u8>),
    /// `whsk_`: the seed of an ed25519 key, whose public half the receiver knows.
    Asymmetric {
        /// What the key is made of.
        seed: [u8; 32],
        /// Its public half, as receivers are given it.
        public: [u8; 32],
    },
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«secret»")
    }
}

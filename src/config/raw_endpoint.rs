//! What the files may say of an endpoint, key by key; see [`super::raw`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A receiver of events.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name"]))]
pub(crate) struct RawEndpoint {
    /// Its name: letters, digits, hyphens, underscores and dots.
    #[schemars(length(max = 64))]
    pub(crate) name: Option<String>,
    /// Its address. A chat's webhook address is a secret.
    pub(crate) url: Option<String>,
    /// A file that holds the address.
    pub(crate) url_file: Option<String>,
    /// An environment variable that holds the address.
    pub(crate) url_env: Option<String>,
    /// The form of the messages.
    pub(crate) format: Option<RawFormat>,
    /// Standard Webhooks signing key (`whsec_…`, or `whsk_…` for ed25519); several, newest first, parted by spaces.
    pub(crate) secret: Option<String>,
    /// A file that holds the signing key.
    pub(crate) secret_file: Option<String>,
    /// An environment variable that holds the signing key.
    pub(crate) secret_env: Option<String>,
    /// The kinds of event it wants.
    #[schemars(length(max = 32))]
    pub(crate) events: Option<Vec<String>>,
    /// How much of an article it is sent.
    pub(crate) content: Option<RawContent>,
    /// Most bytes of a body, for json and cloudevents: a longer text is cut.
    pub(crate) max_body: Option<String>,
    /// Every outlet's version of a story, or the first only.
    pub(crate) stories: Option<RawStories>,
    /// Whether its address may be private.
    pub(crate) allow_private: bool,
    /// Additional request headers.
    pub(crate) headers: BTreeMap<String, String>,
    /// Additional request headers whose values stand in files.
    pub(crate) headers_file: BTreeMap<String, String>,
    /// Additional request headers whose values stand in environment variables.
    pub(crate) headers_env: BTreeMap<String, String>,
    /// Whole time for one attempt, where not `delivery.timeout`.
    pub(crate) timeout: Option<String>,
    /// Waits between tries, where not `delivery.schedule`.
    #[schemars(length(max = 32))]
    pub(crate) schedule: Option<Vec<String>>,
    /// Attempts at a time to this endpoint.
    #[schemars(range(min = 1, max = 64))]
    pub(crate) concurrency: Option<usize>,
    /// Most requests in a time: `1/s`, `30/m`, `100/h`.
    pub(crate) rate: Option<String>,
    /// Where a cloud event's attributes stand: in the body, or in headers.
    pub(crate) mode: Option<RawMode>,
    /// The access token of telegram, matrix or ntfy.
    pub(crate) token: Option<String>,
    /// A file that holds the access token.
    pub(crate) token_file: Option<String>,
    /// An environment variable that holds the access token.
    pub(crate) token_env: Option<String>,
    /// Telegram: the chat's number, or a public channel's `@name`.
    pub(crate) chat: Option<String>,
    /// Matrix: the room's identifier, `!…`.
    pub(crate) room: Option<String>,
    /// The message of format template, as a Jinja template.
    pub(crate) template: Option<String>,
    /// A file that holds the template.
    pub(crate) template_file: Option<String>,
    /// The media type of what the template makes.
    pub(crate) content_type: Option<String>,
    /// A PEM file with the certificate, and those between it and its root, that is shown over TLS.
    pub(crate) client_cert: Option<String>,
    /// A PEM file with the certificate's private key.
    pub(crate) client_key: Option<String>,
    /// The proxy that requests go through.
    pub(crate) proxy: Option<String>,
    /// A file that holds the proxy's address.
    pub(crate) proxy_file: Option<String>,
    /// An environment variable that holds the proxy's address.
    pub(crate) proxy_env: Option<String>,
    /// What passes; an empty part lets all pass.
    pub(crate) filter: RawFilter,
    /// Gathers what passes and sends it together: "15m", or "daily 08:00".
    pub(crate) every: Option<String>,
    /// The zone of the time in `every` (IANA name), where not UTC.
    pub(crate) timezone: Option<String>,
    /// When nothing is sent; what comes up meanwhile is sent afterwards.
    pub(crate) quiet: RawQuiet,
}

/// The formats of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawFormat {
    Json,
    Slack,
    CloudEvents,
    Discord,
    Teams,
    Telegram,
    Mattermost,
    Ntfy,
    Matrix,
    Template,
}

impl RawFormat {
    /// The word of the configuration.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
            Self::CloudEvents => "cloudevents",
            Self::Discord => "discord",
            Self::Teams => "teams",
            Self::Telegram => "telegram",
            Self::Mattermost => "mattermost",
            Self::Ntfy => "ntfy",
            Self::Matrix => "matrix",
            Self::Template => "template",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawMode {
    Structured,
    Binary,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawContent {
    Full,
    Summary,
    Link,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawStories {
    All,
    First,
}

/// What an endpoint lets pass: all that is said must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFilter {
    /// One of these must hold: an expression that matches the title or the text (case does not count), or a group.
    #[schemars(length(max = 200))]
    pub(crate) any: Vec<RawTerm>,
    /// All of these must hold.
    #[schemars(length(max = 200))]
    pub(crate) all: Vec<RawTerm>,
    /// None of these may hold.
    #[schemars(length(max = 200))]
    pub(crate) none: Vec<RawTerm>,
    /// One of these expressions must match the title; case does not count.
    #[schemars(length(max = 200))]
    pub(crate) title: Vec<String>,
    /// Only these outlets, by name.
    #[schemars(length(max = 10_000))]
    pub(crate) outlets: Vec<String>,
    /// Only these languages.
    #[schemars(length(max = 200))]
    pub(crate) languages: Vec<String>,
    /// One of these tags; case does not count.
    #[schemars(length(max = 1000))]
    pub(crate) tags: Vec<String>,
    /// One of these expressions must match the name of an author; case does not count.
    #[schemars(length(max = 200))]
    pub(crate) bylines: Vec<String>,
    /// At least so many words of text.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) min_words: Option<u64>,
    /// true: only what its page says is behind a paywall; false: nothing that is.
    pub(crate) paywalled: Option<bool>,
    /// true: only the first seen article of a story; false: only copies.
    pub(crate) original: Option<bool>,
}

/// An expression, or a group: a filter within the filter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RawTerm {
    /// A regular expression on title and text.
    Expression(String),
    /// All that the group says must hold.
    Group(Box<RawFilter>),
}

/// When nothing is sent.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawQuiet {
    /// Times of every day, as "22:00-07:00".
    #[schemars(length(max = 24))]
    pub(crate) hours: Vec<String>,
    /// Whole days of the week, as "sat".
    #[schemars(length(max = 7))]
    pub(crate) days: Vec<String>,
    /// The zone of both (IANA name).
    pub(crate) timezone: Option<String>,
}

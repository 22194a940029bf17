//! What the files may say, key by key: the only list of keys there is.
//!
//! The JSON Schema for editors is made of these types, and `shape` holds every file and variable
//! against that schema; so a key that stands here is documented, checked for its type and its bounds
//! and accepted, and no other is. Durations, sizes, addresses, expressions and selectors are still
//! text here; the `…_check` modules read them. The comments are what an editor shows.

use schemars::JsonSchema;
use serde::Deserialize;

use super::raw_endpoint::RawEndpoint;

/// A wireroom.toml: the whole configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawConfig {
    pub(crate) daemon: RawDaemon,
    pub(crate) store: RawStore,
    pub(crate) fetch: RawFetch,
    pub(crate) poll: RawPoll,
    pub(crate) extract: RawExtract,
    pub(crate) delivery: RawDelivery,
    pub(crate) http: RawHttp,
    pub(crate) search: RawSearch,
    pub(crate) feeds: RawFeeds,
    pub(crate) log: RawLog,
    /// Outlets that stand in this file itself.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) outlet: Vec<RawOutlet>,
    /// Receivers of events.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) endpoint: Vec<RawEndpoint>,
}

/// The process itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDaemon {
    /// The directory of all that the daemon keeps.
    pub(crate) data_dir: String,
    /// Outlet files: paths or patterns (`*`, `?`, `**`), relative to this file.
    #[schemars(length(max = 1000))]
    pub(crate) outlets: Vec<String>,
    /// How long work under way may go on after a stop signal.
    pub(crate) grace: String,
    /// How long a worker may keep a piece of work before it falls due again.
    pub(crate) lease: String,
}

/// The store.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStore {
    /// Where the store is: `sled:PATH`, relative to `daemon.data_dir`.
    pub(crate) url: String,
    /// How long the words of an article are kept.
    pub(crate) keep: String,
    /// How many articles are kept at most.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub(crate) keep_articles: u64,
    /// Memory for the embedded store's cache.
    pub(crate) cache: String,
    /// Whether the pages that articles were extracted from are kept as they came.
    pub(crate) raw: bool,
    /// The store is written anew at the start when its files are more than so many times as large
    /// as what they hold; 0: never.
    #[schemars(range(min = 0, max = 1000))]
    pub(crate) compact: u32,
}

/// How feeds, section pages and articles are fetched.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFetch {
    /// An address of a person or a page that outlets can turn to; goes into the User-Agent.
    pub(crate) contact: String,
    /// Whole time for one request.
    pub(crate) timeout: String,
    /// Largest body after decompression.
    pub(crate) max_body: String,
    /// Redirects followed for one request.
    #[schemars(range(min = 0, max = 20))]
    pub(crate) max_redirects: u32,
    /// Requests at a time, over all hosts.
    #[schemars(range(min = 1, max = 1024))]
    pub(crate) concurrency: usize,
    /// Requests at a time to one host.
    #[schemars(range(min = 1, max = 64))]
    pub(crate) per_host: usize,
    /// Least time between two article fetches on one host.
    pub(crate) host_delay: String,
    /// Most requests to one host, all in all: `600/h`, or `off`.
    pub(crate) host_budget: String,
    /// What obeys robots.txt.
    pub(crate) robots: RawRobots,
    /// Whom an answer of 429 or 503 holds up: the host, or the one address.
    pub(crate) retry_after_scope: RawRetryAfterScope,
    /// Private networks that sources and articles may be on.
    #[schemars(length(max = 100))]
    pub(crate) allow_private: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawRobots {
    Articles,
    All,
    Off,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawRetryAfterScope {
    Auto,
    Host,
    Source,
}

/// How often sources are visited.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPoll {
    /// Time between two polls where a source says nothing.
    pub(crate) interval: String,
    /// Never more often than this.
    pub(crate) min_interval: String,
    /// Never more seldom than this.
    pub(crate) max_interval: String,
    /// Whether a source's own rhythm moves its interval.
    pub(crate) adaptive: bool,
    /// When a known page is looked at again for corrections, after it was first seen.
    #[schemars(length(max = 16))]
    pub(crate) revisit: Vec<String>,
    /// Failures in a row before a source counts as failing.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) failing_after: u32,
    /// Whether a new source's first successful poll is announced.
    pub(crate) first: RawFirst,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawFirst {
    Quiet,
    All,
}

/// How articles are extracted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExtract {
    /// Word lists beside the built-in ones: paths or patterns (`*`, `?`, `**`), relative to this file.
    #[schemars(length(max = 100))]
    pub(crate) noise: Vec<String>,
}

/// How endpoints are told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDelivery {
    /// Waits between the tries of one delivery.
    #[schemars(length(max = 32))]
    pub(crate) schedule: Vec<String>,
    /// Whole time for one attempt.
    pub(crate) timeout: String,
    /// Attempts at a time, over all endpoints.
    #[schemars(range(min = 1, max = 1024))]
    pub(crate) concurrency: usize,
    /// How long an endpoint may do nothing but fail before it is disabled; `off`: for ever.
    pub(crate) disable_after: String,
}

/// The daemon's own HTTP server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHttp {
    /// Address and port to listen on; port 0 takes a free one.
    pub(crate) listen: String,
    /// The bearer token that requests must carry.
    pub(crate) token: Option<String>,
    /// A file that holds the token.
    pub(crate) token_file: Option<String>,
    /// An environment variable that holds the token.
    pub(crate) token_env: Option<String>,
    /// Where hubs reach this server from outside.
    pub(crate) public_url: String,
    /// A second bearer token, for reading only.
    pub(crate) read_token: Option<String>,
    /// A file that holds the token for reading.
    pub(crate) read_token_file: Option<String>,
    /// An environment variable that holds the token for reading.
    pub(crate) read_token_env: Option<String>,
}

/// Finding articles by their words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSearch {
    /// Whether an index of all articles' words is kept beside the store.
    pub(crate) enabled: bool,
}

/// The feeds that the daemon publishes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFeeds {
    /// A `WebSub` hub that the feeds name; needs `http.public_url`.
    pub(crate) hub: String,
}

/// Logs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLog {
    /// For people, or one JSON object a line.
    pub(crate) format: RawLogFormat,
    /// A level, or directives as of the tracing crate.
    pub(crate) level: String,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawLogFormat {
    Text,
    Json,
}

/// One news organisation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name"]))]
pub(crate) struct RawOutlet {
    /// Its name: lower-case letters, digits and hyphens.
    #[schemars(length(max = 64))]
    pub(crate) name: Option<String>,
    /// Its title for people; the name where none is given.
    pub(crate) title: Option<String>,
    /// Its home page; the first source's host where none is given.
    pub(crate) homepage: Option<String>,
    /// The language it writes in (BCP 47), for pages that name none.
    pub(crate) language: Option<String>,
    /// The zone of dates that name none (IANA name).
    pub(crate) timezone: Option<String>,
    /// The charset of pages and feeds that name none and are not UTF-8.
    pub(crate) charset: Option<String>,
    /// When its known pages are looked at again for corrections, where not as `poll.revisit`; empty: never.
    #[schemars(length(max = 16))]
    pub(crate) revisit: Option<Vec<String>>,
    /// Whom an answer of 429 or 503 holds up, where not as `fetch.retry_after_scope`.
    pub(crate) retry_after_scope: Option<RawRetryAfterScope>,
    /// Parameters of its addresses that say nothing of which article is meant, besides those known:
    /// names, or beginnings of names with `*` behind.
    #[schemars(length(max = 100))]
    pub(crate) tracking: Vec<String>,
    /// The addresses to watch.
    #[schemars(length(max = 200))]
    pub(crate) source: Vec<RawSource>,
    /// How its articles are read; the general extractor serves where nothing is said.
    pub(crate) article: RawArticle,
}

/// One watched address.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["kind", "url"]))]
pub(crate) struct RawSource {
    /// A feed, a section page, or a sitemap.
    pub(crate) kind: Option<RawKind>,
    /// Its address.
    pub(crate) url: Option<String>,
    /// Time between two polls, where not `poll.interval`.
    pub(crate) interval: Option<String>,
    /// The language of this source's articles, where not the outlet's.
    pub(crate) language: Option<String>,
    /// What it is called, where not as the outlet.
    pub(crate) title: Option<String>,
    /// The page it is the source of, where not the outlet's home page.
    pub(crate) homepage: Option<String>,
    /// The folders of a subscription list that it stands in, outermost first.
    #[schemars(length(max = 50))]
    pub(crate) folders: Vec<String>,
    /// Which links of a section page are articles: a CSS selector.
    pub(crate) links: Option<String>,
    /// Which addresses are articles: a regular expression on the path.
    #[serde(rename = "match")]
    pub(crate) pattern: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawKind {
    Feed,
    Page,
    Sitemap,
}

/// Cleaning rules: CSS selectors, with `@attribute` where an attribute and not the text is read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawArticle {
    /// The text's column; the first that yields text wins.
    #[schemars(length(max = 200))]
    pub(crate) body: Vec<String>,
    /// What is taken out of the page before anything is read.
    #[schemars(length(max = 200))]
    pub(crate) drop: Vec<String>,
    /// Lines taken out of the text: regular expressions on one trimmed line.
    #[schemars(length(max = 200))]
    pub(crate) drop_lines: Vec<String>,
    /// The headline.
    #[schemars(length(max = 200))]
    pub(crate) title: Vec<String>,
    /// The standfirst.
    #[schemars(length(max = 200))]
    pub(crate) lead: Vec<String>,
    /// The authors' names.
    #[schemars(length(max = 200))]
    pub(crate) byline: Vec<String>,
    /// When it was published.
    #[schemars(length(max = 200))]
    pub(crate) published: Vec<String>,
    /// Tags, one an element.
    #[schemars(length(max = 200))]
    pub(crate) tags: Vec<String>,
    /// Captions, one an element.
    #[schemars(length(max = 200))]
    pub(crate) captions: Vec<String>,
}

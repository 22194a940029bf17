//! The configuration: built-in defaults, one file, the environment; read once, checked whole.
//!
//! `raw` is what a file may say, [`Config`] is what was checked: a value of this type holds no
//! string that must be looked at again. All mistakes are reported in one go.

mod built_in;
mod check;
pub mod digest;
pub mod endpoint;
mod endpoint_check;
mod files;
pub mod filter;
mod filter_check;
mod format_check;
mod http_check;
pub mod identity;
mod layers;
mod load;
mod mistake;
pub mod noise;
pub mod outlet;
mod outlet_check;
pub mod private;
pub mod quiet;
mod raw;
mod raw_endpoint;
mod schema;
mod secret;
mod shape;
mod show;
mod show_page;
mod signing;
mod table;
pub mod template;
mod tree;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub use self::built_in::{built_in_outlets, outlet_by_name, outlet_for};
pub use self::files::find;
pub use self::format_check::ntfy_topic;
pub use self::load::{Loaded, from_str, load};
pub use self::mistake::{Mistake, Mistakes, Place};
pub use self::schema::schema;
pub use self::show::show;
pub use self::table::outlet_table;
use crate::config::endpoint::{EndpointSpec, Secret};
use crate::config::noise::Noise;
use crate::config::outlet::Outlet;
use crate::model::id::SourceId;

/// A whole, checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from, if there was one.
    pub file: Option<PathBuf>,
    /// All that the daemon keeps; absolute.
    pub data_dir: PathBuf,
    /// The process.
    pub daemon: DaemonSpec,
    /// The store.
    pub store: StoreSpec,
    /// How pages are fetched.
    pub fetch: FetchSpec,
    /// How sources are polled.
    pub poll: PollSpec,
    /// How articles are extracted.
    pub extract: ExtractSpec,
    /// How deliveries are tried.
    pub delivery: DeliverySpec,
    /// Our own HTTP server.
    pub http: HttpSpec,
    /// The search index.
    pub search: SearchSpec,
    /// The republished feeds.
    pub feeds: FeedsSpec,
    /// Logs.
    pub log: LogSpec,
    /// Receivers, by name.
    pub endpoints: BTreeMap<crate::model::id::EndpointName, EndpointSpec>,
    /// Outlets, by name.
    pub outlets: BTreeMap<crate::model::id::OutletName, Outlet>,
}

impl Config {
    /// The address of one of our own feeds; behind the root of this server, where its public one is not
    /// known.
    pub fn feed_address(&self, file: &str) -> String {
        let root = self.http.public_url.as_ref();
        let root = root.map_or("", |url| url.as_str().trim_end_matches('/'));
        format!("{root}/feeds/{file}")
    }

    /// Sources of this and the `new` configuration that are read by other rules there, or have another
    /// interval: their next poll, which the old ones timed, is not waited for.
    pub fn read_otherwise(&self, new: &Self) -> Vec<SourceId> {
        let sources = |config: &Self| -> HashMap<SourceId, (u64, Option<Duration>)> {
            let all = config.outlets.values().flat_map(|outlet| &outlet.sources);
            all.map(|source| (source.id.clone(), (source.rules(), source.interval)))
                .collect()
        };
        let before = sources(self);
        let mut changed: Vec<SourceId> = sources(new)
            .into_iter()
            .filter(|(id, now)| before.get(id).is_some_and(|before| before != now))
            .map(|(id, _)| id)
            .collect();
        changed.sort_unstable();
        changed
    }
}

/// `[daemon]`, but for the paths.
#[derive(Clone, Debug)]
pub struct DaemonSpec {
    /// How long work under way may go on after a stop signal; shorter than `lease`.
    pub grace: Duration,
    /// How long a worker may keep a piece of work before it falls due again.
    pub lease: Duration,
}

/// `[store]`.
#[derive(Clone, Debug)]
pub struct StoreSpec {
    /// Where it is.
    pub location: StoreLocation,
    /// How long bodies are kept.
    pub keep: Duration,
    /// How many articles are kept at most.
    pub keep_articles: u64,
    /// Bytes of the embedded store's cache.
    pub cache: u64,
    /// Whether pages are kept as they came.
    pub raw: bool,
    /// How many times as large as what it holds a store may be at the start; 0: any.
    pub compact: u32,
}

/// `store.url`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// `sled:PATH`; absolute here.
    Sled(PathBuf),
}

impl StoreLocation {
    /// A store's address as it is written on a command line, relative to where that is.
    ///
    /// # Errors
    ///
    /// Says what is allowed.
    pub fn parse(address: &str) -> Result<Self, String> {
        let path = address.strip_prefix("sled:").unwrap_or_default();
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            // The value is not shown: it may hold a password.
            return Err("is no store's address; allowed: sled:PATH".to_owned());
        }
        std::path::absolute(path)
            .map(Self::Sled)
            .map_err(|error| error.to_string())
    }
}

/// `[fetch]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSpec {
    /// Whom to write to about us; goes into the User-Agent.
    pub contact: String,
    /// Whole time for one request, redirects included.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body: u64,
    /// Redirects followed for one request.
    pub max_redirects: u32,
    /// Requests at a time.
    pub concurrency: usize,
    /// Requests at a time to one host.
    pub per_host: usize,
    /// Between two article fetches on one host.
    pub host_delay: Duration,
    /// Requests of any kind to one host, all in all.
    pub host_budget: Option<Rate>,
    /// What obeys robots.txt.
    pub robots: RobotsScope,
    /// Whom an answer of 429 or 503 holds up.
    pub retry_after_scope: RetryAfterScope,
    /// Private networks that may be reached.
    pub allow_private: Vec<IpNet>,
    /// Further certificate authorities, PEM: the file that `SSL_CERT_FILE` names.
    pub authorities: Option<PathBuf>,
}

/// So many in a time: `600/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least one.
    pub count: u32,
    /// In which time: a second, a minute or an hour.
    pub time: Duration,
}

impl Rate {
    /// The time that one of them stands for.
    pub fn spacing(self) -> Duration {
        self.time / self.count
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.time.as_secs() {
            1 => "s",
            60 => "m",
            _ => "h",
        };
        write!(f, "{}/{unit}", self.count)
    }
}

/// `fetch.robots`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobotsScope {
    /// Section pages and articles.
    Articles,
    /// Feeds too.
    All,
    /// Nothing.
    Off,
}

/// `fetch.retry_after_scope`: who is left alone after an answer of 429 or 503, with or without a
/// `Retry-After`. What answered is, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfterScope {
    /// After 429 the host, after 503 the one address; a server on a port of its own speaks for that
    /// address alone.
    Auto,
    /// The host, or the server on a port of its own.
    Host,
    /// The one address.
    Source,
}

impl RetryAfterScope {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Host => "host",
            Self::Source => "source",
        }
    }
}

/// `[poll]`.
#[derive(Clone, Debug)]
pub struct PollSpec {
    /// Where an outlet says nothing.
    pub interval: Duration,
    /// Never more often.
    pub min_interval: Duration,
    /// Never more seldom.
    pub max_interval: Duration,
    /// By the source's own rhythm and what it asks for.
    pub adaptive: bool,
    /// Looks at a known page after it was first seen.
    pub revisit: Vec<Duration>,
    /// Failures in a row before `source.failing`.
    pub failing_after: u32,
    /// Whether a new source's first successful poll is announced.
    pub first: FirstPoll,
}

/// `[extract]`.
#[derive(Clone, Debug, Default)]
pub struct ExtractSpec {
    /// Word lists beside the built-in ones.
    pub noise: Noise,
}

/// `poll.first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstPoll {
    /// Stores and announces nothing.
    Quiet,
    /// Announces all.
    All,
}

impl FirstPoll {
    fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::All => "all",
        }
    }
}

/// `[delivery]`.
#[derive(Clone, Debug)]
pub struct DeliverySpec {
    /// Waits after the first try, before jitter.
    pub schedule: Vec<Duration>,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Attempts at a time over all endpoints.
    pub concurrency: usize,
    /// How long a failing endpoint may do nothing but fail before it is disabled; `None`: for ever.
    pub disable_after: Option<Duration>,
}

/// `[http]`.
#[derive(Clone, Debug)]
pub struct HttpSpec {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The bearer token, where one is set: whoever has it may do everything.
    pub token: Option<Secret>,
    /// Where hubs reach the server from outside; without it nobody is asked to push.
    pub public_url: Option<Url>,
    /// A second token, for those who may look and change nothing; only where `token` is set.
    pub read_token: Option<Secret>,
}

/// `[search]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchSpec {
    /// Whether an index is kept.
    pub enabled: bool,
}

/// `[feeds]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedsSpec {
    /// The hub that the republished feeds name.
    pub hub: Option<Url>,
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSpec {
    /// Text or JSON lines.
    pub format: LogFormat,
    /// A `tracing` filter directive: `info`, or `info,wireroom::fetch=debug`.
    pub level: String,
}

/// `log.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

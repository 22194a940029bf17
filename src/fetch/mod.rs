//! The door to the web: one request at a time, bounded in time, size, redirects and reach.
//!
//! [`Transport`] is the only way out of the process. It has two implementations: [`http`]
//! (reqwest, with the address guard at dial time) and a [`simulated`] web for tests under a paused
//! clock. [`fetcher`] puts robots.txt and the hosts' limits in front of it; deliveries use the
//! transport itself. What an answer means is not decided here.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

use crate::config::endpoint::SecretUrl;
use crate::config::identity::ClientIdentity;
use crate::model::source::Validators;

pub mod guard;
mod resolve;

mod account;
mod body;
mod redirect;
pub(crate) mod tls;

pub mod http;
pub mod simulated;

pub mod fetcher;
pub mod hosts;
pub mod robots;

/// Sends requests.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends one request, follows redirects as far as it says, and reads the whole body.
    ///
    /// A status of any kind is an answer, not an error.
    async fn send(&self, request: Request) -> Result<Response, FetchError>;
}

/// One request, with its bounds.
#[derive(Clone, Debug)]
pub struct Request {
    /// How it asks.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// Header names in lower case, values as sent. User-Agent (where none is given) and
    /// Accept-Encoding are added.
    pub headers: Vec<(String, String)>,
    /// The body, where it is no `GET`.
    pub body: Bytes,
    /// What bounds it.
    pub bounds: Bounds,
    /// By which way it goes.
    pub way: Way,
}

/// By which way a request goes: straight and namelessly, unless an endpoint says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// The proxy that it goes through. It is dialled under the request's own bounds, and what it is
    /// asked for is held against them too, as far as this end can know.
    pub proxy: Option<SecretUrl>,
    /// The certificate that it shows over TLS.
    pub identity: Option<ClientIdentity>,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks for a page.
    Get,
    /// Tells a receiver.
    Post,
    /// Tells a receiver, under a name: the same name again is the same message.
    Put,
}

/// What a request may cost and reach.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Whole time, redirects and body included.
    pub timeout: Duration,
    /// Bytes of body after decompression.
    pub max_body: u64,
    /// What is done with a longer body.
    pub overlong: Overlong,
    /// Redirects followed; 0 returns the redirect itself as the answer.
    pub max_redirects: u32,
    /// Private networks that may be reached, redirects included.
    pub allow_private: Vec<ipnet::IpNet>,
    /// Which key of the configuration `allow_private` comes from: a refusal names it.
    pub allow_key: AllowKey,
}

/// The key of the configuration that lets a request reach private addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllowKey {
    /// `fetch.allow_private`.
    #[default]
    Fetch,
    /// An endpoint's `allow_private`.
    Endpoint,
}

impl AllowKey {
    /// What to write where to allow the address.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Fetch => "if it is meant to be reached, add its network to fetch.allow_private",
            Self::Endpoint => "if it is meant to be reached, set the endpoint's allow_private",
        }
    }
}

/// What is done with a body longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlong {
    /// The request fails: half a feed or page is worth nothing.
    Refuse,
    /// The rest is not read: a receiver's answer is only quoted.
    Cut,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status of the last answer.
    pub status: u16,
    /// Its headers, names in lower case, values that are not UTF-8 left out.
    pub headers: Vec<(String, String)>,
    /// The address that answered in the end.
    pub url: Url,
    /// Redirects on the way, in order.
    pub hops: Vec<Hop>,
    /// The body, decompressed.
    pub body: Bytes,
    /// From sending to the end of the body.
    pub elapsed: Duration,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// To where.
    pub to: Url,
}

impl Response {
    /// Its validators, byte for byte.
    pub fn validators(&self) -> Validators {
        Validators {
            etag: self.header("etag").map(str::to_owned),
            last_modified: self.header("last-modified").map(str::to_owned),
        }
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is private and was not allowed.
    #[error("{address} is a private address and not allowed; {remedy}")]
    Private {
        /// The address met.
        address: String,
        /// What allows it.
        remedy: &'static str,
    },
    /// Neither http nor https, or an address without a host.
    #[error("{0} addresses are not fetched, only http and https")]
    Scheme(String),
    /// The name has no address.
    #[error("cannot resolve the host name {host}")]
    Resolve {
        /// The name.
        host: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer within the time.
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    /// More redirects than allowed, or a loop.
    #[error("redirected in a loop or more than {0} times")]
    Redirects(u32),
    /// A redirect without a usable address.
    #[error("redirected to an address that cannot be followed: {0}")]
    BadRedirect(String),
    /// A body over the limit.
    #[error("the body is larger than {0} bytes after decompression")]
    TooLarge(u64),
    /// Connection refused or reset, TLS failure, malformed answer.
    #[error("cannot get an answer from {host}")]
    Connection {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl FetchError {
    /// Whether the same request may well have an answer later. The others last until somebody
    /// changes the page or the configuration.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Resolve { .. } | Self::Timeout(_) | Self::Connection { .. } => true,
            Self::Private { .. }
            | Self::Scheme(_)
            | Self::Redirects(_)
            | Self::BadRedirect(_)
            | Self::TooLarge(_) => false,
        }
    }
}

//! One GET as a good guest: robots.txt, the host's turn, validators, then the transport.
//!
//! Nothing is decided here about what an answer means: any status is an answer. The one exception is an
//! answer that holds the whole host (`fetch.retry_after_scope`): it does so at once, before other tasks
//! ask it too. By default 429 does and 503 does not, because one shaky address must not stop all of an
//! outlet.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use url::{Position, Url};

use crate::clock::Clock;
use crate::config::{FetchSpec, RetryAfterScope, RobotsScope};
use crate::fetch::hosts::{Busy, Hosts, Permit, Turn, Why};
use crate::fetch::robots::{Robots, Verdict};
use crate::fetch::{
    AllowKey, Bounds, FetchError, Method, Overlong, Request, Response, Transport, Way, guard,
};
use crate::model::id::Host;
use crate::model::source::Validators;
use crate::schedule::backoff::retry_after;

/// A wait for a host's turn that is waited out: giving a lease back and claiming it again costs
/// more. Longer ones are [`Refusal::Busy`].
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a host is held that did not say how long.
const HOLD: SignedDuration = SignedDuration::from_secs(60);

/// Fetches sources and articles.
pub struct Fetcher {
    transport: Arc<dyn Transport>,
    hosts: Arc<Hosts>,
    robots: Arc<Robots>,
    spec: FetchSpec,
    clock: Clock,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// A feed or sitemap: exempt from robots.txt unless `fetch.robots` is `all`.
    Feed,
    /// A section page.
    Page,
    /// An article: keeps its distance to others of its host.
    Article,
    /// An article that is known, in case it has been corrected: the same, and leaves half of the host's
    /// budget to what is new.
    Look,
}

/// What came.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// An answer of any status.
    Answer(Response),
    /// 304 to a request with validators: its headers replace the stored ones (RFC 9111 §4.3.4), its
    /// hops count like any other answer's.
    NotModified(Response),
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// robots.txt forbids it. To be taken as the outlet's answer.
    #[error("robots.txt of {host} does not allow it")]
    Robots {
        /// The host.
        host: String,
    },
    /// robots.txt cannot be had, so nothing may be fetched (RFC 9309 §2.3.1.4). A failure that
    /// passes, to be tried again.
    #[error("robots.txt of {host} cannot be read ({reason}), so nothing is fetched there")]
    RobotsUnreachable {
        /// The host.
        host: String,
        /// Why.
        reason: Arc<str>,
        /// When it is tried again.
        until: Timestamp,
    },
    /// The host is not to be asked before then; nothing was sent.
    #[error("its host is not to be asked before {0}")]
    Busy(Timestamp),
    /// `fetch.host_budget` is used up for the host; nothing was sent.
    #[error("its host has been asked as often as fetch.host_budget allows; it waits until {0}")]
    Spent(Timestamp),
    /// The request failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl Fetcher {
    /// Puts the parts together. `hosts` is shared with whoever claims work.
    pub fn new(
        transport: Arc<dyn Transport>,
        hosts: Arc<Hosts>,
        spec: FetchSpec,
        clock: Clock,
    ) -> Self {
        Self {
            transport,
            hosts,
            robots: Arc::default(),
            spec,
            clock,
        }
    }

    /// The same under other settings: what hosts asked for and what their robots.txt says still binds.
    #[must_use]
    pub fn under(&self, spec: FetchSpec) -> Self {
        Self {
            transport: Arc::clone(&self.transport),
            hosts: Arc::new(self.hosts.under(&spec)),
            robots: Arc::clone(&self.robots),
            spec,
            clock: self.clock.clone(),
        }
    }

    /// Who is being asked.
    pub fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// Fetches `url`, on condition of `validators` where there are some.
    pub async fn get(
        &self,
        url: &Url,
        want: Want,
        validators: Option<&Validators>,
    ) -> Result<Fetched, Refusal> {
        self.get_within(url, want, validators, None).await
    }

    /// The same for an outlet that says itself whom its answers hold up.
    pub async fn get_within(
        &self,
        url: &Url,
        want: Want,
        validators: Option<&Validators>,
        scope: Option<RetryAfterScope>,
    ) -> Result<Fetched, Refusal> {
        guard::check(url, &self.bounds())?;
        let host = Host::of(url);
        let scope = scope.unwrap_or(self.spec.retry_after_scope);
        let crawl_delay = self.ask_robots(url, &host, want).await?;
        let turn = match want {
            Want::Feed | Want::Page => Turn::Source,
            Want::Article => Turn::Article { crawl_delay },
            Want::Look => Turn::Look { crawl_delay },
        };
        let permit = self.turn(url, &host, turn).await?;
        let request = self.request(url, want, validators);
        let response = self.transport.send(request).await?;
        drop(permit);
        self.heed(&response, scope);
        let conditional = validators.is_some_and(|known| *known != Validators::default());
        Ok(match response.status {
            304 if conditional => Fetched::NotModified(response),
            _ => Fetched::Answer(response),
        })
    }

    /// The sitemaps that the robots.txt of `url`'s origin names; none where it cannot be had.
    pub async fn sitemaps(&self, url: &Url) -> Vec<Url> {
        if guard::check(url, &self.bounds()).is_err() {
            return Vec::new();
        }
        match self.verdict(url, &Host::of(url)).await {
            Ok(Verdict::Rules(rules)) => {
                let addresses = rules.sitemaps.iter();
                addresses.filter_map(|text| url.join(text).ok()).collect()
            }
            Ok(Verdict::Unreachable { .. }) | Err(_) => Vec::new(),
        }
    }

    /// The host's Crawl-delay, if robots.txt lets us in.
    async fn ask_robots(
        &self,
        url: &Url,
        host: &Host,
        want: Want,
    ) -> Result<Option<Duration>, Refusal> {
        let obeys = match self.spec.robots {
            RobotsScope::Off => false,
            RobotsScope::Articles => want != Want::Feed,
            RobotsScope::All => true,
        };
        if !obeys {
            return Ok(None);
        }
        let verdict = self.verdict(url, host).await?;
        let name = || url.host_str().unwrap_or_default().to_owned();
        match verdict {
            Verdict::Rules(rules) => {
                let path = &url[Position::BeforePath..Position::AfterQuery];
                if rules.allows(path) {
                    Ok(rules.crawl_delay)
                } else {
                    Err(Refusal::Robots { host: name() })
                }
            }
            Verdict::Unreachable { reason, until } => Err(Refusal::RobotsUnreachable {
                host: name(),
                reason,
                until: self.wall(until),
            }),
        }
    }

    async fn verdict(&self, url: &Url, host: &Host) -> Result<Verdict, Refusal> {
        // Asking for the file is a request to the host like others.
        let _permit = if self.robots.is_known(url).await {
            None
        } else {
            Some(self.turn(url, host, Turn::Source).await?)
        };
        let transport = self.transport.as_ref();
        let bounds = self.bounds();
        let heed = |response: &Response| self.heed(response, self.spec.retry_after_scope);
        Ok(self.robots.verdict(transport, url, &bounds, heed).await)
    }

    async fn turn(&self, url: &Url, host: &Host, turn: Turn) -> Result<Permit, Refusal> {
        let held = (url.port()).and_then(|port| self.hosts.port_held_until(host, port));
        if let Some(until) = held {
            return Err(Refusal::Busy(self.wall(until)));
        }
        self.hosts
            .turn(host, turn, PATIENCE)
            .await
            .map_err(|Busy { until, why }| match why {
                Why::Budget => Refusal::Spent(self.wall(until)),
                Why::Rests | Why::Full => Refusal::Busy(self.wall(until)),
            })
    }

    fn request(&self, url: &Url, want: Want, validators: Option<&Validators>) -> Request {
        let mut headers = vec![("accept".to_owned(), accept(want).to_owned())];
        let etag = validators.and_then(|known| known.etag.as_ref());
        let last_modified = validators.and_then(|known| known.last_modified.as_ref());
        // Both, byte for byte: which of them a server looks at is its own affair (RFC 9110 §13.1).
        if let Some(etag) = etag {
            headers.push(("if-none-match".to_owned(), etag.clone()));
            // RFC 3229 with the feed instance manipulation: a server that knows it sends new entries only.
            if want == Want::Feed {
                headers.push(("a-im".to_owned(), "feed".to_owned()));
            }
        }
        if let Some(stamp) = last_modified {
            headers.push(("if-modified-since".to_owned(), stamp.clone()));
        }
        Request {
            method: Method::Get,
            url: url.clone(),
            headers,
            body: bytes::Bytes::new(),
            bounds: self.bounds(),
            way: Way::default(),
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            timeout: self.spec.timeout,
            max_body: self.spec.max_body,
            overlong: Overlong::Refuse,
            max_redirects: self.spec.max_redirects,
            allow_private: self.spec.allow_private.clone(),
            allow_key: AllowKey::Fetch,
        }
    }

    /// Leaves a host alone that asks for it, whatever it was asked.
    fn heed(&self, response: &Response, scope: RetryAfterScope) {
        let url = &response.url;
        let holds = match (scope, response.status) {
            (RetryAfterScope::Auto, 429) => url.port().is_none(),
            (RetryAfterScope::Host, 429 | 503) => true,
            (_, _) => false,
        };
        if !holds {
            return;
        }
        let now = self.clock.now();
        let wait = (response.header("retry-after"))
            .and_then(|value| retry_after(value, now))
            .map_or(HOLD, |at| now.duration_until(at));
        let until = Instant::now() + Duration::try_from(wait).unwrap_or_default();
        match url.port() {
            Some(port) => self.hosts.hold_port(&Host::of(url), port, until),
            None => self.hosts.hold(&Host::of(url), until),
        }
    }

    /// A time of the timer as a time of the wall clock.
    fn wall(&self, at: Instant) -> Timestamp {
        let ahead = at.saturating_duration_since(Instant::now());
        let ahead = SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX);
        self.clock
            .now()
            .saturating_add(ahead)
            .unwrap_or(Timestamp::MAX)
    }
}

fn accept(want: Want) -> &'static str {
    match want {
        Want::Feed => {
            "application/atom+xml, application/rss+xml, application/feed+json, \
             application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, \
             application/json;q=0.8, */*;q=0.1"
        }
        Want::Page | Want::Article | Want::Look => "text/html, application/xhtml+xml, */*;q=0.1",
    }
}

#[cfg(test)]
mod tests;

//! What robots.txt allows, per origin, fetched when first needed and kept for a day at most
//! (RFC 9309 §2.4).
//!
//! 2xx is read, 4xx means that all is allowed, and a file that cannot be had means that nothing is
//! (§2.3.1) until it is tried again, unless an older copy is known, which then still binds. 429 is
//! treated as "cannot be had": a host that asks for rest has not given leave. One origin's file is
//! fetched by one task; the others wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use crate::fetch::robots::rules::{MAX_BYTES, Rules};
use crate::fetch::{Bounds, FetchError, Method, Overlong, Request, Response, Transport, Way};
use crate::observe::chain;

pub mod rules;

/// RFC 9309 §2.4: not longer than 24 hours.
const FRESH: Duration = Duration::from_hours(24);
/// How long a host without a readable robots.txt is left alone before it is asked again.
const RETRY: Duration = Duration::from_mins(10);
/// RFC 9309 §2.3.1.2 asks for at least five.
const REDIRECTS: u32 = 5;
/// Origins remembered, and bytes of all their rules.
const MAX_ORIGINS: usize = 1000;
const MAX_WEIGHT: usize = 16 << 20;

/// The files known, by origin.
pub struct Robots {
    origins: Mutex<HashMap<String, Arc<Origin>>>,
    max_origins: usize,
    max_weight: usize,
}

impl Default for Robots {
    fn default() -> Self {
        Self::bounded(MAX_ORIGINS, MAX_WEIGHT)
    }
}

/// One origin; the lock is held while its file is fetched.
#[derive(Default)]
struct Origin {
    known: tokio::sync::Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    verdict: Verdict,
    until: Instant,
    /// Bytes of memory, about.
    weight: usize,
}

/// What is known of an origin.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// These rules bind.
    Rules(Arc<Rules>),
    /// The file could not be had: nothing may be fetched until it is tried again.
    Unreachable {
        /// Why, for people.
        reason: Arc<str>,
        /// When it is tried again.
        until: Instant,
    },
}

impl Robots {
    /// Remembers so many origins, and so many bytes of rules.
    fn bounded(max_origins: usize, max_weight: usize) -> Self {
        Self {
            origins: Mutex::default(),
            max_origins,
            max_weight,
        }
    }

    /// The verdict on the origin of `url`, from memory or through `transport` under `bounds`
    /// (of which only time and reach are used). `on_answer` is shown what was answered, if somebody
    /// had to be asked.
    pub async fn verdict(
        &self,
        transport: &dyn Transport,
        url: &Url,
        bounds: &Bounds,
        on_answer: impl FnOnce(&Response),
    ) -> Verdict {
        let origin = self.origin(url);
        let mut known = origin.known.lock().await;
        let now = Instant::now();
        if let Some(known) = known.as_ref().filter(|known| known.until > now) {
            return known.verdict.clone();
        }
        let fetched = transport.send(request(url, bounds)).await;
        if let Ok(response) = &fetched {
            on_answer(response);
        }
        let now = Instant::now();
        let fresh = match read(fetched) {
            Ok(rules) => Known {
                weight: rules.weight(),
                verdict: Verdict::Rules(Arc::new(rules)),
                until: now + FRESH,
            },
            Err(reason) => unreachable(known.take(), &reason, now + RETRY),
        };
        let verdict = fresh.verdict.clone();
        *known = Some(fresh);
        drop(known);
        self.shrink(&origin);
        verdict
    }

    /// Whether the answer is in memory, so that no request is needed.
    pub async fn is_known(&self, url: &Url) -> bool {
        let Some(origin) = self.origins().get(&key(url)).cloned() else {
            return false;
        };
        let known = origin.known.lock().await;
        known
            .as_ref()
            .is_some_and(|known| known.until > Instant::now())
    }

    fn origin(&self, url: &Url) -> Arc<Origin> {
        Arc::clone(self.origins().entry(key(url)).or_default())
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<String, Arc<Origin>>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the memory within its bounds: what has run out goes first, then whatever comes;
    /// `newest` stays.
    fn shrink(&self, newest: &Arc<Origin>) {
        let mut origins = self.origins();
        let now = Instant::now();
        let mut weight: usize = origins.values().map(|origin| origin.weight()).sum();
        if origins.len() <= self.max_origins && weight <= self.max_weight {
            return;
        }
        origins.retain(|_, origin| Arc::ptr_eq(origin, newest) || !origin.has_run_out(now));
        weight = origins.values().map(|origin| origin.weight()).sum();
        let mut n_left = origins.len();
        origins.retain(|_, origin| {
            let fits = n_left <= self.max_origins && weight <= self.max_weight;
            if fits || Arc::ptr_eq(origin, newest) {
                return true;
            }
            n_left -= 1;
            weight -= origin.weight();
            false
        });
    }
}

impl Origin {
    /// An origin whose file is being fetched weighs nothing yet.
    fn weight(&self) -> usize {
        match self.known.try_lock().as_deref() {
            Ok(Some(known)) => known.weight,
            Ok(None) | Err(_) => 0,
        }
    }

    fn has_run_out(&self, now: Instant) -> bool {
        self.known
            .try_lock()
            .is_ok_and(|known| known.as_ref().is_none_or(|known| known.until <= now))
    }
}

/// Scheme, host and port: a robots.txt binds no other (RFC 9309 §2.3).
fn key(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn request(url: &Url, bounds: &Bounds) -> Request {
    let mut address = url.clone();
    address.set_path("/robots.txt");
    address.set_query(None);
    address.set_fragment(None);
    Request {
        method: Method::Get,
        url: address,
        headers: vec![("accept".to_owned(), "text/plain, */*;q=0.1".to_owned())],
        body: Bytes::new(),
        bounds: Bounds {
            max_body: MAX_BYTES as u64,
            overlong: Overlong::Cut,
            max_redirects: REDIRECTS,
            ..bounds.clone()
        },
        way: Way::default(),
    }
}

/// RFC 9309 §2.3.1. A redirect that leads nowhere is as good as no file (§2.3.1.2).
fn read(fetched: Result<Response, FetchError>) -> Result<Rules, String> {
    match fetched {
        Ok(response) => match response.status {
            200..=299 => Ok(Rules::parse(&response.body)),
            429 | 500.. => Err(format!("status {}", response.status)),
            _ => Ok(Rules::default()),
        },
        Err(FetchError::Redirects(_) | FetchError::BadRedirect(_)) => Ok(Rules::default()),
        Err(error) => Err(chain(&error)),
    }
}

/// An older copy still binds while the file cannot be had (RFC 9309 §2.4).
fn unreachable(older: Option<Known>, reason: &str, until: Instant) -> Known {
    match older {
        Some(known) if matches!(known.verdict, Verdict::Rules(_)) => Known { until, ..known },
        Some(_) | None => Known {
            verdict: Verdict::Unreachable {
                reason: reason.into(),
                until,
            },
            until,
            weight: reason.len(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::AllowKey;
    use crate::fetch::simulated::{Answer, SimulatedWeb};

    fn bounds() -> Bounds {
        Bounds {
            timeout: Duration::from_secs(20),
            max_body: 100,
            overlong: Overlong::Refuse,
            max_redirects: 1,
            allow_private: Vec::new(),
            allow_key: AllowKey::Fetch,
        }
    }

    async fn allows(web: &SimulatedWeb, page: &str) -> Option<bool> {
        let url = Url::parse(page).unwrap();
        match Robots::default()
            .verdict(web, &url, &bounds(), |_| {})
            .await
        {
            Verdict::Rules(rules) => Some(rules.allows(url.path())),
            Verdict::Unreachable { .. } => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_status_means_what_the_rfc_says() {
        let file = "user-agent: *\ndisallow: /\n";
        for (answer, expected) in [
            (Answer::page("text/plain", file), Some(false)),
            (Answer::page("text/plain", file.repeat(30_000)), Some(false)),
            (Answer::status(204), Some(true)),
            (Answer::status(401), Some(true)),
            (Answer::status(403), Some(true)),
            (Answer::status(404), Some(true)),
            (Answer::status(410), Some(true)),
            (Answer::status(429), None),
            (Answer::status(500), None),
            (Answer::status(503), None),
            (Answer::refused(), None),
            (Answer::page("text/plain", file).broken(), None),
            (Answer::page("text/plain", file).hanging(), None),
            (Answer::redirect(301, "/robots.txt"), Some(true)),
            (Answer::redirect(301, "http://10.0.0.1/robots.txt"), None),
        ] {
            let web = SimulatedWeb::new();
            web.at("https://a.example/robots.txt", answer.clone());
            let verdict = allows(&web, "https://a.example/x").await;
            assert_eq!(verdict, expected, "{answer:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn five_redirects_are_followed_even_to_another_host() {
        let web = SimulatedWeb::new();
        for n in 0..5 {
            let from = if n == 0 {
                "https://a.example/robots.txt".into()
            } else {
                format!("https://b.example/{n}")
            };
            web.at(
                &from,
                Answer::redirect(302, &format!("https://b.example/{}", n + 1)),
            );
        }
        web.at(
            "https://b.example/5",
            Answer::page("text/plain", "user-agent: *\ndisallow: /x"),
        );
        assert_eq!(allows(&web, "https://a.example/x").await, Some(false));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_in_origins_and_in_bytes() {
        let (max_origins, max_weight) = (20, 100_000);
        let robots = Robots::bounded(max_origins, max_weight);
        let web = SimulatedWeb::new();
        for n in 0..30 {
            let url = Url::parse(&format!("https://h{n}.example/")).unwrap();
            robots.verdict(web.as_ref(), &url, &bounds(), |_| {}).await;
            assert_eq!(robots.origins().len(), max_origins.min(n + 1));
        }
        let file = format!("user-agent: *\ndisallow: /{}\n", "x".repeat(2000)).repeat(10);
        for n in 0..30 {
            let address = format!("https://long{n}.example/robots.txt");
            web.at(&address, Answer::page("text/plain", file.clone()));
            let url = Url::parse(&address).unwrap();
            robots.verdict(web.as_ref(), &url, &bounds(), |_| {}).await;
            assert!(robots.is_known(&url).await, "the newest stays");
            let weights = robots
                .origins()
                .values()
                .map(|origin| origin.weight())
                .sum::<usize>();
            assert!(weights <= max_weight, "{weights}");
        }
    }
}

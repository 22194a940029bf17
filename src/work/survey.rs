//! What would be taken from a source, found out without taking it: one fetch, one sample article.
//!
//! Used by `feed find`, `outlet add` and `check --online`. Goes through the same fetcher and the
//! same readers as the daemon, so politeness and outcome are the same; touches no store. A host that
//! asks to be left alone is waited for, up to a bound.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::clock::Clock;
use crate::config::outlet::{Outlet, Source};
use crate::extract::{self, Extraction, Input};
use crate::feed::Parsed;
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Fetcher, Refusal, Want};
use crate::model::entry::Entry;
use crate::model::source::SourceKind;
use crate::model::stated::StatedTime;
use crate::observe::chain;
use crate::work::read::{self, Ask};

/// The longest that one request waits for its host's turn.
const PATIENCE: Duration = Duration::from_mins(2);
/// Entries whose pages are tried until one yields a text.
const TRIES: usize = 3;

/// Looks at sources.
#[derive(Clone)]
pub struct Surveyor {
    fetcher: Arc<Fetcher>,
    clock: Clock,
}

/// What one look at a source found.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The status of the answer.
    pub status: Option<u16>,
    /// Where it came from, if not from the address asked.
    pub redirected: Option<Url>,
    /// Why there is nothing to take.
    pub fault: Option<String>,
    /// What it lists.
    pub parsed: Parsed,
    /// How many addresses it lists, old ones included.
    pub listed: usize,
}

impl Survey {
    /// The date of the newest entry, as stated.
    pub fn newest(&self) -> Option<StatedTime> {
        let dates = self.parsed.entries.iter().filter_map(dated);
        dates.max_by_key(StatedTime::instant)
    }
}

/// When an entry says that it was published, or else changed.
pub fn dated(entry: &Entry) -> Option<StatedTime> {
    entry.published.or(entry.updated)
}

/// One article as it would be stored.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Where its page stands.
    pub url: Url,
    /// What its source said of it.
    pub entry: Entry,
    /// What was extracted.
    pub extraction: Extraction,
    /// Its page; none where the article is what the source gave.
    pub page: Option<Page>,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its final address.
    pub url: Url,
    /// The `Content-Type` it came with.
    pub content_type: Option<String>,
    /// Its bytes.
    pub body: Bytes,
}

impl Page {
    fn of(response: Response) -> Self {
        Self {
            content_type: response.header("content-type").map(str::to_owned),
            url: response.url,
            body: response.body,
        }
    }
}

/// A page of which there was no article to be had.
#[derive(Clone, Debug)]
pub struct Miss {
    /// Its address.
    pub url: Url,
    /// Why, for people.
    pub reason: String,
}

impl Surveyor {
    /// Looks through `fetcher`.
    pub fn new(fetcher: Arc<Fetcher>, clock: Clock) -> Self {
        Self { fetcher, clock }
    }

    /// The clock in use.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The sitemaps that robots.txt names.
    pub async fn sitemaps(&self, url: &Url) -> Vec<Url> {
        self.fetcher.sitemaps(url).await
    }

    /// Fetches an address, in its host's own time; the error is for people.
    pub async fn get(&self, url: &Url, want: Want) -> Result<Response, String> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.fetcher.get(url, want, None).await {
                Ok(Fetched::Answer(response) | Fetched::NotModified(response)) => {
                    return Ok(response);
                }
                Err(refusal @ (Refusal::Busy(until) | Refusal::Spent(until))) => {
                    let wait = self.clock.now().duration_until(until);
                    let wait = Duration::try_from(wait).unwrap_or_default();
                    // A little more than asked, so that the turn has come for sure.
                    let wait = wait + Duration::from_millis(20);
                    if tokio::time::Instant::now() + wait > deadline {
                        return Err(chain(&refusal));
                    }
                    tokio::time::sleep(wait).await;
                }
                Err(
                    refusal @ (Refusal::Robots { .. }
                    | Refusal::RobotsUnreachable { .. }
                    | Refusal::Fetch(_)),
                ) => return Err(chain(&refusal)),
            }
        }
    }

    /// Fetches a page; a status that is no success is an error.
    pub async fn page(&self, url: &Url, want: Want) -> Result<(Page, Response), String> {
        let response = self.get(url, want).await?;
        match response.status {
            200..300 => Ok((Page::of(response.clone()), response)),
            status => Err(format!("it answered {status}")),
        }
    }

    /// Fetches and reads a source.
    pub async fn source(&self, outlet: &Outlet, source: &Source) -> Survey {
        let want = match source.kind {
            SourceKind::Feed | SourceKind::Sitemap => Want::Feed,
            SourceKind::Page => Want::Page,
        };
        let response = match self.get(&source.url, want).await {
            Ok(response) => response,
            Err(fault) => {
                return Survey {
                    fault: Some(fault),
                    ..Survey::default()
                };
            }
        };
        let mut survey = Survey {
            status: Some(response.status),
            redirected: (response.url != source.url).then(|| response.url.clone()),
            ..Survey::default()
        };
        if !(200..300).contains(&response.status) {
            survey.fault = Some(format!("it answered {}", response.status));
            return survey;
        }
        let ask = Ask {
            fetcher: &self.fetcher,
            outlet,
            source,
            since: None,
            now: self.clock.now(),
        };
        match read::read(&ask, response).await {
            Ok(reading) => {
                survey.listed = reading.listed;
                survey.parsed = reading.parsed;
            }
            Err(fault) => survey.fault = Some(fault),
        }
        survey
    }

    /// The newest article of a survey that can be had, and the pages that yielded none.
    pub async fn sample(&self, outlet: &Outlet, survey: &Survey) -> (Option<Sample>, Vec<Miss>) {
        let mut misses = Vec::new();
        for entry in newest_first(&survey.parsed.entries).take(TRIES) {
            match self.article(Some(outlet), entry).await {
                Ok(sample) => return (Some(sample), misses),
                Err(miss) => misses.push(miss),
            }
        }
        // What the daemon does with pages that cannot be had.
        let given = newest_first(&survey.parsed.entries).find_map(|entry| {
            Some(Sample {
                url: entry.url.clone()?,
                extraction: extract::from_entry(entry, Some(outlet))?,
                entry: entry.clone(),
                page: None,
            })
        });
        (given, misses)
    }

    /// Fetches and extracts one entry's page.
    pub async fn article(&self, outlet: Option<&Outlet>, entry: &Entry) -> Result<Sample, Miss> {
        let nowhere = || Url::parse("about:blank").expect("a constant and valid address");
        let url = entry.url.clone().unwrap_or_else(nowhere);
        let miss = |reason: String| Miss {
            url: url.clone(),
            reason,
        };
        let (page, _) = self.page(&url, Want::Article).await.map_err(miss)?;
        let (outlet, said, answer) = (outlet.cloned(), entry.clone(), page.clone());
        // A parsed page is neither Send nor small: it lives and dies inside this one task.
        let extracted = tokio::task::spawn_blocking(move || {
            extract::extract(&Input {
                bytes: &answer.body,
                content_type: answer.content_type.as_deref(),
                url: Some(&answer.url),
                outlet: outlet.as_ref(),
                entry: Some(&said),
            })
        });
        match extracted.await {
            Ok(Ok(extraction)) => Ok(Sample {
                url: page.url.clone(),
                entry: entry.clone(),
                extraction,
                page: Some(page),
            }),
            Ok(Err(fault)) => Err(miss(chain(&fault))),
            Err(panic) => Err(miss(format!("its page could not be read: {panic}"))),
        }
    }
}

/// Entries with an address, the newest first; those without a date keep their order behind.
pub fn newest_first(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().filter(|entry| entry.url.is_some()).collect();
    sorted.sort_by_key(|entry| std::cmp::Reverse(dated(entry).map(|time| time.instant())));
    sorted.into_iter()
}

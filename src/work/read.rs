//! What a source's answer says: its bytes read as the kind of source that it is.
//!
//! The one place where poll, `check --online` and discovery learn what an answer lists, so that what
//! is shown beforehand is what the daemon takes afterwards. Fetches only what an index of sitemaps
//! names, and of that little.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use tracing::error;
use url::Url;

use crate::config::outlet::{Outlet, Source};
use crate::dedupe::canonical;
use crate::feed::sitemap::{Child, Sitemap};
use crate::feed::{self, FeedError, Hints, Parsed};
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Fetcher, Want};
use crate::model::entry::Entry;
use crate::model::source::SourceKind;
use crate::model::stated::StatedTime;
use crate::observe::chain;
use crate::store::Found;

/// Sitemaps of one index that are read in one poll.
const CHILDREN_MAX: usize = 5;
/// Entries of one sitemap, as many as a news sitemap may have.
const SITEMAP_ENTRIES_MAX: usize = 1000;
/// Warnings of one index with all that it names.
const WARNINGS_MAX: usize = 50;
/// How far back a sitemap is read that was never read before: as far as a news sitemap goes.
const FIRST_WINDOW: SignedDuration = SignedDuration::from_hours(48);
/// How much earlier than the last success a page may say that it changed: sitemaps are made and
/// cached some time before they are served, and state the day on which a text was begun. What is
/// known already costs no visit.
const OVERLAP: SignedDuration = SignedDuration::from_hours(48);

/// Who asks, and what is known already.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Fetches the sitemaps of an index.
    pub fetcher: &'a Fetcher,
    /// The outlet.
    pub outlet: &'a Outlet,
    /// Its source.
    pub source: &'a Source,
    /// When the source was last read with success.
    pub since: Option<Timestamp>,
    /// The time now.
    pub now: Timestamp,
}

/// What an answer lists.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Entries, warnings and wishes.
    pub parsed: Parsed,
    /// Addresses listed, those included that are too old to be entries.
    pub listed: usize,
    /// Whether the same bytes would say nothing new another time. An index of sitemaps without dates,
    /// or one of whose sitemaps could not be had, has to be read again though it did not change.
    pub settled: bool,
}

/// Reads an answer as what its source is; the error is for people.
pub async fn read(ask: &Ask<'_>, response: Response) -> Result<Reading, String> {
    if ask.source.kind != SourceKind::Sitemap {
        let parsed = parse(ask, response, entries_of).await?;
        return Ok(Reading {
            listed: parsed.entries.len(),
            parsed,
            settled: true,
        });
    }
    let sitemap = parse(ask, response, sitemap_of).await?;
    let mut reading = Reading {
        listed: sitemap.entries.len() + sitemap.sitemaps.len(),
        settled: true,
        parsed: Parsed {
            entries: sitemap.entries,
            warnings: sitemap.warnings,
            ..Parsed::default()
        },
    };
    if !sitemap.sitemaps.is_empty() {
        follow(ask, sitemap.sitemaps, &mut reading).await?;
    }
    let (entries, left_out) = recent(reading.parsed.entries, cutoff(ask.since, ask.now));
    reading.parsed.entries = entries;
    if left_out > 0 {
        let warning = format!(
            "{left_out} addresses are beyond the {SITEMAP_ENTRIES_MAX} newest, which are all that is watched of a sitemap"
        );
        reading.parsed.warnings.push(warning);
    }
    reading.parsed.warnings.truncate(WARNINGS_MAX);
    Ok(reading)
}

/// Parses on a thread of its own: a section page's tree is not `Send`, and a long feed takes long.
async fn parse<T: Send + 'static>(
    ask: &Ask<'_>,
    response: Response,
    with: fn(&Outlet, &Source, &Response) -> Result<T, FeedError>,
) -> Result<T, String> {
    let (outlet, source) = (ask.outlet.clone(), ask.source.clone());
    let parsed = tokio::task::spawn_blocking(move || with(&outlet, &source, &response)).await;
    match parsed {
        Ok(Ok(parsed)) => Ok(parsed),
        Ok(Err(fault)) => Err(chain(&fault)),
        Err(panic) => {
            error!("the parser panicked on {}: {panic}", ask.source.id);
            Err("its answer could not be read".to_owned())
        }
    }
}

fn hints<'a>(outlet: &'a Outlet, response: &'a Response) -> Hints<'a> {
    Hints {
        content_type: response.header("content-type"),
        base: Some(&response.url),
        zone: outlet.timezone.as_ref(),
    }
}

/// A feed's or section page's entries.
fn entries_of(outlet: &Outlet, source: &Source, response: &Response) -> Result<Parsed, FeedError> {
    let hints = hints(outlet, response);
    let pattern = source.pattern.as_ref();
    if source.kind == SourceKind::Page {
        let links = source.links.as_ref();
        return feed::page::links(&response.body, &hints, links, pattern, &outlet.homepage);
    }
    let mut parsed = feed::parse(&response.body, &hints)?;
    keep_matching(&mut parsed.entries, source);
    Ok(parsed)
}

fn sitemap_of(outlet: &Outlet, source: &Source, response: &Response) -> Result<Sitemap, FeedError> {
    let mut sitemap = feed::sitemap::parse(&response.body, &hints(outlet, response))?;
    keep_matching(&mut sitemap.entries, source);
    Ok(sitemap)
}

/// `match` says which addresses are articles, whatever lists them.
fn keep_matching(entries: &mut Vec<Entry>, source: &Source) {
    if let Some(pattern) = &source.pattern {
        let is_match = |url: &Url| pattern.is_match(url.path());
        entries.retain(|entry| entry.url.as_ref().is_none_or(is_match));
    }
}

/// Reads the sitemaps of an index that may hold something new.
async fn follow(ask: &Ask<'_>, children: Vec<Child>, reading: &mut Reading) -> Result<(), String> {
    let (chosen, left_out) = worth_reading(children, cutoff(ask.since, ask.now));
    if left_out > 0 {
        let warning = format!(
            "{left_out} more sitemaps of the index may hold something new; the {CHILDREN_MAX} newest are read"
        );
        reading.parsed.warnings.push(warning);
    }
    let mut failures = Vec::new();
    for child in &chosen {
        if child.updated.is_none() {
            reading.settled = false;
        }
        match sitemap_at(ask, &child.url).await {
            Ok(found) => {
                if !found.sitemaps.is_empty() {
                    let warning = format!(
                        "{} is an index within an index, which is not followed",
                        child.url
                    );
                    reading.parsed.warnings.push(warning);
                }
                reading.listed += found.entries.len();
                reading.parsed.entries.extend(found.entries);
                reading.parsed.warnings.extend(found.warnings);
            }
            Err(reason) => {
                failures.push(format!("the sitemap {} cannot be had: {reason}", child.url));
            }
        }
    }
    if !failures.is_empty() {
        if failures.len() == chosen.len() {
            return Err(failures.swap_remove(0));
        }
        reading.settled = false;
        reading.parsed.warnings.append(&mut failures);
    }
    Ok(())
}

async fn sitemap_at(ask: &Ask<'_>, url: &Url) -> Result<Sitemap, String> {
    let scope = ask.outlet.retry_after_scope;
    match (ask.fetcher.get_within(url, Want::Feed, None, scope)).await {
        Ok(Fetched::Answer(response) | Fetched::NotModified(response)) => match response.status {
            200..300 => parse(ask, response, sitemap_of).await,
            status => Err(format!("it answered {status}")),
        },
        Err(refusal) => Err(chain(&refusal)),
    }
}

/// What is older than this is known, or of yesterday's interest.
fn cutoff(since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let (from, back) = since.map_or((now, FIRST_WINDOW), |since| (since, OVERLAP));
    from.saturating_sub(back).unwrap_or(Timestamp::MIN)
}

/// The latest instant that a stated time may mean: a day lasts until it ends in the last zone.
fn latest(time: StatedTime) -> Timestamp {
    let slack = match time {
        StatedTime::Exact { .. } => SignedDuration::ZERO,
        StatedTime::Local(_) => SignedDuration::from_hours(12),
        StatedTime::Day(_) => SignedDuration::from_hours(36),
    };
    time.instant()
        .saturating_add(slack)
        .unwrap_or(Timestamp::MAX)
}

/// The sitemaps of an index that may hold something newer than `cutoff`: the newest first, then those
/// without a date, news before others; and how many more there are.
fn worth_reading(mut children: Vec<Child>, cutoff: Timestamp) -> (Vec<Child>, usize) {
    children.retain(|child| {
        child
            .updated
            .is_none_or(|updated| latest(updated) >= cutoff)
    });
    children.sort_by_key(|child| {
        let is_news = child.url.path().to_ascii_lowercase().contains("news");
        (std::cmp::Reverse(child.updated.map(latest)), !is_news)
    });
    let left_out = children.len().saturating_sub(CHILDREN_MAX);
    children.truncate(CHILDREN_MAX);
    (children, left_out)
}

/// The entries not older than `cutoff`, newest first, those without a date behind them in their
/// order; and how many were too many.
fn recent(mut entries: Vec<Entry>, cutoff: Timestamp) -> (Vec<Entry>, usize) {
    let date = |entry: &Entry| {
        [entry.published, entry.updated]
            .into_iter()
            .flatten()
            .map(latest)
            .max()
    };
    entries.retain(|entry| date(entry).is_none_or(|date| date >= cutoff));
    entries.sort_by_key(|entry| std::cmp::Reverse(date(entry)));
    let left_out = entries.len().saturating_sub(SITEMAP_ENTRIES_MAX);
    entries.truncate(SITEMAP_ENTRIES_MAX);
    (entries, left_out)
}

/// Entries with their identity, each address once, and what to say of those without one; identifiers
/// that repeat are none.
pub(super) fn identified(parsed: Parsed, tracking: &[String]) -> (Vec<Found>, Option<String>) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for id in parsed.entries.iter().filter_map(|entry| entry.id.as_ref()) {
        *uses.entry(id.clone()).or_insert(0) += 1;
    }
    let mut addresses = HashSet::new();
    let mut found = Vec::new();
    let mut without = Vec::new();
    for entry in parsed.entries {
        let Some(listed) = entry.url.clone() else {
            without.push(entry.title.or(entry.id).unwrap_or_default());
            continue;
        };
        let fetch = canonical::unwrap_redirector(&listed);
        let url = canonical::folded(&canonical::without(&fetch, tracking));
        if addresses.insert(url.clone()) {
            let guid = entry.id.clone().filter(|id| uses.get(id) == Some(&1));
            found.push(Found {
                url,
                fetch,
                guid,
                entry,
            });
        }
    }
    let warning = without.first().map(|first| {
        format!(
            "{} entries without a web address are passed over, the first of them: {first}",
            without.len()
        )
    });
    (found, warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<StatedTime> {
        feed::dates::parse(text, None)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_index_is_followed_where_something_changed_and_no_further() {
        let child = |name: &str, updated: &str| Child {
            url: Url::parse(&format!("https://a.example/{name}")).unwrap(),
            updated: time(updated),
        };
        let children = vec![
            child("pages.xml", ""),
            child("2025-05.xml", "2025-05-31T10:00:00Z"),
            child("news.xml", ""),
            child("today.xml", "2025-06-23"),
            child("06.xml", "2025-06-23T09:30:00+00:00"),
        ];
        let names = |(children, more): (Vec<Child>, usize)| {
            let names = children
                .iter()
                .map(|child| child.url.path()[1..].to_owned());
            (names.collect::<Vec<_>>().join(" "), more)
        };
        let since = at("2025-06-23T10:00:00Z");
        let cutoff = cutoff(Some(since), since);
        assert_eq!(
            names(worth_reading(children, cutoff)),
            ("today.xml 06.xml news.xml pages.xml".to_owned(), 0)
        );
        let many = (10..30)
            .map(|day| child(&format!("{day}"), &format!("2025-06-{day}")))
            .collect();
        let first = super::cutoff(None, since);
        assert_eq!(
            names(worth_reading(many, first)),
            ("29 28 27 26 25".to_owned(), 5)
        );
    }

    #[test]
    fn what_is_older_than_what_is_known_is_no_entry() {
        let entry = |published: &str, updated: &str| Entry {
            title: Some(format!("{published}/{updated}")),
            published: time(published),
            updated: time(updated),
            ..Entry::default()
        };
        let entries = vec![
            entry("", ""),
            entry("2025-06-21T09:59:59Z", ""),
            entry("2025-06-21T10:00:00Z", ""),
            entry("2025-06-01T08:00:00Z", "2025-06-23T12:00:00+02:00"),
            entry("2025-06-22", ""),
            entry("2025-06-19", ""),
        ];
        let cutoff = cutoff(Some(at("2025-06-23T10:00:00Z")), at("2025-06-23T11:00:00Z"));
        let (kept, left_out) = recent(entries, cutoff);
        let titles: Vec<&str> = kept
            .iter()
            .filter_map(|entry| entry.title.as_deref())
            .collect();
        let expected = [
            "2025-06-22/",
            "2025-06-01T08:00:00Z/2025-06-23T12:00:00+02:00",
            "2025-06-21T10:00:00Z/",
            "/",
        ];
        assert_eq!((titles.as_slice(), left_out), (expected.as_slice(), 0));
        let (kept, left_out) = recent(vec![entry("", ""); SITEMAP_ENTRIES_MAX + 3], cutoff);
        assert_eq!((kept.len(), left_out), (SITEMAP_ENTRIES_MAX, 3));
    }
}

//! The sources that a site offers, best first, each fetched and read before it is named.
//!
//! Feeds that the site states come first, then those it links to; customary addresses are tried one
//! by one only where it does neither. Where there is no feed, news sitemaps and section pages are
//! offered. Bounded: so many candidates are looked at and no more.

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::config::outlet::{Outlet, SharedRules, Source};
use crate::extract::site::{self, Site};
use crate::feed::discover::{self, Candidate, Way};
use crate::fetch::Response;
use crate::fetch::fetcher::Want;
use crate::model::id::{Host, OutletName, SourceId};
use crate::model::source::SourceKind;
use crate::work::survey::{Survey, Surveyor};

/// Candidates that are looked at.
const CANDIDATES_MAX: usize = 24;
/// Sitemaps that are looked at.
const SITEMAPS_MAX: usize = 4;
/// Section pages that are looked at beside the one given.
const SECTIONS_MAX: usize = 3;
/// Requests at a time; the host's own limit is usually lower.
const AT_A_TIME: usize = 4;
/// A host that so often did not answer at all is not asked again.
const SILENT_MAX: usize = 3;
/// A page with fewer article links is no section page.
const LINKS_MIN: usize = 5;
/// A feed whose newest entry is older has been given up.
const STALE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// A source that a site offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its kind.
    pub kind: SourceKind,
    /// Its final address.
    pub url: Url,
    /// What it or the site calls it.
    pub title: Option<String>,
    /// How it was found.
    pub found: Origin,
    /// What it lists.
    pub survey: Survey,
}

/// How an offer was found, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It is the address that was asked about.
    Given,
    /// The site states it, in its page or its headers.
    Stated,
    /// The site links to it.
    Linked,
    /// It stands at a customary address.
    Customary,
    /// robots.txt names it.
    Robots,
    /// A section page of the site.
    Section,
    /// The site states it, and it is the feed of readers' comments.
    Comments,
}

impl Origin {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "the address given",
            Self::Stated => "stated by the site",
            Self::Linked => "linked by the site",
            Self::Customary => "at a customary address",
            Self::Robots => "named in robots.txt",
            Self::Section => "a section page",
            Self::Comments => "readers' comments",
        }
    }
}

/// What a site offers.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// The sources, best first.
    pub offers: Vec<Offer>,
    /// What its page says of the site.
    pub site: Site,
    /// Addresses that turned out to be no source, and why.
    pub misses: Vec<(Url, String)>,
}

/// Looks for the sources of the site at `url`. The error says why the site cannot be looked at.
pub async fn sources(surveyor: &Surveyor, url: &Url) -> Result<Finding, String> {
    let mut search = Search {
        surveyor,
        probe: probe(url),
        finding: Finding::default(),
    };
    let page = match surveyor.page(url, Want::Page).await {
        Ok((page, response)) => {
            search.given(url, &response).await;
            Some((page, response))
        }
        Err(fault) => {
            search.finding.misses.push((url.clone(), fault));
            None
        }
    };
    if search
        .finding
        .offers
        .iter()
        .any(|offer| offer.kind == SourceKind::Feed)
    {
        return Ok(search.finished());
    }
    if let Some((page, response)) = &page {
        search.probe.homepage = root(&page.url);
        search.finding.site = site::read(&page.body, page.content_type.as_deref(), &page.url);
        search.stated(response).await;
    }
    let home = root(page.as_ref().map_or(url, |(page, _)| &page.url));
    if !search.has_feed() && home != *url && page.as_ref().is_none_or(|(page, _)| page.url != home)
    {
        search.home(&home).await;
    }
    if !search.has_feed() {
        search
            .customary(page.as_ref().map_or(&home, |(page, _)| &page.url))
            .await;
    }
    if !search.has_feed() {
        search.sitemaps(&home).await;
        search
            .sections(page.as_ref().map(|(page, _)| &page.url))
            .await;
    }
    match search.finding.misses.first() {
        Some((_, fault)) if search.finding.offers.is_empty() && page.is_none() => {
            Err(format!("{url} cannot be looked at: {fault}"))
        }
        _ => Ok(search.finished()),
    }
}

/// An outlet with no name and no rules, through which a site is looked at.
pub fn probe(home: &Url) -> Outlet {
    Outlet {
        name: OutletName::new("probe"),
        title: String::new(),
        homepage: root(home),
        language: None,
        timezone: None,
        charset: None,
        revisit: None,
        retry_after_scope: None,
        tracking: Vec::new(),
        sources: Vec::new(),
        article: SharedRules::default(),
    }
}

fn root(url: &Url) -> Url {
    let mut root = url.clone();
    root.set_path("/");
    root.set_query(None);
    root.set_fragment(None);
    root
}

fn source(kind: SourceKind, url: &Url) -> Source {
    Source {
        id: SourceId::of(&OutletName::new("probe"), kind.as_str(), url),
        kind,
        url: url.clone(),
        interval: None,
        title: None,
        homepage: None,
        folders: Vec::new(),
        language: None,
        links: None,
        pattern: None,
    }
}

/// What a candidate seems to be, its address, its title, and how it was found.
type Seeming = (SourceKind, Url, Option<String>, Origin);

struct Search<'a> {
    surveyor: &'a Surveyor,
    probe: Outlet,
    finding: Finding,
}

impl Search<'_> {
    /// The address itself may be a feed or a sitemap: then nothing is to be looked for.
    async fn given(&mut self, url: &Url, response: &Response) {
        let start =
            String::from_utf8_lossy(&response.body[..response.body.len().min(2000)]).to_lowercase();
        let kind = if start.contains("<urlset") || start.contains("<sitemapindex") {
            SourceKind::Sitemap
        } else if ["<rss", "<feed", "<rdf", "jsonfeed.org/version"]
            .iter()
            .any(|mark| start.contains(mark))
        {
            SourceKind::Feed
        } else {
            return;
        };
        self.look(vec![(kind, url.clone(), None, Origin::Given)])
            .await;
    }

    /// Feeds that a page states or links to.
    async fn stated(&mut self, response: &Response) {
        let mut candidates: Vec<Candidate> = Vec::new();
        let headers = response.headers.iter().filter(|(name, _)| name == "link");
        for (_, value) in headers {
            let stated = discover::link_header(value, &response.url);
            candidates.extend(stated.into_iter().filter_map(|(relation, candidate)| {
                let media_type = candidate.media_type.as_deref().unwrap_or_default();
                let is_feed = ["rss", "atom", "feed+json", "rdf"]
                    .iter()
                    .any(|it| media_type.contains(it));
                (relation == "alternate" && is_feed).then_some(candidate)
            }));
        }
        let (bytes, base) = (response.body.clone(), response.url.clone());
        let of_page = tokio::task::spawn_blocking(move || discover::feeds(&bytes, &base)).await;
        candidates.extend(of_page.unwrap_or_default());
        let candidates = candidates.into_iter().map(|candidate| {
            let origin = match candidate.found {
                Way::Stated => Origin::Stated,
                Way::Linked => Origin::Linked,
                Way::Comments => Origin::Comments,
                Way::Customary => Origin::Customary,
            };
            (SourceKind::Feed, candidate.url, candidate.title, origin)
        });
        self.look(candidates.collect()).await;
    }

    async fn home(&mut self, home: &Url) {
        match self.surveyor.page(home, Want::Page).await {
            Ok((page, response)) => {
                let found = site::read(&page.body, page.content_type.as_deref(), &page.url);
                self.finding.site.complete(found);
                self.stated(&response).await;
            }
            Err(fault) => self.finding.misses.push((home.clone(), fault)),
        }
    }

    /// One by one, until one is a feed: guesses cost the site something.
    async fn customary(&mut self, from: &Url) {
        let mut silent = 0;
        for url in discover::well_known(from).into_iter().take(CANDIDATES_MAX) {
            if url.path().contains("sitemap") {
                continue;
            }
            let guess = (SourceKind::Feed, url, None, Origin::Customary);
            let answers = self.look(vec![guess]).await;
            silent = if answers > 0 { 0 } else { silent + 1 };
            if self.has_feed() || silent == SILENT_MAX {
                return;
            }
        }
    }

    async fn sitemaps(&mut self, home: &Url) {
        let mut urls = self.surveyor.sitemaps(home).await;
        let is_news = |url: &Url| url.path().to_ascii_lowercase().contains("news");
        urls.sort_by_key(|url| !is_news(url));
        urls.truncate(SITEMAPS_MAX);
        let named = urls
            .into_iter()
            .map(|url| (SourceKind::Sitemap, url, None, Origin::Robots));
        self.look(named.collect()).await;
        if self.finding.offers.is_empty() {
            let paths = ["/sitemap-news.xml", "/news-sitemap.xml", "/sitemap.xml"];
            let urls = paths.iter().filter_map(|path| home.join(path).ok());
            let guessed = urls.map(|url| (SourceKind::Sitemap, url, None, Origin::Customary));
            self.look(guessed.collect()).await;
        }
    }

    async fn sections(&mut self, given: Option<&Url>) {
        let sections = self.finding.site.sections.iter().take(SECTIONS_MAX);
        let mut candidates: Vec<_> = sections
            .map(|url| (SourceKind::Page, url.clone(), None, Origin::Section))
            .collect();
        if let Some(url) = given {
            candidates.insert(0, (SourceKind::Page, url.clone(), None, Origin::Given));
        }
        self.look(candidates).await;
    }

    /// Fetches and reads candidates; those that are what they seem become offers. How many answered.
    async fn look(&mut self, candidates: Vec<Seeming>) -> usize {
        let known = |url: &Url, finding: &Finding| {
            finding.offers.iter().any(|offer| offer.url == *url)
                || finding.misses.iter().any(|(miss, _)| miss == url)
        };
        let mut fresh: Vec<Seeming> = Vec::new();
        for candidate in candidates {
            let again = fresh.iter().any(|other| other.1 == candidate.1);
            let offered = candidate.0 != SourceKind::Page && known(&candidate.1, &self.finding);
            if !again && !offered && fresh.len() < CANDIDATES_MAX {
                fresh.push(candidate);
            }
        }
        let (surveyor, probe) = (self.surveyor, &self.probe);
        let surveys: Vec<_> = futures_util::stream::iter(fresh)
            .map(|(kind, url, title, found)| async move {
                let survey = surveyor.source(probe, &source(kind, &url)).await;
                (kind, url, title, found, survey)
            })
            .buffered(AT_A_TIME)
            .collect()
            .await;
        let answered = surveys
            .iter()
            .filter(|(.., survey)| survey.status.is_some())
            .count();
        for (kind, url, title, found, survey) in surveys {
            if let Some(fault) = fault_of(kind, &survey) {
                self.finding.misses.push((url, fault));
                continue;
            }
            let url = survey.redirected.clone().unwrap_or(url);
            if !self
                .finding
                .offers
                .iter()
                .any(|offer| offer.url == url && offer.kind == kind)
            {
                let own = survey
                    .parsed
                    .title
                    .clone()
                    .filter(|_| kind == SourceKind::Feed);
                self.finding.offers.push(Offer {
                    kind,
                    url,
                    title: own.or(title),
                    found,
                    survey,
                });
            }
        }
        answered
    }

    /// Whether there is a feed of the site's news.
    fn has_feed(&self) -> bool {
        self.finding.offers.iter().any(|offer| {
            offer.kind == SourceKind::Feed
                && offer.found != Origin::Comments
                && offer.survey.listed > 0
        })
    }

    fn finished(mut self) -> Finding {
        let now = self.surveyor.clock().now();
        let home = Host::of(&self.probe.homepage);
        self.finding.offers.sort_by_key(|offer| {
            (
                offer.found == Origin::Comments,
                offer.survey.listed == 0,
                is_stale(&offer.survey, now),
                worth(offer),
                offer.found,
                Host::of(&offer.url) != home,
            )
        });
        self.finding
    }
}

/// Feeds before sitemaps that give titles, those before section pages, and bare sitemaps last.
fn worth(offer: &Offer) -> u8 {
    let mut entries = offer.survey.parsed.entries.iter();
    match offer.kind {
        SourceKind::Feed => 0,
        SourceKind::Sitemap if entries.any(|entry| entry.title.is_some()) => 1,
        SourceKind::Page => 2,
        SourceKind::Sitemap => 3,
    }
}

/// Why a candidate is not offered.
fn fault_of(kind: SourceKind, survey: &Survey) -> Option<String> {
    let few = match kind {
        SourceKind::Feed => false,
        SourceKind::Sitemap => survey.parsed.entries.is_empty(),
        SourceKind::Page => survey.listed < LINKS_MIN,
    };
    let fault = survey.fault.clone();
    fault.or_else(|| {
        few.then(|| match kind {
            SourceKind::Sitemap => "it lists nothing of the last two days".to_owned(),
            SourceKind::Feed | SourceKind::Page => {
                format!("{} of its links look like articles", survey.listed)
            }
        })
    })
}

fn is_stale(survey: &Survey, now: Timestamp) -> bool {
    survey
        .newest()
        .is_some_and(|newest| now.duration_since(newest.instant()) > STALE)
}

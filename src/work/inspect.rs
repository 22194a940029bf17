//! A site looked at closely: its sources, a few of its articles, and the rules that these call for.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use url::Url;

use crate::config::outlet::Outlet;
use crate::dedupe::canonical;
use crate::extract::derive::{self, Derived, Witness};
use crate::extract::zone::{self, ZoneGuess};
use crate::extract::{language_of, site};
use crate::model::entry::Entry;
use crate::model::source::SourceKind;
use crate::model::stated::StatedTime;
use crate::work::find::{self, Finding};
use crate::work::survey::{Miss, Sample, Surveyor, dated, newest_first};

/// Articles that are fetched.
const ARTICLES: usize = 5;
/// Fetches at a time; the host's delay parts them anyway.
const AT_A_TIME: usize = 2;

/// What is known of a site.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Its sources, best first; the articles are of the first.
    pub finding: Finding,
    /// What it calls itself.
    pub title: Option<String>,
    /// Its home page.
    pub homepage: Url,
    /// Its language.
    pub language: Option<Language>,
    /// Its zone.
    pub zone: ZoneGuess,
    /// Articles, as the general extractor reads them.
    pub samples: Vec<Sample>,
    /// Pages that yielded none.
    pub misses: Vec<Miss>,
    /// Rules.
    pub derived: Derived,
}

/// A language, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47 tag.
    pub tag: String,
    /// Whether the site states it; otherwise it was guessed from the text.
    pub stated: bool,
    /// What the text looks like, where that is another language than stated.
    pub looks: Option<&'static str>,
}

/// Looks at the site at `url`; `say` hears what is being done.
pub async fn inspect(
    surveyor: &Surveyor,
    url: &Url,
    say: &dyn Fn(&str),
) -> Result<Inspection, String> {
    say("looking for its sources");
    let finding = find::sources(surveyor, url).await?;
    let best = finding
        .offers
        .first()
        .filter(|offer| offer.survey.listed > 0);
    let Some(best) = best else {
        return Err(format!(
            "{url} offers no feed, news sitemap or section page with articles"
        ));
    };
    let homepage = homepage_of(url, &finding);
    let mut outlet = find::probe(&homepage);
    let title = title_of(&finding);
    outlet.title = title.clone().unwrap_or_default();
    let entries = distinct(&best.survey.parsed.entries);
    say(&format!("fetching {} of its articles", entries.len()));
    let fetched: Vec<Result<Sample, Miss>> = futures_util::stream::iter(entries)
        .map(|entry| surveyor.article(Some(&outlet), entry))
        .buffered(AT_A_TIME)
        .collect()
        .await;
    let (mut samples, mut misses) = (Vec::new(), Vec::new());
    for result in fetched {
        match result {
            Ok(sample) => samples.push(sample),
            Err(miss) => misses.push(miss),
        }
    }
    let language = language(&finding, &samples);
    let mut times: Vec<StatedTime> = best
        .survey
        .parsed
        .entries
        .iter()
        .filter_map(dated)
        .collect();
    times.extend(
        samples
            .iter()
            .filter_map(|sample| sample.extraction.content.published),
    );
    let tag = language.as_ref().map(|language| language.tag.as_str());
    let zone = zone::guess(&times, &homepage, tag);
    say("trying rules on them");
    let derived = derived(outlet, samples.clone()).await?;
    Ok(Inspection {
        finding,
        title,
        homepage,
        language,
        zone,
        samples,
        misses,
        derived,
    })
}

/// The newest entries, each page once: lists name a page with and without what tracks its readers.
fn distinct(entries: &[Entry]) -> Vec<&Entry> {
    let mut known = HashSet::new();
    newest_first(entries)
        .filter(|entry| {
            entry
                .url
                .as_ref()
                .is_some_and(|url| known.insert(canonical::folded(url)))
        })
        .take(ARTICLES)
        .collect()
}

/// The root of the site: of the page given, or of the page that a feed given is of.
fn homepage_of(url: &Url, finding: &Finding) -> Url {
    let given = finding
        .offers
        .first()
        .filter(|offer| offer.found == find::Origin::Given);
    let feeds = given.filter(|offer| offer.kind == SourceKind::Feed);
    let linked = feeds.and_then(|offer| offer.survey.parsed.link.clone());
    find::probe(linked.as_ref().unwrap_or(url)).homepage
}

fn title_of(finding: &Finding) -> Option<String> {
    let of_feed = || {
        let feeds = finding
            .offers
            .iter()
            .filter(|offer| offer.kind == SourceKind::Feed);
        let mut titles = feeds.filter_map(|offer| offer.title.as_deref());
        titles
            .next()
            .map(|title| site::name_in_title(title).to_owned())
    };
    finding.site.name.clone().or_else(of_feed)
}

fn language(finding: &Finding, samples: &[Sample]) -> Option<Language> {
    let stated = samples
        .iter()
        .find_map(|sample| sample.extraction.content.language.clone())
        .or_else(|| finding.site.language.clone())
        .or_else(|| finding.offers.first()?.survey.parsed.language.clone());
    let text: String = samples
        .iter()
        .map(|sample| sample.extraction.content.text() + "\n")
        .collect();
    let looks = language_of(&text);
    match stated {
        Some(tag) => {
            let differs = |guess: &&str| !tag.to_ascii_lowercase().starts_with(*guess);
            let looks = looks.filter(differs);
            Some(Language {
                tag,
                stated: true,
                looks,
            })
        }
        None => looks.map(|tag| Language {
            tag: tag.to_owned(),
            stated: false,
            looks: None,
        }),
    }
}

async fn derived(outlet: Outlet, samples: Vec<Sample>) -> Result<Derived, String> {
    // Parsed pages are neither Send nor small: they live and die inside this one task.
    let derive = move || {
        let witnesses: Vec<Witness<'_>> = samples
            .iter()
            .filter_map(|sample| {
                let page = sample.page.as_ref()?;
                Some(Witness {
                    bytes: &page.body,
                    content_type: page.content_type.as_deref(),
                    url: &page.url,
                    entry: &sample.entry,
                })
            })
            .collect();
        derive::derive(&outlet, &witnesses)
    };
    let derived = tokio::task::spawn_blocking(derive).await;
    derived.map_err(|panic| format!("its articles could not be read: {panic}"))
}

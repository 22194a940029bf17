//! A page read whole: extracted on a thread of its own, and completed from its further parts where
//! it shows only a part.
//!
//! Parts are fetched like any article, through robots.txt and the host's turn, and never trusted
//! blindly: an AMP twin must say more of the same, a next page must go on under the same headline.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use tracing::{Instrument as _, debug, debug_span, error};
use url::Url;

use crate::config::outlet::Outlet;
use crate::extract::{self, ExtractError, Extraction, Input};
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Refusal, Want};
use crate::model::article::Content;
use crate::model::entry::Entry;
use crate::model::id::Host;
use crate::store::{PageState, RawArticle, RawPage};
use crate::work::Desk;

/// Further pages of one article that are followed; a longer series is a book, or a trap.
const PARTS_MAX: usize = 9;
/// Longest wait for the host's turn between two parts.
const TURN_MAX: Duration = Duration::from_secs(30);

/// The article on a page that was answered, or why there is none.
pub(super) async fn read(
    desk: &Desk,
    outlet: &Outlet,
    entry: Option<&Entry>,
    response: &Response,
) -> Result<Extraction, String> {
    let timer = tokio::time::Instant::now();
    let (outlet, entry, answer) = (outlet.clone(), entry.cloned(), response.clone());
    // A parsed page is neither Send nor small: it lives and dies inside this one task.
    let extracted = tokio::task::spawn_blocking(move || {
        extract::extract(&Input {
            bytes: &answer.body,
            content_type: answer.header("content-type"),
            url: Some(&answer.url),
            outlet: Some(&outlet),
            entry: entry.as_ref(),
        })
    })
    .instrument(debug_span!("extract"))
    .await;
    let took = timer.elapsed();
    desk.meters.extract(took);
    debug!("extracted {} bytes in {took:.1?}", response.body.len());
    match extracted {
        Ok(extracted) => with_text(extracted),
        Err(panic) => {
            error!("the extractor panicked on {}: {panic}", response.url);
            Err("its page could not be read".to_owned())
        }
    }
}

/// Where the further parts of a page come from.
pub(super) enum Parts<'a> {
    /// They are fetched; what was read is gathered, so that it can be kept.
    Fetched {
        desk: &'a Desk,
        gathered: Vec<RawPage>,
    },
    /// They were kept.
    Kept(&'a [RawPage]),
}

impl Parts<'_> {
    async fn get(&mut self, outlet: &Outlet, url: &Url) -> Option<Extraction> {
        match self {
            Self::Fetched { desk, gathered } => {
                let response = fetch(desk, outlet, url).await?;
                let part = read(desk, outlet, None, &response).await.ok()?;
                gathered.push(as_it_came(url, &response));
                Some(part)
            }
            Self::Kept(pages) => {
                let page = pages.iter().find(|page| page.url == *url)?;
                read_kept(outlet, None, page).ok()
            }
        }
    }
}

/// A page to be kept under the address that was asked for.
fn as_it_came(url: &Url, response: &Response) -> RawPage {
    RawPage {
        url: url.clone(),
        content_type: response.header("content-type").map(str::to_owned),
        body: response.body.clone(),
    }
}

/// Bytes of an article's pages above which they are not kept as they came: the longest article of
/// any outlet is far below, and a record of the store must end somewhere.
const RAW_MAX: usize = 4 * 1024 * 1024;

/// What an article was extracted from, unless it is too long to be kept.
pub(super) fn to_keep(
    entry: Option<Entry>,
    response: &Response,
    parts: Parts<'_>,
    fetched: Timestamp,
) -> Option<RawArticle> {
    let mut pages = vec![as_it_came(&response.url, response)];
    if let Parts::Fetched { gathered, .. } = parts {
        pages.extend(gathered);
    }
    if pages.iter().map(|page| page.body.len()).sum::<usize>() > RAW_MAX {
        debug!("its pages are too long to be kept as they came");
        return None;
    }
    Some(RawArticle {
        fetched,
        entry,
        pages,
    })
}

/// The article on a page that was kept, or why there is none.
pub(super) fn read_kept(
    outlet: &Outlet,
    entry: Option<&Entry>,
    page: &RawPage,
) -> Result<Extraction, String> {
    let extracted = extract::extract(&Input {
        bytes: &page.body,
        content_type: page.content_type.as_deref(),
        url: Some(&page.url),
        outlet: Some(outlet),
        entry,
    });
    with_text(extracted)
}

fn with_text(extracted: Result<Extraction, ExtractError>) -> Result<Extraction, String> {
    match extracted {
        Ok(extraction) if extraction.content.blocks.is_empty() => {
            Err("no text was found on its page".to_owned())
        }
        Ok(extraction) => Ok(extraction),
        Err(fault) => Err(fault.to_string()),
    }
}

/// The same article with what its AMP twin or its next pages add.
pub(super) async fn complete(
    parts: &mut Parts<'_>,
    outlet: &Outlet,
    mut extraction: Extraction,
    address: &Url,
) -> Extraction {
    let mut seen = HashSet::from([address.clone()]);
    if extraction.content.partial
        && let Some(amp) = part(extraction.amp.as_ref(), address, &mut seen)
        && let Some(twin) = parts.get(outlet, &amp).await
        && says_more(&twin.content, &extraction.content)
    {
        debug!("the page shows a part, its AMP twin {amp} the whole");
        extraction.content.blocks = twin.content.blocks;
        extraction.content.partial = twin.content.partial;
    }
    let mut next = extraction.next_page.clone();
    for _ in 0..PARTS_MAX {
        let stated = next.as_ref().filter(|url| is_of_series(url, address));
        let Some(url) = part(stated, address, &mut seen) else {
            break;
        };
        let Some(page) = parts.get(outlet, &url).await else {
            extraction.content.partial = true;
            break;
        };
        if !goes_on(&mut extraction.content, page.content) {
            break;
        }
        next = page.next_page;
    }
    extraction
}

/// An address of the same site that was not read yet.
fn part(stated: Option<&Url>, address: &Url, seen: &mut HashSet<Url>) -> Option<Url> {
    let url = stated.filter(|url| Host::of(url) == Host::of(address))?;
    seen.insert(url.clone()).then(|| url.clone())
}

/// Whether `next` looks like a further page of the article at `address` and not like the next
/// article, which `rel=next` names as often: the same path, or one that goes on from it.
fn is_of_series(next: &Url, address: &Url) -> bool {
    let path = address.path().trim_end_matches('/');
    let stem =
        path.rsplit_once('.').map_or(
            path,
            |(stem, extension)| {
                if extension.contains('/') { path } else { stem }
            },
        );
    !stem.is_empty() && next.path().starts_with(stem)
}

async fn fetch(desk: &Desk, outlet: &Outlet, url: &Url) -> Option<Response> {
    let fetcher = desk.fetcher();
    let get = || fetcher.get_within(url, Want::Article, None, outlet.retry_after_scope);
    let mut fetched = get().await;
    // The article's own fetch has just used the host's turn: the next one comes soon.
    if let Err(Refusal::Busy(until) | Refusal::Spent(until)) = fetched {
        let wait = until.duration_since(desk.clock.now());
        let wait = Duration::try_from(wait).unwrap_or_default();
        if wait > TURN_MAX {
            return None;
        }
        tokio::time::sleep(wait).await;
        fetched = get().await;
    }
    match fetched {
        Ok(Fetched::Answer(response)) if (200..300).contains(&response.status) => Some(response),
        Ok(_) => None,
        Err(refusal) => {
            debug!("cannot have the further part {url}: {refusal}");
            None
        }
    }
}

/// Whether `twin` is the same text with more of it.
fn says_more(twin: &Content, cut: &Content) -> bool {
    let known: HashSet<&str> = cut.blocks.iter().map(|it| it.text.as_str()).collect();
    let shared = twin
        .blocks
        .iter()
        .filter(|it| known.contains(it.text.as_str()));
    // A block may be cut inside: one that differs is forgiven.
    shared.count() + 1 >= known.len()
        && extract::summary::words(twin) > extract::summary::words(cut)
}

/// Appends the blocks that are new; whether there were any, under the same headline.
fn goes_on(content: &mut Content, page: Content) -> bool {
    if page.title.is_some() && page.title != content.title {
        return false;
    }
    let known: HashSet<String> = content.blocks.iter().map(|it| it.text.clone()).collect();
    let before = content.blocks.len();
    let new = page
        .blocks
        .into_iter()
        .filter(|it| !known.contains(&it.text));
    content.blocks.extend(new);
    content.blocks.len() > before
}

/// The outlet as one of its sources speaks: a page that names no language has the source's.
pub(super) fn in_its_language(outlet: &Outlet, page: &PageState) -> Outlet {
    let source = outlet.sources.iter().find(|it| it.id == page.source);
    let language = source.and_then(|it| it.language.clone());
    Outlet {
        language: language.or_else(|| outlet.language.clone()),
        ..outlet.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Block, BlockKind};

    fn content(title: &str, lines: &[&str]) -> Content {
        Content {
            title: Some(title.to_owned()),
            blocks: lines
                .iter()
                .map(|it| Block::plain(BlockKind::Paragraph, *it))
                .collect(),
            ..Content::default()
        }
    }

    #[test]
    fn a_twin_must_say_more_of_the_same() {
        let cut = content("T", &["One paragraph.", "The beginning of…"]);
        assert!(says_more(
            &content("T", &["One paragraph.", "The beginning of it.", "The end."]),
            &cut
        ));
        assert!(!says_more(
            &content(
                "T",
                &["Something else altogether, and longer than the page."]
            ),
            &cut
        ));
        assert!(!says_more(&cut, &cut));
    }

    #[test]
    fn the_next_article_is_no_next_page() {
        let check = |address: &str, next: &str, expect: bool| {
            let (address, next) = (Url::parse(address).unwrap(), Url::parse(next).unwrap());
            assert_eq!(is_of_series(&next, &address), expect, "{address} {next}");
        };
        check(
            "https://a.example/news/story",
            "https://a.example/news/story/2/",
            true,
        );
        check(
            "https://a.example/news/story.html",
            "https://a.example/news/story-2.html",
            true,
        );
        check(
            "https://a.example/news/story",
            "https://a.example/news/story?page=2",
            true,
        );
        check(
            "https://a.example/news/story",
            "https://a.example/news/another",
            false,
        );
        check("https://a.example/", "https://a.example/page/2", false);
    }

    #[test]
    fn a_next_page_goes_on_under_the_same_headline_with_something_new() {
        let mut first = content("T", &["One.", "Two."]);
        assert!(goes_on(&mut first, content("T", &["Two.", "Three."])));
        assert_eq!(first.blocks.len(), 3);
        assert!(!goes_on(&mut first, content("T", &["Three."])));
        assert!(!goes_on(&mut first, content("Another story", &["Four."])));
        assert_eq!(first.blocks.len(), 3);
    }
}

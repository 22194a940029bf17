//! Section pages: the links on them that lead to articles, as entries.
//!
//! Which links those are a selector says, or a pattern on the path, or both; where neither is given, the
//! page's own structure does ([`judge`]). One article is one entry, however often it is linked: its title is the
//! headline and not the picture's description, its date that of the block around the headline.

mod block;
mod judge;

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::extract;
use crate::feed::text::one_line;
use crate::feed::{FeedError, Hints, Parsed, charset, links as addresses};
use crate::model::entry::Entry;
use crate::model::id::Host;

/// Most links of a page that are looked at.
const LINKS_MAX: usize = 5000;

/// Parameters that say how a reader came, and not where to.
const TRACKING: [&str; 14] = [
    "fbclid",
    "gclid",
    "yclid",
    "dclid",
    "msclkid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_openstat",
    "ref_src",
    "cmpid",
    "cmp",
    "xtor",
    "at_medium",
];

/// Links.
static ANCHORS: LazyLock<Selector> = LazyLock::new(|| constant("a[href], area[href]"));

/// What is marked as a headline.
static HEADLINES: LazyLock<Selector> = LazyLock::new(|| {
    constant(
        "h1, h2, h3, h4, h5, h6, [itemprop=headline], [class*=title], [class*=headline], [class*=Title]",
    )
});

/// Pictures that say what they show.
static PICTURES: LazyLock<Selector> = LazyLock::new(|| constant("img[alt]"));

/// One article link with all places where it stands.
struct Link<'a> {
    url: Url,
    /// Elements that link to it, in page order.
    places: Vec<ElementRef<'a>>,
    title: Option<Title>,
}

/// A title with how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Title {
    text: String,
    /// A headline 4, what is marked as one 3, the link's text 2, an attribute 1.
    rank: u8,
}

/// Takes the article links of a section page.
///
/// `links` and `pattern` (matched against the path of the address) say which they are, where given. Links that
/// leave the outlet's site are never taken.
pub fn links(
    bytes: &[u8],
    hints: &Hints<'_>,
    links: Option<&Selector>,
    pattern: Option<&Regex>,
    homepage: &Url,
) -> Result<Parsed, FeedError> {
    let decoded = charset::decode(bytes, hints.content_type);
    if decoded.text.trim().is_empty() {
        return Err(FeedError::Empty);
    }
    let document = extract::tree(&decoded.text);
    let address = hints.base.unwrap_or(homepage);
    let base = base_of(&document, address);
    let mut found = collect(&document, links, &base, &[homepage, address]);
    if let Some(pattern) = pattern {
        found.retain(|link| pattern.is_match(link.url.path()));
    }
    if links.is_none() && pattern.is_none() {
        found = judge::articles(found, address, homepage);
    }
    let mut warnings: Vec<String> = decoded.warning.into_iter().collect();
    if found.is_empty() {
        warnings.push(match (links, pattern) {
            (Some(_), _) => "the selector finds no article link on the page".to_owned(),
            (None, Some(pattern)) => format!("no link of the page has a path like {pattern}"),
            (None, None) => "no link of the page looks like an article".to_owned(),
        });
    }
    let mut dates = block::Dates::of(&document, &found, hints.zone);
    let entries = found.iter().map(|link| entry(link, &mut dates)).collect();
    Ok(Parsed {
        title: text_of(&document, "title"),
        link: Some(address.clone()),
        language: document
            .root_element()
            .attr("lang")
            .map(str::trim)
            .filter(|language| !language.is_empty())
            .map(str::to_owned),
        entries,
        warnings,
        ..Parsed::default()
    })
}

fn entry(link: &Link<'_>, dates: &mut block::Dates<'_>) -> Entry {
    Entry {
        url: Some(link.url.clone()),
        title: link.title.as_ref().map(|title| title.text.clone()),
        published: dates.of_link(link),
        ..Entry::default()
    }
}

/// `base href`, else the page's own address.
fn base_of(document: &Html, address: &Url) -> Url {
    let selector = constant("base[href]");
    let base = document.select(&selector).next();
    base.and_then(|base| address.join(base.attr("href")?.trim()).ok())
        .unwrap_or_else(|| address.clone())
}

/// All links of the page that stay on the site, each address once.
fn collect<'a>(
    document: &'a Html,
    selector: Option<&Selector>,
    base: &Url,
    sites: &[&Url],
) -> Vec<Link<'a>> {
    let mut found: Vec<Link<'a>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut seen = HashSet::new();
    for element in document
        .select(selector.unwrap_or(&ANCHORS))
        .take(LINKS_MAX)
    {
        let Some(anchor) = anchor_of(element) else {
            continue;
        };
        if !seen.insert(anchor.id()) {
            continue; // several elements that a selector names may hold one link
        }
        let href = anchor.attr("href").unwrap_or("");
        let Some(url) = addresses::address(href, Some(base)) else {
            continue;
        };
        if href.trim().starts_with('#') || !sites.iter().any(|site| same_site(&url, site)) {
            continue;
        }
        let url = without_tracking(url);
        let title = title_of(anchor);
        match known.entry(key_of(&url)) {
            Slot::Vacant(slot) => {
                slot.insert(found.len());
                found.push(Link {
                    url,
                    places: vec![anchor],
                    title,
                });
            }
            Slot::Occupied(slot) => {
                let link = &mut found[*slot.get()];
                link.places.push(anchor);
                let better = |title: &Title| {
                    link.title
                        .as_ref()
                        .is_none_or(|best| title.rank > best.rank)
                };
                if let Some(title) = title.filter(better) {
                    link.title = Some(title);
                }
            }
        }
    }
    found
}

/// The link an element is, holds, or stands in.
fn anchor_of(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    if element.attr("href").is_some() {
        return Some(element);
    }
    element.select(&ANCHORS).next().or_else(|| {
        let above = element.ancestors().take(12).filter_map(ElementRef::wrap);
        above
            .into_iter()
            .find(|above| above.value().name() == "a" && above.attr("href").is_some())
    })
}

/// Whether two addresses belong to one site: one registrable domain, or one literal address and port.
fn same_site(url: &Url, site: &Url) -> bool {
    let literal = !matches!(url.host(), Some(url::Host::Domain(name)) if name != "localhost");
    Host::of(url) == Host::of(site)
        && (!literal || url.port_or_known_default() == site.port_or_known_default())
}

/// The address without what tells publishers how a reader came, and without its fragment.
fn without_tracking(mut url: Url) -> Url {
    url.set_fragment(None);
    let Some(query) = url.query() else {
        return url;
    };
    let is_tracking = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or("").to_ascii_lowercase();
        name.starts_with("utm_") || TRACKING.contains(&name.as_str())
    };
    if query.split('&').any(|pair| is_tracking(&pair)) {
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    url
}

/// What two links to one page have in common: not the scheme, `www.`, or a slash at the end.
fn key_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = url.path().trim_end_matches('/');
    format!(
        "{host}:{:?}{path}?{}",
        url.port(),
        url.query().unwrap_or("")
    )
}

/// The best title that one link gives.
fn title_of(anchor: ElementRef<'_>) -> Option<Title> {
    let title = |text: String, rank| {
        (!text.is_empty() && !is_filler(&text)).then_some(Title { text, rank })
    };
    if let Some(inner) = anchor.select(&HEADLINES).next() {
        let rank = if is_heading(inner) { 4 } else { 3 };
        if let Some(found) = title(visible_text(inner), rank) {
            return Some(found);
        }
    }
    let above = anchor.ancestors().take(3).filter_map(ElementRef::wrap);
    let rank = if above.into_iter().any(is_heading) {
        4
    } else {
        2
    };
    if let Some(found) = title(visible_text(anchor), rank) {
        return Some(found);
    }
    let attributes = [anchor.attr("title"), anchor.attr("aria-label")];
    let described = anchor
        .select(&PICTURES)
        .next()
        .and_then(|picture| picture.attr("alt"));
    attributes
        .into_iter()
        .chain([described])
        .flatten()
        .find_map(|text| title(one_line(text), 1))
}

fn is_heading(element: ElementRef<'_>) -> bool {
    matches!(
        element.value().name(),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
    )
}

/// Words that stand on a link instead of a title.
fn is_filler(text: &str) -> bool {
    const FILLER: [&str; 16] = [
        "read more",
        "more",
        "continue reading",
        "read",
        "learn more",
        "full story",
        "details",
        "→",
        "»",
        "...",
        "…",
        "читати далі",
        "детальніше",
        "подробнее",
        "читать далее",
        "weiterlesen",
    ];
    let lower = text.to_lowercase();
    let lower = lower.trim_end_matches(['.', '…', '»', '→', ' ', '>']);
    lower.is_empty() || FILLER.contains(&lower)
}

/// The text of an element without scripts, times and pictures, on one line.
fn visible_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut hidden_until = None;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if let Some(part) = node.value().as_text() {
                    if hidden_until.is_none() && text.len() < 2000 {
                        text.push_str(part);
                    }
                } else if let Some(child) = node.value().as_element() {
                    let hides = matches!(
                        child.name(),
                        "script" | "style" | "time" | "svg" | "template" | "noscript"
                    );
                    if hides && hidden_until.is_none() {
                        hidden_until = Some(node.id());
                    }
                    if !matches!(
                        child.name(),
                        "b" | "i" | "em" | "strong" | "span" | "a" | "mark" | "u"
                    ) {
                        text.push(' ');
                    }
                }
            }
            ego_tree::iter::Edge::Close(node) => {
                if hidden_until == Some(node.id()) {
                    hidden_until = None;
                }
            }
        }
    }
    one_line(&text)
}

fn text_of(document: &Html, selector: &str) -> Option<String> {
    let element = document.select(&constant(selector)).next()?;
    Some(one_line(&element.text().collect::<String>())).filter(|text| !text.is_empty())
}

/// A selector that is part of the program.
fn constant(selector: &str) -> Selector {
    Selector::parse(selector).expect("the selector is a constant and valid")
}

#[cfg(test)]
mod tests;

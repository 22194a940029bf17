//! Feeds that a site offers: in a page's head, among its links, in a `Link` header, at customary addresses.

use scraper::Selector;
use url::Url;

use crate::extract;
use crate::feed::text::one_line;
use crate::feed::{charset, links};

/// Most candidates that are named.
const CANDIDATES_MAX: usize = 100;

/// An address that may be a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its address.
    pub url: Url,
    /// What the site calls it.
    pub title: Option<String>,
    /// The media type that the site states.
    pub media_type: Option<String>,
    /// How it was found.
    pub found: Way,
}

/// How a candidate was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Stated as an alternate of the page.
    Stated,
    /// A link whose address looks like a feed's.
    Linked,
    /// Stated, but the feed of comments.
    Comments,
    /// A customary address.
    Customary,
}

/// The feeds that a page offers, best first.
pub fn feeds(page: &[u8], base: &Url) -> Vec<Candidate> {
    let text = charset::decode(page, None).text;
    let document = extract::tree(&text);
    let selector =
        Selector::parse("link[href], a[href]").expect("the selector is a constant and valid");
    let mut base = base.clone();
    if let Ok(selector) = Selector::parse("base[href]")
        && let Some(href) = document
            .select(&selector)
            .next()
            .and_then(|element| element.attr("href"))
        && let Ok(stated) = base.join(href.trim())
    {
        base = stated;
    }
    let mut found = Vec::new();
    for element in document.select(&selector) {
        let href = element.attr("href").unwrap_or("");
        let title = element
            .attr("title")
            .map(one_line)
            .filter(|title| !title.is_empty());
        let way = if element.value().name() == "link" {
            stated(
                element.attr("rel").unwrap_or(""),
                element.attr("type"),
                title.as_deref(),
                href,
            )
        } else {
            looks_like_feed(href).then_some(Way::Linked)
        };
        if let (Some(way), Some(url)) = (way, links::address(href, Some(&base))) {
            let title = title.or_else(|| Some(one_line(&element.text().collect::<String>())));
            add(&mut found, url, title, element.attr("type"), way);
        }
    }
    found.sort_by_key(|candidate| candidate.found);
    found
}

/// Addresses at which sites of all kinds keep their feeds.
pub fn well_known(home: &Url) -> Vec<Url> {
    const PATHS: [&str; 12] = [
        "feed/",
        "rss",
        "feed.xml",
        "rss.xml",
        "atom.xml",
        "index.xml",
        "feed",
        "rss/",
        "feed.json",
        "feeds/posts/default",
        "news/rss",
        "sitemap-news.xml",
    ];
    let mut base = home.clone();
    base.set_query(None);
    base.set_fragment(None);
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    let mut root = base.clone();
    root.set_path("/");
    let mut urls: Vec<Url> = Vec::new();
    for from in [&base, &root] {
        for url in PATHS.iter().filter_map(|path| from.join(path).ok()) {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
    }
    urls
}

/// The feeds and hubs of a `Link` header (RFC 8288): its targets with their relation types.
pub fn link_header(value: &str, base: &Url) -> Vec<(String, Candidate)> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<')
        && let Some(length) = rest[start..].find('>')
        && found.len() < CANDIDATES_MAX
    {
        let target = &rest[start + 1..start + length];
        rest = &rest[start + length + 1..];
        let end = parameters_end(rest);
        let parameter = |wanted: &str| {
            rest[..end].split(';').find_map(|part| {
                let (name, value) = part.split_once('=')?;
                let value = value.trim().trim_matches('"').to_owned();
                name.trim().eq_ignore_ascii_case(wanted).then_some(value)
            })
        };
        if let (Some(relation), Some(url)) = (parameter("rel"), links::address(target, Some(base)))
        {
            for relation in relation.split_ascii_whitespace() {
                found.push((
                    relation.to_ascii_lowercase(),
                    Candidate {
                        url: url.clone(),
                        title: parameter("title"),
                        media_type: parameter("type"),
                        found: Way::Stated,
                    },
                ));
            }
        }
        rest = &rest[end..];
    }
    found
}

/// Where a link's parameters end: at the comma before the next, not at one within quotation marks.
fn parameters_end(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Whether a `link` element states a feed.
fn stated(
    relation: &str,
    media_type: Option<&str>,
    title: Option<&str>,
    href: &str,
) -> Option<Way> {
    let relation = relation.to_ascii_lowercase();
    let media_type = media_type.unwrap_or("").to_ascii_lowercase();
    let is = |word: &str| relation.split_ascii_whitespace().any(|found| found == word);
    let feed_type = media_type.contains("rss")
        || media_type.contains("atom")
        || media_type.contains("feed+json")
        || media_type.contains("rdf")
        || (matches!(
            media_type.as_str(),
            "text/xml" | "application/xml" | "application/json"
        ) && looks_like_feed(href));
    let states = (is("alternate")
        && (feed_type || (media_type.is_empty() && looks_like_feed(href))))
        || is("feed");
    if !states || href.contains("/wp-json/") || href.contains("oembed") {
        return None;
    }
    let of_comments = title.is_some_and(|title| title.to_lowercase().contains("comment"))
        || href.contains("/comments/");
    Some(if of_comments {
        Way::Comments
    } else {
        Way::Stated
    })
}

/// Whether an address looks like that of a feed.
fn looks_like_feed(href: &str) -> bool {
    let path = href
        .split(['?', '#'])
        .next()
        .unwrap_or("")
        .to_ascii_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let query = href.to_ascii_lowercase();
    let named = last
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| matches!(word, "rss" | "rss2" | "feed" | "feeds" | "atom" | "rdf"));
    let with_ending = [".rss", ".atom", ".rdf"]
        .iter()
        .any(|ending| last.ends_with(ending));
    named && !last.contains(".htm")
        || with_ending
        || query.contains("feed=rss")
        || query.contains("format=rss")
}

fn add(
    found: &mut Vec<Candidate>,
    url: Url,
    title: Option<String>,
    media_type: Option<&str>,
    way: Way,
) {
    if let Some(known) = found.iter_mut().find(|candidate| candidate.url == url) {
        known.found = known.found.min(way);
    } else if found.len() < CANDIDATES_MAX {
        found.push(Candidate {
            url,
            title: title.filter(|title| !title.is_empty()),
            media_type: media_type.map(|media_type| media_type.trim().to_ascii_lowercase()),
            found: way,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_s_feeds_are_found_best_first() {
        let page = "<head><link rel=alternate type=application/rss+xml title='Comments' href=/comments/feed/>
            <link rel='alternate' type='application/json' href='/wp-json/wp/v2/pages/1'>
            <link rel=ALTERNATE type=application/atom+xml title=News href=/news.atom><link rel=stylesheet href=/feed.css></head>
            <a href=/rss/>RSS</a> <a href=/feedback.html>Feedback</a> <a href=/news.atom>again</a>";
        let base = Url::parse("https://a.example/").unwrap();
        let found: Vec<String> = feeds(page.as_bytes(), &base)
            .iter()
            .map(|candidate| {
                format!(
                    "{:?} {} {:?}",
                    candidate.found,
                    candidate.url.path(),
                    candidate.title
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "Stated /news.atom Some(\"News\")",
                "Linked /rss/ Some(\"RSS\")",
                "Comments /comments/feed/ Some(\"Comments\")",
            ]
        );
    }

    #[test]
    fn link_headers_are_taken_apart() {
        let base = Url::parse("https://a.example/feed").unwrap();
        let header = "<https://hub.example/>; rel=\"hub\", </feed?a,b>; rel=\"self alternate\"; title=\"A, B\"; type=text/xml, <x";
        let found: Vec<String> = link_header(header, &base)
            .iter()
            .map(|(relation, candidate)| {
                format!("{relation} {} {:?}", candidate.url, candidate.title)
            })
            .collect();
        assert_eq!(
            found,
            [
                "hub https://hub.example/ None",
                "self https://a.example/feed?a,b Some(\"A, B\")",
                "alternate https://a.example/feed?a,b Some(\"A, B\")",
            ]
        );
    }

    #[test]
    fn customary_addresses_are_tried_beside_the_page_and_at_the_root() {
        let urls = well_known(&Url::parse("https://a.example/en?x#y").unwrap());
        let urls: Vec<&str> = urls.iter().map(Url::as_str).collect();
        assert!(urls.contains(&"https://a.example/en/feed/"));
        assert!(urls.contains(&"https://a.example/rss.xml"));
    }
}

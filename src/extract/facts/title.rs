//! The headline (M1): JSON-LD, og:title and h1, by agreement; the site's name is taken off.

use crate::extract::document::characters::{folded, normal};
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::JsonLd;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use url::Url;

/// A headline and the element that shows it, where one does.
#[derive(Default)]
pub(crate) struct Title {
    pub(crate) text: Option<String>,
    pub(crate) node: Option<NodeIndex>,
}

/// Signs that part a headline from the site's name.
const SEPARATORS: [&str; 17] = [
    " | ", " - ", " – ", " — ", " » ", " « ", " • ", " · ", " :: ", " : ", " / ", "｜", "|", "：",
    "_", " ‹ ", " > ",
];

/// Letters of a heading from which on it may stand for the whole headline.
const ENOUGH: usize = 12;

/// What the page states as its headline, without the site's name; each may be missing.
#[derive(Default)]
struct Stated {
    /// JSON-LD's `headline`.
    data: Option<String>,
    /// `og:title`, else the one for another network.
    graph: Option<String>,
    /// Whether the page calls itself an article to those who share it.
    shared_as_article: bool,
    /// The `title` element.
    element: Option<String>,
}

impl Stated {
    fn all(&self) -> impl Iterator<Item = &String> {
        [&self.graph, &self.data, &self.element]
            .into_iter()
            .flatten()
    }
}

/// Finds the headline; `sites` are the names the site goes by.
pub(crate) fn find(page: &Page<'_>, head: &Head, data: &JsonLd, sites: &[&str]) -> Title {
    let heads: Vec<(NodeIndex, String)> = page
        .with_tag(Tag::H1)
        .map(|node| (node, page.line(node)))
        .filter(|(_, line)| !line.is_empty() && line.len() < 500 && !is_site(line, sites))
        .take(10)
        .collect();
    let named = |text: &str| {
        let text = without_site(text, sites);
        (!text.is_empty() && !is_site(&text, sites)).then_some(text)
    };
    let stated = Stated {
        data: data
            .text("headline")
            .or_else(|| data.text("name"))
            .and_then(|text| named(&normal(&text))),
        graph: head
            .get(&["og:title", "twitter:title", "title", "dc.title"])
            .and_then(named),
        shared_as_article: head.get(&["og:type"]).is_some_and(|kind| kind == "article"),
        element: head.title.as_deref().and_then(named),
    };
    let part = part_of_title(page, &stated);
    let banner = |line: &String| match &part {
        Some((_, lower)) => {
            let alone = stated.graph.is_none() && stated.data.is_none();
            !stated.all().any(|text| related(text, line)) || alone && lower.len() > line.len()
        }
        None => false,
    };
    if heads.iter().all(|(_, line)| banner(line))
        && let Some((node, line)) = part
    {
        return Title {
            text: Some(line),
            node: Some(node),
        };
    }
    if heads.is_empty()
        && stated.graph.is_none()
        && stated.data.is_none()
        && let Some(element) = &stated.element
        && let Some((node, line)) = shown_part(page, element)
    {
        return Title {
            text: Some(line),
            node: Some(node),
        };
    }
    choose(&heads, &stated)
}

/// Where no heading is marked as one: the element, called a title or a headline by its class, whose
/// whole text opens the `title` element.
fn shown_part(page: &Page<'_>, element: &str) -> Option<(NodeIndex, String)> {
    let whole = folded(element);
    (0..page.nodes.len())
        .filter(|node| {
            let class = page.attribute(*node, "class").unwrap_or_default();
            [
                "title", "Title", "headline", "Headline", "titulo", "titre", "baslik",
            ]
            .iter()
            .any(|word| class.contains(word))
        })
        .take(50)
        .find_map(|node| {
            let line = page.line(node);
            let key = folded(&line);
            let opens = key.chars().count() >= ENOUGH && whole.starts_with(&key);
            (opens && line.len() < 500).then_some((node, line))
        })
}

/// Where the first heading is the site's banner, the headline is a heading of a lower level, and a
/// part of what the page states beside the site's name.
fn part_of_title(page: &Page<'_>, stated: &Stated) -> Option<(NodeIndex, String)> {
    let texts: Vec<String> = stated.all().map(|text| folded(text)).collect();
    [Tag::H2, Tag::H3].into_iter().find_map(|level| {
        page.with_tag(level).take(50).find_map(|node| {
            let line = page.line(node);
            let key = folded(&line);
            let part = |text: &String| text.starts_with(&key) || text.ends_with(&key);
            (key.len() >= 8 && texts.iter().any(part)).then_some((node, line))
        })
    })
}

/// Whether a heading and a statement speak of one thing.
fn related(text: &str, line: &str) -> bool {
    let (text_key, key) = (folded(text), folded(line));
    shared_words(text, line) >= 2 || text_key.contains(&key) || key.contains(&text_key)
}

/// M1: what two sources agree on, the heading first; where the page is shared under a headline of its
/// own, that one; then the heading without its kicker; then what readers see.
fn choose(heads: &[(NodeIndex, String)], stated: &Stated) -> Title {
    let first = heads.iter().max_by_key(|(node, line)| {
        let shared = stated.all().map(|text| shared_words(text, line)).max();
        (shared, std::cmp::Reverse(*node))
    });
    let Some((node, shown)) = first else {
        let text = stated.all().next().cloned();
        return Title { text, node: None };
    };
    let agreed = heads
        .iter()
        .find(|(_, line)| same(stated.graph.as_ref(), Some(line)));
    if let Some((node, line)) = agreed {
        let text = own_headline(line, stated).unwrap_or(line);
        return Title {
            text: Some(text.clone()),
            node: Some(*node),
        };
    }
    Title {
        text: Some(among(shown, heads.len() == 1, stated).clone()),
        node: Some(*node),
    }
}

/// The headline that an article states in its data alone, while all that readers and search engines
/// see is another: what equals the `title` element was written for search engines, what differs
/// from all others was written as the headline.
fn own_headline<'t>(shown: &str, stated: &'t Stated) -> Option<&'t String> {
    let (data, element) = (stated.data.as_ref()?, stated.element.as_ref()?);
    let (key, other) = (folded(data), folded(shown));
    let own = stated.shared_as_article
        && !same(Some(element), Some(data))
        && key.len() >= ENOUGH
        && !is_cut(data)
        && shared_words(data, shown) >= 2
        // A kicker more or a few words less are the same headline.
        && !key.contains(&other)
        && !other.contains(&key);
    own.then_some(data)
}

/// The headline, where none of the headings is what the page is shared as.
fn among<'t>(shown: &'t String, alone: bool, stated: &'t Stated) -> &'t String {
    let (data, graph, element) = (
        stated.data.as_ref(),
        stated.graph.as_ref(),
        stated.element.as_ref(),
    );
    let heading = Some(shown);
    if same(data, heading) || (data.is_none() && same(element, heading)) {
        // What equals the `title` element was written for search engines; what differs from all
        // others was written as a headline.
        let own = graph.filter(|text| {
            stated.shared_as_article && element.is_some() && !same(element, Some(text))
        });
        return own.filter(|text| !is_cut(text)).unwrap_or(shown);
    }
    if let Some(data) = data.filter(|data| same(graph, Some(data)) || same(element, Some(data))) {
        return data;
    }
    for text in stated.all() {
        let (key, other) = (folded(shown), folded(text));
        if other.len() < ENOUGH || key.len() < ENOUGH {
            continue;
        }
        // A heading may open with the name of its section or a kicker, a statement with one, too.
        if key.ends_with(&other) {
            return text;
        }
        if other.contains(&key) || key.starts_with(&other) {
            return shown;
        }
    }
    let related = stated.all().any(|text| shared_words(text, shown) >= 2);
    let long = alone && folded(shown).chars().count() >= 20;
    if related || long {
        return shown;
    }
    stated.all().next().unwrap_or(shown)
}

/// Whether two lines have the same letters.
fn same(one: Option<&String>, other: Option<&String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || folded(one) == folded(other),
        _ => false,
    }
}

/// Whether a statement was cut for want of room.
fn is_cut(text: &str) -> bool {
    text.ends_with('…') || text.ends_with("...")
}

/// Words of four letters and more that two lines share.
fn shared_words(one: &str, other: &str) -> usize {
    let words = |text: &str| -> std::collections::HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| {
                word.chars().count() >= 4
                    || word
                        .chars()
                        .any(crate::extract::document::characters::is_spaceless)
            })
            .map(str::to_lowercase)
            .collect()
    };
    words(one).intersection(&words(other)).count()
}

fn is_site(text: &str, sites: &[&str]) -> bool {
    let key = folded(text);
    sites.iter().any(|site| folded(site) == key)
}

/// Whether what stands behind a separator is the site by one of its names, alone or among few words:
/// `Daily Mail Online` on dailymail.co.uk.
fn ends_in_site(tail: &str, sites: &[&str]) -> bool {
    let key = folded(tail);
    let few = tail.split(' ').count() <= 4 && key.chars().count() <= 40;
    is_site(tail, sites)
        || few
            && sites.iter().any(|site| {
                let name = folded(site);
                name.len() >= 5 && !site.contains('.') && key.contains(&name)
            })
}

/// Takes off the site's name at the end or the beginning, where a separator parts it.
pub(crate) fn without_site(text: &str, sites: &[&str]) -> String {
    let mut text = text.trim();
    // Two rounds: ` | Section | Site`.
    for _ in 0..2 {
        let tail = SEPARATORS
            .iter()
            .filter_map(|separator| text.rsplit_once(separator))
            .filter(|(title, site)| !title.is_empty() && ends_in_site(site, sites))
            .max_by_key(|(title, _)| title.len());
        if let Some((title, _)) = tail {
            text = title.trim();
        }
        let front = SEPARATORS
            .iter()
            .filter_map(|separator| text.split_once(separator))
            .find(|(site, title)| !title.is_empty() && is_site(site, sites));
        if let Some((_, title)) = front {
            text = title.trim();
        }
    }
    text.to_owned()
}

/// Takes off a section behind a bar that the address names as well: `… | Opinion` under `/opinion/`.
pub(crate) fn without_section<'t>(text: &'t str, url: Option<&Url>) -> &'t str {
    let (Some((title, section)), Some(url)) = (text.rsplit_once(" | "), url) else {
        return text;
    };
    let key = folded(section);
    let named = url
        .path_segments()
        .into_iter()
        .flatten()
        .any(|part| folded(part) == key);
    if named && !title.trim().is_empty() {
        title.trim()
    } else {
        text
    }
}

/// The names a site goes by: as it states them, as the outlet's file has them, and its domain.
pub(crate) fn sites_of(
    head: &Head,
    data: &JsonLd,
    host: Option<&str>,
    outlet: Option<&str>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(head.get(&["og:site_name"]).map(str::to_owned));
    names.extend(
        head.get(&[
            "application-name",
            "al:ios:app_name",
            "dc.publisher",
            "publisher",
            "copyright",
            "twitter:site",
        ])
        .map(|name| name.trim_start_matches('@').to_owned()),
    );
    names.extend(data.organisations().take(20).map(str::to_owned));
    names.extend(outlet.map(str::to_owned));
    if let Some(host) = host {
        let host = host.trim_start_matches("www.");
        names.push(host.to_owned());
        names.push(format!("www.{host}"));
        if let Some(domain) = psl::domain_str(host) {
            names.push(domain.to_owned());
            names.extend(domain.split('.').next().map(str::to_owned));
        }
    }
    // Some pages state their headline as the application's name.
    names.retain(|name| name.chars().count() <= 60 && name.split(' ').count() <= 6);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sites_own_name_is_taken_off() {
        let sites = ["AnewZ", "anewz.tv"];
        for (text, expected) in [
            ("A trip to Kyiv | AnewZ", "A trip to Kyiv"),
            ("A trip - to Kyiv - AnewZ", "A trip - to Kyiv"),
            ("AnewZ – A trip", "A trip"),
            ("A trip | Other", "A trip | Other"),
            ("AnewZ", "AnewZ"),
            ("A trip | AnewZ English", "A trip"),
        ] {
            assert_eq!(without_site(text, &sites), expected);
        }
        let url = Url::parse("https://anewz.tv/opinion/2").unwrap();
        assert_eq!(without_section("A trip | Opinion", Some(&url)), "A trip");
        assert_eq!(
            without_section("A trip | Sport", Some(&url)),
            "A trip | Sport"
        );
    }

    /// The headline of a page with these headings, JSON-LD headline, `og:title` and `title` element;
    /// an empty one is not there.
    fn headline(heads: &[&str], data: &str, graph: &str, element: &str) -> String {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let heads: Vec<(NodeIndex, String)> = heads
            .iter()
            .enumerate()
            .map(|(at, text)| (at, (*text).to_owned()))
            .collect();
        let stated = Stated {
            data: some(data),
            graph: some(graph),
            shared_as_article: true,
            element: some(element),
        };
        choose(&heads, &stated).text.unwrap_or_default()
    }

    #[test]
    fn sources_are_weighed() {
        let (shown, shared) = (
            "The old harbour of the town is closed",
            "Why no ship may leave before Monday",
        );
        // What readers see, where the page is shared under it or under the search engines' title.
        assert_eq!(headline(&[shown], "Other words", shown, "Port"), shown);
        assert_eq!(headline(&[shown], shown, shared, shared), shown);
        assert_eq!(
            headline(
                &[shown],
                "",
                "Harbour of the town: all you must know",
                "Harbour of the town: all you must know"
            ),
            shown
        );
        // A headline made for sharing; cut, it is none.
        assert_eq!(headline(&[shown], shown, shared, shown), shared);
        assert_eq!(headline(&[shown], shown, "Why no ship may…", shown), shown);
        // What two state, where no heading says it.
        assert_eq!(headline(&["Closed"], shared, shared, ""), shared);
        assert_eq!(
            headline(
                &["Shipping The old harbour of the town is closed"],
                "",
                shown,
                shown
            ),
            shown
        );
        assert_eq!(headline(&[], "", "", shown), shown);
        assert_eq!(headline(&[], "", "", ""), "");
    }

    #[test]
    fn a_banner_is_no_headline() {
        let html = crate::extract::tree(
            "<title>The Four Winds » Archive » The port is closed</title><h1>The Four Winds</h1>
            <h2>The port is closed</h2><h2>Comments</h2>",
        );
        let page = Page::new(&html);
        let head = Head::read(&page, None);
        let title = find(&page, &head, &JsonLd::default(), &[]);
        assert_eq!(title.text.as_deref(), Some("The port is closed"));
    }
}

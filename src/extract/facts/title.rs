//! The headline (M1): JSON-LD, og:title and h1, by agreement; the site's name is taken off.

use super::dates;
use super::sites::{is_site, without_site};
use crate::extract::document::characters::{folded, normal};
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::JsonLd;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// A headline and the element that shows it, where one does.
#[derive(Default)]
pub(crate) struct Title {
    pub(crate) text: Option<String>,
    pub(crate) node: Option<NodeIndex>,
}

/// Letters of a heading from which on it may stand for the whole headline.
const ENOUGH: usize = 12;
/// Letters of a kicker before a headline at most, and of the headline behind it at least.
const KICKER: (usize, usize) = (40, 20);
/// Bytes of a heading of a lower level that is a headline though it has one word or two.
const PART: usize = 24;
/// Characters of a headline in JSON-LD at most: what is longer is the text or its beginning.
const LONGEST: usize = 250;

/// What the page states as its headline, without the site's name; each may be missing.
#[derive(Default)]
struct Stated {
    /// JSON-LD's `headline`.
    data: Option<String>,
    /// `og:title`, else the one for another network.
    graph: Option<String>,
    /// Whether the page calls itself an article to those who share it.
    shared_as_article: bool,
    /// Whether JSON-LD's article names this page's address.
    of_this_page: bool,
    /// Whether it is written in German, whose press puts a word for search engines before the
    /// headline of the page itself (`Stichwort: …`) and shares it under the headline as written.
    german: bool,
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
    let mut heads: Vec<(NodeIndex, String)> = page
        .with_tag(Tag::H1)
        .map(|node| (node, page.line(node)))
        .filter(|(_, line)| !line.is_empty() && line.len() < 500 && !is_site(line, sites))
        .take(10)
        .collect();
    let named = |text: &str| {
        let text = without_site(text, sites);
        (!text.is_empty() && !is_site(&text, sites)).then_some(text)
    };
    if let Some(element) = &head.title {
        without_banner(&mut heads, element, shared(head));
        without_linked(&mut heads, element, page);
    }
    let stated = Stated {
        data: data
            .text("headline")
            .filter(|text| text.chars().count() <= LONGEST)
            .or_else(|| data.text("name"))
            .and_then(|text| named(&normal(&text))),
        graph: shared(head).and_then(named),
        shared_as_article: head.get(&["og:type"]).is_some_and(|kind| kind == "article"),
        of_this_page: data.is_of_this_page(),
        german: is_german(head, data),
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

/// What the page is shared as: of several statements the one that the `title` element opens with.
fn shared(head: &Head) -> Option<&str> {
    let element = folded(head.title.as_deref().unwrap_or_default());
    let several = head.all("og:title").nth(1).is_some();
    let own = || {
        head.all("og:title").find(|text| {
            let key = folded(text);
            !key.is_empty() && element.starts_with(&key)
        })
    };
    several
        .then(own)
        .flatten()
        .or_else(|| head.get(&["og:title", "twitter:title", "title", "dc.title"]))
}

fn is_german(head: &Head, data: &JsonLd) -> bool {
    let stated = data.text("inLanguage");
    head.language
        .as_deref()
        .or(stated.as_deref())
        .or_else(|| head.get(&["og:locale"]))
        .is_some_and(|tag| {
            tag.get(..2)
                .is_some_and(|tag| tag.eq_ignore_ascii_case("de"))
        })
}

/// Takes away the site's banner where it makes up the `title` element with a heading below it, or with
/// what the page is shared as: on the page it stands above the headline, whichever comes first in the
/// element.
fn without_banner(heads: &mut Vec<(NodeIndex, String)>, element: &str, shared: Option<&str>) {
    let whole = folded(element);
    let graph = shared.map(folded).unwrap_or_default();
    let keys: Vec<String> = heads.iter().map(|(_, line)| folded(line)).collect();
    let banner = (0..keys.len()).find(|banner| {
        keys[banner + 1..].iter().chain([&graph]).any(|key| {
            let parts = [keys[*banner].as_str(), key.as_str()];
            parts.iter().all(|part| !part.is_empty())
                && (parts.concat() == whole || [parts[1], parts[0]].concat() == whole)
        })
    });
    if let Some(banner) = banner {
        heads.remove(banner);
    }
}

/// Takes away headings that are links to other articles, where one is left that is none.
fn without_linked(heads: &mut Vec<(NodeIndex, String)>, element: &str, page: &Page<'_>) {
    let whole = folded(element);
    let linked = |(node, line): &(NodeIndex, String)| {
        let around = page.upward(*node).take(3);
        let links = (*node..page.nodes[*node].end).chain(around);
        let mut links = links.filter(|node| page.nodes[*node].tag == Tag::A);
        !whole.contains(&folded(line)) && links.next().is_some()
    };
    if heads.iter().any(|head| !linked(head)) {
        heads.retain(|head| !linked(head));
    }
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
            let whole_part = || {
                let texts = stated.all().flat_map(|text| parts_of(text));
                texts.into_iter().any(|part| folded(part) == key)
            };
            let enough = key.len() >= 8 && (words(&line) >= 3 || key.len() >= PART || whole_part());
            (enough && texts.iter().any(part)).then_some((node, line))
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
        // A heading may run the words of its parts together: `KickerHeadline`.
        let parted = stated
            .graph
            .as_ref()
            .filter(|text| words(text) > words(line));
        let text = own_headline(line, stated).or(parted).unwrap_or(line);
        return Title {
            text: Some(text.clone()),
            node: Some(*node),
        };
    }
    Title {
        text: Some(among(shown, heads.len() == 1, stated).to_owned()),
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
        && (stated.of_this_page || shared_words(data, shown) >= 2)
        // A kicker more or a few words less are the same headline.
        && !key.contains(&other)
        && !other.contains(&key);
    own.then_some(data)
}

/// The headline, where none of the headings is what the page is shared as.
fn among<'t>(shown: &'t String, alone: bool, stated: &'t Stated) -> &'t str {
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
            stated.shared_as_article
                && element.is_some()
                && !same(element, Some(text))
                && !is_tailed(text, shown)
        });
        // A heading may be the headline and a clause more for search engines.
        let begun = |text: &String| opens(Some(shown), text);
        let outvoted = !stated.german
            && same(data, heading)
            && opens(element, shown)
            && !graph.is_some_and(begun);
        return own
            .filter(|text| !outvoted && !is_cut(text))
            .unwrap_or(shown);
    }
    if let Some(data) = data.filter(|data| same(graph, Some(data)) || same(element, Some(data))) {
        return data;
    }
    for text in stated.all() {
        let (key, other) = (folded(shown), folded(text));
        if other.len() < ENOUGH || key.len() < ENOUGH {
            continue;
        }
        // A heading may open with the name of its section or a kicker, a statement with one, too,
        // and a heading may end in the date.
        let dated = || dates::find(shown).is_some_and(|found| found.range.start >= text.len());
        if key.ends_with(&other) || key.starts_with(&other) && dated() {
            return text;
        }
        if other.contains(&key) || key.starts_with(&other) {
            return shown;
        }
        if let Some(headline) = behind_kickers(shown, text) {
            return headline;
        }
    }
    if let Some(part) = stated.all().find_map(|text| part_within(shown, text)) {
        return part;
    }
    let related = stated.all().any(|text| shared_words(text, shown) >= 2);
    let long = alone && folded(shown).chars().count() >= 20;
    if related || long {
        return shown;
    }
    stated.all().next().unwrap_or(shown)
}

/// The parts of a statement between the signs that part a headline from what the site adds.
fn parts_of(text: &str) -> Vec<&str> {
    let mut parts = vec![text];
    for separator in [" | ", " - ", " – ", " — ", " » ", " · "] {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(separator))
            .collect();
    }
    parts.into_iter().map(str::trim).collect()
}

/// The part of a statement, between the signs that part it from what the site adds, which a heading holds
/// with a date or behind a kicker: `18 December 2025 Headline` where the statement is `Headline | Site`.
fn part_within<'t>(shown: &str, text: &'t str) -> Option<&'t str> {
    let key = folded(shown);
    let dated = dates::find(shown).is_some();
    parts_of(text).into_iter().find(|part| {
        let inner = folded(part);
        let letters = inner.chars().count();
        let rest = key.chars().count().saturating_sub(letters);
        let begins = dated && dates::find(part).is_none() && key.starts_with(&inner);
        rest > 0
            && letters >= KICKER.1
            && (begins || rest <= KICKER.0 && letters > rest && key.ends_with(&inner))
    })
}

/// The headline that a heading and a statement end in, each behind a kicker of its own.
fn behind_kickers<'t>(shown: &'t str, text: &str) -> Option<&'t str> {
    let whole = folded(text);
    // What ends alike is one kicker, written twice or with something before it.
    let last = |kicker: &str| -> String { kicker.chars().rev().take(5).collect() };
    [": ", " - ", " – ", " — ", " | "]
        .iter()
        .filter_map(|separator| shown.split_once(separator))
        .find(|(kicker, headline)| {
            let key = folded(headline);
            let other = whole.strip_suffix(key.as_str()).unwrap_or_default();
            let short = |kicker: &str| (1..=KICKER.0).contains(&kicker.chars().count());
            key.chars().count() >= KICKER.1
                && short(&folded(kicker))
                && short(other)
                && last(other) != last(&folded(kicker))
        })
        .map(|(_, headline)| headline.trim())
}

/// Whether a text is a headline and, behind a sign, a few words more: the site, by a name that is
/// not known.
fn is_tailed(text: &str, headline: &str) -> bool {
    [" | ", " - ", " – ", " — "].iter().any(|separator| {
        text.rsplit_once(separator)
            .is_some_and(|(head, tail)| folded(head) == folded(headline) && words(tail) <= 4)
    })
}

/// Whether a text opens with the letters of another.
fn opens(text: Option<&String>, head: &str) -> bool {
    text.is_some_and(|text| folded(text).starts_with(&folded(head)))
}

/// The words of a line, whatever parts them.
fn words(line: &str) -> usize {
    line.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .count()
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

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

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
            ..Stated::default()
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
        // A headline made for sharing, against one statement and against two; cut, it is none.
        assert_eq!(headline(&[shown], "", shared, shown), shared);
        assert_eq!(headline(&[shown], shown, shared, shown), shown);
        assert_eq!(headline(&[shown], "", "Why no ship may…", shown), shown);
        let tail = format!("{shown} | The Port");
        assert_eq!(headline(&[shown], "", &tail, shown), shown);
        // Words that a heading runs together, and two kickers before one headline.
        assert_eq!(
            headline(
                &[&format!("Shipping{shown}")],
                "",
                &format!("Shipping {shown}"),
                "Port"
            ),
            format!("Shipping {shown}")
        );
        assert_eq!(
            headline(
                &[&format!("Shipping - {shown}")],
                "",
                &format!("Strike: {shown}"),
                "Port"
            ),
            shown
        );
        // A heading that ends in the date.
        assert_eq!(
            headline(
                &[&format!("{shown} 2 February 2022, Shipping")],
                "",
                shown,
                "Port"
            ),
            shown
        );
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

    /// The headline of a page with this head and body under `https://port.example/a`.
    fn found(page: &str) -> Option<String> {
        let html = crate::extract::tree(page);
        let page = Page::new(&html);
        let url = Url::parse("https://port.example/a").unwrap();
        let head = Head::read(&page, Some(&url));
        let data = JsonLd::read(&page, &[url], None);
        super::find(&page, &head, &data, &[]).text
    }

    #[test]
    fn the_press_of_a_language_shares_its_headlines() {
        for (tag, expected) in [
            ("de-CH", "Hafen nach dem Sturm gesperrt"),
            ("en", "Stichwort Hafen: was jetzt gilt"),
        ] {
            let page = format!(
                "<html lang={tag}><title>Stichwort Hafen: was jetzt gilt - Port</title>
                <meta property=og:type content=article>
                <meta property=og:title content='Hafen nach dem Sturm gesperrt'>
                <script type=application/ld+json>{{\"@type\":\"NewsArticle\",
                \"headline\":\"Stichwort Hafen: was jetzt gilt\"}}</script>
                <h1>Stichwort Hafen: was jetzt gilt</h1>"
            );
            assert_eq!(found(&page).as_deref(), Some(expected), "{tag}");
        }
    }

    #[test]
    fn data_of_this_very_page_may_have_a_headline_of_its_own() {
        for (address, expected) in [
            ("https://port.example/a", "Nobody knows the anchor"),
            ("https://port.example/b", "Divers search the harbour"),
        ] {
            let page = format!(
                "<title>Divers search the harbour</title><meta property=og:type content=article>
                <meta property=og:title content='Divers search the harbour'>
                <script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"url\":\"{address}\",
                \"headline\":\"Nobody knows the anchor\"}}</script><h1>Divers search the harbour</h1>"
            );
            assert_eq!(found(&page).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn two_headings_and_two_statements_are_told_apart() {
        let banner =
            "<title>Small lore of sheep | Sheep of the north</title><h1>Sheep of the north</h1>
            <h1>Small lore of sheep</h1>";
        assert_eq!(found(banner).as_deref(), Some("Small lore of sheep"));
        let shared = "<title>Old stories: The harbour is closed</title><h1>Old stories</h1>
            <meta property=og:title content='The harbour is closed'><h3>The harbour is closed</h3>";
        assert_eq!(found(shared).as_deref(), Some("The harbour is closed"));
        let several =
            "<title>All of movers - Wells</title><meta property=og:title content='How to move'>
            <meta property=og:title content='All of movers'><h1>All of movers</h1>";
        assert_eq!(found(several).as_deref(), Some("All of movers"));
    }

    #[test]
    fn headings_hold_more_than_the_headline() {
        for head in [
            "<h1>Dec 18 2025 The harbour is closed for days</h1>",
            "<h1>The harbour is closed for days<br><small>18.12.2025 • Shipping</small></h1>",
            "<h1>Ships and sea The harbour is closed for days</h1>",
            "<h1><a href=/b>Harbour of the north: closed, too</a></h1><h1>The harbour is closed for days</h1>",
        ] {
            let page = format!("<title>The harbour is closed for days | A diary</title>{head}");
            assert_eq!(
                found(&page).as_deref(),
                Some("The harbour is closed for days"),
                "{head}"
            );
        }
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

//! The headline (M1): JSON-LD, og:title and h1, by agreement; the site's name is taken off.

use super::characters::{folded, normal};
use super::head::Head;
use super::jsonld::JsonLd;
use super::page::{NodeIndex, Page, Tag};

/// A headline and the element that shows it, where one does.
#[derive(Default)]
pub(super) struct Title {
    pub(super) text: Option<String>,
    pub(super) node: Option<NodeIndex>,
}

/// Signs that part a headline from the site's name.
const SEPARATORS: [&str; 9] = [
    " | ", " - ", " – ", " — ", " » ", " « ", " • ", " · ", " :: ",
];

/// Finds the headline; `sites` are the names the site goes by.
pub(super) fn find(page: &Page<'_>, head: &Head, data: &JsonLd, sites: &[&str]) -> Title {
    let heads: Vec<(NodeIndex, String)> = page
        .with_tag(Tag::H1)
        .map(|node| (node, page.line(node)))
        .filter(|(_, line)| !line.is_empty() && line.len() < 500 && !is_site(line, sites))
        .take(10)
        .collect();
    let of_data = data
        .text("headline")
        .or_else(|| data.text("name"))
        .map(|text| without_site(&normal(&text), sites));
    let of_graph = head
        .get(&["og:title"])
        .map(|text| without_site(text, sites));
    let of_head = head
        .get(&["twitter:title", "title", "dc.title"])
        .map(|text| without_site(text, sites));
    let of_title = head.title.as_deref().map(|text| without_site(text, sites));
    let stated: Vec<String> = [of_data, of_graph, of_head, of_title]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty() && !is_site(text, sites))
        .collect();
    choose(&heads, &stated)
}

/// M1: what two sources agree on, the heading first; then the heading without its kicker; then what
/// readers see; then what the page states.
fn choose(heads: &[(NodeIndex, String)], stated: &[String]) -> Title {
    let shown = |(node, line): &(NodeIndex, String)| Title {
        text: Some(line.clone()),
        node: Some(*node),
    };
    let said = |text: &String, node: Option<NodeIndex>| Title {
        text: Some(text.clone()),
        node,
    };
    let first = heads.iter().max_by_key(|(node, line)| {
        let shared = stated.iter().map(|text| shared_words(text, line)).max();
        (shared, std::cmp::Reverse(*node))
    });
    let node = first.map(|(node, _)| *node);
    let agreed = heads.iter().find(|(_, line)| {
        stated
            .iter()
            .take(2)
            .any(|other| folded(other) == folded(line))
    });
    if let Some(head) = agreed {
        return shown(head);
    }
    if let [one, other, ..] = stated
        && folded(one) == folded(other)
    {
        return said(one, node);
    }
    let Some(head) = first else {
        return stated
            .first()
            .map(|text| said(text, None))
            .unwrap_or_default();
    };
    let key = folded(&head.1);
    for text in stated {
        let other = folded(text);
        if other.len() < 12 || key.is_empty() {
            continue;
        }
        if key == other || other.contains(&key) && key.len() >= 12 {
            return shown(head);
        }
        // Statements are cut at about a hundred characters.
        let cut = text.ends_with(['…', '.']) || text.chars().count() >= 90;
        if key.ends_with(&other) || (key.starts_with(&other) && !cut) {
            return said(text, node);
        }
        if key.starts_with(&other) {
            return shown(head);
        }
    }
    let related = stated.iter().any(|text| shared_words(text, &head.1) >= 2);
    if related
        || (stated.is_empty() && heads.len() == 1)
        || (heads.len() == 1 && key.chars().count() >= 20)
    {
        return shown(head);
    }
    stated
        .first()
        .map_or_else(|| shown(head), |text| said(text, node))
}

/// Words of four letters and more that two lines share.
fn shared_words(one: &str, other: &str) -> usize {
    let words = |text: &str| -> std::collections::HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| {
                word.chars().count() >= 4 || word.chars().any(super::characters::is_spaceless)
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

/// Takes off the site's name at the end or the beginning, where a separator parts it.
pub(super) fn without_site(text: &str, sites: &[&str]) -> String {
    let mut text = text.trim();
    // Two rounds: ` | Section | Site`.
    for _ in 0..2 {
        let tail = SEPARATORS
            .iter()
            .filter_map(|separator| text.rsplit_once(separator))
            .filter(|(title, site)| !title.is_empty() && is_site(site, sites))
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

/// The names a site goes by: as it states them, as the outlet's file has them, and its domain.
pub(super) fn sites_of(
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
        ] {
            assert_eq!(without_site(text, &sites), expected);
        }
    }
}

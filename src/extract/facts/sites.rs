//! The names a site goes by, and taking them off what carries them: a headline ends in the site's name
//! only where that name is known from elsewhere.

use url::Url;

use crate::extract::document::characters::folded;
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::JsonLd;

/// Signs that part a headline from the site's name.
const SEPARATORS: [&str; 17] = [
    " | ", " - ", " – ", " — ", " » ", " « ", " • ", " · ", " :: ", " : ", " / ", "｜", "|", "：",
    "_", " ‹ ", " > ",
];

/// Whether a text is one of the site's names.
pub(crate) fn is_site(text: &str, sites: &[&str]) -> bool {
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

/// Takes off a section behind a bar or a dash that the address names as well: `… | Opinion` under `/opinion/`.
pub(crate) fn without_section<'t>(text: &'t str, url: Option<&Url>) -> &'t str {
    let parts = [" | ", " - ", " – ", " — "]
        .iter()
        .filter_map(|separator| text.rsplit_once(separator))
        .max_by_key(|(title, _)| title.len());
    let (Some((title, section)), Some(url)) = (parts, url) else {
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
}

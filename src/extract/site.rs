//! What any page of a site says of the site: its name, its language, its section pages.

use url::Url;

use super::document::characters::folded;
use super::document::head::{Head, absolute};
use super::document::jsonld::JsonLd;
use super::document::page::{Page, Tag};
use super::document::{decode, parse};
use super::facts::language;
use crate::model::id::Host;

/// Links of a page that are looked at.
const LINKS_MAX: usize = 3000;
/// Section pages that are named.
const SECTIONS_MAX: usize = 8;

/// Last parts of paths under which sites of several languages list all their news.
const SECTION_NAMES: [&str; 28] = [
    "news",
    "latest",
    "latest-news",
    "all-news",
    "allnews",
    "newsfeed",
    "news-feed",
    "lastnews",
    "last",
    "all",
    "archive",
    "novosti",
    "novyny",
    "novini",
    "novyny-dnia",
    "lenta",
    "nachrichten",
    "aktuelles",
    "schlagzeilen",
    "actualites",
    "actualite",
    "infos",
    "noticias",
    "ultimas-noticias",
    "ultima-hora",
    "notizie",
    "ultime-notizie",
    "wiadomosci",
];

/// What a page says of its site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: Option<String>,
    /// BCP 47 tag of its language.
    pub language: Option<String>,
    /// Pages that seem to list all its news, in page order.
    pub sections: Vec<Url>,
}

impl Site {
    /// Takes from `other` what is missing here.
    pub fn complete(&mut self, other: Self) {
        self.name = self.name.take().or(other.name);
        self.language = self.language.take().or(other.language);
        if self.sections.is_empty() {
            self.sections = other.sections;
        }
    }
}

/// Reads a page for what it says of its site.
pub fn read(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Site {
    let (text, _) = decode::decode(bytes, content_type, None);
    let html = parse::document(&text);
    let page = Page::new(&html);
    let head = Head::read(&page, Some(url));
    let data = JsonLd::read(&page, std::slice::from_ref(url), None);
    let name = head
        .get(&[
            "og:site_name",
            "application-name",
            "apple-mobile-web-app-title",
        ])
        .map(str::to_owned)
        .or_else(|| data.organisations().next().map(str::to_owned))
        .filter(|name| name.chars().count() <= 80);
    Site {
        name,
        language: language::stated(&head, &data, head.title.as_deref()),
        sections: sections(&page, url),
    }
}

fn sections(page: &Page<'_>, url: &Url) -> Vec<Url> {
    let home = Host::of(url);
    let mut found: Vec<Url> = Vec::new();
    for node in page.with_tag(Tag::A).take(LINKS_MAX) {
        let Some(mut address) = page
            .attribute(node, "href")
            .and_then(|href| absolute(href, Some(url)))
        else {
            continue;
        };
        address.set_fragment(None);
        let path = address.path().trim_end_matches('/').to_ascii_lowercase();
        let last = path.rsplit('/').next().unwrap_or_default();
        let last = last.split('.').next().unwrap_or_default();
        let is_section = SECTION_NAMES.contains(&last) && path.matches('/').count() <= 3;
        if is_section && Host::of(&address) == home && !found.contains(&address) && address != *url
        {
            found.push(address);
        }
        if found.len() == SECTIONS_MAX {
            break;
        }
    }
    found
}

/// The part of a feed's title that names the site: what stands before a dash or a bar.
pub fn name_in_title(title: &str) -> &str {
    let end = [" - ", " – ", " — ", " | ", " » ", " :: ", ": "]
        .iter()
        .filter_map(|mark| title.find(mark))
        .min();
    let name = end.map_or(title, |end| &title[..end]).trim();
    if folded(name).is_empty() {
        title.trim()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_of_its_site() {
        let page = "<html lang=uk-UA><head><meta property=og:site_name content='The Port'></head>
            <a href=/news/>News</a><a href='/news/#top'>again</a><a href=/a/b/c/d/news>deep</a>
            <a href=https://other.example/news>other</a><a href=/all-news.html>All</a></html>";
        let url = Url::parse("https://port.example/").unwrap();
        let site = read(page.as_bytes(), None, &url);
        assert_eq!(site.name.as_deref(), Some("The Port"));
        assert_eq!(site.language.as_deref(), Some("uk-UA"));
        let sections: Vec<&str> = site.sections.iter().map(Url::path).collect();
        assert_eq!(sections, ["/news/", "/all-news.html"]);
        assert_eq!(name_in_title("The Port - Latest news"), "The Port");
        assert_eq!(name_in_title("The Port"), "The Port");
    }
}

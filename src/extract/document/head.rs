//! What the page's head states: meta elements, links, title and language. Values only, no judgement.

use url::Url;

use super::characters::normal;
use super::page::{Page, Tag};

/// Values kept of one page: a hostile head must not fill memory.
const MAX_META: usize = 500;

/// The head of a page.
#[derive(Default)]
pub(crate) struct Head {
    /// Name or property in lower case, and content, in order.
    meta: Vec<(String, String)>,
    pub(crate) title: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) canonical: Option<Url>,
    pub(crate) amp: Option<Url>,
    pub(crate) next: Option<Url>,
    pub(crate) is_amp: bool,
}

impl Head {
    /// Reads the head; `base` is the page's final address.
    pub(crate) fn read(page: &Page<'_>, base: Option<&Url>) -> Self {
        let mut head = Self::default();
        let declared = page.with_tag(Tag::Other).find_map(|node| {
            (page.nodes[node].element?.value().name() == "base")
                .then(|| page.attribute(node, "href"))?
        });
        let base = declared
            .and_then(|href| absolute(href, base))
            .or_else(|| base.cloned());
        for node in 0..page.nodes.len() {
            match page.nodes[node].tag {
                Tag::Root => head.read_root(page, node),
                Tag::Meta => head.read_meta(page, node),
                Tag::Link => head.read_link(page, node, base.as_ref()),
                Tag::Title if head.title.is_none() => {
                    let text: String = page.nodes[node..page.nodes[node].end]
                        .iter()
                        .map(|n| n.text)
                        .collect();
                    head.title = Some(normal(&text)).filter(|title| !title.is_empty());
                }
                _ => {}
            }
        }
        head
    }

    fn read_root(&mut self, page: &Page<'_>, node: usize) {
        if self.language.is_none() {
            self.language = page
                .attribute(node, "lang")
                .or_else(|| page.attribute(node, "xml:lang"))
                .and_then(language_tag);
        }
        self.is_amp |=
            page.attribute(node, "amp").is_some() || page.attribute(node, "⚡").is_some();
    }

    fn read_meta(&mut self, page: &Page<'_>, node: usize) {
        let Some(content) = page
            .attribute(node, "content")
            .or_else(|| page.attribute(node, "value"))
        else {
            return;
        };
        if self.meta.len() >= MAX_META || content.len() > 20_000 {
            return;
        }
        let content = normal(content);
        if content.is_empty() {
            return;
        }
        for name in ["property", "name", "itemprop", "http-equiv"] {
            if let Some(name) = page.attribute(node, name) {
                self.meta
                    .push((name.trim().to_ascii_lowercase(), content.clone()));
            }
        }
    }

    fn read_link(&mut self, page: &Page<'_>, node: usize, base: Option<&Url>) {
        let rel = page
            .attribute(node, "rel")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let Some(address) = page
            .attribute(node, "href")
            .and_then(|href| absolute(href, base))
        else {
            return;
        };
        for relation in rel.split_ascii_whitespace() {
            let slot = match relation {
                "canonical" => &mut self.canonical,
                "amphtml" => &mut self.amp,
                "next" => &mut self.next,
                _ => continue,
            };
            slot.get_or_insert_with(|| address.clone());
        }
    }

    /// The first value of any of these names, tried in their order.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    /// All values of one name.
    pub(crate) fn all<'h, 'n>(
        &'h self,
        name: &'n str,
    ) -> impl Iterator<Item = &'h str> + use<'h, 'n> {
        self.meta
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The values of all names.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.meta.iter().map(|(_, value)| value.as_str())
    }

    /// What the page says it is about, in one or two sentences.
    pub(crate) fn description(&self) -> Option<&str> {
        self.get(&[
            "og:description",
            "description",
            "twitter:description",
            "dc.description",
        ])
    }
}

/// A BCP 47 tag in its usual case (`en-US`), or nothing where it is none.
pub(crate) fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let mut parts = text.split('-');
    let first = parts.next().filter(|first| {
        // `utf-8` stands where a language should.
        (2..=3).contains(&first.len())
            && first.bytes().all(|b| b.is_ascii_alphabetic())
            && !first.eq_ignore_ascii_case("utf")
    })?;
    let mut tag = first.to_ascii_lowercase();
    // Codes that are out of use, and those of countries that stand for no language.
    tag = match tag.as_str() {
        "iw" => "he",
        "in" => "id",
        "ji" => "yi",
        "ua" => "uk",
        "cz" => "cs",
        "gr" => "el",
        "jp" => "ja",
        "cn" => "zh",
        "dk" => "da",
        other => other,
    }
    .to_owned();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            break;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// An absolute `http` or `https` address.
pub(crate) fn absolute(href: &str, base: Option<&Url>) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.len() > 4_000 || href.starts_with('#') {
        return None;
    }
    let address = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    address
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_take_their_usual_case() {
        for (text, tag) in [
            ("en", Some("en")),
            ("EN_us", Some("en-US")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("UA", Some("uk")),
            ("iw_IL", Some("he-IL")),
            ("english", None),
            ("utf-8", None),
            ("", None),
        ] {
            assert_eq!(language_tag(text).as_deref(), tag);
        }
    }
}

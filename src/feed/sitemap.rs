//! News sitemaps, plain sitemaps and sitemap indexes (sitemaps.org 0.9, Google's news extension), compressed or
//! not, as XML, as a list of lines, or as a feed, which the protocol allows too.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use url::Url;

use crate::feed::entities::decode;
use crate::feed::notes::Notes;
use crate::feed::scan::{Scanner, Token};
use crate::feed::tag::Tag;
use crate::feed::text::{looks_like_html, one_line, plain};
use crate::feed::unpack::unpacked;
use crate::feed::{BYTES_MAX, FeedError, Hints, charset, dates, links};
use crate::model::entry::Entry;
use crate::model::stated::StatedTime;

/// Most addresses in one sitemap, as the protocol has it.
const ADDRESSES_MAX: usize = 50_000;

/// A sitemap that was read.
#[derive(Clone, Debug, Default)]
pub struct Sitemap {
    /// The pages it lists: `title`, `published` and `categories` from the news extension, `updated` from `lastmod`.
    pub entries: Vec<Entry>,
    /// The sitemaps that an index lists.
    pub sitemaps: Vec<Child>,
    /// What had to be repaired or overlooked.
    pub warnings: Vec<String>,
}

/// A sitemap named by an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its address.
    pub url: Url,
    /// When it was last changed.
    pub updated: Option<StatedTime>,
}

/// Reads a sitemap or an index of sitemaps.
pub fn parse(bytes: &[u8], hints: &Hints<'_>) -> Result<Sitemap, FeedError> {
    if bytes.len() > BYTES_MAX {
        return Err(FeedError::TooLarge { bytes: bytes.len() });
    }
    let bytes = unpacked(bytes)?;
    let decoded = charset::decode(&bytes, hints.content_type);
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(FeedError::Empty);
    }
    let mut sitemap = if text.starts_with("http") {
        lines(text)
    } else {
        let mut reader = Reader::new(text, hints);
        if reader.read() {
            reader.finish()
        } else {
            let feed = super::parse(&bytes, hints).map_err(|error| match error {
                FeedError::NotThis { found, .. } => FeedError::NotThis {
                    wanted: "a sitemap",
                    found,
                },
                other => other,
            })?;
            Sitemap {
                entries: feed.entries,
                warnings: feed.warnings,
                ..Sitemap::default()
            }
        }
    };
    sitemap.warnings.extend(decoded.warning);
    Ok(sitemap)
}

/// One address a line.
fn lines(text: &str) -> Sitemap {
    let mut known = HashSet::new();
    let urls = text.lines().filter_map(|line| links::address(line, None));
    let entry = |url| Entry {
        url: Some(url),
        ..Entry::default()
    };
    Sitemap {
        entries: urls
            .filter(|url| known.insert(url.clone()))
            .take(ADDRESSES_MAX)
            .map(entry)
            .collect(),
        ..Sitemap::default()
    }
}

/// What an element of a sitemap says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Root,
    Page,
    Sitemap,
    Address,
    Changed,
    Title,
    Published,
    Keywords,
    Other,
}

/// Reads the XML forms; needs no well-formedness.
struct Reader<'a, 'h> {
    source: &'a str,
    scanner: Scanner<'a>,
    base: Option<&'h Url>,
    zone: Option<&'h TimeZone>,
    /// Prefixes of the news extension, where not `news`.
    news: Vec<&'a str>,
    /// What is open: a page or a sitemap.
    open: Option<Part>,
    /// The element whose text is being read.
    value: Option<(Part, String)>,
    entry: Entry,
    known: HashSet<Url>,
    found: Sitemap,
    notes: Notes,
}

impl<'a, 'h> Reader<'a, 'h> {
    fn new(source: &'a str, hints: &Hints<'h>) -> Self {
        Self {
            source,
            scanner: Scanner::new(source),
            base: hints.base,
            zone: hints.zone,
            news: Vec::new(),
            open: None,
            value: None,
            entry: Entry::default(),
            known: HashSet::new(),
            found: Sitemap::default(),
            notes: Notes::default(),
        }
    }

    /// Reads to the end; `false` if this is no sitemap.
    fn read(&mut self) -> bool {
        let mut is_sitemap = false;
        loop {
            let at = self.scanner.at;
            match self.scanner.next() {
                None => break,
                Some(Token::Start(tag)) => {
                    let part = self.part(&tag);
                    is_sitemap |= part == Part::Root;
                    if !is_sitemap
                        && matches!(part, Part::Other)
                        && tag.name.eq_ignore_ascii_case("html")
                    {
                        return false;
                    }
                    self.start(part, &tag, at);
                    if self.found.entries.len() + self.found.sitemaps.len() >= ADDRESSES_MAX {
                        self.notes.add(
                            self.source,
                            at,
                            "more addresses than a sitemap may have; the rest is left out",
                        );
                        break;
                    }
                }
                Some(Token::End(name)) => self.end(name),
                Some(Token::Text(text)) => self.text(&decode(text)),
                Some(Token::Cdata(text)) => self.text(text),
                Some(Token::Doctype(_)) => {}
            }
        }
        if self.open.is_some() {
            self.notes.add(
                self.source,
                self.source.len(),
                "the sitemap ends before its end tag",
            );
            self.close();
        }
        is_sitemap
    }

    fn part(&mut self, tag: &Tag<'a>) -> Part {
        if tag.attributes.contains("sitemap-news") {
            let news = tag
                .attributes()
                .filter(|(_, value)| value.contains("sitemap-news"));
            self.news.extend(
                news.filter_map(|(name, _)| name.strip_prefix("xmlns:"))
                    .take(4),
            );
        }
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let news = prefix.eq_ignore_ascii_case("news") || self.news.contains(&prefix);
        match (news, local.to_ascii_lowercase().as_str()) {
            (true, "title") => Part::Title,
            (true, "publication_date") => Part::Published,
            (true, "keywords") => Part::Keywords,
            (false, "urlset" | "sitemapindex") => Part::Root,
            // `image:loc` and `video:title` belong to what is shown on the page.
            (_, _) if news || matches!(prefix, "image" | "video" | "xhtml" | "mobile") => {
                Part::Other
            }
            (_, "url") => Part::Page,
            (_, "sitemap") => Part::Sitemap,
            (_, "loc") => Part::Address,
            (_, "lastmod") => Part::Changed,
            (_, _) => Part::Other,
        }
    }

    fn start(&mut self, part: Part, tag: &Tag<'a>, at: usize) {
        match part {
            Part::Page | Part::Sitemap => {
                if self.open.is_some() {
                    self.notes.add(
                        self.source,
                        at,
                        "an address is not closed before the next begins",
                    );
                    self.close();
                }
                self.open = Some(part);
            }
            Part::Address | Part::Changed | Part::Title | Part::Published | Part::Keywords => {
                self.settle();
                if !tag.empty {
                    self.value = Some((part, String::new()));
                }
            }
            Part::Root | Part::Other => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, value)) = &mut self.value
            && value.len() < links::ADDRESS_MAX
        {
            value.push_str(text);
        }
    }

    fn end(&mut self, name: &str) {
        self.settle();
        if name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("sitemap") {
            self.close();
        }
    }

    /// Takes the value that was being read.
    fn settle(&mut self) {
        let Some((part, text)) = self.value.take() else {
            return;
        };
        match part {
            Part::Address if self.entry.url.is_none() => {
                self.entry.url = links::address(&text, self.base);
            }
            Part::Changed => self.entry.updated = dates::parse(&text, self.zone),
            Part::Published => self.entry.published = dates::parse(&text, self.zone),
            Part::Title => {
                let title = if looks_like_html(&text) {
                    plain(&text)
                } else {
                    one_line(&text)
                };
                self.entry.title = Some(title).filter(|title| !title.is_empty());
            }
            Part::Keywords => {
                let words = text
                    .split(',')
                    .map(one_line)
                    .filter(|word| !word.is_empty());
                self.entry.categories = words.take(100).collect();
            }
            _ => {}
        }
    }

    /// Takes the page or sitemap that was open.
    fn close(&mut self) {
        self.settle();
        let entry = std::mem::take(&mut self.entry);
        let open = self.open.take();
        let Some(url) = entry.url.clone() else {
            return;
        };
        if !self.known.insert(url.clone()) {
            return;
        }
        match open {
            Some(Part::Page) => self.found.entries.push(entry),
            Some(Part::Sitemap) => self.found.sitemaps.push(Child {
                url,
                updated: entry.updated,
            }),
            _ => {}
        }
    }

    fn finish(self) -> Sitemap {
        Sitemap {
            warnings: self.notes.into_warnings(),
            ..self.found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: &str = r#"<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc> https://a.example/1?a=1&amp;b=2 </loc><lastmod>2025-06-23</lastmod>
        <n:news><n:publication><n:name>A</n:name><n:language>en</n:language></n:publication>
        <n:publication_date>2025-06-23T20:35:00+03:00</n:publication_date><n:title><![CDATA[A ship &amp; a storm]]></n:title>
        <n:keywords>ports, ships</n:keywords></n:news>
        <image:image><image:loc>https://a.example/1.jpg</image:loc><image:title>Picture</image:title></image:image></url>
        <url><loc>/2</loc></url><url><loc>/2</loc></url><url><loc>/3"#;

    fn read(bytes: &[u8]) -> Sitemap {
        let base = Url::parse("https://a.example/sitemap.xml").unwrap();
        let hints = Hints {
            base: Some(&base),
            ..Hints::default()
        };
        parse(bytes, &hints).unwrap()
    }

    #[test]
    fn a_news_sitemap_gives_titles_and_dates() {
        let sitemap = read(NEWS.as_bytes());
        let [first, second, third] = sitemap.entries.as_slice() else {
            panic!("{:?}", sitemap.entries);
        };
        assert_eq!(
            first.url.as_ref().map(Url::as_str),
            Some("https://a.example/1?a=1&b=2")
        );
        assert_eq!(first.title.as_deref(), Some("A ship & a storm"));
        assert_eq!(
            first.published.map(|time| time.to_string()).as_deref(),
            Some("2025-06-23T20:35:00+03:00")
        );
        assert_eq!(
            first.updated.map(|time| time.to_string()).as_deref(),
            Some("2025-06-23")
        );
        assert_eq!(first.categories, ["ports", "ships"]);
        assert_eq!(
            second.url.as_ref().map(Url::as_str),
            Some("https://a.example/2")
        );
        assert_eq!(
            third.url.as_ref().map(Url::as_str),
            Some("https://a.example/3")
        );
        assert_eq!(
            sitemap.warnings,
            ["line 8: the sitemap ends before its end tag"]
        );
    }

    #[test]
    fn compressed_indexes_lists_and_feeds_are_read_too() {
        use std::io::Write as _;
        let index = "<sitemapindex><sitemap><loc>https://a.example/news.xml.gz</loc><lastmod>2025-06-23T10:00Z</lastmod></sitemap></sitemapindex>";
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(index.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        for bytes in [&packed[..], &packed[..packed.len() - 6], index.as_bytes()] {
            let child = &read(bytes).sitemaps[0];
            assert_eq!(child.url.as_str(), "https://a.example/news.xml.gz");
            assert!(child.updated.is_some());
        }
        assert_eq!(
            read(b"https://a.example/1\nhttps://a.example/2\n")
                .entries
                .len(),
            2
        );
        assert_eq!(
            read(b"<rss><channel><item><title>x</title></item></channel></rss>")
                .entries
                .len(),
            1
        );
        assert!(parse(b"<html><body>404</body></html>", &Hints::default()).is_err());
        assert!(parse(&[0x1f, 0x8b, 0, 0], &Hints::default()).is_err());
    }
}

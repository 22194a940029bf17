//! Addresses: those of entries, and those inside their markup, made absolute.

use std::borrow::Cow;

use url::Url;

use crate::feed::entities::decode;
use crate::feed::scan::{Scanner, Token};
use crate::feed::tag::Tag;
use crate::feed::text::clean;

/// Longest address that is taken; browsers and servers stop far below.
pub(super) const ADDRESS_MAX: usize = 8 * 1024;

/// A markup may grow to this many times its size while its links are made absolute, and no more: a short
/// relative link and a long base would otherwise make gigabytes of megabytes.
const GROWTH_MAX: usize = 4;

/// What of that is free: small texts may grow more.
const GROWTH_FREE: usize = 64 * 1024;

/// An address as publishers write it: white space, line breaks and controls in it, the scheme forgotten.
pub(super) fn address(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.len() > ADDRESS_MAX {
        return None;
    }
    let cleaned = clean(Cow::Borrowed(text));
    let text = cleaned.as_ref();
    let named = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let text = if named && !text.contains("://") {
        Cow::Owned(format!("http://{text}"))
    } else {
        Cow::Borrowed(text)
    };
    let url = match Url::parse(&text) {
        Ok(url) => url,
        Err(_) => base?.join(&text).ok()?,
    };
    is_web(&url).then_some(url)
}

/// Whether an address is one that can be fetched.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.as_str().len() <= 2 * ADDRESS_MAX
}

/// A base address to go on with.
pub(super) fn base(text: &str, outer: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.len() > 2048 {
        return None;
    }
    let url = Url::parse(text).ok().or_else(|| outer?.join(text).ok())?;
    (is_web(&url) && url.as_str().len() <= 2048).then_some(url)
}

/// The markup with its relative links made absolute: against `base`, a mere fragment against `page`.
pub(super) fn absolute<'a>(
    markup: Cow<'a, str>,
    base: Option<&Url>,
    page: Option<&Url>,
) -> Cow<'a, str> {
    let Some(base) = base.or(page) else {
        return markup;
    };
    match rewritten(&markup, base, page) {
        Some(text) => Cow::Owned(text),
        None => markup,
    }
}

/// The markup rewritten, if there was anything to rewrite.
fn rewritten(markup: &str, base: &Url, page: Option<&Url>) -> Option<String> {
    memchr::memchr(b'=', markup.as_bytes())?;
    let mut scanner = Scanner::new(markup);
    let mut out = String::new();
    let mut copied = 0;
    while let Some(token) = scanner.next() {
        let Token::Start(tag) = token else {
            continue;
        };
        if tag.attributes.is_empty() {
            continue;
        }
        for (name, value) in tag.attributes() {
            let Some(link) = link_attribute(&tag, name, value, base, page) else {
                continue;
            };
            let at = value.as_ptr().addr() - markup.as_ptr().addr();
            out.push_str(&markup[copied..at]);
            out.push_str(&escape_attribute(&link));
            copied = at + value.len();
        }
        if out.len() > GROWTH_MAX * markup.len() + GROWTH_FREE {
            break;
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&markup[copied..]);
    Some(out)
}

/// The new value of an attribute, if it holds a relative link.
fn link_attribute(
    tag: &Tag<'_>,
    name: &str,
    value: &str,
    base: &Url,
    page: Option<&Url>,
) -> Option<String> {
    if name.eq_ignore_ascii_case("srcset") {
        return source_set(value, base);
    }
    let takes_links = match name.len() {
        3 => name.eq_ignore_ascii_case("src"),
        4 => {
            name.eq_ignore_ascii_case("href")
                || name.eq_ignore_ascii_case("cite")
                || (name.eq_ignore_ascii_case("data") && tag.name.eq_ignore_ascii_case("object"))
        }
        6 => name.eq_ignore_ascii_case("poster") || name.eq_ignore_ascii_case("action"),
        8 => name.eq_ignore_ascii_case("longdesc"),
        10 => name.eq_ignore_ascii_case("background"),
        _ => false,
    };
    if !takes_links {
        return None;
    }
    let value = value.trim();
    if value.is_empty() || value.len() > ADDRESS_MAX || has_scheme(value) {
        return None;
    }
    let from = if value.starts_with('#') {
        page.unwrap_or(base)
    } else {
        base
    };
    from.join(&decode(value)).ok().map(String::from)
}

/// `a.png 1x, b.png 2x` with absolute addresses, if any was relative.
fn source_set(value: &str, base: &Url) -> Option<String> {
    let mut changed = false;
    let candidates: Vec<String> = value
        .split(", ")
        .map(|candidate| {
            let candidate = candidate.trim();
            let (link, size) = candidate
                .split_once(' ')
                .map_or((candidate, ""), |(link, size)| (link, size));
            if link.is_empty() || has_scheme(link) || link.len() > ADDRESS_MAX {
                return candidate.to_owned();
            }
            match base.join(&decode(link)) {
                Ok(link) => {
                    changed = true;
                    format!("{link} {size}").trim_end().to_owned()
                }
                Err(_) => candidate.to_owned(),
            }
        })
        .collect();
    changed.then(|| candidates.join(", "))
}

/// Whether an address begins with a scheme (RFC 3986 §3.1).
pub(super) fn has_scheme(address: &str) -> bool {
    let end = address
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
        .unwrap_or(address.len());
    address[end..].starts_with(':') && address.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn escape_attribute(text: &str) -> Cow<'_, str> {
    if text.contains(['&', '"', '\'', '<']) {
        let text = text.replace('&', "&amp;").replace('"', "&quot;");
        Cow::Owned(text.replace('\'', "&#39;").replace('<', "&lt;"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markup: &str, expect: &str) {
        let base = Url::parse("https://a.example/news/2026/").unwrap();
        let page = Url::parse("https://a.example/p?x=1").unwrap();
        let found = absolute(Cow::Borrowed(markup), Some(&base), Some(&page));
        assert_eq!(found, expect);
    }

    #[test]
    fn links_in_markup_become_absolute() {
        check(
            "<a href=\"/b?c=1&amp;d=2\">x</a> <img src='p.png'/>",
            "<a href=\"https://a.example/b?c=1&amp;d=2\">x</a> <img src='https://a.example/news/2026/p.png'/>",
        );
        check("<a href=../b>", "<a href=https://a.example/news/b>");
        check(
            "<a href=\"#n1\">",
            "<a href=\"https://a.example/p?x=1#n1\">",
        );
        check(
            "<a href=\"//c.example/\">",
            "<a href=\"https://c.example/\">",
        );
        check(
            "<img srcset=\"a.png 1x, https://b.example/b.png 2x\">",
            "<img srcset=\"https://a.example/news/2026/a.png 1x, https://b.example/b.png 2x\">",
        );
        for same in [
            "<a href=\"https://b.example/\">",
            "<a href=\"mailto:a@b.example\">",
            "<a href=\"\">",
            "href=\"x\" < b",
            "<img src=\"data:image/png;base64,AAAA\">",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn a_long_base_does_not_blow_up_a_short_text() {
        let base = Url::parse(&format!("https://a.example/{}/", "b".repeat(2000))).unwrap();
        let markup = "<a href=x>".repeat(100_000);
        let grown = absolute(Cow::Borrowed(&markup), Some(&base), None);
        assert!(grown.len() < 6 * markup.len(), "{}", grown.len());
    }

    #[test]
    fn addresses_are_taken_as_they_are_typed() {
        let base = Url::parse("https://a.example/feed.xml").unwrap();
        for (text, expect) in [
            (" \nhttps://b.example/x \t", Some("https://b.example/x")),
            ("/x y", Some("https://a.example/x%20y")),
            ("https://b.exa\u{b}mple/x", Some("https://b.example/x")),
            ("www.b.example/x", Some("http://www.b.example/x")),
            ("//b.example/x", Some("https://b.example/x")),
            ("javascript:alert(1)", None),
            ("urn:uuid:1", None),
            ("", None),
        ] {
            let found = address(text, Some(&base));
            assert_eq!(found.as_ref().map(Url::as_str), expect, "{text}");
        }
    }
}

//! An entry while it is being read: every value with its rank, links and bases still apart.
//!
//! Several elements may say the same thing; the one of the lowest rank is kept, and of one rank the first.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::feed::links;
use crate::feed::text::{clean, one_line};
use crate::feed::values::trimmed;
use crate::model::entry::{Enclosure, Entry};
use crate::model::stated::StatedTime;

/// Most authors, categories and enclosures that are kept of one entry each.
const LIST_MAX: usize = 100;

/// Ranks of links. Lower is better.
pub(super) mod rank {
    /// The address behind a feed proxy's.
    pub(in crate::feed) const ORIGINAL: u8 = 0;
    /// `link` of RSS, the alternate HTML page of Atom.
    pub(in crate::feed) const LINK: u8 = 1;
    /// An alternate of another kind.
    pub(in crate::feed) const ALTERNATE: u8 = 2;
    /// A `guid` that is a permanent link.
    pub(in crate::feed) const PERMALINK: u8 = 4;
    /// `rdf:about`.
    pub(in crate::feed) const ABOUT: u8 = 5;
    /// Content that stands elsewhere.
    pub(in crate::feed) const SOURCE: u8 = 6;
    /// An `id` that happens to be an address, a link to the entry itself.
    pub(in crate::feed) const LAST: u8 = 7;
}

/// A value with the base address that held where it stood.
#[derive(Clone, Debug, Default)]
pub(super) struct Based<'a> {
    /// The value.
    pub(super) text: Cow<'a, str>,
    /// The nearest `xml:base`.
    pub(super) base: Option<Arc<Url>>,
}

/// A value with its base, without white space around it.
pub(super) fn based(text: Cow<'_, str>, base: Option<Arc<Url>>) -> Based<'_> {
    Based {
        text: trimmed(text),
        base,
    }
}

/// The best value so far.
#[derive(Clone, Debug)]
pub(super) struct Ranked<T>(Option<(u8, T)>);

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Ranked<T> {
    /// Keeps `value` if it is better than what there is.
    pub(super) fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.0 = Some((rank, value));
        }
    }

    /// The rank of the best value.
    pub(super) fn rank(&self) -> Option<u8> {
        self.0.as_ref().map(|(rank, _)| *rank)
    }

    /// The best value.
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    /// The best value.
    pub(super) fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) id: Ranked<String>,
    pub(super) link: Ranked<Based<'a>>,
    pub(super) title: Ranked<String>,
    pub(super) summary: Ranked<Based<'a>>,
    pub(super) content: Ranked<Based<'a>>,
    pub(super) authors: Vec<(u8, String)>,
    pub(super) published: Ranked<StatedTime>,
    pub(super) updated: Ranked<StatedTime>,
    pub(super) categories: Vec<String>,
    pub(super) enclosures: Vec<(Based<'a>, Option<String>, Option<u64>)>,
}

impl<'a> Draft<'a> {
    /// Adds an author, once.
    pub(super) fn author(&mut self, rank: u8, name: String) {
        let known = self.authors.iter().any(|(_, known)| *known == name);
        if !name.is_empty() && !known && self.authors.len() < LIST_MAX {
            self.authors.push((rank, name));
        }
    }

    /// Adds a category, once.
    pub(super) fn category(&mut self, name: &str) {
        let name = one_line(name);
        if !name.is_empty() && !self.categories.contains(&name) && self.categories.len() < LIST_MAX
        {
            self.categories.push(name);
        }
    }

    /// Adds an enclosure.
    pub(super) fn enclosure(
        &mut self,
        url: Based<'a>,
        media_type: Option<String>,
        length: Option<u64>,
    ) {
        let known = self
            .enclosures
            .iter_mut()
            .find(|(known, _, _)| known.text == url.text);
        if let Some((_, known_type, known_length)) = known {
            *known_type = known_type.take().or(media_type);
            *known_length = known_length.or(length);
        } else if !url.text.is_empty() && self.enclosures.len() < LIST_MAX {
            self.enclosures.push((url, media_type, length));
        }
    }

    /// The entry, its relative addresses read against `base` where no `xml:base` held.
    pub(super) fn finish(self, base: Option<&Url>) -> Entry {
        let url = self.link.take().and_then(|link| {
            let base = link.base.as_deref().or(base);
            links::address(&link.text, base)
        });
        let body = |value: Ranked<Based<'a>>| {
            let value = value.take()?;
            let base = value.base.as_deref().or(base);
            let text = links::absolute(clean(value.text), base, url.as_ref());
            let trimmed = text.trim();
            if trimmed.is_empty() {
                None
            } else if trimmed.len() == text.len() {
                Some(text.into_owned())
            } else {
                Some(trimmed.to_owned())
            }
        };
        let best = self.authors.iter().map(|(rank, _)| *rank).min();
        // A podcast's author is the house; it counts only where nobody else is named.
        let keeps = |rank: u8| Some(rank) == best || rank < 2;
        Entry {
            id: self.id.take().filter(|id| !id.is_empty()),
            title: self.title.take().filter(|title| !title.is_empty()),
            summary: body(self.summary),
            content: body(self.content),
            authors: self
                .authors
                .into_iter()
                .filter(|(rank, _)| keeps(*rank))
                .map(|(_, name)| name)
                .collect(),
            published: self.published.take(),
            updated: self.updated.take(),
            categories: self.categories,
            enclosures: enclosures(self.enclosures, base),
            url,
        }
    }
}

fn enclosures(
    found: Vec<(Based<'_>, Option<String>, Option<u64>)>,
    base: Option<&Url>,
) -> Vec<Enclosure> {
    found
        .into_iter()
        .filter_map(|(url, media_type, length)| {
            let base = url.base.as_deref().or(base);
            // Media may stand anywhere, so that other schemes are kept as they are.
            let url = match links::address(&url.text, base) {
                Some(absolute) => absolute.into(),
                None => one_line(&url.text),
            };
            (!url.is_empty()).then_some(Enclosure {
                url,
                media_type,
                length,
            })
        })
        .collect()
}

/// The name in what stands in an author element: `mail@host (Name)`, `Name <mail@host>`, a bare name; a bare
/// mail address is given as it is.
pub(super) fn person(text: &str) -> String {
    let text = one_line(text);
    let Some(at) = text.find('@') else {
        return text;
    };
    let is_mail = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let start = text[..at].rfind(|c: char| !is_mail(c)).map_or(0, |before| {
        before + text[before..].chars().next().map_or(1, char::len_utf8)
    });
    let end = text[at + 1..]
        .find(|c: char| !is_mail(c))
        .map_or(text.len(), |length| at + 1 + length);
    if start == at || end == at + 1 {
        return text; // `@name` is how some sign
    }
    let rest = format!(
        "{} {}",
        text[..start].trim_end_matches("mailto:"),
        &text[end..]
    );
    let name = rest.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '(' | ')' | '<' | '>' | '[' | ']' | ',' | ';' | ':' | '-' | '–' | '—' | '"'
            )
    });
    if name.is_empty() {
        text
    } else {
        one_line(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_person_is_found_beside_the_mail_address() {
        for (text, expect) in [
            ("Ann Doe", "Ann Doe"),
            ("desk@a.example (Ann Doe)", "Ann Doe"),
            ("Ann Doe <desk@a.example>", "Ann Doe"),
            ("Ann Doe (desk@a.example)", "Ann Doe"),
            ("desk@a.example", "desk@a.example"),
            ("Zoë—desk@a.example", "Zoë"),
            ("@ann", "@ann"),
            ("mailto:desk@a.example", "mailto:desk@a.example"),
            ("ё@", "ё@"),
        ] {
            assert_eq!(person(text), expect, "{text}");
        }
    }

    #[test]
    fn the_best_rank_is_kept_and_of_one_rank_the_first() {
        let mut value = Ranked::default();
        value.offer(2, "c");
        value.offer(1, "a");
        value.offer(1, "b");
        assert_eq!(value.take(), Some("a"));
    }
}

//! The parts of a feed as they begin: the feed itself, an entry, a person, what is set aside.

use std::sync::Arc;

use url::Url;

use crate::feed::draft::{Draft, based, rank};
use crate::feed::entities::decode;
use crate::feed::found::Root;
use crate::feed::names::Element;
use crate::feed::reader::{Kind, Reader};
use crate::feed::tag::Tag;

/// Most entries that are taken of one feed.
pub(super) const ENTRIES_MAX: usize = 10_000;

impl<'a> Reader<'a, '_> {
    /// Whether the tag opens a part whose values are not the entry's own.
    pub(super) fn aside(&mut self, tag: &Tag<'a>, element: Element, scope: Kind) -> Option<Kind> {
        match element {
            // RSS's `source` is text; Atom's holds a title and more.
            Element::Aside if tag.attribute("url").is_none() => Some(Kind::Aside),
            Element::Person if scope != Kind::Aside && !tag.empty => {
                self.person = Default::default();
                Some(Kind::Person)
            }
            _ => None,
        }
    }

    /// Looks for the root element. `false` while it has not come.
    pub(super) fn enter_root(&mut self, tag: &Tag<'a>, element: Element, at: usize) -> bool {
        let page = self
            .found
            .first
            .is_some_and(|first| first.eq_ignore_ascii_case("html"));
        let local = tag.name.rsplit(':').next().unwrap_or(tag.name);
        let root = match element {
            Element::Root if local.eq_ignore_ascii_case("feed") => Root::Atom,
            Element::Item if !page && local.eq_ignore_ascii_case("entry") => Root::Atom,
            Element::Root => Root::Rss,
            Element::Channel | Element::Item if !page => Root::Rss,
            _ => return false,
        };
        self.found.root = Some(root);
        self.found.root_at = at;
        let before = self.source[..at].trim_start_matches('\u{feff}');
        let declared =
            before.trim_start().starts_with("<?xml") || before.trim_start().starts_with("<!");
        if !declared && !before.trim().is_empty() {
            self.found.notes.add(
                self.source,
                0,
                "something stands in front of the feed; passed over",
            );
        }
        true
    }

    /// The feed's own attributes.
    pub(super) fn root_attributes(&mut self, tag: &Tag<'a>, base: Option<&Arc<Url>>) {
        if let Some(language) = tag
            .attribute("xml:lang")
            .filter(|language| !language.is_empty())
        {
            self.found.language.offer(1, language.to_owned());
        }
        if let Some(link) = tag.attribute("href") {
            self.found
                .link
                .offer(rank::LINK, based(decode(link), base.cloned())); // CDF
        }
        if self.found.base.is_none() {
            self.found.base = base.cloned();
        }
    }

    /// Begins an entry. `false` if there are too many.
    pub(super) fn start_item(&mut self, tag: &Tag<'a>, base: Option<&Arc<Url>>, at: usize) -> bool {
        if self.draft.is_some() {
            self.found.notes.add(
                self.source,
                at,
                "an entry is not closed before the next begins",
            );
            self.end_item();
        }
        if self.found.drafts.len() >= ENTRIES_MAX {
            let note = format!("more than {ENTRIES_MAX} entries; the rest is left out");
            self.found.notes.add(self.source, at, &note);
            return false;
        }
        let mut draft = Draft::default();
        if !tag.attributes.is_empty() {
            if let Some(about) = tag
                .attribute("rdf:about")
                .or_else(|| tag.attribute("about"))
            {
                let about = decode(about);
                draft.id.offer(1, about.trim().to_owned());
                draft.link.offer(rank::ABOUT, based(about, base.cloned()));
            }
            if let Some(link) = tag.attribute("href") {
                draft
                    .link
                    .offer(rank::LINK, based(decode(link), base.cloned()));
            }
            if let Some(time) = tag
                .attribute("lastmod")
                .and_then(|time| self.time(time, at))
            {
                draft.updated.offer(0, time);
            }
        }
        self.draft = Some(draft);
        if tag.empty {
            self.end_item();
        }
        true
    }
}

//! The way of an HTML page from its tree to the article.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

use jiff::tz::TimeZone;
use url::Url;

use super::body::clean::{self, Cleaned, Context, Origin};
use super::body::line::Line;
use super::body::{imprint, lead, lexicon, live};
use super::document::characters::{folded, normal};
use super::document::furniture::ProseMass;
use super::document::head::Head;
use super::document::jsonld::JsonLd;
use super::document::page::{NodeIndex, Page, Tag};
use super::document::parse;
use super::facts::dates::Reading;
use super::facts::order::Order;
use super::facts::said::Said;
use super::facts::title::Title;
use super::facts::{authors, bylines, language, metadata, sites, times, title};
use super::found::Found;
use super::{Extraction, Input, Note, is_partial, notes_of};
use crate::config::noise::Noise;
use crate::config::outlet::{Field, Outlet};
use crate::model::article::{BlockKind, Content, Way};
use crate::model::entry::Entry;

/// A page with all that is read from it once.
pub(super) struct Read<'p, 'a> {
    pub(super) page: &'p Page<'a>,
    pub(super) head: Head,
    pub(super) data: JsonLd,
    pub(super) base: Option<Url>,
    pub(super) title: Title,
    /// Other headlines that the page states for itself.
    pub(super) headlines: Vec<String>,
    pub(super) sites: Vec<String>,
    pub(super) mass: ProseMass<'a>,
    /// Subtrees that the outlet's rules drop.
    pub(super) ruled: HashSet<NodeIndex>,
    pub(super) alternatives: HashSet<String>,
    pub(super) outlet: Option<&'p Outlet>,
    /// The operator's own word lists.
    pub(super) noise: &'p Noise,
    /// Who wrote it, as far as that is known before the lines are judged.
    pub(super) writers: OnceCell<Vec<String>>,
}

/// The article of a page.
pub(super) fn extract(text: &str, input: &Input<'_>, noise: &Noise) -> Extraction {
    let (html, cut) = parse::bounded(text);
    let page = Page::new(&html);
    let read = Read::of(&page, input, noise);
    let found = read.by_rules().unwrap_or_else(|| read.in_general());
    let found = read.against_json_ld(found);
    let mut extraction = read.finish(found, input);
    if cut {
        extraction.content.partial = true;
        extraction.notes.push(Note {
            rule: "more nodes than are looked at".to_owned(),
            about: "the end of the page".to_owned(),
        });
    }
    extraction
}

/// The article of a piece of HTML or text that a feed carries.
pub(super) fn of_fragment(text: &str, entry: &Entry, outlet: Option<&Outlet>) -> Extraction {
    let input = Input {
        url: entry.url.as_ref(),
        outlet,
        entry: Some(entry),
        ..Input::of(&[])
    };
    let html = parse::document(text);
    let page = Page::new(&html);
    let none = Noise::default();
    let noise = outlet.map_or(&none, |outlet| &outlet.article.noise);
    let mut read = Read::of(&page, &input, noise);
    read.title.text.clone_from(&entry.title);
    let root = page.with_tag(Tag::Body).next().unwrap_or(0);
    let (mut lines, _) = read.lines(root, NodeIndex::MAX);
    lexicon::class_by(noise, &mut lines);
    let cleaned = read.clean(lines);
    let found = Found {
        cleaned,
        way: Way::FeedContent,
        column: root..page.nodes.len(),
        lead: Vec::new(),
        confidence: 0.3,
        notes: Vec::new(),
    };
    let mut extraction = read.finish(found, &input);
    extraction.content.title.clone_from(&entry.title);
    extraction
}

impl<'p, 'a> Read<'p, 'a> {
    fn of(page: &'p Page<'a>, input: &Input<'p>, noise: &'p Noise) -> Self {
        let head = Head::read(page, input.url);
        let base = input.url.cloned().or_else(|| head.canonical.clone());
        let mut addresses: Vec<Url> = input.url.cloned().into_iter().collect();
        addresses.extend(head.canonical.clone());
        let data = JsonLd::read(
            page,
            &addresses,
            head.get(&["og:title"]).or(head.title.as_deref()),
        );
        let host = base.as_ref().and_then(Url::host_str).map(str::to_owned);
        let site_names = sites::sites_of(
            &head,
            &data,
            host.as_deref(),
            input.outlet.map(|outlet| outlet.title.as_str()),
        );
        let names: Vec<&str> = site_names.iter().map(String::as_str).collect();
        let mut title = title::find(page, &head, &data, &names);
        let mut ruled: HashSet<NodeIndex> = input
            .outlet
            .into_iter()
            .flat_map(|outlet| &outlet.article.drop)
            .flat_map(|rule| page.select(rule))
            .collect();
        if let Some(text) = &mut title.text {
            *text = sites::without_section(text, base.as_ref()).to_owned();
            // A heading that says the headline in other words is no paragraph either.
            ruled.extend(title.node.filter(|node| page.line(*node) != *text));
        }
        let alternatives = page
            .with_tag(Tag::Img)
            .filter_map(|node| page.attribute(node, "alt"))
            .map(folded)
            .filter(|alternative| alternative.len() >= 12)
            .collect();
        let mut headlines: Vec<String> = (head.all("og:title").chain(head.all("twitter:title")))
            .take(4)
            .map(str::to_owned)
            .collect();
        headlines.extend(data.text("headline").map(Cow::into_owned));
        Self {
            headlines,
            mass: ProseMass::of(page),
            page,
            data,
            base,
            title,
            sites: site_names,
            ruled,
            alternatives,
            outlet: input.outlet,
            noise,
            head,
            writers: OnceCell::new(),
        }
    }

    pub(super) fn clean(&self, lines: Vec<Line>) -> Cleaned {
        clean::clean(
            lines,
            &Context {
                origin: Origin::Html,
                title: self.title.text.as_deref(),
                headlines: &self.headlines,
                drop_lines: self.outlet.map_or(&[], |outlet| &outlet.article.drop_lines),
                alternatives: &self.alternatives,
                writers: self.known_writers(),
            },
        )
    }

    /// Who wrote it, as far as that is known yet.
    pub(super) fn known_writers(&self) -> &[String] {
        self.writers.get().map_or(&[], Vec::as_slice)
    }

    fn zone(&self) -> Option<&TimeZone> {
        self.outlet.and_then(|outlet| outlet.timezone.as_ref())
    }

    /// How its dates are to be read.
    fn reading(&self, language: Option<&str>, url: Option<&Url>) -> Reading<'_> {
        Reading {
            zone: self.zone(),
            order: Order::of(self.page, &self.head, language, url),
        }
    }

    /// The words of the elements that one of the outlet's fields names, first field that has any.
    pub(super) fn ruled_lines(&self, fields: &[Field]) -> Vec<String> {
        fields
            .iter()
            .map(|field| {
                let nodes = self.page.select(&field.selector).take(50);
                let lines = nodes.filter_map(|node| match &field.attribute {
                    Some(name) => self
                        .page
                        .attribute(node, name)
                        .map(super::document::characters::normal),
                    None => Some(self.page.line(node)),
                });
                lines.filter(|line| !line.is_empty()).collect::<Vec<_>>()
            })
            .find(|lines| !lines.is_empty())
            .unwrap_or_default()
    }

    /// Text and metadata put together.
    fn finish(mut self, found: Found, input: &Input<'_>) -> Extraction {
        let rules = self
            .outlet
            .map(|outlet| outlet.article.clone())
            .unwrap_or_default();
        let names: Vec<&str> = self.sites.iter().map(String::as_str).collect();
        let near = self.near(&found.column);
        let ruled = self.ruled_lines(&rules.title);
        let title = (ruled.first()).map(|text| sites::without_site(text, &names));
        let stated = language::stated(&self.head, &self.data, self.title.text.as_deref());
        let language = language::of_article(stated, input.outlet, &found.cleaned.lines);
        let mut content = Content {
            title: title.or_else(|| self.title.text.take()),
            section: metadata::section(&self.head, &self.data),
            language,
            image: metadata::image(&self.head, &self.data, self.base.as_ref()),
            free: metadata::free(&self.head, &self.data),
            way: found.way,
            credit: found.cleaned.credit,
            captions: found.cleaned.captions,
            ..Content::default()
        };
        let known = self.writers.take();
        content.authors = self.authors(known, &rules.byline, &found.cleaned.bylines, &names, &near);
        if content.credit.is_none() {
            content.credit = authors::agency(
                &self.head,
                &self.data,
                &names,
                self.outlet.map(|outlet| outlet.title.as_str()),
            );
        }
        let reading = self.reading(content.language.as_deref(), input.url);
        let shown = content.title.as_deref();
        let (page, head, data) = (self.page, &self.head, &self.data);
        let times = times::find(page, head, data, reading, input.url, &near, shown);
        let dated = self
            .ruled_lines(&rules.published)
            .iter()
            .find_map(|line| reading.parse(&super::facts::months::unglued(line)));
        content.published = dated.or(times.published);
        content.updated = times.updated;
        content.tags = metadata::listed(self.ruled_lines(&rules.tags));
        if content.tags.is_empty() {
            let said = Said::of(content.title.as_deref(), &found.cleaned.lines);
            let (page, head, data) = (self.page, &self.head, &self.data);
            let writers = &content.authors;
            content.tags = metadata::tags(page, head, data, &near, &names, &said, writers);
        }
        if content.tags.is_empty() {
            content.tags = found.cleaned.tags;
        }
        let ruled_captions = self.ruled_lines(&rules.captions);
        if !ruled_captions.is_empty() {
            content.captions = ruled_captions;
        }
        let mut lines = found.cleaned.lines;
        let description = self.head.description().map(str::to_owned);
        content.lead = self.lead_of(found.lead, &mut lines, description.as_deref(), &rules.lead);
        let mut confidence = found.confidence;
        let mut notes = found.notes;
        if lines.is_empty()
            && let Some(text) = self.description_alone(&content, input)
        {
            confidence = 0.2;
            notes.push(Note {
                rule: "the description alone".to_owned(),
                about: text.chars().take(80).collect(),
            });
            lines.push(Line::of_text(text, BlockKind::Paragraph, true));
        }
        content.blocks = lines.into_iter().map(Line::into_block).collect();
        content.partial = is_partial(&content, description.as_deref());
        let live = live::is_live(&self.data, &content.blocks, &found.cleaned.cuts);
        let stated = self.stated();
        if content.partial {
            confidence /= 2.0;
        }
        Extraction {
            content,
            canonical: self.head.canonical,
            amp: self.head.amp,
            next_page: self.head.next,
            stated,
            live,
            confidence,
            notes: notes
                .into_iter()
                .chain(notes_of(&found.cleaned.cuts))
                .collect(),
        }
    }

    /// Who wrote it: by the outlet's rules, by what the page states and shows (`known` already, unless those rules
    /// found the text), else by a bare name among the `bylines` of the text.
    fn authors(
        &self,
        known: Option<Vec<String>>,
        rules: &[Field],
        bylines: &[String],
        names: &[&str],
        near: &std::ops::Range<NodeIndex>,
    ) -> Vec<String> {
        let by_rule = bylines::of_lines(&self.ruled_lines(rules), names);
        if !by_rule.is_empty() {
            return by_rule;
        }
        let stated =
            known.unwrap_or_else(|| authors::find(self.page, &self.head, &self.data, names, near));
        if !stated.is_empty() {
            return stated;
        }
        // Nothing says who wrote it but a name beside the date.
        let mut bare = bylines::of_lines(bylines, names);
        bare.retain(|name| imprint::is_bare_name(name) && !bylines::is_linked(self.page, name));
        bare
    }

    /// Where the page says that it stands, `rel=canonical` apart.
    fn stated(&self) -> Vec<Url> {
        let graph = self.head.get(&["og:url"]).map(str::to_owned);
        let data = [self.data.text("url"), self.data.text("mainEntityOfPage")];
        let texts = graph
            .into_iter()
            .chain(data.into_iter().flatten().map(Cow::into_owned));
        texts
            .filter_map(|text| Url::parse(text.trim()).ok())
            .collect()
    }

    /// What a dated page with a headline says of itself: the text of a page that shows none, such as a
    /// broadcast's, unless the source gave more.
    fn description_alone(&self, content: &Content, input: &Input<'_>) -> Option<String> {
        let given = input
            .entry
            .is_some_and(|entry| entry.content.is_some() || entry.summary.is_some());
        if given || content.title.is_none() || content.published.is_none() {
            return None;
        }
        let stated = self.head.description().map(str::to_owned);
        stated
            .or_else(|| Some(normal(&self.data.text("description")?)))
            .filter(|text| !text.is_empty())
    }

    /// Puts the standfirst first and says what it is.
    fn lead_of(
        &self,
        mut between: Vec<Line>,
        lines: &mut Vec<Line>,
        description: Option<&str>,
        rules: &[Field],
    ) -> Option<String> {
        let stated = self.ruled_lines(rules).into_iter().next();
        if let Some(text) = stated {
            if !lines.iter().take(3).any(|line| line.text == text) {
                lines.insert(0, Line::of_text(text.clone(), BlockKind::Paragraph, true));
            }
            return Some(text);
        }
        if !between.is_empty() {
            let alone = between.len() == 1;
            if alone {
                between[0].kind = BlockKind::Paragraph;
            }
            let text = between[0].text.clone();
            lines.splice(0..0, between);
            return alone.then_some(text);
        }
        let (first, second) = (lines.first()?, lines.get(1)?);
        let named = lead::is_named(self.page, first.node) && first.node != 0 && page_of(first);
        let told = description.is_some_and(|text| folded(text) == folded(&first.text))
            && lead::is_told_again(&first.text, &second.text);
        (named || told).then(|| first.text.clone())
    }

    /// The part of the page in which date and byline stand: from a little before the headline to the
    /// end of the text.
    pub(super) fn near(&self, column: &std::ops::Range<NodeIndex>) -> std::ops::Range<NodeIndex> {
        let headline = self.title.node.unwrap_or(column.start).min(column.start);
        headline.saturating_sub(40)..column.end.max(headline)
    }
}

fn page_of(line: &Line) -> bool {
    line.position > 0
}

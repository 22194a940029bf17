//! Rules for an outlet out of a few of its articles: only where they make the general extractor better.
//!
//! The general extractor reads each page first. What it misses is looked for: a title that the source
//! stated, a date near the one it stated, names, lines that stand in several articles and so are in
//! none. Each candidate is proven on all pages by extracting again with it; what cannot be proven is
//! handed back as a suggestion and not as a rule.

mod body;
mod selectors;

use std::collections::{BTreeMap, BTreeSet};

use body::repeated;
use jiff::SignedDuration;
use url::Url;

use super::document::characters::folded;
use super::document::page::{NodeIndex, Page, Tag};
use super::document::parse;
use super::{Extraction, Input, extract};
use crate::config::outlet::{Field, Outlet, SharedRules};
use crate::feed::dates;
use crate::model::entry::Entry;

/// Candidates that are proven for one field.
const CANDIDATES_MAX: usize = 16;
/// How far a page's date may be from its source's.
const NEAR: SignedDuration = SignedDuration::from_hours(26);

/// One article: its page, and what its source said of it.
#[derive(Clone, Copy)]
pub struct Witness<'a> {
    /// The page as it came.
    pub bytes: &'a [u8],
    /// The HTTP header's value.
    pub content_type: Option<&'a str>,
    /// Its final address.
    pub url: &'a Url,
    /// What the source said.
    pub entry: &'a Entry,
}

/// What was found about one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Finding {
    /// The general extractor needs no help.
    #[default]
    Well,
    /// This rule helps, and was proven on all pages.
    Rule(String),
    /// This rule reads something; whether it is the right thing is for a person to say.
    Perhaps(String),
    /// The general extractor misses it, and no rule was found.
    Missing,
}

/// What was derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// The text's column.
    pub body: Finding,
    /// The headline.
    pub title: Finding,
    /// The names.
    pub byline: Finding,
    /// The date.
    pub published: Finding,
    /// Lines that stand in several articles.
    pub drop_lines: Vec<String>,
    /// Pages that yield a text with these rules.
    pub readable: usize,
}

/// Derives rules from articles of `outlet`, whose own rules are left aside.
pub fn derive(outlet: &Outlet, witnesses: &[Witness<'_>]) -> Derived {
    let outlet = Outlet {
        article: SharedRules::default(),
        ..outlet.clone()
    };
    let first = Bench {
        outlet: outlet.clone(),
        witnesses,
        pages: Vec::new(),
    };
    let (witnesses, general) = body::distinct(witnesses, first.run());
    let trees: Vec<_> = witnesses.iter().map(|it| parsed(it, &outlet)).collect();
    let mut bench = Bench {
        outlet,
        witnesses: &witnesses,
        pages: trees.iter().map(Page::new).collect(),
    };
    let mut derived = Derived {
        title: bench.title(&general),
        byline: bench.byline(&general),
        published: bench.published(&general),
        body: bench.body(&general),
        ..Derived::default()
    };
    if let Finding::Rule(selector) = &derived.body {
        bench
            .outlet
            .article
            .body
            .extend(Field::parse(selector).ok());
    }
    let ruled = bench.run();
    let repeated = repeated(&ruled);
    let lines = ruled
        .iter()
        .flatten()
        .flat_map(|it| &it.content.blocks)
        .map(|block| block.text.trim());
    let dropped: BTreeSet<&str> = lines
        .filter(|line| repeated.contains(&folded(line)))
        .collect();
    derived.drop_lines = dropped
        .iter()
        .map(|line| format!("^{}$", regex::escape(line)))
        .collect();
    derived.readable = ruled.iter().flatten().count();
    derived
}

fn parsed(witness: &Witness<'_>, outlet: &Outlet) -> scraper::Html {
    let (text, _) = super::decode(witness.bytes, witness.content_type, outlet.charset);
    parse::document(&text)
}

/// The pages, and the rules on trial.
struct Bench<'w, 'a> {
    outlet: Outlet,
    witnesses: &'w [Witness<'w>],
    pages: Vec<Page<'a>>,
}

impl Bench<'_, '_> {
    /// Extracts every page by the rules on trial, without its source's help.
    fn run(&self) -> Vec<Option<Extraction>> {
        let one = |witness: &Witness<'_>| {
            extract(&Input {
                content_type: witness.content_type,
                url: Some(witness.url),
                outlet: Some(&self.outlet),
                ..Input::of(witness.bytes)
            })
            .ok()
        };
        self.witnesses.iter().map(one).collect()
    }

    /// The pages that a rule would be extracted from, with the rule in force.
    fn trial(&self, set: impl FnOnce(&mut Outlet, Field), rule: &str) -> Vec<Option<Extraction>> {
        let Ok(field) = Field::parse(rule) else {
            return Vec::new();
        };
        let mut outlet = self.outlet.clone();
        set(&mut outlet, field);
        let bench = Bench {
            outlet,
            witnesses: self.witnesses,
            pages: Vec::new(),
        };
        bench.run()
    }

    /// Selectors of the elements that `accepts`, those that most pages know first.
    fn candidates(&self, accepts: impl Fn(usize, &Page<'_>, NodeIndex) -> bool) -> Vec<String> {
        let mut pages_of: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for (index, page) in self.pages.iter().enumerate() {
            for node in 0..page.nodes.len() {
                if page.nodes[node].element.is_none() || !accepts(index, page, node) {
                    continue;
                }
                for selector in selectors::of(page, node) {
                    if !pages_of.contains_key(&selector) {
                        order.push(selector.clone());
                    }
                    pages_of.entry(selector).or_default().insert(index);
                }
            }
        }
        order.sort_by_key(|selector| std::cmp::Reverse(pages_of[selector].len()));
        order.truncate(CANDIDATES_MAX);
        order
    }

    fn title(&self, general: &[Option<Extraction>]) -> Finding {
        let stated: Vec<Option<String>> = self
            .witnesses
            .iter()
            .map(|it| it.entry.title.as_deref().map(folded))
            .collect();
        let found = |runs: &[Option<Extraction>]| -> Vec<Option<String>> {
            runs.iter()
                .map(|run| run.as_ref()?.content.title.as_deref().map(folded))
                .collect()
        };
        let is_right = |titles: &[Option<String>]| {
            let agree = titles
                .iter()
                .zip(&stated)
                .all(|(title, stated)| match (title, stated) {
                    (Some(title), Some(stated)) => {
                        title.contains(stated.as_str()) || stated.contains(title.as_str())
                    }
                    (Some(_), None) => true,
                    (None, _) => false,
                });
            let distinct: BTreeSet<_> = titles.iter().collect();
            agree && distinct.len() == titles.len()
        };
        if is_right(&found(general)) || general.iter().all(Option::is_none) {
            return Finding::Well;
        }
        let candidates = self.candidates(|index, page, node| {
            let is_heading = page.nodes[node]
                .tag
                .heading()
                .is_some_and(|level| level <= 2);
            let says_it = || {
                stated[index].as_ref().is_some_and(|stated| {
                    page.nodes[node].end - node < 40 && folded(&page.line(node)) == *stated
                })
            };
            is_heading || says_it()
        });
        let proven = candidates.into_iter().find(|rule| {
            let runs = self.trial(|outlet, field| outlet.article.title = vec![field], rule);
            is_right(&found(&runs))
        });
        proven.map_or(Finding::Missing, Finding::Rule)
    }

    fn byline(&self, general: &[Option<Extraction>]) -> Finding {
        let named = |runs: &[Option<Extraction>]| {
            runs.iter()
                .flatten()
                .filter(|run| !run.content.authors.is_empty())
                .count()
        };
        let before = named(general);
        if before > 0 || general.iter().all(Option::is_none) {
            return Finding::Well;
        }
        let candidates = self.candidates(|_, page, node| {
            let names = ["class", "rel", "itemprop"]
                .iter()
                .filter_map(|name| page.attribute(node, name));
            let is_called = names.into_iter().any(|name| {
                let name = name.to_lowercase();
                ["author", "byline", "autor", "auteur", "writer"]
                    .iter()
                    .any(|word| name.contains(word))
            });
            is_called
                && page.nodes[node].end - node < 40
                && (3..=80).contains(&page.line(node).chars().count())
        });
        for rule in candidates {
            let runs = self.trial(|outlet, field| outlet.article.byline = vec![field], &rule);
            if named(&runs) * 2 <= self.witnesses.len() {
                continue;
            }
            let agree = runs.iter().zip(self.witnesses).any(|(run, witness)| {
                let authors = run.iter().flat_map(|run| &run.content.authors);
                let stated: Vec<String> = witness
                    .entry
                    .authors
                    .iter()
                    .map(|name| folded(name))
                    .collect();
                authors
                    .into_iter()
                    .any(|author| stated.iter().any(|name| name.contains(&folded(author))))
            });
            return if agree {
                Finding::Rule(rule)
            } else {
                Finding::Perhaps(rule)
            };
        }
        Finding::Missing
    }

    fn published(&self, general: &[Option<Extraction>]) -> Finding {
        let dated = |runs: &[Option<Extraction>]| {
            runs.iter()
                .flatten()
                .filter(|run| run.content.published.is_some())
                .count()
        };
        if dated(general) == general.iter().flatten().count() {
            return Finding::Well;
        }
        let zone = self.outlet.timezone.as_ref();
        let attributes = ["datetime", "content", "data-date", "data-time", "title"];
        let value = |page: &Page<'_>, node: NodeIndex, attribute: Option<&str>| match attribute {
            Some(name) => page.attribute(node, name).map(str::to_owned),
            None => Some(page.line(node)),
        };
        for attribute in attributes.map(Some).into_iter().chain([None]) {
            let candidates = self.candidates(|_, page, node| {
                let small = page.nodes[node].end - node < 12 && page.nodes[node].tag != Tag::Meta;
                small
                    && value(page, node, attribute).is_some_and(|text| {
                        (6..=60).contains(&text.len()) && dates::parse(&text, zone).is_some()
                    })
            });
            for rule in candidates {
                let rule = attribute.map_or(rule.clone(), |name| format!("{rule}@{name}"));
                let runs = self.trial(
                    |outlet, field| outlet.article.published = vec![field],
                    &rule,
                );
                if dated(&runs) < runs.iter().flatten().count() || runs.is_empty() {
                    continue;
                }
                match self.dates_agree(&runs) {
                    Some(true) => return Finding::Rule(rule),
                    Some(false) => {}
                    None => return Finding::Perhaps(rule),
                }
            }
        }
        Finding::Missing
    }

    /// Whether the dates are near those that the source stated; nothing where it stated none.
    fn dates_agree(&self, runs: &[Option<Extraction>]) -> Option<bool> {
        let pairs = runs
            .iter()
            .zip(self.witnesses)
            .filter_map(|(run, witness)| {
                let found = run.as_ref()?.content.published?.instant();
                Some(
                    found
                        .duration_since(witness.entry.published?.instant())
                        .abs()
                        <= NEAR,
                )
            });
        let near: Vec<bool> = pairs.collect();
        (!near.is_empty()).then(|| near.iter().all(|near| *near))
    }
}

#[cfg(test)]
mod tests;

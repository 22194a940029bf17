//! Raw filters to checked ones.

use regex::Regex;

use super::check::Check;
use super::filter::{Filter, Term};
use super::raw_endpoint::{RawFilter, RawTerm};
use super::shape::similar_to;
use super::values::{Read, expression, language};
use crate::model::id::OutletName;
use crate::model::language::primary_subtag;
use crate::model::tag::comparable_tag;

/// Groups within groups, the filter itself not counted: deeper ones nobody can read, and checking
/// works by recursion.
const DEEPEST: usize = 8;
/// Expressions of one endpoint, all groups together: each is looked for in each article.
const EXPRESSIONS_MAX: usize = 1000;

impl Check<'_> {
    /// Checks an endpoint's filter.
    pub(crate) fn filter(&mut self, raw: &RawFilter, key: &str, outlets: &[OutletName]) -> Filter {
        if expressions(raw) > EXPRESSIONS_MAX {
            self.wrong(
                key,
                format!(
                    "holds more than {EXPRESSIONS_MAX} expressions; join those of a list with `|`"
                ),
            );
        }
        self.group(raw, key, outlets, 0)
    }

    fn group(
        &mut self,
        raw: &RawFilter,
        key: &str,
        outlets: &[OutletName],
        depth: usize,
    ) -> Filter {
        let at = |name: &str| format!("{key}.{name}");
        let known: Vec<&str> = outlets.iter().map(OutletName::as_str).collect();
        Filter {
            any: self.terms(&raw.any, &at("any"), outlets, depth),
            all: self.terms(&raw.all, &at("all"), outlets, depth),
            none: self.terms(&raw.none, &at("none"), outlets, depth),
            title: self.read_all(&at("title"), &raw.title, wording),
            outlets: self
                .read_all(&at("outlets"), &raw.outlets, |text| outlet(text, &known))
                .into_iter()
                .collect(),
            languages: self
                .read_all(&at("languages"), &raw.languages, primary)
                .into_iter()
                .collect(),
            tags: self
                .read_all(&at("tags"), &raw.tags, tag)
                .into_iter()
                .collect(),
            bylines: self.read_all(&at("bylines"), &raw.bylines, wording),
            min_words: raw.min_words,
            paywalled: raw.paywalled,
            original: raw.original,
        }
    }

    fn terms(
        &mut self,
        raw: &[RawTerm],
        key: &str,
        outlets: &[OutletName],
        depth: usize,
    ) -> Vec<Term> {
        let mut terms = Vec::with_capacity(raw.len());
        for (index, term) in raw.iter().enumerate() {
            let key = format!("{key}[{index}]");
            match term {
                RawTerm::Expression(text) => {
                    let read = self.read(&key, text, wording);
                    terms.extend(read.map(Term::Expression));
                }
                RawTerm::Group(_) if depth == DEEPEST => {
                    self.wrong(
                        &key,
                        format!("groups may stand {DEEPEST} deep; say it more simply"),
                    );
                }
                RawTerm::Group(raw) => {
                    let group = self.group(raw, &key, outlets, depth + 1);
                    if group.is_empty() && !self.report.is_wrong_below(&key) {
                        // In `none` it would hold back everything, in `any` let everything pass.
                        self.wrong(&key, "is an empty group, which every article is part of; say what it is to hold, or leave it out");
                    }
                    terms.push(Term::Group(Box::new(group)));
                }
            }
        }
        terms
    }
}

/// Expressions of a raw filter with its groups.
fn expressions(raw: &RawFilter) -> usize {
    let terms = raw.any.iter().chain(&raw.all).chain(&raw.none);
    let inner: usize = terms
        .map(|term| match term {
            RawTerm::Expression(_) => 1,
            RawTerm::Group(group) => expressions(group),
        })
        .sum();
    inner + raw.title.len() + raw.bylines.len()
}

/// An expression that says something.
fn wording(text: &str) -> Read<Regex> {
    if text.is_empty() {
        return Err(
            "is empty, and so matches every article; say what it is to match, or leave it out"
                .to_owned(),
        );
    }
    expression(text, true)
}

fn outlet(text: &str, known: &[&str]) -> Read<OutletName> {
    if known.contains(&text) {
        return Ok(OutletName::new(text));
    }
    let guess = similar_to(text, known);
    Err(format!(
        "is not the name of a configured outlet{guess}; see `wireroom check` for those that are"
    ))
}

fn primary(text: &str) -> Read<String> {
    language(text).map(|tag| primary_subtag(&tag))
}

/// A tag, as it is compared with those of articles.
fn tag(text: &str) -> Read<String> {
    let tag = comparable_tag(text);
    if tag.is_empty() {
        return Err("is not a tag; allowed: its words, like `air defence`".to_owned());
    }
    Ok(tag)
}

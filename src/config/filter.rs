//! What an endpoint lets pass, checked: a small boolean language.
//!
//! All that one filter says must hold. Its lists of terms are `any`, `all` and `none`; a term is an
//! expression or a group, and a group is a filter again.

use std::collections::BTreeSet;

use regex::Regex;

use crate::model::id::OutletName;

/// A filter, or a group within one; an empty part lets all pass.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these must hold.
    pub any: Vec<Term>,
    /// All of these must hold.
    pub all: Vec<Term>,
    /// None of these may hold.
    pub none: Vec<Term>,
    /// One of these must match the title.
    pub title: Vec<Regex>,
    /// Only these outlets.
    pub outlets: BTreeSet<OutletName>,
    /// Only these languages (primary subtag, lower case).
    pub languages: BTreeSet<String>,
    /// One of these tags (lower case).
    pub tags: BTreeSet<String>,
    /// One of these must match an author's name.
    pub bylines: Vec<Regex>,
    /// At least so many words of text.
    pub min_words: Option<u64>,
    /// Whether its page says that it is behind a paywall.
    pub paywalled: Option<bool>,
    /// Whether it is the first seen of its story.
    pub original: Option<bool>,
}

/// One term of a list.
#[derive(Clone, Debug)]
pub enum Term {
    /// Matches title or text.
    Expression(Regex),
    /// All that the group says must hold.
    Group(Box<Filter>),
}

impl Filter {
    /// Whether anything in it asks whether an article is the first of its story.
    pub fn asks_of_stories(&self) -> bool {
        let groups = self.any.iter().chain(&self.all).chain(&self.none);
        self.original.is_some()
            || groups.into_iter().any(|term| match term {
                Term::Expression(_) => false,
                Term::Group(group) => group.asks_of_stories(),
            })
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        let Self {
            any,
            all,
            none,
            title,
            outlets,
            languages,
            tags,
            bylines,
            min_words,
            paywalled,
            original,
        } = self;
        any.is_empty()
            && all.is_empty()
            && none.is_empty()
            && title.is_empty()
            && outlets.is_empty()
            && languages.is_empty()
            && tags.is_empty()
            && bylines.is_empty()
            && min_words.is_none()
            && paywalled.is_none()
            && original.is_none()
    }
}

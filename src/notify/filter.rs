//! What a filter says of an article, and why.
//!
//! Routing and explaining are one walk: routing stops at the first part that does not hold, explaining
//! goes through all of them and notes each with what was found.

use regex::Regex;

use crate::config::filter::{Filter, Term};
use crate::model::article::Content;
use crate::model::id::OutletName;
use crate::model::language::primary_subtag;
use crate::model::tag::comparable_tag;

/// Characters of a text that are shown before and behind what matched.
const BESIDE_CHARS: usize = 30;
/// Characters shown of what matched.
const FOUND_CHARS: usize = 80;

/// What filters look at.
#[derive(Clone, Debug)]
pub struct ArticleFacts<'a> {
    /// The outlet.
    pub outlet: &'a OutletName,
    /// BCP 47 tag.
    pub language: Option<&'a str>,
    /// The headline.
    pub title: Option<&'a str>,
    /// The whole text.
    pub text: String,
    /// Its length.
    pub words: u64,
    /// Tags.
    pub tags: &'a [String],
    /// Names of authors.
    pub authors: &'a [String],
    /// What the page says of its paywall: true is free to read.
    pub free: Option<bool>,
    /// Whether it is the first seen of its story; true where that is not known.
    pub original: bool,
}

impl<'a> ArticleFacts<'a> {
    /// The facts of `content`, published by `outlet`.
    pub fn of(outlet: &'a OutletName, content: &'a Content, original: bool) -> Self {
        Self {
            outlet,
            language: content.language.as_deref(),
            title: content.title.as_deref(),
            text: content.text(),
            words: crate::extract::summary::words(content),
            tags: &content.tags,
            authors: &content.authors,
            free: content.free,
            original,
        }
    }
}

/// One rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The key it stands under, as `filter.any[0]`.
    pub rule: String,
    /// Whether it lets the article pass.
    pub holds: bool,
    /// What was found, for people.
    pub why: String,
    /// Groups that it stands in: only what stands in none decides by itself.
    pub depth: usize,
}

/// A walk through the rules of one endpoint.
pub(super) struct Walk<'f, 'a> {
    pub(super) facts: &'f ArticleFacts<'a>,
    /// `None`: nobody asks why.
    pub(super) steps: Option<Vec<Step>>,
    /// Groups that the walk is in.
    pub(super) depth: usize,
}

impl Walk<'_, '_> {
    /// Whether everything that the filter says holds.
    pub(super) fn filter(&mut self, filter: &Filter, key: &str) -> bool {
        let parts: [fn(&mut Self, &Filter, &str) -> bool; 11] = [
            Self::outlets,
            Self::languages,
            Self::original,
            Self::paywalled,
            Self::min_words,
            Self::tags,
            Self::bylines,
            Self::title,
            Self::none,
            Self::all,
            Self::any,
        ];
        let mut holds = true;
        for part in parts {
            holds &= part(self, filter, key);
            if !holds && self.steps.is_none() {
                return false;
            }
        }
        holds
    }

    /// Notes what was found, in words that are put together only where somebody asks.
    pub(super) fn note(&mut self, rule: &str, holds: bool, why: impl FnOnce() -> String) -> bool {
        if let Some(steps) = &mut self.steps {
            steps.push(Step {
                rule: rule.to_owned(),
                holds,
                why: why(),
                depth: self.depth,
            });
        }
        holds
    }

    fn outlets(&mut self, filter: &Filter, key: &str) -> bool {
        let outlet = self.facts.outlet;
        if filter.outlets.is_empty() {
            return true;
        }
        let named = filter.outlets.contains(outlet);
        self.note(&format!("{key}.outlets"), named, || {
            names_or_not(named, outlet.as_str())
        })
    }

    fn languages(&mut self, filter: &Filter, key: &str) -> bool {
        if filter.languages.is_empty() {
            return true;
        }
        let tag = self.facts.language;
        let named = tag.is_some_and(|tag| filter.languages.contains(&primary_subtag(tag)));
        self.note(&format!("{key}.languages"), named, || match tag {
            Some(tag) => names_or_not(named, tag),
            None => "the article's language is not known".to_owned(),
        })
    }

    fn original(&mut self, filter: &Filter, key: &str) -> bool {
        let Some(wanted) = filter.original else {
            return true;
        };
        let original = self.facts.original;
        self.note(&format!("{key}.original"), wanted == original, || {
            let which = if original {
                "is the first seen"
            } else {
                "is a copy"
            };
            format!("the article {which} of its story")
        })
    }

    fn paywalled(&mut self, filter: &Filter, key: &str) -> bool {
        let Some(wanted) = filter.paywalled else {
            return true;
        };
        let free = self.facts.free;
        let behind = free == Some(false);
        self.note(&format!("{key}.paywalled"), wanted == behind, || {
            match free {
                Some(false) => "its page says that it is behind a paywall",
                Some(true) => "its page says that it is free to read",
                None => "its page says nothing of a paywall",
            }
            .to_owned()
        })
    }

    fn min_words(&mut self, filter: &Filter, key: &str) -> bool {
        let Some(least) = filter.min_words else {
            return true;
        };
        let words = self.facts.words;
        self.note(&format!("{key}.min_words"), words >= least, || {
            format!("the text has {words} words, and {least} are asked for")
        })
    }

    fn tags(&mut self, filter: &Filter, key: &str) -> bool {
        if filter.tags.is_empty() {
            return true;
        }
        let tags = self.facts.tags;
        let found = tags
            .iter()
            .find(|tag| filter.tags.contains(&comparable_tag(tag)));
        self.note(&format!("{key}.tags"), found.is_some(), || match found {
            Some(tag) => format!("the article has the tag `{tag}`"),
            None if tags.is_empty() => "the article has no tags".to_owned(),
            None => format!("the article has other tags: {}", tags.join(", ")),
        })
    }

    fn bylines(&mut self, filter: &Filter, key: &str) -> bool {
        let authors = self.facts.authors;
        let key = format!("{key}.bylines");
        self.one_of(
            &filter.bylines,
            &key,
            "author",
            &authors.iter().map(String::as_str),
        )
    }

    fn title(&mut self, filter: &Filter, key: &str) -> bool {
        let title = self.facts.title;
        self.one_of(
            &filter.title,
            &format!("{key}.title"),
            "title",
            &title.into_iter(),
        )
    }

    /// Whether one of the expressions matches one of the texts; none of either: it does.
    fn one_of<'t>(
        &mut self,
        expressions: &[Regex],
        key: &str,
        what: &str,
        texts: &(impl Iterator<Item = &'t str> + Clone),
    ) -> bool {
        if expressions.is_empty() {
            return true;
        }
        for (place, regex) in expressions.iter().enumerate() {
            let found = texts
                .clone()
                .find_map(|text| Some((text, regex.find(text)?)));
            if let Some((text, found)) = found {
                return self.note(&format!("{key}[{place}]"), true, || {
                    matched(regex, what, text, found.range())
                });
            }
        }
        self.note(key, false, || format!("no expression matches the {what}"))
    }

    fn any(&mut self, filter: &Filter, key: &str) -> bool {
        if filter.any.is_empty() {
            return true;
        }
        for (place, term) in filter.any.iter().enumerate() {
            let key = format!("{key}.any[{place}]");
            if self.term(term, &key) {
                return self.found(term, &key, true);
            }
        }
        self.note(&format!("{key}.any"), false, || {
            "none of its expressions and groups holds".to_owned()
        })
    }

    fn all(&mut self, filter: &Filter, key: &str) -> bool {
        let mut holds = true;
        for (place, term) in filter.all.iter().enumerate() {
            let key = format!("{key}.all[{place}]");
            let found = self.term(term, &key);
            if found {
                self.found(term, &key, true);
            } else {
                self.note(&key, false, || missing(term));
            }
            holds &= found;
            if !holds && self.steps.is_none() {
                return false;
            }
        }
        holds
    }

    fn none(&mut self, filter: &Filter, key: &str) -> bool {
        for (place, term) in filter.none.iter().enumerate() {
            let key = format!("{key}.none[{place}]");
            if self.term(term, &key) {
                return self.found(term, &key, false);
            }
        }
        filter.none.is_empty()
            || self.note(&format!("{key}.none"), true, || {
                "none of its expressions and groups holds".to_owned()
            })
    }

    /// Whether a term holds; the parts of a group are noted.
    fn term(&mut self, term: &Term, key: &str) -> bool {
        match term {
            Term::Expression(regex) => self.place_of(regex).is_some(),
            Term::Group(group) => {
                self.depth += 1;
                let holds = self.filter(group, key);
                self.depth -= 1;
                holds
            }
        }
    }

    /// Notes a term that holds.
    fn found(&mut self, term: &Term, key: &str, passes: bool) -> bool {
        let why = match term {
            Term::Group(_) => "the group holds".to_owned(),
            Term::Expression(regex) if self.steps.is_some() => match self.place_of(regex) {
                Some((what, text, range)) => matched(regex, what, text, range),
                None => String::new(),
            },
            Term::Expression(_) => String::new(),
        };
        self.note(key, passes, || why)
    }

    /// Where an expression matches: the title first, then the text.
    fn place_of(&self, regex: &Regex) -> Option<(&'static str, &str, std::ops::Range<usize>)> {
        let look = |what, text| {
            let found = regex.find(text)?;
            Some((what, text, found.range()))
        };
        let title = self.facts.title.and_then(|title| look("title", title));
        title.or_else(|| look("text", &self.facts.text))
    }
}

fn missing(term: &Term) -> String {
    match term {
        Term::Expression(regex) => format!("`{}` matches neither title nor text", regex.as_str()),
        Term::Group(_) => "the group does not hold".to_owned(),
    }
}

fn names_or_not(named: bool, what: &str) -> String {
    if named {
        format!("it names {what}")
    } else {
        format!("it does not name {what}")
    }
}

/// The expression, and the place with a few words around it.
fn matched(regex: &Regex, what: &str, text: &str, range: std::ops::Range<usize>) -> String {
    let before = &text[..range.start];
    let head: Vec<char> = before.chars().rev().take(BESIDE_CHARS).collect();
    let cut_before = before.chars().nth(BESIDE_CHARS).is_some();
    let behind = &text[range.start..];
    let length = text[range].chars().count().min(FOUND_CHARS) + BESIDE_CHARS;
    let tail: String = behind.chars().take(length).collect();
    let cut_behind = tail.len() < behind.len();
    let mark = |cut| if cut { "…" } else { "" };
    let shown: String = head.into_iter().rev().chain(tail.chars()).collect();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, behind) = (mark(cut_before), mark(cut_behind));
    format!(
        "`{}` matches the {what}: “{before}{shown}{behind}”",
        regex.as_str()
    )
}

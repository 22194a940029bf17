//! Which endpoints want an event.
//!
//! Each refusal has a reason that can be shown, so that "why was I not told?" has an answer.
//! Filters look at articles only: whoever asks for `source.*` or `endpoint.*` events gets them all.

use std::fmt;

use regex::Regex;

use crate::config::endpoint::{EndpointSpec, Stories};
use crate::model::article::Content;
use crate::model::event::EventKind;
use crate::model::id::{EndpointName, OutletName};

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
            original,
        }
    }
}

/// The rule that held an event back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The kind is not among the endpoint's `events`.
    Kind(EventKind),
    /// The outlet is not among `filter.outlets`.
    Outlet(OutletName),
    /// The language (`None`: unknown) is not among `filter.languages`.
    Language(Option<String>),
    /// Nothing of `filter.any` matches.
    NoneMatches,
    /// This expression of `filter.none` matches.
    Excluded(String),
    /// Another outlet had the story first, and `stories` is `first`.
    NotFirst,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "`events` does not name {}", kind.as_str()),
            Self::Outlet(outlet) => write!(f, "`filter.outlets` does not name {outlet}"),
            Self::Language(Some(tag)) => write!(f, "`filter.languages` does not name `{tag}`"),
            Self::Language(None) => {
                f.write_str("its language is unknown, and `filter.languages` is set")
            }
            Self::NoneMatches => f.write_str("no expression of `filter.any` matches title or text"),
            Self::Excluded(regex) => write!(f, "`{regex}` of `filter.none` matches"),
            Self::NotFirst => {
                f.write_str("another outlet had the story first, and `stories` is `first`")
            }
        }
    }
}

/// Whether `endpoint` wants an event of `kind` about `article`, and if not, why.
pub fn wants(
    endpoint: &EndpointSpec,
    kind: EventKind,
    article: Option<&ArticleFacts<'_>>,
) -> Result<(), Why> {
    // A test is sent to the endpoint that it tests, whatever the endpoint subscribes to.
    if kind != EventKind::Test && !endpoint.events.contains(&kind) {
        return Err(Why::Kind(kind));
    }
    let Some(article) = article else {
        return Ok(());
    };
    let filter = &endpoint.filter;
    if !filter.outlets.is_empty() && !filter.outlets.contains(article.outlet) {
        return Err(Why::Outlet(article.outlet.clone()));
    }
    if !filter.languages.is_empty() {
        let primary = article.language.map(primary_subtag);
        if !primary
            .as_ref()
            .is_some_and(|tag| filter.languages.contains(tag))
        {
            return Err(Why::Language(article.language.map(str::to_owned)));
        }
    }
    if endpoint.stories == Stories::First && !article.original {
        return Err(Why::NotFirst);
    }
    if let Some(regex) = filter.none.iter().find(|regex| matches(regex, article)) {
        return Err(Why::Excluded(regex.as_str().to_owned()));
    }
    if !filter.any.is_empty() && !filter.any.iter().any(|regex| matches(regex, article)) {
        return Err(Why::NoneMatches);
    }
    Ok(())
}

/// The endpoints that want it, in the order given.
pub fn routes<'a>(
    endpoints: impl IntoIterator<Item = &'a EndpointSpec>,
    kind: EventKind,
    article: Option<&ArticleFacts<'_>>,
) -> Vec<EndpointName> {
    endpoints
        .into_iter()
        .filter(|endpoint| wants(endpoint, kind, article).is_ok())
        .map(|endpoint| endpoint.name.clone())
        .collect()
}

fn matches(regex: &Regex, article: &ArticleFacts<'_>) -> bool {
    article.title.is_some_and(|title| regex.is_match(title)) || regex.is_match(&article.text)
}

/// `en` of `en-GB` or `en_GB`, in lower case.
fn primary_subtag(tag: &str) -> String {
    tag.split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notify::sample;

    fn regexes(patterns: &[&str]) -> Vec<Regex> {
        patterns
            .iter()
            .map(|pattern| Regex::new(&format!("(?i){pattern}")).unwrap())
            .collect()
    }

    #[test]
    fn each_rule_holds_back_and_says_so() {
        let outlet = OutletName::new("post");
        let facts = ArticleFacts {
            outlet: &outlet,
            language: Some("en-GB"),
            title: Some("Air defence over Kyiv"),
            text: "NATO met.\n\nNothing else.".to_owned(),
            original: false,
        };
        let check = |change: &dyn Fn(&mut EndpointSpec), held: Option<&str>| {
            let mut endpoint = sample::endpoint("json");
            change(&mut endpoint);
            let why = wants(&endpoint, EventKind::ArticleNew, Some(&facts)).err();
            assert_eq!(why.map(|why| why.to_string()).as_deref(), held);
        };
        check(&|_| {}, None);
        check(
            &|to| to.events.clear(),
            Some("`events` does not name article.new"),
        );
        check(
            &|to| to.filter.any = regexes(&["x", "air defen[cs]e"]),
            None,
        );
        check(&|to| to.filter.any = regexes(&["nato"]), None);
        check(
            &|to| to.filter.any = regexes(&["football"]),
            Some("no expression of `filter.any` matches title or text"),
        );
        check(
            &|to| to.filter.none = regexes(&["nothing ELSE"]),
            Some("`(?i)nothing ELSE` of `filter.none` matches"),
        );
        check(
            &|to| to.filter.outlets = BTreeSet::from([OutletName::new("post")]),
            None,
        );
        check(
            &|to| to.filter.outlets = BTreeSet::from([OutletName::new("times")]),
            Some("`filter.outlets` does not name post"),
        );
        check(
            &|to| to.filter.languages = BTreeSet::from(["en".to_owned()]),
            None,
        );
        check(
            &|to| to.filter.languages = BTreeSet::from(["uk".to_owned()]),
            Some("`filter.languages` does not name `en-GB`"),
        );
        check(
            &|to| to.stories = Stories::First,
            Some("another outlet had the story first, and `stories` is `first`"),
        );
    }

    #[test]
    fn an_unknown_language_passes_no_language_filter() {
        let outlet = OutletName::new("post");
        let content = Content::default();
        let facts = ArticleFacts::of(&outlet, &content, true);
        let mut endpoint = sample::endpoint("json");
        endpoint.filter.languages.insert("en".to_owned());
        let why = wants(&endpoint, EventKind::ArticleNew, Some(&facts));
        assert_eq!(why, Err(Why::Language(None)));
    }

    #[test]
    fn routes_name_those_that_want_it_and_a_test_needs_no_subscription() {
        let mut deaf = sample::endpoint("slack");
        deaf.events.clear();
        let endpoints = [sample::endpoint("json"), deaf];
        let names = |kind| routes(&endpoints, kind, None);
        assert_eq!(names(EventKind::SourceFailing), [EndpointName::new("json")]);
        assert_eq!(names(EventKind::Test).len(), 2);
    }
}

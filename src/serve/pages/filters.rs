//! An endpoint's filter in words: what it lets pass, and why it held an article back.

use maud::{Markup, html};

use crate::config::endpoint::EndpointSpec;
use crate::config::filter::{Filter, Term};
use crate::model::article::Article;
use crate::model::event::EventKind;
use crate::notify::route::{self, ArticleFacts};
use crate::serve::pages::words::Shown;

/// Its parts, as rows of a list of pairs.
pub(super) fn show(spec: &EndpointSpec) -> Markup {
    rows(&spec.filter)
}

fn rows(filter: &Filter) -> Markup {
    let expressions = |words: &str, list: &[regex::Regex]| {
        html! { @if !list.is_empty() { dt { (words) } dd { @for it in list { code.tag { (Shown(it.as_str())) } } } } }
    };
    html! {
        (terms("One of", &filter.any))
        (terms("All of", &filter.all))
        (terms("None of", &filter.none))
        (expressions("Title", &filter.title))
        (expressions("Byline", &filter.bylines))
        @if !filter.outlets.is_empty() { dt { "Outlets" } dd { @for it in &filter.outlets { span.tag { (it) } } } }
        @if !filter.languages.is_empty() { dt { "Languages" } dd { @for it in &filter.languages { span.tag { (it) } } } }
        @if !filter.tags.is_empty() { dt { "Tags" } dd { @for it in &filter.tags { span.tag { (Shown(it)) } } } }
        @if let Some(words) = filter.min_words { dt { "Words" } dd { "at least " (words) } }
        @if let Some(paywalled) = filter.paywalled { dt { "Paywall" } dd { @if paywalled { "only behind one" } @else { "free to read" } } }
        @if let Some(original) = filter.original { dt { "Story" } dd { @if original { "first seen only" } @else { "copies only" } } }
    }
}

fn terms(words: &str, list: &[Term]) -> Markup {
    html! {
        @if !list.is_empty() {
            dt { (words) }
            dd { @for term in list {
                @match term {
                    Term::Expression(regex) => { code.tag { (Shown(regex.as_str())) } }
                    Term::Group(group) => { dl.pairs { (rows(group)) } }
                }
            } }
        }
    }
}

/// Why an endpoint was not told, by its filter as it stands now.
pub(super) fn why_not(endpoint: &EndpointSpec, article: &Article) -> String {
    let content = &article.revision.content;
    let facts = ArticleFacts::of(&article.outlet, content, article.story.original);
    let decision = route::decide(endpoint, EventKind::ArticleNew, &facts, false);
    match decision.blocking() {
        Some(step) => format!("not told: {}: {}", step.rule, step.why),
        None => WOULD_BE.to_owned(),
    }
}

/// Its filter lets the article pass, and yet there is no delivery.
const WOULD_BE: &str = "not told, though it would be now: the article was stored quietly (a source’s first poll \
                        announces nothing), before the endpoint was configured, or the delivery is no longer kept";

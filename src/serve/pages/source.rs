//! `/sources/{id}`: one watched address: how it does and why, its rhythm, what could not be had.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::config::Config;
use crate::model::article::Article;
use crate::model::source::SourceState;
use crate::serve::credentials::Visitor;
use crate::serve::markup::followable;
use crate::serve::pages::deeds::Done;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::rhythm::Rhythm;
use crate::serve::pages::sources::{next_poll, poll_button};
use crate::serve::pages::words::{
    Shown, count, dot, encoded, number, outlet_title, state, when, when_if,
};
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::{Context, sources};
use crate::store::ArticleQuery;

/// Articles that the rhythm is read from: some weeks of a busy outlet.
const FOR_RHYTHM: usize = 300;
/// Articles that are listed.
const LISTED: usize = 10;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &["done"])?;
    let source = sources::find(&context, &id).await?;
    let newest = ArticleQuery {
        outlet: Some(source.outlet.clone()),
        limit: FOR_RHYTHM,
        ..ArticleQuery::default()
    };
    let articles = context.state.store.articles(newest).await?.items;
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let title = outlet_title(&config, &source.outlet);
    let mut frame = Frame::new(title, Tab::Sources, visitor);
    frame.done = Done::read(&params);
    frame.fresh = Fresh::Every(10);
    let back = format!("/sources/{}", encoded(source.id.as_str()));
    let body = html! {
        p.crumbs { a href="/sources" { "Sources" } " / " (source.id) }
        div.headline {
            h1 { (dot(&config, &source.outlet)) (title) }
            (poll_button(&source, visitor, &back))
        }
        (health(&source, now))
        (rhythm(&config, &source, &articles))
        (warnings(&source))
        (skipped(&source, now))
        (listed(&articles, &source, now))
    };
    Ok(frame.around(&body))
}

fn health(source: &SourceState, now: Timestamp) -> Markup {
    html! {
        section #health data-live aria-label="Health" {
            p.lead { (state(source.health.as_str())) " since " (when(now, source.since))
                @if let Some(reason) = &source.reason { span dir="auto" { ": " (Shown(reason)) } } }
            @if let Some(remedy) = source.health.remedy() { p.remedy { (remedy) } }
            dl.pairs.wide {
                dt { "Address" } dd { (address(source.url.as_str())) }
                @if let Some(moved) = &source.moved_to { dt { "Polled at" } dd { (address(moved.as_str())) } }
                @if let Some((to, held)) = &source.moving { dt { "Redirects to" } dd { (address(to.as_str())) ", for " (held) " polls; after three it is polled there" } }
                dt { "Kind" } dd { (source.kind.as_str()) }
                dt { "Last poll" } dd { (when_if(now, source.last_poll)) }
                dt { "Last success" } dd { (when_if(now, source.last_success)) }
                dt { "Next poll" } dd { (next_poll(now, source)) }
                dt { "Failures in a row" } dd { (source.failures) }
                dt { "Entries seen" } dd { (number(source.entries_seen)) }
                dt { "Articles stored" } dd { (number(source.articles)) }
            }
        }
    }
}

fn address(address: &str) -> Markup {
    html! {
        @match followable(address) {
            Some(href) => { a.code href=(href) rel="noreferrer noopener" { (Shown(address)) } }
            None => { span.code { (Shown(address)) } }
        }
    }
}

fn rhythm(config: &Config, source: &SourceState, articles: &[Article]) -> Markup {
    let zone = config.outlets.get(&source.outlet);
    let zone = zone.and_then(|outlet| outlet.timezone.clone());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let rhythm = Rhythm::of(articles, &zone);
    html! {
        section #rhythm aria-labelledby="rhythm-head" {
            h2 #rhythm-head { "Rhythm" }
            (rhythm.show())
            @if rhythm.total > 0 {
                p.faint { "When the outlet published its last " (count(rhythm.total, "article", "articles"))
                    " here, in " (zone.iana_name().unwrap_or("UTC")) " time." }
            }
        }
    }
}

fn warnings(source: &SourceState) -> Markup {
    html! {
        div #warnings data-live {
            @if !source.warnings.is_empty() {
                h2 { "Repaired in its last answer" }
                ul { @for warning in &source.warnings { li dir="auto" { (Shown(warning)) } } }
            }
        }
    }
}

fn skipped(source: &SourceState, now: Timestamp) -> Markup {
    html! {
        div #skipped data-live {
            @if !source.skipped.is_empty() {
                h2 { "Entries that could not be had" }
                table {
                    thead { tr { th { "When" } th { "Entry" } th { "Why" } } }
                    tbody {
                        @for it in &source.skipped {
                            tr {
                                td data-label="When" { (when(now, it.at)) }
                                td.what data-label="Entry" { (address(&it.url)) }
                                td data-label="Why" dir="auto" { (Shown(&it.reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn listed(articles: &[Article], source: &SourceState, now: Timestamp) -> Markup {
    html! {
        section aria-labelledby="newest" {
            h2 #newest { "Newest of the outlet" }
            @if articles.is_empty() { p.faint { "None is stored yet." } }
            ul.plain #articles data-live {
                @for it in articles.iter().take(LISTED) {
                    li id={ "a-" (it.id) } {
                        a href={ "/articles/" (it.id) } dir="auto" { (Shown(it.revision.content.title.as_deref().unwrap_or(it.url.as_str()))) }
                        small { (when(now, it.stored)) }
                    }
                }
            }
            @if articles.len() > LISTED { p { a href={ "/?outlet=" (encoded(source.outlet.as_str())) } { "All of them" } } }
        }
    }
}

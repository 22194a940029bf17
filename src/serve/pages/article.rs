//! `/articles/{id}`: the clean text, what was corrected, the same story elsewhere, who was told.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use url::Url;

use crate::config::Config;
use crate::extract::summary;
use crate::model::article::{Article, Content, Revision};
use crate::model::delivery::Delivery;
use crate::serve::credentials::Visitor;
use crate::serve::markup::{self, followable};
use crate::serve::pages::deeds::Done;
use crate::serve::pages::deliveries::{answer, in_digest, retry_button};
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{
    Shown, count, dot, encoded, host, misleads, outlet_title, state, when, when_if,
};
use crate::serve::pages::{difference, filters};
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::{Context, articles};
use crate::store::DeliveryQuery;

/// Deliveries of one article that are shown: more than any number of endpoints and corrections that
/// a reader would look through.
const DELIVERIES: usize = 200;
/// Corrections whose differences are shown, newest first: each costs a comparison of two texts.
const CORRECTIONS: usize = 20;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &["done"])?;
    let article = articles::find(&context, &id).await?;
    let store = &context.state.store;
    let mut revisions = store.revisions(article.id).await?;
    // The oldest that are shown are compared with the one before.
    let older = revisions.len().saturating_sub(CORRECTIONS + 1);
    revisions.drain(..older);
    let told = DeliveryQuery {
        article: Some(article.id),
        limit: DELIVERIES,
        ..DeliveryQuery::default()
    };
    let told = store.deliveries(told).await?.items;
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let content = &article.revision.content;
    let title = content.title.as_deref().unwrap_or(article.url.as_str());
    let mut frame = Frame::new(title, Tab::Wire, visitor);
    frame.done = Done::read(&params);
    frame.fresh = Fresh::Every(15);
    frame.picture = content.image.as_ref().filter(|it| is_showable(it));
    let language = content.language.as_deref();
    let body = html! {
        div.reading {
            article.story lang=[language] {
                (head(&config, &article, now))
                @if let Some(picture) = frame.picture {
                    figure { img src=(picture) alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer";
                        @if let Some(caption) = content.captions.first() { figcaption dir="auto" { (Shown(caption)) } } }
                }
                div.text dir="auto" { (text(content)) }
                (captions(content, frame.picture.is_some()))
            }
            div.margin {
                (elsewhere(&config, &article))
                (facts(&article, now))
            }
        }
        (who_was_told(&config, &article, &told, visitor, now))
        (corrections(&article, &revisions, now))
    };
    Ok(frame.around(&body))
}

/// Whether the page may show a picture from there: encrypted, from a host with a public name. An
/// address in numbers or a bare name could be a machine beside the reader's.
fn is_showable(picture: &Url) -> bool {
    let public = |name: &str| name.contains('.') && !name.ends_with(".localhost");
    picture.scheme() == "https" && picture.domain().is_some_and(public)
}

fn head(config: &Config, article: &Article, now: Timestamp) -> Markup {
    let content = &article.revision.content;
    let title = content.title.as_deref().unwrap_or(article.url.as_str());
    let people = content.byline();
    html! {
        header {
            p.by lang="en" {
                (dot(config, &article.outlet))
                a href={ "/?outlet=" (encoded(article.outlet.as_str())) } { (outlet_title(config, &article.outlet)) }
                @if let Some(section) = &content.section { span dir="auto" { (Shown(section)) } }
                @if article.revision.number > 1 { a.mark href="#corrections" { "revision " (article.revision.number) } }
                @if content.partial { span.mark { "partial" } }
            }
            h1 dir="auto" { (Shown(title)) }
            p.facts lang="en" {
                @if let Some(people) = &people { span dir="auto" { (Shown(people)) } }
                @if let Some(credit) = &content.credit { span dir="auto" { (Shown(credit)) } }
                @if let Some(published) = content.published {
                    span { "published " time datetime=(published) { (readable(&published.to_string())) } }
                }
                @if let Some(updated) = content.updated {
                    span { "updated " time datetime=(updated) { (readable(&updated.to_string())) } }
                }
                span { "stored " (when(now, article.stored)) }
            }
        }
    }
}

/// `2025-06-23 20:35 +03:00` of an RFC 3339 time: as stated, and no more.
fn readable(stated: &str) -> String {
    let stated = stated.replacen('T', " ", 1);
    match stated.split_at_checked(16) {
        Some((minute, rest)) => {
            let zone = rest.get(3..).unwrap_or_default();
            let zone = if zone == "Z" { "UTC" } else { zone };
            format!("{minute} {zone}").trim_end().to_owned()
        }
        None => stated,
    }
}

fn text(content: &Content) -> Markup {
    if content.blocks.is_empty() {
        return html! { p.faint { "No text could be had." } };
    }
    let html = markup::html(&content.blocks);
    // The markup is ours and its words are escaped; what would turn the reading goes.
    PreEscaped(html.chars().filter(|&c| !misleads(c)).collect())
}

fn captions(content: &Content, first_is_shown: bool) -> Markup {
    let rest = content.captions.iter().skip(usize::from(first_is_shown));
    let rest: Vec<&String> = rest.collect();
    html! {
        @if !rest.is_empty() {
            aside.captions { h2 lang="en" { "Captions" } @for caption in rest { p dir="auto" { (Shown(caption)) } } }
        }
    }
}

fn elsewhere(config: &Config, article: &Article) -> Markup {
    let story = &article.story;
    html! {
        @if !story.also.is_empty() {
            section.elsewhere aria-labelledby="elsewhere" {
                h2 #elsewhere { "The same story elsewhere" }
                p.faint { @if story.original { "This one was seen first." } @else { "Another outlet had it first." } }
                ul {
                    @for member in &story.also {
                        li {
                            p.by { (dot(config, &member.outlet)) (outlet_title(config, &member.outlet)) }
                            (link(member.url.as_str(), member.title.as_deref().unwrap_or(host(&member.url))))
                        }
                    }
                }
            }
        }
    }
}

/// A link out, if a browser may follow it.
fn link(address: &str, words: &str) -> Markup {
    html! {
        @match followable(address) {
            Some(href) => { a href=(href) dir="auto" rel="noreferrer noopener" { (Shown(words)) } }
            None => { span dir="auto" { (Shown(words)) } }
        }
    }
}

fn facts(article: &Article, now: Timestamp) -> Markup {
    let content = &article.revision.content;
    html! {
        section aria-labelledby="facts" {
            h2 #facts { "Facts" }
            dl.pairs {
                dt { "Page" } dd { (link(article.url.as_str(), host(&article.url))) }
                dt { "Words" } dd { (summary::words(content)) }
                dt { "Language" } dd { (Shown(content.language.as_deref().unwrap_or("not known"))) }
                dt { "Text found by" } dd { (content.way.as_str()) }
                dt { "Fetched" } dd { (when(now, article.revision.fetched)) }
                @if let Some(free) = content.free { dt { "Paywall" } dd { @if free { "none" } @else { "yes" } } }
                @if content.partial { dt { "Partial" } dd { "known or suspected to be cut" } }
                @if let Some(picture) = &content.image { dt { "Picture" } dd { (link(picture.as_str(), host(picture))) } }
                @if !content.tags.is_empty() { dt { "Tags" } dd { @for tag in &content.tags { span.tag dir="auto" { (Shown(tag)) } } } }
                dt { "Id" } dd { a.code href={ "/api/v1/articles/" (article.id) } { (article.id) } }
            }
        }
    }
}

fn who_was_told(
    config: &Config,
    article: &Article,
    told: &[Delivery],
    visitor: Visitor,
    now: Timestamp,
) -> Markup {
    let back = format!("/articles/{}", article.id);
    html! {
        section #told data-live aria-labelledby="told-head" {
            h2 #told-head { "Who was told" }
            @if config.endpoints.is_empty() { p.faint { "No endpoint is configured: nobody is told." } }
            @else {
                table {
                    thead { tr { th { "Endpoint" } th { "Event" } th { "State" } th { "Last try" } th { "Answer" } th { span.unseen { "Act" } } } }
                    tbody {
                        @for delivery in told {
                            tr id={ "d-" (delivery.id) } {
                                td data-label="Endpoint" { a href={ "/endpoints#" (delivery.endpoint) } { (delivery.endpoint) } }
                                td data-label="Event" { (delivery.kind.as_str()) }
                                td data-label="State" { (state(delivery.state.as_str())) (in_digest(delivery)) }
                                td data-label="Last try" { (when_if(now, delivery.attempts.last().map(|it| it.at))) }
                                td data-label="Answer" { (answer(delivery)) }
                                td.act { (retry_button(delivery, visitor, &back)) }
                            }
                        }
                        @for name in config.endpoints.keys().filter(|name| !told.iter().any(|it| it.endpoint == **name)) {
                            tr id={ "e-" (name) } {
                                td data-label="Endpoint" { a href={ "/endpoints#" (name) } { (name) } }
                                td.faint colspan="5" data-label="Not told" { @if let Some(endpoint) = config.endpoints.get(name) { (filters::why_not(endpoint, article)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn corrections(article: &Article, revisions: &[Revision], now: Timestamp) -> Markup {
    let pairs: Vec<_> = revisions.windows(2).rev().collect();
    let newest = article.revision.number;
    let all = u64::from(newest.saturating_sub(1));
    html! {
        @if !pairs.is_empty() {
            section #corrections data-live aria-labelledby="corrections-head" {
                h2 #corrections-head { (count(all, "correction", "corrections")) }
                @for pair in &pairs {
                    @if let [old, new] = *pair {
                        details open[new.number == newest] id={ "r-" (new.number) } {
                            summary { "Revision " (new.number) ", " (when(now, new.fetched)) }
                            (difference::show(old, new))
                        }
                    }
                }
                @if all > pairs.len() as u64 {
                    p.faint { "These are the newest; " a href={ "/api/v1/articles/" (article.id) "/revisions" } { "all of them" } " are at the API." }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_of_public_names_are_shown() {
        let showable = |url: &str| is_showable(&url.parse().unwrap());
        assert!(showable("https://images.example.org/a.jpg"));
        for bad in [
            "http://images.example.org/a.jpg",
            "https://10.0.0.1/a.jpg",
            "https://[fe80::1]/a.jpg",
            "https://printer/a.jpg",
            "https://a.localhost/a.jpg",
            "data:image/png;base64,AAAA",
            "javascript:alert(1)",
        ] {
            assert!(!showable(bad), "{bad}");
        }
    }

    #[test]
    fn a_stated_time_is_shown_as_exactly_as_it_was_stated() {
        for (stated, shown) in [
            ("2025-06-23T20:35:00+03:00", "2025-06-23 20:35 +03:00"),
            ("2025-06-23T17:35:00Z", "2025-06-23 17:35 UTC"),
            ("2025-06-23T20:35:00", "2025-06-23 20:35"),
            ("2025-06-23", "2025-06-23"),
        ] {
            assert_eq!(readable(stated), shown);
        }
    }
}

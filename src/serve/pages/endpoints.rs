//! `/endpoints`: who is told, what passes their filters, how they do; a test message, enabling again.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::config::endpoint::{ContentSize, EndpointSpec, Stories};
use crate::model::delivery::{EndpointHealth, EndpointState};
use crate::model::id::ArticleId;
use crate::schedule::digest;
use crate::serve::credentials::{Scope, Visitor};
use crate::serve::endpoints::state_of;
use crate::serve::pages::deeds::{Done, see_other};
use crate::serve::pages::filters;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{Shown, encoded, number, state, when, when_if};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad};
use crate::serve::{Context, articles};

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &["article", "done"])?;
    if let Some(given) = params.text("article") {
        let id = article_id(given)
            .ok_or_else(|| bad("give an article’s id, or the address of its page here"))?;
        let article = articles::find(&context, &id.to_string()).await?;
        return Ok(see_other(&format!("/articles/{}", article.id)));
    }
    let states = context.state.store.endpoints().await?;
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let mut frame = Frame::new("Endpoints", Tab::Endpoints, visitor);
    frame.done = Done::read(&params);
    frame.fresh = Fresh::Every(5);
    let body = html! {
        h1 { "Endpoints" }
        @if config.endpoints.is_empty() {
            p.empty { "None is configured: nobody is told. An " code { "[[endpoint]]" } " table in the configuration adds one." }
        }
        div.cards #endpoints data-live {
            @for spec in config.endpoints.values() {
                (card(spec, &state_of(&context.state, spec, &states), visitor, now))
            }
        }
        @if !config.endpoints.is_empty() {
            section.explain aria-labelledby="explain" {
                h2 #explain { "Why was I not told?" }
                form.search method="get" action="/endpoints" {
                    label.grow { span { "An article’s id, or its address here" } input name="article" required; }
                    button { "Explain" }
                }
            }
        }
    };
    Ok(frame.around(&body))
}

/// The identifier in what somebody pasted: itself, or an address that ends in it.
fn article_id(given: &str) -> Option<ArticleId> {
    let given = given.trim();
    let path = given.split(['?', '#']).next().unwrap_or(given);
    path.trim_end_matches('/').rsplit('/').next()?.parse().ok()
}

fn card(spec: &EndpointSpec, health: &EndpointState, visitor: Visitor, now: Timestamp) -> Markup {
    let name = encoded(spec.name.as_str());
    let to = |state: &str| format!("/deliveries?endpoint={name}&state={state}");
    html! {
        section.card id=(spec.name) aria-labelledby={ "h-" (spec.name) } {
            div.headline {
                h2 id={ "h-" (spec.name) } { (spec.name) }
                (state(health.health.as_str()))
            }
            p.faint { (spec.format.as_str()) " to " (Shown(&spec.url.to_string())) }
            @if health.health != EndpointHealth::Healthy || health.reason.is_some() {
                p.remedy { "Since " (when(now, health.since)) @if let Some(reason) = &health.reason { ": " span dir="auto" { (Shown(reason)) } } }
            }
            @if let Some(until) = health.held_until.filter(|until| *until > now) { p.remedy { "It asked to be left alone: nothing is sent before " (when(now, until)) "." } }
            ul.counts {
                li { a href=(to("delivered")) { b { (number(health.delivered)) } " delivered" } }
                li { a href=(to("due")) { b { (number(health.waiting)) } " waiting" } }
                li { a href=(to("retrying")) { b { (number(health.retrying)) } " retrying" } }
                li { a href=(to("failed")) { b { (number(health.failed)) } " failed" } }
            }
            dl.pairs {
                dt { "Last success" } dd { (when_if(now, health.last_success)) }
                dt { "Told of" } dd { @for kind in &spec.events { span.tag { (kind.as_str()) } } }
                @if let Some(every) = &spec.every { dt { "Digest" } dd { (every) "; the next " (when(now, digest::hour(every, now))) } }
                dt { "Content" } dd { (content(spec)) }
                (filters::show(spec))
            }
            (buttons(spec, health, visitor))
        }
    }
}

fn content(spec: &EndpointSpec) -> String {
    let size = match spec.content {
        ContentSize::Full => "the full text",
        ContentSize::Summary => "the summary",
        ContentSize::Link => "title and link",
    };
    match spec.stories {
        Stories::All => size.to_owned(),
        Stories::First => format!("{size}; the first of a story only"),
    }
}

fn buttons(spec: &EndpointSpec, health: &EndpointState, visitor: Visitor) -> Markup {
    let name = encoded(spec.name.as_str());
    html! {
        @if visitor.scope == Scope::Admin {
            div.buttons {
                form method="post" action={ "/endpoints/" (name) "/test" } {
                    input type="hidden" name="back" value={ "/deliveries?endpoint=" (name) };
                    button { "Send a test" span.unseen { " to " (spec.name) } }
                }
                @if health.health == EndpointHealth::Disabled {
                    form method="post" action={ "/endpoints/" (name) "/enable" } {
                        button { "Enable" span.unseen { " " (spec.name) } }
                    }
                } @else {
                    form method="post" action={ "/endpoints/" (name) "/disable" } {
                        button { "Disable" span.unseen { " " (spec.name) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_found_in_what_is_pasted() {
        let id = "0197a0e4-0000-7000-8000-000000000000";
        for given in [
            id.to_owned(),
            format!(" {id}\n"),
            format!("http://localhost:7878/articles/{id}?done=x#told"),
            format!("/api/v1/articles/{id}/"),
        ] {
            assert_eq!(article_id(&given).unwrap().to_string(), id, "{given}");
        }
        assert_eq!(article_id("https://ap.example/1"), None);
        assert_eq!(article_id(""), None);
    }
}

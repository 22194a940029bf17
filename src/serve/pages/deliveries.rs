//! `/deliveries`: what was told, to whom, with what answer; another try by a button.

use std::collections::HashMap;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::extract::summary;
use crate::model::delivery::{Delivery, DeliveryState, EndpointState};
use crate::model::id::{ArticleId, EndpointName};
use crate::serve::Context;
use crate::serve::credentials::{Scope, Visitor};
use crate::serve::pages::deeds::Done;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{Shown, encoded, number, state, when};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, cursor_text};
use crate::store::{DeliveryQuery, Store};

/// Characters of a refused message that a list shows; `wireroom deliveries show` has it whole.
const REFUSED_SHOWN: usize = 4_000;

const PARAMETERS: [&str; 5] = ["state", "endpoint", "limit", "cursor", "done"];

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let wanted = params.one_of("state", &DeliveryState::ALL, DeliveryState::as_str)?;
    let endpoint = params.text("endpoint");
    let query = DeliveryQuery {
        state: wanted,
        endpoint: endpoint.map(EndpointName::new),
        limit: params.limit()?,
        cursor: params.cursor()?,
        ..DeliveryQuery::default()
    };
    let store = &context.state.store;
    let found = store.deliveries(query).await?;
    let totals = store.stats().await?.deliveries;
    let titles = titles(&**store, &found.items).await?;
    let states = store.endpoints().await?;
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let mut frame = Frame::new("Deliveries", Tab::Deliveries, visitor);
    frame.done = Done::read(&params);
    let newest = params.text("cursor").is_none();
    if newest {
        frame.fresh = Fresh::Every(5);
    }
    let back = address(wanted, endpoint);
    let more = found.next.as_ref().map(|next| {
        let joint = if back.contains('?') { '&' } else { '?' };
        format!("{back}{joint}cursor={}", cursor_text(next))
    });
    let body = html! {
        h1 { "Deliveries" }
        nav.chips #states data-live aria-label="By state" {
            a href=(address(None, endpoint)) aria-current=[wanted.is_none().then_some("true")] { "all" }
            @for (it, total) in DeliveryState::ALL.into_iter().zip(totals) {
                a href=(address(Some(it), endpoint)) aria-current=[(wanted == Some(it)).then_some("true")] {
                    (it.as_str()) " " @if endpoint.is_none() { b { (number(total)) } }
                }
            }
        }
        @if !config.endpoints.is_empty() {
            nav.chips aria-label="By endpoint" {
                a href=(address(wanted, None)) aria-current=[endpoint.is_none().then_some("true")] { "every endpoint" }
                @for name in config.endpoints.keys() {
                    a href=(address(wanted, Some(name.as_str()))) aria-current=[(endpoint == Some(name.as_str())).then_some("true")] { (name) }
                }
            }
        }
        (retry_all(&states, endpoint, visitor, &back))
        (table(&found.items, more.is_some(), &titles, visitor, &back, now))
        nav.paging aria-label="Pages of the list" {
            @if !newest { a href=(back) { "Newest" } }
            @if let Some(more) = more { a rel="next" href=(more) { "Older" } }
        }
    };
    Ok(frame.around(&body))
}

/// A button for another try of all that was given up, to one endpoint or to all.
fn retry_all(
    states: &[EndpointState],
    endpoint: Option<&str>,
    visitor: Visitor,
    back: &str,
) -> Markup {
    let of = states
        .iter()
        .filter(|state| endpoint.is_none_or(|name| state.name.as_str() == name));
    let failed: u64 = of.map(|state| state.failed).sum();
    html! {
        div #again data-live {
            @if failed > 0 && visitor.scope == Scope::Admin {
                form.buttons method="post" action="/deliveries/retry" {
                    input type="hidden" name="back" value=(back);
                    @if let Some(name) = endpoint { input type="hidden" name="endpoint" value=(name); }
                    button { "Retry all failed (" (number(failed)) ")" }
                }
            }
        }
    }
}

/// The page with these filters.
fn address(state: Option<DeliveryState>, endpoint: Option<&str>) -> String {
    let state = state.map(|state| format!("state={}", state.as_str()));
    let endpoint = endpoint.map(|name| format!("endpoint={}", encoded(name)));
    let query: Vec<String> = state.into_iter().chain(endpoint).collect();
    if query.is_empty() {
        "/deliveries".to_owned()
    } else {
        format!("/deliveries?{}", query.join("&"))
    }
}

/// Headlines of the articles that are told of, each read once.
async fn titles(
    store: &dyn Store,
    deliveries: &[Delivery],
) -> Result<HashMap<ArticleId, String>, Problem> {
    let mut titles = HashMap::new();
    for id in deliveries.iter().filter_map(|delivery| delivery.article) {
        if !titles.contains_key(&id)
            && let Some(article) = store.article(id).await?
        {
            let title = article.revision.content.title;
            titles.insert(id, title.unwrap_or_else(|| article.url.to_string()));
        }
    }
    Ok(titles)
}

fn table(
    deliveries: &[Delivery],
    more: bool,
    titles: &HashMap<ArticleId, String>,
    visitor: Visitor,
    back: &str,
    now: Timestamp,
) -> Markup {
    html! {
        div #deliveries data-live {
            @if deliveries.is_empty() && more { p.empty { "None among those looked through so far; go on with “Older”." } }
            @else if deliveries.is_empty() { p.empty { "There are none." } }
            @else {
                table {
                    thead { tr { th { "State" } th { "What" } th { "Endpoint" } th { "Last try" } th { "Answer" } th { "Next try" } th { span.unseen { "Act" } } } }
                    tbody {
                        @for it in deliveries {
                            tr id={ "d-" (it.id) } {
                                td data-label="State" { (state(it.state.as_str())) }
                                td.what data-label="What" {
                                    @match it.article.and_then(|id| Some((id, titles.get(&id)?))) {
                                        Some((id, title)) => { a href={ "/articles/" (id) "#told" } dir="auto" { (Shown(title)) } }
                                        None => { "—" }
                                    }
                                    small { (it.kind.as_str()) }
                                }
                                td data-label="Endpoint" { a href={ "/endpoints#" (it.endpoint) } { (it.endpoint) } }
                                td data-label="Last try" {
                                    @match it.attempts.last() { Some(last) => { (when(now, last.at)) } None => { "none yet" } }
                                    @if it.tries > 1 { small { (it.tries) " tries" } }
                                }
                                td data-label="Answer" { (answer(it)) }
                                td data-label="Next try" { @match it.next_attempt { Some(at) => { (when(now, at)) } None => { "—" } } (in_digest(it)) }
                                td.act { (retry_button(it, visitor, back)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The digest that it waits for, or went in.
pub(super) fn in_digest(delivery: &Delivery) -> Markup {
    let Some(place) = delivery.digest else {
        return html! {};
    };
    let state = match delivery.state {
        DeliveryState::Delivered | DeliveryState::Failed => "went in ",
        DeliveryState::Waiting | DeliveryState::Due | DeliveryState::Retrying => "is in ",
    };
    html! {
        small {
            @match place.delivery {
                Some(digest) => { (state) a href={ "/api/v1/deliveries/" (digest) } { "the digest of " (minute(place.at)) } }
                None => { "for the digest of " (minute(place.at)) }
            }
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%-d %b %H:%M UTC").to_string()
}

/// What the last try was answered, and all tries for who unfolds them.
pub(super) fn answer(delivery: &Delivery) -> Markup {
    let Some(last) = delivery.attempts.last() else {
        return html! { "—" };
    };
    let line = html! {
        @if let Some(status) = last.status { b { (status) } " " }
        span.faint { "in " (number(last.ms)) " ms" }
    };
    if last.error.is_none() && delivery.attempts.len() == 1 {
        return line;
    }
    let refused = delivery
        .refused
        .as_deref()
        .map(|body| summary::cut(body, REFUSED_SHOWN));
    html! {
        (line)
        @if let Some(error) = &last.error { small dir="auto" { (Shown(error)) } }
        details id={ "t-" (delivery.id) } {
            summary { (delivery.attempts.len()) @if delivery.attempts.len() == 1 { " try" } @else { " tries" } }
            ol.tries {
                @for attempt in delivery.attempts.iter().rev() {
                    li {
                        (attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()) ": "
                        @if let Some(status) = attempt.status { (status) " " }
                        @if let Some(error) = &attempt.error { (Shown(error)) " " }
                        "in " (number(attempt.ms)) " ms"
                        @if let Some(answer) = attempt.answer.as_deref().filter(|it| !it.is_empty()) { code dir="auto" { (Shown(answer)) } }
                    }
                }
            }
        }
        @if let Some(body) = refused {
            details id={ "b-" (delivery.id) } {
                summary { "What was refused" }
                pre tabindex="0" dir="auto" { (Shown(&body)) }
            }
        }
    }
}

/// A button for another try, where there can be one and the reader may ask for it.
pub(super) fn retry_button(delivery: &Delivery, visitor: Visitor, back: &str) -> Markup {
    let can = matches!(
        delivery.state,
        DeliveryState::Failed | DeliveryState::Retrying
    );
    html! {
        @if can && visitor.scope == Scope::Admin {
            form method="post" action={ "/deliveries/" (delivery.id) "/retry" } {
                input type="hidden" name="back" value=(back);
                button { "Retry" span.unseen { " the delivery to " (delivery.endpoint) } }
            }
        }
    }
}

//! `/about`: what runs here, what it keeps, how much it has to do.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::model::delivery::DeliveryState;
use crate::observe::process;
use crate::search::Standing;
use crate::serve::Context;
use crate::serve::credentials::Visitor;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{Shown, bytes, count, number, when};
use crate::serve::problem::Problem;
use crate::serve::query::Params;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let state = &context.state;
    let store = state.store.stats().await?;
    let config = state.config.borrow().clone();
    let now = state.clock.now();
    let mut frame = Frame::new("About", Tab::About, visitor);
    frame.fresh = Fresh::Every(5);
    let body = html! {
        h1 { "About" }
        div.cards #about data-live {
            section.card aria-labelledby="daemon" {
                h2 #daemon { "Daemon" }
                dl.pairs {
                    dt { "Version" } dd { (state.about.version) }
                    dt { "Started" } dd { (when(now, state.about.started)) }
                    dt { "Listens on" } dd { (state.about.listen) }
                    dt { "Outlets" } dd { (number(config.outlets.len() as u64)) }
                    dt { "State" } dd { @if *state.ready.borrow() { "at work" } @else { "starting or stopping" } }
                }
            }
            section.card aria-labelledby="load" {
                h2 #load { "Load" }
                dl.pairs {
                    @if let Some(memory) = process::resident_bytes() { dt { "Memory" } dd { (bytes(memory)) } }
                    @if let Some(files) = process::open_files() { dt { "Open files" } dd { (files) } }
                    dt { "Pages to visit" } dd { (number(store.visits_due)) }
                    @for (it, count) in DeliveryState::ALL.into_iter().zip(store.deliveries) {
                        dt { "Deliveries " (it.as_str()) } dd { a href={ "/deliveries?state=" (it.as_str()) } { (number(count)) } }
                    }
                }
            }
            section.card aria-labelledby="store" {
                h2 #store { "Store" }
                dl.pairs {
                    dt { "Engine" } dd { (store.engine) ", schema " (store.schema) }
                    dt { "On disk" } dd { (bytes(store.bytes)) }
                    dt { "Articles" } dd { (number(store.articles)) }
                    dt { "Revisions" } dd { (number(store.revisions)) }
                    dt { "Pages known" } dd { (number(store.pages)) }
                    dt { "Events kept" } dd { (number(store.events)) }
                    dt { "Commits" } dd { (number(store.commits)) }
                    dt { "Id" } dd.code { (store.id) }
                }
            }
            @if let Some(search) = &state.search {
                (index(&search.standing(), store.articles, now))
            }
        }
    };
    Ok(frame.around(&body))
}

/// The search index.
fn index(standing: &Standing, stored: u64, now: Timestamp) -> Markup {
    html! {
        section.card aria-labelledby="search" {
            h2 #search { "Search index" }
            dl.pairs {
                dt { "State" } dd {
                    @if let Some(trouble) = &standing.trouble { (Shown(trouble)) }
                    @else if standing.complete { "ready" }
                    @else { "is being built" }
                }
                @if let Some(seen) = standing.looked_at {
                    dt { "Compared with the store" } dd { (number(seen)) " of " (number(stored)) }
                }
                dt { "Articles" } dd { (number(standing.articles)) }
                dt { "Behind the store by" } dd { (count(standing.behind(stored), "article", "articles")) }
                dt { "On disk" } dd { (bytes(standing.bytes)) }
                @if let Some(followed) = standing.followed { dt { "Followed it last" } dd { (when(now, followed)) } }
            }
        }
    }
}

//! `/sources`: every watched address, those first that need somebody.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::config::Config;
use crate::model::id::OutletName;
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::Context;
use crate::serve::credentials::{Scope, Visitor};
use crate::serve::pages::deeds::Done;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{Shown, dot, encoded, number, outlet_title, state, when, when_if};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, cursor_text};
use crate::store::{SourceOrder, SourceQuery};

/// Sources on one page.
const SOURCES: usize = 100;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &["state", "outlet", "cursor", "done"])?;
    let wanted = params.one_of("state", &SourceHealth::ALL, SourceHealth::as_str)?;
    let outlet = params.text("outlet");
    let query = SourceQuery {
        outlet: outlet.map(OutletName::new),
        state: wanted,
        order: SourceOrder::Trouble,
        limit: SOURCES,
        cursor: params.cursor()?,
    };
    let store = &context.state.store;
    let mut states = store.stats().await?.source_states;
    states.retain(|(it, _)| outlet.is_none_or(|outlet| it.as_str() == outlet));
    let counts =
        SourceHealth::ALL.map(|it| states.iter().filter(|(_, health)| *health == it).count());
    let found = store.sources_of(query).await?;
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let back = address(wanted, outlet);
    let first = params.text("cursor").is_none();
    let more = found.next.as_ref().map(|next| {
        let joint = if back.contains('?') { '&' } else { '?' };
        format!("{back}{joint}cursor={}", cursor_text(next))
    });
    let mut frame = Frame::new("Sources", Tab::Sources, visitor);
    frame.done = Done::read(&params);
    frame.fresh = Fresh::Every(10);
    let body = html! {
        h1 { "Sources" @if let Some(outlet) = outlet { " of " (Shown(outlet)) } }
        nav.chips #states data-live aria-label="By state" {
            a href=(address(None, outlet)) aria-current=[wanted.is_none().then_some("true")] { "all " b { (number(states.len() as u64)) } }
            @for (it, count) in SourceHealth::ALL.into_iter().zip(counts) {
                @if count > 0 || wanted == Some(it) {
                    a href=(address(Some(it), outlet)) aria-current=[(wanted == Some(it)).then_some("true")] { (it.as_str()) " " b { (number(count as u64)) } }
                }
            }
            @if outlet.is_some() { a href=(address(wanted, None)) { "every outlet" } }
        }
        (table(&config, &found.items, visitor, &back, now))
        nav.paging aria-label="Pages of the list" {
            @if !first { a href=(back) { "Those in most trouble" } }
            @if let Some(more) = more { a rel="next" href=(more) { "More" } }
        }
    };
    Ok(frame.around(&body))
}

fn address(state: Option<SourceHealth>, outlet: Option<&str>) -> String {
    let state = state.map(|state| format!("state={}", state.as_str()));
    let outlet = outlet.map(|name| format!("outlet={}", encoded(name)));
    let query: Vec<String> = state.into_iter().chain(outlet).collect();
    if query.is_empty() {
        "/sources".to_owned()
    } else {
        format!("/sources?{}", query.join("&"))
    }
}

fn table(
    config: &Config,
    sources: &[SourceState],
    visitor: Visitor,
    back: &str,
    now: Timestamp,
) -> Markup {
    html! {
        div #sources data-live {
            @if sources.is_empty() { p.empty { "There are none." } }
            @else {
                table {
                    thead { tr { th { "Source" } th { "State" } th { "Last success" } th { "Next poll" } th.number { "Entries" } th.number { "Articles" } th { span.unseen { "Act" } } } }
                    tbody {
                        @for it in sources {
                            tr id={ "s-" (it.id) } {
                                td.what data-label="Source" {
                                    a href={ "/sources/" (encoded(it.id.as_str())) } { (dot(config, &it.outlet)) (outlet_title(config, &it.outlet)) }
                                    small { (it.kind.as_str()) " " (Shown(it.url.as_str())) }
                                }
                                td data-label="State" { (state(it.health.as_str())) @if let Some(reason) = &it.reason { small dir="auto" { (Shown(reason)) } } }
                                td data-label="Last success" { (when_if(now, it.last_success)) }
                                td data-label="Next poll" { (next_poll(now, it)) }
                                td.number data-label="Entries" { (number(it.entries_seen)) }
                                td.number data-label="Articles" { (number(it.articles)) }
                                td.act { (poll_button(it, visitor, back)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// When it is polled next, if it is.
pub(super) fn next_poll(now: Timestamp, source: &SourceState) -> Markup {
    html! {
        @match source.next_poll {
            None => { "not any more" }
            Some(at) if at <= now => { "due now" }
            Some(at) => { (when(now, at)) }
        }
    }
}

/// A button for a poll now, where there can be one and the reader may ask for it.
pub(super) fn poll_button(source: &SourceState, visitor: Visitor, back: &str) -> Markup {
    html! {
        @if visitor.scope == Scope::Admin {
            form method="post" action={ "/sources/" (encoded(source.id.as_str())) "/poll" } {
                input type="hidden" name="back" value=(back);
                button { "Poll now" span.unseen { ": " (source.id) } }
            }
        }
    }
}

//! `/sources`: every watched address, those first that need somebody.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::config::Config;
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::Context;
use crate::serve::credentials::{Scope, Visitor};
use crate::serve::pages::deeds::Done;
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{Shown, dot, encoded, number, outlet_title, state, when, when_if};
use crate::serve::problem::Problem;
use crate::serve::query::Params;

/// Sources on one page; the filters lead to the others.
const SOURCES: usize = 300;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &["state", "outlet", "done"])?;
    let wanted = params.one_of("state", &SourceHealth::ALL, SourceHealth::as_str)?;
    let outlet = params.text("outlet");
    let mut all = context.state.store.sources().await?;
    all.retain(|it| outlet.is_none_or(|outlet| it.outlet.as_str() == outlet));
    let counts =
        SourceHealth::ALL.map(|it| all.iter().filter(|source| source.health == it).count());
    let total = all.len();
    all.retain(|it| wanted.is_none_or(|wanted| it.health == wanted));
    all.sort_by(|one, other| {
        let key = |it: &SourceState| (trouble(it.health), it.outlet.clone());
        key(one).cmp(&key(other))
    });
    let config = context.state.config.borrow().clone();
    let now = context.state.clock.now();
    let back = address(wanted, outlet);
    let mut frame = Frame::new("Sources", Tab::Sources, visitor);
    frame.done = Done::read(&params);
    frame.fresh = Fresh::Every(10);
    let body = html! {
        h1 { "Sources" @if let Some(outlet) = outlet { " of " (Shown(outlet)) } }
        nav.chips #states data-live aria-label="By state" {
            a href=(address(None, outlet)) aria-current=[wanted.is_none().then_some("true")] { "all " b { (number(total as u64)) } }
            @for (it, count) in SourceHealth::ALL.into_iter().zip(counts) {
                @if count > 0 || wanted == Some(it) {
                    a href=(address(Some(it), outlet)) aria-current=[(wanted == Some(it)).then_some("true")] { (it.as_str()) " " b { (number(count as u64)) } }
                }
            }
            @if outlet.is_some() { a href=(address(wanted, None)) { "every outlet" } }
        }
        (table(&config, &all, visitor, &back, now))
        @if all.len() > SOURCES {
            p.faint { (SOURCES) " of " (number(all.len() as u64)) " are shown, those in trouble first; choose a state above, or an outlet." }
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

/// Orders states: 0 is broken, 1 to be looked at, then what is as it should be.
pub(super) fn trouble(health: SourceHealth) -> u8 {
    match health {
        SourceHealth::Failing | SourceHealth::Gone | SourceHealth::Layout => 0,
        SourceHealth::Silent
        | SourceHealth::Throttled
        | SourceHealth::Moved
        | SourceHealth::Paywalled => 1,
        SourceHealth::New => 2,
        SourceHealth::Healthy => 3,
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
                        @for it in sources.iter().take(SOURCES) {
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

//! `GET /`: the whole daemon at a glance, on one page without a script.
//!
//! What needs somebody's attention stands first. The page loads nothing and its policy forbids it
//! to: the one style sheet is in the page, allowed by its hash.

use std::sync::LazyLock;

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::model::article::Article;
use crate::model::source::{SourceHealth, SourceState};
use crate::serve::markup::{Escaped, followable, push};
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::{Endpoint, stamp};
use crate::serve::{Context, endpoints};
use crate::store::{ArticleQuery, StoreStats};

/// Articles on the page.
const ARTICLES: usize = 30;
/// Sources on the page, those in trouble first; the API has all.
const SOURCES: usize = 200;

const STYLE: &str = include_str!("overview.css");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

pub(super) async fn page(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let state = &context.state;
    let totals = state.store.stats().await?;
    let mut sources = state.store.sources().await?;
    sources.sort_by_key(|source| trouble(source.health));
    let endpoints = endpoints::all(state).await?;
    let query = ArticleQuery {
        limit: ARTICLES,
        ..ArticleQuery::default()
    };
    let articles = state.store.articles(query).await?.items;
    let now = state.clock.now();
    let mut html = String::with_capacity(64 * 1024);
    let running = ago(now, Some(state.about.started));
    push(
        &mut html,
        format_args!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Wireroom</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta http-equiv=\"refresh\" content=\"60\"><style>{STYLE}</style></head><body>\
             <header><h1>Wireroom</h1><p>version {}, started {running}</p></header><main>",
            Escaped(state.about.version),
        ),
    );
    push_counts(&mut html, &totals, &sources);
    push_sources(&mut html, &sources, now);
    push_endpoints(&mut html, &endpoints);
    push_articles(&mut html, &articles, now);
    html.push_str(
        "</main><footer><a href=\"/feeds/all.atom\">Atom</a> <a href=\"/feeds/all.json\">JSON Feed</a> \
         <a href=\"/api/openapi.json\">API</a> <a href=\"/metrics\">Metrics</a></footer></body></html>\n",
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
    ];
    Ok((headers, html).into_response())
}

/// Orders sources: what needs somebody first.
fn trouble(health: SourceHealth) -> u8 {
    match health {
        SourceHealth::Failing | SourceHealth::Gone | SourceHealth::Layout => 0,
        SourceHealth::Silent | SourceHealth::Throttled | SourceHealth::Moved => 1,
        SourceHealth::Paywalled | SourceHealth::New => 2,
        SourceHealth::Healthy => 3,
    }
}

fn push_counts(html: &mut String, totals: &StoreStats, sources: &[SourceState]) {
    let troubled = sources
        .iter()
        .filter(|source| trouble(source.health) == 0)
        .count();
    let [waiting, due, retrying, _, failed] = totals.deliveries;
    html.push_str("<dl class=\"counts\">");
    for (name, count) in [
        ("articles", totals.articles),
        ("sources", sources.len() as u64),
        ("sources in trouble", troubled as u64),
        ("pages to visit", totals.visits_due),
        ("deliveries to make", waiting + due),
        ("to be tried again", retrying),
        ("given up", failed),
    ] {
        push(
            html,
            format_args!("<div><dt>{name}</dt><dd>{count}</dd></div>"),
        );
    }
    html.push_str("</dl>");
}

fn push_sources(html: &mut String, sources: &[SourceState], now: Timestamp) {
    html.push_str("<section><h2>Sources</h2>");
    if sources.is_empty() {
        html.push_str("<p>None is configured.</p></section>");
        return;
    }
    html.push_str(
        "<table><thead><tr><th>Outlet</th><th>State</th><th>Last success</th><th>Articles</th><th>Address</th></tr></thead><tbody>",
    );
    for source in sources.iter().take(SOURCES) {
        let health = source.health.as_str();
        push(
            html,
            format_args!(
                "<tr><td data-label=\"Outlet\">{}</td><td data-label=\"State\"><b class=\"state {health}\">{health}</b> {}</td>\
                 <td data-label=\"Last success\">{}</td><td data-label=\"Articles\">{}</td><td data-label=\"Address\" class=\"url\">{}</td></tr>",
                Escaped(source.outlet.as_str()),
                Escaped(source.reason.as_deref().unwrap_or_default()),
                ago(now, source.last_success),
                source.articles,
                Escaped(source.url.as_str()),
            ),
        );
    }
    html.push_str("</tbody></table>");
    if sources.len() > SOURCES {
        push(
            html,
            format_args!("<p>{SOURCES} of {} are shown.</p>", sources.len()),
        );
    }
    html.push_str("</section>");
}

fn push_endpoints(html: &mut String, endpoints: &[Endpoint]) {
    html.push_str("<section><h2>Endpoints</h2>");
    if endpoints.is_empty() {
        html.push_str("<p>None is configured: nobody is told.</p></section>");
        return;
    }
    html.push_str(
        "<table><thead><tr><th>Name</th><th>State</th><th>Delivered</th><th>Waiting</th><th>Retrying</th><th>Failed</th><th>Receiver</th></tr></thead><tbody>",
    );
    for endpoint in endpoints {
        let state = endpoint.state;
        push(
            html,
            format_args!(
                "<tr><td data-label=\"Name\">{}</td><td data-label=\"State\"><b class=\"state {state}\">{state}</b> {}</td>\
                 <td data-label=\"Delivered\">{}</td><td data-label=\"Waiting\">{}</td><td data-label=\"Retrying\">{}</td>\
                 <td data-label=\"Failed\">{}</td><td data-label=\"Receiver\" class=\"url\">{} ({})</td></tr>",
                Escaped(&endpoint.name),
                Escaped(endpoint.reason.as_deref().unwrap_or_default()),
                endpoint.delivered,
                endpoint.waiting,
                endpoint.retrying,
                endpoint.failed,
                Escaped(&endpoint.url),
                endpoint.format,
            ),
        );
    }
    html.push_str("</tbody></table></section>");
}

fn push_articles(html: &mut String, articles: &[Article], now: Timestamp) {
    html.push_str("<section><h2>Newest articles</h2>");
    if articles.is_empty() {
        html.push_str(
            "<p>None yet. A new source's first poll only learns what is there.</p></section>",
        );
        return;
    }
    html.push_str("<ol class=\"articles\">");
    for article in articles {
        let content = &article.revision.content;
        let address = article.url.as_str();
        let title = Escaped(content.title.as_deref().unwrap_or(address));
        html.push_str("<li>");
        match (followable(address), &content.language) {
            (Some(href), Some(language)) => push(
                html,
                format_args!(
                    "<a href=\"{}\" lang=\"{}\" dir=\"auto\" rel=\"noreferrer\">{title}</a>",
                    Escaped(href),
                    Escaped(language)
                ),
            ),
            (Some(href), None) => push(
                html,
                format_args!(
                    "<a href=\"{}\" dir=\"auto\" rel=\"noreferrer\">{title}</a>",
                    Escaped(href)
                ),
            ),
            (None, _) => push(html, format_args!("{title}")),
        }
        push(
            html,
            format_args!(
                "<small>{}, stored {}{}{}</small></li>",
                Escaped(article.outlet.as_str()),
                ago(now, Some(article.stored)),
                if article.revision.number > 1 {
                    ", corrected"
                } else {
                    ""
                },
                if content.partial { ", partial" } else { "" },
            ),
        );
    }
    html.push_str("</ol></section>");
}

/// `4 min ago`, with the time itself for who points at it.
fn ago(now: Timestamp, then: Option<Timestamp>) -> String {
    let Some(then) = then else {
        return "never".to_owned();
    };
    let seconds = now.duration_since(then).as_secs().max(0);
    let words = match seconds {
        0..90 => format!("{seconds} s ago"),
        90..5400 => format!("{} min ago", seconds / 60),
        5400..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    };
    let stamp = stamp(then);
    format!("<time datetime=\"{stamp}\" title=\"{stamp}\">{words}</time>")
}

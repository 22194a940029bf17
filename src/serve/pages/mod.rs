//! The dashboard: pages rendered here, one stylesheet, one small script of our own.
//!
//! Every page is whole without the script, which only keeps it fresh. Nothing is inline, so the
//! policy can forbid all that is not a file of ours; text from outside passes through [`words::Shown`]
//! or the templates' own escaping, and addresses through `followable`. What a page lets its reader
//! do is a form with a `POST` to an address of its own, which `guard` takes from our pages alone.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::serve::Context;
use crate::serve::pages::login::Said;
use crate::serve::problem::Problem;

mod about;
mod article;
mod assets;
mod deeds;
mod deliveries;
mod difference;
mod endpoints;
mod filters;
mod frame;
mod login;
mod refusal;
mod rhythm;
mod source;
mod sources;
mod wire;
mod words;

/// Where a browser gives its token.
pub(super) const LOGIN: &str = "/login";
/// Where it gives its session back.
pub(super) const LOGOUT: &str = "/logout";

/// Every address that people ask, with its methods.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Context>)> {
    vec![
        ("/", get(wire::page)),
        ("/articles/{id}", get(article::page)),
        ("/sources", get(sources::page)),
        ("/sources/{id}", get(source::page)),
        ("/sources/{id}/poll", post(deeds::poll)),
        ("/deliveries", get(deliveries::page)),
        ("/deliveries/retry", post(deeds::retry_failed)),
        ("/deliveries/{id}/retry", post(deeds::retry)),
        ("/endpoints", get(endpoints::page)),
        ("/endpoints/{name}/test", post(deeds::test)),
        ("/endpoints/{name}/enable", post(deeds::enable)),
        ("/endpoints/{name}/disable", post(deeds::disable)),
        ("/about", get(about::page)),
        (LOGIN, get(login::arrived).post(login::login)),
        (LOGOUT, post(login::logout)),
        ("/assets/{file}", get(assets::file)),
    ]
}

/// What of a request decides whether a problem is shown as a page.
pub(super) struct Asked {
    html: bool,
    /// Where to go on after the login: what was asked for, if asking again is harmless.
    next: String,
    /// For programs, whatever the browser would take.
    is_api: bool,
    /// A link on another site led here: the browser has kept its session to itself.
    foreign: bool,
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        let whole = request.uri().path_and_query();
        let next = whole
            .filter(|_| *request.method() == Method::GET)
            .map_or("/", |whole| whole.as_str());
        let site = request.headers().get("sec-fetch-site");
        Self {
            html: takes_html(request.headers()),
            next: next.to_owned(),
            is_api: ["/api/", "/feeds/", "/metrics", "/healthz", "/readyz"]
                .iter()
                .any(|prefix| path.starts_with(prefix)),
            foreign: *request.method() == Method::GET
                && site.is_some_and(|site| site == "cross-site" || site == "same-site"),
        }
    }
}

fn takes_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

/// A problem as a page for whoever reads pages: the login where a token is needed, else the refusal
/// in words. All other answers pass as they are.
pub(super) fn for_people(asked: &Asked, response: Response) -> Response {
    if !asked.html {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>() else {
        return response;
    };
    if problem.wants_token() {
        return login::form(&asked.next, asked.foreign, Said::Nothing);
    }
    if asked.is_api {
        return response;
    }
    let mut page = refusal::page(problem);
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

//! What all pages share: head, navigation, foot, and the policy under which a browser shows them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::serve::credentials::{Scope, Visitor};
use crate::serve::pages::{LOGOUT, words::Shown};

/// The pages of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Wire,
    Sources,
    Deliveries,
    Endpoints,
    About,
    /// None of them.
    Other,
}

const TABS: [(Tab, &str, &str); 5] = [
    (Tab::Wire, "/", "Wire"),
    (Tab::Sources, "/sources", "Sources"),
    (Tab::Deliveries, "/deliveries", "Deliveries"),
    (Tab::Endpoints, "/endpoints", "Endpoints"),
    (Tab::About, "/about", "About"),
];

/// How a page stays fresh, where the script runs.
#[derive(Clone, Debug)]
pub(super) enum Fresh {
    /// It does not.
    No,
    /// As events come that this stream tells.
    Events(String),
    /// By asking again, every so many seconds.
    Every(u32),
}

/// A page to be framed.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) tab: Tab,
    pub(super) visitor: Visitor,
    pub(super) fresh: Fresh,
    /// What was just done, in words of ours.
    pub(super) done: Option<&'static str>,
    /// The one picture that the page may show.
    pub(super) picture: Option<&'a url::Url>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(title: &'a str, tab: Tab, visitor: Visitor) -> Self {
        Self {
            title,
            tab,
            visitor,
            fresh: Fresh::No,
            done: None,
            picture: None,
        }
    }

    /// The whole page.
    pub(super) fn around(&self, body: &Markup) -> Response {
        self.with_status(StatusCode::OK, body)
    }

    pub(super) fn with_status(&self, status: StatusCode, body: &Markup) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    title { (Shown(self.title)) " · Wireroom" }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    link rel="stylesheet" href="/assets/wireroom.css";
                    link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
                    link rel="alternate" type="application/atom+xml" title="All outlets" href="/feeds/all.atom";
                    script src="/assets/wireroom.js" defer {}
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    (self.top())
                    main #main tabindex="-1" data-events=[self.stream()] data-every=[self.every()] {
                        @if let Some(done) = self.done { p.done role="status" { (done) } }
                        (body)
                    }
                    (foot())
                }
            }
        };
        let mut response = (status, page.into_string()).into_response();
        set_page_headers(&mut response, &self.policy());
        response
    }

    fn stream(&self) -> Option<&str> {
        match &self.fresh {
            Fresh::Events(stream) => Some(stream),
            Fresh::No | Fresh::Every(_) => None,
        }
    }

    fn every(&self) -> Option<u32> {
        match self.fresh {
            Fresh::Every(seconds) => Some(seconds),
            Fresh::No | Fresh::Events(_) => None,
        }
    }

    fn top(&self) -> Markup {
        html! {
            header.top {
                a.brand href="/" { span.beacon aria-hidden="true" {} "Wireroom" }
                nav aria-label="Pages" {
                    ul {
                        @for (tab, path, name) in TABS {
                            li { a href=(path) aria-current=[(tab == self.tab).then_some("page")] { (name) } }
                        }
                    }
                }
                div.tools {
                    button.live type="button" aria-pressed="true" hidden { span.pulse aria-hidden="true" {} "Live" }
                    @if self.visitor.scope == Scope::Read { span.state.calm { "reading only" } }
                    @if self.visitor.session {
                        form method="post" action=(LOGOUT) { button.quiet { "Log out" } }
                    }
                }
            }
            p #heard .unseen role="status" {}
        }
    }

    /// Files of ours and nothing else; of a foreign picture only that one address.
    fn policy(&self) -> String {
        let mut policy = String::from(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'",
        );
        if let Some(picture) = self.picture {
            policy.push(' ');
            policy.push_str(&picture.origin().ascii_serialization());
        }
        policy.push_str(
            "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
        );
        policy
    }
}

fn foot() -> Markup {
    html! {
        footer {
            a href="/feeds/all.atom" { "Atom" }
            a href="/feeds/all.json" { "JSON Feed" }
            a href="/api/openapi.json" { "API" }
            a href="/metrics" { "Metrics" }
        }
    }
}

/// What every page is sent with. The referrer stays within these pages: without one, a browser would
/// not say that a form was ours.
pub(super) fn set_page_headers(response: &mut Response, policy: &str) {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    headers.append(header::VARY, HeaderValue::from_static("accept, cookie"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

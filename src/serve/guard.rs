//! Who may ask, and within which bounds: the one layer around every handler.
//!
//! A daemon on loopback without a token is protected from the web pages in its user's browser: the
//! `Host` must be a loopback name (against DNS rebinding), a `POST` must not come from a foreign
//! origin, and what a foreign page embeds is refused. A token makes the `Host` a reverse proxy's
//! own business, because a page that rebinds a name does not know the token. What a browser's
//! session asks to change must come from our own pages, by the browser's own word.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use crate::serve::backup;
use crate::serve::credentials::{self, Scope, Visitor};
use crate::serve::pages;
use crate::serve::problem::{Kind, Problem};
use crate::serve::shape::{self, Wish};
use crate::serve::{Context, MAX_BODY};

/// Time for an answer to begin; the slowest is a text search through the whole store.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Lets a request pass or answers it with a problem, and sets the headers of every answer.
pub(super) async fn watch(
    State(context): State<Context>,
    mut request: Request,
    next: Next,
) -> Response {
    let wish = Wish::of(request.method(), request.headers());
    let asked = pages::Asked::of(&request);
    let open = is_open(request.uri().path());
    let kept = *request.method() == Method::GET && !open;
    let mut response = match admit(&context, &request, open) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            answer(request, next).await
        }
        Err(problem) => problem.into_response(),
    };
    if is_bare_error(&response) {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = Problem::of_status(response.status()).into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let mut response = pages::for_people(&asked, response);
    set_headers(&mut response, kept);
    shape::finish(wish, response).await
}

/// Probes ask without a token.
fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

async fn answer(request: Request, next: Next) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(ANSWER_TIMEOUT, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!(path, "the answer to {path} panicked");
            Problem::new(Kind::Internal, "this is a bug; the daemon's log says more")
                .into_response()
        }
        Err(_) => {
            tracing::warn!(path, "no answer to {path} within {ANSWER_TIMEOUT:?}");
            Problem::new(Kind::TooSlow, "try again, or ask for less").into_response()
        }
    }
}

fn admit(context: &Context, request: &Request, open: bool) -> Result<Visitor, Problem> {
    let headers = request.headers();
    if body_length(headers) > MAX_BODY {
        return Err(Problem::new(
            Kind::TooLarge,
            format!("a body may have {MAX_BODY} bytes"),
        ));
    }
    if open {
        return Ok(Visitor::ANYONE);
    }
    let config = context.state.config.borrow().clone();
    let listen = context.state.about.listen;
    if config.http.token.is_none() && listen.ip().is_loopback() {
        check_host(request)?;
        if config.http.public_url.is_some() {
            check_way(request)?;
        }
    }
    check_origin(request)?;
    let (method, path) = (request.method(), request.uri().path());
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    let by_session = || {
        let word = credentials::cookie(headers, listen.port())?;
        let now = context.state.clock.now();
        context.sessions.scope(word, &config.http, now)
    };
    let visitor = if config.http.token.is_none() || (changes && path == pages::LOGIN) {
        Visitor::ANYONE
    } else if let Some(scope) = credentials::of_header(headers, &config.http, method) {
        let session = false;
        Visitor { scope, session }
    } else if let Some(scope) = by_session() {
        let session = true;
        Visitor { scope, session }
    } else {
        return Err(Problem::new(
            Kind::TokenNeeded,
            "send `Authorization: Bearer …` with the token that `http.token` sets",
        ));
    };
    // A backup holds what no other answer shows: the secrets that hubs sign with.
    let guarded = path == backup::PATH && visitor.scope == Scope::Read;
    if !changes && !guarded {
        return Ok(visitor);
    }
    if (visitor.session || !path.starts_with("/api/")) && !is_own(request) {
        return Err(Problem::new(
            Kind::ForeignOrigin,
            "this address takes what the dashboard's own pages send; programs ask /api/v1",
        ));
    }
    if visitor.scope == Scope::Read && path != pages::LOGOUT {
        return Err(Problem::new(
            Kind::ReadOnly,
            "this token may look at everything and change nothing; `http.token` may",
        ));
    }
    Ok(visitor)
}

fn body_length(headers: &HeaderMap) -> usize {
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// The authority that the request was sent to: of the address line, else the `Host` header.
fn authority(request: &Request) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(header::HOST)?.to_str().ok(),
    }
}

fn check_host(request: &Request) -> Result<(), Problem> {
    // Whoever sends no Host is no browser.
    if !request.headers().contains_key(header::HOST) && request.uri().authority().is_none() {
        return Ok(());
    }
    if authority(request).is_some_and(is_loopback) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::ForeignOrigin,
        "this daemon listens on loopback and answers to `localhost` and loopback addresses only; \
         to reach it by another name, set `http.token`",
    ))
}

/// What a reverse proxy passes on is somebody else's: without a token only hubs come by that way.
fn check_way(request: &Request) -> Result<(), Problem> {
    let marks = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
    ];
    if !marks
        .iter()
        .any(|mark| request.headers().contains_key(*mark))
    {
        return Ok(());
    }
    Err(Problem::new(
        Kind::ForeignOrigin,
        "this came through a reverse proxy, by which only /websub/ is served (`http.public_url`); to \
         reach the rest by it, set `http.token`",
    ))
}

/// Whether `authority` (host, perhaps a port) names this machine itself.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Refuses what a foreign page sends or embeds (Fetch Metadata, and `Origin` for older browsers).
/// Following a link to the dashboard stays possible.
fn check_origin(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let site = fetch_metadata(headers, "sec-fetch-site");
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let navigates = reads && fetch_metadata(headers, "sec-fetch-mode") == Some("navigate");
    let foreign = match site {
        Some("cross-site" | "same-site") => !navigates,
        // A browser's own word, which no page can put there; a proxy may have changed the host.
        Some("same-origin") => false,
        Some(_) | None => !reads && headers.contains_key(header::ORIGIN) && !is_own(request),
    };
    if foreign {
        return Err(Problem::new(
            Kind::ForeignOrigin,
            "web pages may not drive this daemon",
        ));
    }
    Ok(())
}

/// Whether a browser says that one of our own pages sent this.
fn is_own(request: &Request) -> bool {
    let headers = request.headers();
    if let Some(site) = fetch_metadata(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok()?.split_once("://"));
    origin.is_some_and(|(_, origin)| authority(request) == Some(origin))
}

fn fetch_metadata<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether some layer answered an error in its own words: neither a problem nor a page of ours.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let ours = |value: &HeaderValue| {
        value == "application/problem+json" || value.as_bytes().starts_with(b"text/html")
    };
    (status.is_client_error() || status.is_server_error())
        && !response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(ours)
}

/// `kept`: the client may keep the answer and ask each time whether it has changed.
fn set_headers(response: &mut Response, kept: bool) {
    let kept = kept && response.status() == StatusCode::OK;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        header::CACHE_CONTROL,
        if kept {
            "private, no-cache"
        } else {
            "no-store"
        },
    );
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn loopback_names_and_no_others() {
        for good in [
            "localhost",
            "LOCALHOST:7878",
            "wire.localhost:1",
            "127.0.0.1:7878",
            "127.1.2.3",
            "[::1]:7878",
            "localhost.",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example:7878",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "notlocalhost",
            "[",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    fn origin(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder()
            .method(method)
            .uri("/")
            .header("host", "127.0.0.1:7878");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check_origin(&request.body(Body::empty()).unwrap()).is_ok()
    }

    #[test]
    fn foreign_pages_can_link_here_and_do_nothing_else() {
        type Headers = &'static [(&'static str, &'static str)];
        let cases: [(&str, Headers, bool); 9] = [
            ("POST", &[], true),
            ("POST", &[("origin", "http://127.0.0.1:7878")], true),
            ("POST", &[("origin", "http://evil.example")], false),
            ("POST", &[("origin", "null")], false),
            ("POST", &[("origin", "http://127.0.0.1:9999")], false),
            (
                "POST",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                ],
                false,
            ),
            (
                "GET",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                ],
                true,
            ),
            (
                "GET",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "no-cors"),
                ],
                false,
            ),
            ("GET", &[("sec-fetch-site", "same-origin")], true),
        ];
        for (method, headers, expect) in cases {
            assert_eq!(origin(method, headers), expect, "{method} {headers:?}");
        }
    }
}

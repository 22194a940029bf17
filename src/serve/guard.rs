//! Who may ask, and within which bounds: the one layer around every handler.
//!
//! A daemon on loopback without a token is protected from the web pages in its user's browser: the
//! `Host` must be a loopback name (against DNS rebinding), a `POST` must not come from a foreign
//! origin, and what a foreign page embeds is refused. A token makes the `Host` a reverse proxy's
//! own business, because a page that rebinds a name does not know the token.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::config::endpoint::Secret;
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};

/// Bytes of a request's body; no request of the API needs one at all.
const MAX_BODY: u64 = 64 * 1024;
/// Time for an answer to begin; the slowest is a text search through the whole store.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Lets a request pass or answers it with a problem, and sets the headers of every answer.
pub(super) async fn watch(
    State(context): State<Context>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let open = matches!(path, "/healthz" | "/readyz");
    let cacheable = path.starts_with("/feeds/");
    let mut response = match admit(&context, &request, open) {
        Ok(()) => answer(request, next).await,
        Err(problem) => problem.into_response(),
    };
    if is_bare_error(&response) {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = Problem::of_status(response.status()).into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    set_headers(response.headers_mut(), cacheable);
    response
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

fn admit(context: &Context, request: &Request, open: bool) -> Result<(), Problem> {
    let headers = request.headers();
    if body_length(headers) > MAX_BODY {
        return Err(Problem::new(
            Kind::TooLarge,
            format!("a body may have {MAX_BODY} bytes"),
        ));
    }
    if open {
        return Ok(());
    }
    let config = context.state.config.borrow().clone();
    let token = config.http.token.as_ref();
    if token.is_none() && context.state.about.listen.ip().is_loopback() {
        check_host(request)?;
    }
    check_origin(request)?;
    match token {
        Some(token) if !bears(headers, token, request.method()) => Err(Problem::new(
            Kind::TokenNeeded,
            "send `Authorization: Bearer …` with the token that `http.token` sets",
        )),
        Some(_) | None => Ok(()),
    }
}

fn body_length(headers: &HeaderMap) -> u64 {
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
/// Following a link to the overview page stays possible.
fn check_origin(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign = Problem::new(Kind::ForeignOrigin, "web pages may not drive this daemon");
    let site = value("sec-fetch-site");
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let navigates = reads && value("sec-fetch-mode") == Some("navigate");
    if matches!(site, Some("cross-site" | "same-site")) && !navigates {
        return Err(foreign);
    }
    if !reads && let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let same = origin
            .split_once("://")
            .is_some_and(|(_, origin)| authority(request) == Some(origin));
        if !same {
            return Err(foreign);
        }
    }
    Ok(())
}

/// Whether the request bears the token: as `Bearer` (RFC 6750), or, so that a browser can show the
/// overview page, as the password of `Basic` (RFC 7617), which is for reading only.
fn bears(headers: &HeaderMap, token: &Secret, method: &Method) -> bool {
    let Some((scheme, given)) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.split_once(' '))
    else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return is_token(given.trim().as_bytes(), token);
    }
    if scheme.eq_ignore_ascii_case("basic") && matches!(*method, Method::GET | Method::HEAD) {
        let pair = STANDARD.decode(given.trim()).unwrap_or_default();
        let mut parts = pair.splitn(2, |&byte| byte == b':');
        return parts
            .nth(1)
            .is_some_and(|password| is_token(password, token));
    }
    false
}

/// Compares digests, so that neither content nor length shows in the time taken.
fn is_token(given: &[u8], token: &Secret) -> bool {
    let given = Sha256::digest(given);
    let token = Sha256::digest(token.reveal().as_bytes());
    given.as_slice().ct_eq(token.as_slice()).into()
}

/// Whether some layer answered an error in its own words.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|value| value != "application/problem+json")
}

fn set_headers(headers: &mut HeaderMap, cacheable: bool) {
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
        if cacheable { "no-cache" } else { "no-store" },
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

    #[test]
    fn the_token_opens_as_bearer_and_for_reading_as_password() {
        let token = Secret::new("s3cret");
        let bears = |value: &str, method: Method| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bears(&headers, &token, &method)
        };
        assert!(bears("Bearer s3cret", Method::POST));
        assert!(bears("bearer  s3cret", Method::GET));
        let basic = format!("Basic {}", STANDARD.encode("anyone:s3cret"));
        assert!(bears(&basic, Method::GET));
        assert!(!bears(&basic, Method::POST));
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer s3cre",
            "Bearer s3crett",
            "s3cret",
            "Basic !",
            "Basic czNjcmV0",
        ] {
            assert!(!bears(bad, Method::GET), "{bad}");
        }
    }
}

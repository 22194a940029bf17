//! The way in for browsers, where a token is set: what stands in place of any page until the token is
//! given, and the session that follows.
//!
//! The form is the body of the 401 itself, with its stylesheet inside, because nothing else is
//! answered to whoever has no token.

use std::sync::LazyLock;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::serve::Context;
use crate::serve::credentials::Visitor;
use crate::serve::credentials::{cookie, scope_of, set_cookie};
use crate::serve::pages::LOGIN;
use crate::serve::pages::assets::STYLE;
use crate::serve::pages::deeds::{field, is_own_path, see_other};
use crate::serve::pages::frame::set_page_headers;
use crate::serve::tries::Peer;

/// The one stylesheet is allowed by its digest.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What was said to the token before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// There was none.
    Nothing,
    /// It is not the token.
    Wrong,
    /// It was not listened to: too many were wrong. Again in so many seconds.
    TooMany(i64),
}

/// The 401 for browsers. `foreign`: a link on another site led here, so the browser kept back the
/// session that it may have; asking once more from here brings it.
pub(super) fn form(next: &str, foreign: bool, said: Said) -> Response {
    let wrong = said == Said::Wrong;
    let next = if is_own_path(next) { next } else { "/" };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Log in · Wireroom" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if foreign { meta http-equiv="refresh" content="0"; }
                style { (PreEscaped(STYLE)) }
            }
            body.login {
                main {
                    h1.brand { span.beacon aria-hidden="true" {} "Wireroom" }
                    form method="post" action=(LOGIN) {
                        input type="hidden" name="next" value=(next);
                        // For password managers, which keep a token by the name beside it.
                        input.unseen name="username" value="wireroom" autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                        label { span { "Token" }
                            input type="password" name="token" autocomplete="current-password" required autofocus
                                aria-invalid=[wrong.then_some("true")] aria-describedby="hint"; }
                        p #hint .faint {
                            @if wrong { strong { "That is not the token. " } }
                            @if let Said::TooMany(wait) = said { strong { "Too many were wrong: this one was not looked at. Wait " (wait) " s and give it again. " } }
                            "It is the one that " code { "http.token" } " sets in the daemon’s configuration, or " code { "http.read_token" } " to look only."
                        }
                        button { "Log in" }
                    }
                }
            }
        }
    };
    if let Said::TooMany(wait) = said {
        let mut response = (StatusCode::TOO_MANY_REQUESTS, page.into_string()).into_response();
        set_page_headers(&mut response, &POLICY);
        let wait = HeaderValue::from(wait);
        response.headers_mut().insert(header::RETRY_AFTER, wait);
        return response;
    }
    let mut response = (StatusCode::UNAUTHORIZED, page.into_string()).into_response();
    set_page_headers(&mut response, &POLICY);
    // Not `Basic`: a browser would ask in a window of its own and never show the form.
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"wireroom\""),
    );
    response
}

/// Takes the token and begins a session.
pub(super) async fn login(
    State(context): State<Context>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let next = field(&body, "next").filter(|path| is_own_path(path));
    let next = next.unwrap_or_else(|| "/".to_owned());
    let config = context.state.config.borrow().clone();
    if config.http.token.is_none() {
        return see_other(&next);
    }
    let now = context.state.clock.now();
    if let Err(wait) = context.tries.may(peer, now) {
        tracing::warn!("a browser gives too many wrong tokens");
        return form(&next, false, Said::TooMany(wait));
    }
    let token = field(&body, "token").unwrap_or_default();
    let token = token.trim().as_bytes();
    let Some(scope) = scope_of(token, &config.http) else {
        context.tries.was_wrong(peer, now);
        tracing::warn!("a browser gave a wrong token");
        return form(&next, false, Said::Wrong);
    };
    let word = context.sessions.begin(scope, token, now);
    tracing::info!(?scope, "a browser has logged in");
    let mut response = see_other(&next);
    give(&mut response, &context, &headers, Some(&word));
    response
}

/// Ends the session.
pub(super) async fn logout(State(context): State<Context>, headers: HeaderMap) -> Response {
    if let Some(word) = cookie(&headers, context.state.about.listen.port()) {
        context.sessions.end(word);
    }
    let mut response = see_other("/");
    give(&mut response, &context, &headers, None);
    response
}

/// Who comes to the login and is in already.
pub(super) async fn arrived(Extension(_): Extension<Visitor>) -> Response {
    see_other("/")
}

fn give(response: &mut Response, context: &Context, headers: &HeaderMap, word: Option<&str>) {
    // A proxy may add TLS that is not seen here; the browser says where it is.
    let secure = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| origin.as_bytes().starts_with(b"https:"));
    let port = context.state.about.listen.port();
    let cookie = set_cookie(word, port, secure);
    let cookie = HeaderValue::from_str(&cookie).expect("a name, base64 and attributes of ours");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
}

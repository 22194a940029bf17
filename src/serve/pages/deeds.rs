//! What a page's buttons do: the API's actions, then back to the page with a word on what was done.
//!
//! `guard` has seen to it that one of our own pages asks, and that its reader may.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::model::id::EndpointName;
use crate::serve::pages::words::encoded;
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::{Context, deliveries, endpoints, sources};

/// What was done, as the next page says it. A word in an address picks a sentence and is never
/// shown itself, so that a link cannot put words into the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Polled,
    Retried,
    RetriedAll,
    Tested,
    Enabled,
    Disabled,
}

impl Done {
    const ALL: [Self; 6] = [
        Self::Polled,
        Self::Retried,
        Self::RetriedAll,
        Self::Tested,
        Self::Enabled,
        Self::Disabled,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Polled => "polled",
            Self::Retried => "retried",
            Self::RetriedAll => "retried-all",
            Self::Tested => "tested",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Polled => "The source is due now; its poll follows in a moment.",
            Self::Retried => "The delivery is due now; another try follows in a moment.",
            Self::RetriedAll => {
                "What was given up is due now, each article in its order; further tries follow."
            }
            Self::Disabled => {
                "The endpoint is disabled: nothing is sent to it, and all is kept until it is enabled."
            }
            Self::Tested => {
                "A test message is on its way; see the endpoint’s deliveries for the answer."
            }
            Self::Enabled => "The endpoint is enabled; what waited for it is being sent.",
        }
    }

    /// The sentence that the page's `done` asks for; an unknown word asks for none.
    pub(super) fn read(params: &Params) -> Option<&'static str> {
        let word = params.text("done")?;
        let done = Self::ALL.into_iter().find(|it| it.word() == word)?;
        Some(done.sentence())
    }
}

pub(super) async fn poll(
    State(context): State<Context>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    sources::poll_now(&context, &id).await?;
    Ok(back(
        &body,
        &format!("/sources/{}", encoded(&id)),
        Done::Polled,
    ))
}

pub(super) async fn retry(
    State(context): State<Context>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    deliveries::retry_now(&context, &id).await?;
    Ok(back(&body, "/deliveries", Done::Retried))
}

pub(super) async fn retry_failed(
    State(context): State<Context>,
    body: Bytes,
) -> Result<Response, Problem> {
    let endpoint = field(&body, "endpoint").filter(|name| !name.is_empty());
    deliveries::revive_all(&context, endpoint.map(EndpointName::new)).await?;
    Ok(back(&body, "/deliveries", Done::RetriedAll))
}

pub(super) async fn disable(
    State(context): State<Context>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    endpoints::disable_now(&context, &EndpointName::new(name), None).await?;
    Ok(back(&body, "/endpoints", Done::Disabled))
}

pub(super) async fn test(
    State(context): State<Context>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    endpoints::send_test(&context, EndpointName::new(name)).await?;
    Ok(back(&body, "/endpoints", Done::Tested))
}

pub(super) async fn enable(
    State(context): State<Context>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    endpoints::enable_now(&context, &EndpointName::new(name)).await?;
    Ok(back(&body, "/endpoints", Done::Enabled))
}

/// To the page that the form names as `back`, else to `usual`.
fn back(body: &[u8], usual: &str, done: Done) -> Response {
    let given = field(body, "back").filter(|path| is_own_path(path));
    let path = given.as_deref().unwrap_or(usual);
    let joint = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{joint}done={}", done.word()))
}

/// A field of a form's body.
pub(super) fn field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body)
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether a browser that is sent there stays here: a path, and not an address that looks like one.
pub(super) fn is_own_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\' && c != '#';
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
}

/// 303: the browser asks there next, with `GET`.
pub(super) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let path = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, path);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for good in ["/", "/sources/ap-12?done=polled", "/?q=a%20b&outlet=ap"] {
            assert!(is_own_path(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\nset-cookie: x",
            "sources",
        ] {
            assert!(!is_own_path(bad), "{bad}");
        }
        let sent = |body: &[u8]| {
            let response = back(body, "/deliveries", Done::Retried);
            response.headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(sent(b"back=/x?a=1"), "/x?a=1&done=retried");
        assert_eq!(sent(b"back=//evil.example"), "/deliveries?done=retried");
        assert_eq!(sent(b"\xff\xff"), "/deliveries?done=retried");
    }
}

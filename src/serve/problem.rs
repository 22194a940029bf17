//! Errors as problem details (RFC 9457): a stable type and a sentence. The log keeps the chain.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::observe::chain;
use crate::serve::query::bad_cursor;
use crate::store::StoreError;

/// The kinds of problem; each has a `type` that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    BadQuery,
    BadRequest,
    TokenNeeded,
    ForeignOrigin,
    ReadOnly,
    NotFound,
    WrongMethod,
    Conflict,
    TooLarge,
    TooManyStreams,
    NotReady,
    TooSlow,
    Internal,
}

impl Kind {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadQuery => (
                StatusCode::BAD_REQUEST,
                "/problems/bad-query",
                "The query cannot be understood",
            ),
            Self::BadRequest => (
                StatusCode::BAD_REQUEST,
                "/problems/bad-request",
                "The request cannot be understood",
            ),
            Self::TokenNeeded => (
                StatusCode::UNAUTHORIZED,
                "/problems/token-needed",
                "A token is needed",
            ),
            Self::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "/problems/foreign-origin",
                "The request comes from a foreign page",
            ),
            Self::ReadOnly => (
                StatusCode::FORBIDDEN,
                "/problems/read-only",
                "The token is for reading",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "/problems/not-found",
                "There is no such thing",
            ),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "/problems/wrong-method",
                "The address knows another method",
            ),
            Self::Conflict => (
                StatusCode::CONFLICT,
                "/problems/conflict",
                "It cannot be done in this state",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "/problems/too-large",
                "The request is too large",
            ),
            Self::TooManyStreams => (
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/too-many-streams",
                "No event stream is free",
            ),
            Self::NotReady => (
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/not-ready",
                "The daemon is not ready",
            ),
            Self::TooSlow => (
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/too-slow",
                "The answer took too long",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "/problems/internal",
                "The daemon failed",
            ),
        }
    }
}

/// A problem with what is to be said of this case.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
}

/// Its form on the wire.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemDetails<'a> {
    /// Names the kind of problem; never changes.
    r#type: &'a str,
    /// The kind in words.
    title: &'a str,
    /// The answer's status.
    status: u16,
    /// This case in words.
    detail: &'a str,
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    pub(super) fn not_found(what: &str, name: &str) -> Self {
        // A name from the address line: quoted, but not at any length.
        let name: String = name.chars().take(100).collect();
        Self::new(Kind::NotFound, format!("there is no {what} `{name}`"))
    }

    /// Status, the kind in words, and this case in words.
    pub(super) fn told(&self) -> (StatusCode, &'static str, &str) {
        let (status, _, title) = self.kind.parts();
        (status, title, &self.detail)
    }

    /// Whether a token would help.
    pub(super) fn wants_token(&self) -> bool {
        self.kind == Kind::TokenNeeded
    }

    /// What stands for an answer that some layer gave as bare text.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let kind = match status {
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Kind::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            status if status.is_client_error() => Kind::BadRequest,
            _ => Kind::Internal,
        };
        Self::new(kind, "the request was refused as it stands")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, kind, title) = self.kind.parts();
        let body = serde_json::to_vec(&ProblemDetails {
            r#type: kind,
            title,
            status: status.as_u16(),
            detail: &self.detail,
        })
        .expect("four plain fields can be written");
        let mut response = (status, body).into_response();
        // For the page that people are shown in its place.
        response.extensions_mut().insert(self.clone());
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.kind == Kind::TokenNeeded {
            headers.append(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"wireroom\""),
            );
            // Feed readers can ask for this one: any user, the token as password.
            headers.append(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"wireroom: the token as password\""),
            );
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// `NotFound` is the caller's matter; all else is ours: logged whole, told in one sentence.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            // It came whole and is of another list.
            StoreError::NotFound { what: "cursor", .. } => bad_cursor(),
            StoreError::NotFound { what, name } => Self::not_found(what, &name),
            error => {
                let chain = chain(&error);
                tracing::error!("the store did not answer a request: {chain}");
                Self::new(
                    Kind::Internal,
                    "the store did not answer; the daemon's log says why",
                )
            }
        }
    }
}

pub(super) async fn no_such_address(uri: Uri) -> Problem {
    Problem::not_found("address", uri.path())
}

pub(super) async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::new(
        Kind::WrongMethod,
        format!("`{path}` does not answer {method}; see /api/openapi.json"),
    )
}

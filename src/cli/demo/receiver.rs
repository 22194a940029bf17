//! A consumer of webhooks as a user would write one: it checks what it is sent and shows it.
//!
//! `/json` verifies the Standard Webhooks signature over the bytes received and now and then
//! answers 503, so that a retry is seen; `/slack` holds a body to Block Kit's published limits. It
//! knows nothing of the daemon that sends: what it accepts, a stranger's library accepts.

use std::collections::HashSet;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::printer;
use super::view::Screen;
use crate::clock::Clock;

/// How old or young a signature's time may be (Standard Webhooks' reference library).
const TOLERANCE_SECONDS: i64 = 300;
/// Each n-th event is refused once.
const REFUSED_EACH: u64 = 9;
/// The first event that is refused.
const FIRST_REFUSED: u64 = 4;
/// Identifiers remembered to tell a repeat; older ones are forgotten.
const REMEMBERED: usize = 10_000;

/// The running receiver; dropping it closes it.
pub struct Receiver {
    /// Where `json` is taken.
    pub json_url: String,
    /// Where Slack's form is taken.
    pub slack_url: String,
    desk: Arc<Desk>,
    tasks: JoinSet<()>,
}

/// What has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Signed events accepted, each once.
    pub events: u64,
    /// Chat messages accepted.
    pub messages: u64,
    /// Requests answered 503 on purpose.
    pub refused: u64,
    /// Requests with a signature or a body that is not right.
    pub wrong: u64,
    /// Events that came again after they had been accepted.
    pub repeated: u64,
}

struct Desk {
    key: Vec<u8>,
    clock: Clock,
    screen: Screen,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    accepted: HashSet<String>,
    refused: HashSet<String>,
    signed: u64,
    received: Received,
}

/// Why a request is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// A header is not there, or is not text.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The time is no whole number of seconds.
    #[error("webhook-timestamp is not a number of seconds")]
    BadTime,
    /// Replayed, or a clock is wrong.
    #[error("webhook-timestamp is {0} seconds off")]
    WrongTime(i64),
    /// No signature in the header fits.
    #[error("no signature fits the body")]
    WrongSignature,
}

/// Starts it on a free loopback port; `key` is the decoded `whsec_` secret.
pub async fn start(
    clock: Clock,
    key: Vec<u8>,
    screen: Screen,
    stop: CancellationToken,
) -> io::Result<Receiver> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let desk = Arc::new(Desk {
        key,
        clock,
        screen,
        seen: Mutex::default(),
    });
    let router = Router::new()
        .route("/json", post(json))
        .route("/slack", post(slack))
        .with_state(Arc::clone(&desk));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let serving = axum::serve(listener, router);
        if let Err(error) = serving.with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::warn!("the receiver has closed: {error}");
        }
    });
    Ok(Receiver {
        json_url: format!("{base}/json"),
        slack_url: format!("{base}/slack"),
        desk,
        tasks,
    })
}

impl Receiver {
    /// What has arrived so far.
    pub fn received(&self) -> Received {
        self.desk.with_seen(|seen| seen.received)
    }

    /// Waits until its server has ended (after its `stop`).
    pub async fn closed(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Desk {
    fn with_seen<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Checks a request as Standard Webhooks 1.0.0 says and gives its `webhook-id`.
pub fn verify<'a>(
    key: &[u8],
    headers: &'a HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<&'a str, Distrust> {
    let text = |name: &'static str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or(Distrust::Missing(name))
    };
    let id = text("webhook-id")?;
    let timestamp = text("webhook-timestamp")?;
    let signatures = text("webhook-signature")?;
    let seconds: i64 = timestamp.parse().map_err(|_| Distrust::BadTime)?;
    let off = now.as_second().saturating_sub(seconds);
    if off.saturating_abs() > TOLERANCE_SECONDS {
        return Err(Distrust::WrongTime(off));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    // The header is a list: during a change of keys there is one signature a key.
    let fits = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
        .any(|signature| mac.clone().verify_slice(&signature).is_ok());
    if fits {
        Ok(id)
    } else {
        Err(Distrust::WrongSignature)
    }
}

async fn json(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let id = match verify(&desk.key, &headers, &body, desk.clock.now()) {
        Ok(id) => id,
        Err(distrust) => {
            desk.with_seen(|seen| seen.received.wrong += 1);
            desk.screen
                .show(&printer::refused("json", &distrust.to_string()));
            return (StatusCode::UNAUTHORIZED, distrust.to_string()).into_response();
        }
    };
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        desk.with_seen(|seen| seen.received.wrong += 1);
        desk.screen
            .show(&printer::refused("json", "the body is not JSON"));
        return (StatusCode::BAD_REQUEST, "the body is not JSON").into_response();
    };
    match desk.with_seen(|seen| seen.admit(id)) {
        Admission::Refuse => {
            let busy = "busy: 503, please come again in a second (done on purpose)";
            desk.screen.show(&printer::refused("json", busy));
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [("retry-after", "1")],
                "busy",
            )
                .into_response()
        }
        Admission::Repeat => {
            desk.screen.show(&printer::repeated(id));
            StatusCode::NO_CONTENT.into_response()
        }
        Admission::Accept { again } => {
            desk.screen.show(&printer::event(&event, again));
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

enum Admission {
    Accept { again: bool },
    Refuse,
    Repeat,
}

impl Seen {
    /// What a consumer does that deduplicates by `webhook-id`, and is busy now and then.
    fn admit(&mut self, id: &str) -> Admission {
        if self.accepted.contains(id) {
            self.received.repeated += 1;
            return Admission::Repeat;
        }
        if self.accepted.len() >= REMEMBERED {
            self.accepted.clear();
        }
        let again = self.refused.remove(id);
        if !again {
            self.signed += 1;
            if self.signed % REFUSED_EACH == FIRST_REFUSED {
                self.received.refused += 1;
                // At most one in nine of those accepted, and each leaves when it comes again; a
                // sender that gives up would leave it here, so this too has its bound.
                if self.refused.len() < REMEMBERED {
                    self.refused.insert(id.to_owned());
                }
                return Admission::Refuse;
            }
        }
        self.accepted.insert(id.to_owned());
        self.received.events += 1;
        Admission::Accept { again }
    }
}

async fn slack(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let message = match serde_json::from_slice::<Value>(&body) {
        Ok(message) => message,
        Err(_) => Value::Null,
    };
    match check_blocks(&message) {
        Ok(()) => {
            desk.with_seen(|seen| seen.received.messages += 1);
            desk.screen.show(&printer::slack(&message));
            "ok".into_response()
        }
        Err(reason) => {
            desk.with_seen(|seen| seen.received.wrong += 1);
            desk.screen.show(&printer::refused("slack", reason));
            (StatusCode::BAD_REQUEST, "invalid_blocks").into_response()
        }
    }
}

/// Block Kit's limits, counted in characters; the sum of all blocks is the one that Slack's reference
/// leaves out.
pub fn check_blocks(message: &Value) -> Result<(), &'static str> {
    let text = message.get("text").and_then(Value::as_str);
    if text.is_some_and(|text| text.chars().count() > 40_000) {
        return Err("text has more than 40,000 characters");
    }
    let Some(blocks) = message.get("blocks") else {
        let has_text = text.is_some_and(|text| !text.is_empty());
        return if has_text {
            Ok(())
        } else {
            Err("neither text nor blocks")
        };
    };
    let blocks = blocks.as_array().ok_or("blocks is not a list")?;
    if blocks.len() > 50 {
        return Err("more than 50 blocks");
    }
    let mut total = 0;
    for block in blocks {
        total += check_block(block)?;
    }
    if total > 13_200 {
        return Err("the blocks together have more than 13,200 characters");
    }
    Ok(())
}

fn check_block(block: &Value) -> Result<usize, &'static str> {
    let length = |object: Option<&Value>| {
        let text = object.and_then(|object| object.get("text")?.as_str());
        text.map(|text| text.chars().count())
    };
    match block.get("type").and_then(Value::as_str) {
        Some("header") => match length(block.get("text")) {
            Some(1..=150) => Ok(150),
            Some(_) => Err("a header is empty or has more than 150 characters"),
            None => Err("a header without text"),
        },
        Some("section") => {
            let fields = block.get("fields").and_then(Value::as_array);
            if fields.is_some_and(|fields| fields.len() > 10) {
                return Err("a section has more than 10 fields");
            }
            match (length(block.get("text")), fields) {
                (Some(count @ 1..=3_000), _) => Ok(count),
                (Some(_), _) => Err("a section is empty or has more than 3,000 characters"),
                (None, Some(_)) => Ok(0),
                (None, None) => Err("a section without text"),
            }
        }
        Some("context") => {
            let elements = block.get("elements").and_then(Value::as_array);
            let elements = elements.ok_or("a context without elements")?;
            if elements.is_empty() || elements.len() > 10 {
                return Err("a context has no element or more than 10");
            }
            Ok(elements
                .iter()
                .filter_map(|element| length(Some(element)))
                .sum())
        }
        Some("actions") => match block.get("elements").and_then(Value::as_array) {
            Some(elements) if elements.len() <= 25 => Ok(0),
            _ => Err("actions without elements or with more than 25"),
        },
        Some("divider" | "image" | "rich_text" | "markdown") => Ok(0),
        Some(_) | None => Err("a block of an unknown type"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check_blocks;

    #[test]
    fn block_kit_limits_hold_at_the_limit() {
        let sections = |count: usize, length: usize| {
            let text = "x".repeat(length);
            let block = json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
            json!({"text": "t", "blocks": vec![block; count]})
        };
        let header = |length: usize| {
            let text = json!({"type": "plain_text", "text": "x".repeat(length)});
            json!({"blocks": [{"type": "header", "text": text}]})
        };
        let cases = [
            (sections(50, 1), true),
            (sections(51, 1), false),
            (sections(1, 3_000), true),
            (sections(1, 3_001), false),
            (sections(1, 0), false),
            (sections(5, 2_640), true),
            (sections(5, 2_641), false),
            (header(150), true),
            (header(151), false),
            (json!({"text": "plain"}), true),
            (json!({"text": ""}), false),
            (json!({"blocks": [{"type": "surprise"}]}), false),
            (
                json!({"blocks": [{"type": "context", "elements": []}]}),
                false,
            ),
            (json!(null), false),
            (json!([]), false),
        ];
        for (message, good) in cases {
            assert_eq!(check_blocks(&message).is_ok(), good, "{message:.80}");
        }
    }
}

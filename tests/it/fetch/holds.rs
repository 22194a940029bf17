//! Whom an answer of 429 or 503 holds up, over real sockets: `fetch.retry_after_scope`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wireroom::clock::Clock;
use wireroom::config::{self, RetryAfterScope};
use wireroom::fetch::fetcher::{Fetcher, Refusal, Want};
use wireroom::fetch::hosts::Hosts;

use super::transport;
use crate::server::{Reply, Server};

fn fetcher(scope: &str) -> Fetcher {
    let text =
        format!("[fetch]\nallow_private = [\"127.0.0.0/8\"]\nretry_after_scope = \"{scope}\"");
    let loaded = config::from_str(&text, Path::new("/nowhere"), &BTreeMap::new());
    let spec = loaded.unwrap().config.fetch;
    let hosts = Arc::new(Hosts::new(&spec));
    Fetcher::new(Arc::new(transport()), hosts, spec, Clock::System)
}

/// For how many seconds another address of a server is held that has just answered so; `None`: it is
/// asked.
async fn held(scope: &str, own: Option<RetryAfterScope>, reply: Reply) -> Option<i64> {
    let server = Server::start();
    server.on("/a", reply);
    server.on("/b", Reply::page("text/plain", "b"));
    let other = Server::start();
    other.on("/c", Reply::page("text/plain", "c"));
    let fetcher = fetcher(scope);
    fetcher
        .get_within(&server.url("/a"), Want::Feed, None, own)
        .await
        .unwrap();
    // A server on another port of the same address is another's.
    fetcher
        .get(&other.url("/c"), Want::Feed, None)
        .await
        .unwrap();
    let asked = Timestamp::now();
    match fetcher.get(&server.url("/b"), Want::Feed, None).await {
        Ok(_) => None,
        Err(Refusal::Busy(until)) => {
            assert_eq!(server.seen().len(), 1, "nothing is sent to who is held");
            let left = until.duration_since(asked) + SignedDuration::from_millis(500);
            Some(left.as_secs())
        }
        Err(refusal) => panic!("{refusal}"),
    }
}

#[tokio::test]
async fn the_scope_says_whom_an_answer_holds() {
    let after = |status, value: &str| Reply::status(status).header("retry-after", value);
    for (scope, own, reply, expected) in [
        ("host", None, after(429, "600"), Some(600)),
        ("host", None, after(503, "600"), Some(600)),
        ("host", None, Reply::status(429), Some(60)),
        ("host", None, Reply::status(503), Some(60)),
        ("host", None, after(503, "99999999"), Some(86_400)),
        ("host", None, after(500, "600"), None),
        ("source", None, after(429, "600"), None),
        ("source", None, after(503, "600"), None),
        // A server on a port of its own speaks for the one address, unless it is said otherwise.
        ("auto", None, after(429, "600"), None),
        ("auto", None, after(503, "600"), None),
        // What the outlet says counts for what is asked on its behalf.
        (
            "source",
            Some(RetryAfterScope::Host),
            after(503, "600"),
            Some(600),
        ),
        (
            "host",
            Some(RetryAfterScope::Source),
            after(429, "600"),
            None,
        ),
    ] {
        let seconds = held(scope, own, reply.clone()).await;
        let near = match (seconds, expected) {
            // A loaded machine takes its time between the answer and the look.
            (Some(seconds), Some(expected)) => (expected - 30..=expected).contains(&seconds),
            (seconds, expected) => seconds == expected,
        };
        assert!(near, "{scope} {own:?} {reply:?}: {seconds:?}");
    }
}

//! What hubs send: questions whether a subscription is meant, refusals, and news.
//!
//! Nothing here is answered but to a token that is ours. News are believed if they are signed with the
//! secret that only the hub was told, and only then; others are answered as if they were, as the
//! recommendation has it (§7.1), so that nobody learns which secrets are right. A hub that was told no
//! secret, because the way to it can be read by others, only gives a hint: its source is polled.
//!
//! What is pushed is taken by a task that outlives the hub's patience: a hub that hangs up must not
//! leave its source claimed and unread.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot;
use tracing::{debug, error, info, warn};
use url::form_urlencoded;

use super::take::Pushed;
use super::{Hook, change, keeps_secrets, poll_now};
use crate::feed::hub;
use crate::fetch::Response;
use crate::model::id::SourceId;
use crate::model::subscription::{Standing, Subscription};
use crate::observe::chain;
use crate::observe::outcome::PushOutcome;

use crate::schedule::subscription as schedule;
use crate::store::StoreError;
use crate::work::Desk;

/// The answer to a hub's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is meant: the challenge, to be sent back.
    Meant(String),
    /// Taken note of.
    Noted,
    /// Nobody here meant that.
    NotMeant,
}

/// The answer to a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is stored, or was not worth it.
    Done,
    /// No such subscription.
    Unknown,
    /// The subscription is at its end: no more of it.
    Ending,
    /// It could not be taken just now.
    Later,
}

/// Whether `token` is a subscription's.
pub fn is_known(desk: &Desk, token: &str) -> bool {
    known(desk, token).is_some()
}

fn known(desk: &Desk, token: &str) -> Option<std::sync::Arc<Hook>> {
    desk.config().http.public_url.as_ref()?;
    desk.push.hook(token.parse().ok()?)
}

/// What a hub asks, in a query string, before it does what it was asked (§5.3), or when it will not.
#[derive(Debug, Default)]
struct Question {
    mode: String,
    topic: String,
    challenge: Option<String>,
    lease_seconds: Option<u64>,
    reason: Option<String>,
}

impl Question {
    fn parse(query: &str) -> Self {
        let mut question = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "hub.mode" => question.mode = value.into_owned(),
                "hub.topic" => question.topic = value.into_owned(),
                "hub.challenge" => question.challenge = Some(value.into_owned()),
                "hub.lease_seconds" => question.lease_seconds = value.parse().ok(),
                "hub.reason" => question.reason = Some(value.into_owned()),
                _ => {}
            }
        }
        question
    }
}

/// Answers a hub's question about the subscription of `token`.
pub async fn question(desk: &Desk, token: &str, query: &str) -> Result<Verdict, StoreError> {
    let Some(hook) = known(desk, token) else {
        return Ok(Verdict::NotMeant);
    };
    let asked = Question::parse(query);
    let now = desk.clock.now();
    let mut verdict = Verdict::NotMeant;
    let mut lost = None;
    change(desk, &hook, |it| {
        let (answer, next) = judge(it, asked, now);
        verdict = answer;
        let trusted = next.as_ref().is_some_and(|next| next.trusted);
        lost = (it.trusted && !trusted).then(|| it.source.clone());
        next
    })
    .await?;
    if let Some(source) = lost {
        poll_now(desk, &source).await;
    }
    Ok(verdict)
}

/// The answer, and the subscription as it is then.
fn judge(it: &Subscription, asked: Question, now: Timestamp) -> (Verdict, Option<Subscription>) {
    let source = &it.source;
    let same = || Some(it.clone());
    if asked.topic != it.topic.as_str() {
        return (Verdict::NotMeant, same());
    }
    match (asked.mode.as_str(), asked.challenge) {
        ("subscribe", Some(challenge))
            if it.asked.is_some() && it.standing != Standing::Leaving =>
        {
            info!(source.id = %source, "the hub {} pushes {source}", it.hub);
            let next = schedule::confirmed(it, asked.lease_seconds, now);
            (Verdict::Meant(challenge), Some(next))
        }
        // A hub that lost the answer asks again, and is told the same.
        ("subscribe", Some(challenge)) if it.standing == Standing::Active => {
            (Verdict::Meant(challenge), same())
        }
        ("unsubscribe", Some(challenge)) if it.standing == Standing::Leaving => {
            debug!(source.id = %source, "the hub no longer pushes {source}");
            (Verdict::Meant(challenge), None)
        }
        ("denied", _) if it.standing == Standing::Leaving => (Verdict::Noted, None),
        ("denied", _) => {
            let next = schedule::denied(it, asked.reason.as_deref(), now);
            let why = next.reason.as_deref().unwrap_or_default();
            warn!(source.id = %source, "{source} at its hub {}: {why}", it.hub);
            (Verdict::Noted, Some(next))
        }
        // Who asks whether we meant what we did not ask for may well not be the hub.
        _ => (Verdict::NotMeant, same()),
    }
}

/// Takes what is pushed to the subscription of `token`; once it is [`Taken::Done`] it is stored.
pub async fn news(
    desk: &Desk,
    token: &str,
    signature: Option<&str>,
    content_type: Option<&str>,
    body: Bytes,
) -> Taken {
    let Some(hook) = known(desk, token) else {
        return Taken::Unknown;
    };
    let Some(it) = hook.state.lock().await.clone() else {
        return Taken::Unknown;
    };
    let source = &it.source;
    if it.standing == Standing::Leaving {
        return Taken::Ending;
    }
    if !signature.is_some_and(|signature| hub::is_signed(signature, &it.secret.0, &body)) {
        if !keeps_secrets(desk, &it.hub) {
            return hinted(desk, source).await;
        }
        warn!(source.id = %source, "something was pushed to {source} that is not signed with its secret; it is ignored");
        desk.meters.push(PushOutcome::Unsigned);
        return Taken::Done;
    }
    let heard = |it: &Subscription| {
        Some(Subscription {
            last_push: Some(desk.clock.now()),
            ..it.clone()
        })
    };
    if let Err(fault) = change(desk, &hook, heard).await {
        error!("cannot keep a subscription: {}", chain(&fault));
        desk.meters.push(PushOutcome::Later);
        return Taken::Later;
    }
    let headers = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
    let response = Response {
        status: 200,
        headers: headers.into_iter().collect(),
        url: it.topic.clone(),
        hops: Vec::new(),
        body,
        elapsed: Duration::ZERO,
    };
    let (answer, taken) = oneshot::channel();
    let pushed = Pushed {
        hook: std::sync::Arc::clone(&hook),
        source: source.clone(),
        response,
        answer,
    };
    match desk.push.handed.try_send(pushed) {
        Ok(()) => taken.await.unwrap_or(Taken::Later),
        Err(_) => Taken::Later,
    }
}

/// Somebody who knows the subscription's address says that there is news, and may be anybody: the source
/// is polled, if it is well and was not just now.
async fn hinted(desk: &Desk, source: &SourceId) -> Taken {
    let state = match desk.store.source(source).await {
        Ok(Some(state)) => state,
        Ok(None) => return Taken::Done,
        Err(fault) => {
            error!("cannot look up {source}: {}", chain(&fault));
            return Taken::Later;
        }
    };
    let now = desk.clock.now();
    let least = desk.config().poll.min_interval;
    let rested =
        (state.last_poll).is_none_or(|last| now.duration_since(last).unsigned_abs() >= least);
    if state.failures == 0 && rested {
        debug!(source.id = %source, "its hub says that {source} has news: it is polled");
        poll_now(desk, source).await;
    }
    Taken::Done
}

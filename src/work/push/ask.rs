//! What hubs are asked, and how they are asked it.

use std::time::Duration;

use bytes::Bytes;
use tracing::{debug, info, warn};
use url::Url;

use super::{Hook, change, poll_now};
use crate::feed::hub;
use crate::fetch::hosts::Turn;
use crate::fetch::{AllowKey, Bounds, Method, Overlong, Request, Response, Way};
use crate::model::id::Host;
use crate::model::subscription::Subscription;
use crate::observe::chain;
use crate::schedule::subscription::{self as schedule, Mode, Step};
use crate::store::StoreError;
use crate::work::Desk;

/// Redirects of one request; the recommendation has them followed (§5.1).
const REDIRECTS: usize = 3;
/// Bytes of a hub's answer: it is only quoted.
const ANSWER_MAX: u64 = 2000;
/// For a turn at the hub's host.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does what is due for one subscription.
pub(super) async fn step(desk: &Desk, hook: &Hook) -> Result<(), StoreError> {
    let now = desk.clock.now();
    let mut asks = None;
    let mut lost = None;
    change(desk, hook, |it| match schedule::step(it, now) {
        Step::Wait => Some(it.clone()),
        Step::Forget => None,
        Step::Ask(mode, next) => {
            lost = (it.trusted && !next.trusted).then(|| it.source.clone());
            asks = Some((mode, (*next).clone()));
            Some(*next)
        }
    })
    .await?;
    if let Some(source) = lost {
        warn!(source.id = %source, "the lease of {source} at its hub has run out: it is polled as usual again");
        poll_now(desk, &source).await;
    }
    let Some((mode, subscription)) = asks else {
        return Ok(());
    };
    let source = &subscription.source;
    match ask(desk, &subscription, mode).await {
        Ok(()) => debug!(source.id = %source, "asked the hub of {source} to {}", mode.as_str()),
        Err(why) => {
            let hub = &subscription.hub;
            let at = subscription.next_step;
            info!(source.id = %source, "cannot {} {source} at its hub {hub}, next try at {at}: {why}", mode.as_str());
            let reason = |it: &Subscription| {
                Some(Subscription {
                    reason: Some(why),
                    ..it.clone()
                })
            };
            change(desk, hook, reason).await?;
        }
    }
    Ok(())
}

/// Sends the request; the error is for people.
async fn ask(desk: &Desk, subscription: &Subscription, mode: Mode) -> Result<(), String> {
    let secret = super::keeps_secrets(desk, &subscription.hub).then_some(&subscription.secret);
    let body = Bytes::from(hub::request(subscription, mode, secret));
    let may_follow = |to: &Url| {
        if secret.is_some() && !super::keeps_secrets(desk, to) {
            return Err(format!(
                "it redirects to {to}, where others could read the secret that it signs with"
            ));
        }
        Ok(())
    };
    let response = post(desk, &subscription.hub, body, may_follow).await?;
    match response.status {
        200..300 => Ok(()),
        _ => Err(said(&response)),
    }
}

/// Posts a form to a hub, by way of where it redirects to as far as `may_follow` lets it; what was
/// answered there. The error is for people.
pub(super) async fn post(
    desk: &Desk,
    hub: &Url,
    body: Bytes,
    may_follow: impl Fn(&Url) -> Result<(), String>,
) -> Result<Response, String> {
    let mut url = hub.clone();
    for _ in 0..=REDIRECTS {
        let response = send(desk, &url, body.clone()).await?;
        if !matches!(response.status, 307 | 308) {
            return Ok(response);
        }
        let to = response.header("location");
        let to = to.and_then(|to| url.join(to).ok());
        let to = to.ok_or_else(|| format!("{url} redirects to nowhere"))?;
        may_follow(&to)?;
        url = to;
    }
    Err(format!("it redirects more than {REDIRECTS} times"))
}

/// What a hub answered, for people.
pub(super) fn said(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text: String = text.trim().chars().take(200).collect();
    let said = format!("it answered {} {text}", response.status);
    said.trim_end().to_owned()
}

async fn send(desk: &Desk, url: &Url, body: Bytes) -> Result<Response, String> {
    let spec = &desk.config().fetch;
    let fetcher = desk.fetcher();
    let host = Host::of(url);
    let turn = fetcher.hosts().turn(&host, Turn::Source, PATIENCE);
    let permit = turn
        .await
        .map_err(|_| "its host cannot be asked just now".to_owned())?;
    let request = Request {
        method: Method::Post,
        url: url.clone(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body,
        bounds: Bounds {
            timeout: spec.timeout,
            max_body: ANSWER_MAX,
            overlong: Overlong::Cut,
            max_redirects: 0,
            allow_private: spec.allow_private.clone(),
            allow_key: AllowKey::Fetch,
        },
        way: Way::default(),
    };
    let answer = desk.transport.send(request).await;
    drop(permit);
    answer.map_err(|error| chain(&error))
}

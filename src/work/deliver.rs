//! One delivery attempt: render, sign, send, judge the answer, settle.
//!
//! Redirects are not followed and nothing is decided here: what an answer means is
//! `notify::verdict`, when to try again is `schedule::backoff`.

use std::time::Duration;

use jiff::Timestamp;
use tracing::{debug, error, warn};

use crate::config::Config;
use crate::config::endpoint::{EndpointSpec, Format, Secret, SecretUrl};
use crate::fetch::guard;
use crate::fetch::{AllowKey, Bounds, Method, Overlong, Request, Response, Way};
use crate::model::delivery::{Attempt, EndpointHealth};
use crate::model::event::EventKind;
use crate::model::id::EndpointName;
use crate::notify::render::{self, Outgoing, Verb};
use crate::notify::verdict::{self, Answer, Answered, Failure};
use crate::observe::chain;
use crate::observe::outcome::DeliveryOutcome;
use crate::schedule::backoff;
use crate::store::{Alerts, DeliveryJob, Queue, Settlement, StoreError, Verdict};
use crate::work::Desk;
use crate::work::worker::Outcome;

/// Bytes of a receiver's answer that are read; a kilobyte of them is kept.
const ANSWER_READ: u64 = 64 * 1024;
/// Failed attempts in a row after which an endpoint is failing (the contract's number).
const FAILING_AFTER: u32 = 5;
/// Parts of an address shorter than this are words, not secrets.
const SECRET_MIN: usize = 6;

/// Tries one delivery.
pub async fn run(desk: &Desk, job: DeliveryJob) -> Outcome {
    let config = desk.config();
    let Some(endpoint) = config.endpoints.get(&job.delivery.endpoint) else {
        debug!("the endpoint is no longer configured; its delivery is left");
        return Outcome::Failed;
    };
    let started = desk.clock.now();
    let timer = tokio::time::Instant::now();
    let answer = match render::render(endpoint, &job.event, started) {
        Ok(outgoing) => {
            let sent = send(desk, &config, endpoint, outgoing).await;
            // A receiver that cannot fetch the picture refuses the whole message: better without.
            match render::without_picture(endpoint, &job.event, started) {
                Ok(Some(plain)) if sent.status == Some(400) => {
                    send(desk, &config, endpoint, plain).await
                }
                Ok(_) | Err(_) => sent,
            }
        }
        Err(fault) => Sent {
            answer: Answer::Permanent { why: chain(&fault) },
            status: None,
            quote: None,
        },
    };
    let elapsed = timer.elapsed();
    settle(desk, &config, endpoint, job, answer, started, elapsed).await
}

/// What came of sending.
struct Sent {
    answer: Answer,
    status: Option<u16>,
    quote: Option<String>,
}

async fn send(desk: &Desk, config: &Config, endpoint: &EndpointSpec, outgoing: Outgoing) -> Sent {
    let timeout = endpoint.timeout.unwrap_or(config.delivery.timeout);
    let mut headers = outgoing.headers;
    headers.push(("content-type".to_owned(), outgoing.content_type));
    let request = Request {
        method: match outgoing.verb {
            Verb::Post => Method::Post,
            Verb::Put => Method::Put,
        },
        url: outgoing.url,
        headers,
        body: outgoing.body,
        bounds: Bounds {
            timeout,
            max_body: ANSWER_READ,
            overlong: Overlong::Cut,
            max_redirects: 0,
            allow_private: if endpoint.allow_private {
                guard::all_networks()
            } else {
                Vec::new()
            },
            allow_key: AllowKey::Endpoint,
        },
        way: Way {
            proxy: endpoint.proxy.clone(),
            identity: endpoint.identity.clone(),
        },
    };
    let answer = desk.transport.send(request).await;
    // A receiver counts its Retry-After from its answer on.
    let now = desk.clock.now();
    match answer {
        Ok(response) => {
            // What is judged may be quoted.
            let body = masked(&String::from_utf8_lossy(&response.body), endpoint);
            let answered = Answered {
                status: response.status,
                headers: &response.headers,
                body: body.as_bytes(),
            };
            Sent {
                answer: verdict::judge(&endpoint.format, Ok(answered), now),
                status: Some(response.status),
                quote: quote(&response, endpoint),
            }
        }
        Err(fault) => Sent {
            answer: verdict::judge(&endpoint.format, Err(&Failure::of(&fault)), now),
            status: None,
            quote: None,
        },
    }
}

/// The first kilobyte of the answer, as text.
fn quote(response: &Response, endpoint: &EndpointSpec) -> Option<String> {
    let head = &response.body[..response.body.len().min(1024)];
    let text = masked(String::from_utf8_lossy(head).trim(), endpoint);
    (!text.is_empty()).then_some(text)
}

/// A text without the endpoint's own secrets: a 404 page names the path that was asked for.
fn masked(text: &str, endpoint: &EndpointSpec) -> String {
    let urls = [Some(&endpoint.url), endpoint.proxy.as_ref()];
    let urls = urls.into_iter().flatten().map(SecretUrl::reveal);
    let parts = urls.flat_map(|url| {
        let path = url.path().split('/');
        path.chain(url.query()).chain(url.password())
    });
    let values = endpoint.headers.iter().map(|(_, value)| value);
    let token = match &endpoint.format {
        Format::Telegram { token, .. } | Format::Matrix { token, .. } => Some(token),
        Format::Ntfy { token } => token.as_ref(),
        Format::Json
        | Format::CloudEvents(_)
        | Format::Slack
        | Format::Discord
        | Format::Teams
        | Format::Mattermost
        | Format::Template(_) => None,
    };
    let mut text = text.to_owned();
    for secret in parts.chain(values.chain(token).map(Secret::reveal)) {
        if secret.len() >= SECRET_MIN {
            text = text.replace(secret, "…");
        }
    }
    text
}

async fn settle(
    desk: &Desk,
    config: &Config,
    endpoint: &EndpointSpec,
    job: DeliveryJob,
    sent: Sent,
    started: Timestamp,
    elapsed: Duration,
) -> Outcome {
    let now = desk.clock.now();
    let schedule = endpoint
        .schedule
        .as_ref()
        .unwrap_or(&config.delivery.schedule);
    let again = || {
        let next = backoff::next_try(schedule, scheduled(&job) + 1, now, rand::random());
        next.map_or(Verdict::Failed, |at| Verdict::Retry { at })
    };
    let (verdict, error, hold_until, disable) = match sent.answer {
        Answer::Delivered { rest } => (Verdict::Delivered, None, rest, None),
        Answer::Retry { why } => (again(), Some(why), None, None),
        // The receiver named the time itself: that is obeyed in place of the schedule.
        Answer::Throttled { until, why } => {
            let at = Verdict::Retry { at: until };
            (at, Some(why), Some(until), None)
        }
        Answer::Permanent { why } => (Verdict::Failed, Some(why), None, None),
        Answer::Gone { why } => (
            Verdict::Retry { at: now },
            Some(why.clone()),
            None,
            Some(why),
        ),
    };
    if let Some(why) = &error {
        warn!(
            tries = job.delivery.tries + 1,
            "{} {} to {} failed: {why}; {}",
            job.delivery.kind.as_str(),
            job.delivery.event,
            endpoint.name,
            follows(verdict, disable.is_some()),
        );
    }
    let settlement = Settlement {
        now,
        attempt: Attempt {
            at: started,
            status: sent.status,
            error: error.clone(),
            ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            answer: sent.quote,
        },
        verdict,
        hold_until,
        disable,
        failing_after: FAILING_AFTER,
        alerts: alerts(config, &endpoint.name),
    };
    let outcome = if error.is_none() {
        Outcome::Done
    } else {
        Outcome::Failed
    };
    desk.meters.delivery(
        &endpoint.name,
        metered(verdict, settlement.disable.is_some()),
    );
    match desk.store.settle(job.lease, settlement).await {
        Ok(settled) => {
            say_health(&endpoint.name, settled.endpoint, error.as_deref());
            desk.nudges.of(Queue::Deliveries).notify_one();
        }
        Err(StoreError::LeaseLost) => debug!("settled too late: it is another worker's by now"),
        Err(fault) => error!(
            "cannot record the attempt, it will be made again: {}",
            chain(&fault)
        ),
    }
    outcome
}

/// Tries that the schedule counts: a receiver that asks for patience uses none of them up.
fn scheduled(job: &DeliveryJob) -> u32 {
    let attempts = &job.delivery.attempts;
    let throttled = attempts.iter().filter(|it| it.status == Some(429)).count();
    job.delivery
        .tries
        .saturating_sub(u32::try_from(throttled).unwrap_or(u32::MAX))
}

fn metered(verdict: Verdict, disabled: bool) -> DeliveryOutcome {
    match verdict {
        _ if disabled => DeliveryOutcome::Disabled,
        Verdict::Delivered => DeliveryOutcome::Delivered,
        Verdict::Retry { .. } => DeliveryOutcome::Retrying,
        Verdict::Failed => DeliveryOutcome::Failed,
    }
}

fn follows(verdict: Verdict, disabled: bool) -> String {
    if disabled {
        return "the endpoint is disabled until `wireroom endpoints enable`".to_owned();
    }
    match verdict {
        Verdict::Delivered => String::new(),
        Verdict::Retry { at } => format!("trying again at {at:.0}"),
        Verdict::Failed => "given up; `wireroom deliveries retry` sends it again".to_owned(),
    }
}

fn say_health(endpoint: &EndpointName, health: Option<EndpointHealth>, why: Option<&str>) {
    let why = why.unwrap_or("it takes deliveries");
    match health {
        Some(EndpointHealth::Healthy) => {
            tracing::info!(%endpoint, "endpoint {endpoint} is well again: {why}");
        }
        Some(EndpointHealth::Failing) => error!(%endpoint, "endpoint {endpoint} is failing: {why}"),
        Some(EndpointHealth::Disabled) => {
            error!(%endpoint, "endpoint {endpoint} is disabled: {why}");
        }
        None => {}
    }
}

/// The other endpoints that want to hear of this one.
fn alerts(config: &Config, of: &EndpointName) -> Alerts {
    let wanting = |kind: EventKind| {
        config
            .endpoints
            .values()
            .filter(|it| it.name != *of && it.events.contains(&kind))
            .map(|it| it.name.clone())
            .collect()
    };
    Alerts {
        failing: wanting(EventKind::EndpointFailing),
        disabled: wanting(EventKind::EndpointDisabled),
        recovered: wanting(EventKind::EndpointRecovered),
    }
}

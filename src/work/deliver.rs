//! One delivery attempt: render, sign, send, judge the answer, settle.
//!
//! Redirects are not followed and nothing is decided here: what an answer means is
//! `notify::verdict`, when to try again is `schedule::backoff`.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tracing::{debug, error, info, warn};

use crate::config::Config;
use crate::config::endpoint::{EndpointSpec, Format, Secret, SecretUrl};
use crate::fetch::guard;
use crate::fetch::{AllowKey, Bounds, Method, Overlong, Request, Response, Way};
use crate::model::delivery::{Attempt, EndpointHealth};
use crate::model::event::{EventKind, FullSubject};
use crate::model::id::EndpointName;
use crate::notify::digest;
use crate::notify::render::{self, Outgoing, Verb};
use crate::notify::route;
use crate::notify::verdict::{self, Answer, Answered, Failure};
use crate::observe::outcome::DeliveryOutcome;
use crate::observe::{chain, trace};
use crate::schedule::backoff;
use crate::store::{Alerts, DeliveryJob, Queue, Settled, Settlement, StoreError, Verdict};
use crate::work::Desk;
use crate::work::worker::Outcome;

/// Bytes of a receiver's answer that are read; a kilobyte of them is kept.
const ANSWER_READ: u64 = 64 * 1024;
/// Failed attempts in a row after which an endpoint is failing (the contract's number).
const FAILING_AFTER: u32 = 5;
/// The header of W3C Trace Context.
const TRACEPARENT: &str = "traceparent";
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
    let Some(job) = whole(desk, endpoint, job, started).await else {
        return Outcome::Failed;
    };
    let timer = tokio::time::Instant::now();
    let parent = job.delivery.trace.parent(trace::span_id());
    let answer = match render::render(endpoint, &job.event, started) {
        Ok(outgoing) => {
            let timeout = endpoint.timeout.unwrap_or(config.delivery.timeout);
            let sent = send(desk, endpoint, traced(outgoing, &parent), timeout).await;
            // The attempt as a whole is bounded: the second request has the time that the first left.
            let left = timeout.saturating_sub(timer.elapsed());
            // A receiver that cannot fetch the picture refuses the whole message: better without.
            match render::without_picture(endpoint, &job.event, started) {
                Ok(Some(plain)) if sent.status == Some(400) && !left.is_zero() => {
                    send(desk, endpoint, traced(plain, &parent), left).await
                }
                Ok(_) | Err(_) => sent,
            }
        }
        Err(fault) => Sent {
            answer: Answer::Permanent { why: chain(&fault) },
            status: None,
            quote: None,
            body: Bytes::new(),
        },
    };
    let is_parted = parted(desk, &job, &answer).await;
    let elapsed = timer.elapsed();
    let ended = Ended {
        sent: answer,
        is_parted,
        started,
        elapsed,
    };
    settle(desk, &config, endpoint, job, ended).await
}

/// The request with its place in the trace, unless the operator has given it one.
fn traced(mut outgoing: Outgoing, parent: &str) -> Outgoing {
    if !outgoing.headers.iter().any(|(name, _)| name == TRACEPARENT) {
        let header = (TRACEPARENT.to_owned(), parent.to_owned());
        outgoing.headers.push(header);
    }
    outgoing
}

/// The job as one message tells it: of a digest, what has room in one. The rest is bound anew before anything is
/// sent, so that no attempt tells other members than the first. `None` where the digest could not be parted,
/// and falls due again.
async fn whole(
    desk: &Desk,
    endpoint: &EndpointSpec,
    mut job: DeliveryJob,
    now: Timestamp,
) -> Option<DeliveryJob> {
    let FullSubject::Digest(gathered) = &job.event.body else {
        return Some(job);
    };
    // A program knows what it was sent by its name, so that stays as it was, even if it is configured otherwise
    // by now.
    if job.delivery.tries > 0 && !endpoint.format.is_chat() {
        return Some(job);
    }
    // What cannot be rendered is settled as such where it is to be sent.
    let fitting = digest::fitting(endpoint, &job.event, now).unwrap_or(usize::MAX);
    if fitting >= gathered.members.len() {
        return Some(job);
    }
    match desk.store.trim_digest(&job.lease, fitting).await {
        Ok(()) => {
            job.event = digest::part(&job.event, gathered, fitting);
            desk.nudges.of(Queue::Deliveries).notify_one();
            Some(job)
        }
        Err(StoreError::LeaseLost) => {
            debug!("parted too late: it is another worker's by now");
            None
        }
        Err(fault) => {
            let why = chain(&fault);
            error!("cannot part a digest, it will be tried again: {why}");
            None
        }
    }
}

/// Whether a digest that was refused was parted, so that the entry for which it was comes to stand alone and is
/// given up alone. A 400 was not taken: no part of it is told twice.
async fn parted(desk: &Desk, job: &DeliveryJob, sent: &Sent) -> bool {
    let refused = matches!(sent.answer, Answer::Permanent { .. }) && sent.status == Some(400);
    let FullSubject::Digest(gathered) = &job.event.body else {
        return false;
    };
    let Some(half) = digest::half(gathered).filter(|_| refused) else {
        return false;
    };
    match desk.store.trim_digest(&job.lease, half).await {
        Ok(()) => true,
        Err(fault) => {
            warn!("cannot part a digest that was refused: {}", chain(&fault));
            false
        }
    }
}

/// An attempt that is to be recorded.
struct Ended {
    sent: Sent,
    /// The digest was left with half of what was refused.
    is_parted: bool,
    started: Timestamp,
    elapsed: Duration,
}

/// What came of sending.
struct Sent {
    answer: Answer,
    status: Option<u16>,
    quote: Option<String>,
    /// What was sent.
    body: Bytes,
}

impl Sent {
    /// What was sent, where the answer says that it was not understood.
    fn refused(&self, endpoint: &EndpointSpec) -> Option<String> {
        let refused = matches!(self.status, Some(400 | 413 | 415 | 422));
        refused.then(|| masked(&String::from_utf8_lossy(&self.body), endpoint))
    }
}

async fn send(desk: &Desk, endpoint: &EndpointSpec, outgoing: Outgoing, timeout: Duration) -> Sent {
    let sent = outgoing.body.clone();
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
                body: sent,
            }
        }
        Err(fault) => Sent {
            answer: verdict::judge(&endpoint.format, Err(&Failure::of(&fault)), now),
            status: None,
            quote: None,
            body: sent,
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
    ended: Ended,
) -> Outcome {
    let Ended {
        sent,
        is_parted,
        started,
        elapsed,
    } = ended;
    let now = desk.clock.now();
    let schedule = endpoint
        .schedule
        .as_ref()
        .unwrap_or(&config.delivery.schedule);
    let again = || {
        let next = backoff::next_try(schedule, job.delivery.spent + 1, now, rand::random());
        next.map_or(Verdict::Failed, |at| Verdict::Retry { at })
    };
    let refused = sent.refused(endpoint);
    let (verdict, error, hold_until, disable) = match sent.answer {
        Answer::Delivered { rest } => (Verdict::Delivered, None, rest, None),
        Answer::Retry { why } => (again(), Some(why), None, None),
        // The receiver named the time itself: that is obeyed in place of the schedule, and not for ever.
        Answer::Throttled { until, why } => {
            let longest = backoff::longest_patience(schedule);
            match job.delivery.trying_since {
                Some(since) if waited(since, now) > longest => {
                    let why = format!("{why}; it has asked for patience since {since:.0}");
                    (Verdict::Failed, Some(why), Some(until), None)
                }
                Some(_) | None => (Verdict::Retry { at: until }, Some(why), Some(until), None),
            }
        }
        Answer::Permanent { why } if is_parted => {
            let why = format!("{why}; it is sent again in two parts");
            // Held up by nothing but the parting: that neither uses up a try nor speaks against the receiver.
            (Verdict::Retry { at: now }, Some(why), Some(now), None)
        }
        Answer::Permanent { why } => (Verdict::Failed, Some(why), None, None),
        Answer::Gone { why } => (
            Verdict::Retry { at: now },
            Some(why.clone()),
            None,
            Some(why),
        ),
    };
    let event = format!("{} {}", job.delivery.kind.as_str(), job.delivery.event);
    if let Some(why) = &error {
        warn!(
            tries = job.delivery.tries + 1,
            "{event} to {} failed: {why}; {}",
            endpoint.name,
            follows(verdict, disable.is_some()),
        );
    } else {
        info!(
            ms = elapsed.as_millis(),
            "{event} delivered to {}", endpoint.name
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
        disable_after: config.delivery.disable_after,
        refused,
        alerts: alerts(config, &endpoint.name),
    };
    let outcome = if error.is_none() {
        Outcome::Done
    } else {
        Outcome::Failed
    };
    desk.meters.attempt(elapsed);
    desk.meters.delivery(
        &endpoint.name,
        metered(verdict, settlement.disable.is_some()),
    );
    match desk.store.settle(job.lease, settlement).await {
        Ok(settled) => {
            say_health(&endpoint.name, settled, error.as_deref());
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

fn waited(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
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

fn say_health(endpoint: &EndpointName, settled: Settled, why: Option<&str>) {
    let why = why.unwrap_or("it takes deliveries");
    let Some(health) = settled.endpoint else {
        return;
    };
    let remedy = health.remedy(endpoint).unwrap_or_default();
    match health {
        EndpointHealth::Healthy => {
            tracing::info!(%endpoint, "endpoint {endpoint} is well again: {why}");
        }
        EndpointHealth::Failing => {
            error!(%endpoint, "endpoint {endpoint} is failing: {why}; {remedy}");
        }
        EndpointHealth::Disabled => {
            error!(%endpoint, "endpoint {endpoint} is disabled: {why}; {remedy}");
        }
    }
}

/// The other endpoints that want to hear of this one.
fn alerts(config: &Config, of: &EndpointName) -> Alerts {
    let wanting = |kind| route::others(config.endpoints.values(), of, kind);
    Alerts {
        failing: wanting(EventKind::EndpointFailing),
        disabled: wanting(EventKind::EndpointDisabled),
        recovered: wanting(EventKind::EndpointRecovered),
    }
}

//! The hub of our own feeds: it is told which of them have changed, and tells their readers.
//!
//! `WebSub` leaves open how a publisher tells its hub (§7); every hub takes the form of its forerunner,
//! `hub.mode=publish` with the feed's address as `hub.url`. Articles are learnt of from the store's
//! events, so that nobody who publishes waits for a hub; quietly stored ones, which nobody is told of, go
//! out with the next. What was still to be told when the daemon ended is told at the next start: a
//! feed that is named once too often costs its hub one look.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use url::{Url, form_urlencoded};

use super::ask;
use crate::config::Config;
use crate::model::event::FullSubject;
use crate::model::id::{EventId, OutletName};
use crate::observe::chain;
use crate::observe::outcome::PingOutcome;
use crate::schedule::backoff;
use crate::store::StoreError;
use crate::work::Desk;

/// Between two looks for new articles.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Without a hub: the configuration is looked at when it changes, and this is for a clock that is set.
const IDLE: Duration = Duration::from_mins(1);
/// Events read at a time: each brings a whole article.
const EVENTS: usize = 64;
/// From a feed's first new article to telling its hub: those of one poll go out together.
const GATHER: SignedDuration = SignedDuration::from_secs(2);
/// A feed is named again so much later at the earliest, however much is new in it.
const APART: SignedDuration = SignedDuration::from_secs(15);
/// At the start, what was told of so lately is told again: the last run may have been cut off.
const RECENT: SignedDuration = SignedDuration::from_mins(10);
/// Requests at a time.
const AT_A_TIME: usize = 4;
/// The feed of all outlets.
const ALL: &str = "all";
/// Waits after a hub that could not be told; the last one stays.
const WAITS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(3),
    Duration::from_mins(10),
    Duration::from_mins(30),
];

/// What a hub made of it.
enum Answer {
    Accepted,
    /// It does not want this feed: asking again would change nothing.
    Refused(String),
    /// It could not be told: later, at a time of its own if it named one.
    Later(String, Option<Timestamp>),
}

/// What one hub is still to be told.
struct Told {
    hub: Url,
    /// The last event looked at; `None` while the store has had none.
    mark: Option<EventId>,
    /// Feeds that have changed, without the suffix of their form, each with when to say so.
    due: BTreeMap<String, Timestamp>,
    /// When each was named last.
    last: HashMap<String, Timestamp>,
    /// Failures in a row.
    failures: u32,
    /// Nothing is said before.
    held: Option<Timestamp>,
}

/// Tells the hub, where one is configured, until told to stop.
pub async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut config = desk.config.clone();
    let mut told: Option<Told> = None;
    while !stop.is_cancelled() {
        let hub = desk.config().feeds.hub.clone();
        let turn = turn(&desk, &mut told, hub);
        let Some(done) = stop.run_until_cancelled(turn).await else {
            return;
        };
        if let Err(fault) = done {
            error!(
                "cannot see what the hub of the feeds is to be told: {}",
                chain(&fault)
            );
        }
        let rest = if told.is_some() { LOOK_EVERY } else { IDLE };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
            changed = config.changed() => {
                // The sender lives as long as the daemon.
                if changed.is_err() { return; }
            }
        }
    }
}

async fn turn(desk: &Desk, told: &mut Option<Told>, hub: Option<Url>) -> Result<(), StoreError> {
    let Some(hub) = hub else {
        *told = None;
        return Ok(());
    };
    let told = match told {
        Some(told) if told.hub == hub => told,
        _ => told.insert(Told::begin(desk, hub).await?),
    };
    told.look(desk).await?;
    told.say(desk).await;
    Ok(())
}

impl Told {
    async fn begin(desk: &Desk, hub: Url) -> Result<Self, StoreError> {
        let recent = desk.clock.now().saturating_sub(RECENT);
        let recent = recent.unwrap_or(Timestamp::MIN);
        let mark = desk.store.last_event_before(recent).await?;
        Ok(Self {
            hub,
            mark,
            due: BTreeMap::new(),
            last: HashMap::new(),
            failures: 0,
            held: None,
        })
    }

    /// Learns which feeds have changed.
    async fn look(&mut self, desk: &Desk) -> Result<(), StoreError> {
        let config = desk.config();
        loop {
            let events = desk.store.events(self.mark, EVENTS).await?;
            let Some(last) = events.last() else { break };
            let (mark, full) = (last.id, events.len() == EVENTS);
            let now = desk.clock.now();
            for event in &events {
                if let FullSubject::Article { article, .. } = &event.body {
                    self.changed(&config, &article.outlet, now);
                }
            }
            self.mark = Some(mark);
            if !full {
                break;
            }
        }
        self.last
            .retain(|name, _| name == ALL || config.outlets.contains_key(&OutletName::new(name)));
        Ok(())
    }

    fn changed(&mut self, config: &Config, outlet: &OutletName, now: Timestamp) {
        // One that is configured no more has no feed.
        let own = (config.outlets.contains_key(outlet)).then(|| outlet.as_str());
        for name in [ALL].into_iter().chain(own) {
            let apart = self
                .last
                .get(name)
                .and_then(|last| last.checked_add(APART).ok());
            let soon = now.checked_add(GATHER).unwrap_or(now);
            let at = apart.map_or(soon, |apart| apart.max(soon));
            self.due.entry(name.to_owned()).or_insert(at);
        }
    }

    /// Tells what is due.
    async fn say(&mut self, desk: &Desk) {
        let now = desk.clock.now();
        if self.held.is_some_and(|held| now < held) {
            return;
        }
        let due = self.due.iter().filter(|(_, at)| **at <= now);
        let names: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        let hub = self.hub.clone();
        let mut answers = stream::iter(names)
            .map(|name| {
                let hub = &hub;
                async move { (feed(desk, hub, &name).await, name) }
            })
            .buffer_unordered(AT_A_TIME);
        while let Some((answer, name)) = answers.next().await {
            match answer {
                Answer::Accepted => {
                    debug!("told the hub {hub} of the feed {name}");
                    (self.failures, self.held) = (0, None);
                }
                Answer::Refused(why) => {
                    warn!(
                        "the hub {hub} does not take the feed {name}: {why}; its readers are not told of what is new"
                    );
                }
                Answer::Later(why, at) => {
                    self.hold(desk.clock.now(), at, &why);
                    // What was not asked meanwhile stays due, as this one does.
                    return;
                }
            }
            self.due.remove(&name);
            self.last.insert(name, now);
        }
    }

    /// Waits before it is told anything again.
    fn hold(&mut self, now: Timestamp, asked: Option<Timestamp>, why: &str) {
        self.failures = self.failures.saturating_add(1);
        let tries = self.failures.min(u32::try_from(WAITS.len()).unwrap_or(1));
        let own = backoff::next_try(&WAITS, tries, now, rand::random());
        let until = own.max(asked).unwrap_or(now);
        self.held = Some(until);
        let hub = &self.hub;
        info!(
            "the hub {hub} cannot be told of what is new in the feeds, next try at {until}: {why}"
        );
    }
}

/// Names both forms of a feed to the hub.
async fn feed(desk: &Desk, hub: &Url, name: &str) -> Answer {
    for form in ["atom", "json"] {
        let answer = ping(desk, hub, &format!("{name}.{form}")).await;
        desk.meters.ping(match answer {
            Answer::Accepted => PingOutcome::Accepted,
            Answer::Refused(_) => PingOutcome::Refused,
            Answer::Later(..) => PingOutcome::Failed,
        });
        if !matches!(answer, Answer::Accepted) {
            return answer;
        }
    }
    Answer::Accepted
}

async fn ping(desk: &Desk, hub: &Url, file: &str) -> Answer {
    let topic = desk.config().feed_address(file);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "publish")
        .append_pair("hub.url", &topic)
        .finish();
    let response = match ask::post(desk, hub, Bytes::from(body), |_| Ok(())).await {
        Ok(response) => response,
        Err(why) => return Answer::Later(why, None),
    };
    match response.status {
        200..300 => Answer::Accepted,
        408 | 429 | 500.. => {
            let at = response.header("retry-after");
            let at = at.and_then(|at| backoff::retry_after(at, desk.clock.now()));
            Answer::Later(ask::said(&response), at)
        }
        _ => Answer::Refused(ask::said(&response)),
    }
}

//! Subscriptions at hubs (W3C `WebSub`): who pushes what, kept up while their sources are configured.
//!
//! A poll that finds a hub asks for a subscription ([`offered`]); the root task here asks hubs, again
//! where they do not answer, renews leases and says farewell ([`ask`]); what hubs send back is judged
//! in [`hear`]. Each change is in the store before it is acted on, so that a restart goes on where it
//! was. What is pushed takes the way of a poll, and the poll stays as a net. The other way round,
//! [`publish`] tells the hub of our own feeds.
//!
//! Without `http.public_url` no hub can reach us: nobody is asked, and what was asked for is let go.

mod ask;
pub mod hear;
pub mod publish;
mod take;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info};
use url::Url;

use self::take::Pushed;
use crate::config::private::is_own;
use crate::feed::hub::Offer;
use crate::model::id::SourceId;
use crate::model::subscription::{PushSecret, PushToken, Standing, Subscription};
use crate::observe::chain;
use crate::schedule::subscription as schedule;
use crate::store::{Queue, Store, StoreError};
use crate::supervise::{Ended, Tasks};
use crate::work::Desk;

/// Hubs asked at a time.
const ASKED_AT_A_TIME: usize = 4;
/// Longest sleep with nothing to do: the wall clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);
/// After a store that did not take a step.
const TROUBLE: Duration = Duration::from_secs(5);

/// Pushes on their way to the task that takes them, and taken at a time: each may hold `fetch.max_body`.
const PUSHES_AT_A_TIME: usize = 8;

/// All subscriptions, as the store has them.
#[derive(Debug)]
pub struct Push {
    directory: Mutex<Directory>,
    bell: Notify,
    handed: mpsc::Sender<Pushed>,
    inbox: Mutex<Option<mpsc::Receiver<Pushed>>>,
}

impl Default for Push {
    fn default() -> Self {
        let (handed, inbox) = mpsc::channel(PUSHES_AT_A_TIME);
        Self {
            directory: Mutex::default(),
            bell: Notify::new(),
            handed,
            inbox: Mutex::new(Some(inbox)),
        }
    }
}

#[derive(Debug, Default)]
struct Directory {
    hooks: HashMap<PushToken, Arc<Hook>>,
    /// The one of each source that is not being left.
    of_source: HashMap<SourceId, PushToken>,
    due: BTreeSet<(Timestamp, PushToken)>,
}

/// One subscription; `None` once it is forgotten. The lock is held while a change is stored.
#[derive(Debug)]
struct Hook {
    token: PushToken,
    state: tokio::sync::Mutex<Option<Subscription>>,
}

impl Push {
    /// As the store has them.
    pub async fn load(store: &dyn Store) -> Result<Self, StoreError> {
        let push = Self::default();
        for subscription in store.subscriptions().await? {
            push.insert(subscription);
        }
        Ok(push)
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        // Each change under the lock is whole when it is made.
        self.directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What hubs push from now on, for the one task that takes it.
    fn inbox(&self) -> Option<mpsc::Receiver<Pushed>> {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.take()
    }

    fn insert(&self, subscription: Subscription) {
        let mut directory = self.directory();
        let token = subscription.token;
        directory.due.insert((subscription.next_step, token));
        if subscription.standing != Standing::Leaving {
            directory
                .of_source
                .insert(subscription.source.clone(), token);
        }
        let state = tokio::sync::Mutex::new(Some(subscription));
        directory
            .hooks
            .insert(token, Arc::new(Hook { token, state }));
    }

    fn hook(&self, token: PushToken) -> Option<Arc<Hook>> {
        self.directory().hooks.get(&token).cloned()
    }

    fn hook_of(&self, source: &SourceId) -> Option<Arc<Hook>> {
        let directory = self.directory();
        let token = directory.of_source.get(source)?;
        directory.hooks.get(token).cloned()
    }

    /// The subscription of a source, if it has one.
    pub async fn of(&self, source: &SourceId) -> Option<Subscription> {
        let hook = self.hook_of(source)?;
        let state = hook.state.lock().await;
        state.clone()
    }

    /// Whether the source's hub pushes its news, so that polls are only a net.
    pub async fn is_trusted(&self, source: &SourceId) -> bool {
        self.of(source).await.is_some_and(|it| it.trusted)
    }
}

/// Whether `hub` may be told a secret: over https (§5.1), or where it is on a network of our own that
/// `fetch.allow_private` has opened. On any other way others could read it, and sign in the hub's name.
fn keeps_secrets(desk: &Desk, hub: &Url) -> bool {
    hub.scheme() == "https" || is_own(hub, &desk.config().fetch.allow_private)
}

/// Stores what `change` makes of a subscription, then shows it; `None` forgets it. Whether there was
/// one.
async fn change(
    desk: &Desk,
    hook: &Hook,
    change: impl FnOnce(&Subscription) -> Option<Subscription> + Send,
) -> Result<bool, StoreError> {
    let mut state = hook.state.lock().await;
    let Some(before) = state.as_ref() else {
        return Ok(false);
    };
    let after = change(before);
    if after.as_ref() == Some(before) {
        return Ok(true);
    }
    match after.clone() {
        Some(subscription) => desk.store.keep_subscription(subscription).await?,
        None => desk.store.drop_subscription(hook.token).await?,
    }
    let mut directory = desk.push.directory();
    directory.due.remove(&(before.next_step, hook.token));
    let stays = after
        .as_ref()
        .is_some_and(|after| after.standing != Standing::Leaving);
    if !stays && directory.of_source.get(&before.source) == Some(&hook.token) {
        directory.of_source.remove(&before.source);
    }
    match &after {
        Some(after) => drop(directory.due.insert((after.next_step, hook.token))),
        None => drop(directory.hooks.remove(&hook.token)),
    }
    drop(directory);
    *state = after;
    Ok(true)
}

/// A poll has read a source whole, and this is what it offers: subscribes where that is new, and lets
/// go of what is no longer offered.
pub async fn offered(desk: &Desk, source: &SourceId, offer: Option<Offer>) {
    if desk.config().http.public_url.is_none() {
        return;
    }
    if let Err(fault) = take_up(desk, source, offer).await {
        error!(
            "cannot keep a subscription, the next poll tries again: {}",
            chain(&fault)
        );
    }
}

async fn take_up(desk: &Desk, source: &SourceId, offer: Option<Offer>) -> Result<(), StoreError> {
    if let Some(hook) = desk.push.hook_of(source) {
        let known = desk.push.of(source).await;
        let same = known.is_some_and(|known| {
            (offer.as_ref()).is_some_and(|it| it.hub == known.hub && it.topic == known.topic)
        });
        if same {
            return Ok(());
        }
        leave(desk, &hook).await?;
    }
    let config = desk.config();
    let (Some(offer), Some(base)) = (offer, config.http.public_url.as_ref()) else {
        return Ok(());
    };
    let token = PushToken(rand::random());
    let subscription = Subscription {
        token,
        source: source.clone(),
        hub: offer.hub,
        topic: offer.topic,
        callback: callback(base, token),
        secret: PushSecret(format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        )),
        standing: Standing::Wanted,
        asked: None,
        tries: 0,
        next_step: desk.clock.now(),
        lease_until: None,
        reason: None,
        last_push: None,
        trusted: false,
    };
    desk.store.keep_subscription(subscription.clone()).await?;
    desk.push.insert(subscription);
    desk.push.bell.notify_one();
    Ok(())
}

/// Where a hub is to push to.
fn callback(base: &Url, token: PushToken) -> Url {
    let mut url = base.clone();
    let path = format!("{}/websub/{token}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

async fn leave(desk: &Desk, hook: &Hook) -> Result<(), StoreError> {
    let now = desk.clock.now();
    change(desk, hook, |it| Some(schedule::leaving(it, now))).await?;
    desk.push.bell.notify_one();
    Ok(())
}

/// A poll was first with the news: the hub is not relied on until it pushes again.
pub(super) async fn doubt(desk: &Desk, source: &SourceId) {
    let Some(hook) = desk.push.hook_of(source) else {
        return;
    };
    info!(source.id = %source, "a poll of {source} found what its hub did not push: it is polled as usual again");
    let untrusted = |it: &Subscription| {
        Some(Subscription {
            trusted: false,
            ..it.clone()
        })
    };
    match change(desk, &hook, untrusted).await {
        Ok(_) => poll_now(desk, source).await,
        Err(fault) => error!("cannot keep a subscription: {}", chain(&fault)),
    }
}

/// A source that was polled as a net only goes back to its own rhythm by one poll.
async fn poll_now(desk: &Desk, source: &SourceId) {
    match desk.store.poll_now(source, desk.clock.now()).await {
        Ok(()) => desk.nudges.of(Queue::Polls).notify_one(),
        Err(fault) => debug!("the source is not polled: {}", chain(&fault)),
    }
}

/// Keeps all subscriptions up until told to stop.
pub async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut config = desk.config.clone();
    let mut tasks: Tasks<()> = Tasks::default();
    let mut pushes: Tasks<()> = Tasks::default();
    let Some(mut inbox) = desk.push.inbox() else {
        error!("somebody else takes what hubs push: this is a bug");
        return;
    };
    tidy(&desk).await;
    while !stop.is_cancelled() {
        while let Some(end) = tasks.try_next() {
            log_panic(end);
        }
        let now = desk.clock.now();
        let mut wait = LONGEST_SLEEP;
        for (due, token) in next_due(&desk, ASKED_AT_A_TIME.saturating_sub(tasks.len())) {
            if due > now {
                let until = Duration::try_from(due.duration_since(now)).unwrap_or_default();
                wait = wait.min(until);
                break;
            }
            start(&desk, &mut tasks, (due, token));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
            () = desk.push.bell.notified() => {}
            Some(end) = tasks.next(), if !tasks.is_empty() => log_panic(end),
            Some(end) = pushes.next(), if !pushes.is_empty() => log_panic(end),
            Some(pushed) = inbox.recv(), if pushes.len() < PUSHES_AT_A_TIME => {
                let desk = Arc::clone(&desk);
                pushes.spawn("taking what a hub pushed", async move {
                    take::whole(&desk, pushed).await;
                });
            }
            changed = config.changed() => {
                if changed.is_ok() { tidy(&desk).await; }
            }
        }
    }
    let grace = desk.config().daemon.grace;
    pushes.drain(grace).await.into_iter().for_each(log_panic);
    // What was asked stands in the store: the next start goes on with it.
    tasks.drain(Duration::ZERO).await;
}

/// The first few that have a next step, by its time; those that are at it have theirs later.
fn next_due(desk: &Desk, limit: usize) -> Vec<(Timestamp, PushToken)> {
    desk.push
        .directory()
        .due
        .iter()
        .take(limit)
        .copied()
        .collect()
}

fn log_panic(end: Ended<()>) {
    if let Err(panic) = end.outcome {
        error!(
            "{} panicked; the next start takes it up again: {panic}",
            end.name
        );
    }
}

fn start(desk: &Arc<Desk>, tasks: &mut Tasks<()>, place: (Timestamp, PushToken)) {
    // Taken out of the line while it is at its step, so that nobody else begins it.
    desk.push.directory().due.remove(&place);
    let Some(hook) = desk.push.hook(place.1) else {
        return;
    };
    let desk = Arc::clone(desk);
    tasks.spawn("asking a hub", async move {
        if let Err(fault) = ask::step(&desk, &hook).await {
            error!("cannot keep a subscription: {}", chain(&fault));
            tokio::time::sleep(TROUBLE).await;
        }
        let state = hook.state.lock().await;
        if let Some(it) = state.as_ref() {
            desk.push.directory().due.insert((it.next_step, it.token));
        }
    });
}

/// Lets go of what the configuration no longer wants; asks anew where our own address has changed.
async fn tidy(desk: &Desk) {
    let config = desk.config();
    let hooks: Vec<Arc<Hook>> = desk.push.directory().hooks.values().cloned().collect();
    let outlets = config.outlets.values();
    let sources: HashSet<&SourceId> = outlets
        .flat_map(|outlet| outlet.sources.iter().map(|source| &source.id))
        .collect();
    for hook in hooks {
        let Some(it) = hook.state.lock().await.clone() else {
            continue;
        };
        let base = config.http.public_url.as_ref();
        let done = if base.is_none() {
            // Nobody can reach us to hear us say goodbye: leases run out.
            change(desk, &hook, |_| None).await.map(drop)
        } else if it.standing == Standing::Leaving {
            Ok(())
        } else if !sources.contains(&it.source) {
            leave(desk, &hook).await
        } else {
            let now = desk.clock.now();
            let url = base.map(|base| callback(base, it.token));
            change(desk, &hook, |it| Some(moved(it, url.as_ref(), now)))
                .await
                .map(drop)
        };
        if let Err(fault) = done {
            error!("cannot keep a subscription: {}", chain(&fault));
        }
        if it.trusted && !desk.push.is_trusted(&it.source).await {
            poll_now(desk, &it.source).await;
        }
    }
}

/// To be asked for anew, where `callback` is another than before.
fn moved(it: &Subscription, callback: Option<&Url>, now: Timestamp) -> Subscription {
    let Some(callback) = callback.filter(|url| **url != it.callback) else {
        return it.clone();
    };
    Subscription {
        callback: callback.clone(),
        standing: Standing::Wanted,
        tries: 0,
        next_step: now,
        lease_until: None,
        trusted: false,
        ..it.clone()
    }
}

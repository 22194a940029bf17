//! Keeps the search index up to date with the store.
//!
//! Three ways, each of which makes up for what the one before cannot see. Events tell of what is new
//! and corrected, from where the last commit left off. The newest end of the store's catalogue has
//! what was stored without an event, as a new source's first articles are. And a comparison of the whole,
//! at the start and from time to time, finds whatever else differs: articles that were forgotten or
//! amended, a store put back from a backup, an index that was lost. Building an index is the same
//! comparison, with nothing to compare with.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::clock::Clock;
use crate::model::article::Article;
use crate::model::event::FullSubject;
use crate::model::id::ArticleId;
use crate::observe::chain;
use crate::search::{Index, Mark, Opened, Search, SearchError, Spot, Writer, place, spot};
use crate::store::{Catalogued, Cursor, Store, StoreError};

/// Between two looks where nobody asks.
const REST: Duration = Duration::from_secs(5);
/// Between two comparisons of the whole.
const AUDIT: Duration = Duration::from_hours(1);
/// After something went wrong.
const PAUSE: Duration = Duration::from_secs(10);
/// Events read at a time: each brings a whole article.
const EVENTS: usize = 64;
/// The newest of the catalogue, looked at each time.
const NEWEST: usize = 64;
/// The catalogue, compared at a time.
const STRETCH: usize = 2000;
/// Articles that are read together.
const READ: usize = 64;
/// Reads at a time.
const READERS: usize = 4;
/// So much later than the time that it says an article may have been stored.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// What ends following for a while.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("cannot read the store for the search index")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] SearchError),
}

/// Follows until told to stop.
pub async fn run(
    store: Arc<dyn Store>,
    search: Arc<Search>,
    clock: Clock,
    stop: CancellationToken,
) {
    loop {
        let ended = follow(&store, &search, &clock, &stop).await;
        let Err(fault) = ended else {
            search.closed(None);
            return;
        };
        let said = chain(&fault);
        search.closed(Some(said.clone()));
        match fault {
            Fault::Index(SearchError::Damaged { path, .. }) => {
                warn!("{said}; it is made anew");
                remove(path).await;
            }
            Fault::Index(_) | Fault::Store(_) => warn!("{said}; trying again in {PAUSE:?}"),
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(PAUSE))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Brings the index up to date once, and leaves it open for reading. For commands, with the daemon
/// stopped.
pub async fn once(
    store: &Arc<dyn Store>,
    search: &Arc<Search>,
    clock: &Clock,
) -> anyhow::Result<Arc<Index>> {
    match whole(store, search, clock).await {
        Err(Fault::Index(SearchError::Damaged { path, what })) => {
            warn!("the search index is damaged: {what}; it is made anew");
            remove(path).await;
            Ok(whole(store, search, clock).await?)
        }
        other => Ok(other?),
    }
}

async fn whole(
    store: &Arc<dyn Store>,
    search: &Arc<Search>,
    clock: &Clock,
) -> Result<Arc<Index>, Fault> {
    let mut follower = Follower::open(store, search, clock).await?;
    follower.verify().await?;
    follower.audit(&CancellationToken::new()).await?;
    Ok(Arc::clone(&follower.index))
}

/// Without this file there is no index. What cannot be removed is found damaged again, and said again.
async fn remove(path: PathBuf) {
    drop(blocking(move || Ok(std::fs::remove_file(path.join("meta.json")))).await);
}

async fn follow(
    store: &Arc<dyn Store>,
    search: &Arc<Search>,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<(), Fault> {
    let mut follower = Follower::open(store, search, clock).await?;
    follower.verify().await?;
    follower.audit(stop).await?;
    let mut audited = Instant::now();
    while !stop.is_cancelled() {
        follower.catch_up().await?;
        if audited.elapsed() >= AUDIT || search.take_behind() {
            follower.audit(stop).await?;
            audited = Instant::now();
        }
        if search.take_doubt() {
            follower.verify().await?;
        }
        tokio::select! {
            () = search.called() => {}
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

struct Follower {
    store: Arc<dyn Store>,
    search: Arc<Search>,
    clock: Clock,
    index: Arc<Index>,
    /// Lent to the thread that works.
    writer: Option<Writer>,
    mark: Mark,
    /// Articles stored before were compared already.
    since: Timestamp,
    /// What index and store counted when they had all the same articles and still did not agree.
    miscounted: Option<(u64, u64)>,
}

impl Follower {
    async fn open(
        store: &Arc<dyn Store>,
        search: &Arc<Search>,
        clock: &Clock,
    ) -> Result<Self, Fault> {
        let id = store.stats().await?.id;
        let path = search.path().to_owned();
        let (opened, writer) = blocking(move || {
            let opened = Index::open(&path, &id)?;
            let writer = Writer::new(&opened.index)?;
            Ok((opened, writer))
        })
        .await?;
        let Opened {
            index,
            mut mark,
            anew,
        } = opened;
        if let Some(why) = anew {
            warn!("the search index is made anew: {why}");
        }
        if mark.events.is_none() {
            // What was told before is found by the first comparison.
            mark.events = store.last_event().await?.map(|event| event.0);
        }
        search.opened(Arc::clone(&index), &mark);
        Ok(Self {
            store: Arc::clone(store),
            search: Arc::clone(search),
            clock: clock.clone(),
            index,
            writer: Some(writer),
            mark,
            since: Timestamp::MIN,
            miscounted: None,
        })
    }

    /// Reads all files of the index.
    async fn verify(&self) -> Result<(), Fault> {
        let index = Arc::clone(&self.index);
        Ok(blocking(move || index.verify()).await?)
    }

    /// Takes in what has come since the last time.
    async fn catch_up(&mut self) -> Result<(), Fault> {
        let turn = self.search.turn();
        let now = self.clock.now();
        loop {
            let events = self.store.events(self.mark.event(), EVENTS).await?;
            let Some(last) = events.last() else { break };
            self.mark.events = Some(last.id.0);
            let full = events.len() == EVENTS;
            // Of several revisions the last: the log is in their order.
            let mut articles: HashMap<ArticleId, Box<Article>> = HashMap::new();
            for event in events {
                if let FullSubject::Article { article, .. } = event.body {
                    articles.insert(article.id, article);
                }
            }
            if !articles.is_empty() {
                self.write(move |writer| writer.put(articles.values().map(|it| &**it)))
                    .await?;
                self.commit().await?;
            }
            if !full {
                break;
            }
        }
        let since = self.since.saturating_sub(LATE).unwrap_or(Timestamp::MIN);
        let mut stretch = Stretch::default();
        while let Some(oldest) = self.compare(&mut stretch, NEWEST).await? {
            if oldest < since {
                break;
            }
        }
        self.since = now;
        self.forget().await?;
        let (articles, bytes) = (self.index.articles(), self.index.bytes());
        self.search.note(|standing| {
            standing.articles = articles;
            standing.bytes = bytes;
            standing.followed = Some(now);
        });
        self.search.caught_up(turn);
        Ok(())
    }

    /// Takes out what the store has forgotten since: it begins with the oldest, so this looks from there,
    /// and no further than there is too much.
    async fn forget(&mut self) -> Result<(), Fault> {
        let mut from: Option<Cursor> = None;
        let mut low = None;
        loop {
            let counts = (self.index.articles(), self.store.stats().await?.articles);
            if counts.0 <= counts.1 || self.miscounted == Some(counts) {
                return Ok(());
            }
            let places = self.store.rising(None, from.take(), STRETCH + 1).await?;
            let mut places: Vec<(Timestamp, ArticleId)> =
                places.iter().filter_map(Cursor::article).collect();
            let next = places.get(STRETCH).copied();
            places.truncate(STRETCH);
            let high = next.map(|(stored, id)| place(stored, id));
            let index = Arc::clone(&self.index);
            let mut held = blocking(move || index.between(low, high)).await?;
            for (_, id) in places {
                held.remove(&id);
            }
            if !held.is_empty() {
                self.write(move |writer| {
                    writer.remove(held.into_keys());
                    Ok(())
                })
                .await?;
                self.commit().await?;
            }
            let Some((stored, id)) = next else {
                // Every article was looked at: who counts wrong is not asked again about the same.
                self.miscounted = Some((self.index.articles(), counts.1));
                return Ok(());
            };
            low = high;
            from = Some(Cursor::of_article(stored, id));
        }
    }

    /// Compares the whole catalogue with the index, and puts right what differs.
    async fn audit(&mut self, stop: &CancellationToken) -> Result<(), Fault> {
        let began = Instant::now();
        let now = self.clock.now();
        let mut stretch = Stretch::default();
        while self.compare(&mut stretch, STRETCH).await?.is_some() {
            if stop.is_cancelled() {
                return Ok(());
            }
            if self.mark.complete && self.search.turn() > stretch.turn {
                // Somebody waits, and this may take long.
                stretch.turn = self.search.turn();
                self.catch_up().await?;
            }
            let (articles, bytes) = (self.index.articles(), self.index.bytes());
            self.search.note(|standing| {
                standing.looked_at = Some(stretch.seen);
                standing.articles = articles;
                standing.bytes = bytes;
            });
        }
        if !self.mark.complete {
            self.mark.complete = true;
            self.commit().await?;
        }
        self.since = now;
        self.search.note(|standing| {
            standing.complete = true;
            standing.looked_at = None;
            standing.articles = self.index.articles();
            standing.bytes = self.index.bytes();
        });
        let (seen, took) = (stretch.seen, began.elapsed());
        if stretch.put + stretch.removed > 0 {
            info!(
                articles = seen,
                put = stretch.put,
                removed = stretch.removed,
                "the search index holds all {seen} articles ({} taken in, {} taken out, {took:.1?})",
                stretch.put,
                stretch.removed
            );
        } else {
            debug!("the search index holds all {seen} articles ({took:.1?})");
        }
        Ok(())
    }

    /// Compares the next part of the catalogue with the index; when its oldest was stored, or nothing at
    /// the end.
    async fn compare(
        &mut self,
        stretch: &mut Stretch,
        limit: usize,
    ) -> Result<Option<Timestamp>, Fault> {
        if stretch.done {
            return Ok(None);
        }
        let page = self.store.catalogue(stretch.cursor.take(), limit).await?;
        stretch.done = page.next.is_none();
        stretch.cursor = page.next;
        stretch.seen += page.items.len() as u64;
        let oldest = page.items.last().map(|last| (last.stored, spot(last)));
        let low = match oldest {
            Some((_, low)) if !stretch.done => Some(low),
            // The walk found nothing and goes on.
            None if !stretch.done => return Ok(Some(Timestamp::MAX)),
            Some(_) | None => None,
        };
        let high = std::mem::replace(&mut stretch.high, low);
        let index = Arc::clone(&self.index);
        let mut held = blocking(move || index.between(low, high)).await?;
        let mut wanted = Vec::new();
        for Catalogued { id, revision, .. } in page.items {
            if held.remove(&id) != Some(revision) {
                wanted.push(id);
            }
        }
        let gone: Vec<ArticleId> = held.into_keys().collect();
        if wanted.is_empty() && gone.is_empty() {
            return Ok(oldest.map(|oldest| oldest.0));
        }
        stretch.put += wanted.len();
        stretch.removed += gone.len();
        self.write(move |writer| {
            writer.remove(gone);
            Ok(())
        })
        .await?;
        for some in wanted.chunks(READ) {
            let articles: Vec<Option<Article>> = stream::iter(some.to_vec())
                .map(|id| self.store.article(id))
                .buffered(READERS)
                .try_collect()
                .await?;
            self.write(move |writer| writer.put(articles.iter().flatten()))
                .await?;
        }
        self.commit().await?;
        Ok(oldest.map(|oldest| oldest.0))
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        let mark = self.mark.clone();
        self.write(move |writer| writer.commit(&mark)).await
    }

    async fn write(
        &mut self,
        work: impl FnOnce(&mut Writer) -> Result<(), SearchError> + Send + 'static,
    ) -> Result<(), Fault> {
        let mut writer = self
            .writer
            .take()
            .expect("it is put back, or the follower ends");
        let (writer, done) = blocking(move || {
            let done = work(&mut writer);
            Ok((writer, done))
        })
        .await?;
        self.writer = Some(writer);
        Ok(done?)
    }
}

/// How far a walk through the catalogue has come.
#[derive(Default)]
struct Stretch {
    cursor: Option<Cursor>,
    /// Below this nothing is compared yet.
    high: Option<Spot>,
    done: bool,
    seen: u64,
    put: usize,
    removed: usize,
    turn: u64,
}

/// Off the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

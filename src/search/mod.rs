//! Finding articles by their words: an index beside the store, which follows it.
//!
//! The store knows what there is; the index only where which words stand. It holds no text, and
//! whatever happens to it, it can be made anew: so it is committed when it is convenient, thrown
//! away when it is doubtful, and left out of backups. [`Search`] is what is asked; who keeps the index
//! up to date is `work::follow`.

mod ask;
mod disk;
mod error;
mod index;
mod plan;
mod rank;
mod schema;
mod stems;
mod words;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, watch};

use crate::config::Config;
use crate::store::Cursor;

pub use self::ask::{Ask, MAX_BYTES, MAX_TERMS, is_plain};
pub use self::error::SearchError;
pub use self::index::{Found, Index, Mark, Opened, Part, Spot, Writer, place, spot};
pub use self::plan::Within;
pub use self::rank::Sort;

/// Searches at a time; each keeps one thread busy.
const AT_A_TIME: usize = 4;
/// How long a search waits for what was stored just now to be in the index.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the index stands: beside the store, whatever engine that has.
pub fn search_path(config: &Config) -> PathBuf {
    config.data_dir.join("search")
}

/// The index of a running daemon.
pub struct Search {
    path: PathBuf,
    state: RwLock<State>,
    /// Whether somebody found it damaged.
    doubtful: AtomicBool,
    /// Whether the store was changed in a way that neither its events nor its newest end show.
    behind: AtomicBool,
    /// Wakes who keeps it up to date.
    bell: Notify,
    asked: AtomicU64,
    answered: watch::Sender<u64>,
    places: Semaphore,
}

#[derive(Default)]
struct State {
    index: Option<Arc<Index>>,
    standing: Standing,
}

/// How it stands with the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it holds all articles: it can be searched.
    pub complete: bool,
    /// Articles in it.
    pub articles: u64,
    /// Articles in the store that were looked at, while it is built or compared with the store.
    pub looked_at: Option<u64>,
    /// Bytes of its files.
    pub bytes: u64,
    /// When it last held all that the store did.
    pub followed: Option<Timestamp>,
    /// Why it cannot be used or kept up to date.
    pub trouble: Option<String>,
}

impl Standing {
    /// By how many articles it differs from a store that holds so many: what it lacks, or has too many.
    pub fn behind(&self, stored: u64) -> u64 {
        stored.abs_diff(self.articles)
    }
}

impl Search {
    /// The index at `path`, which is not opened yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            state: RwLock::default(),
            doubtful: AtomicBool::new(false),
            behind: AtomicBool::new(false),
            bell: Notify::new(),
            asked: AtomicU64::new(0),
            answered: watch::Sender::new(0),
            places: Semaphore::new(AT_A_TIME),
        }
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks for articles, those included that were stored before it was asked.
    pub async fn find(&self, ask: Ask, within: Within, part: Part) -> Result<Found, SearchError> {
        self.look(move |index| index.find(&ask, &within, &part))
            .await
    }

    /// Where the part begins that ends where this one does; see [`Index::before`].
    pub async fn before(
        &self,
        ask: Ask,
        within: Within,
        part: Part,
    ) -> Result<Option<Cursor>, SearchError> {
        self.look(move |index| index.before(&ask, &within, &part))
            .await
    }

    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Index) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        if !self.standing().complete {
            return Err(SearchError::Building);
        }
        self.freshen().await;
        let _place = self.places.acquire().await.expect("it is never closed");
        let index = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.index.clone().filter(|_| state.standing.complete)
        };
        let index = index.ok_or(SearchError::Building)?;
        let found = tokio::task::spawn_blocking(move || work(&index))
            .await
            .expect("a search does not panic: the index sees to that");
        if matches!(
            found,
            Err(SearchError::Damaged { .. } | SearchError::Engine { .. })
        ) {
            self.doubtful.store(true, Ordering::Relaxed);
            self.bell.notify_one();
        }
        found
    }

    /// Waits for the index to hold what the store does now, within reason.
    async fn freshen(&self) {
        let turn = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        self.bell.notify_one();
        let mut answered = self.answered.subscribe();
        let wait = answered.wait_for(|answered| *answered >= turn);
        // Later is better than never: what is found is then a little old.
        drop(tokio::time::timeout(PATIENCE, wait).await);
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.standing.clone()
    }

    /// For who keeps it up to date: until somebody asks, or finds it damaged.
    pub async fn called(&self) {
        self.bell.notified().await;
    }

    /// How many have asked so far.
    pub fn turn(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// All that was stored when so many had asked is in the index.
    pub fn caught_up(&self, turn: u64) {
        self.answered.send_replace(turn);
    }

    /// Whether somebody found it damaged since this was last asked.
    pub fn take_doubt(&self) -> bool {
        self.doubtful.swap(false, Ordering::Relaxed)
    }

    /// Has the whole compared with the store: articles were revised without an event.
    pub fn compare_soon(&self) {
        self.behind.store(true, Ordering::Relaxed);
        self.bell.notify_one();
    }

    /// Whether the whole is to be compared.
    pub fn take_behind(&self) -> bool {
        self.behind.swap(false, Ordering::Relaxed)
    }

    /// Changes what is said of it.
    pub fn note(&self, change: impl FnOnce(&mut Standing)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut state.standing);
    }

    /// It is open.
    pub fn opened(&self, index: Arc<Index>, mark: &Mark) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.standing = Standing {
            complete: mark.complete,
            articles: index.articles(),
            bytes: index.bytes(),
            ..Standing::default()
        };
        state.index = Some(index);
    }

    /// It is open no more.
    pub fn closed(&self, trouble: Option<String>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.index = None;
        state.standing = Standing {
            trouble,
            ..Standing::default()
        };
    }
}

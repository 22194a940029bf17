//! Opening a store with a distrust that the engine has earned: it may panic on a damaged file, take
//! for ever, or open an older state as if nothing had been lost.
//!
//! A store that is in use, too new, somebody else's or behind its side file is refused and left as
//! it is. One that is damaged is set aside under another name where that is asked for, never deleted.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use sled::Db;
use tokio::time::Instant;
use uuid::Uuid;

use crate::store::StoreError;
use crate::store::sled::compact::{self, Compact};
use crate::store::sled::counters::{Counters, is_counted};
use crate::store::sled::keys::{
    ArticleKey, DeliveryKey, ListsKey, LiveKey, SchemaKey, StoreIdKey, prefix,
};
use crate::store::sled::salvage::{self, Salvage};
use crate::store::sled::side::{self, SideFile};
use crate::store::sled::stats::bytes;
use crate::store::sled::txn::{Read as _, Txn, engine, sound};
use crate::store::sled::view::View;
use crate::store::sled::writer::{Writer, panicked};
use crate::store::sled::{identity, place, upgrade};

/// The version of the layout that this release writes. A change to a record that is not the
/// addition of a field with a default raises it and brings a migration.
pub(super) const SCHEMA: u32 = 1;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct SledOptions {
    /// Bytes of the engine's cache; plan for four times as much memory.
    pub cache: u64,
    /// How long opening may take. A million articles take some ten seconds.
    pub open_deadline: Duration,
    /// Whether the store is first written anew.
    pub compact: Compact,
    /// Whether the store is made ready to be mended: its files are copied, what can be read of them is
    /// brought into a sound one, and what says which store this is is put back from its side file.
    pub mend: bool,
    /// Whether a store that the engine calls damaged is moved away, so that the next start goes on
    /// without it; else it stays as it is.
    pub set_aside: bool,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            cache: 256 * 1024 * 1024,
            open_deadline: Duration::from_mins(2),
            compact: Compact::Never,
            mend: false,
            set_aside: false,
        }
    }
}

/// An open store, and the lock that holds others off as long as it lives.
pub(super) struct Opened {
    pub(super) open: Open,
    pub(super) lock: File,
    /// What was done before it can be mended, if that was asked for.
    pub(super) salvage: Option<Salvage>,
}

/// A store's files, open.
pub(super) struct Open {
    pub(super) db: Db,
    pub(super) id: String,
    pub(super) writer: Writer,
}

impl Open {
    pub(super) fn tree(&self) -> &sled::Tree {
        self.writer.view.tree()
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn commits(&self) -> u64 {
        self.writer.counters.commits
    }

    pub(super) fn live(&self) -> u64 {
        self.writer.counters.live
    }
}

/// Opens the store in `path`, or makes one there. Blocks.
pub(super) fn open(path: &Path, options: &SledOptions) -> Result<Opened, StoreError> {
    let lock = place::lock(path)?;
    place::recover(path).map_err(|error| StoreError::Open {
        path: path.display().to_string(),
        why: format!("cannot put right what a crash left behind: {error}"),
    })?;
    let salvage = if options.mend && place::is_taken(path) {
        Some(salvage::salvage(path, options)?)
    } else {
        None
    };
    let mut open = open_files(path, options).map_err(|error| match &salvage {
        Some(salvage) => salvage::kept(path, &salvage.copy, &error),
        None => error,
    })?;
    if options.compact.is_due(bytes(path), open.live()) {
        match (compact::rewrite(path, open, options), options.compact) {
            (Ok(()), _) => {}
            (Err(error), Compact::Now) => return Err(error),
            // It has grown, and that is no reason to stand still.
            (Err(error), Compact::Never | Compact::Grown(_)) => {
                let why = crate::observe::chain(&error);
                tracing::error!("the store stays as large as it is: {why}");
            }
        }
        open = open_files(path, options)?;
    }
    for aside in place::set_aside(path) {
        tracing::error!(
            "a damaged store stands aside as {} and what it held is missing here: put a backup in \
             its place (`wireroom store restore --force FILE`), or move it away to go on without",
            aside.display()
        );
    }
    Ok(Opened {
        open,
        lock,
        salvage,
    })
}

fn open_files(path: &Path, options: &SledOptions) -> Result<Open, StoreError> {
    let refuse = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    let io = |what: &str, error: &io::Error| refuse(format!("cannot {what}: {error}"));
    make_directory(path).map_err(|error| io("make its directory private", &error))?;
    let said = side::read(path).map_err(|error| io("read its side file", &error))?;
    let db = open_engine(path, options)?;
    let view = View::new((*db).clone());
    let file = File::open(path.join("db")).map_err(|error| io("open its file", &error))?;
    if options.mend {
        identity::mend(&view, said.as_ref())?;
    }
    let (id, commits) = match identity::identity(path, &db, &view, said.as_ref())? {
        Some(identity) => identity,
        None => create(path, &db, &view, &file)?,
    };
    let mut side = SideFile::new(path, id.clone(), said.as_ref());
    (side.write(commits)).map_err(|error| io("write its side file", &error))?;
    if blobs(path) > 0 {
        tracing::error!(
            "the store at {} holds values that a power cut may lose: make a backup and restore it",
            path.display()
        );
    }
    let mut counters = Counters {
        commits,
        last_id: last_id(&view)?,
        live: live(&view)?,
        ..Counters::default()
    };
    upgrade::complete(path, &view, &mut counters, &file)?;
    let synced = counters.commits;
    let writer = Writer {
        counters,
        view,
        file,
        side,
        synced,
        side_written: Instant::now(),
        broken: None,
    };
    Ok(Open { db, id, writer })
}

/// Lets the engine open its files; sets them aside, if that is wanted, where it calls them damaged.
pub(super) fn open_engine(path: &Path, options: &SledOptions) -> Result<Db, StoreError> {
    let refuse = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    match open_guarded(path, options) {
        Ok(db) => Ok(db),
        Err(Failure::Refused(why)) => Err(refuse(why)),
        Err(Failure::Damaged(why)) if options.set_aside => Err(refuse(set_aside(path, &why))),
        Err(Failure::Damaged(why)) => Err(refuse(format!(
            "it is damaged ({why}) and was left where it is; put back a backup with `wireroom store \
             restore --force FILE`, which sets it aside, or let `wireroom store check --repair` save \
             what can be read of it"
        ))),
    }
}

/// Bytes of all records: kept count of, or counted once.
pub(super) fn live(view: &View) -> Result<u64, StoreError> {
    if let Some(live) = sound(view.get(&LiveKey {}))? {
        return Ok(live);
    }
    let mut live = 0;
    for item in view.tree() {
        let (key, value) = item.map_err(engine("read"))?;
        if is_counted(&key) {
            live += (key.len() + value.len()) as u64;
        }
    }
    Ok(live)
}

/// Makes the directory, for its owner alone.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = fs::metadata(path)?.permissions().mode();
            let private = mode & 0o700;
            if mode & 0o777 == private {
                return Ok(());
            }
            fs::set_permissions(path, Permissions::from_mode(private))
        }
        Err(error) => Err(error),
    }
}

enum Failure {
    /// Left as it is.
    Refused(String),
    /// To be set aside.
    Damaged(String),
}

/// Lets the engine open its files on a thread of their own, under a deadline.
fn open_guarded(path: &Path, options: &SledOptions) -> Result<Db, Failure> {
    let (reply, result) = sync_channel(1);
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(options.cache)
        .mode(sled::Mode::HighThroughput)
        .flush_every_ms(None);
    std::thread::Builder::new()
        .name("store-open".to_owned())
        .spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(|| open_patiently(&config)));
            // Nobody listens after the deadline: the store is closed again.
            drop(reply.send(opened));
        })
        .map_err(|error| Failure::Refused(format!("cannot start a thread: {error}")))?;
    match result.recv_timeout(options.open_deadline) {
        Ok(Ok(Ok(db))) => Ok(db),
        Ok(Ok(Err(error))) => Err(judge(&error)),
        Ok(Err(panic)) => Err(Failure::Damaged(match panicked("open", panic.as_ref()) {
            StoreError::Engine { source, .. } => source.to_string(),
            other => other.to_string(),
        })),
        Err(RecvTimeoutError::Timeout) => Err(Failure::Refused(format!(
            "it was not open after {:?}; look at the disk, then try again, or restore a backup",
            options.open_deadline
        ))),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::Refused("its thread ended early".to_owned()))
        }
    }
}

/// How often it is tried to get past the engine's own lock, and how long is waited in between: its
/// background threads may hold it for seconds after a store was closed on a busy machine.
const LOCK_TRIES: u32 = 200;
const LOCK_WAIT: Duration = Duration::from_millis(50);

/// Our own lock is held: only a store that this process closed a moment ago can be in the way.
fn open_patiently(config: &sled::Config) -> sled::Result<Db> {
    let mut tries = 0;
    loop {
        match config.open() {
            Err(sled::Error::Io(error))
                if error.kind() == io::ErrorKind::Other && tries < LOCK_TRIES =>
            {
                tries += 1;
                std::thread::sleep(LOCK_WAIT);
            }
            other => return other,
        }
    }
}

/// Waits until the engine, closed, has let go of its file.
pub(super) fn await_release(path: &Path) {
    for _ in 0..LOCK_TRIES {
        let file = File::open(path.join("db"));
        if file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock))) {
            std::thread::sleep(LOCK_WAIT);
        } else {
            return;
        }
    }
}

fn judge(error: &sled::Error) -> Failure {
    match error {
        sled::Error::Corruption { .. }
        | sled::Error::ReportableBug(_)
        | sled::Error::CollectionNotFound(_) => Failure::Damaged(error.to_string()),
        sled::Error::Unsupported(_) | sled::Error::Io(_) => Failure::Refused(error.to_string()),
    }
}

/// Renames a damaged store and says what to do.
fn set_aside(path: &Path, why: &str) -> String {
    let aside = place::corrupt(path);
    match fs::rename(path, &aside) {
        Ok(()) => format!(
            "it is damaged ({why}) and was set aside as {}; put back a backup with `wireroom store \
             restore FILE`, or start again with an empty store",
            aside.display()
        ),
        Err(error) => format!(
            "it is damaged ({why}) and cannot be set aside as {}: {error}; move it away",
            aside.display()
        ),
    }
}

/// Writes the first records, and syncs once all that a crash could take from under them.
fn create(path: &Path, db: &Db, view: &View, file: &File) -> Result<(String, u64), StoreError> {
    let fail = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Engine {
        doing: "make a new store",
        source,
    };
    let id = Uuid::new_v4().to_string();
    let mut counters = Counters::default();
    let mut txn = Txn::new(view.clone(), &mut counters);
    txn.put(&SchemaKey {}, &SCHEMA)?;
    txn.put(&StoreIdKey {}, &id)?;
    txn.put(&ListsKey {}, &upgrade::LISTS)?;
    txn.commit()?;
    drop(txn);
    db.flush().map_err(|error| fail(error.into()))?;
    file.sync_all().map_err(|error| fail(error.into()))?;
    sync_new(path)?;
    Ok((id, counters.commits))
}

/// Syncs once, of a new store, all that a crash could take from under it.
pub(super) fn sync_new(path: &Path) -> Result<(), StoreError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    for other in [path.join("conf"), path.join("blobs"), path.to_owned()]
        .iter()
        .map(PathBuf::as_path)
        .chain(parent)
    {
        File::open(other)
            .and_then(|file| file.sync_all())
            .map_err(|error| StoreError::Engine {
                doing: "make a new store",
                source: error.into(),
            })?;
    }
    Ok(())
}

/// Files that the engine made of values that are too long.
pub(super) fn blobs(path: &Path) -> usize {
    fs::read_dir(path.join("blobs")).map_or(0, Iterator::count)
}

/// The newest identifier that the store gave.
fn last_id(view: &View) -> Result<Uuid, StoreError> {
    let article = (view.backward::<ArticleKey>(&prefix::<ArticleKey>(&[]), None))
        .next()
        .transpose()?
        .map_or(Uuid::nil(), |key| key.article.0);
    let delivery = (view.backward::<DeliveryKey>(&prefix::<DeliveryKey>(&[]), None))
        .next()
        .transpose()?
        .map_or(Uuid::nil(), |key| key.delivery.0);
    Ok(article.max(delivery))
}

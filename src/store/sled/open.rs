//! Opening a store with a distrust that the engine has earned: it may panic on a damaged file, take
//! for ever, or open an older state as if nothing had been lost.
//!
//! A store that is in use, too new, somebody else's or behind its side file is refused and left as
//! it is. One that is damaged is set aside under another name, never deleted.

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

use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::sled::keys::{ArticleKey, CommitKey, DeliveryKey, SchemaKey, StoreIdKey, prefix};
use crate::store::sled::side::{self, Said, SideFile};
use crate::store::sled::txn::{Counters, Read as _, Sweep, Txn, View};
use crate::store::sled::writer::{Writer, panicked};

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
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            cache: 256 * 1024 * 1024,
            open_deadline: Duration::from_mins(2),
        }
    }
}

/// An open store.
pub(super) struct Opened {
    pub(super) db: Db,
    pub(super) id: String,
    /// Holds others off as long as it lives.
    pub(super) lock: File,
    pub(super) writer: Writer,
}

/// Opens the store in `path`, or makes one there. Blocks.
pub(super) fn open(path: &Path, options: &SledOptions) -> Result<Opened, StoreError> {
    let refuse = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    let io = |what: &str, error: &io::Error| refuse(format!("cannot {what}: {error}"));
    make_directory(path).map_err(|error| io("make its directory private", &error))?;
    let lock = lock(path)?;
    let said = side::read(path).map_err(|error| io("read its side file", &error))?;
    let db = match open_guarded(path, options) {
        Ok(db) => db,
        Err(Failure::Refused(why)) => return Err(refuse(why)),
        Err(Failure::Damaged(why)) => return Err(refuse(set_aside(path, &why))),
    };
    let view = View::new((*db).clone());
    let file = File::open(path.join("db")).map_err(|error| io("open its file", &error))?;
    let (id, commits) = match identity(path, &db, &view, said.as_ref())? {
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
    let writer = Writer {
        counters: Counters {
            commits,
            last_id: last_id(&view)?,
            sweep: Sweep::default(),
            uncertain: false,
        },
        view,
        file,
        side,
        synced: commits,
        side_written: Instant::now(),
        broken: None,
    };
    Ok(Opened {
        db,
        id,
        lock,
        writer,
    })
}

/// Makes the directory, for its owner alone.
fn make_directory(path: &Path) -> io::Result<()> {
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

/// Holds the store for this process.
fn lock(path: &Path) -> Result<File, StoreError> {
    let refuse = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    let file = (File::options().create(true).truncate(false).write(true))
        .open(path.join("lock"))
        .map_err(|error| refuse(format!("cannot open its lock: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(refuse(
            "another process has it open; stop that daemon first, or ask it over HTTP".to_owned(),
        )),
        Err(TryLockError::Error(error)) => Err(refuse(format!("cannot lock it: {error}"))),
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
    let now = Clock::System.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside: PathBuf = path.with_file_name(format!("{name}.corrupt-{now}"));
    match fs::rename(path, &aside) {
        Ok(()) => format!(
            "it is damaged ({why}) and was set aside as {}; put back a copy that was made while the \
             daemon was stopped, or start again with an empty store",
            aside.display()
        ),
        Err(error) => format!(
            "it is damaged ({why}) and cannot be set aside as {}: {error}; move it away",
            aside.display()
        ),
    }
}

/// The store's identifier and commits; `None` where it is empty. Refuses what is not to be written to.
fn identity(
    path: &Path,
    db: &Db,
    view: &View,
    said: Option<&Said>,
) -> Result<Option<(String, u64)>, StoreError> {
    let refuse = |why: String| {
        Err(StoreError::Open {
            path: path.display().to_string(),
            why,
        })
    };
    let lost = |has: u64, had: u64| {
        format!(
            "it has {has} commits and had {had}: the newest were lost, or an older copy was put in \
             its place; restore a backup, or remove its file `{}` to go on without them",
            side::NAME
        )
    };
    let Some(schema) = view.get(&SchemaKey {})? else {
        return match said {
            Some(said) => refuse(lost(0, said.commits)),
            None if db.is_empty() => Ok(None),
            None => refuse("it is not a store of wireroom; choose another directory".to_owned()),
        };
    };
    if schema != SCHEMA {
        return refuse(format!(
            "its layout is version {schema}, and this release knows {SCHEMA}; use the release that \
             wrote it, or a newer one"
        ));
    }
    let id = view.get(&StoreIdKey {})?.unwrap_or_default();
    let commits = view.get(&CommitKey {})?.unwrap_or_default();
    match said {
        Some(said) if said.id != id => refuse(format!(
            "its files are of two stores, {id} and {}; put back those that belong together, or \
             remove its file `{}` to keep the first",
            said.id,
            side::NAME
        )),
        Some(said) if said.commits > commits => refuse(lost(commits, said.commits)),
        Some(_) | None => Ok(Some((id, commits))),
    }
}

/// Writes the first records, and syncs once all that a crash could take from under them.
fn create(path: &Path, db: &Db, view: &View, file: &File) -> Result<(String, u64), StoreError> {
    let fail = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Engine {
        doing: "make a new store",
        source,
    };
    let id = Uuid::new_v4().to_string();
    let mut counters = Counters {
        commits: 0,
        last_id: Uuid::nil(),
        sweep: Sweep::default(),
        uncertain: false,
    };
    let mut txn = Txn::new(view.clone(), &mut counters);
    txn.put(&SchemaKey {}, &SCHEMA)?;
    txn.put(&StoreIdKey {}, &id)?;
    txn.commit()?;
    drop(txn);
    db.flush().map_err(|error| fail(error.into()))?;
    file.sync_all().map_err(|error| fail(error.into()))?;
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
            .map_err(|error| fail(error.into()))?;
    }
    Ok((id, counters.commits))
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

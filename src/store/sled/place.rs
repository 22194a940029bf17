//! The names beside a store's directory, and how one store takes the place of another.
//!
//! A new store grows in `NAME.part`. When it is whole it becomes `NAME.next`; then the old one steps
//! aside and the new one takes the name. A crash between any two of these steps is put right when
//! the store is next opened: what is whole takes the free name, what is half is removed, and as long
//! as the old one has its name it is the store. All of it happens under the lock `NAME.lock`, which
//! stands beside the directory because directories move.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::store::StoreError;

/// Grows.
const PART: &str = "part";
/// Is whole and waits for the name.
const NEXT: &str = "next";
/// Had the name until the same records took it, written anew.
const BEFORE: &str = "before";
/// Is read for what it still holds.
const WORK: &str = "work";
/// Was damaged.
const CORRUPT: &str = "corrupt-";
/// Is as it was before it was mended.
const KEPT: &str = "kept-";

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{suffix}"))
}

/// Where a new store grows.
pub(super) fn part(path: &Path) -> PathBuf {
    beside(path, PART)
}

/// Where a store goes whose records were written anew.
pub(super) fn before(path: &Path) -> PathBuf {
    beside(path, BEFORE)
}

/// Where a copy is looked through.
pub(super) fn work(path: &Path) -> PathBuf {
    beside(path, WORK)
}

/// Copies a store's files, byte for byte, to a name of their own beside it.
pub(super) fn keep(path: &Path) -> io::Result<PathBuf> {
    let copy = aside(path, KEPT, "");
    match copy_files(path, &copy, |_| true) {
        Ok(()) => Ok(copy),
        Err(error) => {
            // Half a copy would be taken for one.
            remove(&copy)?;
            Err(error)
        }
    }
}

/// Copies a store's log and what is ours; what the engine makes anew of its log stays behind.
pub(super) fn copy_log(from: &Path, to: &Path) -> io::Result<()> {
    copy_files(from, to, |name| {
        !name.starts_with("snap.") && name != "conf"
    })
}

fn copy_files(from: &Path, to: &Path, wanted: fn(&str) -> bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &target, wanted)?;
        } else if wanted(&name.to_string_lossy()) {
            fs::copy(entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

/// A name that nothing has, by the time, for what steps aside: `why` stands before the time, `end`
/// after it.
pub(super) fn aside(path: &Path, why: &str, end: &str) -> PathBuf {
    let now = Clock::System.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let first = beside(path, &format!("{why}{now}{end}"));
    let more = (2..).map(|n| beside(path, &format!("{why}{now}-{n}{end}")));
    std::iter::once(first)
        .chain(more)
        .find(|name| !name.exists())
        .expect("names do not run out")
}

/// The name for a damaged one.
pub(super) fn corrupt(path: &Path) -> PathBuf {
    aside(path, CORRUPT, "")
}

/// Damaged stores that stand aside, oldest first.
pub(super) fn set_aside(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let start = format!("{name}.{CORRUPT}");
    let folder = folder(path);
    let mut found: Vec<PathBuf> = (fs::read_dir(folder).into_iter().flatten().flatten())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&start))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Holds the store for this process.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let refuse = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    fs::create_dir_all(folder(path))
        .map_err(|error| refuse(format!("cannot make the directory it is in: {error}")))?;
    let file = (File::options().create(true).truncate(false).write(true))
        .open(beside(path, "lock"))
        .map_err(|error| refuse(format!("cannot open its lock: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(refuse(
            "another process has it open; stop that daemon first, or ask it over HTTP".to_owned(),
        )),
        Err(TryLockError::Error(error)) => Err(refuse(format!("cannot lock it: {error}"))),
    }
}

/// Whether a store stands there.
pub(super) fn is_taken(path: &Path) -> bool {
    path.join("db").exists()
}

/// Whether opening finds a store there: one that has the name, or one that a crash kept from it.
pub(super) fn stands(path: &Path) -> bool {
    is_taken(path) || is_taken(&beside(path, NEXT)) || is_taken(&before(path))
}

/// Puts right what a crash left half. Under the lock.
pub(super) fn recover(path: &Path) -> io::Result<()> {
    let (next, before) = (beside(path, NEXT), before(path));
    remove(&part(path))?;
    remove(&work(path))?;
    if !is_taken(path) {
        if is_taken(&next) {
            tracing::warn!("{} takes its place: a crash came between", next.display());
            rename(&next, path)?;
        } else if is_taken(&before) {
            tracing::warn!("{} goes back to its place", before.display());
            return rename(&before, path);
        }
    }
    remove(&next)?;
    remove(&before)
}

/// Lets the store in [`part`] take the place of the one at `path`, which goes to `old` if there is
/// one. Under the lock, and with neither of them open.
pub(super) fn exchange(path: &Path, old: &Path) -> io::Result<()> {
    let part = part(path);
    if !is_taken(path) {
        // An empty directory that somebody made for it.
        match fs::remove_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        return rename(&part, path);
    }
    let next = beside(path, NEXT);
    rename(&part, &next)?;
    rename(path, old)?;
    rename(&next, path)
}

/// Renames, durably.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    File::open(folder(to))?.sync_all()
}

/// Removes what only repeats other files.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, words: &str) {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("db"), words).unwrap();
    }

    fn words(path: &Path) -> String {
        fs::read_to_string(path.join("db")).unwrap_or_default()
    }

    #[test]
    fn a_crash_between_any_two_steps_leaves_one_store_and_the_right_one() {
        // What stands there at each moment of an exchange, and what is the store afterwards.
        let moments = [
            (&[("store", "old"), ("store.part", "half")][..], "old"),
            (&[("store", "old"), ("store.next", "new")], "old"),
            (&[("store.next", "new"), ("store.before", "old")], "new"),
            (&[("store", "new"), ("store.before", "old")], "new"),
            (&[("store.before", "old")], "old"),
            (&[("store", "old")], "old"),
            (&[("store.part", "half")], ""),
        ];
        for (names, expect) in moments {
            let folder = tempfile::tempdir().unwrap();
            for (name, words) in names {
                put(&folder.path().join(name), words);
            }
            let path = folder.path().join("store");
            recover(&path).unwrap();
            assert_eq!(words(&path), expect, "{names:?}");
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, usize::from(!expect.is_empty()), "{names:?}");
            recover(&path).unwrap();
            assert_eq!(words(&path), expect, "{names:?}, once more");
        }
    }

    #[test]
    fn an_exchange_keeps_the_old_one_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        put(&path, "old");
        put(&part(&path), "new");
        let old = aside(&path, "replaced-", "");
        exchange(&path, &old).unwrap();
        assert_eq!((words(&path), words(&old)), ("new".into(), "old".into()));
        // Where there is nothing but an empty directory, nothing steps aside.
        let path = folder.path().join("fresh");
        fs::create_dir(&path).unwrap();
        put(&part(&path), "new");
        exchange(&path, &old).unwrap();
        assert_eq!(words(&path), "new");
    }
}

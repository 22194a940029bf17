//! The side file: how many commits were durable when it was written, and of which store.
//!
//! It stands beside the engine's files and is never ahead of them. A store that has fewer commits
//! than its side file has lost some, and says so when it is opened rather than go on with less.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Its name within the store's directory.
pub(super) const NAME: &str = "synced";

/// The side file of an open store.
#[derive(Debug)]
pub(super) struct SideFile {
    path: PathBuf,
    id: String,
    commits: u64,
}

/// What a side file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) id: String,
    pub(super) commits: u64,
}

impl SideFile {
    pub(super) fn new(directory: &Path, id: String, said: Option<&Said>) -> Self {
        Self {
            path: directory.join(NAME),
            id,
            commits: said.map_or(0, |said| said.commits),
        }
    }

    /// What it says now.
    pub(super) fn commits(&self) -> u64 {
        self.commits
    }

    /// Says `commits`; replaced as a whole, so that no crash leaves half of it.
    pub(super) fn write(&mut self, commits: u64) -> io::Result<()> {
        if commits == self.commits {
            return Ok(());
        }
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        write!(file, "wireroom store\nid {}\ncommits {commits}\n", self.id)?;
        file.sync_data()?;
        fs::rename(&new, &self.path)?;
        self.commits = commits;
        Ok(())
    }
}

/// Reads a store's side file. One that is not there or cannot be understood says nothing.
pub(super) fn read(directory: &Path) -> io::Result<Option<Said>> {
    match fs::read(directory.join(NAME)) {
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse(text: &str) -> Option<Said> {
    let mut lines = text.lines();
    (lines.next()? == "wireroom store").then_some(())?;
    Some(Said {
        id: lines.next()?.strip_prefix("id ")?.to_owned(),
        commits: lines.next()?.strip_prefix("commits ")?.parse().ok()?,
    })
}

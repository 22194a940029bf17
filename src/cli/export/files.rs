//! A directory of articles: `OUTLET/DATE-ID.md`, the day being the one on which it was stored.
//!
//! Neither part of a name can be chosen from outside, and a second export into the same directory
//! replaces what has changed. A file appears under its name when it is whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::export::markdown;
use crate::cli::remote::cell;
use crate::model::id::ArticleId;

/// A directory that is being filled.
pub(super) struct Folder {
    root: PathBuf,
    made: BTreeSet<PathBuf>,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            made: BTreeSet::new(),
        }
    }

    pub(super) fn take(&mut self, article: &Value) -> anyhow::Result<()> {
        let name = name(article).context("an article came without an identifier")?;
        let path = self.root.join(&name);
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        if !self.made.contains(&folder) {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            self.made.insert(folder);
        }
        let partial = path.with_extension("md.partial");
        fs::write(&partial, markdown::alone(article))
            .and_then(|()| fs::rename(&partial, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn finish(self) -> io::Result<()> {
        fs::create_dir_all(&self.root)?;
        for folder in self.made.iter().chain([&self.root]) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// The file's name within the directory.
fn name(article: &Value) -> Option<PathBuf> {
    let id: ArticleId = cell(article, "id").parse().ok()?;
    let (seconds, _) = id.0.get_timestamp()?.to_unix();
    let day = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    let outlet = cell(article, "outlet");
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let outlet: String = outlet.chars().filter(|&c| safe(c)).take(100).collect();
    let outlet = if outlet.is_empty() { "none" } else { &outlet };
    Some(Path::new(outlet).join(format!("{}-{id}.md", day.strftime("%Y-%m-%d"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_stay_in_the_directory() {
        let id = "01979dbe-3da0-7cb5-b200-8a493cf966fb";
        let of = |outlet: &str, id: &str| {
            name(&json!({"outlet": outlet, "id": id})).map(|name| name.display().to_string())
        };
        let file = format!("2025-06-23-{id}.md");
        assert_eq!(of("ap", id), Some(format!("ap/{file}")));
        assert_eq!(of("../..", id), Some(format!("none/{file}")));
        assert_eq!(of("/etc/a\0", id), Some(format!("etca/{file}")));
        assert_eq!(of("ap", "../../x"), None);
    }
}

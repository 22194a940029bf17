//! Finding and reading files: the configuration, and the outlet files that it names by patterns.
//!
//! The `config` crate replaces lists when it merges, so outlet files are read here and put together.
//! Nothing here judges what a file says.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::mistake::{Mistake, Mistakes, Place};
use super::tree::FILE_MAX_BYTES;

/// Where a configuration is looked for when none is named.
const USUAL_PLACES: [&str; 3] = [
    "wireroom.toml",
    "config/wireroom.toml",
    "/etc/wireroom/wireroom.toml",
];

/// The configuration file: the one named by `--config`, else by `WIREROOM_CONFIG`, else the first that
/// is there of `./wireroom.toml`, `./config/wireroom.toml`, `/etc/wireroom/wireroom.toml`.
///
/// A file that is named and not there is a mistake; none at all is not.
pub fn find(
    explicit: Option<&Path>,
    env: &BTreeMap<String, String>,
) -> Result<Option<PathBuf>, Mistakes> {
    let variable = env.get("WIREROOM_CONFIG").filter(|path| !path.is_empty());
    let (path, key) = match (explicit, variable) {
        (Some(path), _) => (path, "--config"),
        (None, Some(path)) => (Path::new(path.as_str()), "WIREROOM_CONFIG"),
        (None, None) => {
            let found = USUAL_PLACES
                .iter()
                .map(PathBuf::from)
                .find(|path| path.is_file());
            return Ok(found);
        }
    };
    if path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    let problem = if path.exists() {
        format!("{key} names it, and it is not a file")
    } else {
        format!("{key} names it, and there is no such file")
    };
    Err(Mistakes(vec![Mistake {
        place: Place::File {
            rank: 0,
            line: 0,
            path: path.display().to_string().into(),
        },
        key: String::new(),
        problem,
    }]))
}

/// A file's text; the error says why there is none.
pub(crate) fn text_of(path: &Path) -> Result<String, String> {
    let refuse = |error: std::io::Error| format!("cannot be read: {error}");
    // Asked before it is opened: opening a pipe that nobody writes to waits for ever.
    if !std::fs::metadata(path).map_err(refuse)?.is_file() {
        return Err("cannot be read: it is not a file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(refuse)?;
    let mut bytes = Vec::new();
    let most = FILE_MAX_BYTES as u64 + 1; // one more, so that `parse` sees that it is too large
    file.take(most).read_to_end(&mut bytes).map_err(refuse)?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = String::from_utf8_lossy(&error.as_bytes()[..offset])
            .matches('\n')
            .count()
            + 1;
        format!("cannot be read: line {line} is not valid UTF-8; save the file as UTF-8")
    })
}

/// Most files that one pattern may match, and most directory entries looked at.
const MATCHES_MAX: usize = 10_000;
const LOOKS_MAX: usize = 200_000;
/// Deepest directory that `**` descends to.
const DEPTH_MAX: usize = 16;

/// The files that a pattern matches below `dir`, sorted. `*` and `?` match within a name, `**` matches
/// directories at any depth; names that begin with a dot match only when the pattern says the dot.
/// A pattern without any of these is a plain path and comes back whether it is there or not.
pub(crate) fn matching(dir: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    if !is_pattern(pattern) {
        return Ok(vec![dir.join(pattern)]);
    }
    let whole = dir.join(pattern);
    let mut base = PathBuf::new();
    let mut segments = Vec::new();
    for part in whole.components() {
        let text = part.as_os_str().to_str();
        let text = text.ok_or("holds a name that is not UTF-8")?;
        if segments.is_empty() && !is_pattern(text) {
            base.push(part);
        } else {
            segments.push(Segment::of(text)?);
        }
    }
    if base.as_os_str().is_empty() {
        base.push(".");
    }
    let mut walk = Walk {
        found: Vec::new(),
        looks: 0,
    };
    walk.descend(&base, &segments, 0);
    if walk.looks > LOOKS_MAX || walk.found.len() > MATCHES_MAX {
        return Err(
            "matches too many files, or searches too many directories; be narrower".to_owned(),
        );
    }
    walk.found.sort();
    walk.found.dedup();
    let plain = |path: PathBuf| path.strip_prefix("./").map(Path::to_owned).unwrap_or(path);
    Ok(walk.found.into_iter().map(plain).collect())
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// One name of a pattern.
enum Segment {
    /// `**`: no directory, or any number of them.
    Any,
    /// A name, in which `*` and `?` may stand.
    Name(Regex, bool),
}

impl Segment {
    fn of(text: &str) -> Result<Self, String> {
        if text == "**" {
            return Ok(Self::Any);
        }
        if text.len() > 255 {
            return Err("holds a name longer than 255 bytes".to_owned());
        }
        let escaped = regex::escape(text).replace("\\*", ".*").replace("\\?", ".");
        let regex = Regex::new(&format!("(?s)^{escaped}$"));
        let regex = regex.map_err(|error| error.to_string())?;
        Ok(Self::Name(regex, text.starts_with('.')))
    }
}

struct Walk {
    found: Vec<PathBuf>,
    looks: usize,
}

impl Walk {
    fn descend(&mut self, dir: &Path, segments: &[Segment], depth: usize) {
        let Some((first, rest)) = segments.split_first() else {
            return;
        };
        if depth > DEPTH_MAX || self.looks > LOOKS_MAX || self.found.len() > MATCHES_MAX {
            return;
        }
        if matches!(first, Segment::Any) {
            self.descend(dir, rest, depth);
        }
        // A directory that cannot be read matches nothing, which is warned of when it is all there is.
        let Ok(entries) = std::fs::read_dir(dir) else {
            return;
        };
        for entry in entries.flatten() {
            self.looks += 1;
            if self.looks > LOOKS_MAX {
                return;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                continue;
            };
            let path = entry.path();
            match first {
                Segment::Any if !name.starts_with('.') && path.is_dir() => {
                    self.descend(&path, segments, depth + 1);
                }
                Segment::Name(regex, dotted)
                    if regex.is_match(name) && (*dotted || !name.starts_with('.')) =>
                {
                    if !rest.is_empty() {
                        self.descend(&path, rest, depth + 1);
                    } else if path.is_file() {
                        self.found.push(path);
                    }
                }
                Segment::Any | Segment::Name(..) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "a.toml",
            "b.toml",
            "b.txt",
            ".c.toml",
            "sub/d.toml",
            "sub/deep/e.toml",
        ] {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = matching(dir.path(), pattern).unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|path| path.strip_prefix(dir.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        check("*.toml", &["a.toml", "b.toml"]);
        check("?.t*", &["a.toml", "b.toml", "b.txt"]);
        check(".*.toml", &[".c.toml"]);
        check("*/*.toml", &["sub/d.toml"]);
        check(
            "**/*.toml",
            &["a.toml", "b.toml", "sub/d.toml", "sub/deep/e.toml"],
        );
        check("sub/**/e.toml", &["sub/deep/e.toml"]);
        check("none/*.toml", &[]);
        check("missing.toml", &["missing.toml"]);
    }
}

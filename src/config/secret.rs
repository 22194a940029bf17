//! Secrets: given exactly once, inline, by file or by environment; never part of a message.

use std::collections::BTreeMap;
use std::path::Path;

use super::endpoint::Secret;

/// Largest file that can be a secret: a mistaken path must not read a disk into memory.
const SECRET_MAX_BYTES: u64 = 64 << 10;

/// Where secrets are looked for.
pub(crate) struct Secrets<'a> {
    /// The directory that relative paths start from.
    pub(crate) dir: &'a Path,
    /// The environment, read once by the caller.
    pub(crate) env: &'a BTreeMap<String, String>,
}

/// The three ways to give one secret.
pub(crate) struct Given<'a> {
    /// The key, as `http.token`; `_file` and `_env` are put behind it.
    pub(crate) key: String,
    pub(crate) inline: Option<&'a str>,
    pub(crate) file: Option<&'a str>,
    pub(crate) env: Option<&'a str>,
}

/// What is wrong with a secret, and with which key.
pub(crate) struct Unread {
    pub(crate) key: String,
    pub(crate) problem: String,
}

impl Secrets<'_> {
    /// The secret; `None` when it is not given. Empty text is not given.
    pub(crate) fn read(&self, given: &Given<'_>) -> Result<Option<(String, Secret)>, Unread> {
        let key = &given.key;
        let ways = [
            (key.clone(), given.inline),
            (format!("{key}_file"), given.file),
            (format!("{key}_env"), given.env),
        ];
        let mut used = ways
            .iter()
            .enumerate()
            .filter_map(|(way, (key, text))| text.filter(|t| !t.is_empty()).map(|t| (way, key, t)));
        let Some((way, key, text)) = used.next() else {
            return Ok(None);
        };
        if let Some((_, second, _)) = used.next() {
            let problem = format!("is given a second time, after `{key}`; keep one of the two");
            let key = second.clone();
            return Err(Unread { key, problem });
        }
        let secret = match way {
            0 => Ok(text.to_owned()),
            1 => self.file(text),
            _ => self.variable(text),
        };
        match secret {
            Ok(secret) => Ok(Some((key.clone(), Secret::new(secret)))),
            Err(problem) => Err(Unread {
                key: key.clone(),
                problem,
            }),
        }
    }

    /// The file's text without its last line break. A bare name that is no file beside the configuration
    /// is looked for among systemd's credentials.
    fn file(&self, name: &str) -> Result<String, String> {
        let beside = self.dir.join(name);
        let credentials = self.env.get("CREDENTIALS_DIRECTORY");
        let bare = !name.contains('/');
        let path = match credentials {
            Some(directory) if bare && !beside.exists() => Path::new(directory).join(name),
            _ => beside,
        };
        // Somebody will put the secret itself here.
        let shown = if name.starts_with("whsec_") || name.contains("://") {
            "the file".to_owned()
        } else {
            format!("`{}`", path.display())
        };
        let refuse = |reason: String| format!("cannot read {shown}: {reason}");
        let found = std::fs::metadata(&path).map_err(|error| refuse(error.to_string()))?;
        if !found.is_file() {
            return Err(refuse("it is not a file".to_owned()));
        }
        if found.len() > SECRET_MAX_BYTES {
            return Err(refuse(format!(
                "it is larger than {} KiB",
                SECRET_MAX_BYTES >> 10
            )));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        Ok(text.to_owned())
    }

    fn variable(&self, name: &str) -> Result<String, String> {
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let shown = if name.len() <= 64 && name.chars().all(plain) {
            format!("the environment variable `{name}`")
        } else {
            // Perhaps no name at all, but the secret itself.
            "the environment variable that it names".to_owned()
        };
        match self.env.get(name) {
            Some(value) if !value.is_empty() => Ok(value.clone()),
            Some(_) => Err(format!("{shown} is empty")),
            None => Err(format!("{shown} is not set; set it, or correct the name")),
        }
    }
}

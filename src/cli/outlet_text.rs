//! Outlets as TOML text: the files that `outlet add` and `opml import` write.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use url::Url;

use crate::cli::table::harmless;
use crate::config::{self, Config, Mistakes};
use crate::model::id::Host;

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A file of its own: keys at top level.
    File,
    /// A table among others.
    Table,
}

impl Form {
    /// What an outlet begins with.
    pub(super) fn outlet(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Table => "[[outlet]]\n",
        }
    }

    /// What a source begins with.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::File => "[[source]]\n",
            Self::Table => "[[outlet.source]]\n",
        }
    }

    /// What the article's rules begin with.
    pub(super) fn article(self) -> &'static str {
        match self {
            Self::File => "[article]\n",
            Self::Table => "[outlet.article]\n",
        }
    }
}

/// `key = "value"`.
pub(super) fn line(key: &str, value: &str) -> String {
    format!("{key} = {}\n", quoted(&harmless(value)))
}

/// `key = ["value", …]`, one a line where there are several.
pub(super) fn list<T: AsRef<str>>(key: &str, values: &[T]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value.as_ref())).collect();
    match quoted.as_slice() {
        [] | [_] => format!("{key} = [{}]\n", quoted.join(", ")),
        several => format!("{key} = [\n  {},\n]\n", several.join(",\n  ")),
    }
}

/// A text as a comment, whatever it holds.
pub(super) fn comment(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| format!("# {}\n", harmless(line).trim_end()));
    lines.collect::<Vec<_>>().concat()
}

/// Control characters have no place in names and addresses, and would need escapes that nobody reads.
fn quoted(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    toml::Value::String(clean).to_string()
}

/// An outlet's name made of an address: what stands before the public suffix, without `www.`.
pub(super) fn name_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let domain = Host::of(url);
    let Some(url::Host::Domain(_)) = url.host() else {
        return slug(&host);
    };
    let own = domain.as_str().split('.').next().unwrap_or_default();
    let above = host.strip_suffix(domain.as_str()).unwrap_or_default();
    let meaningless = ["www", "m", "amp", "feeds", "feed", "rss", "news", "en"];
    let mut parts: Vec<&str> = above.split('.').filter(|part| !part.is_empty()).collect();
    parts.retain(|part| !meaningless.contains(part));
    parts.insert(0, own);
    slug(&parts.join("-"))
}

/// Lower-case letters, digits and single hyphens, at most fifty; `outlet` where nothing is left.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 50 {
            break;
        }
    }
    match slug.trim_matches('-') {
        "" => "outlet".to_owned(),
        // `/feeds/all.atom` is the feed of all outlets.
        "all" => "all-news".to_owned(),
        slug => slug.to_owned(),
    }
}

/// `name`, or `name-2`, `name-3` … where it is taken.
pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 2_u32;
    while is_taken(&free) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

/// What the loader says of `[[outlet]]` tables, under the configuration's bounds.
pub(super) fn check(tables: &str, config: &Config) -> Result<(), Mistakes> {
    let networks: Vec<String> = config
        .fetch
        .allow_private
        .iter()
        .map(ToString::to_string)
        .collect();
    let head = format!(
        "[daemon]\noutlets = []\n[fetch]\n{}",
        list("allow_private", &networks)
    );
    config::from_str(&format!("{head}{tables}"), Path::new("/"), &BTreeMap::new()).map(drop)
}

/// Writes a new file; one that is there is never overwritten.
pub(super) fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let mut file = match file {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            anyhow::bail!(
                "{} is there already; move it away or choose another name",
                path.display()
            )
        }
        file => file.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_addresses() {
        for (url, expect) in [
            ("https://www.interfax.com.ua/x", "interfax"),
            ("https://en.interfax.com.ua", "interfax"),
            ("https://blog.example.co.uk", "example-blog"),
            ("http://127.0.0.1:80", "127-0-0-1"),
            ("https://all.news", "all-news"),
            ("http://[::1]/", "1"),
            ("http://localhost", "localhost"),
        ] {
            assert_eq!(name_of(&Url::parse(url).unwrap()), expect, "{url}");
        }
        assert_eq!(slug("Новини — Port & Sea!"), "port-sea");
        assert_eq!(slug("Новини"), "outlet");
        assert_eq!(free_name("a", |name| ["a", "a-2"].contains(&name)), "a-3");
    }

    #[test]
    fn texts_are_quoted_so_that_they_can_be_read_again() {
        for text in [
            "plain",
            "a \"b\" \\ 'c'",
            "line\nbreak",
            "'''\"\"\"",
            "\u{7f}#",
        ] {
            let table: toml::Table = line("key", text).parse().unwrap();
            let expect: String = text
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            assert_eq!(table["key"].as_str(), Some(expect.as_str()));
        }
        let table: toml::Table = list("key", &["a", "\"b\""]).parse().unwrap();
        assert_eq!(table["key"][1].as_str(), Some("\"b\""));
    }
}

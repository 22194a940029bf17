//! `wireroom articles`: what a running daemon has stored; lists, searches, exports.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cli::complete;
use crate::cli::remote::{Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::{Table, harmless};
use crate::cli::{export, reextract, search};
use crate::clock::Clock;

/// Stored articles
#[derive(Debug, clap::Args)]
pub struct ArticlesArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    #[command(flatten)]
    Asked(Asked),
    /// Apply the rules of today to the pages that were kept (`store.raw`): the rules that the running
    /// daemon has loaded, or on the store itself where no daemon answers; shows what would change, and
    /// changes nothing without --apply
    ReExtract(reextract::Args),
}

/// What the running daemon is asked for.
#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// Articles, newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Articles whose title or text holds all these words, in any of their forms; with no daemon
    /// running, of the store that is configured here
    Search(search::Args),
    /// One article with its text
    Show {
        /// Its identifier, as `list` shows it
        id: String,
        /// All its revisions, oldest first
        #[arg(long)]
        revisions: bool,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Articles with their text, newest first; of the store itself where no daemon answers
    Export(export::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Filter {
    /// Of this outlet only
    #[arg(long, add = complete::outlets())]
    pub(super) outlet: Option<String>,
    /// In this language only, such as `en`
    #[arg(long)]
    pub(super) language: Option<String>,
    /// With this tag only, whatever its case
    #[arg(long)]
    pub(super) tag: Option<String>,
    /// Stored at or after: an RFC 3339 time, or how long ago, such as `24h`
    #[arg(long, value_parser = time_or_age)]
    pub(super) since: Option<Timestamp>,
    /// Stored before: the same
    #[arg(long, value_parser = time_or_age)]
    pub(super) until: Option<Timestamp>,
}

const PATH: [&str; 3] = ["api", "v1", "articles"];

/// Runs the command.
pub async fn run(args: ArticlesArgs) -> anyhow::Result<ExitCode> {
    let ArticlesArgs { remote, action } = args;
    match action {
        Action::Asked(asked) => outcome(ask(&remote, asked).await),
        Action::ReExtract(args) => reextract::run(&remote, args).await,
    }
}

async fn ask(server: &RemoteArgs, asked: Asked) -> anyhow::Result<()> {
    let remote = Remote::new(server)?;
    match asked {
        Asked::List {
            filter,
            limit,
            shown,
        } => show(&listed(&remote, &filter.query(None), limit).await?, shown),
        Asked::Search(args) => search::run(&remote, args).await,
        Asked::Show {
            id,
            revisions,
            shown,
        } => {
            let mut path = [&PATH[..], &[&id]].concat();
            if revisions {
                path.push("revisions");
            }
            let answer = remote.get(&path, &[]).await?;
            let one = std::slice::from_ref(&answer);
            let items = answer["items"].as_array().map_or(one, Vec::as_slice);
            match shown.format {
                Shown::Json => print_json(&answer)?,
                Shown::Table => print_texts(items)?,
            }
            Ok(())
        }
        Asked::Export(args) => export::run(server, &args).await,
    }
}

impl Filter {
    /// The filter as the API's parameters.
    pub(super) fn query(&self, words: Option<&str>) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        query.extend(self.outlet.clone().map(|outlet| ("outlet", outlet)));
        query.extend(self.language.clone().map(|it| ("language", it)));
        query.extend(self.tag.clone().map(|tag| ("tag", tag)));
        query.extend(self.since.map(|time| ("since", time.to_string())));
        query.extend(self.until.map(|time| ("until", time.to_string())));
        query.extend(words.map(|words| ("q", words.to_owned())));
        query
    }
}

pub(super) async fn listed(
    remote: &Remote,
    query: &[(&'static str, String)],
    limit: usize,
) -> anyhow::Result<Vec<Value>> {
    let query: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    remote.items(&PATH, &query, Some(limit)).await
}

pub(super) fn show(items: &[Value], shown: ShownArgs) -> anyhow::Result<()> {
    match shown.format {
        Shown::Json => print_json(&json!({"items": items}))?,
        Shown::Table => {
            if items.is_empty() {
                eprintln!("no article is like that");
            }
            let mut table = Table::new(&["ID", "FETCHED", "OUTLET", "REV", "WORDS", "TITLE"]);
            for article in items {
                table.row(
                    ["id", "fetched", "outlet", "revision", "words", "title"]
                        .map(|field| cell(article, field)),
                );
            }
            table.print()?;
        }
    }
    Ok(())
}

fn print_texts(articles: &[Value]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for article in articles {
        for field in [
            "title",
            "byline",
            "credit",
            "outlet",
            "url",
            "published",
            "updated",
            "language",
            "words",
            "revision",
            "fetched",
            "id",
        ] {
            let value = cell(article, field);
            if !value.is_empty() {
                writeln!(out, "{field:>9}  {}", harmless(&value))?;
            }
        }
        writeln!(out)?;
        for paragraph in cell(article, "text").split("\n\n") {
            writeln!(out, "{}\n", harmless(paragraph))?;
        }
    }
    Ok(())
}

/// An RFC 3339 time, or an age such as `24h` or `7d`.
pub(super) fn time_or_age(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let Ok(age) = humantime::parse_duration(text) else {
        bail!("give a time such as 2025-06-23T17:36:02Z, or an age such as 24h");
    };
    let age = SignedDuration::try_from(age).context("so long ago there was no news")?;
    Clock::System
        .now()
        .checked_sub(age)
        .context("so long ago there was no news")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ages_are_read() {
        assert!(time_or_age("2025-06-23T17:36:02Z").is_ok());
        assert!(time_or_age("24h").unwrap() < Clock::System.now());
        for bad in ["yesterday", "", "99999999999999y", "2025-06-23"] {
            assert!(time_or_age(bad).is_err(), "{bad}");
        }
    }
}

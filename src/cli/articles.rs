//! `wireroom articles`: what a running daemon has stored; lists, searches, exports.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cli::reextract;
use crate::cli::remote::{Pages, Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::{Table, harmless};
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
    /// Apply the rules of today to the pages that were kept (`store.raw`), on the store itself with
    /// the daemon stopped; shows what would change, and changes nothing without --apply
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
    /// Articles whose title or text holds all these words
    Search {
        /// The words, whatever their case
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        filter: Filter,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        shown: ShownArgs,
    },
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
    /// Articles with their text, newest first, to standard output
    Export {
        /// The form of the output
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
        /// Only those whose title or text holds all these words
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        #[command(flatten)]
        filter: Filter,
        /// At most so many; all, where nothing is said
        #[arg(long)]
        limit: Option<usize>,
    },
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Of this outlet only
    #[arg(long)]
    outlet: Option<String>,
    /// In this language only, such as `en`
    #[arg(long)]
    language: Option<String>,
    /// Stored at or after: an RFC 3339 time, or how long ago, such as `24h`
    #[arg(long, value_parser = time_or_age)]
    since: Option<Timestamp>,
    /// Stored before: the same
    #[arg(long, value_parser = time_or_age)]
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ExportFormat {
    /// One JSON object a line
    #[default]
    Jsonl,
    /// A header line and one line an article (RFC 4180)
    Csv,
    /// For reading
    Markdown,
}

const PATH: [&str; 3] = ["api", "v1", "articles"];
const CSV_FIELDS: [&str; 18] = [
    "id",
    "revision",
    "outlet",
    "url",
    "title",
    "lead",
    "byline",
    "credit",
    "section",
    "published",
    "updated",
    "language",
    "tags",
    "words",
    "partial",
    "free",
    "fetched",
    "text",
];

/// Runs the command.
pub async fn run(args: ArticlesArgs) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Asked(asked) => outcome(ask(&args.remote, asked).await),
        Action::ReExtract(args) => reextract::run(args).await,
    }
}

async fn ask(remote: &RemoteArgs, asked: Asked) -> anyhow::Result<()> {
    let remote = Remote::new(remote)?;
    match asked {
        Asked::List {
            filter,
            limit,
            shown,
        } => list(&remote, &filter, None, limit, shown).await,
        Asked::Search {
            words,
            filter,
            limit,
            shown,
        } => list(&remote, &filter, Some(&words.join(" ")), limit, shown).await,
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
        Asked::Export {
            format,
            search,
            filter,
            limit,
        } => export(&remote, &filter, search.as_deref(), limit, format).await,
    }
}

/// The filter as the API's parameters.
fn query(filter: &Filter, words: Option<&str>) -> Vec<(&'static str, String)> {
    let mut query = Vec::new();
    query.extend(filter.outlet.clone().map(|outlet| ("outlet", outlet)));
    query.extend(
        filter
            .language
            .clone()
            .map(|language| ("language", language)),
    );
    query.extend(filter.since.map(|time| ("since", time.to_string())));
    query.extend(filter.until.map(|time| ("until", time.to_string())));
    query.extend(words.map(|words| ("q", words.to_owned())));
    query
}

async fn list(
    remote: &Remote,
    filter: &Filter,
    words: Option<&str>,
    limit: usize,
    shown: ShownArgs,
) -> anyhow::Result<()> {
    let query = query(filter, words);
    let query: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let items = remote.items(&PATH, &query, Some(limit)).await?;
    match shown.format {
        Shown::Json => print_json(&json!({"items": items}))?,
        Shown::Table => {
            let mut table = Table::new(&["ID", "FETCHED", "OUTLET", "REV", "WORDS", "TITLE"]);
            for article in &items {
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

/// Writes page by page, so that a large store is exported in little memory.
async fn export(
    remote: &Remote,
    filter: &Filter,
    words: Option<&str>,
    limit: Option<usize>,
    format: ExportFormat,
) -> anyhow::Result<()> {
    let mut query = query(filter, words);
    query.push(("fields", "full".to_owned()));
    let query: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut pages = Pages::new(remote, &PATH, &query, limit);
    let mut out = BufWriter::new(io::stdout());
    if format == ExportFormat::Csv {
        csv_line(&mut out, CSV_FIELDS.iter().map(|&field| field.to_owned()))?;
    }
    while let Some(page) = pages.next().await? {
        for article in &page {
            match format {
                ExportFormat::Jsonl => writeln!(out, "{article}")?,
                ExportFormat::Csv => {
                    csv_line(
                        &mut out,
                        CSV_FIELDS.iter().map(|&field| csv_field(article, field)),
                    )?;
                }
                ExportFormat::Markdown => markdown(&mut out, article)?,
            }
        }
        out.flush()?;
    }
    out.flush()?;
    Ok(())
}

fn csv_field(article: &Value, field: &str) -> String {
    match &article[field] {
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            words.join(", ")
        }
        _ => cell(article, field),
    }
}

/// One record of RFC 4180: quoted where it must be, ended by CRLF.
fn csv_line(out: &mut impl Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if field.contains(['"', ',', '\n', '\r']) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

fn markdown(out: &mut impl Write, article: &Value) -> io::Result<()> {
    let title = cell(article, "title");
    let title = if title.is_empty() {
        cell(article, "url")
    } else {
        title
    };
    writeln!(out, "# {}\n", escaped(&title))?;
    let facts: Vec<String> = ["byline", "credit", "outlet", "published"]
        .iter()
        .map(|field| cell(article, field))
        .filter(|fact| !fact.is_empty())
        .map(|fact| escaped(&fact))
        .collect();
    writeln!(out, "{}  \n<{}>\n", facts.join(" · "), cell(article, "url"))?;
    for paragraph in cell(article, "text").split("\n\n") {
        writeln!(out, "{}\n", escaped(paragraph))?;
    }
    writeln!(out, "---\n")
}

/// Words that Markdown would take for markup, taken as words.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if "\\`*_[]<".contains(character) || index == 0 && "#>-+=|~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
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
    fn csv_is_quoted_where_it_must_be() {
        let mut out = Vec::new();
        let fields = ["plain", "a,b", "say \"hi\"", "two\nlines", ""].map(str::to_owned);
        csv_line(&mut out, fields.into_iter()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n"
        );
    }

    #[test]
    fn markup_in_words_stays_words() {
        assert_eq!(
            escaped("# no *head* [x](y) <b>"),
            "\\# no \\*head\\* \\[x\\](y) \\<b>"
        );
        assert_eq!(escaped("- no item"), "\\- no item");
    }

    #[test]
    fn times_and_ages_are_read() {
        assert!(time_or_age("2025-06-23T17:36:02Z").is_ok());
        assert!(time_or_age("24h").unwrap() < Clock::System.now());
        for bad in ["yesterday", "", "99999999999999y", "2025-06-23"] {
            assert!(time_or_age(bad).is_err(), "{bad}");
        }
    }
}

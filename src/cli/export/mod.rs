//! `wireroom articles export`: articles with their text, in forms that other programs read.
//!
//! Read page by page and written as they come, so that a large store is exported in little memory;
//! of the running daemon, or of the store itself where no daemon answers. A file has its name once
//! it is whole.

mod columns;
mod csv;
mod files;
mod markdown;
mod parquet;
mod source;

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use self::csv::Formulas;
use self::files::Folder;
use self::source::Source;
use crate::cli::ConfigArg;
use crate::cli::articles::Filter;
use crate::cli::out::{Out, replaceable};
use crate::cli::progress::Progress;
use crate::cli::remote::RemoteArgs;

/// Options of `articles export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write here and not to standard output: a file, which has its name once it is whole; with
    /// `--format markdown` a directory, in which each article gets a file
    #[arg(long, short, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// Only those whose title or text holds all these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// At most so many; all, where nothing is said
    #[arg(long)]
    limit: Option<usize>,
    /// With `--format csv`: write words that a spreadsheet would take for a formula as they are; else
    /// a `'` stands before them
    #[arg(long)]
    exact: bool,
    #[command(flatten)]
    config: ConfigArg,
}

/// The forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object a line, as the API gives it
    #[default]
    Jsonl,
    /// A header line and one record an article (RFC 4180)
    Csv,
    /// Columns, packed with zstd
    Parquet,
    /// For reading: one text, or with --output a file for each article, facts first
    Markdown,
}

/// Takes the articles, one after another.
enum Form {
    Jsonl(Out),
    Csv(Box<csv::Table>),
    Parquet(Box<parquet::Table>),
    Markdown(Out),
    Files(Folder),
}

impl Args {
    /// Whether nothing is left out, so that it is known how much there is.
    fn is_of_all(&self) -> bool {
        let filters = self.filter.query(self.search.as_deref());
        filters.is_empty() && self.limit.is_none()
    }
}

/// Runs the command.
pub(super) async fn run(remote: &RemoteArgs, args: &Args) -> anyhow::Result<()> {
    let place = args.output.as_deref().unwrap_or(Path::new("-"));
    let mut form = begin(args, place)?;
    let mut source = Source::open(remote, args).await?;
    let all = if args.is_of_all() {
        source.stored().await
    } else {
        None
    };
    let mut progress = Progress::new("exporting");
    let mut count = 0_u64;
    while let Some(page) = source.next().await? {
        for article in &page {
            form.take(article).with_context(|| unwritten(place))?;
            count += 1;
        }
        form.breathe().with_context(|| unwritten(place))?;
        match all {
            Some(all) => progress.show_of(count, all, "articles"),
            None => progress.show(|| format!("{count} articles")),
        }
    }
    drop(progress);
    form.finish().with_context(|| unwritten(place))?;
    source.close().await?;
    if place != Path::new("-") {
        eprintln!("{}: {count} articles written", place.display());
    }
    Ok(())
}

fn unwritten(place: &Path) -> String {
    if place == Path::new("-") {
        "cannot write to standard output".to_owned()
    } else {
        format!("cannot write {}", place.display())
    }
}

fn begin(args: &Args, place: &Path) -> anyhow::Result<Form> {
    if args.format == Format::Markdown && place != Path::new("-") {
        return Ok(Form::Files(Folder::new(place)));
    }
    let piped = place == Path::new("-");
    if args.format == Format::Parquet && piped && io::stdout().is_terminal() {
        bail!("a terminal shows no Parquet: give --output FILE, or pipe it");
    }
    let out = || {
        let file = if piped {
            place.to_owned()
        } else {
            replaceable(place).with_context(|| unwritten(place))?
        };
        Out::create(&file).with_context(|| unwritten(place))
    };
    Ok(match args.format {
        Format::Jsonl => Form::Jsonl(out()?),
        Format::Markdown => Form::Markdown(out()?),
        Format::Csv => {
            let formulas = if args.exact {
                Formulas::AsTheyAre
            } else {
                Formulas::Quoted
            };
            Form::Csv(Box::new(csv::Table::begin(out()?, formulas)?))
        }
        Format::Parquet => Form::Parquet(Box::new(parquet::Table::begin(out()?)?)),
    })
}

impl Form {
    fn take(&mut self, article: &Value) -> anyhow::Result<()> {
        match self {
            Self::Jsonl(out) => writeln!(out, "{article}")?,
            Self::Csv(table) => table.take(article)?,
            Self::Parquet(table) => table.take(article)?,
            Self::Markdown(out) => out.write_all(markdown::one(article).as_bytes())?,
            Self::Files(folder) => folder.take(article)?,
        }
        Ok(())
    }

    /// What was taken is seen by whoever reads the other end of a pipe.
    fn breathe(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Jsonl(out @ Out::Pipe(_)) | Self::Markdown(out @ Out::Pipe(_)) => out.flush()?,
            Self::Csv(table) => table.breathe()?,
            Self::Jsonl(_) | Self::Markdown(_) | Self::Parquet(_) | Self::Files(_) => {}
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Jsonl(out) | Self::Markdown(out) => out.finish()?,
            Self::Csv(table) => table.finish()?,
            Self::Parquet(table) => table.finish()?,
            Self::Files(folder) => folder.finish()?,
        }
        Ok(())
    }
}

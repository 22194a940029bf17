//! `wireroom feed`: feeds read from files or addresses.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::{Value, json};
use url::Url;

use crate::cli::table::harmless;
use crate::cli::{ConfigArg, Failure, input, outlets_at_hand, print_bytes};
use crate::config;
use crate::feed::{self, Hints, wire};
use crate::model::entry::Entry;
use crate::model::source::SourceKind;
use crate::work::find::{self, Offer};

const IN_MEMORY: &str = "writing to a string does not fail";

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print a feed as JSON
    Parse(ParseArgs),
    /// Print the feeds that a site offers, best first
    Find(FindArgs),
}

/// Options of `feed find`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FindArgs {
    /// The form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    config: ConfigArg,
    /// The site, or one of its pages
    #[arg(value_name = "URL")]
    url: String,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Options of `feed parse`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ParseArgs {
    /// The Content-Type that the feed was served with
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// The address that relative links are resolved against
    #[arg(long, value_name = "URL")]
    base_url: Option<Url>,
    #[command(flatten)]
    config: ConfigArg,
    /// A file, an address, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    input: String,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Parse(args) => parse(args),
        Command::Find(args) => find(args),
    }
}

fn find(args: &FindArgs) -> Result<ExitCode, Failure> {
    let url = input::typed_address(&args.url)
        .map_err(|error| Failure::Usage(format!("error: {error}")))?;
    let config = outlets_at_hand(&args.config)?;
    let surveyor = input::surveyor(&config.fetch, std::slice::from_ref(&url))?;
    let found = super::runtime()?.block_on(find::sources(&surveyor, &url));
    let finding = found.map_err(anyhow::Error::msg)?;
    let text = match args.format {
        Format::Text => finding.offers.iter().map(paragraph).collect(),
        Format::Json => {
            let offers: Vec<Value> = finding.offers.iter().map(object).collect();
            let json = serde_json::to_string_pretty(&offers).context("cannot write JSON")?;
            format!("{json}\n")
        }
    };
    print_bytes(text.as_bytes())?;
    if finding.offers.is_empty() {
        for (url, why) in &finding.misses {
            eprintln!("{url}: {}", harmless(why));
        }
        return Err(anyhow::anyhow!("{url} offers no feed, news sitemap or section page").into());
    }
    if finding
        .offers
        .iter()
        .all(|offer| offer.kind != SourceKind::Feed)
    {
        eprintln!("note: the site has no feed; these can be watched in its place");
    }
    Ok(ExitCode::SUCCESS)
}

/// The address alone on its line, what is known of it below.
fn paragraph(offer: &Offer) -> String {
    let survey = &offer.survey;
    let mut line = format!("{}\n  {}", offer.url, offer.kind.as_str());
    if let Some(title) = &offer.title {
        write!(line, " \"{}\"", harmless(title)).expect(IN_MEMORY);
    }
    write!(
        line,
        ", {}: {} entries",
        offer.found.as_str(),
        survey.parsed.entries.len()
    )
    .expect(IN_MEMORY);
    if let Some(newest) = survey.newest() {
        write!(line, ", the newest of {newest}").expect(IN_MEMORY);
    }
    let whole = with_text(&survey.parsed.entries);
    if whole > 0 {
        write!(line, ", {whole} with their text").expect(IN_MEMORY);
    }
    line.push('\n');
    for warning in survey.parsed.warnings.iter().take(3) {
        writeln!(line, "  warning: {}", harmless(warning)).expect(IN_MEMORY);
    }
    line
}

fn object(offer: &Offer) -> Value {
    let survey = &offer.survey;
    json!({
        "url": offer.url,
        "kind": offer.kind.as_str(),
        "title": offer.title,
        "found": offer.found.as_str(),
        "language": survey.parsed.language,
        "entries": survey.parsed.entries.len(),
        "with_text": with_text(&survey.parsed.entries),
        "newest": survey.newest().map(|time| time.to_string()),
        "warnings": survey.parsed.warnings,
    })
}

/// Entries that carry their article's text.
fn with_text(entries: &[Entry]) -> usize {
    const LEAST: usize = 600; // characters; a summary is shorter
    let is_long = |entry: &&Entry| {
        entry
            .content
            .as_ref()
            .is_some_and(|text| text.len() >= LEAST)
    };
    entries.iter().filter(is_long).count()
}

fn parse(args: &ParseArgs) -> Result<ExitCode, Failure> {
    let config = outlets_at_hand(&args.config)?;
    let material = input::read(&args.input, &config.fetch)?;
    let base = args.base_url.as_ref().or(material.url.as_ref());
    let outlet = base.and_then(|url| config::outlet_for(config.outlets.values(), url));
    let hints = Hints {
        content_type: args
            .content_type
            .as_deref()
            .or(material.content_type.as_deref()),
        base,
        zone: outlet.and_then(|it| it.timezone.as_ref()),
    };
    let parsed = feed::parse(&material.bytes, &hints)
        .with_context(|| format!("cannot read the feed {}", args.input))?;
    for warning in &parsed.warnings {
        eprintln!("warning: {warning}");
    }
    let json = serde_json::to_string_pretty(&wire::to_json(&parsed))
        .context("cannot write the feed as JSON")?;
    print_bytes(format!("{json}\n").as_bytes())
}

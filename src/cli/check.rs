//! `wireroom check`: every mistake of the configuration and the outlet files in one go; `--online` also
//! asks every source once and says what the daemon would take of it.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cli::feed::Format;
use crate::cli::table::harmless;
use crate::cli::{ConfigArg, Failure, input, load_config, print_bytes};
use crate::config::Config;
use crate::config::outlet::{Outlet, Source};
use crate::extract;
use crate::model::id::OutletName;
use crate::work::survey::{Miss, Sample, Survey, Surveyor};

const IN_MEMORY: &str = "writing to a string does not fail";

/// Sources asked at a time; the hosts' limits hold besides.
const AT_A_TIME: usize = 16;
/// A source whose newest entry is older is warned of.
const OLD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Warnings of one source that are shown to people.
const WARNINGS_MAX: usize = 5;

/// Options of `check`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Also fetch each source and one of its articles, and say what would be taken; the store is not
    /// touched
    #[arg(long)]
    online: bool,
    /// Only this outlet (may be given several times)
    #[arg(long = "outlet", value_name = "NAME", requires = "online")]
    outlets: Vec<String>,
    /// The form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    config: ConfigArg,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let config = load_config(&args.config)?;
    if args.online {
        return online(args, &config);
    }
    let sources: usize = config.outlets.values().map(|it| it.sources.len()).sum();
    let from = config.file.as_ref().map_or_else(
        || "built-in defaults (no configuration file was found)".to_owned(),
        |file| file.display().to_string(),
    );
    let (outlets, endpoints) = (config.outlets.len(), config.endpoints.len());
    let summary = match args.format {
        Format::Text => {
            format!("{from}: well: {outlets} outlets, {sources} sources, {endpoints} endpoints\n")
        }
        Format::Json => {
            let file = config.file.as_ref().map(|file| file.display().to_string());
            let counts = json!({
                "config": file, "outlets": outlets, "sources": sources, "endpoints": endpoints,
            });
            format!("{counts}\n")
        }
    };
    print_bytes(summary.as_bytes())
}

/// One source with what was found there.
struct Looked<'a> {
    outlet: &'a Outlet,
    source: &'a Source,
    survey: Survey,
    sample: Option<Sample>,
    misses: Vec<Miss>,
}

fn online(args: &Args, config: &Config) -> Result<ExitCode, Failure> {
    let asked = chosen(args, config)?;
    let surveyor = input::surveyor(&config.fetch, &[])?;
    let looked = super::runtime()?.block_on(look(&surveyor, &asked));
    let now = surveyor.clock().now();
    let outlets: Vec<&Outlet> = config
        .outlets
        .values()
        .filter(|outlet| looked.iter().any(|it| it.outlet.name == outlet.name))
        .collect();
    let of = |outlet: &Outlet| {
        looked
            .iter()
            .filter(|it| it.outlet.name == outlet.name)
            .collect::<Vec<_>>()
    };
    let failed: Vec<&Outlet> = outlets
        .iter()
        .copied()
        .filter(|outlet| of(outlet).iter().all(|it| it.sample.is_none()))
        .collect();
    let text = match args.format {
        Format::Text => outlets
            .iter()
            .map(|outlet| shown(outlet, &of(outlet), now))
            .collect(),
        Format::Json => {
            let objects = outlets.iter().map(|outlet| {
                let sources: Vec<Value> = of(outlet).iter().map(|it| object(it, now)).collect();
                let yields = !failed.iter().any(|other| other.name == outlet.name);
                json!({"outlet": outlet.name.as_str(), "yields": yields, "sources": sources})
            });
            let objects: Vec<Value> = objects.collect();
            let json = serde_json::to_string_pretty(&objects).context("cannot write JSON")?;
            format!("{json}\n")
        }
    };
    print_bytes(text.as_bytes())?;
    eprintln!(
        "{} of {} outlets yield articles ({} sources asked)",
        outlets.len() - failed.len(),
        outlets.len(),
        looked.len()
    );
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = failed.iter().map(|outlet| outlet.name.as_str()).collect();
    eprintln!("no article could be had from: {}", names.join(", "));
    Ok(ExitCode::FAILURE)
}

fn chosen<'a>(args: &Args, config: &'a Config) -> Result<Vec<(&'a Outlet, &'a Source)>, Failure> {
    for name in &args.outlets {
        if !config.outlets.keys().any(|known| known.as_str() == name) {
            let known: Vec<&str> = config.outlets.keys().map(OutletName::as_str).collect();
            let known = known.join(", ");
            return Err(Failure::Usage(format!(
                "error: --outlet: there is no outlet `{name}`; configured are {known}"
            )));
        }
    }
    let is_chosen = |outlet: &&Outlet| {
        args.outlets.is_empty() || args.outlets.iter().any(|name| name == outlet.name.as_str())
    };
    let outlets = config.outlets.values().filter(is_chosen);
    let pairs =
        outlets.flat_map(|outlet| outlet.sources.iter().map(move |source| (outlet, source)));
    Ok(pairs.collect())
}

/// Asks the sources, many at a time, and comes back with them in their order.
async fn look<'a>(surveyor: &Surveyor, asked: &[(&'a Outlet, &'a Source)]) -> Vec<Looked<'a>> {
    let total = asked.len();
    let progress = std::io::stderr().is_terminal();
    let mut looked = Vec::with_capacity(total);
    let mut under_way = futures_util::stream::iter(asked.iter().enumerate())
        .map(|(index, &(outlet, source))| async move {
            let survey = surveyor.source(outlet, source).await;
            let (sample, misses) = surveyor.sample(outlet, &survey).await;
            let found = Looked {
                outlet,
                source,
                survey,
                sample,
                misses,
            };
            (index, found)
        })
        .buffer_unordered(AT_A_TIME);
    while let Some((index, found)) = under_way.next().await {
        if progress {
            eprint!(
                "\r\u{1b}[K[{}/{total}] {}",
                looked.len() + 1,
                found.outlet.name
            );
        }
        looked.push((index, found));
    }
    if progress {
        eprint!("\r\u{1b}[K");
    }
    looked.sort_by_key(|(index, _)| *index);
    looked.into_iter().map(|(_, found)| found).collect()
}

impl Looked<'_> {
    fn warnings(&self, now: Timestamp) -> Vec<String> {
        let mut warnings = self.survey.parsed.warnings.clone();
        if let Some(redirected) = &self.survey.redirected {
            warnings.push(format!("it answers from {redirected}"));
        }
        let newest = self.survey.newest().map(|time| time.instant());
        if newest.is_some_and(|newest| now.duration_since(newest) > OLD) {
            warnings.push("its newest entry is more than two weeks old".to_owned());
        }
        for Miss { url, reason } in &self.misses {
            warnings.push(format!("no article at {url}: {reason}"));
        }
        if let Some(sample) = &self.sample {
            if sample.page.is_none() {
                warnings.push("the sample is what the source itself gave".to_owned());
            } else if sample.extraction.content.partial {
                warnings.push("the sample's text is cut, or suspected to be".to_owned());
            }
        }
        warnings
    }
}

fn shown(outlet: &Outlet, looked: &[&Looked<'_>], now: Timestamp) -> String {
    let mut text = format!("{}\n", outlet.name);
    for it in looked {
        write!(text, "  {} {}: ", it.source.kind.as_str(), it.source.url).expect(IN_MEMORY);
        match (&it.survey.fault, it.survey.status) {
            (Some(fault), _) => text.push_str(&harmless(fault)),
            (None, status) => {
                let entries = it.survey.parsed.entries.len();
                write!(text, "{}, {entries} entries", status.unwrap_or_default()).expect(IN_MEMORY);
                if it.survey.listed > entries {
                    write!(text, " of {} addresses", it.survey.listed).expect(IN_MEMORY);
                }
                if let Some(newest) = it.survey.newest() {
                    write!(text, ", the newest of {newest}").expect(IN_MEMORY);
                }
            }
        }
        text.push('\n');
        if let Some(sample) = &it.sample {
            let content = &sample.extraction.content;
            let title = content.title.as_deref().unwrap_or("without a title");
            writeln!(
                text,
                "    sample: \"{}\", {} words ({}), {}",
                harmless(title),
                extract::summary::words(content),
                content.way.as_str(),
                sample.url
            )
            .expect(IN_MEMORY);
        }
        let warnings = it.warnings(now);
        for warning in warnings.iter().take(WARNINGS_MAX) {
            writeln!(text, "    warning: {}", harmless(warning)).expect(IN_MEMORY);
        }
        if warnings.len() > WARNINGS_MAX {
            writeln!(
                text,
                "    and {} more warnings",
                warnings.len() - WARNINGS_MAX
            )
            .expect(IN_MEMORY);
        }
    }
    text
}

fn object(looked: &Looked<'_>, now: Timestamp) -> Value {
    let survey = &looked.survey;
    let sample = looked.sample.as_ref().map(|sample| {
        let content = &sample.extraction.content;
        json!({
            "url": sample.url,
            "title": content.title,
            "published": content.published.map(|time| time.to_string()),
            "words": extract::summary::words(content),
            "way": content.way.as_str(),
            "partial": content.partial,
            "confidence": sample.extraction.confidence,
        })
    });
    json!({
        "id": looked.source.id.as_str(),
        "kind": looked.source.kind.as_str(),
        "url": looked.source.url,
        "status": survey.status,
        "error": survey.fault,
        "entries": survey.parsed.entries.len(),
        "listed": survey.listed,
        "newest": survey.newest().map(|time| time.to_string()),
        "sample": sample,
        "warnings": looked.warnings(now),
    })
}

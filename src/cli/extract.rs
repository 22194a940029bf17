//! `wireroom extract`: articles out of saved pages or live addresses.

use std::io::Write as _;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;
use url::Url;

use crate::cli::complete;
use crate::cli::input::{self, Material};
use crate::cli::{ConfigArg, Failure, outlets_at_hand};
use crate::config::noise::Noise;
use crate::config::outlet::Outlet;
use crate::config::{self, Config};
use crate::extract::{self, Extraction, Input, format};
use crate::model::id::OutletName;
use crate::notify::wire;

/// Options of `extract`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The form of the output
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// The address that the input was saved from
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// The outlet whose rules serve [default: by the address]
    #[arg(long, value_name = "NAME", add = complete::outlets())]
    outlet: Option<String>,
    /// The Content-Type that the input was served with
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// Say on standard error how the text was found and what was cut
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    config: ConfigArg,
    /// Files, addresses, or - for standard input
    #[arg(required = true, value_name = "FILE|URL|-")]
    inputs: Vec<String>,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One object a line, one line an input
    Json,
    /// Paragraphs
    Text,
    /// Headings, lists, quotes, links
    Markdown,
    /// Clean HTML
    Html,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let config = outlets_at_hand(&args.config)?;
    if let Some(name) = &args.outlet
        && named(&config, name).is_none()
    {
        let known: Vec<&str> = config.outlets.keys().map(OutletName::as_str).collect();
        return Err(Failure::Usage(format!(
            "error: --outlet: there is no outlet `{name}`; known are {}",
            known.join(", ")
        )));
    }
    let mut failed = false;
    let mut out = std::io::stdout().lock();
    for input in &args.inputs {
        let line = match one(args, &config, input) {
            Ok(found) => shown(args.format, &found),
            Err(error) => {
                failed = true;
                failure(args.format, input, &error)
            }
        };
        out.write_all(line.as_bytes())
            .map_err(anyhow::Error::from)?;
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// An extraction with what is known of where it came from.
struct FoundArticle {
    extraction: Extraction,
    outlet: Option<Outlet>,
    url: Option<Url>,
}

fn one(args: &Args, config: &Config, input: &str) -> anyhow::Result<FoundArticle> {
    let material = input::read(input, &config.fetch)?;
    let url = args.url.clone().or_else(|| material.url.clone());
    let mut outlet = match (&args.outlet, &url) {
        (Some(name), _) => named(config, name),
        (None, Some(url)) => config::outlet_for(config.outlets.values(), url),
        (None, None) => None,
    };
    let noise = &config.extract.noise;
    let mut extraction = read(args, &material, url.as_ref(), outlet, noise)?;
    // A saved page says itself where it comes from: its outlet's rules then serve it better.
    if outlet.is_none()
        && let Some(canonical) = &extraction.canonical
        && let Some(found) = config::outlet_for(config.outlets.values(), canonical)
    {
        outlet = Some(found);
        extraction = read(
            args,
            &material,
            url.as_ref().or(Some(&canonical.clone())),
            outlet,
            noise,
        )?;
    }
    if args.explain {
        for note in &extraction.notes {
            eprintln!("{input}: {}: {}", note.rule, note.about);
        }
    }
    Ok(FoundArticle {
        url: extraction.canonical.clone().or(url),
        extraction,
        outlet: outlet.cloned(),
    })
}

fn read(
    args: &Args,
    material: &Material,
    url: Option<&Url>,
    outlet: Option<&Outlet>,
    noise: &Noise,
) -> anyhow::Result<Extraction> {
    let content_type = args
        .content_type
        .as_deref()
        .or(material.content_type.as_deref());
    let input = Input {
        content_type,
        url,
        outlet,
        ..Input::of(&material.bytes)
    };
    Ok(extract::extract_with(&input, noise)?)
}

fn named<'a>(config: &'a Config, name: &str) -> Option<&'a Outlet> {
    config.outlets.values().find(|it| it.name.as_str() == name)
}

fn shown(form: Format, found: &FoundArticle) -> String {
    let content = &found.extraction.content;
    match form {
        Format::Json => {
            let outlet = found.outlet.as_ref().map(|it| &it.name);
            let article = wire::extracted(content, outlet, found.url.as_ref());
            let mut line = json!(article);
            // Two digits are all that it knows.
            let confidence = f64::from(found.extraction.confidence);
            line["confidence"] = json!((confidence * 100.0).round() / 100.0);
            format!("{line}\n")
        }
        Format::Text => format!("{}\n", format::text(content)),
        Format::Markdown => format!("{}\n", format::markdown(content)),
        Format::Html => format!("{}\n", format::html(content)),
    }
}

fn failure(form: Format, input: &str, error: &anyhow::Error) -> String {
    let error = format!("{error:#}");
    match form {
        Format::Json => format!("{}\n", json!({"input": input, "error": error})),
        Format::Text | Format::Markdown | Format::Html => {
            eprintln!("error: {input}: {error}");
            String::new()
        }
    }
}

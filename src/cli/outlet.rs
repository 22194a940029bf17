//! `wireroom outlet add`: a ready outlet file for a site, with what is unsure of it said beside.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use url::Url;

use crate::cli::outlet_text::{self as toml_text, Form};
use crate::cli::table::harmless;
use crate::cli::{ConfigArg, Failure, input, outlets_at_hand, print_bytes};
use crate::config::{self, Config};
use crate::extract;
use crate::extract::derive::Finding;
use crate::extract::zone::ZoneGuess;
use crate::model::source::SourceKind;
use crate::model::stated::StatedTime;
use crate::work::find::{Offer, Origin};
use crate::work::inspect::{self, Inspection};
use crate::work::survey::dated;

const IN_MEMORY: &str = "writing to a string does not fail";

/// Sources that are written into the file; the best is watched, the others are there to choose from.
const SOURCES_MAX: usize = 12;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Inspect a site and print a ready outlet file
    Add(AddArgs),
    /// Print the table of the outlets that come with the program, as Markdown
    #[command(hide = true)]
    Table,
}

/// Options of `outlet add`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct AddArgs {
    /// Write it to this file, which must not be there yet, instead of printing it
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// The outlet's name [default: made of the address]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    config: ConfigArg,
    /// The site, one of its section pages, or a feed
    #[arg(value_name = "URL")]
    url: String,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Add(args) => add(args),
        Command::Table => print_bytes(config::outlet_table().as_bytes()),
    }
}

fn add(args: &AddArgs) -> Result<ExitCode, Failure> {
    let url = input::typed_address(&args.url)
        .map_err(|error| Failure::Usage(format!("error: {error}")))?;
    if let Some(path) = args.write.as_ref().filter(|path| path.exists()) {
        let problem = "is there already; move it away or choose another name";
        return Err(Failure::Usage(format!(
            "error: --write: {} {problem}",
            path.display()
        )));
    }
    if let Some(name) = &args.name
        && toml_text::slug(name) != *name
    {
        return Err(Failure::Usage(format!(
            "error: --name: `{name}` is not an outlet's name; allowed: lower-case letters, digits and hyphens, like `{}`",
            toml_text::slug(name)
        )));
    }
    let config = outlets_at_hand(&args.config)?;
    let surveyor = input::surveyor(&config.fetch, std::slice::from_ref(&url))?;
    let say = |what: &str| {
        if std::io::stderr().is_terminal() {
            eprintln!("{what} …");
        }
    };
    let found = super::runtime()?.block_on(inspect::inspect(&surveyor, &url, &say));
    let inspection = found.map_err(anyhow::Error::msg)?;
    let name = name(args, &config, &inspection.homepage);
    report(&inspection);
    if let Err(mistakes) = toml_text::check(&text(&inspection, &name, Form::Table), &config) {
        eprintln!("`wireroom check` will not take it as it is:\n{mistakes}");
    }
    let text = text(&inspection, &name, Form::File);
    let Some(path) = &args.write else {
        return print_bytes(text.as_bytes());
    };
    toml_text::save(path, &text)?;
    eprintln!(
        "wrote {}; name it in daemon.outlets and run `wireroom check --online`",
        path.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn name(args: &AddArgs, config: &Config, homepage: &Url) -> String {
    if let Some(name) = &args.name {
        return name.clone();
    }
    let name = toml_text::name_of(homepage);
    let free = toml_text::free_name(&name, |name| {
        config.outlets.keys().any(|known| known.as_str() == name)
    });
    if free != name {
        eprintln!("note: there is an outlet `{name}` already; this one is called `{free}`");
    }
    free
}

/// What was found and what is unsure, for the person who asked.
fn report(inspection: &Inspection) {
    for offer in inspection.finding.offers.iter().take(SOURCES_MAX) {
        let (kind, found) = (offer.kind.as_str(), offer.found.as_str());
        eprintln!(
            "{kind} {}: {} entries, {found}",
            offer.url,
            offer.survey.parsed.entries.len()
        );
    }
    for sample in &inspection.samples {
        let content = &sample.extraction.content;
        let title = harmless(content.title.as_deref().unwrap_or("no title"));
        let words = extract::summary::words(content);
        let confidence = sample.extraction.confidence;
        eprintln!(
            "article \"{title}\": {words} words, confidence {confidence:.2}, {}",
            sample.url
        );
    }
    for miss in &inspection.misses {
        eprintln!("no article at {}: {}", miss.url, harmless(&miss.reason));
    }
    for doubt in doubts(inspection) {
        eprintln!("unsure: {}", harmless(&doubt));
    }
}

fn doubts(inspection: &Inspection) -> Vec<String> {
    let mut doubts = Vec::new();
    match &inspection.language {
        None => doubts.push("its language: nothing states it; set `language`".to_owned()),
        Some(it) if !it.stated => doubts.push(format!(
            "its language: `{}` was guessed from the text",
            it.tag
        )),
        Some(it) => {
            if let Some(looks) = it.looks {
                doubts.push(format!(
                    "its language: it says `{}`, and the text looks like `{looks}`",
                    it.tag
                ));
            }
        }
    }
    doubts.push(zone_doubt(&inspection.zone));
    let derived = &inspection.derived;
    for (what, finding) in fields(inspection) {
        match finding {
            Finding::Perhaps(rule) => doubts.push(format!(
                "its {what}: `{rule}` reads something; see whether it is right"
            )),
            Finding::Missing => doubts.push(format!(
                "its {what}: neither the general extractor nor a rule finds it"
            )),
            Finding::Well | Finding::Rule(_) => {}
        }
    }
    if derived.readable < 3 {
        doubts.push(format!(
            "its rules: only {} of its articles could be read",
            derived.readable
        ));
    }
    if inspection
        .finding
        .offers
        .first()
        .is_some_and(|offer| offer.kind != SourceKind::Feed)
    {
        doubts.push("its source: there is no feed, so links are watched".to_owned());
    }
    doubts
}

fn zone_doubt(zone: &ZoneGuess) -> String {
    match zone {
        ZoneGuess::Likely { zone, offsets } => format!(
            "its time zone: {zone} has the offsets of its dates ({}), as other zones have",
            offsets.join(", ")
        ),
        ZoneGuess::Offsets(offsets) => format!(
            "its time zone: its dates say {}; which zone that is nothing tells",
            offsets.join(", ")
        ),
        ZoneGuess::Country(zone) => {
            format!("its time zone: its dates name none or UTC; {zone} would be its country's")
        }
        ZoneGuess::Unknown => "its time zone: its dates name none or UTC".to_owned(),
    }
}

fn fields(inspection: &Inspection) -> [(&'static str, &Finding); 4] {
    let derived = &inspection.derived;
    [
        ("body", &derived.body),
        ("title", &derived.title),
        ("byline", &derived.byline),
        ("published", &derived.published),
    ]
}

/// The outlet file.
fn text(inspection: &Inspection, name: &str, form: Form) -> String {
    let mut text = String::from(form.outlet());
    let title = inspection.title.as_deref().unwrap_or(name);
    text += &toml_text::comment(&format!(
        "{title}, as `wireroom outlet add` found it. What is unsure is said."
    ));
    text += "\n";
    text += &toml_text::line("name", name);
    text += &toml_text::line("title", title);
    text += &toml_text::line("homepage", inspection.homepage.as_str());
    match &inspection.language {
        Some(language) => {
            if !language.stated {
                text += "# Guessed from the text.\n";
            }
            text += &toml_text::line("language", &language.tag);
        }
        None => text += "# Nothing states it.\n#language = \"en\"\n",
    }
    let zone_remark =
        toml_text::comment(&format!("{}.", capitalised(&zone_doubt(&inspection.zone))));
    match &inspection.zone {
        ZoneGuess::Likely { zone, .. } => {
            text += &zone_remark;
            text += &toml_text::line("timezone", zone);
        }
        ZoneGuess::Country(zone) => {
            text += &zone_remark;
            text += "#";
            text += &toml_text::line("timezone", zone);
        }
        ZoneGuess::Offsets(_) | ZoneGuess::Unknown => {
            text += &zone_remark;
            text += "#timezone = \"Europe/London\"\n";
        }
    }
    for (index, offer) in inspection
        .finding
        .offers
        .iter()
        .take(SOURCES_MAX)
        .enumerate()
    {
        text += &source(offer, index == 0, form);
    }
    text + &article(inspection, form)
}

/// The best source is watched; the others stand there to be chosen.
fn source(offer: &Offer, watched: bool, form: Form) -> String {
    let mut about = String::new();
    let entries = offer.survey.parsed.entries.len();
    let newest = offer
        .survey
        .parsed
        .entries
        .iter()
        .filter_map(dated)
        .max_by_key(StatedTime::instant);
    write!(
        about,
        "{}: {entries} entries",
        capitalised(offer.found.as_str())
    )
    .expect(IN_MEMORY);
    if let Some(newest) = newest {
        write!(about, ", the newest of {newest}").expect(IN_MEMORY);
    }
    if let Some(title) = &offer.title {
        write!(about, "; \"{title}\"").expect(IN_MEMORY);
    }
    let mut keys = String::from(form.source());
    keys += &toml_text::line("kind", offer.kind.as_str());
    keys += &toml_text::line("url", offer.url.as_str());
    if offer.kind == SourceKind::Page {
        keys += "# Without `links` or `match` the page's own structure tells which links are articles.\n";
    }
    if !watched {
        let hint = if offer.found == Origin::Comments {
            "Readers' comments, not news. "
        } else {
            ""
        };
        about = format!("{hint}Not watched; take the `#` away to watch it too. {about}");
        keys = format!("#{}\n", keys.trim_end().replace('\n', "\n#"));
    }
    format!("\n{}{keys}", toml_text::comment(&about))
}

fn article(inspection: &Inspection, form: Form) -> String {
    let derived = &inspection.derived;
    let mut rules = String::new();
    for (key, finding) in fields(inspection) {
        match finding {
            Finding::Well => {}
            Finding::Rule(rule) => rules += &toml_text::list(key, &[rule]),
            Finding::Perhaps(rule) => {
                rules += "# Unsure: it reads something; see whether it is right.\n#";
                rules += &toml_text::list(key, &[rule]);
            }
            Finding::Missing => {
                writeln!(rules, "# Not found on its pages: {key}.").expect(IN_MEMORY);
            }
        }
    }
    if !derived.drop_lines.is_empty() {
        rules += "# These stand in several of the articles, so they belong to none.\n";
        rules += &toml_text::list("drop_lines", &derived.drop_lines);
    }
    let read = format!("{} of its articles were read on the way.", derived.readable);
    let read = toml_text::comment(&read);
    if rules.is_empty() {
        return format!(
            "\n{read}# The general extractor needs no help with them: no [article] rules.\n"
        );
    }
    // A header without a key below it would only make people wonder.
    let is_said = rules.lines().any(|line| !line.starts_with('#'));
    let header = if is_said { form.article() } else { "" };
    format!("\n{read}{header}{rules}")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

//! `wireroom opml`: subscription lists into outlets, and out of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use url::Url;

use crate::cli::outlet_text::{self as toml_text, Form};
use crate::cli::{ConfigArg, Failure, input, load_config, outlets_at_hand, print_bytes};
use crate::config::Config;
use crate::config::outlet::Outlet;
use crate::extract::site;
use crate::feed::opml::{self, Subscription};
use crate::model::source::SourceKind;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Turn a subscription list into outlets
    Import(ImportArgs),
    /// Print the feeds of the configuration as a subscription list
    Export {
        #[command(flatten)]
        config: ConfigArg,
    },
}

/// Options of `opml import`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Write one outlet file each into this directory instead of printing [[outlet]] tables; files that
    /// are there are never overwritten
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// What becomes one outlet
    #[arg(long, value_enum, default_value = "host")]
    per: Per,
    #[command(flatten)]
    config: ConfigArg,
    /// A file, an address, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    input: String,
}

/// What becomes one outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Per {
    /// All feeds of one site
    Host,
    /// Each feed
    Outline,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Import(args) => import(args),
        Command::Export { config } => export(&load_config(config)?),
    }
}

fn export(config: &Config) -> Result<ExitCode, Failure> {
    let mut left_out = 0;
    let mut subscriptions = Vec::new();
    for outlet in config.outlets.values() {
        for source in &outlet.sources {
            if source.kind != SourceKind::Feed {
                left_out += 1;
                continue;
            }
            subscriptions.push(Subscription {
                title: Some(source.title.clone().unwrap_or_else(|| outlet.title.clone())),
                url: source.url.clone(),
                homepage: Some(
                    source
                        .homepage
                        .as_deref()
                        .unwrap_or(&outlet.homepage)
                        .clone(),
                ),
                folders: source.folders.clone(),
            });
        }
    }
    if left_out > 0 {
        eprintln!("note: {left_out} section pages and sitemaps are no feeds and are left out");
    }
    print_bytes(opml::write("Wireroom", &subscriptions).as_bytes())
}

fn import(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let config = outlets_at_hand(&args.config)?;
    let material = input::read(&args.input, &config.fetch)?;
    let subscriptions = opml::parse(&material.bytes)
        .with_context(|| format!("cannot read the subscription list {}", args.input))?;
    let named = addresses_in(&material.bytes);
    if named > subscriptions.len() {
        eprintln!(
            "warning: {} outlines are left out: they repeat a feed, or their address is no web address",
            named - subscriptions.len()
        );
    }
    let drafts = drafts(subscriptions, args.per);
    let tables: Vec<String> = drafts.iter().map(|draft| draft.text(Form::Table)).collect();
    let whole = tables.join("\n");
    if let Err(mistakes) = toml_text::check(&whole, &config) {
        eprintln!("`wireroom check` will not take all of it as it is:\n{mistakes}");
    }
    warn_of_known(&drafts, config.outlets.values());
    let feeds: usize = drafts.iter().map(|draft| draft.subscriptions.len()).sum();
    let Some(folder) = &args.write else {
        print_bytes(whole.as_bytes())?;
        eprintln!("{} outlets with {feeds} feeds", drafts.len());
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut failed = 0;
    for draft in &drafts {
        let path = folder.join(format!("{}.toml", draft.name));
        if let Err(error) = toml_text::save(&path, &draft.text(Form::File)) {
            eprintln!("error: {error:#}");
            failed += 1;
        }
    }
    let written = drafts.len() - failed;
    eprintln!(
        "wrote {written} outlet files to {}; name them in daemon.outlets",
        folder.display()
    );
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How many outlines name a feed, well or badly.
fn addresses_in(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    text.matches("xmlurl=").count()
}

/// Feeds that are watched already would be watched twice.
fn warn_of_known<'a>(drafts: &[Draft], outlets: impl Iterator<Item = &'a Outlet>) {
    let known: BTreeSet<&Url> = outlets
        .flat_map(|outlet| &outlet.sources)
        .map(|source| &source.url)
        .collect();
    let urls = drafts
        .iter()
        .flat_map(|draft| &draft.subscriptions)
        .map(|it| &it.url);
    let again = urls.filter(|url| known.contains(url)).count();
    if again > 0 {
        eprintln!(
            "note: {again} of these feeds belong to outlets that are configured or built in already"
        );
    }
}

/// An outlet to be.
struct Draft {
    name: String,
    title: String,
    subscriptions: Vec<Subscription>,
}

/// Puts subscriptions together into outlets, in their order.
fn drafts(subscriptions: Vec<Subscription>, per: Per) -> Vec<Draft> {
    let mut groups: Vec<(Option<String>, Vec<Subscription>)> = Vec::new();
    for subscription in subscriptions {
        let key = (per == Per::Host).then(|| site_of(&subscription));
        let group = groups
            .iter_mut()
            .find(|(other, _)| key.is_some() && *other == key);
        match group {
            Some((_, members)) => members.push(subscription),
            None => groups.push((key, vec![subscription])),
        }
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut drafts = Vec::new();
    for (site, subscriptions) in groups {
        let first = &subscriptions[0];
        let home = first.homepage.as_ref().unwrap_or(&first.url);
        let wanted = match (&site, &first.title) {
            (None, Some(title)) if toml_text::slug(title) != "outlet" => toml_text::slug(title),
            _ => toml_text::name_of(home),
        };
        // A list of ten thousand feeds of one name counts on and does not begin again.
        let number = numbers.entry(wanted.clone()).or_insert(1);
        let mut name = wanted.clone();
        while names.contains(&name) {
            *number += 1;
            name = format!("{wanted}-{number}");
        }
        names.insert(name.clone());
        drafts.push(Draft {
            title: title_of(&subscriptions, site.as_deref().unwrap_or(&name)),
            name,
            subscriptions,
        });
    }
    drafts
}

/// The host that tells sites apart: of the home page, else of the feed.
fn site_of(subscription: &Subscription) -> String {
    let url = subscription.homepage.as_ref().unwrap_or(&subscription.url);
    let host = url.host_str().unwrap_or_default();
    let bare = ["www.", "feeds.", "feed.", "rss."]
        .iter()
        .find_map(|start| host.strip_prefix(start));
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    format!("{}{port}", bare.unwrap_or(host))
}

/// The one feed's title, or what all titles begin with, or the site.
fn title_of(subscriptions: &[Subscription], site: &str) -> String {
    let titles: Vec<&str> = subscriptions
        .iter()
        .filter_map(|it| it.title.as_deref())
        .collect();
    match (subscriptions, titles.as_slice()) {
        ([_], [title]) => (*title).to_owned(),
        (_, [first, rest @ ..]) => {
            let name = site::name_in_title(first);
            let shared = titles.len() == subscriptions.len()
                && rest.iter().all(|title| site::name_in_title(title) == name);
            if shared {
                name.to_owned()
            } else {
                site.to_owned()
            }
        }
        (_, []) => site.to_owned(),
    }
}

impl Draft {
    fn text(&self, form: Form) -> String {
        let mut text = String::from(form.outlet());
        text += &toml_text::line("name", &self.name);
        text += &toml_text::line("title", &self.title);
        let homepage = self
            .subscriptions
            .iter()
            .find_map(|it| it.homepage.as_ref());
        if let Some(homepage) = homepage {
            text += &toml_text::line("homepage", homepage.as_str());
        }
        for subscription in &self.subscriptions {
            text += "\n";
            text += form.source();
            text += &toml_text::line("kind", "feed");
            text += &toml_text::line("url", subscription.url.as_str());
            if let Some(title) = subscription
                .title
                .as_ref()
                .filter(|title| **title != self.title)
            {
                text += &toml_text::line("title", title);
            }
            if let Some(own) = subscription
                .homepage
                .as_ref()
                .filter(|own| Some(*own) != homepage)
            {
                text += &toml_text::line("homepage", own.as_str());
            }
            if !subscription.folders.is_empty() {
                text += &toml_text::list("folders", &subscription.folders);
            }
        }
        text
    }
}

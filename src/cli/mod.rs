//! Words for people: the command line.
//!
//! One small file a command. Results go to standard output, everything else to standard error.
//! Exit status: 0 done, 1 it failed, 2 wrong usage or configuration.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{self, Config, Loaded, Mistakes};
use crate::observe;
use crate::observe::log::LineForm;

pub mod articles;
mod check;
mod complete;
mod configuration;
pub mod deliveries;
pub mod demo;
pub mod endpoints;
mod export;
mod extract;
mod feed;
pub mod healthcheck;
mod input;
mod opml;
mod out;
mod outlet;
mod outlet_text;
mod pages;
mod progress;
mod reextract;
pub mod remote;
mod run;
mod search;
pub mod sources;
mod sse;
mod store;
pub mod table;
pub mod tail;
mod traces;

/// Polls news outlets, extracts clean articles, stores each once, and tells webhooks.
#[derive(Debug, Parser)]
#[command(name = "wireroom", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon
    Run(run::Args),
    /// Show all of it at work, with no network and no accounts
    Demo {
        /// Where the overview page listens [default: 7878, or a free port when that is taken]
        #[arg(long, value_name = "N")]
        port: Option<u16>,
    },
    /// Check the configuration and every outlet file
    Check(check::Args),
    /// Extract articles from saved pages or live addresses
    Extract(extract::Args),
    /// Read feeds
    #[command(subcommand)]
    Feed(feed::Command),
    /// Add outlets
    #[command(subcommand)]
    Outlet(outlet::Command),
    /// Exchange subscription lists
    #[command(subcommand)]
    Opml(opml::Command),
    /// Sources of the running daemon
    Sources(sources::SourcesArgs),
    /// Articles of the running daemon
    Articles(articles::ArticlesArgs),
    /// Deliveries of the running daemon
    Deliveries(deliveries::DeliveriesArgs),
    /// Endpoints of the running daemon
    Endpoints(endpoints::EndpointsArgs),
    /// Show what happens at the running daemon, as it happens
    Tail(tail::TailArgs),
    /// Work on the store itself, with the daemon stopped
    #[command(subcommand)]
    Store(store::Command),
    /// Show the configuration
    #[command(subcommand)]
    Config(configuration::Command),
    /// Ask the running daemon whether it is well (for containers)
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Print a shell's completions; they complete the names of outlets, sources and endpoints, too
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Where the configuration is.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArg {
    /// Configuration file [default: `$WIREROOM_CONFIG`, ./wireroom.toml, ./config/wireroom.toml,
    /// /etc/wireroom/wireroom.toml, the first that is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How a command failed.
#[derive(Debug)]
enum Failure {
    /// The usage or configuration is wrong: exit status 2.
    Usage(String),
    /// It failed: exit status 1.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Usage(mistakes.to_string())
    }
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    complete::answer_if_asked();
    let cli = Cli::parse();
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(Failure::Usage(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
        Err(Failure::Failed(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  caused by: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Demo { port } => demonstrate(port),
        Command::Check(args) => check::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Feed(command) => feed::run(&command),
        Command::Outlet(command) => outlet::run(&command),
        Command::Opml(command) => opml::run(&command),
        Command::Sources(args) => block_on(sources::run(args)),
        Command::Articles(args) => block_on(articles::run(args)),
        Command::Deliveries(args) => block_on(deliveries::run(args)),
        Command::Endpoints(args) => block_on(endpoints::run(args)),
        Command::Tail(args) => block_on(tail::run(args)),
        Command::Store(command) => store::run(&command),
        Command::Config(command) => configuration::run(&command),
        Command::Healthcheck(args) => block_on(healthcheck::run(args)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            complete::write_script(shell, &mut script).map_err(anyhow::Error::from)?;
            print_bytes(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            render_manual(&mut page).map_err(anyhow::Error::from)?;
            print_bytes(&page)
        }
    }
}

fn demonstrate(port: Option<u16>) -> Result<ExitCode, Failure> {
    observe::log::start(LineForm::Text, "warn").context("cannot start the log")?;
    block_on(async {
        let stop = CancellationToken::new();
        let ask = stop.clone();
        let work = demo::run(port, Clock::System, stop);
        tokio::pin!(work);
        tokio::select! {
            outcome = &mut work => return outcome,
            asked = tokio::signal::ctrl_c() => asked.context("cannot listen for Ctrl-C")?,
        }
        ask.cancel();
        work.await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The manual page: the command, then each subcommand as a section of its own.
fn render_manual(page: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(page)?;
    for subcommand in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        let man = clap_mangen::Man::new(subcommand.clone());
        writeln!(page, ".SH COMMAND {}", subcommand.get_name().to_uppercase())?;
        man.render_description_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}

/// A runtime for a command, and the command run on it.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> Result<T, Failure> {
    runtime()?.block_on(work).map_err(Failure::Failed)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

/// The environment, read in this one place and passed on.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Finds, reads and checks the configuration; warnings go to standard error.
fn load_config(arg: &ConfigArg) -> Result<Config, Failure> {
    let environment = environment();
    let file = config::find(arg.config.as_deref(), &environment)?;
    let Loaded { config, warnings } = config::load(file.as_deref(), &environment)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    Ok(config)
}

/// For commands that need no configuration: the one that is found, else the defaults, with the
/// built-in outlets beside those that it names.
fn outlets_at_hand(arg: &ConfigArg) -> Result<Config, Failure> {
    let environment = environment();
    let file = config::find(arg.config.as_deref(), &environment)?;
    let Loaded { mut config, .. } = config::load(file.as_deref(), &environment)?;
    for outlet in config::built_in_outlets() {
        let noise = &config.extract.noise;
        let entry = config.outlets.entry(outlet.name.clone());
        entry.or_insert_with(|| {
            let mut outlet = outlet.clone();
            outlet.article.noise = noise.clone();
            outlet
        });
    }
    Ok(config)
}

fn print_bytes(bytes: &[u8]) -> Result<ExitCode, Failure> {
    std::io::stdout()
        .lock()
        .write_all(bytes)
        .map_err(anyhow::Error::from)?;
    Ok(ExitCode::SUCCESS)
}

/// Whoever reads our output may have seen enough: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

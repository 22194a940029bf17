//! `wireroom store`: work on the store itself, with the daemon stopped.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::app::open_store;
use crate::cli::{ConfigArg, Failure, block_on, load_config, print_bytes};
use crate::model::delivery::DeliveryState;
use crate::store::{CheckReport, StoreStats};

/// What to do with it.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Count what is in it
    Stats {
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Read all of it and say what is damaged; exit status 1 when something is
    Check {
        #[command(flatten)]
        config: ConfigArg,
    },
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Stats { config } => {
            let config = load_config(config)?;
            let stats = block_on(async {
                let store = open_store(&config).await?;
                let stats = store.stats().await?;
                store.close().await?;
                Ok(stats)
            })?;
            print_bytes(stats_text(&stats).as_bytes())
        }
        Command::Check { config } => {
            let config = load_config(config)?;
            let report = block_on(async {
                let store = open_store(&config).await?;
                let report = store.check().await.context("cannot read the whole store")?;
                store.close().await?;
                Ok(report)
            })?;
            print_bytes(check_text(&report).as_bytes())?;
            Ok(if report.faults.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn stats_text(stats: &StoreStats) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        writeln!(text, "{name:<22}{value}").expect("a string takes all that is written");
    };
    line("engine", stats.engine.to_owned());
    line("schema", stats.schema.to_string());
    line("store id", stats.id.clone());
    line("articles", stats.articles.to_string());
    line("revisions", stats.revisions.to_string());
    line("pages known", stats.pages.to_string());
    line("pages to visit", stats.visits_due.to_string());
    line("sources", stats.sources.to_string());
    line("events", stats.events.to_string());
    for (state, count) in DeliveryState::ALL.into_iter().zip(stats.deliveries) {
        line(&format!("deliveries {}", state.as_str()), count.to_string());
    }
    line("bytes on disk", stats.bytes.to_string());
    line("commits", stats.commits.to_string());
    text
}

fn check_text(report: &CheckReport) -> String {
    let mut text = format!(
        "{} records and {} articles read, forward and backward\n",
        report.records, report.articles
    );
    if report.faults.is_empty() {
        text.push_str("all is well\n");
    } else {
        writeln!(text, "{} faults:", report.faults.len())
            .expect("a string takes all that is written");
        for fault in &report.faults {
            writeln!(text, "  {fault}").expect("a string takes all that is written");
        }
    }
    text
}

//! `wireroom store`: work on the store itself, with the daemon stopped.
//!
//! Only a backup can also be had from a running daemon: it is the one that has the store open.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::progress::Ticking;
use crate::cli::{ConfigArg, Failure, block_on, load_config, print_bytes};
use crate::clock::Clock;
use crate::config::StoreLocation;
use crate::model::delivery::DeliveryState;
use crate::observe;
use crate::observe::log::LineForm;
use crate::search::{Index, Standing, search_path};
use crate::store::location::{open_standing, open_store, sled_options};
use crate::store::sled::{Compact, SledOptions};
use crate::store::{CheckReport, RepairReport, StoreStats};

mod backup;

/// What to do with it.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Count what is in it
    Stats {
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Read all of it and say what is damaged; exit status 1 when something is, or when a
    /// damaged store stands aside
    Check {
        /// Rebuild what follows from sound records, and set aside, in a file beside the store, what
        /// cannot be kept
        #[arg(long)]
        repair: bool,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Write all that it holds to one file, checksummed and compressed
    Backup(backup::BackupArgs),
    /// Read a backup from one end to the other and say whether it is whole
    Verify {
        /// The backup, or - for standard input
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Make a store of a backup, where there is none yet
    Restore {
        /// Set aside the store that stands there; it is not deleted
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        config: ConfigArg,
        /// The backup, or - for standard input
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Copy everything from one store to another
    Copy {
        /// Set aside the store that stands at TO; it is not deleted
        #[arg(long)]
        force: bool,
        /// The store's address, such as sled:data/store
        #[arg(value_name = "FROM")]
        from: String,
        /// The new store's address
        #[arg(value_name = "TO")]
        to: String,
    },
    /// Write it anew in as little space as it needs
    Compact {
        #[command(flatten)]
        config: ConfigArg,
    },
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    observe::log::start(LineForm::Text, "warn").context("cannot start the log")?;
    match command {
        Command::Stats { config } => {
            let config = load_config(config)?;
            let stats = block_on(async {
                let store = open_store(&config).await?;
                let stats = store.stats().await?;
                store.close().await?;
                Ok(stats)
            })?;
            let search =
                (config.search.enabled).then(|| Index::survey(&search_path(&config), &stats.id));
            print_bytes(stats_text(&stats, search.as_ref()).as_bytes())
        }
        Command::Check { config, repair } if *repair => mend(config),
        Command::Check { config, .. } => check(config),
        Command::Backup(args) => backup::run(args),
        Command::Verify { file } => backup::verify(file),
        Command::Restore {
            force,
            config,
            file,
        } => backup::restore(config, file, *force),
        Command::Copy { force, from, to } => backup::copy(from, to, *force),
        Command::Compact { config } => compact(config),
    }
}

fn check(config: &ConfigArg) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let (report, aside) = block_on(async {
        let store = open_store(&config).await?;
        let report = store.check().await.context(
            "cannot read the whole store; `wireroom store check --repair` saves what can be read of it",
        )?;
        let aside = store.set_aside().await?;
        store.close().await?;
        Ok((report, aside))
    })?;
    let mut text = check_text(&report, &aside);
    if !report.faults.is_empty() {
        text.push_str("`wireroom store check --repair` puts in order what can be\n");
    }
    print_bytes(text.as_bytes())?;
    Ok(outcome(&report, &aside))
}

fn mend(config: &ConfigArg) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let options = SledOptions {
        mend: true,
        ..sled_options(&config)
    };
    let ticking = Ticking::start("repairing", || None);
    let (report, aside) = block_on(async {
        let store = open_standing(&config.store.location, options).await?;
        let report = store
            .repair(Clock::System.now())
            .await
            .context("cannot repair the store")?;
        let aside = store.set_aside().await?;
        store.close().await?;
        Ok((report, aside))
    })?;
    drop(ticking);
    print_bytes(repair_text(&report, &aside).as_bytes())?;
    Ok(outcome(&report.after, &aside))
}

fn compact(config: &ConfigArg) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let options = SledOptions {
        compact: Compact::Now,
        ..sled_options(&config)
    };
    let StoreLocation::Sled(path) = &config.store.location;
    let grows = path.with_added_extension("part").join("db");
    let ticking = Ticking::start("writing anew", move || {
        let written = std::fs::metadata(&grows).ok()?.len();
        Some(format!("{:.1} MB", written as f64 / 1e6))
    });
    let (before, after) = block_on(async {
        let store = open_store(&config).await?;
        let before = store.stats().await?;
        store.close().await?;
        let store = open_standing(&config.store.location, options).await?;
        let after = store.stats().await?;
        store.close().await?;
        Ok((before, after))
    })?;
    drop(ticking);
    let line = format!(
        "{} bytes on disk, {} before; its records have {}\n",
        after.bytes, before.bytes, after.live_bytes
    );
    print_bytes(line.as_bytes())
}

fn outcome(report: &CheckReport, aside: &[PathBuf]) -> ExitCode {
    if report.faults.is_empty() && aside.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn stats_text(stats: &StoreStats, search: Option<&Standing>) -> String {
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
    line("pages kept raw", stats.raw_pages.to_string());
    line("bytes of these", stats.raw_bytes.to_string());
    line("sources", stats.sources.to_string());
    line("events", stats.events.to_string());
    for (state, count) in DeliveryState::ALL.into_iter().zip(stats.deliveries) {
        line(&format!("deliveries {}", state.as_str()), count.to_string());
    }
    line("bytes on disk", stats.bytes.to_string());
    line("bytes of records", stats.live_bytes.to_string());
    line("commits", stats.commits.to_string());
    match search {
        None => line("search index", "none is kept".to_owned()),
        Some(search) => {
            line("search index", state_of(search));
            line("articles in it", search.articles.to_string());
            line(
                "differs by articles",
                search.behind(stats.articles).to_string(),
            );
            line("bytes of it", search.bytes.to_string());
        }
    }
    for aside in &stats.set_aside {
        line("damaged, set aside", aside.display().to_string());
    }
    text
}

/// How it stands, and who sees to it.
fn state_of(search: &Standing) -> String {
    match &search.trouble {
        Some(why) => format!("the next start makes it anew: {why}"),
        None if search.complete => "ready".to_owned(),
        None => "the next start builds it".to_owned(),
    }
}

fn check_text(report: &CheckReport, aside: &[PathBuf]) -> String {
    let mut text = format!(
        "{} records and {} articles read, forward and backward\n",
        report.records, report.articles
    );
    if report.faults.is_empty() && aside.is_empty() {
        text.push_str("all is well\n");
    }
    for aside in aside {
        let aside = aside.display();
        writeln!(
            text,
            "a damaged store stands aside as {aside} and what it held is missing here"
        )
        .expect("a string takes all that is written");
    }
    if !report.faults.is_empty() {
        lines(
            &mut text,
            &format!("{} faults:", report.faults.len()),
            &report.faults,
        );
    }
    text
}

fn repair_text(report: &RepairReport, aside: &[PathBuf]) -> String {
    let mut text = String::new();
    if !report.salvaged.is_empty() {
        lines(&mut text, "before it was mended:", &report.salvaged);
    }
    if !report.mended.is_empty() {
        lines(&mut text, "put in order:", &report.mended);
    }
    if let Some(file) = &report.file {
        let title = format!("set aside in {}:", file.display());
        lines(&mut text, &title, &report.set_aside);
    }
    let told = (report.mended.len() + report.set_aside.len()) as u64;
    if report.changes > told {
        writeln!(text, "and {} more", report.changes - told)
            .expect("a string takes all that is written");
    }
    if let Some(copy) = &report.copy {
        let copy = copy.display();
        writeln!(
            text,
            "its files as they were are {copy}: remove them once all is well"
        )
        .expect("a string takes all that is written");
    }
    text.push_str(&check_text(&report.after, aside));
    text
}

fn lines(text: &mut String, title: &str, lines: &[String]) {
    writeln!(text, "{title}").expect("a string takes all that is written");
    for line in lines {
        writeln!(text, "  {line}").expect("a string takes all that is written");
    }
}

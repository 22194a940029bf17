//! `wireroom sources`: the watched addresses of a running daemon.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::complete;
use crate::cli::remote::{Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::Table;

/// Watched addresses and their health
#[derive(Debug, clap::Args)]
pub struct SourcesArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// All sources with their health
    List {
        /// Of this outlet only
        #[arg(long, add = complete::outlets())]
        outlet: Option<String>,
        /// In this state only: new, healthy, throttled, failing, silent, layout, paywalled, moved, gone
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// One source: all that is known of it
    Show {
        /// Its identifier, as `list` shows it
        #[arg(add = complete::sources())]
        id: String,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Polls a source now
    Poll {
        /// Its identifier, as `list` shows it
        #[arg(required = true, add = complete::sources())]
        id: Vec<String>,
    },
}

const PATH: [&str; 3] = ["api", "v1", "sources"];

/// Runs the command.
pub async fn run(args: SourcesArgs) -> anyhow::Result<ExitCode> {
    outcome(act(args).await)
}

async fn act(args: SourcesArgs) -> anyhow::Result<()> {
    let remote = Remote::new(&args.remote)?;
    match args.action {
        Action::List {
            outlet,
            state,
            shown,
        } => {
            let mut query = Vec::new();
            query.extend(outlet.as_deref().map(|outlet| ("outlet", outlet)));
            query.extend(state.as_deref().map(|state| ("state", state)));
            let sources = remote.items(&PATH, &query, None).await?;
            if sources.is_empty() && !query.is_empty() {
                eprintln!(
                    "no source is of that outlet and in that state; `wireroom sources list` shows all"
                );
            }
            match shown.format {
                Shown::Json => print_json(&json!({"items": sources, "next": null}))?,
                Shown::Table => list_table(&sources).print()?,
            }
        }
        Action::Show { id, shown } => {
            let source = remote.get(&[&PATH[..], &[&id]].concat(), &[]).await?;
            match shown.format {
                Shown::Json => print_json(&source)?,
                Shown::Table => item_table(&source).print()?,
            }
        }
        Action::Poll { id } => {
            let mut polled = Table::new(&["SOURCE", "STATE", "NEXT POLL"]);
            for id in &id {
                let source = remote.post(&[&PATH[..], &[id, "poll"]].concat()).await?;
                polled.row(["id", "state", "next_poll"].map(|field| cell(&source, field)));
            }
            polled.print()?;
        }
    }
    Ok(())
}

fn list_table(sources: &[serde_json::Value]) -> Table {
    let mut table = Table::new(&[
        "ID",
        "KIND",
        "STATE",
        "LAST SUCCESS",
        "NEXT POLL",
        "ENTRIES",
        "ARTICLES",
        "REASON",
        "WAIT",
    ]);
    for source in sources {
        table.row(
            [
                "id",
                "kind",
                "state",
                "last_success",
                "next_poll",
                "entries_seen",
                "articles",
                "reason",
                "wait",
            ]
            .map(|field| cell(source, field)),
        );
    }
    table
}

fn item_table(source: &serde_json::Value) -> Table {
    let mut table = Table::new(&["FIELD", "VALUE"]);
    for (name, value) in source.as_object().into_iter().flatten() {
        match name.as_str() {
            "withheld" if value.is_object() => {
                let said = ["entries", "since", "at"].map(|field| cell(value, field));
                let [entries, since, at] = said;
                table.row([
                    name.clone(),
                    format!("{entries} old entries from {since} to {at}"),
                ]);
            }
            "warnings" | "skipped" => {
                for item in value.as_array().into_iter().flatten() {
                    let said = item.as_str().map_or_else(
                        || {
                            format!(
                                "{} {} {}",
                                cell(item, "at"),
                                cell(item, "url"),
                                cell(item, "reason")
                            )
                        },
                        str::to_owned,
                    );
                    table.row([name.clone(), said]);
                }
            }
            _ => table.row([name.clone(), cell(&json!({"value": value}), "value")]),
        }
    }
    table
}

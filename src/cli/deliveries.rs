//! `wireroom deliveries`: what a running daemon told its endpoints, and what it has still to tell.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::articles::time_or_age;
use crate::cli::complete;
use crate::cli::remote::{Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::Table;

/// Events on their way to endpoints
#[derive(Debug, clap::Args)]
pub struct DeliveriesArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Deliveries, newest first
    List {
        /// In this state only: waiting, due, retrying, delivered, failed
        #[arg(long)]
        state: Option<String>,
        /// To this endpoint only
        #[arg(long, add = complete::endpoints())]
        endpoint: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// One delivery with its attempts
    Show {
        /// Its identifier, as `list` shows it
        id: String,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Tries failed or retrying deliveries again now
    Retry {
        /// Their identifiers, as `list` shows them
        #[arg(required_unless_present_any = ["all_failed", "since"], conflicts_with_all = ["all_failed", "since"])]
        id: Vec<String>,
        /// All that were given up
        #[arg(long, visible_alias = "failed")]
        all_failed: bool,
        /// All that were given up at or after: an RFC 3339 time, or how long ago, such as `24h`
        #[arg(long, value_parser = time_or_age)]
        since: Option<Timestamp>,
        /// With --all-failed or --since: to this endpoint only
        #[arg(long, conflicts_with = "id", add = complete::endpoints())]
        endpoint: Option<String>,
    },
}

const PATH: [&str; 3] = ["api", "v1", "deliveries"];

/// Runs the command.
pub async fn run(args: DeliveriesArgs) -> anyhow::Result<ExitCode> {
    outcome(act(args).await)
}

async fn act(args: DeliveriesArgs) -> anyhow::Result<()> {
    let remote = Remote::new(&args.remote)?;
    match args.action {
        Action::List {
            state,
            endpoint,
            limit,
            shown,
        } => {
            let query = filters(state.as_deref(), endpoint.as_deref());
            let items = remote.items(&PATH, &query, Some(limit)).await?;
            match shown.format {
                Shown::Json => print_json(&json!({"items": items}))?,
                Shown::Table => list_table(&items).print()?,
            }
        }
        Action::Show { id, shown } => {
            let delivery = remote.get(&[&PATH[..], &[&id]].concat(), &[]).await?;
            match shown.format {
                Shown::Json => print_json(&delivery)?,
                Shown::Table => print_item(&delivery)?,
            }
        }
        Action::Retry {
            id,
            since,
            endpoint,
            ..
        } if id.is_empty() => retry_failed(&remote, since, endpoint.as_deref()).await?,
        Action::Retry { id, .. } => retry(&remote, &id).await?,
    }
    Ok(())
}

fn filters<'a>(state: Option<&'a str>, endpoint: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    let mut query = Vec::new();
    query.extend(state.map(|state| ("state", state)));
    query.extend(endpoint.map(|endpoint| ("endpoint", endpoint)));
    query
}

/// Retries all that were given up, a part at a time.
async fn retry_failed(
    remote: &Remote,
    since: Option<Timestamp>,
    endpoint: Option<&str>,
) -> anyhow::Result<()> {
    let since = since.map(|since| since.to_string());
    let mut query = Vec::new();
    query.extend(since.as_deref().map(|since| ("since", since)));
    query.extend(endpoint.map(|endpoint| ("endpoint", endpoint)));
    let path = [&PATH[..], &["retry"]].concat();
    let [retried] = remote.post_all(&path, &query, ["retried"]).await?;
    let plural = if retried == 1 { "y" } else { "ies" };
    writeln!(
        std::io::stdout().lock(),
        "{retried} failed deliver{plural} made due; `wireroom deliveries list` shows how they fare"
    )?;
    Ok(())
}

/// Retries each; one that cannot be retried does not keep the others from it.
async fn retry(remote: &Remote, ids: &[String]) -> anyhow::Result<()> {
    let mut table = Table::new(&["DELIVERY", "ENDPOINT", "STATE"]);
    let mut refused = 0_usize;
    for id in ids {
        match remote.post(&[&PATH[..], &[id, "retry"]].concat()).await {
            Ok(delivery) => {
                table.row(["id", "endpoint", "state"].map(|field| cell(&delivery, field)));
            }
            Err(error) => {
                refused += 1;
                table.row([id.clone(), String::new(), format!("{error:#}")]);
            }
        }
    }
    table.print()?;
    if refused > 0 {
        bail!("{refused} of {} deliveries were not made due", ids.len());
    }
    Ok(())
}

fn list_table(items: &[Value]) -> Table {
    let mut table = Table::new(&[
        "ID",
        "TYPE",
        "ENDPOINT",
        "STATE",
        "TRIES",
        "NEXT ATTEMPT",
        "DIGEST",
        "LAST ANSWER",
    ]);
    for delivery in items {
        let last = delivery["attempts"]
            .as_array()
            .and_then(|attempts| attempts.last());
        let answer = last.map(answer).unwrap_or_default();
        let fields = ["id", "type", "endpoint", "state", "tries", "next_attempt"];
        table.row(
            fields
                .map(|field| cell(delivery, field))
                .into_iter()
                .chain([in_digest(delivery), answer]),
        );
    }
    table
}

/// The digest that it went in, or when that is made.
pub(super) fn in_digest(delivery: &Value) -> String {
    let place = &delivery["digest"];
    match place["delivery"].as_str() {
        Some(digest) => digest.to_owned(),
        None => place["at"]
            .as_str()
            .map_or_else(String::new, |at| format!("of {at}")),
    }
}

fn answer(attempt: &Value) -> String {
    let parts = [cell(attempt, "status"), cell(attempt, "error")];
    parts.join(" ").trim().to_owned()
}

fn print_item(delivery: &Value) -> anyhow::Result<()> {
    let mut table = Table::new(&["FIELD", "VALUE"]);
    for name in [
        "id",
        "event",
        "type",
        "endpoint",
        "article",
        "state",
        "tries",
        "next_attempt",
        "trace",
    ] {
        table.row([name.to_owned(), cell(delivery, name)]);
    }
    table.row(["digest".to_owned(), in_digest(delivery)]);
    for attempt in delivery["attempts"].as_array().into_iter().flatten() {
        let said = format!(
            "{} {} ({} ms)",
            cell(attempt, "at"),
            answer(attempt),
            cell(attempt, "ms")
        );
        table.row(["attempt".to_owned(), said]);
    }
    table.print()?;
    if let Some(body) = delivery["refused"].as_str() {
        writeln!(
            std::io::stdout().lock(),
            "\nIts receiver did not understand this:\n{body}"
        )?;
    }
    Ok(())
}

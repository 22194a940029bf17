//! `wireroom endpoints`: the receivers of a running daemon.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use serde_json::Value;

use crate::cli::remote::{Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::Table;

/// Receivers of events
#[derive(Debug, clap::Args)]
pub struct EndpointsArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// All endpoints with their health
    List {
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// One endpoint
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Sends a test message and waits for the answer
    Test {
        /// Its name
        name: String,
        /// Seconds to wait for the receiver's answer
        #[arg(long, default_value_t = 30)]
        wait: u64,
    },
    /// Makes a disabled endpoint healthy again; what waited is sent
    Enable {
        /// Its name
        name: String,
    },
}

const PATH: [&str; 3] = ["api", "v1", "endpoints"];
const FIELDS: [&str; 9] = [
    "name",
    "format",
    "state",
    "delivered",
    "waiting",
    "retrying",
    "failed",
    "url",
    "reason",
];
/// Between two looks at a test message's delivery.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Runs the command.
pub async fn run(args: EndpointsArgs) -> anyhow::Result<ExitCode> {
    outcome(act(args).await)
}

async fn act(args: EndpointsArgs) -> anyhow::Result<()> {
    let remote = Remote::new(&args.remote)?;
    match args.action {
        Action::List { shown } => {
            let list = remote.get(&PATH, &[]).await?;
            let items = list["items"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            show(shown.format, &list, items)
        }
        Action::Show { name, shown } => {
            let endpoint = remote.get(&[&PATH[..], &[&name]].concat(), &[]).await?;
            show(shown.format, &endpoint, std::slice::from_ref(&endpoint))
        }
        Action::Test { name, wait } => test(&remote, &name, Duration::from_secs(wait)).await,
        Action::Enable { name } => {
            let endpoint = remote
                .post(&[&PATH[..], &[&name, "enable"]].concat())
                .await?;
            show(Shown::Table, &endpoint, std::slice::from_ref(&endpoint))
        }
    }
}

fn show(format: Shown, answer: &Value, items: &[Value]) -> anyhow::Result<()> {
    match format {
        Shown::Json => print_json(answer)?,
        Shown::Table => {
            let mut table =
                Table::new(&FIELDS.map(str::to_uppercase).each_ref().map(String::as_str));
            for endpoint in items {
                table.row(FIELDS.map(|field| cell(endpoint, field)));
            }
            table.print()?;
        }
    }
    Ok(())
}

/// Asks for a test message and follows its delivery until the first attempt has ended.
async fn test(remote: &Remote, name: &str, wait: Duration) -> anyhow::Result<()> {
    let sent = remote.post(&[&PATH[..], &[name, "test"]].concat()).await?;
    let event = cell(&sent, "event");
    let path = ["api", "v1", "deliveries"];
    let looking = async {
        loop {
            let list = remote
                .get(&path, &[("endpoint", name), ("limit", "50")])
                .await?;
            let items = list["items"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let ours = items.iter().find(|item| item["event"] == *event);
            if let Some(attempt) = ours.and_then(|delivery| delivery["attempts"].get(0)) {
                return anyhow::Ok(attempt.clone());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let Ok(attempt) = tokio::time::timeout(wait, looking).await else {
        bail!(
            "the test message is queued and was not tried within {wait:?}; see `wireroom deliveries list --endpoint {name}`"
        );
    };
    let attempt = attempt?;
    let status = cell(&attempt, "status");
    if attempt["error"].is_null() {
        writeln!(
            std::io::stdout().lock(),
            "{name} took the test message: {status} in {} ms",
            cell(&attempt, "ms")
        )?;
        return Ok(());
    }
    bail!(
        "{name} did not take the test message: {status} {}",
        cell(&attempt, "error")
    );
}

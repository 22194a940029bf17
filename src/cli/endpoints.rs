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
    /// Why an endpoint is told of an article, or is not, and what became of it
    Explain {
        /// The endpoint's name
        name: String,
        /// The article's id, as `wireroom articles list` shows it
        article: String,
        #[command(flatten)]
        shown: ShownArgs,
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
        Action::Explain {
            name,
            article,
            shown,
        } => {
            let path = [&PATH[..], &[&name, "explain"]].concat();
            let answer = remote.get(&path, &[("article", &article)]).await?;
            match shown.format {
                Shown::Json => print_json(&answer)?,
                Shown::Table => explain(&answer)?,
            }
            Ok(())
        }
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
                table.row(FIELDS.map(|field| match field {
                    "reason" => reason(endpoint),
                    _ => cell(endpoint, field),
                }));
            }
            table.print()?;
        }
    }
    Ok(())
}

/// Why it is as it is, and until when nothing is sent to it.
fn reason(endpoint: &Value) -> String {
    let held = endpoint["held_until"].as_str();
    let held = held.map(|until| format!("held until {until}"));
    let said = endpoint["reason"].as_str().map(str::to_owned);
    match (held, said) {
        (Some(held), Some(said)) => format!("{held}; {said}"),
        (held, said) => held.or(said).unwrap_or_default(),
    }
}

/// The sentence first, then each rule, then the deliveries.
fn explain(answer: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let list = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
    writeln!(
        out,
        "{} (revision {}) and {}: {}\n",
        cell(answer, "title"),
        cell(answer, "revision"),
        cell(answer, "endpoint"),
        cell(answer, "verdict"),
    )?;
    drop(out);
    let mut rules = Table::new(&["RULE", "PASSES", "WHY"]);
    for rule in list("rules") {
        let passes = if rule["passes"] == true { "yes" } else { "no" };
        rules.row([cell(&rule, "rule"), passes.to_owned(), cell(&rule, "why")]);
    }
    rules.print()?;
    let deliveries = list("deliveries");
    if !deliveries.is_empty() {
        writeln!(std::io::stdout().lock())?;
        let fields = ["id", "type", "state", "tries", "next_attempt"];
        let mut table = Table::new(&["DELIVERY", "TYPE", "STATE", "TRIES", "NEXT ATTEMPT"]);
        for delivery in &deliveries {
            table.row(fields.map(|field| cell(delivery, field)));
        }
        table.print()?;
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
        let endpoint = remote.get(&[&PATH[..], &[name]].concat(), &[]).await?;
        let held = &endpoint["held_until"];
        if let Some(until) = held.as_str() {
            bail!(
                "nothing is sent to {name} before {until} (its quiet hours, or its own wish); the test message is queued until then"
            );
        }
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

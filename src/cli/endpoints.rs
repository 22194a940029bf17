//! `wireroom endpoints`: the receivers of a running daemon.

use std::io::Write as _;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::articles::time_or_age;
use crate::cli::complete;
use crate::cli::deliveries::in_digest;
use crate::cli::remote::{Remote, RemoteArgs, Shown, ShownArgs, cell, outcome, print_json};
use crate::cli::table::Table;
use crate::model::id::ArticleId;

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
        #[arg(add = complete::endpoints())]
        name: String,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Sends a test message and waits for the answer
    Test {
        /// Its name
        #[arg(add = complete::endpoints())]
        name: String,
        /// Seconds to wait for the receiver's answer
        #[arg(long, default_value_t = 30)]
        wait: u64,
    },
    /// Why an endpoint is told of an article, or is not, and what became of it
    Explain {
        /// The endpoint's name
        #[arg(add = complete::endpoints())]
        name: String,
        /// The article's id, as `wireroom articles list` shows it
        article: String,
        #[command(flatten)]
        shown: ShownArgs,
    },
    /// Tells an endpoint everything since a time or an article once more, under the same event ids
    Replay {
        /// Its name
        name: String,
        /// Since when: an RFC 3339 time, how long ago, such as `24h`, or an article's id
        #[arg(long, value_name = "TIME|ARTICLE")]
        since: Since,
        /// Only says how much it would be
        #[arg(long)]
        dry_run: bool,
    },
    /// Disables an endpoint: nothing is sent to it until it is enabled, and all is kept
    Disable {
        /// Its name
        name: String,
        /// Why, for those who see it
        #[arg(long)]
        reason: Option<String>,
    },
    /// Makes a disabled endpoint healthy again; what waited is sent
    Enable {
        /// Its name
        #[arg(add = complete::endpoints())]
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
        Action::Replay {
            name,
            since,
            dry_run,
        } => replay(&remote, &name, &since, dry_run).await,
        Action::Disable { name, reason } => {
            let query: Vec<(&str, &str)> = reason
                .iter()
                .map(|reason| ("reason", reason.as_str()))
                .collect();
            let path = [&PATH[..], &[&name, "disable"]].concat();
            let endpoint = remote.post_with(&path, &query).await?;
            show(Shown::Table, &endpoint, std::slice::from_ref(&endpoint))
        }
        Action::Enable { name } => {
            let endpoint = remote
                .post(&[&PATH[..], &[&name, "enable"]].concat())
                .await?;
            show(Shown::Table, &endpoint, std::slice::from_ref(&endpoint))
        }
    }
}

/// Where a replay begins.
#[derive(Clone, Debug)]
enum Since {
    Time(Timestamp),
    Article(ArticleId),
}

impl FromStr for Since {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Ok(article) = text.parse() {
            return Ok(Self::Article(article));
        }
        time_or_age(text).map(Self::Time).context(
            "give an article's id, a time such as 2025-06-23T17:36:02Z, or an age such as 24h",
        )
    }
}

/// Replays a part at a time, until all is told.
async fn replay(remote: &Remote, name: &str, since: &Since, dry_run: bool) -> anyhow::Result<()> {
    let since = match since {
        Since::Time(time) => ("since", time.to_string()),
        Since::Article(id) => ("article", id.to_string()),
    };
    let mut query = vec![(since.0, since.1.as_str())];
    if dry_run {
        query.push(("dry_run", "true"));
    }
    let path = [&PATH[..], &[name, "replay"]].concat();
    let fields = ["replayed", "waiting", "held_back"];
    let [told, waiting, held] = remote.post_all(&path, &query, fields).await?;
    let will = if dry_run { "would be" } else { "are" };
    writeln!(
        std::io::stdout().lock(),
        "{told} events {will} told to {name} again; {waiting} more are on their way already, {held} are \
         held back by its rules"
    )?;
    Ok(())
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
        let fields = ["id", "type", "state", "tries", "next_attempt", "digest"];
        let heads = fields.map(|field| field.replace('_', " ").to_uppercase());
        let mut table = Table::new(&heads.each_ref().map(String::as_str));
        for delivery in &deliveries {
            table.row(fields.map(|field| match field {
                "digest" => in_digest(delivery),
                _ => cell(delivery, field),
            }));
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

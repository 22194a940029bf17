//! `wireroom tail`: what happens at a running daemon, as it happens.
//!
//! Follows the event stream and comes back to the same place when the connection breaks, so that
//! nothing between is missed. For people a headline a line, in colour on a terminal; for scripts one
//! JSON object a line, as the `json` webhooks carry it.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

use crate::cli::complete;
use crate::cli::remote::{Remote, RemoteArgs, Shown, cell, outcome};
use crate::cli::sse::Reader;
use crate::cli::table::harmless;

/// Between two tries to come back; the first comes sooner.
const COME_BACK: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];
/// The daemon sends a heartbeat every 15 seconds: a stream without one for so long is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// Events as they happen, until Ctrl-C
#[derive(Debug, clap::Args)]
pub struct TailArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    /// Of these kinds only, parted by commas, such as `article.new,source.failing`
    #[arg(long = "type", value_name = "KINDS")]
    kind: Option<String>,
    /// Of this outlet only
    #[arg(long, add = complete::outlets())]
    outlet: Option<String>,
    /// Articles in this language only, such as `en`
    #[arg(long)]
    language: Option<String>,
    /// Articles whose title or text holds all these words only
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// First tells what came after this event (its `webhook-id`)
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Ends after so many events
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

/// Runs the command.
pub async fn run(args: TailArgs) -> anyhow::Result<ExitCode> {
    outcome(follow(args).await)
}

async fn follow(args: TailArgs) -> anyhow::Result<()> {
    let remote = Remote::new(&args.remote)?;
    let colour = io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut place = args.after.clone();
    let mut told = 0;
    let mut failures = 0;
    let mut was_there = false;
    loop {
        let asked = [
            ("type", args.kind.as_deref()),
            ("outlet", args.outlet.as_deref()),
            ("language", args.language.as_deref()),
            ("q", args.search.as_deref()),
            ("after", place.as_deref()),
        ];
        let query: Vec<(&str, &str)> = asked
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let opened = remote.open(&["api", "v1", "events"], &query).await;
        let mut response = match opened {
            Ok(response) => response,
            // A daemon that was never there is an error; one that went away may come back.
            Err(error) if !was_there || !is_away(&error) => {
                return Err(error);
            }
            Err(_) => {
                tokio::time::sleep(wait(failures)).await;
                failures += 1;
                continue;
            }
        };
        failures = 0;
        was_there = true;
        let mut reader = Reader::default();
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENCE, response.chunk()).await {
            for message in reader.take(&chunk) {
                if let Some(id) = message.id {
                    place = Some(id);
                }
                if message.data.is_empty() {
                    continue;
                }
                print(&message.data, args.format, colour)?;
                told += 1;
                if args.count == Some(told) {
                    return Ok(());
                }
            }
        }
        writeln!(io::stderr(), "the stream broke off; coming back")?;
        tokio::time::sleep(wait(0)).await;
    }
}

fn wait(failures: usize) -> Duration {
    let last = COME_BACK.len() - 1;
    COME_BACK[failures.min(last)]
}

/// Whether nobody answered, or the daemon is starting, stopping or crowded: all of that passes.
fn is_away(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<reqwest::Error>().is_some())
        || error.to_string().ends_with("(503)")
}

fn print(data: &str, format: Shown, colour: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Shown::Json => writeln!(out, "{data}")?,
        Shown::Table => {
            let event = serde_json::from_str(data).unwrap_or(Value::Null);
            writeln!(out, "{}", line(&event, colour))?;
        }
    }
    out.flush()
}

/// `17:36:02  article.new  interfax-ukraine  The headline  https://…`
fn line(event: &Value, colour: bool) -> String {
    let kind = cell(event, "type");
    let data = &event["data"];
    let (who, what, more) = if data["article"].is_object() {
        let article = &data["article"];
        let title = cell(article, "title");
        let url = cell(article, "url");
        let title = if title.is_empty() { url.clone() } else { title };
        (cell(article, "outlet"), title, url)
    } else if data["source"].is_object() {
        let source = &data["source"];
        let said = format!("{} {}", cell(source, "state"), cell(source, "reason"));
        (cell(source, "outlet"), said, cell(source, "url"))
    } else if data["endpoint"].is_object() {
        let endpoint = &data["endpoint"];
        let said = format!("{} {}", cell(endpoint, "state"), cell(endpoint, "reason"));
        (cell(endpoint, "name"), said, String::new())
    } else {
        (String::new(), cell(data, "message"), String::new())
    };
    let time: String = cell(event, "timestamp").chars().skip(11).take(8).collect();
    let hue = match kind.as_str() {
        "article.new" => "32",
        "article.updated" => "33",
        kind if kind.ends_with("recovered") => "32",
        kind if kind.starts_with("source") || kind.starts_with("endpoint") => "31",
        _ => "36",
    };
    let paint = |code: &str, text: &str| {
        let text = harmless(text);
        if colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text
        }
    };
    let parts = [
        paint("2", &time),
        paint(hue, &kind),
        paint("36", &who),
        paint("1", what.trim()),
        paint("2", &more),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_a_line_that_drives_no_terminal() {
        let article = json!({"type": "article.new", "timestamp": "2025-06-23T17:36:02Z", "data": {"article": {
            "outlet": "ap", "title": "Evil\u{1b}[2J\n\u{202e}news", "url": "https://ap.example/1"}}});
        assert_eq!(
            line(&article, false),
            "17:36:02  article.new  ap  Evil [2J news  https://ap.example/1"
        );
        assert!(
            line(&article, true).starts_with("\u{1b}[2m17:36:02\u{1b}[0m  \u{1b}[32marticle.new")
        );
        let source = json!({"type": "source.failing", "timestamp": "2025-06-23T17:36:02Z", "data": {"source": {
            "outlet": "ap", "state": "failing", "reason": "status 500", "url": "https://ap.example/feed"}}});
        assert_eq!(
            line(&source, false),
            "17:36:02  source.failing  ap  failing status 500  https://ap.example/feed"
        );
        let test = json!({"type": "wireroom.test", "timestamp": "2025-06-23T17:36:02Z", "data": {"message": "a test"}});
        assert_eq!(line(&test, false), "17:36:02  wireroom.test  a test");
        assert_eq!(line(&Value::Null, false), "");
    }

    #[test]
    fn coming_back_gets_slower_and_never_stops() {
        assert_eq!(wait(0), COME_BACK[0]);
        assert_eq!(wait(99), COME_BACK[3]);
    }
}

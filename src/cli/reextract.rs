//! `wireroom articles re-extract`: the rules of today on the pages that were kept.
//!
//! Asked of the running daemon, whose rules are those that it has loaded; where none answers at an
//! address of this machine, done on the store itself, with the rules as they are written.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::cli::complete;
use crate::cli::progress::Progress;
use crate::cli::remote::{Remote, RemoteArgs, cell, is_away, outcome};
use crate::cli::table::harmless;
use crate::cli::{ConfigArg, Failure, load_config, print_bytes};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::id::{ArticleId, OutletName};
use crate::serve::reextract as api;
use crate::store::location::open_store;
use crate::store::{ArticleQuery, Cursor, Store};
use crate::work::reextract::Telling;
use crate::work::reextract::step::{Step, step};

/// Options of `articles re-extract`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Articles of this outlet only
    #[arg(long, value_name = "NAME", add = complete::outlets())]
    outlet: Option<String>,
    /// Stored at or after: an RFC 3339 time, or how long ago, such as `24h`
    #[arg(long, value_name = "TIME", value_parser = super::articles::time_or_age)]
    since: Option<Timestamp>,
    /// This article only
    #[arg(long, value_name = "ID", conflicts_with_all = ["outlet", "since"])]
    id: Option<ArticleId>,
    /// Store what would change as the articles' next revisions
    #[arg(long)]
    apply: bool,
    /// With --apply: send `article.updated` for each; else nobody is told
    #[arg(long, requires = "apply")]
    announce: bool,
    #[command(flatten)]
    config: ConfigArg,
}

/// Articles of one step.
const BATCH: usize = 50;
const PATH: [&str; 3] = ["api", "v1", "re-extract"];

/// Who reads them.
enum Reader {
    /// The running daemon.
    Daemon(Remote, Option<String>),
    /// This process.
    Store(Box<Local>),
}

struct Local {
    store: Arc<dyn Store>,
    config: Config,
    cursor: Option<Cursor>,
}

#[derive(Debug, Default)]
struct Tally {
    changed: u64,
    same: u64,
    unreadable: u64,
    unkept: u64,
}

pub(super) async fn run(server: &RemoteArgs, args: Args) -> anyhow::Result<ExitCode> {
    let remote = match Remote::new(server) {
        Ok(remote) => remote,
        Err(error) => return outcome(Err(error)),
    };
    let mut reader = Reader::Daemon(remote, None);
    let first = match reader.next(&args).await {
        Err(error) if is_away(&error) && server.is_here() => {
            let Some(local) = Local::open(&args, &error).await? else {
                return Ok(ExitCode::from(2));
            };
            eprintln!(
                "no daemon answers at {}: working on the store itself",
                server.server
            );
            reader = Reader::Store(Box::new(local));
            reader.next(&args).await
        }
        first => first,
    };
    let done = match first {
        Ok(first) => all(&mut reader, &args, first).await,
        Err(error) => Err(error),
    };
    reader.close().await?;
    outcome(done)
}

/// Says what became of all of them, stretch by stretch.
async fn all(reader: &mut Reader, args: &Args, first: (Value, bool)) -> anyhow::Result<()> {
    let mut progress = Progress::new("reading anew");
    let mut tally = Tally::default();
    let (mut stretch, mut more) = first;
    loop {
        progress.clear();
        for item in stretch["items"].as_array().into_iter().flatten() {
            print_bytes(told(item).as_bytes()).map_err(failure)?;
        }
        tally.add(&stretch);
        if !more {
            break;
        }
        let looked = tally.changed + tally.same + tally.unreadable + tally.unkept;
        progress.show(|| format!("{looked} articles"));
        (stretch, more) = reader.next(args).await?;
    }
    drop(progress);
    print_bytes(tally.told(args).as_bytes())
        .map(drop)
        .map_err(failure)
}

impl Reader {
    /// The next stretch in the API's form, and whether there is more.
    async fn next(&mut self, args: &Args) -> anyhow::Result<(Value, bool)> {
        match self {
            Self::Daemon(remote, cursor) => {
                let limit = BATCH.to_string();
                let query = [
                    ("outlet", args.outlet.clone()),
                    ("since", args.since.map(|it| it.to_string())),
                    ("article", args.id.map(|it| it.to_string())),
                    ("apply", args.apply.then(|| "true".to_owned())),
                    ("announce", args.announce.then(|| "true".to_owned())),
                    ("limit", Some(limit)),
                    ("cursor", cursor.take()),
                ];
                let query: Vec<(&str, &str)> = (query.iter())
                    .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
                    .collect();
                let stretch = remote.post_with(&PATH, &query).await?;
                *cursor = stretch["next"].as_str().map(str::to_owned);
                let more = cursor.is_some();
                Ok((stretch, more))
            }
            Self::Store(local) => local.next(args).await,
        }
    }

    async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Daemon(..) => Ok(()),
            Self::Store(local) => Ok(local.store.close().await?),
        }
    }
}

impl Local {
    /// `None` where what was asked for is wrong, which is then said.
    async fn open(args: &Args, away: &anyhow::Error) -> anyhow::Result<Option<Self>> {
        let config = match load_config(&args.config) {
            Ok(config) => config,
            Err(Failure::Usage(mistakes)) => {
                eprintln!("{away}; and the store itself cannot be found:\n{mistakes}");
                return Ok(None);
            }
            Err(Failure::Failed(error)) => return Err(error),
        };
        if let Some(name) = &args.outlet
            && !config.outlets.contains_key(&OutletName::new(name.clone()))
        {
            eprintln!("--outlet {name}: no such outlet is configured");
            return Ok(None);
        }
        let store = open_store(&config).await;
        Ok(Some(Self {
            store: store.with_context(|| away.to_string())?,
            config,
            cursor: None,
        }))
    }

    async fn next(&mut self, args: &Args) -> anyhow::Result<(Value, bool)> {
        let asked = Step {
            articles: ArticleQuery {
                outlet: args.outlet.clone().map(OutletName::new),
                since: args.since,
                limit: BATCH,
                cursor: self.cursor.take(),
                ..ArticleQuery::default()
            },
            article: args.id,
            apply: match (args.apply, args.announce) {
                (false, _) => None,
                (true, false) => Some(Telling::Quiet),
                (true, true) => Some(Telling::Announced),
            },
            until: Instant::now() + std::time::Duration::from_secs(1),
        };
        let stretch = step(&*self.store, &self.config, &Clock::System, &asked).await?;
        self.cursor.clone_from(&stretch.next);
        let shown = serde_json::to_value(api::body(&stretch))?;
        Ok((shown, stretch.next.is_some()))
    }
}

impl Tally {
    fn add(&mut self, stretch: &Value) {
        for (name, count) in [
            ("changed", &mut self.changed),
            ("same", &mut self.same),
            ("unreadable", &mut self.unreadable),
            ("unkept", &mut self.unkept),
        ] {
            *count += stretch[name].as_u64().unwrap_or(0);
        }
    }

    fn told(&self, args: &Args) -> String {
        let verb = if args.apply {
            "changed"
        } else {
            "would change"
        };
        let mut text = format!("{} {verb}, {} stay as they are", self.changed, self.same);
        for (count, what) in [
            (self.unreadable, "cannot be read anew"),
            (self.unkept, "have no pages kept"),
        ] {
            if count > 0 {
                write!(text, ", {count} {what}").expect("a string takes what is written");
            }
        }
        text.push('\n');
        if self.unkept > 0
            && self.unkept == self.changed + self.same + self.unreadable + self.unkept
        {
            text.push_str("pages are kept from now on when `store.raw` is set\n");
        }
        if self.changed > 0 && !args.apply {
            text.push_str("nothing was changed: give --apply to do it\n");
        }
        text
    }
}

fn failure(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Usage(message) => anyhow::anyhow!(message),
        Failure::Failed(error) => error,
    }
}

/// One article and what becomes of it, in a few lines.
fn told(item: &Value) -> String {
    let head = ["article", "outlet", "title"].map(|field| cell(item, field));
    let mut lines = Vec::new();
    if let Some(reason) = item["reason"].as_str() {
        lines.push(format!("{reason}; it stays as it is"));
    }
    for part in item["differences"].as_array().into_iter().flatten() {
        lines.push(difference(part));
    }
    let facts = item["facts"].as_array().into_iter().flatten();
    let facts: Vec<&str> = facts.filter_map(Value::as_str).collect();
    if !facts.is_empty() {
        lines.push(format!("also: {}", facts.join(", ")));
    }
    if let Some(number) = item["revision"].as_u64() {
        lines.push(format!("stored as revision {number}"));
    }
    let mut text = format!("{}\n", harmless(&head.join(" ")));
    for line in lines {
        writeln!(text, "    {}", harmless(&line)).expect("a string takes what is written");
    }
    text
}

fn difference(part: &Value) -> String {
    let operations = part["diff"].as_array().into_iter().flatten();
    let stretches: String = operations
        .map(|operation| {
            let stretch = cell(operation, "text").replace('\n', " ");
            match operation["op"].as_str() {
                Some("delete") => format!("[-{stretch}-]"),
                Some("insert") => format!("{{+{stretch}+}}"),
                Some(_) | None => stretch,
            }
        })
        .collect();
    let more = if part["more"] == true { " …" } else { "" };
    let [of, come, go] = ["of", "come", "go"].map(|field| cell(part, field));
    format!("{of}: {come} words come, {go} go: {stretches}{more}")
}

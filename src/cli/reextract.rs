//! `wireroom articles re-extract`: the rules of today on the pages that were kept.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::cli::table::harmless;
use crate::cli::{ConfigArg, Failure, load_config, print_bytes};
use crate::clock::Clock;
use crate::config::Config;
use crate::dedupe::diff::{Change, Operation, shortened};
use crate::model::article::Article;
use crate::model::id::{ArticleId, OutletName};
use crate::store::location::open_store;
use crate::store::{ArticleQuery, Store};
use crate::work::reextract::{self, Changed, Outcome, Telling};

/// Options of `articles re-extract`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Articles of this outlet only
    #[arg(long, value_name = "NAME")]
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

/// Articles read at a time.
const BATCH: usize = 50;
/// Stretches of a difference that are shown, and characters of each.
const STRETCHES: usize = 12;
const STRETCH: usize = 120;

#[derive(Debug, Default)]
struct Tally {
    changed: u64,
    same: u64,
    unreadable: u64,
    unkept: u64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = match load_config(&args.config) {
        Ok(config) => config,
        Err(Failure::Usage(mistakes)) => {
            eprintln!("{mistakes}");
            return Ok(ExitCode::from(2));
        }
        Err(Failure::Failed(error)) => return Err(error),
    };
    if let Some(name) = &args.outlet
        && !config.outlets.contains_key(&OutletName::new(name.clone()))
    {
        eprintln!("--outlet {name}: no such outlet is configured");
        return Ok(ExitCode::from(2));
    }
    let store = open_store(&config).await?;
    let done = all(&*store, &config, &args).await;
    store.close().await?;
    let tally = done?;
    let verb = if args.apply {
        "changed"
    } else {
        "would change"
    };
    let mut text = format!("{} {verb}, {} stay as they are", tally.changed, tally.same);
    for (count, what) in [
        (tally.unreadable, "cannot be read anew"),
        (tally.unkept, "have no pages kept"),
    ] {
        if count > 0 {
            write!(text, ", {count} {what}")?;
        }
    }
    text.push('\n');
    if tally.unkept > 0 && !config.store.raw {
        text.push_str("pages are kept from now on when `store.raw` is set\n");
    }
    if tally.changed > 0 && !args.apply {
        text.push_str("nothing was changed: give --apply to do it\n");
    }
    print_bytes(text.as_bytes()).map_err(failure)
}

fn failure(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Usage(message) => anyhow::anyhow!(message),
        Failure::Failed(error) => error,
    }
}

async fn all(store: &dyn Store, config: &Config, args: &Args) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    if let Some(id) = args.id {
        let article = store.article(id).await?;
        let article = article.with_context(|| format!("there is no article `{id}`"))?;
        one(store, config, args, &article, &mut tally).await?;
        return Ok(tally);
    }
    let mut query = ArticleQuery {
        outlet: args.outlet.clone().map(OutletName::new),
        since: args.since,
        limit: BATCH,
        ..ArticleQuery::default()
    };
    loop {
        let page = store.articles(query.clone()).await?;
        for article in &page.items {
            one(store, config, args, article, &mut tally).await?;
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(tally),
        }
    }
}

async fn one(
    store: &dyn Store,
    config: &Config,
    args: &Args,
    article: &Article,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    match reextract::look(store, config, article).await? {
        Outcome::NotKept => tally.unkept += 1,
        Outcome::Same => tally.same += 1,
        Outcome::NoOutlet => {
            tally.unreadable += 1;
            say(article, "its outlet is not configured any more\n")?;
        }
        Outcome::Nothing(why) => {
            tally.unreadable += 1;
            say(article, &format!("{why}; it stays as it is\n"))?;
        }
        Outcome::Changed(changed) => {
            tally.changed += 1;
            let mut text = difference(&changed);
            if args.apply {
                let telling = if args.announce {
                    Telling::Announced
                } else {
                    Telling::Quiet
                };
                let now = Clock::System.now();
                let number = reextract::apply(store, config, now, article, *changed, telling)
                    .await
                    .with_context(|| format!("cannot revise article {}", article.id))?;
                writeln!(text, "stored as revision {number}")?;
            }
            say(article, &text)?;
        }
    }
    Ok(())
}

fn say(article: &Article, words: &str) -> anyhow::Result<()> {
    let title = article.revision.content.title.as_deref().unwrap_or("");
    let mut text = format!("{} {} {}\n", article.id, article.outlet, harmless(title));
    for line in words.lines() {
        writeln!(text, "    {}", harmless(line))?;
    }
    print_bytes(text.as_bytes()).map(drop).map_err(failure)
}

/// What changes, in a few lines.
fn difference(changed: &Changed) -> String {
    let mut lines = Vec::new();
    for (name, operations) in [("title", &changed.title), ("text", &changed.text)] {
        if operations.is_empty() {
            continue;
        }
        let gone = words(operations, Change::Delete);
        let new = words(operations, Change::Insert);
        let stretches: String = shortened(operations.clone(), STRETCHES, STRETCH)
            .into_iter()
            .map(|operation| {
                let stretch = operation.text.replace('\n', " ");
                match operation.change {
                    Change::Equal => stretch,
                    Change::Delete => format!("[-{stretch}-]"),
                    Change::Insert => format!("{{+{stretch}+}}"),
                }
            })
            .collect();
        let more = if operations.len() > STRETCHES {
            " …"
        } else {
            ""
        };
        lines.push(format!(
            "{name}: {new} words come, {gone} go: {stretches}{more}\n"
        ));
    }
    if !changed.facts.is_empty() {
        lines.push(format!("also: {}\n", changed.facts.join(", ")));
    }
    lines.concat()
}

fn words(operations: &[Operation], change: Change) -> usize {
    operations
        .iter()
        .filter(|operation| operation.change == change)
        .map(|operation| operation.text.split_whitespace().count())
        .sum()
}

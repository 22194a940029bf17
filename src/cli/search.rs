//! `wireroom articles search`: asks the daemon. With none running the store is opened here, the index brought
//! up to date with it, and both are closed again.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use crate::cli::articles::{Filter, listed, show};
use crate::cli::remote::{Remote, ShownArgs, WrongUsage};
use crate::cli::{ConfigArg, Failure, load_config};
use crate::clock::Clock;
use crate::config::Config;
use crate::notify::wire;
use crate::search::{Ask, Index, Part, Search, Sort, Within, search_path};
use crate::store::Store;
use crate::store::location::open_store;
use crate::work::follow;

/// Found at a time.
const PAGE: usize = 100;

/// Options of `articles search`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Words; "a phrase", title:word, outlet:name, lang:uk, tag:word, word*, OR; after `--` also -without
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// The order
    #[arg(long, value_enum, default_value_t)]
    sort: Order,
    #[command(flatten)]
    config: ConfigArg,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    shown: ShownArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// Newest stored first
    #[default]
    Time,
    /// What fits best first
    Relevance,
}

impl Order {
    fn as_sort(self) -> Sort {
        match self {
            Self::Time => Sort::Time,
            Self::Relevance => Sort::Relevance,
        }
    }
}

/// What is searched for.
struct Asked {
    words: String,
    within: Within,
    sort: Sort,
    limit: usize,
}

/// Asks the daemon, or else the store.
pub(super) async fn run(remote: &Remote, args: Args) -> anyhow::Result<()> {
    let words = together(&args.words);
    let sort = args.sort.as_sort();
    let mut query = args.filter.query(Some(&words));
    query.push(("sort", sort.as_str().to_owned()));
    let items = match listed(remote, &query, args.limit).await {
        Err(error) if remote.is_nobody_there(&error) => {
            let asked = Asked {
                words,
                within: Within {
                    outlet: args.filter.outlet,
                    language: args.filter.language,
                    tag: args.filter.tag,
                    since: args.filter.since,
                    until: args.filter.until,
                },
                sort,
                limit: args.limit,
            };
            in_store(asked, &args.config, error).await?
        }
        found => found?,
    };
    show(&items, args.shown)
}

/// Arguments as one search: what was quoted for the shell, and holds blanks, was meant as a phrase unless
/// it is a search by itself.
fn together(words: &[String]) -> String {
    match words {
        [whole] => whole.clone(),
        several => {
            let one = |word: &String| {
                if word.contains(char::is_whitespace) && !word.contains('"') {
                    format!("\"{word}\"")
                } else {
                    word.clone()
                }
            };
            several.iter().map(one).collect::<Vec<_>>().join(" ")
        }
    }
}

/// What is found in the store itself, as the API shows it; `nobody` says that there is no daemon to ask.
async fn in_store(
    asked: Asked,
    config: &ConfigArg,
    nobody: anyhow::Error,
) -> anyhow::Result<Vec<Value>> {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(Failure::Usage(mistakes)) => return Err(anyhow!("{mistakes}").context(nobody)),
        Err(Failure::Failed(error)) => return Err(error.context(nobody)),
    };
    if !config.search.enabled {
        let says = "`search.enabled` is false: only a running daemon can look through the articles";
        return Err(nobody.context(says));
    }
    let ask = Ask::parse(&asked.words).map_err(WrongUsage)?;
    let store = match open_store(&config).await {
        Ok(store) => store,
        Err(error) => {
            return Err(error.context(format!("{nobody:#}; and its store cannot be searched")));
        }
    };
    let found = search(&store, &config, ask, asked).await;
    store.close().await?;
    found
}

async fn search(
    store: &Arc<dyn Store>,
    config: &Config,
    ask: Ask,
    asked: Asked,
) -> anyhow::Result<Vec<Value>> {
    let search = Arc::new(Search::at(search_path(config)));
    if !search.path().exists() && io::stderr().is_terminal() {
        let articles = store.stats().await?.articles;
        eprintln!("making the search index of {articles} articles first");
    }
    let index = follow::once(store, &search, &Clock::System)
        .await
        .context("cannot bring the search index up to date")?;
    let mut items = Vec::new();
    let mut after = None;
    while items.len() < asked.limit {
        let part = Part {
            sort: asked.sort,
            after: after.take(),
            limit: (asked.limit - items.len()).min(PAGE),
        };
        let found = find(&index, ask.clone(), asked.within.clone(), part).await?;
        for id in found.articles {
            if let Some(article) = store.article(id).await? {
                items.push(serde_json::to_value(wire::article(&article, false))?);
            }
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(items)
}

async fn find(
    index: &Arc<Index>,
    ask: Ask,
    within: Within,
    part: Part,
) -> anyhow::Result<crate::search::Found> {
    let index = Arc::clone(index);
    let found = tokio::task::spawn_blocking(move || index.find(&ask, &within, &part));
    Ok(found.await??)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_quoted_for_the_shell_is_a_phrase() {
        let together = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&it| it.to_owned()).collect();
            super::together(&words)
        };
        assert_eq!(together(&["air", "defence"]), "air defence");
        assert_eq!(together(&["air defence"]), "air defence");
        assert_eq!(together(&["air defence", "Kyiv"]), "\"air defence\" Kyiv");
        assert_eq!(together(&["\"air defence\"", "a"]), "\"air defence\" a");
    }
}

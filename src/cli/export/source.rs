//! Where exported articles come from: the running daemon, else the store itself.

use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use crate::cli::export::Args;
use crate::cli::pages::Pages;
use crate::cli::remote::{Remote, RemoteArgs, is_away};
use crate::cli::{Failure, load_config};
use crate::model::id::OutletName;
use crate::notify::wire;
use crate::search::is_plain;
use crate::store::location::open_store;
use crate::store::{ArticleQuery, Store};

/// Articles of a store that are read at a time, with their texts.
const BATCH: usize = 50;

/// Gives articles in the API's form, newest first.
pub(super) enum Source {
    /// A daemon's, and the first page, which shows that one answers.
    Daemon(Box<Pages>, Option<Vec<Value>>),
    /// A store's.
    Store(Reader),
}

/// Reads a store.
pub(super) struct Reader {
    store: Arc<dyn Store>,
    query: ArticleQuery,
    left: Option<usize>,
    done: bool,
}

impl Source {
    /// The daemon's, if it answers. Where none does at an address of this machine, the store's that
    /// the configuration names.
    pub(super) async fn open(server: &RemoteArgs, args: &Args) -> anyhow::Result<Self> {
        let mut query = args.filter.query(args.search.as_deref());
        query.push(("fields", "full".to_owned()));
        let path = ["api", "v1", "articles"].map(str::to_owned).to_vec();
        let query = query
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let mut pages = Pages::new(Remote::new(server)?, path, query.collect(), args.limit);
        match pages.next().await {
            Ok(first) => Ok(Self::Daemon(Box::new(pages), first)),
            Err(error) if is_away(&error) && server.is_here() => {
                let reader = Reader::open(args).await;
                let why = "neither does a daemon answer nor can the store be read";
                let reader = reader.with_context(|| format!("{error}; {why}"))?;
                eprintln!(
                    "no daemon answers at {}: reading the store itself",
                    server.server
                );
                Ok(Self::Store(reader))
            }
            Err(error) => Err(error),
        }
    }

    /// The next articles; `None` after the last.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        match self {
            Self::Daemon(pages, first) => match first.take() {
                Some(first) => Ok(Some(first)),
                None => pages.next().await,
            },
            Self::Store(reader) => reader.next().await,
        }
    }

    /// How many articles there are, for who waits; not knowing it is no failure.
    pub(super) async fn stored(&self) -> Option<u64> {
        match self {
            Self::Daemon(pages, _) => {
                let about = pages.remote().get(&["api", "v1", "about"], &[]).await;
                about.ok()?["articles"].as_u64()
            }
            Self::Store(reader) => Some(reader.store.stats().await.ok()?.articles),
        }
    }

    /// Lets go of the store.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Daemon(..) => Ok(()),
            Self::Store(reader) => Ok(reader.store.close().await?),
        }
    }
}

impl Reader {
    async fn open(args: &Args) -> anyhow::Result<Self> {
        let config = match load_config(&args.config) {
            Ok(config) => config,
            Err(Failure::Usage(mistakes)) => anyhow::bail!(mistakes),
            Err(Failure::Failed(error)) => return Err(error),
        };
        let filter = &args.filter;
        let words = args.search.as_deref().unwrap_or_default();
        if let Some(odd) = words.split_whitespace().find(|word| !is_plain(word)) {
            anyhow::bail!(
                "cannot search for `{odd}` without a daemon: of a store itself only plain words are looked \
                 for; start the daemon, or leave out marks and fields"
            );
        }
        Ok(Self {
            store: open_store(&config).await?,
            query: ArticleQuery {
                outlet: filter.outlet.clone().map(OutletName::new),
                language: filter.language.clone(),
                tag: filter.tag.clone(),
                since: filter.since,
                until: filter.until,
                words: words.split_whitespace().map(str::to_owned).collect(),
                ..ArticleQuery::default()
            },
            left: args.limit,
            done: args.limit == Some(0),
        })
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        if self.done {
            return Ok(None);
        }
        self.query.limit = self.left.map_or(BATCH, |left| left.min(BATCH));
        let page = self.store.articles(self.query.clone()).await?;
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(page.items.len());
        }
        self.done = page.next.is_none() || self.left == Some(0);
        self.query.cursor = page.next;
        let articles = page.items.iter();
        let articles = articles.map(|article| serde_json::to_value(wire::article(article, true)));
        Ok(Some(articles.collect::<Result<_, _>>()?))
    }
}

//! A stretch of articles read anew: what `articles re-extract` asks for, of the daemon or of a store
//! at rest, step by step, so that no step takes long and whoever waits sees how far it is.

use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::Config;
use crate::model::article::Article;
use crate::model::id::ArticleId;
use crate::store::{ArticleQuery, Cursor, Store, StoreError};
use crate::work::reextract::{Changed, Outcome, Telling, apply, look};

/// Which articles, and what is done with them.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which, from where on; `limit` is the most that are looked at.
    pub articles: ArticleQuery,
    /// This one alone, whatever `articles` says.
    pub article: Option<ArticleId>,
    /// Store what changes and tell so; `None` only looks.
    pub apply: Option<Telling>,
    /// None is begun after this time; one is looked at in any case.
    pub until: Instant,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Those that change and those that cannot be read.
    pub told: Vec<Told>,
    /// Counts of all that were looked at.
    pub tally: Tally,
    /// Where the next stretch begins.
    pub next: Option<Cursor>,
}

/// An article that is spoken of.
#[derive(Debug)]
pub struct Told {
    /// The article as it was.
    pub article: Article,
    /// What became of it.
    pub became: Became,
}

/// What became of an article.
#[derive(Debug)]
pub enum Became {
    /// Other words or facts; stored as the revision, if they were.
    Changed(Box<Changed>, Option<u32>),
    /// It stays as it is: why.
    Unreadable(String),
}

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Would change, or changed.
    pub changed: u64,
    /// Are as today's rules have them.
    pub same: u64,
    /// Cannot be read anew.
    pub unreadable: u64,
    /// Have no pages kept.
    pub unkept: u64,
}

/// Takes one step.
pub async fn step(
    store: &dyn Store,
    config: &Config,
    clock: &Clock,
    step: &Step,
) -> Result<Stretch, StoreError> {
    let mut stretch = Stretch::default();
    if let Some(id) = step.article {
        let article = store.article(id).await?;
        let article = article.ok_or_else(|| StoreError::NotFound {
            what: "article",
            name: id.to_string(),
        })?;
        stretch
            .take(store, config, clock, step.apply, article)
            .await?;
        return Ok(stretch);
    }
    let mut query = step.articles.clone();
    // One at a time: a stretch may end behind any of them.
    query.limit = 1;
    for _ in 0..step.articles.limit {
        let page = store.articles(query.clone()).await?;
        for article in page.items {
            stretch
                .take(store, config, clock, step.apply, article)
                .await?;
        }
        query.cursor.clone_from(&page.next);
        stretch.next = page.next;
        if stretch.next.is_none() || Instant::now() >= step.until {
            break;
        }
    }
    Ok(stretch)
}

impl Stretch {
    async fn take(
        &mut self,
        store: &dyn Store,
        config: &Config,
        clock: &Clock,
        telling: Option<Telling>,
        article: Article,
    ) -> Result<(), StoreError> {
        let became = match look(store, config, &article).await? {
            Outcome::NotKept => {
                self.tally.unkept += 1;
                return Ok(());
            }
            Outcome::Same => {
                self.tally.same += 1;
                return Ok(());
            }
            Outcome::NoOutlet => {
                Became::Unreadable("its outlet is not configured any more".to_owned())
            }
            Outcome::Nothing(why) => Became::Unreadable(why),
            Outcome::Changed(changed) => match telling {
                None => Became::Changed(changed, None),
                Some(telling) => {
                    let now = clock.now();
                    match apply(store, config, now, &article, (*changed).clone(), telling).await {
                        Ok(number) => Became::Changed(changed, Some(number)),
                        // The daemon works on: it may have looked at the page meanwhile.
                        Err(StoreError::LeaseLost) => {
                            Became::Unreadable("it was corrected meanwhile".to_owned())
                        }
                        Err(error) => return Err(error),
                    }
                }
            },
        };
        match became {
            Became::Changed(..) => self.tally.changed += 1,
            Became::Unreadable(_) => self.tally.unreadable += 1,
        }
        self.told.push(Told { article, became });
        Ok(())
    }
}

impl Tally {
    /// Looked at.
    pub fn all(&self) -> u64 {
        self.changed + self.same + self.unreadable + self.unkept
    }
}

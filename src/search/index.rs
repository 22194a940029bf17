//! The index on disk: opening it, or making it anew; reading it; finding in it. All of this blocks.
//!
//! Every commit carries a [`Mark`] that says up to where it follows which store. An index of another
//! version or another store, or one whose files do not hold together, is thrown away: all that it
//! holds follows from the store.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};
use uuid::Uuid;

use super::Standing;
use super::ask::Ask;
use super::disk::readable;
use super::error::{SearchError, engine_fault, guarded};
use super::plan::{Within, plan};
use super::rank::{self, Rank, Rounded, Side, Sort};
use super::schema::{Fields, ID_HIGH, ID_LOW, REVISION, STORED, place_in_time};
use crate::model::article::Article;
use crate::model::id::{ArticleId, EventId};
use crate::store::{Catalogued, Cursor};

/// To be raised when words are taken otherwise, or stems by a newer version of the stemmers.
const VERSION: u32 = 1;
/// Memory for articles that are not written yet.
const WRITER_BYTES: usize = 50_000_000;
/// Of a segment's articles so many may be replaced or removed before it is written anew.
const DEAD_SHARE: f32 = 0.25;
/// A segment with more articles is left as it is: each then holds what was stored in a stretch of time, so that
/// most searches by time are answered by the newest, and filling costs the same however much there is.
const SEGMENT_MAX: usize = 60_000;
/// Segments with fewer articles are merged as if they were of one size.
const SEGMENT_SMALL: u32 = 1_000;
/// Segments that differ less than by this power of two are of one size; eight of one size are merged.
const SIZE_STEP: f64 = 3.0;

/// Up to where an index follows a store; part of every commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    version: u32,
    store: String,
    /// The last event whose article is in it.
    pub events: Option<Uuid>,
    /// Whether it has once held all articles of the store.
    pub complete: bool,
}

impl Mark {
    fn new(store: &str) -> Self {
        Self {
            version: VERSION,
            store: store.to_owned(),
            events: None,
            complete: false,
        }
    }

    /// The event to go on after.
    pub fn event(&self) -> Option<EventId> {
        self.events.map(EventId)
    }
}

/// An index that stands open.
pub struct Opened {
    /// To find in.
    pub index: Arc<Index>,
    /// Up to where it goes.
    pub mark: Mark,
    /// Why it was made anew, where there was one.
    pub anew: Option<String>,
}

/// The index, to read.
pub struct Index {
    path: PathBuf,
    fields: Fields,
    engine: tantivy::Index,
    reader: IndexReader,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// In order.
    pub articles: Vec<ArticleId>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

/// Which part of what is found.
#[derive(Clone, Debug)]
pub struct Part {
    /// In which order.
    pub sort: Sort,
    /// Where the part before ended.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: usize,
}

/// A place in the order of storing.
pub type Spot = (i64, u128);

/// Where an article stands in the order of storing.
pub fn spot(listed: &Catalogued) -> Spot {
    place(listed.stored, listed.id)
}

/// The same, of one that was stored at this time.
pub fn place(stored: Timestamp, id: ArticleId) -> Spot {
    (place_in_time(stored), id.0.as_u128())
}

impl Index {
    /// Opens the index of the store with this identifier; one that is not there, or is not fit, is
    /// made.
    pub fn open(path: &Path, store: &str) -> Result<Opened, SearchError> {
        let fields = Fields::new();
        let stand = || {
            readable(path)?;
            Self::stand(path, &fields, store)
        };
        let why = match guarded(path, stand) {
            Ok(Ok((engine, mark))) => match guarded(path, || Self::read(path, &fields, engine)) {
                Ok(index) => {
                    return Ok(Opened {
                        index: Arc::new(index),
                        mark,
                        anew: None,
                    });
                }
                Err(fault) => Some(fault.to_string()),
            },
            Ok(Err(why)) => why,
            Err(fault) => Some(fault.to_string()),
        };
        let disk = |doing| {
            move |source: std::io::Error| SearchError::Engine {
                doing,
                path: path.to_owned(),
                source: source.into(),
            }
        };
        if path.exists() {
            std::fs::remove_dir_all(path).map_err(disk("remove what is left of"))?;
        }
        std::fs::create_dir_all(path).map_err(disk("make a directory for"))?;
        let engine = tantivy::Index::create_in_dir(path, fields.schema.clone());
        let engine = engine.map_err(|fault| engine_fault("make", path, fault))?;
        let index = Self::read(path, &fields, engine)?;
        let mark = Mark::new(store);
        Writer::new(&index)?.commit(&mark)?;
        Ok(Opened {
            index: Arc::new(index),
            mark,
            anew: why,
        })
    }

    /// How the index of the store with this identifier stands, from outside: nothing is opened for
    /// writing, mended or made.
    pub fn survey(path: &Path, store: &str) -> Standing {
        let fields = Fields::new();
        let read = guarded(path, || match Self::stand(path, &fields, store)? {
            Ok((engine, mark)) => Ok(Ok((Self::read(path, &fields, engine)?, mark))),
            Err(why) => Ok(Err(why)),
        });
        match read {
            Ok(Ok((index, mark))) => Standing {
                complete: mark.complete,
                articles: index.articles(),
                bytes: index.bytes(),
                ..Standing::default()
            },
            Ok(Err(why)) => Standing {
                trouble: why,
                ..Standing::default()
            },
            Err(fault) => Standing {
                trouble: Some(fault.to_string()),
                ..Standing::default()
            },
        }
    }

    /// Opens what is there; else says why it is not fit, if there is anything.
    fn stand(
        path: &Path,
        fields: &Fields,
        store: &str,
    ) -> Result<Result<(tantivy::Index, Mark), Option<String>>, SearchError> {
        if !path.join("meta.json").exists() {
            return Ok(Err(None));
        }
        let engine =
            tantivy::Index::open_in_dir(path).map_err(|fault| engine_fault("open", path, fault))?;
        let metas = engine.load_metas();
        let metas = metas.map_err(|fault| engine_fault("open", path, fault))?;
        let mark = metas.payload.as_deref().unwrap_or_default();
        Ok(match serde_json::from_str::<Mark>(mark) {
            Ok(mark) if mark.version != VERSION || engine.schema() != fields.schema => {
                Err(Some("it was made by another version".to_owned()))
            }
            Ok(mark) if mark.store != store => Err(Some("it is of another store".to_owned())),
            Ok(mark) => Ok((engine, mark)),
            Err(_) => Err(Some("it does not say up to where it goes".to_owned())),
        })
    }

    fn read(path: &Path, fields: &Fields, engine: tantivy::Index) -> Result<Self, SearchError> {
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|fault| engine_fault("read", path, fault))?;
        Ok(Self {
            path: path.to_owned(),
            fields: fields.clone(),
            engine,
            reader,
        })
    }

    /// Articles in it.
    pub fn articles(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        let files = std::fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter_map(|file| Some(file.metadata().ok()?.len()))
            .sum()
    }

    /// Reads all of it, and fails where a file is not as it was written.
    pub fn verify(&self) -> Result<(), SearchError> {
        let damaged = guarded(&self.path, || {
            let damaged = self.engine.validate_checksum();
            damaged.map_err(|fault| engine_fault("read", &self.path, fault))
        })?;
        match damaged.iter().next() {
            None => Ok(()),
            Some(file) => Err(SearchError::Damaged {
                path: self.path.clone(),
                what: format!("{} is not as it was written", file.display()),
            }),
        }
    }

    /// The articles from `low` up to before `high`, each with its revision.
    pub fn between(
        &self,
        low: Option<Spot>,
        high: Option<Spot>,
    ) -> Result<HashMap<ArticleId, u32>, SearchError> {
        let read = || -> tantivy::Result<HashMap<ArticleId, u32>> {
            let mut found = HashMap::new();
            let times = low.map_or(i64::MIN, |it| it.0)..=high.map_or(i64::MAX, |it| it.0);
            for segment in self.reader.searcher().segment_readers() {
                let columns = segment.fast_fields();
                let stored = columns.i64(STORED)?;
                let (first, second) = (columns.u64(ID_HIGH)?, columns.u64(ID_LOW)?);
                let revision = columns.u64(REVISION)?;
                let mut documents = Vec::new();
                stored.get_docids_for_value_range(
                    times.clone(),
                    0..segment.max_doc(),
                    &mut documents,
                );
                for document in documents {
                    let half = |column: &tantivy::columnar::Column<u64>| {
                        u128::from(column.first(document).unwrap_or_default())
                    };
                    let id = half(&first) << 64 | half(&second);
                    let place = (stored.first(document).unwrap_or_default(), id);
                    if segment.is_deleted(document)
                        || low.is_some_and(|low| place < low)
                        || high.is_some_and(|high| place >= high)
                    {
                        continue;
                    }
                    let revision = revision.first(document).unwrap_or_default();
                    let revision = u32::try_from(revision).unwrap_or(u32::MAX);
                    found.insert(ArticleId(Uuid::from_u128(id)), revision);
                }
            }
            Ok(found)
        };
        guarded(&self.path, || {
            read().map_err(|fault| engine_fault("read", &self.path, fault))
        })
    }

    /// Looks for articles.
    pub fn find(&self, ask: &Ask, within: &Within, part: &Part) -> Result<Found, SearchError> {
        let side = match &part.after {
            None => Side::Top,
            Some(cursor) => Side::Below(Rank::at(part.sort, cursor)?),
        };
        let limit = part.limit.max(1);
        let mut ranks = self.first(ask, within, (part.sort, side, limit + 1))?;
        let more = ranks.len() > limit;
        ranks.truncate(limit);
        let next = ranks.last().filter(|_| more);
        Ok(Found {
            next: next.map(|last| last.cursor(part.sort)),
            articles: ranks.into_iter().map(Rank::article).collect(),
        })
    }

    /// Where the part begins that ends where this one does: nothing where that is the first.
    pub fn before(
        &self,
        ask: &Ask,
        within: &Within,
        part: &Part,
    ) -> Result<Option<Cursor>, SearchError> {
        let Some(cursor) = &part.after else {
            return Ok(None);
        };
        let side = Side::Above(Rank::at(part.sort, cursor)?);
        let limit = part.limit.max(1);
        let ranks = self.first(ask, within, (part.sort, side, limit + 1))?;
        Ok(ranks.get(limit).map(|rank| rank.cursor(part.sort)))
    }

    fn first(
        &self,
        ask: &Ask,
        within: &Within,
        (sort, side, limit): (Sort, Side, usize),
    ) -> Result<Vec<Rank>, SearchError> {
        guarded(&self.path, || {
            let searcher = self.reader.searcher();
            let query = plan(&self.fields, ask, within);
            let rounded = Rounded {
                searcher: &searcher,
                fields: &self.fields,
            };
            // Where all fit alike, time decides, and need not be asked of all.
            let sort = if ask.is_flat() { Sort::Time } else { sort };
            rank::first(&searcher, &query, &rounded, (sort, side, limit))
                .map_err(|fault| engine_fault("search", &self.path, fault))
        })
    }
}

/// The one who writes. There is one at a time; the engine's lock sees to it.
pub struct Writer {
    path: PathBuf,
    fields: Fields,
    reader: IndexReader,
    engine: IndexWriter<TantivyDocument>,
}

impl Writer {
    /// Takes the lock.
    pub fn new(index: &Index) -> Result<Self, SearchError> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let engine = index.engine.writer_with_options(options);
        let engine = engine.map_err(|fault| engine_fault("write to", &index.path, fault))?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(DEAD_SHARE);
        merging.set_max_docs_before_merge(SEGMENT_MAX);
        merging.set_min_layer_size(SEGMENT_SMALL);
        merging.set_level_log_size(SIZE_STEP);
        engine.set_merge_policy(Box::new(merging));
        Ok(Self {
            path: index.path.clone(),
            fields: index.fields.clone(),
            reader: index.reader.clone(),
            engine,
        })
    }

    /// Takes articles in, each in place of what was held of it.
    pub fn put<'a>(
        &mut self,
        articles: impl IntoIterator<Item = &'a Article>,
    ) -> Result<(), SearchError> {
        for article in articles {
            // A text that the stemmers stumble over is said and left out: the others are found.
            let made = catch_unwind(AssertUnwindSafe(|| self.fields.document(article)));
            self.engine.delete_term(self.fields.key(article.id));
            let Ok(document) = made else {
                tracing::error!(article.id = %article.id, "cannot take this article into the search index");
                continue;
            };
            let added = self.engine.add_document(document);
            added.map_err(|fault| engine_fault("write to", &self.path, fault))?;
        }
        Ok(())
    }

    /// Takes articles out.
    pub fn remove(&mut self, articles: impl IntoIterator<Item = ArticleId>) {
        for article in articles {
            self.engine.delete_term(self.fields.key(article));
        }
    }

    /// Makes what was put and removed durable and seen, with the mark, as one.
    pub fn commit(&mut self, mark: &Mark) -> Result<(), SearchError> {
        let path = &self.path;
        let engine = &mut self.engine;
        let reader = &self.reader;
        guarded(path, || {
            let text = serde_json::to_string(mark).expect("strings and numbers");
            let mut commit = || -> tantivy::Result<()> {
                let mut prepared = engine.prepare_commit()?;
                prepared.set_payload(&text);
                prepared.commit()?;
                reader.reload()
            };
            commit().map_err(|fault| engine_fault("write to", path, fault))
        })
    }
}

//! A store with many outlets, into which articles are put as the daemon puts them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use url::Url;
use wireroom::dedupe::sketch::Sketch;
use wireroom::model::article::{Article, Block, BlockKind, Content};
use wireroom::model::delivery::StoryTerms;
use wireroom::model::entry::Entry;
use wireroom::model::id::{ArticleId, OutletName, SourceId};
use wireroom::model::source::{SourceKind, Validators};
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{Found, PollReport, Publication, Published, SourceSeed, Store as _};

const TTL: Duration = Duration::from_hours(1);

/// Who says what.
pub struct Told {
    pub outlet: usize,
    pub paragraphs: Vec<String>,
}

/// The store and its outlets.
pub struct Room {
    pub store: Arc<SledStore>,
    now: Timestamp,
    outlets: usize,
    pages: usize,
    /// Whether articles are sketched.
    pub sketched: bool,
    _directory: TempDir,
}

fn seed(outlet: usize) -> SourceSeed {
    let name = OutletName::new(format!("outlet-{outlet}"));
    let url: Url = (format!("https://outlet-{outlet}.example/feed").parse()).expect("an address");
    SourceSeed {
        id: SourceId::of(&name, "feed", &url),
        outlet: name,
        kind: SourceKind::Feed,
        url,
    }
}

impl Room {
    /// A fresh one.
    pub async fn with(outlets: usize) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the store");
        let path = directory.path().join("store");
        let store = SledStore::open(&path, SledOptions::default()).await;
        let store = store.expect("the store opens");
        let now = Timestamp::from_second(1_750_000_000).expect("a time");
        let seeds = (0..outlets).map(seed).collect();
        (store.reconcile(now, seeds, Vec::new()).await).expect("reconciled");
        Self {
            store: Arc::new(store),
            now,
            outlets,
            pages: 0,
            sketched: true,
            _directory: directory,
        }
    }

    /// Stores each, `width` at a time, and says which article it became.
    pub async fn tell(&mut self, told: Vec<Told>, width: usize) -> Vec<ArticleId> {
        let mut ids = vec![None; told.len()];
        let mut said: HashMap<Url, (usize, Told)> = HashMap::new();
        let mut found: Vec<Vec<Found>> = (0..self.outlets).map(|_| Vec::new()).collect();
        for (place, told) in told.into_iter().enumerate() {
            let url = format!("https://page-{}.example/", self.pages);
            let url: Url = url.parse().expect("an address");
            self.pages += 1;
            found[told.outlet].push(Found {
                url: url.clone(),
                fetch: url.clone(),
                guid: None,
                entry: Entry::default(),
            });
            said.insert(url, (place, told));
        }
        self.list(found).await;
        while !said.is_empty() {
            let none = HashSet::new();
            let jobs = self.store.claim_visits(self.now, width, TTL, &none).await;
            let jobs = jobs.expect("claimed");
            assert!(!jobs.is_empty(), "pages are due");
            let steps = jobs.into_iter().map(|job| {
                let url = job.page.key.url.clone();
                let (place, told) = said.remove(&url).expect("it was listed");
                let publication = self.publication(url, &told);
                let step = self.store.publish(job.lease, publication);
                async move { (place, step.await.expect("published")) }
            });
            for (place, published) in futures_util::future::join_all(steps).await {
                let Published::New { article, .. } = published else {
                    panic!("{published:?}");
                };
                ids[place] = Some(article);
            }
        }
        ids.into_iter()
            .map(|id| id.expect("all were stored"))
            .collect()
    }

    /// An article as it stands.
    pub async fn article(&self, id: ArticleId) -> Article {
        let article = self.store.article(id).await.expect("read");
        article.expect("it is stored")
    }

    async fn list(&self, mut found: Vec<Vec<Found>>) {
        for (outlet, listed) in found.iter().enumerate() {
            if !listed.is_empty() {
                let polled = self.store.poll_now(&seed(outlet).id, self.now).await;
                polled.expect("the source is there");
            }
        }
        let none = HashSet::new();
        let jobs = (self.store).claim_polls(self.now, self.outlets, TTL, &none);
        for mut job in jobs.await.expect("claimed") {
            let outlet = (0..self.outlets).find(|outlet| seed(*outlet).id == job.state.id);
            job.state.next_poll = Some(Timestamp::MAX);
            let report = PollReport {
                quiet: HashSet::new(),
                now: self.now,
                state: job.state,
                found: std::mem::take(&mut found[outlet.expect("one of ours")]),
                announce: true,
                events: Vec::new(),
            };
            (self.store.finish_poll(job.lease, report).await).expect("finished");
        }
    }

    fn publication(&self, url: Url, told: &Told) -> Publication {
        let blocks = told.paragraphs.iter();
        let content = Content {
            title: Some("A headline".to_owned()),
            blocks: blocks
                .map(|line| Block::plain(BlockKind::Paragraph, line))
                .collect(),
            ..Content::default()
        };
        let digest = xxhash_rust::xxh3::xxh3_64(url.as_str().as_bytes());
        Publication {
            now: self.now,
            fetched: self.now,
            url,
            aliases: Vec::new(),
            text_key: None,
            digest,
            on_new: Vec::new(),
            on_updated: Vec::new(),
            terms: StoryTerms::default(),
            raw: None,
            yielded: None,
            sketch: self.sketched.then(|| Sketch::of(&content.text())).flatten(),
            content,
            validators: Validators::default(),
            next_look: None,
        }
    }
}

//! What this binary does when it is started as a child: it works on a store until it is killed, and
//! says on standard output what it has been promised.
//!
//! Without its environment `child` is a test that does nothing.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wireroom::clock::Clock;
use wireroom::model::delivery::{Attempt, DeliveryState};
use wireroom::model::id::{ArticleId, DeliveryId};
use wireroom::store::sled::SledStore;
use wireroom::store::{Alerts, Published, Settlement, Store, Verdict};

use crate::store::crash;
use crate::store::world::{desk, found, options, publication, report, seed, wire};

/// What to do: `work`, `audit`, or one of the controls.
pub(crate) const JOB: &str = "WIREROOM_TEST_JOB";
/// Where the store is.
pub(crate) const PATH: &str = "WIREROOM_TEST_STORE";
/// For the controls, what to write; for `audit`, what was said.
pub(crate) const SCRIPT: &str = "WIREROOM_TEST_SCRIPT";

/// What a store has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// This revision is stored.
    Published { article: ArticleId, revision: u32 },
    /// This delivery is done.
    Delivered(DeliveryId),
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published { article, revision } => write!(f, "published {article} {revision}"),
            Self::Delivered(delivery) => write!(f, "delivered {delivery}"),
        }
    }
}

impl Promise {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["published", article, revision] => Some(Self::Published {
                article: article.parse().ok()?,
                revision: revision.parse().ok()?,
            }),
            ["delivered", delivery] => Some(Self::Delivered(delivery.parse().ok()?)),
            _ => None,
        }
    }
}

/// Says one promise, whole or not at all as far as a pipe allows.
fn say(promise: &impl fmt::Display) {
    let line = format!("{promise}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

/// What is wrong with a promise.
pub(crate) async fn broken<S: Store>(store: &S, promise: &Promise) -> Option<String> {
    let kept = match *promise {
        Promise::Published { article, revision } => {
            let revisions = store.revisions(article).await.unwrap();
            revisions.len() >= revision as usize && store.article(article).await.unwrap().is_some()
        }
        Promise::Delivered(delivery) => {
            let delivery = store.delivery(delivery).await.unwrap();
            delivery.is_some_and(|delivery| delivery.state == DeliveryState::Delivered)
        }
    };
    (!kept).then(|| format!("was promised and is not so: {promise}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(job) = std::env::var(JOB) else { return };
    let path = PathBuf::from(std::env::var_os(PATH).unwrap());
    let script = std::env::var_os(SCRIPT).map(PathBuf::from);
    match job.as_str() {
        "work" => work(&path).await,
        "tree-by-tree" => write_script(&path, &script.unwrap(), tree_by_tree, Some(1)),
        "step-by-step" => write_script(&path, &script.unwrap(), step_by_step, Some(1)),
        "flush-only" => write_script(&path, &script.unwrap(), flush_only, None),
        "write-script" => {
            let script = serde_json::to_vec(&crash::script(40).await).unwrap();
            std::fs::write(std::env::var_os(SCRIPT).unwrap(), script).unwrap();
        }
        "audit" => audit(&path, &script.unwrap()).await,
        other => panic!("no such job: {other}"),
    }
}

/// Several workers poll, publish, correct and deliver until the process is killed.
async fn work(path: &Path) {
    let store = Arc::new(SledStore::open(path, options()).await.unwrap());
    let outlet = format!("r{:x}", rand::random::<u32>());
    let source = seed(&outlet);
    let endpoints = vec![desk(), wire()];
    store
        .reconcile(Clock::System.now(), vec![source], endpoints)
        .await
        .unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let store = Arc::clone(&store);
        match worker {
            0 => workers.spawn(async move { list(&store, &outlet_of(&store).await).await }),
            1 | 2 => workers.spawn(async move { publish(&store).await }),
            _ => workers.spawn(async move { deliver(&store).await }),
        };
    }
    workers.join_all().await;
}

async fn outlet_of(store: &SledStore) -> String {
    let source = store.sources().await.unwrap().remove(0);
    source.outlet.as_str().to_owned()
}

const TTL: Duration = Duration::from_mins(1);

async fn list(store: &SledStore, outlet: &str) {
    for round in 0_u64.. {
        let now = Clock::System.now();
        store.poll_now(&seed(outlet).id, now).await.unwrap();
        for job in store
            .claim_polls(now, 1, TTL, &HashSet::new())
            .await
            .unwrap()
        {
            let entries = (0..20).map(|n| {
                let mut entry = found(
                    &format!("https://{n}.{outlet}.example/{}", round / 2),
                    &format!("as of {round}"),
                );
                entry.guid = Some(format!("{round}-{n}"));
                entry.entry.content = Some("content ".repeat(usize::try_from(n * 200).unwrap()));
                entry
            });
            let report = report(now, &job.state, entries.collect());
            store.finish_poll(job.lease, report).await.unwrap();
        }
    }
}

async fn publish(store: &SledStore) {
    loop {
        let now = Clock::System.now();
        for job in store
            .claim_visits(now, 3, TTL, &HashSet::new())
            .await
            .unwrap()
        {
            let text = format!("{} {}", job.page.key.url, job.page.looks);
            let mut said = publication(now, &text);
            said.url = job.page.key.url.clone();
            said.content.blocks[0].text =
                text.repeat(1 + usize::try_from(said.digest % 200).unwrap());
            said.on_new = vec![desk(), wire()];
            said.next_look = (job.page.looks < 2).then_some(now);
            match store.publish(job.lease, said).await.unwrap() {
                Published::New { article, .. } => say(&Promise::Published {
                    article,
                    revision: 1,
                }),
                Published::Revised {
                    article, revision, ..
                } => {
                    say(&Promise::Published { article, revision });
                }
                Published::Known { .. } => {}
            }
        }
    }
}

async fn deliver(store: &SledStore) {
    loop {
        let now = Clock::System.now();
        for job in store
            .claim_deliveries(now, 9, TTL, &HashSet::new())
            .await
            .unwrap()
        {
            let delivery = job.lease.item;
            let verdict = match job.delivery.tries {
                0 if rand::random::<u8>() < 60 => Verdict::Retry { at: now },
                _ if rand::random::<u8>() < 30 => Verdict::Failed,
                _ => Verdict::Delivered,
            };
            let settlement = Settlement {
                now,
                attempt: Attempt {
                    at: now,
                    status: None,
                    error: None,
                    ms: 1,
                    answer: None,
                },
                verdict,
                hold_until: None,
                disable: None,
                failing_after: 2,
                disable_after: None,
                refused: None,
                alerts: Alerts {
                    failing: vec![wire()],
                    ..Alerts::default()
                },
            };
            store.settle(job.lease, settlement).await.unwrap();
            if verdict == Verdict::Delivered {
                say(&Promise::Delivered(delivery));
            }
        }
    }
}

/// A key, and the value put there or none.
type Write = (Vec<u8>, Option<Vec<u8>>);

/// One step as the real store wrote it, for the controls to write in their own ways.
#[derive(Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) writes: Vec<Write>,
    pub(crate) promise: Option<String>,
}

fn batch<'a>(writes: impl Iterator<Item = &'a Write>) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for (key, value) in writes {
        match value {
            Some(value) => batch.insert(key.as_slice(), value.as_slice()),
            None => batch.remove(key.as_slice()),
        }
    }
    batch
}

fn write_script(path: &Path, script: &Path, write: fn(&sled::Db, &Batch), flush: Option<u64>) {
    let script: Vec<Batch> = serde_json::from_slice(&std::fs::read(script).unwrap()).unwrap();
    let db = sled::Config::new()
        .path(path)
        .flush_every_ms(flush)
        .open()
        .unwrap();
    for step in &script {
        write(&db, step);
        if let Some(promise) = &step.promise {
            say(promise);
        }
        // Far longer than it takes to be killed where that is what is wanted.
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_mins(1));
}

/// A tree for each kind of key and a batch for each tree: what the store does not do.
fn tree_by_tree(db: &sled::Db, step: &Batch) {
    let mut kinds: BTreeMap<u8, Vec<&Write>> = BTreeMap::new();
    for write in &step.writes {
        kinds.entry(write.0[0]).or_default().push(write);
    }
    for (kind, writes) in kinds {
        let tree = db.open_tree([kind]).unwrap();
        tree.apply_batch(batch(writes.into_iter())).unwrap();
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// One tree and one batch: what the store does.
fn step_by_step(db: &sled::Db, step: &Batch) {
    db.apply_batch(batch(step.writes.iter())).unwrap();
}

/// One batch, and an answer after the engine's own flush alone: what the store does not do.
fn flush_only(db: &sled::Db, step: &Batch) {
    step_by_step(db, step);
    db.flush().unwrap();
}

/// Says what is wrong with the store and with what was promised; nothing, where all is well.
async fn audit(path: &Path, said: &Path) {
    let said = std::fs::read_to_string(said).unwrap();
    let promises: Vec<Promise> = said.lines().filter_map(Promise::parse).collect();
    let store = match SledStore::open(path, options()).await {
        Ok(store) => store,
        Err(error) => return say(&format_args!("fault: {error}")),
    };
    for fault in store.check().await.unwrap().faults {
        say(&format_args!("fault: {fault}"));
    }
    for promise in &promises {
        if let Some(fault) = broken(&store, promise).await {
            say(&format_args!("fault: {fault}"));
        }
    }
    say(&format_args!("audited {} promises", promises.len()));
}

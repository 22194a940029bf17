//! A store's records carried into another: as they stood at one moment, whole, and the same again.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use wireroom::config;
use wireroom::model::article::Story;
use wireroom::model::id::{ArticleId, Host};
use wireroom::model::subscription::{PushSecret, PushToken, Standing as Subscribed, Subscription};
use wireroom::store::backup::{
    self, BackupError, BackupReader, BackupWriter, Identity, Record, Source,
};
use wireroom::store::sled::{Compact, SledOptions, SledStore, Standing};
use wireroom::store::{
    ArticleQuery, PruneRule, Publication, RawArticle, RawPage, Store, StoreError, StoreStats,
    Verdict,
};
use wireroom::work::reextract::{self, Outcome};

use crate::store::stories;
use crate::store::world::{TTL, World, desk, found, options, report, seed, url, wire};

/// A closed place for stores.
struct Places(TempDir);

impl Places {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = (std::fs::read_dir(self.0.path()).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.strip_suffix(".lock").is_none())
            .collect();
        names.sort();
        names
    }

    async fn world(&self, name: &str) -> World<SledStore> {
        let store = SledStore::open(&self.path(name), options()).await.unwrap();
        World::new(store, None).await
    }
}

/// Pages as an outlet might have sent them.
pub(crate) fn raw(w: &World<SledStore>, body: &[u8]) -> RawArticle {
    RawArticle {
        fetched: w.now(),
        entry: Some(found("https://a.example/raw", "as listed").entry),
        pages: vec![RawPage {
            url: url("https://a.example/raw"),
            content_type: Some("text/html".to_owned()),
            body: body.to_vec().into(),
        }],
    }
}

async fn publish(w: &World<SledStore>, n: usize) {
    let job = w.visit(&format!("https://a.example/{n}")).await;
    w.store.publish(job.lease, article(w, n)).await.unwrap();
}

fn article(w: &World<SledStore>, n: usize) -> Publication {
    let mut said = w.words(&format!("text {n}"));
    // Now and then one that needs several parts, because it does not compress.
    let more: String = (0..n % 7 * 300)
        .map(|part| {
            format!(
                "{:x} ",
                xxhash_rust::xxh3::xxh3_64(format!("{n} {part}").as_bytes())
            )
        })
        .collect();
    said.content.blocks[0].text = format!("words of {n} {more}");
    said.next_look = Some(w.now());
    if n.is_multiple_of(3) {
        said.raw = Some(raw(
            w,
            format!("<p>{n} {}", "<b>page</b>".repeat(n * 50)).as_bytes(),
        ));
    }
    said
}

/// Everything that a store may hold: corrections, deliveries in each state, pages that wait, what
/// was pruned, sources that left.
pub(crate) async fn fill(w: &World<SledStore>) {
    for n in 0..3 {
        publish(w, n).await;
    }
    for job in w.claim_deliveries(1).await {
        let settlement = w.settlement(Verdict::Delivered);
        w.store.settle(job.lease, settlement).await.unwrap();
    }
    w.pass(Duration::from_hours(1));
    let rule = PruneRule {
        before: w.now(),
        keep_articles: 1_000,
        forget_before: jiff::Timestamp::UNIX_EPOCH,
        limit: 100,
    };
    w.store.prune(rule).await.unwrap();
    for n in 3..20 {
        publish(w, n).await;
    }
    // Corrections of what waits to be looked at again.
    for _ in 0..6 {
        let job = w.claim_visit().await;
        let mut said = w.words(&format!("corrected {}", job.page.key.url));
        said.raw = Some(raw(w, b"\xff\xfe not utf-8"));
        w.store.publish(job.lease, said).await.unwrap();
    }
    for (n, verdict) in [
        Verdict::Delivered,
        Verdict::Failed,
        Verdict::Retry { at: w.now() + TTL },
    ]
    .into_iter()
    .enumerate()
    {
        for job in w.claim_deliveries(1).await {
            let settlement = w.settlement(verdict);
            w.store.settle(job.lease, settlement).await.unwrap();
        }
        let mut entry = found(&format!("https://a.example/waits/{n}"), "x");
        entry.guid = Some(format!("tag:{n}"));
        w.list(vec![entry]).await;
    }
    // One of each kind is under lease.
    w.store.poll_now(&seed("a").id, w.now()).await.unwrap();
    w.poll().await;
    w.claim_visits(1).await;
    w.claim_deliveries(1).await;
    link(w).await;
}

/// A text that three outlets carry, and a hub that pushes.
async fn link(w: &World<SledStore>) {
    let seeds = ["a", "b", "c", "d"].map(seed).to_vec();
    let endpoints = vec![desk(), wire()];
    w.store.reconcile(w.now(), seeds, endpoints).await.unwrap();
    let others = HashSet::from([Host::of(&url("https://a.example/"))]);
    for outlet in ["b", "c", "d"] {
        let source = seed(outlet).id;
        let job = w.store.claim_source(&source, w.now(), TTL).await;
        let job = job.unwrap().unwrap();
        let listed = vec![found(&format!("https://{outlet}.example/same"), "same")];
        let report = report(w.now(), &job.state, listed);
        w.store.finish_poll(job.lease, report).await.unwrap();
        let visits = w.store.claim_visits(w.now(), 1, TTL, &others).await;
        let lease = visits.unwrap().remove(0).lease;
        let said = stories::said(w, outlet, "same", &stories::text(1));
        w.store.publish(lease, said).await.unwrap();
    }
    let subscription = Subscription {
        token: PushToken(7),
        source: seed("b").id,
        hub: url("https://hub.example/"),
        topic: url("https://b.example/feed"),
        callback: url("https://wire.example/websub/7"),
        secret: PushSecret("a secret of the hub and ours".to_owned()),
        standing: Subscribed::Active,
        asked: Some(w.now()),
        tries: 0,
        next_step: w.now() + TTL,
        lease_until: Some(w.now() + TTL),
        reason: None,
        last_push: None,
        trusted: false,
    };
    w.store.keep_subscription(subscription).await.unwrap();
}

/// The articles of the text that three outlets carry, each with those that it knows of.
pub(crate) async fn linked(store: &SledStore) -> Vec<(ArticleId, Story)> {
    let query = ArticleQuery {
        limit: 500,
        ..ArticleQuery::default()
    };
    let all = store.articles(query).await.unwrap().items.into_iter();
    let mut linked: Vec<_> = all
        .filter(|it| it.outlet.as_str() != "a")
        .map(|it| (it.id, it.story))
        .collect();
    linked.sort_by_key(|(id, _)| *id);
    linked
}

async fn written(store: &SledStore) -> Vec<u8> {
    let mut source = store.snapshot().await.unwrap();
    tokio::task::spawn_blocking(move || {
        backup::write(source.as_mut(), Vec::new(), &mut |_| {})
            .unwrap()
            .0
    })
    .await
    .unwrap()
}

fn load(bytes: &[u8], path: &Path) -> Result<(), BackupError> {
    let mut reader = BackupReader::begin(bytes)?;
    let loader = SledStore::import(path, &options(), reader.identity(), Standing::Stays)?;
    backup::load(&mut reader, loader, &mut |_| {}).map(drop)
}

/// What has to be the same in a copy.
fn counts(stats: StoreStats) -> StoreStats {
    StoreStats {
        bytes: 0,
        commits: 0,
        ..stats
    }
}

async fn sound(store: &SledStore) {
    let report = store.check().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_and_imported_is_exported_the_same_again() {
    let places = Places::new();
    let w = places.world("one").await;
    fill(&w).await;
    sound(&w.store).await;
    let stats = w.store.stats().await.unwrap();
    assert!(stats.raw_pages > 5 && stats.deliveries.iter().all(|&count| count > 0));
    let bytes = written(&w.store).await;
    load(&bytes, &places.path("two")).unwrap();
    let copy = SledStore::open(&places.path("two"), options())
        .await
        .unwrap();
    sound(&copy).await;
    assert_eq!(counts(copy.stats().await.unwrap()), counts(stats));
    assert!(written(&copy).await == bytes, "the same bytes");
    let stories = linked(&copy).await;
    assert_eq!(stories.len(), 3);
    assert!(stories.iter().all(|(_, story)| story.also.len() == 2));
    assert_eq!(stories, linked(&w.store).await);
    let subscriptions = w.store.subscriptions().await.unwrap();
    assert_eq!(copy.subscriptions().await.unwrap(), subscriptions);
    // It goes on where the other stood: what was under lease there is taken over.
    assert_eq!(copy.take_over(w.now()).await.unwrap(), 3);
    let copy = World::new(copy, None).await;
    assert_eq!(
        copy.list(vec![found("https://a.example/3", "first")])
            .await
            .known,
        1
    );
    publish(&copy, 99).await;
    sound(&copy.store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_snapshot_is_of_one_moment_whatever_is_written_meanwhile() {
    let places = Places::new();
    let w = Arc::new(places.world("one").await);
    fill(&w).await;
    w.pass(TTL);
    for round in 0..6_usize {
        let then = w.store.stats().await.unwrap();
        let mut source = w.store.snapshot().await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let writer = {
            let (w, stop) = (Arc::clone(&w), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut n = 1_000 * (round + 1);
                while !stop.load(Ordering::Relaxed) {
                    publish(&w, n).await;
                    for job in w.claim_deliveries(2).await {
                        let settlement = w.settlement(Verdict::Delivered);
                        w.store.settle(job.lease, settlement).await.unwrap();
                    }
                    w.pass(Duration::from_mins(1));
                    let rule = PruneRule {
                        before: w.now() - Duration::from_mins(5),
                        keep_articles: 15,
                        forget_before: w.now() - Duration::from_mins(20),
                        limit: 3,
                    };
                    w.store.prune(rule).await.unwrap();
                    n += 1;
                }
            })
        };
        let bytes = tokio::task::spawn_blocking(move || {
            let mut out = BackupWriter::begin(Vec::new(), source.identity()).unwrap();
            while let Some(records) = source.next().unwrap() {
                for record in &records {
                    out.record(record).unwrap();
                }
                // Pieces are not read in one go: the writer comes in between.
                std::thread::sleep(Duration::from_millis(3));
            }
            out.finish().unwrap().0
        })
        .await
        .unwrap();
        stop.store(true, Ordering::Relaxed);
        writer.await.unwrap();
        assert!(w.store.stats().await.unwrap().commits > then.commits);
        let path = places.path(&format!("copy-{round}"));
        load(&bytes, &path).unwrap();
        let copy = SledStore::open(&path, options()).await.unwrap();
        sound(&copy).await;
        let now = counts(copy.stats().await.unwrap());
        assert_eq!(now, counts(then), "round {round}");
        copy.close().await.unwrap();
    }
    sound(&w.store).await;
}

#[tokio::test]
async fn one_snapshot_at_a_time() {
    let places = Places::new();
    let w = places.world("one").await;
    let first = w.store.snapshot().await.unwrap();
    let second = w.store.snapshot().await.map(drop);
    assert!(matches!(second, Err(StoreError::Busy { .. })), "{second:?}");
    drop(first);
    drop(w.store.snapshot().await.unwrap());
}

#[tokio::test]
async fn a_store_that_stands_there_is_kept() {
    let places = Places::new();
    let w = places.world("one").await;
    fill(&w).await;
    let bytes = written(&w.store).await;
    let refused = load(&bytes, &places.path("one")).unwrap_err().to_string();
    assert!(refused.contains("another process has it open"), "{refused}");
    w.store.close().await.unwrap();
    let refused = load(&bytes, &places.path("one")).unwrap_err().to_string();
    assert!(
        refused.contains("stands there already and is not touched"),
        "{refused}"
    );
    assert_eq!(places.names(), ["one"]);
    let mut reader = BackupReader::begin(&bytes[..]).unwrap();
    let path = places.path("one");
    let loader =
        SledStore::import(&path, &options(), reader.identity(), Standing::StepsAside).unwrap();
    let (_, aside) = backup::load(&mut reader, loader, &mut |_| {}).unwrap();
    let aside = SledStore::open(&aside.unwrap(), options()).await.unwrap();
    let new = SledStore::open(&path, options()).await.unwrap();
    assert_eq!(
        counts(aside.stats().await.unwrap()),
        counts(new.stats().await.unwrap())
    );
}

#[tokio::test]
async fn what_is_cut_short_or_damaged_leaves_no_store() {
    let places = Places::new();
    let w = places.world("one").await;
    fill(&w).await;
    let bytes = written(&w.store).await;
    for cut in [1, bytes.len() / 2, bytes.len() - 1] {
        let error = load(&bytes[..cut], &places.path("two")).unwrap_err();
        assert!(
            matches!(error, BackupError::Damaged { .. } | BackupError::Foreign(_)),
            "{error}"
        );
        assert_eq!(places.names(), ["one"], "cut at {cut}");
    }
    let identity = |schema| Identity {
        schema,
        store: "x".to_owned(),
    };
    let cases = [
        (9, &b"s"[..], &b"1"[..], "layout version 9"),
        (1, b"?what", b"1", "of no known kind"),
        (1, b"l", b"1", "do not travel"),
        (1, b"a", b"{}", "no key of its kind"),
        (1, b"m", b"{\"articles\":\"x\"}", "invalid type"),
    ];
    for (schema, key, value, expect) in cases {
        let mut out = BackupWriter::begin(Vec::new(), &identity(schema)).unwrap();
        let record = Record {
            key: key.to_vec(),
            value: value.to_vec(),
        };
        out.record(&record).unwrap();
        let (bytes, _) = out.finish().unwrap();
        let error = load(&bytes, &places.path("two")).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert_eq!(places.names(), ["one"], "{expect}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_has_grown_is_written_anew_and_loses_nothing() {
    let places = Places::new();
    let w = places.world("one").await;
    fill(&w).await;
    w.pass(TTL);
    // Much is written and forgotten.
    for n in 100..160 {
        publish(&w, n).await;
    }
    loop {
        let jobs = w.claim_deliveries(8).await;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            let settlement = w.settlement(Verdict::Delivered);
            w.store.settle(job.lease, settlement).await.unwrap();
        }
    }
    w.pass(Duration::from_hours(1));
    let rule = PruneRule {
        before: w.now(),
        keep_articles: 5,
        forget_before: jiff::Timestamp::UNIX_EPOCH,
        limit: 1_000,
    };
    w.store.prune(rule).await.unwrap();
    let bytes = written(&w.store).await;
    w.store.close().await.unwrap();
    let opened = |compact| SledOptions {
        compact,
        ..options()
    };
    // Too little to be worth it.
    let store = SledStore::open(&places.path("one"), opened(Compact::Grown(1))).await;
    let store = store.unwrap();
    let before = store.stats().await.unwrap();
    assert!(before.bytes > 2 * before.live_bytes, "{before:?}");
    store.close().await.unwrap();
    let store = SledStore::open(&places.path("one"), opened(Compact::Now)).await;
    let store = store.unwrap();
    let after = store.stats().await.unwrap();
    assert!(after.bytes < before.bytes, "{after:?} after {before:?}");
    let same = |stats| StoreStats { bytes: 0, ..stats };
    assert_eq!(same(after), same(before));
    assert!(written(&store).await == bytes, "the same records");
    sound(&store).await;
    assert_eq!(places.names(), ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_nobody_waits_for_is_in_nobodys_way() {
    let places = Places::new();
    let w = places.world("one").await;
    fill(&w).await;
    for _ in 0..20 {
        let begun = w.store.snapshot();
        drop(tokio::time::timeout(Duration::ZERO, begun).await);
    }
    // Whatever was begun is over when the steps before this one are, give or take a thread's turn.
    let mut tries = 0;
    while let Err(busy) = w.store.snapshot().await {
        assert!(tries < 200, "{busy}");
        tries += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_page_that_a_correction_has_overtaken_is_not_read_anew() {
    let places = Places::new();
    let w = places.world("one").await;
    publish(&w, 0).await;
    w.pass(Duration::from_hours(1));
    let text = "[daemon]\ndata_dir = \"data\"\noutlets = []\n";
    let config = config::from_str(text, places.0.path(), &BTreeMap::new());
    let config = config.unwrap().config;
    let newest = async || {
        let page = w
            .store
            .articles(ArticleQuery {
                limit: 1,
                ..ArticleQuery::default()
            })
            .await;
        page.unwrap().items.remove(0)
    };
    // Its page is there, only its outlet is not.
    let seen = reextract::look(&w.store, &config, &newest().await)
        .await
        .unwrap();
    assert!(matches!(seen, Outcome::NoOutlet), "{seen:?}");
    let job = w.claim_visits(1).await.remove(0);
    w.store
        .publish(job.lease, w.words("corrected"))
        .await
        .unwrap();
    let article = newest().await;
    assert_eq!(article.revision.number, 2);
    assert!(w.store.raw(article.id).await.unwrap().is_some());
    let seen = reextract::look(&w.store, &config, &article).await.unwrap();
    assert!(matches!(seen, Outcome::NotKept), "{seen:?}");
}

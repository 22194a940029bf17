//! What the embedded store does in a second: publications one by one and many at a time, polls that
//! bring nothing new, deliveries claimed and settled. Run it on the disk that counts:
//! `TMPDIR=/var/tmp cargo bench --bench store`.
//!
//! Single runs vary with the disk; the shares at the end compare runs on one machine.

#![expect(clippy::print_stdout, reason = "a bench says its numbers")]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;
use wireroom::clock::Clock;
use wireroom::model::article::{Block, BlockKind, Content};
use wireroom::model::delivery::{Attempt, StoryTerms};
use wireroom::model::entry::Entry;
use wireroom::model::id::{EndpointName, OutletName, SourceId};
use wireroom::model::source::{SourceKind, Validators};
use wireroom::store::backup::{self, BackupReader, Source as _};
use wireroom::store::sled::{Compact, SledOptions, SledStore, Standing};
use wireroom::store::{
    Alerts, Found, PollReport, Publication, Queue, Settlement, SourceSeed, Store, Verdict,
    VisitJob, VisitOutcome,
};

const TTL: Duration = Duration::from_hours(1);
const ENDPOINTS: usize = 8;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime starts");
    runtime.block_on(run());
}

async fn run() {
    let directory = tempfile::tempdir().expect("a directory for the store");
    let options = SledOptions::default();
    let store = SledStore::open(&directory.path().join("store"), options).await;
    let store = Arc::new(store.expect("the store opens"));
    let now = Clock::System.now();
    store
        .reconcile(now, vec![source()], (0..ENDPOINTS).map(endpoint).collect())
        .await
        .expect("reconciled");

    let single = 500;
    list(&store, 0..single).await;
    let one = rate(single, publish(&store, 1)).await;
    let grouped = 5_000;
    let listing = rate(grouped, list(&store, single..single + grouped)).await;
    let many = rate(grouped, publish(&store, 64)).await;
    let polls = 200;
    let known = rate(polls * 100, async {
        for _ in 0..polls {
            list(&store, 0..100).await;
        }
    })
    .await;
    let settled = 2_000;
    let settle = rate(settled, deliver(&store, settled)).await;
    let stats = store.stats().await.expect("stats");

    println!("publish, one by one      {one:>9.0} articles/s");
    println!(
        "publish, 64 at a time    {many:>9.0} articles/s   {:.1} times",
        many / one
    );
    println!(
        "poll, entries new        {listing:>9.0} entries/s    {:.1} times",
        listing / one
    );
    println!(
        "poll, entries known      {known:>9.0} entries/s    {:.1} times",
        known / one
    );
    println!(
        "claim and settle         {settle:>9.0} deliveries/s {:.1} times",
        settle / one
    );
    let articles = stats.articles.max(1);
    println!("bytes an article         {:>9}", stats.bytes / articles);
    println!(
        "of them, records         {:>9}   {:.1} times",
        stats.live_bytes / articles,
        stats.bytes as f64 / stats.live_bytes as f64
    );
    for hosts in [1_000, 20_000] {
        let looks = look_for_due(&store, hosts).await;
        println!("visits due, {hosts:>6} hosts {looks:>9.0} looks/s");
    }
    carry(&store, directory.path()).await;
}

/// Takes a backup, restores it, and writes the store anew.
async fn carry(store: &Arc<SledStore>, directory: &Path) {
    let articles = store.stats().await.expect("stats").articles;
    let count = usize::try_from(articles).expect("they fit in memory");
    let mut backup = Vec::new();
    let taken = rate(count, async {
        let mut source = store.snapshot().await.expect("a snapshot");
        backup = tokio::task::block_in_place(|| {
            let written = backup::write(source.as_mut(), Vec::new(), &mut |_| {});
            written.expect("written").0
        });
    })
    .await;
    println!(
        "backup                   {taken:>9.0} articles/s   {} bytes each",
        backup.len() as u64 / articles
    );
    let path = directory.join("restored");
    let restored = rate(count, async {
        tokio::task::block_in_place(|| {
            let mut reader = BackupReader::begin(&backup[..]).expect("a backup");
            let options = SledOptions::default();
            let identity = reader.identity().clone();
            let loader = SledStore::import(&path, &options, &identity, Standing::Stays);
            let loader = loader.expect("begun");
            backup::load(&mut reader, loader, &mut |_| {}).expect("restored");
        });
    })
    .await;
    println!("restore                  {restored:>9.0} articles/s");
    store.close().await.expect("closed");
    let options = SledOptions {
        compact: Compact::Now,
        ..SledOptions::default()
    };
    let mut anew = None;
    let compacted = rate(count, async {
        let opened = SledStore::open(&directory.join("store"), options).await;
        anew = Some(opened.expect("it opens"));
    })
    .await;
    let stats = anew.expect("it was opened").stats().await.expect("stats");
    println!(
        "written anew             {compacted:>9.0} articles/s   {} bytes each",
        stats.bytes / articles
    );
}

/// How many a second `work` does.
async fn rate(count: usize, work: impl Future<Output = ()>) -> f64 {
    let begun = Instant::now();
    work.await;
    count as f64 / begun.elapsed().as_secs_f64()
}

fn url(text: &str) -> Url {
    text.parse().expect("an address")
}

fn endpoint(n: usize) -> EndpointName {
    EndpointName::new(format!("endpoint-{n}"))
}

fn source() -> SourceSeed {
    let outlet = OutletName::new("bench");
    let url = url("https://bench.example/feed");
    SourceSeed {
        id: SourceId::of(&outlet, "feed", &url),
        outlet,
        kind: SourceKind::Feed,
        url,
    }
}

/// Lists pages on two hundred hosts, a hundred a poll.
async fn list(store: &SledStore, numbers: std::ops::Range<usize>) {
    list_on(store, numbers, 200).await;
}

async fn list_on(store: &SledStore, numbers: std::ops::Range<usize>, hosts: usize) {
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(100) {
        let now = Clock::System.now();
        store
            .poll_now(&source().id, now)
            .await
            .expect("the source is there");
        let jobs = store.claim_polls(now, 1, TTL, &HashSet::new()).await;
        let job = jobs.expect("claimed").remove(0);
        let found = numbers.iter().map(|n| {
            let url = url(&format!("https://host-{}.example/{n}", n % hosts));
            Found {
                url: url.clone(),
                fetch: url,
                guid: Some(format!("tag:{n}")),
                entry: Entry {
                    title: Some(format!("Entry {n}")),
                    summary: Some("What it says of itself in a sentence or two. ".repeat(5)),
                    ..Entry::default()
                },
            }
        });
        let report = PollReport {
            now,
            state: job.state,
            found: found.collect(),
            announce: true,
            quiet: HashSet::new(),
            events: Vec::new(),
        };
        store
            .finish_poll(job.lease, report)
            .await
            .expect("finished");
    }
}

async fn claim(store: &SledStore) -> Vec<VisitJob> {
    let none = HashSet::new();
    let jobs = store.claim_visits(Clock::System.now(), 64, TTL, &none);
    jobs.await.expect("claimed")
}

/// Has the pages of so many hosts wait for a look that is hours ahead, and then looks for what is due, as
/// a worker does after each visit; looks a second.
async fn look_for_due(store: &Arc<SledStore>, hosts: usize) -> f64 {
    list_on(store, 10_000_000..10_000_000 + hosts, hosts).await;
    loop {
        let jobs = claim(store).await;
        if jobs.is_empty() {
            break;
        }
        let mut running = JoinSet::new();
        for job in jobs {
            let store = Arc::clone(store);
            running.spawn(async move {
                let now = Clock::System.now();
                let next_look = Some(now + SignedDuration::from_hours(6));
                let outcome = VisitOutcome::Unchanged { next_look };
                store
                    .settle_visit(job.lease, now, outcome)
                    .await
                    .expect("settled");
            });
        }
        running.join_all().await;
    }
    let looks = 50;
    rate(looks, async {
        for _ in 0..looks {
            assert!(claim(store).await.is_empty());
            store.next_due(Queue::Visits).await.expect("asked");
        }
    })
    .await
}

/// Publishes all that is due, `width` at a time.
async fn publish(store: &Arc<SledStore>, width: usize) {
    loop {
        let jobs = claim(store).await;
        if jobs.is_empty() {
            return;
        }
        let mut running = JoinSet::new();
        for job in jobs {
            if running.len() == width {
                running
                    .join_next()
                    .await
                    .expect("one runs")
                    .expect("no panic");
            }
            let store = Arc::clone(store);
            running.spawn(async move {
                let said = publication(Clock::System.now(), &job.page.key.url);
                store.publish(job.lease, said).await.expect("published");
            });
        }
        running.join_all().await;
    }
}

/// Six kilobytes of words, for one of the endpoints.
fn publication(now: Timestamp, url: &Url) -> Publication {
    let key = xxhash_rust::xxh3::xxh3_64(url.as_str().as_bytes());
    let words = |n: u64| {
        let mut state = key ^ n;
        let mut text = String::new();
        while text.len() < 600 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push_str(WORDS[usize::try_from(state >> 60).expect("four bits")]);
            text.push(' ');
        }
        Block::plain(BlockKind::Paragraph, text)
    };
    Publication {
        now,
        fetched: now,
        url: url.clone(),
        aliases: Vec::new(),
        content: Content {
            title: Some(format!("On {url}")),
            blocks: (0..10).map(words).collect(),
            ..Content::default()
        },
        text_key: Some(key),
        digest: key,
        on_new: vec![endpoint(usize::try_from(key % 8).expect("below eight"))],
        on_updated: Vec::new(),
        terms: StoryTerms::default(),
        sketch: None,
        validators: Validators::default(),
        next_look: None,
        raw: None,
        yielded: None,
    }
}

const WORDS: [&str; 16] = [
    "the", "minister", "of", "said", "on", "Tuesday", "that", "talks", "would", "begin", "again",
    "in", "Kyiv", "after", "a", "pause",
];

async fn deliver(store: &SledStore, count: usize) {
    let mut settled = 0;
    while settled < count {
        let now = Clock::System.now();
        let jobs = store
            .claim_deliveries(now, ENDPOINTS, TTL, &HashSet::new())
            .await;
        for job in jobs.expect("claimed") {
            let settlement = Settlement {
                now,
                attempt: Attempt {
                    at: now,
                    status: Some(200),
                    error: None,
                    ms: 20,
                    answer: None,
                },
                verdict: Verdict::Delivered,
                hold_until: None,
                disable: None,
                failing_after: 5,
                disable_after: None,
                refused: None,
                alerts: Alerts::default(),
            };
            store.settle(job.lease, settlement).await.expect("settled");
            settled += 1;
        }
    }
}

//! An index beside a store: built, followed, killed, damaged, put aside.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use wireroom::model::id::ArticleId;
use wireroom::search::{Ask, Index, Part, Search, SearchError, Sort, Standing, Within, Writer};
use wireroom::store::sled::SledStore;
use wireroom::store::{ArticleQuery, PruneRule, Publication, Published, Store, VisitJob};
use wireroom::work::follow;

use super::{Shelf, article, at, clock, segment_files};
use crate::store::world::{TTL, desk, found, options, publication, report, seed};

/// What becomes of a file's bytes.
type Harm = fn(&[u8]) -> Vec<u8>;

/// A store on disk with an index beside it that is followed.
struct Room {
    directory: tempfile::TempDir,
}

impl Room {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    async fn store(&self) -> Newsroom {
        let path = self.directory.path().join("store");
        let store: Arc<dyn Store> = Arc::new(SledStore::open(&path, options()).await.unwrap());
        let (now, endpoints) = (at(0), vec![desk()]);
        store
            .reconcile(now, vec![seed("a")], endpoints)
            .await
            .unwrap();
        Newsroom {
            store,
            seconds: AtomicI64::new(0),
        }
    }

    fn search(&self) -> Arc<Search> {
        Arc::new(Search::at(self.directory.path().join("search")))
    }
}

/// A store with one source, and a clock that is told to move.
struct Newsroom {
    store: Arc<dyn Store>,
    seconds: AtomicI64,
}

impl Newsroom {
    fn now(&self) -> Timestamp {
        let seconds = self.seconds.load(Ordering::Relaxed);
        at(0) + SignedDuration::from_secs(seconds)
    }

    fn pass(&self) {
        self.seconds.fetch_add(1, Ordering::Relaxed);
    }

    fn words(&self, text: &str) -> Publication {
        publication(self.now(), text)
    }

    /// Lists a page, and claims the visit to it.
    async fn visit(&self, page: &str, title: &str, announce: bool) -> VisitJob {
        self.pass();
        let found = found(&format!("https://a.example/{page}"), title);
        let (now, nobody) = (self.now(), HashSet::new());
        self.store.poll_now(&seed("a").id, now).await.unwrap();
        let mut polls = self
            .store
            .claim_polls(now, 1, TTL, &HashSet::new())
            .await
            .unwrap();
        let poll = polls.pop().expect("the source is due");
        let mut report = report(now, &poll.state, vec![found]);
        report.announce = announce;
        self.store.finish_poll(poll.lease, report).await.unwrap();
        let mut visits = self.store.claim_visits(now, 1, TTL, &nobody).await.unwrap();
        visits.pop().expect("the page is due")
    }
}

/// A follower at work; it is told to stop when this is dropped.
struct Followed {
    search: Arc<Search>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Followed {
    fn start(room: &Room, store: &Arc<dyn Store>) -> Self {
        let search = room.search();
        let stop = CancellationToken::new();
        let follower = follow::run(
            Arc::clone(store),
            Arc::clone(&search),
            clock(),
            stop.clone(),
        );
        Self {
            search,
            stop,
            task: tokio::spawn(follower),
        }
    }

    async fn find(&self, question: &str) -> Result<Vec<ArticleId>, SearchError> {
        let part = Part {
            sort: Sort::Time,
            after: None,
            limit: 100,
        };
        let ask = Ask::parse(question).unwrap();
        let found = self.search.find(ask, Within::default(), part).await;
        found.map(|found| found.articles)
    }

    /// Asks until it is what is expected.
    async fn finds(&self, question: &str, expect: &[ArticleId]) {
        let mut last = None;
        for _ in 0..600 {
            last = Some(self.find(question).await);
            if let Some(Ok(found)) = &last
                && found == expect
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("`{question}` finds {last:?} and not {expect:?}");
    }

    async fn stands(&self, wanted: impl Fn(&Standing) -> bool) {
        for _ in 0..600 {
            if wanted(&self.search.standing()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it stands as {:?}", self.search.standing());
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Stores an article that `desk` is told of.
async fn publish(newsroom: &Newsroom, page: &str, text: &str) -> ArticleId {
    let stored = store(newsroom, page, ("first", true), text).await;
    let Published::New {
        article,
        event: Some(_),
    } = stored
    else {
        panic!("it is new, and told of");
    };
    article
}

/// One more article, as a source's first poll stores it.
async fn publish_quietly(newsroom: &Newsroom, page: &str, text: &str) -> ArticleId {
    let stored = store(newsroom, page, ("quiet", false), text).await;
    let Published::New {
        article,
        event: None,
    } = stored
    else {
        panic!("it is new, and nobody is told");
    };
    article
}

/// What became of a page's words; the visit has a name, and says whether to tell of them.
async fn store(newsroom: &Newsroom, page: &str, visit: (&str, bool), text: &str) -> Published {
    let visit = newsroom.visit(page, visit.0, visit.1).await;
    let words = newsroom.words(text);
    newsroom.store.publish(visit.lease, words).await.unwrap()
}

#[tokio::test]
async fn what_is_stored_is_found_at_once_and_what_is_forgotten_is_not() {
    let room = Room::new();
    let world = room.store().await;
    let old = publish(&world, "old", "an old missile").await;
    let followed = Followed::start(&room, &world.store);
    followed.finds("missiles", &[old]).await;

    let told = publish(&world, "told", "a new missile").await;
    let quiet = publish_quietly(&world, "quiet", "a quiet missile").await;
    // No wait: the search itself sees to it that what was stored is found.
    assert_eq!(followed.find("missile").await.unwrap(), [quiet, told, old]);

    let standing = followed.search.standing();
    assert!(standing.complete && standing.bytes > 0 && standing.followed.is_some());
    assert_eq!(standing.articles, 3);
    followed.end().await;

    let rule = PruneRule {
        before: world.now() + SignedDuration::from_secs(1),
        keep_articles: 1000,
        forget_before: jiff::Timestamp::MIN,
        limit: 100,
    };
    // What a delivery still has to say stays: the quiet one has none.
    assert_eq!(world.store.prune(rule).await.unwrap().articles, 1);
    let followed = Followed::start(&room, &world.store);
    followed.finds("missile", &[told, old]).await;
    followed.stands(|it| it.articles == 2).await;
    followed.end().await;
}

#[tokio::test]
async fn what_retention_takes_goes_at_the_next_look() {
    let room = Room::new();
    let world = room.store().await;
    let told = publish(&world, "told", "an old missile").await;
    for n in 0..3 {
        publish_quietly(&world, &n.to_string(), &format!("a quiet missile {n}")).await;
    }
    let until = world.now() + SignedDuration::from_secs(1);
    for _ in 0..5 {
        world.pass();
    }
    let new = publish(&world, "new", "a new missile").await;
    let followed = Followed::start(&room, &world.store);
    followed.stands(|it| it.complete && it.articles == 5).await;
    let rule = PruneRule {
        before: until,
        keep_articles: 1000,
        forget_before: jiff::Timestamp::MIN,
        limit: 100,
    };
    // In the middle of the list: the oldest still has to be told.
    assert_eq!(world.store.prune(rule).await.unwrap().articles, 3);
    let stored = world.store.stats().await.unwrap().articles;
    assert_eq!(followed.search.standing().behind(stored), 3);
    // No wait: whoever asks has it looked at.
    assert_eq!(followed.find("missile").await.unwrap(), [new, told]);
    let standing = followed.search.standing();
    assert_eq!((standing.articles, standing.behind(stored)), (2, 0));
    followed.end().await;
}

#[tokio::test]
async fn a_list_goes_on_where_the_store_or_the_index_has_left_off() {
    let room = Room::new();
    let world = room.store().await;
    let mut all = Vec::new();
    for n in 0..9 {
        all.push(publish(&world, &n.to_string(), &format!("missile {n}")).await);
    }
    all.reverse();
    let followed = Followed::start(&room, &world.store);
    followed.finds("missile", &all).await;
    // Every other page is had from the store, as while the index is built, and begun with either.
    for begin in [0, 1] {
        let mut found = Vec::new();
        let mut after = None;
        for turn in begin.. {
            let next;
            if turn % 2 == 0 {
                let query = ArticleQuery {
                    words: vec!["missile".to_owned()],
                    limit: 2,
                    cursor: after,
                    ..ArticleQuery::default()
                };
                let page = world.store.articles(query).await.unwrap();
                found.extend(page.items.iter().map(|article| article.id));
                next = page.next;
            } else {
                let (ask, within) = (Ask::parse("missile").unwrap(), Within::default());
                let part = Part {
                    sort: Sort::Time,
                    after,
                    limit: 2,
                };
                let page = followed.search.find(ask, within, part).await.unwrap();
                found.extend(page.articles);
                next = page.next;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, all);
    }
    followed.end().await;
}

#[tokio::test]
async fn an_index_is_surveyed_without_being_touched() {
    let room = Room::new();
    let world = room.store().await;
    publish(&world, "one", "a missile").await;
    let id = world.store.stats().await.unwrap().id;
    let path = room.directory.path().join("search");
    let none = Index::survey(&path, &id);
    assert!(!none.complete && none.trouble.is_none());
    assert!(!path.exists());
    let followed = Followed::start(&room, &world.store);
    followed.stands(|it| it.complete && it.articles == 1).await;
    let running = Index::survey(&path, &id);
    assert_eq!((running.articles, running.complete), (1, true));
    assert!(running.bytes > 0);
    followed.end().await;
    let other = Index::survey(&path, "another");
    assert_eq!(other.trouble.as_deref(), Some("it is of another store"));
    for file in segment_files(&path) {
        std::fs::write(file, "").unwrap();
    }
    assert!(Index::survey(&path, &id).trouble.is_some());
}

#[tokio::test]
async fn a_correction_replaces_what_it_corrects() {
    let room = Room::new();
    let world = room.store().await;
    let followed = Followed::start(&room, &world.store);
    let one = publish(&world, "one", "a wrong word").await;
    followed.finds("wrong", &[one]).await;
    let same = publish_again(&world, "one", "a right word").await;
    assert_eq!(same, one);
    assert_eq!(followed.find("right").await.unwrap(), [one]);
    assert_eq!(followed.find("wrong").await.unwrap(), []);
    assert_eq!(followed.search.standing().articles, 1);
    followed.end().await;
}

async fn publish_again(newsroom: &Newsroom, page: &str, text: &str) -> ArticleId {
    let stored = store(newsroom, page, ("changed", true), text).await;
    let Published::Revised {
        article,
        revision: 2,
        ..
    } = stored
    else {
        panic!("it is a correction");
    };
    article
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_catches_up_with_what_it_missed() {
    let room = Room::new();
    let world = room.store().await;
    let first = publish(&world, "first", "a missile").await;
    let followed = Followed::start(&room, &world.store);
    followed.finds("missile", &[first]).await;
    // Cut off like a process that is killed.
    followed.task.abort();
    drop(followed.task.await);
    let quiet = publish_quietly(&world, "quiet", "a quiet missile").await;
    publish_again(&world, "first", "a rocket").await;
    let followed = Followed::start(&room, &world.store);
    followed.finds("missile", &[quiet]).await;
    followed.finds("rocket", &[first]).await;
    followed.end().await;
}

#[tokio::test]
async fn damaged_files_are_found_and_the_index_is_made_anew() {
    let room = Room::new();
    let world = room.store().await;
    let one = publish(&world, "one", "a missile").await;
    let two = publish(&world, "two", "another missile").await;
    let followed = Followed::start(&room, &world.store);
    followed.finds("missile", &[two, one]).await;
    followed.end().await;
    let path = room.directory.path().join("search");
    let count = segment_files(&path).len();
    assert!(count > 3, "{count} files");
    let harms: [(&str, Harm); 3] = [
        ("flipped", |bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            bytes
        }),
        ("cut", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("emptied", |_| Vec::new()),
    ];
    for (what, harm) in harms {
        for file in segment_files(&path).iter().chain([&path.join("meta.json")]) {
            let Ok(bytes) = std::fs::read(file) else {
                continue;
            };
            if bytes.is_empty() {
                continue;
            }
            std::fs::write(file, harm(&bytes)).unwrap();
            // The store is reopened too, so that nothing is remembered.
            let followed = Followed::start(&room, &world.store);
            followed.finds("missile", &[two, one]).await;
            followed
                .stands(|it| it.complete && it.trouble.is_none())
                .await;
            followed.end().await;
            let said = format!("{what}: {}", file.display());
            let opened = Index::open(&path, &world.store.stats().await.unwrap().id).unwrap();
            opened.index.verify().expect(&said);
            assert_eq!(opened.anew, None, "{said}");
        }
    }
}

#[tokio::test]
async fn an_index_of_another_store_is_made_anew() {
    let room = Room::new();
    let world = room.store().await;
    let followed = Followed::start(&room, &world.store);
    publish(&world, "one", "a missile").await;
    followed.stands(|it| it.complete).await;
    followed.end().await;
    world.store.close().await.unwrap();
    std::fs::remove_dir_all(room.directory.path().join("store")).unwrap();
    let world = room.store().await;
    let followed = Followed::start(&room, &world.store);
    followed.stands(|it| it.complete).await;
    assert_eq!(followed.find("missile").await.unwrap(), []);
    followed.end().await;
}

#[test]
fn what_was_not_committed_is_not_there_and_what_was_is() {
    let mut shelf = Shelf::new();
    let one = article(1, Some("en"), "One", "word");
    shelf.put(std::slice::from_ref(&one));
    shelf
        .writer
        .put(&[article(2, Some("en"), "Two", "word")])
        .unwrap();
    let path = shelf.path();
    // The lock goes with the process; here with the writer.
    let Shelf {
        index,
        writer,
        directory: _directory,
        ..
    } = shelf;
    drop((index, writer));
    let opened = Index::open(&path, "s").unwrap();
    assert_eq!((opened.index.articles(), opened.anew), (1, None));
    assert!(Writer::new(&opened.index).is_ok());
    let opened = Index::open(&path, "another").unwrap();
    assert_eq!(opened.index.articles(), 0);
    assert_eq!(opened.anew.as_deref(), Some("it is of another store"));
}

#[test]
fn two_do_not_write_at_once() {
    let shelf = Shelf::new();
    let refused = Writer::new(&shelf.index).err().unwrap();
    assert!(matches!(refused, SearchError::Engine { .. }), "{refused}");
}

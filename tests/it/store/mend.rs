//! Damaged stores put in order: nothing is left wrong, nothing is dropped unsaid, and what was still
//! to be told is told.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use wireroom::model::article::Revision;
use wireroom::model::delivery::DeliveryState;
use wireroom::model::id::{ArticleId, DeliveryId, EventId};
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{ArticleQuery, DeliveryQuery, RepairReport, Store, StoreError};

use crate::store::carry::{fill, linked};
use crate::store::world::{World, found, options};

struct Place(TempDir);

impl Place {
    async fn filled() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let world = World::new(place.open().await, None).await;
        fill(&world).await;
        world.store.close().await.unwrap();
        place
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store")
    }

    async fn open(&self) -> SledStore {
        let options = SledOptions {
            mend: true,
            ..options()
        };
        SledStore::open(&self.path(), options).await.unwrap()
    }

    /// Changes records with the store closed.
    fn tamper(&self, change: impl FnOnce(&sled::Db)) {
        let db = sled::Config::new().path(self.path()).open().unwrap();
        change(&db);
        db.flush().unwrap();
        drop(db);
    }

    /// Repairs, and asserts that all is well afterwards and a second repair finds nothing to do.
    async fn repaired(&self, what: &str) -> (SledStore, RepairReport) {
        let store = self.open().await;
        let now = Timestamp::from_second(1_760_000_000).unwrap();
        let report = store.repair(now).await.unwrap();
        assert_eq!(report.after.faults, Vec::<String>::new(), "{what}");
        let again = store.repair(now).await.unwrap();
        assert_eq!(again.changes, 0, "{what}: {again:?}");
        (store, report)
    }
}

fn flip(db: &sled::Db, key: &[u8]) {
    let mut value = db.get(key).unwrap().unwrap().to_vec();
    let last = value.len() - 1;
    value[last] ^= 0x20;
    db.insert(key, value).unwrap();
}

fn keys(db: &sled::Db, kind: u8) -> Vec<Vec<u8>> {
    (db.scan_prefix([kind]).keys())
        .map(|key| key.unwrap().to_vec())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_any_kind_that_is_damaged_or_gone_is_mended() {
    let place = Place::filled().await;
    let pristine = place.0.path().join("pristine");
    copy_tree(&place.path(), &pristine);
    for kind in *b"arRloutbxhHypjgvsqeidwcfznkmPL~SIC" {
        fs::remove_dir_all(place.path()).unwrap();
        copy_tree(&pristine, &place.path());
        let what = char::from(kind).to_string();
        place.tamper(|db| {
            let all = keys(db, kind);
            flip(db, &all[all.len() / 2]);
            // Where there is but one, it is both in turn.
            if all.len() > 1 || kind == b'C' {
                db.remove(&all[0]).unwrap();
            }
        });
        let (store, report) = place.repaired(&what).await;
        if !b"SIC".contains(&kind) {
            assert!(report.changes > 0, "{what} went unsaid");
        }
        if let Some(file) = &report.file {
            let lines = fs::read_to_string(file).unwrap();
            assert_eq!(lines.lines().count(), report.set_aside.len(), "{what}");
            let parsed = |line| serde_json::from_str::<serde_json::Value>(line).is_ok();
            assert!(lines.lines().all(parsed), "{what}");
        }
        // It works on.
        let world = World::new(store, None).await;
        world.pass(Duration::from_hours(3));
        world
            .list(vec![found("https://a.example/after", "x")])
            .await;
        world.store.close().await.unwrap();
    }
}

fn copy_tree(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_here_and_there_is_mended_whatever_it_hits() {
    let place = Place::filled().await;
    let pristine = place.0.path().join("pristine");
    copy_tree(&place.path(), &pristine);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..12 {
        fs::remove_dir_all(place.path()).unwrap();
        copy_tree(&pristine, &place.path());
        let share = 2 + random() % 60;
        place.tamper(|db| {
            for key in db.iter().keys() {
                let key = key.unwrap();
                match random() % (share * 2) {
                    0 => flip(db, &key),
                    1 => drop(db.remove(&key).unwrap()),
                    _ => {}
                }
            }
        });
        let (store, _) = place
            .repaired(&format!("round {round}, one in {share}"))
            .await;
        store.close().await.unwrap();
    }
}

/// Deliveries that are not settled, with their events.
async fn open(store: &SledStore) -> Vec<(DeliveryId, EventId)> {
    let query = DeliveryQuery {
        limit: 500,
        ..DeliveryQuery::default()
    };
    let items = store.deliveries(query).await.unwrap().items.into_iter();
    let mut open: Vec<_> = items
        .filter(|it| !matches!(it.state, DeliveryState::Delivered | DeliveryState::Failed))
        .map(|it| (it.id, it.event))
        .collect();
    open.sort();
    open
}

/// All articles with their newest words.
async fn articles(store: &SledStore) -> Vec<(ArticleId, Timestamp, Revision)> {
    let query = ArticleQuery {
        limit: 500,
        ..ArticleQuery::default()
    };
    let items = store.articles(query).await.unwrap().items.into_iter();
    items.map(|it| (it.id, it.stored, it.revision)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_still_to_be_told_is_told() {
    let place = Place::filled().await;
    let store = place.open().await;
    let before = open(&store).await;
    assert!(before.len() > 5);
    store.close().await.unwrap();
    place.tamper(|db| {
        for key in keys(db, b'd') {
            flip(db, &key);
        }
    });
    let (store, report) = place.repaired("all deliveries").await;
    assert!(report.set_aside.len() >= before.len());
    assert_eq!(open(&store).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_whose_head_is_damaged_is_put_together_again() {
    let place = Place::filled().await;
    let store = place.open().await;
    let before = articles(&store).await;
    store.close().await.unwrap();
    place.tamper(|db| {
        for key in keys(db, b'a') {
            flip(db, &key);
        }
    });
    let (store, _) = place.repaired("all articles").await;
    assert_eq!(articles(&store).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_is_put_together_again_from_its_articles() {
    let place = Place::filled().await;
    let store = place.open().await;
    let before = linked(&store).await;
    assert_eq!(before.len(), 3);
    store.close().await.unwrap();
    // First the stories, then the articles' heads too, whose stories know them.
    for kinds in [&b"y"[..], b"a"] {
        place.tamper(|db| {
            for key in kinds.iter().flat_map(|&kind| keys(db, kind)) {
                flip(db, &key);
            }
        });
        let (store, _) = place.repaired("stories").await;
        assert_eq!(linked(&store).await, before);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_was_set_aside_is_spoken_of() {
    let place = Place::filled().await;
    fs::write(place.path().join("conf"), "nothing that it wrote").unwrap();
    let refused = SledStore::open(&place.path(), options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Open { .. }), "{refused}");
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.articles, stats.set_aside.len()), (0, 1));
    let name = stats.set_aside[0].file_name().unwrap().to_string_lossy();
    assert!(name.starts_with("store.corrupt-"), "{name}");
}

/// The texts of these articles, as far as they can be read.
async fn readable(store: &SledStore, ids: &[ArticleId]) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for id in ids {
        let article = store.article(*id).await.ok().flatten();
        texts.push(article.map(|article| article.revision.content.text()));
    }
    texts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_damaged_anywhere_lose_nothing_that_could_be_read() {
    let place = Place(tempfile::tempdir().unwrap());
    let world = World::new(place.open().await, None).await;
    for n in 0..200 {
        let job = world.visit(&format!("https://a.example/{n}")).await;
        let mut said = world.words(&format!("text {n}"));
        // Words that do not pack, so that they fill many pages.
        let words = (0..400_u64).map(|word| {
            let word = (n * 400 + word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("{word:016x} ")
        });
        said.content.blocks[0].text = words.collect();
        world.store.publish(job.lease, said).await.unwrap();
    }
    let mut ids = Vec::new();
    for (id, ..) in articles(&world.store).await {
        ids.push(id);
    }
    assert!(ids.len() >= 99);
    world.store.close().await.unwrap();
    let pristine = place.0.path().join("pristine");
    fs::rename(place.path(), &pristine).unwrap();
    let length = fs::metadata(pristine.join("db")).unwrap().len();
    let mut whole = 0;
    for round in 0..9_u64 {
        for (stretch, keep_snapshot) in [(1_usize, true), (4096, true), (4096, false)] {
            let what = format!("round {round}, {stretch} bytes, {keep_snapshot}");
            for left in fs::read_dir(place.0.path()).unwrap() {
                let left = left.unwrap().path();
                if left.is_dir() && left != pristine {
                    fs::remove_dir_all(left).unwrap();
                }
            }
            copy_tree(&pristine, &place.path());
            let mut file = fs::File::options();
            let file = file.write(true).read(true).open(place.path().join("db"));
            let file = file.unwrap();
            let at = (length - 5000) * round / 8 + round * 7;
            let mut bytes = vec![0; stretch];
            file.read_exact_at(&mut bytes, at).unwrap();
            for byte in &mut bytes {
                *byte ^= 0x5a;
            }
            file.write_all_at(&bytes, at).unwrap();
            drop(file);
            if !keep_snapshot {
                for entry in fs::read_dir(place.path()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.to_string_lossy().contains("snap.") {
                        fs::remove_file(path).unwrap();
                    }
                }
            }
            let damaged = fs::read(place.path().join("db")).unwrap();
            // What a store that nobody mends still gives.
            let other = place.0.path().join("other");
            copy_tree(&place.path(), &other);
            let before = match SledStore::open(&other, SledOptions::default()).await {
                Err(_) => vec![None; ids.len()],
                Ok(store) => {
                    let texts = readable(&store, &ids).await;
                    store.close().await.unwrap();
                    texts
                }
            };
            let mend = SledOptions {
                mend: true,
                ..options()
            };
            let store = match SledStore::open(&place.path(), mend).await {
                Ok(store) => store,
                Err(error) => {
                    assert!(before.iter().all(Option::is_none), "{what}: {error}");
                    assert!(error.to_string().contains("kept-"), "{what}: {error}");
                    continue;
                }
            };
            let now = Timestamp::from_second(1_760_000_000).unwrap();
            let report = store.repair(now).await.unwrap();
            assert_eq!(report.after.faults, Vec::<String>::new(), "{what}");
            let after = readable(&store, &ids).await;
            for (before, after) in before.iter().zip(&after) {
                assert!(before.is_none() || before == after, "{what}");
            }
            let lost = after.iter().filter(|text| text.is_none()).count();
            let told = report.changes > 0 || !report.salvaged.is_empty();
            assert!(lost == 0 || told, "{what}: {lost} were lost unsaid");
            if let Some(copy) = &report.copy {
                assert_eq!(fs::read(copy.join("db")).unwrap(), damaged, "{what}");
            } else {
                assert!(!told, "{what}");
            }
            whole += usize::from(lost == 0);
            store.close().await.unwrap();
        }
    }
    assert!(whole > 0, "some of it hit nothing that is needed");
}

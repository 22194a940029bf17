//! What the embedded store alone promises: its files, and what it refuses to open.

use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use wireroom::store::sled::{SledOptions, SledStore};
use wireroom::store::{ArticleQuery, DeliveryQuery, Store, StoreError};

use crate::store::world::{World, found, options};

struct Place {
    directory: TempDir,
}

impl Place {
    /// A closed store with a few articles.
    async fn with_articles() -> Self {
        let place = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        place.publish(0..4).await;
        place
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    async fn publish(&self, numbers: std::ops::Range<usize>) {
        let store = SledStore::open(&self.path(), options()).await.unwrap();
        let world = World::new(store, None).await;
        for n in numbers {
            let job = world.visit(&format!("https://a.example/{n}")).await;
            let mut said = world.words(&format!("text {n}"));
            said.content.blocks[0].text = format!("words of {n} {}", "and more ".repeat(n * 900));
            world.store.publish(job.lease, said).await.unwrap();
        }
        world.store.close().await.unwrap();
    }

    /// Why the store does not open.
    async fn refusal(&self) -> String {
        match SledStore::open(&self.path(), options()).await {
            Ok(_) => panic!("it opened"),
            Err(error @ StoreError::Open { .. }) => error.to_string(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Changes records with the store closed.
    fn tamper(&self, change: impl FnOnce(&sled::Db)) {
        let db = sled::Config::new().path(self.path()).open().unwrap();
        change(&db);
        db.flush().unwrap();
        drop(db);
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = (fs::read_dir(self.path()).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file() && !path.ends_with("lock"))
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

fn blobs(path: &Path) -> usize {
    fs::read_dir(path.join("blobs")).unwrap().count()
}

#[tokio::test]
async fn it_is_there_again_after_a_restart() {
    let place = Place::with_articles().await;
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.articles, stats.engine), (4, "sled"));
    let report = store.check().await.unwrap();
    assert_eq!((report.articles, report.faults), (4, Vec::new()));
    // Dropped without being closed, and opened at once.
    drop(store);
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    assert_eq!(store.stats().await.unwrap().id, stats.id);
}

#[tokio::test]
async fn its_directory_is_its_owners_alone() {
    let place = Place::with_articles().await;
    let mode = || fs::metadata(place.path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o700);
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    drop(SledStore::open(&place.path(), options()).await.unwrap());
    assert_eq!(mode(), 0o700);
}

#[tokio::test]
async fn after_its_end_it_says_so() {
    let place = Place::with_articles().await;
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.ping().await, Err(StoreError::Closed)));
    assert!(matches!(store.sources().await, Err(StoreError::Closed)));
    drop(SledStore::open(&place.path(), options()).await.unwrap());
}

#[tokio::test]
async fn what_is_in_use_is_left_alone() {
    let place = Place::with_articles().await;
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let why = place.refusal().await;
    assert!(why.contains("another process has it open"), "{why}");
    store.ping().await.unwrap();
    assert!(place.path().exists());
}

#[tokio::test]
async fn a_newer_layout_is_refused_and_not_touched() {
    let place = Place::with_articles().await;
    place.tamper(|db| {
        // As a newer release would have written it.
        let mut value = vec![1, 0];
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for part in [&b"S"[..], &[1, 0], b"2"] {
            hash.update(part);
        }
        value.extend_from_slice(&hash.digest().to_be_bytes());
        value.push(b'2');
        db.insert("S", value).unwrap();
    });
    let why = place.refusal().await;
    assert!(
        why.contains("layout is version 2, and this release knows 1"),
        "{why}"
    );
    let before = place.files();
    place.refusal().await;
    assert_eq!(before, place.files());
}

#[tokio::test]
async fn an_older_copy_of_the_files_is_noticed() {
    let place = Place::with_articles().await;
    let older = fs::read(place.path().join("db")).unwrap();
    place.publish(4..6).await;
    for snapshot in place.files() {
        if snapshot.0.to_string_lossy().contains("snap.") {
            fs::remove_file(snapshot.0).unwrap();
        }
    }
    fs::write(place.path().join("db"), older).unwrap();
    let why = place.refusal().await;
    assert!(
        why.contains("the newest were lost, or an older copy"),
        "{why}"
    );
    fs::remove_file(place.path().join("synced")).unwrap();
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    assert_eq!(store.stats().await.unwrap().articles, 4);
    assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_was_emptied_is_noticed() {
    let place = Place::with_articles().await;
    for (path, _) in place.files() {
        if !path.ends_with("synced") {
            fs::remove_file(path).unwrap();
        }
    }
    let why = place.refusal().await;
    assert!(why.contains("it has 0 commits and had"), "{why}");
}

#[tokio::test]
async fn files_of_two_stores_are_not_mixed() {
    let (one, two) = (Place::with_articles().await, Place::with_articles().await);
    fs::copy(one.path().join("synced"), two.path().join("synced")).unwrap();
    let why = two.refusal().await;
    assert!(why.contains("its files are of two stores"), "{why}");
}

#[tokio::test]
async fn what_is_not_ours_is_left_alone() {
    let place = Place {
        directory: tempfile::tempdir().unwrap(),
    };
    fs::create_dir(place.path()).unwrap();
    place.tamper(|db| {
        db.insert("somebody", "else's").unwrap();
    });
    let why = place.refusal().await;
    assert!(why.contains("not a store of wireroom"), "{why}");
}

/// Overwrites a stretch of the engine's file and opens the store.
async fn damaged(at: f64, keep_snapshot: bool) {
    let place = Place::with_articles().await;
    let db = place.path().join("db");
    let file = fs::File::options().write(true).open(&db).unwrap();
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "a share of a small length"
    )]
    let offset = (file.metadata().unwrap().len() as f64 * at) as u64;
    file.write_all_at(&[0xa5; 4096], offset).unwrap();
    for (path, _) in place.files() {
        if !keep_snapshot && path.to_string_lossy().contains("snap.") {
            fs::remove_file(path).unwrap();
        }
    }
    match SledStore::open(&place.path(), options()).await {
        // The engine did not see it: what is missing is missed, or the check names it.
        Ok(store) => {
            let report = store.check().await;
            let all_there = store.stats().await.is_ok_and(|stats| stats.articles == 4)
                && report.as_ref().is_ok_and(|report| report.articles == 4);
            let told = report.map_or(true, |report| !report.faults.is_empty());
            assert!(all_there || told, "damage at {at} went unnoticed");
        }
        // The engine went on with the part before the damage as if it were all.
        Err(StoreError::Open { why, .. }) => {
            assert!(why.contains("the newest were lost"), "{why}");
            assert!(db.exists());
        }
        // A damaged record that is needed to open.
        Err(error) => {
            assert!(matches!(
                error,
                StoreError::Corrupt { .. } | StoreError::Engine { .. }
            ));
            assert!(db.exists());
        }
    }
}

#[tokio::test]
async fn damage_anywhere_in_the_file_is_noticed() {
    for keep_snapshot in [false, true] {
        for at in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999] {
            damaged(at, keep_snapshot).await;
        }
    }
}

#[tokio::test]
async fn what_the_engine_calls_damaged_is_set_aside_and_never_deleted() {
    let place = Place::with_articles().await;
    fs::write(place.path().join("conf"), "nothing that it wrote").unwrap();
    let why = place.refusal().await;
    assert!(why.contains("was set aside as"), "{why}");
    assert!(why.contains("put back a backup"), "{why}");
    let aside = (fs::read_dir(place.directory.path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("store.corrupt-"));
    assert!(aside.unwrap().join("db").exists());
    // And the next start goes on with an empty one.
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    assert_eq!(store.stats().await.unwrap().articles, 0);
}

#[tokio::test]
async fn a_flipped_byte_in_any_record_is_found() {
    let place = Place::with_articles().await;
    let articles: Vec<_> = {
        let store = SledStore::open(&place.path(), options()).await.unwrap();
        let query = ArticleQuery {
            limit: 9,
            ..ArticleQuery::default()
        };
        let page = store.articles(query).await.unwrap();
        page.items.iter().map(|article| article.id).collect()
    };
    let mut kinds = Vec::new();
    place.tamper(|db| {
        // One record of each kind, each at another of its bytes.
        let mut last = 0;
        for (n, item) in db.iter().enumerate() {
            let (key, value) = item.unwrap();
            if std::mem::replace(&mut last, key[0]) != key[0] && !b"SICV".contains(&key[0]) {
                let mut value = value.to_vec();
                let at = n % value.len();
                value[at] ^= 0x10;
                kinds.push(char::from(key[0]));
                db.insert(key, value).unwrap();
            }
        }
    });
    assert!(kinds.len() > 15, "{kinds:?}");
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let faults = store.check().await.unwrap().faults;
    let damaged = faults
        .iter()
        .filter(|fault| fault.contains("is damaged"))
        .count();
    assert_eq!(damaged, kinds.len(), "{faults:#?}");
    // A list goes on without what is damaged; who asks for that alone is told.
    let query = ArticleQuery {
        limit: 9,
        ..ArticleQuery::default()
    };
    let listed = store.articles(query).await.unwrap().items;
    assert!(listed.len() < 4, "the first of each kind is damaged");
    let damaged: Vec<_> = (articles.iter())
        .filter(|id| !listed.iter().any(|article| article.id == **id))
        .collect();
    let lost = store.article(*damaged[0]).await;
    assert!(matches!(lost, Err(StoreError::Corrupt { .. })), "{lost:?}");
    store.deliveries(DeliveryQuery::default()).await.unwrap();
    store.events(None, 99).await.unwrap();
    store.endpoints().await.unwrap();
    // Sources and endpoints are started anew.
    World::new(store, None).await.poll().await;
}

#[tokio::test]
async fn a_missing_or_foreign_record_is_found() {
    for kind in *b"arloutbxpjgvsqeidwcfDnkm" {
        let place = Place::with_articles().await;
        let job = {
            let store = SledStore::open(&place.path(), options()).await.unwrap();
            let world = World::new(store, None).await;
            let mut entry = found("https://a.example/waits", "x");
            entry.guid = Some("tag".to_owned());
            world.list(vec![entry]).await;
            world.store.close().await.unwrap();
            kind
        };
        place.tamper(|db| {
            let (key, _) = db.scan_prefix([job]).next().expect("a record").unwrap();
            db.remove(key).unwrap();
        });
        let store = SledStore::open(&place.path(), options()).await.unwrap();
        let faults = store.check().await.unwrap().faults;
        assert!(
            !faults.is_empty(),
            "a missing {} went unnoticed",
            char::from(kind)
        );
    }
}

#[tokio::test]
async fn a_store_of_an_older_release_gets_the_lists_of_this_one() {
    let place = Place::with_articles().await;
    place.tamper(|db| {
        // What the release before did not write; the bytes are then counted again.
        for kind in *b"DVL" {
            for item in db.scan_prefix([kind]) {
                db.remove(item.unwrap().0).unwrap();
            }
        }
    });
    for _ in 0..2 {
        let store = SledStore::open(&place.path(), options()).await.unwrap();
        assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
        let query = ArticleQuery {
            limit: 9,
            ..ArticleQuery::default()
        };
        let articles = store.articles(query).await.unwrap().items;
        assert_eq!(articles.len(), 4);
        for article in articles {
            let query = DeliveryQuery {
                article: Some(article.id),
                limit: 9,
                ..DeliveryQuery::default()
            };
            assert_eq!(store.deliveries(query).await.unwrap().items.len(), 1);
        }
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_stands_in_a_file_of_its_own() {
    let place = Place::with_articles().await;
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let world = World::new(store, None).await;
    let mut state = 1_u64;
    let noise = |length: usize, state: &mut u64| -> String {
        (0..length)
            .map(|_| {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                char::from(b'!' + u8::try_from((*state >> 33) % 90).unwrap())
            })
            .collect()
    };
    for n in 0..60 {
        let mut entry = found(&format!("https://a.example/long/{n}"), "x");
        entry.entry.content = Some(noise(n * 3_000, &mut state));
        world.list(vec![entry]).await;
        let job = world.claim_visit().await;
        let mut said = world.words(&n.to_string());
        said.content.blocks[0].text = noise(n * 5_000, &mut state);
        world.store.publish(job.lease, said).await.unwrap();
    }
    assert_eq!(blobs(&place.path()), 0);
    assert_eq!(
        world.store.check().await.unwrap().faults,
        Vec::<String>::new()
    );
    world.store.close().await.unwrap();
    fs::write(place.path().join("blobs/7"), "x").unwrap();
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let faults = store.check().await.unwrap().faults;
    assert_eq!(
        faults,
        ["1 values stand in files that a power cut may lose"]
    );
}

#[tokio::test]
async fn opening_has_a_deadline() {
    let place = Place::with_articles().await;
    let options = SledOptions {
        open_deadline: Duration::ZERO,
        ..options()
    };
    let late = SledStore::open(&place.path(), options).await;
    let Err(StoreError::Open { why, .. }) = late else {
        panic!("{late:?}");
    };
    assert!(why.contains("was not open after"), "{why}");
    assert!(place.path().join("db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_is_done_all_the_same() {
    let place = Place::with_articles().await;
    let store = SledStore::open(&place.path(), options()).await.unwrap();
    let before = store.stats().await.unwrap().commits;
    for _ in 0..20 {
        let step = store.ping();
        drop(tokio::time::timeout(Duration::ZERO, step).await);
    }
    store.ping().await.unwrap();
    assert!(store.stats().await.unwrap().commits > before);
    store.close().await.unwrap();
    assert_eq!(blobs(&place.path()), 0);
}

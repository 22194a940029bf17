//! Processes that are killed at random moments, and what their stores hold afterwards.
//!
//! The children are this test binary itself, told by the environment what to be (see `children`).
//! What a child says on its standard output it has been promised by the store; the parent kills it,
//! reads what it said, opens the store and looks. Two controls show that the looking sees: a store
//! of many trees, which tears, and the same written as one batch, which does not.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wireroom::store::sled::SledStore;
use wireroom::store::{Published, Store};

use crate::store::children::{self, Batch, JOB, PATH, Promise, SCRIPT};
use crate::store::world::{World, options};

/// Starts a child that does `job` in the store at `path`.
fn start(job: &str, path: &Path, script: Option<&Path>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["store::children::child", "--exact", "--nocapture"])
        .env(JOB, job)
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(script) = script {
        command.env(SCRIPT, script);
    }
    command.spawn().unwrap()
}

/// Lets a child say something, waits `delay`, kills it, and returns all that it said.
fn kill_after(mut child: Child, delay: Duration) -> Vec<Promise> {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut promises = Vec::new();
    let mut line = String::new();
    while promises.is_empty() {
        line.clear();
        assert_ne!(
            output.read_line(&mut line).unwrap(),
            0,
            "the child ended by itself"
        );
        promises.extend(Promise::parse(&line));
    }
    // Not a wait for something to happen, but the moment of the blow.
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    // A line that was cut short is no promise.
    let whole = rest.rfind('\n').map_or("", |end| &rest[..end]);
    promises.extend(whole.lines().filter_map(Promise::parse));
    promises
}

fn random(range: std::ops::Range<u64>) -> u64 {
    range.start + rand::random::<u64>() % (range.end - range.start)
}

/// Opens the store at `path` and returns what is wrong with it.
async fn faults(path: &Path, promises: &[Promise]) -> Vec<String> {
    let store = match SledStore::open(path, options()).await {
        Ok(store) => store,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = store.check().await.unwrap().faults;
    for promise in promises {
        faults.extend(children::broken(&store, promise).await);
    }
    store.close().await.unwrap();
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_daemon_leaves_whole_steps_and_all_that_it_was_promised() {
    const ROUNDS: usize = 32;
    let mut kept = 0;
    let mut directory = tempfile::tempdir().unwrap();
    for round in 0..ROUNDS {
        if round % 4 == 0 {
            directory = tempfile::tempdir().unwrap();
        }
        let path = directory.path().join("store");
        let delay = Duration::from_millis(random(0..250));
        let promises = kill_after(start("work", &path, None), delay);
        kept += promises.len();
        let faults = faults(&path, &promises).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "round {round}, killed {delay:?} after its first word"
        );
    }
    assert!(kept > ROUNDS, "the children did something: {kept} promises");
}

/// All records of a closed store.
fn dump(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let db = sled::Config::new().path(path).open().unwrap();
    db.iter()
        .map(|item| item.unwrap())
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

/// The batches of a few publications, as the real store wrote them.
pub(crate) async fn script(steps: usize) -> Vec<Batch> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut script = Vec::new();
    let mut before = BTreeMap::new();
    for step in 0..=steps {
        let store = SledStore::open(&path, options()).await.unwrap();
        let world = World::new(store, None).await;
        let mut promise = None;
        if step > 0 {
            let job = world.visit(&format!("https://a.example/{step}")).await;
            let words = world.words(&format!("words of step {step}"));
            let done = world.store.publish(job.lease, words).await.unwrap();
            let Published::New { article, .. } = done else {
                panic!("{done:?}");
            };
            promise = Some(
                Promise::Published {
                    article,
                    revision: 1,
                }
                .to_string(),
            );
        }
        world.store.close().await.unwrap();
        let after = dump(&path);
        let gone = (before.keys()).filter(|key| !after.contains_key(*key));
        let gone: Vec<_> = gone.map(|key: &Vec<u8>| (key.clone(), None)).collect();
        let new = (after.iter()).filter(|(key, value)| before.get(*key) != Some(*value));
        let new = new.map(|(key, value)| (key.clone(), Some(value.clone())));
        let writes = new.chain(gone).collect();
        script.push(Batch { writes, promise });
        before = after;
    }
    script
}

/// Of `rounds` killed children that do `job`, how many left a store with faults.
async fn torn(job: &str, rounds: usize, script: &Path) -> usize {
    let mut torn = 0;
    for _ in 0..rounds {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("control");
        let delay = Duration::from_millis(random(5..100));
        kill_after(start(job, &path, Some(script)), delay);
        // Whatever trees it wrote, put together as the one tree that the check reads.
        let whole = directory.path().join("store");
        {
            let from = sled::Config::new().path(&path).open().unwrap();
            let into = sled::Config::new().path(&whole).open().unwrap();
            for name in from.tree_names() {
                for item in &from.open_tree(name).unwrap() {
                    let (key, value) = item.unwrap();
                    into.insert(key, value).unwrap();
                }
            }
            into.flush().unwrap();
        }
        torn += usize::from(!faults(&whole, &[]).await.is_empty());
    }
    torn
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_the_check_sees_a_step_that_was_torn() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script");
    let script = script(25).await;
    std::fs::write(&path, serde_json::to_vec(&script).unwrap()).unwrap();
    let torn_apart = torn("tree-by-tree", 6, &path).await;
    assert!(torn_apart >= 3, "one batch a tree: {torn_apart} of 6 torn");
    assert_eq!(torn("step-by-step", 6, &path).await, 0, "one batch a step");
}

//! A course for deliveries: a real daemon between sites that publish and correct, and receivers that fail,
//! hang, answer slowly, cut the connection in the middle of an answer and restart, while the daemon is killed
//! again and again.
//!
//! What must hold at the end: every revision of every article has arrived at every receiver, none came before
//! the one before it had been taken, none came under two identifiers, and the store knows it all as
//! delivered. The daemon's own words are the log that stays behind when something did not.

mod daemon;
mod receiver;
mod site;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wireroom::store::Store as _;
use wireroom::store::sled::{SledOptions, SledStore};

use self::daemon::Daemon;
use self::receiver::{MOODS, Receiver};
use self::site::Site;

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Outlets that publish.
    pub(crate) sites: usize,
    /// Articles that each of them publishes at a time, and then corrects.
    pub(crate) articles: usize,
    /// How often.
    pub(crate) waves: usize,
    /// Receivers: of each mood one, then again.
    pub(crate) receivers: usize,
    /// How often the daemon is killed.
    pub(crate) kills: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Revisions that each receiver had to be told of, times receivers.
    pub(crate) deliveries: usize,
    /// Requests that arrived whole.
    pub(crate) requests: usize,
    /// How often the daemon was killed.
    pub(crate) kills: usize,
    /// How long it took.
    pub(crate) time: Duration,
    /// What must not be.
    pub(crate) faults: Vec<String>,
}

/// Nothing new for so long, and it is given up.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// One revision of an article.
type Revision = (String, u64);

/// Under which identifier each revision is told, whoever is told of it.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<Revision, String>>>);

impl Names {
    /// The identifier under which somebody has been told of `revision` before, where it is another.
    pub(crate) fn another(&self, revision: &Revision, id: &str) -> Option<String> {
        let mut names = locked(&self.0);
        let known = names
            .entry(revision.clone())
            .or_insert_with(|| id.to_owned());
        (known != id).then(|| known.clone())
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the course in `folder`, which holds the daemon's data; `seed` makes its weather.
pub(crate) fn run(binary: &Path, folder: &Path, size: Size, seed: u64) -> Report {
    let names = Names::default();
    let sites: Vec<Site> = (0..size.sites).map(Site::open).collect();
    let receivers: Vec<Receiver> = (0..size.receivers)
        .map(|number| Receiver::open(number, MOODS[number % MOODS.len()], seed, names.clone()))
        .collect();
    daemon::configure(folder, &sites, &receivers);
    let begun = Instant::now();
    let mut course = Course {
        binary,
        folder,
        daemon: Some(Daemon::start(binary, folder)),
        kills: 0,
        kills_wanted: size.kills,
        dice: Dice(seed),
        next_kill: begun,
        steps: size.waves * 2,
        step: 0,
    };
    course.plan_kill();
    let mut faults = Vec::new();
    // The receiver in good health says when a wave has come through; the others have what they have.
    let well = receivers.first().expect("there are receivers");
    let mut expected = 0;
    'waves: for wave in 0..size.waves {
        for revision in 1..=2 {
            for site in &sites {
                if revision == 1 {
                    site.publish(wave, size.articles);
                } else {
                    site.correct();
                }
            }
            expected += size.sites * size.articles;
            course.step += 1;
            if !course.wait(|| well.taken(), expected) {
                faults.push(format!(
                    "{} of {expected} revisions came through by wave {wave}",
                    well.taken()
                ));
                break 'waves;
            }
        }
    }
    while course.kills < size.kills && faults.is_empty() {
        course.kill_at_its_time();
        std::thread::sleep(LOOK);
    }
    for receiver in &receivers {
        receiver.calm();
    }
    let taken = || receivers.iter().map(Receiver::taken).sum();
    let deliveries = expected * receivers.len();
    course.wait(taken, deliveries);
    // What was answered last is on its way into the store.
    let settled = course.daemon.take().expect("it runs").settle(PATIENCE);
    faults.extend(settled.err());
    for receiver in &receivers {
        if receiver.taken() != expected {
            let taken = receiver.taken();
            faults.push(format!("{} took {taken} of {expected}", receiver.name()));
        }
        faults.extend(receiver.faults());
    }
    faults.extend(audit(folder, expected as u64, &receivers));
    Report {
        deliveries,
        requests: receivers.iter().map(Receiver::requests).sum(),
        kills: course.kills,
        time: begun.elapsed(),
        faults,
    }
}

/// What the store says, after the daemon has stopped.
fn audit(folder: &Path, expected: u64, receivers: &[Receiver]) -> Vec<String> {
    let look = async {
        let store = SledStore::open(&folder.join("data/store"), SledOptions::default()).await;
        let store = store.map_err(|fault| fault.to_string())?;
        let report = store.check().await.map_err(|fault| fault.to_string())?;
        let states = store.endpoints().await.map_err(|fault| fault.to_string())?;
        store.close().await.map_err(|fault| fault.to_string())?;
        let mut faults = report.faults;
        for receiver in receivers {
            let state = states
                .iter()
                .find(|state| state.name.as_str() == receiver.name());
            let counts = state.map(|it| (it.delivered, it.waiting, it.retrying, it.failed));
            if counts != Some((expected, 0, 0, 0)) {
                faults.push(format!(
                    "the store knows {counts:?} (delivered, waiting, retrying, failed) of {}",
                    receiver.name()
                ));
            }
        }
        Ok::<_, String>(faults)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(look).unwrap_or_else(|fault| vec![fault])
}

/// Numbers that look random, and are the same for the same seed.
#[derive(Clone, Copy)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }
}

struct Course<'a> {
    binary: &'a Path,
    folder: &'a Path,
    daemon: Option<Daemon>,
    kills: usize,
    kills_wanted: usize,
    dice: Dice,
    next_kill: Instant,
    steps: usize,
    step: usize,
}

impl Course<'_> {
    /// The next kill comes some moments after a start: in the polls, the visits, the deliveries.
    fn plan_kill(&mut self) {
        let wait = 300 + self.dice.roll(1500);
        self.next_kill = Instant::now() + Duration::from_millis(wait);
    }

    /// Kills and starts the daemon, if it is time; kills are spread over the whole course.
    fn kill_at_its_time(&mut self) {
        let so_far = self.kills_wanted * self.step.max(1) / self.steps.max(1);
        if self.kills >= so_far.max(1).min(self.kills_wanted) || Instant::now() < self.next_kill {
            return;
        }
        self.daemon.take().expect("it runs").kill();
        self.daemon = Some(Daemon::start(self.binary, self.folder));
        self.kills += 1;
        self.plan_kill();
    }

    /// Waits until `count` says `wanted`; `false` where nothing new came for long.
    fn wait(&mut self, count: impl Fn() -> usize, wanted: usize) -> bool {
        let (mut seen, mut since) = (count(), Instant::now());
        while seen < wanted {
            if since.elapsed() > PATIENCE {
                return false;
            }
            self.kill_at_its_time();
            std::thread::sleep(LOOK);
            let now = count();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
        true
    }
}

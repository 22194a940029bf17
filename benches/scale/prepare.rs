//! A folder as a daemon leaves it that has watched so many sources for long: configuration and store,
//! the polls spread evenly over the interval.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use wireroom::app::App;
use wireroom::clock::Clock;
use wireroom::config::{self, Config};
use wireroom::model::source::{SourceHealth, Validators};
use wireroom::store::{PollReport, Store};

use crate::web::ETAG;
use crate::{INTERVAL, INTERVAL_SECONDS, MARGIN_SECONDS};

/// Outlets in one file.
const IN_A_FILE: usize = 5_000;
/// Sources claimed and finished at a time.
const AT_A_TIME: usize = 256;

/// The address of one source: the host decides whose turn it is, so each has its own.
fn address(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).expect("there are not so many") + 256;
    Ipv4Addr::from_bits(0x7f00_0000 + number)
}

/// The configuration of a folder.
pub(crate) fn load(folder: &Path) -> Config {
    let file = folder.join("wireroom.toml");
    let loaded = config::load(Some(&file), &std::collections::BTreeMap::new());
    loaded
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
        .config
}

/// When the first poll is due.
pub(crate) fn base(folder: &Path) -> Timestamp {
    let text = std::fs::read_to_string(folder.join("base")).expect("it was prepared");
    text.parse().expect("a time")
}

/// When a source is due, by its address: the order of the addresses is not that of the times.
pub(crate) fn due(url: &str, base: Timestamp) -> Timestamp {
    let share = xxhash_rust::xxh3::xxh3_64(url.as_bytes()) % (INTERVAL_SECONDS * 1000);
    let share = i64::try_from(share).expect("below the interval");
    base + SignedDuration::from_millis(share)
}

pub(crate) fn prepare(count: usize, port: u16, folder: &Path) {
    write_configuration(count, port, folder);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let begun = Clock::System.now();
        let app = App::open(load(folder), Clock::System).await;
        let store = app.expect("it opens").store();
        // More than it takes on a busy machine (860 µs on two shared cores), so that the times are right
        // when it is done: what is due before the daemon runs would be counted as its own lag.
        let each = Duration::from_micros(1_200) * u32::try_from(count).expect("not so many");
        let base = begun
            + SignedDuration::from_secs(MARGIN_SECONDS)
            + SignedDuration::try_from(each).expect("short");
        std::fs::write(folder.join("base"), base.to_string()).expect("written");
        age(&store, base).await;
        store.close().await.expect("closed");
        let now = Clock::System.now();
        let rest = Duration::try_from(base.duration_since(now)).unwrap_or_default();
        let rest = rest.saturating_sub(Duration::from_secs(MARGIN_SECONDS.unsigned_abs()));
        tokio::time::sleep(rest).await;
    });
}

fn write_configuration(count: usize, port: u16, folder: &Path) {
    let main = format!(
        "[daemon]\noutlets = [\"outlets/*.toml\"]\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\n\
         [poll]\ninterval = \"{INTERVAL}\"\n[http]\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"warn\"\n"
    );
    std::fs::write(folder.join("wireroom.toml"), main).expect("written");
    std::fs::create_dir(folder.join("outlets")).expect("made");
    for (place, first) in (0..count).step_by(IN_A_FILE).enumerate() {
        let mut text = String::new();
        for number in first..count.min(first + IN_A_FILE) {
            let host = address(number);
            write!(
                text,
                "[[outlet]]\nname = \"outlet-{number}\"\n[[outlet.source]]\nkind = \"feed\"\n\
                 url = \"http://{host}:{port}/news/feed.xml\"\n"
            )
            .expect("writing to a string cannot fail");
        }
        std::fs::write(folder.join(format!("outlets/{place}.toml")), text).expect("written");
    }
}

/// Gives every source the state of one that was polled before with success.
async fn age(store: &Arc<dyn Store>, base: Timestamp) {
    let lease = Duration::from_hours(1);
    loop {
        let now = Clock::System.now();
        let jobs = store
            .claim_polls(now, AT_A_TIME, lease, &HashSet::new())
            .await;
        let jobs = jobs.expect("claimed");
        if jobs.is_empty() {
            return;
        }
        let mut finishing = JoinSet::new();
        for job in jobs {
            let store = Arc::clone(store);
            let mut state = job.state;
            state.health = SourceHealth::Healthy;
            state.last_poll = Some(now);
            state.last_success = Some(now);
            state.next_poll = Some(due(state.url.as_str(), base));
            state.reason = Some("polled by the default interval".to_owned());
            state.validators = Validators {
                etag: Some(ETAG.to_owned()),
                last_modified: None,
            };
            let report = PollReport {
                quiet: HashSet::new(),
                now,
                state,
                found: Vec::new(),
                announce: true,
                events: Vec::new(),
            };
            finishing.spawn(async move { store.finish_poll(job.lease, report).await });
        }
        for done in finishing.join_all().await {
            done.expect("finished");
        }
    }
}

//! The soak in its small form; `cargo bench --bench soak` runs the large one.

#[path = "../../benches/soak/course/mod.rs"]
mod course;

use std::path::Path;

use course::{Size, run};

#[test]
fn bad_receivers_and_a_daemon_that_is_killed_lose_nothing() {
    let size = Size {
        sites: 2,
        articles: 10,
        waves: 1,
        receivers: 7,
        kills: 4,
    };
    let folder = tempfile::tempdir().unwrap();
    let seed = rand::random();
    let report = run(
        Path::new(env!("CARGO_BIN_EXE_wireroom")),
        folder.path(),
        size,
        seed,
    );
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    assert!(
        report.faults.is_empty(),
        "seed {seed}: {report:#?}\n{}",
        log()
    );
    assert_eq!((report.deliveries, report.kills), (280, 4));
    println!("{report:?} in {:?}", report.time);
    assert!(
        report.requests > report.deliveries,
        "nobody misbehaved: {report:?}"
    );
}

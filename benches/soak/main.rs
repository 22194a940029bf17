//! The soak: deliveries by a real daemon to receivers that fail, hang, answer slowly, cut the connection and
//! restart, while it is killed again and again. Prints what came of it, and fails where something is lost,
//! out of order, or told under two identifiers.
//!
//! `cargo bench --bench soak -- [DELIVERIES]`: about so many, 100,000 where nothing is said. `SOAK_SEED` makes
//! another weather, `SOAK_KILLS` another number of ends; `TMPDIR` says where the store stands.

#![expect(clippy::print_stdout, reason = "a bench says its numbers")]

#[path = "course/mod.rs"]
mod course;

use std::path::Path;
use std::process::ExitCode;

use course::{Size, run};

const SITES: usize = 4;
const ARTICLES: usize = 100;
const RECEIVERS: usize = 14;

fn main() -> ExitCode {
    let wanted = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let wanted: usize = wanted.unwrap_or(100_000);
    let of_environment = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seed = of_environment("SOAK_SEED").unwrap_or(1);
    let kills = of_environment("SOAK_KILLS").unwrap_or(20);
    let a_wave = SITES * ARTICLES * 2 * RECEIVERS;
    let size = Size {
        sites: SITES,
        articles: ARTICLES,
        waves: wanted.div_ceil(a_wave).max(1),
        receivers: RECEIVERS,
        kills: usize::try_from(kills).unwrap_or(20),
    };
    let folder = tempfile::tempdir().expect("a folder for the daemon");
    let binary = Path::new(env!("CARGO_BIN_EXE_wireroom"));
    let report = run(binary, folder.path(), size, seed);
    let seconds = report.time.as_secs_f64();
    println!(
        "{} deliveries to {RECEIVERS} receivers in {seconds:.0} s ({:.0}/s), killed {} times: {} requests arrived, {:.3} for each delivery",
        report.deliveries,
        report.deliveries as f64 / seconds,
        report.kills,
        report.requests,
        report.requests as f64 / report.deliveries as f64,
    );
    if report.faults.is_empty() {
        println!("every one arrived, in order within its article, none under two identifiers");
        return ExitCode::SUCCESS;
    }
    for fault in &report.faults {
        println!("FAULT {fault}");
    }
    println!(
        "seed {seed}; the daemon's log and store stay in {}",
        folder.keep().display()
    );
    ExitCode::FAILURE
}

//! Polls spent against minutes until discovery, and silence told rightly and wrongly, on made-up traces
//! (`traces.rs` says of what shape and why). `cargo bench --bench cadence`; `WIREROOM_SEED=7` makes others,
//! `-- silence` looks at silence alone.
//! Nothing is timed: the same seed prints the same figures on any machine.

#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a bench prints what it found"
)]

mod replay;
mod traces;

use jiff::{SignedDuration, Timestamp};

use replay::{Outcome, by_default, fixed, replay};
use traces::{FLEET, Kind, publications, start};

/// How long the cadence is replayed, the learning included.
const WEEKS: u32 = 12;
/// How long silence is waited for wrongly, and from when on it is there.
const QUIET_WEEKS: u32 = 52;
const SILENT_FROM: u32 = 26;
/// Kinds whose silence is looked at, beyond those of the fleet.
const BESIDES: [Kind; 4] = [Kind::Office, Kind::League, Kind::Column, Kind::Decline];

fn main() {
    let seed = std::env::var("WIREROOM_SEED").map_or(1, |text| text.parse().expect("a number"));
    if std::env::args().any(|word| word == "silence") {
        return silence(seed);
    }
    println!("seed {seed}; {WEEKS} weeks from the first poll on; minutes until discovery\n");
    println!(
        "{:10} {:14} {:>14} {:>10} {:>10}",
        "sources", "schedule", "polls/day each", "mean", "median"
    );
    let mut total: Vec<(&str, Outcome)> = Vec::new();
    for (kind, count) in FLEET {
        for (place, (name, spec)) in schedules().into_iter().enumerate() {
            let mut sum = Outcome::default();
            for number in 0..count as u64 {
                let source = seed * 1000 + number + kind as u64 * 100;
                let published = publications(kind, source, WEEKS);
                sum.add(replay(&published, &spec, WEEKS, source).0);
            }
            line(&format!("{kind:?}"), name, &sum, count);
            if total.len() == place {
                total.push((name, Outcome::default()));
            }
            total[place].1.add(sum);
        }
    }
    let all = FLEET.iter().map(|(_, count)| count).sum();
    for (name, sum) in &total {
        line("all", name, sum, all);
    }
    silence(seed);
}

fn schedules() -> [(&'static str, wireroom::config::PollSpec); 4] {
    [
        ("default", by_default()),
        ("every 5 min", fixed(5)),
        ("every 15 min", fixed(15)),
        ("every 60 min", fixed(60)),
    ]
}

fn line(kind: &str, schedule: &str, sum: &Outcome, sources: usize) {
    println!(
        "{kind:10} {schedule:14} {:>14.1} {:>10.1} {:>10.1}",
        sum.polls as f64 / f64::from(WEEKS * 7) / sources as f64,
        sum.mean(),
        sum.median()
    );
}

fn silence(seed: u64) {
    println!(
        "\nsilence: false alarms in {QUIET_WEEKS} weeks of ordinary news, and how soon a real one is told\n\
         {:10} {:>8} {:>22} {:>16} {:>16}",
        "sources", "of", "alarms a source-year", "told after (h)", "never told"
    );
    for kind in FLEET.map(|(kind, _)| kind).into_iter().chain(BESIDES) {
        let mut alarms = 0;
        let mut after = Vec::new();
        let mut never = 0;
        let sources = 40;
        for number in 0..sources {
            let source = seed * 1000 + 500 + number + kind as u64 * 100;
            let published = publications(kind, source, QUIET_WEEKS);
            let (whole, _) = replay(&published, &by_default(), QUIET_WEEKS, source);
            alarms += whole.alarms.len();
            match told(&published, source) {
                Some(hours) => after.push(hours),
                None => never += 1,
            }
        }
        after.sort_by(f64::total_cmp);
        println!(
            "{:10} {sources:>8} {:>22.3} {:>16.1} {never:>16}",
            format!("{kind:?}"),
            alarms as f64 / sources as f64 * 52.0 / f64::from(QUIET_WEEKS),
            after.get(after.len() / 2).copied().unwrap_or(f64::NAN),
        );
    }
}

/// Hours from the last publication before the middle of the year, where the source then stops.
fn told(published: &[Timestamp], seed: u64) -> Option<f64> {
    let stop = start() + SignedDuration::from_hours(i64::from(SILENT_FROM) * 168);
    let before: Vec<_> = published
        .iter()
        .copied()
        .take_while(|at| *at < stop)
        .collect();
    let last = *before.last()?;
    let (outcome, _) = replay(&before, &by_default(), QUIET_WEEKS, seed);
    let alarm = outcome.alarms.into_iter().find(|at| *at > last)?;
    Some(alarm.duration_since(last).as_secs_f64() / 3600.0)
}

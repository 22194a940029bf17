//! What the default cadence promises, on the traces of the `cadence` bench: as early as every fifteen minutes,
//! with at most half of its polls. `cargo bench --bench cadence` prints the whole trade.

#[path = "../../benches/cadence/replay.rs"]
mod replay;
#[path = "../../benches/cadence/traces.rs"]
#[allow(dead_code, reason = "the bench looks at more kinds")]
mod traces;

use replay::{Outcome, by_default, fixed, replay};
use traces::{FLEET, publications};
use wireroom::config::PollSpec;

/// As in the bench; the learning included.
const WEEKS: u32 = 12;

fn fleet(spec: &PollSpec) -> Outcome {
    let mut sum = Outcome::default();
    for (kind, count) in FLEET {
        for number in 0..count as u64 {
            let source = 1000 + number + kind as u64 * 100;
            let published = publications(kind, source, WEEKS);
            sum.add(replay(&published, spec, WEEKS, source).0);
        }
    }
    // In eleven source-years; the bench has the rate by kind.
    assert!(sum.alarms.len() <= 1, "ordinary news was taken for silence");
    sum
}

#[test]
fn the_default_finds_news_as_early_as_every_fifteen_minutes_with_half_the_polls() {
    let (ours, fixed) = (fleet(&by_default()), fleet(&fixed(15)));
    let said = |it: &Outcome| {
        format!(
            "{} polls, {:.1} and {:.1} min",
            it.polls,
            it.mean(),
            it.median()
        )
    };
    let said = format!("{} against {}", said(&ours), said(&fixed));
    assert!(ours.polls * 2 <= fixed.polls, "{said}");
    assert!(
        ours.mean() <= fixed.mean() && ours.median() <= fixed.median(),
        "{said}"
    );
    // Fifteen minutes and a twentieth of jitter, halved: the replay itself is right.
    assert!((fixed.mean() - 7.9).abs() < 0.3, "{said}");
}

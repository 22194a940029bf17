//! What this process has used, as Linux tells it.

use std::time::Duration;

/// Hundredths of a second: what Linux counts in for whoever reads `/proc`.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all threads, own and kernel's.
pub(crate) fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux has /proc");
    // The name, in parentheses, may hold blanks.
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks = |field: usize| -> u32 {
        let word = after_name.split_whitespace().nth(field);
        word.and_then(|word| word.parse().ok()).unwrap_or_default()
    };
    TICK * (ticks(11) + ticks(12))
}

/// Memory in MiB: now, and the most so far.
pub(crate) fn resident() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux has /proc");
    let kilobytes = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name));
        let word = line.and_then(|line| line.split_whitespace().nth(1));
        word.and_then(|word| word.parse().ok()).unwrap_or_default()
    };
    (kilobytes("VmRSS") / 1024, kilobytes("VmHWM") / 1024)
}

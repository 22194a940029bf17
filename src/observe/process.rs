//! The process itself, read from `/proc` at each look; absent where the system has none.

use std::fmt;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Start time, processor time, resident memory and open files, under Prometheus' usual names.
#[derive(Debug)]
pub struct Process {
    /// When the process started.
    pub started: Timestamp,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        if let Some(seconds) = processor_seconds() {
            let counter = ConstCounter::new(seconds);
            let metric = encoder.encode_descriptor(
                "process_cpu_seconds",
                "Processor time, the system's included.",
                None,
                counter.metric_type(),
            )?;
            counter.encode(metric)?;
        }
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)
        };
        gauge(
            "process_start_time_seconds",
            "Start of the process, in seconds since 1970.",
            self.started.as_second() as f64,
        )?;
        if let Some(bytes) = resident_bytes() {
            gauge(
                "process_resident_memory_bytes",
                "Resident memory.",
                bytes as f64,
            )?;
        }
        if let Some(count) = open_files() {
            gauge("process_open_fds", "Open file descriptors.", count as f64)?;
        }
        if let Some(count) = most_files() {
            gauge(
                "process_max_fds",
                "Most file descriptors that may be open.",
                count as f64,
            )?;
        }
        Ok(())
    }
}

/// Memory that the process holds.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Files and sockets that the process has open.
pub fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

/// Files and sockets that the process may have open; `None` also where there is no bound.
fn most_files() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Ticks a second in which `/proc` counts: `USER_HZ`, which is 100 on every machine that this runs on.
const TICKS: f64 = 100.0;

/// Processor time used so far.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name stands in parentheses and may hold blanks; utime and stime are the fields
    // 14 and 15 (proc_pid_stat(5)).
    let mut fields = stat
        .get(stat.rfind(')')? + 1..)?
        .split_whitespace()
        .skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_knows_itself() {
        assert!(resident_bytes().unwrap() > 1 << 20);
        let most = most_files().unwrap();
        assert!(open_files().unwrap() as u64 <= most);
        // Some work, until the count moves.
        let before = processor_seconds().unwrap();
        let mut sum = 0_u64;
        while processor_seconds().unwrap() <= before {
            sum = (0..100_000).fold(sum, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        }
        assert!(processor_seconds().unwrap() < 100_000.0, "{sum}");
    }
}

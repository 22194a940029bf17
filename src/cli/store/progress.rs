//! How far a long piece of work is, on one line of a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::backup::Tally;

/// Between two looks of the line.
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error, where that is a terminal; else nothing.
pub(super) struct Progress {
    doing: &'static str,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl Progress {
    pub(super) fn new(doing: &'static str) -> Self {
        Self {
            doing,
            shown: None,
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Shows how much was done.
    pub(super) fn show(&mut self, tally: &Tally) {
        if !self.on_terminal || self.shown.is_some_and(|shown| shown.elapsed() < EVERY) {
            return;
        }
        self.shown = Some(Instant::now());
        let (articles, records) = (tally.kinds.get(&'a').unwrap_or(&0), tally.records);
        let size = match tally.bytes {
            0 => String::new(),
            bytes => format!(", {:.1} MB", bytes as f64 / 1e6),
        };
        let line = format!(
            "\r{}: {articles} articles, {records} records{size}\x1b[K",
            self.doing
        );
        // A terminal that is gone needs no progress.
        drop(std::io::stderr().write_all(line.as_bytes()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            drop(std::io::stderr().write_all(b"\r\x1b[K"));
        }
    }
}

//! How far a long piece of work is, on one line of a terminal.
//!
//! A line of our own and no crate for bars: what is shown are counts whose end is seldom known, and a
//! crate would bring a drawing thread and a dozen dependencies for one carriage return.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::time::Instant;

/// Between two looks of the line.
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error, where that is a terminal; else nothing.
pub(super) struct Progress {
    doing: &'static str,
    begun: Instant,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl Progress {
    pub(super) fn new(doing: &'static str) -> Self {
        Self {
            doing,
            begun: Instant::now(),
            shown: None,
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Shows how much was done.
    pub(super) fn show(&mut self, done: impl FnOnce() -> String) {
        if !self.on_terminal || self.shown.is_some_and(|shown| shown.elapsed() < EVERY) {
            return;
        }
        self.shown = Some(Instant::now());
        self.draw(&done());
    }

    /// Shows how much of `all` was done, and how long the rest will take at this pace.
    pub(super) fn show_of(&mut self, done: u64, all: u64, what: &str) {
        let begun = self.begun;
        self.show(|| part(done, all, what, begun.elapsed()));
    }

    /// Takes the line away, so that others can write.
    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            drop(std::io::stderr().write_all(b"\r\x1b[K"));
        }
    }

    fn draw(&self, words: &str) {
        let line = format!("\r{}: {words}\x1b[K", self.doing);
        // A terminal that is gone needs no progress.
        drop(std::io::stderr().write_all(line.as_bytes()));
    }
}

/// A line that moves by itself, for work that says nothing of how far it is.
pub(super) struct Ticking {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticking {
    /// Shows how long it takes and what `look` says, until it is dropped.
    pub(super) fn start(
        doing: &'static str,
        look: impl Fn() -> Option<String> + Send + 'static,
    ) -> Self {
        let mut progress = Progress::new(doing);
        if !progress.on_terminal {
            return Self {
                stop: None,
                thread: None,
            };
        }
        let (stop, stopped) = sync_channel(0);
        let begun = progress.begun;
        let tick = move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let seconds = begun.elapsed().as_secs();
                let said = look().map_or_else(String::new, |said| format!(", {said}"));
                progress.show(|| format!("{}:{:02}{said}", seconds / 60, seconds % 60));
            }
        };
        // Without a thread there is no line, and the work goes on.
        let thread = std::thread::Builder::new().spawn(tick).ok();
        Self {
            stop: Some(stop),
            thread,
        }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// `[#####     ] 50 %, 10 of 20 articles, 0:30 left`.
fn part(done: u64, all: u64, what: &str, passed: Duration) -> String {
    let done = done.min(all);
    let share = |of: u64| match all {
        0 => of,
        all => done.saturating_mul(of) / all,
    };
    let filled = "#".repeat(usize::try_from(share(20)).unwrap_or(20));
    let left = match done {
        0 => String::new(),
        done if done == all => String::new(),
        done => {
            let seconds = passed.as_secs().saturating_mul(all - done) / done;
            format!(", {}:{:02} left", seconds / 60, seconds % 60)
        }
    };
    format!(
        "[{filled:20}] {} %, {done} of {all} {what}{left}",
        share(100)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_with_what_is_left() {
        let told = |done, all| part(done, all, "articles", Duration::from_secs(30));
        assert_eq!(
            told(10, 20),
            "[##########          ] 50 %, 10 of 20 articles, 0:30 left"
        );
        assert_eq!(
            told(20, 20),
            "[####################] 100 %, 20 of 20 articles"
        );
        assert_eq!(told(21, 20), told(20, 20));
        assert_eq!(told(0, 0), "[####################] 100 %, 0 of 0 articles");
        assert_eq!(told(0, 5), "[                    ] 0 %, 0 of 5 articles");
    }
}

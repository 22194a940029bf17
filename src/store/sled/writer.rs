//! The one thread that writes.
//!
//! It takes steps from a bounded channel, applies each as a batch, and answers a group of them
//! after one sync. Because it is alone, looking and then inserting is free of races.
//!
//! The engine's own flush is not durable: it commits neither the file's length nor its extents, and
//! in simulated power cuts what it had acknowledged was gone. So each flush is followed by an
//! `fdatasync` of the file through a handle of our own, and only then by the answers.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::StoreError;
use crate::store::sled::counters::Counters;
use crate::store::sled::side::SideFile;
use crate::store::sled::txn::{Txn, engine};
use crate::store::sled::view::View;

/// Steps that may wait for the writer; whoever brings one more waits to hand it over.
const QUEUE: usize = 256;
/// Steps answered by one sync at most.
const GROUP_MAX: usize = 100;
/// How long the first step of a group waits for the others' turn at most.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// How often the side file follows at most.
const SIDE_EVERY: Duration = Duration::from_secs(1);

/// Answers one step, once it is known whether its group is durable.
type Answer = Box<dyn FnOnce(Option<StoreError>) + Send>;
/// A step that is to be done.
type Step = Box<dyn FnOnce(&mut Writer) -> Answer + Send>;

/// The way to the writer.
#[derive(Debug)]
pub(super) struct Hand {
    steps: SyncSender<Step>,
    thread: JoinHandle<()>,
}

impl Hand {
    /// Starts the thread.
    pub(super) fn start(writer: Writer) -> std::io::Result<Self> {
        let (steps, inbox) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.work(&inbox))?;
        Ok(Self { steps, thread })
    }

    /// A sender of steps.
    pub(super) fn sender(&self) -> Sender {
        Sender(self.steps.clone())
    }

    /// Lets the thread finish what it has been given and waits for its end. All [`Sender`]s must
    /// be gone, or it waits for them too.
    pub(super) fn stop(self) {
        drop(self.steps);
        if self.thread.join().is_err() {
            tracing::error!("the store's writer ended in a panic");
        }
    }
}

/// Hands steps to the writer.
#[derive(Clone, Debug)]
pub(super) struct Sender(SyncSender<Step>);

impl Sender {
    /// Does `step` in the writer and waits until it is durable. Blocks.
    pub(super) fn run<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Txn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = sync_channel(1);
        let work: Step = Box::new(move |writer| {
            let done = writer.apply(step);
            Box::new(move |failure| {
                let answer = match failure {
                    Some(failure) => Err(failure),
                    None => done,
                };
                // Whoever asked may have gone; the step is done all the same.
                drop(reply.send(answer));
            })
        });
        self.0.send(work).map_err(|_| StoreError::Closed)?;
        result.recv().map_err(|_| StoreError::Closed)?
    }
}

/// What the thread owns.
pub(super) struct Writer {
    pub(super) view: View,
    pub(super) counters: Counters,
    /// The engine's file, through a handle of our own.
    pub(super) file: File,
    pub(super) side: SideFile,
    /// Commits that are durable.
    pub(super) synced: u64,
    /// When the side file was written.
    pub(super) side_written: Instant,
    /// Why nothing is written any more.
    pub(super) broken: Option<String>,
}

impl Writer {
    fn work(mut self, inbox: &Receiver<Step>) {
        while let Some(first) = self.next(inbox) {
            let begun = Instant::now();
            let mut answers = vec![first(&mut self)];
            while answers.len() < GROUP_MAX && begun.elapsed() < GROUP_TIME {
                // No step waits: nothing is gained by letting those that are done wait either.
                let Ok(step) = inbox.try_recv() else { break };
                answers.push(step(&mut self));
            }
            let synced = self.sync();
            for answer in answers {
                answer(synced.as_ref().err().map(|why| broken(why)));
            }
            if self.side_written.elapsed() >= SIDE_EVERY {
                self.write_side();
            }
        }
        if self.sync().is_ok() {
            self.write_side();
        }
    }

    /// The next step; meanwhile the side file catches up.
    fn next(&mut self, inbox: &Receiver<Step>) -> Option<Step> {
        if self.side.commits() == self.synced {
            return inbox.recv().ok();
        }
        match inbox.recv_timeout(SIDE_EVERY) {
            Ok(step) => Some(step),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.write_side();
                inbox.recv().ok()
            }
        }
    }

    /// Does one step and applies its batch. What panics leaves nothing behind.
    fn apply<T>(
        &mut self,
        step: impl FnOnce(&mut Txn<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(why) = &self.broken {
            return Err(broken(why));
        }
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut txn = Txn::new(self.view.clone(), &mut self.counters);
            let done = step(&mut txn)?;
            txn.commit()?;
            Ok(done)
        }));
        let done = done.unwrap_or_else(|panic| Err(panicked("work", panic.as_ref())));
        if self.counters.uncertain {
            let why = done.as_ref().err().map_or_else(String::new, describe);
            tracing::error!("the store writes no more until the next start: {why}");
            self.broken = Some(why);
        }
        done
    }

    /// Makes all commits durable. After a failure nobody knows what the disk holds: nothing more
    /// is written until the store has been opened again.
    fn sync(&mut self) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        if self.synced == self.counters.commits {
            return Ok(());
        }
        let flushed = catch_unwind(AssertUnwindSafe(|| self.view.tree().flush()))
            .map_err(|panic| panicked("flush", panic.as_ref()))
            .and_then(|flushed| flushed.map_err(engine("flush")));
        let synced = flushed.and_then(|_| {
            self.file.sync_data().map_err(|source| StoreError::Engine {
                doing: "sync its file",
                source: Box::new(source),
            })
        });
        match synced {
            Ok(()) => {
                self.synced = self.counters.commits;
                Ok(())
            }
            Err(error) => {
                let why = describe(&error);
                tracing::error!("the store writes no more until the next start: {why}");
                self.broken = Some(why.clone());
                Err(why)
            }
        }
    }

    fn write_side(&mut self) {
        self.side_written = Instant::now();
        if let Err(error) = self.side.write(self.synced) {
            tracing::warn!("the store's side file cannot be written: {error}");
        }
    }
}

fn broken(why: &str) -> StoreError {
    StoreError::Broken {
        why: why.to_owned(),
    }
}

fn describe(error: &StoreError) -> String {
    match error {
        StoreError::Engine { source, .. } => format!("{error}: {source}"),
        other => other.to_string(),
    }
}

/// What a panic said.
pub(super) fn panicked(doing: &'static str, panic: &(dyn std::any::Any + Send)) -> StoreError {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it does not say why");
    StoreError::Engine {
        doing,
        source: format!("panic: {said}").into(),
    }
}

/// Runs `f` where it may block. What has begun is finished, even if nobody waits for it any more.
pub(super) async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(f).await {
        Ok(done) => done,
        Err(join) if join.is_panic() => Err(panicked("read", &*join.into_panic())),
        Err(_) => Err(StoreError::Closed),
    }
}

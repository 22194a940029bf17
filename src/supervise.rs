//! Tasks with names and owners.
//!
//! Nothing runs that nobody awaits: a panic is reported to the owner and ends that one task, and
//! what is still running at the end of a drain is named before it is aborted.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::warn;

/// A set of named tasks, aborted when dropped.
#[derive(Debug)]
pub struct Tasks<T> {
    set: JoinSet<T>,
    names: HashMap<Id, String>,
}

/// How a task ended.
#[derive(Debug)]
pub struct Ended<T> {
    /// Its name.
    pub name: String,
    /// Its value, or how it panicked or was aborted.
    pub outcome: Result<T, JoinError>,
}

impl<T> Default for Tasks<T> {
    fn default() -> Self {
        Self {
            set: JoinSet::new(),
            names: HashMap::new(),
        }
    }
}

impl<T: Send + 'static> Tasks<T> {
    /// Starts a task.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = T> + Send + 'static,
    ) {
        let handle = self.set.spawn(task);
        self.names.insert(handle.id(), name.into());
    }

    /// How many are running or have ended unseen.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// The next task to end; `None` when there are none.
    pub async fn next(&mut self) -> Option<Ended<T>> {
        let joined = self.set.join_next_with_id().await?;
        Some(self.named(joined))
    }

    /// A task that has already ended, if there is one.
    pub fn try_next(&mut self) -> Option<Ended<T>> {
        let joined = self.set.try_join_next_with_id()?;
        Some(self.named(joined))
    }

    /// Waits up to `grace` for all to end, names what is still running, and aborts it.
    pub async fn drain(&mut self, grace: Duration) -> Vec<Ended<T>> {
        let deadline = Instant::now() + grace;
        let mut ended = Vec::new();
        while let Ok(Some(end)) = tokio::time::timeout_at(deadline, self.next()).await {
            ended.push(end);
        }
        if !self.is_empty() {
            let names: Vec<&str> = self.names.values().map(String::as_str).collect();
            warn!(
                running = names.len(),
                "giving up waiting for: {}",
                names.join(", ")
            );
            self.set.shutdown().await;
        }
        ended
    }

    fn named(&mut self, joined: Result<(Id, T), JoinError>) -> Ended<T> {
        let (id, outcome) = match joined {
            Ok((id, value)) => (id, Ok(value)),
            Err(error) => (error.id(), Err(error)),
        };
        Ended {
            name: self.names.remove(&id).unwrap_or_default(),
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_end_of_one_task() {
        let mut tasks = Tasks::default();
        tasks.spawn("calm", async { 7 });
        tasks.spawn("rash", async { panic!("on purpose") });
        let mut names = Vec::new();
        while let Some(end) = tasks.next().await {
            names.push((end.name, end.outcome.is_ok()));
        }
        names.sort();
        assert_eq!(
            names,
            [("calm".to_owned(), true), ("rash".to_owned(), false)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_ends_at_its_deadline() {
        let mut tasks = Tasks::default();
        tasks.spawn("quick", async {});
        tasks.spawn("stuck", std::future::pending());
        let ended = tasks.drain(Duration::from_secs(5)).await;
        assert_eq!(ended.len(), 1);
        assert!(tasks.is_empty());
    }
}

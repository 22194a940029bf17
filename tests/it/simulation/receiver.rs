//! An endpoint of the simulated web: it answers as told and remembers what it was told.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use wireroom::fetch::simulated::{Answer, Asked, SimulatedWeb};

const LATENCY: Duration = Duration::from_millis(50);

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// With this status.
    Failing(u16),
    /// Nothing comes.
    Hanging,
    /// 429 with this Retry-After.
    Throttling(u64),
    /// 410: it wants no more.
    Gone,
    /// No connection.
    Down,
    /// It takes the message, and the answer is lost.
    Deaf,
}

/// One request that it got.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// `webhook-id`.
    pub(crate) id: String,
    pub(crate) body: Value,
    /// Whether it was answered 200, and the answer sent.
    pub(crate) taken: bool,
}

impl Told {
    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    pub(crate) fn article(&self) -> &Value {
        &self.body["data"]["article"]
    }

    pub(crate) fn url(&self) -> &str {
        self.article()["url"].as_str().unwrap_or_default()
    }

    pub(crate) fn revision(&self) -> u64 {
        self.article()["revision"].as_u64().unwrap_or_default()
    }
}

/// The endpoint; clones are of the same one.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) name: String,
    state: Arc<Mutex<State>>,
}

struct State {
    mood: Mood,
    told: Vec<Told>,
    /// From when until when it wants nothing.
    held: Option<(Instant, Instant)>,
    /// From when on it is gone.
    gone: Option<Instant>,
    trespasses: Vec<String>,
}

impl Receiver {
    /// Opens it at `https://NAME.example.net/hook`.
    pub(crate) fn open(web: &SimulatedWeb, name: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            told: Vec::new(),
            held: None,
            gone: None,
            trespasses: Vec::new(),
        }));
        let answering = Arc::clone(&state);
        web.host(&format!("{name}.example.net"), move |asked| {
            answering.lock().unwrap().answer(asked)
        });
        Self {
            name: name.to_owned(),
            state,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}.example.net/hook", self.name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Whether it answered 410 since it was last enabled.
    pub(crate) fn is_gone(&self) -> bool {
        self.state().gone.is_some()
    }

    /// Somebody enables it again, and it is well.
    pub(crate) fn enabled(&self) {
        let mut state = self.state();
        state.gone = None;
        state.mood = Mood::Well;
    }

    /// All that it was told.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.state().told.clone()
    }

    /// What it took of this kind.
    pub(crate) fn taken(&self, kind: &str) -> Vec<Told> {
        let mut told = self.told();
        told.retain(|it| it.taken && it.kind() == kind);
        told
    }

    /// Requests at a time when it had asked for none.
    pub(crate) fn trespasses(&self) -> Vec<String> {
        self.state().trespasses.clone()
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let early = self
            .held
            .is_some_and(|(from, until)| asked.at > from && asked.at < until);
        if early || self.gone.is_some_and(|from| asked.at > from) {
            self.trespasses
                .push(format!("told at {:?} against its will", asked.at));
        }
        self.told.push(Told {
            id: asked.header("webhook-id").unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&asked.body).unwrap_or_default(),
            taken: self.mood == Mood::Well,
        });
        match self.mood {
            Mood::Well => Answer::status(200),
            Mood::Failing(status) => Answer::status(status),
            Mood::Hanging => Answer::status(200).hanging(),
            Mood::Deaf => Answer::status(200).broken(),
            Mood::Down => Answer::refused(),
            Mood::Gone => {
                self.gone.get_or_insert(asked.at + LATENCY);
                Answer::status(410)
            }
            Mood::Throttling(wait) => {
                let from = asked.at + LATENCY;
                let until = from + Duration::from_secs(wait);
                // A longer one that was asked for before stands.
                let until = self.held.map_or(until, |(_, before)| before.max(until));
                self.held = Some((from, until));
                Answer::status(429).header("retry-after", &wait.to_string())
            }
        }
    }
}

//! Receivers in every bad mood, until they are told to calm down. Each checks by itself what must hold.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::{Dice, Names, Revision, locked};

/// How a receiver misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It does not.
    Well,
    /// It answers 302, 400, 404, 429 with and without a time, 500 and 503.
    Fails,
    /// It takes the message and never answers.
    Hangs,
    /// It answers byte by byte.
    Drips,
    /// It closes the connection in the middle of its answer.
    Cuts,
    /// It closes the connection without a word.
    Deaf,
    /// It goes away, with all its connections, and comes back.
    Restarts,
}

/// All moods, the good one first.
pub(crate) const MOODS: [Mood; 7] = [
    Mood::Well,
    Mood::Fails,
    Mood::Hangs,
    Mood::Drips,
    Mood::Cuts,
    Mood::Deaf,
    Mood::Restarts,
];

/// Faults of one receiver that are told.
const FAULTS_MAX: usize = 10;

pub(crate) struct Receiver {
    name: String,
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    mood: Mood,
    calm: AtomicBool,
    requests: AtomicUsize,
    dice: Mutex<Dice>,
    names: Names,
    record: Mutex<Record>,
    open: Mutex<Vec<TcpStream>>,
}

#[derive(Default)]
struct Record {
    /// What was read whole and answered with 200, whether or not the answer came through.
    taken: HashSet<Revision>,
    faults: Vec<String>,
}

impl Receiver {
    pub(crate) fn open(number: usize, mood: Mood, seed: u64, names: Names) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            mood,
            calm: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            dice: Mutex::new(Dice(seed ^ number as u64)),
            names,
            record: Mutex::default(),
            open: Mutex::default(),
        });
        let name = format!("{mood:?}-{number}").to_lowercase();
        let serving = Arc::clone(&state);
        std::thread::spawn(move || listen(listener, address, &serving));
        Self {
            name,
            address,
            state,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Behaves from now on.
    pub(crate) fn calm(&self) {
        self.state.calm.store(true, Ordering::Relaxed);
    }

    /// Revisions that it took.
    pub(crate) fn taken(&self) -> usize {
        locked(&self.state.record).taken.len()
    }

    /// Requests that it read whole.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }

    /// What must not be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = locked(&self.state.record).faults.clone();
        let named = faults.iter().map(|fault| format!("{}: {fault}", self.name));
        named.take(FAULTS_MAX).collect()
    }
}

fn listen(mut listener: TcpListener, address: SocketAddr, state: &Arc<State>) {
    let goes = state.mood == Mood::Restarts;
    listener.set_nonblocking(goes).expect("it can be set");
    let mut looks = 0_u64;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).expect("it can be set");
                if goes && let Ok(copy) = stream.try_clone() {
                    locked(&state.open).push(copy);
                }
                let state = Arc::clone(state);
                std::thread::spawn(move || serve(&stream, &state));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
        looks += 1;
        if goes && looks.is_multiple_of(300) && !state.calm.load(Ordering::Relaxed) {
            drop(listener);
            for stream in locked(&state.open).drain(..) {
                // It may be closed already.
                stream.shutdown(std::net::Shutdown::Both).ok();
            }
            let away = locked(&state.dice).roll(800);
            std::thread::sleep(Duration::from_millis(away));
            listener = back(address);
        }
    }
}

/// The same address again, which was free a moment ago and may not be at once.
fn back(address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = TcpListener::bind(address) {
            listener.set_nonblocking(true).expect("it can be set");
            return listener;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Answers one connection's requests, until one side closes it.
fn serve(stream: &TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (id, body) = request(&mut reader)?;
        state.requests.fetch_add(1, Ordering::Relaxed);
        let told = state.hear(&id, &body);
        let roll = locked(&state.dice).roll(100);
        let mood = if state.calm.load(Ordering::Relaxed) {
            Mood::Well
        } else {
            state.mood
        };
        let mut stream = stream;
        match mood {
            Mood::Fails if roll < 30 => {
                // The first two hold the whole endpoint for a second: they are rare.
                let answer = match roll {
                    0 => "429 Too Many Requests\r\nretry-after: 1",
                    1 => "503 Service Unavailable\r\nretry-after: 1",
                    2..6 => "400 Bad Request",
                    6..10 => "404 Not Found",
                    10..16 => "429 Too Many Requests",
                    16..20 => "302 Found\r\nlocation: /elsewhere",
                    _ => "500 Internal Server Error",
                };
                let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(text.as_bytes()).ok()?;
                continue;
            }
            Mood::Hangs if roll < 3 => {
                // Until the daemon has had enough.
                let mut rest = [0; 64];
                while reader.read(&mut rest).ok()? > 0 {}
                return None;
            }
            Mood::Deaf if roll < 25 => return None,
            Mood::Cuts if roll < 12 => {
                stream.write_all(b"HTTP/1.").ok()?;
                return None;
            }
            Mood::Well
            | Mood::Fails
            | Mood::Hangs
            | Mood::Drips
            | Mood::Cuts
            | Mood::Deaf
            | Mood::Restarts => {}
        }
        // Before the answer: the daemon may be quicker with what follows than we with the record.
        state.take(told);
        match mood {
            Mood::Cuts if roll < 25 => {
                let part = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf";
                stream.write_all(part).ok()?;
                return None;
            }
            Mood::Drips => {
                for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" {
                    stream.write_all(&[*byte]).ok()?;
                    if roll < 10 {
                        std::thread::sleep(Duration::from_millis(3));
                    }
                }
            }
            Mood::Well | Mood::Fails | Mood::Hangs | Mood::Cuts | Mood::Deaf | Mood::Restarts => {
                let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(whole).ok()?;
            }
        }
    }
}

/// One request, read whole: its `webhook-id`, and its body. `None` where the connection ended before.
fn request(reader: &mut BufReader<&TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => value.clone_into(&mut id),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((id, body))
}

impl State {
    /// What a message tells, and whether it may be told now.
    fn hear(&self, id: &str, body: &[u8]) -> Option<Revision> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let article = &body["data"]["article"];
        let (Some(url), Some(revision)) = (article["url"].as_str(), article["revision"].as_u64())
        else {
            self.fault(format!("{id} tells of no article"));
            return None;
        };
        let told = (url.to_owned(), revision);
        if let Some(before) = self.names.another(&told, id) {
            self.fault(format!(
                "revision {revision} of {url} came as {before} and as {id}"
            ));
        }
        let earlier = (url.to_owned(), revision - 1);
        if revision > 1 && !locked(&self.record).taken.contains(&earlier) {
            self.fault(format!(
                "revision {revision} of {url} came before the one before"
            ));
        }
        Some(told)
    }

    fn take(&self, told: Option<Revision>) {
        locked(&self.record).taken.extend(told);
    }

    fn fault(&self, fault: String) {
        locked(&self.record).faults.push(fault);
    }
}

//! A scripted HTTP/1.1 server on a loopback port, for tests that need a real socket.
//!
//! It runs on threads of its own, so that tests with and without a runtime, and tests of the built
//! binary, can use it. Each path is answered by a script; every request is remembered. Nothing here
//! sleeps: what hangs does so until the client goes away or the server is dropped.

#![allow(dead_code, reason = "each room's tests use their part of it")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use url::Url;

/// The server; it ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    scripts: HashMap<String, Script>,
    seen: Vec<Seen>,
    /// Open connections, by their number; closing them is how the server ends.
    connections: HashMap<usize, TcpStream>,
    n_connections: usize,
    stopping: bool,
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The connection it came over, counted from 0.
    pub(crate) connection: usize,
}

impl Seen {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// One answer, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Whole; the connection is kept.
    Whole,
    /// One byte is announced that never comes; the connection stays open.
    Stalls,
    /// One byte is announced, and the connection closed.
    Closes,
    /// One byte is announced, and the connection reset.
    Resets,
    /// The head never ends: header lines until the client goes.
    FloodsHead,
    /// The body never ends.
    FloodsBody,
    /// The body is all that is sent: head and all are the test's; then the connection closes.
    Raw,
}

const IN_MEMORY: &str = "writing to a string does not fail";

impl Reply {
    /// An empty answer.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            end: End::Whole,
        }
    }

    /// 200 with a body.
    pub(crate) fn page(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::status(200).header("content-type", content_type)
        }
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("location", to)
    }

    /// Sends these bytes for an answer and closes.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            end: End::Raw,
            ..Self::status(0).body(bytes)
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the body but for its last byte, then nothing, and stays.
    pub(crate) fn stalling(mut self) -> Self {
        self.end = End::Stalls;
        self
    }

    /// Closes the connection before the body's last byte.
    pub(crate) fn closing(mut self) -> Self {
        self.end = End::Closes;
        self
    }

    /// Resets the connection before the body's last byte.
    pub(crate) fn resetting(mut self) -> Self {
        self.end = End::Resets;
        self
    }

    /// Sends header lines without end.
    pub(crate) fn flooding_head(mut self) -> Self {
        self.end = End::FloodsHead;
        self
    }

    /// Sends the body again and again, in chunks, without end.
    pub(crate) fn flooding_body(mut self) -> Self {
        self.end = End::FloodsBody;
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect(IN_MEMORY);
        }
        match self.end {
            End::Raw => return String::new(),
            End::FloodsHead => return head,
            End::FloodsBody => head += "transfer-encoding: chunked\r\n",
            // No body, and no length, belongs to these (RFC 9110 §8.6).
            End::Whole if matches!(self.status, 204 | 304) => {}
            End::Whole => {
                write!(head, "content-length: {}\r\n", self.body.len()).expect(IN_MEMORY);
            }
            End::Stalls | End::Closes | End::Resets => {
                let length = self.body.len() + 1;
                write!(head, "content-length: {length}\r\n").expect(IN_MEMORY);
            }
        }
        head + "\r\n"
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1; every path answers 404, unless there is a script for `*`.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path (with query).
    pub(crate) fn url(&self, target: &str) -> Url {
        self.url_by("127.0.0.1", target)
    }

    /// The address of a path by another name for this machine.
    pub(crate) fn url_by(&self, host: &str, target: &str) -> Url {
        let port = self.address.port();
        Url::parse(&format!("http://{host}:{port}{target}")).expect("tests write valid addresses")
    }

    /// Always gives this answer at a path (with query).
    pub(crate) fn on(&self, target: &str, reply: Reply) {
        self.script(target, move |_| reply.clone());
    }

    /// Answers a path by a script.
    pub(crate) fn script(
        &self,
        target: &str,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) {
        let scripts = &mut self.state().scripts;
        scripts.insert(target.to_owned(), Arc::new(script));
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// Blocks until so many requests have come. Fails the test when they do not within a minute.
    pub(crate) fn wait_for(&self, n_requests: usize) -> Vec<Seen> {
        let minute = Duration::from_mins(1);
        let waiting = |state: &mut State| state.seen.len() < n_requests;
        let (state, timeout) = self
            .shared
            .arrived
            .wait_timeout_while(self.state(), minute, waiting)
            .expect("no thread panics with the lock");
        assert!(
            !timeout.timed_out(),
            "{} of {n_requests} requests came",
            state.seen.len()
        );
        state.seen.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = self.state();
        state.stopping = true;
        for connection in state.connections.values() {
            // One that the client has closed is an error and as well closed.
            connection.shutdown(Shutdown::Both).ok();
        }
        drop(state);
        // Wakes the accepting thread; it may have ended by itself.
        TcpStream::connect(self.address).ok();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the lock")
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept() {
        let mut state = shared.state();
        if state.stopping {
            return;
        }
        let number = state.n_connections;
        state.n_connections += 1;
        let twin = stream.try_clone().expect("a socket can be shared");
        state.connections.insert(number, twin);
        drop(state);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A client that goes away in the middle is part of the tests.
            serve(&stream, number, &shared).ok();
            // The socket closes with its last owner.
            shared.state().connections.remove(&number);
        });
    }
}

fn serve(mut stream: &TcpStream, connection: usize, shared: &Shared) -> io::Result<()> {
    loop {
        let mut seen = read_head(stream, connection)?;
        // The last byte of the head stays unread until the script has spoken: a socket that is
        // dropped with unread bytes is reset, not closed.
        let length = seen
            .header("content-length")
            .and_then(|text| text.parse().ok());
        let body_length: usize = length.unwrap_or(0);
        if body_length > 0 {
            let mut rest = vec![0; body_length + 1];
            stream.read_exact(&mut rest)?;
            seen.body = rest.split_off(1);
        }
        let script = {
            let mut state = shared.state();
            state.seen.push(seen.clone());
            let script = state.scripts.get(&seen.target);
            script.or_else(|| state.scripts.get("*")).cloned()
        };
        shared.arrived.notify_all();
        let reply = script.map_or_else(|| Reply::status(404), |script| script(&seen));
        if reply.end != End::Resets && body_length == 0 {
            stream.read_exact(&mut [0])?;
        }
        stream.write_all(reply.head().as_bytes())?;
        match reply.end {
            End::Whole if matches!(reply.status, 204 | 304) => {}
            End::Whole => stream.write_all(&reply.body)?,
            End::Closes | End::Resets | End::Raw => return stream.write_all(&reply.body),
            End::Stalls => {
                stream.write_all(&reply.body)?;
                // Ends when the client goes: an error, or no bytes.
                return stream.read_exact(&mut [0]);
            }
            End::FloodsHead => loop {
                stream.write_all(b"x-flood: 0123456789abcdef0123456789abcdef\r\n")?;
            },
            End::FloodsBody => loop {
                write!(stream, "{:x}\r\n", reply.body.len())?;
                stream.write_all(&reply.body)?;
                stream.write_all(b"\r\n")?;
            },
        }
    }
}

/// Reads a request's head but for its last byte.
fn read_head(mut stream: &TcpStream, connection: usize) -> io::Result<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    Ok(Seen {
        method: word(),
        target: word(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
        connection,
    })
}

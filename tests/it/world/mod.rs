//! A small world around the real binary: an outlet that publishes, receivers that answer as told,
//! and the daemon as a child process that can be killed.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;

/// Long enough for a loaded machine; a test that meets it has failed.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A test's own signing secret.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwd2lyZXJvb20=";

/// Servers of one test; they end with it.
pub struct World {
    runtime: tokio::runtime::Runtime,
    /// The daemon's folder: configuration and data.
    pub folder: tempfile::TempDir,
}

impl World {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Serves on a free port of loopback; the address.
    pub fn serve(&self, router: Router) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        self.runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        format!("http://{address}")
    }

    /// Starts an outlet's site.
    pub fn outlet(&self, name: &str) -> Site {
        let site = Arc::new(Mutex::new(SiteState::default()));
        let router = Router::new()
            .route("/{*path}", get(page))
            .with_state(Arc::clone(&site));
        let base = self.serve(router);
        site.lock().unwrap().base.clone_from(&base);
        Site {
            name: name.to_owned(),
            base,
            state: site,
        }
    }

    /// Starts a receiver that answers 200 until told otherwise.
    pub fn receiver(&self) -> Receiver {
        let (sender, inbox) = channel();
        let answers = Arc::new(Mutex::new(Answers::default()));
        let router = Router::new()
            .route("/hook", post(take))
            .with_state((sender, Arc::clone(&answers)));
        Receiver {
            base: self.serve(router),
            inbox,
            answers,
        }
    }

    /// Writes the configuration: `extra` is put in front of endpoints and outlets.
    pub fn configure(&self, extra: &str, sites: &[&Site], endpoints: &[String]) -> PathBuf {
        let outlets: String = sites.iter().map(|site| site.toml()).collect();
        let text = format!(
            "{extra}\n[daemon]\ndata_dir = \"data\"\noutlets = []\n\
             [fetch]\nallow_private = [\"127.0.0.0/8\"]\nhost_delay = \"1ms\"\n\
             [poll]\ninterval = \"1s\"\nmin_interval = \"200ms\"\nrevisit = []\n\
             [http]\nlisten = \"127.0.0.1:0\"\n{}\n{outlets}",
            endpoints.concat()
        );
        let path = self.folder.path().join("wireroom.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Starts the daemon and waits until it listens.
    pub fn daemon(&self) -> Daemon {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wireroom"))
            .args(["run", "--config"])
            .arg(self.folder.path().join("wireroom.toml"))
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut log = Vec::new();
        let http = loop {
            let line = lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("the daemon does not listen:\n{}", log.join("\n")));
            let found = line.split("listening on ").nth(1).map(|rest| {
                rest.split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            });
            log.push(line);
            if let Some(http) = found {
                break http;
            }
        };
        Daemon { child, http, lines }
    }

    /// Asks the daemon's API.
    pub fn ask(&self, daemon: &Daemon, path: &str) -> Value {
        let url = format!("{}{path}", daemon.http);
        self.runtime.block_on(async move {
            let answer = client().get(&url).send().await.unwrap();
            assert!(answer.status().is_success(), "{url}: {}", answer.status());
            let mut answer = answer;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.unwrap() {
                body.extend_from_slice(&chunk);
            }
            serde_json::from_slice(&body).unwrap()
        })
    }

    /// Gets an address: status and body.
    pub fn get(&self, url: &str) -> (u16, String) {
        let (status, _, body) = self.get_with(url, &[]);
        (status, body)
    }

    /// The same with headers of one's own: status, headers and body.
    pub fn get_with(&self, url: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
        self.runtime.block_on(async {
            let mut request = client().get(url);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let mut answer = request.send().await.unwrap();
            let (status, head) = (answer.status().as_u16(), answer.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.unwrap() {
                body.extend_from_slice(&chunk);
            }
            (status, head, String::from_utf8(body).unwrap())
        })
    }

    /// Posts a body to an address; the status.
    pub fn post(&self, url: &str, headers: &[(&str, &str)], body: String) -> u16 {
        self.runtime.block_on(async {
            let mut request = client().post(url).body(body);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.send().await.unwrap().status().as_u16()
        })
    }

    /// Posts to the daemon's API; the status.
    pub fn tell(&self, daemon: &Daemon, path: &str) -> u16 {
        let url = format!("{}{path}", daemon.http);
        self.runtime
            .block_on(async move { client().post(&url).send().await.unwrap().status().as_u16() })
    }
}

fn client() -> reqwest::Client {
    // Plain HTTP only, but the builder wants a provider of TLS; a second one is not taken.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A running daemon.
pub struct Daemon {
    child: Child,
    /// Its address.
    pub http: String,
    lines: Inbox<String>,
}

impl Daemon {
    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// SIGTERM, and its exit status.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().unwrap()
    }

    /// Waits for a line of its log that holds `text`.
    pub fn says(&self, text: &str) -> String {
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("the daemon never said `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A test that failed leaves no daemon behind; one that ended it has nothing left to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An outlet's site: a feed and the pages it lists.
pub struct Site {
    /// The outlet's name.
    pub name: String,
    /// Its address.
    pub base: String,
    state: Arc<Mutex<SiteState>>,
}

#[derive(Default)]
struct SiteState {
    base: String,
    items: VecDeque<Item>,
    asked: Vec<String>,
    conditional: usize,
    feed_status: Option<u16>,
    page_status: Option<u16>,
}

#[derive(Clone)]
struct Item {
    path: String,
    title: String,
    paragraphs: Vec<String>,
    version: u32,
}

impl Site {
    /// Publishes an article; its path.
    pub fn publish(&self, number: usize, title: &str) -> String {
        let path = format!("news/{number}.html");
        let paragraphs = (1..=3)
            .map(|part| {
                format!(
                    "Paragraph {part} of report {number} says that {title} was announced by officials \
                     on Tuesday, with further details expected later in the week."
                )
            })
            .collect();
        self.state.lock().unwrap().items.push_front(Item {
            path: path.clone(),
            title: title.to_owned(),
            paragraphs,
            version: 1,
        });
        path
    }

    /// Changes an article's second paragraph.
    pub fn correct(&self, path: &str, paragraph: &str) {
        let mut state = self.state.lock().unwrap();
        let item = state.items.iter_mut().find(|it| it.path == path).unwrap();
        paragraph.clone_into(&mut item.paragraphs[1]);
        item.version += 1;
    }

    /// Has the feed answer with a status instead.
    pub fn feed_answers(&self, status: Option<u16>) {
        self.state.lock().unwrap().feed_status = status;
    }

    /// Has the pages answer with a status instead.
    pub fn pages_answer(&self, status: Option<u16>) {
        self.state.lock().unwrap().page_status = status;
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.asked.iter().filter(|it| *it == path).count()
    }

    /// How often the feed was answered with 304.
    pub fn not_modified(&self) -> usize {
        self.state.lock().unwrap().conditional
    }

    fn toml(&self) -> String {
        format!(
            "[[outlet]]\nname = \"{}\"\ntitle = \"{}\"\nhomepage = \"{}\"\nlanguage = \"en\"\n\
             [[outlet.source]]\nkind = \"feed\"\nurl = \"{}/feed.xml\"\n",
            self.name, self.name, self.base, self.base
        )
    }
}

async fn page(State(site): State<Arc<Mutex<SiteState>>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut site = site.lock().unwrap();
    let path = uri.path().trim_start_matches('/').to_owned();
    site.asked.push(path.clone());
    if path == "feed.xml" {
        return feed(&mut site, &headers);
    }
    if let Some(status) = site.page_status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let Some(item) = site.items.iter().find(|item| item.path == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body: String = item
        .paragraphs
        .iter()
        .map(|it| format!("<p>{it}</p>"))
        .collect();
    let html = format!(
        "<!doctype html><html lang=en><head><title>{0}</title></head><body><nav><a href=/>Home</a></nav>\
         <article><h1>{0}</h1>{body}</article><aside><h2>Read next</h2><p><a href=/x>Another story</a></p>\
         </aside></body></html>",
        item.title
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

fn feed(site: &mut SiteState, headers: &HeaderMap) -> Response {
    if let Some(status) = site.feed_status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let mut items = String::new();
    for item in &site.items {
        items.push_str(&format!(
            "<item><title>{0}</title><link>{1}/{2}</link><guid>{1}/{2}</guid>\
             <description>Version {3} of {0}.</description></item>",
            item.title, site.base, item.path, item.version
        ));
    }
    let xml = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Site</title>\
         <link>{}</link><description>Test</description>{items}</channel></rss>",
        site.base
    );
    let etag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(xml.as_bytes()));
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|it| it == etag.as_str())
    {
        site.conditional += 1;
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let kind = "application/rss+xml; charset=utf-8";
    (
        [(header::CONTENT_TYPE, kind), (header::ETAG, etag.as_str())],
        xml,
    )
        .into_response()
}

/// A receiver of webhooks.
pub struct Receiver {
    base: String,
    inbox: Inbox<Received>,
    answers: Arc<Mutex<Answers>>,
}

#[derive(Default)]
struct Answers {
    always: Option<(u16, HeaderMap)>,
}

/// One request that a receiver got.
#[derive(Debug)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte.
    pub body: Bytes,
    /// What it was answered.
    pub status: u16,
}

impl Received {
    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

type Hook = (Sender<Received>, Arc<Mutex<Answers>>);

async fn take(State((inbox, answers)): State<Hook>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, extra) = answers
        .lock()
        .unwrap()
        .always
        .clone()
        .unwrap_or((200, HeaderMap::new()));
    drop(inbox.send(Received {
        headers,
        body,
        status,
    }));
    (StatusCode::from_u16(status).unwrap(), extra, "ok").into_response()
}

impl Receiver {
    /// Answers with this status from now on.
    pub fn answer(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>();
        self.answers.lock().unwrap().always = Some((status, headers));
    }

    /// The next request.
    pub fn next(&self) -> Received {
        self.inbox.recv_timeout(PATIENCE).expect("no webhook came")
    }

    /// Whether nothing has come.
    pub fn is_quiet(&self) -> bool {
        self.inbox.try_recv().is_err()
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}/hook", self.base)
    }

    /// An endpoint table for it.
    pub fn endpoint(&self, name: &str, format: &str, extra: &str) -> String {
        let secret = if format == "json" {
            format!("secret = \"{SECRET}\"\n")
        } else {
            String::new()
        };
        format!(
            "[[endpoint]]\nname = \"{name}\"\nurl = \"{}\"\nformat = \"{format}\"\n{secret}\
             allow_private = true\n{extra}\n",
            self.url()
        )
    }
}

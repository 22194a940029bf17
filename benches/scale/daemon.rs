//! One daemon on a prepared folder: how long it takes to start, what a minute of polls costs it, how late
//! they are, and what it answers meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wireroom::app::App;
use wireroom::clock::Clock;
use wireroom::fetch::http::HttpTransport;
use wireroom::fetch::{FetchError, Request, Response, Transport};
use wireroom::store::location::{open_location, sled_options};

use crate::prepare::{base, due, load};
use crate::process;

/// The names of the columns of [`look`].
pub(crate) const HEADLINE: &str = "sources  start (config+store)  resident (most)   polls/s  of a core  µs/poll  polls/s/core  \
     lag p50   p99    most   /metrics  sources?limit=50";

/// The real transport, watched: how late each request goes out.
struct Watched {
    inner: HttpTransport,
    base: Timestamp,
    late: Mutex<Vec<Duration>>,
}

impl Watched {
    fn late(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, FetchError> {
        let due = due(request.url.as_str(), self.base);
        let late = Duration::try_from(Clock::System.now().duration_since(due)).unwrap_or_default();
        self.late().push(late);
        let answer = self.inner.send(request).await?;
        assert_eq!(answer.status, 304, "every source is unchanged");
        Ok(answer)
    }
}

pub(crate) fn look(count: usize, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(watch(count, folder));
}

async fn watch(count: usize, folder: &Path) {
    let begun = Instant::now();
    let config = load(folder);
    let configured = begun.elapsed();
    let store = open_location(&config.store.location, sled_options(&config)).await;
    let store = store.expect("the store opens");
    let web = Arc::new(Watched {
        inner: HttpTransport::new("", None).expect("a transport"),
        base: base(folder),
        late: Mutex::default(),
    });
    let transport: Arc<dyn Transport> = web.clone();
    let app = App::assemble(config, Clock::System, transport, store).await;
    let running = app
        .expect("it assembles")
        .start(CancellationToken::new())
        .await;
    let running = running.expect("it starts");
    let started = begun.elapsed();

    let wait = web.base.duration_since(Clock::System.now());
    tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
    let seconds = std::env::var("SCALE_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let (cpu, begun) = (process::cpu(), Instant::now());
    let polls_before = web.late().len();
    tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(60))).await;
    let (cpu, took) = (process::cpu().saturating_sub(cpu), begun.elapsed());
    let mut late = web.late().split_off(polls_before);
    let (resident, most) = process::resident();
    let metrics = answer_time(running.http, "/metrics").await;
    let listed = answer_time(running.http, "/api/v1/sources?limit=50").await;
    late.sort_unstable();
    let at = |share: usize| {
        late.get(late.len().saturating_sub(1) * share / 100)
            .copied()
            .unwrap_or_default()
    };
    let polls = late.len() as f64;
    let core = cpu.as_secs_f64() / took.as_secs_f64();
    println!(
        "{count:>7}  {:>5.2} s ({:.2}+{:.2})    {resident:>4} ({most:>4}) MiB {:>9.1} {:>9.1}%  {:>7.0} {:>13.0}  {:>5.0} ms {:>5.0} ms {:>5.0} ms {:>6.0} ms {:>12.0} ms",
        started.as_secs_f64(),
        configured.as_secs_f64(),
        started.saturating_sub(configured).as_secs_f64(),
        polls / took.as_secs_f64(),
        core * 100.0,
        cpu.as_secs_f64() * 1e6 / polls.max(1.0),
        polls / cpu.as_secs_f64().max(0.001),
        millis(at(50)),
        millis(at(99)),
        millis(at(100)),
        millis(metrics),
        millis(listed),
    );
    running.shut_down().await.expect("it stops");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How long the daemon's own service takes for an answer.
async fn answer_time(http: SocketAddr, path: &'static str) -> Duration {
    let ask = move || {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(http).expect("it listens");
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("asked");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
        begun.elapsed()
    };
    tokio::task::spawn_blocking(ask).await.expect("no panic")
}

//! A loopback web of five outlets that go on publishing: real HTTP, each with its own address.
//!
//! One outlet is slow, one fails now and then, one writes windows-1251: what a wire meets in a week,
//! in a minute. No step is done before the lists it shows on were asked for once, so that
//! it is news to whoever polls them. The order of events hangs on the seed alone.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::xxh3_64;

use super::outlets::outlets_toml;
use super::paper::{Counts, Paper, Printed};
use super::script::{Script, Step};
use super::stories::{Edition, stock};
use super::{feeds, html};
use crate::clock::Clock;

/// How long the slow outlet takes.
const SLOW: Duration = Duration::from_millis(1_500);
/// The failing outlet refuses each n-th look at its section page.
const REFUSED_EACH: u64 = 6;
/// A step waits no longer than this for its lists to be asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The outlets, in the order of their addresses 127.0.0.2, 127.0.0.3 …
const SITES: [Site; 5] = [
    Site {
        editions: &[Edition::Interfax],
        lists: &[
            ("/news/last.rss", List::Feed(Edition::Interfax)),
            ("/news/general.html", List::Section(Edition::Interfax)),
        ],
        manner: Manner::Quick,
    },
    Site {
        editions: &[Edition::Kyiv],
        lists: &[
            ("/news-archive/rss/", List::Feed(Edition::Kyiv)),
            ("/news-archive/", List::Section(Edition::Kyiv)),
        ],
        manner: Manner::Quick,
    },
    Site {
        editions: &[Edition::Anewz],
        lists: &[("/world/world-news", List::Section(Edition::Anewz))],
        manner: Manner::Failing,
    },
    Site {
        editions: &[Edition::Chronicles],
        lists: &[
            ("/feed/", List::Feed(Edition::Chronicles)),
            ("/category/world/", List::Section(Edition::Chronicles)),
        ],
        manner: Manner::Slow,
    },
    Site {
        editions: &[Edition::Pravda, Edition::PravdaUk],
        lists: &[
            ("/eng/rss/", List::Feed(Edition::Pravda)),
            ("/eng/news/", List::Section(Edition::Pravda)),
            ("/rss/", List::Feed(Edition::PravdaUk)),
        ],
        manner: Manner::Quick,
    },
];

/// The lists the demo's outlets watch; the others are there for whoever looks.
const WATCHED: [(Edition, &str); 7] = [
    (Edition::Interfax, "/news/last.rss"),
    (Edition::Interfax, "/news/general.html"),
    (Edition::Kyiv, "/news-archive/rss/"),
    (Edition::Anewz, "/world/world-news"),
    (Edition::Chronicles, "/feed/"),
    (Edition::Pravda, "/eng/rss/"),
    (Edition::PravdaUk, "/rss/"),
];

#[derive(Clone, Copy)]
struct Site {
    editions: &'static [Edition],
    lists: &'static [(&'static str, List)],
    manner: Manner,
}

#[derive(Clone, Copy)]
enum List {
    Feed(Edition),
    Section(Edition),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quick,
    Slow,
    Failing,
}

/// The running newsstand; dropping it closes it.
pub struct Newsstand {
    /// `[[outlet]]` tables that name the loopback addresses.
    pub outlets_toml: String,
    /// Where each outlet is: `http://127.0.0.2:PORT`, in the order of the addresses.
    pub bases: Vec<String>,
    hall: Arc<Hall>,
    tasks: JoinSet<()>,
}

/// What all servers and the publisher share.
struct Hall {
    clock: Clock,
    paper: Mutex<Paper>,
    script: Mutex<Script>,
    asked: Notify,
}

struct Shop {
    site: Site,
    base: String,
    looks: AtomicU64,
    hall: Arc<Hall>,
}

/// Opens the newsstand and publishes one step each `pace`, `until` then.
pub async fn start(
    clock: Clock,
    seed: u64,
    pace: Duration,
    until: CancellationToken,
) -> io::Result<Newsstand> {
    let mut newsstand = open(clock, seed, &until).await?;
    let hall = Arc::clone(&newsstand.hall);
    newsstand.tasks.spawn(async move {
        let publishing = async {
            loop {
                let step = hall.script().next_step();
                hall.wait_until_watched(step).await;
                hall.apply(step);
                tokio::time::sleep(pace).await;
            }
        };
        until.run_until_cancelled(publishing).await;
    });
    Ok(newsstand)
}

/// Opens the newsstand with its old stories; it publishes by [`Newsstand::step`] alone.
pub async fn open(clock: Clock, seed: u64, until: &CancellationToken) -> io::Result<Newsstand> {
    let script = Script::new(stock(), seed);
    let mut paper = Paper::default();
    let opening = script.opening();
    for (place, step) in (1_i64..).zip(opening.iter().rev()) {
        paper.print_old(*step, script.stock(), clock.now(), place);
    }
    let hall = Arc::new(Hall {
        clock,
        paper: Mutex::new(paper),
        script: Mutex::new(script),
        asked: Notify::new(),
    });

    let mut tasks = JoinSet::new();
    let mut bases = Vec::new();
    for (site, host) in SITES.into_iter().zip(2_u8..) {
        let listener = listen(host).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let shop = Arc::new(Shop {
            site,
            base: base.clone(),
            looks: AtomicU64::new(0),
            hall: Arc::clone(&hall),
        });
        bases.push(base);
        let router = Router::new().fallback(answer).with_state(shop);
        let until = until.clone();
        tasks.spawn(async move {
            let serving = axum::serve(listener, router);
            if let Err(error) = serving
                .with_graceful_shutdown(until.cancelled_owned())
                .await
            {
                tracing::warn!("the newsstand has closed: {error}");
            }
        });
    }
    Ok(Newsstand {
        outlets_toml: outlets_toml(&bases),
        bases,
        hall,
        tasks,
    })
}

/// 127.0.0.`host` where the system has such addresses (Linux), else 127.0.0.1; any free port.
async fn listen(host: u8) -> io::Result<TcpListener> {
    let own = IpAddr::V4(Ipv4Addr::new(127, 0, 0, host));
    match TcpListener::bind(SocketAddr::new(own, 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await,
    }
}

impl Newsstand {
    /// Does the next step at once.
    pub fn step(&self) -> Step {
        let step = self.hall.script().next_step();
        self.hall.apply(step);
        step
    }

    /// What an edition has printed, newest first, and where.
    pub fn printed(&self, edition: Edition) -> Vec<(String, Printed)> {
        let site = SITES
            .iter()
            .position(|site| site.editions.contains(&edition));
        let base = site.map_or("", |site| &self.bases[site]);
        let paper = self.hall.paper();
        let articles = paper.latest(edition);
        articles
            .map(|article| (format!("{base}{}", article.path), article.clone()))
            .collect()
    }

    /// What has happened since the start.
    pub fn counts(&self) -> Counts {
        self.hall.paper().counts
    }

    /// Waits until all its tasks have ended (after its `until`).
    pub async fn closed(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Hall {
    // A panic while one of these is held is a mistake in a page; what it holds stays whole.
    fn paper(&self) -> MutexGuard<'_, Paper> {
        self.paper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, step: Step) {
        let script = self.script();
        self.paper().apply(step, script.stock(), self.clock.now());
    }

    async fn wait_until_watched(&self, step: Step) {
        let lists = || {
            WATCHED
                .into_iter()
                .filter(|(edition, _)| *edition == step.edition)
                .map(|(edition, path)| list_name(edition, path))
        };
        let watched = async {
            loop {
                let asked = self.asked.notified();
                if self.paper().was_asked(lists()) {
                    return;
                }
                asked.await;
            }
        };
        if tokio::time::timeout(PATIENCE, watched).await.is_err() {
            // The polls of this outlet may be backed off: the show goes on.
            tracing::debug!("nobody has asked for the lists of {:?}", step.edition);
        }
    }
}

fn list_name(edition: Edition, path: &str) -> String {
    format!("{edition:?} {path}")
}

/// What a path yields, before conditions and charset.
struct Page {
    content_type: &'static str,
    text: String,
    cyrillic: bool,
}

async fn answer(State(shop): State<Arc<Shop>>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == "/robots.txt" {
        let text = "User-agent: *\nDisallow: /search\n".to_owned();
        return whole("text/plain; charset=utf-8", text.into_bytes(), &headers);
    }
    let list = shop.site.lists.iter().find(|(at, _)| *at == path);
    match shop.site.manner {
        Manner::Quick => {}
        Manner::Slow => tokio::time::sleep(SLOW).await,
        Manner::Failing => {
            let look = || shop.looks.fetch_add(1, Ordering::Relaxed) + 1;
            if list.is_some() && look().is_multiple_of(REFUSED_EACH) {
                return refusal();
            }
        }
    }
    let Some(page) = shop.page(path, list.map(|(_, list)| *list)) else {
        return plain(StatusCode::NOT_FOUND, "not found\n");
    };
    if let Some((path, List::Feed(edition) | List::Section(edition))) = list
        && shop.hall.paper().note_asked(list_name(*edition, path))
    {
        shop.hall.asked.notify_waiters();
    }
    let bytes = if page.cyrillic {
        encoding_rs::WINDOWS_1251.encode(&page.text).0.into_owned()
    } else {
        page.text.into_bytes()
    };
    whole(page.content_type, bytes, &headers)
}

impl Shop {
    fn page(&self, path: &str, list: Option<List>) -> Option<Page> {
        const HTML: &str = "text/html; charset=utf-8";
        let paper = self.hall.paper();
        let page = |content_type, text, edition| Page {
            content_type,
            text,
            cyrillic: edition == Edition::PravdaUk,
        };
        match list {
            Some(List::Feed(edition)) => {
                let content_type = match edition {
                    // No charset: only the XML declaration says it.
                    Edition::PravdaUk => "text/xml",
                    _ => "application/rss+xml; charset=utf-8",
                };
                let text = feeds::feed(edition, &paper, &self.base)?;
                return Some(page(content_type, text, edition));
            }
            Some(List::Section(edition)) => {
                return Some(page(HTML, html::section(edition, &paper)?, edition));
            }
            None => {}
        }
        self.site.editions.iter().find_map(|&edition| {
            if let Some(article) = paper.find(edition, path) {
                let content_type = match edition {
                    Edition::PravdaUk => "text/html; charset=windows-1251",
                    _ => HTML,
                };
                let text = html::article(edition, article, &paper, &self.base);
                return Some(page(content_type, text, edition));
            }
            let twin = |article: &&_| html::amp_path(path_of(article)) == path;
            if edition != Edition::Interfax {
                return None;
            }
            let article = paper.latest(edition).find(twin)?;
            Some(page(HTML, html::amp(article, &paper, &self.base), edition))
        })
    }
}

fn path_of(article: &Printed) -> &str {
    &article.path
}

/// The whole page with its `ETag`, or 304 when the asker has it.
fn whole(content_type: &'static str, body: Vec<u8>, asked: &HeaderMap) -> Response {
    let etag = format!("\"{:016x}\"", xxh3_64(&body));
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains(&etag)));
    let response = Response::builder().header(header::ETAG, etag);
    let response = if known {
        response
            .status(StatusCode::NOT_MODIFIED)
            .body(Body::empty())
    } else {
        response
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body))
    };
    response.expect("the headers are constants and hexadecimal digits")
}

fn refusal() -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "come back in a second\n");
    let second = header::HeaderValue::from_static("1");
    response.headers_mut().insert(header::RETRY_AFTER, second);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

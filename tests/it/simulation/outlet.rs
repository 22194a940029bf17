//! An outlet of the simulated web: feeds, the pages that they list, and the weather of its host.
//!
//! It keeps watch while it answers: a request within a time for which it had asked for none is noted
//! as a trespass.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;
use wireroom::fetch::simulated::{Answer, Asked, SimulatedWeb};

/// Items that a feed lists at most.
const LISTED: usize = 100;
/// What an answer takes, and when a 429 has arrived.
const LATENCY: Duration = Duration::from_millis(50);

/// What the host does to requests, to most of them as long as it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    /// 503, every other time with this Retry-After.
    Overloaded(u64),
    /// 429 with this Retry-After.
    Throttling(u64),
    /// 500.
    InTrouble,
    /// No answer ever comes.
    Hanging,
    /// The connection breaks off within the body.
    Resetting,
    /// Half of the body, as if it were all.
    Halving,
    /// No connection.
    Down,
    /// Answers that take long, and come.
    Slow,
}

/// One article.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) paragraphs: Vec<String>,
    /// Changes with each correction that the feed shows.
    version: u32,
    /// Neither listed nor there any more.
    pub(crate) vanished: bool,
}

impl Item {
    /// An article of three paragraphs that no other number has.
    pub(crate) fn new(number: usize, subject: &str) -> Self {
        let title = format!("Ministers discuss {subject} in round {number} of the coastal talks");
        let paragraphs = (1..=3)
            .map(|part| {
                format!(
                    "Paragraph {part} of report {number}: ministers said on Tuesday that {subject} had \
                     been discussed at length, and that details of round {number} would follow later \
                     in the week, after the harbour commission had been heard."
                )
            })
            .collect();
        Self {
            path: format!("/news/{number}-{}.html", subject.replace(' ', "-")),
            title,
            paragraphs,
            version: 1,
            vanished: false,
        }
    }

    fn html(&self) -> String {
        let title = &self.title;
        let body: String = self.paragraphs.iter().fold(String::new(), |mut html, it| {
            write!(html, "<p>{it}</p>").unwrap();
            html
        });
        format!(
            "<!doctype html><html lang=en><head><title>{title}</title></head><body>\
             <nav><a href=/>Home</a></nav><article><h1>{title}</h1>{body}</article>\
             <footer>All rights reserved</footer></body></html>"
        )
    }
}

/// The outlet; clones are of the same one.
#[derive(Clone)]
pub(crate) struct Outlet {
    pub(crate) host: String,
    state: Arc<Mutex<State>>,
}

struct State {
    host: String,
    items: Vec<Item>,
    weather: Weather,
    /// How likely an answer comes through bad weather.
    leaks: f64,
    dice: StdRng,
    /// From when until when the host wants no request.
    held: Option<(Instant, Instant)>,
    trespasses: Vec<String>,
}

impl Outlet {
    /// Opens it; in bad weather the dice of this seed let an answer through now and then, without
    /// one nothing comes through.
    pub(crate) fn open(web: &SimulatedWeb, host: &str, seed: Option<u64>) -> Self {
        let state = Arc::new(Mutex::new(State {
            host: host.to_owned(),
            items: Vec::new(),
            weather: Weather::Fair,
            leaks: if seed.is_some() { 0.2 } else { 0.0 },
            dice: StdRng::seed_from_u64(seed.unwrap_or_default()),
            held: None,
            trespasses: Vec::new(),
        }));
        let answering = Arc::clone(&state);
        web.host(host, move |asked| answering.lock().unwrap().answer(asked));
        Self {
            host: host.to_owned(),
            state,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Publishes it; its address.
    pub(crate) fn publish(&self, item: Item) -> String {
        let url = self.url(&item);
        self.state().items.push(item);
        url
    }

    pub(crate) fn url(&self, item: &Item) -> String {
        format!("https://{}{}", self.host, item.path)
    }

    pub(crate) fn items(&self) -> Vec<Item> {
        self.state().items.clone()
    }

    /// Changes an article's second paragraph; the feed shows it only where it is not silent.
    pub(crate) fn correct(&self, place: usize, words: &str, silently: bool) {
        let item = &mut self.state().items[place];
        words.clone_into(&mut item.paragraphs[1]);
        if !silently {
            item.version += 1;
        }
    }

    pub(crate) fn vanish(&self, place: usize) {
        self.state().items[place].vanished = true;
    }

    pub(crate) fn weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// The daemon was started anew: what it held in memory only, it may have forgotten.
    pub(crate) fn forget_holds(&self) {
        self.state().held = None;
    }

    /// Requests within a time for which the host had asked for none.
    pub(crate) fn trespasses(&self) -> Vec<String> {
        self.state().trespasses.clone()
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Answer {
        if let Some((from, until)) = self.held
            && asked.at > from
            && asked.at < until
        {
            let early = until - asked.at;
            self.trespasses
                .push(format!("{} was asked {early:?} too early", asked.url));
        }
        let fair = self.fair(asked);
        if self.dice.random_bool(self.leaks) {
            return fair;
        }
        match self.weather {
            Weather::Fair => fair,
            Weather::Overloaded(wait) if self.dice.random_bool(0.5) => {
                Answer::status(503).header("retry-after", &wait.to_string())
            }
            Weather::Overloaded(_) => Answer::status(503),
            Weather::Throttling(wait) => {
                let from = asked.at + LATENCY;
                let until = from + Duration::from_secs(wait);
                // A longer one that was asked for before stands.
                let until = self.held.map_or(until, |(_, before)| before.max(until));
                self.held = Some((from, until));
                Answer::status(429).header("retry-after", &wait.to_string())
            }
            Weather::InTrouble => Answer::status(500),
            Weather::Hanging => fair.hanging(),
            Weather::Resetting => fair.broken(),
            Weather::Halving => self.halved(asked),
            Weather::Down => Answer::refused(),
            Weather::Slow => fair.after(Duration::from_secs(15)),
        }
    }

    fn fair(&self, asked: &Asked) -> Answer {
        match self.body(asked) {
            Some((kind, body)) => {
                let etag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(body.as_bytes()));
                Answer::page(kind, body).header("etag", &etag)
            }
            None => Answer::status(404),
        }
    }

    fn halved(&self, asked: &Asked) -> Answer {
        match self.body(asked) {
            Some((kind, body)) => Answer::page(kind, body[..body.len() / 2].to_owned()),
            None => Answer::status(404),
        }
    }

    fn body(&self, asked: &Asked) -> Option<(&'static str, String)> {
        let path = asked.url.path();
        match path {
            "/feed.xml" => Some(("application/rss+xml; charset=utf-8", self.feed(""))),
            // The same articles under addresses of its own.
            "/world.xml" => {
                let feed = self.feed("?utm_source=world");
                Some(("application/rss+xml; charset=utf-8", feed))
            }
            _ => {
                let item = self.items.iter().find(|item| item.path == path)?;
                let there = !item.vanished;
                there.then(|| ("text/html; charset=utf-8", item.html()))
            }
        }
    }

    fn feed(&self, tracking: &str) -> String {
        let host = &self.host;
        let mut items = String::new();
        let listed = self.items.iter().rev().filter(|item| !item.vanished);
        for item in listed.take(LISTED) {
            let Item {
                path,
                title,
                version,
                ..
            } = item;
            write!(
                items,
                "<item><title>{title}</title><link>https://{host}{path}{tracking}</link>\
                 <guid>https://{host}{path}</guid><description>Version {version} of what was said: \
                 {title}, according to people familiar with them.</description></item>"
            )
            .unwrap();
        }
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{host}</title>\
             <link>https://{host}/</link><description>News</description>{items}</channel></rss>"
        )
    }
}

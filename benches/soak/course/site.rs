//! An outlet: a feed of what it published last, and the pages.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::locked;

pub(crate) struct Site {
    number: usize,
    base: String,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Clone, Copy, Default)]
struct Shown {
    wave: usize,
    articles: usize,
    revision: u64,
}

impl Site {
    /// Opens one on an address of its own, which is a host of its own.
    pub(crate) fn open(number: usize) -> Self {
        let listener = TcpListener::bind(format!("127.0.0.{}:0", number + 2));
        let listener = listener.expect("an address of loopback is free");
        let address = listener.local_addr().expect("it is bound");
        let shown = Arc::new(Mutex::new(Shown::default()));
        let site = Self {
            number,
            base: format!("http://{address}"),
            shown: Arc::clone(&shown),
        };
        let base = site.base.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (base, shown) = (base.clone(), Arc::clone(&shown));
                std::thread::spawn(move || serve(&stream, &base, number, &shown));
            }
        });
        site
    }

    pub(crate) fn name(&self) -> String {
        format!("site-{}", self.number)
    }

    pub(crate) fn feed(&self) -> String {
        format!("{}/feed", self.base)
    }

    /// Publishes a wave of articles in place of the one before.
    pub(crate) fn publish(&self, wave: usize, articles: usize) {
        *locked(&self.shown) = Shown {
            wave,
            articles,
            revision: 1,
        };
    }

    /// Corrects them all.
    pub(crate) fn correct(&self) {
        locked(&self.shown).revision = 2;
    }
}

/// Answers one connection's requests, until it is closed.
fn serve(stream: &TcpStream, base: &str, number: usize, shown: &Mutex<Shown>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 2 {
            line.clear();
        }
        let path = first.split(' ').nth(1)?.to_owned();
        let shown = *locked(shown);
        let (kind, body) = if path == "/feed" {
            ("application/rss+xml", feed(base, shown))
        } else {
            ("text/html; charset=utf-8", page(&path, number, shown))
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
    }
}

fn feed(base: &str, shown: Shown) -> String {
    let mut items = String::new();
    for article in 0..shown.articles {
        let url = format!("{base}/{}/{article}.html", shown.wave);
        write!(
            items,
            "<item><title>{}</title><link>{url}</link><guid>{url}</guid>\
             <description>Version {} of it.</description></item>",
            title(shown.wave, article),
            shown.revision
        )
        .expect("a text can be written to");
    }
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Site</title>\
         <link>{base}</link><description>News</description>{items}</channel></rss>"
    )
}

fn title(wave: usize, article: usize) -> String {
    format!("Report {article} of day {wave} on the harbour")
}

/// The words of a page, all of its own: no two articles are alike.
fn page(path: &str, site: usize, shown: Shown) -> String {
    let number = path.trim_end_matches(".html").rsplit('/').next();
    let article = number.and_then(|it| it.parse().ok()).unwrap_or_default();
    let title = title(shown.wave, article);
    let mut body = String::new();
    for part in 0..3 {
        let key = ((site * 1000 + shown.wave) * 1000 + article) * 10 + part;
        let second = if part == 1 && shown.revision == 2 {
            "It was corrected later that day."
        } else {
            "It is expected to be heard of again."
        };
        write!(
            body,
            "<p>Ship {key} called at berth {} on Tuesday with {} containers for firm {}, the port said. {second}</p>",
            key % 97,
            key % 1013,
            key * 7
        )
        .expect("a text can be written to");
    }
    format!(
        "<!doctype html><html lang=en><head><title>{title}</title></head>\
         <body><article><h1>{title}</h1>{body}</article></body></html>"
    )
}

//! A house that dates what it publishes, and whose feed and pages can go wrong in the ways in which real
//! ones do without failing.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use wireroom::fetch::simulated::{Answer, Asked, SimulatedWeb};

/// What its pages show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    Whole,
    /// A frame that a script is to fill.
    Empty,
    /// The beginning, and that the rest is not free.
    Walled,
}

#[derive(Clone, Debug)]
struct Piece {
    number: usize,
    published: Timestamp,
}

/// The house; clones are of the same one.
#[derive(Clone)]
pub(crate) struct Press {
    state: Arc<Mutex<State>>,
}

struct State {
    host: String,
    pieces: Vec<Piece>,
    pages: Pages,
    /// All answers are this.
    status: Option<u16>,
    /// In every address and identifier.
    edition: usize,
    /// Seconds by which its clock is wrong.
    clock: i64,
}

impl Press {
    pub(crate) fn open(web: &SimulatedWeb, host: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            host: host.to_owned(),
            pieces: Vec::new(),
            pages: Pages::Whole,
            status: None,
            edition: 1,
            clock: 0,
        }));
        let answering = Arc::clone(&state);
        web.host(host, move |asked| answering.lock().unwrap().answer(asked));
        Self { state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn publish(&self, number: usize, published: Timestamp) {
        let mut state = self.state();
        state.pieces.push(Piece { number, published });
        state.pieces.sort_by_key(|piece| piece.published);
    }

    pub(crate) fn pages(&self, pages: Pages) {
        self.state().pages = pages;
    }

    pub(crate) fn status(&self, status: Option<u16>) {
        self.state().status = status;
    }

    /// Everything gets another address and another identifier.
    pub(crate) fn renumber(&self) {
        self.state().edition += 1;
    }

    pub(crate) fn set_clock(&self, seconds: i64) {
        self.state().clock = seconds;
    }
}

impl State {
    fn answer(&self, asked: &Asked) -> Answer {
        if let Some(status) = self.status {
            return Answer::status(status);
        }
        let path = asked.url.path();
        if path == "/feed.xml" {
            return tagged("application/rss+xml; charset=utf-8", self.feed());
        }
        if path == "/news/" {
            return tagged("text/html; charset=utf-8", self.section());
        }
        let piece = self.pieces.iter().find(|piece| self.path(piece) == path);
        piece.map_or(Answer::status(404), |piece| {
            tagged("text/html; charset=utf-8", self.page(piece))
        })
    }

    fn path(&self, piece: &Piece) -> String {
        format!("/{}/{}.html", self.edition, piece.number)
    }

    fn feed(&self) -> String {
        let host = &self.host;
        let mut items = String::new();
        for piece in self.pieces.iter().rev() {
            let path = self.path(piece);
            let at = Timestamp::from_second(piece.published.as_second() + self.clock).unwrap();
            write!(
                items,
                "<item><title>{}</title><link>https://{host}{path}</link><guid>{host}{path}</guid>\
                 <pubDate>{}</pubDate><description>{}</description></item>",
                title(piece.number),
                at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                sentence(piece.number, 0),
            )
            .unwrap();
        }
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{host}</title>\
             <link>https://{host}/</link><description>News</description>{items}</channel></rss>"
        )
    }

    /// Two lists of links, of which a source may watch one.
    fn section(&self) -> String {
        let mut lists = [String::new(), String::new()];
        for piece in &self.pieces {
            let list = &mut lists[piece.number % 2];
            let (path, title) = (self.path(piece), title(piece.number));
            write!(list, "<h2><a href=\"{path}\">{title}</a></h2>").unwrap();
        }
        let [even, odd] = lists;
        format!(
            "<!doctype html><html><body><main><div class=even>{even}</div><div class=odd>{odd}</div></main>\
             </body></html>"
        )
    }

    fn page(&self, piece: &Piece) -> String {
        let title = title(piece.number);
        let paragraphs = |count| {
            (0..count).fold(String::new(), |mut html, place| {
                write!(html, "<p>{}</p>", sentence(piece.number, place)).unwrap();
                html
            })
        };
        let (head, body) = match self.pages {
            Pages::Whole => (String::new(), paragraphs(6 + piece.number % 4)),
            Pages::Empty => (String::new(), "<div id=app></div>".to_owned()),
            Pages::Walled => (
                "<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\
                 \"@type\":\"NewsArticle\",\"isAccessibleForFree\":false}</script>"
                    .to_owned(),
                paragraphs(3),
            ),
        };
        let heading = match self.pages {
            Pages::Empty => String::new(),
            Pages::Whole | Pages::Walled => format!("<h1>{title}</h1>"),
        };
        format!(
            "<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body>\
             <nav><a href=/>Home</a></nav><article>{heading}{body}</article></body></html>"
        )
    }
}

fn tagged(kind: &str, body: String) -> Answer {
    let tag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(body.as_bytes()));
    Answer::page(kind, body).header("etag", &tag)
}

fn title(number: usize) -> String {
    format!("Harbour commission hears case {number} on freight dues")
}

fn sentence(number: usize, place: usize) -> String {
    format!(
        "In part {place} of case {number} the harbour commission heard on Tuesday what the owners of \
         freighter {} had to say about dues, berths and the depth of basin {}, and asked for papers.",
        number * 7 + place,
        number + place * 31
    )
}

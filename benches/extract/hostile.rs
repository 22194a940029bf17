//! Pages made large or hostile: time has to grow no faster than they do.

use std::fmt::Write as _;

use crate::pages::Page;
use crate::{extraction, seconds};

/// One article again and again inside one page: 1, 4, 16 and 64 times.
pub(crate) fn growth() {
    println!("\na page grown (time for each byte against the page once; wanted: no growth)");
    for (name, of) in GROWN {
        let times: Vec<(usize, f64)> = [1, 4, 16, 64]
            .map(|times| {
                let page = page(of(times));
                (page.bytes.len(), best(&page))
            })
            .to_vec();
        let per_byte = |(bytes, time): (usize, f64)| time / bytes as f64;
        let steps: Vec<String> = times
            .iter()
            .map(|step| {
                format!(
                    "{:8.2} ms ({:.2})",
                    step.1 * 1e3,
                    per_byte(*step) / per_byte(times[0])
                )
            })
            .collect();
        println!("  {name:22} {}", steps.join(" "));
    }
}

/// Hostile pages of a few megabytes.
pub(crate) fn tables() {
    println!("\nhostile pages");
    for (name, text) in hostile() {
        let page = page(text);
        let time = seconds(|| extraction(&page));
        let megabytes = page.bytes.len() as f64 / 1e6;
        println!(
            "  {name:34} {megabytes:6.2} MB {:9.1} ms {:8.1} ms/MB",
            time * 1e3,
            time * 1e3 / megabytes
        );
    }
}

fn best(page: &Page) -> f64 {
    (0..3)
        .map(|_| seconds(|| extraction(page)))
        .fold(f64::INFINITY, f64::min)
}

fn page(text: String) -> Page {
    Page {
        name: String::new(),
        url: None,
        bytes: text.into_bytes(),
    }
}

const SENTENCE: &str = "The harbour master said on Tuesday that ships wait outside, while the wind keeps the pilots ashore. ";
const HEAD: &str = "<!doctype html><html lang=en><head><title>Storm closes the harbour</title></head><body><h1>Storm closes the harbour</h1>";

/// What grows: a name, and the page at a number of times.
type Grown = (&'static str, fn(usize) -> String);

const GROWN: [Grown; 10] = [
    ("paragraphs", |times| {
        repeated("<article>", times * 200, |n| {
            format!("<p>{n} {SENTENCE}</p>")
        })
    }),
    ("the whole fixture", |times| {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/extract/pages/kyiv-independent/article.html"
        );
        std::fs::read_to_string(path)
            .expect("a fixture")
            .repeat(times)
    }),
    ("sections", |times| {
        repeated("", times * 100, |n| {
            format!(
                "<section><h2>Part {n}</h2><div><p>{SENTENCE}</p><p>{n} {SENTENCE}</p></div></section>"
            )
        })
    }),
    ("asides", |times| {
        let prose = format!("<p>{SENTENCE}</p>").repeat(20);
        let asides = (0..times * 100)
            .map(|n| format!("<div class=x><div>Lamp {n} for you <button>Go</button></div></div>"));
        asides.fold(format!("{HEAD}<article>{prose}"), |page, aside| {
            page + &aside
        })
    }),
    ("links", |times| {
        repeated("<article>", times * 300, |n| {
            format!("<p><a href=/n/{n}>Story {n} of the day</a>, {n} {SENTENCE}</p>")
        })
    }),
    ("list items", |times| {
        repeated("<ul>", times * 500, |n| {
            format!("<li><a href=/n/{n}>Story {n} of the day</a>")
        })
    }),
    ("line breaks", |times| {
        repeated("<div>", times * 300, |n| format!("{n} {SENTENCE}<br>"))
    }),
    ("inline siblings", |times| {
        repeated("<p>", times * 1000, |n| format!("<b>{n}</b> word "))
    }),
    ("nested 200 deep", |times| {
        repeated("", times * 4, |n| {
            format!(
                "{}<p>{n} {SENTENCE}{}",
                "<div>".repeat(200),
                "</div>".repeat(200)
            )
        })
    }),
    ("equal paragraphs", |times| {
        repeated("<article>", times * 200, |_| format!("<p>{SENTENCE}</p>"))
    }),
];

fn repeated(open: &str, times: usize, part: impl Fn(usize) -> String) -> String {
    let mut text = format!("{HEAD}{open}");
    for n in 0..times {
        text.push_str(&part(n));
    }
    text
}

fn one_text() -> String {
    format!(
        "{HEAD}<article><p>{}</p>",
        SENTENCE.repeat(8_000_000 / SENTENCE.len())
    )
}

#[expect(clippy::too_many_lines, reason = "a table of inputs")]
fn hostile() -> Vec<(&'static str, String)> {
    let attributes = |n: usize| {
        (0..n).fold(String::new(), |mut text, n| {
            write!(text, " data-a{n}=\"{n}\"").expect("a string takes it");
            text
        })
    };
    let graph = |n: usize| {
        repeated("", n, |n| {
            format!(
                "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"headline\":\"Storm {n}\",\"articleBody\":\"{SENTENCE}\"}}</script>"
            )
        })
    };
    let deep_json = format!(
        "{HEAD}<script type=\"application/ld+json\">{}{}</script><p>{SENTENCE}",
        "{\"mainEntity\":[".repeat(100_000),
        "]}".repeat(100_000)
    );
    let body = |text: String| format!("{HEAD}<article><p>{SENTENCE}</p>{text}");
    vec![
        (
            "100,000 elements deep, block",
            body("<div>".repeat(100_000) + SENTENCE),
        ),
        (
            "100,000 elements deep, inline",
            body("<b>".repeat(100_000) + SENTENCE),
        ),
        (
            "100,000 font, then paragraphs",
            body("<font color=a>".repeat(1_000) + &format!("<p>{SENTENCE}").repeat(5_000)),
        ),
        (
            "100,000 attributes on one tag",
            body(format!("<div{}>{SENTENCE}</div>", attributes(100_000))),
        ),
        (
            "200 attributes on 2,000 tags",
            body(format!("<p{}>{SENTENCE}</p>", attributes(200)).repeat(2_000)),
        ),
        (
            "a million siblings, empty",
            body("<i></i>".repeat(1_000_000)),
        ),
        (
            "a million siblings, one word",
            body("<p>word".repeat(1_000_000)),
        ),
        ("a million line breaks", body("word<br>".repeat(1_000_000))),
        ("a million links", body("<a href=/>a</a> ".repeat(500_000))),
        ("8 MB in one text node", one_text()),
        ("8 MB without a space", body("a".repeat(8_000_000))),
        (
            "8 MB of Japanese",
            body("港の長は火曜日に船は外で待つと述べた。".repeat(8_000_000 / 57)),
        ),
        (
            "8 MB of upper case and digits",
            body("BY AN 1 MARCH 2026, ".repeat(400_000)),
        ),
        ("5,000 JSON-LD blocks", graph(5_000)),
        ("JSON 200,000 deep", deep_json),
        (
            "JSON-LD of 8 MB",
            format!(
                "{HEAD}<script type=\"application/ld+json\">{{\"articleBody\":\"{}\"}}</script>",
                SENTENCE.repeat(80_000)
            ),
        ),
        (
            "a JSON-LD array of 100,000",
            format!(
                "{HEAD}<script type=\"application/ld+json\">[{}1]</script><p>{SENTENCE}",
                "{\"@type\":\"NewsArticle\",\"author\":{\"name\":\"Ann Doe\"}},".repeat(100_000)
            ),
        ),
        (
            "50,000 meta tags",
            format!(
                "<html><head>{}</head><p>{SENTENCE}",
                "<meta property=article:tag content=harbour><meta name=author content='Ann Doe'>"
                    .repeat(50_000)
            ),
        ),
        (
            "100,000 time elements",
            body("<time datetime=2026-03-03T08:00:00Z>3 March</time> ".repeat(100_000)),
        ),
        (
            "100,000 headings",
            body("<h1>Storm closes the harbour</h1>".repeat(100_000)),
        ),
        (
            "100,000 tables open",
            body("<table><tr><td>".repeat(30_000) + SENTENCE),
        ),
        (
            "a table of a million cells",
            body(format!(
                "<table>{}</table>",
                "<tr><td>a<td>b<td>c<td>d".repeat(250_000)
            )),
        ),
        (
            "misnested formatting",
            body("<a><b></a></b><p>".repeat(100_000)),
        ),
        (
            "200,000 unknown entities",
            body("&amp;&nosuch;&#x1F600;&".repeat(200_000)),
        ),
        ("comments only", body("<!-- a -->".repeat(500_000))),
        (
            "an open comment",
            body(format!("<!-- {}", SENTENCE.repeat(50_000))),
        ),
        (
            "an open script",
            body(format!("<script>{}", "if (a < b) {}\n".repeat(400_000))),
        ),
        (
            "class of 4 MB",
            body(format!(
                "<div class=\"{}\">{SENTENCE}</div>",
                "article share ".repeat(300_000)
            )),
        ),
        (
            "100,000 different classes",
            body((0..100_000).fold(String::new(), |mut text, n| {
                write!(text, "<div class=c{n}>{n} {SENTENCE}</div>").expect("a string takes it");
                text
            })),
        ),
    ]
}

//! Runs a Rust extractor over a folder of pages; one JSON object a page on standard output.
//!
//! `rust-peers TOOL PAGES [PASSES]`, as `python_peers.py`. The time includes the parse, not the decoding.

use std::io::{BufRead as _, Read as _, Write as _};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

type Tool = fn(&str, Option<&str>) -> Result<String, String>;

const TOOLS: [(&str, Tool); 3] = [
    ("dom_smoothie", dom_smoothie),
    ("trafilatura-crate", trafilatura),
    ("trafilatura-crate-fallback", trafilatura_with_fallback),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (name, tool) = TOOLS
        .into_iter()
        .find(|(name, _)| *name == arguments[1])
        .expect("a known tool");
    let passes: u32 = arguments
        .get(3)
        .map_or(1, |passes| passes.parse().expect("a number"));
    // Whoever recurses may do so: what is compared here is texts and time.
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(512 << 20)
        .spawn(move || run(tool, &arguments[2], passes))
        .expect("a thread")
        .join()
        .expect("the pages are run");
}

fn run(tool: Tool, pages: &str, passes: u32) {
    std::panic::set_hook(Box::new(|_| ()));
    let pages = std::io::BufReader::new(std::fs::File::open(pages).expect("the list of pages"));
    let mut out = std::io::stdout().lock();
    for line in pages.lines() {
        let page: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let packed = std::fs::read(page["path"].as_str().expect("a path")).expect("the page");
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_end(&mut bytes)
            .expect("gzip");
        let text = decoded(&bytes);
        let mut best = f64::INFINITY;
        let mut answer = Err("not run".to_owned());
        for _ in 0..passes {
            let start = cpu_seconds();
            answer = std::panic::catch_unwind(|| tool(&text, page["url"].as_str()))
                .unwrap_or_else(|_| Err("panicked".to_owned()));
            best = best.min(cpu_seconds() - start);
        }
        let error = answer.as_ref().err().cloned();
        let line = json!({
            "id": page["id"], "seconds": best, "bytes": bytes.len(),
            "text": answer.unwrap_or_default(), "error": error,
        });
        writeln!(out, "{line}").expect("standard output");
    }
}

/// These crates take text: the charset is the page's own, looked for as a browser's first guess does.
fn decoded(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).to_lowercase();
    let named = head.find("charset=").map(|at| {
        head[at + 8..]
            .trim_start_matches(['"', '\'', ' '])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect::<String>()
    });
    named
        .and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()))
        .unwrap_or(encoding_rs::UTF_8)
        .decode(bytes)
        .0
        .into_owned()
}

fn dom_smoothie(page: &str, url: Option<&str>) -> Result<String, String> {
    let config = dom_smoothie::Config {
        text_mode: dom_smoothie::TextMode::Formatted,
        ..dom_smoothie::Config::default()
    };
    let mut reader = dom_smoothie::Readability::new(page, url, Some(config))
        .map_err(|error| error.to_string())?;
    let article = reader.parse().map_err(|error| error.to_string())?;
    Ok(article.text_content.to_string())
}

fn trafilatura(page: &str, url: Option<&str>) -> Result<String, String> {
    by_trafilatura(page, url, false)
}

fn trafilatura_with_fallback(page: &str, url: Option<&str>) -> Result<String, String> {
    by_trafilatura(page, url, true)
}

fn by_trafilatura(page: &str, url: Option<&str>, fallback: bool) -> Result<String, String> {
    let mut options = trafilatura::Options::default()
        .with_fallback(fallback)
        .with_exclude_comments(true);
    if let Some(url) = url.and_then(|url| url::Url::parse(url).ok()) {
        options = options.with_url(url);
    }
    let result = trafilatura::extract(page, &options).map_err(|error| error.to_string())?;
    Ok(result.content_text)
}

/// Seconds of this thread on a processor: other programs do not count.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

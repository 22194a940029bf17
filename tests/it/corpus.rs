//! The fuzz targets over their stored corpus and over mutations of it: nothing panics, nothing is slow.
//!
//! The same functions serve libFuzzer (`fuzz/`, which needs a nightly compiler); this run needs nothing and is the
//! same each time, but for how many mutations fit into its time. An input that fails is printed, escaped, and
//! belongs into `fuzz/corpus/TARGET/` afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// Mutations of each target's corpus at most, and time of a thread for all of them.
const MUTATIONS: (u32, Duration) = (1500, Duration::from_millis(2500));
/// Time for one input, none of which is larger than 64 kB, without optimisation.
const SLOWEST: Duration = Duration::from_secs(2);
/// What inputs are cut at.
const LARGEST: usize = 64 << 10;

/// Pieces of the formats that are read; random bytes rarely make them.
const WORDS: [&str; 36] = [
    "<",
    ">",
    "</",
    "/>",
    "<p>",
    "</p>",
    "<a href=x>",
    "<div class=share>",
    "<table><tr>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&#x",
    ";",
    "\"",
    "'",
    "=",
    "{",
    "}",
    "[",
    "],",
    ":",
    "\\u",
    "\n\n",
    "\0",
    "\u{feff}",
    "é",
    "港",
    "2026-03-03T08:00:00Z",
    "99999999999999999999",
    "https://a.example/",
    "<item>",
    "<script type=application/ld+json>",
    "<!DOCTYPE a [<!ENTITY a 'b'>]>",
];

#[test]
fn feed() {
    run("feed");
}

#[test]
fn html() {
    run("html");
}

#[test]
fn plain() {
    run("plain");
}

#[test]
fn opml() {
    run("opml");
}

#[test]
fn sitemap() {
    run("sitemap");
}

#[test]
fn robots() {
    run("robots");
}

#[test]
fn section() {
    run("section");
}

#[test]
fn config() {
    run("config");
}

#[test]
fn every_target_has_a_test_and_a_corpus() {
    let mut folders: Vec<String> = std::fs::read_dir(folder(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut names = targets::TARGETS.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(folders, names);
}

fn run(name: &str) {
    let target = targets::TARGETS
        .iter()
        .find(|(other, _)| *other == name)
        .unwrap()
        .1;
    let corpus = corpus(name);
    assert!(corpus.len() > 20, "the corpus of {name} is there");
    for (file, input) in &corpus {
        one(target, input, file);
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let start = on_processor();
    for number in 0..MUTATIONS.0 {
        let file = &corpus[random.below(corpus.len())];
        let other = &corpus[random.below(corpus.len())];
        let input = mutated(&file.1, &other.1, &mut random);
        one(target, &input, &format!("mutation {number} of {}", file.0));
        if on_processor().saturating_sub(start) > MUTATIONS.1 {
            break;
        }
    }
}

fn one(target: fn(&[u8]), input: &[u8], what: &str) {
    let start = on_processor();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    let time = on_processor().saturating_sub(start);
    assert!(outcome.is_ok(), "{what} panics: {}", input.escape_ascii());
    assert!(
        time < SLOWEST,
        "{what} takes {time:?}: {}",
        input.escape_ascii()
    );
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus")).join(target)
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder(target))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read(path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

/// One to six changes: a byte, a stretch removed, doubled or many times over, a word, a piece of another input.
fn mutated(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                insert(&mut bytes, at, &piece.repeat(1 + random.below(30)));
            }
            4 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(200)).min(other.len());
                insert(&mut bytes, at, &other[from..to]);
            }
            _ => insert(&mut bytes, at, WORDS[random.below(WORDS.len())].as_bytes()),
        }
    }
    bytes.truncate(LARGEST);
    bytes
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Time of this thread on a processor: a busy machine fails no test.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}

/// Numbers that are the same on each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

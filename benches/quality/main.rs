//! How good extraction is, on a folder of pages with gold.
//!
//! `cargo bench --bench quality -- DIR [--part tune|held|all] [--group NAME] [--save FILE]
//! [--against FILE] [--worst N] [--misses] [--show ID] [--dump FILE] [--guise KIND[,KIND…]]`
//!
//! DIR holds `gold.jsonl`, one JSON object a page (`id`, `url`, `group`, `lang`, `file`, and any of
//! `text`, `must`, `must_not`, `title`, `authors`, `date`, `tags`), and the pages it names, packed with gzip.
//! `--misses` prints title, authors, date and tags beside their gold where they differ.
//! `--part` splits by publisher, so that what was tuned on one part can be judged on the other.
//! `--dump` writes one JSON object a page: its blocks, and what was cut by which rule.
//! `--guise` takes from each page what other publishers need not use, before extraction and outside its time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;
use wireroom::extract::{Extraction, Input, extract};

mod facts;
mod guise;
mod report;
mod score;

use guise::Guise;
use score::PageScore;

/// What the command line asks for.
#[derive(Default)]
struct Options {
    folder: PathBuf,
    part: String,
    group: Option<String>,
    save: Option<PathBuf>,
    against: Option<PathBuf>,
    worst: usize,
    misses: bool,
    show: Option<String>,
    dump: Option<PathBuf>,
    guise: Guise,
}

fn main() {
    let Some(options) = options() else {
        println!(
            "usage: cargo bench --bench quality -- DIR [--part tune|held|all] [--group NAME] [--save FILE] [--against FILE] [--worst N] [--misses] [--show ID] [--dump FILE] [--guise KIND[,KIND…]], KIND one of {}",
            Guise::words()
        );
        return;
    };
    let gold = std::fs::read_to_string(options.folder.join("gold.jsonl"))
        .expect("DIR/gold.jsonl can be read");
    let mut scores: BTreeMap<String, PageScore> = BTreeMap::new();
    let mut times = Times::default();
    let mut dumped = String::new();
    for line in gold.lines().filter(|line| !line.trim().is_empty()) {
        let gold: Value = serde_json::from_str(line).expect("each line of gold is JSON");
        let id = gold["id"].as_str().expect("gold has an id").to_owned();
        let wanted = options
            .show
            .as_ref()
            .map_or_else(|| in_part(&gold, &options), |show| *show == id);
        if !wanted {
            continue;
        }
        let bytes = page(
            &options.folder,
            gold["file"].as_str().expect("gold names its file"),
        );
        let bytes = disguised(bytes, &options.guise);
        let extraction = timed(&mut times, &bytes, gold["url"].as_str());
        if options.show.is_some() {
            report::show(&gold, extraction.as_ref());
        }
        if options.dump.is_some() {
            dumped.push_str(&report::dump(&id, extraction.as_ref()));
        }
        let score = score::score(&gold, extraction.as_ref());
        if options.misses {
            facts::misses(&gold, extraction.as_ref(), &score);
        }
        scores.insert(id, score);
    }
    if options.show.is_some() {
        return;
    }
    report::summary(&scores);
    facts::tag_table(&scores);
    report::worst(&scores, options.worst);
    times.print();
    if let Some(file) = &options.against {
        report::against(&scores, file);
    }
    if let Some(file) = &options.save {
        report::save(&scores, file);
    }
    if let Some(file) = &options.dump {
        std::fs::write(file, dumped).expect("the dump can be written");
    }
}

fn options() -> Option<Options> {
    let mut options = Options {
        part: "all".to_owned(),
        worst: 10,
        ..Options::default()
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--part" => options.part = arguments.next()?,
            "--group" => options.group = arguments.next(),
            "--save" => options.save = arguments.next().map(PathBuf::from),
            "--against" => options.against = arguments.next().map(PathBuf::from),
            "--misses" => options.misses = true,
            "--worst" => options.worst = arguments.next()?.parse().ok()?,
            "--show" => options.show = arguments.next(),
            "--dump" => options.dump = arguments.next().map(PathBuf::from),
            "--guise" => options.guise = Guise::named(&arguments.next()?)?,
            folder => options.folder = PathBuf::from(folder),
        }
    }
    (!options.folder.as_os_str().is_empty()).then_some(options)
}

/// A third of the publishers is held back; a publisher is a registrable domain.
fn in_part(gold: &Value, options: &Options) -> bool {
    if options
        .group
        .as_deref()
        .is_some_and(|group| gold["group"] != group)
    {
        return false;
    }
    let url = gold["url"].as_str().unwrap_or_default();
    let host = Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let publisher = psl::domain_str(&host).unwrap_or(&host);
    let held = xxhash_rust::xxh3::xxh3_64(publisher.as_bytes()).is_multiple_of(3);
    match options.part.as_str() {
        "tune" => !held,
        "held" => held,
        _ => true,
    }
}

fn page(folder: &Path, file: &str) -> Vec<u8> {
    let path = [folder.join(file), folder.join("pages").join(file)]
        .into_iter()
        .find(|path| path.exists());
    let packed = std::fs::read(path.expect("the page is there")).expect("the page can be read");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .expect("the page is packed with gzip");
    bytes
}

/// The page under its guise, in UTF-8 with a mark that says so whatever the page declares.
fn disguised(bytes: Vec<u8>, guise: &Guise) -> Vec<u8> {
    if guise.is_none() {
        return bytes;
    }
    let (text, _) = wireroom::extract::decode(&bytes, None, None);
    format!("\u{FEFF}{}", guise.put_on(&text)).into_bytes()
}

#[derive(Default)]
struct Times {
    parse: Duration,
    all: Vec<Duration>,
}

impl Times {
    fn print(&mut self) {
        self.all.sort();
        let Some(slowest) = self.all.last() else {
            return;
        };
        let whole: Duration = self.all.iter().sum();
        println!(
            "\ntime: {} pages in {whole:.2?}, {:.2} times a bare parse; median {:.2?}, slowest {slowest:.2?}",
            self.all.len(),
            whole.as_secs_f64() / self.parse.as_secs_f64(),
            self.all[self.all.len() / 2],
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn timed(times: &mut Times, bytes: &[u8], url: Option<&str>) -> Option<Extraction> {
    let url = url.and_then(|url| Url::parse(url).ok());
    let (text, _) = wireroom::extract::decode(bytes, None, None);
    let start = Instant::now();
    let tree = scraper::Html::parse_document(&text);
    times.parse += start.elapsed();
    drop(tree);
    let input = Input {
        url: url.as_ref(),
        ..Input::of(bytes)
    };
    let start = Instant::now();
    let extraction = extract(&input);
    times.all.push(start.elapsed());
    extraction.ok()
}

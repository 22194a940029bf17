//! Whole extraction, metadata included, beside a bare parse of the same pages in the same run.
//!
//! `cargo bench --bench extract` prints, before divan's own table: the ratio to the parse, the slowest pages, and
//! how time grows on pages made large or hostile. `WIREROOM_PAGES=DIR` takes the pages of DIR (`pages/*.html.gz`)
//! instead of the fixtures. `cargo bench --bench extract -- --texts LIST [PASSES]` prints what was extracted from
//! the pages that LIST names, for `benches/compare`.
//!
//! Time is the thread's time on a processor, so that a busy machine does not change a ratio.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::hint::black_box;

use divan::Bencher;
use rustix::time::{ClockId, clock_gettime};
use wireroom::extract::{Extraction, Input, decode, extract};

mod hostile;
mod pages;
mod texts;

use pages::Page;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|it| it == "--texts") {
        let list = arguments
            .get(at + 1)
            .expect("--texts names a list of pages");
        let passes = arguments
            .get(at + 2)
            .map_or(1, |it| it.parse().expect("a number of passes"));
        texts::print(list, passes);
        return;
    }
    // Without the flag this is `cargo test --benches`, which only wants to see it run.
    if arguments.iter().any(|it| it == "--bench") {
        whole_pages();
        hostile::growth();
        hostile::tables();
    }
    divan::main();
}

/// Passes over the pages; the best time of each page counts.
const PASSES: usize = 5;

fn whole_pages() {
    let pages = pages::all();
    let mut parse = vec![f64::INFINITY; pages.len()];
    let mut whole = parse.clone();
    for _ in 0..PASSES {
        for (at, page) in pages.iter().enumerate() {
            parse[at] = parse[at].min(seconds(|| bare_parse(page)));
            whole[at] = whole[at].min(seconds(|| extraction(page)));
        }
    }
    let megabytes: f64 = pages.iter().map(|page| page.bytes.len() as f64 / 1e6).sum();
    let n = pages.len() as f64;
    println!(
        "{} pages, {megabytes:.1} MB, best of {PASSES} passes",
        pages.len()
    );
    for (name, times) in [("bare parse", &parse), ("extraction", &whole)] {
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let sum: f64 = times.iter().sum();
        println!(
            "{name}: {:.0} pages/s, {:.0} MB/s; median {:.2} ms, 99 % under {:.2} ms, slowest {:.2} ms",
            n / sum,
            megabytes / sum,
            sorted[sorted.len() / 2] * 1e3,
            sorted[(sorted.len() * 99).div_ceil(100) - 1] * 1e3,
            sorted[sorted.len() - 1] * 1e3,
        );
    }
    let ratio = parse.iter().sum::<f64>() / whole.iter().sum::<f64>();
    println!("extraction runs at {ratio:.2} of the parse's speed (wanted: 0.50)");
    let mut order: Vec<usize> = (0..pages.len()).collect();
    order.sort_by(|one, other| whole[*other].total_cmp(&whole[*one]));
    println!("the slowest (wanted: under 30 ms):");
    for at in order.iter().copied().take(8) {
        println!(
            "  {:7.2} ms, parse {:6.2} ms, {:5} kB  {}",
            whole[at] * 1e3,
            parse[at] * 1e3,
            pages[at].bytes.len() / 1000,
            pages[at].name
        );
    }
    order.sort_by(|one, other| {
        (whole[*other] / parse[*other]).total_cmp(&(whole[*one] / parse[*one]))
    });
    println!("the slowest against their parse:");
    for at in order.into_iter().take(5) {
        println!(
            "  {:5.2} times, {:6.2} ms  {}",
            whole[at] / parse[at],
            whole[at] * 1e3,
            pages[at].name
        );
    }
}

fn bare_parse(page: &Page) -> scraper::Html {
    let (text, _) = decode(&page.bytes, None, None);
    scraper::Html::parse_document(&text)
}

fn extraction(page: &Page) -> Option<Extraction> {
    extract(&Input {
        url: page.url.as_ref(),
        ..Input::of(&page.bytes)
    })
    .ok()
}

/// Time of this thread on a processor; what is made is dropped within it.
fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let start = now();
    drop(black_box(work()));
    now() - start
}

#[divan::bench]
fn parse_fixtures(bencher: Bencher<'_, '_>) {
    let pages = pages::fixtures();
    bencher.bench(|| pages.iter().map(bare_parse).count());
}

#[divan::bench]
fn extract_fixtures(bencher: Bencher<'_, '_>) {
    let pages = pages::fixtures();
    bencher.bench(|| pages.iter().filter_map(extraction).count());
}

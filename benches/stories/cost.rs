//! What stories cost: the sketch of one text, and a publication with and without them.

use std::hint::black_box;

use rand::RngExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;
use wireroom::dedupe::canonical;
use wireroom::dedupe::sketch::Sketch;
use wireroom::extract::{Input, extract};

use super::pages;
use super::room::{Room, Told};
use super::set::{bases, chance, words};

/// Articles stored at once.
const WIDTH: usize = 64;
/// Articles over which a publication is timed.
const TIMED: usize = 4_000;

/// Time per text, and per word.
pub fn sketch() {
    let texts: Vec<_> = bases();
    let total: usize = texts.iter().map(words).sum();
    let texts: Vec<String> = texts
        .iter()
        .map(|text| text.paragraphs.join("\n\n"))
        .collect();
    let rounds = 200_u32;
    let timer = Instant::now();
    for text in (0..rounds).flat_map(|_| &texts) {
        black_box(Sketch::of(black_box(text)));
    }
    let each = timer.elapsed() / rounds / u32::try_from(texts.len()).unwrap();
    let mean = total / texts.len();
    println!("\nsketch of a text of {mean} words          {each:?}");
    let sketches: Vec<_> = texts.iter().filter_map(|text| Sketch::of(text)).collect();
    let timer = Instant::now();
    for one in &sketches {
        for other in &sketches {
            black_box(one.compare(black_box(other)));
        }
    }
    let pairs = u32::try_from(sketches.len() * sketches.len()).unwrap();
    println!(
        "comparison of two sketches           {:?}",
        timer.elapsed() / pairs
    );
    let url = "https://www.example.com/news/2025/06/story-of-a-bridge-1042?utm_source=rss&id=7#top";
    let url = url.parse().unwrap();
    let timer = Instant::now();
    for _ in 0..10_000 {
        black_box(canonical::folded(black_box(&url)));
    }
    println!(
        "address to its key                   {:?}",
        timer.elapsed() / 10_000
    );
}

/// Milliseconds that the extraction of one page takes.
pub fn extraction() -> f64 {
    let pages = pages::all();
    let start = spent();
    for page in &pages {
        drop(black_box(extract(&Input {
            url: page.url.as_ref(),
            ..Input::of(&page.bytes)
        })));
    }
    let each = (spent() - start) / pages.len() as f64;
    println!(
        "\nextraction of a page, mean of {:>4}      {each:.3} ms",
        pages.len()
    );
    each
}

/// Publications in stores of growing size, with stories and without: time of all threads on a
/// processor, so that other work on the machine changes it little. `page` is an extraction's.
pub async fn stored(page: f64) {
    let asked = |word: &str| std::env::args().any(|arg| arg == word);
    let mut sizes = vec![10_000];
    if !asked("quick") {
        sizes.push(100_000);
    }
    if asked("large") {
        sizes.push(500_000);
    }
    println!(
        "\npublication, {WIDTH} at a time           without      with stories   stories alone, of an extraction"
    );
    for (phrases, says) in [
        (Phrases::Own, "texts of their own"),
        (Phrases::Common, "texts of phrases that many share"),
    ] {
        println!("  {says}");
        let (mut plain, mut sketched) = (Room::with(16).await, Room::with(16).await);
        plain.sketched = false;
        let mut held = 0;
        for &size in &sizes {
            for room in [&mut plain, &mut sketched] {
                fill(room, phrases, held, size - TIMED).await;
            }
            let without = fill(&mut plain, phrases, size - TIMED, size).await;
            let with = fill(&mut sketched, phrases, size - TIMED, size).await;
            held = size;
            let alone = with - without;
            println!(
                "    in a store of {size:>7}            {without:>7.3} ms     {with:>7.3} ms        {alone:>7.3} ms   {:>5.1} %",
                100.0 * alone / page
            );
        }
    }
}

/// Stores articles number `from` to `to`; milliseconds for each.
async fn fill(room: &mut Room, phrases: Phrases, from: usize, to: usize) -> f64 {
    let start = spent();
    for start in (from..to).step_by(1_000) {
        let told = (start..to.min(start + 1_000)).map(|n| Told {
            outlet: n % 16,
            paragraphs: invented(n as u64, phrases),
        });
        room.tell(told.collect(), WIDTH).await;
    }
    (spent() - start) / (to - from).max(1) as f64
}

/// Milliseconds that this process spent on a processor, all threads together.
fn spent() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// How often words of invented texts stand together as they do in others.
#[derive(Clone, Copy, PartialEq)]
enum Phrases {
    /// As in news: hardly ever four in a row.
    Own,
    /// In runs of six out of some thousand: half of all that a text is found by is common to many.
    /// The worst that can come.
    Common,
}

/// A text of some three hundred words, out of the words of the base texts.
fn invented(n: u64, phrases: Phrases) -> Vec<String> {
    thread_local! {
        static WORDS: Vec<String> = bases()
            .iter()
            .filter(|text| text.language == "en")
            .flat_map(|text| text.paragraphs.clone())
            .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
    }
    let mut rng = chance(n);
    WORDS.with(|words| {
        let length = if phrases == Phrases::Own { 2 } else { 6 };
        let run = |rng: &mut rand::rngs::StdRng| {
            let start = rng.random_range(0..words.len() - length);
            words[start..start + length].join(" ")
        };
        (0..6)
            .map(|_| {
                (0..48 / length)
                    .map(|_| run(&mut rng))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    })
}

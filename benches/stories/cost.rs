//! What stories cost: the sketch of one text, and a publication with and without them.

use std::hint::black_box;

use rand::RngExt as _;
use tokio::time::Instant;
use wireroom::dedupe::canonical;
use wireroom::dedupe::sketch::Sketch;

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

/// Publications in stores of growing size, with stories and without.
pub async fn stored() {
    let asked = |word: &str| std::env::args().any(|arg| arg == word);
    let mut sizes = vec![10_000];
    if !asked("quick") {
        sizes.push(100_000);
    }
    if asked("large") {
        sizes.push(500_000);
    }
    println!(
        "\npublication, {WIDTH} at a time           without      with stories   stories alone"
    );
    let (mut plain, mut sketched) = (Room::with(16).await, Room::with(16).await);
    plain.sketched = false;
    let mut held = 0;
    for size in sizes {
        for room in [&mut plain, &mut sketched] {
            fill(room, held, size - TIMED).await;
        }
        let without = fill(&mut plain, size - TIMED, size).await;
        let with = fill(&mut sketched, size - TIMED, size).await;
        held = size;
        println!(
            "  in a store of {size:>7} articles    {without:>9.3} ms   {with:>9.3} ms   {:>9.3} ms",
            with - without
        );
    }
}

/// Stores articles number `from` to `to`; milliseconds for each.
async fn fill(room: &mut Room, from: usize, to: usize) -> f64 {
    let timer = Instant::now();
    for start in (from..to).step_by(1_000) {
        let told = (start..to.min(start + 1_000)).map(|n| Told {
            outlet: n % 16,
            paragraphs: invented(n as u64),
        });
        room.tell(told.collect(), WIDTH).await;
    }
    timer.elapsed().as_secs_f64() * 1_000.0 / (to - from).max(1) as f64
}

/// A text of its own of some three hundred words, out of the words of the base texts: common words
/// stand together as they do in any language.
fn invented(n: u64) -> Vec<String> {
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
        let run = |rng: &mut rand::rngs::StdRng| {
            let start = rng.random_range(0..words.len() - 6);
            words[start..start + 6].join(" ")
        };
        (0..6)
            .map(|_| (0..8).map(|_| run(&mut rng)).collect::<Vec<_>>().join(" "))
            .collect()
    })
}

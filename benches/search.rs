//! The search index under many articles: how fast it is filled, how large it is, how fast it answers.
//!
//! `cargo bench --bench search -- [ARTICLES]`; 20,000 where nothing is said, 500,000 is what is promised for.
//! Articles are made up: 400 words each of a vocabulary whose frequencies fall as those of real text do
//! (Zipf's law), inflected, in Ukrainian, English and German by turns.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, measures the machine's own time and stops where it cannot go on"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use wireroom::model::article::{Article, Block, BlockKind, Content, Revision, Story};
use wireroom::model::id::{ArticleId, OutletName, StoryId};
use wireroom::search::{Ask, Index, Part, Sort, Within, Writer};

/// Makes a question of its kind.
type Make<'a> = Box<dyn Fn(&mut SmallRng) -> String + 'a>;

/// Different words of each language.
const VOCABULARY: usize = 60_000;
/// Words of an article.
const WORDS: usize = 400;
/// Articles between two commits: about what a comparison of the whole commits at a time.
const BATCH: usize = 2000;
/// Askings of each question.
const ROUNDS: usize = 100;

/// A language: how its words are made.
struct Tongue {
    tag: &'static str,
    syllables: &'static [&'static str],
    endings: &'static [&'static str],
}

const TONGUES: [Tongue; 3] = [
    Tongue {
        tag: "uk",
        syllables: &[
            "ра", "ке", "то", "мі", "ста", "во", "ро", "ни", "зла", "під", "гор", "лен", "віс",
            "ди",
        ],
        endings: &["а", "и", "у", "ою", "ами", "ах", "ів", "ом"],
    },
    Tongue {
        tag: "en",
        syllables: &[
            "mis", "con", "ter", "ra", "lo", "ven", "sta", "por", "den", "gra", "pol", "fi", "nal",
            "mer",
        ],
        endings: &["", "s", "ed", "ing", "er", "ly"],
    },
    Tongue {
        tag: "de",
        syllables: &[
            "ver", "ge", "schlag", "ra", "ken", "land", "wirt", "ung", "stand", "po", "lit",
            "kraft", "mal", "zug",
        ],
        endings: &["", "e", "en", "er", "es", "em"],
    },
];

impl Tongue {
    /// The nth word in some form.
    fn word(&self, n: usize, rng: &mut SmallRng) -> String {
        let mut word = String::new();
        let mut rest = n + self.syllables.len();
        while rest > 0 {
            word.push_str(self.syllables[rest % self.syllables.len()]);
            rest /= self.syllables.len();
        }
        word.push_str(self.endings[rng.random_range(0..self.endings.len())]);
        word
    }

    /// A word as often as its rank says.
    fn some_word(&self, rng: &mut SmallRng) -> String {
        let share: f64 = rng.random();
        let rank = (VOCABULARY as f64).powf(share) as usize - 1;
        self.word(rank, rng)
    }
}

fn article(n: usize, rng: &mut SmallRng) -> Article {
    let tongue = &TONGUES[n % TONGUES.len()];
    let stored = Timestamp::from_second(1_700_000_000 + n as i64 * 15).unwrap();
    let id = ArticleId::new(stored);
    let mut text = |words: usize| {
        let words: Vec<String> = (0..words).map(|_| tongue.some_word(rng)).collect();
        words.join(" ")
    };
    Article {
        id,
        outlet: OutletName::new(format!("outlet-{}", n % 40)),
        url: format!("https://outlet.example/{n}").parse().unwrap(),
        stored,
        revision: Revision {
            number: 1,
            fetched: stored,
            content: Content {
                title: Some(text(10)),
                language: Some(tongue.tag.to_owned()),
                blocks: (0..8)
                    .map(|_| Block::plain(BlockKind::Paragraph, text(WORDS / 8)))
                    .collect(),
                ..Content::default()
            },
        },
        story: Story {
            id: StoryId(id.0),
            original: true,
            also: Vec::new(),
        },
    }
}

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let count: usize = count.unwrap_or(20_000);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("search");
    let opened = Index::open(&path, "bench").unwrap();
    let (index, mark) = (opened.index, opened.mark);
    let mut rng = SmallRng::seed_from_u64(7);
    let mut writer = Writer::new(&index).unwrap();
    let mut busy = Duration::ZERO;
    let mut done = 0;
    while done < count {
        let batch: Vec<Article> = (done..count.min(done + BATCH))
            .map(|n| article(n, &mut rng))
            .collect();
        done += batch.len();
        let began = Instant::now();
        writer.put(&batch).unwrap();
        writer.commit(&mark).unwrap();
        busy += began.elapsed();
    }
    println!(
        "{count} articles of {WORDS} words: {:.0} taken in a second, {} bytes an article, {} MB in all",
        count as f64 / busy.as_secs_f64(),
        index.bytes() / count as u64,
        index.bytes() / 1_000_000,
    );
    let one = article(count, &mut rng);
    let began = Instant::now();
    writer.put([&one]).unwrap();
    writer.commit(&mark).unwrap();
    println!("one more, committed and seen: {:.1?}", began.elapsed());
    questions(&index, &mut rng);
}

fn questions(index: &Index, rng: &mut SmallRng) {
    let english = &TONGUES[1];
    let common = |rng: &mut SmallRng| english.word(0, rng);
    let usual = |rng: &mut SmallRng| {
        let rank = rng.random_range(20..200);
        english.word(rank, rng)
    };
    let rare = |rng: &mut SmallRng| {
        let rank = rng.random_range(20_000..60_000);
        english.word(rank, rng)
    };
    let kinds: [(&str, Make<'_>); 9] = [
        ("a rare word", Box::new(rare)),
        ("a usual word", Box::new(usual)),
        ("the commonest word", Box::new(common)),
        (
            "two usual words",
            Box::new(move |rng| format!("{} {}", usual(rng), usual(rng))),
        ),
        (
            "five words",
            Box::new(move |rng| {
                let words: Vec<String> = (0..5).map(|_| usual(rng)).collect();
                words.join(" ")
            }),
        ),
        (
            "a phrase",
            Box::new(move |rng| format!("\"{} {}\"", common(rng), usual(rng))),
        ),
        ("a beginning", Box::new(|_| "misra*".to_owned())),
        (
            "a title and an outlet",
            Box::new(move |rng| format!("title:{} outlet:outlet-7", usual(rng))),
        ),
        (
            "all but a word",
            Box::new(move |rng| format!("-{}", usual(rng))),
        ),
    ];
    println!(
        "{:<24}{:>10}{:>12}{:>12}{:>12}",
        "question", "by", "p50", "p99", "longest"
    );
    for (name, make) in &kinds {
        for sort in Sort::ALL {
            let mut times: Vec<Duration> = (0..ROUNDS)
                .map(|_| {
                    let ask = Ask::parse(&make(rng)).unwrap();
                    let part = Part {
                        sort,
                        after: None,
                        limit: 50,
                    };
                    let began = Instant::now();
                    black_box(index.find(&ask, &Within::default(), &part).unwrap());
                    began.elapsed()
                })
                .collect();
            times.sort_unstable();
            let at = |share: usize| format!("{:.2?}", times[(ROUNDS - 1) * share / 100]);
            println!(
                "{name:<24}{:>10}{:>12}{:>12}{:>12}",
                sort.as_str(),
                at(50),
                at(99),
                at(100)
            );
        }
    }
}

//! Stories, measured: how many copies are found in a built set, how many articles are taken for
//! copies that are none, and what finding them costs beside the extraction.
//!
//! `cargo bench --bench stories` prints recall by kind of edit, false joins by kind of stranger, the
//! cost of a sketch, and what a publication costs with and without stories in a store of 10,000 and
//! 100,000 articles (`-- quick`: of 10,000 alone; `-- large`: of 500,000 too), beside the extraction
//! of one page: the fixtures, which are small, or those of the folder that `WIREROOM_PAGES` names.
//! `-- found` and `-- cost` leave out the other half.

#![expect(clippy::print_stdout, reason = "a bench says its numbers")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::format_push_string,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a bench that fails says where"
)]

mod cost;
mod frames;
#[path = "../extract/pages.rs"]
mod pages;
mod room;
mod score;
mod set;

use score::Score;
use set::Edit;

/// Rounds of chance.
const SEEDS: u64 = 5;
/// Days of one frame in one store: fewer than make its words boilerplate, so that they are judged.
const DAYS: usize = 48;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let asked = |word: &str| std::env::args().any(|arg| arg == word);
        if !asked("cost") {
            recall().await;
            strangers().await;
        }
        if !asked("found") {
            let page = cost::extraction();
            cost::sketch();
            cost::stored(page).await;
        }
    });
}

async fn recall() {
    println!("copies found                      found    of   recall  in a wrong story");
    let (mut whole, mut brief) = (Score::default(), Score::default());
    for edit in Edit::ALL {
        let mut all = Score::default();
        for seed in 0..SEEDS {
            all.add(score::copies(edit, seed).await);
        }
        row(edit.says(), all);
        if edit.is_brief() {
            brief.add(all);
        } else if edit != Edit::Half {
            whole.add(all);
        }
    }
    row("all of full length", whole);
    row("all briefs of a quarter", brief);
}

fn row(name: &str, score: Score) {
    println!(
        "  {name:<31} {:>5} {:>5}  {:>6.1} %  {}",
        score.found,
        score.of,
        score.percent(),
        score.wrong
    );
}

async fn strangers() {
    println!("\nstrangers that joined a story      joined    of");
    let mut all = Score::default();
    for frame in 0..frames::FRAMES.len() {
        let mut score = Score::default();
        for seed in 0..SEEDS {
            let (_, days) = score::framed(DAYS, seed).swap_remove(frame);
            score.add(score::strangers(days).await);
        }
        let (language, text) = frames::FRAMES[frame];
        let opening: String = text.chars().take(24).collect();
        println!(
            "  {:<32} {:>6} {:>5}",
            format!("{language}: {opening}…"),
            score.wrong,
            score.of
        );
        all.add(score);
    }
    let own = score::strangers(score::own_words()).await;
    println!(
        "  {:<32} {:>6} {:>5}",
        "own reports of one event", own.wrong, own.of
    );
    all.add(own);
    let five = score::strangers(score::five()).await;
    println!(
        "  {:<32} {:>6} {:>5}",
        "the five seeds", five.wrong, five.of
    );
    all.add(five);
    println!(
        "  {:<32} {:>6} {:>5}  {:.2} %",
        "all",
        all.wrong,
        all.of,
        100.0 * all.wrong as f64 / all.of as f64
    );
}

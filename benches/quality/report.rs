//! Tables of scores, and one run against another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use wireroom::extract::Extraction;

use crate::score::{Date, PageScore};

type Scores = BTreeMap<String, PageScore>;

/// A table by group, then dates by language.
pub(crate) fn summary(scores: &Scores) {
    let groups: BTreeSet<&str> = scores.values().map(|score| score.group.as_str()).collect();
    println!(
        "\ngroup          pages   body P      R     F1  exact | segm P      R     F1 | title  loose | auth exact    P     R | date right wrong  none"
    );
    for group in groups.iter().copied().chain([""]) {
        let pages: Vec<&PageScore> = scores
            .values()
            .filter(|score| group.is_empty() || score.group == group)
            .collect();
        row(if group.is_empty() { "all" } else { group }, &pages);
    }
    let mut by_language: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
    for score in scores.values() {
        if let Some(date) = score.date {
            by_language.entry(&score.lang).or_default()[date as usize] += 1;
        }
    }
    print!("\ndates right/wrong/none by language:");
    for (language, [right, wrong, none]) in by_language
        .iter()
        .filter(|(_, counts)| counts[1] + counts[2] > 0)
    {
        print!("  {language} {right}/{wrong}/{none}");
    }
    println!();
}

fn row(name: &str, pages: &[&PageScore]) {
    let body = body_means(pages.iter().copied());
    let exact = mean(
        pages
            .iter()
            .filter_map(|page| page.body)
            .map(|body| f64::from(body[0] > 0.999)),
    );
    let segments = totals(pages.iter().filter_map(|page| page.segments));
    let title = mean(pages.iter().filter_map(|page| page.title).map(f64::from));
    let loose = mean(
        pages
            .iter()
            .filter_map(|page| page.title_loose)
            .map(f64::from),
    );
    let authors = totals(pages.iter().filter_map(|page| page.authors));
    let authors_exact = mean(
        pages
            .iter()
            .filter_map(|page| page.authors)
            .map(|[_, extra, missing]| f64::from(extra + missing == 0)),
    );
    let date = |kind: Date| {
        mean(
            pages
                .iter()
                .filter_map(|page| page.date)
                .map(|date| f64::from(date == kind)),
        )
    };
    println!(
        "{name:14} {:5}   {:.3}  {:.3}  {:.4}  {exact:.3} | {:.3}  {:.3}  {:.4} | {title:.3}  {loose:.3} |      {authors_exact:.3}  {:.2}  {:.2} |      {:.3} {:.3} {:.3}",
        pages.len(),
        body[0],
        body[1],
        body[2],
        segments[0],
        segments[1],
        segments[2],
        authors[0],
        authors[1],
        date(Date::Right),
        date(Date::Wrong),
        date(Date::None),
    );
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { f64::NAN } else { sum / f64::from(n) }
}

/// Means of precision and recall over pages, and F1 of the means.
fn body_means<'s>(pages: impl Iterator<Item = &'s PageScore>) -> [f64; 3] {
    let pairs: Vec<(f64, f64)> = pages.filter_map(PageScore::precision_recall).collect();
    let (precision, recall) = (
        mean(pairs.iter().map(|pair| pair.0)),
        mean(pairs.iter().map(|pair| pair.1)),
    );
    [
        precision,
        recall,
        2.0 * precision * recall / (precision + recall),
    ]
}

fn totals(counts: impl Iterator<Item = [u32; 3]>) -> [f64; 3] {
    let sum = counts.fold([0.0; 3], |sum, counts| {
        [0, 1, 2].map(|at| sum[at] + f64::from(counts[at]))
    });
    let (precision, recall) = (sum[0] / (sum[0] + sum[1]), sum[0] / (sum[0] + sum[2]));
    [
        precision,
        recall,
        2.0 * precision * recall / (precision + recall),
    ]
}

/// The pages that cost most.
pub(crate) fn worst(scores: &Scores, n: usize) {
    let mut pages: Vec<(&String, &PageScore)> = scores
        .iter()
        .filter(|(_, score)| score.body.is_some())
        .collect();
    pages.sort_by(|one, other| {
        one.1
            .f1()
            .unwrap_or(1.0)
            .total_cmp(&other.1.f1().unwrap_or(1.0))
    });
    for (id, score) in pages.into_iter().take(n) {
        let (precision, recall) = score.precision_recall().unwrap_or_default();
        println!(
            "{:.3}  P {precision:.3} R {recall:.3}  {id}",
            score.f1().unwrap_or(0.0)
        );
    }
    let list = |what: &str, failed: &dyn Fn(&PageScore) -> bool| {
        let ids: Vec<&str> = scores
            .iter()
            .filter(|(_, score)| failed(score))
            .map(|(id, _)| id.as_str())
            .take(n * 3)
            .collect();
        if n > 0 {
            println!("{what}: {}", ids.join(" "));
        }
    };
    list("segments", &|score| {
        score
            .segments
            .is_some_and(|[_, wrong, missing]| wrong + missing > 0)
            && score.group == "trafilatura"
    });
    list("title wrong", &|score| score.title == Some(false));
    list("authors wrong", &|score| {
        score
            .authors
            .is_some_and(|[_, extra, missing]| extra + missing > 0)
    });
    list("date wrong", &|score| score.date == Some(Date::Wrong));
    list("date none", &|score| score.date == Some(Date::None));
}

/// One page, gold and answer side by side.
pub(crate) fn show(gold: &Value, extraction: Option<&Extraction>) {
    println!("{} {}", gold["id"], gold["url"]);
    println!(
        "gold: title {} authors {} date {} tags {}",
        gold["title"], gold["authors"], gold["date"], gold["tags"]
    );
    let Some(extraction) = extraction else {
        println!("nothing extracted");
        return;
    };
    let content = &extraction.content;
    println!(
        "mine: title {:?} authors {:?} date {:?} tags {:?} lead {:?} way {:?} confidence {}",
        content.title,
        content.authors,
        content.published.map(|time| time.to_string()),
        content.tags,
        content.lead,
        content.way,
        extraction.confidence
    );
    let expected = gold["text"].as_str().unwrap_or_default();
    let lines: Vec<&str> = expected.lines().map(str::trim).collect();
    let text = content.text();
    for block in &content.blocks {
        let known = expected.contains(block.text.as_str());
        println!(
            "{} [{:?}] {}",
            if known { "  " } else { "+ " },
            block.kind,
            block.text.chars().take(160).collect::<String>()
        );
    }
    for line in lines
        .iter()
        .filter(|line| !line.is_empty() && !text.contains(**line))
    {
        println!("- {}", line.chars().take(160).collect::<String>());
    }
    for (key, mark) in [("must", true), ("must_not", false)] {
        for segment in gold[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if text.contains(segment) != mark {
                println!("{key} VIOLATED: {segment}");
            }
        }
    }
    for note in &extraction.notes {
        println!("    cut by {}: {}", note.rule, note.about);
    }
}

/// Differences to an earlier run, with the share of resamplings in which this run is better.
pub(crate) fn against(scores: &Scores, file: &Path) {
    let text = std::fs::read_to_string(file).expect("the earlier run can be read");
    let earlier: Scores = serde_json::from_str(&text).expect("the earlier run is one of ours");
    let groups: BTreeSet<&str> = scores.values().map(|score| score.group.as_str()).collect();
    println!();
    for group in groups {
        let pairs: Vec<(&PageScore, &PageScore)> = scores
            .iter()
            .filter(|(_, score)| score.group == group && score.body.is_some())
            .filter_map(|(id, score)| Some((score, earlier.get(id)?)))
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let difference = |sample: &[usize]| {
            let now = body_means(sample.iter().map(|at| pairs[*at].0))[2];
            let then = body_means(sample.iter().map(|at| pairs[*at].1))[2];
            now - then
        };
        let whole: Vec<usize> = (0..pairs.len()).collect();
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let better = (0..1_000)
            .filter(|_| {
                let sample: Vec<usize> =
                    pairs.iter().map(|_| draw(&mut seed, pairs.len())).collect();
                difference(&sample) > 0.0
            })
            .count();
        println!(
            "{group}: body F1 {:+.4} against the earlier run; better in {:.1} % of resamplings",
            difference(&whole),
            better as f64 / 10.0
        );
    }
    crate::facts::against(scores, &earlier);
    let mut moved: Vec<(f64, &String)> = scores
        .iter()
        .filter_map(|(id, score)| Some((score.f1()? - earlier.get(id)?.f1()?, id)))
        .filter(|(by, _)| by.abs() > 0.004)
        .collect();
    moved.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (by, id) in moved {
        println!("  {by:+.3} {id}");
    }
}

/// A number below `n` (xorshift: the resampling is the same on each run).
pub(crate) fn draw(seed: &mut u64, n: usize) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed % n as u64).unwrap_or(0)
}

pub(crate) fn save(scores: &Scores, file: &Path) {
    let text = serde_json::to_string_pretty(scores).expect("scores are plain data");
    std::fs::write(file, text).expect("the run can be saved");
}

/// One page as a line of JSON: its blocks, and what was cut by which rule.
pub(crate) fn dump(id: &str, extraction: Option<&Extraction>) -> String {
    let blocks: Vec<Value> = extraction
        .iter()
        .flat_map(|extraction| &extraction.content.blocks)
        .map(|block| json!([format!("{:?}", block.kind), block.text]))
        .collect();
    let notes: Vec<Value> = extraction
        .iter()
        .flat_map(|extraction| &extraction.notes)
        .map(|note| json!([note.rule, note.about]))
        .collect();
    let way = extraction.map(|extraction| format!("{:?}", extraction.content.way));
    let text = extraction.map(|extraction| extraction.content.text());
    let page = json!({"id": id, "way": way, "blocks": blocks, "notes": notes, "text": text});
    format!("{page}\n")
}

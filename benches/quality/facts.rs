//! Title, authors, date and tags: what is wrong on which page, and one run against another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wireroom::extract::Extraction;

use crate::report::draw;
use crate::score::{Date, PageScore, plain};

type Scores = BTreeMap<String, PageScore>;

/// Tags that are in both, in the answer alone, and in the gold alone, by their words.
pub(crate) fn tags(gold: &Value, extraction: Option<&Extraction>) -> Option<[u32; 3]> {
    let expected: BTreeSet<String> = gold["tags"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .map(plain)
        .collect();
    let found: BTreeSet<String> = extraction
        .map(|extraction| {
            extraction
                .content
                .tags
                .iter()
                .map(|tag| plain(tag))
                .collect()
        })
        .unwrap_or_default();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some([
        count(found.intersection(&expected).count()),
        count(found.difference(&expected).count()),
        count(expected.difference(&found).count()),
    ])
}

/// One line for each fact of a page that differs from its gold.
pub(crate) fn misses(gold: &Value, extraction: Option<&Extraction>, score: &PageScore) {
    let id = gold["id"].as_str().unwrap_or_default();
    let content = extraction.map(|extraction| extraction.content.clone());
    let content = content.unwrap_or_default();
    let line = |fact: &str, expected: &Value, found: String| {
        println!("{fact:8} {id}\n    gold {expected}\n    mine {found}");
    };
    if score.title == Some(false) {
        let title = content.title.unwrap_or_default();
        line("title", &gold["title"], format!("{title:?}"));
    }
    if score.authors.is_some_and(differs) {
        line(
            "authors",
            &gold["authors"],
            format!("{:?}", content.authors),
        );
    }
    if score.date.is_some_and(|date| date != Date::Right) {
        let published = content.published.map(|time| time.to_string());
        line(
            "date",
            &gold["date"],
            format!("{published:?} {}", gold["url"]),
        );
    }
    if score.tags.is_some_and(differs) {
        line("tags", &gold["tags"], format!("{:?}", content.tags));
    }
}

fn differs([_, extra, missing]: [u32; 3]) -> bool {
    extra + missing > 0
}

/// Precision and recall of tags by group.
pub(crate) fn tag_table(scores: &Scores) {
    let groups: BTreeSet<&str> = scores
        .values()
        .filter(|score| score.tags.is_some())
        .map(|score| score.group.as_str())
        .collect();
    for group in groups {
        let counts: Vec<[u32; 3]> = scores
            .values()
            .filter(|score| score.group == group)
            .filter_map(|score| score.tags)
            .collect();
        let sum = |at: usize| counts.iter().map(|tags| f64::from(tags[at])).sum::<f64>();
        let exact = counts.iter().filter(|tags| !differs(**tags)).count();
        println!(
            "tags of {group}: {} pages, exact {:.3}, P {:.2} R {:.2}",
            counts.len(),
            exact as f64 / counts.len() as f64,
            sum(0) / (sum(0) + sum(1)),
            sum(0) / (sum(0) + sum(2)),
        );
    }
}

/// By group, how many more pages are right than in the earlier run, and in how many resamplings.
pub(crate) fn against(scores: &Scores, earlier: &Scores) {
    type Judge = fn(&PageScore) -> Option<bool>;
    let facts: [(&str, Judge); 4] = [
        ("title", |score| score.title),
        ("authors", |score| {
            score.authors.map(|counts| !differs(counts))
        }),
        ("date", |score| score.date.map(|date| date == Date::Right)),
        ("tags", |score| score.tags.map(|counts| !differs(counts))),
    ];
    let groups: BTreeSet<&str> = scores.values().map(|score| score.group.as_str()).collect();
    for group in groups {
        for (fact, judge) in facts {
            let changes: Vec<(i32, &String)> = scores
                .iter()
                .filter(|(_, score)| score.group == group)
                .filter_map(|(id, score)| {
                    let then = judge(earlier.get(id)?)?;
                    Some((i32::from(judge(score)?) - i32::from(then), id))
                })
                .collect();
            if changes.iter().all(|(change, _)| *change == 0) {
                continue;
            }
            let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
            let better = (0..1_000)
                .filter(|_| {
                    let sum: i32 = changes
                        .iter()
                        .map(|_| changes[draw(&mut seed, changes.len())].0)
                        .sum();
                    sum > 0
                })
                .count();
            let moved = |by: i32| -> Vec<&str> {
                let pages = changes.iter().filter(|(change, _)| *change == by);
                pages.map(|(_, id)| id.as_str()).collect()
            };
            println!(
                "{group}: {fact} right on {:+} of {} pages; better in {:.1} % of resamplings; lost: {}; won: {}",
                changes.iter().map(|(change, _)| change).sum::<i32>(),
                changes.len(),
                better as f64 / 10.0,
                moved(-1).join(" "),
                moved(1).join(" "),
            );
        }
    }
}

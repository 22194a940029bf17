//! One page against its gold.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wireroom::extract::Extraction;

/// The scores of one page; a field is absent where the gold says nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PageScore {
    pub(crate) group: String,
    pub(crate) lang: String,
    /// Shingles in both, in the text alone, in the gold alone, divided by their sum.
    pub(crate) body: Option<[f64; 3]>,
    /// Segments found, wrongly there, missing.
    pub(crate) segments: Option<[u32; 3]>,
    pub(crate) title: Option<bool>,
    pub(crate) title_loose: Option<bool>,
    /// Authors in both, in the page's answer alone, in the gold alone.
    pub(crate) authors: Option<[u32; 3]>,
    pub(crate) date: Option<Date>,
    /// Tags in both, in the page's answer alone, in the gold alone.
    #[serde(default)]
    pub(crate) tags: Option<[u32; 3]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Date {
    Right,
    Wrong,
    None,
}

impl PageScore {
    /// Precision, recall and F1 of the body.
    pub(crate) fn precision_recall(&self) -> Option<(f64, f64)> {
        let [both, extra, missing] = self.body?;
        let share = |other: f64| {
            if both + other > 0.0 {
                both / (both + other)
            } else {
                0.0
            }
        };
        Some((share(extra), share(missing)))
    }

    pub(crate) fn f1(&self) -> Option<f64> {
        let (precision, recall) = self.precision_recall()?;
        Some(if precision + recall > 0.0 {
            2.0 * precision * recall / (precision + recall)
        } else {
            0.0
        })
    }
}

/// Scores one page.
pub(crate) fn score(gold: &Value, extraction: Option<&Extraction>) -> PageScore {
    let content = extraction
        .map(|extraction| extraction.content.clone())
        .unwrap_or_default();
    let text = content.text();
    let mut score = PageScore {
        group: gold["group"].as_str().unwrap_or_default().to_owned(),
        lang: gold["lang"].as_str().unwrap_or_default().to_owned(),
        ..PageScore::default()
    };
    score.body = gold["text"]
        .as_str()
        .map(|expected| shingle_score(&text, expected));
    score.segments = segments(gold, &text);
    score.tags = crate::facts::tags(gold, extraction);
    if let Some(expected) = gold["title"].as_str() {
        let (title, expected) = (
            plain(content.title.as_deref().unwrap_or_default()),
            plain(expected),
        );
        score.title = Some(title == expected);
        score.title_loose = Some(
            !expected.is_empty()
                && !title.is_empty()
                && (title.contains(&expected) || expected.contains(&title)),
        );
    }
    if let Some(expected) = gold["authors"].as_array() {
        let expected: Vec<String> = expected
            .iter()
            .filter_map(Value::as_str)
            .map(plain)
            .collect();
        let found: Vec<String> = content.authors.iter().map(|name| plain(name)).collect();
        let both = found.iter().filter(|name| expected.contains(name)).count();
        score.authors = Some([
            count(both),
            count(found.len() - both),
            count(expected.len().saturating_sub(both)),
        ]);
    }
    if let Some(expected) = gold["date"].as_str() {
        score.date = Some(match content.published {
            None => Date::None,
            Some(time) if time.day().to_string() == expected[..expected.len().min(10)] => {
                Date::Right
            }
            Some(_) => Date::Wrong,
        });
    }
    score
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Case folded, punctuation dropped, white space squeezed.
pub(crate) fn plain(text: &str) -> String {
    let kept: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn segments(gold: &Value, text: &str) -> Option<[u32; 3]> {
    let list = |key: &str| -> Option<Vec<String>> {
        Some(
            gold[key]
                .as_array()?
                .iter()
                .filter_map(Value::as_str)
                .map(squeezed)
                .collect(),
        )
    };
    let (must, must_not) = (list("must")?, list("must_not")?);
    let text = squeezed(text);
    let found = must
        .iter()
        .filter(|segment| text.contains(segment.as_str()))
        .count();
    let wrong = must_not
        .iter()
        .filter(|segment| text.contains(segment.as_str()))
        .count();
    Some([count(found), count(wrong), count(must.len() - found)])
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

type Shingles<'t> = HashMap<Vec<&'t str>, u32>;

fn shingles(text: &str) -> Shingles<'_> {
    let tokens: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|token| !token.is_empty())
        .collect();
    let mut shingles = Shingles::new();
    for shingle in tokens.windows(4.min(tokens.len().max(1))) {
        *shingles.entry(shingle.to_vec()).or_default() += 1;
    }
    shingles
}

fn shingle_score(text: &str, expected: &str) -> [f64; 3] {
    let (text, expected) = (shingles(text), shingles(expected));
    let mut both = 0;
    for (shingle, times) in &text {
        both += times.min(expected.get(shingle).unwrap_or(&0));
    }
    let extra = text.values().sum::<u32>() - both;
    let missing = expected.values().sum::<u32>() - both;
    let sum = f64::from((both + extra + missing).max(1));
    [
        f64::from(both) / sum,
        f64::from(extra) / sum,
        f64::from(missing) / sum,
    ]
}

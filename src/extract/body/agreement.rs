//! What the page's own data says of the text found: how far it can be trusted, and which lines at
//! its end nobody but the layout takes for the article.
//!
//! The text in JSON-LD is a check and never the answer by itself: on one page of five it is another
//! text or only its beginning, so it judges only where the column confirms it as a whole.

use super::candidates::prose_weight;
use super::clean::{Cleaned, Cut};
use super::form::weight;
use super::lexicon::Class;
use super::line::Line;
use crate::extract::document::characters::folded;
use crate::model::article::BlockKind;

/// The share of the stated text that the column must hold for it to judge.
const CONFIRMED: f32 = 0.9;
/// The largest share of the column that may go on its word.
const EXTRA: f32 = 0.15;

/// How far the text found agrees with the one that JSON-LD states; where it states none, how far an
/// amount of prose can be trusted.
pub(crate) fn confidence(found: &[Line], stated: &str) -> f32 {
    let prose: Vec<&Line> = found
        .iter()
        .filter(|line| prose_weight(line) > 0.0)
        .collect();
    let whole: usize = prose.iter().map(|line| weight(&line.text)).sum();
    if whole < 300 {
        return 0.4;
    }
    if stated.is_empty() {
        return (0.6 + prose.len() as f32 * 0.03).min(0.85);
    }
    let agreed: usize = prose
        .iter()
        .filter(|line| stated.contains(&folded(&line.text)))
        .map(|line| weight(&line.text))
        .sum();
    0.5 + 0.45 * agreed as f32 / whole as f32
}

/// Takes away the paragraphs between and behind those of the stated text, where the column has that
/// text whole: notes on the author, on the programme, on the newspaper, polls.
pub(crate) fn trim_to(stated: &str, cleaned: &mut Cleaned) {
    if stated.is_empty() {
        return;
    }
    let keys: Vec<String> = cleaned
        .lines
        .iter()
        .map(|line| folded(&line.text))
        .collect();
    let agreed: Vec<bool> = keys
        .iter()
        .map(|key| !key.is_empty() && stated.contains(key.as_str()))
        .collect();
    let bytes = |at: &usize| keys[*at].len() as f32;
    let confirmed: f32 = (0..keys.len())
        .filter(|at| agreed[*at])
        .map(|at| bytes(&at))
        .sum();
    let whole: f32 = (0..keys.len()).map(|at| bytes(&at)).sum();
    // A line of few words may stand in any text.
    let Some(last) = (0..keys.len())
        .rev()
        .find(|at| agreed[*at] && keys[*at].len() >= 40)
    else {
        return;
    };
    let first = agreed.iter().position(|a| *a).unwrap_or(0);
    let behind: f32 = (last + 1..keys.len()).map(|at| bytes(&at)).sum();
    let complete = stated.ends_with(&keys[last])
        || keys[last + 1..]
            .iter()
            .any(|key| stated.ends_with(key.as_str()) && !key.is_empty());
    if confirmed < CONFIRMED * stated.len() as f32 || behind > EXTRA * whole || !complete {
        return;
    }
    let mut at = 0;
    let cuts = &mut cleaned.cuts;
    cleaned.lines.retain(|line| {
        let here = at;
        at += 1;
        // Subheads, lists and tables are often left out of it; a paragraph is not.
        let within = here <= last && (here < first || line.kind != BlockKind::Paragraph);
        let stays = within || agreed[here] || line.class() == Some(Class::Credit);
        if !stays {
            cuts.push(Cut {
                text: line.text.clone(),
                rule: "not in the text that JSON-LD states",
            });
        }
        stays
    });
}

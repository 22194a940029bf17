//! Polls between the paragraphs: a question to the readers, the answers they may choose, the count.
//!
//! Nothing in the wording of a question tells a poll's from the article's own; two answers that
//! contradict each other, each a line of its own without a full stop, do.

use super::clean::Judged;
use super::form::has_end_mark;
use crate::extract::document::characters::{folded, word_count};
use crate::model::article::BlockKind;

/// What polls offer, folded.
const ANSWERS: &[&str] = &[
    "yes",
    "no",
    "ja",
    "nein",
    "oui",
    "non",
    "sí",
    "si",
    "sì",
    "sim",
    "não",
    "tak",
    "nie",
    "evet",
    "hayır",
    "bəli",
    "xeyr",
    "так",
    "ні",
    "да",
    "нет",
    "نعم",
    "لا",
    "כן",
    "לא",
    "是",
    "否",
    "はい",
    "いいえ",
];

/// Takes out the questions whose answers stand under them, with all answers.
pub(crate) fn drop_polls(judged: &mut [Judged]) {
    /// Answers on either side of those two, and lines between the two.
    const OTHERS: usize = 3;
    const APART: usize = 2;
    let answers: Vec<(usize, String)> = (0..judged.len())
        .filter(|at| may_be_answer(&judged[*at]))
        .map(|at| (at, verdict(&judged[at].line.text)))
        .filter(|(_, key)| ANSWERS.contains(&key.as_str()))
        .collect();
    for pair in answers.windows(2) {
        let [(first, one), (second, other)] = pair else {
            continue;
        };
        if one == other || second - first > APART {
            continue;
        }
        let mut from = *first;
        while from > 0 && first - from < OTHERS && may_be_answer(&judged[from - 1]) {
            from -= 1;
        }
        let asks = |item: &Judged| item.line.text.ends_with(['?', '？', '؟']);
        if from > 0 && asks(&judged[from - 1]) {
            from -= 1;
        }
        let mut to = *second;
        while to - second < OTHERS && judged.get(to + 1).is_some_and(may_be_answer) {
            to += 1;
        }
        if judged
            .get(to + 1)
            .is_some_and(|item| is_count(item, &judged[to]))
        {
            to += 1;
        }
        for item in &mut judged[from..=to] {
            item.gone = item.gone.or(Some("a poll"));
        }
    }
}

/// What an answer says before it says more, or at last: "Yes, at once", "Rather no".
fn verdict(answer: &str) -> String {
    let says = answer.split([',', '，', '、', '،']).next();
    let first = folded(says.unwrap_or(answer));
    let last = folded(answer.rsplit(' ').next().unwrap_or(answer));
    if ANSWERS.contains(&first.as_str()) {
        first
    } else {
        last
    }
}

/// How many have voted: a number and a few words under the answers, in one block with them or around them.
fn is_count(item: &Judged, answer: &Judged) -> bool {
    /// Words beside the number.
    const WORDS: usize = 6;
    matches!(answer.line.kind, BlockKind::Item(_))
        && item.line.kind == BlockKind::Paragraph
        && item.form != super::form::Form::Prose
        && item.line.text.chars().any(|c| c.is_ascii_digit())
        && word_count(&item.line.text) <= WORDS
        && item.line.link_count == 0
}

/// A few words of a paragraph or an item, and no sentence.
fn may_be_answer(item: &Judged) -> bool {
    matches!(item.line.kind, BlockKind::Paragraph | BlockKind::Item(None))
        && !item.line.quoted
        && word_count(&item.line.text) <= 4
        && !has_end_mark(&item.line.text)
}

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
            from -= usize::from(from > 0 && is_label_of(&judged[from - 1], &judged[from]));
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

/// Takes out the questions under which answers stand with their shares: "Yes", "46 %".
pub(crate) fn drop_results(judged: &mut [Judged]) {
    /// Lines under the question, and shares among them at least.
    const LINES: usize = 16;
    const SHARES: usize = 2;
    let asks = |item: &Judged| {
        item.gone.is_none() && !item.line.quoted && item.line.text.ends_with(['?', '？', '؟'])
    };
    for at in 0..judged.len() {
        if !asks(&judged[at]) {
            continue;
        }
        let results = judged[at + 1..].iter().take(LINES);
        let results = results
            .take_while(|item| item.gone.is_some() || may_be_result(item))
            .count();
        let shares = judged[at + 1..=at + results]
            .iter()
            .filter(|item| is_share(&item.line.text));
        if shares.count() >= SHARES {
            for item in &mut judged[at..=at + results] {
                item.gone = item.gone.or(Some("a poll"));
            }
        }
    }
}

/// A few words of a paragraph or an item that lead nowhere.
fn may_be_result(item: &Judged) -> bool {
    /// Words of the longest.
    const WORDS: usize = 6;
    matches!(item.line.kind, BlockKind::Paragraph | BlockKind::Item(_))
        && !item.line.quoted
        && item.line.link_count == 0
        && word_count(&item.line.text) <= WORDS
        && !has_end_mark(&item.line.text)
}

/// "46 %", and nothing else.
fn is_share(text: &str) -> bool {
    let number = text.strip_suffix('%').or_else(|| text.strip_prefix('%'));
    number.is_some_and(|number| {
        let number = number.trim();
        (1..=5).contains(&number.len())
            && number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    })
}

/// "Survey", directly above the question in one block with it.
fn is_label_of(item: &Judged, question: &Judged) -> bool {
    item.gone.is_none()
        && item.line.kind == BlockKind::Paragraph
        && item.line.parent == question.line.parent
        && item.line.link_count == 0
        && word_count(&item.line.text) <= 2
        && !has_end_mark(&item.line.text)
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

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    #[test]
    fn a_question_with_shares_under_it_is_a_poll() {
        let prose = |n| {
            format!(
                "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships and of quays.</p>"
            )
        };
        let text = |between: &str| {
            let prose: Vec<String> = (0..6).map(prose).collect();
            let page = format!(
                "<html><body><h1>A strike at the port</h1><div>{}{between}{}</div></body></html>",
                prose[..3].concat(),
                prose[3..].concat()
            );
            extract(&Input::of(page.as_bytes())).unwrap().content.text()
        };
        let poll = "<p>Which of the two will sail first?</p><p>The Lamp</p><p>46%</p><p>The Anchor</p><p>54 %</p><p>1,204 answers so far</p>";
        assert_eq!(text(poll), text(""));
        let told = "<h3>Which of the two will sail first?</h3><p>Of five masters 46 % say that it will be the Lamp, and 54 % do not.</p>";
        assert!(text(told).contains("it will be the Lamp"));
    }
}

//! Lines about those who wrote the article: their names between the paragraphs, and the notes on
//! them at its end (C12, and what readers of Readability complain of most after lost leads).
//!
//! Only names that the page itself gives as its authors count; nobody is guessed here.

use super::clean::{Context, Judged};
use super::form::{Form, has_end_mark};
use crate::extract::document::characters::{folded, is_spaceless, word_count};
use crate::extract::facts::names;
use crate::model::article::BlockKind;

/// Words of the longest line that is still a name with what its bearer does.
const LONGEST_NAME: usize = 14;
/// Bytes of the longest note on an author, and the most of them.
const LONGEST_NOTE: usize = 700;
const NOTES: usize = 4;

/// A line that begins with an author's name and is no sentence: "Jane Doe, Politics Editor".
pub(crate) fn drop_names(judged: &mut [Judged], context: &Context<'_>) {
    let writers = keys(context);
    for item in judged.iter_mut().filter(|item| item.gone.is_none()) {
        let text = &item.line.text;
        let name = item.line.kind == BlockKind::Paragraph
            && !item.line.quoted
            && !item.line.caption
            && !has_end_mark(text)
            && word_count(text) <= LONGEST_NAME
            && begins_with_one(names::without_by(text), &writers);
        if name {
            item.gone = Some("an author's name (C12)");
        }
    }
}

/// The last paragraphs, where they tell of an author by the full name: "Jane Doe is a reporter …".
pub(crate) fn drop_notes(judged: &mut [Judged], context: &Context<'_>) {
    let writers = keys(context);
    if writers.is_empty() {
        return;
    }
    let mut alive: Vec<usize> = (0..judged.len())
        .rev()
        .filter(|at| judged[*at].gone.is_none())
        .collect();
    // What is short altogether may be nothing but a portrait.
    if alive.len() < 6 {
        return;
    }
    alive.truncate(NOTES);
    let note = |item: &Judged| {
        item.form == Form::Prose
            && !item.line.quoted
            && item.line.kind == BlockKind::Paragraph
            && item.line.text.len() <= LONGEST_NOTE
            && begins_with_one(&item.line.text, &writers)
    };
    let Some(first) = alive.iter().rposition(|at| note(&judged[*at])) else {
        return;
    };
    for at in &alive[..=first] {
        let item = &mut judged[*at];
        if note(item) || item.form != Form::Prose {
            item.gone = Some("a note on the author (C12)");
        }
    }
}

fn keys(context: &Context<'_>) -> Vec<String> {
    context
        .writers
        .iter()
        .filter(|name| {
            let spaceless = name.chars().count() >= 3 && name.chars().all(is_spaceless);
            spaceless || name.split_whitespace().count() >= 2
        })
        .map(|name| folded(name))
        .filter(|name| name.len() >= 6)
        .collect()
}

fn begins_with_one(text: &str, writers: &[String]) -> bool {
    let head = text
        .char_indices()
        .nth(80)
        .map_or(text, |(end, _)| &text[..end]);
    let head = folded(head);
    writers.iter().any(|writer| head.starts_with(writer))
}

//! What changed between two texts, by words.
//!
//! Bounded without a clock, so that one pair of texts always gives one difference: paragraphs are
//! compared first, then the sentences of those that changed, then their words; a stretch whose
//! comparison would cost too much is said to be replaced whole.
//!
//! Joined in order, `equal` and `delete` give the old text and `equal` and `insert` the new one,
//! save that long equal stretches are cut with `…`.

use similar::{Algorithm, DiffTag, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

use crate::extract::summary;

/// Steps of one comparison: tokens of one side times tokens of the other. Sixteen million take some
/// tens of milliseconds at the worst.
const MAX_STEPS: usize = 16_000_000;

/// Characters of an equal stretch that are kept beside a change.
const CONTEXT_CHARS: usize = 60;

/// One stretch of the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What became of it.
    pub change: Change,
    /// Its words, spaces included.
    pub text: String,
}

/// What became of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// In both.
    Equal,
    /// In the old text only.
    Delete,
    /// In the new text only.
    Insert,
}

impl Change {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Delete => "delete",
            Self::Insert => "insert",
        }
    }
}

/// What makes `new` of `old`, by words; empty where both are the same.
pub fn words(old: &str, new: &str) -> Vec<Operation> {
    if old == new {
        return Vec::new();
    }
    let mut operations = Vec::new();
    let mut steps = MAX_STEPS;
    refine(Level::Paragraphs, old, new, &mut steps, &mut operations);
    // Twice: only when spaces have joined the words of a change is it seen how long it is.
    let mut operations = tidy(tidy(operations));
    let last = operations.len().saturating_sub(1);
    for (place, operation) in operations.iter_mut().enumerate() {
        if operation.change == Change::Equal {
            operation.text = abridge(&operation.text, place == 0, place == last);
        }
    }
    operations
}

/// At most `max_operations` of them, each stretch of at most `max_chars` characters, cut with `…`.
pub fn shortened(
    mut operations: Vec<Operation>,
    max_operations: usize,
    max_chars: usize,
) -> Vec<Operation> {
    operations.truncate(max_operations);
    for operation in &mut operations {
        if operation.text.chars().count() > max_chars {
            operation.text = summary::cut(&operation.text, max_chars);
        }
    }
    operations
}

#[derive(Clone, Copy)]
enum Level {
    Paragraphs,
    Sentences,
    Words,
}

impl Level {
    fn split(self, text: &str) -> Vec<&str> {
        match self {
            Self::Paragraphs => text.split_inclusive('\n').collect(),
            Self::Sentences => text.split_sentence_bounds().collect(),
            Self::Words => text.split_word_bounds().collect(),
        }
    }

    fn finer(self) -> Option<Self> {
        match self {
            Self::Paragraphs => Some(Self::Sentences),
            Self::Sentences => Some(Self::Words),
            Self::Words => None,
        }
    }
}

/// Compares at `level`, and what differs at the finer ones, as far as `steps` last.
fn refine(level: Level, old: &str, new: &str, steps: &mut usize, out: &mut Vec<Operation>) {
    let (old_parts, new_parts) = (level.split(old), level.split(new));
    let start = old_parts
        .iter()
        .zip(&new_parts)
        .take_while(|(old, new)| old == new)
        .count();
    let end = old_parts
        .iter()
        .skip(start)
        .rev()
        .zip(new_parts.iter().skip(start).rev())
        .take_while(|(old, new)| old == new)
        .count();
    let (old_end, new_end) = (old_parts.len() - end, new_parts.len() - end);
    let (old_middle, new_middle) = (&old_parts[start..old_end], &new_parts[start..new_end]);
    push(out, Change::Equal, &old_parts[..start].concat());
    let cost = old_middle.len().saturating_mul(new_middle.len());
    if let Some(left) = steps.checked_sub(cost) {
        *steps = left;
        compare(level, old_middle, new_middle, steps, out);
    } else {
        replace(
            level,
            &old_middle.concat(),
            &new_middle.concat(),
            steps,
            out,
        );
    }
    push(out, Change::Equal, &old_parts[old_end..].concat());
}

fn compare(level: Level, old: &[&str], new: &[&str], steps: &mut usize, out: &mut Vec<Operation>) {
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, old_range, new_range) = operation.as_tag_tuple();
        let (old, new) = (old[old_range].concat(), new[new_range].concat());
        match tag {
            DiffTag::Equal => push(out, Change::Equal, &old),
            DiffTag::Delete => push(out, Change::Delete, &old),
            DiffTag::Insert => push(out, Change::Insert, &new),
            DiffTag::Replace => replace(level, &old, &new, steps, out),
        }
    }
}

/// What differs at `level`: compared more finely, or, at the finest, said to be replaced.
fn replace(level: Level, old: &str, new: &str, steps: &mut usize, out: &mut Vec<Operation>) {
    match level.finer() {
        Some(finer) if !old.is_empty() && !new.is_empty() => refine(finer, old, new, steps, out),
        Some(_) | None => {
            push(out, Change::Delete, old);
            push(out, Change::Insert, new);
        }
    }
}

/// Appends, joining stretches of one kind.
fn push(out: &mut Vec<Operation>, change: Change, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(last) if last.change == change => last.text.push_str(text),
        Some(_) | None => out.push(Operation {
            change,
            text: text.to_owned(),
        }),
    }
}

/// What went and what came at one place.
#[derive(Default)]
struct Replacement {
    deleted: String,
    inserted: String,
}

impl Replacement {
    fn chars(&self) -> usize {
        self.deleted
            .chars()
            .count()
            .max(self.inserted.chars().count())
    }

    fn append(&mut self, between: &str, other: &Self) {
        for (side, more) in [
            (&mut self.deleted, &other.deleted),
            (&mut self.inserted, &other.inserted),
        ] {
            side.push_str(between);
            side.push_str(more);
        }
    }
}

/// One deletion, then one insertion, between equal stretches; crumbs between two changes belong to
/// them, because "c d" for "a b" is one replacement to a reader, not two.
fn tidy(operations: Vec<Operation>) -> Vec<Operation> {
    let mut tidied = Vec::with_capacity(operations.len());
    let mut pending = Replacement::default();
    // The equal stretch behind `pending`, until it is known whether it is a crumb.
    let mut between = String::new();
    let mut operations = operations.into_iter().peekable();
    while operations.peek().is_some() {
        let mut next = Replacement::default();
        while let Some(operation) = operations.next_if(|next| next.change != Change::Equal) {
            match operation.change {
                Change::Delete => next.deleted.push_str(&operation.text),
                Change::Insert | Change::Equal => next.inserted.push_str(&operation.text),
            }
        }
        if pending.chars() > 0 && next.chars() > 0 && is_crumb(&between, &pending, &next) {
            pending.append(&between, &next);
        } else {
            flush(&mut tidied, &pending, &between);
            pending = next;
        }
        between.clear();
        if let Some(equal) = operations.next() {
            between = equal.text;
        }
    }
    flush(&mut tidied, &pending, &between);
    tidied
}

/// Whether an equal stretch says nothing between two changes: a space or mark, or a word or two
/// between far longer ones.
fn is_crumb(between: &str, before: &Replacement, behind: &Replacement) -> bool {
    let chars = between.chars().count();
    if between.contains('\n') {
        return false;
    }
    let bare = chars <= 3 && !between.contains(char::is_alphanumeric);
    bare || chars * 3 <= before.chars().min(behind.chars())
}

fn flush(out: &mut Vec<Operation>, replacement: &Replacement, equal: &str) {
    push(out, Change::Delete, &replacement.deleted);
    push(out, Change::Insert, &replacement.inserted);
    push(out, Change::Equal, equal);
}

/// An equal stretch with its middle (or its far end, at the first and last stretch) cut.
fn abridge(text: &str, first: bool, last: bool) -> String {
    let longest = if first || last {
        CONTEXT_CHARS
    } else {
        2 * CONTEXT_CHARS
    };
    if text.chars().count() <= longest + CONTEXT_CHARS / 2 {
        return text.to_owned();
    }
    let head = if first {
        ""
    } else {
        head_words(text, CONTEXT_CHARS).trim_end()
    };
    let tail = if last {
        ""
    } else {
        tail_words(text, CONTEXT_CHARS).trim_start()
    };
    format!("{head}…{tail}")
}

/// Whole words from the beginning of `text`, at most `max_chars` characters; of a first word that is
/// longer, its beginning.
pub fn head_words(text: &str, max_chars: usize) -> &str {
    let room = text
        .char_indices()
        .nth(max_chars)
        .map_or(text.len(), |(at, _)| at);
    let words = text
        .split_word_bound_indices()
        .map(|(at, word)| at + word.len());
    let end = words.take_while(|end| *end <= room).last().unwrap_or(room);
    text.get(..end).unwrap_or_default()
}

/// Whole words from the end of `text`, at most `max_chars` characters; of a last word that is longer,
/// its end.
pub fn tail_words(text: &str, max_chars: usize) -> &str {
    let place = max_chars.saturating_sub(1);
    let room = match text.char_indices().rev().nth(place) {
        Some((at, _)) if max_chars > 0 => at,
        Some(_) => text.len(),
        None => 0,
    };
    let words = text.split_word_bound_indices().rev().map(|(at, _)| at);
    let start = words.take_while(|at| *at >= room).last().unwrap_or(room);
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests;

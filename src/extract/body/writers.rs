//! Lines about those who wrote the article: their names between the paragraphs, and the notes on
//! them at its end (C12, and what readers of Readability complain of most after lost leads).
//!
//! Only names that the page itself gives as its authors count; nobody is guessed here.

use super::clean::{Cleaned, Context, Judged, Origin};
use super::form::{Form, has_end_mark};
use super::imprint;
use super::lexicon::Class;
use crate::extract::document::characters::{folded, is_spaceless, word_count};
use crate::extract::facts::names;
use crate::model::article::BlockKind;

/// Words of the longest line that is still a name with what its bearer does.
const LONGEST_NAME: usize = 14;
/// Bytes of the longest note on an author, and the most of them.
const LONGEST_NOTE: usize = 700;
const NOTES: usize = 4;

/// C12: lines before the text that hold a name and a date, and nothing else.
pub(crate) fn drop_bylines(judged: &mut [Judged], context: &Context<'_>, out: &mut Cleaned) {
    let first_body = judged
        .iter()
        .position(Judged::is_body)
        .unwrap_or(judged.len());
    let second_body = second_body(judged, first_body);
    for (index, item) in judged.iter_mut().enumerate() {
        if item.source || item.gone.is_some() && item.class != Some(Class::Clock) {
            continue;
        }
        let near = index < second_body;
        // A post that is quoted is signed with a name and a date.
        if item.line.quoted && item.line.text.starts_with('—') {
            continue;
        }
        // A heading between paragraphs says whose part it is over.
        let heads = !near && matches!(item.line.kind, BlockKind::Heading(_));
        if (near || context.origin == Origin::Html)
            && !heads
            && imprint::is_imprint(&item.line.text, context.writers)
        {
            if near {
                out.bylines.push(item.line.text.clone());
            }
            item.gone = item.gone.or(Some("byline or date (C12)"));
        }
    }
    drop_names_beside(judged, second_body, out);
}

/// The second paragraph: the byline may stand under the first, which is the standfirst.
fn second_body(judged: &[Judged], first_body: usize) -> usize {
    (first_body + 1..judged.len())
        .find(|at| judged[*at].is_body())
        .unwrap_or(first_body)
}

/// A bare name directly above or below the date, before the text or under its first paragraph, is who
/// wrote it.
fn drop_names_beside(judged: &mut [Judged], second_body: usize, out: &mut Cleaned) {
    const DATED: Option<&str> = Some("byline or date (C12)");
    for at in 0..second_body {
        let item = &judged[at];
        let dated = |other: Option<&Judged>| {
            other.is_some_and(|other| other.gone == DATED && imprint::is_dateline(&other.line.text))
        };
        let beside = dated(at.checked_sub(1).and_then(|above| judged.get(above)))
            || dated(judged.get(at + 1));
        let name = item.gone.is_none()
            && item.class.is_none()
            && item.line.kind == BlockKind::Paragraph
            && !item.line.quoted
            && beside
            && imprint::is_bare_name(&item.line.text);
        if name {
            out.bylines.push(item.line.text.clone());
            judged[at].gone = Some("a name beside the date (C12)");
        }
    }
}

/// A line that begins with an author's name and is no sentence: "Jane Doe, Politics Editor".
pub(crate) fn drop_names(judged: &mut [Judged], context: &Context<'_>) {
    let writers = keys(context.writers);
    for item in judged.iter_mut().filter(|item| item.gone.is_none()) {
        let text = &item.line.text;
        let name = item.line.kind == BlockKind::Paragraph
            && !item.line.quoted
            && !item.line.caption
            && !item.source
            && !has_end_mark(text)
            && is_name(text, &writers);
        if name {
            item.gone = Some("an author's name (C12)");
        }
    }
}

/// The last paragraphs, where they tell of an author by the full name: "Jane Doe is a reporter …".
pub(crate) fn drop_notes(judged: &mut [Judged], context: &Context<'_>) {
    let writers = keys(context.writers);
    if writers.is_empty() {
        return;
    }
    let mut alive: Vec<usize> = (0..judged.len())
        .rev()
        .filter(|at| judged[*at].gone.is_none())
        .collect();
    // What is short altogether may be nothing but a portrait; not what stands in a block of its own.
    let short = alive.len() < 6;
    let opens = alive.last().copied().filter(|_| !short);
    if let Some(first) = opens.map(|at| &mut judged[at])
        && is_portrait(&first.line.text, context.writers)
    {
        first.gone = Some("a note on the author (C12)");
    }
    let home = alive.last().map(|at| judged[*at].line.parent);
    alive.truncate(NOTES);
    let note = |item: &Judged| {
        item.form == Form::Prose
            && !(short && (home == Some(item.line.parent) || item.line.parent.is_none()))
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

/// Whether a line above the text says who an author is: "Jane Doe is a writer who …".
pub(crate) fn is_portrait(text: &str, writers: &[String]) -> bool {
    const VERBS: &[&str] = &[
        "is a", "is an", "is the", "has been", "was a", "writes", "covers",
    ];
    writers
        .iter()
        .filter(|name| name.contains(' '))
        .any(|name| {
            text.strip_prefix(name.as_str()).is_some_and(|rest| {
                let rest = rest.trim_start();
                VERBS.iter().any(|verb| rest.starts_with(verb))
            })
        })
}

/// The names that are long enough to be told from other words, folded.
pub(super) fn keys(writers: &[String]) -> Vec<String> {
    writers
        .iter()
        .filter(|name| {
            let spaceless = name.chars().count() >= 3 && name.chars().all(is_spaceless);
            spaceless || name.split_whitespace().count() >= 2
        })
        .map(|name| folded(name))
        .filter(|name| name.len() >= 6)
        .collect()
}

/// Whether a line begins with one of the names and holds little more.
pub(super) fn is_name(text: &str, writers: &[String]) -> bool {
    word_count(text) <= LONGEST_NAME && begins_with_one(names::without_by(text), writers)
}

fn begins_with_one(text: &str, writers: &[String]) -> bool {
    let head = text
        .char_indices()
        .nth(80)
        .map_or(text, |(end, _)| &text[..end]);
    let head = folded(head);
    writers.iter().any(|writer| head.starts_with(writer))
}

/// Whether a short last line is how a letter is signed: a farewell, an author's first name or initials.
pub(crate) fn is_signature(text: &str, writers: &[String]) -> bool {
    /// Words of the longest one.
    const LONGEST: usize = 4;
    /// First words of farewells, in small letters.
    const FAREWELLS: &[&str] = &[
        "best",
        "cheers",
        "ciao",
        "cordially",
        "hugs",
        "love",
        "namaste",
        "regards",
        "sincerely",
        "thanks",
        "warmly",
        "xo",
        "xoxo",
        "yours",
    ];
    let text = text.trim_start_matches(['-', '–', '—', '~', '*', '/', '.', ' ']);
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else {
        return false;
    };
    let first = first.trim_end_matches([',', '.', '!']);
    let signs = |writer: &String| {
        let initials: String = writer
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .collect();
        let name = writer.split_whitespace().next();
        let whole = folded(text) == folded(writer) && writer.contains(' ');
        !whole && (name == Some(first) || initials.chars().count() > 1 && initials == first)
    };
    words.len() <= LONGEST
        && !text.chars().any(|c| c.is_ascii_digit())
        && (FAREWELLS.contains(&first.to_lowercase().as_str()) && text.contains([',', ' '])
            || writers.iter().any(signs))
}

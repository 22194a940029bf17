//! What a correction changed, as lines of `–` and `+`.

use crate::dedupe::diff::{self, Change, Operation};
use crate::extract::summary;
use crate::model::article::{Content, Revision};
use crate::notify::text::one_line;

/// Changes of a correction that are shown.
const CHANGES: usize = 6;

/// Characters of what went and of what came at each.
const CHANGE_CHARS: usize = 120;

/// Characters of what stands before and behind a change.
const BESIDE_CHARS: usize = 40;

/// Characters of a headline that was changed: with it all lines together fit the smallest block that
/// a receiver takes.
const HEADLINE_CHARS: usize = 200;

/// What changed from `previous` to `now`.
pub(super) fn lines(previous: &Revision, now: &Revision) -> Vec<String> {
    let (old, new) = (&previous.content, &now.content);
    let mut lines = Vec::new();
    let title = |content: &Content| one_line(content.title.as_deref().unwrap_or_default());
    if title(old) != title(new) {
        for (mark, title) in [("–", title(old)), ("+", title(new))] {
            if !title.is_empty() {
                lines.push(format!("{mark} {}", summary::cut(&title, HEADLINE_CHARS)));
            }
        }
    }
    let operations = diff::words(&old.text(), &new.text());
    let mut places = 0;
    for (place, group) in groups(&operations) {
        places += 1;
        if places <= CHANGES {
            lines.extend(shown(&operations, place, group));
        }
    }
    if places > CHANGES {
        lines.push(format!("… and {} more changes", places - CHANGES));
    }
    lines
}

/// The changed stretches with their place, one or two at each: what went, what came. Changes of
/// white space alone are none to a reader.
fn groups(operations: &[Operation]) -> impl Iterator<Item = (usize, &[Operation])> {
    let mut place = 0;
    operations
        .chunk_by(|one, other| (one.change == Change::Equal) == (other.change == Change::Equal))
        .map(move |group| {
            let start = place;
            place += group.len();
            (start, group)
        })
        .filter(|(_, group)| {
            group.iter().any(|operation| {
                operation.change != Change::Equal && !operation.text.trim().is_empty()
            })
        })
}

/// Lines of `–` and `+`, with a few words before and behind so that a number alone makes sense.
fn shown(operations: &[Operation], place: usize, group: &[Operation]) -> Vec<String> {
    let equal = |place: Option<usize>| -> &str {
        place
            .and_then(|place| operations.get(place))
            .map_or("", |operation| operation.text.as_str())
    };
    // Of the paragraph only: what stands before or behind a blank line is another matter.
    let before = equal(place.checked_sub(1))
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let before = diff::tail_words(before, BESIDE_CHARS);
    let behind = equal(Some(place + group.len()))
        .split('\n')
        .next()
        .unwrap_or_default();
    let behind = diff::head_words(behind, BESIDE_CHARS);
    group
        .iter()
        .filter(|operation| !operation.text.trim().is_empty())
        .map(|operation| {
            let mark = match operation.change {
                Change::Delete => "–",
                Change::Insert | Change::Equal => "+",
            };
            let words = summary::cut(&operation.text, CHANGE_CHARS);
            let lead_space = if operation.text.starts_with(char::is_whitespace) {
                " "
            } else {
                ""
            };
            let end_space = if operation.text.ends_with(char::is_whitespace) {
                " "
            } else {
                ""
            };
            let line = format!("{before}{lead_space}{words}{end_space}{behind}");
            format!("{mark} {}", one_line(&line))
        })
        .collect()
}

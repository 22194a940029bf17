//! What a correction changed, word by word.

use maud::{Markup, html};

use crate::dedupe::diff::{self, Change};
use crate::model::article::{Content, Revision};
use crate::serve::pages::words::Shown;

/// Stretches of one difference that are shown; a text replaced whole has one or two.
const MAX_STRETCHES: usize = 400;
/// Characters of one stretch.
const MAX_CHARS: usize = 4000;

/// What made `new` of `old`: headline, then text.
pub(super) fn show(old: &Revision, new: &Revision) -> Markup {
    let title = |content: &Content| content.title.clone().unwrap_or_default();
    let (before, after) = (&old.content, &new.content);
    let titles = diff::words(&title(before), &title(after));
    let texts = diff::words(&before.text(), &after.text());
    html! {
        @if titles.is_empty() && texts.is_empty() { p.faint { "Title and text are the same." } }
        @if !titles.is_empty() { p.diff.of-title dir="auto" { (stretches(titles)) } }
        @if !texts.is_empty() { div.diff dir="auto" { (stretches(texts)) } }
    }
}

fn stretches(operations: Vec<diff::Operation>) -> Markup {
    let more = operations.len().saturating_sub(MAX_STRETCHES);
    html! {
        @for operation in diff::shortened(operations, MAX_STRETCHES, MAX_CHARS) {
            @match operation.change {
                Change::Equal => { (Shown(&operation.text)) }
                Change::Delete => { del { (Shown(&operation.text)) } }
                Change::Insert => { ins { (Shown(&operation.text)) } }
            }
        }
        @if more > 0 { " … and " (more) " more changes" }
    }
}

//! Rows of parts: date, time to read, buttons to share, set side by side in one line. Each is an element of
//! its own, and often no space parts them, since a stylesheet does: `Listen2 minShare`. No sentence is made so.

use std::cell::OnceCell;

use super::form::has_end_mark;
use super::lexicon::Class;
use super::line::Line;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::extract::facts::dates;
use crate::model::article::BlockKind;

/// Bytes of the longest row, and of the longest part of one.
const LONGEST: usize = 300;
const LONGEST_PART: usize = 80;
/// Parts of the longest row.
const MOST: usize = 16;

/// Says of such lines that they are controls of the page.
pub(crate) fn mark(page: &Page<'_>, lines: &mut [Line]) {
    for line in lines {
        let may = line.text.len() <= LONGEST
            && page.nodes[line.node].end > line.node + 2
            && line.kind == BlockKind::Paragraph
            && !line.quoted
            && !line.caption
            && !line.text.ends_with(['.', '…', ':', '。'])
            && is_leaf(page, line.node);
        if may && is_row(page, line) && line.class().is_none() {
            line.class = OnceCell::from(Some(Class::Control));
        }
    }
}

/// A block without blocks in it.
fn is_leaf(page: &Page<'_>, node: NodeIndex) -> bool {
    matches!(
        page.nodes[node].tag,
        Tag::Div | Tag::P | Tag::Header | Tag::Section
    ) && !page.nodes[node + 1..page.nodes[node].end]
        .iter()
        .any(|inner| inner.tag.is_block())
}

fn is_row(page: &Page<'_>, line: &Line) -> bool {
    let Some(parts) = parts(page, line.node) else {
        return false;
    };
    let begins_anew = |part: &String| part.chars().next().is_some_and(|c| !c.is_lowercase());
    let spoken = |part: &&String| part.chars().any(char::is_alphanumeric);
    let worded = parts.iter().filter(spoken);
    if worded.clone().count() < 2
        || !worded
            .clone()
            .all(|part| begins_anew(&part.trim().to_owned()))
    {
        return false;
    }
    // What runs together where one part ends and the next begins.
    let glued = parts.windows(2).any(|pair| {
        let end = pair[0].chars().next_back();
        let begin = pair[1].chars().next();
        end.is_some_and(|c| c.is_alphanumeric() || c == '!')
            && begin.is_some_and(char::is_alphanumeric)
    });
    let words = parts
        .iter()
        .all(|part| part.trim().chars().count() != 1 || !part.chars().any(char::is_alphabetic));
    let dated =
        || has_clock(&line.text) && dates::find(&line.text).is_some() && !has_end_mark(&line.text);
    words && (glued || dated())
}

/// The texts of the elements of a line, and those beside them; nothing where one is too long or they are too
/// many.
fn parts(page: &Page<'_>, node: NodeIndex) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    let mut elements = 0;
    let mut at = node + 1;
    while at < page.nodes[node].end {
        let inner = &page.nodes[at];
        if inner.tag == Tag::Br {
            return None;
        }
        let texts = &page.nodes[at..inner.end];
        // A sentence is seen to be one before it is put together.
        if texts.iter().map(|text| text.text.len()).sum::<usize>() > LONGEST {
            return None;
        }
        let mut part = String::new();
        for text in texts {
            part.push_str(if text.tag == Tag::Br { " " } else { text.text });
        }
        let element = inner.tag != Tag::Text;
        elements += usize::from(element && !part.trim().is_empty());
        at = inner.end;
        if part.is_empty() {
            continue;
        }
        parts.push(part);
        if parts.len() > 2 * MOST
            || parts
                .last()
                .is_some_and(|part| part.trim().len() > LONGEST_PART)
        {
            return None;
        }
    }
    (elements >= 1).then_some(parts)
}

/// Hours and minutes.
fn has_clock(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(4).any(|four| {
        matches!(four, [h, b':' | b'.', ten, one] if h.is_ascii_digit() && (b'0'..=b'5').contains(ten) && one.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    fn text(row: &str) -> String {
        let prose = |n| {
            format!(
                "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships and of quays.</p>"
            )
        };
        let prose: Vec<String> = (0..6).map(prose).collect();
        let page = format!(
            "<html><body><h1>A strike at the port</h1><div><p>The pilots of the port are at home for the third day, their union says.</p>\
             {row}{}</div></body></html>",
            prose.concat()
        );
        extract(&Input::of(page.as_bytes())).unwrap().content.text()
    }

    #[test]
    fn parts_that_no_space_parts_are_no_text() {
        for row in [
            "<div><span>Harbour Post</span><time>9 February 2026 20:07</time><span>Last updated 21:15</span></div>",
            "<div><span>Поділитися</span><span>Скопіювати посилання</span><span>Скопійовано!</span></div>",
            "<div><span>Lamp lit 08.04.2026 - 10:26</span> <span>Trimmed 08.04.2026 - 12:10</span> <span>Seen 1.877</span></div>",
            "<div>Sat 16 May 2026 17.21<span>First told on Sat 16 May 2026 14.30 at the quay of the old port by the sea</span></div>",
        ] {
            assert_eq!(text(row), text(""), "{row}");
        }
    }

    #[test]
    fn words_that_are_set_off_stay() {
        for (row, kept) in [
            (
                "<p><span>T</span><span>he tide of 12.05.2026 at 10:26 rose above the old quay</span></p>",
                "tide",
            ),
            ("<p><b>Captain:</b> <i>We</i> know nothing</p>", "We know"),
            (
                "<p><span>Wind</span><span>mills on the old quay</span> turn at night, and by day.</p>",
                "Windmills",
            ),
        ] {
            let text = text(row);
            assert!(text.contains(kept), "{row}: {text}");
        }
    }
}

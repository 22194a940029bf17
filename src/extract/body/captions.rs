//! Captions told by their letters alone: what stands small or slanted under a picture (D4).

use super::form::has_end_mark;
use super::line::Line;
use super::pictured::has_picture;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// Bytes of the longest caption.
const LONGEST: usize = 300;
/// Nodes of the largest block with a picture.
const NODES: usize = 40;

/// Marks them.
pub(crate) fn mark(page: &Page<'_>, lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| !line.caption) {
        line.caption = is_under_picture(page, line);
    }
}

/// Whether a paragraph in small or slanted letters from end to end stands under a block with a picture
/// and no words.
fn is_under_picture(page: &Page<'_>, line: &Line) -> bool {
    let paragraph = line.kind == BlockKind::Paragraph
        && page.nodes[line.node].tag == Tag::P
        && !line.quoted
        && line.class().is_none()
        && line.text.len() <= LONGEST;
    if !paragraph {
        return false;
    }
    let parent = page.nodes[line.node].parent;
    let Some(above) = previous(page, parent, line.node) else {
        return false;
    };
    let wordless =
        (page.nodes[above..page.nodes[above].end].iter()).all(|inner| inner.text.trim().is_empty());
    wordless
        && page.nodes[above].end - above <= NODES
        && has_picture(page, above)
        && is_apart(page, line.node, has_end_mark(&line.text))
}

/// The element directly before a child of `parent`.
fn previous(page: &Page<'_>, parent: NodeIndex, child: NodeIndex) -> Option<NodeIndex> {
    (parent + 1..child)
        .rev()
        .find(|node| page.nodes[*node].parent == parent && page.nodes[*node].element.is_some())
}

/// Whether all words of a paragraph are slanted, small or centred; a sentence must be small.
fn is_apart(page: &Page<'_>, paragraph: NodeIndex, sentence: bool) -> bool {
    let styled = |node: NodeIndex| {
        let style = page.attribute(node, "style").unwrap_or_default();
        let class = page.attribute(node, "class").unwrap_or_default();
        let small = page.nodes[node]
            .element
            .is_some_and(|element| element.value().name() == "small")
            || style.contains("font-size");
        let slanted = page.nodes[node]
            .element
            .is_some_and(|element| matches!(element.value().name(), "em" | "i"))
            || style.contains("italic");
        let centred = style.replace(' ', "").contains("text-align:center")
            || class.contains("align-center")
            || class.contains("aligncenter");
        small || !sentence && (slanted || centred)
    };
    (paragraph..page.nodes[paragraph].end)
        .filter(|node| {
            page.nodes[*node]
                .text
                .trim()
                .chars()
                .any(char::is_alphanumeric)
        })
        .all(|text| {
            let mut up = page.upward(text).take_while(|node| *node >= paragraph);
            up.any(styled)
        })
}

//! What an element's structure says of the lines in it: data rows, list items, ruby.

use super::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// Whether a ruby element carries brackets for readers without ruby (HTML, `rp`).
pub(crate) fn has_brackets(page: &Page<'_>, ruby: NodeIndex) -> bool {
    page.nodes[ruby..page.nodes[ruby].end]
        .iter()
        .take(20)
        .any(|node| node.tag == Tag::Rp)
}

/// The kind of line that a block makes, whatever it holds.
pub(crate) fn kind_of(tag: Tag, fresh: bool) -> Option<BlockKind> {
    match tag {
        Tag::Li if fresh => Some(BlockKind::Item(None)),
        Tag::Blockquote => Some(BlockKind::Quote),
        _ => tag.heading().map(BlockKind::Heading),
    }
}

/// The kind of a row's line, where the row is no mere layout.
pub(crate) fn row_kind(page: &Page<'_>, tag: Tag, node: NodeIndex) -> Option<BlockKind> {
    (tag == Tag::Tr && is_data_row(page, node)).then_some(BlockKind::Row)
}

/// Whether a table row holds data, not layout: several cells, no blocks in them, and no long text.
pub(crate) fn is_data_row(page: &Page<'_>, row: NodeIndex) -> bool {
    let mut cell = 0;
    let mut cells = 0;
    for node in &page.nodes[row + 1..page.nodes[row].end] {
        match node.tag {
            Tag::Td | Tag::Th => {
                cell = 0;
                cells += 1;
            }
            Tag::Text => cell += node.text.trim().len(),
            Tag::Br => cell += 100,
            tag if tag.is_block() && tag != Tag::P => return false,
            _ => {}
        }
        if cell > 500 {
            return false;
        }
    }
    cells >= 2
}

//! What the blocks of a column are called: the one notion of it that all rules share which ask whether a line
//! stands as the article's paragraphs do.
//!
//! A template puts the paragraphs of all its articles into blocks of the same names. Numbers that count blocks
//! are no part of a name; words that mean nothing are, for that is how a stylesheet's own tool tells blocks
//! apart.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::extract::body::candidates::Masses;
use crate::extract::body::line::Line;
use crate::extract::document::furniture::words;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// What blocks of one make are called, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Make(u64);

/// What the blocks around a line are called.
#[derive(Clone, Copy)]
pub(super) struct Stand {
    /// Its home, which may hold paragraphs in blocks of their own, and the block around that.
    pub(super) home: Make,
    /// The block nearest to it; where that is not called anything, it is like no other.
    pub(super) near: Make,
}

/// Where each line stands. That a block with a single line is a paragraph by another name makes parts of a text
/// out of most wrappers; out of one that holds a button beside its line it makes none, and so the nearest block
/// is asked for boxes.
pub(super) fn of_lines(page: &Page<'_>, lines: &[Line], masses: &Masses) -> Vec<Stand> {
    let mut homes: HashMap<NodeIndex, Make> = HashMap::new();
    let mut nearest: HashMap<NodeIndex, Make> = HashMap::new();
    let stand = |line: &Line| {
        let home = home(page, line.node, masses);
        let near = near(page, line.node, masses);
        Stand {
            home: *homes.entry(home).or_insert_with(|| of_two(page, home)),
            near: *nearest.entry(near).or_insert_with(|| {
                if is_called(page, near) {
                    of_one(page, near)
                } else {
                    unlike_others(near)
                }
            }),
        }
    };
    lines.iter().map(stand).collect()
}

/// The make of a block by the names of its own and of the one around it.
fn of_two(page: &Page<'_>, block: NodeIndex) -> Make {
    let mut make = DefaultHasher::new();
    name(page, block, &mut make);
    name(page, page.nodes[block].parent, &mut make);
    Make(make.finish())
}

/// The make of a block by its own name.
pub(super) fn of_one(page: &Page<'_>, block: NodeIndex) -> Make {
    let mut make = DefaultHasher::new();
    name(page, block, &mut make);
    Make(make.finish())
}

/// The make of a block that is like no other.
fn unlike_others(block: NodeIndex) -> Make {
    let mut make = DefaultHasher::new();
    block.hash(&mut make);
    Make(make.finish())
}

/// The block that holds the paragraph, list, quotation or table that the line stands in.
pub(crate) fn home(page: &Page<'_>, node: NodeIndex, masses: &Masses) -> NodeIndex {
    let mut inner = true;
    page.upward(node)
        .find(|node| {
            let tag = page.nodes[*node].tag;
            let block = is_container(tag);
            // A block with a single line in it is a paragraph by another name.
            let alone = inner && tag == Tag::Div && masses.lines_in(page, *node).len() == 1;
            inner &= !block || alone;
            block && !alone
        })
        .unwrap_or(node)
}

/// The block nearest to a line that may hold several paragraphs; its own where that has other lines. A cell is
/// one here: a table may stand within a text.
pub(super) fn near(page: &Page<'_>, line: NodeIndex, masses: &Masses) -> NodeIndex {
    let holds = |node: &NodeIndex| {
        let tag = page.nodes[*node].tag;
        (is_container(tag) || tag == Tag::Td)
            && (*node != line || masses.lines_in(page, *node).len() > 1)
    };
    page.upward(line).find(holds).unwrap_or(line)
}

/// Whether an element may hold several paragraphs.
pub(super) fn is_container(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Div | Tag::Section | Tag::Article | Tag::Main | Tag::Body | Tag::Header | Tag::Root
    )
}

/// Whether a block is called anything.
fn is_called(page: &Page<'_>, block: NodeIndex) -> bool {
    let class = page.attribute(block, "class");
    class.is_some_and(|class| !class.trim().is_empty())
}

/// Tag and classes, without the numbers in them.
fn name(page: &Page<'_>, node: NodeIndex, make: &mut DefaultHasher) {
    /// Classes that are looked at.
    const MOST: usize = 40;
    page.nodes[node].tag.hash(make);
    let class = page.attribute(node, "class").unwrap_or_default();
    for class in class.split_ascii_whitespace().take(MOST) {
        let mut bare = true;
        for word in words(class) {
            word.hash(make);
            bare = false;
        }
        if bare {
            let counted = class.trim_end_matches(|c: char| c.is_ascii_digit());
            counted.strip_suffix(['-', '_']).unwrap_or(class).hash(make);
        }
    }
}

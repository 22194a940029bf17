//! The page's text as lines with evidence: what block each stands in, how much of it is linked.
//!
//! Invariant: lines are in page order, normalised, never empty; furniture has been passed over and
//! captions are marked. Which lines are the article is not decided here.

use std::cell::OnceCell;
use std::collections::HashSet;

use url::Url;

use super::form::form;
use super::line::Line;
use crate::extract::document::characters::{composed, push_normal};
use crate::extract::document::furniture::{self, ProseMass, Reason};
use crate::extract::document::head::absolute;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::extract::document::structure::{has_brackets, is_data_row, kind_of, row_kind};
use crate::model::article::{BlockKind, Link};

/// Lines kept of one page, and bytes of one line: no article comes near either.
const MAX_LINES: usize = 20_000;
const MAX_LINE: usize = 200_000;

/// What was passed over, for people who ask why.
pub(crate) struct Passed {
    pub(crate) node: NodeIndex,
    pub(crate) reason: Reason,
}

/// Reads the subtree of `root` as far as node `until`; `ruled` are subtrees that the outlet's rules drop.
pub(crate) fn read<'a>(
    page: &Page<'a>,
    root: NodeIndex,
    until: NodeIndex,
    mass: &ProseMass<'a>,
    ruled: &HashSet<NodeIndex>,
    base: Option<&Url>,
) -> (Vec<Line>, Vec<Passed>) {
    let mut reader = Reader {
        page,
        base,
        mass,
        lines: Vec::new(),
        open: Vec::new(),
        current: Current::default(),
        row: (NodeIndex::MAX, false),
    };
    let mut passed = Vec::new();
    let mut at = root;
    let end = page.nodes[root].end.min(until);
    while at < end && reader.lines.len() < MAX_LINES {
        reader.close_until(at);
        let node = &page.nodes[at];
        let reason = if ruled.contains(&at) {
            Some(Reason::Rule)
        } else if at == root {
            None
        } else {
            furniture::judge(page, mass, at)
        };
        if node.tag == Tag::Rt && !has_brackets(page, node.parent) {
            // A reading above the line, which would run into the word in plain text.
            at = node.end;
            continue;
        }
        if let Some(reason) = reason {
            if node.tag.is_block() {
                reader.flush();
            }
            if !node.tag.is_wordless() && node.end > at + 1 {
                passed.push(Passed { node: at, reason });
                reader.captions_within(at);
            }
            at = match reason {
                Reason::Figure => reader.table_within(at).unwrap_or(node.end),
                _ => node.end,
            };
            continue;
        }
        reader.enter(at);
        at += 1;
    }
    reader.close_until(page.nodes[root].end);
    reader.flush();
    (reader.lines, passed)
}

/// An element that is being read.
struct Open {
    node: NodeIndex,
    end: NodeIndex,
    tag: Tag,
    /// Number of the next item, in an ordered list.
    next_item: Option<u32>,
    /// Where a link began, and where to.
    link: Option<(usize, Option<Url>)>,
    /// A list item whose first line is still to come.
    fresh: bool,
}

#[derive(Default)]
struct Current {
    text: String,
    links: Vec<Link>,
    linked: usize,
    link_count: usize,
    breaks: u32,
    caption: bool,
    position: NodeIndex,
}

struct Reader<'p, 'a> {
    page: &'p Page<'a>,
    base: Option<&'p Url>,
    mass: &'p ProseMass<'a>,
    lines: Vec<Line>,
    open: Vec<Open>,
    current: Current,
    /// The row last asked about, and whether it holds data.
    row: (NodeIndex, bool),
}

impl Reader<'_, '_> {
    fn enter(&mut self, at: NodeIndex) {
        let node = &self.page.nodes[at];
        match node.tag {
            Tag::Text => return self.push(at, node.text),
            Tag::Br => {
                self.current.breaks += 1;
                return;
            }
            Tag::Td | Tag::Th if self.in_data_row(at) => self.begin_cell(),
            tag if tag.is_block() => self.flush(),
            _ => {}
        }
        let next_item = (node.tag == Tag::Ol).then(|| {
            let start = self.page.attribute(at, "start");
            start
                .and_then(|start| start.trim().parse().ok())
                .unwrap_or(1)
        });
        // An address to write to or a number to call leads to no other page.
        let href = self.page.attribute(at, "href");
        let leads =
            href.is_none_or(|href| !href.starts_with("mailto:") && !href.starts_with("tel:"));
        let link = (node.tag == Tag::A && leads).then(|| {
            self.current.link_count += 1;
            (self.seam(), href.and_then(|href| absolute(href, self.base)))
        });
        self.open.push(Open {
            node: at,
            end: node.end,
            tag: node.tag,
            next_item,
            link,
            fresh: node.tag == Tag::Li,
        });
    }

    fn begin_cell(&mut self) {
        if !self.current.text.is_empty() {
            let kept = self.current.text.trim_end().len();
            self.current.text.truncate(kept);
            self.current.text.push_str(" | ");
        }
    }

    /// Where text pushed next will begin.
    fn seam(&self) -> usize {
        self.current.text.len()
    }

    fn in_data_row(&mut self, cell: NodeIndex) -> bool {
        let row = self.page.nodes[cell].parent;
        if self.row.0 != row {
            self.row = (
                row,
                self.page.nodes[row].tag == Tag::Tr && is_data_row(self.page, row),
            );
        }
        self.row.1
    }

    fn push(&mut self, at: NodeIndex, text: &str) {
        if text.trim().is_empty() {
            push_normal(&mut self.current.text, text);
            return;
        }
        match std::mem::take(&mut self.current.breaks) {
            0 => {}
            // Items of a list that is typed by hand.
            1 if text.trim_start().starts_with(['•', '●', '▪', '◦', '‣']) => self.flush(),
            1 => push_normal(&mut self.current.text, " "),
            _ => self.flush(),
        }
        if self.current.text.len() > MAX_LINE {
            return;
        }
        self.current.position = at;
        push_normal(&mut self.current.text, text);
    }

    fn close_until(&mut self, at: NodeIndex) {
        while let Some(open) = self.open.last() {
            if open.end > at {
                return;
            }
            let Some(mut open) = self.open.pop() else {
                return;
            };
            if let Some((start, address)) = open.link.take() {
                self.close_link(start, address);
            }
            let cell = matches!(open.tag, Tag::Td | Tag::Th) && self.in_data_row(open.node);
            if open.tag.is_block() && !cell {
                if open.tag == Tag::Figcaption {
                    self.current.caption = true;
                }
                self.flush_into(&open);
            }
        }
    }

    fn close_link(&mut self, start: usize, address: Option<Url>) {
        let text = &self.current.text;
        // A line may have ended inside the link: what is left of it begins the new line.
        let start = start.min(text.len());
        let from = start + (text[start..].len() - text[start..].trim_start().len());
        let to = text.trim_end().len();
        if from >= to {
            return;
        }
        self.current.linked += to - from;
        if let Some(address) = address {
            self.current.links.push(Link {
                start: from,
                end: to,
                href: address.into(),
            });
        }
    }

    fn flush(&mut self) {
        self.end_line(None);
    }

    fn flush_into(&mut self, closing: &Open) {
        self.end_line(Some((closing.node, closing.tag, closing.fresh)));
    }

    /// Ends the line; `closing` is a block that has just been taken from the open ones.
    fn end_line(&mut self, closing: Option<(NodeIndex, Tag, bool)>) {
        let mut current = std::mem::take(&mut self.current);
        // Links that are still open go on in the next line.
        for open in &mut self.open {
            if let Some((start, address)) = &mut open.link {
                let from = (*start).min(current.text.len());
                let text = &current.text[from..];
                let from = from + (text.len() - text.trim_start().len());
                let to = current.text.trim_end().len();
                if from < to {
                    current.linked += to - from;
                    current.link_count = current.link_count.max(1);
                    if let Some(address) = address {
                        current.links.push(Link {
                            start: from,
                            end: to,
                            href: address.as_str().to_owned(),
                        });
                    }
                }
                *start = 0;
                self.current.link_count = 1;
            }
        }
        let mut kept = current.text.trim_end().len();
        current.text.truncate(kept);
        if current.text.is_empty() {
            return;
        }
        let (kind, node, quoted) = self.place(closing);
        if kind == BlockKind::Row && current.link_count == 0 {
            // Where one cell alone has words, they are read as if no others stood beside it.
            let alone = current.text.trim_end_matches([' ', '|']).len();
            if !current.text[..alone].contains(" | ") {
                kept = alone;
                current.text.truncate(kept);
            }
            if kept == 0 {
                return;
            }
        }
        let text = composed(current.text);
        if text.len() != kept {
            current.links.clear(); // their offsets were those of the text before composition
        }
        let item_marked = matches!(kind, BlockKind::Item(_));
        let text = match text.strip_prefix('•') {
            Some(rest) if item_marked && current.links.is_empty() => rest.trim_start().to_owned(),
            _ => text,
        };
        self.lines.push(Line {
            class: OnceCell::new(),
            form: form(&text),
            text,
            kind,
            links: current.links,
            linked: current.linked,
            link_count: current.link_count,
            node,
            parent: Some(self.page.nodes[node].parent),
            position: current.position,
            own: false,
            caption: current.caption || self.mass.is_caption(self.page, node),
            quoted,
            apart: true,
        });
    }

    /// What kind of line ends here, in which block.
    fn place(&mut self, closing: Option<(NodeIndex, Tag, bool)>) -> (BlockKind, NodeIndex, bool) {
        let mut node = None;
        let mut kind = None;
        let mut quoted = false;
        if let Some((index, tag, fresh)) = closing {
            node = Some(index);
            kind = kind_of(tag, fresh).or_else(|| row_kind(self.page, tag, index));
            quoted = tag == Tag::Blockquote;
        }
        let mut item = matches!(kind, Some(BlockKind::Item(_)));
        for open in self.open.iter_mut().rev() {
            if node.is_none() && open.tag.is_block() {
                node = Some(open.node);
            }
            quoted |= open.tag == Tag::Blockquote;
            if kind.is_none() {
                kind = kind_of(open.tag, open.fresh)
                    .or_else(|| row_kind(self.page, open.tag, open.node));
                item = matches!(kind, Some(BlockKind::Item(_)));
                open.fresh = false;
            } else if item && matches!(open.tag, Tag::Ol | Tag::Ul | Tag::Menu) {
                if let Some(next) = &mut open.next_item {
                    kind = Some(BlockKind::Item(Some(*next)));
                    *next = next.saturating_add(1);
                }
                item = false;
            }
        }
        (
            kind.unwrap_or(BlockKind::Paragraph),
            node.unwrap_or(0),
            quoted,
        )
    }

    /// Captions in a subtree that is itself passed over.
    fn captions_within(&mut self, node: NodeIndex) {
        if self.page.nodes[node].tag != Tag::Figure {
            return;
        }
        let mut at = node + 1;
        while at < self.page.nodes[node].end {
            if self.page.nodes[at].tag != Tag::Figcaption {
                at += 1;
                continue;
            }
            let lines = self.broken_lines(at);
            for text in lines {
                let mut line = Line::of_text(text, BlockKind::Paragraph, true);
                line.node = at;
                line.position = at;
                line.caption = true;
                self.lines.push(line);
            }
            at = self.page.nodes[at].end;
        }
    }

    /// The lines of a subtree, parted at breaks and blocks.
    fn broken_lines(&self, node: NodeIndex) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut closes = NodeIndex::MAX;
        let mut at = node;
        while at < self.page.nodes[node].end && lines.len() < 50 {
            let inner = &self.page.nodes[at];
            if inner.tag.is_wordless() || inner.tag == Tag::Button {
                at = inner.end;
                continue;
            }
            at += 1;
            if inner.tag == Tag::Br || inner.tag.is_block() {
                lines.push(String::new());
                closes = inner.end;
            }
            if let Some(line) = lines.last_mut()
                && line.len() < MAX_LINE
            {
                // What follows a block within the caption is no part of its last word.
                if at > closes {
                    push_normal(line, " ");
                    closes = NodeIndex::MAX;
                }
                push_normal(line, inner.text);
            }
        }
        lines
            .into_iter()
            .map(|line| composed(line.trim_end().to_owned()))
            .filter(|line| line.chars().any(char::is_alphanumeric))
            .collect()
    }

    /// A table or a quotation inside a figure is text of the article: reading goes on there.
    fn table_within(&self, figure: NodeIndex) -> Option<NodeIndex> {
        (figure + 1..self.page.nodes[figure].end).find(|at| {
            matches!(
                self.page.nodes[*at].tag,
                Tag::Table | Tag::Pre | Tag::Blockquote
            )
        })
    }
}

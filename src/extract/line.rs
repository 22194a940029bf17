//! One line of text with what its place says about it: what the rules judge.

use std::cell::OnceCell;

use super::form::{Form, form};
use super::lexicon::{Class, class_of};
use super::page::NodeIndex;
use crate::model::article::{Block, BlockKind, Link};

/// One line of text with what its place says about it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a piece of evidence, and they come in any combination"
)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) kind: BlockKind,
    /// What its wording says it is; most lines of a page are never asked.
    pub(super) class: OnceCell<Option<Class>>,
    /// What it looks like.
    pub(super) form: Form,
    pub(super) links: Vec<Link>,
    /// Bytes of `text` that are linked, to wherever.
    pub(super) linked: usize,
    /// Number of links.
    pub(super) link_count: usize,
    /// The block element it stands in.
    pub(super) node: NodeIndex,
    /// The element around that block; none in a plain text.
    pub(super) parent: Option<NodeIndex>,
    /// Where on the page it ends; never less than that of the line before.
    pub(super) position: NodeIndex,
    /// An item of a list that has others which lead nowhere.
    pub(super) mixed: bool,
    /// In a caption element.
    pub(super) caption: bool,
    /// Inside a quotation element.
    pub(super) quoted: bool,
    /// A blank line stands before it (plain text), or it begins a block (HTML).
    pub(super) apart: bool,
}

impl Line {
    /// A line of a plain text.
    pub(super) fn of_text(text: String, kind: BlockKind, apart: bool) -> Self {
        Self {
            class: OnceCell::new(),
            form: form(&text),
            text,
            kind,
            links: Vec::new(),
            linked: 0,
            link_count: 0,
            node: 0,
            parent: None,
            position: 0,
            mixed: false,
            caption: false,
            quoted: false,
            apart,
        }
    }

    /// What its wording says it is.
    pub(super) fn class(&self) -> Option<Class> {
        *self.class.get_or_init(|| class_of(&self.text))
    }

    /// The share of it that is linked.
    pub(super) fn link_share(&self) -> f32 {
        self.linked as f32 / self.text.len().max(1) as f32
    }

    /// The line as a block of the article.
    pub(super) fn into_block(self) -> Block {
        Block {
            kind: self.kind,
            text: self.text,
            links: self.links,
        }
    }
}

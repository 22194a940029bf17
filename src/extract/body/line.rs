//! One line of text with what its place says about it: what the rules judge.

use std::cell::OnceCell;

use super::form::{Form, form};
use super::lexicon::{Class, class_of};
use crate::extract::document::page::NodeIndex;
use crate::model::article::{Block, BlockKind, Link};

/// One line of text with what its place says about it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a piece of evidence, and they come in any combination"
)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) kind: BlockKind,
    /// What its wording says it is; most lines of a page are never asked.
    pub(crate) class: OnceCell<Option<Class>>,
    /// What it looks like.
    pub(crate) form: Form,
    pub(crate) links: Vec<Link>,
    /// Bytes of `text` that are linked, to wherever.
    pub(crate) linked: usize,
    /// Number of links.
    pub(crate) link_count: usize,
    /// The block element it stands in.
    pub(crate) node: NodeIndex,
    /// The element around that block; none in a plain text.
    pub(crate) parent: Option<NodeIndex>,
    /// Where on the page it ends; never less than that of the line before.
    pub(crate) position: NodeIndex,
    /// Linked from end to end perhaps, and the article's own all the same.
    pub(crate) own: bool,
    /// In a caption element.
    pub(crate) caption: bool,
    /// Inside a quotation element.
    pub(crate) quoted: bool,
    /// A blank line stands before it (plain text), or it begins a block (HTML).
    pub(crate) apart: bool,
}

impl Line {
    /// A line of a plain text.
    pub(crate) fn of_text(text: String, kind: BlockKind, apart: bool) -> Self {
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
            own: false,
            caption: false,
            quoted: false,
            apart,
        }
    }

    /// What its wording says it is.
    pub(crate) fn class(&self) -> Option<Class> {
        *self.class.get_or_init(|| class_of(&self.text))
    }

    /// The share of it that is linked.
    pub(crate) fn link_share(&self) -> f32 {
        self.linked as f32 / self.text.len().max(1) as f32
    }

    /// The line as a block of the article.
    pub(crate) fn into_block(self) -> Block {
        Block {
            kind: self.kind,
            text: self.text,
            links: self.links,
        }
    }
}

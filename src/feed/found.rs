//! What one tolerant reading finds.

use std::sync::Arc;

use url::Url;

use crate::feed::Asks;
use crate::feed::draft::{Based, Draft, Ranked};
use crate::feed::notes::Notes;

/// What the root element makes of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// RSS of any version, RDF, CDF: types of text are guessed.
    Rss,
    /// Atom: types of text are as stated.
    Atom,
}

/// What a strict parser could stumble over; see `strict`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// Start tags.
    pub(super) elements: usize,
    /// Deepest nesting.
    pub(super) deepest: usize,
    /// Most base addresses in force at once.
    pub(super) bases: usize,
    /// A value that makes feed-rs panic may be there.
    pub(super) risky: bool,
}

/// What one reading found.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) root: Option<Root>,
    /// Where the root element stands in the source.
    pub(super) root_at: usize,
    /// The first element, whatever it is.
    pub(super) first: Option<&'a str>,
    pub(super) title: Ranked<String>,
    pub(super) link: Ranked<Based<'a>>,
    pub(super) language: Ranked<String>,
    pub(super) hub: Option<Based<'a>>,
    pub(super) self_url: Option<Based<'a>>,
    pub(super) new_url: Option<Based<'a>>,
    pub(super) asks: Asks,
    pub(super) authors: Vec<String>,
    pub(super) base: Option<Arc<Url>>,
    pub(super) drafts: Vec<Draft<'a>>,
    pub(super) notes: Notes,
    pub(super) facts: Facts,
}

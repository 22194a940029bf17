//! Prefixes of one document and the vocabularies they stand for.
//!
//! Declarations hold from where they stand to the end of the document: feeds do not bind one prefix to two
//! vocabularies, but many use a prefix outside of the element that declares it, or never declare it.

use crate::feed::names::{self, Element, Vocabulary};

/// Most namespace declarations that are remembered.
const BINDINGS_MAX: usize = 200;

/// Prefixes and what they stand for.
#[derive(Debug, Default)]
pub(super) struct Bindings<'a>(Vec<(&'a str, Vocabulary)>);

impl<'a> Bindings<'a> {
    pub(super) fn of(&self, prefix: &str) -> Vocabulary {
        let bound = self.0.iter().rev().find(|(bound, _)| *bound == prefix);
        bound.map_or_else(|| names::of_prefix(prefix), |(_, vocabulary)| *vocabulary)
    }

    /// Takes a declaration.
    pub(super) fn bind(&mut self, prefix: &'a str, namespace: &str) {
        let vocabulary = names::of_namespace(namespace).unwrap_or_else(|| names::of_prefix(prefix));
        let known =
            self.of(prefix) == vocabulary && self.0.iter().any(|(bound, _)| *bound == prefix);
        if !known && self.0.len() < BINDINGS_MAX {
            self.0.push((prefix, vocabulary));
        }
    }

    /// What the element `name` says, names without prefix being of the vocabulary `plain`.
    pub(super) fn element(&self, name: &str, plain: Vocabulary) -> Element {
        let (vocabulary, local) = match name.split_once(':') {
            Some((prefix, local)) => (self.of(prefix), local),
            None => (plain, name),
        };
        let mut buffer = [0u8; 24];
        let Some(lower) = buffer.get_mut(..local.len()) else {
            return Element::Other;
        };
        lower.copy_from_slice(local.as_bytes());
        lower.make_ascii_lowercase();
        match std::str::from_utf8(lower) {
            Ok(local) => names::element(vocabulary, local),
            Err(_) => Element::Other,
        }
    }
}

//! The page before anybody judges it: bytes become text, text a guarded tree, the tree a flat list of
//! nodes, with what its head, its JSON-LD and its class names state. Values only.

pub(crate) mod characters;
pub(crate) mod class_names;
pub(crate) mod decode;
pub(crate) mod furniture;
pub(crate) mod head;
pub(crate) mod jsonld;
pub(crate) mod page;
pub(crate) mod parse;
pub(crate) mod structure;

//! The article's text: lines with evidence, the column they stand in, the blocks in it that are none
//! of the article's, and the rules that judge lines one by one. The words that give furniture away are
//! data (`noise.toml`).

pub(crate) mod agreement;
pub(crate) mod blocks;
pub(crate) mod candidates;
pub(crate) mod captions;
pub(crate) mod clean;
pub(crate) mod ending;
mod expressions;
pub(crate) mod form;
pub(crate) mod imprint;
pub(crate) mod lead;
pub(crate) mod lexicon;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod live;
pub(crate) mod pictured;
pub(crate) mod polls;
pub(crate) mod repeated;
pub(crate) mod rows;
pub(crate) mod unwrapped;
pub(crate) mod voice;
pub(crate) mod writers;

#[cfg(test)]
mod page_tests;

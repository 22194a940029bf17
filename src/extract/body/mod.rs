//! The article's text: lines with evidence, the column they stand in, and the rules that judge them
//! one by one. The words that give furniture away are data (`noise.toml`).

pub(crate) mod agreement;
pub(crate) mod candidates;
pub(crate) mod clean;
pub(crate) mod ending;
mod expressions;
pub(crate) mod form;
pub(crate) mod imprint;
pub(crate) mod islands;
pub(crate) mod lead;
pub(crate) mod lexicon;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod live;
pub(crate) mod polls;
pub(crate) mod strangers;
pub(crate) mod unwrapped;
pub(crate) mod writers;

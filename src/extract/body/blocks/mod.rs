//! Blocks inside the column that are none of the article's, told by how they stand and what they hold:
//! `islands` asks all others in turn. What a block is called is asked before, of the document.

mod boxes;
mod cards;
mod house;
pub(crate) mod insets;
pub(crate) mod islands;
mod linked;
mod replies;
mod shares;
pub(crate) mod strangers;
mod tagged;

#[cfg(test)]
mod fixture;

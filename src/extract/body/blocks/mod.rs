//! Blocks inside the column that are none of the article's, told by how they stand and what they hold:
//! `islands` asks all others in turn. What a block is called is asked before, of the document.

mod asides;
mod boxes;
mod cards;
mod evidence;
mod house;
pub(crate) mod insets;
pub(crate) mod islands;
mod linked;
pub(crate) mod makes;
mod replies;
mod rows;
mod shares;
mod standing;
pub(crate) mod strangers;
mod tagged;

#[cfg(test)]
mod fixture;

//! Wireroom, a news-wire daemon.
//!
//! The house has floors; a room imports only from its own floor or from below, and a test reads
//! every `use crate::` to see that it stays so:
//!
//! * 0: [`model`] (the nouns), [`clock`], [`supervise`] (tasks), [`observe`] (logs and meters);
//! * 1: [`config`], read once, checked whole;
//! * 2: the pure rooms, bytes and values in, values out: [`schedule`], [`feed`], [`extract`],
//!   [`dedupe`], [`notify`];
//! * 3: the two doors to the world: [`fetch`] (`trait Transport`) and [`store`] (`trait Store`), and
//!   [`search`], which finds in a copy what the store holds;
//! * 4: [`work`], which composes the rooms into one poll, one visit, one delivery;
//! * 5: [`serve`], what is seen over HTTP;
//! * 6: [`app`], the composition root; 7: [`cli`], words for people.

pub mod model;

pub mod clock;
pub mod observe;
pub mod supervise;

pub mod config;

pub mod dedupe;
pub mod extract;
pub mod feed;
pub mod notify;
pub mod schedule;

pub mod fetch;
pub mod search;
pub mod store;

pub mod work;

pub mod serve;

pub mod app;

pub mod cli;

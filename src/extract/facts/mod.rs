//! What a page states beside its text: headline, people, dates, tags, section, picture. Source by
//! source, never by luck; the words that open bylines and dates are data (`names.toml`).

pub(crate) mod addresses;
pub(crate) mod authors;
pub(crate) mod beside;
pub(crate) mod boxes;
pub(crate) mod bylines;
pub(crate) mod calendars;
pub(crate) mod clock;
pub(crate) mod completed;
pub(crate) mod datelines;
pub(crate) mod dates;
pub(crate) mod language;
#[cfg(test)]
mod layouts;
pub(crate) mod marks;
pub(crate) mod metadata;
pub(crate) mod months;
pub(crate) mod names;
pub(crate) mod naming;
pub(crate) mod order;
pub(crate) mod own_zone;
pub(crate) mod parted;
#[cfg(test)]
mod promised;
pub(crate) mod said;
pub(crate) mod scripts;
pub(crate) mod sites;
pub(crate) mod tag_rows;
pub(crate) mod teasers;
pub(crate) mod times;
pub(crate) mod title;
pub(crate) mod tokens;

//! A page or a plain-text capture in, a clean article out. Pure: it never fetches.

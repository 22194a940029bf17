//! Looking ahead for marks without looking twice.

use memchr::memmem;

/// Remembers where a mark stands next, so that looking for one that is far away or absent costs one pass
/// over the source and not one for each look.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    mark: &'static str,
    /// Looks at or behind `from` and up to `next` need no search.
    from: usize,
    next: Option<usize>,
    searched: bool,
}

impl Ahead {
    pub(super) fn new(mark: &'static str) -> Self {
        Self {
            mark,
            from: 0,
            next: None,
            searched: false,
        }
    }

    /// The first mark at or behind `at`.
    pub(super) fn find(&mut self, source: &str, at: usize) -> Option<usize> {
        let known = self.searched && at >= self.from && self.next.is_none_or(|next| at <= next);
        if !known {
            let found = memmem::find(&source.as_bytes()[at..], self.mark.as_bytes());
            self.next = found.map(|found| at + found);
            self.from = at;
            self.searched = true;
        }
        self.next
    }
}

//! What was repaired in a document, with the line it stands on: the warnings on a source's health page.

/// Most notes that are kept of one document; the rest is counted.
const NOTES_MAX: usize = 20;

/// Collects notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    lines: Vec<String>,
    more: usize,
    /// Something had to be repaired: a strict parser would go wrong here.
    pub(super) damaged: bool,
    /// Lines are counted from the last note on, not from the start each time.
    counted: (usize, usize),
}

impl Notes {
    /// Notes a damage at the byte `at` of `source`.
    pub(super) fn add(&mut self, source: &str, at: usize, what: &str) {
        self.damaged = true;
        self.remark(source, at, what);
    }

    /// Notes something that is no damage of the markup.
    pub(super) fn remark(&mut self, source: &str, at: usize, what: &str) {
        if self.lines.len() >= NOTES_MAX {
            self.more += 1;
            return;
        }
        let (from, count) = if at >= self.counted.0 {
            self.counted
        } else {
            (0, 0)
        };
        let at = at.min(source.len());
        let count = count + memchr::memchr_iter(b'\n', &source.as_bytes()[from..at]).count();
        self.counted = (at, count);
        self.lines.push(format!("line {}: {what}", count + 1));
    }

    /// The notes, the last one saying how many more there are.
    pub(super) fn into_warnings(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("and {} more", self.more));
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_their_line_and_are_few() {
        let mut notes = Notes::default();
        notes.add("a\nb\nc", 4, "x");
        notes.add("a\nb\nc", 0, "y");
        for _ in 0..30 {
            notes.add("a\nb\nc", 99, "z");
        }
        let warnings = notes.into_warnings();
        assert_eq!(warnings[..2], ["line 3: x", "line 1: y"]);
        assert_eq!(warnings.len(), 21);
        assert_eq!(warnings[20], "and 12 more");
    }
}

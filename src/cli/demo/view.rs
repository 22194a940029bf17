//! Styled lines, and the one place that writes them to the terminal.
//!
//! Whatever stands in a message is shown without control characters ([`clean`]): a headline cannot
//! move the cursor. Colour is a mark of the text ([`Style`]) that [`Screen`] drops where it is not
//! wanted.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Columns of a line of text.
pub(super) const WIDTH: usize = 96;
/// Characters of any one value that are looked at.
const LONGEST: usize = 20_000;

/// Where the printed lines go.
pub struct Screen {
    out: Mutex<Box<dyn Write + Send>>,
    colour: bool,
}

impl Screen {
    /// Writes to `out`, in colour or not.
    pub fn new(out: Box<dyn Write + Send>, colour: bool) -> Self {
        Self {
            out: Mutex::new(out),
            colour,
        }
    }

    /// Writes one view whole. A reader that has gone away is no reason to stop.
    pub fn show(&self, view: &View) {
        let text = view.paint(self.colour);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            tracing::debug!("cannot print: {error}");
        }
    }
}

/// A piece's look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Headlines.
    Bold,
    /// What matters less.
    Dim,
    /// Good, or put in.
    Good,
    /// Wrong, or taken out.
    Bad,
    /// The event's kind.
    Kind,
}

/// Lines of styled pieces.
#[derive(Clone, Debug, Default)]
pub struct View {
    pieces: Vec<(Style, String)>,
}

impl View {
    pub(super) fn put(&mut self, style: Style, text: impl Into<String>) -> &mut Self {
        self.pieces.push((style, text.into()));
        self
    }

    pub(super) fn end(&mut self) -> &mut Self {
        self.put(Style::Plain, "\n")
    }

    pub(super) fn wrapped(&mut self, style: Style, text: &str, lines: usize) {
        let wrapped = wrap(text, WIDTH);
        for line in wrapped.iter().take(lines) {
            self.put(Style::Plain, "   ").put(style, line).end();
        }
        if wrapped.len() > lines {
            let more = match wrapped.len() - lines {
                1 => "   … 1 more line".to_owned(),
                more => format!("   … {more} more lines"),
            };
            self.put(Style::Dim, more).end();
        }
    }

    /// The text, with escape sequences when `colour`.
    pub fn paint(&self, colour: bool) -> String {
        let mut out = String::new();
        for (style, text) in &self.pieces {
            let code = match style {
                Style::Plain => "",
                Style::Bold => "1",
                Style::Dim => "2",
                Style::Good => "32",
                Style::Bad => "31",
                Style::Kind => "36",
            };
            if colour && !code.is_empty() {
                out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
            } else {
                out.push_str(text);
            }
        }
        out
    }
}

/// No control characters but the line break.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .take(LONGEST)
        .filter(|c| *c == '\n' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(c)))
        .collect()
}

/// Words in lines of at most `width` characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        if used > 0 {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{clean, wrap};

    #[test]
    fn lines_are_wrapped_by_words() {
        assert_eq!(
            wrap("aa bb cc\n\ndddddd e", 5),
            ["aa bb", "cc", "dddddd", "e"]
        );
    }

    #[test]
    fn nothing_that_moves_the_cursor_is_left() {
        assert_eq!(clean("a\u{1b}[31m\r\nb\u{202e}\u{9b}c"), "a[31m\nbc");
    }
}

//! Tables for people: aligned, and on a terminal cut to its width.
//!
//! What a web page put into a title must not drive the reader's terminal: control and direction
//! characters never get through.

use std::io::{self, IsTerminal as _, Write};

use unicode_normalization::char::is_combining_mark;

/// Between two columns.
const GAP: usize = 2;
/// A column is not cut below this.
const MIN_WIDTH: usize = 8;

/// Rows under headings.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with only its headings.
    pub fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()],
        }
    }

    /// Adds a row, as long as the headings.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().map(|cell| harmless(&cell)).collect());
    }

    /// Writes it; cut to the terminal's width where standard output is one.
    pub fn print(&self) -> io::Result<()> {
        let width = if io::stdout().is_terminal() {
            terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
        } else {
            None
        };
        self.write(&mut io::stdout().lock(), width)
    }

    fn write(&self, out: &mut impl Write, limit: Option<usize>) -> io::Result<()> {
        let widths = self.widths(limit);
        for row in &self.rows {
            let mut line = String::new();
            for (index, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let cell = cut(cell, width);
                line.push_str(&cell);
                if index + 1 < row.len() {
                    line.extend(std::iter::repeat_n(' ', width - columns(&cell) + GAP));
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Each column as wide as its widest cell; then the widest are narrowed until all fit.
    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let count = self.rows.first().map_or(0, Vec::len);
        let mut widths = vec![0; count];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(columns(cell));
            }
        }
        let Some(limit) = limit else {
            return widths;
        };
        let room = limit.saturating_sub(GAP * count.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = widths.iter_mut().max().filter(|width| **width > MIN_WIDTH) else {
                break;
            };
            *widest -= 1;
        }
        widths
    }
}

/// `text` on one line, without what a terminal would obey: control characters become spaces,
/// direction overrides go.
pub fn harmless(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// At most `width` columns of `text`, the cut shown.
fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1; // the ellipsis
    for character in text.chars() {
        used += column(character);
        if used > width {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// Columns of a terminal: none for combining marks, two for East Asian wide characters and
/// pictures (the blocks of Unicode Annex 11, roughly).
fn column(character: char) -> usize {
    match character {
        '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ if is_combining_mark(character) => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(limit: Option<usize>) -> String {
        let mut table = Table::new(&["ID", "TITLE", "STATE"]);
        for [id, title, state] in [
            ["1", "A headline of some length", "new"],
            ["22", "日本語の見出し", "failing"],
            ["3", "evil\u{1b}[2J\ttitle\u{202e}", ""],
        ] {
            table.row([id, title, state].map(str::to_owned));
        }
        let mut out = Vec::new();
        table.write(&mut out, limit).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_under_each_other() {
        assert_eq!(
            written(None),
            "ID  TITLE                      STATE\n\
             1   A headline of some length  new\n\
             22  日本語の見出し             failing\n\
             3   evil [2J title\n"
        );
    }

    #[test]
    fn the_widest_column_is_cut_to_the_terminal() {
        assert_eq!(
            written(Some(26)),
            "ID  TITLE          STATE\n\
             1   A headline o…  new\n\
             22  日本語の見出…  failing\n\
             3   evil [2J tit…\n"
        );
        assert!(
            written(Some(1))
                .lines()
                .all(|line| columns(line) <= 8 + 8 + 2 + 4)
        );
    }
}

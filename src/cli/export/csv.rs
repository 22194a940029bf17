//! The table as RFC 4180 has it: a header, CRLF, quotes where they must be.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and headlines come
//! from outside: such a cell gets a `'` before it, which spreadsheets do not show. Whoever reads the
//! table with a program asks for the exact words.

use std::io;

use serde_json::Value;

use crate::cli::export::columns::{COLUMNS, Kind, field};
use crate::cli::out::Out;
use crate::cli::remote::cell;

/// What becomes of words that a spreadsheet would compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formulas {
    /// A `'` stands before them.
    Quoted,
    /// They stay.
    AsTheyAre,
}

/// A table that is being written.
pub(super) struct Table {
    out: csv::Writer<Out>,
    formulas: Formulas,
}

impl Table {
    pub(super) fn begin(out: Out, formulas: Formulas) -> Result<Self, csv::Error> {
        let mut out = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        out.write_record(COLUMNS.map(|(name, _)| name))?;
        Ok(Self { out, formulas })
    }

    pub(super) fn take(&mut self, article: &Value) -> Result<(), csv::Error> {
        let fields = COLUMNS.map(|(name, kind)| written(article, name, kind, self.formulas));
        self.out.write_record(fields)
    }

    pub(super) fn breathe(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    pub(super) fn finish(self) -> io::Result<()> {
        let out = self.out.into_inner();
        out.map_err(csv::IntoInnerError::into_error)?.finish()
    }
}

fn written(article: &Value, name: &str, kind: Kind, formulas: Formulas) -> String {
    let text = match field(article, name) {
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            words.join(", ")
        }
        value => cell(&serde_json::json!({"it": value}), "it"),
    };
    let is_words = matches!(kind, Kind::Text | Kind::Texts);
    let computes = |text: &str| {
        text.trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
    };
    if formulas == Formulas::Quoted && is_words && computes(&text) {
        return format!("'{text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_kept_from_it() {
        let shown = |title: &str, formulas| {
            written(&json!({"title": title}), "title", Kind::Text, formulas)
        };
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"] {
            assert_eq!(shown(bad, Formulas::Quoted), format!("'{bad}"));
            assert_eq!(shown(bad, Formulas::AsTheyAre), bad);
        }
        for good in ["", "plain", "1-1", "'quoted'"] {
            assert_eq!(shown(good, Formulas::Quoted), good);
        }
        let article =
            json!({"tags": ["a", "b"], "free": null, "story": {"id": "s", "original": true}});
        let all = |name, kind| written(&article, name, kind, Formulas::Quoted);
        assert_eq!(all("tags", Kind::Texts), "a, b");
        assert_eq!(all("free", Kind::Truth), "");
        assert_eq!(all("story", Kind::Text), "s");
        assert_eq!(all("original", Kind::Truth), "true");
    }
}

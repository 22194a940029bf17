//! An article as Markdown: for a text of many, or a file of its own with its facts first.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::export::columns::{COLUMNS, field};
use crate::cli::remote::cell;

/// One of many in a row.
pub(super) fn one(article: &Value) -> String {
    let facts: Vec<String> = ["byline", "credit", "outlet", "published"]
        .iter()
        .map(|field| cell(article, field))
        .filter(|fact| !fact.is_empty())
        .map(|fact| escaped(&fact))
        .collect();
    let facts = format!("{}  \n<{}>\n\n", facts.join(" · "), cell(article, "url"));
    format!("{}{facts}{}---\n\n", heading(article), body(article))
}

/// One alone, with its facts as YAML before it, as site generators and note keepers read them.
pub(super) fn alone(article: &Value) -> String {
    let mut out = String::from("---\n");
    for (name, _) in COLUMNS.into_iter().filter(|(name, _)| *name != "text") {
        let value = field(article, name);
        if !value.is_null() {
            writeln!(out, "{name}: {}", quoted(value)).expect("a string takes what is written");
        }
    }
    out.push_str("---\n\n");
    out + &heading(article) + &body(article)
}

fn heading(article: &Value) -> String {
    let title = cell(article, "title");
    let title = if title.is_empty() {
        cell(article, "url")
    } else {
        title
    };
    format!("# {}\n\n", escaped(&title))
}

fn body(article: &Value) -> String {
    let text = cell(article, "text");
    let paragraphs = text.split("\n\n").filter(|it| !it.is_empty());
    paragraphs.fold(String::new(), |out, paragraph| {
        out + &escaped(paragraph) + "\n\n"
    })
}

/// A value in YAML: JSON is YAML, but for some characters that YAML does not take as they are.
fn quoted(value: &Value) -> String {
    let json = value.to_string();
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                write!(out, "\\u{:04x}", u32::from(character))
                    .expect("a string takes what is written");
            }
            character => out.push(character),
        }
    }
    out
}

/// Words that Markdown would take for markup, taken as words.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        // White space before a line could make code of it.
        let line = line.trim_start();
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        for (at, character) in line.char_indices() {
            let opens = at == 0 && "#>-+=|~".contains(character);
            let numbers = digits > 0 && at == digits && matches!(character, '.' | ')');
            if "\\`*_[]<&".contains(character) || opens || numbers {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn markup_in_words_stays_words() {
        for (words, expect) in [
            (
                "# no *head* [x](y) <b>",
                "\\# no \\*head\\* \\[x\\](y) \\<b>",
            ),
            ("- no item", "\\- no item"),
            (
                "line\n    no code\n1. no list\n2) none",
                "line\nno code\n1\\. no list\n2\\) none",
            ),
            ("In 2025. A year", "In 2025. A year"),
            ("&lt; stays", "\\&lt; stays"),
        ] {
            assert_eq!(escaped(words), expect);
        }
    }

    #[test]
    fn facts_cannot_leave_their_lines() {
        let article = json!({
            "id": "x", "title": "a: b\n---\n# \"c\"\u{2028}\u{85}", "tags": ["one", "- two"],
            "url": "https://a.example/", "free": null, "text": "---\n\nend",
        });
        assert_eq!(
            alone(&article),
            "---\nid: \"x\"\nurl: \"https://a.example/\"\ntitle: \"a: b\\n---\\n# \\\"c\\\"\\u2028\\u0085\"\n\
             tags: [\"one\",\"- two\"]\n---\n\n# a: b\n\\---\n\\# \"c\"\u{2028}\u{85}\n\n\\---\n\nend\n\n"
        );
    }
}

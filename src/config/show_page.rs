//! A page of TOML, written line by line.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use scraper::selector::ToCss as _;

use super::outlet::Field;
use super::values::written;

/// TOML under way.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// What was written.
    pub(super) fn text_of(self) -> String {
        self.0
    }

    pub(super) fn line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("writing to a string cannot fail");
    }

    pub(super) fn header(&mut self, header: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.line(header);
    }

    pub(super) fn bare(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {value}"));
    }

    pub(super) fn text(&mut self, key: &str, value: impl Display) {
        let value = quote(&value.to_string());
        self.bare(key, value);
    }

    pub(super) fn optional(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(super) fn time(&mut self, key: &str, value: Duration) {
        self.text(key, written(value));
    }

    pub(super) fn times(&mut self, key: &str, values: &[Duration]) {
        self.list(key, values.iter().map(|value| written(*value)));
    }

    pub(super) fn list(&mut self, key: &str, values: impl IntoIterator<Item = impl Display>) {
        let values = values.into_iter().map(|value| quote(&value.to_string()));
        let values: Vec<String> = values.collect();
        self.bare(key, format_args!("[{}]", values.join(", ")));
    }

    pub(super) fn rules(&mut self, key: &str, fields: &[Field]) {
        let texts = fields.iter().map(|field| {
            let css = field.selector.to_css_string();
            match &field.attribute {
                Some(name) => format!("{css}@{name}"),
                None => css,
            }
        });
        self.list(key, texts);
    }
}

/// A text as TOML writes it.
pub(super) fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

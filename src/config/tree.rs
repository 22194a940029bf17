//! A TOML file as a tree in which every value knows its line.
//!
//! The parser recovers from errors, so that a file with three slips in its syntax shows all three. It
//! also bounds how deep tables and lists may nest, so that the tree can be walked by recursion.
//! It judges syntax only; `shape` judges keys and types.

use std::collections::HashMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Place, Report};

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// The values of TOML.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// A float or a date, as written: no key takes one, so it is only quoted.
    Other(&'static str, String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Value {
    /// The type, as a message names it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Boolean(_) => "true or false",
            Self::Other(kind, _) => kind,
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// An empty table that stands nowhere.
    pub(crate) fn empty(place: Place) -> Self {
        Self {
            place,
            value: Value::Table(Vec::new()),
        }
    }

    /// The entries of a table within this one.
    pub(crate) fn table(&self, name: &str) -> Option<&[(String, Self)]> {
        let Value::Table(entries) = &self.value else {
            return None;
        };
        let (_, node) = entries.iter().find(|(key, _)| key == name)?;
        match &node.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// As the `config` crate wants it for layering; without places, of which `shape` has spoken.
    pub(crate) fn into_layer(self) -> config::Value {
        let kind = match self.value {
            Value::Text(text) | Value::Other(_, text) => config::ValueKind::String(text),
            Value::Integer(number) => config::ValueKind::I64(number),
            Value::Boolean(value) => config::ValueKind::Boolean(value),
            Value::List(items) => {
                config::ValueKind::Array(items.into_iter().map(Self::into_layer).collect())
            }
            Value::Table(entries) => config::ValueKind::Table(
                entries
                    .into_iter()
                    .map(|(key, node)| (key, node.into_layer()))
                    .collect(),
            ),
        };
        config::Value::new(None, kind)
    }
}

/// Where each key of a configuration stands, by its full name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(HashMap<String, Place>);

impl Places {
    pub(crate) fn set(&mut self, key: &str, place: &Place) {
        self.0.insert(key.to_owned(), place.clone());
    }

    /// Whether a file or a variable says this very key.
    pub(crate) fn says(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The place of a key, or of the nearest thing that holds it.
    pub(crate) fn of(&self, key: &str) -> Place {
        let mut key = key;
        loop {
            if let Some(place) = self.0.get(key) {
                return place.clone();
            }
            let Some(end) = key.rfind(['.', '[']) else {
                return self.0.get("").cloned().unwrap_or_default();
            };
            key = &key[..end];
        }
    }
}

/// The last line that a mistake in line `line` lets be taken for something else: below a header that is
/// broken, what stands there falls to the table before, up to the next header.
fn last_garbled(text: &str, line: usize, message: &str) -> usize {
    if !message.starts_with("unclosed") {
        return line;
    }
    let below = text.lines().skip(line);
    line + below
        .take_while(|line| !line.trim_start().starts_with('['))
        .count()
}

/// Largest configuration file: a thousand outlets fit ten times over.
pub(crate) const FILE_MAX_BYTES: usize = 4 << 20;

/// Reads TOML text; what cannot be read is reported and left out.
pub(crate) fn parse(text: &str, path: &Arc<str>, rank: usize, report: &mut Report) -> Node {
    let lines = Lines::of(text);
    let place = |line| Place::File {
        rank,
        line,
        path: path.clone(),
    };
    let whole = place(0);
    if text.len() > FILE_MAX_BYTES {
        report.wrong(
            &whole,
            "",
            format!("is larger than {} MiB; split it", FILE_MAX_BYTES >> 20),
        );
        return Node::empty(whole);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map_or(0, |span| lines.number(span.start));
        let key = duplicate_key(&error, text);
        let message = error.message().replace('\n', "; ");
        report.wrong(&place(line), &key, format!("is not valid TOML: {message}"));
        if key.is_empty() && line > 0 {
            report.garbled(rank, line..=last_garbled(text, line, &message));
        }
    }
    let at = |offset: usize| place(lines.number(offset));
    Node {
        place: whole,
        value: table_of(table.into_inner(), &at),
    }
}

/// The key that stands twice. For other errors nothing is quoted: it might be a piece of a secret.
fn duplicate_key(error: &toml::de::Error, text: &str) -> String {
    let span = error.span().filter(|_| error.message() == "duplicate key");
    let key = span.and_then(|span| text.get(span)).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    key.chars().filter(|c| plain(*c)).take(64).collect()
}

fn table_of(table: DeTable<'_>, at: &impl Fn(usize) -> Place) -> Value {
    let mut entries: Vec<(usize, String, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let start = key.span().start;
            let mut node = node_of(value, at);
            // A key's own line serves better than its value's: a list may open lines below.
            node.place = at(start);
            (start, key.into_inner().into_owned(), node)
        })
        .collect();
    entries.sort_by_key(|(start, ..)| *start);
    Value::Table(
        entries
            .into_iter()
            .map(|(_, key, node)| (key, node))
            .collect(),
    )
}

fn node_of(value: Spanned<DeValue<'_>>, at: &impl Fn(usize) -> Place) -> Node {
    let place = at(value.span().start);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Other("a number out of all bounds", number.to_string()),
        },
        DeValue::Float(number) => Value::Other("a number with a fraction", number.to_string()),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(date) => Value::Other("a date", date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| node_of(item, at)).collect())
        }
        DeValue::Table(table) => table_of(table, at),
    };
    Node { place, value }
}

/// Line numbers of byte offsets.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(breaks.map(|(offset, _)| offset).collect())
    }

    fn number(&self, offset: usize) -> usize {
        self.0.partition_point(|line_break| *line_break < offset) + 1
    }
}

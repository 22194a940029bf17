//! Built-in defaults < file < environment, merged by the `config` crate.
//!
//! Each layer is held against the schema before it is merged, so that a mistake is reported where it
//! stands and what is merged can be read without error. Tables are merged key by key, lists replaced.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use config::builder::DefaultState;
use config::{ConfigBuilder, ConfigError, Map, Source};
use serde::de::DeserializeOwned;
use serde_json::Value as Schema;

use super::mistake::{Place, Report, quoted};
use super::raw::{RawConfig, RawOutlet};
use super::schema::{relax, schema_of};
use super::shape::{Shape, similar_to};
use super::tree::{Node, Places, Value, parse};

/// The defaults, which are the documentation too.
pub(crate) const DEFAULTS: &str = include_str!("../../config/default.toml");

/// What an environment variable's name begins with.
const PREFIX: &str = "WIREROOM__";

static MAIN_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = schema_of::<RawConfig>();
    relax(&mut schema);
    schema
});
static OUTLET_SCHEMA: LazyLock<Schema> = LazyLock::new(schema_of::<RawOutlet>);

/// The merged configuration, and where each of its keys stands. `text` is the file's.
pub(crate) fn merge(
    text: &str,
    path: &Arc<str>,
    env: &BTreeMap<String, String>,
    report: &mut Report,
) -> (RawConfig, Places) {
    let mut places = Places::default();
    let nothing: Arc<str> = Arc::from("default.toml");
    let mut never = Report::default();
    let defaults = parse(DEFAULTS, &nothing, 0, &mut never);
    let file = parse(text, path, 0, report);
    let mut shape = Shape {
        report,
        places: &mut places,
        root: &MAIN_SCHEMA,
    };
    let mut file = shape.fit(file, &MAIN_SCHEMA, "");
    let environment = environment(env, &mut shape);
    if let Some(file) = &mut file {
        replace_secrets(file, &environment);
    }
    let layers = [Some(defaults), file, Some(environment)];
    let raw = layers
        .into_iter()
        .flatten()
        .fold(ConfigBuilder::<DefaultState>::default(), |builder, node| {
            builder.add_source(Layer(node))
        })
        .build()
        .and_then(config::Config::try_deserialize)
        .expect("layers that fit the schema can be read, and the defaults are whole");
    (raw, places)
}

/// A secret has three keys, of which a layer uses one: one that is set by a variable replaces the file's,
/// whichever key that stands under.
fn replace_secrets(file: &mut Node, environment: &Node) {
    for secret in ["token", "read_token"] {
        let is_secret = |key: &str| {
            key.strip_prefix(secret)
                .is_some_and(|way| matches!(way, "" | "_file" | "_env"))
        };
        let replaced = environment
            .table("http")
            .is_some_and(|http| http.iter().any(|(key, _)| is_secret(key)));
        if let Value::Table(sections) = &mut file.value
            && let Some((_, http)) = sections.iter_mut().find(|(name, _)| name == "http")
            && let Value::Table(entries) = &mut http.value
            && replaced
        {
            entries.retain(|(key, _)| !is_secret(key));
        }
    }
}

/// An outlet by its schema; `None` when nothing of it can be read.
pub(crate) fn outlet(node: Node, key: &str, report: &mut Report) -> Option<(RawOutlet, Places)> {
    let mut places = Places::default();
    let mut shape = Shape {
        report,
        places: &mut places,
        root: &OUTLET_SCHEMA,
    };
    let node = shape.fit(node, &OUTLET_SCHEMA, key)?;
    Some((read(node), places))
}

fn read<T: DeserializeOwned>(node: Node) -> T {
    node.into_layer()
        .try_deserialize()
        .expect("what fits the schema can be read")
}

/// One layer for the `config` crate.
#[derive(Clone, Debug)]
struct Layer(Node);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, ConfigError> {
        self.0.clone().into_layer().into_table()
    }
}

/// The variables as a tree: `WIREROOM__FETCH__TIMEOUT=5s` is `fetch.timeout`.
fn environment(env: &BTreeMap<String, String>, shape: &mut Shape<'_>) -> Node {
    let mut sections: Vec<(String, Node)> = Vec::new();
    for (name, text) in env {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let place = Place::Environment(Arc::from(name.as_str()));
        let path = path.to_ascii_lowercase();
        match variable(&path, text, &place, shape) {
            Ok((section, key, node)) => {
                let index = sections.iter().position(|(name, _)| name == section);
                let index = index.unwrap_or_else(|| {
                    sections.push((section.to_owned(), Node::empty(Place::default())));
                    sections.len() - 1
                });
                if let Value::Table(entries) = &mut sections[index].1.value {
                    entries.push((key.to_owned(), node));
                }
            }
            Err(Some(problem)) => shape.report.wrong(&place, "", problem),
            Err(None) => {}
        }
    }
    let value = Value::Table(sections);
    let place = Place::default();
    Node { place, value }
}

/// One variable; the error is `None` when its value was reported already.
fn variable<'a>(
    path: &'a str,
    text: &str,
    place: &Place,
    shape: &mut Shape<'_>,
) -> Result<(&'a str, &'a str, Node), Option<String>> {
    let sections = MAIN_SCHEMA["properties"].as_object();
    let sections = sections.into_iter().flatten();
    let known: BTreeMap<&str, &Schema> = sections
        .filter(|(_, schema)| schema["properties"].is_object())
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    let (section, key) = path.split_once("__").unwrap_or((path, ""));
    if section == "endpoint" || section == "outlet" {
        let remedy = "give its secrets by `…_env` and all else in the file";
        return Err(Some(format!(
            "an {section} cannot be set by variables; {remedy}"
        )));
    }
    let Some(schema) = known.get(section) else {
        let names: Vec<&str> = known.keys().copied().collect();
        let guess = similar_to(section, &names);
        return Err(Some(format!(
            "there is no section {}{guess}; known: {}",
            quoted(section),
            names.join(", ")
        )));
    };
    let Some(schema) = schema["properties"].get(key) else {
        let keys = schema["properties"].as_object();
        let known_name = if key.is_empty() {
            "names no key of"
        } else {
            "there is no such key in"
        };
        let names: Vec<&str> = keys
            .into_iter()
            .flatten()
            .map(|(k, _)| k.as_str())
            .collect();
        let guess = similar_to(key, &names);
        return Err(Some(format!(
            "{known_name} [{section}]{guess}; known: {}",
            names.join(", ")
        )));
    };
    let node = typed(text, schema, place);
    let fitted = shape.fit(node, schema, &format!("{section}.{key}"));
    fitted.map(|node| (section, key, node)).ok_or(None)
}

/// A variable's text as the type that its key has: numbers and truth values are written bare, lists as
/// in TOML or with commas.
fn typed(text: &str, schema: &Schema, place: &Place) -> Node {
    let node = |value| Node {
        place: place.clone(),
        value,
    };
    let value = match schema["type"].as_str() {
        Some("integer") => text.trim().parse().ok().map(Value::Integer),
        Some("boolean") => text.trim().parse().ok().map(Value::Boolean),
        Some("array") => Some(list(text, place)),
        _ => None,
    };
    node(value.unwrap_or_else(|| Value::Text(text.to_owned())))
}

fn list(text: &str, place: &Place) -> Value {
    if text.trim_start().starts_with('[') {
        // A one-line document, so that there is one reader of TOML only.
        let mut slips = Report::default();
        let document = format!("list = {text}");
        let tree = parse(&document, &Arc::from(""), 0, &mut slips);
        if slips.finish().is_ok()
            && let Value::Table(mut entries) = tree.value
            && entries.len() == 1
            && let Some((
                _,
                Node {
                    value: Value::List(items),
                    ..
                },
            )) = entries.pop()
        {
            return Value::List(items);
        }
    }
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let items = items.map(|item| Node {
        place: place.clone(),
        value: Value::Text(item.to_owned()),
    });
    Value::List(items.collect())
}

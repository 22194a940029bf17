//! Holds a tree against the schema: unknown keys, wrong types, numbers out of bounds, words that are
//! not on the list. What does not fit is reported and taken out, so that the rest can be read and its
//! own mistakes reported in the same go.

use serde_json::Value as Schema;

use super::mistake::{Place, Report, quoted};
use super::tree::{Node, Places, Value};

/// What a walk needs besides the tree.
pub(crate) struct Shape<'a> {
    pub(crate) report: &'a mut Report,
    pub(crate) places: &'a mut Places,
    /// The schema that holds the definitions of what nests within itself.
    pub(crate) root: &'a Schema,
}

impl<'a> Shape<'a> {
    /// The part of `node` that fits `schema`; `None` when nothing of it does.
    pub(crate) fn fit(&mut self, node: Node, schema: &Schema, key: &str) -> Option<Node> {
        self.places.set(key, &node.place);
        let schema = self.meant(schema, &node.value);
        let expected = schema["type"]
            .as_str()
            .or_else(|| schema["type"][0].as_str())
            .unwrap_or("string");
        let Node { place, value } = node;
        let value = match (expected, value) {
            ("string", Value::Text(text)) => self.word(text, schema, key)?,
            ("integer", Value::Integer(number)) => self.number(number, schema, key)?,
            ("boolean", Value::Boolean(value)) => Value::Boolean(value),
            ("array", Value::List(items)) => self.list(items, schema, key),
            ("object", Value::Table(entries)) => self.table(entries, schema, key),
            (_, value) => {
                // A variable has neither quotes nor brackets that could be wrong.
                let hint = match place {
                    Place::Environment(_) => String::new(),
                    Place::File { .. } | Place::BuiltIn => hint(expected, &value),
                };
                let (kind, wanted) = (value.kind(), wanted(expected, schema));
                let problem = format!("is {kind}, and {wanted} is wanted here{hint}");
                self.report.wrong(&place, key, problem);
                return None;
            }
        };
        Some(Node { place, value })
    }

    /// The schema of what is there: not that of its absence, and of several the one whose type it has.
    fn meant<'s>(&self, schema: &'s Schema, value: &Value) -> &'s Schema
    where
        'a: 's,
    {
        let root: &'s Schema = self.root;
        let named = |schema: &'s Schema| {
            // Beside a description the reference stands in a list of its own.
            let alone = schema["$ref"].as_str();
            match alone.or_else(|| schema["allOf"][0]["$ref"].as_str()) {
                Some(path) => root.pointer(path.trim_start_matches('#')).unwrap_or(schema),
                None => schema,
            }
        };
        let schema = named(schema);
        let Some(choices) = schema["anyOf"].as_array() else {
            return schema;
        };
        let choices = || {
            let all = choices.iter().map(named);
            all.filter(|choice| choice["type"] != "null")
        };
        let wanted = match value {
            Value::Table(_) => "object",
            _ => "string",
        };
        choices()
            .find(|choice| choice["type"] == wanted)
            .or_else(|| choices().next())
            .unwrap_or(schema)
    }

    fn word(&mut self, text: String, schema: &Schema, key: &str) -> Option<Value> {
        if let Some(allowed) = words(schema)
            && !allowed.contains(&text.as_str())
        {
            let place = self.places.of(key);
            let problem = format!(
                "{} is not known{}; allowed: {}",
                quoted(&text),
                similar_to(&text, &allowed),
                allowed.join(", ")
            );
            self.report.wrong(&place, key, problem);
            return None;
        }
        let longest = schema["maxLength"].as_u64();
        if longest.is_some_and(|longest| text.chars().count() as u64 > longest) {
            let place = self.places.of(key);
            let problem = format!("is longer than {} characters", longest.unwrap_or(0));
            self.report.wrong(&place, key, problem);
            return None;
        }
        Some(Value::Text(text))
    }

    fn number(&mut self, number: i64, schema: &Schema, key: &str) -> Option<Value> {
        let least = schema["minimum"].as_i64().unwrap_or(0);
        let most = schema["maximum"].as_i64().unwrap_or(i64::MAX);
        if (least..=most).contains(&number) {
            return Some(Value::Integer(number));
        }
        let place = self.places.of(key);
        let problem = format!("{number} is out of bounds; allowed: {least} to {most}");
        self.report.wrong(&place, key, problem);
        None
    }

    fn list(&mut self, items: Vec<Node>, schema: &Schema, key: &str) -> Value {
        let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
        if items.len() as u64 > most {
            let place = self.places.of(key);
            let problem = format!("has {} items; allowed: at most {most}", items.len());
            self.report.wrong(&place, key, problem);
            return Value::List(Vec::new());
        }
        let fitting = items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| {
                self.fit(item, &schema["items"], &format!("{key}[{index}]"))
            })
            .collect();
        Value::List(fitting)
    }

    fn table(&mut self, entries: Vec<(String, Node)>, schema: &Schema, key: &str) -> Value {
        let free = &schema["additionalProperties"];
        let none = serde_json::Map::new();
        let known = schema["properties"].as_object().unwrap_or(&none);
        let mut missing: Vec<&str> = schema["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Schema::as_str).collect())
            .unwrap_or_default();
        let mut fitting = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            missing.retain(|required| *required != name);
            let full = join(key, &name);
            let schema = known
                .get(&name)
                .or_else(|| free.is_object().then_some(free));
            if let Some(schema) = schema {
                let fitted = self.fit(node, schema, &full);
                fitting.extend(fitted.map(|node| (name, node)));
            } else {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let problem = format!(
                    "unknown key{}; known here: {}",
                    similar_to(&name, &names),
                    names.join(", ")
                );
                self.report.wrong(&node.place, &full, problem);
            }
        }
        let place = self.places.of(key);
        for name in missing {
            self.report.wrong(
                &place,
                &join(key, name),
                format!("is missing{}", meaning(&known[name])),
            );
        }
        Value::Table(fitting)
    }
}

/// `key.name`, quoted where the name needs it, and without the dot at the root.
pub(crate) fn join(key: &str, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.escape_debug().take(80).collect::<String>())
    };
    if key.is_empty() {
        name
    } else {
        format!("{key}.{name}")
    }
}

/// The words that are allowed, where there is a list of them.
fn words(schema: &Schema) -> Option<Vec<&str>> {
    let list = schema["enum"].as_array()?;
    Some(list.iter().filter_map(Schema::as_str).collect())
}

fn wanted(expected: &str, schema: &Schema) -> String {
    match expected {
        "string" => match words(schema) {
            Some(words) => format!("one of the words {}", words.join(", ")),
            None => "text in quotes".to_owned(),
        },
        "integer" => "a whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => "a list in square brackets".to_owned(),
        _ => "a table".to_owned(),
    }
}

/// The remedy for the slips that everybody makes.
fn hint(expected: &str, value: &Value) -> String {
    match (expected, value) {
        // The number itself is not repeated: the key may be a secret's.
        ("string", Value::Integer(_)) => {
            "; put quotes around it, with the unit of a time or size, like \"20s\" or \"8MB\""
                .to_owned()
        }
        ("array", Value::Text(_)) => "; put brackets around it".to_owned(),
        ("array", Value::Table(_)) => "; write the header in double brackets".to_owned(),
        ("boolean" | "integer", Value::Text(_)) => "; leave out the quotes".to_owned(),
        _ => String::new(),
    }
}

/// The first sentence of a key's description.
fn meaning(schema: &Schema) -> String {
    match schema["description"].as_str() {
        Some(text) => format!(" ({})", text.trim_end_matches('.').replace('\n', " ")),
        None => String::new(),
    }
}

/// A guess at what was meant, where one name is near.
pub(crate) fn similar_to(name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min();
    match nearest {
        Some((steps, candidate)) if steps <= 2 && steps < candidate.chars().count() => {
            format!(" (did you mean `{candidate}`?)")
        }
        _ => String::new(),
    }
}

/// Letters to insert, delete or change (Levenshtein), for names up to 64 letters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_steps_between_names() {
        for (a, b, steps) in [
            ("", "", 0),
            ("timeout", "timeout", 0),
            ("timout", "timeout", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(a, b), steps, "{a} {b}");
            assert_eq!(distance(b, a), steps, "{b} {a}");
        }
    }

    #[test]
    fn guesses_only_what_is_near() {
        assert_eq!(
            similar_to("timout", &["listen", "timeout"]),
            " (did you mean `timeout`?)"
        );
        assert_eq!(similar_to("colour", &["listen", "timeout"]), "");
    }
}

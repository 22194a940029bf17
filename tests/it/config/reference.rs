//! docs/configuration.md: its list of keys is made of the defaults and the schema, and its examples are read.
//!
//! The comments of config/default.toml are the only place where a key is explained. What stands between
//! the two marks of the page is written anew by `WIREROOM_REWRITE_DOCS=1 cargo test --test it reference`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use wireroom::config::{Loaded, Mistakes, schema};

const PAGE: &str = "docs/configuration.md";
const BEGIN: &str =
    "<!-- The list of keys begins here; a test writes it from config/default.toml. -->\n";
const END: &str = "<!-- The list of keys ends here. -->\n";

/// A key of the defaults' file, as it stands there.
#[derive(Debug, Default)]
struct Key {
    /// With its tables, as `fetch.timeout`.
    name: String,
    /// As TOML.
    value: String,
    /// Whether the value is the default, or an example of a key that has none.
    is_default: bool,
    /// What the comment above it says; nothing where it shares that of the key before.
    says: String,
}

/// A table with what is said of it and its keys.
#[derive(Debug, Default)]
struct Table {
    name: String,
    is_list: bool,
    says: String,
    keys: Vec<Key>,
}

/// Reads config/default.toml with its comments.
fn tables() -> Vec<Table> {
    let text = std::fs::read_to_string("config/default.toml").expect("the defaults");
    let mut tables: Vec<Table> = Vec::new();
    let mut says = String::new();
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with("# ---") {
            says.clear();
            continue;
        }
        if let Some(words) = line.strip_prefix("# ") {
            if !says.is_empty() {
                says.push(' ');
            }
            says.push_str(words);
            continue;
        }
        let (is_default, line) = match line.strip_prefix('#') {
            Some(example) => (false, example),
            None => (true, line),
        };
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']).to_owned();
            tables.push(Table {
                is_list: line.starts_with("[["),
                says: std::mem::take(&mut says),
                name,
                keys: Vec::new(),
            });
            continue;
        }
        // The lines of a list of several.
        let Some((key, value)) = line.split_once(" = ") else {
            let open = tables.last_mut().and_then(|table| table.keys.last_mut());
            if let Some(open) = open {
                open.value.push('\n');
                open.value.push_str(line);
            }
            continue;
        };
        let table = tables.last_mut().expect("a key stands in a table");
        let mut name = format!("{}.{key}", table.name);
        if table.name.contains(".headers") {
            // The names of headers are the user's choice.
            name.clone_from(&table.name);
        }
        let said = std::mem::take(&mut says);
        if seen.insert(name.clone()) {
            table.keys.push(Key {
                name,
                value: value.to_owned(),
                is_default,
                says: said,
            });
        }
    }
    tables
}

/// The schema of a key, through tables and lists of tables.
fn schema_at<'a>(schema: &'a Value, name: &str) -> &'a Value {
    name.split('.').fold(schema, |schema, part| {
        let schema = match &schema["items"] {
            items if items.is_object() => items,
            _ => schema,
        };
        &schema["properties"][part]
    })
}

/// What a value may be, as far as the schema knows: the comments say the rest.
fn kind(schema: &Value) -> String {
    let one_of = |words: &Value| -> Option<String> {
        let words = words.as_array()?.iter().filter_map(Value::as_str);
        let words: Vec<String> = words.map(|word| format!("`\"{word}\"`")).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    // A choice that has a comment of its own in the code stands in `oneOf`.
    if let Some(words) = one_of(&schema["enum"]).or_else(|| {
        let forms = schema["anyOf"].as_array()?;
        forms.iter().find_map(|form| one_of(&form["enum"]))
    }) {
        return words;
    }
    let bounds = |low: &str, high: &str| match (schema[low].as_u64(), schema[high].as_u64()) {
        (Some(low), Some(high)) => format!(" {low} to {high}"),
        (None, Some(high)) => format!(" of at most {high}"),
        (Some(_) | None, None) => String::new(),
    };
    match schema["type"].as_str() {
        Some("string") => format!("text{}", bounds("minLength", "maxLength")),
        Some("integer") => format!("number{}", bounds("minimum", "maximum")),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("array") => format!("list{}", bounds("minItems", "maxItems")),
        Some("object") => "table of texts".to_owned(),
        _ => String::new(),
    }
}

/// A comment as Markdown: what would be markup there is none here.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        if place > 0 {
            out.push('`');
        }
        if place % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for character in part.chars() {
            if "*<[]".contains(character) {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}

/// One key: its name, what it may be, what it is by default, and what the comment says.
fn entry(key: &Key, schema: &Value) -> String {
    let value = if key.value.contains('\n') {
        format!("\n\n```toml\n{} = {}\n```\n", key.name, key.value)
    } else if key.value.contains('`') {
        format!(" `` {} ``", key.value)
    } else {
        format!(" `{}`", key.value)
    };
    let lead = if key.is_default { "default" } else { "example" };
    let schema = schema_at(schema, &key.name);
    let kind = kind(schema);
    let kind = if kind.is_empty() {
        kind
    } else {
        format!("{kind}; ")
    };
    let mut text = format!("- **`{}`** ({kind}{lead}{value})", key.name);
    // What shares the comment of the key before it is told apart by the schema.
    let says = match key.says.as_str() {
        "" => schema["description"].as_str().unwrap_or_default(),
        says => says,
    };
    assert!(!says.is_empty(), "nothing is said of {}", key.name);
    let _ = writeln!(text, "\n  {}", escaped(says));
    text
}

/// The list of keys as the page has it.
fn list() -> String {
    let schema = schema();
    let schema = &schema["anyOf"][0];
    let mut text = String::new();
    for table in tables() {
        if table.keys.is_empty() {
            continue;
        }
        let brackets = if table.is_list {
            format!("[[{}]]", table.name)
        } else {
            format!("[{}]", table.name)
        };
        let _ = write!(text, "\n### `{brackets}`\n\n");
        if !table.says.is_empty() {
            let _ = write!(text, "{}\n\n", escaped(&table.says));
        }
        for key in &table.keys {
            text.push_str(&entry(key, schema));
        }
    }
    text.push('\n');
    text
}

fn names(schema: &Value, name: &str, all: &mut BTreeSet<String>) {
    let schema = match &schema["items"] {
        items if items["properties"].is_object() => items,
        _ => schema,
    };
    match schema["properties"].as_object() {
        Some(properties) => {
            for (key, schema) in properties {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                names(schema, &name, all);
            }
        }
        None => {
            all.insert(name.to_owned());
        }
    }
}

#[test]
fn the_page_lists_every_key_as_the_defaults_explain_it() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let (head, rest) = page
        .split_once(BEGIN)
        .expect("the mark at the list's beginning");
    let (listed, tail) = rest.split_once(END).expect("the mark at the list's end");
    let list = list();
    if std::env::var_os("WIREROOM_REWRITE_DOCS").is_some() {
        std::fs::write(PAGE, format!("{head}{BEGIN}{list}{END}{tail}")).unwrap();
        return;
    }
    let mut keys = BTreeSet::new();
    names(&schema()["anyOf"][0], "", &mut keys);
    assert!(keys.len() > 90, "the schema names {} keys", keys.len());
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !listed.contains(&format!("**`{key}`**")))
        .collect();
    assert!(missing.is_empty(), "{PAGE} does not explain {missing:?}");
    assert!(
        listed == list,
        "{PAGE} is not what config/default.toml says: write it anew with \
         `WIREROOM_REWRITE_DOCS=1 cargo test --test it reference`"
    );
}

/// The blocks of a page in one language, each with the line that it begins on.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{page}: {error}"));
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => open = Some((number + 2, info.to_owned(), String::new())),
            (Some(_), Some(_)) => {
                let (number, info, text) = open.take().unwrap();
                if info.split(' ').next() == Some(language) {
                    blocks.push((number, text));
                }
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block has no end");
    blocks
}

/// An example, read as the file of a user who has what it names.
fn read(text: &str) -> Result<Loaded, Mistakes> {
    let dir = tempfile::tempdir().unwrap();
    for directory in ["outlets", "secrets"] {
        std::fs::create_dir(dir.path().join(directory)).unwrap();
    }
    let key = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    for (name, secret) in [
        ("http-token", "a-long-word"),
        ("read-token", "another-long-word"),
    ] {
        std::fs::write(dir.path().join("secrets").join(name), secret).unwrap();
    }
    let outlet = "name = \"ap\"\n[[source]]\nkind = \"feed\"\nurl = \"https://example.com/feed\"\n";
    std::fs::write(dir.path().join("outlets/ap.toml"), outlet).unwrap();
    let env = super::environment(&[
        ("DESK_URL", "https://desk.example.com/hooks/wireroom"),
        ("DESK_KEY", key),
        ("SLACK_URL", "https://hooks.slack.com/services/T/B/x"),
    ]);
    wireroom::config::from_str(text, dir.path(), &env)
}

#[test]
fn the_examples_of_the_pages_are_read_without_a_complaint() {
    let mut examples = 0;
    for page in [PAGE, "docs/webhooks.md", "docs/operations.md"] {
        for (line, text) in blocks(page, "toml") {
            let loaded = read(&text).unwrap_or_else(|mistakes| panic!("{page}:{line}: {mistakes}"));
            assert_eq!(loaded.warnings, [], "{page}:{line}");
            examples += 1;
        }
    }
    assert!(examples >= 5, "{examples} examples");
}

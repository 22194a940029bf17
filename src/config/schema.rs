//! JSON Schema, made of the raw types: for editors, and for `shape` to hold files against.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::raw::{RawConfig, RawOutlet};

/// The JSON Schema of one raw type; only what nests within itself is referred to.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// JSON Schema for editors, one for both kinds of file: the main file, and an outlet file in either of
/// its forms.
pub fn schema() -> Value {
    let mut main = schema_of::<RawConfig>();
    relax(&mut main);
    // What is referred to is looked for at the root.
    let mut definitions = main
        .as_object_mut()
        .and_then(|main| main.remove("definitions"))
        .unwrap_or_default();
    tidy(&mut definitions);
    let outlet = schema_of::<RawOutlet>();
    let outlets = json!({
        "type": "object",
        "description": "Several outlets in one file.",
        "properties": {"outlet": {"type": "array", "items": outlet.clone()}},
        "required": ["outlet"],
        "additionalProperties": false
    });
    let mut forms = [main, outlet, outlets];
    forms.iter_mut().for_each(tidy);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Wireroom configuration",
        "description": "wireroom.toml, or a file with one or several outlets",
        "definitions": definitions,
        "anyOf": forms
    })
}

/// Takes out what says nothing to the author of a TOML file: null, which TOML has not, and names of types.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("$schema");
            if object.get("title").is_some_and(Value::is_string) {
                object.remove("title");
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
            }
            if let Some(Value::Array(words)) = object.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes `required` from the root and from the sections: a file may say as little as it likes, the
/// defaults say the rest. The items of lists keep it.
pub(crate) fn relax(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.remove("required");
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(relax);
    }
}

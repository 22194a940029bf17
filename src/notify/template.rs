//! The operator's own message: what a template is given.

use serde_json::{Value, json};

use super::wire;
use crate::config::endpoint::{ContentSize, EndpointSpec};
use crate::config::template::{Fault, Template};
use crate::model::event::FullEvent;

/// The message that tells of `event`.
pub(super) fn message(
    template: &Template,
    endpoint: &EndpointSpec,
    event: &FullEvent,
) -> Result<Vec<u8>, Fault> {
    template.render(&fields(event, endpoint.name.as_str(), endpoint.content))
}

/// The fields: those of the `json` format, the identifier, and who is told.
fn fields(event: &FullEvent, endpoint: &str, content: ContentSize) -> Value {
    let mut payload = wire::payload(event, content);
    json!({
        "id": event.id.to_string(),
        "type": payload["type"].take(),
        "timestamp": payload["timestamp"].take(),
        "endpoint": endpoint,
        "data": payload["data"].take(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::template;
    use crate::model::event::EventKind;
    use crate::notify::sample;

    const REFERENCE: &str = include_str!("../../docs/templates.md");

    /// The names of all fields, with the items of lists.
    fn names(value: &Value, path: &str, out: &mut BTreeSet<String>) {
        out.insert(path.to_owned());
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    names(value, &format!("{path}.{name}"), out);
                }
            }
            Value::Array(items) => {
                for item in items {
                    names(item, &format!("{path}[]"), out);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn names_of(value: &Value) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        names(value, "", &mut out);
        out
    }

    #[test]
    fn the_samples_have_the_fields_of_real_events() {
        for kind in EventKind::ALL {
            let real = fields(&sample::event_of(kind), "desk", ContentSize::Full);
            let tried = template::sample(kind);
            assert_eq!(names_of(&tried), names_of(&real), "{}", kind.as_str());
        }
    }

    /// The blocks of code in the reference: what stands behind the language, and the code.
    fn examples() -> Vec<(String, String)> {
        let mut examples = Vec::new();
        let mut lines = REFERENCE.lines();
        while let Some(line) = lines.next() {
            if let Some(content_type) = line.strip_prefix("```jinja ") {
                let code: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                examples.push((content_type.to_owned(), code.join("\n")));
            }
        }
        examples
    }

    #[test]
    fn the_examples_of_the_reference_work() {
        let examples = examples();
        assert!(examples.len() >= 4, "{}", examples.len());
        let kinds = BTreeSet::from([EventKind::ArticleNew, EventKind::ArticleUpdated]);
        let digests = BTreeSet::from([EventKind::Digest]);
        let mut made: Vec<String> = Vec::new();
        for (content_type, source) in examples {
            let template = Template::compile(&source, &content_type)
                .unwrap_or_else(|fault| panic!("{fault}\n{source}"));
            let of_digests = source.contains("data.articles");
            let kinds = if of_digests { &digests } else { &kinds };
            if let Err((kind, fault)) = template.try_on(kinds) {
                panic!("{}: {fault}\n{source}", kind.as_str());
            }
            let mut endpoint = sample::endpoint("json");
            endpoint.content = ContentSize::Summary;
            let kind = if of_digests {
                EventKind::Digest
            } else {
                EventKind::ArticleUpdated
            };
            let event = sample::event_of(kind);
            let message = message(&template, &endpoint, &event).unwrap();
            let message = String::from_utf8(message).unwrap();
            made.push(format!("--- {content_type}\n{message}\n"));
        }
        insta::assert_snapshot!("reference_examples", made.concat());
    }

    #[test]
    fn the_reference_names_every_field() {
        for kind in EventKind::ALL {
            for name in names_of(&template::sample(kind)) {
                let name = name.trim_start_matches('.');
                let last = name.rsplit('.').next().unwrap_or_default();
                let last = last.trim_end_matches("[]");
                let told = REFERENCE.contains(&format!("`{name}`"))
                    || REFERENCE.contains(&format!("`{last}`"));
                assert!(
                    name.is_empty() || told,
                    "{name} is not in docs/templates.md"
                );
            }
        }
    }
}

//! `/api/openapi.json`: the API's description (`OpenAPI` 3.1), made from the types that are sent.
//!
//! An article's and an event's form belong to `notify`, so their schemas are written here; tests
//! hold them against what is really sent, and the description against the table of routes.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::model::event::EventKind;
use crate::serve::Context;
use crate::serve::operations::{Answer, Operation, operations, parameter, reference};
use crate::serve::problem::ProblemDetails;

pub(super) async fn show(State(context): State<Context>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, context.openapi.clone()).into_response()
}

/// The whole description.
pub(super) fn document() -> Bytes {
    let mut schemas = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let problem = schemas.subschema_for::<ProblemDetails<'_>>();
    let paths = paths(&mut schemas);
    let mut definitions = schemas.take_definitions(true);
    definitions.insert("Article".to_owned(), article_schema());
    definitions.insert("Event".to_owned(), event_schema());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Wireroom",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Articles, sources, deliveries and endpoints of a news-wire daemon. Times are RFC 3339 in UTC; `published` and `updated` keep the offset that the page stated. A query parameter that is not named here is an error.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {
                "Problem": {
                    "description": "What went wrong (RFC 9457).",
                    "content": {"application/problem+json": {"schema": problem}},
                },
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`http.token` of the configuration, where one is set."},
            },
        },
    });
    Bytes::from(document.to_string())
}

fn paths(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let mut paths = Map::new();
    for operation in operations(schemas) {
        let entry = paths
            .entry(operation.path)
            .or_insert_with(|| Value::Object(Map::new()));
        entry[operation.method] = describe(&operation);
    }
    paths
}

fn describe(operation: &Operation) -> Value {
    let in_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let in_query = operation.parameters.iter().map(|&name| {
        let (schema, description) = parameter(name, operation.path);
        json!({"name": name, "in": "query", "description": description, "schema": schema})
    });
    let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
    if operation.name == "streamEvents" {
        parameters.push(json!({
            "name": "Last-Event-ID", "in": "header", "schema": {"type": "string"},
            "description": "Goes on after this event.",
        }));
    }
    let Answer(status, media_types, schema) = &operation.answer;
    let content: Map<String, Value> = media_types
        .split(", ")
        .map(|media_type| (media_type.to_owned(), json!({"schema": schema})))
        .collect();
    let mut responses = Map::new();
    responses.insert(
        status.to_string(),
        json!({"description": operation.summary, "content": content}),
    );
    responses.insert(
        "default".to_owned(),
        json!({"$ref": "#/components/responses/Problem"}),
    );
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if matches!(operation.path, "/healthz" | "/readyz") {
        described["security"] = json!([]);
    }
    described
}

/// The article of the contract, section 4.
fn article_schema() -> Value {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let texts = || json!({"type": "array", "items": {"type": "string"}});
    let time = || json!({"type": ["string", "null"], "description": "As stated: with the page's offset, without one if none was stated, or a date alone."});
    let member = json!({
        "type": "object",
        "required": ["outlet", "url", "title"],
        "properties": {"outlet": text(), "url": text(), "title": maybe()},
    });
    let story = json!({
        "type": "object",
        "required": ["id", "original", "also"],
        "properties": {"id": text(), "original": {"type": "boolean"}, "also": {"type": "array", "items": member}},
    });
    let properties = json!({
        "id": text(), "revision": {"type": "integer", "minimum": 1}, "outlet": text(), "url": text(),
        "title": maybe(), "lead": maybe(),
        "byline": {"type": ["string", "null"], "description": "Names of people only."},
        "credit": {"type": ["string", "null"], "description": "Agency line."},
        "section": maybe(), "published": time(), "updated": time(), "language": maybe(),
        "tags": texts(), "image": maybe(), "captions": texts(),
        "text": {"type": "string", "description": "Paragraphs, with one blank line between them. Absent from lists unless `fields=full`."},
        "summary": maybe(), "words": {"type": "integer", "minimum": 0},
        "partial": {"type": "boolean", "description": "The text is known or suspected to be cut."},
        "free": {"type": ["boolean", "null"], "description": "What the page says of its paywall."},
        "story": story, "fetched": {"type": "string", "format": "date-time"},
    });
    let required: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|name| *name != "text")
        .collect();
    json!({"type": "object", "required": required, "properties": properties})
}

fn event_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"enum": EventKind::ALL.map(EventKind::as_str)},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {
                "type": "object",
                "properties": {
                    "article": reference("Article"),
                    "previous": {"type": "object"},
                    "diff": {"type": "object"},
                    "source": {"type": "object"},
                    "endpoint": {"type": "object"},
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn described() -> Value {
        serde_json::from_slice(&document()).unwrap()
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document = described();
        let described: BTreeSet<&str> = document["paths"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let routes: BTreeSet<&str> = crate::serve::routes()
            .iter()
            .map(|(path, _)| *path)
            .collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_parameter_means_something() {
        let document = described();
        let mut open = vec![&document];
        let mut references = 0;
        while let Some(value) = open.pop() {
            if let Some(target) = value["$ref"].as_str() {
                references += 1;
                let pointer = target.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target}");
            }
            if value["in"] == "query" {
                assert_ne!(value["description"], "", "{value}");
            }
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => open.extend(fields.values()),
                _ => {}
            }
        }
        assert!(references > 20, "{references}");
    }
}

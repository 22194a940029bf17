//! Every operation of the API in words: what `openapi` describes.
//!
//! Answers are described by the types that are sent.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::model::delivery::DeliveryState;
use crate::model::source::SourceHealth;
use crate::search::Sort;
use crate::serve::query::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::serve::reextract::ReextractionBody;
use crate::serve::wire::{
    AboutBody, DeliveryBody, Endpoint, Explanation, List, ReplayBody, RetriedBody, Source, TestSent,
};
use crate::serve::{
    articles, backup, deliveries, endpoints, events, explain, feed_links, reextract, replay,
    sources,
};
use crate::store::backup::MEDIA_TYPE;

/// One operation, to be described.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [&'static str],
    pub(super) answer: Answer,
}

/// What a success looks like: status, media types, schema.
pub(super) struct Answer(pub(super) u16, pub(super) &'static str, pub(super) Value);

/// A query parameter's schema and meaning; the same name means the same everywhere but for `state`.
pub(super) fn parameter(name: &str, path: &str) -> (Value, &'static str) {
    let text = json!({"type": "string"});
    // An empty value asks for nothing: forms send one for each field that was left empty.
    let time = json!({"anyOf": [{"type": "string", "format": "date-time"}, {"const": ""}]});
    match name {
        "outlet" => (text, "Of this outlet."),
        "language" => (text, "In this language: a primary subtag such as `en`."),
        "since" if path.ends_with("/retry") => (time, "Given up at or after this time."),
        "since" if path.ends_with("/replay") => (time, "What happened at or after this time."),
        "article" if path.ends_with("/replay") => (
            json!({"anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}]}),
            "In place of `since`: what happened since this article was stored.",
        ),
        "dry_run" => (
            json!({"enum": ["true", "false", ""]}),
            "`true`: nothing is done, and what would be is counted.",
        ),
        "reason" => (
            json!({"type": "string", "maxLength": 300}),
            "Why, for people; shown and told.",
        ),
        "tag" => (text, "With this tag, whatever its case."),
        "since" => (time, "Stored at or after this time."),
        "until" => (time, "Stored before this time."),
        "q" if path.contains("events") => (
            text,
            "Whose title or text holds all these words, whatever their case.",
        ),
        "q" => (
            text,
            "Whose title or text holds all these words, in any of their forms; `\"a phrase\"`, `title:`, `outlet:`, `lang:`, `tag:`, `-without`, `begin*` and `OR` are understood.",
        ),
        "sort" => (
            json!({"enum": Sort::ALL.map(Sort::as_str), "default": "time"}),
            "The order: newest stored first, or what fits `q` best.",
        ),
        "fields" => (
            json!({"enum": ["full"]}),
            "`full`: items come with their `text`.",
        ),
        "limit" => (
            json!({"type": "integer", "minimum": 1, "maximum": 500, "default": default_limit(path)}),
            "At most so many.",
        ),
        "cursor" => (
            json!({"type": "string", "pattern": "^[A-Za-z0-9_-]*$", "maxLength": 1024}),
            "`next` of the page before.",
        ),
        "endpoint" => (text, "To this endpoint."),
        "article" => (
            json!({"anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}]}),
            "Of this article.",
        ),
        "apply" => (
            json!({"enum": ["true", "false"]}),
            "`true`: what changes is stored as the articles' next revisions.",
        ),
        "announce" => (
            json!({"enum": ["true", "false"]}),
            "`true`, with `apply`: `article.updated` is sent for each.",
        ),
        "type" => (
            text,
            "Of these kinds, parted by commas: `article.new,article.updated`.",
        ),
        "after" => (
            text,
            "Goes on after this event, for clients that cannot set `Last-Event-ID`.",
        ),
        "state" if path.contains("deliveries") => (
            any_of(DeliveryState::ALL.map(DeliveryState::as_str)),
            "In this state.",
        ),
        "state" => (
            any_of(SourceHealth::ALL.map(SourceHealth::as_str)),
            "In this state.",
        ),
        _ => (text, ""),
    }
}

/// One of these words, or nothing.
fn any_of<const N: usize>(words: [&str; N]) -> Value {
    let words: Vec<&str> = words.into_iter().chain([""]).collect();
    json!({ "enum": words })
}

/// What is configured is most often had in one answer.
fn default_limit(path: &str) -> usize {
    match path {
        "/api/v1/sources" | "/api/v1/endpoints" => MAX_LIMIT,
        _ => DEFAULT_LIMIT,
    }
}

/// All operations, in the order of the routes.
pub(super) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let mut operations = plain_operations(schemas);
    operations.extend(list_operations(schemas));
    operations.extend(actions(schemas));
    operations
}

fn plain_operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let text = json!({"type": "string"});
    let object = json!({"type": "object"});
    vec![
        get(
            "/healthz",
            "isAlive",
            "The process answers.",
            "text/plain",
            text.clone(),
        ),
        get(
            "/readyz",
            "isReady",
            "The daemon works and its store can be written.",
            "text/plain",
            text.clone(),
        ),
        get(
            "/metrics",
            "readMetrics",
            "Meters, as OpenMetrics.",
            "application/openmetrics-text",
            text.clone(),
        ),
        get(
            "/api/openapi.json",
            "describe",
            "This description.",
            "application/json",
            object.clone(),
        ),
        get(
            "/api/v1/about",
            "about",
            "What the daemon is.",
            "application/json",
            of::<AboutBody>(schemas),
        ),
        get(
            backup::PATH,
            "takeBackup",
            "All that the store holds, as it stands now; whole only if it ends with its trailer.",
            MEDIA_TYPE,
            json!({"type": "string", "format": "binary"}),
        ),
        Operation {
            parameters: &feed_links::PARAMETERS,
            ..get(
                "/feeds/{file}",
                "readFeed",
                "The cleaned full text of the newest 50 articles: `all.atom`, `all.json`, `OUTLET.atom`, `OUTLET.json`; `search.atom` and `search.json`, which alone take more than `cursor`, of those that are searched for.",
                "application/atom+xml, application/feed+json",
                json!({}),
            )
        },
        Operation {
            parameters: &events::PARAMETERS,
            ..get(
                "/api/v1/events",
                "streamEvents",
                "Events as they come, as server-sent events; `data` is an Event.",
                "text/event-stream",
                reference("Event"),
            )
        },
    ]
}

fn list_operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let json = "application/json";
    let articles = json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": reference("Article")},
            "next": {"type": ["string", "null"]},
        },
    });
    vec![
        Operation {
            parameters: &articles::PARAMETERS,
            ..get(
                "/api/v1/articles",
                "listArticles",
                "Articles, newest stored first; without `text` unless `fields=full`.",
                json,
                articles.clone(),
            )
        },
        get(
            "/api/v1/articles/{id}",
            "showArticle",
            "One article.",
            json,
            reference("Article"),
        ),
        get(
            "/api/v1/articles/{id}/revisions",
            "listRevisions",
            "The article at each of its revisions, oldest first.",
            json,
            articles,
        ),
        Operation {
            parameters: &sources::PARAMETERS,
            ..get(
                "/api/v1/sources",
                "listSources",
                "Sources with their health.",
                json,
                of::<List<Source>>(schemas),
            )
        },
        get(
            "/api/v1/sources/{id}",
            "showSource",
            "One source.",
            json,
            of::<Source>(schemas),
        ),
        Operation {
            parameters: &deliveries::PARAMETERS,
            ..get(
                "/api/v1/deliveries",
                "listDeliveries",
                "Deliveries, newest first.",
                json,
                of::<List<DeliveryBody>>(schemas),
            )
        },
        get(
            "/api/v1/deliveries/{id}",
            "showDelivery",
            "One delivery.",
            json,
            of::<DeliveryBody>(schemas),
        ),
        Operation {
            parameters: &endpoints::PARAMETERS,
            ..get(
                "/api/v1/endpoints",
                "listEndpoints",
                "Endpoints with their health.",
                json,
                of::<List<Endpoint>>(schemas),
            )
        },
        get(
            "/api/v1/endpoints/{name}",
            "showEndpoint",
            "One endpoint.",
            json,
            of::<Endpoint>(schemas),
        ),
        Operation {
            parameters: &explain::PARAMETERS,
            ..get(
                "/api/v1/endpoints/{name}/explain",
                "explainEndpoint",
                "Why the endpoint is told of an article, or is not, and what became of it.",
                json,
                of::<Explanation>(schemas),
            )
        },
    ]
}

fn actions(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let action = |path, name, summary, schema| Operation {
        method: "post",
        path,
        name,
        summary,
        parameters: &[],
        answer: Answer(202, "application/json", schema),
    };
    vec![
        action(
            "/api/v1/sources/{id}/poll",
            "pollSource",
            "The source is due now.",
            of::<Source>(schemas),
        ),
        action(
            "/api/v1/deliveries/{id}/retry",
            "retryDelivery",
            "The delivery is due now.",
            of::<DeliveryBody>(schemas),
        ),
        action(
            "/api/v1/endpoints/{name}/test",
            "testEndpoint",
            "A test message is on its way.",
            of::<TestSent>(schemas),
        ),
        action(
            "/api/v1/endpoints/{name}/enable",
            "enableEndpoint",
            "The endpoint is healthy again; what waited is due.",
            of::<Endpoint>(schemas),
        ),
        Operation {
            parameters: &endpoints::DISABLE_PARAMETERS,
            ..action(
                "/api/v1/endpoints/{name}/disable",
                "disableEndpoint",
                "Nothing is sent to the endpoint until it is enabled; all is kept.",
                of::<Endpoint>(schemas),
            )
        },
        Operation {
            parameters: &replay::PARAMETERS,
            ..action(
                "/api/v1/endpoints/{name}/replay",
                "replayToEndpoint",
                "Everything since a time or an article is told to the endpoint again, under the same event ids; a part at a time.",
                of::<ReplayBody>(schemas),
            )
        },
        Operation {
            parameters: &deliveries::RETRY_PARAMETERS,
            ..action(
                "/api/v1/deliveries/retry",
                "retryFailedDeliveries",
                "Deliveries that were given up are due now; a part at a time.",
                of::<RetriedBody>(schemas),
            )
        },
        Operation {
            parameters: &reextract::PARAMETERS,
            answer: Answer(200, "application/json", of::<ReextractionBody>(schemas)),
            ..action(
                "/api/v1/re-extract",
                "reExtract",
                "The rules in force, on the pages that were kept of some articles; changes nothing without `apply`.",
                Value::Null,
            )
        },
    ]
}

fn get(
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    media_type: &'static str,
    schema: Value,
) -> Operation {
    Operation {
        method: "get",
        path,
        name,
        summary,
        parameters: &[],
        answer: Answer(200, media_type, schema),
    }
}

fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    schemas.subschema_for::<T>().to_value()
}

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

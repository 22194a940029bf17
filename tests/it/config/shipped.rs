//! The files that come with the program: documentation that cannot drift from the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use wireroom::config::endpoint::Format;
use wireroom::config::{built_in_outlets, from_str, load, schema};
use wireroom::model::id::{EndpointName, OutletName};

use super::read;

/// A shipped file with its examples in force: lines that begin with `#` and no blank after it.
pub(super) fn uncommented(path: &str) -> String {
    let text = std::fs::read_to_string(path).expect("a shipped file");
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(example) if !example.is_empty() && !example.starts_with(' ') => example,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Every key of a schema by its full name; the items of a list under the list's own.
fn keys_of_schema(schema: &Value, key: &str, keys: &mut BTreeSet<String>) {
    let schema = if schema["items"].is_object() {
        &schema["items"]
    } else {
        schema
    };
    match schema["properties"].as_object() {
        Some(properties) => {
            for (name, schema) in properties {
                keys_of_schema(schema, &format!("{key}.{name}"), keys);
            }
        }
        None => {
            keys.insert(key.to_owned());
        }
    }
}

fn keys_of_file(value: &toml::Value, key: &str, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                keys_of_file(value, &format!("{key}.{name}"), keys);
            }
        }
        toml::Value::Array(items)
            if !items.is_empty() && items.iter().all(toml::Value::is_table) =>
        {
            for item in items {
                keys_of_file(item, key, keys);
            }
        }
        _ => {
            keys.insert(key.to_owned());
        }
    }
}

#[test]
fn the_defaults_document_every_key_and_no_other() {
    let mut in_schema = BTreeSet::new();
    keys_of_schema(&schema()["anyOf"][0], "", &mut in_schema);
    let file: toml::Table = uncommented("config/default.toml").parse().unwrap();
    let mut in_file = BTreeSet::new();
    keys_of_file(&toml::Value::Table(file), "", &mut in_file);
    // Headers have names of the user's choice.
    let in_file: BTreeSet<String> = in_file
        .into_iter()
        .map(|key| match key.rsplit_once('.') {
            Some((table, _)) if table.contains(".headers") => table.to_owned(),
            _ => key,
        })
        .collect();
    assert_eq!(in_file, in_schema);
}

#[test]
fn the_examples_of_the_defaults_are_right() {
    let text = uncommented("config/default.toml");
    // Each secret is shown in three ways, of which one may be used.
    let one_way: String = text
        .lines()
        .filter(|line| !["_file = ", "_env = "].iter().any(|way| line.contains(way)))
        .filter(|line| {
            // Values and certificates that stand in files.
            !["Authorization", "X-Api-Key", "client_cert", "client_key"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        // A token for reading wants one for the rest, and the default is none.
        .map(|line| line.replace("token = \"\"", "token = \"a-long-word\""))
        .collect::<Vec<_>>()
        .join("\n");
    let loaded = read(&one_way).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let formats: Vec<&str> = loaded
        .config
        .endpoints
        .values()
        .map(|endpoint| endpoint.format.as_str())
        .collect();
    assert_eq!(
        formats,
        [
            "json",
            "cloudevents",
            "matrix",
            "template",
            "ntfy",
            "telegram"
        ]
    );
    assert_eq!(loaded.config.outlets.len(), 1);
    let endpoint = &loaded.config.endpoints[&EndpointName::new("desk")];
    assert_eq!(endpoint.secrets.len(), 1);
    assert_eq!(endpoint.headers.len(), 1);
}

#[test]
fn the_first_configuration_watches_five_outlets() {
    let path = Path::new("config/wireroom.toml");
    let loaded = load(Some(path), &BTreeMap::new()).unwrap();
    assert_eq!(loaded.warnings, []);
    let names: Vec<&str> = loaded
        .config
        .outlets
        .keys()
        .map(OutletName::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "american-chronicles",
            "anewz",
            "interfax-ukraine",
            "kyiv-independent",
            "ukrainska-pravda"
        ]
    );
    assert!(loaded.config.endpoints.is_empty());
    let dir = std::path::absolute("config").unwrap();
    assert_eq!(loaded.config.data_dir, dir.join("../data"));
}

#[test]
fn the_endpoints_of_the_first_configuration_are_ready_to_use() {
    let dir = tempfile::tempdir().unwrap();
    let key = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
    std::fs::write(dir.path().join("desk.key"), key).unwrap();
    let text = uncommented("config/wireroom.toml");
    let text = text.replace(
        "\"outlets/",
        &format!("\"{}/config/outlets/", env!("CARGO_MANIFEST_DIR")),
    );
    let env = super::environment(&[("SLACK_URL", "https://hooks.slack.com/services/T/B/x")]);
    let loaded = from_str(&text, dir.path(), &env).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(loaded.warnings, []);
    let formats = loaded
        .config
        .endpoints
        .values()
        .map(|endpoint| endpoint.format.clone());
    assert_eq!(formats.collect::<Vec<_>>(), [Format::Json, Format::Slack]);
}

#[test]
fn every_shipped_outlet_is_sound_and_built_in() {
    let mut files: Vec<String> = Vec::new();
    for entry in std::fs::read_dir("config/outlets").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let shown = std::path::absolute(&path).unwrap();
        let loaded = read(&format!("[daemon]\noutlets = [{shown:?}]"));
        let loaded = loaded.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert_eq!(loaded.warnings, []);
        let outlet = loaded.config.outlets.values().next().unwrap();
        assert_eq!(outlet.name.as_str(), name);
        assert!(!outlet.sources.is_empty(), "{name} has no source");
        files.push(name);
    }
    files.sort();
    let built_in: Vec<&str> = built_in_outlets()
        .iter()
        .map(|outlet| outlet.name.as_str())
        .collect();
    assert_eq!(built_in, files);
    assert_eq!(files.len(), 38);
}

#[test]
fn no_shipped_rule_drops_what_another_reads() {
    // `drop` works before anything is read: an element that holds a date must not be dropped for its tags.
    for outlet in built_in_outlets() {
        let rules = &outlet.article;
        let read = [
            &rules.body,
            &rules.title,
            &rules.lead,
            &rules.byline,
            &rules.published,
            &rules.tags,
            &rules.captions,
        ];
        let css = |selector| scraper::selector::ToCss::to_css_string(selector);
        for field in read.into_iter().flatten() {
            let wanted: String = css(&field.selector);
            for drop in &rules.drop {
                let dropped: String = css(drop);
                let parts = wanted.split(|c: char| " >,".contains(c));
                assert!(
                    parts.into_iter().all(|part| part != dropped),
                    "{}: {dropped} drops {wanted}",
                    outlet.name
                );
            }
        }
    }
}

#[test]
fn the_patterns_of_the_five_match_their_articles_and_not_their_sections() {
    let check = |name: &str, path: &str, expected: bool| {
        let outlet = built_in_outlets()
            .iter()
            .find(|outlet| outlet.name.as_str() == name)
            .unwrap();
        let patterns: Vec<_> = outlet
            .sources
            .iter()
            .filter_map(|source| source.pattern.as_ref())
            .collect();
        assert!(!patterns.is_empty(), "{name}");
        for pattern in patterns {
            assert_eq!(pattern.is_match(path), expected, "{name} {path}");
        }
    };
    check(
        "anewz",
        "/world/world-news/19/nato-chief-rutte-reaffirms-support-for-ukraine-on-kyiv-trip/news",
        true,
    );
    check("anewz", "/world/world-news", false);
    check("anewz", "/live", false);
    check("rbc-ukraine", "/news/zelenskyy-meets-1750000000.html", true);
    check("rbc-ukraine", "/news", false);
    check("reuters", "/world/europe/kyiv-says-x-2025-06-23/", true);
    check("ap", "/article/russia-ukraine-war-abc123", true);
}

#[test]
fn no_shipped_rule_drops_a_line_that_says_where_a_text_ends() {
    let telling = [
        "MORE ABOUT",
        "Read next",
        "News Feed",
        "HOT NEWS",
        "RECENT NEWS",
        "All News",
        "Related",
        "SEE ALSO:",
        "More on this story",
        "Читайте також",
        "Ещё по теме",
        "Mehr zum Thema",
        "Más información",
        "Te puede interesar",
        "Lire aussi",
        "What is your opinion on this topic?",
        "Leave a Reply",
        "Tags: #nato #rutte",
        "20:35 23.06.2025",
        "by Martin Fornusek December 4, 2024 2:51 PM",
        "Share this:",
        "Reporting by A; Editing by B",
        "(FRANCE 24 with AFP)",
    ];
    for outlet in built_in_outlets() {
        for rule in &outlet.article.drop_lines {
            let dropped: Vec<&str> = telling
                .into_iter()
                .filter(|line| rule.is_match(line))
                .collect();
            assert!(
                dropped.is_empty(),
                "{}: {rule} drops {dropped:?}",
                outlet.name
            );
        }
    }
}

//! Who wrote it: JSON-LD persons, then meta elements, then marked-up bylines (M3).

use std::ops::Range;

use serde_json::Value;

use super::marks::{marked, of_classes, of_markup};
use super::names::{self, stated_person, typed_person};
use super::naming::NAMING;
use super::{beside, boxes, bylines, metadata};
use crate::extract::document::characters::{folded, normal};
use crate::extract::document::head::Head;
use crate::extract::document::jsonld::{JsonLd, decoded, is_kind};
use crate::extract::document::page::{NodeIndex, Page};

/// Nodes behind the text in which the box of its author may stand.
const BEHIND: usize = 150;

/// The names, from the first source that has any.
pub(crate) fn find(
    page: &Page<'_>,
    head: &Head,
    data: &JsonLd,
    others: &[&str],
    near: &Range<NodeIndex>,
) -> Vec<String> {
    // Some systems state the section as the author of what an agency wrote; a column may be called by its own.
    let section = metadata::section(head, data)
        .filter(|section| !section.contains('.') && !names::is_called_so(section));
    let others: Vec<&str> = others.iter().copied().chain(section.as_deref()).collect();
    let others = others.as_slice();
    let stated = of_json_ld(data, others);
    if !stated.is_empty() {
        return with_fellows(stated, marked(page, others, near));
    }
    let behind = near.end..(near.end + BEHIND).min(page.nodes.len());
    let top = bylines::top(page, near);
    let rest = top.end..near.end;
    let sources: [&dyn Fn() -> Vec<String>; 14] = [
        &|| of_meta(head, others),
        // What stands above the text is the article's own; what stands in or behind it may be another's.
        &|| of_markup(page, others, &top),
        &|| of_classes(page, others, &top),
        &|| bylines::of_words(page, others, &top),
        &|| bylines::opening(page, others, near),
        &|| of_markup(page, others, &rest),
        &|| of_classes(page, others, &rest),
        &|| bylines::of_words(page, others, &rest),
        &|| marked(page, others, &behind),
        &|| bylines::of_words(page, others, &behind),
        &|| boxes::of_box(page, others, &behind),
        &|| bylines::standing(page, others, near),
        &|| beside::of_blocks(page, others, &top),
        &|| boxes::single(page, others, &top),
    ];
    sources
        .iter()
        .map(|source| source())
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// The news agency that the page states as its author or among its authors, unless it is its own.
pub(crate) fn agency(
    head: &Head,
    data: &JsonLd,
    others: &[&str],
    outlet: Option<&str>,
) -> Option<String> {
    // The page's organisations hold its authors too, so its owner is told by its publisher and host.
    let publisher = data.get("publisher").and_then(Value::as_object);
    let publisher = publisher.and_then(|object| data.resolved(object).get("name")?.as_str());
    let hosts: Vec<String> = others
        .iter()
        .filter(|other| other.contains('.'))
        .flat_map(|host| host.split('.'))
        .map(folded)
        .collect();
    let owners: Vec<String> = publisher
        .into_iter()
        .chain(head.get(&["og:site_name"]))
        .chain(outlet)
        .map(folded)
        .collect();
    // `interfax.com.ua` is Interfax-Ukraine's.
    let owns = |name: &str| {
        let key = folded(name);
        let hosted = |host: &String| key == *host || host.len() >= 4 && key.contains(host);
        owners.contains(&key) || hosts.iter().any(hosted)
    };
    let mut stated: Vec<String> = Vec::new();
    for value in data.authors().take(2) {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        stated.extend(list.iter().take(20).filter_map(|item| {
            let name = match item {
                Value::String(text) => text,
                Value::Object(object) => data.resolved(object).get("name")?.as_str()?,
                _ => return None,
            };
            Some(normal(&decoded(name)))
        }));
    }
    stated.extend(
        ["author", "article:author", "dc.creator", "byl"]
            .iter()
            .flat_map(|key| head.all(key))
            .map(str::to_owned),
    );
    stated.into_iter().find(|line| {
        line.len() <= 80
            && line
                .split([',', ';', '/', '|', '&', '+'])
                .flat_map(|part| part.split(" and "))
                .flat_map(|part| part.split(" with "))
                .map(str::trim)
                .any(|part| NAMING.is_agency(part) && !owns(part))
    })
}

/// The authors whom the page shows, where they are those stated and some more: JSON-LD often keeps
/// the first alone.
fn with_fellows(stated: Vec<String>, shown: Vec<String>) -> Vec<String> {
    let all = shown.len() > stated.len()
        && shown.len() <= 5
        && shown.iter().all(|name| names::is_whole(name))
        && stated
            .iter()
            .all(|name| shown.iter().any(|other| folded(other) == folded(name)));
    if all { shown } else { stated }
}

fn of_json_ld(data: &JsonLd, others: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for value in data.authors() {
        collect(data, value, others, &mut names);
        if !names.is_empty() {
            break;
        }
    }
    names
}

fn collect(data: &JsonLd, value: &Value, others: &[&str], names: &mut Vec<String>) {
    let found = match value {
        Value::Array(list) => {
            // Lists in lists are read one deep.
            let items = list.iter().flat_map(|item| match item {
                Value::Array(inner) => inner.as_slice(),
                one => std::slice::from_ref(one),
            });
            for item in items.take(20).filter(|item| !item.is_array()) {
                collect(data, item, others, names);
            }
            return;
        }
        Value::String(text) if !text.contains("://") => stated_person(&decoded(text), others),
        Value::Object(object) => {
            let object = data.resolved(object);
            let person = is_kind(object, |kind| kind == "Person");
            let other = is_kind(object, |kind| {
                kind.ends_with("Organization") || kind == "Thing" || kind == "WebSite"
            });
            if other && !person {
                return;
            }
            let read = if person { typed_person } else { stated_person };
            let listed: Vec<String> = match object.get("name") {
                Some(Value::String(name)) => read(&decoded(name), others),
                Some(Value::Array(list)) => list
                    .iter()
                    .filter_map(Value::as_str)
                    .take(20)
                    .flat_map(|name| read(&decoded(name), others))
                    .collect(),
                _ => of_parts(object, others),
            };
            listed
        }
        _ => return,
    };
    for name in found {
        let key = folded(&name);
        if !names.iter().any(|known| folded(known) == key) {
            names.push(name);
        }
    }
}

/// A name that is stated in its parts.
fn of_parts(object: &serde_json::Map<String, Value>, others: &[&str]) -> Vec<String> {
    let parts: Vec<&str> = ["givenName", "additionalName", "familyName"]
        .iter()
        .filter_map(|key| object.get(*key)?.as_str())
        .collect();
    typed_person(&decoded(&parts.join(" ")), others)
}

/// Meta elements that name an author, in order of trust.
const METAS: [&str; 17] = [
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "sailthru.author",
    "byl",
    "cxenseparse:author",
    "article:author_name",
    "citation_author",
    "articleauthor",
    "article_author",
    "author_name",
    "author-name",
    "authors",
    "twitter:data1",
];

/// Words in the label of a network's card that say its value is the author.
const LABELS: [&str; 17] = [
    "by",
    "von",
    "por",
    "par",
    "da",
    "автор",
    "author",
    "autor",
    "door",
    "av",
    "yaz",
    "작성",
    "作者",
    "執筆",
    "מאת",
    "bởi",
    "oleh",
];

fn of_meta(head: &Head, others: &[&str]) -> Vec<String> {
    let label = head.get(&["twitter:label1"]).map(str::to_lowercase);
    let labelled = label.is_some_and(|label| LABELS.iter().any(|word| label.contains(word)));
    let card = head.get(&["twitter:data1"]).filter(|_| labelled);
    for key in METAS {
        if key == "twitter:data1" && card.is_none() {
            continue;
        }
        let mut names: Vec<String> = Vec::new();
        for value in head.all(key) {
            // As libraries have it: the family's name first.
            let turned = value.split_once(", ").filter(|_| key == "citation_author");
            let turned = turned.map(|(family, given)| format!("{given} {family}"));
            let mut found = stated_person(turned.as_deref().unwrap_or(value), others);
            // A pen name that the page's card repeats as the one who wrote it.
            if found.is_empty() && card == Some(value) {
                found = typed_person(value, others);
            }
            for name in found {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if !names.is_empty() {
            return names;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crate::extract::{Extraction, Input, extract};

    const PROSE: &str = "<p>The harbour was closed for three days while divers looked for the anchor, the \
        master of the port said on Monday, and nobody could say how long it would take.</p>";

    fn read(head: &str, before: &str, behind: &str) -> Extraction {
        let page = format!(
            "<html lang=en><head><title>The harbour is closed</title>{head}</head><body><article>\
            <h1>The harbour is closed</h1>{before}{PROSE}{PROSE}{PROSE}{behind}</article></body></html>"
        );
        let url = url::Url::parse("https://www.port.example/a").unwrap();
        extract(&Input {
            url: Some(&url),
            ..Input::of(page.as_bytes())
        })
        .expect("the page has a text")
    }

    fn data(author: &str) -> String {
        format!(
            "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"headline\":\"The harbour is closed\",\
            \"author\":{author}}}</script>"
        )
    }

    #[test]
    fn stated_authors_are_read_in_every_shape() {
        for (author, names) in [
            (r#""Jane Doe""#, vec!["Jane Doe"]),
            (
                r#""By Jane Doe and John Smith""#,
                vec!["Jane Doe", "John Smith"],
            ),
            (
                r#"["Jane Doe", "John Smith"]"#,
                vec!["Jane Doe", "John Smith"],
            ),
            (
                r#"{"@type":"Person","name":["Jane Doe","John Smith"]}"#,
                vec!["Jane Doe", "John Smith"],
            ),
            (
                r#"{"@type":"Person","givenName":"Jane","familyName":"Doe"}"#,
                vec!["Jane Doe"],
            ),
            (r#"{"@type":"Person","name":"seagull7"}"#, vec!["seagull7"]),
            (
                r#"{"@type":"Person","name":"jane van der doe"}"#,
                vec!["jane van der doe"],
            ),
            (
                r#"{"@type":"Person","name":"Jane Doe, professor at port.example"}"#,
                vec!["Jane Doe"],
            ),
            (
                r#"{"@type":"Person","name":"山田太郎記者"}"#,
                vec!["山田太郎"],
            ),
            (
                r#"[[{"@type":"Person","name":"Jane Doe"}]]"#,
                vec!["Jane Doe"],
            ),
            (r#"["Jane Doe", "JANE DOE"]"#, vec!["Jane Doe"]),
            (
                r#"{"@type":"Person","name":"Jane Doe <jane@port.example>"}"#,
                vec!["Jane Doe"],
            ),
            (
                r#"[{"@type":"Person","name":"Emily Post"},{"@type":"Person","name":"Jack London"}]"#,
                vec!["Emily Post", "Jack London"],
            ),
            (
                r#"{"@type":"Person","name":"María de los Ángeles Pérez de la Fuente García"}"#,
                vec!["María de los Ángeles Pérez de la Fuente García"],
            ),
            (r#"{"@type":"Person","name":"Reuters Berlin"}"#, vec![]),
            (r#"{"@type":"Person","name":"Online Post"}"#, vec![]),
            (r#"{"@type":"Person","name":"admin"}"#, vec![]),
            (r#"{"@type":"Person","name":"News-Desk"}"#, vec![]),
            (r#"{"@type":"Person","name":"port.example"}"#, vec![]),
            (r#"{"@type":"Organization","name":"The Port"}"#, vec![]),
        ] {
            let content = read(&data(author), "", "").content;
            assert_eq!(content.authors, names, "{author}");
            assert_eq!(content.credit, None, "{author}");
        }
    }

    #[test]
    fn a_section_is_nobody_unless_it_is_called_by_somebody() {
        for (section, names) in [("PMN Health", vec![]), ("Paul Krug", vec!["Paul Krug"])] {
            let author =
                format!(r#"{{"@type":"Person","name":"{section}"}},"articleSection":"{section}""#);
            assert_eq!(
                read(&data(&author), "", "").content.authors,
                names,
                "{section}"
            );
        }
    }

    #[test]
    fn an_agency_is_the_credit() {
        for author in [
            r#"{"@type":"Organization","name":"Reuters"}"#,
            r#"{"@type":"Person","name":"Reuters"}"#,
            r#""Reuters""#,
        ] {
            let content = read(&data(author), "", "").content;
            assert!(content.authors.is_empty(), "{author}");
            assert_eq!(content.credit.as_deref(), Some("Reuters"), "{author}");
        }
    }

    #[test]
    fn an_agency_is_not_credited_on_its_own_pages() {
        let own = r#""Reuters","publisher":{"@type":"Organization","name":"Reuters"}"#;
        assert_eq!(read(&data(own), "", "").content.credit, None);
    }

    #[test]
    fn shown_authors_complete_the_stated_ones() {
        let first = data(r#"{"@type":"Person","name":"Jane Doe"}"#);
        let both =
            "<p><a rel=author href=/j>Jane Doe</a>, <a rel=author href=/s>John Smith</a></p>";
        assert_eq!(
            read(&first, both, "").content.authors,
            ["Jane Doe", "John Smith"]
        );
        let other =
            "<p><a rel=author href=/s>John Smith</a>, <a rel=author href=/m>Ann Miller</a></p>";
        assert_eq!(read(&first, other, "").content.authors, ["Jane Doe"]);
    }

    #[test]
    fn bylines_without_marks_are_found_where_they_stand() {
        for (before, behind, names) in [
            (
                "<div><span>Jane Doe |</span> <span>5 March 2024 - Updated 6 March 2024</span></div>",
                "",
                vec!["Jane Doe"],
            ),
            (
                "<p><strong>Jane Doe/John Smith</strong></p>",
                "",
                vec!["Jane Doe", "John Smith"],
            ),
            (
                "",
                "<p style='text-align:right'>Lê Phương</p>",
                vec!["Lê Phương"],
            ),
            ("<p>---- by Jane Doe</p>", "", vec!["Jane Doe"]),
            ("<p>Автор: Олеся Жуковень</p>", "", vec!["Олеся Жуковень"]),
            ("<p>文／山田太郎</p>", "", vec!["山田太郎"]),
            ("<p>בקלם</p><p>מאת: דוד כהן</p>", "", vec!["דוד כהן"]),
            ("<p>بقلم: أحمد علي</p>", "", vec!["أحمد علي"]),
            ("<p><strong>What Happened Next?</strong></p>", "", vec![]),
            ("<p>By the end of June</p>", "", vec![]),
            (
                "",
                "<p><i>Jane Doe, Churchwarden<br>The 15th of March, 2026</i></p>",
                vec!["Jane Doe"],
            ),
            (
                "",
                "<p align=right><em>Jane Doe</em></p><p>Can you hold a tune? The choir is short of basses, and a good \
                many of us would be glad of one more voice on Sundays, be it low or high.</p>",
                vec!["Jane Doe"],
            ),
            ("", "<p><i>12.03.2024 | Jane Doe</i></p>", vec!["Jane Doe"]),
            ("", "<p><i>Jane Doe, reporter</i></p>", vec!["Jane Doe"]),
            ("", "<p><i>Jane Doe, Berlin</i></p>", vec!["Jane Doe"]),
            ("", "<p><i>Anna Karenina, 1877</i></p>", vec![]),
            ("", "<p>by <b>gull</b> el Martes, 23 junio</p>", vec![]),
            (
                "<p>NATO-Generalsekretär Mark Doe in Berlin | AFP</p><p>14.01.2026</p>",
                "",
                vec![],
            ),
            (
                "<p>Posted on 3rd March 2011 by Jane Doe</p>",
                "",
                vec!["Jane Doe"],
            ),
            (
                "<p>By Jane Doe on March 3rd, 2011 at 5 p.m.</p>",
                "",
                vec!["Jane Doe"],
            ),
            (
                "<p>2011年3月4日 08:15　来源：新华社　记者：王小明</p>",
                "",
                vec!["王小明"],
            ),
            (
                "<p>4 березня 2011 | Автор: Олена Ковальчук | Переглядів: 12</p>",
                "",
                vec!["Олена Ковальчук"],
            ),
        ] {
            assert_eq!(
                read("", before, behind).content.authors,
                names,
                "{before}{behind}"
            );
        }
    }

    #[test]
    fn a_name_on_a_line_of_its_own_right_above_the_date_is_the_authors() {
        for (before, names) in [
            (
                "<div>Олена Ковальчук</div><div>23 червня 2025, 17:35</div>",
                vec!["Олена Ковальчук"],
            ),
            (
                "<div>Aysel Məmmədova</div><p>23 İyun 2025, 17:35</p>",
                vec!["Aysel Məmmədova"],
            ),
            (
                "<p>The harbour was closed for three days while divers looked for the anchor that nobody \
                had seen fall.</p><p><em>【山田太郎】</em></p><time>23 June 2025, 17:35</time>",
                vec!["山田太郎"],
            ),
            // A section that the page's menu leads to, a heading, and a line that says more than a date.
            (
                "<nav><a href=/a>Harbour Life</a></nav><div>Harbour Life</div><div>23 June 2025</div>",
                vec![],
            ),
            ("<h2>Jane Doe</h2><div>23 June 2025</div>", vec![]),
            (
                "<div>Jane Doe</div><div>She was born on 23 June 1995</div>",
                vec![],
            ),
        ] {
            let found = read("", before, "");
            assert_eq!(found.content.authors, names, "{before}");
        }
        let found = read(
            "",
            "<div>Aysel Məmmədova</div><p>23 İyun 2025, 17:35</p>",
            "",
        );
        let published = found.content.published.map(|time| time.to_string());
        assert_eq!(published.as_deref(), Some("2025-06-23T17:35:00"));
    }
}

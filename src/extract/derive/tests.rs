use super::*;
use crate::config::outlet::SharedRules;
use crate::model::id::OutletName;

fn outlet() -> Outlet {
    Outlet {
        name: OutletName::new("port"),
        title: "The Port".to_owned(),
        homepage: Url::parse("https://port.example/").unwrap(),
        language: None,
        timezone: None,
        charset: None,
        revisit: None,
        retry_after_scope: None,
        tracking: Vec::new(),
        sources: Vec::new(),
        article: SharedRules::default(),
    }
}

fn prose(number: usize) -> String {
    let ships = ["Aurora", "Borealis", "Corona", "Dorado"][number];
    let paragraphs: Vec<String> = (0..6)
        .map(|part| {
            format!(
                "<p>The ship {ships} was seen for the {part}th time by the harbour master, who said on Tuesday \
                 that it had waited {number} days for the storm {part} to pass over the bay of {ships}.</p>"
            )
        })
        .collect();
    paragraphs.concat()
}

fn check(page: impl Fn(usize) -> String, expect: impl Fn(&Derived) -> bool) {
    let pages: Vec<(String, Url, Entry)> = (0..4)
        .map(|number| {
            let entry = Entry {
                title: Some(format!("Headline number {number} about the port")),
                published: dates::parse(&format!("2025-06-1{number}T10:00:00Z"), None),
                authors: vec!["Ada Harbour".to_owned()],
                ..Entry::default()
            };
            let url = Url::parse(&format!("https://port.example/news/{number}")).unwrap();
            (page(number), url, entry)
        })
        .collect();
    let witnesses: Vec<Witness<'_>> = pages
        .iter()
        .map(|(page, url, entry)| Witness {
            bytes: page.as_bytes(),
            content_type: Some("text/html"),
            url,
            entry,
        })
        .collect();
    let derived = derive(&outlet(), &witnesses);
    assert!(expect(&derived), "{derived:#?}");
}

#[test]
fn a_site_that_is_read_well_needs_no_rules() {
    check(
        |n| {
            format!(
                "<html lang=en><head><title>Headline number {n} about the port | The Port</title>
                 <meta property=article:published_time content=2025-06-1{n}T10:00:00Z>
                 <meta name=author content='Ada Harbour'></head>
                 <body><article><h1>Headline number {n} about the port</h1>{}</article></body></html>",
                prose(n)
            )
        },
        |derived| {
            *derived
                == Derived {
                    readable: 4,
                    ..Derived::default()
                }
        },
    );
}

#[test]
fn lines_of_the_layout_are_found_and_dropped() {
    let plea =
        "The harbour desk of this town relies on its readers alone for the work on the quay.";
    check(
        |n| {
            format!(
                "<html><body><article><h1>Headline number {n} about the port</h1>\
                 <div class=story>{}<p>{plea}</p></div></article></body></html>",
                prose(n)
            )
        },
        |derived| derived.drop_lines == [format!("^{}$", regex::escape(plea))],
    );
    check(
        |n| {
            format!(
                "<html><body><article><h1>Headline number {n} about the port</h1>\
                 <div class=story>{}</div><p>{plea}</p></article></body></html>",
                prose(n)
            )
        },
        // Behind the column, in a block of another make, it needs no rule.
        |derived| derived.drop_lines.is_empty() && derived.body == Finding::Well,
    );
}

#[test]
fn what_the_general_extractor_misses_is_looked_for() {
    check(
        |n| {
            format!(
                "<html><head><title>The Port</title></head><body><h1>Harbour news of the day</h1>\
                 <div class=top><h2 class=story-head>Headline number {n} about the port</h2>\
                 <span class=stamp data-date='2025-06-1{n}T10:05:00Z'>today</span></div>\
                 <div class=story>{}</div></body></html>",
                prose(n)
            )
        },
        |derived| {
            derived.title == Finding::Rule("h2.story-head".to_owned())
                && derived.published == Finding::Rule("span.stamp@data-date".to_owned())
        },
    );
}

#[test]
fn one_article_under_several_addresses_proves_nothing() {
    check(
        |_| {
            format!(
                "<html><body><article><h1>Headline number 0 about the port</h1>{}</article></body></html>",
                prose(0)
            )
        },
        |derived| derived.drop_lines.is_empty() && derived.readable == 1,
    );
}

//! The table of the outlets that come with the program, made of their files and the remarks in them.

use std::fmt::Write as _;

use super::built_in::{FILES, built_in_outlets};
use super::outlet::Outlet;
use crate::model::source::SourceKind;

const IN_MEMORY: &str = "writing to a string does not fail";

/// The outlets that come with the program, as a Markdown table for `docs/outlets.md`; a test holds the
/// page to it.
pub fn outlet_table() -> String {
    let mut table = String::from(
        "| outlet | title | language | feeds, pages | verified |\n| --- | --- | --- | --- | --- |\n",
    );
    for outlet in built_in_outlets() {
        let text = FILES
            .iter()
            .find(|(name, _)| *name == outlet.name.as_str())
            .map_or("", |(_, text)| text);
        let name = &outlet.name;
        writeln!(
            table,
            "| [`{name}`](../config/outlets/{name}.toml) | {} | {} | {} | {} |",
            outlet.title.replace('|', "\\|"),
            languages(outlet),
            counts(outlet),
            verified(outlet, text)
        )
        .expect(IN_MEMORY);
    }
    table
}

fn languages(outlet: &Outlet) -> String {
    let of_sources = outlet
        .sources
        .iter()
        .filter_map(|source| source.language.as_deref());
    let mut tags: Vec<&str> = outlet
        .language
        .as_deref()
        .into_iter()
        .chain(of_sources)
        .collect();
    let mut seen = Vec::new();
    tags.retain(|tag| {
        let is_new = !seen.contains(tag);
        seen.push(*tag);
        is_new
    });
    tags.join(", ")
}

fn counts(outlet: &Outlet) -> String {
    let of = |kind: SourceKind| {
        outlet
            .sources
            .iter()
            .filter(|source| source.kind == kind)
            .count()
    };
    let kinds = [
        (of(SourceKind::Feed), "feed"),
        (of(SourceKind::Page), "page"),
        (of(SourceKind::Sitemap), "sitemap"),
    ];
    let words = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{count} {word}{plural}")
        });
    words.collect::<Vec<_>>().join(", ")
}

/// What the remarks in the file say: which sources answered and when, and what the selectors were tried on.
fn verified(outlet: &Outlet, text: &str) -> String {
    let remarks = text.lines().filter_map(|line| line.strip_prefix('#'));
    let remarks: Vec<&str> = remarks.map(str::trim).collect();
    let all = remarks.join(" ");
    let answered: Vec<&str> = dates_after(&all, "nswered on ").collect();
    let sources = match answered.iter().max() {
        Some(latest) => {
            let (count, all) = (
                answered.len().min(outlet.sources.len()),
                outlet.sources.len(),
            );
            format!("{count} of {all} answered on {latest}")
        }
        None => "sources not tried".to_owned(),
    };
    let stored = dates_after(&all, "stored on ").max();
    let selectors = match stored {
        Some(date) => format!("selectors on a page of {date}"),
        None if ["rebuilt page", "page rebuilt"]
            .iter()
            .any(|it| all.contains(it)) =>
        {
            "selectors on a rebuilt page".to_owned()
        }
        None if outlet.article.body.is_empty() => "no selector for the text".to_owned(),
        None => "selectors not tried".to_owned(),
    };
    format!("{sources}; {selectors}")
}

/// The dates that follow these words.
fn dates_after<'a>(text: &'a str, words: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(words)
        .skip(1)
        .filter_map(|rest| rest.get(..10).filter(|date| date.as_bytes()[4] == b'-'))
}

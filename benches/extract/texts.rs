//! What was extracted, for comparison with others: the same lines as `benches/compare`'s runners print.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use crate::pages::{self, Page};
use crate::{bare_parse, extraction, seconds};

/// One JSON object a page of `list`, on standard output.
pub(crate) fn print(list: &str, passes: u32) {
    let list = std::fs::read_to_string(list).expect("the list of pages can be read");
    let mut out = std::io::stdout().lock();
    for line in list.lines() {
        let named: Value = serde_json::from_str(line).expect("each line of the list is JSON");
        let page = Page {
            name: named["id"].as_str().unwrap_or_default().to_owned(),
            url: named["url"].as_str().and_then(|url| Url::parse(url).ok()),
            bytes: pages::read(Path::new(
                named["path"].as_str().expect("a page has a path"),
            ))
            .expect("a page ends in .html or .gz"),
        };
        let best = |work: &dyn Fn()| {
            (0..passes)
                .map(|_| seconds(work))
                .fold(f64::INFINITY, f64::min)
        };
        let parse = best(&|| drop(bare_parse(&page)));
        let whole = best(&|| drop(extraction(&page)));
        let found = extraction(&page);
        let line = json!({
            "id": page.name,
            "seconds": whole,
            "parse": parse,
            "bytes": page.bytes.len(),
            "text": found.as_ref().map(|found| found.content.text()).unwrap_or_default(),
            "way": found.as_ref().map(|found| found.content.way.as_str()),
            "confidence": found.as_ref().map(|found| found.confidence),
            "cuts": found.iter().flat_map(|found| &found.notes)
                .map(|note| [&note.rule, &note.about]).collect::<Vec<_>>(),
        });
        writeln!(out, "{line}").expect("standard output takes it");
    }
}

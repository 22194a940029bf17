//! The time of publication in a script: the state that a page is drawn from, or what its counters are
//! told. Asked only where nothing else is stated, since a script may speak of many articles.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::Reading;
use crate::extract::document::characters::normal;
use crate::extract::document::page::{Page, Tag};
use crate::model::stated::StatedTime;

/// Values of one page that are looked at.
const MAX_VALUES: usize = 60;
/// Characters of the headline by which an article is found in a script.
const HEADLINE: usize = 25;
/// Bytes of one object that are looked through, and what leaving it adds to a distance.
const OBJECT: (usize, usize) = (4_000, 1 << 30);

/// Keys of a time of publication, quoted or not, and their values; quotes inside a string are escaped.
static STATED: LazyLock<Regex> = LazyLock::new(|| {
    let keys = "datePublished|date_published|publishedAt|published_at|publishedDate|published_date|\
        publishDate|publish_date|publishTime|publish_time|publicationDate|publication_date|\
        firstPublished|firstPublishedAt|first_published_at|firstPublishedDate|firstPublicationDate|\
        first_publish_date|firstPublishDate|publishedTime|published_time|publishedOn|published_on|\
        pubDate|pub_date|displayDate|display_date|datePublication|date_publication|articleDate|\
        article_date|article_publish_date|article_publication_date|article_published_time|articlePublishDate|pagePublishedDate|publishAt|publish_at";
    Regex::new(&format!(
        r#"\b(?:{keys})\\?["']?\s*[:=]\s*\\?["']?([^"'\\,}}\n]{{8,40}})"#
    ))
    .expect("a constant expression")
});

/// A time that scripts state, and how surely it is the article's.
pub(crate) struct Told {
    pub(crate) time: StatedTime,
    /// Whether the headline stands in the same object.
    pub(crate) sure: bool,
}

/// The time that the page's scripts state: the only day they name, or the one nearest to the headline.
pub(crate) fn published(
    page: &Page<'_>,
    headline: Option<&str>,
    reading: Reading<'_>,
) -> Option<Told> {
    let opening: Option<String> = headline
        .map(|text| text.chars().take(HEADLINE).collect())
        .filter(|text: &String| text.chars().count() >= HEADLINE / 2);
    let mut days = Vec::new();
    let mut nearest: Option<(usize, StatedTime)> = None;
    for script in page.with_tag(Tag::Script) {
        for node in &page.nodes[script + 1..page.nodes[script].end] {
            let found = STATED.captures_iter(node.text).take(MAX_VALUES);
            let mut found = found
                .filter_map(|captures| {
                    let value = captures.get(1)?;
                    let time = reading.parse(normal(value.as_str()).trim())?;
                    Some((value.start(), time))
                })
                .peekable();
            if found.peek().is_none() {
                continue;
            }
            let named: Vec<usize> = opening
                .iter()
                .flat_map(|opening| node.text.match_indices(opening.as_str()))
                .take(MAX_VALUES)
                .map(|(at, _)| at)
                .collect();
            for (at, time) in found {
                if !days.contains(&time.day()) {
                    days.push(time.day());
                }
                let distance = named
                    .iter()
                    .map(|named| distance(node.text, *named, at))
                    .min();
                let distance = distance.unwrap_or(usize::MAX);
                if nearest.is_none_or(|(least, _)| distance < least) {
                    nearest = Some((distance, time));
                }
            }
        }
    }
    nearest
        .filter(|(distance, _)| days.len() == 1 || *distance < usize::MAX)
        .map(|(distance, time)| Told {
            time,
            sure: distance < OBJECT.1,
        })
}

/// How far a value is from the headline; one of the same object is nearer than all others.
fn distance(text: &str, headline: usize, value: usize) -> usize {
    let between = headline.min(value)..headline.max(value);
    let within = between.len() <= OBJECT.0 && !text.as_bytes()[between.clone()].contains(&b'}');
    between.len() + if within { 0 } else { OBJECT.1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::facts::order::Order;

    #[test]
    fn the_state_of_the_page_names_the_day() {
        let reading = Reading {
            zone: None,
            order: Order::DayFirst,
        };
        let title = "The harbour of the town is closed";
        for (script, expected) in [
            (
                r#"{"props":{"article":{"publishedAt":"2024-03-05T08:10:00Z"}}}"#,
                Some("2024-03-05T08:10:00Z"),
            ),
            (
                r#"self.push('{\"publish_date\":\"2024-03-05\"}')"#,
                Some("2024-03-05"),
            ),
            (
                "utag = { publicationDate: '20240305', x: 1 }",
                Some("2024-03-05"),
            ),
            (
                r#"{"published_at":1709626200}"#,
                Some("2024-03-05T08:10:00Z"),
            ),
            (
                r#"[{"title":"Another one","pubDate":"2024-03-07"},
                {"title":"The harbour of the town is closed","pubDate":"2024-03-05"}]"#,
                Some("2024-03-05"),
            ),
            (
                r#"[{"title":"One","pubDate":"2024-03-07"},{"title":"Two","pubDate":"2024-03-05"}]"#,
                None,
            ),
            (r#"{"unpublishedAt":"2024-03-05"}"#, None),
        ] {
            let html = crate::extract::tree(&format!("<script>{script}</script><p>Text</p>"));
            let page = Page::new(&html);
            let found = published(&page, Some(title), reading).map(|told| told.time.to_string());
            assert_eq!(found.as_deref(), expected, "{script}");
        }
    }
}

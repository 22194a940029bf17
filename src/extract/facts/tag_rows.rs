//! Tags that nothing in the markup's names gives away: a row of links to the pages of topics.
//!
//! Such a row holds links and, it may be, a heading ("Topics:"), and nothing else. Either the heading
//! or the addresses of all links (`/tag/nato/`) say what it is. Links within sentences are no row.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Nodes of the largest row, and how far above a link it is looked for.
const ROW: (usize, usize) = (160, 5);
/// Links in a row at most, and words on one of them.
const LINKS: (usize, usize) = (15, 6);

/// Links and headings that are looked at.
const HINTS: usize = 500;

/// What rows of tags are headed by, in small letters and without the colon.
static HEADINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "tags|tag|tagged|topics|topic|related topics|keywords|filed under|in this story|themen|thema|\
    schlagwörter|schlagworte|stichwörter|themen in diesem artikel|etiquetas|etiqueta|temas|archivado en|palabras clave|mots-clés|\
    thèmes|sujets|argomenti|tagi|tematy|słowa kluczowe|теги|тег|темы|тема|теми|ключові слова|ключевые слова|мітки|метки|\
    etiketler|konular|etiketlər|mövzular|açar sözlər|trefwoorden|onderwerpen|assuntos|palavras-chave|emner|ämnen|\
    وسوم|الوسوم|كلمات مفتاحية|مواضيع|תגיות|タグ|キーワード|标签|標籤|关键词|태그"
    .split('|')
    .collect()
});

/// Directories in which the pages of topics are kept.
static DIRECTORIES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "tag|tags|topic|topics|keyword|keywords|theme|themes|thema|themen|tema|temas|temy|tagi|\
    etiqueta|etiquetas|etiket|etiketler|mot-cle|mots-cles|argomenti|schlagwort|stichwort|trefwoord|hashtag|label|teg|tegi|temi"
    .split('|')
    .collect()
});

/// What a block holds that is a row of tags, or the beginning of one.
struct Row {
    tags: Vec<String>,
    /// It has a heading that says so.
    headed: bool,
}

/// The words of the first such row in a part of the page. A single link without a heading may as well be
/// the name of the section.
pub(crate) fn first(page: &Page<'_>, around: &Range<NodeIndex>) -> Vec<String> {
    let hints = |node: &NodeIndex| match page.nodes[*node].tag {
        Tag::Text => is_heading(page.nodes[*node].text),
        Tag::A => leads_to_topic(page, *node),
        _ => false,
    };
    around
        .clone()
        .filter(hints)
        .take(HINTS)
        .filter_map(|node| row_around(page, node, around.start))
        .find(|row| row.headed || row.tags.len() > 1)
        .map(|row| row.tags)
        .unwrap_or_default()
}

/// The tags of the largest row that a node stands in.
fn row_around(page: &Page<'_>, node: NodeIndex, from: NodeIndex) -> Option<Row> {
    page.upward(node)
        .skip(1)
        .take(ROW.1)
        .filter(|block| page.nodes[*block].tag != Tag::A)
        .take_while(|block| *block >= from && page.nodes[*block].end - block <= ROW.0)
        .map_while(|block| read(page, block))
        .last()
        .filter(|row| !row.tags.is_empty())
}

/// The tags in a block, none yet where it holds a heading alone; nothing where it is no row.
fn read(page: &Page<'_>, block: NodeIndex) -> Option<Row> {
    let mut tags = Vec::new();
    let mut all_lead = true;
    let mut headed = false;
    let mut at = block + 1;
    while at < page.nodes[block].end {
        let node = &page.nodes[at];
        match node.tag {
            Tag::A => {
                let link = at;
                let tag = page.line(link);
                if tag.is_empty() || tag.split(' ').count() > LINKS.1 || tags.len() == LINKS.0 {
                    return None;
                }
                at = node.end;
                // The last link often leads to the list of all of them.
                if is_directory(page.attribute(link, "href").unwrap_or_default()) {
                    continue;
                }
                all_lead &= leads_to_topic(page, link);
                tags.push(tag);
                continue;
            }
            Tag::Text if is_heading(node.text) && tags.is_empty() => headed = true,
            Tag::Text if node.text.chars().any(char::is_alphanumeric) => return None,
            Tag::Img | Tag::Picture | Tag::Time | Tag::Input | Tag::Button => return None,
            _ => {}
        }
        at += 1;
    }
    (headed || all_lead).then_some(Row { tags, headed })
}

/// Whether words are what a row of tags is headed by.
fn is_heading(words: &str) -> bool {
    let words = words.trim();
    if words.is_empty() || words.len() > 50 {
        return false;
    }
    let words = words.trim_end_matches([':', '：', ' ']).to_lowercase();
    HEADINGS.contains(words.as_str())
}

/// Whether a link leads into a directory of topics.
fn leads_to_topic(page: &Page<'_>, link: NodeIndex) -> bool {
    page.attribute(link, "href")
        .is_some_and(|href| segments(href).skip(1).take(2).any(is_directory_name))
}

/// Whether an address is that of such a directory itself.
fn is_directory(href: &str) -> bool {
    segments(href).next().is_some_and(is_directory_name)
}

fn is_directory_name(name: &str) -> bool {
    DIRECTORIES.contains(name)
}

/// The segments of an address's path, the last one first.
fn segments(href: &str) -> impl Iterator<Item = &str> {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    path.trim_end_matches('/').rsplit('/')
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    fn tags(row: &str) -> Vec<String> {
        let prose = "<p>The pilots of <a href=/topic/port/>the port</a> stay at home for the third day in a row, and \
                     nobody at the harbour office knows when they will come back to work.</p>";
        let page = format!(
            "<html><body><h1>Pilots stay at home</h1><div>{}</div>{row}</body></html>",
            prose.repeat(4)
        );
        let input = Input::of(page.as_bytes());
        extract(&input).expect("there is text").content.tags
    }

    #[test]
    fn a_row_of_links_to_topics_holds_the_tags() {
        let by_address =
            "<div class=x1><a href=/tag/port>Port</a> <a href=/tag/work>#Work</a></div>";
        assert_eq!(tags(by_address), ["Port", "Work"]);
        let by_heading = "<div class=x1><span>Themen:</span><ul><li><a href=/hafen>Hafen</a><li><a href=/streik>Streik</a>\
                          </ul></div>";
        assert_eq!(tags(by_heading), ["Hafen", "Streik"]);
    }

    #[test]
    fn links_in_sentences_and_lists_of_articles_hold_none() {
        let row = "<div class=x1><a href=/a>Port</a> <a href=/b>Work</a></div><div class=x2><span>Topics:</span> \
                   <a href=/c>Divers find the anchor of a ship that sank in the old war</a></div>";
        assert_eq!(tags(row), [""; 0]);
    }
}

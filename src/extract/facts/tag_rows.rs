//! Tags that nothing in the markup's names gives away: a row of links to the pages of topics.
//!
//! Such a row holds links and, it may be, a heading ("Topics:"), and nothing else. Either the heading
//! or the addresses of all links (`/tag/nato/`) say what it is. Links within sentences are no row.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::said::Said;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Nodes of the largest row, and how far above a link it is looked for.
const ROW: (usize, usize) = (160, 5);
/// Links in a row at most, and words on one of them.
const LINKS: (usize, usize) = (15, 6);

/// Links of a row that is told by the text, at least; words on one of them; nodes of the row.
const TOLD: (usize, usize, usize) = (2, 4, 60);

/// Links and headings that are looked at.
const HINTS: usize = 500;

/// What rows of tags are headed by, in small letters and without the colon.
static HEADINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "tags|tag|tagged|tagged with|topics|topic|related topics|related tags|topics in this article|more on this topic|\
    keywords|filed under|in this story|themen|thema|\
    schlagwörter|schlagworte|stichwörter|themen in diesem artikel|themen dieses artikels|schlagwörter zu diesem artikel|\
    etiquetas|etiqueta|temas|temas relacionados|etiquetas relacionadas|temas tratados|archivado en|palabras clave|mots-clés|\
    thèmes|sujets|sujets associés|thématiques|thèmes associés|argomenti|argomenti trattati|argomenti correlati|tag correlati|\
    tagi|tematy|powiązane tematy|słowa kluczowe|теги|тег|темы|тема|теми|ключові слова|ключевые слова|мітки|метки|\
    темы материала|теми матеріалу|тагове|ключови думи|тагови|кључне речи|tagovi|ključne riječi|\
    etiketler|ilgili etiketler|konular|ilgili konular|etiketlər|mövzular|açar sözlər|trefwoorden|onderwerpen|\
    meer over dit onderwerp|gerelateerde onderwerpen|tópicos|tópicos relacionados|assuntos|assuntos relacionados|\
    tags relacionadas|palavras-chave|emner|emneord|ämnen|nyckelord|avainsanat|aiheet|témata|štítky|klíčová slova|címkék|\
    etichete|cuvinte cheie|ετικέτες|từ khóa|chủ đề|topik terkait|kata kunci|\
    وسوم|الوسوم|كلمات مفتاحية|الكلمات المفتاحية|كلمات دالة|الكلمات الدالة|كلمات دلالية|الكلمات الدلالية|مواضيع|برچسب‌ها|کلیدواژه‌ها|\
    תגיות|מילות מפתח|タグ|キーワード|関連キーワード|関連タグ|関連ワード|标签|標籤|相关标签|關鍵字|关键词|태그|관련 태그|키워드"
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

/// The words of the first row of links to one directory of which the text speaks: all of a pair, and of
/// more two thirds. The names of `writers` are no tags.
pub(crate) fn told(
    page: &Page<'_>,
    around: &Range<NodeIndex>,
    said: &Said<'_>,
    writers: &[String],
) -> Vec<String> {
    around
        .clone()
        .filter(|node| page.nodes[*node].tag == Tag::A)
        .take(HINTS)
        .filter(|link| directory(page, *link).is_some())
        .find_map(|link| {
            let tags = (page.upward(link).skip(1).take(3))
                .take_while(|block| *block >= around.start)
                .map_while(|block| side_by_side(page, block))
                .last()?;
            let spoken = tags.iter().filter(|tag| said.holds(tag)).count();
            let own = !tags.iter().any(|tag| writers.contains(tag));
            (own && spoken >= TOLD.0 && 3 * spoken >= 2 * tags.len()).then_some(tags)
        })
        .unwrap_or_default()
}

/// The words of a block of links to different pages of one directory, and of nothing else.
fn side_by_side(page: &Page<'_>, block: NodeIndex) -> Option<Vec<String>> {
    let nodes = &page.nodes[block..page.nodes[block].end];
    let bare = nodes.len() <= TOLD.2
        && nodes
            .iter()
            .all(|node| !matches!(node.tag, Tag::Img | Tag::Picture | Tag::Time))
        && !(page.upward(block)).any(|above| {
            matches!(
                page.nodes[above].tag,
                Tag::Nav | Tag::Header | Tag::Footer | Tag::Aside
            )
        });
    if !bare {
        return None;
    }
    let mut into = None;
    let mut tags = Vec::new();
    let mut at = block + 1;
    while at < page.nodes[block].end {
        let node = &page.nodes[at];
        if node.tag == Tag::A {
            let here = directory(page, at)?;
            let tag = page.line(at);
            let fits = into.is_none_or(|known| known == here)
                && !tag.is_empty()
                && tag.split(' ').count() <= TOLD.1
                && tags.len() < LINKS.0;
            if !fits {
                return None;
            }
            into = Some(here);
            tags.push(tag);
            at = node.end;
            continue;
        }
        if node.text.chars().any(char::is_alphanumeric) {
            return None;
        }
        at += 1;
    }
    Some(tags)
}

/// The directory that a link leads into; none where it leads to one at the top of the site, as the links to
/// its sections do.
fn directory<'p>(page: &'p Page<'_>, link: NodeIndex) -> Option<&'p str> {
    let href = page.attribute(link, "href")?;
    let path = href.split_once("://").map_or(href, |(_, rest)| {
        rest.find('/').map_or("", |from| &rest[from..])
    });
    let (directory, name) = path.trim_end_matches('/').rsplit_once('/')?;
    let plain = !name.is_empty() && !name.contains(['?', '#', '=']);
    (plain && !directory.is_empty()).then_some(directory)
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
    fn links_to_one_directory_that_the_text_speaks_of_are_tags() {
        let row = "<div class=x1><a href=/t/pi>Pilots</a> <a href=/t/hb>harbour office</a> <a href=/t/q>Strikes</a></div>";
        assert_eq!(tags(row), ["Pilots", "harbour office", "Strikes"]);
        for other in [
            // The sections of the site, pages of different kinds, things that the text does not speak of.
            "<div class=x1><a href=/pilots>Pilots</a> <a href=/harbour>Harbour</a></div>",
            "<div class=x1><a href=/t/pi>Pilots</a> <a href=/s/harbour>Harbour</a></div>",
            "<div class=x1><a href=/t/sp>Sport</a> <a href=/t/cu>Culture</a> <a href=/t/p>Port</a></div>",
            "<nav><a href=/t/pi>Pilots</a> <a href=/t/hb>Harbour</a></nav>",
        ] {
            assert_eq!(tags(other), [""; 0], "{other}");
        }
    }

    #[test]
    fn links_in_sentences_and_lists_of_articles_hold_none() {
        let row = "<div class=x1><a href=/a>Port</a> <a href=/b>Work</a></div><div class=x2><span>Topics:</span> \
                   <a href=/c>Divers find the anchor of a ship that sank in the old war</a></div>";
        assert_eq!(tags(row), [""; 0]);
    }
}

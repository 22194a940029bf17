//! The box that introduces the author below the text, and authors of one name: asked where no byline
//! names anybody.

use std::ops::Range;

use super::bylines::LONGEST;
use super::marks::{is_author_word, leads_to_author, names_author};
use super::months::is_weekday;
use super::names::{self, people, stated_person, typed_person};
use super::teasers::is_of_teaser;
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Longest name of one word, in bytes.
const LONGEST_WORD: usize = 40;
/// Elements around a name that may say that a reader wrote it.
const LEVELS: usize = 8;

/// The first name in an element that is called a box of the author: `author-box`, `about-author`.
pub(crate) fn of_box(page: &Page<'_>, others: &[&str], behind: &Range<NodeIndex>) -> Vec<String> {
    behind
        .clone()
        .filter(|node| is_box(page, *node) && !is_of_reader(page, *node))
        .find_map(|node| {
            let inside = node..page.nodes[node].end.min(behind.end);
            inside
                .filter(|at| !page.nodes[page.nodes[*at].parent].tag.is_wordless())
                .map(|at| page.nodes[at].text.trim())
                .filter(|text| !text.is_empty() && text.len() <= LONGEST)
                .take(4)
                .find_map(|text| {
                    let found = people(text, others);
                    let whole = found.len() == 1 && names::is_plain(&found[0]);
                    (whole && text.split(' ').count() <= 7).then_some(found)
                })
        })
        .unwrap_or_default()
}

/// Whether the class of an element calls it the box of an author.
fn is_box(page: &Page<'_>, node: NodeIndex) -> bool {
    ["class", "id"]
        .iter()
        .filter_map(|name| page.attribute(node, name))
        .filter(|name| names_author(name))
        .flat_map(str::split_ascii_whitespace)
        .any(|class| {
            let (mut author, mut boxed) = (false, false);
            for word in furniture::words(class) {
                author |= is_author_word(&word);
                boxed |= matches!(
                    word.as_str(),
                    "box"
                        | "bio"
                        | "about"
                        | "info"
                        | "card"
                        | "meta"
                        | "details"
                        | "description"
                        | "name"
                );
            }
            author && boxed
        })
}

/// Whether a node stands among what readers wrote, or among other articles.
pub(crate) fn is_of_reader(page: &Page<'_>, node: NodeIndex) -> bool {
    page.upward(node).take(LEVELS).any(|around| {
        // The time of a comment is a link to it.
        let linked = page.nodes[around].tag == Tag::A
            && page
                .attribute(around, "href")
                .is_some_and(|href| href.contains("#comment-"));
        if linked {
            return true;
        }
        ["class", "id"]
            .iter()
            .filter_map(|name| page.attribute(around, name))
            .filter(|name| name.contains("omment") || name.contains("elated"))
            .flat_map(str::split_ascii_whitespace)
            .any(|class| {
                // `comments-open` and the like say something of the article itself.
                const OF_ARTICLE: [&str; 8] = [
                    "open", "closed", "count", "link", "links", "has", "no", "with",
                ];
                let words: Vec<String> = furniture::words(class).collect();
                let is = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
                is(&["comment", "comments", "related"]) && !is(&OF_ARTICLE)
            })
    })
}

/// An author of one name, or of small letters: what a link to an author's page or an element of an
/// author's class holds.
pub(crate) fn single(page: &Page<'_>, others: &[&str], top: &Range<NodeIndex>) -> Vec<String> {
    top.clone()
        .filter(|node| {
            let called = || page.attribute(*node, "class").is_some_and(names_author);
            let linked = || {
                page.nodes[*node].tag == Tag::A
                    && page.attribute(*node, "href").is_some_and(leads_to_author)
            };
            page.nodes[*node].element.is_some() && (linked() || called())
        })
        .filter(|node| {
            !is_of_teaser(page, *node)
                && !is_of_reader(page, *node)
                && !names::credits_other(page, *node)
        })
        .filter_map(|node| only_text(page, node))
        .map(|line| {
            let found = stated_person(line, others);
            if found.is_empty() && is_first_name(line) {
                typed_person(line, others)
            } else {
                found
            }
        })
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// The one text of an element beside the words that open a byline.
fn only_text<'p>(page: &Page<'p>, node: NodeIndex) -> Option<&'p str> {
    let texts = page.nodes[node..page.nodes[node].end].iter();
    let mut texts = texts
        .map(|node| names::without_by(node.text))
        .filter(|text| !text.is_empty() && !names::is_by(text));
    let text = texts.next()?;
    let undated = !text.contains(|c: char| c.is_ascii_digit());
    (texts.next().is_none() && undated && text.len() <= LONGEST_WORD).then_some(text)
}

/// Whether a word is written as a first name, and no short form, day or month.
fn is_first_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && chars.any(char::is_lowercase)
        && !names::is_by(word)
        && !is_weekday(word)
}

//! Small blocks inside the column that are not the article: lists of links, cards, promotions, and
//! the next story on an endless page (rules D7 to D9).
//!
//! A block goes as a whole, with its heading; the column's own paragraphs are never part of one.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::candidates::{Masses, prose_weight};
use super::clean::Cut;
use super::form::{Form, has_end_mark, weight};
use super::lexicon::Class;
use super::line::Line;
use super::strangers;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// The largest share of the column's prose that a promotion may hold.
const ISLAND: f32 = 0.08;

/// The most lines that a promotion has.
const MOST_LINES: usize = 12;

/// Takes the islands out of the lines of a column.
pub(crate) fn sift(
    page: &Page<'_>,
    column: NodeIndex,
    headline: Option<NodeIndex>,
    mut lines: Vec<Line>,
) -> (Vec<Line>, Vec<Cut>) {
    mark_mixed(page, &mut lines);
    acquit_subheads(page, &mut lines);
    let mut gone: Vec<Option<&'static str>> = vec![None; lines.len()];
    if let Some(next) = next_story(page, &lines, headline) {
        for rule in &mut gone[next..] {
            *rule = Some("the next story");
        }
    }
    let masses = Masses::of(&lines);
    link_lists(page, column, &lines, &masses, &mut gone);
    promotions(page, column, &lines, &masses, &mut gone);
    cards(&lines, &mut gone);
    strangers::mark(page, &lines, &masses, &mut gone);
    let mut cuts = Vec::new();
    let mut at = 0;
    lines.retain(|line| {
        let rule = gone[at];
        at += 1;
        if let Some(rule) = rule {
            cuts.push(Cut {
                text: line.text.clone(),
                rule,
            });
        }
        rule.is_none()
    });
    (lines, cuts)
}

/// Marks the items of lists of which a part leads nowhere: a list of other articles is links from
/// end to end, one of things to pack or to read links some of them.
fn mark_mixed(page: &Page<'_>, lines: &mut [Line]) {
    /// Items without a link from which a list is such a one, and in what share of its items.
    const LEAST: (usize, usize) = (2, 4);
    let list_of = |line: &Line| {
        matches!(line.kind, BlockKind::Item(_))
            .then(|| {
                page.upward(line.node)
                    .take(4)
                    .find(|node| matches!(page.nodes[*node].tag, Tag::Ol | Tag::Ul))
            })
            .flatten()
    };
    let mut lists: HashMap<NodeIndex, (usize, usize)> = HashMap::new();
    for line in lines.iter() {
        if let Some(list) = list_of(line) {
            let (items, plain) = lists.entry(list).or_default();
            *items += 1;
            *plain += usize::from(line.link_count == 0 && line.class().is_none());
        }
    }
    lists.retain(|_, (items, plain)| *plain >= LEAST.0 && *plain * LEAST.1 >= *items);
    if lists.is_empty() {
        return;
    }
    for line in lines {
        line.mixed = list_of(line).is_some_and(|list| lists.contains_key(&list));
    }
}

/// "Comment" between two paragraphs, or above a list, of one block heads a part of the article: what
/// readers say of it stands in blocks of its own.
fn acquit_subheads(page: &Page<'_>, lines: &mut [Line]) {
    /// Lines between a heading and the nearest paragraph.
    const NEAR: usize = 10;
    let prose = |line: &&Line| prose_weight(line) > 0.0;
    for at in 0..lines.len() {
        let line = &lines[at];
        if line.class() != Some(Class::CommentPrompt) || line.link_count > 0 {
            continue;
        }
        // The element of the block that a paragraph of it is.
        let within = |other: &Line| {
            let mut up = page.upward(other.node).zip(page.upward(other.node).skip(1));
            up.find(|(_, parent)| Some(*parent) == line.parent)
                .map(|(child, _)| page.nodes[child].tag)
        };
        let paragraph = |other: Option<&Line>| {
            other.and_then(within).is_some_and(|tag| {
                matches!(
                    tag,
                    Tag::P | Tag::Ol | Tag::Ul | Tag::Blockquote | Tag::Text
                )
            })
        };
        let before = lines[..at].iter().rev().take(NEAR).find(prose);
        let after = lines[at + 1..].iter().take(NEAR).find(prose);
        if paragraph(before) && paragraph(after) {
            lines[at].class = OnceCell::from(None);
        }
    }
}

/// The first main heading inside the column that is not the page's own, after some text; where there
/// are many, they are subheads.
fn next_story(page: &Page<'_>, lines: &[Line], headline: Option<NodeIndex>) -> Option<usize> {
    let headline = headline?;
    let heads: Vec<usize> = (0..lines.len())
        .filter(|at| {
            lines[*at].kind == BlockKind::Heading(1)
                && lines[*at].node != headline
                && lines[*at].position > headline
        })
        .collect();
    let first = *heads.first()?;
    let masses = Masses::of(lines);
    let earlier = lines[..first]
        .iter()
        .rposition(|line| prose_weight(line) > 0.0)?;
    let before = lines[..first]
        .iter()
        .filter(|line| prose_weight(line) > 0.0)
        .count();
    // The story's own block: it holds its heading and its text, and none of what came before.
    let block = page
        .upward(lines[first].node)
        .take_while(|node| masses.lines_in(page, *node).start > earlier)
        .last()?;
    let own = &lines[masses.lines_in(page, block)];
    let after = own.iter().filter(|line| prose_weight(line) > 0.0).count();
    (heads.len() <= 2 && before >= 3 && after >= 3).then_some(first)
}

/// D9: blocks of more than 60 % links, with whatever heads them.
fn link_lists(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    let sums = |count: &dyn Fn(&Line) -> usize| {
        let mut sums = vec![0];
        for line in lines {
            sums.push(sums[sums.len() - 1] + count(line));
        }
        sums
    };
    let linked = sums(&|line| line.linked);
    let bytes = sums(&|line| line.text.len());
    let n_links = sums(&|line| line.link_count);
    let unlinked_prose = sums(&|line| {
        usize::from(line.mixed || prose_weight(line) > 0.0 && line.link_share() < 0.5)
    });
    let mut node = column + 1;
    while node < page.nodes[column].end {
        let range = masses.lines_in(page, node);
        let within = |sums: &[usize]| sums[range.end] - sums[range.start];
        let dense = within(&linked) * 10 > within(&bytes) * 6 && within(&n_links) >= 2;
        let list = range.len() >= 2
            && page.nodes[node].tag.is_block()
            && dense
            && within(&unlinked_prose) == 0;
        if !list {
            node += 1;
            continue;
        }
        // Its heading stands beside it in a block of their own.
        let whole = page
            .upward(node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let range = masses.lines_in(page, *node);
                unlinked_prose[range.end] == unlinked_prose[range.start]
            })
            .last()
            .unwrap_or(node);
        for rule in &mut gone[masses.lines_in(page, whole)] {
            *rule = rule.or(Some("list of links (D9)"));
        }
        node = page.nodes[whole].end.max(node + 1);
    }
}

/// Blocks that ask readers to register, subscribe or install.
fn promotions(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    let enough = (masses.prose_of(page, column) * ISLAND).max(300.0);
    for (at, line) in lines.iter().enumerate() {
        let asks = matches!(
            line.class(),
            Some(Class::Promotion | Class::Form | Class::Support)
        );
        if !asks || gone[at].is_some() || line.kind == BlockKind::Quote {
            continue;
        }
        let island = page
            .upward(line.node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                let range = masses.lines_in(page, *node);
                let text: usize = lines[range]
                    .iter()
                    .take(MOST_LINES + 1)
                    .map(|line| weight(&line.text))
                    .sum();
                masses.lines_in(page, *node).len() <= MOST_LINES
                    && masses.prose_of(page, *node) <= enough
                    && text as f32 <= enough * 2.0
            })
            .last();
        let alone = island.is_none_or(|island| masses.lines_in(page, island).len() <= 1);
        let sentence =
            line.form == Form::Prose && line.link_share() < 0.2 && weight(&line.text) > 120;
        if alone && sentence {
            continue;
        }
        let range = island.map_or(at..at + 1, |island| masses.lines_in(page, island));
        for rule in &mut gone[range] {
            *rule = rule.or(Some("promotion"));
        }
        gone[at] = gone[at].or(Some("promotion"));
    }
}

/// D7 in HTML: several headings, each with a description that is cut off.
fn cards(lines: &[Line], gone: &mut [Option<&'static str>]) {
    let cut_off = |line: &Line| {
        (line.text.ends_with('…') || line.text.ends_with("..."))
            && line.form == Form::Prose
            && line.kind != BlockKind::Quote
    };
    let headed = |at: usize| {
        at.checked_sub(1)
            .filter(|before| {
                lines[*before].form != Form::Prose || lines[*before].link_share() > 0.5
            })
            .filter(|before| !has_end_mark(&lines[*before].text))
    };
    let found: Vec<usize> = (0..lines.len())
        .filter(|at| cut_off(&lines[*at]) && headed(*at).is_some())
        .collect();
    if found.len() < 2 {
        return;
    }
    for at in found {
        gone[at] = gone[at].or(Some("card of another article (D7)"));
        if let Some(before) = headed(at) {
            gone[before] = gone[before].or(Some("card of another article (D7)"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    fn text(body: &str) -> String {
        let prose: Vec<String> = (0..6)
            .map(|n| {
                format!(
                    "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships, \
                     cranes and quays, and why the pilots stay at home.</p>"
                )
            })
            .collect();
        let page = format!(
            "<html><head><meta property=og:title content='Pilots of the port stay at home'></head><body>\
             <article><h1>A strike at the port</h1>{}</article></body></html>",
            body.replace("PROSE", &prose.concat())
        );
        let input = Input {
            bytes: page.as_bytes(),
            content_type: None,
            url: None,
            outlet: None,
            entry: None,
        };
        extract(&input).expect("there is text").content.text()
    }

    #[test]
    fn a_list_of_things_keeps_those_that_are_linked() {
        let text = text(
            "<div>PROSE<ul><li><a href=/a>Tent</a><li>Poles<li>Groundsheet<li><a href=/b>Stakes</a></ul>\
             <ul><li><a href=/c>Storm closes the harbour again</a><li><a href=/d>Divers find the anchor</a>\
             <li><a href=/e>Ministers meet</a></ul></div>",
        );
        for kept in ["• Tent", "• Poles", "• Stakes"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert!(!text.contains("Divers"), "{text}");
    }

    #[test]
    fn a_comment_within_the_text_heads_a_part_of_it() {
        let kept = text(
            "<div>PROSE<p><b>Comment</b></p><ul><li>The strike is the first in nine years, and it will not be \
             the last one.</ul><p>The ministry, it seems, has known of it for a month and has done nothing.</p></div>",
        );
        assert!(kept.contains("first in nine years"), "{kept}");
        let cut = text(
            "<div>PROSE<h3>Comments</h3><div><div>It is a shame how they treat those people, \
             whatever the ministry says of it.</div></div></div>",
        );
        assert!(!cut.contains("a shame"), "{cut}");
    }

    #[test]
    fn all_slides_of_a_gallery_are_told() {
        let slide = |n: u32, hidden: &str| {
            format!(
                "<div class='slide {hidden}'><p>Slide {n} shows a crane that fell on a quay on Monday, while the \
                 crews of four ships looked on from the pilots' house.</p></div>"
            )
        };
        let text = text(&format!(
            "PROSE<div>{}{}{}<div class='tip hidden'><p>A tip about cookies that nobody has wished to read.</p></div></div>",
            slide(1, ""),
            slide(2, "hidden"),
            slide(3, "hidden")
        ));
        assert!(
            text.contains("Slide 1") && text.contains("Slide 3"),
            "{text}"
        );
        assert!(!text.contains("cookies"), "{text}");
    }

    #[test]
    fn other_headlines_and_pull_quotes_are_not_said_again() {
        let text = text(
            "<p>The port: Pilots of the port stay at home</p><div>PROSE<div class=article-pullquote><p>We stay at \
             home until we are paid as the others are.</p></div><p>The pilots go on talking to the ministry \
             about it on Tuesday at the latest.</p></div>",
        );
        assert!(text.starts_with("Paragraph 0"), "{text}");
        assert!(!text.contains("We stay at home"), "{text}");
    }

    #[test]
    fn a_form_of_a_few_words_is_not_the_text_of_a_page_without_more() {
        let text = text(
            "<p>The pilots spoke to the radio of the port about their strike and its end.</p><form><p>By filling in \
             this form you agree to be written to, at any time, by the office of the harbour and by all of its \
             friends, who are many.</p></form>",
        );
        assert!(
            text.contains("spoke to the radio") && !text.contains("filling in"),
            "{text}"
        );
    }
}

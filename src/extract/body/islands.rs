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
use super::{lead, strangers};
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
    mark_captions(page, &mut lines);
    let mut gone: Vec<Option<&'static str>> = vec![None; lines.len()];
    if let Some(next) = next_story(page, &lines, headline) {
        for rule in &mut gone[next..] {
            *rule = Some("the next story");
        }
    }
    let masses = Masses::of(&lines);
    if let Some(headline) = headline {
        above(page, &lines, &masses, headline, &mut gone);
    }
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

/// Marks the lines that share a block with a picture and with nothing else: what is no sentence there
/// says what the picture shows.
fn mark_captions(page: &Page<'_>, lines: &mut [Line]) {
    /// Nodes of the largest block that is looked through, and how far up it is looked for.
    const BLOCK: (usize, usize) = (40, 5);
    for at in 0..lines.len() {
        let line = &lines[at];
        let candidate = line.kind == BlockKind::Paragraph
            && !line.caption
            && line.form != Form::Short
            && line.link_count == 0
            && line.class().is_none()
            && !has_end_mark(&line.text)
            && line.text.len() <= 300;
        if !candidate {
            continue;
        }
        let near = |other: Option<&Line>, node: NodeIndex| {
            other.is_some_and(|other| (node..page.nodes[node].end).contains(&other.position))
        };
        let pictured = page
            .upward(line.node)
            .take(BLOCK.1)
            .take_while(|node| page.nodes[*node].end - node <= BLOCK.0)
            .take_while(|node| {
                !near(at.checked_sub(1).and_then(|above| lines.get(above)), *node)
                    && !near(lines.get(at + 1), *node)
            })
            .any(|node| {
                page.nodes[node..page.nodes[node].end]
                    .iter()
                    .any(|inner| matches!(inner.tag, Tag::Img | Tag::Picture | Tag::AmpImg))
            });
        lines[at].caption = pictured;
    }
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

/// What stands above the headline is the page's: consent to cookies, teasers of other articles. Not
/// where more than a little of the text does: the heading is then no headline, or stands at its end.
fn above(
    page: &Page<'_>,
    lines: &[Line],
    masses: &Masses,
    headline: NodeIndex,
    gone: &mut [Option<&'static str>],
) {
    /// The largest share of the prose that may stand above.
    const ABOVE: f32 = 0.3;
    let first = masses.lines_before(headline);
    let prose = |lines: &[Line]| lines.iter().map(prose_weight).sum::<f32>();
    let (before, behind) = (prose(&lines[..first]), prose(&lines[first..]));
    if behind < 300.0 || before > ABOVE * (before + behind) {
        return;
    }
    for (line, rule) in lines[..first].iter().zip(gone) {
        if !line.caption && !lead::is_named(page, line.node) {
            *rule = rule.or(Some("above the headline"));
        }
    }
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
        let range = masses.lines_in(page, whole);
        for rule in &mut gone[range.clone()] {
            *rule = rule.or(Some("list of links (D9)"));
        }
        if let Some(head) = head_alone(lines, range) {
            gone[head] = gone[head].or(Some("heading of a list of links (D9)"));
        }
        node = page.nodes[whole].end.max(node + 1);
    }
}

/// The heading directly above some lines, where nothing but another heading follows them.
fn head_alone(lines: &[Line], under: std::ops::Range<usize>) -> Option<usize> {
    let level = |at: usize| match lines.get(at)?.kind {
        BlockKind::Heading(level) => Some(level),
        _ => None,
    };
    let head = under.start.checked_sub(1)?;
    let above = level(head)?;
    (above > 1 && level(under.end).is_some_and(|below| below <= above)).then_some(head)
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
        let input = Input::of(page.as_bytes());
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

    #[test]
    fn what_stands_above_the_headline_is_not_the_text() {
        let text = text(
            "<div><p>We and our 842 partners store data on your device and read it there, as you know.</p></div>\
             <h1>Pilots of the port stay at home</h1><div>PROSE</div>",
        );
        assert!(text.starts_with("Paragraph 0"), "{text}");
    }

    #[test]
    fn a_source_closes_the_text_and_bare_names_beside_dates_do_not_open_it() {
        let text = text(
            "<div><p>The pilots of the port are at home for the third day in a row, their union says.</p>\
             <p>Олена Ковальчук</p><p>23 червня 2025, 17:35</p>PROSE<p>Story continues after the advertisement</p>\
             <p>Mənbə: Reuters</p><p>Follow us on Telegram</p></div>",
        );
        assert!(!text.contains("Ковальчук"), "{text}");
        assert!(!text.contains("continues"), "{text}");
        assert!(text.ends_with("Mənbə: Reuters"), "{text}");
    }

    #[test]
    fn elements_that_a_page_defines_itself_are_blocks_and_have_names() {
        let text = text(
            "<news-article><article-lead>The pilots are at home for the third day in a row, they say.</article-lead>\
             <by-line>By Jane Harbour</by-line><article-body>PROSE<p>They met <dfn-term>Neptune</dfn-term> there.</p>\
             <related-articles>A word on ships that nobody has asked for, in a box of its own.</related-articles>\
             </article-body></news-article>",
        );
        assert!(
            text.starts_with("The pilots are at home for the third day in a row, they say.\n"),
            "{text}"
        );
        assert!(text.ends_with("They met Neptune there."), "{text}");
    }

    #[test]
    fn items_typed_by_hand_are_items_and_rows_of_one_cell_are_paragraphs() {
        let text = text(
            "<div>PROSE<div>They ask for three things.<br>• Higher pay<br>• Two crews<br></div>\
             <table><tr><td>The port at night. (Photo: Press service)</td></tr></table><p>They met on Tuesday, and they will meet again on Friday at noon.</p></div>",
        );
        assert!(
            text.contains("three things.\n\n• Higher pay\n\n• Two crews\n"),
            "{text}"
        );
        assert!(!text.contains("at night"), "{text}");
    }

    #[test]
    fn credits_and_notes_stay_and_polls_do_not() {
        let last = "Reporting by Jane Doe in Odesa; Editing by John Smith";
        let text = text(&format!(
            "<div><p>Editor's note: Names were changed.</p>PROSE<p>Was it worth it?</p><ul><li>Yes<li>No<li>Not sure</ul>\
             <blockquote><p><b>Read also:</b> <a href=/x>Divers find the anchor</a></p></blockquote><p>{last}</p>\
             <p>View this post on Instagram</p></div>"
        ));
        assert!(
            text.starts_with("Editor's note: Names were changed."),
            "{text}"
        );
        assert!(text.ends_with(last), "{text}");
        for gone in ["worth it", "Yes", "Not sure", "Divers", "Instagram"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
    }

    #[test]
    fn headlines_are_no_leads_and_pictures_have_captions() {
        let text = text(
            "<h2>The port: Pilots of the port stay at home</h2><section><div><img src=a.jpg><div><small>Pilots on the \
             quay of the old port</small></div></div></section><div>PROSE<h3>More on strikes of this year</h3>\
             <ul><li><a href=/a>Divers find the anchor</a><li><a href=/b>Ministers meet</a></ul>\
             <h3>What the ministry says</h3><p>It says that the \
             pilots are paid well, and that it will wait for as long as it takes.</p></div>",
        );
        assert!(text.starts_with("Paragraph 0"), "{text}");
        for gone in ["Pilots on the quay", "More on strikes", "Divers"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert!(text.contains("What the ministry says"), "{text}");
    }
}

//! Small blocks inside the column that are not the article: lists of links, cards, promotions, and
//! the next story on an endless page (rules D7 to D9).
//!
//! A block goes as a whole, with its heading; the column's own paragraphs are never part of one.

use std::cell::OnceCell;

use super::insets::{self, Known};
use super::strangers::{self, Makes};
use super::{asides, boxes, cards, house, linked, makes, replies, rows, shares, tagged};
use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::clean::Cut;
use crate::extract::body::form::{Form, weight};
use crate::extract::body::lead;
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::document::characters::folded;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// The largest share of the column's prose that a promotion may hold.
const ISLAND: f32 = 0.08;

/// The most lines that a promotion has.
const MOST_LINES: usize = 12;

/// How large an island may be.
pub(super) struct Bounds {
    prose: f32,
}

impl Bounds {
    /// Measured by the prose of the column.
    pub(super) fn of(page: &Page<'_>, column: NodeIndex, masses: &Masses) -> Self {
        Self {
            prose: (masses.prose_of(page, column) * ISLAND).max(300.0),
        }
    }

    /// Whether the lines of a block are few and short enough.
    pub(super) fn hold(
        &self,
        page: &Page<'_>,
        node: NodeIndex,
        lines: &[Line],
        masses: &Masses,
    ) -> bool {
        let range = masses.lines_in(page, node);
        let few = range.len() <= MOST_LINES;
        let text = |lines: &[Line]| lines.iter().map(|line| weight(&line.text)).sum::<usize>();
        few && masses.prose_of(page, node) <= self.prose
            && text(&lines[range]) as f32 <= self.prose * 2.0
    }
}

/// Takes the islands out of the lines of a column.
pub(crate) fn sift(
    page: &Page<'_>,
    column: NodeIndex,
    known: &Known<'_>,
    mut lines: Vec<Line>,
) -> (Vec<Line>, Vec<Cut>) {
    let headline = known.headline;
    linked::mark(page, &mut lines, known.host);
    acquit_subheads(page, &mut lines);
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
    shares::mark(&lines, &mut gone);
    link_lists(page, column, &lines, &masses, &mut gone);
    promotions(page, column, &lines, &masses, &mut gone);
    tagged::mark(page, column, &lines, &masses, &mut gone);
    replies::mark(page, column, &lines, &masses, &mut gone);
    cards::mark(page, column, &lines, &masses, &mut gone);
    let stands = makes::of_lines(page, &lines, &masses);
    boxes::mark(page, column, &lines, &masses, &stands, &mut gone);
    house::mark(page, &lines, &mut gone);
    if let Some(makes) = Makes::agreed(page, &lines, &masses, &stands) {
        insets::mark(page, column, &lines, &masses, &makes.own, known, &mut gone);
        strangers::mark(&lines, &makes, &mut gone);
    } else {
        // What tells of the author may then be the article's own.
        let own = strangers::of_one_block(page, &lines, &masses);
        let known = &Known {
            writers: &[],
            ..*known
        };
        insets::mark(page, column, &lines, &masses, &own, known, &mut gone);
    }
    rows::mark(page, column, &lines, &masses, &mut gone);
    asides::mark(page, column, &lines, &masses, known.sites, &mut gone);
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
    // A page for two widths has its own headline twice.
    let title = folded(&page.line(headline));
    let heads: Vec<usize> = (0..lines.len())
        .filter(|at| {
            lines[*at].kind == BlockKind::Heading(1)
                && lines[*at].node != headline
                && lines[*at].position > headline
                && folded(&lines[*at].text) != title
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
    let unlinked_prose =
        sums(&|line| usize::from(line.own || prose_weight(line) > 0.0 && line.link_share() < 0.5));
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
    let bounds = Bounds::of(page, column, masses);
    let wide = Bounds {
        prose: bounds.prose * 2.0,
    };
    let last = lines.iter().rposition(|line| prose_weight(line) > 0.0);
    for (at, line) in lines.iter().enumerate() {
        let asks = matches!(
            line.class(),
            Some(Class::Promotion | Class::Form | Class::Support)
        );
        if !asks || gone[at].is_some() || line.kind == BlockKind::Quote {
            continue;
        }
        if is_one_of_many(lines, at) {
            continue;
        }
        let island = page
            .upward(line.node)
            .take_while(|node| *node > column)
            .take_while(|node| {
                // One that the line heads, behind the text, may say more.
                let range = masses.lines_in(page, *node);
                let closes = range.start == at && last.is_none_or(|last| last < range.end);
                let bounds = if closes { &wide } else { &bounds };
                bounds.hold(page, *node, lines, masses)
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

/// An item of a list most of which asks for nothing: a list of advice may name a newsletter too.
fn is_one_of_many(lines: &[Line], at: usize) -> bool {
    /// Items beside it on either side that are looked at, and the fewest.
    const BESIDE: (usize, usize) = (3, 2);
    if !matches!(lines[at].kind, BlockKind::Item(_)) || lines[at].link_count > 0 {
        return false;
    }
    let beside =
        |line: &&Line| matches!(line.kind, BlockKind::Item(_)) && line.parent == lines[at].parent;
    let above = lines[..at].iter().rev().take(BESIDE.0).take_while(beside);
    let below = lines[at + 1..].iter().take(BESIDE.0).take_while(beside);
    let others: Vec<&Line> = above.chain(below).collect();
    others.len() >= BESIDE.1 && others.iter().all(|line| line.class().is_none())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_within;

    fn text(body: &str) -> String {
        text_within(
            "<html><head><meta property=og:title content='Pilots of the port stay at home'></head><body>\
             <article><h1>A strike at the port</h1>BODY</article></body></html>",
            body,
        )
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
    fn the_headline_told_again_opens_no_other_story() {
        let told = text(
            "<div>PROSE</div><div><h1>A strike at the port</h1><p>The strike of the pilots is the first in nine years, it seems.\
             <p>The ministry has known of it for a month, and has done nothing at all about it until Monday.\
             <p>The owners of the ships say that they will wait for as long as the pilots stay at home.</div>",
        );
        assert!(told.contains("owners of the ships"), "{told}");
        let other = text(
            "<div>PROSE</div><div><h1>Storm closes the harbour</h1><p>The storm of the week is the first in nine years, it seems.\
             <p>The ministry has known of it for a month, and has done nothing at all about it until Monday.\
             <p>The owners of the ships say that they will wait for as long as the pilots stay at home.</div>",
        );
        assert!(!other.contains("owners of the ships"), "{other}");
    }

    #[test]
    fn a_paragraph_hidden_from_listeners_alone_is_read() {
        let kept = text(
            "<div>PROSE<p aria-hidden=true>What only subscribers hear is told here at the length of a whole paragraph, \
             about as long as the others.</p><p aria-hidden=true>Play</p></div>",
        );
        assert!(
            kept.contains("only subscribers") && !kept.contains("Play"),
            "{kept}"
        );
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

    #[test]
    fn standfirsts_in_the_column_are_read() {
        let text = text(
            "<p class=sub-title>Pilots ask for two more crews at least</p><p>Jane Harbour</p>PROSE",
        );
        assert!(text.starts_with("Pilots ask for two more crews"), "{text}");
    }

    #[test]
    fn consent_is_never_the_text_and_what_is_called_a_footer_ends_it() {
        let long = "We store what you do on this page and pass it on to our partners, of whom there are many, and you may \
                    object to it at any time below. "
            .repeat(20);
        let consent = text(&format!(
            "PROSE<div id=cmplz-cookiebanner><p>{long}</p></div>"
        ));
        assert!(consent.ends_with("stay at home."), "{consent}");
        let footer = text(&format!(
            "PROSE<div class=site-footer><p>The paper of the port has told you of ships since 1911. {}</p></div>",
            "It is printed in the old town. ".repeat(8)
        ));
        assert!(footer.ends_with("stay at home."), "{footer}");
    }

    #[test]
    fn a_recipe_has_its_list() {
        let text = text(
            "<div><h2>What you need</h2><ul><li>two cups of rice from the harbour<li>one large fish of the morning\
             <li>three spoons of oil<li>a handful of herbs<li>salt and pepper as you like</ul></div>\
             <div><p>Wash the rice in cold water until it is clear, and leave it alone for an hour.</p>\
             <p>Fry the fish in the oil from both sides, and put the herbs on it in the end.</p></div>",
        );
        assert!(text.contains("three spoons of oil"), "{text}");
    }

    #[test]
    fn a_described_picture_with_paragraphs_is_the_text() {
        let prose = "<p>The pilots of the port are at home for the third day in a row, and their union says \
                     that they will stay there.</p>";
        let text = text(&format!(
            "<header class=ImageText_Description>{prose}{}</header>",
            prose.replace("pilots", "divers")
        ));
        assert!(text.contains("pilots") && text.contains("divers"), "{text}");
    }

    #[test]
    fn slides_behind_the_first_are_told_whatever_stands_in_front_of_it() {
        let slide = "<div class='part hidden'><h2>The second ship</h2><p>It came from the south with oranges, and it left \
                     with nothing but sand in its hold, as all did that year.</p></div>";
        let text = text(&format!(
            "<div><div class=ad></div><div class=part><p>The first ship came from the north with timber, and it left \
             with coal in its hold, as all did that year.</p></div>{slide}</div>"
        ));
        assert!(text.contains("oranges"), "{text}");
    }

    #[test]
    fn announcements_captions_and_disclaimers_close_nothing() {
        let text = text(
            "<div><h5>File photo of the old pilots' house</h5>PROSE<p>Les opinions exprimées ici n'engagent que leurs \
             auteurs.</p><p>These articles may be of interest to you:</p><p><a href=/a>Divers find it</a></p></div>",
        );
        assert!(text.starts_with("Paragraph 0"), "{text}");
        assert!(text.ends_with("stay at home."), "{text}");
    }
}

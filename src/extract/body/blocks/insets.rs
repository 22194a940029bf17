//! Blocks between and behind the article's paragraphs that tell of something else: cards of other
//! articles, what a page says of the author, and the labels of players and polls.
//!
//! What such a block holds gives it away, whatever it is called: a headline that is a link, with a
//! sentence under it; the author's name, with a portrait or a note; no sentence at all. Only blocks of
//! another make than the article's paragraphs are looked at, and each goes as a whole.

use std::ops::Range;

use url::Url;

use super::cards::CARD;
use super::islands::Bounds;
use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::form::{Form, has_end_mark};
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::body::pictured::has_picture;
use crate::extract::body::writers;
use crate::extract::document::characters::word_count;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::model::article::BlockKind;

/// Blocks without a sentence from which they are data, and lines of the longest.
const FEW: usize = 3;
const LABELS: usize = 4;
/// Bytes of the longest description on a card.
const LONGEST_DESCRIPTION: usize = 400;

/// What is known of the page.
pub(crate) struct Known<'k> {
    /// The element that shows the headline.
    pub(crate) headline: Option<NodeIndex>,
    /// Who wrote it.
    pub(crate) writers: &'k [String],
    /// Where it stands; empty where that is not known.
    pub(crate) host: &'k str,
    /// What its site is called.
    pub(crate) sites: &'k [String],
}

/// Marks the lines of such blocks; `own` are those that stand as the article's paragraphs do.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    own: &[bool],
    known: &Known<'_>,
    gone: &mut [Option<&'static str>],
) {
    let mut paragraphs = vec![0_usize];
    for (line, own) in lines.iter().zip(own) {
        let paragraph = *own && prose_weight(line) > 0.0;
        paragraphs.push(paragraphs[paragraphs.len() - 1] + usize::from(paragraph));
    }
    let bounds = Bounds::of(page, column, masses);
    let Known {
        headline,
        writers,
        host,
        ..
    } = *known;
    let keys = writers::keys(writers);
    let foreign = |node: NodeIndex| {
        let range = masses.lines_in(page, node);
        paragraphs[range.end] == paragraphs[range.start]
    };
    let mut wordless: Vec<Range<usize>> = Vec::new();
    // What stands above the first paragraph is the article's head, cards apart.
    let first = paragraphs.partition_point(|before| *before == 0);
    let mut at = 0;
    while at < lines.len() {
        let island = page
            .upward(lines[at].node)
            .take_while(|node| *node > column)
            .take_while(|node| foreign(*node) && bounds.hold(page, *node, lines, masses))
            .last();
        let Some(island) = island else {
            at += 1;
            continue;
        };
        let range = masses.lines_in(page, island);
        let inset = &lines[range.clone()];
        let heads = range.start + 1 < first;
        let titled = headline.is_some_and(|node| (island..page.nodes[island].end).contains(&node));
        let rule = if titled {
            None
        } else if is_card(page, island, inset, host, heads) {
            Some(CARD)
        } else if heads {
            None
        } else if !keys.is_empty() && is_portrait(page, island, inset, &keys, writers) {
            Some("a note on the author (C12)")
        } else {
            if is_wordless(page, inset) {
                wordless.push(range.clone());
            }
            None
        };
        if let Some(rule) = rule {
            for gone in &mut gone[range.clone()] {
                *gone = gone.or(Some(rule));
            }
        }
        at = range.end.max(at + 1);
    }
    // Many of them are data of the article: what a thing costs, what it weighs.
    if wordless.len() <= FEW {
        for at in wordless.into_iter().flatten() {
            gone[at] = gone[at].or(Some("a block without a sentence, of another make"));
        }
    }
}

/// Headlines that are links from end to end to other pages of the site, each with a picture or with a
/// description, and nothing else that is a sentence. Above the text, where a section and a standfirst
/// may stand so, it must be a heading.
fn is_card(page: &Page<'_>, island: NodeIndex, lines: &[Line], host: &str, heads: bool) -> bool {
    let headline = |line: &Line| {
        line.link_share() > 0.9
            && line.links.iter().any(|link| leads_within(&link.href, host))
            && !is_paid(page, line.node)
            && word_count(&line.text) >= 3
            && !matches!(line.kind, BlockKind::Quote | BlockKind::Row)
    };
    let headlines = lines.iter().filter(|line| headline(line)).count();
    let descriptions: Vec<&Line> = lines
        .iter()
        .filter(|line| prose_weight(line) > 0.0)
        .collect();
    let heading = lines
        .iter()
        .any(|line| headline(line) && matches!(line.kind, BlockKind::Heading(_)));
    headlines > 0
        && descriptions.len() <= headlines
        && descriptions
            .iter()
            .all(|line| line.text.len() <= LONGEST_DESCRIPTION && line.link_count == 0)
        && (heading || !heads && (headlines >= 2 || has_picture(page, island)))
}

/// Headlines and labels, and no sentence among them: what heads a player, a poll, an advert.
fn is_wordless(page: &Page<'_>, lines: &[Line]) -> bool {
    (2..=LABELS).contains(&lines.len())
        && lines.iter().all(|line| {
            line.form != Form::Prose
                && !has_end_mark(&line.text)
                && !line.caption
                && page.nodes[line.node].tag != Tag::Pre
                && matches!(line.kind, BlockKind::Paragraph | BlockKind::Heading(_))
                && !matches!(
                    line.class(),
                    Some(
                        Class::Clock
                            | Class::CommentPrompt
                            | Class::StopHead
                            | Class::Support
                            | Class::Credit
                            | Class::TagLine
                    )
                )
        })
        && lines.iter().any(|line| line.form == Form::Headline)
        // A heading below all others heads what follows, and so does one beside the time.
        && lines.last().is_some_and(|line| line.kind == BlockKind::Paragraph)
}

/// Whether a link in a block says that it is paid for: what it leads to is for sale, and no article.
fn is_paid(page: &Page<'_>, node: NodeIndex) -> bool {
    (node..page.nodes[node].end)
        .filter_map(|node| page.attribute(node, "rel"))
        .any(|rel| rel.split(' ').any(|word| word == "sponsored"))
}

/// Whether an address is one of the site's, of whichever of its hosts; of a site that is not known,
/// all are.
fn leads_within(address: &str, host: &str) -> bool {
    let Ok(address) = Url::parse(address) else {
        return false;
    };
    let site = psl::domain_str(host).unwrap_or(host);
    let leads = address.host_str().unwrap_or_default();
    let of_site = |rest: &str| site.is_empty() || rest.is_empty() || rest.ends_with('.');
    address.fragment().is_none() && leads.strip_suffix(site).is_some_and(of_site)
}

/// A line that is an author's name, with a picture, a link or a note on its bearer.
fn is_portrait(
    page: &Page<'_>,
    island: NodeIndex,
    lines: &[Line],
    keys: &[String],
    writers: &[String],
) -> bool {
    let Some(name) = lines.iter().find(|line| {
        line.form != Form::Prose && !has_end_mark(&line.text) && writers::is_name(&line.text, keys)
    }) else {
        return false;
    };
    name.link_count > 0
        || matches!(name.kind, BlockKind::Heading(_))
        || has_picture(page, island)
        || lines.iter().any(|line| mentions(line, writers))
}

/// Whether a sentence has a part of an author's name in it.
fn mentions(line: &Line, writers: &[String]) -> bool {
    let names = || writers.iter().flat_map(|name| name.split(' '));
    line.form == Form::Prose
        && (line.text.split(|c: char| !c.is_alphanumeric()))
            .any(|word| word.len() > 2 && names().any(|name| name == word))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::super::fixture::prose;
    use crate::extract::{Input, extract};

    /// The text of a page whose paragraphs have `block` after the third, and whose author is known.
    fn text(block: &str) -> String {
        let prose = prose(6);
        let page = format!(
            "<html><head><title>Pilots stay at home</title><meta name=author content='Jane Harbour'></head><body>\
             <div class=q7><h1>Pilots stay at home</h1>{}{block}{}</div></body></html>",
            prose[..3].concat(),
            prose[3..].concat()
        );
        let url = Url::parse("https://news.port.example/pilots").expect("an address");
        let input = Input {
            url: Some(&url),
            ..Input::of(page.as_bytes())
        };
        extract(&input).expect("there is text").content.text()
    }

    fn card(href: &str, rel: &str) -> String {
        format!(
            "<div class=x1><div class=x2><img src=a.jpg><h3><a href='{href}' rel='{rel}'>Divers find the anchor of the ship</a></h3>\
             <p>The ship that went down in the storm has lain there for nine years, and nobody had looked for it.</p></div></div>"
        )
    }

    #[test]
    fn a_linked_headline_with_a_description_is_another_articles_card() {
        for href in ["/anchor", "https://www.port.example/anchor"] {
            let text = text(&card(href, ""));
            assert!(
                !text.contains("Divers") && !text.contains("nine years"),
                "{text}"
            );
            assert!(text.contains("Paragraph 5"), "{text}");
        }
    }

    #[test]
    fn a_card_above_the_text_is_one_by_its_heading() {
        let page = |block: &str| {
            let prose: Vec<String> = (0..6)
                .map(|n| format!("<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships.</p>"))
                .collect();
            let page = format!(
                "<html><head><title>Pilots stay at home</title></head><body><div class=q7><h1>Pilots stay at home</h1>\
                 {block}<div class=q8>{}</div></div></body></html>",
                prose.concat()
            );
            let url = Url::parse("https://news.port.example/pilots").expect("an address");
            let input = Input {
                url: Some(&url),
                ..Input::of(page.as_bytes())
            };
            extract(&input).expect("there is text").content.text()
        };
        assert!(!page(&card("/anchor", "")).contains("nine years"));
        // A section and a standfirst stand so too.
        let text = page(
            "<div class=x1><img src=a.jpg><div><a href=/ports>News of our ports</a></div>\
             <p>The pilots of the port have stayed at home since Monday, and nobody knows for how long.</p></div>",
        );
        assert!(text.contains("since Monday, and nobody"), "{text}");
    }

    #[test]
    fn what_is_elsewhere_or_for_sale_is_no_card() {
        for (href, rel) in [
            ("https://shop.example/anchor", ""),
            ("/out/4", "nofollow sponsored"),
        ] {
            let text = text(&card(href, rel));
            assert!(text.contains("nine years"), "{href}: {text}");
        }
    }

    #[test]
    fn a_block_with_the_authors_name_tells_of_the_author() {
        let text = text(
            "<div class=x1><div class=x3><img src=j.jpg><div>Jane Harbour</div>\
             <div>Editor for ports and ships, and for what else there is at sea, since the spring of 2009.</div></div></div>",
        );
        assert!(
            !text.contains("Jane Harbour") && !text.contains("Editor for"),
            "{text}"
        );
    }

    #[test]
    fn a_few_labels_of_another_make_go_and_many_are_data() {
        let block = "<div class=x1><div class=x3><h3>A podcast on ports and ships</h3><div>Listen to it here</div></div></div>";
        let text_of = |block: &str| {
            text(&format!(
                "{block}<p>The ships wait outside for as long as nobody guides them in, and nobody does.</p>"
            ))
        };
        let text = text_of(block);
        assert!(
            !text.contains("podcast") && text.contains("wait outside"),
            "{text}"
        );
        let data: Vec<String> = (0..5)
            .map(|n| format!("<div class=x1><h3>Ship number {n} of five</h3><div>Forty metres long</div></div><p>A word on ship {n}, which waits outside as all the others do, and why.</p>"))
            .collect();
        assert!(text_of(&data.concat()).contains("Ship number 3 of five"));
    }

    #[test]
    fn a_block_that_names_someone_else_stays() {
        let text = text(
            "<div class=x1><div class=x3><div>Olga Quay</div>\
             <div>Head of the pilots at this port, and at two others along the coast, since the spring of 2009.</div></div></div>",
        );
        assert!(text.contains("Head of the pilots"), "{text}");
    }
}

//! Where the article begins and ends among its lines (D3, D6, D10, K2, K4).

use super::clean::{Cleaned, Context, Judged, NOTHING_BUT_A_LINK, Origin};
use super::form::{Form, has_end_mark};
use super::lexicon::{self, Class};
use super::writers;
use crate::extract::document::characters::{folded, is_spaceless};
use crate::model::article::BlockKind;

/// K4: "Source: Reuters" under the last paragraph is the text's credit, though pictures have such
/// lines too: those stand in blocks of their own, or between paragraphs.
pub(crate) fn note_source(judged: &mut [Judged], context: &Context<'_>) {
    let text = |item: &Judged| item.form == Form::Prose && item.is_body();
    let found = (0..judged.len()).rev().find(|at| {
        let item = &judged[*at];
        let candidate = item.gone.is_none()
            && !item.line.caption
            && item.line.kind == BlockKind::Paragraph
            && matches!(item.class, None | Some(Class::Label | Class::Credit))
            && (item.class == Some(Class::Credit) || lexicon::names_source(&item.line.text));
        let beside = |other: &Judged| match context.origin {
            Origin::Html => other.line.parent == item.line.parent,
            Origin::PlainText => true,
        };
        let ends = |other: &Judged| {
            matches!(
                other.class,
                Some(Class::TagLine | Class::StopHead | Class::CommentPrompt | Class::Support)
            )
        };
        candidate
            && judged[..*at]
                .iter()
                .any(|other| text(other) && beside(other))
            && !judged[*at + 1..]
                .iter()
                .take_while(|other| context.origin == Origin::Html || !ends(other))
                .any(|other| text(other) && beside(other))
    });
    if let Some(at) = found {
        judged[at].class = Some(Class::Credit);
        judged[at].source = true;
    }
}

/// D3: the first line that ends the article, once it has begun.
pub(crate) fn cut_end(judged: &mut [Judged], context: &Context<'_>, out: &mut Cleaned) {
    /// Paragraphs from which a page has begun in earnest: under its lead, too, it may count comments.
    const EARNEST: usize = 3;
    let bodies = judged.iter().filter(|item| item.is_body()).count();
    let mut n_bodies = 0;
    let last_body = judged
        .iter()
        .rposition(|item| item.is_body() && item.line.link_share() < 0.5);
    for index in 0..judged.len() {
        n_bodies += usize::from(judged[index].is_body());
        let begun = n_bodies > 0;
        let in_earnest = begun
            && (context.origin == Origin::PlainText || n_bodies >= EARNEST.min(bodies.div_ceil(2)));
        if judged[index].gone.is_some() {
            continue;
        }
        let more_follows =
            context.origin == Origin::Html && last_body.is_some_and(|last| last > index);
        let ends = match judged[index].class {
            Some(Class::TagLine) => {
                out.tags = crate::extract::facts::metadata::hash_words(&judged[index].line.text);
                in_earnest
            }
            Some(Class::CommentPrompt) => in_earnest,
            Some(Class::StopHead) => begun && (!more_follows || only_cards_follow(judged, index)),
            Some(Class::Support) => {
                judged[index].gone = Some("plea for support (C6)");
                begun && !more_follows
            }
            _ => continue,
        };
        if ends {
            for rest in judged[index..]
                .iter_mut()
                .filter(|item| item.gone.is_none())
            {
                rest.gone = Some("after the end of the article (D3)");
            }
            return;
        }
        judged[index].gone = judged[index]
            .gone
            .or(Some("head of a list of other articles (C8)"));
        let listed = judged[index + 1..].iter_mut().take_while(|item| {
            matches!(item.line.kind, BlockKind::Item(_)) && item.line.link_count > 0
        });
        for item in listed {
            item.gone = item.gone.or(Some("list of other articles (C8)"));
        }
    }
}

/// Whether nothing but cards stands under the head of other articles: headlines, each with a sentence or
/// two, and little in all.
fn only_cards_follow(judged: &[Judged], head: usize) -> bool {
    /// Bytes of the longest text of a card, the lines of all, and the share of the prose they may hold.
    const LONGEST: usize = 300;
    const LINES: usize = 200;
    const SHARE: usize = 5;
    let bytes = |items: &[Judged]| -> usize {
        let bodies = items.iter().filter(|item| item.is_body());
        bodies.map(|item| item.line.text.len()).sum()
    };
    let below = &judged[head + 1..];
    if below.len() > LINES {
        return false;
    }
    let mut headed = false;
    for item in below.iter().filter(|item| !item.line.caption) {
        if item.is_body() && (!headed || item.line.text.len() > LONGEST) {
            return false;
        }
        headed = !item.is_body();
    }
    bytes(below) * SHARE <= bytes(&judged[..head])
}

/// D6: three or more lines in a row that are no prose.
pub(crate) fn drop_headline_lists(judged: &mut [Judged], context: &Context<'_>) {
    let mut run: Vec<usize> = Vec::new();
    for index in 0..=judged.len() {
        let item = judged.get(index);
        if item.is_some_and(|item| item.gone.is_some()) {
            continue;
        }
        let listed = item.is_some_and(|item| {
            item.is_listed()
                && (context.origin == Origin::PlainText || item.line.link_share() > 0.5)
        });
        if listed {
            run.push(index);
            continue;
        }
        if run.len() >= 3 {
            for index in &run {
                judged[*index].gone = Some("list of headlines (D6)");
            }
        }
        run.clear();
    }
}

/// A few words in a line of their own, over nothing but links to other pages, head them.
pub(crate) fn drop_heads_of_links(judged: &mut [Judged]) {
    /// Links under them.
    const LINKS: usize = 2;
    let linked = |item: &Judged| item.gone == Some(NOTHING_BUT_A_LINK);
    for at in 0..judged.len() {
        let heads = judged[at].gone.is_none()
            && judged[at].form != Form::Prose
            && judged[at].class.is_none()
            && judged[at].line.link_count == 0
            && judged[at].line.kind == BlockKind::Paragraph
            && !judged[at].line.caption
            && !judged[at].line.quoted
            && !has_end_mark(&judged[at].line.text);
        if heads
            && judged[at + 1..]
                .iter()
                .take_while(|item| linked(item))
                .count()
                >= LINKS
        {
            judged[at].gone = Some("heading of a list of links (D9)");
        }
    }
}

/// What stands before the first paragraph and after the last is no text unless it is prose, a list
/// or a label.
pub(crate) fn drop_edges(judged: &mut [Judged], context: &Context<'_>) {
    let Some(first) = judged.iter().position(Judged::is_body) else {
        return;
    };
    let opening = opening(&judged[..=first], context);
    for item in &mut judged[..opening] {
        // A note on the article is a sentence behind its label; a picture's source is none.
        let noted = item.class == Some(Class::Label)
            && has_end_mark(&item.line.text)
            && !item.line.text.ends_with(':');
        let stays = context.origin == Origin::Html
            && (noted
                || matches!(
                    item.line.kind,
                    BlockKind::Quote | BlockKind::Item(_) | BlockKind::Row
                ));
        if item.gone.is_none() && !stays {
            item.gone = Some("before the text (D10)");
        }
    }
    let last = judged
        .iter()
        .rposition(|item| {
            item.is_body()
                || (item.gone.is_none()
                    && (matches!(item.class, Some(Class::Credit))
                        || matches!(
                            item.line.kind,
                            BlockKind::Item(_) | BlockKind::Row | BlockKind::Quote
                        )
                        || item.line.text.starts_with(['"', '“', '„', '«'])))
        })
        .unwrap_or(first);
    let last = last + last_words(&judged[last..], context);
    for item in judged[last + 1..]
        .iter_mut()
        .filter(|item| item.gone.is_none())
    {
        item.gone = Some("after the text (D10)");
    }
}

/// The most short sentences that open a text, and that close one.
const OPENING: usize = 3;
const CLOSING: usize = 2;

/// Where the text opens: with the first paragraph, or above it with its short first words, sentences
/// of the same block, and the heading over them.
fn opening(judged: &[Judged], context: &Context<'_>) -> usize {
    let Some((body, above)) = judged.split_last() else {
        return 0;
    };
    let sentences = (above.iter().rev().take(OPENING))
        .take_while(|item| {
            is_short_sentence(item, body, context) || is_salutation(item, body, context)
        })
        .count();
    let first = above.len() - sentences;
    if context.origin != Origin::Html || body.line.parent.is_none() {
        return first;
    }
    let title = context.title.map(folded).unwrap_or_default();
    let heads = |item: &Judged| {
        let key = folded(&item.line.text);
        item.gone.is_none()
            && item.class.is_none()
            && (item.line.link_count == 0 || item.line.own)
            && item.line.parent == body.line.parent
            && matches!(item.line.kind, BlockKind::Heading(level) if level > 1)
            && !title.contains(&key)
            && (title.is_empty() || !key.contains(&title))
    };
    (above[..first].iter())
        .rposition(|item| !item.line.caption)
        .filter(|at| heads(&above[*at]))
        .unwrap_or(first)
}

/// How many lines behind the last paragraph, the first of these, are its short last words.
fn last_words(judged: &[Judged], context: &Context<'_>) -> usize {
    let Some((last, behind)) = judged.split_first() else {
        return 0;
    };
    let signed = |item: &Judged| {
        is_beside(item, last, context) && writers::is_signature(&item.line.text, context.writers)
    };
    let short = behind.iter().take(CLOSING);
    short
        .take_while(|item| {
            is_short_sentence(item, last, context) || signed(item) || is_source(item, last, context)
        })
        .count()
}

/// Whether a line is a paragraph of the same block as another.
fn is_beside(item: &Judged, other: &Judged, context: &Context<'_>) -> bool {
    context.origin == Origin::Html
        && item.gone.is_none()
        && item.class.is_none()
        && (item.line.link_count == 0 || item.line.own)
        && item.line.kind == BlockKind::Paragraph
        && item.line.parent.is_some()
        && item.line.parent == other.line.parent
}

/// Whether a line is a sentence of the same block as a paragraph.
fn is_short_sentence(item: &Judged, beside: &Judged, context: &Context<'_>) -> bool {
    /// Characters of one, in scripts that do not part words.
    const SPACELESS: usize = 6;
    let text = &item.line.text;
    is_beside(item, beside, context)
        && has_end_mark(text)
        && !text.ends_with(':')
        && (text.split(' ').count() >= 2
            || text.chars().filter(|c| is_spaceless(*c)).count() >= SPACELESS)
}

/// Whom a text is from, in brackets under it: a line of its block, and no picture's credit.
fn is_source(item: &Judged, beside: &Judged, context: &Context<'_>) -> bool {
    /// Words of the shortest and the longest.
    const WORDS: std::ops::RangeInclusive<usize> = 2..=12;
    let text = &item.line.text;
    let inner = text.strip_prefix(['(', '（']);
    let inner = inner.and_then(|text| text.strip_suffix([')', '）']));
    is_beside(item, beside, context)
        && inner.is_some_and(|inner| !inner.contains(['(', ')', '（', '）']))
        && WORDS.contains(&text.split(' ').count())
        && !text.chars().any(|c| c.is_ascii_digit())
        && !lexicon::has_caption_credit(text)
}

/// "Dear readers," above a text.
fn is_salutation(item: &Judged, beside: &Judged, context: &Context<'_>) -> bool {
    let text = &item.line.text;
    is_beside(item, beside, context) && text.ends_with(',') && text.split(' ').count() <= 4
}

/// K2 and D10: a label on its own stays only when something follows it.
pub(crate) fn keep_labels(judged: &mut [Judged]) {
    /// Bytes of the longest line that only announces what follows it.
    const ANNOUNCEMENT: usize = 80;
    let mut followed = false;
    for item in judged.iter_mut().rev().filter(|item| item.gone.is_none()) {
        let text = &item.line.text;
        let bare_label = text.ends_with(':')
            && !text.ends_with("(:")
            && (item.form == Form::Short || text.len() <= ANNOUNCEMENT);
        // A numbered heading may be the whole of its entry, under a picture.
        let heading = matches!(item.line.kind, BlockKind::Heading(_))
            && !item.line.text.starts_with(|c: char| c.is_ascii_digit());
        if (bare_label || heading) && !followed {
            item.gone = Some("a label or heading with nothing under it (D10)");
        } else {
            followed = true;
        }
    }
}

/// K4: the last paragraph, when it names the agencies.
pub(crate) fn credit(judged: &[Judged]) -> Option<String> {
    let last = judged.iter().rev().find(|item| item.gone.is_none())?;
    (last.class == Some(Class::Credit)).then(|| last.line.text.clone())
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    fn text(behind: &str) -> String {
        let prose = |n| {
            format!(
                "<p>Paragraph {n} tells at some length what the harbour office said on Monday of ships and of quays.</p>"
            )
        };
        let prose: Vec<String> = (0..6).map(prose).collect();
        let page = format!(
            "<html><body><h1>A strike at the port</h1><div>{}{behind}</div></body></html>",
            prose.concat()
        );
        extract(&Input::of(page.as_bytes())).unwrap().content.text()
    }

    #[test]
    fn whom_a_text_is_from_closes_it() {
        let text = text("<p>(Told by the keepers of the lamp)</p>");
        assert!(
            text.ends_with("(Told by the keepers of the lamp)"),
            "{text}"
        );
    }

    #[test]
    fn a_few_words_over_nothing_but_links_go_with_them() {
        let last = "<p>The ships wait outside for as long as nobody guides them in, and nobody does so.</p>";
        let links = "<p><b>Seen from the lamp</b></p><p><a href=/a>Divers find the anchor</a></p><p><a href=/b>Ministers meet</a></p>";
        assert_eq!(text(&format!("{links}{last}")), text(last));
        let heading = "<p><b>Seen from the lamp</b></p>";
        assert!(text(&format!("{heading}{last}")).contains("Seen from the lamp"));
    }
}

//! The rules that judge lines: what goes, what stays, where the article ends (sections D and K).
//!
//! HTML and plain text pass through here alike. Invariant: the order of lines is kept, no line is
//! changed, and each line that goes is noted with its rule.

use std::collections::{HashMap, HashSet};

use regex::Regex;

use super::form::Form;
use super::lexicon::{self, Class};
use super::line::Line;
use super::{ending, polls, repeated, writers};
use crate::extract::document::characters::folded;
use crate::extract::document::page::NodeIndex;
use crate::model::article::BlockKind;

/// Where the lines come from: in a page the column has been found, in a capture it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Html,
    PlainText,
}

/// What is known of the page while its lines are judged.
pub(crate) struct Context<'a> {
    pub(crate) origin: Origin,
    pub(crate) title: Option<&'a str>,
    /// Other headlines that the page states for itself.
    pub(crate) headlines: &'a [String],
    /// Lines that the outlet's rules drop.
    pub(crate) drop_lines: &'a [Regex],
    /// Alternative texts of the page's pictures, folded.
    pub(crate) alternatives: &'a HashSet<String>,
    /// Who wrote it, where that is known already.
    pub(crate) writers: &'a [String],
}

/// A line that went, and the rule by which it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) text: String,
    pub(crate) rule: &'static str,
}

/// What is left.
#[derive(Default)]
pub(crate) struct Cleaned {
    pub(crate) lines: Vec<Line>,
    pub(crate) captions: Vec<String>,
    pub(crate) credit: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Byline and date lines, in order.
    pub(crate) bylines: Vec<String>,
    pub(crate) cuts: Vec<Cut>,
}

/// A line with what has been found out about it.
pub(crate) struct Judged {
    pub(crate) line: Line,
    pub(crate) class: Option<Class>,
    pub(crate) form: Form,
    /// The rule by which it goes.
    pub(crate) gone: Option<&'static str>,
    /// It closes the text with what that is taken from.
    pub(crate) source: bool,
}

impl Judged {
    /// A paragraph of the article itself, as far as the line alone can say.
    pub(crate) fn is_body(&self) -> bool {
        self.gone.is_none()
            && self.form == Form::Prose
            && matches!(self.class, None | Some(Class::Label | Class::Credit))
    }

    /// May stand in a list of headlines (D6).
    pub(crate) fn is_listed(&self) -> bool {
        self.form != Form::Prose
            && self.class.is_none()
            && !self.line.quoted
            && !matches!(
                self.line.kind,
                BlockKind::Item(_) | BlockKind::Row | BlockKind::Heading(_)
            )
            && !self.line.text.starts_with(['"', '“', '„', '«'])
    }
}

/// Judges all lines.
pub(crate) fn clean(lines: Vec<Line>, context: &Context<'_>) -> Cleaned {
    let mut judged: Vec<Judged> = lines
        .into_iter()
        .map(|line| Judged {
            class: line.class(),
            form: line.form,
            line,
            gone: None,
            source: false,
        })
        .collect();
    let mut out = Cleaned::default();
    drop_title(&mut judged, context);
    drop_by_class(&mut judged, context);
    ending::drop_heads_of_links(&mut judged);
    ending::note_source(&mut judged, context);
    drop_captions(&mut judged, context, &mut out);
    drop_captions_again(&mut judged, &out.captions);
    writers::drop_bylines(&mut judged, context, &mut out);
    writers::drop_names(&mut judged, context);
    polls::drop_polls(&mut judged);
    polls::drop_results(&mut judged);
    repeated::drop_repetitions(&mut judged);
    repeated::drop_pull_quotes(&mut judged, context);
    drop_cards(&mut judged);
    ending::cut_end(&mut judged, context, &mut out);
    ending::drop_headline_lists(&mut judged, context);
    ending::drop_edges(&mut judged, context);
    writers::drop_notes(&mut judged, context);
    ending::keep_labels(&mut judged);
    out.credit = ending::credit(&judged);
    for item in judged {
        match item.gone {
            Some(rule) => out.cuts.push(Cut {
                text: item.line.text,
                rule,
            }),
            None => out.lines.push(item.line),
        }
    }
    out
}

/// M2.
fn drop_title(judged: &mut [Judged], context: &Context<'_>) {
    let stated = context.headlines.iter().map(String::as_str);
    let mut titles: Vec<String> = context
        .title
        .into_iter()
        .chain(stated)
        .map(folded)
        .collect();
    titles.retain(|title| !title.is_empty());
    titles.dedup();
    let longest = titles.iter().map(String::len).max().unwrap_or(0);
    let first_body = judged.iter().position(Judged::is_body).unwrap_or(0);
    for (at, item) in judged.iter_mut().enumerate() {
        // Folding takes away signs and spaces only: a paragraph is too long whatever it says.
        if item.line.text.len() > 4 * longest + 200 {
            continue;
        }
        let key = folded(&item.line.text);
        // Before the text it may stand behind its kicker, in one line with it.
        let with_kicker = |title: &String| {
            at <= first_body
                && title.len() >= 20
                && key.ends_with(title.as_str())
                && key.len() < title.len() + 60
        };
        if titles
            .iter()
            .any(|title| key == *title || with_kicker(title))
        {
            item.gone = Some("the title again (M2)");
        }
    }
}

pub(super) const NOTHING_BUT_A_LINK: &str = "nothing but a link (D9)";

/// D1: what its wording alone sends away.
fn drop_by_class(judged: &mut [Judged], context: &Context<'_>) {
    let among: Vec<bool> = (0..judged.len())
        .map(|at| is_sentence_among_others(judged, at))
        .collect();
    for (at, item) in judged.iter_mut().enumerate() {
        if item.gone.is_some() {
            continue;
        }
        let text = &item.line.text;
        item.gone = match item.class {
            Some(Class::Clock) => Some("clock (C1)"),
            Some(Class::ReadingTime) => Some("reading time (C2)"),
            Some(Class::Advert) => Some("advert (C3)"),
            Some(Class::Control) => Some("page control (C4)"),
            Some(Class::Form) => Some("form (C5)"),
            // In a page the whole block goes with it.
            Some(Class::Promotion) if context.origin == Origin::PlainText && is_brief(text) => {
                Some("invitation to subscribe (C5)")
            }
            Some(Class::InBodyLink)
                if item.line.kind == BlockKind::Paragraph
                    && (context.origin == Origin::PlainText
                        || item.line.linked > 0
                        || is_pointer(text))
                    || item.line.kind == BlockKind::Quote && item.line.link_share() > 0.5 =>
            {
                Some("link to another article (C10)")
            }
            _ if !text.chars().any(char::is_alphanumeric) => Some("no words (D10)"),
            // What ends the article ends it, though the outlet's rules name it too.
            Some(Class::StopHead | Class::CommentPrompt | Class::TagLine) => None,
            _ if context.drop_lines.iter().any(|rule| rule.is_match(text)) => {
                Some("the outlet's drop_lines")
            }
            _ if !among[at] && is_linked_away(&item.line) => Some(NOTHING_BUT_A_LINK),
            _ => None,
        };
    }
}

/// A headline behind a label that sends to another article, though nothing leads there.
fn is_pointer(text: &str) -> bool {
    /// Bytes of the longest.
    const LONGEST: usize = 160;
    text.len() <= LONGEST && !super::form::has_end_mark(text) && !text.ends_with([':', '：'])
}

/// An invitation is short; a paragraph that mentions a newsletter is not.
fn is_brief(text: &str) -> bool {
    text.len() <= 60 || !super::form::has_end_mark(text) && text.len() <= 120
}

/// A linked sentence between the article's own: a paragraph beside others in their block (lesson 5).
fn is_sentence_among_others(judged: &[Judged], at: usize) -> bool {
    let line = &judged[at].line;
    let sentence = line.link_count == 1
        && line.link_share() > 0.9
        && line.form == Form::Prose
        && line.kind == BlockKind::Paragraph
        && line
            .text
            .trim_end_matches(['"', '”', '»', ')'])
            .ends_with(['.', '。']);
    let beside = |other: Option<&Judged>| {
        other.is_some_and(|other| {
            other.line.parent.is_some()
                && other.line.parent == line.parent
                && other.form == Form::Prose
                && other.line.link_share() < 0.5
        })
    };
    sentence
        && beside(at.checked_sub(1).and_then(|before| judged.get(before)))
        && beside(judged.get(at + 1))
}

/// A line that is a link as a whole, and no sentence.
fn is_linked_away(line: &Line) -> bool {
    line.link_count > 0
        && !line.own
        && (line.link_share() > 0.9 && (line.form != Form::Prose || line.link_count == 1)
            || is_link_and_clock(line)
            || is_kicker_and_link(line)
            || is_row_of_links(line))
        && !matches!(line.kind, BlockKind::Row)
}

/// "A walk over the bridge 2:31": what plays when it is followed, and for how long.
fn is_link_and_clock(line: &Line) -> bool {
    let figure = |c: char| c.is_ascii_digit() || c == ':';
    let clock = line.text.trim_end_matches(figure).len();
    let clock = &line.text[clock..];
    line.link_count == 1
        && line.form != Form::Prose
        && clock.contains(':')
        && line.linked + clock.len() + 2 >= line.text.len()
}

/// "Share this article Facebook X Telegram": two short links or more, few words beside them, and no
/// end mark.
fn is_row_of_links(line: &Line) -> bool {
    /// Bytes of the longest link that may be a button, and of the words beside all of them.
    const BUTTON: usize = 32;
    const BESIDE: usize = 48;
    line.link_count >= 2
        && line.form != Form::Prose
        && line.kind == BlockKind::Paragraph
        && line.linked > 0
        && line.linked <= line.link_count * BUTTON
        && line.text.len() - line.linked.min(line.text.len()) <= BESIDE
        && !super::form::has_end_mark(&line.text)
}

/// "READ MORE | Another headline": a few words, then one link to the end, and no end mark.
fn is_kicker_and_link(line: &Line) -> bool {
    line.link_count == 1
        && line.link_share() > 0.5
        && line.kind == BlockKind::Paragraph
        && line.text.len() >= 30
        && line.text.len() - line.linked < 60
        && line
            .links
            .last()
            .is_none_or(|link| link.end + 2 >= line.text.len())
        && !super::form::has_end_mark(&line.text)
}

/// D4: by element, by credit, by picture, by the caption that follows.
fn drop_captions(judged: &mut [Judged], context: &Context<'_>, out: &mut Cleaned) {
    let mut following: Option<String> = None;
    let mut captions = Vec::new();
    for item in judged.iter_mut().rev() {
        let text = &item.line.text;
        let key = folded(text);
        let may = item.gone.is_none()
            && !item.source
            && matches!(item.class, None | Some(Class::Credit))
            && matches!(
                item.line.kind,
                BlockKind::Paragraph | BlockKind::Heading(5 | 6)
            );
        let whole_in_brackets = text.starts_with('(') && text.find(')') == Some(text.len() - 1);
        let caption = item.line.caption
            || (may
                && !whole_in_brackets
                && !item.line.quoted
                && lexicon::has_caption_credit(text))
            || (may
                && key.len() >= 12
                && item.form != Form::Prose
                && context.alternatives.contains(&key))
            || (may
                && (context.origin == Origin::PlainText || item.form != Form::Prose)
                && following
                    .as_deref()
                    .is_some_and(|next| key.len() >= 12 && next.starts_with(&key)));
        if caption && (item.gone.is_none() || item.line.caption) {
            if item.gone.is_none() {
                captions.push(text.clone());
            }
            item.gone = item.gone.or(Some("caption (D4)"));
            following = Some(key);
        } else if item.gone.is_none() {
            following = None;
        }
    }
    captions.reverse();
    for caption in captions {
        if !out.captions.contains(&caption) {
            out.captions.push(caption);
        }
    }
}

/// D4: a caption that another layout of the page, or the frame of its picture, says once more.
fn drop_captions_again(judged: &mut [Judged], captions: &[String]) {
    /// Bytes, folded, of what nobody says twice by chance.
    const LEAST: usize = 20;
    let captions: Vec<String> = captions.iter().map(|caption| folded(caption)).collect();
    if captions.is_empty() {
        return;
    }
    // The text itself may say it in the same words, among its other paragraphs: some outlets make
    // captions of their articles' sentences.
    let mut beside: HashMap<Option<NodeIndex>, usize> = HashMap::new();
    for item in judged.iter().filter(|item| !item.line.caption) {
        *beside.entry(item.line.parent).or_default() += 1;
    }
    for item in judged.iter_mut().filter(|item| item.gone.is_none()) {
        let line = &item.line;
        let alone = beside.get(&line.parent) == Some(&1);
        let may = line.kind == BlockKind::Paragraph && !line.quoted;
        if !may || item.form == Form::Prose && !alone {
            continue;
        }
        let key = folded(&line.text);
        let again = |caption: &String| caption.starts_with(&key) || alone && *caption == key;
        if key.len() >= LEAST && captions.iter().any(again) {
            item.gone = Some("caption again (D4)");
        }
    }
}

/// D7: a headline with a cut-off description directly under it.
fn drop_cards(judged: &mut [Judged]) {
    for index in 1..judged.len() {
        let (head, tail) = judged.split_at_mut(index);
        let (Some(card), Some(text)) = (head.last_mut(), tail.first_mut()) else {
            continue;
        };
        let cut_off = text.line.text.ends_with('…') || text.line.text.ends_with("...");
        let joined = !text.line.apart;
        if joined
            && cut_off
            && text.form == Form::Prose
            && card.form != Form::Short
            && !super::form::has_end_mark(&card.line.text)
            && card.gone.is_none()
        {
            card.gone = Some("card of another article (D7)");
            text.gone = Some("card of another article (D7)");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};

    #[test]
    fn a_caption_said_twice_is_none_of_the_text_and_a_sentence_of_it_may_be_a_caption() {
        let page = "<html lang=en><body><article><h1>Storm closes the harbour</h1>\
            <p>The harbour master said on Tuesday that forty ships wait outside the old port.</p>\
            <figure><img src=/a.jpg><figcaption>The harbour master on the quay of the old port. Ann Doe for \
            The Harbour</figcaption></figure><div>The harbour master on the quay of the old port</div>\
            <p>Pilots stayed ashore for a second day, and nobody knows how long the storm will last.</p>\
            <figure><img src=/b.jpg><figcaption>Pilots stayed ashore for a second day, and nobody knows how long \
            the storm will last.</figcaption></figure>\
            <p>The ministry <a href=https://port.example/report>has written a report<span style='clip:rect(0 0 0 0);\
            position: absolute; width:1px'>, opens new tab</span></a> on what storms cost the old port.</p>\
            </article></body></html>";
        let text = extract(&Input::of(page.as_bytes())).unwrap().content.text();
        assert!(!text.contains("on the quay"), "{text}");
        assert!(text.contains("Pilots stayed ashore"), "{text}");
        assert!(
            text.contains("has written a report on what storms cost"),
            "{text}"
        );
    }
}

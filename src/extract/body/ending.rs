//! Where the article begins and ends among its lines (D3, D6, D10, K2, K4).

use super::clean::{Cleaned, Context, Judged, Origin};
use super::form::{Form, has_end_mark};
use super::lexicon::{self, Class};
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
        let item = &mut judged[index];
        n_bodies += usize::from(item.is_body());
        let begun = n_bodies > 0;
        let in_earnest = begun
            && (context.origin == Origin::PlainText || n_bodies >= EARNEST.min(bodies.div_ceil(2)));
        if item.gone.is_some() {
            continue;
        }
        let more_follows =
            context.origin == Origin::Html && last_body.is_some_and(|last| last > index);
        let ends = match item.class {
            Some(Class::TagLine) => {
                out.tags = crate::extract::facts::metadata::hash_words(&item.line.text);
                in_earnest
            }
            Some(Class::CommentPrompt) => in_earnest,
            Some(Class::StopHead) => begun && !more_follows,
            Some(Class::Support) => {
                item.gone = Some("plea for support (C6)");
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
    }
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

/// What stands before the first paragraph and after the last is no text unless it is prose, a list
/// or a label.
pub(crate) fn drop_edges(judged: &mut [Judged], context: &Context<'_>) {
    let Some(first) = judged.iter().position(Judged::is_body) else {
        return;
    };
    for item in &mut judged[..first] {
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

/// How many lines behind the last paragraph are its short last words: sentences of the same block.
fn last_words(judged: &[Judged], context: &Context<'_>) -> usize {
    /// The most of them, and the words of a sentence.
    const MOST: usize = 2;
    if context.origin != Origin::Html {
        return 0;
    }
    let Some(parent) = judged.first().and_then(|last| last.line.parent) else {
        return 0;
    };
    judged[1..]
        .iter()
        .take(MOST)
        .take_while(|item| {
            item.gone.is_none()
                && item.class.is_none()
                && item.line.link_count == 0
                && item.line.kind == BlockKind::Paragraph
                && item.line.parent == Some(parent)
                && has_end_mark(&item.line.text)
                && !item.line.text.ends_with(':')
                && item.line.text.split(' ').count() >= 2
        })
        .count()
}

/// K2 and D10: a label on its own stays only when something follows it.
pub(crate) fn keep_labels(judged: &mut [Judged]) {
    let mut followed = false;
    for item in judged.iter_mut().rev().filter(|item| item.gone.is_none()) {
        let bare_label = item.line.text.ends_with(':') && item.form == Form::Short;
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

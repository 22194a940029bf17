//! What is said twice: lines printed again, and sentences that a layout lifts out of the text to show
//! them large (D5).

use std::collections::{HashMap, HashSet};

use super::clean::{Context, Judged, Origin};
use super::form::{Form, has_end_mark};
use crate::extract::document::characters::folded;
use crate::model::article::BlockKind;

/// D5: equal neighbours outside quotations: both go.
pub(crate) fn drop_repetitions(judged: &mut [Judged]) {
    let alive: Vec<usize> = (0..judged.len())
        .filter(|index| judged[*index].gone.is_none())
        .collect();
    for pair in alive.windows(2) {
        let [first, second] = *pair else { continue };
        let (one, other) = (&judged[first], &judged[second]);
        let same = one.line.text == other.line.text && !one.line.quoted && one.line.text.len() > 3;
        // A paragraph printed twice is damage: what is lost when both go would be text.
        if same && one.form != Form::Prose {
            judged[first].gone = Some("said twice in a row (D5)");
            judged[second].gone = Some("said twice in a row (D5)");
        } else if same {
            judged[second].gone = Some("said twice in a row (D5)");
        }
    }
    drop_refrains(judged);
    let mut seen: HashSet<String> = HashSet::new();
    for item in judged
        .iter_mut()
        .filter(|item| item.gone.is_none() && item.line.text.len() > 40)
    {
        if !seen.insert(item.line.text.clone()) {
            item.gone = Some("said before (D5)");
        }
    }
}

/// What breaks off and stands on the page again and again tells of other articles, on cards.
fn drop_refrains(judged: &mut [Judged]) {
    /// How often, and bytes of the shortest.
    const OFTEN: usize = 3;
    const SHORTEST: usize = 60;
    let may = |item: &Judged| {
        item.form == Form::Prose
            && item.line.kind == BlockKind::Paragraph
            && item.line.text.len() >= SHORTEST
            && !has_end_mark(&item.line.text)
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for item in judged.iter().filter(|item| may(item)) {
        *counts.entry(item.line.text.clone()).or_default() += 1;
    }
    counts.retain(|_, count| *count >= OFTEN);
    for item in judged.iter_mut().filter(|item| may(item)) {
        if counts.contains_key(&item.line.text) {
            item.gone = item.gone.or(Some("said again and again (D5)"));
        }
    }
}

/// Pull quotes: short lines in blocks of their own, quotations before all, that stand word for word in a
/// paragraph of the text too.
pub(crate) fn drop_pull_quotes(judged: &mut [Judged], context: &Context<'_>) {
    /// Bytes, folded, of the shortest and the longest pull quote, and the most that are looked for.
    const LENGTH: std::ops::RangeInclusive<usize> = 30..=300;
    const MOST: usize = 40;
    if context.origin != Origin::Html {
        return;
    }
    let alive: Vec<usize> = (0..judged.len())
        .filter(|at| judged[*at].gone.is_none() && !judged[*at].line.caption)
        .collect();
    // The first lines may be the standfirst, which opens the text.
    let lifted: Vec<usize> = (alive.iter().copied().skip(2))
        .filter(|at| is_lifted(judged, *at))
        .take(MOST)
        .collect();
    if lifted.is_empty() {
        return;
    }
    let keys: Vec<(usize, String)> = (alive.iter())
        .filter(|at| judged[**at].form == Form::Prose && !judged[**at].line.quoted)
        .map(|at| (*at, folded(&judged[*at].line.text)))
        .collect();
    for at in lifted {
        let key = folded(&judged[at].line.text);
        let told = LENGTH.contains(&key.len())
            && (keys.iter()).any(|(other, text)| *other != at && text.contains(&key));
        if told {
            judged[at].gone = Some("a pull quote (D5)");
            drop_attribution(judged, at);
        }
    }
}

/// Whether a line stands in a block of its own between the paragraphs, as pull quotes do.
fn is_lifted(judged: &[Judged], at: usize) -> bool {
    let line = &judged[at].line;
    line.quoted && line.kind != BlockKind::Row
}

/// Who said it, in the same quotation.
fn drop_attribution(judged: &mut [Judged], quote: usize) {
    if let Some(next) = judged.get_mut(quote + 1)
        && next.gone.is_none()
        && next.line.quoted
        && next.form != Form::Prose
        && !next.line.text.starts_with(['"', '“', '„', '«'])
    {
        next.gone = Some("a pull quote (D5)");
    }
}

//! What stands behind the article's tags: its author, newsletters, other articles. Templates put the
//! tags under the text, whatever else they do.

use crate::extract::body::candidates::{Masses, prose_weight};
use crate::extract::body::lexicon::Class;
use crate::extract::body::line::Line;
use crate::extract::document::characters::folded;
use crate::extract::document::furniture::words;
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// Words of a class that name the block of the tags.
const NAMES: &[&str] = &[
    "tags",
    "taglist",
    "tagcloud",
    "keywords",
    "schlagworte",
    "etiquetas",
];

/// What stands above them, folded.
const LABELS: &[&str] = &[
    "tags",
    "keywords",
    "schlagworte",
    "schlagwörter",
    "stichworte",
    "stichwörter",
    "etiquetas",
    "palavraschave",
    "motsclés",
    "tagi",
    "słowakluczowe",
    "теги",
    "метки",
    "мітки",
    "ключовіслова",
    "ключевыеслова",
    "etiketler",
    "الوسوم",
    "الكلماتالدالة",
    "תגיות",
    "标签",
    "標籤",
    "关键词",
    "關鍵字",
    "タグ",
    "キーワード",
];

/// Marks what stands behind the tags, where nearly all of the text stands in front of them.
pub(crate) fn mark(
    page: &Page<'_>,
    column: NodeIndex,
    lines: &[Line],
    masses: &Masses,
    gone: &mut [Option<&'static str>],
) {
    /// The share of the prose that stands in front; and the one from which tags that stand sooner say that
    /// the page holds several articles.
    const FRONT: f32 = 0.75;
    const BEGUN: f32 = 0.1;
    let whole = masses.prose_of(page, column);
    let mut front = 0.0;
    // Where these shares are reached.
    let mut reached = |share: f32| {
        lines.iter().find_map(|line| {
            front += prose_weight(line);
            (front >= share * whole).then_some(line.position)
        })
    };
    let (Some(begun), Some(least)) = (reached(BEGUN), reached(FRONT)) else {
        return;
    };
    if (begun..least).any(|node| is_tag(page, masses, node)) {
        return;
    }
    let mut behind = least + 1..page.nodes[column].end;
    let tags = behind.find(|node| {
        is_tag(page, masses, *node)
            || names_tags(page, *node) && masses.prose_of(page, *node) == 0.0
    });
    let Some(tags) = tags else {
        return;
    };
    for (line, rule) in lines.iter().zip(gone) {
        if line.position >= tags && !line.caption && line.class() != Some(Class::Credit) {
            *rule = rule.or(Some("behind the tags"));
        }
    }
}

/// Whether a node is a link that says it is a tag, and stands in no paragraph; or a category, which
/// none of a text's own links are.
fn is_tag(page: &Page<'_>, masses: &Masses, node: NodeIndex) -> bool {
    if page.nodes[node].tag != Tag::A {
        return false;
    }
    let rel = page.attribute(node, "rel").unwrap_or_default();
    let says = |word| rel.split_ascii_whitespace().any(|rel| rel == word);
    let apart = || {
        let mut up = page.upward(node);
        up.find(|node| page.nodes[*node].tag.is_block())
            .is_some_and(|block| masses.prose_of(page, block) == 0.0)
    };
    says("tag") && (says("category") || apart())
}

/// Whether a node is a block that is called tags, or their label.
fn names_tags(page: &Page<'_>, node: NodeIndex) -> bool {
    let node_of = &page.nodes[node];
    if node_of.tag == Tag::Text {
        let text = node_of.text.trim();
        return text.len() <= 40 && LABELS.contains(&folded(text).as_str());
    }
    let class = page.attribute(node, "class").unwrap_or_default();
    class
        .split_ascii_whitespace()
        .flat_map(words)
        .any(|word| NAMES.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::text_within;

    fn text(body: &str) -> String {
        text_within(
            "<body><div><h1>A strike at the port</h1>BODY</div></body>",
            body,
        )
    }

    const LATER: &str = "<p>Divers have been on the sea floor for a week, and nobody knows what they found there.</p>";

    #[test]
    fn what_stands_behind_the_tags_is_not_the_text() {
        for tags in [
            "<p>Filed: <a rel=tag href=/t>Ships</a></p>",
            "<p>This was told on Monday and filed under <a rel='category tag' href=/t>Ships</a> by somebody.</p>",
            "<h4>Schlagworte</h4><p><a href=/t>Ships</a></p>",
            "<div class=article-tags><a href=/t>Ships</a></div>",
        ] {
            let text = text(&format!("PROSE{tags}{LATER}"));
            assert!(text.ends_with("stay at home."), "{tags}: {text}");
        }
    }

    #[test]
    fn tags_above_the_text_or_in_it_end_nothing() {
        let above = text(&format!("<p><a rel=tag href=/t>Ships</a></p>PROSE{LATER}"));
        assert!(above.ends_with("found there."), "{above}");
        let linked = LATER.replace("Divers", "<a rel=tag href=/t>Divers</a>");
        let within = text(&format!("PROSE{linked}"));
        assert!(within.ends_with("found there."), "{within}");
    }
}

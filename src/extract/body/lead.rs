//! The standfirst between headline and text (K6).

use std::collections::HashSet;

use super::form::Form;
use super::line::Line;
use super::{imprint, lexicon};
use crate::extract::document::characters::{folded, word_count};
use crate::extract::document::furniture;
use crate::extract::document::page::{NodeIndex, Page};
use crate::extract::facts::dates;
use crate::model::article::BlockKind;

/// Words of classes that name a standfirst.
const NAMES: &[&str] = &[
    "lead",
    "lede",
    "teaser",
    "intro",
    "introduction",
    "summary",
    "standfirst",
    "subtitle",
    "dek",
    "deck",
    "excerpt",
    "abstract",
    "subhead",
    "subheadline",
    "subheading",
    "subheader",
    "description",
    "chapo",
    "entradilla",
    "vorspann",
    "einleitung",
    "kicker",
    "preamble",
    "ingress",
    "sapo",
    "perex",
    "strapline",
    "tagline",
    "bajada",
    "copete",
    "subtitulo",
    "sottotitolo",
    "soustitre",
    "chapeau",
    "untertitel",
    "unterzeile",
    "subline",
    "anleser",
    "sommario",
    "catenaccio",
    "resumo",
    "zajawka",
    "spot",
    "preview",
    "sumario",
];

/// Where a standfirst may stand.
pub(crate) struct Place {
    /// Whether the headline is known: where it is not, only what the page says of itself can be one.
    pub(crate) below_headline: bool,
    pub(crate) column: NodeIndex,
}

/// The standfirst among the lines above the text: one line, or the items of one list. `told` are lines
/// that headline or text say themselves.
pub(crate) fn among(
    page: &Page<'_>,
    above: &[Line],
    place: &Place,
    descriptions: &[&str],
    told: impl Fn(&Line) -> bool,
) -> Vec<Line> {
    let described = |line: &Line| says_the_same(&line.text, descriptions);
    // What is no sentence must be called a standfirst, or be what the page says of itself.
    let called = |line: &Line| is_named(page, line.node) || described(line);
    let may_be = |line: &&Line| {
        // A sentence of the column that is not in the text was taken out for a reason.
        (is_standfirst(line)
            && line.position < place.column
            && (line.link_count == 0 || called(line))
            || is_short_standfirst(line) && called(line))
            && !told(line)
    };
    let candidates = || above.iter().filter(may_be);
    let mut stated = candidates().filter(|line| described(line));
    let first = stated
        .next()
        .or_else(|| candidates().find(|_| place.below_headline));
    let Some(first) = first else {
        return Vec::new();
    };
    let is_item = |line: &Line| matches!(line.kind, BlockKind::Item(_));
    if !is_item(first) {
        return vec![first.clone()];
    }
    let of_its_list = |line: &&Line| is_item(line) && line.parent == first.parent;
    candidates().filter(of_its_list).cloned().collect()
}

fn is_standfirst(line: &Line) -> bool {
    !line.caption
        && line.link_share() < 0.3
        && line.form == Form::Prose
        && line.class().is_none()
        && !lexicon::has_caption_credit(&line.text)
        && !imprint::is_imprint(&line.text, &[])
        && line.text.len() < 1_500
}

/// A standfirst without a full stop.
fn is_short_standfirst(line: &Line) -> bool {
    line.form == Form::Headline
        && !line.caption
        && line.link_count == 0
        && line.class().is_none()
        && word_count(&line.text) >= 5
        && !lexicon::has_caption_credit(&line.text)
        && dates::find(&line.text).is_none()
}

/// Whether the block or the one it stands in is named as a standfirst.
pub(crate) fn is_named(page: &Page<'_>, node: NodeIndex) -> bool {
    page.upward(node).take(2).any(|node| {
        page.attribute(node, "class")
            .into_iter()
            .chain(page.attribute(node, "itemprop"))
            .flat_map(str::split_ascii_whitespace)
            .any(|class| {
                let words: Vec<String> = furniture::words(class).collect();
                let joined = |pair: &[String]| NAMES.contains(&pair.concat().as_str());
                words.iter().any(|word| NAMES.contains(&word.as_str()))
                    || words.windows(2).any(joined)
            })
    })
}

/// Whether a line is what the page says of itself, or the whole of what that is the beginning of.
pub(crate) fn says_the_same(line: &str, descriptions: &[&str]) -> bool {
    let line = folded(line);
    descriptions.iter().any(|description| {
        let description = folded(description);
        description.len() >= 40
            && (line.starts_with(&description) || description.starts_with(&line))
    })
}

/// Whether the second paragraph tells again what the first told.
pub(crate) fn is_told_again(first: &str, second: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (first, second) = (words(first), words(second));
    let shared = first.intersection(&second).count() as f32;
    shared >= 8.0 && shared >= 0.4 * first.len() as f32 && shared >= 0.3 * second.len() as f32
}

#[cfg(test)]
mod tests {
    use crate::extract::{Input, extract};
    use crate::model::article::Content;

    const DESCRIPTION: &str =
        "The wind keeps the pilots ashore, and nobody knows for how long they will stay";

    /// The article of a page that describes itself by [`DESCRIPTION`].
    fn article(head: &str) -> Content {
        let prose: Vec<String> = (1..8)
            .map(|number| {
                format!(
                    "<p>Paragraph {number} says that the pilots of the harbour stayed ashore while \
                     the wind blew, and that {number} ships waited outside for them to come.</p>"
                )
            })
            .collect();
        let prose = prose.concat();
        let page = format!(
            "<html lang=en><head><meta property=og:description content=\"{DESCRIPTION}\">\
             <meta property=og:title content=\"Storm closes the harbour for a second day\"></head>\
             <body>{}</body></html>",
            head.replace("PROSE", &format!("<div class=text>{prose}</div>"))
        );
        extract(&Input::of(page.as_bytes())).unwrap().content
    }

    #[test]
    fn what_the_page_describes_itself_by_opens_the_text_whatever_stands_before_it() {
        for head in [
            "<h1>Storm closes the harbour for a second day</h1><h2>STANDFIRST</h2>PROSE",
            "<h1>Storm closes the harbour for a second day</h1><div><h2>The wind that stopped all ships \
             of the north coast at once</h2></div><div><span>Kyiv.</span> <span>STANDFIRST.</span></div>PROSE",
            "<article><div class=\"col widget\"><header><h1>No ships today</h1><div><p>STANDFIRST.</p></div>\
             </header></div>PROSE</article>",
            &format!(
                "<h1>Storm closes the harbour for a second day</h1><h2>STANDFIRST</h2><section>{}PROSE</section>",
                "<div><ins></ins></div>".repeat(150)
            ),
        ] {
            let content = article(&head.replace("STANDFIRST", DESCRIPTION));
            let text = content.text();
            let text = text.trim_start_matches("Kyiv. ");
            assert!(text.starts_with(DESCRIPTION), "{head}: {text}");
            assert_eq!(text.matches(DESCRIPTION).count(), 1);
        }
    }

    #[test]
    fn key_points_under_the_headline_come_all_or_not_at_all() {
        let content = article(
            "<h1>Storm closes the harbour for a second day</h1><div class=summary><ul>\
             <li>The harbour has been closed since Monday evening.</li>\
             <li>Forty ships wait outside for the wind to fall.</li></ul></div>PROSE",
        );
        let text = content.text();
        assert!(text.contains("closed since Monday") && text.contains("Forty ships wait"));
        assert_eq!(content.lead, None);
    }
}

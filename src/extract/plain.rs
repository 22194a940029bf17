//! Plain-text captures: a page's text as some tool saved it, boilerplate included.

use std::collections::HashSet;

use super::Note;
use super::body::clean::{self, Cleaned, Context, Origin};
use super::body::form::{Form, form, has_end_mark};
use super::body::lexicon;
use super::body::line::Line;
use super::body::unwrapped::unwrapped;
use super::document::characters::{folded, normal, word_count};
use super::facts::months::unglued;
use super::facts::{dates, language, names};
use crate::config::noise::Noise;
use crate::config::outlet::Outlet;
use crate::model::article::{BlockKind, Content, Way};

/// Whether the text is HTML: it says so by a tag, wherever it came from and whatever its name.
pub(super) fn is_html(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
    // So begin nearly all.
    let doctype = start.as_bytes().first_chunk::<14>();
    if doctype.is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype html")) {
        return true;
    }
    let head: String = start
        .chars()
        .take(4_096)
        .collect::<String>()
        .to_ascii_lowercase();
    let opens = [
        "<!doctype html",
        "<html",
        "<?xml",
        "<!--",
        "<head",
        "<body",
        "<article",
        "<div",
        "<p>",
        "<p ",
        "<section",
        "<main",
        "<meta",
        "<title",
        "<h1",
        "<span",
        "<table",
    ];
    if opens.iter().any(|tag| head.starts_with(tag))
        || ["<html", "<body", "<!doctype html"]
            .iter()
            .any(|tag| head.contains(tag))
    {
        return true;
    }
    // A fragment: paragraphs that are opened and closed.
    let closed = |tag: &str| text.matches(tag).take(2).count() >= 2;
    closed("</p>") || closed("</div>") || (closed("<br") && closed("</"))
}

/// Lines kept of one capture.
const MAX_LINES: usize = 20_000;

/// The lines of a capture.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut apart = true;
    let raw: Vec<&str> = text.lines().take(MAX_LINES).collect();
    for raw in unwrapped(&raw) {
        let line = normal(&raw);
        if line.is_empty() {
            apart = true;
            continue;
        }
        let item = line
            .strip_prefix(['•', '●', '▪', '◦', '‣', '∙'])
            .map(str::trim_start);
        let (text, kind) = match item {
            Some(item) if !item.is_empty() => (item.to_owned(), BlockKind::Item(None)),
            _ => (line, BlockKind::Paragraph),
        };
        lines.push(Line::of_text(text, kind, apart));
        apart = false;
    }
    lines
}

/// The article of a capture, with what its cleaning found.
pub(super) fn extract(
    text: &str,
    outlet: Option<&Outlet>,
    noise: &Noise,
) -> (Content, Cleaned, Vec<Note>) {
    let mut lines = lines(text);
    let matched = lexicon::class_by(noise, &mut lines);
    let title = title(&lines);
    let section = section(&lines);
    let alternatives = HashSet::new();
    let known = Context {
        origin: Origin::PlainText,
        title: title.as_deref(),
        headlines: &[],
        drop_lines: outlet.map_or(&[], |outlet| &outlet.article.drop_lines),
        alternatives: &alternatives,
        writers: &[],
    };
    let mut cleaned = clean::clean(lines, &known);
    let zone = outlet.and_then(|outlet| outlet.timezone.as_ref());
    let own: Vec<&str> = outlet
        .map(|outlet| outlet.title.as_str())
        .into_iter()
        .collect();
    let mut content = Content {
        title,
        section,
        language: language::of_article(None, outlet, &cleaned.lines),
        way: Way::PlainText,
        ..Content::default()
    };
    for line in &cleaned.bylines {
        let line = unglued(line);
        let found = dates::find(&line);
        let name = found
            .as_ref()
            .map_or(line.as_str(), |found| &line[..found.range.start]);
        if content.authors.is_empty() {
            content.authors = names::people(name, &own);
        }
        if content.published.is_none() {
            content.published = found.map(|found| found.stated.resolve(zone));
        }
    }
    content.captions = std::mem::take(&mut cleaned.captions);
    content.tags = std::mem::take(&mut cleaned.tags);
    content.credit = cleaned.credit.take();
    let lines = std::mem::take(&mut cleaned.lines);
    content.blocks = lines.into_iter().map(Line::into_block).collect();
    (content, cleaned, matched)
}

/// M1: the line that stands twice before the text begins, else the first headline there.
fn title(lines: &[Line]) -> Option<String> {
    let begun = lines.iter().position(begins_text).unwrap_or(lines.len());
    let head = &lines[..begun];
    let twice = head.iter().enumerate().find(|(index, line)| {
        may_be_title(&line.text)
            && head[index + 1..]
                .iter()
                .any(|other| folded(&other.text) == folded(&line.text))
    });
    twice
        .map(|(_, line)| line)
        .or_else(|| {
            head.iter()
                .find(|line| may_be_title(&line.text) && form(&line.text) == Form::Headline)
        })
        .map(|line| line.text.clone())
}

/// The section that a line before the text names: `Section: Politics`, `Home > World > Europe`.
fn section(lines: &[Line]) -> Option<String> {
    /// Words before a section, folded.
    const LABELS: [&str; 14] = [
        "section",
        "category",
        "rubric",
        "rubrik",
        "ressort",
        "kategorie",
        "rubrique",
        "catégorie",
        "sección",
        "seção",
        "sezione",
        "рубрика",
        "розділ",
        "раздел",
    ];
    /// Characters of the longest section.
    const LONGEST: usize = 40;
    let begun = lines.iter().position(begins_text).unwrap_or(lines.len());
    let named = lines[..begun].iter().find_map(|line| {
        let stated = line
            .text
            .split_once([':', '：'])
            .filter(|(label, _)| LABELS.contains(&folded(label).as_str()))
            .map(|(_, section)| section);
        // A path of places begins at the front page; the last step of a long one is the headline.
        let path: Vec<&str> = line.text.split(['>', '›', '»']).map(str::trim).collect();
        let from_home = [
            "home",
            "головна",
            "главная",
            "startseite",
            "accueil",
            "inicio",
            "início",
        ]
        .contains(&folded(path[0]).as_str());
        stated.or_else(|| path.get(1).copied().filter(|_| from_home))
    });
    named
        .map(str::trim)
        .filter(|section| !section.is_empty() && section.chars().count() <= LONGEST)
        .map(str::to_owned)
}

/// A paragraph of prose: the lines before it are the head of the page.
fn begins_text(line: &Line) -> bool {
    form(&line.text) == Form::Prose
        && has_end_mark(&line.text)
        && word_count(&line.text) >= 6
        && matches!(line.class(), None | Some(lexicon::Class::Label))
        && !lexicon::has_caption_credit(&line.text)
}

fn may_be_title(line: &str) -> bool {
    (3..=30).contains(&word_count(line))
        && !line.ends_with('.')
        && lexicon::class_of(line).is_none()
        && !lexicon::has_caption_credit(line)
        && !lexicon::has_glued_label(line)
        && dates::find(&unglued(line)).is_none()
}

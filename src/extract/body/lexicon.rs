//! The word lists of `noise.toml`, compiled once: which class a whole line belongs to by its wording.
//!
//! Wording is evidence, not a verdict: `clean` decides what a class means where the line stands.

use std::cell::OnceCell;
use std::sync::LazyLock;

use super::expressions::Expressions;
use super::line::Line;
use crate::config::noise::Noise;
use crate::extract::Note;

/// What the wording of a whole line says it is (cleaning rules, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// C1: a time, or a time and a date.
    Clock,
    /// C2: `N min read`.
    ReadingTime,
    /// C3: marks an advert.
    Advert,
    /// C4: page furniture.
    Control,
    /// C5: remains of forms.
    Form,
    /// C6: asks for money or followers.
    Support,
    /// C7: `Tags: #a #b`.
    TagLine,
    /// Asks readers to register, subscribe or install.
    Promotion,
    /// C8: heads a list of other articles.
    StopHead,
    /// C9: asks for comments.
    CommentPrompt,
    /// C10: a link to another article between paragraphs.
    InBodyLink,
    /// C13: names the agencies that the text is from.
    Credit,
    /// C14: opens a paragraph of the body, such as `Source:`.
    Label,
}

/// In the order in which a line is tried: it has at most one class.
const CLASSES: [(&str, Class); 13] = [
    ("clock", Class::Clock),
    ("reading_time", Class::ReadingTime),
    ("advert", Class::Advert),
    ("control", Class::Control),
    ("form", Class::Form),
    ("label_keep", Class::Label),
    ("credit_keep", Class::Credit),
    ("support", Class::Support),
    ("tag_line", Class::TagLine),
    ("stop_head", Class::StopHead),
    ("comment_prompt", Class::CommentPrompt),
    ("in_body_link", Class::InBodyLink),
    ("promotion", Class::Promotion),
];

/// Longer lines are prose whatever words they contain, in bytes.
const LONGEST: usize = 400;
/// Labels and credits may open a paragraph of any length: this much of it is looked at.
const OPENING: usize = 120;

struct Lexicon {
    /// Expressions that are matched as written, and those matched in small letters. Those bound to the
    /// line's beginning stand apart: on most lines they fail at once.
    exact: [Owned; 2],
    small: [Owned; 2],
    captions: Expressions,
    glued: Expressions,
    sources: Expressions,
}

/// Expressions, and for each of them the index of its class in [`CLASSES`].
struct Owned {
    set: Expressions,
    owners: Vec<usize>,
}

impl Owned {
    /// Those bound to the beginning, and the others.
    fn parted(expressions: Vec<(String, usize)>) -> [Self; 2] {
        let (bound, free): (Vec<_>, Vec<_>) = expressions
            .into_iter()
            .partition(|(text, _)| text.starts_with('^'));
        [Self::of(bound), Self::of(free)]
    }

    fn of(expressions: Vec<(String, usize)>) -> Self {
        let (expressions, owners): (Vec<String>, Vec<usize>) = expressions.into_iter().unzip();
        Self {
            set: Expressions::of(&expressions),
            owners,
        }
    }

    /// The first class that matches.
    fn first(&self, line: &str) -> Option<usize> {
        // Whether any matches is known much sooner than which do, and nearly always none does.
        if !self.set.is_match(line) {
            return None;
        }
        let matches = self.set.matches(line);
        matches.map(|expression| self.owners[expression]).min()
    }
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let table: toml::Table =
        toml::from_str(include_str!("noise.toml")).expect("the embedded word list is valid TOML");
    let mut exact = Vec::new();
    let mut small = Vec::new();
    for (index, (name, _)) in CLASSES.iter().enumerate() {
        let list = if ignores_case(&table, name) {
            &mut small
        } else {
            &mut exact
        };
        list.extend(
            expressions_of(&table, name)
                .into_iter()
                .map(|text| (text, index)),
        );
    }
    Lexicon {
        exact: Owned::parted(exact),
        small: Owned::parted(small),
        captions: Expressions::of(&expressions_of(&table, "caption_credit")),
        glued: Expressions::of(&expressions_of(&table, "label_glue")),
        sources: Expressions::of(&expressions_of(&table, "source_line")),
    }
});

fn class_table<'t>(table: &'t toml::Table, name: &str) -> Option<&'t toml::Table> {
    table.get(name)?.as_table()
}

fn ignores_case(table: &toml::Table, name: &str) -> bool {
    let flag = class_table(table, name).and_then(|class| class.get("ignore_case"));
    flag.and_then(toml::Value::as_bool).unwrap_or(false)
}

/// The expressions of one table of the word list.
fn expressions_of(table: &toml::Table, name: &str) -> Vec<String> {
    class_table(table, name)
        .and_then(|class| class.get("patterns")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A line in small letters. The Turkish İ has a dot of its own in them, which nobody writes.
fn small(line: &str) -> String {
    let lower = line.to_lowercase();
    if line.contains('İ') {
        return lower.replace('\u{307}', "");
    }
    lower
}

/// A few words without the signs on both sides of them, where they have such: `— Advertisement —`.
fn without_ornaments(line: &str) -> Option<&str> {
    /// Bytes of the longest, signs included.
    const FEW: usize = 60;
    let sign = |c: char| {
        matches!(
            c,
            '-' | '–'
                | '—'
                | '*'
                | '~'
                | '='
                | '•'
                | '<'
                | '>'
                | '＜'
                | '＞'
                | '|'
                | '_'
                | '+'
                | '·'
                | '★'
                | '▼'
                | '▲'
                | ' '
        )
    };
    let both = line.starts_with(sign) && line.ends_with(sign);
    (line.len() <= FEW && both)
        .then(|| line.trim_matches(sign))
        .filter(|bare| !bare.is_empty())
}

/// The class of a normalised line, by its wording alone.
pub(crate) fn class_of(line: &str) -> Option<Class> {
    if line.is_empty() {
        return None;
    }
    if let Some(bare) = without_ornaments(line) {
        return class_of(bare).filter(|class| matches!(class, Class::Advert | Class::StopHead));
    }
    let long = line.len() > LONGEST;
    let looked_at = if long {
        &line[..line.floor_char_boundary(OPENING)]
    } else {
        line
    };
    let lower = small(looked_at);
    // What the beginning of a paragraph can say is bound to it.
    let sets = if long { 1 } else { 2 };
    let exact = LEXICON.exact[..sets].iter().map(|set| set.first(looked_at));
    let small = LEXICON.small[..sets].iter().map(|set| set.first(&lower));
    let first = exact.chain(small).flatten().min()?;
    let class = CLASSES[first].1;
    // The beginning of a paragraph can only say that it is a label's or a credit's.
    (!long || matches!(class, Class::Label | Class::Credit | Class::TagLine)).then_some(class)
}

/// Gives the lines that the operator's own lists match their class, whatever the built-in ones say,
/// and notes by which expression.
pub(crate) fn class_by(noise: &Noise, lines: &mut [Line]) -> Vec<Note> {
    /// Notes of one page, and characters of one line in them.
    const MAX: (usize, usize) = (500, 80);
    let mut notes = Vec::new();
    if noise.is_empty() {
        return notes;
    }
    for line in lines.iter_mut().filter(|line| line.text.len() <= LONGEST) {
        let Some((kind, pattern)) = noise.kind_of(&line.text) else {
            continue;
        };
        let class = CLASSES.iter().find(|(name, _)| *name == kind);
        line.class = OnceCell::from(class.map(|(_, class)| *class));
        if notes.len() < MAX.0 {
            notes.push(Note {
                rule: format!("{kind} by the configured expression {pattern}"),
                about: line.text.chars().take(MAX.1).collect(),
            });
        }
    }
    notes
}

/// Whether the line ends in a photographer's or agency's credit, as captions do (D4).
pub(crate) fn has_caption_credit(line: &str) -> bool {
    /// Bytes of the longest caption.
    const CAPTION: usize = 800;
    if line.len() > CAPTION {
        return false;
    }
    let from = line.len().saturating_sub(LONGEST);
    LEXICON
        .captions
        .is_match(&line[line.ceil_char_boundary(from)..])
}

/// Whether the line says in a few words where something is taken from, and nothing else (K4).
pub(crate) fn names_source(line: &str) -> bool {
    let may = line.len() <= OPENING && (line.contains([':', '：']) || line.starts_with(['(', '[']));
    may && LEXICON.sources.is_match(&small(line))
}

/// Whether a label is glued to the first word, as in headlines of a captured list.
pub(crate) fn has_glued_label(line: &str) -> bool {
    line.len() <= LONGEST && LEXICON.glued.is_match(line)
}

#[cfg(test)]
#[path = "lexicon_kinds_tests.rs"]
mod kinds_tests;
#[cfg(test)]
#[path = "lexicon_tests.rs"]
mod languages;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::noise::KINDS;

    #[test]
    fn every_kind_that_may_be_configured_has_a_class() {
        assert_eq!(CLASSES.map(|(name, _)| name), KINDS);
    }

    #[test]
    fn lines_are_classed_by_their_wording() {
        for (line, class) in [
            ("20:35 23.06.2025", Some(Class::Clock)),
            ("3:40 PM", Some(Class::Clock)),
            ("1 min read", Some(Class::ReadingTime)),
            ("Advertisement:", Some(Class::Advert)),
            ("Реклама:", Some(Class::Advert)),
            ("Укр Рус Eng Support Us", Some(Class::Control)),
            ("date 2025-06-23 Interfax-Ukraine", Some(Class::Control)),
            ("* indicates required", Some(Class::Form)),
            ("Support UP or become our patron!", Some(Class::Support)),
            (
                "Підтримайте УП або станьте нашим патроном!",
                Some(Class::Support),
            ),
            ("Tags: #nato #rutte", Some(Class::TagLine)),
            ("MORE ABOUT", Some(Class::StopHead)),
            ("Editors' Picks", Some(Class::StopHead)),
            (
                "What is your opinion on this topic?",
                Some(Class::CommentPrompt),
            ),
            ("Read also: Something else", Some(Class::InBodyLink)),
            ("(With information from EFE)", Some(Class::Credit)),
            (
                "Source: Reuters with reference to Rutte",
                Some(Class::Label),
            ),
            ("Background:", Some(Class::Label)),
            ("He said so on Monday.", None),
        ] {
            assert_eq!(class_of(line), class, "{line}");
        }
        assert!(has_caption_credit(
            "NATO Secretary General Mark Rutte. Stock photo: Getty Images"
        ));
        assert!(has_caption_credit("A meeting. (Mark Rutte/X)"));
        assert!(!has_caption_credit("He said so (in Brussels)."));
    }
}

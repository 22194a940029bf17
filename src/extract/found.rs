//! The ways to the text of an HTML page: the outlet's rules, the general extractor, JSON-LD.

use std::borrow::Cow;
use std::collections::HashSet;

use url::Url;

use super::body::blocks::insets::Known;
use super::body::blocks::islands;
use super::body::candidates::{self, Hints, Masses};
use super::body::clean::Cleaned;
use super::body::form::weight;
use super::body::lead::Place;
use super::body::line::Line;
use super::body::lines::Passed;
use super::body::{agreement, captions, lead, lexicon, lines, pictured, rows, writers};
use super::document::characters::{folded, normal};
use super::document::furniture::ProseMass;
use super::document::page::{NodeIndex, Page, Tag};
use super::document::parse;
use super::facts::authors;
use super::html::Read;
use super::{Note, notes_of, plain};
use crate::model::article::{BlockKind, Way};

/// A text that has been found.
pub(super) struct Found {
    pub(super) cleaned: Cleaned,
    pub(super) way: Way,
    pub(super) column: std::ops::Range<NodeIndex>,
    /// The standfirst that stands apart from it.
    pub(super) lead: Vec<Line>,
    pub(super) confidence: f32,
    /// What was decided before the lines were judged.
    pub(super) notes: Vec<Note>,
}

impl Found {
    fn weight(&self) -> usize {
        self.cleaned
            .lines
            .iter()
            .map(|line| weight(&line.text))
            .sum()
    }
}

impl Read<'_, '_> {
    /// The lines of a subtree as far as node `until`, and what was passed over.
    pub(super) fn lines(&self, root: NodeIndex, until: NodeIndex) -> (Vec<Line>, Vec<Passed>) {
        let base = self.base.as_ref();
        lines::read(self.page, root, until, &self.mass, &self.ruled, base)
    }

    /// The outlet's own selectors: the first that yields text.
    pub(super) fn by_rules(&self) -> Option<Found> {
        let rules = &self.outlet?.article.body;
        rules.iter().find_map(|field| {
            let mut roots: Vec<NodeIndex> = Vec::new();
            for node in self.page.select(&field.selector) {
                if roots
                    .last()
                    .is_none_or(|last| node >= self.page.nodes[*last].end)
                {
                    roots.push(node);
                }
            }
            let (first, last) = (*roots.first()?, *roots.last()?);
            let mut lines = Vec::new();
            for root in roots {
                lines.extend(self.lines(root, NodeIndex::MAX).0);
            }
            let notes = lexicon::class_by(self.noise, &mut lines);
            let cleaned = self.clean(lines);
            let found = Found {
                cleaned,
                way: Way::Rules,
                column: first..self.page.nodes[last].end,
                lead: Vec::new(),
                confidence: 0.95,
                notes,
            };
            (found.weight() >= 100).then(|| self.with_lead(found, None))
        })
    }

    /// The general extractor.
    pub(super) fn in_general(&self) -> Found {
        let page = self.page;
        let root = page.with_tag(Tag::Body).next().unwrap_or(0);
        if page.nodes.is_empty() {
            return Found {
                cleaned: Cleaned::default(),
                way: Way::General,
                column: 0..0,
                lead: Vec::new(),
                confidence: 0.0,
                notes: Vec::new(),
            };
        }
        let (mut lines, passed) = self.lines(root, NodeIndex::MAX);
        let matched = lexicon::class_by(self.noise, &mut lines);
        let masses = Masses::of(&lines);
        let stated = self
            .data
            .text("articleBody")
            .map(|text| folded(&text))
            .unwrap_or_default();
        let hints = Hints {
            headline: self.title.node,
            stated: &stated,
        };
        let Some(column) = candidates::column(page, &lines, &masses, &hints) else {
            return Found {
                cleaned: Cleaned::default(),
                way: Way::General,
                column: root..root,
                lead: Vec::new(),
                confidence: 0.0,
                notes: Vec::new(),
            };
        };
        let mut notes = vec![Note {
            rule: "column".to_owned(),
            about: self.describe(column),
        }];
        notes.extend(matched);
        notes.extend(
            passed
                .iter()
                .filter(|passed| self.mass.within(page, passed.node) >= 100)
                .take(100)
                .map(|passed| Note {
                    rule: passed.reason.as_str().to_owned(),
                    about: self.describe(passed.node),
                }),
        );
        // From the headline on: the standfirst is looked for there.
        let range = masses.lines_in(page, column);
        let from = self.title.node.map_or(range.start, |headline| {
            masses.lines_before(headline).min(range.start)
        });
        let description = self.data.text("description");
        let told = self.descriptions(description.as_deref());
        pictured::mark(page, &mut lines[from..range.end], &told);
        captions::mark(page, &mut lines[from..range.end]);
        rows::mark(page, &mut lines[from..range.end]);
        let names: Vec<&str> = self.sites.iter().map(String::as_str).collect();
        let near = self.near(&(column..page.nodes[column].end));
        let writers = self
            .writers
            .get_or_init(|| authors::find(page, &self.head, &self.data, &names, &near));
        let known = Known {
            headline: self.title.node,
            writers,
            sites: &self.sites,
            host: (self.base.as_ref())
                .and_then(Url::host_str)
                .unwrap_or_default(),
        };
        let own = lines[range].to_vec();
        let (kept, cuts) = islands::sift(page, column, &known, own);
        notes.extend(notes_of(&cuts));
        let mut cleaned = self.clean(kept);
        agreement::trim_to(&stated, &mut cleaned);
        let confidence = agreement::confidence(&cleaned.lines, &stated);
        let found = Found {
            cleaned,
            way: Way::General,
            column: column..page.nodes[column].end,
            lead: Vec::new(),
            confidence,
            notes,
        };
        self.with_lead(found, Some(&lines))
    }

    /// What the page says of itself in a sentence or two, and what JSON-LD does.
    fn descriptions<'d>(&'d self, stated: Option<&'d str>) -> Vec<&'d str> {
        self.head.description().into_iter().chain(stated).collect()
    }

    /// An element in a few words, with the prose it holds.
    fn describe(&self, node: NodeIndex) -> String {
        let name = self.page.nodes[node]
            .element
            .map_or("", |element| element.value().name());
        let class: String = self
            .page
            .attribute(node, "class")
            .unwrap_or_default()
            .chars()
            .take(80)
            .collect();
        let id: String = self
            .page
            .attribute(node, "id")
            .unwrap_or_default()
            .chars()
            .take(40)
            .collect();
        format!(
            "<{name} id={id:?} class={class:?}>, {} bytes of prose",
            self.mass.within(self.page, node)
        )
    }

    /// Adds the standfirst and the captions that stand between headline and column; `read` are the
    /// page's lines, where they have been read.
    fn with_lead(&self, mut found: Found, read: Option<&[Line]>) -> Found {
        // Where the text begins: at times its column holds the headline and the standfirst too.
        let begins = (found.cleaned.lines.first())
            .map(|line| line.position)
            .filter(|_| read.is_some() && !self.opens_with_lead(&found.cleaned.lines))
            .map_or(found.column.start, |first| first.max(found.column.start));
        let headline = self.title.node.filter(|node| *node < begins);
        let lines = match (read, headline) {
            (Some(lines), _) => Cow::Borrowed(lines),
            (None, Some(headline)) => {
                let mut up = self.page.upward(found.column.start);
                let Some(scope) = up.find(|node| *node < headline) else {
                    return found;
                };
                let (mut lines, _) = self.lines(scope, found.column.start);
                lexicon::class_by(self.noise, &mut lines);
                Cow::Owned(lines)
            }
            (None, None) => return found,
        };
        let from = headline.map_or(0, |headline| self.page.nodes[headline].end);
        let mut above: Vec<Line> = lines
            .iter()
            .filter(|line| (from..begins).contains(&line.position))
            .cloned()
            .collect();
        let stated = self.data.text("description");
        let descriptions = self.descriptions(stated.as_deref());
        let told = |line: &Line| {
            let key = folded(&line.text);
            let mut body = found.cleaned.lines.iter();
            self.says_headline(line)
                || writers::is_portrait(&line.text, self.known_writers())
                || body.any(|body| folded(&body.text).starts_with(&key))
        };
        let place = Place {
            below_headline: headline.is_some(),
            column: found.column.start,
        };
        found.lead = lead::among(self.page, &above, &place, &descriptions, told);
        if headline.is_some() {
            above.retain(|line| {
                let mut lead = found.lead.iter();
                line.position < found.column.start && !lead.any(|lead| lead.text == line.text)
            });
            for caption in self.clean(above).captions {
                if !found.cleaned.captions.contains(&caption) {
                    found.cleaned.captions.push(caption);
                }
            }
        }
        found
    }

    /// Whether the first line of a text is called a standfirst.
    fn opens_with_lead(&self, lines: &[Line]) -> bool {
        lines
            .first()
            .is_some_and(|line| lead::is_named(self.page, line.node))
    }

    /// Whether a line is the headline once more, perhaps behind its kicker (M2).
    fn says_headline(&self, line: &Line) -> bool {
        /// Bytes of a kicker.
        const KICKER: usize = 60;
        let key = folded(&line.text);
        let stated = self.headlines.iter().map(String::as_str);
        (self.title.text.as_deref().into_iter().chain(stated))
            .map(folded)
            .any(|title| {
                !title.is_empty() && key.ends_with(&title) && key.len() < title.len() + KICKER
            })
    }

    /// The body that JSON-LD gives, where it has much more than the column.
    pub(super) fn against_json_ld(&self, found: Found) -> Found {
        let Some(body) = self.data.text("articleBody") else {
            return found;
        };
        if weight(&body) < 2 * found.weight().max(100) {
            return found;
        }
        let mut lines = if plain::is_html(&body) {
            let html = parse::document(&body);
            let page = Page::new(&html);
            let root = page.with_tag(Tag::Body).next().unwrap_or(0);
            lines::read(
                &page,
                root,
                NodeIndex::MAX,
                &ProseMass::of(&page),
                &HashSet::new(),
                self.base.as_ref(),
            )
            .0
        } else {
            body.split(['\n', '\r', '\t', '\u{2028}', '\u{2029}'])
                .map(normal)
                .filter(|line| !line.is_empty())
                .map(|line| Line::of_text(line, BlockKind::Paragraph, true))
                .collect()
        };
        let notes = lexicon::class_by(self.noise, &mut lines);
        let cleaned = self.clean(lines);
        let instead = Found {
            cleaned,
            way: Way::JsonLd,
            column: found.column.clone(),
            lead: Vec::new(),
            confidence: 0.7,
            notes,
        };
        if instead.weight() >= 2 * found.weight() {
            instead
        } else {
            found
        }
    }
}

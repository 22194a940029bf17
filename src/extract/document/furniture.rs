//! What on a page is furniture, judged by element, attributes and names (cleaning rule D8).
//!
//! A name is never the last word: a block that holds more than half of the page's prose stays,
//! whatever it is called.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

pub(crate) use super::class_names::words;
use super::class_names::{Names, Strength, names_hidden, names_of};
use super::page::{NodeIndex, Page, Tag};

/// Why a subtree is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its element is never text: script, navigation, form.
    Element,
    /// It is not shown.
    Hidden,
    /// Its class or id names furniture.
    Name,
    /// The outlet's rules say so.
    Rule,
    /// A figure: its caption is kept apart.
    Figure,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Element => "element that is no text (D8)",
            Self::Hidden => "hidden (D8)",
            Self::Name => "named as furniture (D8)",
            Self::Rule => "the outlet's drop rule",
            Self::Figure => "figure (D4)",
        }
    }
}

/// Length of a text node from which it counts as prose, in bytes.
const PROSE: usize = 40;
/// Bytes of prose from which a paragraph is no label.
const PARAGRAPH: u32 = 100;
/// Bytes of prose from which a form, a footer or the like that holds most of a page's is its text.
const ENOUGH: u32 = 1_000;
/// Bytes of prose in the longest captions.
const LONGEST_CAPTION: u32 = 800;

/// Prose in front of each node, in bytes: text that is long enough and not linked.
pub(crate) struct ProseMass<'a> {
    before: Vec<u32>,
    /// Elements that the page itself marks as the article's text, in order.
    bodies: Vec<NodeIndex>,
    /// The page's first-rank heading, where it has just one.
    headline: Option<NodeIndex>,
    /// The ids of panels that a question opens: hidden until somebody asks, and text all the same.
    opened: HashSet<&'a str>,
    /// What a value of `class` or `id` names: most stand on a page many times.
    names: RefCell<HashMap<&'a str, Names>>,
}

impl<'a> ProseMass<'a> {
    /// One pass over the page.
    pub(crate) fn of(page: &Page<'a>) -> Self {
        let mut before = Vec::with_capacity(page.nodes.len() + 1);
        let mut total = 0_u32;
        let mut silent_until = 0;
        let bodies = (0..page.nodes.len())
            .filter(|node| page.nodes[*node].tag.is_block())
            .filter(|node| page.attribute(*node, "itemprop") == Some("articleBody"))
            .take(20)
            .collect();
        let opened = page
            .with_tag(Tag::Button)
            .filter(|node| is_question(page, *node))
            .filter_map(|node| page.attribute(node, "aria-controls"))
            .collect();
        for (index, node) in page.nodes.iter().enumerate() {
            before.push(total);
            if node.tag.is_wordless() || node.tag == Tag::A {
                silent_until = silent_until.max(node.end);
            }
            let length = node.text.trim().len();
            if index >= silent_until && length >= PROSE {
                total = total.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
            }
        }
        before.push(total);
        let mut headlines = page.with_tag(Tag::H1);
        let headline = headlines.next().filter(|_| headlines.next().is_none());
        Self {
            before,
            bodies,
            headline,
            opened,
            names: RefCell::default(),
        }
    }

    /// Whether the page marks an element in the subtree of `node` as its article's text.
    fn holds_the_body(&self, page: &Page<'_>, node: NodeIndex) -> bool {
        let next = self.bodies.partition_point(|body| *body < node);
        self.bodies
            .get(next)
            .is_some_and(|body| *body < page.nodes[node].end && self.within(page, *body) >= 500)
    }

    /// Whether the page has one first-rank heading, and it stands in the subtree of `node`: what is
    /// called a widget there is the article's head.
    fn holds_the_only_headline(&self, page: &Page<'_>, node: NodeIndex) -> bool {
        self.headline
            .is_some_and(|headline| (node..page.nodes[node].end).contains(&headline))
    }

    /// Prose in the subtree of `node`.
    pub(crate) fn within(&self, page: &Page<'_>, node: NodeIndex) -> u32 {
        self.before[page.nodes[node].end] - self.before[node]
    }

    /// Whether most of the page's prose stands in front of a block, and nearly all in front of its end.
    fn is_behind(&self, page: &Page<'_>, node: NodeIndex) -> bool {
        let share = |bytes: u32| u64::from(bytes) * 100 / u64::from(self.total().max(1));
        share(self.before[node]) >= 50 && share(self.before[page.nodes[node].end]) >= 95
    }

    fn names(&self, value: &'a str) -> Names {
        *self
            .names
            .borrow_mut()
            .entry(value)
            .or_insert_with(|| names_of(value))
    }

    /// Whether the block, or one that it stands in close by, is named as a caption, and holds no
    /// more prose than captions do.
    pub(crate) fn is_caption(&self, page: &Page<'a>, node: NodeIndex) -> bool {
        self.within(page, node) <= LONGEST_CAPTION
            && page.upward(node).take(3).any(|node| {
                self.class_names(page, node).caption && !self.has_paragraphs(page, node)
            })
    }

    /// Whether two paragraphs of more than a few words stand in a block: no caption has so many.
    fn has_paragraphs(&self, page: &Page<'_>, node: NodeIndex) -> bool {
        /// Bytes of prose in each.
        const PARAGRAPH: u32 = 80;
        (node + 1..page.nodes[node].end)
            .filter(|inner| page.nodes[*inner].tag == Tag::P)
            .filter(|inner| self.within(page, *inner) >= PARAGRAPH)
            .nth(1)
            .is_some()
    }

    fn class_names(&self, page: &Page<'a>, node: NodeIndex) -> Names {
        let names = page
            .attribute(node, "class")
            .map(|class| self.names(class))
            .unwrap_or_default();
        match custom_name(page, node) {
            Some(own) => names.and(self.names(own)),
            None => names,
        }
    }

    /// Prose of the page.
    pub(crate) fn total(&self) -> u32 {
        self.before.last().copied().unwrap_or(0)
    }
}

/// What an element is called that the page defines itself: `related-articles` says as much as a class.
fn custom_name<'a>(page: &Page<'a>, node: NodeIndex) -> Option<&'a str> {
    let node = &page.nodes[node];
    let name = node.element.filter(|_| node.tag == Tag::Div)?;
    Some(name.value().name()).filter(|name| name.contains('-'))
}

/// Whether and why the subtree of `node` is furniture.
pub(crate) fn judge<'a>(page: &Page<'a>, mass: &ProseMass<'a>, node: NodeIndex) -> Option<Reason> {
    let tag = page.nodes[node].tag;
    if tag.is_wordless() {
        return Some(Reason::Element);
    }
    page.nodes[node].element?;
    if page
        .attribute(node, "id")
        .is_some_and(|id| mass.opened.contains(id))
    {
        return None;
    }
    // What a block must hold of the page's prose to stay in spite of the evidence, in hundredths.
    let (reason, enough) = if is_hidden(page, mass, node) {
        if is_further_slide(page, mass, node) {
            return None;
        }
        (Reason::Hidden, 50)
    } else if is_never_text(tag) && !is_question(page, node) {
        (Reason::Element, 50)
    } else if tag == Tag::Figure {
        (Reason::Figure, 50)
    } else {
        let strength = name_of_furniture(page, mass, node)?;
        if mass.holds_the_body(page, node)
            || mass.holds_the_only_headline(page, node)
            || is_further_slide(page, mass, node)
            || is_within_a_sentence(page, node)
            || is_lifted_quote(page, node)
        {
            return None;
        }
        match strength {
            Strength::Weak if mass.is_behind(page, node) => (Reason::Name, 50),
            Strength::Weak => (Reason::Name, 8),
            Strength::Strong => (Reason::Name, 50),
            Strength::Certain => return may_go(page, node).then_some(Reason::Name),
        }
    };
    let held = u64::from(mass.within(page, node)) * 100;
    let holds_the_text = held > u64::from(mass.total()) * enough
        && (!is_never_text(tag) || mass.within(page, node) >= ENOUGH || holds_headline(page, node));
    (!holds_the_text && may_go(page, node)).then_some(reason)
}

/// The classes of the page's own elements speak of the page.
fn may_go(page: &Page<'_>, node: NodeIndex) -> bool {
    !matches!(page.nodes[node].tag, Tag::Body | Tag::Root)
}

/// Some systems wrap a whole page, its headline included, into a form.
fn holds_headline(page: &Page<'_>, node: NodeIndex) -> bool {
    page.nodes[node..page.nodes[node].end]
        .iter()
        .any(|inner| inner.tag == Tag::H1)
}

/// A link with words of its own paragraph on both sides, or one that a sentence begins with: what it is
/// called speaks of where it leads.
fn is_within_a_sentence(page: &Page<'_>, node: NodeIndex) -> bool {
    /// Bytes of the shortest rest of a sentence that begins with a link.
    const REST: usize = 40;
    let link = &page.nodes[node];
    let beside = |other: NodeIndex| {
        let other = page.nodes.get(other)?;
        (other.tag == Tag::Text && other.parent == link.parent).then_some(other.text.trim())
    };
    let Some(behind) = beside(link.end).filter(|behind| !behind.is_empty()) else {
        return false;
    };
    let before = node.checked_sub(1).and_then(beside);
    let opens = link.parent + 1 + usize::from(before == Some("")) == node
        && behind.len() >= REST
        && behind.starts_with(|c: char| c.is_lowercase());
    let goes_on = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == ',');
    link.tag == Tag::A && (opens || before.is_some_and(goes_on))
}

/// A quotation that is called a pull quote: some systems call all that they show large so. What the text
/// says elsewhere goes line by line.
fn is_lifted_quote(page: &Page<'_>, node: NodeIndex) -> bool {
    page.nodes[node].tag == Tag::Blockquote
        && page.attribute(node, "class").is_some_and(|class| {
            let class = class.to_ascii_lowercase();
            class.contains("pullquote") || class.contains("pull-quote")
        })
}

/// Elements that hold controls, navigation or media.
fn is_never_text(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Form
            | Tag::Button
            | Tag::Nav
            | Tag::Aside
            | Tag::Footer
            | Tag::Input
            | Tag::Label
            | Tag::Dialog
            | Tag::AmpCarousel
            | Tag::AmpSocialShare
            | Tag::Menu
            | Tag::Video
            | Tag::Audio
            | Tag::Choice
    )
}

/// A button that opens an answer: its words are the heading of what follows.
fn is_question(page: &Page<'_>, node: NodeIndex) -> bool {
    page.nodes[node].tag == Tag::Button
        && (page.nodes[page.nodes[node].parent].tag.heading().is_some()
            || page.nodes[node..page.nodes[node].end]
                .iter()
                .any(|inner| inner.tag.heading().is_some()))
}

fn is_hidden<'a>(page: &Page<'a>, mass: &ProseMass<'a>, node: NodeIndex) -> bool {
    // What only subscribers see is hidden by script from others, and is the article's text.
    if page.nodes[node].tag == Tag::P && mass.class_names(page, node).paywall {
        return false;
    }
    // Streamed pages put their parts into hidden blocks of these names and move them by script.
    let streamed = page
        .attribute(node, "id")
        .is_some_and(|id| id.starts_with("S:"));
    if page.attribute(node, "hidden").is_some() && !streamed || is_hidden_by_style(page, node) {
        return true;
    }
    // A whole paragraph that is kept from those who listen is what only subscribers hear.
    page.attribute(node, "aria-hidden") == Some("true")
        && !(page.nodes[node].tag == Tag::P && mass.within(page, node) >= PARAGRAPH)
}

fn is_hidden_by_style(page: &Page<'_>, node: NodeIndex) -> bool {
    page.attribute(node, "style").is_some_and(|style| {
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
        let style = style.to_ascii_lowercase();
        // What only screen readers are to say is cut to a point: `clip:rect(0,0,0,0)`.
        let clipped = style.contains("clip:rect(0") || style.contains("clip:rect(1px");
        style.contains("display:none")
            || style.contains("visibility:hidden")
            || clipped && style.contains("position:absolute")
    })
}

/// Whether a block that is hidden by its class or style has the same other classes as one of those in
/// front of it, which is shown and has text: the parts of a gallery are told one after the other.
fn is_further_slide<'a>(page: &Page<'a>, mass: &ProseMass<'a>, node: NodeIndex) -> bool {
    /// Bytes of prose in a slide, and how many blocks are looked at for the first.
    const SLIDE: u32 = 100;
    const SIBLINGS: usize = 60;
    let put_away = |node| mass.class_names(page, node).hidden || is_hidden_by_style(page, node);
    if mass.within(page, node) < SLIDE || !put_away(node) {
        return false;
    }
    let others = |node: NodeIndex| {
        let class = page.attribute(node, "class").unwrap_or_default();
        class
            .split_ascii_whitespace()
            .filter(|class| !names_hidden(class))
    };
    let mut siblings = std::iter::successors(Some(page.nodes[node].parent + 1), |at| {
        Some(page.nodes[*at].end)
    })
    .take_while(|at| *at < node)
    .take(SIBLINGS);
    siblings.any(|other| {
        mass.within(page, other) >= SLIDE
            && !put_away(other)
            && others(other).next().is_some()
            && others(other).eq(others(node))
    })
}

fn name_of_furniture<'a>(
    page: &Page<'a>,
    mass: &ProseMass<'a>,
    node: NodeIndex,
) -> Option<Strength> {
    let class = mass.class_names(page, node);
    // An id of many words is a headline's slug and says nothing of the block.
    // So is a heading's: it is there to be linked to.
    let heading = page.nodes[node].tag.heading().is_some();
    let id = page
        .attribute(node, "id")
        .filter(|id| !heading && id.split(['-', '_']).count() <= 5)
        .and_then(|id| mass.names(id).furniture);
    let role = page.attribute(node, "role").is_some_and(|role| {
        matches!(
            role,
            "navigation" | "complementary" | "contentinfo" | "search" | "dialog" | "banner"
        )
    });
    // A teaser that leads elsewhere announces another article; one without a link is a standfirst.
    let inside = &page.nodes[node..page.nodes[node].end];
    let teaser = class.teaser && inside.iter().any(|inner| inner.tag == Tag::A);
    class
        .furniture
        .max(id)
        .max(role.then_some(Strength::Strong))
        .max(teaser.then_some(Strength::Weak))
        .max((page.attribute(node, "itemprop") == Some("author")).then_some(Strength::Weak))
}

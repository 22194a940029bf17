//! The parsed page as a flat list of nodes in document order.
//!
//! Invariant: the subtree of node `i` is the range `i..nodes[i].end`, so sums over subtrees are
//! differences of prefix sums and every walk is a loop. Nothing here judges.

use html5ever::ns;
use scraper::{ElementRef, Html, Node as HtmlNode, Selector};

use super::characters::{composed, push_normal};

/// Index of a node.
pub(crate) type NodeIndex = usize;

/// Bytes after which a subtree is no line any more: names, dates and captions are asked for here.
const LONGEST_LINE: usize = 8_000;

/// The page.
pub(crate) struct Page<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
}

/// One element or text.
pub(crate) struct Node<'a> {
    /// The element it stands in; the root is its own.
    pub(crate) parent: NodeIndex,
    /// One past the last node of its subtree.
    pub(crate) end: NodeIndex,
    pub(crate) tag: Tag,
    pub(crate) element: Option<ElementRef<'a>>,
    /// The words of a text node; empty for elements.
    pub(crate) text: &'a str,
}

macro_rules! tags {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// The elements that matter here; all others are `Other`, a text node is `Text`, and one that the
        /// page defines itself is `Custom` until its place has told whether it is a block.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Tag { Text, Other, Custom, $($variant),* }

        impl Tag {
            fn of(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ if name.contains('-') => Self::Custom,
                    _ => Self::Other,
                }
            }
        }
    };
}

tags! {
    A "a", Abbr "abbr", Address "address", Article "article", Aside "aside", B "b", Bdi "bdi",
    Blockquote "blockquote", Body "body", Br "br", Button "button", Canvas "canvas",
    Caption "caption", Center "center", Cite "cite", Code "code", Dd "dd", Details "details",
    Dialog "dialog", Div "div", Dl "dl", Dt "dt", Em "em", Embed "embed", Fieldset "fieldset",
    Figcaption "figcaption", Figure "figure", Font "font", Footer "footer", Form "form", H1 "h1",
    H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6", Head "head", Header "header", Hr "hr",
    Root "html", I "i", Iframe "iframe", Img "img", Input "input", Label "label",
    Legend "legend", Li "li", Link "link", Main "main", Mark "mark", Math "math", Menu "menu",
    Meta "meta", Nav "nav", Noscript "noscript", Object "object", Ol "ol", Choice "option",
    P "p", Picture "picture", Pre "pre", Q "q", Rp "rp", Rt "rt", Script "script",
    Section "section", Select "select", Small "small", Source "source", Span "span",
    Strong "strong", Style "style", Sub "sub", Summary "summary", Sup "sup", Svg "svg",
    Table "table", Tbody "tbody", Td "td", Template "template", Textarea "textarea",
    Tfoot "tfoot", Th "th", Thead "thead", Time "time", Title "title", Tr "tr", U "u", Ul "ul",
    Video "video", Audio "audio",
    AmpAd "amp-ad", AmpSidebar "amp-sidebar", AmpCarousel "amp-carousel",
    AmpSocialShare "amp-social-share", AmpImg "amp-img",
}

impl Tag {
    /// Whether it begins and ends a line.
    pub(crate) fn is_block(self) -> bool {
        matches!(
            self,
            Self::Address
                | Self::Article
                | Self::Aside
                | Self::Blockquote
                | Self::Body
                | Self::Caption
                | Self::Center
                | Self::Dd
                | Self::Details
                | Self::Dialog
                | Self::Div
                | Self::Dl
                | Self::Dt
                | Self::Fieldset
                | Self::Figcaption
                | Self::Figure
                | Self::Footer
                | Self::Form
                | Self::H1
                | Self::H2
                | Self::H3
                | Self::H4
                | Self::H5
                | Self::H6
                | Self::Header
                | Self::Hr
                | Self::Root
                | Self::Legend
                | Self::Li
                | Self::Main
                | Self::Menu
                | Self::Nav
                | Self::Ol
                | Self::Choice
                | Self::P
                | Self::Pre
                | Self::Section
                | Self::Summary
                | Self::Table
                | Self::Tbody
                | Self::Td
                | Self::Tfoot
                | Self::Th
                | Self::Thead
                | Self::Tr
                | Self::Ul
                | Self::Video
                | Self::Audio
                | Self::Iframe
        )
    }

    /// Whether the text in it is never for readers.
    pub(crate) fn is_wordless(self) -> bool {
        matches!(
            self,
            Self::Script
                | Self::Style
                | Self::Template
                | Self::Noscript
                | Self::Svg
                | Self::Math
                | Self::Textarea
                | Self::Select
                | Self::Head
                | Self::Iframe
                | Self::Object
                | Self::Canvas
                | Self::Embed
                | Self::AmpAd
                | Self::AmpSidebar
        )
    }

    /// The level of a heading.
    pub(crate) fn heading(self) -> Option<u8> {
        match self {
            Self::H1 => Some(1),
            Self::H2 => Some(2),
            Self::H3 => Some(3),
            Self::H4 => Some(4),
            Self::H5 => Some(5),
            Self::H6 => Some(6),
            _ => None,
        }
    }
}

impl<'a> Page<'a> {
    /// Flattens the tree of `html`.
    pub(crate) fn new(html: &'a Html) -> Self {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(html.tree.values().len());
        let mut open: Vec<NodeIndex> = Vec::new();
        let mut next = html.tree.root().first_child();
        while let Some(node) = next {
            let parent = open.last().copied().unwrap_or(0);
            let index = nodes.len();
            let (tag, element, text) = match node.value() {
                HtmlNode::Element(element) => (Tag::of(element.name()), ElementRef::wrap(node), ""),
                HtmlNode::Text(text) => (Tag::Text, None, &**text),
                // Comments and the like keep a place so that the walk stays even.
                _ => (Tag::Text, None, ""),
            };
            nodes.push(Node {
                parent,
                end: index + 1,
                tag,
                element,
                text,
            });
            next = node.first_child();
            if next.is_some() {
                open.push(index);
                continue;
            }
            let mut left = node;
            next = loop {
                if let Some(sibling) = left.next_sibling() {
                    break Some(sibling);
                }
                let (Some(parent), Some(index)) = (left.parent(), open.pop()) else {
                    break None;
                };
                nodes[index].end = nodes.len();
                left = parent;
            };
        }
        place_custom(&mut nodes);
        Self { nodes }
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, node: NodeIndex, name: &str) -> Option<&'a str> {
        // Elements have few attributes: looking at each is cheaper than making a name to search for.
        let element = self.nodes[node].element?.value();
        let found = element
            .attrs
            .iter()
            .find(|(key, _)| &*key.local == name && key.ns == ns!());
        found.map(|(_, value)| &**value)
    }

    /// Elements with this tag, in order.
    pub(crate) fn with_tag(&self, tag: Tag) -> impl Iterator<Item = NodeIndex> + '_ {
        (0..self.nodes.len()).filter(move |index| self.nodes[*index].tag == tag)
    }

    /// Elements that a selector matches, in order.
    pub(crate) fn select<'s>(
        &'s self,
        selector: &'s Selector,
    ) -> impl Iterator<Item = NodeIndex> + 's {
        (0..self.nodes.len()).filter(move |index| {
            self.nodes[*index]
                .element
                .is_some_and(|element| selector.matches(&element))
        })
    }

    /// The elements a node stands in, from the inside out, itself first.
    pub(crate) fn upward(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let mut at = Some(node);
        std::iter::from_fn(move || {
            let here = at?;
            let parent = self.nodes[here].parent;
            at = (parent != here).then_some(parent);
            Some(here)
        })
    }

    /// The words of a subtree as one normalised line; blocks and breaks part words.
    pub(crate) fn line(&self, node: NodeIndex) -> String {
        let mut line = String::new();
        let mut at = node;
        while at < self.nodes[node].end {
            let inner = &self.nodes[at];
            at = if inner.tag.is_wordless() {
                inner.end
            } else {
                at + 1
            };
            if inner.tag.is_wordless() {
                continue;
            }
            if matches!(inner.tag, Tag::Br | Tag::Img) || inner.tag.is_block() {
                push_normal(&mut line, " ");
            }
            push_normal(&mut line, inner.text);
            if line.len() > LONGEST_LINE {
                break;
            }
        }
        composed(line.trim_end().to_owned())
    }
}

/// Says of the elements that a page defines itself (`<article-body>`) whether they are blocks: those
/// among the words of a paragraph are not, all others are read as `div`.
fn place_custom(nodes: &mut [Node<'_>]) {
    if nodes.iter().all(|node| node.tag != Tag::Custom) {
        return;
    }
    let mut worded = vec![false; nodes.len()];
    for node in &*nodes {
        worded[node.parent] |= !node.text.trim().is_empty();
    }
    for at in 0..nodes.len() {
        if nodes[at].tag == Tag::Custom {
            let parent = nodes[at].parent;
            let block = (nodes[parent].tag.is_block()
                && nodes[parent].tag != Tag::P
                && nodes[parent].tag.heading().is_none()
                || nodes[parent].tag == Tag::Root)
                && !worded[parent];
            nodes[at].tag = if block { Tag::Div } else { Tag::Other };
        }
    }
}

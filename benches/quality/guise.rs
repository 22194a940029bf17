//! Pages as other publishers would have built them: what a page says in names, elements and statements
//! that another need not use is taken away, and its words and their order stay.
//!
//! What is lost under a guise is what extraction owes to the publishers it was tuned on. A guise is a
//! function of the page alone, so that two runs can be compared.

use html5ever::{LocalName, QualName, ns};
use scraper::node::Element;
use scraper::{Html, Node};
use xxhash_rust::xxh3::xxh3_64;

/// What may be taken from a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: parsed and written again, as all others are.
    Plain,
    /// Classes, ids and names of elements that the page defines become signs without a meaning.
    Names,
    /// So does every second of these words.
    Half,
    /// Elements that say what they hold become blocks and spans that do not.
    Elements,
    /// Paragraphs become blocks.
    Paragraphs,
    /// What the page states for machines is left out.
    Statements,
}

const KINDS: [(&str, Kind); 6] = [
    ("plain", Kind::Plain),
    ("names", Kind::Names),
    ("half", Kind::Half),
    ("elements", Kind::Elements),
    ("paragraphs", Kind::Paragraphs),
    ("statements", Kind::Statements),
];

/// Elements that name what they hold, all blocks but `time`.
const TELLING: &str =
    "article main section aside header footer nav hgroup search figure figcaption";
/// Attributes that refer to ids.
const REFERENCES: &str = "for aria-labelledby aria-describedby aria-controls aria-owns headers";
/// Attributes of microdata and `RDFa`.
const STATING: &str =
    "itemprop itemtype itemscope itemid itemref property typeof vocab about resource";
/// Names of `meta` that speak of the page as pages always did.
const EVERYDAY: &str = "description viewport robots referrer generator";

/// Several kinds, put on together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guise {
    kinds: Vec<Kind>,
}

impl Guise {
    /// The guise that `list` names, words parted by commas; none where a word names no kind.
    pub(crate) fn named(list: &str) -> Option<Self> {
        let kind = |word: &str| {
            let (_, kind) = KINDS.iter().find(|(name, _)| *name == word)?;
            Some(*kind)
        };
        let kinds = list.split(',').map(|word| kind(word.trim()));
        Some(Self {
            kinds: kinds.collect::<Option<_>>()?,
        })
    }

    /// The words that [`Guise::named`] knows, for a usage line.
    pub(crate) fn words() -> String {
        KINDS.map(|(name, _)| name).join("|")
    }

    /// Whether pages stay as they are.
    pub(crate) fn is_none(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The page under its guise.
    pub(crate) fn put_on(&self, page: &str) -> String {
        let mut html = Html::parse_document(page);
        if self.has(Kind::Statements) {
            leave_out_statements(&mut html);
        }
        for node in html.tree.values_mut() {
            if let Node::Element(element) = node {
                self.change(element);
            }
        }
        html.html()
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    fn change(&self, element: &mut Element) {
        if element.name.ns != ns!(html) {
            return;
        }
        if self.has(Kind::Names) {
            rename(element, |_| true);
        } else if self.has(Kind::Half) {
            rename(element, |word| xxh3_64(word.as_bytes()) & 1 == 0);
        }
        let local = element.name.local.clone();
        if self.has(Kind::Elements) && listed(TELLING, &local)
            || self.has(Kind::Paragraphs) && &*local == "p"
        {
            element.name.local = LocalName::from("div");
        } else if self.has(Kind::Elements) && &*local == "time" {
            element.name.local = LocalName::from("span");
            element.attrs.retain(|(name, _)| &*name.local != "datetime");
        }
    }
}

/// Takes the meaning from the names of an element for which `hides` says so. Names within the page
/// that are alike stay alike, and links to an id still find it.
fn rename(element: &mut Element, hides: impl Fn(&str) -> bool) {
    let sign = |word: &str| {
        if word.starts_with("amp-") || !hides(word) {
            return word.to_owned();
        }
        format!("x{:08x}", xxh3_64(word.as_bytes()) >> 32)
    };
    let signs = |value: &str| -> String {
        let words: Vec<String> = value.split_ascii_whitespace().map(sign).collect();
        words.join(" ")
    };
    for (name, value) in &mut element.attrs {
        let renamed = match &*name.local {
            "class" | "id" => signs(value),
            reference if listed(REFERENCES, reference) => signs(value),
            "href" => match value.strip_prefix('#') {
                Some(id) if !id.is_empty() => format!("#{}", sign(id)),
                _ => continue,
            },
            _ => continue,
        };
        *value = renamed.into();
    }
    // The page's own elements; those of AMP are no publisher's.
    let own = &*element.name.local;
    if own.contains('-') && !own.starts_with("amp-") && hides(own) {
        let local = LocalName::from(format!("x-{}", sign(own)));
        element.name = QualName::new(None, ns!(html), local);
    }
}

/// JSON-LD, the statements of `meta`, microdata and `RDFa`, and links to an author marked as such.
fn leave_out_statements(html: &mut Html) {
    let stating = |node: &Node| {
        let Node::Element(element) = node else {
            return false;
        };
        match element.name() {
            "script" => (element.attr("type")).is_some_and(|kind| kind.contains("ld+json")),
            "meta" => {
                let name = element.attr("name").unwrap_or_default();
                let lower = name.to_ascii_lowercase();
                let of_old = element.attr("charset").is_some()
                    || element.attr("http-equiv").is_some()
                    || listed(EVERYDAY, &lower);
                !of_old
            }
            _ => false,
        }
    };
    let nodes = html.tree.nodes().filter(|node| stating(node.value()));
    let gone: Vec<_> = nodes.map(|node| node.id()).collect();
    for id in gone {
        if let Some(mut node) = html.tree.get_mut(id) {
            node.detach();
        }
    }
    for node in html.tree.values_mut() {
        let Node::Element(element) = node else {
            continue;
        };
        element.attrs.retain(|(name, value)| {
            let author = &*name.local == "rel" && value.eq_ignore_ascii_case("author");
            !author && !listed(STATING, &name.local)
        });
    }
}

fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|other| other == word)
}

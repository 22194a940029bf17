//! What on a page is furniture, judged by element, attributes and names (cleaning rule D8).
//!
//! A name is never the last word: a block that holds more than half of the page's prose stays,
//! whatever it is called.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::page::{NodeIndex, Page, Tag};

/// Why a subtree is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
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
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Element => "element that is no text (D8)",
            Self::Hidden => "hidden (D8)",
            Self::Name => "named as furniture (D8)",
            Self::Rule => "the outlet's drop rule",
            Self::Figure => "figure (D4)",
        }
    }
}

/// Words that name furniture when they stand alone in a class or id (`c-share`, `ad_top`).
const WORDS: &str = "ad ads adv adslot adbox adunit share shares sharing social more tags taglist print rating toc bio \
    nav navbar modal popup popular trending tooltip toolbar pagination pager login signin upsell \
    outbrain taboola disqus infobox factbox faktenbox infokasten";

/// Words that name furniture or a layout around the text: they count for little against prose.
const WEAK: &str = "menu footer sidebar player audio widget widgets overlay banner toc more author authors byline bylines \
    attribution vcard carousel swiper splide lightbox cta disclosure disclaimer prefooter";

/// Words of classes that name a caption or a credit, alone or beside a word for a picture.
const CAPTION: &str = "caption captions imagecaption photocaption bildunterschrift bildtext photocredit imagecredit imgcredit";
const CAPTION_OF: &str = "description credit credits legend copyright source";
const PICTURE: &str = "image img photo picture media figure gallery lightbox bild foto background";

/// Beginnings of such words.
const STEMS: &str = "advert advtext promo relat readnext readmore newsletter subscri signup donat support comment cookie \
    breadcrumb recommend sponsor recirc onetrust optanon didomi usercentrics truste sourcepoint mostread \
    jprelated sharedaddy socialmedia consent gdpr onward authorbox authorbio aboutauthor";

/// Words that begin so and name no furniture: a position on the screen, an opinion, and what Drupal
/// says of every article on the front page.
const UNRELATED: &str = "relative relatively relation relations commentary commentaries commented promoted supported supports";

/// Pairs of neighbouring words that name furniture together.
const PAIRS: &[(&str, &str)] = &[
    ("read", "next"),
    ("read", "also"),
    ("read", "more"),
    ("sign", "up"),
    ("most", "read"),
    ("see", "also"),
    ("author", "box"),
    ("author", "bio"),
    ("about", "author"),
    ("skip", "link"),
    ("info", "box"),
    ("fact", "box"),
    ("person", "box"),
    ("expandable", "box"),
    ("also", "read"),
    ("also", "interesting"),
    ("key", "points"),
    ("link", "list"),
];

/// Length of a text node from which it counts as prose, in bytes.
const PROSE: usize = 40;
/// Bytes of prose in the longest captions.
const LONGEST_CAPTION: u32 = 800;

/// Prose in front of each node, in bytes: text that is long enough and not linked.
pub(super) struct ProseMass<'a> {
    before: Vec<u32>,
    /// Elements that the page itself marks as the article's text, in order.
    bodies: Vec<NodeIndex>,
    /// What a value of `class` or `id` names: most stand on a page many times.
    names: RefCell<HashMap<&'a str, Names>>,
}

/// What the words of one attribute name.
#[derive(Clone, Copy, Default)]
struct Names {
    furniture: Option<Strength>,
    teaser: bool,
    paywall: bool,
    caption: bool,
}

impl<'a> ProseMass<'a> {
    /// One pass over the page.
    pub(super) fn of(page: &Page<'a>) -> Self {
        let mut before = Vec::with_capacity(page.nodes.len() + 1);
        let mut total = 0_u32;
        let mut silent_until = 0;
        let bodies = (0..page.nodes.len())
            .filter(|node| page.nodes[*node].tag.is_block())
            .filter(|node| page.attribute(*node, "itemprop") == Some("articleBody"))
            .take(20)
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
        Self {
            before,
            bodies,
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

    /// Prose in the subtree of `node`.
    pub(super) fn within(&self, page: &Page<'_>, node: NodeIndex) -> u32 {
        self.before[page.nodes[node].end] - self.before[node]
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
    pub(super) fn is_caption(&self, page: &Page<'a>, node: NodeIndex) -> bool {
        self.within(page, node) <= LONGEST_CAPTION
            && page
                .upward(node)
                .take(3)
                .any(|node| self.class_names(page, node).caption)
    }

    fn class_names(&self, page: &Page<'a>, node: NodeIndex) -> Names {
        page.attribute(node, "class")
            .map(|class| self.names(class))
            .unwrap_or_default()
    }

    /// Prose of the page.
    pub(super) fn total(&self) -> u32 {
        self.before.last().copied().unwrap_or(0)
    }
}

/// Whether and why the subtree of `node` is furniture.
pub(super) fn judge<'a>(page: &Page<'a>, mass: &ProseMass<'a>, node: NodeIndex) -> Option<Reason> {
    let tag = page.nodes[node].tag;
    if tag.is_wordless() {
        return Some(Reason::Element);
    }
    page.nodes[node].element?;
    // What a block must hold of the page's prose to stay in spite of the evidence, in hundredths.
    let (reason, enough) = if is_hidden(page, mass, node) {
        (Reason::Hidden, 50)
    } else if is_never_text(tag) && !is_question(page, node) {
        (Reason::Element, 50)
    } else if tag == Tag::Figure {
        (Reason::Figure, 50)
    } else {
        let strength = name_of_furniture(page, mass, node)?;
        if mass.holds_the_body(page, node) {
            return None;
        }
        match strength {
            Strength::Weak => (Reason::Name, 8),
            Strength::Strong => (Reason::Name, 50),
        }
    };
    let held = u64::from(mass.within(page, node)) * 100;
    let holds_the_text = held > u64::from(mass.total()) * enough;
    (!holds_the_text && !matches!(tag, Tag::Body | Tag::Root)).then_some(reason)
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
    let hidden = page.attribute(node, "hidden").is_some() && !streamed;
    if hidden || page.attribute(node, "aria-hidden") == Some("true") {
        return true;
    }
    page.attribute(node, "style").is_some_and(|style| {
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
        let style = style.to_ascii_lowercase();
        style.contains("display:none") || style.contains("visibility:hidden")
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Strong,
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

/// What the classes of one attribute name.
fn names_of(value: &str) -> Names {
    let mut names = Names::default();
    for class in value.split_ascii_whitespace() {
        let words: Vec<String> = words(class).collect();
        names.furniture = names.furniture.max(furniture(class, &words));
        names.teaser |= words
            .iter()
            .any(|word| word == "teaser" || word == "teasers");
        names.paywall |= words.iter().any(|word| word.starts_with("paywall"));
        names.caption |= names_caption(&words);
    }
    names
}

/// What one word of a class says.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the lists overlap: a word may stand in any of them"
)]
struct Meaning {
    strong: bool,
    weak: bool,
    /// It names no furniture, though it begins as a word that does.
    unrelated: bool,
    caption: bool,
    caption_of: bool,
    picture: bool,
}

type Mark = fn(&mut Meaning);

/// The word lists above, by word.
static MEANINGS: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| {
    let mut meanings: HashMap<&str, Meaning> = HashMap::new();
    let lists: [(&str, Mark); 6] = [
        (WORDS, |meaning| meaning.strong = true),
        (WEAK, |meaning| meaning.weak = true),
        (UNRELATED, |meaning| meaning.unrelated = true),
        (CAPTION, |meaning| meaning.caption = true),
        (CAPTION_OF, |meaning| meaning.caption_of = true),
        (PICTURE, |meaning| meaning.picture = true),
    ];
    for (list, mark) in lists {
        for word in list.split_ascii_whitespace() {
            mark(meanings.entry(word).or_default());
        }
    }
    meanings
});

fn meaning(word: &str) -> Meaning {
    MEANINGS.get(word).copied().unwrap_or_default()
}

/// Whether the words of one class name a caption (`wp-caption-text`, `article-image__description`).
fn names_caption(words: &[String]) -> bool {
    // `hasCaption` speaks of what lies inside.
    let of_itself = !matches!(
        words.first().map(String::as_str),
        Some("has" | "no" | "with")
    );
    let any = |test: fn(Meaning) -> bool| words.iter().any(|word| test(meaning(word)));
    of_itself
        && (any(|word| word.caption) || any(|word| word.caption_of) && any(|word| word.picture))
}

/// Whether one class, given with its words, names furniture: by word, by the beginning of a word, or
/// by two words.
fn furniture(class: &str, words: &[String]) -> Option<Strength> {
    // `md:hidden` speaks of a screen's width, `has-ads` and `no-sidebar` of the page.
    if matches!(
        class,
        "hidden"
            | "is-hidden"
            | "sr-only"
            | "visually-hidden"
            | "visuallyhidden"
            | "screen-reader-text"
            | "u-hidden"
    ) {
        return Some(Strength::Weak);
    }
    if class.contains(':')
        || class.starts_with("has-")
        || class.starts_with("no-")
        || class.starts_with("with-")
    {
        return None;
    }
    let mut previous = "";
    words
        .iter()
        .filter_map(|word| {
            let meaning = meaning(word);
            let strong = (!meaning.unrelated
                && STEMS
                    .split_ascii_whitespace()
                    .any(|stem| word.starts_with(stem)))
                || PAIRS
                    .iter()
                    .any(|(first, second)| *first == previous && second == word);
            previous = word;
            if strong {
                Some(Strength::Strong)
            } else if meaning.weak {
                Some(Strength::Weak)
            } else {
                meaning.strong.then_some(Strength::Strong)
            }
        })
        .max()
}

/// The words of a class: parted at signs and at capitals, in lower case. Numbers at either end are
/// left out (`ad2`); what has digits inside is an identifier and no word (`w-node-b53ad4`).
pub(super) fn words(class: &str) -> impl Iterator<Item = String> + '_ {
    class
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| part.trim_matches(|c: char| c.is_ascii_digit()))
        .filter(|part| !part.bytes().any(|b| b.is_ascii_digit()))
        .flat_map(|part| {
            let mut words: Vec<String> = Vec::new();
            let mut small = false;
            for c in part.chars() {
                if words.is_empty() || (c.is_ascii_uppercase() && small) {
                    words.push(String::new());
                }
                small = c.is_ascii_lowercase();
                if let Some(word) = words.last_mut() {
                    word.push(c.to_ascii_lowercase());
                }
            }
            words
        })
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        for class in [
            "c-share",
            "adv",
            "readNext",
            "read-next__card",
            "sd-social",
            "jp-relatedposts",
            "advtext_bottom",
            "block_comments",
            "SubscribeBox",
        ] {
            assert!(names_of(class).furniture.is_some(), "{class}");
        }
        for class in [
            "shared-layout",
            "article-header",
            "adapter",
            "moreover",
            "c-content",
            "heading",
            "body",
            "w-node-b5343ad4",
            "md:hidden",
            "relative",
            "commentary",
        ] {
            assert!(names_of(class).furniture.is_none(), "{class}");
        }
        for (class, caption) in [
            ("wp-caption-text", true),
            ("article-image__description", true),
            ("hasCaption", false),
            ("description", false),
            ("image-wide", false),
        ] {
            assert_eq!(names_of(class).caption, caption, "{class}");
        }
    }
}

//! What the words of a class or an id name: furniture, a caption, something hidden.
//!
//! Words are evidence alone; what a block so named holds decides in `furniture`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Words that name furniture when they stand alone in a class or id (`c-share`, `ad_top`).
const WORDS: &str = "ad ads adv adslot adbox adunit share shares sharing social more tags taglist print rating toc bio \
    nav navbar modal popup popular trending tooltip toolbar pagination pager login signin upsell \
    outbrain taboola disqus xfbml poll polls telegram infobox factbox faktenbox infokasten pullquote pullquotes";

/// Words that name furniture or a layout around the text: they count for little against prose.
const WEAK: &str = "menu footer sidebar player audio widget widgets overlay banner toc more author authors byline bylines \
    attribution vcard carousel swiper splide lightbox cta disclosure disclaimer prefooter";

/// Words of classes that name a caption or a credit, alone or beside a word for a picture.
const CAPTION: &str = "caption captions imagecaption photocaption bildunterschrift bildtext photocredit imagecredit imgcredit";
const CAPTION_OF: &str = "description credit credits legend copyright source";
const PICTURE: &str = "image img photo picture media figure gallery lightbox bild foto background";

/// Beginnings of such words.
const STEMS: &str = "advert advtext promo relat readnext readmore newsletter subscri signup donat support comment cookie \
    breadcrumb recommend sponsor recirc mostread jprelated sharedaddy socialmedia consent gdpr onward \
    authorbox authorbio aboutauthor";

/// Beginnings of words that name what asks for consent to cookies, most of them the tools that sites use
/// for it. Such a block is never the text, however little else the page holds.
const CONSENT: &str = "onetrust optanon didomi usercentrics truste sourcepoint cmplz complianz borlabs cookiebot cybot iubenda \
    klaro tarteaucitron termly osano axeptio cookiefirst cookieconsent cookiebanner cookienotice";

/// Pairs of neighbouring words that do.
const CONSENT_PAIRS: &[(&str, &str)] = &[
    ("cookie", "banner"),
    ("cookie", "bar"),
    ("cookie", "consent"),
    ("cookie", "law"),
    ("cookie", "notice"),
    ("cookies", "banner"),
    ("cookies", "consent"),
    ("consent", "banner"),
    ("gdpr", "cookie"),
];

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
    ("pull", "quote"),
];

/// First words of the classes that page builders give: each block of a text is a "widget" to them, and
/// these words say that it is one.
const BUILDERS: &[&str] = &["elementor", "siteorigin", "sow"];
const BUILT: &str = "wrap container text heading editor headline theme tabs toggle accordion blockquote image \
    divider html shortcode video empty populated";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Weak,
    Strong,
    /// It is never the text.
    Certain,
}

/// What the words of one attribute name.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one name may say any of these at once"
)]
pub(crate) struct Names {
    pub(crate) furniture: Option<Strength>,
    pub(crate) teaser: bool,
    pub(crate) paywall: bool,
    pub(crate) caption: bool,
    /// It says that the block is not shown, as the slides and tabs behind the first are not.
    pub(crate) hidden: bool,
}

impl Names {
    /// What both name.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            furniture: self.furniture.max(other.furniture),
            teaser: self.teaser || other.teaser,
            paywall: self.paywall || other.paywall,
            caption: self.caption || other.caption,
            hidden: self.hidden || other.hidden,
        }
    }
}

/// What the classes of one attribute name.
pub(crate) fn names_of(value: &str) -> Names {
    let mut names = Names::default();
    // `hidden md:block` is shown on a screen of some width.
    let shown = value.split_ascii_whitespace().any(is_shown_when_wide);
    for class in value.split_ascii_whitespace() {
        if shown && names_hidden(class) {
            continue;
        }
        let words: Vec<String> = words(class).collect();
        names.furniture = names.furniture.max(furniture(class, &words));
        names.teaser |= words
            .iter()
            .any(|word| word == "teaser" || word == "teasers");
        names.paywall |= words.iter().any(|word| word.starts_with("paywall"));
        names.caption |= names_caption(&words);
        names.hidden |= names_hidden(class);
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

/// The beginnings above, by their first letter.
static BEGINNINGS: LazyLock<HashMap<u8, Vec<(&str, Strength)>>> = LazyLock::new(|| {
    let mut beginnings: HashMap<u8, Vec<(&str, Strength)>> = HashMap::new();
    let lists = [(STEMS, Strength::Strong), (CONSENT, Strength::Certain)];
    for (list, strength) in lists {
        for stem in list.split_ascii_whitespace() {
            let stems = beginnings.entry(stem.as_bytes()[0]).or_default();
            stems.push((stem, strength));
        }
    }
    beginnings
});

/// What the beginning of a word names.
fn begins_as(word: &str) -> Option<Strength> {
    let first = word.bytes().next().unwrap_or_default();
    let stems = BEGINNINGS.get(&first)?.iter();
    stems
        .filter(|(stem, _)| word.starts_with(stem))
        .map(|(_, strength)| *strength)
        .max()
}

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
    if names_hidden(class)
        || matches!(
            class,
            "sr-only" | "visually-hidden" | "visuallyhidden" | "screen-reader-text"
        )
    {
        return Some(Strength::Weak);
    }
    // An "advanced heading" is one, as page builders shorten it.
    if class.contains(':')
        || words.windows(2).any(|pair| pair == ["adv", "heading"])
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
            let begins = begins_as(word).filter(|_| !meaning.unrelated);
            let are_pair = |pairs: &[(&str, &str)]| {
                pairs
                    .iter()
                    .any(|(first, second)| *first == previous && second == word)
            };
            let pair = if are_pair(CONSENT_PAIRS) {
                Some(Strength::Certain)
            } else {
                are_pair(PAIRS).then_some(Strength::Strong)
            };
            previous = word;
            let strong = meaning.strong && !meaning.weak;
            begins
                .max(pair)
                .max(strong.then_some(Strength::Strong))
                .max((meaning.weak && !is_built_text(words)).then_some(Strength::Weak))
        })
        .max()
}

/// Whether a class is what a page builder calls a block of text, or anything that may be one.
fn is_built_text(words: &[String]) -> bool {
    BUILDERS.contains(&words[0].as_str())
        && words
            .get(2)
            .is_none_or(|kind| BUILT.split_ascii_whitespace().any(|built| built == kind))
}

fn is_shown_when_wide(class: &str) -> bool {
    class.split_once(':').is_some_and(|(width, shown)| {
        matches!(width, "sm" | "md" | "lg" | "xl" | "2xl")
            && matches!(
                shown,
                "block" | "flex" | "grid" | "inline" | "inline-block" | "contents"
            )
    })
}

/// Whether a class says that its block is not shown.
pub(crate) fn names_hidden(class: &str) -> bool {
    matches!(class, "hidden" | "is-hidden" | "u-hidden")
}

/// The words of a class: parted at signs and at capitals, in lower case. Numbers at either end are
/// left out (`ad2`); what has digits inside is an identifier and no word (`w-node-b53ad4`).
pub(crate) fn words(class: &str) -> impl Iterator<Item = String> + '_ {
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

    #[test]
    fn consent_is_certain_and_a_builders_widgets_are_blocks() {
        for (class, furniture) in [
            ("cmplz-cookiebanner", Some(Strength::Certain)),
            ("cookie-notice", Some(Strength::Certain)),
            ("cookie-recipes", Some(Strength::Strong)),
            ("elementor-widget elementor-widget-heading", None),
            ("elementor-widget-share-buttons", Some(Strength::Strong)),
            ("sidebar-widget", Some(Strength::Weak)),
        ] {
            assert_eq!(names_of(class).furniture, furniture, "{class}");
        }
    }
}

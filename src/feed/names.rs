//! Which element of which vocabulary says what.
//!
//! Feeds bind wrong addresses to prefixes, forget to bind them, and put RSS into any namespace. So an
//! element's vocabulary is found by its namespace where that is known, else by its customary prefix; RSS,
//! Atom, RDF and CDF are one vocabulary, told apart by how an element is built. Letter case does not count.

/// The vocabularies that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS of all versions, Atom, RDF, CDF, and everything without a namespace.
    Core,
    /// Dublin Core elements.
    Dc,
    /// Dublin Core terms.
    DcTerms,
    /// RSS 1.0 content module.
    Content,
    /// Media RSS.
    Media,
    /// Apple's podcast elements.
    Itunes,
    /// RSS 1.0 syndication module.
    Syndication,
    /// Feed proxies that keep the original link.
    Proxy,
    /// XHTML.
    Xhtml,
    /// Anything else.
    Other,
}

/// What an element says, with its rank among the elements that say the same: the lowest is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// `rss`, `RDF`, `feed`.
    Root,
    /// `channel`.
    Channel,
    /// `item`, `entry`.
    Item,
    /// `image`, `textInput`, `source`, `contributor`: has a title, link or name that is not the entry's.
    Aside,
    /// `author`.
    Person,
    /// A person's name inside of one.
    Name,
    /// A person's address inside of one.
    Email,
    /// An author as plain text.
    Author(u8),
    /// A title.
    Title(u8),
    /// A link in either form.
    Link,
    /// The address behind a proxy's.
    OriginalLink,
    /// `guid`, `id`.
    Id(u8),
    /// A summary.
    Summary(u8),
    /// The text.
    Content(u8),
    /// When it was published.
    Published(u8),
    /// When it was changed.
    Updated(u8),
    /// One category.
    Category,
    /// Several, with commas.
    Keywords,
    /// Attached media.
    Enclosure,
    /// Attached media, in Media RSS.
    MediaContent,
    /// The feed's language.
    Language,
    /// Minutes the feed may be kept.
    Ttl,
    /// An hour in which nobody need ask.
    SkipHour,
    /// A day on which nobody need ask.
    SkipDay,
    /// `sy:updatePeriod`.
    UpdatePeriod,
    /// `sy:updateFrequency`.
    UpdateFrequency,
    /// Where the feed has moved.
    NewUrl,
    /// Nothing that is kept.
    Other,
}

impl Element {
    /// The same said where it counts only if nothing else says it.
    pub(super) fn demoted(self) -> Self {
        const BY: u8 = 10;
        match self {
            Self::Title(rank) => Self::Title(rank + BY),
            Self::Id(rank) => Self::Id(rank + BY),
            Self::Summary(rank) => Self::Summary(rank + BY),
            Self::Content(rank) => Self::Content(rank + BY),
            Self::Published(rank) => Self::Published(rank + BY),
            Self::Updated(rank) => Self::Updated(rank + BY),
            Self::Author(rank) => Self::Author(rank + BY),
            other => other,
        }
    }
}

/// Parts of namespace names, which are written with many small mistakes.
const NAMESPACES: &[(&str, Vocabulary)] = &[
    ("purl.org/dc/elements", Vocabulary::Dc),
    ("purl.org/rss/1.0/modules/dc", Vocabulary::Dc),
    ("purl.org/dc/terms", Vocabulary::DcTerms),
    ("purl.org/rss/1.0/modules/dcterms", Vocabulary::DcTerms),
    ("purl.org/rss/1.0/modules/content", Vocabulary::Content),
    (
        "purl.org/rss/1.0/modules/syndication",
        Vocabulary::Syndication,
    ),
    ("search.yahoo.com/mrss", Vocabulary::Media),
    ("tools.search.yahoo.com/mrss", Vocabulary::Media),
    ("www.itunes.com/dtds/podcast", Vocabulary::Itunes),
    ("www.itunes.com/dtds/pod", Vocabulary::Itunes),
    ("example.com/dtds/podcast", Vocabulary::Itunes),
    ("rssnamespace.org/feedburner", Vocabulary::Proxy),
    ("pheedo.com/namespace", Vocabulary::Proxy),
    ("www.w3.org/1999/xhtml", Vocabulary::Xhtml),
    ("www.w3.org/2005/atom", Vocabulary::Core),
    ("purl.org/atom", Vocabulary::Core),
    ("purl.org/rss/1.0", Vocabulary::Core),
    ("purl.org/net/rss", Vocabulary::Core),
    ("my.netscape.com", Vocabulary::Core),
    ("channel.netscape.com", Vocabulary::Core),
    ("backend.userland.com", Vocabulary::Core),
    ("blogs.law.harvard.edu/tech/rss", Vocabulary::Core),
    ("cyber.law.harvard.edu/rss", Vocabulary::Core),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Vocabulary::Core),
];

/// The vocabulary of a namespace name.
pub(super) fn of_namespace(name: &str) -> Option<Vocabulary> {
    let name = name.trim().to_ascii_lowercase();
    let name = name
        .strip_prefix("http://")
        .or_else(|| name.strip_prefix("https://"))
        .unwrap_or(&name);
    NAMESPACES
        .iter()
        .find(|(part, vocabulary)| {
            // `purl.org/rss/1.0/` alone is RSS; with more behind it, it is a module of which nothing is known.
            name.starts_with(part)
                && (*vocabulary != Vocabulary::Core || !name.contains("/modules/"))
        })
        .map(|(_, vocabulary)| *vocabulary)
}

/// The vocabulary for which a prefix is customary.
pub(super) fn of_prefix(prefix: &str) -> Vocabulary {
    match prefix.to_ascii_lowercase().as_str() {
        "" | "rss" | "atom" | "atom10" | "atom03" | "a" | "a10" | "rdf" | "rss10" | "cdf" => {
            Vocabulary::Core
        }
        "dc" => Vocabulary::Dc,
        "dcterms" | "dct" | "dcterm" => Vocabulary::DcTerms,
        "content" => Vocabulary::Content,
        "media" | "mrss" => Vocabulary::Media,
        "itunes" | "googleplay" => Vocabulary::Itunes,
        "sy" => Vocabulary::Syndication,
        "feedburner" | "pheedo" => Vocabulary::Proxy,
        "xhtml" | "html" | "xh" | "h" => Vocabulary::Xhtml,
        _ => Vocabulary::Other,
    }
}

/// What the element `local` (in lower case) of `vocabulary` says.
pub(super) fn element(vocabulary: Vocabulary, local: &str) -> Element {
    match vocabulary {
        Vocabulary::Core => core(local),
        Vocabulary::Dc | Vocabulary::DcTerms => dublin(local),
        Vocabulary::Content if local == "encoded" => Element::Content(0),
        Vocabulary::Xhtml if matches!(local, "body" | "div") => Element::Content(2),
        Vocabulary::Media => match local {
            "title" => Element::Title(4),
            "description" | "text" => Element::Summary(5),
            "content" => Element::MediaContent,
            "category" => Element::Category,
            "keywords" => Element::Keywords,
            _ => Element::Other,
        },
        Vocabulary::Itunes => match local {
            "title" => Element::Title(3),
            "author" => Element::Author(2),
            "summary" | "description" => Element::Summary(3),
            "subtitle" => Element::Summary(4),
            "keywords" => Element::Keywords,
            "category" => Element::Category,
            "new-feed-url" => Element::NewUrl,
            "image" | "owner" => Element::Aside,
            _ => Element::Other,
        },
        Vocabulary::Syndication => match local {
            "updateperiod" => Element::UpdatePeriod,
            "updatefrequency" => Element::UpdateFrequency,
            _ => Element::Other,
        },
        Vocabulary::Proxy if local == "origlink" => Element::OriginalLink,
        Vocabulary::Content | Vocabulary::Xhtml | Vocabulary::Proxy | Vocabulary::Other => {
            Element::Other
        }
    }
}

/// Looked up by length first: this is asked of every element of every feed.
fn core(local: &str) -> Element {
    match local.len() {
        2 => match local {
            "id" => Element::Id(0),
            _ => Element::Other,
        },
        3 => match local {
            "rss" | "rdf" => Element::Root,
            "ttl" => Element::Ttl,
            "day" => Element::SkipDay,
            _ => Element::Other,
        },
        4 => match local {
            "feed" => Element::Root,
            "item" => Element::Item,
            "name" => Element::Name,
            "link" => Element::Link,
            "guid" => Element::Id(0),
            "body" => Element::Content(1),
            "date" => Element::Published(3),
            "hour" => Element::SkipHour,
            _ => Element::Other,
        },
        5 => match local {
            "entry" => Element::Item,
            "image" => Element::Aside,
            "email" => Element::Email,
            "title" => Element::Title(0),
            _ => Element::Other,
        },
        6 => match local {
            "source" => Element::Aside,
            "author" => Element::Person,
            "issued" => Element::Published(0),
            _ => Element::Other,
        },
        7 => match local {
            "channel" => Element::Channel,
            "summary" => Element::Summary(0),
            "content" | "encoded" => Element::Content(0),
            "pubdate" => Element::Published(0),
            "created" => Element::Published(3),
            "updated" => Element::Updated(0),
            _ => Element::Other,
        },
        8 => match local {
            "origlink" => Element::OriginalLink,
            "abstract" => Element::Summary(0),
            "fullitem" => Element::Content(1),
            "modified" => Element::Updated(0),
            "category" => Element::Category,
            "keywords" => Element::Keywords,
            "language" => Element::Language,
            _ => Element::Other,
        },
        9 => match local {
            "textinput" => Element::Aside,
            "published" => Element::Published(0),
            "enclosure" => Element::Enclosure,
            _ => Element::Other,
        },
        11 => match local {
            "contributor" => Element::Aside,
            "description" => Element::Summary(0),
            "newlocation" => Element::NewUrl,
            _ => Element::Other,
        },
        13 => match local {
            "lastbuilddate" => Element::Updated(2),
            _ => Element::Other,
        },
        _ => Element::Other,
    }
}

fn dublin(local: &str) -> Element {
    match local {
        "title" => Element::Title(1),
        "creator" | "author" => Element::Author(1),
        "description" | "abstract" => Element::Summary(2),
        "identifier" => Element::Id(2),
        "issued" => Element::Published(1),
        "date" | "available" => Element::Published(2),
        "created" => Element::Published(4),
        "modified" => Element::Updated(1),
        "subject" => Element::Category,
        "language" => Element::Language,
        _ => Element::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabularies_are_known_by_name_or_prefix() {
        for (name, expect) in [
            ("http://purl.org/dc/elements/1.1/", Some(Vocabulary::Dc)),
            ("http://purl.org/DC/elements/1.0/", Some(Vocabulary::Dc)),
            ("https://search.yahoo.com/mrss", Some(Vocabulary::Media)),
            ("http://purl.org/rss/1.0/", Some(Vocabulary::Core)),
            ("http://purl.org/rss/1.0/modules/slash/", None),
            ("urn:none", None),
        ] {
            assert_eq!(of_namespace(name), expect, "{name}");
        }
        assert_eq!(of_prefix("DC"), Vocabulary::Dc);
        assert_eq!(of_prefix("georss"), Vocabulary::Other);
    }
}

//! Foreign words in the markup of a chat: shown as written, never obeyed.

use url::Url;

use crate::extract::summary;
use crate::notify::brief::Brief;
use crate::notify::text::{fit, one_line, without_calls};

/// The markup that a receiver reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// Markdown, marks taken back by a backslash.
    Markdown,
    /// A few HTML elements.
    Html,
    /// None at all.
    Plain,
}

/// How long the parts of a message may be, as `measure` counts.
pub(super) struct Room {
    /// All parts together, the headline not counted.
    pub(super) body: usize,
    /// What stands between two parts.
    pub(super) gap: usize,
    pub(super) measure: fn(&str) -> usize,
}

/// The parts of a message, dressed: what is empty is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Dressed {
    pub(super) paragraphs: Vec<String>,
    pub(super) changes: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) facts: String,
}

/// Share of the room that the changes may take, and the links: what is left is the text's.
const CHANGES_SHARE: usize = 3;
const LINKS_SHARE: usize = 4;

impl Markup {
    /// One line of foreign words, of at most `max` as `measure` counts what is sent.
    pub(super) fn text(self, foreign: &str, max: usize, measure: fn(&str) -> usize) -> String {
        let line = self.prepared(foreign);
        self.escape(&summary::cut_by(&line, max, |part| {
            measure(&self.escape(part))
        }))
    }

    /// A link; its label alone where the address cannot be linked.
    pub(super) fn link(self, url: &Url, label: &str) -> String {
        let address = address(url);
        let label = self.escape(&self.prepared(label));
        match self {
            Self::Markdown => format!("[{label}](<{address}>)"),
            Self::Html => format!("<a href=\"{}\">{label}</a>", self.escape(&address)),
            Self::Plain if label == address => address,
            Self::Plain => format!("{label}: {address}"),
        }
    }

    /// Words that are written in this markup already, set off.
    pub(super) fn bold(self, dressed: &str) -> String {
        match self {
            Self::Markdown => format!("**{dressed}**"),
            Self::Html => format!("<b>{dressed}</b>"),
            Self::Plain => dressed.to_owned(),
        }
    }

    /// The parts of a message within the room: small print and copies whole, then what changed, and as
    /// much of the text as there is room for.
    pub(super) fn dress(self, brief: &Brief, room: &Room) -> Dressed {
        let &Room { body, gap, measure } = room;
        let facts = self.text(&brief.facts.join(" · "), body / LINKS_SHARE, measure);
        let links = self.links(brief, body / LINKS_SHARE, measure);
        let spent: usize = std::iter::once(&facts)
            .chain(&links)
            .map(|part| measure(part) + gap)
            .sum();
        let write = |part: &str| self.escape(part);
        let prepared = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| self.prepared(line)).collect()
        };
        let left = body.saturating_sub(spent + gap);
        let changes = prepared(&brief.changes);
        let changes = fit(
            &changes,
            left.min(body / CHANGES_SHARE),
            gap,
            write,
            measure,
        );
        let spent: usize = changes.iter().map(|line| measure(line) + gap).sum();
        let left = left.saturating_sub(spent + gap);
        Dressed {
            paragraphs: fit(&prepared(&brief.paragraphs), left, gap, write, measure),
            changes,
            links,
            facts,
        }
    }

    /// The further addresses, as many as fit.
    fn links(self, brief: &Brief, max: usize, measure: fn(&str) -> usize) -> Vec<String> {
        let mut left = max;
        let mut shown = Vec::new();
        for (what, url) in &brief.links {
            let label = if what.is_empty() { url.as_str() } else { what };
            let link = self.link(url, label);
            match left.checked_sub(measure(&link) + ", ".len()) {
                Some(rest) => {
                    left = rest;
                    shown.push(link);
                }
                None => break,
            }
        }
        if shown.is_empty() {
            return Vec::new();
        }
        let more = brief.more_links + brief.links.len() - shown.len();
        // Copies are a list on one line; other addresses have a line each.
        if brief.links_are.is_empty() {
            return shown;
        }
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        vec![format!("{} {}{more}", brief.links_are, shown.join(", "))]
    }

    /// Escapes character by character.
    pub(super) fn escape(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        for c in text.chars() {
            match (self, c) {
                (Self::Markdown, c) if MARKS.contains(c) => {
                    out.push('\\');
                    out.push(c);
                }
                (Self::Html, '&') => out.push_str("&amp;"),
                (Self::Html, '<') => out.push_str("&lt;"),
                (Self::Html, '>') => out.push_str("&gt;"),
                (Self::Html, '"') => out.push_str("&quot;"),
                (_, c) => out.push(c),
            }
        }
        out
    }

    /// What cannot be done character by character.
    fn prepared(self, foreign: &str) -> String {
        let line = one_line(foreign);
        match self {
            Self::Markdown | Self::Html => without_calls(&line),
            Self::Plain => line,
        }
    }
}

/// What Markdown obeys, and the pipe of tables and hidden words. A full stop, a hyphen and a plus sign
/// begin lists only at the beginning of a line; a hyphen there is no harm.
const MARKS: &str = "\\`*_~|[]()<>#";

/// An address without what would end it.
pub(super) fn address(url: &Url) -> String {
    let mut out = String::with_capacity(url.as_str().len());
    for c in url.as_str().chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '"' => out.push_str("%22"),
            '\\' => out.push_str("%5C"),
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::text::units;

    #[test]
    fn nothing_foreign_is_obeyed() {
        let check = |markup: Markup, foreign: &str, shown: &str| {
            assert_eq!(markup.text(foreign, 200, units), shown);
        };
        check(
            Markup::Markdown,
            "**bold** [x](https://e.example) <@1> @everyone ||no|| # h",
            "\\*\\*bold\\*\\* \\[x\\]\\(https://e.example\\) \\<@\u{200B}1\\> @\u{200B}everyone \\|\\|no\\|\\| \\# h",
        );
        check(
            Markup::Html,
            "<b>R&D</b> \"@room\" \u{202E}\u{0}x",
            "&lt;b&gt;R&amp;D&lt;/b&gt; &quot;@\u{200B}room&quot; x",
        );
        check(Markup::Plain, "<b> *x* @all", "<b> *x* @all");
    }

    #[test]
    fn an_address_ends_where_it_ends() {
        let url = Url::parse("https://x.example/a(b)?c=<d>\"e&f").unwrap();
        assert_eq!(
            Markup::Markdown.link(&url, "one ] two"),
            "[one \\] two](<https://x.example/a(b)?c=%3Cd%3E%22e&f>)"
        );
        assert_eq!(
            Markup::Html.link(&url, "<x>"),
            "<a href=\"https://x.example/a(b)?c=%3Cd%3E%22e&amp;f\">&lt;x&gt;</a>"
        );
    }

    #[test]
    fn escapes_count_toward_the_limit_and_are_never_cut() {
        assert_eq!(
            Markup::Html.text(&"&".repeat(100), 23, units),
            "&amp;&amp;&amp;&amp;…"
        );
        assert_eq!(Markup::Markdown.text("*****", 5, units), "\\*\\*…");
    }
}

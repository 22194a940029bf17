//! Plain text out of markup, and text as publishers type it made presentable.

use std::borrow::Cow;

use base64::Engine as _;

use crate::feed::entities::decode;
use crate::feed::scan::{Scanner, Token};
use crate::feed::tag::Tag;

/// How the inside of a text element is to be understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TextType {
    /// As it stands.
    Plain,
    /// Escaped HTML.
    Html,
    /// Inline markup.
    Xhtml,
    /// Base64.
    Base64,
    /// The format does not say: RSS.
    #[default]
    Unsaid,
}

impl TextType {
    /// Reads the `type`, `mode` and `encoding` attributes of Atom 1.0 and 0.3; `unsaid` holds without them.
    pub(super) fn of(tag: &Tag<'_>, unsaid: Self) -> Self {
        if tag.attributes.is_empty() {
            return unsaid;
        }
        let mut said = None;
        for (name, value) in tag.attributes() {
            if name.eq_ignore_ascii_case("type") {
                said = Some(value);
            } else if value.eq_ignore_ascii_case("base64") {
                return Self::Base64; // `mode` of Atom 0.3, `encoding` of the content module
            }
        }
        let said = match said {
            None => return unsaid,
            Some("html") => return Self::Html,
            Some("text") => return Self::Plain,
            Some(said) => said,
        };
        let said = said.trim().to_ascii_lowercase();
        let said = said.split(';').next().unwrap_or("").trim();
        match said {
            "" => unsaid,
            "text" | "text/plain" | "plain" => Self::Plain,
            "html" | "text/html" | "escaped" => Self::Html,
            "xhtml" | "application/xhtml+xml" | "text/xhtml" | "xml" => Self::Xhtml,
            _ if said.ends_with("+xml") || said.ends_with("/xml") => Self::Xhtml,
            _ if said.starts_with("text/") || said.ends_with("json") => Self::Plain,
            _ if ["image/", "audio/", "video/", "application/"]
                .iter()
                .any(|kind| said.starts_with(kind)) =>
            {
                Self::Base64
            }
            _ => Self::Unsaid,
        }
    }
}

/// The text behind base64, if it is text; the input, if it is no base64.
pub(super) fn unbase64(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    match engine.decode(compact.as_bytes()) {
        Err(_) => Some(text.to_owned()),
        Ok(bytes) => String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0')),
    }
}

/// The text of a piece of HTML on one line: tags removed, references decoded once, white space collapsed.
pub(super) fn plain(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut scanner = Scanner::new(markup);
    let mut hidden: Option<&str> = None;
    loop {
        let before = scanner.at;
        let Some(token) = scanner.next() else {
            break;
        };
        match token {
            Token::Text(_) | Token::Cdata(_) if hidden.is_some() => {}
            Token::Text(text) => out.push_str(&decode(text)),
            Token::Cdata(text) => out.push_str(text),
            Token::Start(tag) if !is_html(tag.name) => {
                out.push_str(&decode(&markup[before..scanner.at]));
            }
            Token::Start(tag) => {
                if is_block(tag.name) {
                    out.push(' ');
                } else if !tag.empty && is_hidden(tag.name) {
                    hidden = Some(tag.name);
                }
            }
            Token::End(name) => {
                if is_block(name) {
                    out.push(' ');
                } else if hidden.is_some_and(|hidden| hidden.eq_ignore_ascii_case(name)) {
                    hidden = None;
                } else if !is_html(name) {
                    out.push_str(&markup[before..scanner.at]);
                }
            }
            Token::Doctype(_) => {}
        }
    }
    one_line(&out)
}

/// Whether text that may be either is HTML: it has a known tag with its end, or one that needs none, or a
/// reference. `Use of <vector> in C++` is text.
pub(super) fn looks_like_html(text: &str) -> bool {
    if !text.contains(['<', '&']) {
        return false;
    }
    let mut scanner = Scanner::new(text);
    while let Some(token) = scanner.next() {
        match token {
            Token::End(name) if is_html(name) => return true,
            Token::Start(tag) if is_void(tag.name) => return true,
            Token::Text(text) if matches!(decode(text), Cow::Owned(decoded) if decoded != text) => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// White space of all kinds collapsed to single spaces, control characters removed, ends trimmed.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_ascii_whitespace() || c.is_ascii_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    clean(Cow::Owned(out)).into_owned()
}

/// Without characters that XML forbids; C1 controls become what they were meant to be.
pub(super) fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    if !has_unclean(text.as_bytes()) {
        return text;
    }
    let kept = text.chars().filter(|c| {
        !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}')
    });
    Cow::Owned(kept.map(crate::feed::entities::from_windows).collect())
}

/// Whether [`clean`] may have something to do: a control, the first byte of a C1 control, or U+FFFE and up.
fn has_unclean(bytes: &[u8]) -> bool {
    let is_control =
        |byte: u8| (byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r') || byte == 0x7f;
    // Without a branch for each byte the compiler looks at many at a time.
    let controls = |part: &[u8]| {
        part.iter()
            .fold(false, |found, byte| found | is_control(*byte))
    };
    if bytes.chunks(256).any(controls) {
        return true;
    }
    let unclean =
        |pair: &[u8]| (pair[0] == 0xC2 && pair[1] < 0xA0) || (pair[0] == 0xBF && pair[1] >= 0xBE);
    !bytes.is_ascii() && bytes.windows(2).any(unclean)
}

fn is_block(name: &str) -> bool {
    [
        "br",
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "td",
        "tr",
        "ul",
        "ol",
        "blockquote",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

fn is_void(name: &str) -> bool {
    ["br", "img", "hr", "p", "wbr", "input"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

fn is_hidden(name: &str) -> bool {
    ["script", "style"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether `name` is an element of HTML that occurs in running text.
fn is_html(name: &str) -> bool {
    const INLINE: [&str; 43] = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "center", "cite", "code", "data", "del",
        "dfn", "em", "font", "i", "iframe", "img", "input", "ins", "kbd", "label", "mark", "nobr",
        "picture", "q", "s", "samp", "script", "small", "span", "strike", "strong", "style", "sub",
        "sup", "svg", "table", "time", "tt", "u", "var", "wbr",
    ];
    let local = name.rsplit(':').next().unwrap_or(name);
    is_block(local) || INLINE.iter().any(|known| known.eq_ignore_ascii_case(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_their_markup_and_nothing_else() {
        for (markup, expect) in [
            ("<b>Bold</b> &amp; <i>it</i>", "Bold & it"),
            ("a &lt;b&gt; c", "a <b> c"),
            ("one<br/>two", "one two"),
            (
                "Use of <vector> in C++</vector>",
                "Use of <vector> in C++</vector>",
            ),
            ("1 < 2 > 0", "1 < 2 > 0"),
            ("x<script>alert(1)</script>y", "xy"),
            (" a\n\t b\u{0}\u{b}c ", "a b c"),
        ] {
            assert_eq!(plain(markup), expect, "{markup}");
        }
    }

    #[test]
    fn html_is_told_from_text() {
        for (text, expect) in [
            ("plain", false),
            ("a < b & c", false),
            ("Use of <vector>", false),
            ("<b>x</b>", true),
            ("a<br>b", true),
            ("AT&amp;T", true),
            ("AT&T", false),
        ] {
            assert_eq!(looks_like_html(text), expect, "{text}");
        }
    }

    #[test]
    fn characters_that_xml_forbids_go() {
        assert_eq!(
            clean(Cow::Borrowed("a\u{0}b\u{b}c\u{92}d\u{ffff}")),
            "abc’d"
        );
        assert!(matches!(
            clean(Cow::Borrowed("ä\u{a0}b\t\n")),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn base64_is_decoded_where_it_is_text() {
        assert_eq!(unbase64("PHA+aGk8L3A+\n").as_deref(), Some("<p>hi</p>"));
        assert_eq!(unbase64("not base64!").as_deref(), Some("not base64!"));
        assert_eq!(unbase64("//79AA=="), None);
    }
}

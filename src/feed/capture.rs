//! The inside of one element as a value: text, escaped markup or inline markup.
//!
//! The reader hands over the scanner behind a start tag; it comes back behind the end tag, or before
//! whatever shows that the end tag is missing.

use std::borrow::Cow;

use crate::feed::entities::{Declared, decode_telling, decode_with};
use crate::feed::scan::{Scanner, Token, starts_with_ignore_case};
use crate::feed::tag::Tag;
use crate::feed::text::TextType;

/// Deepest inline markup whose elements are told apart.
const INLINE_DEPTH: usize = 200;

/// What stood inside an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured<'a> {
    /// The text, decoded once; with inline markup in it, the markup as it stands, CDATA sections unwrapped.
    pub(super) text: Cow<'a, str>,
    /// How it is to be understood.
    pub(super) kind: TextType,
    /// There was markup that was not escaped.
    pub(super) inline: bool,
    /// How it ended.
    pub(super) end: End,
    /// There is an `&`, a `<` or a tag in it that XML forbids there.
    pub(super) ill_formed: bool,
    /// Start tags inside.
    pub(super) elements: usize,
    /// How deep they nest.
    pub(super) depth: usize,
}

/// How a value ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// With its own end tag.
    #[default]
    Closed,
    /// The end tag was missing: the value stops where something else began.
    Unclosed,
    /// The document ended within.
    Cut,
}

/// What a start tag inside a value means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// It belongs to the value.
    Value,
    /// It cannot stand here: the value has ended.
    Outside,
}

/// Reads the value of the element that `tag` opens and whose type is `text`. `start` and `end` judge tags met inside: a start tag
/// that cannot stand in a value, an end tag of an element around it.
pub(super) fn capture<'a>(
    scanner: &mut Scanner<'a>,
    source: &'a str,
    tag: &Tag<'a>,
    text: TextType,
    declared: &Declared,
    start: impl Fn(&Tag<'a>) -> Inside,
    end: impl Fn(&str) -> Inside,
) -> Captured<'a> {
    if tag.empty {
        return Captured {
            kind: text,
            ..Captured::default()
        };
    }
    let from = scanner.at;
    // Most values are one piece of text.
    let mut first: Option<Token<'a>> = None;
    let mut pieces: Vec<Token<'a>> = Vec::new();
    let mut inner: Vec<&str> = Vec::new();
    let mut captured = Captured {
        kind: text,
        ..Captured::default()
    };
    let to = loop {
        let before = scanner.at;
        match scanner.next() {
            Some(token @ (Token::Text(_) | Token::Cdata(_))) => match first {
                None => first = Some(token),
                Some(_) => pieces.push(token),
            },
            Some(Token::Doctype(_)) => {}
            Some(Token::Start(inside)) => {
                // Inline XML may hold whatever it likes, as long as its own elements are closed.
                let free = text == TextType::Xhtml && !inner.is_empty();
                if !free && start(&inside) == Inside::Outside {
                    scanner.at = before;
                    captured.end = End::Unclosed;
                    break before;
                }
                captured.inline = true;
                captured.elements += 1;
                if !inside.empty && inner.len() < INLINE_DEPTH {
                    inner.push(inside.name);
                    captured.depth = captured.depth.max(inner.len());
                }
            }
            Some(Token::End(name)) => {
                let open = inner
                    .iter()
                    .rposition(|open| open.eq_ignore_ascii_case(name));
                if let Some(open) = open {
                    captured.ill_formed |= open + 1 < inner.len();
                    inner.truncate(open);
                } else if name.eq_ignore_ascii_case(tag.name) {
                    captured.ill_formed |= !inner.is_empty();
                    break before;
                } else if end(name) == Inside::Outside {
                    scanner.at = before;
                    captured.end = End::Unclosed;
                    break before;
                } else {
                    captured.inline = true;
                    captured.ill_formed = true;
                }
            }
            None => {
                captured.end = End::Cut;
                break source.len();
            }
        }
    };
    captured.ill_formed |= std::mem::take(&mut scanner.stray);
    captured.text = if captured.inline {
        inline(&source[from..to], text, declared)
    } else {
        joined(
            first.iter().chain(&pieces),
            declared,
            &mut captured.ill_formed,
        )
    };
    captured
}

/// Text and CDATA sections, one behind the other.
fn joined<'a, 'p>(
    pieces: impl Iterator<Item = &'p Token<'a>>,
    declared: &Declared,
    stray: &mut bool,
) -> Cow<'a, str>
where
    'a: 'p,
{
    // Blank text around a CDATA section is layout.
    let blank =
        |token: &Token<'_>| matches!(token, Token::Text(text) if text.trim_ascii().is_empty());
    let mut pieces = pieces
        .filter(|token| !blank(token))
        .map(|token| match *token {
            Token::Text(text) => decode_telling(text, declared, stray),
            Token::Cdata(text) => Cow::Borrowed(text),
            Token::Start(_) | Token::End(_) | Token::Doctype(_) => Cow::Borrowed(""),
        });
    let Some(first) = pieces.next() else {
        return Cow::Borrowed("");
    };
    let Some(second) = pieces.next() else {
        return first;
    };
    let mut text = first.into_owned();
    text.push_str(&second);
    pieces.for_each(|piece| text.push_str(&piece));
    Cow::Owned(text)
}

/// Inline markup. Where escaped tags stand among real ones the publisher escaped all but a few, and they
/// are decoded; otherwise references stay, as they must in markup.
fn inline<'a>(markup: &'a str, text: TextType, declared: &Declared) -> Cow<'a, str> {
    let may_be_escaped = matches!(text, TextType::Html | TextType::Unsaid);
    let escaped = may_be_escaped
        && ["&lt;p", "&lt;/", "&lt;a ", "&lt;br", "&lt;img", "&lt;div"]
            .iter()
            .any(|tag| markup.contains(tag));
    let sections = memchr::memmem::find(markup.as_bytes(), b"<![").is_some();
    if !escaped && !sections {
        return Cow::Borrowed(markup);
    }
    let mut out = String::with_capacity(markup.len());
    let mut scanner = Scanner::new(markup);
    loop {
        let before = scanner.at;
        match scanner.next() {
            None => return Cow::Owned(out),
            Some(Token::Cdata(text)) => out.push_str(text),
            Some(Token::Text(text)) if escaped => out.push_str(&decode_with(text, declared)),
            Some(_) => out.push_str(&markup[before..scanner.at]),
        }
    }
}

/// Inline XHTML as HTML: without the one `div` that Atom wraps around it (RFC 4287 §3.1.1.3) and without
/// prefixes on its names.
pub(super) fn unwrap_xhtml(markup: &str) -> Cow<'_, str> {
    let trimmed = markup.trim_ascii();
    let mut scanner = Scanner::new(trimmed);
    let Some(Token::Start(tag)) = scanner.next() else {
        return unprefixed(trimmed);
    };
    let local = tag.name.rsplit(':').next().unwrap_or(tag.name);
    let plain = tag.attribute("xml:base").is_none();
    if !local.eq_ignore_ascii_case("div") || tag.empty || !plain {
        return unprefixed(trimmed);
    }
    let close = trimmed.rfind("</").filter(|close| {
        *close >= scanner.at && starts_with_ignore_case(&trimmed[close + 2..], tag.name)
    });
    let Some(close) = close else {
        return unprefixed(trimmed);
    };
    let inside = &trimmed[scanner.at..close];
    if balanced(inside, tag.name) {
        unprefixed(inside.trim_ascii())
    } else {
        unprefixed(trimmed)
    }
}

/// Whether no end tag of `name` in `markup` comes before its start.
fn balanced(markup: &str, name: &str) -> bool {
    let mut scanner = Scanner::new(markup);
    let mut open = 0u32;
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) if tag.name.eq_ignore_ascii_case(name) && !tag.empty => open += 1,
            Token::End(end) if end.eq_ignore_ascii_case(name) => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            _ => {}
        }
    }
    true
}

/// Names of elements without their prefixes, where the first one has one.
fn unprefixed(markup: &str) -> Cow<'_, str> {
    let Some(prefix) = first_prefix(markup) else {
        return Cow::Borrowed(markup);
    };
    let open = format!("<{prefix}:");
    let close = format!("</{prefix}:");
    Cow::Owned(markup.replace(&open, "<").replace(&close, "</"))
}

fn first_prefix(markup: &str) -> Option<&str> {
    let mut scanner = Scanner::new(markup);
    loop {
        if let Token::Start(tag) = scanner.next()? {
            return tag.name.split_once(':').map(|(prefix, _)| prefix);
        }
    }
}

//! A scanner of markup that never fails: tags, text and CDATA out of anything that looks like XML or
//! HTML, in document order, borrowed from the source.
//!
//! It exists beside quick-xml because a reader for well-formed text goes wrong exactly where feeds do: at
//! a stray `<` in a headline quick-xml reads on to the next `>` and swallows the end tag. Here a `<` that
//! starts no tag is text, a tag that never ends is text, and end tags are reported as they stand; which
//! start they belong to is the reader's question. Each byte is looked at a bounded number of times.

use memchr::{memchr, memchr2, memmem};

use crate::feed::ahead::Ahead;
use crate::feed::tag::Tag;

/// One piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag's name as written.
    End(&'a str),
    /// Text as written: references not decoded, stray `<` included.
    Text(&'a str),
    /// The inside of a CDATA section.
    Cdata(&'a str),
    /// A document type declaration, from after `<!DOCTYPE` to before its `>`.
    Doctype(&'a str),
}

/// Longest start tag: room for a picture in a `data:` address, and an end to the search in a damaged one.
const TAG_MAX: usize = 1024 * 1024;

/// Reads tokens from a text.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    source: &'a str,
    /// Where the next token starts.
    pub(super) at: usize,
    /// Name of the latest start tag: where an unterminated CDATA section ends.
    latest: &'a str,
    cdata_end: Ahead,
    comment_end: Ahead,
    instruction_end: Ahead,
    doctype_end: Ahead,
    /// The text ended within a tag or a section.
    pub(super) cut: bool,
    /// A `<` that starts no tag was passed over as text.
    pub(super) stray: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of `source`.
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            latest: "",
            cdata_end: Ahead::new("]]>"),
            comment_end: Ahead::new("-->"),
            instruction_end: Ahead::new("?>"),
            doctype_end: Ahead::new("]>"),
            cut: false,
            stray: false,
        }
    }

    /// The next token; comments and processing instructions are passed over.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.source[self.at..];
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('<') {
                return Some(self.text(0));
            }
            match rest.as_bytes().get(1) {
                Some(b'!') => {
                    if let Some(token) = self.declaration(rest) {
                        return Some(token);
                    }
                }
                Some(b'?') => {
                    let end = self.instruction_end.find(self.source, self.at);
                    self.pass(end, 2);
                }
                Some(b'/') => return Some(self.end_tag(rest)),
                Some(&byte) if starts_name(byte) => {
                    return Some(self.start_tag(rest));
                }
                _ => return Some(self.text(1)),
            }
        }
    }

    /// Goes on behind a section's end of `length` bytes at `end`; behind the next `>` if it has none.
    fn pass(&mut self, end: Option<usize>, length: usize) {
        let short =
            || memchr(b'>', &self.source.as_bytes()[self.at..]).map(|close| self.at + close + 1);
        self.at = end
            .map(|end| end + length)
            .or_else(short)
            .unwrap_or(self.source.len());
    }

    /// Text from here to the next `<`, the first `skip` bytes being text whatever they are.
    fn text(&mut self, skip: usize) -> Token<'a> {
        let rest = &self.source[self.at..];
        self.stray |= skip > 0;
        let mut from = skip;
        let end = loop {
            let Some(found) = memchr(b'<', &rest.as_bytes()[from..]) else {
                break rest.len();
            };
            let at = from + found;
            match rest.as_bytes().get(at + 1) {
                Some(&byte) if starts_name(byte) || matches!(byte, b'/' | b'!' | b'?') => break at,
                _ => {
                    self.stray = true;
                    from = at + 1;
                }
            }
        };
        self.at += end;
        Token::Text(&rest[..end])
    }

    /// `<!--`, `<![CDATA[`, `<!DOCTYPE` and what pretends to be one of them.
    fn declaration(&mut self, rest: &'a str) -> Option<Token<'a>> {
        let bytes = rest.as_bytes();
        if rest.starts_with("<!--") {
            let end = self.comment_end.find(self.source, self.at + 4);
            self.pass(end, 3);
            return None;
        }
        if starts_with_ignore_case(rest, "<![CDATA[") {
            return Some(self.cdata(&rest[9..]));
        }
        if starts_with_ignore_case(rest, "<!DOCTYPE") {
            let body = &rest[9..];
            let close = memchr(b'>', body.as_bytes()).unwrap_or(body.len());
            let end = match memchr(b'[', &body.as_bytes()[..close]) {
                Some(_) => self
                    .doctype_end
                    .find(self.source, self.at + 9)
                    .map_or(close, |end| end + 1 - (self.at + 9)),
                None => close,
            };
            self.at = (self.at + 9 + end + 1).min(self.source.len());
            return Some(Token::Doctype(&body[..end]));
        }
        let end = memchr2(b'>', b'<', &bytes[1..]).map_or(rest.len(), |end| end + 1);
        self.at += if bytes.get(end) == Some(&b'>') {
            end + 1
        } else {
            end
        };
        None
    }

    /// A CDATA section whose content starts at `body`. One that is never closed, or that runs over the
    /// start of another, ends where its element does.
    fn cdata(&mut self, body: &'a str) -> Token<'a> {
        let start = self.at + 9;
        let close = self
            .cdata_end
            .find(self.source, start)
            .map(|close| close - start);
        let whole = close.unwrap_or(body.len());
        let suspect =
            close.is_none() || memmem::find(&body.as_bytes()[..whole], b"<![CDATA[").is_some();
        if suspect && let Some(end) = self.element_end(&body[..whole]) {
            self.at = start + end;
            return Token::Cdata(&body[..end]);
        }
        self.cut |= close.is_none();
        self.at = (start + whole + if close.is_some() { 3 } else { 0 }).min(self.source.len());
        Token::Cdata(&body[..whole])
    }

    /// Where the end tag of the latest element stands in `body`.
    fn element_end(&self, body: &str) -> Option<usize> {
        let mut from = 0;
        while let Some(found) = memmem::find(&body.as_bytes()[from..], b"</") {
            let at = from + found;
            if starts_with_ignore_case(&body[at + 2..], self.latest) {
                return Some(at);
            }
            from = at + 2;
        }
        None
    }

    /// `</name …>`, with or without its `>`.
    fn end_tag(&mut self, rest: &'a str) -> Token<'a> {
        let bytes = rest.as_bytes();
        let stop = memchr2(b'>', b'<', &bytes[1..]).map_or(rest.len(), |stop| stop + 1);
        let name = rest[2..stop].trim_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let name = name.split_ascii_whitespace().next().unwrap_or("");
        if stop == rest.len() {
            self.cut = true;
        }
        self.at += if bytes.get(stop) == Some(&b'>') {
            stop + 1
        } else {
            stop
        };
        Token::End(name)
    }

    /// `<name …>`, or text if no end of the tag is to be found before the next `<`.
    fn start_tag(&mut self, rest: &'a str) -> Token<'a> {
        let bytes = &rest.as_bytes()[..rest.len().min(TAG_MAX)];
        let Some(end) = tag_end(bytes) else {
            if memchr(b'<', &bytes[1..]).is_none() && rest.len() < TAG_MAX {
                self.cut = true;
                self.at = self.source.len();
                return Token::Text("");
            }
            return self.text(1);
        };
        let inside = &rest[1..end];
        self.at += end + 1;
        let empty = inside.ends_with('/');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let name_end = inside
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '='))
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(name_end);
        self.latest = name;
        Token::Start(Tag {
            name,
            attributes,
            empty,
        })
    }
}

/// The `>` that ends the tag at the start of `bytes`. A quotation mark without a partner does not hide it.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    while let Some(found) = bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\''))
    {
        let here = at + found;
        match bytes[here] {
            b'>' => return Some(here),
            b'<' => return None,
            quote => {
                // Only after `=` does a mark open a value; elsewhere it is junk to pass over.
                let opens = bytes[..here].trim_ascii_end().last() == Some(&b'=');
                let close = memchr(quote, &bytes[here + 1..]).map(|close| here + 1 + close);
                match close {
                    Some(close) if opens && !broken_value(&bytes[here + 1..close]) => {
                        at = close + 1;
                    }
                    _ => at = here + 1,
                }
            }
        }
    }
    None
}

/// Whether what stands between two quotation marks shows that the first was never closed: a tag ends in it
/// and another begins.
fn broken_value(value: &[u8]) -> bool {
    memchr2(b'>', b'<', value)
        .is_some_and(|at| value[at] == b'>' && memchr(b'<', &value[at..]).is_some())
}

/// Whether a tag's name may start with `byte`.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

/// Compares the beginning of `text`, ASCII letters without case.
pub(super) fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.len() >= prefix.len()
        && text.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(token: Token<'_>) -> String {
        match token {
            Token::Start(tag) => {
                let mut shown = vec![tag.name.to_owned()];
                shown.extend(
                    tag.attributes()
                        .map(|(name, value)| format!("{name}={value}")),
                );
                let empty = if tag.empty { "/" } else { "" };
                format!("[{}{empty}]", shown.join(" "))
            }
            Token::End(name) => format!("[-{name}]"),
            Token::Text(text) => text.to_owned(),
            Token::Cdata(text) => format!("({text})"),
            Token::Doctype(text) => format!("[!{text}]"),
        }
    }

    fn check(source: &str, expect: &str) {
        let mut scanner = Scanner::new(source);
        let mut said = String::new();
        while let Some(token) = scanner.next() {
            said += &shown(token);
        }
        assert_eq!(said, expect, "{source}");
    }

    #[test]
    fn well_formed_markup_is_read_as_it_stands() {
        check(
            "<?xml version='1.0'?><!-- c --><a x=\"1\" y='2>3'>t<b/><![CDATA[<c>]]></a >",
            "[a x=1 y=2>3]t[b/](<c>)[-a]",
        );
        check(
            "<!DOCTYPE rss [<!ENTITY a \"b\">]><rss>",
            "[! rss [<!ENTITY a \"b\">]][rss]",
        );
    }

    #[test]
    fn a_tag_that_is_none_is_text() {
        check("<t>If a < b then</t>", "[t]If a < b then[-t]");
        check("<t>If a <b then</t>", "[t]If a <b then[-t]");
        check("<t>1 <2 <> 3</t>", "[t]1 <2 <> 3[-t]");
        check("<t>end <cut", "[t]end ");
    }

    #[test]
    fn quotation_marks_without_partner_hide_nothing() {
        check("<a href=\"x>t</a><b c=\"d\">", "[a href=x]t[-a][b c=d]");
        check("<a b=c d>e</a", "[a b=c d=]e[-a]");
        check("<a b=\"1\"c=\"2\">", "[a b=1 c=2]");
        check("<a title=\"1 > 0\">x", "[a title=1 > 0]x");
    }

    #[test]
    fn unterminated_sections_end_with_their_element() {
        check(
            "<t><![CDATA[One</t><d><![CDATA[two]]></d>",
            "[t](One)[-t][d](two)[-d]",
        );
        check("<t><![CDATA[One</t>", "[t](One)[-t]");
        check("<t><![CDATA[One", "[t](One)");
        check("<!-- never closed><t>", "[t]");
    }
}

//! A start tag and its attributes, as they stand in the source.

use memchr::memchr;

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Name as written, prefix included.
    pub(super) name: &'a str,
    /// Everything between the name and the end of the tag.
    pub(super) attributes: &'a str,
    /// Ends in `/>`.
    pub(super) empty: bool,
}

impl<'a> Tag<'a> {
    /// The attributes in order, names and values as written, values without their quotation marks.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.attributes,
        }
    }

    /// The first attribute of this name (ASCII case aside), value as written.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Iterates over the attributes of a tag; see [`Tag::attributes`].
#[derive(Clone, Debug)]
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| {
            c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '=')
        });
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let name_end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '"' | '\''))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let quote = value
            .bytes()
            .next()
            .filter(|byte| matches!(byte, b'"' | b'\''));
        let (value, rest) = if let Some(quote) = quote {
            let end = memchr(quote, &value.as_bytes()[1..]).map_or(value.len(), |end| end + 1);
            (&value[1..end], value.get(end + 1..).unwrap_or(""))
        } else {
            let end = value.find(|c: char| c.is_ascii_whitespace());
            value.split_at(end.unwrap_or(value.len()))
        };
        self.rest = rest;
        Some((name, value))
    }
}

//! Character references: the names of HTML with the characters they stand for, and numbers.
//!
//! The table is the one of the HTML standard (§13.5), because that of quick-xml has wrong code points. A
//! name counts only with its semicolon: feeds are full of addresses like `?a=1&copy=2`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use memchr::memchr;

/// One name a line, with its code points in hexadecimal.
const TABLE: &str = include_str!("names.txt");

static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter_map(|line| {
            let (name, points) = line.split_once(' ')?;
            let text = points
                .split(' ')
                .filter_map(|point| char::from_u32(u32::from_str_radix(point, 16).ok()?))
                .collect();
            Some((name, text))
        })
        .collect()
});

/// Longest reference that is looked at, from `&` to `;`: the longest name has 31 letters.
const REFERENCE_MAX: usize = 40;

/// What a name stands for, without `&` and `;`.
pub fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        _ => NAMES.get(name)?.as_str(),
    })
}

/// Decodes all references of `text` once; what is none stays as it is.
pub fn decode(text: &str) -> Cow<'_, str> {
    decode_with(text, &Declared::default())
}

/// Entities that a document declares for itself. Only plain values count, and few: no expansion can
/// refer to another or make the text grow much.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    values: HashMap<String, String>,
}

impl Declared {
    /// How many declarations are kept.
    const MAX: usize = 64;
    /// How long a value may be: a reference of five bytes grows at most eight-fold.
    const VALUE_MAX: usize = 40;

    /// Reads the `<!ENTITY name "value">` declarations of a document type declaration.
    pub fn read(doctype: &str) -> Self {
        let mut values = HashMap::new();
        for declaration in doctype.split("<!ENTITY").skip(1).take(Self::MAX) {
            let Some((name, rest)) = declaration
                .trim_ascii_start()
                .split_once(|c: char| c.is_ascii_whitespace())
            else {
                continue;
            };
            let rest = rest.trim_ascii_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                continue;
            };
            let Some(value) = rest[1..].split(quote).next() else {
                continue;
            };
            let value = decode(value);
            if value.len() <= Self::VALUE_MAX && !value.contains(['<', '&']) {
                values.insert(name.to_owned(), value.into_owned());
            }
        }
        Self { values }
    }
}

/// As [`decode`], with a document's own entities.
pub fn decode_with<'a>(text: &'a str, declared: &Declared) -> Cow<'a, str> {
    decode_telling(text, declared, &mut false)
}

/// As [`decode_with`]; sets `stray` where an `&` begins no reference, which XML forbids.
pub(super) fn decode_telling<'a>(
    text: &'a str,
    declared: &Declared,
    stray: &mut bool,
) -> Cow<'a, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while !rest.is_empty() {
        let length = reference(rest, declared, &mut out);
        if length == 0 {
            out.push('&');
            *stray = true;
        }
        rest = &rest[length.max(1)..];
        let next = memchr(b'&', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(out)
}

/// Writes what the reference at the start of `text` stands for; returns its length, 0 if it is none.
fn reference(text: &str, declared: &Declared, out: &mut String) -> usize {
    let bytes = &text.as_bytes()[..text.len().min(REFERENCE_MAX)];
    if bytes.get(1) == Some(&b'#') {
        return numeric(bytes, out);
    }
    let Some(end) = memchr(b';', bytes) else {
        return 0;
    };
    let name = &text[1..end];
    let Some(value) = named(name).or_else(|| declared.values.get(name).map(String::as_str)) else {
        return 0;
    };
    out.push_str(value);
    end + 1
}

/// `&#8217;`, `&#x2019;`, also without the semicolon.
fn numeric(bytes: &[u8], out: &mut String) -> usize {
    let (radix, start) = match bytes.get(2) {
        Some(b'x' | b'X') => (16, 3),
        _ => (10, 2),
    };
    let digits = bytes[start..]
        .iter()
        .take_while(|byte| char::from(**byte).is_digit(radix))
        .count();
    if digits == 0 {
        return 0;
    }
    let end = start + digits;
    let number = std::str::from_utf8(&bytes[start..end])
        .ok()
        .and_then(|digits| u32::from_str_radix(digits, radix).ok());
    out.push(
        number
            .and_then(char::from_u32)
            .filter(|c| *c != '\0')
            .map_or('\u{fffd}', from_windows),
    );
    end + usize::from(bytes.get(end) == Some(&b';'))
}

/// A C1 control stands for what windows-1252 has at its place, as in HTML: nobody means the control.
pub fn from_windows(c: char) -> char {
    match u8::try_from(c) {
        Ok(byte @ 0x80..=0x9f) => {
            let byte = [byte];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            text.chars().next().unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once() {
        for (text, expect) in [
            ("a &amp; b", "a & b"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("Caf&eacute;&nbsp;&mdash;", "Café\u{a0}—"),
            ("&#8217;&#x2019;&#39", "’’'"),
            (
                "&#146;&#0;&#x110000;&#99999999999;",
                "’\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "AT&T &unknown; ?a=1&copy=2 &",
                "AT&T &unknown; ?a=1&copy=2 &",
            ),
            ("&;&#;&#x;", "&;&#;&#x;"),
            ("&quot;&Prime;&bne;", "\"″=\u{20e5}"),
            ("&ä;ü&", "&ä;ü&"),
        ] {
            assert_eq!(decode(text), expect, "{text}");
        }
    }

    #[test]
    fn a_document_may_declare_plain_entities_of_its_own() {
        let declared = Declared::read(
            "rss [<!ENTITY house \"Harbour Post\"> <!ENTITY a '&#233;'> <!ENTITY lol \"&house;&house;\">]",
        );
        assert_eq!(
            decode_with("&house; caf&a; &lol;", &declared),
            "Harbour Post café &lol;"
        );
    }
}

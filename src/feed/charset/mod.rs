//! Bytes to text. Whatever the header and the declaration say, the bytes have the last word.
//!
//! Order: byte order mark; the pattern of UTF-16 or UTF-32; valid UTF-8, or nearly; the labels of HTTP header
//! and document, the first that decodes without error; a guess among the single-byte encodings. Nothing is refused here: what cannot be decoded becomes U+FFFD.

mod labels;
mod pages;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A decoded document.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The text, without byte order mark.
    pub(super) text: Cow<'a, str>,
    /// What was wrong with the labels or the bytes, if anything.
    pub(super) warning: Option<String>,
}

/// Decodes a feed, sitemap or page fetched with this `Content-Type`.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some(decoded) = marked(bytes) {
        return decoded;
    }
    if let Some(text) = pages::ebcdic(bytes) {
        return Decoded {
            text: Cow::Owned(text),
            warning: None,
        };
    }
    let said = [
        content_type.and_then(labels::of_content_type),
        labels::declared(bytes),
    ];
    let mut encodings = said
        .each_ref()
        .map(|label| labels::encoding(label.as_deref()?));
    // Servers send ISO-8859-1 as their default with whatever they serve.
    let by_default = encodings[0] == Some(WINDOWS_1252);
    if by_default && encodings[1].is_some_and(|declared| declared != UTF_8) {
        encodings.swap(0, 1);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return utf8(bytes, text, encodings);
    }
    let (good, bad) = utf8_sequences(bytes);
    if good > 4 * bad {
        return mended_utf8(bytes, bad);
    }
    for encoding in encodings.into_iter().flatten() {
        if encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE {
            continue;
        }
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return Decoded {
                text,
                warning: None,
            };
        }
    }
    let page = |label: &String| pages::decode(bytes, label);
    if let Some(text) = said.iter().flatten().find_map(page) {
        return Decoded {
            text: Cow::Owned(text),
            warning: None,
        };
    }
    guessed(bytes, encodings)
}

/// Text that says by its first bytes what it is.
fn marked(bytes: &[u8]) -> Option<Decoded<'_>> {
    let silent = |text| Decoded {
        text,
        warning: None,
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some(match std::str::from_utf8(rest) {
            Ok(text) => silent(Cow::Borrowed(text)),
            Err(_) => guessed(rest, [Some(UTF_8), None]),
        }),
        [0xFF, 0xFE, 0, 0, rest @ ..] => Some(silent(utf32(rest, u32::from_le_bytes))),
        [0, 0, 0xFE, 0xFF, rest @ ..] => Some(silent(utf32(rest, u32::from_be_bytes))),
        [b'<', 0, 0, 0, ..] => Some(silent(utf32(bytes, u32::from_le_bytes))),
        [0, 0, 0, b'<', ..] => Some(silent(utf32(bytes, u32::from_be_bytes))),
        [0xFF, 0xFE, rest @ ..] => Some(silent(utf16(rest, UTF_16LE))),
        [0xFE, 0xFF, rest @ ..] => Some(silent(utf16(rest, UTF_16BE))),
        [b'<' | b'{' | b' ' | b'\n' | b'\r', 0, _, ..] => Some(silent(utf16(bytes, UTF_16LE))),
        [0, b'<' | b'{' | b' ' | b'\n' | b'\r', ..] => Some(silent(utf16(bytes, UTF_16BE))),
        _ => None,
    }
}

fn utf16<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

fn utf32<'a>(bytes: &[u8], read: fn([u8; 4]) -> u32) -> Cow<'a, str> {
    let text = bytes
        .chunks_exact(4)
        .filter_map(|chunk| chunk.try_into().ok())
        .map(|chunk| char::from_u32(read(chunk)).unwrap_or('\u{fffd}'));
    Cow::Owned(text.collect())
}

/// Valid UTF-8 is UTF-8, except that the seven-bit encodings of East Asia look like ASCII.
fn utf8<'a>(
    bytes: &'a [u8],
    text: &'a str,
    encodings: [Option<&'static Encoding>; 2],
) -> Decoded<'a> {
    let ascii = bytes.is_ascii();
    let escaped = encodings.into_iter().flatten().find(|encoding| {
        !encoding.is_ascii_compatible() && encoding.name().starts_with("ISO-2022")
    });
    if let Some(encoding) = escaped.filter(|_| ascii) {
        return Decoded {
            text: encoding.decode_without_bom_handling(bytes).0,
            warning: None,
        };
    }
    let other = encodings
        .into_iter()
        .flatten()
        .find(|encoding| *encoding != UTF_8);
    let warning = other
        .filter(|_| !ascii)
        .map(|other| format!("it says that it is {} and is UTF-8", other.name()));
    Decoded {
        text: Cow::Borrowed(text),
        warning,
    }
}

/// Bytes that are not what they say, or say nothing.
fn guessed<'a>(bytes: &'a [u8], encodings: [Option<&'static Encoding>; 2]) -> Decoded<'a> {
    let (good, bad) = utf8_sequences(bytes);
    if good > bad {
        return mended_utf8(bytes, bad);
    }
    // A multi-byte label with a few errors is still the best guess there is.
    let labelled = encodings.into_iter().flatten().find(|encoding| {
        !encoding.is_single_byte() && **encoding != *UTF_8 && encoding.is_ascii_compatible()
    });
    let encoding = labelled.unwrap_or_else(|| single_byte(bytes));
    let claims = if encodings.contains(&Some(UTF_8)) {
        "it says that it is UTF-8 and is not"
    } else {
        "it does not say its encoding"
    };
    Decoded {
        text: encoding.decode_without_bom_handling(bytes).0,
        warning: Some(format!("{claims}: read as {}", encoding.name())),
    }
}

/// How many multi-byte sequences of UTF-8 are whole, and how many bytes belong to none.
fn utf8_sequences(bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good, bad)
}

/// UTF-8 in which single bytes of windows-1252 stand.
fn mended_utf8<'a>(bytes: &[u8], bad: usize) -> Decoded<'a> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [byte] => text.push_str(&WINDOWS_1252.decode_without_bom_handling(&[*byte]).0),
            _ => text.push('\u{fffd}'),
        }
    }
    Decoded {
        text: Cow::Owned(text),
        warning: Some(format!("{bad} places are not valid UTF-8")),
    }
}

/// Windows-1252 unless the bytes look like Cyrillic words, which stand in long runs of high bytes. The two
/// encodings have small letters where the other has capitals, and words are mostly small letters.
fn single_byte(bytes: &[u8]) -> &'static Encoding {
    let (mut high, mut in_runs) = (0usize, 0usize);
    let (mut upper_half, mut lower_half) = (0usize, 0usize);
    for run in bytes.split(|byte| *byte < 0x80) {
        high += run.len();
        if run.len() >= 3 {
            in_runs += run.len();
            upper_half += run.iter().filter(|byte| **byte >= 0xE0).count();
            lower_half += run
                .iter()
                .filter(|byte| (0xC0..0xE0).contains(*byte))
                .count();
        }
    }
    if in_runs < 12 || in_runs * 10 < high * 8 {
        return WINDOWS_1252;
    }
    if lower_half > upper_half {
        encoding_rs::KOI8_R
    } else {
        encoding_rs::WINDOWS_1251
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, expect: &str) {
        let decoded = decode(bytes, content_type);
        assert!(
            decoded.text.contains(expect),
            "{:?} has no {expect}",
            decoded.text
        );
    }

    fn declared_as(label: &str, encoding: &'static Encoding, text: &str) -> Vec<u8> {
        let head = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><t>");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&encoding.encode(text).0);
        bytes
    }

    #[test]
    fn labels_are_believed_where_they_fit() {
        let text = "Новини про порт";
        check(
            &declared_as("windows-1251", encoding_rs::WINDOWS_1251, text),
            None,
            text,
        );
        check(
            &declared_as("KOI8-R", encoding_rs::KOI8_R, "Новости"),
            None,
            "Новости",
        );
        check(
            &declared_as("Shift_JIS", encoding_rs::SHIFT_JIS, "港のニュース"),
            None,
            "港のニュース",
        );
        check(
            &declared_as("gb2312", encoding_rs::GB18030, "港口新闻"),
            None,
            "港口新闻",
        );
        let bytes = encoding_rs::WINDOWS_1251.encode("Порт").0;
        check(&bytes, Some("text/xml; charset=\"windows-1251\""), "Порт");
        let japanese = encoding_rs::ISO_2022_JP.encode("港").0;
        check(&japanese, Some("text/xml; charset=iso-2022-jp"), "港");
    }

    #[test]
    fn lies_are_seen_through() {
        let utf8 = "<?xml version='1.0' encoding='iso-8859-1'?>Café №".as_bytes();
        check(utf8, Some("text/xml; charset=us-ascii"), "Café №");
        check(
            &declared_as("utf-8", WINDOWS_1252, "“Café”"),
            None,
            "“Café”",
        );
        check(&declared_as("utf-16", UTF_8, "Café"), None, "Café");
        check(
            &declared_as("utf-8", encoding_rs::WINDOWS_1251, "Новини про порт"),
            None,
            "Новини",
        );
        let header_lies = declared_as("windows-1251", encoding_rs::WINDOWS_1251, "Порт");
        check(&header_lies, Some("text/xml; charset=utf-8"), "Порт");
        check(&header_lies, Some("text/xml; charset=ISO-8859-1"), "Порт");
        let mut mostly = "Ціни зросли — “знову” ".as_bytes().to_vec();
        mostly.push(0x92);
        check(&mostly, None, "“знову” ’");
    }

    #[test]
    fn wide_encodings_need_no_mark() {
        for big in [false, true] {
            let mut bytes = Vec::new();
            for unit in "<?xml version=\"1.0\" encoding=\"utf-16\"?><t>Порт".encode_utf16() {
                bytes.extend(if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            check(&bytes, None, "<t>Порт");
            let mut marked = if big {
                vec![0xFE, 0xFF]
            } else {
                vec![0xFF, 0xFE]
            };
            marked.extend(bytes);
            check(&marked, Some("text/xml; charset=utf-8"), "<t>Порт");
        }
        let bytes: Vec<u8> = "<t>Порт"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        check(&bytes, None, "<t>Порт");
    }
}

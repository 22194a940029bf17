//! Bytes to text: which charset a page is in (cleaning rule N1).
//!
//! The order is byte-order mark, HTTP header, what the document declares about itself, then valid
//! UTF-8, then the outlet's own charset, then windows-1252. A header or declaration that names
//! UTF-8 is not believed when the bytes are not valid UTF-8. Never fails: bytes that mean nothing
//! in the chosen charset become U+FFFD.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Where a declaration is looked for first, and how far at most (HTML Standard, "prescan a byte
/// stream", which says 1024; real pages put long scripts before it).
const PRESCAN: [usize; 2] = [1024, 4096];

/// Decodes `bytes`; `content_type` is the HTTP header's value, `fallback` the outlet's charset.
/// Gives the text without its byte-order mark, and the charset it was read in.
pub(crate) fn decode(
    bytes: &[u8],
    content_type: Option<&str>,
    fallback: Option<&'static Encoding>,
) -> (String, &'static Encoding) {
    let encoding = detect(bytes, content_type, fallback);
    let (text, used, _) = encoding.decode(bytes);
    (text.into_owned(), used)
}

fn detect(
    bytes: &[u8],
    content_type: Option<&str>,
    fallback: Option<&'static Encoding>,
) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    // Only UTF-8 can be checked: a file in any other charset is hardly ever valid UTF-8 by chance.
    let valid_utf8 = std::str::from_utf8(trim_cut_character(bytes)).is_ok();
    if valid_utf8 && is_unmistakable_utf8(bytes) {
        return UTF_8;
    }
    let header = content_type.and_then(charset_of_header);
    for declared in [header, declared(bytes)].into_iter().flatten() {
        if declared != UTF_8 || valid_utf8 {
            return declared;
        }
    }
    if valid_utf8 {
        UTF_8
    } else {
        fallback
            .filter(|charset| *charset != UTF_8)
            .unwrap_or_else(|| {
                if mostly_utf8(bytes) {
                    UTF_8
                } else {
                    WINDOWS_1252
                }
            })
    }
}

/// Whether valid UTF-8 holds so many characters of several bytes that no other charset's text can
/// look like it by chance: a page that was converted and kept its old declaration.
fn is_unmistakable_utf8(bytes: &[u8]) -> bool {
    const ENOUGH: usize = 8;
    bytes
        .iter()
        .filter(|byte| **byte >= 0xC2)
        .take(ENOUGH)
        .count()
        == ENOUGH
}

/// A body cut at its size limit may end inside a character: that alone does not make it invalid.
fn trim_cut_character(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

/// Whether at most one multi-byte character in fifty is broken: a UTF-8 page with a few bad bytes.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.chars().filter(|c| *c == '\u{FFFD}').count();
    let whole = text.chars().filter(|c| !c.is_ascii()).count() - broken;
    whole > 0 && broken * 50 <= whole
}

/// The `charset` parameter of a `Content-Type` (RFC 9110 §8.3).
fn charset_of_header(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let label = after.trim_start().strip_prefix('=')?;
    label_at(label.trim_start())
}

/// The encoding of an XML declaration or `meta`, in the first [`PRESCAN`] bytes.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    PRESCAN.into_iter().find_map(|limit| {
        let head = &bytes[..bytes.len().min(limit)];
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        of_xml(&head).or_else(|| of_meta(&head))
    })
}

fn of_xml(head: &str) -> Option<&'static Encoding> {
    let head = head.trim_start();
    let declaration = &head[..head.find("?>")?];
    if !declaration.starts_with("<?xml") {
        return None;
    }
    let (_, after) = declaration.split_once("encoding")?;
    label_at(after.trim_start().strip_prefix('=')?.trim_start()).map(not_utf16)
}

fn of_meta(head: &str) -> Option<&'static Encoding> {
    head.match_indices("<meta").find_map(|(at, _)| {
        let tag = &head[at..];
        let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
        let (_, after) = tag.split_once("charset")?;
        label_at(after.trim_start().strip_prefix('=')?.trim_start()).map(not_utf16)
    })
}

/// A document whose declaration could be read byte by byte is not in UTF-16 (HTML Standard).
fn not_utf16(encoding: &'static Encoding) -> &'static Encoding {
    encoding.output_encoding()
}

fn label_at(text: &str) -> Option<&'static Encoding> {
    let text = text.trim_start_matches(['"', '\'']);
    let end = text
        .find(|c: char| c.is_ascii_whitespace() || "\"';,/>?".contains(c))
        .unwrap_or(text.len());
    Encoding::for_label(&text.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::WINDOWS_1251;

    fn check(
        bytes: &[u8],
        content_type: Option<&str>,
        fallback: Option<&'static Encoding>,
        name: &str,
    ) {
        let (_, encoding) = decode(bytes, content_type, fallback);
        assert_eq!(
            encoding.name(),
            name,
            "{content_type:?} {}",
            String::from_utf8_lossy(bytes)
        );
    }

    #[test]
    fn the_charset_is_found_in_the_order_of_trust() {
        let cyrillic = b"\xcf\xf0\xe8\xe2\xb3\xf2";
        let meta = [b"<meta charset=windows-1251>".as_slice(), cyrillic].concat();
        let late = [" ".repeat(2000).as_bytes(), &meta].concat();
        check(
            b"\xef\xbb\xbfabc",
            Some("text/html; charset=windows-1251"),
            None,
            "UTF-8",
        );
        check(
            cyrillic,
            Some("text/html; charset=\"windows-1251\""),
            None,
            "windows-1251",
        );
        check(
            &meta,
            Some("text/html; charset=utf-8"),
            None,
            "windows-1251",
        );
        check(&meta, None, None, "windows-1251");
        check(&late, None, None, "windows-1251");
        check(cyrillic, None, Some(WINDOWS_1251), "windows-1251");
        check(cyrillic, None, None, "windows-1252");
        check("Привіт".as_bytes(), None, Some(WINDOWS_1251), "UTF-8");
        let kept = "<meta charset=iso-8859-1>Привіт, світе".as_bytes();
        check(kept, Some("text/html; charset=windows-1251"), None, "UTF-8");
        check(
            b"<?xml version='1.0' encoding='windows-1251'?><a/>",
            None,
            None,
            "windows-1251",
        );
        check(
            b"<meta http-equiv=Content-Type content='text/html; charset=koi8-u'>",
            None,
            None,
            "KOI8-U",
        );
    }

    #[test]
    fn a_body_cut_inside_a_character_is_still_utf8() {
        check(&"Привіт".as_bytes()[..11], None, None, "UTF-8");
    }
}

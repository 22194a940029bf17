//! What a document or its header says of its encoding, and which encoding that is.

use encoding_rs::Encoding;

/// How far into a document its declaration is looked for: a notice of a broken script may stand before it.
const DECLARATION_WITHIN: usize = 4096;

/// The encoding of a label as publishers write them: with underscores, without hyphens, by vendors' names.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']).trim();
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let plain = plain(label);
        if let Some(part) = plain.strip_prefix("iso8859") {
            return Encoding::for_label(format!("iso-8859-{part}").as_bytes());
        }
        let known = match plain.as_str() {
            "utf8mb4" | "xutf8" | "utf80" | "utf8" => "utf-8",
            "utf16" | "utf16le" | "ucs2" => "utf-16le",
            "utf16be" => "utf-16be",
            "windows1250" | "win1250" | "cp1250" | "1250" => "windows-1250",
            "windows1251" | "win1251" | "cp1251" | "1251" => "windows-1251",
            "windows1252" | "win1252" | "cp1252" | "1252" | "ansi" | "usascii" | "latin1" => {
                "windows-1252"
            }
            "windows1253" | "cp1253" | "1253" => "windows-1253",
            "windows1254" | "cp1254" | "1254" => "windows-1254",
            "windows1255" | "cp1255" | "1255" => "windows-1255",
            "windows1256" | "cp1256" | "1256" => "windows-1256",
            "windows1257" | "cp1257" | "1257" => "windows-1257",
            "windows1258" | "cp1258" | "1258" => "windows-1258",
            "koi8" | "koi8r" | "koi8ru" => "koi8-r",
            "koi8u" => "koi8-u",
            "cp866" | "ibm866" | "866" => "ibm866",
            "macroman" | "macintosh" => "macintosh",
            "maccyrillic" => "x-mac-cyrillic",
            "tis620" | "cp874" | "874" | "iso885911" => "windows-874",
            "cp932" | "mskanji" | "932" | "shiftjis" | "shiftjis2004" | "shiftjisx0213" => {
                "shift_jis"
            }
            "eucjp" | "eucjis2004" | "eucjisx0213" => "euc-jp",
            "cp936" | "gb18030" | "euccn" | "936" | "gb2312" => "gb18030",
            "cp950" | "950" | "big5hkscs" => "big5",
            "cp949" | "949" | "euckr" | "uhc" => "euc-kr",
            "iso2022jp" | "iso2022jp1" | "iso2022jp2" | "iso2022jp2004" | "iso2022jp3"
            | "iso2022jpext" => "iso-2022-jp",
            _ => return None,
        };
        Encoding::for_label(known.as_bytes())
    })
}

/// Letters and digits of a label in lower case.
pub(super) fn plain(label: &str) -> String {
    label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The `charset` parameter of a `Content-Type`.
pub(super) fn of_content_type(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.to_owned())
    })
}

/// What the XML declaration, or a page's `meta`, says.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(DECLARATION_WITHIN)];
    let (mark, from, to) = match find(head, b"<?xml") {
        Some(start) => {
            let length = memchr::memchr(b'>', &head[start..]).unwrap_or(head.len() - start);
            ("encoding", start, start + length)
        }
        None => ("charset", 0, head.len()),
    };
    let at = from + find(&head[from..to], mark.as_bytes())? + mark.len();
    let value: String = head[at..]
        .iter()
        .take(80)
        .map(|byte| char::from(*byte))
        .collect();
    let value = value.trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value
        .find(|c: char| matches!(c, '"' | '\'' | '?' | '>' | ';') || c.is_ascii_whitespace())
        .unwrap_or(value.len());
    Some(value[..end].to_owned())
}

/// Where `word` stands, ASCII letters without case.
fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes
        .windows(word.len())
        .position(|part| part.eq_ignore_ascii_case(word))
}

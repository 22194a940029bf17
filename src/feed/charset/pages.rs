//! Code pages of old systems that the Encoding Standard leaves out: DOS, Macintosh, EBCDIC.
//!
//! A table of code points each, for the upper half of the bytes, or for all where the lower half is not ASCII.

use super::labels;

/// One code page a line: its labels, a bar, its code points in hexadecimal.
const TABLE: &str = include_str!("codepages.txt");

/// `<?xml` in every EBCDIC code page.
const EBCDIC_START: [u8; 5] = [0x4C, 0x6F, 0xA7, 0x94, 0x93];

/// The text, if `label` is that of one of these code pages.
pub(super) fn decode(bytes: &[u8], label: &str) -> Option<String> {
    let label = labels::plain(label);
    let points = TABLE.lines().find_map(|line| {
        let (names, points) = line.split_once('|')?;
        names.split(' ').any(|name| name == label).then_some(points)
    })?;
    let points: Vec<char> = points
        .split(' ')
        .map(|point| u32::from_str_radix(point, 16).ok().and_then(char::from_u32))
        .map(|point| point.unwrap_or('\u{fffd}'))
        .collect();
    let ascii = 256 - points.len();
    let character = |byte: &u8| match usize::from(*byte).checked_sub(ascii) {
        Some(place) => points.get(place).copied().unwrap_or('\u{fffd}'),
        None => char::from(*byte),
    };
    Some(bytes.iter().map(character).collect())
}

/// The text of a document in EBCDIC, by its first bytes and what it declares in them.
pub(super) fn ebcdic(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(&EBCDIC_START) {
        return None;
    }
    let head = decode(&bytes[..bytes.len().min(200)], "cp037")?;
    let label = labels::declared(head.as_bytes()).unwrap_or_default();
    decode(bytes, &label).or_else(|| decode(bytes, "cp037"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_code_pages_are_known_by_their_labels() {
        assert_eq!(decode(b"\x80a", "IBM437").as_deref(), Some("Ça"));
        assert_eq!(decode(b"\x8d", "mac-greek").as_deref(), Some("ç"));
        assert_eq!(decode(b"\x80", "windows-1252"), None);
        assert_eq!(
            decode(b"\x4C\x6F\xA7\x94\x93", "cp500").as_deref(),
            Some("<?xml")
        );
        assert_eq!(
            ebcdic(b"\x4C\x6F\xA7\x94\x93\x40").as_deref(),
            Some("<?xml ")
        );
    }
}

//! How a backup's bytes stand in the file.
//!
//! A backup is a row of blocks, each a zstd frame behind a skippable one (RFC 8878 §3.1.2) that says
//! how long it is, which records it holds and what both sum up to. `zstd -dc` therefore shows the
//! whole as text: a line of JSON that says what it is, one line a record (kind, key in hexadecimal,
//! value), and a line of JSON with the counts and the checksum of all that stands before it.
//!
//! The same records always give the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::store::backup::Record;

/// The version of this layout.
pub const FORMAT: u32 = 1;
/// What a backup is called where it is sent.
pub const MEDIA_TYPE: &str = "application/zstd";
/// What the first line says that it is.
pub(super) const TITLE: &str = "wireroom backup";

/// Bytes of records, before compression, after which a block ends: little enough that damage is
/// told to within some hundred records, enough to compress well.
pub(super) const BLOCK: usize = 256 * 1024;
/// Bytes that a block may have: one record may be long. Nothing that a damaged length says asks for
/// more memory than this.
pub(super) const BLOCK_MAX: usize = 160 * 1024 * 1024;
/// The level of compression: the store's own.
pub(super) const LEVEL: i32 = 3;

/// A skippable frame's magic number and the length of ours.
const MAGIC: [u8; 4] = 0x184D_2A57_u32.to_le_bytes();
const HEAD: usize = 29;
/// Bytes before a block's zstd frame.
pub(super) const BEFORE: usize = 8 + HEAD;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Title,
    Records,
    Trailer,
}

impl Holds {
    fn byte(self) -> u8 {
        match self {
            Self::Title => b'H',
            Self::Records => b'R',
            Self::Trailer => b'T',
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Title, Self::Records, Self::Trailer]
            .into_iter()
            .find(|holds| holds.byte() == byte)
    }
}

/// What stands before a block's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) holds: Holds,
    /// Bytes of the frame.
    pub(super) packed: u32,
    /// Bytes of the text.
    pub(super) plain: u32,
    /// Records before this block.
    pub(super) before: u64,
    /// Records in it.
    pub(super) records: u32,
}

impl Head {
    /// The bytes before the frame.
    pub(super) fn encode(&self, frame: &[u8]) -> [u8; BEFORE] {
        let mut out = [0; BEFORE];
        out[..4].copy_from_slice(&MAGIC);
        out[4..8].copy_from_slice(&u32::try_from(HEAD).unwrap_or(u32::MAX).to_le_bytes());
        out[8] = self.holds.byte();
        out[9..13].copy_from_slice(&self.packed.to_le_bytes());
        out[13..17].copy_from_slice(&self.plain.to_le_bytes());
        out[17..25].copy_from_slice(&self.before.to_le_bytes());
        out[25..29].copy_from_slice(&self.records.to_le_bytes());
        let sum = checksum(&out[8..29], frame);
        out[29..].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads them, the checksum aside; `None` where they are no block's.
    pub(super) fn decode(bytes: &[u8; BEFORE]) -> Option<Self> {
        let number = |at: usize| {
            let four = bytes[at..].first_chunk().expect("within the array");
            u32::from_le_bytes(*four)
        };
        let eight = bytes[17..].first_chunk().expect("within the array");
        let is_ours = bytes[..4] == MAGIC && usize::try_from(number(4)) == Ok(HEAD);
        let head = Self {
            holds: Holds::of(bytes[8])?,
            packed: number(9),
            plain: number(13),
            before: u64::from_le_bytes(*eight),
            records: number(25),
        };
        let fits = |length: u32| usize::try_from(length).is_ok_and(|it| it <= BLOCK_MAX);
        (is_ours && fits(head.packed) && fits(head.plain)).then_some(head)
    }

    /// Whether the checksum is that of `frame`.
    pub(super) fn is_sound(bytes: &[u8; BEFORE], frame: &[u8]) -> bool {
        bytes[29..] == checksum(&bytes[8..29], frame).to_le_bytes()
    }
}

fn checksum(head: &[u8], frame: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(head);
    hash.update(frame);
    hash.digest()
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Title {
    pub(super) is: String,
    pub(super) version: u32,
    pub(super) schema: u32,
    pub(super) store: String,
}

/// The last line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trailer {
    pub(super) records: u64,
    pub(super) kinds: BTreeMap<char, u64>,
    /// xxh3-128 of all bytes before this block.
    pub(super) checksum: String,
}

/// Appends a record's line.
pub(super) fn write_line(record: &Record, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (kind, rest) = record.key.split_first().unwrap_or((&b'?', &[]));
    out.extend_from_slice(&[*kind, b' ']);
    for byte in rest {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
    out.push(b' ');
    out.extend_from_slice(&record.value);
    out.push(b'\n');
}

/// Reads a record's line, without its end.
pub(super) fn read_line(line: &[u8]) -> Option<Record> {
    let (&kind, rest) = line.split_first()?;
    let rest = rest.strip_prefix(b" ")?;
    let space = rest.iter().position(|&byte| byte == b' ')?;
    let (digits, value) = (&rest[..space], &rest[space + 1..]);
    if digits.len() % 2 != 0 {
        return None;
    }
    let mut key = Vec::with_capacity(1 + digits.len() / 2);
    key.push(kind);
    for pair in digits.chunks_exact(2) {
        key.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(Record {
        key,
        value: value.to_vec(),
    })
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

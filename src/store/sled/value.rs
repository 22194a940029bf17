//! How a value stands on disk: version, flags, a checksum over key and payload, the payload.
//!
//! The payload is JSON: it can be read by eye when something is wrong at night, and a field can be
//! added without a migration; zstd takes its bulk away. No value is longer than [`VALUE_MAX`]: a
//! longer payload stands in parts under keys of their own. The engine would put larger leaves into
//! files that it never syncs, and a power cut would then lose the store.

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};
use zstd::bulk::{Compressor, Decompressor};

/// Bytes of a stored value at most. A leaf holds up to 17 and becomes a file of its own at
/// 128 KiB; 17 times 6 KiB with their keys stays well below.
pub(super) const VALUE_MAX: usize = 6 * 1024;

/// The version of this envelope.
const VERSION: u8 = 1;
/// Version, flags, checksum.
const HEAD: usize = 10;
/// The payload is its plain length (u32) and a zstd frame.
const ZSTD: u8 = 1;
/// The payload says how many parts there are, of which length and checksum.
const SPLIT: u8 = 2;
/// This is one of the parts.
const PART: u8 = 4;
/// A payload of so many bytes or more is compressed.
const COMPRESS_FROM: usize = 512;
/// The level of zstd above which a record's few kilobytes hardly get smaller.
const LEVEL: i32 = 3;
/// Bytes that a payload may have when it is unpacked: no damaged length may ask for more.
const PLAIN_MAX: usize = 64 * 1024 * 1024;
/// Bytes of payload in one part.
const PART_MAX: usize = VALUE_MAX - HEAD;

/// A value ready to be stored under any key: encoding, the costly part, is done before the writer
/// sees it.
pub(super) struct Packed {
    flags: u8,
    payload: Vec<u8>,
}

/// What is wrong with a stored value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage(pub(super) String);

/// Encodes and, where it helps, compresses.
pub(super) fn pack<V: Serialize>(value: &V) -> Packed {
    pack_plain(serde_json::to_vec(value).expect("records have string keys and no failing parts"))
}

/// The same of a value that is encoded already.
pub(super) fn pack_plain(plain: Vec<u8>) -> Packed {
    if plain.len() >= COMPRESS_FROM
        && let Ok(length) = u32::try_from(plain.len())
        && let Ok(frame) = compressed(&plain)
        && frame.len() + 4 < plain.len()
    {
        let mut payload = length.to_be_bytes().to_vec();
        payload.extend_from_slice(&frame);
        return Packed {
            flags: ZSTD,
            payload,
        };
    }
    Packed {
        flags: 0,
        payload: plain,
    }
}

fn compressed(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        let packer = match packer {
            Some(packer) => packer,
            None => packer.insert(Compressor::new(LEVEL)?),
        };
        packer.compress(plain)
    })
}

/// Stored bytes.
pub(super) struct Sealed {
    /// Of the value itself.
    pub(super) base: Vec<u8>,
    /// Of its further parts, with their keys.
    pub(super) parts: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The stored bytes; `None` where they would be more than anything that is stored.
pub(super) fn seal(
    key: &[u8],
    packed: &Packed,
    part_key: impl Fn(u16) -> Vec<u8>,
) -> Option<Sealed> {
    if packed.payload.len() <= PART_MAX {
        return Some(Sealed {
            base: envelope(key, packed.flags, &packed.payload),
            parts: Vec::new(),
        });
    }
    let mut parts = Vec::new();
    for (number, piece) in packed.payload.chunks(PART_MAX).enumerate() {
        let part_key = part_key(u16::try_from(number).ok()?);
        let part = envelope(&part_key, PART, piece);
        parts.push((part_key, part));
    }
    let mut head = u16::try_from(parts.len()).ok()?.to_be_bytes().to_vec();
    head.extend_from_slice(&xxh3_64(&packed.payload).to_be_bytes());
    let base = envelope(key, packed.flags | SPLIT, &head);
    Some(Sealed { base, parts })
}

fn envelope(key: &[u8], flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + payload.len());
    out.push(VERSION);
    out.push(flags);
    out.extend_from_slice(&checksum(key, flags, payload).to_be_bytes());
    out.extend_from_slice(payload);
    out
}

fn checksum(key: &[u8], flags: u8, payload: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(key);
    hash.update(&[VERSION, flags]);
    hash.update(payload);
    hash.digest()
}

/// A stored value whose checksum is right.
pub(super) struct Opened<'a> {
    flags: u8,
    payload: &'a [u8],
}

/// Checks the envelope.
pub(super) fn open<'a>(key: &[u8], raw: &'a [u8]) -> Result<Opened<'a>, Damage> {
    let Some((head, payload)) = raw.split_first_chunk::<HEAD>() else {
        return Err(Damage(format!("{} bytes are too few", raw.len())));
    };
    let [version, flags, sum @ ..] = *head;
    if version != VERSION {
        return Err(Damage(format!("envelope version {version} is not known")));
    }
    if u64::from_be_bytes(sum) != checksum(key, flags, payload) {
        return Err(Damage("its checksum is wrong".to_owned()));
    }
    Ok(Opened { flags, payload })
}

impl Opened<'_> {
    /// How many further parts it has.
    pub(super) fn parts(&self) -> u16 {
        match self.payload.first_chunk() {
            Some(count) if self.flags & SPLIT != 0 => u16::from_be_bytes(*count),
            _ => 0,
        }
    }

    /// Whether it is a part of another value.
    pub(super) fn is_part(&self) -> bool {
        self.flags & PART != 0
    }

    /// Its payload: of a part, a piece of the whole.
    pub(super) fn payload(&self) -> &[u8] {
        self.payload
    }

    /// Decodes the value from its own payload or, where it has parts, from theirs in a row.
    pub(super) fn decode<V: DeserializeOwned>(&self, joined: &[u8]) -> Result<V, Damage> {
        let plain = self.plain(joined)?;
        serde_json::from_slice(&plain).map_err(|error| Damage(error.to_string()))
    }

    /// The value as it was encoded.
    pub(super) fn plain<'p>(
        &'p self,
        joined: &'p [u8],
    ) -> Result<std::borrow::Cow<'p, [u8]>, Damage> {
        let payload = if self.flags & SPLIT == 0 {
            self.payload
        } else if self.payload.get(2..) == Some(&xxh3_64(joined).to_be_bytes()) {
            joined
        } else {
            return Err(Damage("its parts do not belong together".to_owned()));
        };
        self.inflate(payload)
    }

    fn inflate<'p>(&self, payload: &'p [u8]) -> Result<std::borrow::Cow<'p, [u8]>, Damage> {
        if self.flags & ZSTD == 0 {
            return Ok(payload.into());
        }
        let (length, frame) = payload
            .split_first_chunk()
            .ok_or_else(|| Damage("its length is missing".to_owned()))?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > PLAIN_MAX {
            return Err(Damage(format!("{length} bytes are too many")));
        }
        let plain = UNPACKER.with_borrow_mut(|unpacker| {
            let unpacker = match unpacker {
                Some(unpacker) => unpacker,
                None => unpacker.insert(Decompressor::new()?),
            };
            unpacker.decompress(frame, length)
        });
        plain
            .map(Into::into)
            .map_err(|error| Damage(error.to_string()))
    }
}

thread_local! {
    /// Kept from value to value: to make one costs more than to pack or unpack a record of usual
    /// length.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part_key(number: u16) -> Vec<u8> {
        crate::store::sled::keys::chunk(b"key", number)
    }

    fn stored(text: &String) -> Sealed {
        seal(b"key", &pack(text), part_key).unwrap()
    }

    fn read(base: &[u8], parts: &[(Vec<u8>, Vec<u8>)]) -> Result<String, Damage> {
        let opened = open(b"key", base)?;
        assert_eq!(usize::from(opened.parts()), parts.len());
        let mut joined = Vec::new();
        for (key, part) in parts {
            joined.extend_from_slice(open(key, part)?.payload());
        }
        opened.decode(&joined)
    }

    /// Text that zstd cannot make small.
    fn noise(length: usize) -> String {
        let mut state = 1_u64;
        (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
            })
            .collect()
    }

    #[test]
    fn a_value_of_any_length_is_read_back_and_no_stored_piece_is_long() {
        for length in [0, 1, 511, 512, 6_000, 7_400, 7_800, 60_000, 500_000] {
            let text = noise(length);
            let Sealed { base, parts } = stored(&text);
            assert!(base.len() <= VALUE_MAX);
            assert!(parts.iter().all(|(_, part)| part.len() <= VALUE_MAX));
            assert_eq!(read(&base, &parts), Ok(text));
        }
    }

    #[test]
    fn a_value_under_another_key_is_damage() {
        let base = stored(&"words".to_owned()).base;
        assert!(open(b"kez", &base).is_err());
    }

    #[test]
    fn parts_in_another_order_are_damage() {
        let Sealed { base, mut parts } = stored(&noise(60_000));
        let one = parts[0].1.clone();
        parts[0].1 = std::mem::replace(&mut parts[1].1, one);
        assert!(read(&base, &parts).is_err());
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_found(at: prop::sample::Index, bit in 0_u8..8) {
            let mut base = stored(&noise(900)).base;
            let at = at.index(base.len());
            base[at] ^= 1 << bit;
            prop_assert!(open(b"key", &base).is_err());
        }

        #[test]
        fn any_bytes_are_read_without_panic(raw: Vec<u8>) {
            if let Ok(opened) = open(b"key", &raw) {
                drop(opened.decode::<String>(&[]));
            }
        }
    }
}

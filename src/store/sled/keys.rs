//! The keys of the one tree: a byte that names the kind, then the key's parts, ordered so that a
//! scan of a prefix is the list that is wanted.
//!
//! Each kind is a type of its own that knows the type of its value, so that one cannot be read as
//! another. Names carry their length in front; times and numbers are big-endian, so that bytes sort
//! as they do. A kind's byte is never given to another kind.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use url::Url;
use uuid::Uuid;

use crate::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, Host, OutletName, SourceId, StoryId,
};
use crate::store::sled::near::SketchRecord;
use crate::store::sled::raw::RawRecord;
use crate::store::sled::records::{
    AddressRecord, ArticleRecord, GuidRecord, ListRecord, PageRecord, TextRecord,
};
use crate::store::sled::states::{DeliveryRecord, EndpointRecord, Ledger, SourceRecord};
use crate::store::sled::story::StoryRecord;
use crate::store::sled::subscriptions::SubscriptionRecord;
use crate::store::sled::told::EventRecord;
use crate::store::sled::words::{EntryRecord, RevisionRecord};

/// A key of one kind.
pub(super) trait Key: Sized {
    /// Its first byte.
    const KIND: u8;
    /// What stands under it.
    type Value: Serialize + DeserializeOwned;

    /// Appends the parts.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads the parts back.
    fn read(bytes: &mut &[u8]) -> Option<Self>;

    /// The whole key.
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::KIND];
        self.write(&mut out);
        out
    }

    /// Reads a whole key; `None` where it is none of this kind.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (&kind, mut rest) = bytes.split_first()?;
        let key = (kind == Self::KIND).then(|| Self::read(&mut rest))??;
        rest.is_empty().then_some(key)
    }
}

/// A part of a key.
pub(super) trait Part {
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);

    /// Takes it off the front.
    fn read(bytes: &mut &[u8]) -> Option<Self>
    where
        Self: Sized;
}

/// The first bytes of all keys of kind `K` that begin with `parts`.
pub(super) fn prefix<K: Key>(parts: &[&dyn Part]) -> Vec<u8> {
    let mut out = vec![K::KIND];
    for part in parts {
        part.write(&mut out);
    }
    out
}

/// The least key above all that begin with `prefix`; `None` where there is no such.
pub(super) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// A long name reduced to sixteen bytes: SHA-256, cut. An outlet can make up addresses; it cannot
/// make up two that meet here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Digest(pub(super) [u8; 16]);

impl Digest {
    fn of(outlet: &OutletName, what: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(outlet.as_str().as_bytes());
        hash.update([0]);
        hash.update(what);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Self(digest)
    }

    /// Of an address within an outlet: also the identity of the page that stands there.
    pub(super) fn address(outlet: &OutletName, url: &Url) -> Self {
        Self::of(outlet, url.as_str().as_bytes())
    }

    /// Of a source's own identifier within an outlet.
    pub(super) fn guid(outlet: &OutletName, guid: &str) -> Self {
        Self::of(outlet, guid.as_bytes())
    }

    /// Of an exact text within an outlet.
    pub(super) fn text(outlet: &OutletName, text_key: u64) -> Self {
        Self::of(outlet, &text_key.to_be_bytes())
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $kind:literal $name:ident { $($part:ident: $type:ty),* } => $value:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub(super) struct $name { $(pub(super) $part: $type),* }

            impl Key for $name {
                const KIND: u8 = $kind;
                type Value = $value;

                #[allow(unused_variables, reason = "some keys have no parts")]
                fn write(&self, out: &mut Vec<u8>) {
                    $(self.$part.write(out);)*
                }

                #[allow(unused_variables, reason = "some keys have no parts")]
                fn read(bytes: &mut &[u8]) -> Option<Self> {
                    Some(Self { $($part: Part::read(bytes)?),* })
                }
            }
        )*

        /// All kinds, with their names for people.
        pub(super) const KINDS: &[(u8, &str)] = &[$(($kind, stringify!($name))),*];

        /// What is wrong with a key and its value, as JSON, as a record of its kind.
        pub(super) fn judge(key: &[u8], plain: &[u8]) -> Result<(), String> {
            match key.first() {
                $(Some(&$kind) => read_as::<$name>(key, plain).map(drop),)*
                Some(_) | None => Err("it is of no known kind".to_owned()),
            }
        }
    };
}

keys! {
    /// An article.
    b'a' ArticleKey { article: ArticleId } => ArticleRecord;
    /// One revision of it.
    b'r' RevisionKey { article: ArticleId, number: u32 } => RevisionRecord;
    /// All articles by the time they were stored.
    b'l' ListKey { stored: Timestamp, article: ArticleId } => ListRecord;
    /// An outlet's articles by the time they were stored.
    b'o' OutletListKey { outlet: OutletName, stored: Timestamp, article: ArticleId } => ListRecord;
    /// An address that names an article.
    b'u' AddressKey { address: Digest } => AddressRecord;
    /// An exact text that is an article's.
    b't' TextKey { text: Digest } => TextRecord;
    /// Back from an article to its addresses.
    b'b' AddressOfKey { article: ArticleId, address: Digest } => ();
    /// Back from an article to its texts.
    b'x' TextOfKey { article: ArticleId, text: Digest } => ();
    /// Articles by the hashes of their sketches, under each the newest last.
    b'h' NearKey { hash: u64, stored: Timestamp, article: ArticleId } => ();
    /// The sketch of an article that can be found by it.
    b'H' SketchKey { article: ArticleId } => SketchRecord;
    /// A story that has copies.
    b'y' StoryKey { story: StoryId } => StoryRecord;
    /// A page.
    b'p' PageKeyed { page: Digest } => PageRecord;
    /// What the source says of a page that waits for a visit.
    b'j' EntryKey { page: Digest } => EntryRecord;
    /// A source's own identifier of a page.
    b'g' GuidKey { guid: Digest } => GuidRecord;
    /// When the pages of a host fall due.
    b'v' VisitDueKey { host: Host, due: Timestamp, turn: u64, page: Digest } => ();
    /// A source.
    b's' SourceKey { source: SourceId } => SourceRecord;
    /// When sources fall due.
    b'q' PollDueKey { due: Timestamp, source: SourceId } => ();
    /// Events in the order of their commits.
    b'e' EventKey { turn: u64 } => EventRecord;
    /// An event's place in that order.
    b'i' EventTurnKey { event: EventId } => u64;
    /// A delivery.
    b'd' DeliveryKey { delivery: DeliveryId } => DeliveryRecord;
    /// When the deliveries to an endpoint fall due.
    b'w' DeliveryDueKey { endpoint: EndpointName, due: Timestamp, delivery: DeliveryId } => ();
    /// Unsettled deliveries of an article to an endpoint, in order: the first goes, the others wait.
    b'c' ChainKey { endpoint: EndpointName, article: ArticleId, delivery: DeliveryId } => ();
    /// The deliveries of an article's events.
    b'D' DeliveryOfKey { article: ArticleId, delivery: DeliveryId } => ();
    /// Deliveries that are not settled.
    b'f' OpenKey { delivery: DeliveryId } => ();
    /// Deliveries that were given up.
    b'z' FailedKey { delivery: DeliveryId } => ();
    /// An endpoint.
    b'n' EndpointKey { endpoint: EndpointName } => EndpointRecord;
    /// How many deliveries of each state an endpoint has.
    b'k' EndpointCountKey { endpoint: EndpointName } => [u64; 5];
    /// A subscription at a hub.
    b'P' SubscriptionKey { token: Digest } => SubscriptionRecord;
    /// Counts and counters.
    b'm' LedgerKey {} => Ledger;
    /// The version of this layout.
    b'S' SchemaKey {} => u32;
    /// The store's own identifier.
    b'I' StoreIdKey {} => String;
    /// The lists that are complete, by the release that brought the newest.
    b'V' ListsKey {} => u32;
    /// Commits so far.
    b'C' CommitKey {} => u64;
    /// Bytes of all keys and values but the counts'.
    b'L' LiveKey {} => u64;
    /// The pages that a revision was extracted from, as they came.
    b'R' RawKey { article: ArticleId, number: u32 } => RawRecord;
}

/// A record of one kind, from its key and its value as JSON.
pub(super) fn read_as<K: Key>(key: &[u8], plain: &[u8]) -> Result<(K, K::Value), String> {
    let parsed = K::decode(key).ok_or("it is no key of its kind")?;
    let value = serde_json::from_slice(plain).map_err(|error| error.to_string())?;
    Ok((parsed, value))
}

/// The kind of the further parts of a value that is too long for one: this byte, the value's own
/// key, and the part's number.
pub(super) const CHUNK: u8 = b'~';

/// The key of one further part.
pub(super) fn chunk(key: &[u8], number: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + 3);
    out.push(CHUNK);
    out.extend_from_slice(key);
    out.extend_from_slice(&number.to_be_bytes());
    out
}

/// Takes the key of a further part apart: the value's own key, and the number.
pub(super) fn split_chunk(bytes: &[u8]) -> Option<(&[u8], u16)> {
    let (key, number) = bytes.strip_prefix(&[CHUNK])?.split_last_chunk::<2>()?;
    Some((key, u16::from_be_bytes(*number)))
}

/// A key as people may read it in a message.
pub(super) fn readable(key: &[u8]) -> String {
    let kind = key.first().copied().unwrap_or_default();
    let name = KINDS
        .iter()
        .find_map(|&(byte, name)| (byte == kind).then_some(name));
    let rest = key.get(1..).unwrap_or_default().escape_ascii();
    match name {
        Some(name) => format!("{name}({rest})"),
        None => format!("{}", key.escape_ascii()),
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

impl Part for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self::from_be_bytes)
    }
}

impl Part for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self::from_be_bytes)
    }
}

impl Part for Digest {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self)
    }
}

/// Added to nanoseconds since 1970, so that times before it sort before it: 2^95, which keeps every
/// time that `jiff` knows within twelve bytes.
const TIME_BIAS: i128 = 1 << 95;

impl Part for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.as_nanosecond() + TIME_BIAS).to_be_bytes()[4..]);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut whole = [0; 16];
        whole[4..].copy_from_slice(&take::<12>(bytes)?);
        Self::from_nanosecond(i128::from_be_bytes(whole) - TIME_BIAS).ok()
    }
}

/// Longest name that stands in a key as it is; a longer one stands as its beginning and a hash.
const NAME_MAX: usize = 200;

fn write_name(name: &str, out: &mut Vec<u8>) {
    let short = if name.len() <= NAME_MAX {
        name.into()
    } else {
        let cut = name.floor_char_boundary(NAME_MAX - 32);
        let hash = xxhash_rust::xxh3::xxh3_128(name.as_bytes());
        std::borrow::Cow::from(format!("{}{hash:032x}", &name[..cut]))
    };
    out.push(u8::try_from(short.len()).expect("at most NAME_MAX bytes"));
    out.extend_from_slice(short.as_bytes());
}

fn read_name(bytes: &mut &[u8]) -> Option<String> {
    let [length] = take::<1>(bytes)?;
    let (name, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    String::from_utf8(name.to_vec()).ok()
}

macro_rules! name_part {
    ($($name:ident),*) => {$(
        impl Part for $name {
            fn write(&self, out: &mut Vec<u8>) {
                write_name(self.as_str(), out);
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                read_name(bytes).map(Self::new)
            }
        }
    )*};
}
name_part!(OutletName, EndpointName, SourceId, Host);

macro_rules! uuid_part {
    ($($name:ident),*) => {$(
        impl Part for $name {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.0.as_bytes());
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                take(bytes).map(|bytes| Self(Uuid::from_bytes(bytes)))
            }
        }
    )*};
}
uuid_part!(ArticleId, EventId, DeliveryId, StoryId);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_two_kinds_share_a_byte() {
        let bytes: HashSet<u8> = KINDS.iter().map(|&(byte, _)| byte).collect();
        assert_eq!(bytes.len(), KINDS.len());
        assert!(!bytes.contains(&CHUNK));
    }

    #[test]
    fn what_follows_a_prefix() {
        assert_eq!(after(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after(&[1, 0xff]), Some(vec![2]));
        assert_eq!(after(&[0xff, 0xff]), None);
    }

    #[test]
    fn a_long_name_stays_within_its_bound_and_stays_distinct() {
        let (one, two) = ("é".repeat(400), format!("{}e", "é".repeat(400)));
        let (mut first, mut second) = (Vec::new(), Vec::new());
        EndpointName::new(one).write(&mut first);
        EndpointName::new(two).write(&mut second);
        assert!(first.len() <= NAME_MAX + 1 && first != second);
    }

    proptest! {
        #[test]
        fn a_key_is_read_back(
            endpoint in "[a-z]{0,40}", seconds in -10_000_000_000_i64..10_000_000_000, id: u128,
        ) {
            let key = DeliveryDueKey {
                endpoint: EndpointName::new(endpoint),
                due: Timestamp::from_second(seconds).unwrap(),
                delivery: DeliveryId(Uuid::from_u128(id)),
            };
            prop_assert_eq!(DeliveryDueKey::decode(&key.encode()), Some(key));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            for &(kind, _) in KINDS {
                let mut key = vec![kind];
                key.extend_from_slice(&bytes);
                let _ = DeliveryDueKey::decode(&key);
                let _ = VisitDueKey::decode(&key);
                let _ = readable(&key);
                let _ = split_chunk(&key);
            }
        }

        #[test]
        fn times_sort_as_their_bytes(one in -9_000_000_000_000_000_000_i64.., two: i64) {
            let key = |nanos: i64| {
                let mut out = Vec::new();
                Timestamp::from_nanosecond(i128::from(nanos)).unwrap().write(&mut out);
                out
            };
            prop_assert_eq!(one.cmp(&two), key(one).cmp(&key(two)));
        }
    }
}

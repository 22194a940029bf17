//! A small likeness of a text, by which copies are found: in another outlet's frame, cut, headlined
//! anew, with names spelt otherwise.
//!
//! A text is the set of its shingles (four words, or five signs where a script has no spaces), and a
//! sketch keeps the 64 of them whose hashes are smallest: two texts that share shingles share small
//! hashes, whatever was cut or moved. The smallest eight are the keys under which a text is found;
//! a text that looks for others asks by sixteen, because a short text's smallest hashes stand further
//! back in the long one that holds it.
//!
//! A frame that is filled anew each day (markets, weather, football, communiqués) shares its shingles
//! and differs in what stands in its slots. So a sketch keeps numbers and names as well, each with
//! the words around it: where the same words surround other values, the texts are no copies.
//!
//! Another language's translation is another text; nothing here sees through it.

mod tokens;

use std::collections::HashMap;

use self::tokens::{Kind, Token, tokens};

/// Hashes kept.
const KEPT: usize = 64;
/// Hashes under which a text is found.
const KEYS: usize = 8;
/// Hashes by which a text looks for others.
const ASKED: usize = 16;
/// Words below which a text is too common to be anybody's; a sign counts half a word.
const WORDS_MIN: usize = 40;
/// Tokens of a text that are looked at: some seventy pages. What follows is no news.
const TOKENS_MAX: usize = 40_000;
/// Slots of each kind that are kept: those whose surroundings have the smallest hashes, so that two
/// texts keep the same ones.
const SLOTS_KEPT: usize = 24;
/// Numbers kept, whatever surrounds them.
const NUMBERS_KEPT: usize = 32;

/// Of the shorter text's shingles, the share that a copy has at least.
const SHARE_MIN: f32 = 0.5;
/// Hashes that must be shared: fewer may be one quotation.
const SHARED_MIN: usize = 5;
/// Numbers that both must have before they are compared as sets, and the share that is the same.
const NUMBERS_MIN: usize = 3;
const NUMBERS_SHARE: f32 = 0.5;
/// Slots in the same surroundings that must differ, one being a slip put right, and the share of those
/// that the texts have in common.
const SLOTS_MIN: usize = 2;
const NUMBER_SLOTS_DIFFER: f32 = 0.4;
const NAME_SLOTS_DIFFER: f32 = 0.5;

/// The likeness of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Distinct shingles of the text.
    size: u32,
    /// The smallest hashes of shingles, ascending, distinct.
    hashes: Vec<u64>,
    /// Hashes of numbers, ascending, distinct.
    numbers: Vec<u32>,
    /// Numbers by their surroundings, ascending.
    number_slots: Vec<Slot>,
    /// Names by their surroundings, ascending.
    name_slots: Vec<Slot>,
}

/// What stands between certain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    around: u32,
    value: u16,
}

/// How a text stands to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Likeness {
    /// One is a copy of the other, or of a part of it: which share of the first text is in the second.
    Copy(f32),
    /// They share much of their words, and say other things with them.
    SameFrame(f32),
    /// They are two texts.
    Other,
}

impl Sketch {
    /// The sketch of a text; none where it has fewer than forty words.
    pub fn of(text: &str) -> Option<Self> {
        let mut tokens = tokens(text);
        tokens.truncate(TOKENS_MAX);
        let signs = (tokens.iter()).filter(|token| token.kind == Kind::Sign);
        let signs = signs.count();
        if tokens.len() - signs + signs / 2 < WORDS_MIN {
            return None;
        }
        let mut hashes = shingles(&tokens);
        hashes.sort_unstable();
        hashes.dedup();
        let size = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        hashes.truncate(KEPT);
        let numbers = tokens.iter().filter(|token| token.kind == Kind::Number);
        let mut numbers: Vec<u32> = numbers.map(|token| upper(token.hash)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.truncate(NUMBERS_KEPT);
        Some(Self {
            size,
            hashes,
            numbers,
            number_slots: slots(&tokens, Kind::Number),
            name_slots: slots(&tokens, Kind::Name),
        })
    }

    /// The keys under which the text is found.
    pub fn keys(&self) -> &[u64] {
        &self.hashes[..self.hashes.len().min(KEYS)]
    }

    /// The keys by which it looks for others.
    pub fn asked(&self) -> &[u64] {
        &self.hashes[..self.hashes.len().min(ASKED)]
    }

    /// How this text stands to `other`; the same both ways, save for the share.
    pub fn compare(&self, other: &Self) -> Likeness {
        // Beyond the last hash that a sketch holds, it says nothing of its text.
        let end = |sketch: &Self| match sketch.hashes.last() {
            Some(last) if sketch.hashes.len() == KEPT => *last,
            Some(_) | None => u64::MAX,
        };
        let end = end(self).min(end(other));
        let own = self.hashes.partition_point(|hash| *hash <= end);
        let others = other.hashes.partition_point(|hash| *hash <= end);
        let shared = shared(&self.hashes[..own], &other.hashes[..others]);
        let shorter = if self.size <= other.size { own } else { others };
        // A text of a few shingles can share no more than all of them.
        if shared < SHARED_MIN || (shared as f32) < SHARE_MIN * shorter as f32 {
            return Likeness::Other;
        }
        let share = shared as f32 / own as f32;
        if self.fills_otherwise(other) {
            Likeness::SameFrame(share)
        } else {
            Likeness::Copy(share)
        }
    }

    /// Whether both texts use the same frame for other facts.
    fn fills_otherwise(&self, other: &Self) -> bool {
        let fewer = self.numbers.len().min(other.numbers.len());
        if fewer >= NUMBERS_MIN {
            let same = shared(&self.numbers, &other.numbers);
            if (same as f32) < NUMBERS_SHARE * fewer as f32 {
                return true;
            }
        }
        differ(&self.number_slots, &other.number_slots, NUMBER_SLOTS_DIFFER)
            || differ(&self.name_slots, &other.name_slots, NAME_SLOTS_DIFFER)
    }
}

/// A hash of each run of four words, or five signs.
fn shingles(tokens: &[Token]) -> Vec<u64> {
    (0..tokens.len())
        .filter_map(|start| {
            let length = if tokens[start].kind == Kind::Sign {
                5
            } else {
                4
            };
            let run = tokens.get(start..start + length)?;
            Some(mixed(run.iter().fold(length as u64, |hash, token| {
                (hash ^ token.hash)
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    .rotate_left(29)
            })))
        })
        .collect()
}

/// Spreads a hash over all its bits (the finish of `SplitMix64`): the smallest are a fair sample.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// What stands in the slots of one kind, by their surroundings: two words, or four signs, on each
/// side. Surroundings that come twice with two values say nothing.
fn slots(tokens: &[Token], kind: Kind) -> Vec<Slot> {
    let mut met: HashMap<u32, Option<u16>> = HashMap::new();
    for (place, token) in tokens.iter().enumerate() {
        if token.kind != kind {
            continue;
        }
        let (before, behind) = (tokens[..place].iter().rev(), tokens[place + 1..].iter());
        // At the ends of a text stands what was cut there, and not what surrounds the slot.
        let (Some(before), Some(behind)) = (beside(before), beside(behind)) else {
            continue;
        };
        let around = mixed(mixed(kind as u64 ^ before).wrapping_add(behind));
        let value = (token.hash >> 48) as u16;
        met.entry(upper(around))
            .and_modify(|known| {
                if *known != Some(value) {
                    *known = None;
                }
            })
            .or_insert(Some(value));
    }
    let mut slots: Vec<Slot> = (met.into_iter())
        .filter_map(|(around, value)| {
            Some(Slot {
                around,
                value: value?,
            })
        })
        .collect();
    slots.sort_unstable();
    slots.truncate(SLOTS_KEPT);
    slots
}

/// A hash of the nearest words on one side of a slot, other slots passed over and counted; none where
/// there are not enough of them.
fn beside<'a>(tokens: impl Iterator<Item = &'a Token>) -> Option<u64> {
    const FAR: usize = 8;
    const WEIGHT: usize = 4;
    let (mut hash, mut weight) = (0, 0);
    for token in tokens.take(FAR) {
        let (said, adds) = match token.kind {
            Kind::Word => (token.hash, 2),
            Kind::Sign => (token.hash, 1),
            Kind::Name | Kind::Number => (token.kind as u64, 0),
        };
        hash = mixed(hash ^ said);
        weight += adds;
        if weight >= WEIGHT {
            return Some(hash);
        }
    }
    None
}

/// Of the words of the shorter of two lines, the share that stands in the other too; none where it has
/// too few of them to say anything.
pub(super) fn share_of_words(one: &str, other: &str) -> Option<f32> {
    const FEW: usize = 3;
    let words = |line| {
        let mut words: Vec<u64> = tokens(line).iter().map(|token| token.hash).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let (one, other) = (words(one), words(other));
    let fewer = one.len().min(other.len());
    (fewer >= FEW).then(|| shared(&one, &other) as f32 / fewer as f32)
}

/// How many of two ascending lists' members are in both.
fn shared<X: Ord>(one: &[X], other: &[X]) -> usize {
    one.iter()
        .filter(|x| other.binary_search(x).is_ok())
        .count()
}

/// Whether of the surroundings that both texts have at least `share` hold other values.
fn differ(one: &[Slot], other: &[Slot], share: f32) -> bool {
    let (mut met, mut differ) = (0, 0);
    for slot in one {
        let Ok(place) = other.binary_search_by_key(&slot.around, |slot| slot.around) else {
            continue;
        };
        met += 1;
        differ += usize::from(other[place].value != slot.value);
    }
    differ >= SLOTS_MIN && differ as f32 >= share * met as f32
}

fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The form in which sketches are kept: the version of the rules by which they were made, then the
/// lists. A sketch of other rules is none: its hashes are of other shingles.
const VERSION: u8 = 1;

impl Sketch {
    /// The sketch as bytes, some nine hundred.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.size.to_le_bytes());
        let lengths = [
            self.hashes.len(),
            self.numbers.len(),
            self.number_slots.len(),
            self.name_slots.len(),
        ];
        out.extend(lengths.map(|length| u8::try_from(length).unwrap_or(u8::MAX)));
        out.extend(self.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        out.extend(self.numbers.iter().flat_map(|number| number.to_le_bytes()));
        for slot in self.number_slots.iter().chain(&self.name_slots) {
            out.extend_from_slice(&slot.around.to_le_bytes());
            out.extend_from_slice(&slot.value.to_le_bytes());
        }
        out
    }

    /// Reads what [`Sketch::to_bytes`] wrote by the same rules; none where it is anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let [version] = bytes.take()?;
        if version != VERSION {
            return None;
        }
        let size = u32::from_le_bytes(bytes.take()?);
        let [hashes, numbers, number_slots, name_slots] = bytes.take()?;
        let sketch = Self {
            size,
            hashes: bytes.list(hashes, |it| it.take().map(u64::from_le_bytes))?,
            numbers: bytes.list(numbers, |it| it.take().map(u32::from_le_bytes))?,
            number_slots: bytes.list(number_slots, Bytes::slot)?,
            name_slots: bytes.list(name_slots, Bytes::slot)?,
        };
        let sorted = sketch.hashes.is_sorted_by(|a, b| a < b) && sketch.hashes.len() <= KEPT;
        (bytes.0.is_empty() && sorted).then_some(sketch)
    }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn slot(&mut self) -> Option<Slot> {
        Some(Slot {
            around: u32::from_le_bytes(self.take()?),
            value: u16::from_le_bytes(self.take()?),
        })
    }

    fn list<X>(&mut self, count: u8, read: impl Fn(&mut Self) -> Option<X>) -> Option<Vec<X>> {
        (0..count).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests;

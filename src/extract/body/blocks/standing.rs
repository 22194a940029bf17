//! How lines stand: which elements are around each of them. Most of a text stands alike, and what does not is
//! looked at more closely.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::makes;
use crate::extract::body::candidates::prose_weight;
use crate::extract::body::line::Line;
use crate::extract::document::page::{NodeIndex, Page};

/// The share of the prose from which paragraphs that stand alike are the text's own, and the one that all of
/// those must hold.
const OWN: f32 = 0.12;
const AGREED: f32 = 0.75;
/// Prose of a text of which this can be said.
const LEAST: f32 = 600.0;

/// Which lines stand as most of the prose does, by what the elements around them are called, else by what they
/// are; nothing where too little agrees.
pub(super) fn own_lines(page: &Page<'_>, column: NodeIndex, lines: &[Line]) -> Option<Vec<bool>> {
    agreed(page, column, lines, true).or_else(|| agreed(page, column, lines, false))
}

fn agreed(page: &Page<'_>, column: NodeIndex, lines: &[Line], named: bool) -> Option<Vec<bool>> {
    let mut places = Places {
        page,
        column,
        named,
        known: HashMap::new(),
    };
    let at: Vec<u64> = lines.iter().map(|line| places.of(line.node)).collect();
    let mut held: HashMap<u64, f32> = HashMap::new();
    let mut whole = 0.0;
    for (line, place) in lines.iter().zip(&at) {
        let prose = prose_weight(line);
        *held.entry(*place).or_default() += prose;
        whole += prose;
    }
    held.retain(|_, prose| *prose >= OWN * whole);
    let agreed: f32 = held.values().sum();
    (whole >= LEAST && agreed >= AGREED * whole)
        .then(|| at.iter().map(|place| held.contains_key(place)).collect())
}

/// How the text's own paragraphs stand: the elements around each of them, hashed.
struct Places<'p, 'a> {
    page: &'p Page<'a>,
    column: NodeIndex,
    named: bool,
    known: HashMap<NodeIndex, u64>,
}

impl Places<'_, '_> {
    /// The elements from the column to a node, with what they are called.
    fn of(&mut self, node: NodeIndex) -> u64 {
        if node <= self.column {
            return 0;
        }
        if let Some(place) = self.known.get(&node) {
            return *place;
        }
        let around = self.of(self.page.nodes[node].parent);
        let mut place = DefaultHasher::new();
        around.hash(&mut place);
        if self.named {
            makes::of_one(self.page, node).hash(&mut place);
        } else {
            self.page.nodes[node].tag.hash(&mut place);
        }
        let place = place.finish();
        self.known.insert(node, place);
        place
    }
}

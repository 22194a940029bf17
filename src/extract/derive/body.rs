//! The text's column: which element holds the text and nothing of the layout, on all pages.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Extraction;
use super::{Bench, Finding, Witness};
use crate::extract::document::characters::folded;
use crate::extract::document::page::{NodeIndex, Page, Tag};
use crate::extract::summary::words;
use crate::model::article::{BlockKind, Content, Way};

/// Below this confidence a body rule is worth having.
const UNSURE: f32 = 0.6;

impl Bench<'_, '_> {
    /// A body rule, where the general extractor is unsure, cuts, or takes lines of the layout.
    pub(super) fn body(&self, general: &[Option<Extraction>]) -> Finding {
        let layout = repeated(general);
        let is_good = |run: &Extraction| run.confidence >= UNSURE && !run.content.partial;
        if general.iter().all(|run| run.as_ref().is_some_and(is_good)) && layout.is_empty() {
            return Finding::Well;
        }
        let texts: Vec<BTreeSet<String>> = general
            .iter()
            .map(|run| blocks(run.as_ref(), &layout))
            .collect();
        let candidates = self.candidates(|index, page, node| is_column(page, node, &texts[index]));
        let mut best: Option<(u64, String)> = None;
        for rule in candidates {
            let runs = self.trial(|outlet, field| outlet.article.body = vec![field], &rule);
            let Some(surplus) = surplus(&runs, &texts, &layout) else {
                continue;
            };
            if best.as_ref().is_none_or(|(least, _)| surplus < *least) {
                best = Some((surplus, rule));
            }
        }
        match best {
            Some((_, rule)) => Finding::Rule(rule),
            // Repeated lines can be dropped one by one; a column that cannot be named is no loss then.
            None if general.iter().all(|run| run.as_ref().is_some_and(is_good)) => Finding::Well,
            None => Finding::Missing,
        }
    }
}

/// Whether an element holds most of the text's paragraphs.
fn is_column(page: &Page<'_>, node: NodeIndex, text: &BTreeSet<String>) -> bool {
    let tag = page.nodes[node].tag;
    if !matches!(
        tag,
        Tag::Div | Tag::Article | Tag::Section | Tag::Main | Tag::Td
    ) || text.is_empty()
    {
        return false;
    }
    let inside = (node + 1..page.nodes[node].end).filter(|inner| page.nodes[*inner].tag == Tag::P);
    let held = inside
        .take(400)
        .filter(|inner| text.contains(&folded(&page.line(*inner))))
        .count();
    held * 10 >= text.len() * 6
}

/// Blocks of a text but for those of the layout.
fn blocks(run: Option<&Extraction>, layout: &BTreeSet<String>) -> BTreeSet<String> {
    let blocks = run.into_iter().flat_map(|run| &run.content.blocks);
    blocks
        .map(|block| folded(&block.text))
        .filter(|text| !layout.contains(text))
        .collect()
}

/// Words that a rule takes beyond the known texts; nothing when it loses some, or takes the layout too.
fn surplus(
    runs: &[Option<Extraction>],
    texts: &[BTreeSet<String>],
    layout: &BTreeSet<String>,
) -> Option<u64> {
    let mut surplus = 0;
    for (run, text) in runs.iter().zip(texts) {
        let run = run.as_ref().filter(|run| run.content.way == Way::Rules)?;
        let taken = blocks(Some(run), &BTreeSet::new());
        let kept = text.iter().filter(|block| taken.contains(*block)).count();
        if kept * 100 < text.len() * 95 || taken.iter().any(|block| layout.contains(block)) {
            return None;
        }
        let own: BTreeSet<&String> = taken.difference(text).collect();
        let extra = Content {
            blocks: run
                .content
                .blocks
                .iter()
                .filter(|block| own.contains(&folded(&block.text)))
                .cloned()
                .collect(),
            ..Content::default()
        };
        surplus += words(&extra);
    }
    (!runs.is_empty()).then_some(surplus)
}

/// The witnesses without those that tell another's article again, such as its AMP twin.
pub(super) fn distinct<'w>(
    witnesses: &[Witness<'w>],
    runs: Vec<Option<Extraction>>,
) -> (Vec<Witness<'w>>, Vec<Option<Extraction>>) {
    let mut known: Vec<BTreeSet<String>> = Vec::new();
    let mut kept = (Vec::new(), Vec::new());
    for (witness, run) in witnesses.iter().zip(runs) {
        let own = blocks(run.as_ref(), &BTreeSet::new());
        let is_told = |other: &BTreeSet<String>| {
            let shared = own.intersection(other).count();
            shared * 2 > own.len().min(other.len())
        };
        if !known.iter().any(is_told) {
            known.push(own);
            kept.0.push(*witness);
            kept.1.push(run);
        }
    }
    kept
}

/// Lines that stand in at least two of the texts, and in half of them. Two articles prove nothing, and
/// what opens a part of the text (`Background:`) belongs to it however often it comes.
pub(super) fn repeated(runs: &[Option<Extraction>]) -> BTreeSet<String> {
    let readable = runs.iter().flatten().count();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs.iter().flatten() {
        let blocks = run.content.blocks.iter();
        let own: BTreeSet<String> = blocks
            .filter(|block| block.kind == BlockKind::Paragraph && !block.text.ends_with(':'))
            .map(|block| folded(&block.text))
            .filter(|text| (8..=400).contains(&text.len()))
            .collect();
        for text in own {
            *counts.entry(text).or_default() += 1;
        }
    }
    let least = readable.div_ceil(2).max(2);
    counts
        .into_iter()
        .filter(|(_, count)| *count >= least && readable > 2)
        .map(|(text, _)| text)
        .collect()
}

//! Looking for the article that a new one is a copy of.
//!
//! A look-up costs the same whatever the store holds: each of sixteen hashes is asked for its newest
//! articles within the window, and the few that share most are compared. A hash that too many
//! articles share is boilerplate and no evidence.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dedupe::sketch::{Likeness, Sketch};
use crate::model::id::{ArticleId, OutletName};
use crate::store::StoreError;
use crate::store::sled::keys::{NearKey, SketchKey, prefix};
use crate::store::sled::text::Text;
use crate::store::sled::txn::{Read as _, Txn, sound};

/// How long after an article its copies are looked for.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Articles under one hash within the window above which the hash is no evidence.
const HITS_MAX: usize = 64;
/// Articles that are compared.
const COMPARED_MAX: usize = 32;

/// The sketch of an article that can be found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SketchRecord {
    pub(super) outlet: Text<OutletName>,
    /// When the article was stored.
    pub(super) stored: Text<Timestamp>,
    /// [`Sketch::to_bytes`] in base 64.
    sketch: String,
}

impl SketchRecord {
    fn of(outlet: &OutletName, stored: Timestamp, sketch: &Sketch) -> Self {
        Self {
            outlet: outlet.clone().into(),
            stored: stored.into(),
            sketch: STANDARD_NO_PAD.encode(sketch.to_bytes()),
        }
    }

    /// None where it was made by rules of another release.
    pub(super) fn sketch(&self) -> Option<Sketch> {
        let bytes = STANDARD_NO_PAD.decode(&self.sketch).ok()?;
        Sketch::from_bytes(&bytes)
    }

    /// The places where it is looked for.
    pub(super) fn places(&self, article: ArticleId) -> Vec<NearKey> {
        let sketch = self.sketch();
        (sketch.iter())
            .flat_map(|sketch| places(sketch, article, self.stored.0))
            .collect()
    }
}

/// The places where an article that was stored then is looked for.
fn places(sketch: &Sketch, article: ArticleId, stored: Timestamp) -> impl Iterator<Item = NearKey> {
    sketch.keys().iter().map(move |&hash| NearKey {
        hash,
        stored,
        article,
    })
}

/// Another outlet's article that says the same, and the share of the new text that is in it.
pub(super) struct Near {
    pub(super) article: ArticleId,
    pub(super) share: f32,
}

/// The article that shares most with `sketch`; of several, the first that was stored.
pub(super) fn find(
    txn: &Txn<'_>,
    now: Timestamp,
    outlet: &OutletName,
    sketch: &Sketch,
) -> Result<Option<Near>, StoreError> {
    let mut best: Option<Near> = None;
    for article in candidates(txn, now, sketch)? {
        // One damaged record must not keep an article from being stored.
        let Some(record) = sound(txn.get(&SketchKey { article }))? else {
            continue;
        };
        if record.outlet.0 == *outlet {
            continue;
        }
        let Some(Likeness::Copy(share)) = record.sketch().map(|known| sketch.compare(&known))
        else {
            continue;
        };
        let better = best.as_ref().is_none_or(|best| {
            share > best.share || (share >= best.share && article < best.article)
        });
        if better {
            best = Some(Near { article, share });
        }
    }
    Ok(best)
}

/// Articles under the same hashes, those under most of them first, then the newest.
fn candidates(
    txn: &Txn<'_>,
    now: Timestamp,
    sketch: &Sketch,
) -> Result<Vec<ArticleId>, StoreError> {
    let since = now.saturating_sub(WINDOW).unwrap_or(Timestamp::MIN);
    let mut met: HashMap<ArticleId, usize> = HashMap::new();
    let mut stops = 0;
    for hash in sketch.asked() {
        let mut hits = Vec::new();
        // The step's own writes are not seen, and none of them is looked for.
        for key in txn
            .view()
            .backward::<NearKey>(&prefix::<NearKey>(&[hash]), None)
        {
            let key = key?;
            if key.stored < since || hits.len() > HITS_MAX {
                break;
            }
            hits.push(key.article);
        }
        if hits.len() <= HITS_MAX {
            for article in hits {
                *met.entry(article).or_default() += 1;
            }
        } else if sketch.keys().contains(hash) {
            stops += 1;
        }
    }
    // A text that is boilerplate for the most part is like all the others that carry it.
    if stops * 2 >= sketch.keys().len() {
        return Ok(Vec::new());
    }
    let mut candidates: Vec<(ArticleId, usize)> = met.into_iter().collect();
    candidates.sort_unstable_by_key(|&(article, count)| std::cmp::Reverse((count, article)));
    candidates.truncate(COMPARED_MAX);
    Ok(candidates.into_iter().map(|(article, _)| article).collect())
}

/// Lets an article be found by `sketch`, and no longer by the one before.
pub(super) fn index(
    txn: &mut Txn<'_>,
    article: ArticleId,
    stored: Timestamp,
    outlet: &OutletName,
    sketch: &Sketch,
) -> Result<(), StoreError> {
    forget(txn, article)?;
    for place in places(sketch, article, stored) {
        txn.put(&place, &())?;
    }
    let record = SketchRecord::of(outlet, stored, sketch);
    txn.put(&SketchKey { article }, &record)
}

/// Lets an article be found no more.
pub(super) fn forget(txn: &mut Txn<'_>, article: ArticleId) -> Result<(), StoreError> {
    let key = SketchKey { article };
    if !txn.has(&key)? {
        return Ok(());
    }
    // A damaged one goes too; where it was looked for, nothing is found.
    if let Some(record) = sound(txn.get(&key))? {
        for place in record.places(article) {
            txn.remove(&place)?;
        }
    }
    txn.remove(&key)
}

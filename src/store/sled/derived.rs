//! What follows from a record alone: the lists, queues and ways back that it stands in.
//!
//! These are not carried from store to store but made anew, and a store that has lost some is
//! mended from here.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use crate::model::delivery::DeliveryState;
use crate::model::id::Host;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, ChainKey, CommitKey, DeliveryDueKey, DeliveryKey,
    DeliveryOfKey, EventKey, EventTurnKey, FailedKey, Key, ListKey, ListsKey, LiveKey, NearKey,
    OpenKey, OutletListKey, PageKeyed, PollDueKey, SchemaKey, SketchKey, SourceKey, StoreIdKey,
    TextKey, TextOfKey, VisitDueKey, judge, read_as,
};
use crate::store::sled::records::{AddressRecord, ArticleRecord, ListRecord, PageRecord};
use crate::store::sled::states::{DeliveryRecord, SourceRecord};
use crate::store::sled::text::Text;
use crate::store::sled::value::{Damage, Packed, pack};

/// The kinds that follow from others.
const DERIVED: [u8; 13] = [
    ListKey::KIND,
    OutletListKey::KIND,
    AddressOfKey::KIND,
    TextOfKey::KIND,
    NearKey::KIND,
    VisitDueKey::KIND,
    PollDueKey::KIND,
    EventTurnKey::KIND,
    DeliveryDueKey::KIND,
    ChainKey::KIND,
    DeliveryOfKey::KIND,
    OpenKey::KIND,
    FailedKey::KIND,
];

/// Whether a kind follows from others.
pub(super) fn is_derived(kind: u8) -> bool {
    DERIVED.contains(&kind)
}

/// Whether records of a kind travel to another store: all but what follows from others, and what
/// each store says of itself.
pub(super) fn travels(kind: u8) -> bool {
    let own = [
        SchemaKey::KIND,
        ListsKey::KIND,
        StoreIdKey::KIND,
        CommitKey::KIND,
        LiveKey::KIND,
    ];
    !is_derived(kind) && !own.contains(&kind)
}

/// Keys with their values.
#[derive(Default)]
pub(super) struct Pairs(pub(super) Vec<(Vec<u8>, Packed)>);

impl Pairs {
    fn add<K: Key>(&mut self, key: &K, value: &K::Value) {
        self.0.push((key.encode(), pack(value)));
    }
}

/// All that follows from the record under `key`, whose value is `plain`; or what is wrong with it.
pub(super) fn of(key: &[u8], plain: &[u8]) -> Result<Pairs, Damage> {
    let mut out = Pairs::default();
    match key.first().copied().unwrap_or_default() {
        ArticleKey::KIND => each(key, plain, &mut out, article),
        AddressKey::KIND => each(key, plain, &mut out, address),
        TextKey::KIND => each::<TextKey>(key, plain, &mut out, |key, record, out| {
            let article = record.article.0;
            out.add(
                &TextOfKey {
                    article,
                    text: key.text,
                },
                &(),
            );
        }),
        SketchKey::KIND => each::<SketchKey>(key, plain, &mut out, |key, record, out| {
            for place in record.places(key.article) {
                out.add(&place, &());
            }
        }),
        PageKeyed::KIND => each(key, plain, &mut out, page),
        SourceKey::KIND => each(key, plain, &mut out, source),
        EventKey::KIND => each::<EventKey>(key, plain, &mut out, |key, record, out| {
            let event = record.id.0;
            out.add(&EventTurnKey { event }, &key.turn);
        }),
        DeliveryKey::KIND => each(key, plain, &mut out, delivery),
        _ => judge(key, plain),
    }
    .map_err(Damage)?;
    Ok(out)
}

fn each<K: Key>(
    key: &[u8],
    plain: &[u8],
    out: &mut Pairs,
    rule: fn(K, K::Value, &mut Pairs),
) -> Result<(), String> {
    let (key, value) = read_as::<K>(key, plain)?;
    rule(key, value, out);
    Ok(())
}

fn article(key: ArticleKey, record: ArticleRecord, out: &mut Pairs) {
    let (article, stored) = (key.article, record.stored.0);
    let facets = ListRecord {
        language: record.language,
    };
    out.add(&ListKey { stored, article }, &facets);
    let list = OutletListKey {
        outlet: record.outlet.0,
        stored,
        article,
    };
    out.add(&list, &facets);
}

fn address(key: AddressKey, record: AddressRecord, out: &mut Pairs) {
    if !record.pruned {
        let back = AddressOfKey {
            article: record.article.0,
            address: key.address,
        };
        out.add(&back, &());
    }
}

fn page(key: PageKeyed, record: PageRecord, out: &mut Pairs) {
    if let Some((due, turn)) = record.due {
        let place = VisitDueKey {
            host: Host::of(&record.fetch),
            due: due.0,
            turn,
            page: key.page,
        };
        out.add(&place, &());
    }
}

fn source(key: SourceKey, record: SourceRecord, out: &mut Pairs) {
    if let Some(due) = record.due {
        let place = PollDueKey {
            due: due.0,
            source: key.source,
        };
        out.add(&place, &());
    }
}

fn delivery(key: DeliveryKey, record: DeliveryRecord, out: &mut Pairs) {
    let delivery = key.delivery;
    let endpoint = record.endpoint.0.clone();
    if let Some(due) = record.due {
        let place = DeliveryDueKey {
            endpoint: endpoint.clone(),
            due: due.0,
            delivery,
        };
        out.add(&place, &());
    }
    if record.state.0 == DeliveryState::Failed {
        out.add(&FailedKey { delivery }, &());
    }
    if let Some(Text(article)) = record.article {
        out.add(&DeliveryOfKey { article, delivery }, &());
    }
    if record.is_settled() {
        return;
    }
    out.add(&OpenKey { delivery }, &());
    if let Some(article) = record.article {
        let chain = ChainKey {
            endpoint,
            article: article.0,
            delivery,
        };
        out.add(&chain, &());
    }
}

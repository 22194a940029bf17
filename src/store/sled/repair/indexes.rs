//! Lists, queues and ways back, compared with the records that cause them.

use sled::IVec;

use crate::store::StoreError;
use crate::store::sled::derived;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, CHUNK, ChainKey, DeliveryDueKey, DeliveryKey,
    DeliveryOfKey, EventKey, EventTurnKey, FailedKey, Key, ListKey, NearKey, OpenKey,
    OutletListKey, PageKeyed, PollDueKey, SketchKey, SourceKey, TextKey, TextOfKey, VisitDueKey,
    readable,
};
use crate::store::sled::records::{AddressRecord, TextRecord};
use crate::store::sled::repair::{Mender, plain};
use crate::store::sled::txn::{Read as _, engine, sound};
use crate::store::sled::value::seal;

impl Mender<'_, '_> {
    /// Adds what is missing and removes what nothing causes.
    pub(super) fn indexes(&mut self) -> Result<(), StoreError> {
        self.txn.commit()?;
        for item in self.view.clone().tree() {
            let (key, raw) = item.map_err(engine("read"))?;
            let kind = key.first().copied().unwrap_or_default();
            if kind == CHUNK {
                break;
            }
            if derived::is_derived(kind) {
                self.backward(&key)?;
            } else {
                self.forward(&key, &raw)?;
            }
            self.txn.breathe()?;
        }
        self.txn.commit()
    }

    /// What follows from a sound record stands there, and says what it should.
    fn forward(&mut self, key: &[u8], raw: &IVec) -> Result<(), StoreError> {
        let Ok(plain) = plain(self.txn, key, raw) else {
            return Ok(());
        };
        let Ok(pairs) = derived::of(key, &plain) else {
            return Ok(());
        };
        for (key, packed) in pairs.0 {
            let Some(sealed) = seal(&key, &packed, |_| Vec::new()) else {
                continue;
            };
            if self.txn.raw(&key)?.as_deref() != Some(&sealed.base) {
                self.txn.put_raw(&key, sealed.base);
                self.mended(format_args!("{} was put back", readable(&key)));
            }
        }
        Ok(())
    }

    /// A record causes it; else a lost name is had from it, or it goes.
    fn backward(&mut self, key: &[u8]) -> Result<(), StoreError> {
        if let Some(owner) = self.owner(key)? {
            if let Some(raw) = self.txn.raw(&owner)? {
                let caused = plain(self.txn, &owner, &raw)
                    .and_then(|plain| derived::of(&owner, &plain))
                    .is_ok_and(|pairs| pairs.0.iter().any(|(caused, _)| caused == key));
                if caused {
                    return Ok(());
                }
            } else if self.name_again(key)? {
                return Ok(());
            }
        }
        self.txn.remove_raw(key)?;
        self.mended(format_args!(
            "{} was removed: nothing causes it",
            readable(key)
        ));
        Ok(())
    }

    /// The record that should cause `key`.
    fn owner(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let article = |article| ArticleKey { article }.encode();
        let delivery = |delivery| DeliveryKey { delivery }.encode();
        let owner = match key.first().copied().unwrap_or_default() {
            ListKey::KIND => ListKey::decode(key).map(|key| article(key.article)),
            OutletListKey::KIND => OutletListKey::decode(key).map(|key| article(key.article)),
            AddressOfKey::KIND => AddressOfKey::decode(key).map(|key| {
                AddressKey {
                    address: key.address,
                }
                .encode()
            }),
            TextOfKey::KIND => {
                TextOfKey::decode(key).map(|key| TextKey { text: key.text }.encode())
            }
            NearKey::KIND => NearKey::decode(key).map(|key| {
                SketchKey {
                    article: key.article,
                }
                .encode()
            }),
            VisitDueKey::KIND => {
                VisitDueKey::decode(key).map(|key| PageKeyed { page: key.page }.encode())
            }
            PollDueKey::KIND => {
                PollDueKey::decode(key).map(|key| SourceKey { source: key.source }.encode())
            }
            EventTurnKey::KIND => match EventTurnKey::decode(key) {
                Some(key) => sound(self.txn.get(&key))?.map(|turn| EventKey { turn }.encode()),
                None => None,
            },
            DeliveryDueKey::KIND => DeliveryDueKey::decode(key).map(|key| delivery(key.delivery)),
            ChainKey::KIND => ChainKey::decode(key).map(|key| delivery(key.delivery)),
            DeliveryOfKey::KIND => DeliveryOfKey::decode(key).map(|key| delivery(key.delivery)),
            OpenKey::KIND => OpenKey::decode(key).map(|key| delivery(key.delivery)),
            FailedKey::KIND => FailedKey::decode(key).map(|key| delivery(key.delivery)),
            _ => None,
        };
        Ok(owner)
    }

    /// An address or a text that named a stored article and was lost is known from the way back.
    fn name_again(&mut self, key: &[u8]) -> Result<bool, StoreError> {
        if let Some(back) = AddressOfKey::decode(key)
            && self.txn.has(&ArticleKey {
                article: back.article,
            })?
        {
            let known = AddressRecord {
                article: back.article.into(),
                seen: self.now.into(),
                pruned: false,
            };
            let name = AddressKey {
                address: back.address,
            };
            self.txn.put(&name, &known)?;
            self.mended(format_args!(
                "an address names article {} again",
                back.article
            ));
            return Ok(true);
        }
        if let Some(back) = TextOfKey::decode(key)
            && self.txn.has(&ArticleKey {
                article: back.article,
            })?
        {
            let known = TextRecord {
                article: back.article.into(),
            };
            self.txn.put(&TextKey { text: back.text }, &known)?;
            self.mended(format_args!("a text names article {} again", back.article));
            return Ok(true);
        }
        Ok(false)
    }
}

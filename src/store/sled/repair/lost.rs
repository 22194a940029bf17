//! Records that failed their checksum and of which enough is known elsewhere to make them anew.

use crate::extract;
use crate::model::article::Content;
use crate::model::delivery::DeliveryState;
use crate::model::id::{ArticleId, DeliveryId, EndpointName, StoryId};
use crate::store::StoreError;
use crate::store::sled::keys::{
    AddressOfKey, ArticleKey, ChainKey, DeliveryDueKey, DeliveryKey, EventKey, Key as _, OpenKey,
    OutletListKey, PageKeyed, RevisionKey, StoryKey, prefix,
};
use crate::store::sled::records::{ArticleRecord, PageRecord};
use crate::store::sled::repair::Mender;
use crate::store::sled::states::DeliveryRecord;
use crate::store::sled::told::EventRecord;
use crate::store::sled::txn::{Read as _, sound};

impl Mender<'_, '_> {
    /// An article's head: its lists say when it was stored and where, its page gives the address,
    /// its words stand for themselves, and its story lists it.
    pub(super) fn lost_article(&mut self, key: &[u8], why: &str) -> Result<(), StoreError> {
        self.set_aside(key, why)?;
        let Some(key) = ArticleKey::decode(key) else {
            return Ok(());
        };
        if let Some(record) = self.article_anew(key.article)? {
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "article {} was put together again from its words and its page",
                key.article
            ));
        }
        Ok(())
    }

    fn article_anew(&self, article: ArticleId) -> Result<Option<ArticleRecord>, StoreError> {
        let all = prefix::<OutletListKey>(&[]);
        let mut lists = self.view.forward::<OutletListKey>(&all, Vec::new());
        let list = loop {
            match lists.next().transpose()? {
                Some(list) if list.article == article => break list,
                Some(_) => {}
                None => return Ok(None),
            }
        };
        let Some((page, found)) = self.page_of(article)? else {
            return Ok(None);
        };
        let Some((revision, words)) = self.words(article, u32::MAX)? else {
            return Ok(None);
        };
        let language = words.language.as_deref();
        let story = self.story_of(article)?;
        Ok(Some(ArticleRecord {
            outlet: list.outlet.into(),
            url: found.url,
            stored: list.stored.into(),
            page,
            revision,
            digest: extract::digest(&words),
            language: language.map(crate::model::language::primary_subtag),
            story: story.into(),
            original: story.0 == article.0,
            told: Vec::new(),
        }))
    }

    /// The story that lists an article; else its own.
    fn story_of(&self, article: ArticleId) -> Result<StoryId, StoreError> {
        let all = prefix::<StoryKey>(&[]);
        for key in self.view.forward::<StoryKey>(&all, Vec::new()) {
            let key = key?;
            if sound(self.txn.get(&key))?.is_some_and(|story| story.lists(article)) {
                return Ok(key.story);
            }
        }
        Ok(StoryId(article.0))
    }

    /// The page that gave an article.
    fn page_of(
        &self,
        article: ArticleId,
    ) -> Result<Option<(crate::store::sled::keys::Digest, PageRecord)>, StoreError> {
        let backs = prefix::<AddressOfKey>(&[&article]);
        for back in self.view.forward::<AddressOfKey>(&backs, Vec::new()) {
            let page = back?.address;
            if let Some(record) = sound(self.txn.get(&PageKeyed { page }))?
                && record.article.as_ref().map(|named| named.0) == Some(article)
            {
                return Ok(Some((page, record)));
            }
        }
        Ok(None)
    }

    /// The last of the sound revisions that follow each other from the first on, up to `newest`.
    pub(super) fn words(
        &self,
        article: ArticleId,
        newest: u32,
    ) -> Result<Option<(u32, Content)>, StoreError> {
        let mut last = None;
        for number in 1..=newest {
            match sound(self.txn.get(&RevisionKey { article, number }))? {
                Some(revision) => last = Some((number, revision)),
                None => break,
            }
        }
        Ok(last.map(|(number, revision)| (number, revision.content.into())))
    }

    /// A delivery that was still to be made is made: its queue knows for whom. Of one that was
    /// settled only its attempts are lost.
    pub(super) fn lost_delivery(&mut self, key: &[u8], why: &str) -> Result<(), StoreError> {
        self.set_aside(key, why)?;
        let Some(key) = DeliveryKey::decode(key) else {
            return Ok(());
        };
        let delivery = key.delivery;
        if !self.txn.has(&OpenKey { delivery })? {
            return Ok(());
        }
        let Some(endpoint) = self.receiver(delivery)? else {
            return Ok(());
        };
        let Some(event) = self.cause(delivery)? else {
            return Ok(());
        };
        let record = DeliveryRecord {
            event: event.id,
            trace: event.trace,
            kind: event.kind,
            endpoint: endpoint.clone().into(),
            article: event.article().map(Into::into),
            state: DeliveryState::Due.into(),
            attempts: Vec::new(),
            tries: 0,
            next_attempt: Some(self.now.into()),
            due: Some(self.now.into()),
            lease: None,
            spent: None,
            trying_since: None,
            refused: None,
            digest: None,
        };
        self.txn.put(&key, &record)?;
        self.mended(format_args!(
            "delivery {delivery} to {endpoint} is due again, its attempts forgotten"
        ));
        Ok(())
    }

    /// The endpoint in whose queue or chain a delivery stands.
    fn receiver(&self, delivery: DeliveryId) -> Result<Option<EndpointName>, StoreError> {
        let all = prefix::<DeliveryDueKey>(&[]);
        for place in self.view.forward::<DeliveryDueKey>(&all, Vec::new()) {
            let place = place?;
            if place.delivery == delivery {
                return Ok(Some(place.endpoint));
            }
        }
        let all = prefix::<ChainKey>(&[]);
        for place in self.view.forward::<ChainKey>(&all, Vec::new()) {
            let place = place?;
            if place.delivery == delivery {
                return Ok(Some(place.endpoint));
            }
        }
        Ok(None)
    }

    /// The event that caused a delivery.
    fn cause(&self, delivery: DeliveryId) -> Result<Option<EventRecord>, StoreError> {
        let all = prefix::<EventKey>(&[]);
        for key in self.view.forward::<EventKey>(&all, Vec::new()) {
            if let Some(event) = sound(self.txn.get(&key?))?
                && event.deliveries.iter().any(|listed| listed.0 == delivery)
            {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

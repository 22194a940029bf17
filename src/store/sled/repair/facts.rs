//! Records that say something of each other, put in line.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use crate::extract;
use crate::model::delivery::DeliveryState;
use crate::store::StoreError;
use crate::store::sled::deliveries::straighten;
use crate::store::sled::keys::{
    AddressKey, ArticleKey, DeliveryKey, EndpointKey, EntryKey, EventKey, EventTurnKey, GuidKey,
    Key, PageKeyed, RawKey, RevisionKey, SourceKey, TextKey, prefix,
};
use crate::store::sled::prune::forget_article;
use crate::store::sled::records::{AddressRecord, ArticleRecord, GuidRecord, PageRecord};
use crate::store::sled::repair::Mender;
use crate::store::sled::states::{DeliveryRecord, EndpointRecord, SourceRecord};
use crate::store::sled::told::{EventRecord, SubjectRecord};
use crate::store::sled::txn::{Read as _, sound};
use crate::store::sled::visits::set_visit;
use crate::store::sled::words::RevisionRecord;

impl Mender<'_, '_> {
    /// Each kind in the order in which one follows from another.
    pub(super) fn facts(&mut self) -> Result<(), StoreError> {
        self.all(Self::article)?;
        self.all(Self::revision)?;
        self.all(|mender, key: RawKey, _| {
            let (article, number) = (key.article, key.number);
            if mender.txn.has(&RevisionKey { article, number })? {
                return Ok(());
            }
            mender.set_aside(&key.encode(), "its revision is gone")
        })?;
        self.stories()?;
        self.all(Self::address)?;
        self.all(|mender, key: TextKey, record| {
            let article = record.article.0;
            if !mender.txn.has(&ArticleKey { article })? {
                mender.txn.remove(&key)?;
                mender.mended(format_args!("a text names article {article} no more"));
            }
            Ok(())
        })?;
        self.all(Self::page)?;
        self.all(|mender, key: EntryKey, _| {
            let page = mender.txn.get(&PageKeyed { page: key.page })?;
            if page.is_some_and(|page| page.has_entry) {
                return Ok(());
            }
            mender.set_aside(&key.encode(), "no page waits for it")
        })?;
        self.all(|mender, key: GuidKey, record: GuidRecord| {
            let page = mender.txn.get(&PageKeyed { page: record.page })?;
            if page.is_none_or(|page| !page.guids.contains(&key.guid)) {
                mender.txn.remove(&key)?;
                mender.mended("an identifier names a page no more that does not know it");
            }
            Ok(())
        })?;
        self.all(Self::source)?;
        self.all(Self::event)?;
        self.all(Self::delivery)?;
        self.txn.commit()
    }

    /// Applies `rule` to all sound records of a kind.
    pub(super) fn all<K: Key>(
        &mut self,
        rule: fn(&mut Self, K, K::Value) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let all = prefix::<K>(&[]);
        for key in self.view.clone().forward::<K>(&all, Vec::new()) {
            // What is no key of its kind was set aside.
            let Some(key) = sound(key.map(Some))? else {
                continue;
            };
            if let Some(record) = sound(self.txn.get(&key))? {
                rule(self, key, record)?;
            }
            self.txn.breathe()?;
        }
        self.txn.commit()
    }

    /// An article has all its revisions, or as many as follow each other from the first on; one that
    /// has none is known by its addresses, like one that was pruned.
    fn article(&mut self, key: ArticleKey, mut record: ArticleRecord) -> Result<(), StoreError> {
        let article = key.article;
        match self.words(article, record.revision)? {
            None => {
                self.set_aside(&key.encode(), "its words are gone")?;
                return forget_article(self.txn, article, &record);
            }
            Some((number, words)) if number < record.revision => {
                self.mended(format_args!(
                    "article {article} goes back from revision {} to {number}: what is between is gone",
                    record.revision
                ));
                record.revision = number;
                record.digest = extract::digest(&words);
                self.txn.put(&key, &record)?;
            }
            Some(_) => {}
        }
        let name = AddressKey {
            address: record.page,
        };
        if !self.txn.has(&name)? {
            let known = AddressRecord {
                article: article.into(),
                seen: self.now.into(),
                pruned: false,
            };
            self.txn.put(&name, &known)?;
            self.mended(format_args!("the page of article {article} names it again"));
        }
        Ok(())
    }

    fn revision(&mut self, key: RevisionKey, mut record: RevisionRecord) -> Result<(), StoreError> {
        let article = self.txn.get(&ArticleKey {
            article: key.article,
        })?;
        if article.is_none_or(|article| key.number > article.revision) {
            return self.set_aside(&key.encode(), "its article ends before it");
        }
        if let Some(event) = record.event
            && !self.txn.has(&EventTurnKey { event: event.0 })?
        {
            record.event = None;
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "revision {} of article {} was told by an event that is gone",
                key.number, key.article
            ));
        }
        Ok(())
    }

    fn address(&mut self, key: AddressKey, mut record: AddressRecord) -> Result<(), StoreError> {
        let article = record.article.0;
        let is_there = self.txn.has(&ArticleKey { article })?;
        if record.pruned == is_there {
            record.pruned = !is_there;
            self.txn.put(&key, &record)?;
            let how = if is_there {
                "stored"
            } else {
                "without its words"
            };
            self.mended(format_args!("an address knows article {article} as {how}"));
        }
        Ok(())
    }

    fn page(&mut self, key: PageKeyed, mut record: PageRecord) -> Result<(), StoreError> {
        let page = key.page;
        let before = self.report.changes;
        let name = record.url.to_string();
        if record.has_entry && !self.txn.has(&EntryKey { page })? {
            record.has_entry = false;
            // What the source says next is taken for a change, and the page is visited.
            record.said.clear();
            self.mended(format_args!("{name} waits for what its source says next"));
        }
        if record.has_entry && record.due.is_none() {
            set_visit(self.txn, page, &mut record, Some(self.now))?;
            self.mended(format_args!("{name} is visited"));
        }
        let mut guids = std::mem::take(&mut record.guids);
        let listed = guids.len();
        let mut kept = Vec::new();
        for guid in guids.drain(..) {
            match self.txn.get(&GuidKey { guid })? {
                Some(named) if named.page == page => kept.push(guid),
                Some(_) => {}
                None => {
                    self.txn.put(&GuidKey { guid }, &GuidRecord { page })?;
                    kept.push(guid);
                    self.mended(format_args!("an identifier names {name} again"));
                }
            }
        }
        if kept.len() < listed {
            self.mended(format_args!(
                "{name} does without an identifier of another page"
            ));
        }
        record.guids = kept;
        if let Some(article) = record.article.as_ref().map(|named| named.0) {
            let address = AddressKey { address: page };
            match self.txn.get(&address)? {
                Some(named) if named.article.0 == article => {}
                Some(named) => {
                    record.article = Some(named.article);
                    self.mended(format_args!("{name} names the article of its address"));
                }
                None => {
                    let known = AddressRecord {
                        article: article.into(),
                        seen: self.now.into(),
                        pruned: !self.txn.has(&ArticleKey { article })?,
                    };
                    self.txn.put(&address, &known)?;
                    self.mended(format_args!(
                        "the address of {name} names its article again"
                    ));
                }
            }
        }
        if self.report.changes > before {
            self.txn.put(&key, &record)?;
        }
        Ok(())
    }

    fn source(&mut self, key: SourceKey, mut record: SourceRecord) -> Result<(), StoreError> {
        if record.parked.is_some() && record.due.is_some() {
            record.due = None;
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "source {} is not configured and not due",
                key.source
            ));
        }
        Ok(())
    }

    /// An event has its deliveries, and its words; without words it goes, and they with it.
    fn event(&mut self, key: EventKey, mut record: EventRecord) -> Result<(), StoreError> {
        let id = record.id;
        if let SubjectRecord::Article {
            id: article,
            revision,
            ..
        } = &record.subject
        {
            let article = self.txn.get(&ArticleKey { article: article.0 })?;
            if article.is_none_or(|article| !(1..=article.revision).contains(revision)) {
                for delivery in &record.deliveries {
                    let key = DeliveryKey {
                        delivery: delivery.0,
                    };
                    self.set_aside(&key.encode(), "the words that it told are gone")?;
                }
                return self.set_aside(&key.encode(), "the words that it told of are gone");
            }
        }
        let listed = record.deliveries.len();
        let mut kept = Vec::new();
        for delivery in record.deliveries {
            let found = self.txn.get(&DeliveryKey {
                delivery: delivery.0,
            })?;
            if found.is_some_and(|found| found.event.0 == id.0) {
                kept.push(delivery);
            }
        }
        let gone = listed - kept.len();
        record.deliveries = kept;
        if gone > 0 {
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "event {} does without {gone} deliveries",
                id.0
            ));
        }
        Ok(())
    }

    /// Whether it waits for a digest that will not end, or is not there.
    fn is_stranded(&self, record: &DeliveryRecord) -> Result<bool, StoreError> {
        let place = record.digest.and_then(|place| place.delivery);
        let Some(digest) = place.filter(|_| record.is_bound()) else {
            return Ok(false);
        };
        let delivery = digest.0;
        let carrier = sound(self.txn.get(&DeliveryKey { delivery }))?;
        Ok(carrier.is_none_or(|carrier| carrier.is_settled()))
    }

    fn delivery(&mut self, key: DeliveryKey, mut record: DeliveryRecord) -> Result<(), StoreError> {
        let delivery = key.delivery;
        let turn = self.txn.get(&EventTurnKey {
            event: record.event.0,
        })?;
        let event = match turn {
            Some(turn) => self.txn.get(&EventKey { turn })?.map(|event| (turn, event)),
            None => None,
        };
        let Some((turn, mut event)) = event else {
            return self.set_aside(&key.encode(), "the event that it tells of is gone");
        };
        if !event.deliveries.iter().any(|listed| listed.0 == delivery) {
            event.deliveries.push(delivery.into());
            self.txn.put(&EventKey { turn }, &event)?;
            self.mended(format_args!("an event knows its delivery {delivery} again"));
        }
        let endpoint = EndpointKey {
            endpoint: record.endpoint.0.clone(),
        };
        if !self.txn.has(&endpoint)? {
            self.txn.put(&endpoint, &EndpointRecord::new(self.now))?;
            self.mended(format_args!(
                "endpoint {} begins anew, as healthy",
                endpoint.endpoint
            ));
        }
        let (due, lease) = (record.due, record.lease);
        if self.is_stranded(&record)? {
            record.digest = None;
            record.state = DeliveryState::Due.into();
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "delivery {delivery} is told anew: its digest is gone"
            ));
        }
        match record.state.0 {
            DeliveryState::Delivered | DeliveryState::Failed => {
                (record.due, record.lease) = (None, None);
            }
            DeliveryState::Waiting => record.due = None,
            DeliveryState::Due | DeliveryState::Retrying => {
                record.due = record.due.or(Some(self.now.into()));
            }
        }
        if due.is_some() != record.due.is_some() || lease.is_some() != record.lease.is_some() {
            self.txn.put(&key, &record)?;
            self.mended(format_args!(
                "delivery {delivery} has its place in the queue"
            ));
        }
        if record.state.0 == DeliveryState::Waiting
            && let Some(article) = record.article
        {
            straighten(self.txn, self.now, &endpoint.endpoint, article.0)?;
        }
        Ok(())
    }
}

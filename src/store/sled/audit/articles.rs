//! The rules of articles, their keys, and pages.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use crate::model::id::ArticleId;
use crate::model::id::Host;
use crate::store::StoreError;
use crate::store::sled::audit::Audit;
use crate::store::sled::keys::{
    AddressKey, AddressOfKey, ArticleKey, EntryKey, EventTurnKey, GuidKey, ListKey, OutletListKey,
    PageKeyed, RawKey, RevisionKey, TextKey, TextOfKey, VisitDueKey,
};
use crate::store::sled::raw::RawRecord;
use crate::store::sled::records::{
    AddressRecord, ArticleRecord, GuidRecord, ListRecord, PageRecord, TextRecord,
};
use crate::store::sled::txn::Read as _;
use crate::store::sled::words::{EntryRecord, RevisionRecord};

impl Audit<'_> {
    pub(super) fn article(
        &mut self,
        key: ArticleKey,
        record: ArticleRecord,
    ) -> Result<(), StoreError> {
        let article = key.article;
        let name = format!("article {article}");
        self.report.articles += 1;
        self.counted.articles += 1;
        for number in 1..=record.revision {
            self.need(&name, &RevisionKey { article, number })?;
        }
        let stored = record.stored.0;
        self.need(&name, &ListKey { stored, article })?;
        self.has_its_story(&name, article, &record)?;
        let outlet = record.outlet.0;
        self.need(
            &name,
            &OutletListKey {
                outlet,
                stored,
                article,
            },
        )?;
        let address = record.page;
        match self.view.get(&AddressKey { address })? {
            Some(named) if named.article.0 == article => {}
            Some(named) => self.fault(format_args!("the page of {name} names {}", named.article.0)),
            None => self.fault(format_args!("{name} lacks the address of its page")),
        }
        self.need(&name, &AddressOfKey { article, address })
    }

    pub(super) fn revision(
        &mut self,
        key: RevisionKey,
        record: RevisionRecord,
    ) -> Result<(), StoreError> {
        self.counted.revisions += 1;
        let name = format!("revision {} of article {}", key.number, key.article);
        match self.view.get(&ArticleKey {
            article: key.article,
        })? {
            Some(article) if (1..=article.revision).contains(&key.number) => {}
            Some(_) => self.fault(format_args!("{name} is beyond its newest")),
            None => self.fault(format_args!("{name} has no article")),
        }
        match record.event {
            Some(event) => self.need(&name, &EventTurnKey { event: event.0 }),
            None => Ok(()),
        }
    }

    pub(super) fn raw(&mut self, key: RawKey, record: RawRecord) -> Result<(), StoreError> {
        self.counted.raw_pages += 1;
        self.counted.raw_bytes += record.size();
        let (article, number) = (key.article, key.number);
        let name = format!("the page of revision {number} of article {article}");
        self.need(&name, &RevisionKey { article, number })
    }

    pub(super) fn list(&mut self, key: ListKey, _: ListRecord) -> Result<(), StoreError> {
        let article = self.view.get(&ArticleKey {
            article: key.article,
        })?;
        if article.is_none_or(|article| article.stored.0 != key.stored) {
            self.fault(format_args!(
                "the list names {}, which is not so",
                key.article
            ));
        }
        Ok(())
    }

    pub(super) fn outlet_list(
        &mut self,
        key: OutletListKey,
        _: ListRecord,
    ) -> Result<(), StoreError> {
        let article = self.view.get(&ArticleKey {
            article: key.article,
        })?;
        if article
            .is_none_or(|article| article.stored.0 != key.stored || article.outlet.0 != key.outlet)
        {
            self.fault(format_args!(
                "the list of {} names {}, which is not so",
                key.outlet, key.article
            ));
        }
        Ok(())
    }

    pub(super) fn address(
        &mut self,
        key: AddressKey,
        record: AddressRecord,
    ) -> Result<(), StoreError> {
        let article = record.article.0;
        self.names("an address", article, record.pruned)?;
        if record.pruned {
            return Ok(());
        }
        let address = key.address;
        self.need(&"an address", &AddressOfKey { article, address })
    }

    pub(super) fn text(&mut self, key: TextKey, record: TextRecord) -> Result<(), StoreError> {
        let article = record.article.0;
        self.names("a text", article, false)?;
        let text = key.text;
        self.need(&"a text", &TextOfKey { article, text })
    }

    /// A key that names `article`, which is there unless it was pruned.
    fn names(&mut self, what: &str, article: ArticleId, pruned: bool) -> Result<(), StoreError> {
        if self.view.has(&ArticleKey { article })? == pruned {
            let how = if pruned { "as pruned" } else { "in vain" };
            self.fault(format_args!("{what} names article {article} {how}"));
        }
        Ok(())
    }

    pub(super) fn address_of(&mut self, key: AddressOfKey, (): ()) -> Result<(), StoreError> {
        let address = key.address;
        let named = self.view.get(&AddressKey { address })?;
        if named.is_none_or(|named| named.article.0 != key.article || named.pruned) {
            self.fault(format_args!("article {} lacks an address", key.article));
        }
        Ok(())
    }

    pub(super) fn text_of(&mut self, key: TextOfKey, (): ()) -> Result<(), StoreError> {
        let named = self.view.get(&TextKey { text: key.text })?;
        if named.is_none_or(|named| named.article.0 != key.article) {
            self.fault(format_args!("article {} lacks a text", key.article));
        }
        Ok(())
    }

    pub(super) fn page(&mut self, key: PageKeyed, record: PageRecord) -> Result<(), StoreError> {
        let page = key.page;
        let name = format!("page {} of {}", *record.url, *record.outlet);
        self.counted.pages += 1;
        self.counted.visits_due += u64::from(record.has_entry);
        if record.has_entry {
            self.need(&name, &EntryKey { page })?;
            if record.due.is_none() {
                self.fault(format_args!("{name} has an entry and no visit"));
            }
        }
        if let Some((due, turn)) = record.due {
            let host = Host::of(&record.fetch);
            let due = due.0;
            self.need(
                &name,
                &VisitDueKey {
                    host,
                    due,
                    turn,
                    page,
                },
            )?;
        }
        for guid in record.guids {
            self.need(&name, &GuidKey { guid })?;
        }
        if let Some(article) = record.article {
            let named = self.view.get(&AddressKey { address: page })?;
            if named.is_none_or(|named| named.article != article) {
                self.fault(format_args!("{name} and its address name two articles"));
            }
        }
        Ok(())
    }

    pub(super) fn entry(&mut self, key: EntryKey, _: EntryRecord) -> Result<(), StoreError> {
        let page = self.view.get(&PageKeyed { page: key.page })?;
        if page.is_none_or(|page| !page.has_entry) {
            self.fault("an entry has no page that waits for it");
        }
        Ok(())
    }

    pub(super) fn guid(&mut self, key: GuidKey, record: GuidRecord) -> Result<(), StoreError> {
        let page = self.view.get(&PageKeyed { page: record.page })?;
        if page.is_none_or(|page| !page.guids.contains(&key.guid)) {
            self.fault("an identifier names a page that does not know it");
        }
        Ok(())
    }

    pub(super) fn visit_due(&mut self, key: VisitDueKey, (): ()) -> Result<(), StoreError> {
        self.counted.next_turn = self.counted.next_turn.max(key.turn + 1);
        let page = self.view.get(&PageKeyed { page: key.page })?;
        let place = page.and_then(|page| page.due);
        if place.is_none_or(|(due, turn)| (due.0, turn) != (key.due, key.turn)) {
            self.fault(format_args!("a visit to {} is due for no page", key.host));
        }
        Ok(())
    }
}

//! The rules of sources, events and deliveries.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the rules of all kinds have one form, and each is handed its record for good"
)]

use crate::model::delivery::DeliveryState;
use crate::store::StoreError;
use crate::store::sled::audit::Audit;
use crate::store::sled::keys::{
    ArticleKey, ChainKey, DeliveryDueKey, DeliveryKey, DeliveryOfKey, EndpointKey, EventKey,
    EventTurnKey, FailedKey, OpenKey, PollDueKey, SourceKey, prefix,
};
use crate::store::sled::states::{DeliveryRecord, SourceRecord};
use crate::store::sled::text::Text;
use crate::store::sled::told::{EventRecord, SubjectRecord};
use crate::store::sled::txn::{Read as _, place};

impl Audit<'_> {
    pub(super) fn source(
        &mut self,
        key: SourceKey,
        record: SourceRecord,
    ) -> Result<(), StoreError> {
        let Some(due) = record.due else { return Ok(()) };
        let name = format!("source {}", key.source);
        if record.parked.is_some() {
            self.fault(format_args!("{name} is not configured and due"));
        }
        self.need(
            &name,
            &PollDueKey {
                due: due.0,
                source: key.source,
            },
        )
    }

    pub(super) fn poll_due(&mut self, key: PollDueKey, (): ()) -> Result<(), StoreError> {
        let record = self.view.get(&SourceKey {
            source: key.source.clone(),
        })?;
        if record.and_then(|record| record.due).map(|due| due.0) != Some(key.due) {
            self.fault(format_args!("source {} is due twice", key.source));
        }
        Ok(())
    }

    pub(super) fn event(&mut self, key: EventKey, record: EventRecord) -> Result<(), StoreError> {
        let id = record.id.0;
        let name = format!("event {id}");
        self.counted.events += 1;
        self.counted.next_event = self.counted.next_event.max(key.turn + 1);
        if self.view.get(&EventTurnKey { event: id })? != Some(key.turn) {
            self.fault(format_args!("{name} is not found by its identifier"));
        }
        for delivery in record.deliveries {
            let found = self.view.get(&DeliveryKey {
                delivery: delivery.0,
            })?;
            if found.is_none_or(|found| found.event.0 != id) {
                self.fault(format_args!("{name} lacks its delivery {}", delivery.0));
            }
        }
        if let SubjectRecord::Article { id, revision, .. } = record.subject {
            let article = self.view.get(&ArticleKey { article: id.0 })?;
            if article.is_none_or(|article| !(1..=article.revision).contains(&revision)) {
                self.fault(format_args!(
                    "{name} speaks of revision {revision} of article {}, which is not there",
                    id.0
                ));
            }
        }
        Ok(())
    }

    pub(super) fn event_turn(&mut self, key: EventTurnKey, turn: u64) -> Result<(), StoreError> {
        let event = self.view.get(&EventKey { turn })?;
        if event.is_none_or(|event| event.id.0 != key.event) {
            self.fault(format_args!("event {} is not at its place", key.event));
        }
        Ok(())
    }

    pub(super) fn delivery(
        &mut self,
        key: DeliveryKey,
        record: DeliveryRecord,
    ) -> Result<(), StoreError> {
        let delivery = key.delivery;
        let name = format!("delivery {delivery}");
        let counts = self
            .deliveries
            .entry(record.endpoint.0.clone())
            .or_default();
        counts[place(record.state.0)] += 1;
        self.need(
            &name,
            &EndpointKey {
                endpoint: record.endpoint.0.clone(),
            },
        )?;
        let event = match self.view.get(&EventTurnKey {
            event: record.event.0,
        })? {
            Some(turn) => self.view.get(&EventKey { turn })?,
            None => None,
        };
        if event.is_none_or(|event| !event.deliveries.contains(&delivery.into())) {
            self.fault(format_args!("{name} is of no event"));
        }
        if let Some(Text(article)) = record.article {
            self.need(&name, &DeliveryOfKey { article, delivery })?;
        }
        match record.state.0 {
            DeliveryState::Delivered => self.rests(&name, &record),
            DeliveryState::Failed => {
                self.rests(&name, &record);
                self.need(&name, &FailedKey { delivery })?;
            }
            DeliveryState::Due | DeliveryState::Retrying => {
                self.is_open(&name, key, &record)?;
                if record.due.is_none() {
                    self.fault(format_args!("{name} is due and not in the queue"));
                }
            }
            DeliveryState::Waiting => {
                self.is_open(&name, key, &record)?;
                if record.due.is_some() {
                    self.fault(format_args!("{name} waits and is in the queue"));
                }
            }
        }
        self.is_carried(&name, &record)?;
        let Some(due) = record.due else { return Ok(()) };
        self.need(
            &name,
            &DeliveryDueKey {
                endpoint: record.endpoint.0,
                due: due.0,
                delivery,
            },
        )
    }

    /// What is on its way in a digest waits for nothing else: there is that digest, and it is not settled.
    fn is_carried(&mut self, name: &str, record: &DeliveryRecord) -> Result<(), StoreError> {
        let place = record.digest.and_then(|place| place.delivery);
        let Some(digest) = place.filter(|_| record.is_bound()) else {
            return Ok(());
        };
        let delivery = digest.0;
        let carrier = self.view.get(&DeliveryKey { delivery })?;
        if carrier.is_none_or(|carrier| carrier.is_settled()) || record.due.is_some() {
            self.fault(format_args!("{name} waits for digest {delivery} in vain"));
        }
        Ok(())
    }

    fn rests(&mut self, name: &str, record: &DeliveryRecord) {
        if record.due.is_some() || record.lease.is_some() {
            self.fault(format_args!("{name} is settled and in the queue"));
        }
    }

    /// An unsettled delivery, and of a chain somebody who is not waiting.
    fn is_open(
        &mut self,
        name: &str,
        key: DeliveryKey,
        record: &DeliveryRecord,
    ) -> Result<(), StoreError> {
        let delivery = key.delivery;
        self.need(&name, &OpenKey { delivery })?;
        let endpoint = record.endpoint.0.clone();
        let Some(article) = record.article else {
            return Ok(());
        };
        let article = article.0;
        let view = self.view;
        let chain = prefix::<ChainKey>(&[&endpoint, &article]);
        let mut moves = false;
        for other in view.forward::<ChainKey>(&chain, Vec::new()) {
            let other = view.get(&DeliveryKey {
                delivery: other?.delivery,
            })?;
            moves |= other.is_some_and(|other| other.due.is_some() || other.is_bound());
        }
        if !moves {
            self.fault(format_args!("{name} waits for nothing"));
        }
        self.need(
            &name,
            &ChainKey {
                endpoint,
                article,
                delivery,
            },
        )
    }

    pub(super) fn delivery_due(&mut self, key: DeliveryDueKey, (): ()) -> Result<(), StoreError> {
        let record = self.view.get(&DeliveryKey {
            delivery: key.delivery,
        })?;
        if record.and_then(|record| record.due).map(|due| due.0) != Some(key.due) {
            self.fault(format_args!("delivery {} is due twice", key.delivery));
        }
        Ok(())
    }

    pub(super) fn chain(&mut self, key: ChainKey, (): ()) -> Result<(), StoreError> {
        self.listed_as(key.delivery, "waiting", |record| !record.is_settled())
    }

    pub(super) fn delivery_of(&mut self, key: DeliveryOfKey, (): ()) -> Result<(), StoreError> {
        let record = self.view.get(&DeliveryKey {
            delivery: key.delivery,
        })?;
        if record.and_then(|record| record.article) != Some(Text(key.article)) {
            self.fault(format_args!(
                "delivery {} is listed as one of article {}",
                key.delivery, key.article
            ));
        }
        Ok(())
    }

    pub(super) fn open(&mut self, key: OpenKey, (): ()) -> Result<(), StoreError> {
        self.listed_as(key.delivery, "unsettled", |record| !record.is_settled())
    }

    pub(super) fn failed(&mut self, key: FailedKey, (): ()) -> Result<(), StoreError> {
        self.listed_as(key.delivery, "failed", |record| {
            record.state.0 == DeliveryState::Failed
        })
    }

    fn listed_as(
        &mut self,
        delivery: crate::model::id::DeliveryId,
        state: &str,
        is_so: fn(&DeliveryRecord) -> bool,
    ) -> Result<(), StoreError> {
        let record = self.view.get(&DeliveryKey { delivery })?;
        if record.is_none_or(|record| !is_so(&record)) {
            self.fault(format_args!("delivery {delivery} is listed as {state}"));
        }
        Ok(())
    }
}

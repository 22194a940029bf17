//! Subscriptions at hubs, by the token in their callback's address.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::id::SourceId;
use crate::model::subscription::{PushSecret, PushToken, Standing, Subscription};
use crate::store::StoreError;
use crate::store::sled::keys::{Digest, SubscriptionKey, prefix};
use crate::store::sled::text::{Text, bare};
use crate::store::sled::txn::{Read as _, Txn, sound};
use crate::store::sled::view::View;

/// [`Subscription`], but for its token, which is the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SubscriptionRecord {
    source: Text<SourceId>,
    hub: Text<Url>,
    topic: Text<Url>,
    callback: Text<Url>,
    secret: String,
    standing: Text<Standing>,
    asked: Option<Text<Timestamp>>,
    tries: u32,
    next_step: Text<Timestamp>,
    lease_until: Option<Text<Timestamp>>,
    reason: Option<String>,
    last_push: Option<Text<Timestamp>>,
    trusted: bool,
}

impl From<Subscription> for SubscriptionRecord {
    fn from(it: Subscription) -> Self {
        Self {
            source: it.source.into(),
            hub: it.hub.into(),
            topic: it.topic.into(),
            callback: it.callback.into(),
            secret: it.secret.0,
            standing: it.standing.into(),
            asked: it.asked.map(Text),
            tries: it.tries,
            next_step: it.next_step.into(),
            lease_until: it.lease_until.map(Text),
            reason: it.reason,
            last_push: it.last_push.map(Text),
            trusted: it.trusted,
        }
    }
}

impl SubscriptionRecord {
    fn into_model(self, token: PushToken) -> Subscription {
        Subscription {
            token,
            source: self.source.0,
            hub: self.hub.0,
            topic: self.topic.0,
            callback: self.callback.0,
            secret: PushSecret(self.secret),
            standing: self.standing.0,
            asked: bare(self.asked),
            tries: self.tries,
            next_step: self.next_step.0,
            lease_until: bare(self.lease_until),
            reason: self.reason,
            last_push: bare(self.last_push),
            trusted: self.trusted,
        }
    }
}

fn key(token: PushToken) -> SubscriptionKey {
    SubscriptionKey {
        token: Digest(token.0.to_be_bytes()),
    }
}

/// See [`crate::store::Store::subscriptions`]. A damaged one is made anew by its source's next poll.
pub(super) fn all(view: &View) -> Result<Vec<Subscription>, StoreError> {
    let mut all = Vec::new();
    for key in view.forward::<SubscriptionKey>(&prefix::<SubscriptionKey>(&[]), Vec::new()) {
        let key = key?;
        if let Some(record) = sound(view.get(&key))? {
            all.push(record.into_model(PushToken(u128::from_be_bytes(key.token.0))));
        }
    }
    Ok(all)
}

/// See [`crate::store::Store::keep_subscription`].
pub(super) fn keep(txn: &mut Txn<'_>, subscription: Subscription) -> Result<(), StoreError> {
    txn.put(&key(subscription.token), &subscription.into())
}

/// See [`crate::store::Store::drop_subscription`].
pub(super) fn drop(txn: &mut Txn<'_>, token: PushToken) -> Result<(), StoreError> {
    txn.remove(&key(token))
}

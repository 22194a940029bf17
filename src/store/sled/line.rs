//! Queues that stand in lines, so that who is slow holds up nobody else: pages by host, deliveries by
//! endpoint.

use jiff::Timestamp;

use crate::store::StoreError;
use crate::store::sled::keys::{Key, after, prefix};
use crate::store::sled::txn::{Read, Txn};

/// A place in a line.
pub(super) trait Place: Key<Value = ()> {
    /// What all keys of its line begin with.
    fn line(&self) -> Vec<u8>;

    /// When it is due.
    fn due(&self) -> Timestamp;

    /// What stands there, for the log.
    fn shown(&self) -> String;
}

/// The first place of each line, in the order of the lines.
pub(super) fn heads<K: Place>(read: &impl Read) -> Result<Vec<K>, StoreError> {
    let all = prefix::<K>(&[]);
    let mut heads = Vec::new();
    let mut from = Some(all.clone());
    while let Some(start) = from
        && let Some(head) = read.first::<K>(&all, start)?
    {
        from = after(&head.line());
        heads.push(head);
    }
    Ok(heads)
}

/// Places of a line that are looked at in one claim: those that turn out to be nobody's, to wait, or to
/// be damaged, make room for the next.
const LOOKS_MAX: usize = 100;

/// What `take` gives of the first place that is due, beginning with `head`; where it gives nothing it
/// has taken the place out of the line.
pub(super) fn first_of_line<K: Place, J>(
    txn: &mut Txn<'_>,
    now: Timestamp,
    head: K,
    take: impl Fn(&mut Txn<'_>, &K) -> Result<Option<J>, StoreError>,
) -> Result<Option<J>, StoreError> {
    let line = head.line();
    let mut head = Some(head);
    for _ in 0..LOOKS_MAX {
        let Some(place) = head.filter(|head| head.due() <= now) else {
            return Ok(None);
        };
        match take(txn, &place) {
            Ok(Some(job)) => return Ok(Some(job)),
            Ok(None) => {}
            // One damaged record must not hold up its line for ever; the check reports it.
            Err(StoreError::Corrupt { key, why }) => {
                tracing::error!("{} is stuck: {key} is damaged: {why}", place.shown());
                txn.remove(&place)?;
            }
            Err(error) => return Err(error),
        }
        head = txn.first(&line, Vec::new())?;
    }
    Ok(None)
}

//! Wrong tokens at the login: how many are listened to, so that nobody tries them all.
//!
//! Counted by the network that a connection comes from, in a table of fixed size: those that share a
//! place in it share its tries, and so do all behind one proxy. The minute over, all begin again.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Wrong tokens a minute from one network: nobody mistypes more often.
const TRIES: u32 = 10;
/// Places of the table: of all tokens in the world, 2,560 a minute are listened to.
const PLACES: usize = 256;

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// What was tried lately.
#[derive(Debug)]
pub(super) struct Tries {
    /// Nobody outside can choose to share somebody's place.
    hash: RandomState,
    /// The minute since 1970, and the wrong tokens in it.
    places: Mutex<[(i64, u32); PLACES]>,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            hash: RandomState::new(),
            places: Mutex::new([(0, 0); PLACES]),
        }
    }
}

impl Tries {
    /// Whether another token is listened to; else in how many seconds one is.
    pub(super) fn may(&self, peer: Peer, now: Timestamp) -> Result<(), i64> {
        let (minute, wrong) = self.lock()[self.place(peer)];
        if minute == minute_of(now) && wrong >= TRIES {
            return Err(60 - now.as_second().rem_euclid(60));
        }
        Ok(())
    }

    /// Counts a wrong one.
    pub(super) fn was_wrong(&self, peer: Peer, now: Timestamp) {
        let place = self.place(peer);
        let (minute, wrong) = &mut self.lock()[place];
        if *minute != minute_of(now) {
            (*minute, *wrong) = (minute_of(now), 0);
        }
        *wrong = wrong.saturating_add(1);
    }

    fn place(&self, Peer(address): Peer) -> usize {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => u64::from(address.to_bits()),
            // Whoever has one address of such a network has all of them.
            IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(0),
        };
        usize::try_from(self.hash.hash_one(network) % PLACES as u64).unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, [(i64, u32); PLACES]> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn minute_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_listened_to_and_the_next_one_waits_for_the_minute() {
        let tries = Tries::default();
        let peer = |text: &str| Peer(text.parse().unwrap());
        let at = |second| Timestamp::from_second(second).unwrap();
        for _ in 0..TRIES {
            assert_eq!(tries.may(peer("10.0.0.1"), at(6_010)), Ok(()));
            tries.was_wrong(peer("10.0.0.1"), at(6_010));
        }
        assert_eq!(tries.may(peer("10.0.0.1"), at(6_015)), Err(45));
        assert_eq!(tries.may(peer("::ffff:10.0.0.1"), at(6_059)), Err(1));
        assert_eq!(tries.may(peer("10.0.0.1"), at(6_060)), Ok(()));
        tries.was_wrong(peer("10.0.0.1"), at(6_060));
        assert_eq!(tries.may(peer("10.0.0.1"), at(6_061)), Ok(()));
        for _ in 0..TRIES {
            tries.was_wrong(peer("2001:db8::1"), at(0));
        }
        assert!(tries.may(peer("2001:db8::ffff"), at(1)).is_err());
    }
}

//! Subscriptions at hubs (W3C `WebSub`): what is remembered of each.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use url::Url;

use crate::model::id::SourceId;

/// The random part of a callback's address: who knows it may speak about one subscription.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PushToken(pub u128);

impl fmt::Display for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken(***)")
    }
}

impl FromStr for PushToken {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One spelling only: what differs in length or case is no token of ours.
        let ours = text.len() == 32 && !text.contains(|c: char| !"0123456789abcdef".contains(c));
        u128::from_str_radix(if ours { text } else { "" }, 16).map(Self)
    }
}

/// What pushes are signed with; shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSecret(pub String);

impl fmt::Debug for PushSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushSecret(***)")
    }
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The hub has not confirmed it, or its lease has run out.
    Wanted,
    /// The hub has confirmed it.
    Active,
    /// It is to end.
    Leaving,
}

impl Standing {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Active => "active",
            Self::Leaving => "leaving",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wanted, Self::Active, Self::Leaving];
}

/// One subscription of one source at one hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its identity, and the secret part of its callback's address.
    pub token: PushToken,
    /// The source whose entries are pushed.
    pub source: SourceId,
    /// Who pushes.
    pub hub: Url,
    /// What is pushed: the feed's address as it states it.
    pub topic: Url,
    /// Where to.
    pub callback: Url,
    /// What pushes are signed with.
    pub secret: PushSecret,
    /// How it stands.
    pub standing: Standing,
    /// When the hub was asked something that it has not yet come back to.
    pub asked: Option<Timestamp>,
    /// How often it was asked in a row without a confirmation.
    pub tries: u32,
    /// When there is something to do: ask, ask again, renew, let go.
    pub next_step: Timestamp,
    /// Until when the hub pushes.
    pub lease_until: Option<Timestamp>,
    /// What went wrong last, for people.
    pub reason: Option<String>,
    /// When something was last pushed that was signed well.
    pub last_push: Option<Timestamp>,
    /// Whether the hub has been first with the news since it last was not: only then is the source
    /// polled as a net.
    pub trusted: bool,
}

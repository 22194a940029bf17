//! Names and identifiers.
//!
//! Times stand in the identifiers (UUID version 7, RFC 9562 §5.7), so that they sort by age.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::{NoContext, Uuid};

/// A version 7 UUID whose time part is `now`.
fn uuid_v7(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier that sorts by `now`.
            pub fn new(now: Timestamp) -> Self {
                Self(uuid_v7(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// One stored article, the same over all its revisions.
    ArticleId
);
uuid_id!(
    /// One event; also the `webhook-id` at every endpoint.
    EventId
);
uuid_id!(
    /// One event on its way to one endpoint.
    DeliveryId
);
uuid_id!(
    /// Articles of several outlets that carry the same text.
    StoryId
);

// Shared, since a name is held by whatever speaks of its bearer: of a hundred thousand outlets, many times.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; `config` has checked its form.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into().into())
            }

            /// The name as written in the configuration.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// An outlet's `name` key: lower-case letters, digits and hyphens.
    OutletName
);
name!(
    /// An endpoint's `name` key.
    EndpointName
);
name!(
    /// A source: its outlet's name, a hyphen, and eight hexadecimal digits made of kind and address.
    SourceId
);

name!(
    /// What politeness counts by: the registrable domain of a host name (Public Suffix List), or
    /// the address of a literal; without the port.
    Host
);

impl Host {
    /// The host of `url`; an address without one (there is none such among those fetched) is empty.
    pub fn of(url: &url::Url) -> Self {
        match url.host() {
            Some(url::Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                Self::new(psl::domain_str(&name).unwrap_or(&name))
            }
            Some(url::Host::Ipv4(address)) => Self::new(address.to_string()),
            Some(url::Host::Ipv6(address)) => Self::new(address.to_string()),
            None => Self::new(""),
        }
    }
}

impl SourceId {
    /// The identifier of the source of `outlet` that watches `url` as `kind`; stable over restarts.
    pub fn of(outlet: &OutletName, kind: &str, url: &url::Url) -> Self {
        let hash = xxhash_rust::xxh3::xxh3_64(format!("{kind} {url}").as_bytes());
        Self::new(format!("{outlet}-{:08x}", hash >> 32))
    }
}

//! [`Text`]: a model type as the string it is stored as.
//!
//! Model types do not know of disks. Those that are a word, a number or an address to people are
//! stored as that text, so that a record can be read by eye and a new release can read an old one.

use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

use crate::model::article::Way;
use crate::model::delivery::{DeliveryState, EndpointHealth};
use crate::model::event::EventKind;
use crate::model::id::{
    ArticleId, DeliveryId, EndpointName, EventId, OutletName, SourceId, StoryId,
};
use crate::model::source::{SourceHealth, SourceKind};
use crate::model::stated::StatedTime;
use crate::model::subscription::Standing;
use crate::model::trace::TraceId;

/// Stored as text.
pub(super) trait AsText: Sized {
    /// Writes it.
    fn to_text(&self) -> String;

    /// Reads what [`AsText::to_text`] wrote.
    fn from_text(text: &str) -> Option<Self>;
}

/// A value that is stored as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Text<X>(pub(super) X);

impl<X> Deref for Text<X> {
    type Target = X;

    fn deref(&self) -> &X {
        &self.0
    }
}

impl<X> From<X> for Text<X> {
    fn from(value: X) -> Self {
        Self(value)
    }
}

impl<X: AsText> Serialize for Text<X> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_text())
    }
}

impl<'de, X: AsText> Deserialize<'de> for Text<X> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        X::from_text(&text)
            .map(Self)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"its stored form"))
    }
}

/// Wraps what an option holds.
pub(super) fn some<X: Clone>(value: Option<&X>) -> Option<Text<X>> {
    value.cloned().map(Text)
}

/// Unwraps what an option holds.
pub(super) fn bare<X>(value: Option<Text<X>>) -> Option<X> {
    value.map(|text| text.0)
}

macro_rules! shown_and_parsed {
    ($($name:ty),*) => {$(
        impl AsText for $name {
            fn to_text(&self) -> String {
                self.to_string()
            }

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}
shown_and_parsed!(
    Url, Timestamp, ArticleId, EventId, DeliveryId, StoryId, TraceId
);

macro_rules! name {
    ($($name:ty),*) => {$(
        impl AsText for $name {
            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }

            fn from_text(text: &str) -> Option<Self> {
                Some(Self::new(text))
            }
        }
    )*};
}
name!(OutletName, EndpointName, SourceId);

macro_rules! closed_set {
    ($($name:ty),*) => {$(
        impl AsText for $name {
            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }

            fn from_text(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == text)
            }
        }
    )*};
}
closed_set!(
    Way,
    DeliveryState,
    EventKind,
    SourceHealth,
    SourceKind,
    Standing
);

impl AsText for EndpointHealth {
    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Healthy, Self::Failing, Self::Disabled]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// An instant with its offset in seconds; unlike its form for people it loses nothing.
impl AsText for StatedTime {
    fn to_text(&self) -> String {
        match self {
            Self::Exact { at, offset } => format!("{at} {}", offset.seconds()),
            Self::Local(time) => time.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        if let Some((at, offset)) = text.split_once(' ') {
            let offset = jiff::tz::Offset::from_seconds(offset.parse().ok()?).ok()?;
            return Some(Self::exact(at.parse().ok()?, offset));
        }
        if text.contains('T') {
            text.parse().ok().map(Self::Local)
        } else {
            text.parse().ok().map(Self::Day)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_time_is_read_back_whole() {
        for time in [
            StatedTime::exact(
                "2025-06-23T17:35:00.123456789Z".parse().unwrap(),
                jiff::tz::Offset::constant(-3),
            ),
            StatedTime::Local(jiff::civil::date(2025, 6, 23).at(20, 35, 0, 7)),
            StatedTime::Day(jiff::civil::date(2025, 6, 23)),
            StatedTime::Day(jiff::civil::date(-44, 3, 15)),
            StatedTime::Local(jiff::civil::date(-44, 3, 15).at(0, 0, 0, 0)),
        ] {
            assert_eq!(StatedTime::from_text(&time.to_text()), Some(time));
        }
    }
}

//! Where a feed stands, and what it leads to: its other pages (RFC 5005), the hub that tells of it.

use axum::http::HeaderValue;

use crate::config::Config;
use crate::serve::query::{Params, cursor_text};
use crate::store::Cursor;

/// Parameters of `search`; other feeds take `cursor` alone.
pub(super) const PARAMETERS: [&str; 5] = ["q", "outlet", "language", "sort", "cursor"];

/// Addresses that a feed names; behind the root of this server, where its public one is not known.
pub(super) struct Links {
    pub(super) this: String,
    /// Where there are several pages.
    pub(super) first: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) hub: Option<String>,
}

/// A file with what was asked for, and a place in the list.
pub(super) fn with(file: &str, params: &Params, cursor: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS.iter().filter(|name| **name != "cursor") {
        if let Some(value) = params.text(name) {
            query.append_pair(name, value);
        }
    }
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{file}{mark}{query}")
}

/// Where the page before one begins.
pub(super) enum Before {
    /// There is none, or it cannot be told just now.
    Nothing,
    /// It is the first.
    First,
    /// Here.
    At(Cursor),
}

impl From<Option<Cursor>> for Before {
    fn from(place: Option<Cursor>) -> Self {
        place.map_or(Self::First, Self::At)
    }
}

impl Links {
    pub(super) fn of(
        file: &str,
        params: &Params,
        (before, next): (Before, Option<Cursor>),
        config: &Config,
    ) -> Self {
        let link = |cursor: Option<&str>| config.feed_address(&with(file, params, cursor));
        let place = |cursor: Cursor| link(Some(&cursor_text(&cursor)));
        let here = params.text("cursor");
        // The hub is told of new articles in whole feeds. Who subscribed to a search, or to an older
        // page, would wait for ever.
        let is_pushed = here.is_none() && params.text("q").is_none();
        let hub = config.feeds.hub.as_ref().filter(|_| is_pushed);
        Self {
            this: link(here),
            first: (here.is_some() || next.is_some()).then(|| link(None)),
            previous: match before {
                Before::Nothing => None,
                Before::First => Some(link(None)),
                Before::At(cursor) => Some(place(cursor)),
            },
            next: next.map(place),
            hub: hub.map(ToString::to_string),
        }
    }

    /// As headers (RFC 8288), where subscribers look for the hub first (`WebSub` §4).
    pub(super) fn headers(&self) -> impl Iterator<Item = HeaderValue> {
        let link = |address: &str, relation| {
            HeaderValue::try_from(format!("<{address}>; rel=\"{relation}\"")).ok()
        };
        let hub = self.hub.as_deref().into_iter();
        let links = hub.flat_map(move |hub| [link(hub, "hub"), link(&self.this, "self")]);
        links.flatten()
    }
}

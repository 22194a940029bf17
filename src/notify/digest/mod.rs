//! What an endpoint gathered, as one message: which of it, in which words, and how much of it fits.
//!
//! A digest has one entry an article, whatever happened to it meanwhile: its newest revision, told as news if it
//! is new to the endpoint, and as a correction of what the endpoint was told before if it is not. Chats get
//! headlines with a few sentences each, in the order of events; programs get the articles as they get each.

mod chats;
mod json;
mod limits;
mod piece;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::config::endpoint::{ContentSize, EndpointSpec, Format};
use crate::config::ntfy_topic;
use crate::model::event::{Digest, EventKind, FullEvent, FullSubject};
use crate::model::id::ArticleId;
use crate::notify::brief::Brief;
use crate::notify::render::RenderError;
use crate::notify::slack;

pub(super) use self::json::data;
use self::limits::fits;
#[cfg(test)]
use self::limits::fits_message;
pub use self::limits::most;
pub(super) use self::piece::{facts, lead};

/// What a digest tells: each event but an article's as it is, and each article once.
pub(super) fn entries(digest: &Digest) -> Vec<FullEvent> {
    let mut entries: Vec<FullEvent> = Vec::new();
    let mut places: BTreeMap<ArticleId, usize> = BTreeMap::new();
    for event in &digest.members {
        let known = article_of(event).and_then(|id| places.get(&id).copied());
        if let Some(place) = known {
            supersede(&mut entries[place], event);
            continue;
        }
        if let Some(id) = article_of(event) {
            places.insert(id, entries.len());
        }
        entries.push(event.clone());
    }
    entries
}

fn article_of(event: &FullEvent) -> Option<ArticleId> {
    match &event.body {
        FullSubject::Article { article, .. } => Some(article.id),
        FullSubject::Source(_)
        | FullSubject::Endpoint(_)
        | FullSubject::Test
        | FullSubject::Digest(_) => None,
    }
}

/// Puts a later revision in the place of an earlier one. What happened, and to which revision that the endpoint
/// knows, is still what the first event says.
fn supersede(entry: &mut FullEvent, later: &FullEvent) {
    if let FullSubject::Article { article, .. } = &mut entry.body
        && let FullSubject::Article { article: newer, .. } = &later.body
        && newer.revision.number > article.revision.number
    {
        article.clone_from(newer);
        entry.id = later.id;
        entry.at = later.at;
    }
}

/// A chat's message; `None` where the event is no digest, or the format is for programs.
pub(super) fn message(endpoint: &EndpointSpec, event: &FullEvent) -> Option<Value> {
    let FullSubject::Digest(digest) = &event.body else {
        return None;
    };
    let size = endpoint.content;
    Some(match &endpoint.format {
        Format::Slack => slack::digest::message(digest, size),
        Format::Discord => chats::discord(digest, size),
        Format::Teams => chats::teams(digest, size),
        Format::Mattermost => chats::mattermost(digest, size),
        Format::Telegram { chat, .. } => chats::telegram(digest, size, chat),
        Format::Matrix { .. } => chats::matrix(digest, size),
        Format::Ntfy { .. } => {
            let (_, topic) = ntfy_topic(endpoint.url.reveal())?;
            chats::ntfy(digest, size, &topic)
        }
        Format::Json | Format::CloudEvents(_) | Format::Template(_) => return None,
    })
}

/// What stands above the entries.
pub(super) struct Heading {
    /// How many, of what.
    pub(super) title: String,
    /// From when to when.
    pub(super) time: String,
}

impl Heading {
    /// The heading of a digest.
    pub(super) fn of(digest: &Digest) -> Self {
        let (mut new, mut corrected, mut other) = (0_usize, 0_usize, 0_usize);
        for entry in entries(digest) {
            match entry.kind {
                EventKind::ArticleNew => new += 1,
                EventKind::ArticleUpdated => corrected += 1,
                EventKind::SourceFailing
                | EventKind::SourceRecovered
                | EventKind::SourceSilent
                | EventKind::SourceMoved
                | EventKind::SourceGone
                | EventKind::SourceLayout
                | EventKind::SourceFlood
                | EventKind::EndpointFailing
                | EventKind::EndpointDisabled
                | EventKind::EndpointRecovered
                | EventKind::Test
                | EventKind::Digest => other += 1,
            }
        }
        let counted = [
            (new, "article"),
            (corrected, "correction"),
            (other, "notice"),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let words = counted.map(|(count, word)| {
            let end = if count == 1 { "" } else { "s" };
            format!("{count} {word}{end}")
        });
        Self {
            title: words.collect::<Vec<_>>().join(", "),
            time: time(digest),
        }
    }

    /// The whole in one line.
    pub(super) fn line(&self) -> String {
        format!("{} · {}", self.title, self.time)
    }
}

fn time(digest: &Digest) -> String {
    let times = || digest.members.iter().map(|event| event.at);
    let (Some(from), Some(to)) = (times().min(), times().max()) else {
        return String::new();
    };
    let day = |at: Timestamp| at.strftime("%-d %b %Y").to_string();
    let minute = |at: Timestamp| at.strftime("%H:%M").to_string();
    if day(from) != day(to) {
        format!(
            "{} {} – {} {} UTC",
            day(from),
            minute(from),
            day(to),
            minute(to)
        )
    } else if minute(from) == minute(to) {
        format!("{} {} UTC", day(from), minute(from))
    } else {
        format!("{} {} – {} UTC", day(from), minute(from), minute(to))
    }
}

/// The members that one message has room for, from the first on: at least those of one entry, whose message is
/// as large as it is.
pub fn fitting(
    endpoint: &EndpointSpec,
    event: &FullEvent,
    at: Timestamp,
) -> Result<usize, RenderError> {
    let FullSubject::Digest(digest) = &event.body else {
        return Ok(1);
    };
    let (mut least, mut most) = (1, entries(digest).len());
    // Of what fits a part fits too, so the largest is found by halves; mostly it is all.
    let mut tried = most;
    while least < most {
        let members = members_of(digest, tried);
        if fits(endpoint, &part(event, digest, members), at)? {
            least = tried;
        } else {
            most = tried - 1;
        }
        tried = least + (most - least).div_ceil(2);
    }
    Ok(members_of(digest, least))
}

/// The members of the first half of its entries; `None` where it has but one.
pub fn half(digest: &Digest) -> Option<usize> {
    let entries = entries(digest).len();
    (entries > 1).then(|| members_of(digest, entries / 2))
}

/// How many members the first so many entries have.
fn members_of(digest: &Digest, entries: usize) -> usize {
    let mut seen = BTreeSet::new();
    let mut found = 0;
    for (place, event) in digest.members.iter().enumerate() {
        let is_new = article_of(event).is_none_or(|id| seen.insert(id));
        if is_new && found == entries {
            return place;
        }
        found += usize::from(is_new);
    }
    digest.members.len()
}

/// The digest with its first members only.
pub fn part(event: &FullEvent, digest: &Digest, members: usize) -> FullEvent {
    FullEvent {
        body: FullSubject::Digest(Digest {
            endpoint: digest.endpoint.clone(),
            members: digest.members[..members].to_vec(),
        }),
        ..event.clone()
    }
}

/// How much of an article an entry for people holds: the digest is an overview, the article is behind its link.
pub(super) fn lead_chars(content: ContentSize) -> usize {
    match content {
        ContentSize::Full => 600,
        ContentSize::Summary => 300,
        ContentSize::Link => 0,
    }
}

/// The entries in brief; [`lead_chars`] of each are shown.
pub(super) fn briefs(digest: &Digest, content: ContentSize) -> Vec<Brief> {
    let entries = entries(digest);
    entries
        .iter()
        .map(|entry| Brief::of(entry, content))
        .collect()
}

#[cfg(test)]
mod tests;

//! What a chat message says of an event, in plain words: each format gives it its own dress.
//!
//! All words are on one line each, without control characters, and bounded; none is escaped yet. What
//! formats have in common is decided here: which facts, how many changes, in which order.

mod article;
mod changes;

use jiff::Timestamp;
use url::Url;

use crate::config::endpoint::ContentSize;
use crate::extract::summary;
use crate::model::event::{EndpointSubject, EventKind, FullEvent, FullSubject, SourceSubject};
use crate::notify::digest::Heading;
use crate::notify::text::one_line;

/// Characters of a headline.
pub(super) const TITLE_CHARS: usize = 300;
/// Characters of a reason.
const REASON_CHARS: usize = 600;

/// A message without its dress.
#[derive(Clone, Debug)]
pub(super) struct Brief {
    /// What it is about, for a colour or a sign.
    pub(super) tone: Tone,
    /// The whole in one line, for notifications.
    pub(super) line: String,
    /// The headline; never empty.
    pub(super) headline: String,
    /// Where it leads.
    pub(super) link: Option<Url>,
    /// The number of the revision, where it corrects one.
    pub(super) revision: Option<u32>,
    /// The lead, or the whole text.
    pub(super) paragraphs: Vec<String>,
    /// What a correction changed, as lines that begin with `–` or `+`.
    pub(super) changes: Vec<String>,
    /// The picture, with what it shows.
    pub(super) picture: Option<(Url, String)>,
    /// Small print: the outlet first, where it is an article.
    pub(super) facts: Vec<String>,
    /// Further addresses, each with what it is; the outlets that have the story too.
    pub(super) links: Vec<(String, Url)>,
    /// What stands before those links.
    pub(super) links_are: &'static str,
    /// How many more there are.
    pub(super) more_links: usize,
    /// When it happened.
    pub(super) at: Timestamp,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// A new article.
    News,
    /// A correction.
    Correction,
    /// Something fails.
    Trouble,
    /// Something is well again.
    Relief,
    /// Something else has changed.
    Notice,
}

impl Tone {
    /// A sign before the headline; articles need none.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::News => "",
            Self::Correction => "✏️",
            Self::Trouble => "⚠️",
            Self::Relief => "✅",
            Self::Notice => "ℹ️",
        }
    }

    /// A colour beside the message: red, green and blue.
    pub(super) fn colour(self) -> u32 {
        match self {
            Self::News => 0x2b_6c_b0,
            Self::Correction => 0xd6_9e_2e,
            Self::Trouble => 0xc5_30_30,
            Self::Relief => 0x2f_85_5a,
            Self::Notice => 0x71_80_96,
        }
    }
}

impl Brief {
    /// What is said of `event`.
    pub(super) fn of(event: &FullEvent, content: ContentSize) -> Self {
        match &event.body {
            FullSubject::Article { article, previous } => {
                article::brief(article, previous.as_deref(), event, content)
            }
            FullSubject::Source(subject) => source(subject, event),
            FullSubject::Endpoint(subject) => endpoint(subject, event),
            FullSubject::Test => test(event),
            FullSubject::Digest(digest) => {
                let heading = Heading::of(digest);
                alert(
                    &heading.title,
                    Tone::Notice,
                    None,
                    vec![heading.time],
                    event.at,
                )
            }
        }
    }

    /// The mark of a correction.
    pub(super) fn mark(&self) -> Option<String> {
        self.revision
            .map(|number| format!("Corrected (revision {number})"))
    }
}

/// A time of ours.
fn instant(at: Timestamp) -> String {
    at.strftime("%-d %b %Y %H:%M UTC").to_string()
}

fn source(subject: &SourceSubject, event: &FullEvent) -> Brief {
    let outlet = subject.outlet.as_str();
    let (what, tone) = match event.kind {
        EventKind::SourceFailing => ("Source failing", Tone::Trouble),
        EventKind::SourceRecovered => ("Source recovered", Tone::Relief),
        EventKind::SourceSilent => ("Source silent", Tone::Trouble),
        EventKind::SourceMoved => ("Source moved", Tone::Notice),
        EventKind::SourceGone => ("Source gone", Tone::Trouble),
        EventKind::SourceLayout => ("Source changed its layout", Tone::Trouble),
        EventKind::SourceFlood => ("Source lists old articles as new", Tone::Notice),
        EventKind::ArticleNew
        | EventKind::ArticleUpdated
        | EventKind::EndpointFailing
        | EventKind::EndpointDisabled
        | EventKind::EndpointRecovered
        | EventKind::Test
        | EventKind::Digest => (event.kind.as_str(), Tone::Notice),
    };
    let mut links = vec![(String::new(), subject.url.clone())];
    links.extend(
        subject
            .moved_to
            .clone()
            .map(|to| ("New address".to_owned(), to)),
    );
    let mut facts = vec![
        format!("state {}", subject.health.as_str()),
        format!("since {}", instant(subject.since)),
    ];
    facts.extend(
        subject
            .last_success
            .map(|at| format!("last success {}", instant(at))),
    );
    facts.push(match subject.next_poll {
        Some(at) => format!("next poll {}", instant(at)),
        None => "no further polls".to_owned(),
    });
    let reason = subject.reason.as_deref();
    let mut brief = alert(&format!("{what}: {outlet}"), tone, reason, facts, event.at);
    brief.links = links;
    let remedy = subject.health.remedy().map(str::to_owned);
    brief.paragraphs.extend(remedy);
    brief
}

fn endpoint(subject: &EndpointSubject, event: &FullEvent) -> Brief {
    let name = subject.name.as_str();
    let (what, tone) = match event.kind {
        EventKind::EndpointFailing => ("Endpoint failing", Tone::Trouble),
        EventKind::EndpointDisabled => ("Endpoint disabled", Tone::Trouble),
        EventKind::EndpointRecovered => ("Endpoint recovered", Tone::Relief),
        EventKind::ArticleNew
        | EventKind::ArticleUpdated
        | EventKind::SourceFailing
        | EventKind::SourceRecovered
        | EventKind::SourceSilent
        | EventKind::SourceMoved
        | EventKind::SourceGone
        | EventKind::SourceLayout
        | EventKind::SourceFlood
        | EventKind::Test
        | EventKind::Digest => (event.kind.as_str(), Tone::Notice),
    };
    let facts = vec![
        format!("since {}", instant(subject.since)),
        format!("{} waiting", subject.waiting),
        format!("{} failed", subject.failed),
    ];
    let what = format!("{what}: {name}");
    let mut brief = alert(&what, tone, subject.reason.as_deref(), facts, event.at);
    if subject.reason.is_none() {
        brief
            .paragraphs
            .push("It takes what it is sent.".to_owned());
    }
    brief.paragraphs.extend(subject.remedy());
    brief
}

fn test(event: &FullEvent) -> Brief {
    let mut brief = alert(
        "Test message from Wireroom",
        Tone::Notice,
        None,
        vec![format!("sent {}", instant(event.at))],
        event.at,
    );
    brief
        .paragraphs
        .push("If you can read this, messages from Wireroom arrive here.".to_owned());
    brief
}

fn alert(what: &str, tone: Tone, reason: Option<&str>, facts: Vec<String>, at: Timestamp) -> Brief {
    let reason = reason
        .map(|reason| summary::cut(&one_line(reason), REASON_CHARS))
        .filter(|reason| !reason.is_empty());
    let line = match &reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    };
    Brief {
        tone,
        line: summary::cut(&line, TITLE_CHARS),
        headline: summary::cut(what, TITLE_CHARS),
        link: None,
        revision: None,
        paragraphs: reason.into_iter().collect(),
        changes: Vec::new(),
        picture: None,
        facts,
        links: Vec::new(),
        links_are: "",
        more_links: 0,
        at,
    }
}

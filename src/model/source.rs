//! Watched addresses: what the store remembers of each, and what one poll found.

use jiff::Timestamp;
use url::Url;

use crate::model::id::{OutletName, SourceId};
use crate::model::rhythm::{Harvest, Notice, Rhythm, Wishes};
use crate::model::trace::TraceId;

/// The kinds of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// RSS, Atom, RDF or JSON Feed.
    Feed,
    /// A section page whose links are watched.
    Page,
    /// A news sitemap or sitemap index.
    Sitemap,
}

impl SourceKind {
    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page => "page",
            Self::Sitemap => "sitemap",
        }
    }

    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Feed, Self::Page, Self::Sitemap];
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceHealth {
    /// Never polled with success.
    #[default]
    New,
    /// Answers and yields entries.
    Healthy,
    /// Its host asked to be left alone for a while.
    Throttled,
    /// Has failed `poll.failing_after` times in a row.
    Failing,
    /// Answers, and says nothing new for longer than is its way.
    Silent,
    /// Lives, and its articles no longer yield text.
    Layout,
    /// Its articles stand behind a paywall.
    Paywalled,
    /// Has moved for good; the new address is polled.
    Moved,
    /// Answered 410: no longer polled.
    Gone,
}

impl SourceHealth {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Healthy => "healthy",
            Self::Throttled => "throttled",
            Self::Failing => "failing",
            Self::Silent => "silent",
            Self::Layout => "layout",
            Self::Paywalled => "paywalled",
            Self::Moved => "moved",
            Self::Gone => "gone",
        }
    }

    /// How much it needs somebody: 0 is broken, 1 to be looked at, then what is as it should be.
    pub fn trouble(self) -> u8 {
        match self {
            Self::Failing | Self::Gone | Self::Layout => 0,
            Self::Silent | Self::Throttled | Self::Moved | Self::Paywalled => 1,
            Self::New => 2,
            Self::Healthy => 3,
        }
    }

    /// What somebody can do about it; `None` where nothing needs to be done.
    pub fn remedy(self) -> Option<&'static str> {
        match self {
            Self::New | Self::Healthy => None,
            Self::Throttled => Some(
                "Nothing at once: the host is left alone for as long as it asks. If it comes again, give the \
                 source a longer `interval` and `fetch.host_delay` a larger value.",
            ),
            Self::Failing => Some(
                "Open the address in a browser. If the site has moved or dropped it, `wireroom feed find` on its \
                 home page names its feeds: correct `url` in the outlet's file and reload. It goes on being asked, \
                 once a day at the least.",
            ),
            Self::Silent => Some(
                "Open the outlet's home page: if there is newer news, this address is no longer fed; `wireroom \
                 feed find` on the home page names its feeds, or watch a section page instead.",
            ),
            Self::Layout => Some(
                "Run `wireroom extract` on one of its newest articles, and `wireroom outlet add` on its home page \
                 for rules that fit the new pages; correct `[outlet.article]` in the outlet's file and reload.",
            ),
            Self::Paywalled => Some(
                "Nothing is broken: what its pages show for free is stored, marked `partial` where it is cut. \
                 Watch another source of the outlet if there is a free one.",
            ),
            Self::Moved => Some(
                "Write the new address into `url` in the outlet's file and reload; until then the new address is \
                 polled anyway.",
            ),
            Self::Gone => Some(
                "Take the source out of the outlet's file, or correct its `url`; `wireroom sources poll` asks it \
                 once more, and an answer revives it.",
            ),
        }
    }

    /// All states.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Healthy,
        Self::Throttled,
        Self::Failing,
        Self::Silent,
        Self::Layout,
        Self::Paywalled,
        Self::Moved,
        Self::Gone,
    ];
}

/// HTTP validators (RFC 9110 §8.8), kept byte for byte as the server sent them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, quotes and `W/` included.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What the store remembers of a source between polls.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceState {
    /// Its identifier.
    pub id: SourceId,
    /// Its outlet.
    pub outlet: OutletName,
    /// Its kind.
    pub kind: SourceKind,
    /// The address as configured.
    pub url: Url,
    /// Where permanent redirects have led, once they held for three polls.
    pub moved_to: Option<Url>,
    /// A permanent redirect under observation, with the polls it has held.
    pub moving: Option<(Url, u32)>,
    /// State, and when it began.
    pub health: SourceHealth,
    /// When `health` began.
    pub since: Timestamp,
    /// Why it is in this state, or why it waits; for people.
    pub reason: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// When it was last polled.
    pub last_poll: Option<Timestamp>,
    /// When it was last polled with success (an unchanged source is a success).
    pub last_success: Option<Timestamp>,
    /// When it will be polled next; `None` once it is gone.
    pub next_poll: Option<Timestamp>,
    /// Validators of the last full answer.
    pub validators: Validators,
    /// xxh3 of the last body, so that an unchanged body without validators costs no parse.
    pub body_digest: Option<u64>,
    /// Distinct entries seen.
    pub entries_seen: u64,
    /// Articles stored through it.
    pub articles: u64,
    /// Warnings of the last parse: what was repaired.
    pub warnings: Vec<String>,
    /// Entries that could not be had, newest first, at most twenty: address and reason.
    pub skipped: Vec<Skipped>,
    /// Why `next_poll` is when it is; for people.
    pub wait: Option<String>,
    /// Digest of the configured rules by which its last answer was read: others mean that an
    /// unchanged answer is read again.
    pub rules: Option<u64>,
    /// The publication of the newest entry known, never later than when it was seen.
    pub newest: Option<Timestamp>,
    /// What its feed asks for.
    pub wishes: Wishes,
    /// When it publishes.
    pub rhythm: Rhythm,
    /// What its articles yield; the store keeps it, visits move it.
    pub harvest: Harvest,
    /// What was noticed and told of it.
    pub notice: Notice,
    /// The trace of the poll under way: what the poll finds and tells carries it on. Not kept with the source.
    pub trace: Option<TraceId>,
}

/// An entry of which nothing could be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// When.
    pub at: Timestamp,
    /// Its address.
    pub url: String,
    /// Why, for people.
    pub reason: String,
}

impl SourceState {
    /// A source that has never been polled: due at once.
    pub fn new(
        id: SourceId,
        outlet: OutletName,
        kind: SourceKind,
        url: Url,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            outlet,
            kind,
            url,
            moved_to: None,
            moving: None,
            health: SourceHealth::New,
            since: now,
            reason: None,
            failures: 0,
            last_poll: None,
            last_success: None,
            next_poll: Some(now),
            validators: Validators::default(),
            body_digest: None,
            entries_seen: 0,
            articles: 0,
            warnings: Vec::new(),
            skipped: Vec::new(),
            wait: None,
            rules: None,
            newest: None,
            wishes: Wishes::default(),
            rhythm: Rhythm::default(),
            harvest: Harvest::default(),
            notice: Notice::default(),
            trace: None,
        }
    }

    /// The address to ask.
    pub fn address(&self) -> &Url {
        self.moved_to.as_ref().unwrap_or(&self.url)
    }
}

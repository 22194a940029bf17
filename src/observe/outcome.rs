//! How work ended: the closed sets that label the counters.

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// With entries that are new or changed.
    Changed,
    /// With nothing new: 304, the same body, or known entries only.
    Unchanged,
    /// The host asked to be left alone (429, 503 with `Retry-After`).
    Throttled,
    /// Without a result.
    Failed,
    /// The source is gone (410).
    Gone,
}

impl PollOutcome {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

/// What a visit to a page gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleResult {
    /// An article, stored for the first time.
    New,
    /// The next revision of one.
    Revised,
    /// The same words as before.
    Known,
    /// Nothing to store.
    Skipped,
    /// Nothing yet: it will be tried again.
    Retried,
}

impl ArticleResult {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Revised => "revised",
            Self::Known => "known",
            Self::Skipped => "skipped",
            Self::Retried => "retried",
        }
    }
}

/// How an attempt to deliver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Taken.
    Delivered,
    /// Not taken; will be tried again.
    Retrying,
    /// Given up.
    Failed,
    /// The endpoint wants no more.
    Disabled,
}

impl DeliveryOutcome {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Disabled => "disabled",
        }
    }

    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Delivered,
        Self::Retrying,
        Self::Failed,
        Self::Disabled,
    ];
}

/// What came of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// News.
    News,
    /// Nothing that was not known, or nothing that could be read.
    Known,
    /// Not signed with the subscription's secret: ignored.
    Unsigned,
    /// Not to be taken just now; the hub is to come again.
    Later,
}

impl PushOutcome {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Known => "known",
            Self::Unsigned => "unsigned",
            Self::Later => "later",
        }
    }

    /// All of them.
    pub const ALL: [Self; 4] = [Self::News, Self::Known, Self::Unsigned, Self::Later];
}

/// What came of telling the hub of our own feeds that one has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingOutcome {
    /// It will look.
    Accepted,
    /// It does not take this feed.
    Refused,
    /// It could not be told; it will be tried again.
    Failed,
}

impl PingOutcome {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Refused, Self::Failed];
}

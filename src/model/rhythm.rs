//! What is remembered of a source's habits: when it publishes, and what its articles yield.
//!
//! Figures only, a few hundred bytes a source: the store keeps them, `schedule` reads and moves them.

use jiff::Timestamp;

/// When a source publishes, learned from what appeared in it. Counts are forgotten slowly, so that
/// a source may change its ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// When it was first read with success; nothing that was listed then is counted.
    pub since: Option<Timestamp>,
    /// When its newest entry appeared, as far as is known.
    pub last: Option<Timestamp>,
    /// Entries counted, and the days over which they were.
    pub entries: f32,
    /// See `entries`.
    pub days: f32,
    /// Entries by hour of the day, UTC.
    pub hours: [f32; 24],
    /// Entries by day of the week, Monday first, UTC.
    pub weekdays: [f32; 7],
    /// Entries lately: each counts less with every hour before `last`.
    pub burst: f32,
    /// Pauses between two appearances, and what they were in the mean: measured in the entries
    /// that the rhythm let expect meanwhile, so that a night counts little.
    pub pauses: u32,
    /// See `pauses`.
    pub pause_mean: f32,
    /// The mean of their squares.
    pub pause_square: f32,
    /// The longest of them, slowly forgotten.
    pub pause_longest: f32,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            since: None,
            last: None,
            entries: 0.0,
            days: 0.0,
            hours: [0.0; 24],
            weekdays: [0.0; 7],
            burst: 0.0,
            pauses: 0,
            pause_mean: 0.0,
            pause_square: 0.0,
            pause_longest: 0.0,
        }
    }
}

/// What a feed asks of those who poll it, remembered while its answers are "not modified".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// RSS `ttl`, in seconds.
    pub ttl: Option<u64>,
    /// One period of `sy:updatePeriod` divided by its frequency, in seconds.
    pub syndication: Option<u64>,
    /// Hours of the day (UTC) in which it is not to be asked: bit 0 is midnight to one.
    pub skip_hours: u32,
    /// Days (UTC) on which it is not to be asked: bit 0 is Monday.
    pub skip_days: u8,
}

/// What the first visit to an article's page gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yielded {
    /// Of what kind.
    pub kind: Yield,
    /// Characters of text.
    pub chars: u32,
    /// Which of title, time, names and picture it has: bits 0 to 3.
    pub fields: u8,
}

impl Yielded {
    /// Without a text.
    pub const fn nothing(kind: Yield) -> Self {
        Self {
            kind,
            chars: 0,
            fields: 0,
        }
    }
}

/// The kinds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yield {
    /// The page gave an article.
    Text,
    /// The page gave an article, or a part of one, and says that it is not free.
    Walled,
    /// The page answered and gave no article: the source's own words had to do, or nothing.
    Bare,
    /// The page was not to be had (status, robots, time): nothing is known of its layout.
    Refused,
}

/// What a source's articles have yielded lately, and usually.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Harvest {
    /// Articles counted, refused ones not among them.
    pub seen: u32,
    /// Articles with text of usual length.
    pub good: u32,
    /// Mean and variance of the natural logarithm of their characters.
    pub length_mean: f32,
    /// See `length_mean`.
    pub length_variance: f32,
    /// Share of them that had title, time, names, picture.
    pub fields: [f32; 4],
    /// Share of articles that are barren even when all is well.
    pub usual_barren: f32,
    /// Evidence that the layout has changed; falls to zero while it has not.
    pub drift: f32,
    /// Evidence that it is well again, once it was broken.
    pub relief: f32,
    /// The layout is taken for broken.
    pub broken: bool,
    /// Whether each of the last eight was walled, the newest in bit 0, and how many there were.
    pub walled: u8,
    /// See `walled`; eight at most.
    pub walled_of: u8,
    /// When an article last gave text.
    pub last_good: Option<Timestamp>,
}

/// Many entries at once that looked new and were old: stored, and not announced one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// When the last of them came.
    pub at: Timestamp,
    /// Since when it was told.
    pub told: Timestamp,
    /// How many, since `told`.
    pub entries: u64,
}

/// What has been noticed of a source beyond its last answer, so that each change is told once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notice {
    /// When the present row of failures began.
    pub failing_since: Option<Timestamp>,
    /// Good polls in a row since it was found failing.
    pub good_polls: u32,
    /// Times it was found failing within a day of the time before, and the last such time.
    pub relapses: u32,
    /// See `relapses`.
    pub failed_at: Option<Timestamp>,
    /// Its silence has been told.
    pub silent: bool,
    /// Its broken layout has been told.
    pub layout: bool,
    /// Its articles stand behind a wall.
    pub walled: bool,
    /// Old entries that came as new: within the hour or so before `strays_at`, and within the day.
    pub strays_hour: f32,
    /// See `strays_hour`.
    pub strays_day: f32,
    /// When those were counted.
    pub strays_at: Option<Timestamp>,
    /// The last flood.
    pub flood: Option<Flood>,
}

//! How a source's habits stand on disk: a few hundred bytes, for there may be a hundred thousand.
//!
//! Each group is left out while it says nothing, and a record written before there were any is read
//! as one that says nothing. Times are kept to the second; counts as 16 bits of the largest, which is
//! far finer than what a rhythm can mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::rhythm::{Flood, Harvest, Notice, Rhythm, Wishes};
use crate::model::source::SourceState;
use crate::store::sled::text::{Text, bare};

/// What is remembered of a source beyond its last answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HabitsRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wishes: Option<WishesRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rhythm: Option<RhythmRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) harvest: Option<HarvestRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<NoticeRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct WishesRecord {
    ttl: Option<u64>,
    syndication: Option<u64>,
    hours: u32,
    days: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RhythmRecord {
    since: Option<Text<Timestamp>>,
    last: Option<Text<Timestamp>>,
    entries: f32,
    days: f32,
    /// The largest of the counts.
    most: f32,
    /// Hours, then days of the week, each as its share of `most`: big-endian, base64.
    counts: String,
    burst: f32,
    pauses: u32,
    mean: f32,
    square: f32,
    longest: f32,
}

/// [`Harvest`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HarvestRecord {
    seen: u32,
    good: u32,
    length: (f32, f32),
    fields: [f32; 4],
    barren: f32,
    drift: f32,
    relief: f32,
    broken: bool,
    walled: (u8, u8),
    last_good: Option<Text<Timestamp>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct NoticeRecord {
    failing_since: Option<Text<Timestamp>>,
    good_polls: u32,
    relapses: u32,
    failed_at: Option<Text<Timestamp>>,
    silent: bool,
    layout: bool,
    walled: bool,
    strays: (f32, f32),
    strays_at: Option<Text<Timestamp>>,
    flood: Option<(Text<Timestamp>, Text<Timestamp>, u64)>,
}

impl HabitsRecord {
    /// Those of `state`, but for the harvest, which the store keeps.
    pub(super) fn of(state: &SourceState) -> Self {
        Self {
            wait: state.wait.clone(),
            rules: state.rules,
            newest: state.newest.map(second),
            wishes: told(&state.wishes).map(|wishes| WishesRecord {
                ttl: wishes.ttl,
                syndication: wishes.syndication,
                hours: wishes.skip_hours,
                days: wishes.skip_days,
            }),
            rhythm: told(&state.rhythm).map(RhythmRecord::of),
            harvest: told(&state.harvest).map(HarvestRecord::of),
            notice: told(&state.notice).map(NoticeRecord::of),
        }
    }

    /// Puts them into `state`.
    pub(super) fn into_state(self, state: &mut SourceState) {
        state.wait = self.wait;
        state.rules = self.rules;
        state.newest = bare(self.newest);
        state.wishes = self.wishes.map_or_else(Wishes::default, |it| Wishes {
            ttl: it.ttl,
            syndication: it.syndication,
            skip_hours: it.hours,
            skip_days: it.days,
        });
        state.rhythm = self
            .rhythm
            .map(RhythmRecord::into_model)
            .unwrap_or_default();
        state.harvest = (self.harvest).map_or_else(Harvest::default, HarvestRecord::into_model);
        state.notice = self
            .notice
            .map(NoticeRecord::into_model)
            .unwrap_or_default();
    }
}

/// What says more than nothing.
fn told<T: Default + PartialEq>(what: &T) -> Option<&T> {
    (*what != T::default()).then_some(what)
}

fn second(at: Timestamp) -> Text<Timestamp> {
    Text(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

impl RhythmRecord {
    fn of(rhythm: &Rhythm) -> Self {
        let counts = || rhythm.hours.iter().chain(&rhythm.weekdays);
        let most = counts().copied().fold(0.0, f32::max);
        let parts: Vec<u8> = counts()
            .flat_map(|count| share(*count, most).to_be_bytes())
            .collect();
        Self {
            since: rhythm.since.map(second),
            last: rhythm.last.map(second),
            entries: rhythm.entries,
            days: rhythm.days,
            most,
            counts: BASE64.encode(parts),
            burst: rhythm.burst,
            pauses: rhythm.pauses,
            mean: rhythm.pause_mean,
            square: rhythm.pause_square,
            longest: rhythm.pause_longest,
        }
    }

    fn into_model(self) -> Rhythm {
        let parts = BASE64.decode(&self.counts).unwrap_or_default();
        let mut counts = parts.chunks_exact(2).map(|pair| {
            f32::from(u16::from_be_bytes([pair[0], pair[1]])) / f32::from(u16::MAX) * self.most
        });
        let mut next = || counts.next().unwrap_or(0.0);
        Rhythm {
            since: bare(self.since),
            last: bare(self.last),
            entries: self.entries,
            days: self.days,
            hours: std::array::from_fn(|_| next()),
            weekdays: std::array::from_fn(|_| next()),
            burst: self.burst,
            pauses: self.pauses,
            pause_mean: self.mean,
            pause_square: self.square,
            pause_longest: self.longest,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of one, times the largest 16 bits"
)]
fn share(count: f32, most: f32) -> u16 {
    if most > 0.0 {
        (count / most * f32::from(u16::MAX)).round() as u16
    } else {
        0
    }
}

impl HarvestRecord {
    pub(super) fn of(harvest: &Harvest) -> Self {
        Self {
            seen: harvest.seen,
            good: harvest.good,
            length: (harvest.length_mean, harvest.length_variance),
            fields: harvest.fields,
            barren: harvest.usual_barren,
            drift: harvest.drift,
            relief: harvest.relief,
            broken: harvest.broken,
            walled: (harvest.walled, harvest.walled_of),
            last_good: harvest.last_good.map(second),
        }
    }

    pub(super) fn into_model(self) -> Harvest {
        Harvest {
            seen: self.seen,
            good: self.good,
            length_mean: self.length.0,
            length_variance: self.length.1,
            fields: self.fields,
            usual_barren: self.barren,
            drift: self.drift,
            relief: self.relief,
            broken: self.broken,
            walled: self.walled.0,
            walled_of: self.walled.1,
            last_good: bare(self.last_good),
        }
    }
}

impl NoticeRecord {
    fn of(notice: &Notice) -> Self {
        Self {
            failing_since: notice.failing_since.map(second),
            good_polls: notice.good_polls,
            relapses: notice.relapses,
            failed_at: notice.failed_at.map(second),
            silent: notice.silent,
            layout: notice.layout,
            walled: notice.walled,
            strays: (notice.strays_hour, notice.strays_day),
            strays_at: notice.strays_at.map(second),
            flood: (notice.flood)
                .map(|flood| (second(flood.at), second(flood.told), flood.entries)),
        }
    }

    fn into_model(self) -> Notice {
        Notice {
            failing_since: bare(self.failing_since),
            good_polls: self.good_polls,
            relapses: self.relapses,
            failed_at: bare(self.failed_at),
            silent: self.silent,
            layout: self.layout,
            walled: self.walled,
            strays_hour: self.strays.0,
            strays_day: self.strays.1,
            strays_at: bare(self.strays_at),
            flood: self.flood.map(|(at, told, entries)| Flood {
                at: at.0,
                told: told.0,
                entries,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{OutletName, SourceId};
    use crate::model::source::SourceKind;
    use crate::store::sled::states::SourceRecord;
    use crate::store::sled::value;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn state() -> SourceState {
        let outlet = OutletName::new("post");
        let url = url::Url::parse("https://post.example/feed.xml").unwrap();
        let id = SourceId::of(&outlet, "feed", &url);
        let now = at("2026-03-02T06:00:00Z");
        SourceState::new(id, outlet, SourceKind::Feed, url, now)
    }

    fn full() -> SourceState {
        let mut state = state();
        let now = state.since;
        state.wait =
            Some("polled by its rhythm: more seldom while there is little news".to_owned());
        state.rules = Some(u64::MAX);
        state.newest = Some(now);
        state.wishes = Wishes {
            ttl: Some(3600),
            syndication: Some(7200),
            skip_hours: 0xff,
            skip_days: 3,
        };
        state.rhythm = Rhythm {
            since: Some(now),
            last: Some(now),
            entries: 123.456,
            days: 20.5,
            hours: std::array::from_fn(|hour| hour as f32 * 1.7),
            weekdays: std::array::from_fn(|day| day as f32 * 17.1),
            burst: 3.3,
            pauses: 400,
            pause_mean: 1.01,
            pause_square: 2.5,
            pause_longest: 5.5,
        };
        state.harvest = Harvest {
            seen: 90,
            good: 80,
            length_mean: 7.8,
            length_variance: 0.4,
            fields: [1.0, 0.9, 0.5, 0.7],
            usual_barren: 0.05,
            drift: 2.8,
            relief: 0.0,
            broken: false,
            walled: 5,
            walled_of: 8,
            last_good: Some(now),
        };
        state.notice = Notice {
            failing_since: Some(now),
            flood: Some(Flood {
                at: now,
                told: now,
                entries: 300,
            }),
            silent: true,
            strays_hour: 1.5,
            strays_day: 2.5,
            strays_at: Some(now),
            ..Notice::default()
        };
        state
    }

    #[test]
    fn habits_are_read_back_as_exactly_as_they_mean_something() {
        let state = full();
        let json = serde_json::to_string(&SourceRecord::of(state.clone())).unwrap();
        let record: SourceRecord = serde_json::from_str(&json).unwrap();
        let mut read = record.into_model(state.id.clone());
        for (one, other) in (read.rhythm.hours.iter().chain(&read.rhythm.weekdays))
            .zip(state.rhythm.hours.iter().chain(&state.rhythm.weekdays))
        {
            assert!((one - other).abs() < 0.01, "{one} {other}");
        }
        read.rhythm.hours = state.rhythm.hours;
        read.rhythm.weekdays = state.rhythm.weekdays;
        assert_eq!(read, state);
    }

    /// A rhythm that is written at every poll must not creep.
    #[test]
    fn writing_again_changes_nothing() {
        let once = RhythmRecord::of(&full().rhythm).into_model();
        let mut again = once.clone();
        for _ in 0..100 {
            again = RhythmRecord::of(&again).into_model();
        }
        for (one, other) in once.hours.iter().zip(&again.hours) {
            assert!((one - other).abs() < 0.01, "{one} {other}");
        }
    }

    /// Written by the release before there were habits.
    #[test]
    fn an_old_record_is_read() {
        let mut json = serde_json::to_value(SourceRecord::of(state())).unwrap();
        assert!(json.as_object_mut().unwrap().remove("habits").is_some());
        let record: SourceRecord = serde_json::from_value(json).unwrap();
        assert_eq!(record.into_model(state().id), state());
    }

    #[test]
    fn a_hundred_thousand_sources_stay_small() {
        let bytes = |state: &SourceState| {
            let packed = value::pack(&SourceRecord::of(state.clone()));
            let sealed = value::seal(b"key", &packed, |_| Vec::new()).unwrap();
            sealed.base.len()
        };
        let mut learned = state();
        learned.rhythm = full().rhythm;
        learned.newest = full().newest;
        learned.harvest = full().harvest;
        // Rhythm and harvest of a source in their stored form, compressed with the rest.
        let more = bytes(&learned) - bytes(&state());
        assert!(more <= 300, "{more} bytes");
        assert!(bytes(&full()) < 1000, "{}", bytes(&full()));
    }
}

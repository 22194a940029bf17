//! Whether a source's articles still yield text, judged against what they usually do.
//!
//! An article is *barren* where its page answers and gives no article, gives one of a length that is
//! none of this source's, or lacks fields that its articles have. Evidence is summed as in a sequential
//! test: a barren article speaks for a broken layout the more, the rarer such articles usually are here,
//! and a good one speaks against it. So a source that often links to videos is given its share, and a
//! source that never failed is noticed after four. Pages that could not be had say nothing.

use jiff::Timestamp;

use crate::model::rhythm::{Harvest, Yield, Yielded};

/// Share of barren articles that a broken layout gives at the least.
const BROKEN_SHARE: f64 = 0.85;
/// Bounds of the usual share; above the upper one nothing could be told apart.
const USUAL: (f64, f64) = (0.05, 0.6);
/// Evidence at which the layout is taken for broken: e to this power articles are read, if all is well,
/// before that happens by chance.
const BROKEN_AT: f32 = 9.0;
/// The same for a source that has hardly given any text yet: nothing has drifted there.
const NEVER_WELL_AT: f32 = 16.0;
/// Evidence at which it is well again: three good articles in a row.
const WELL_AT: f32 = 5.0;
/// Good articles that must be known before one can be unlike them.
const KNOWN: u32 = 6;
/// Articles over which running figures are taken.
const OVER: u32 = 60;
/// A length is out of the ordinary by so many deviations *and* by such a factor (natural logarithms):
/// eight times longer is the whole page, four times shorter its first paragraph.
const SHORT: (f64, f64) = (3.0, 1.386);
const LONG: (f64, f64) = (4.0, 2.079);
/// The deviation is taken for this at the least.
const DEVIATION_LEAST: f64 = 0.3;
/// A field that so many articles have is missed, and so many missing ones make an article barren.
const FIELD_USUAL: f32 = 0.9;
const FIELDS_MISSED: usize = 2;
/// Articles of the last eight from which on, and shares at which, a source stands behind a wall, and
/// comes out again.
const WALL_KNOWN: u8 = 5;
const WALL_SHARE: f64 = 0.7;
const WALL_LEFT: f64 = 0.4;

/// Takes in what the first visit to an article gave.
pub fn observe(harvest: &mut Harvest, yielded: Yielded, now: Timestamp) {
    if yielded.kind == Yield::Refused {
        return;
    }
    let walled = yielded.kind == Yield::Walled;
    harvest.seen = harvest.seen.saturating_add(1);
    harvest.walled = harvest.walled << 1 | u8::from(walled);
    harvest.walled_of = (harvest.walled_of + 1).min(8);
    if walled {
        // A text cut at a wall says nothing of the layout.
        return;
    }
    let barren = is_barren(harvest, yielded);
    weigh(harvest, barren);
    let over = harvest.seen.min(OVER) as f32 + 20.0;
    harvest.usual_barren += (f32::from(u8::from(barren)) - harvest.usual_barren) / over;
    if yielded.kind == Yield::Text {
        // Out of the ordinary too: a source may come to write otherwise for good.
        learn(harvest, yielded, barren);
    }
    if !barren {
        harvest.last_good = Some(now);
    }
}

/// Whether most of its articles of late stand behind a wall, where `was` says whether they did.
pub fn is_walled(harvest: &Harvest, was: bool) -> bool {
    if harvest.walled_of < WALL_KNOWN {
        return false;
    }
    let share = f64::from(harvest.walled.count_ones()) / f64::from(harvest.walled_of);
    share >= if was { WALL_LEFT } else { WALL_SHARE }
}

fn is_barren(harvest: &Harvest, yielded: Yielded) -> bool {
    match yielded.kind {
        Yield::Bare => true,
        Yield::Walled | Yield::Refused => false,
        Yield::Text if harvest.good < KNOWN => false,
        Yield::Text => is_odd_length(harvest, yielded.chars) || misses_fields(harvest, yielded),
    }
}

fn is_odd_length(harvest: &Harvest, chars: u32) -> bool {
    let deviation = f64::from(harvest.length_variance)
        .sqrt()
        .max(DEVIATION_LEAST);
    let off = logarithm(chars) - f64::from(harvest.length_mean);
    let beyond = |(deviations, factor): (f64, f64)| (deviations * deviation).max(factor);
    off < -beyond(SHORT) || off > beyond(LONG)
}

fn misses_fields(harvest: &Harvest, yielded: Yielded) -> bool {
    let missed = harvest
        .fields
        .iter()
        .enumerate()
        .filter(|(place, share)| **share >= FIELD_USUAL && (yielded.fields >> place) & 1 == 0);
    missed.count() >= FIELDS_MISSED
}

fn weigh(harvest: &mut Harvest, barren: bool) {
    let usual = f64::from(harvest.usual_barren).clamp(USUAL.0, USUAL.1);
    let for_broken = super::figure(if barren {
        (BROKEN_SHARE / usual).ln()
    } else {
        ((1.0 - BROKEN_SHARE) / (1.0 - usual)).ln()
    });
    if harvest.broken {
        harvest.relief = (harvest.relief - for_broken).max(0.0);
        if harvest.relief >= WELL_AT {
            harvest.broken = false;
            harvest.drift = 0.0;
        }
        return;
    }
    harvest.drift = (harvest.drift + for_broken).max(0.0);
    let enough = if harvest.good < KNOWN {
        NEVER_WELL_AT
    } else {
        BROKEN_AT
    };
    if harvest.drift >= enough {
        harvest.broken = true;
        harvest.relief = 0.0;
    }
}

fn learn(harvest: &mut Harvest, yielded: Yielded, barren: bool) {
    harvest.good = harvest.good.saturating_add(1);
    let mut weight = 1.0 / harvest.good.min(OVER) as f32;
    if barren {
        weight /= 2.0;
    }
    let off = super::figure(logarithm(yielded.chars)) - harvest.length_mean;
    harvest.length_mean += off * weight;
    let spread = off * off * (1.0 - weight) - harvest.length_variance;
    harvest.length_variance = (harvest.length_variance + spread * weight).max(0.0);
    for (place, share) in harvest.fields.iter_mut().enumerate() {
        let has = f32::from((yielded.fields >> place) & 1);
        *share += (has - *share) * weight;
    }
}

fn logarithm(chars: u32) -> f64 {
    f64::from(chars.max(1)).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn article(chars: u32) -> Yielded {
        Yielded {
            kind: Yield::Text,
            chars,
            fields: 0b1111,
        }
    }

    fn of(kind: Yield) -> Yielded {
        Yielded {
            kind,
            chars: 0,
            fields: 0,
        }
    }

    /// Articles of two to five thousand characters.
    fn well(count: u32) -> Harvest {
        let mut harvest = Harvest::default();
        for number in 0..count {
            see(&mut harvest, article(2000 + number % 7 * 500));
        }
        harvest
    }

    fn see(harvest: &mut Harvest, yielded: Yielded) {
        observe(harvest, yielded, Timestamp::UNIX_EPOCH);
    }

    /// How many of these in a row break it.
    fn until_broken(harvest: &mut Harvest, yielded: Yielded) -> Option<u32> {
        (1..=50).find(|_| {
            see(harvest, yielded);
            harvest.broken
        })
    }

    #[test]
    fn pages_that_give_no_article_are_noticed_after_four() {
        assert_eq!(until_broken(&mut well(20), of(Yield::Bare)), Some(4));
        assert_eq!(until_broken(&mut well(8), of(Yield::Bare)), Some(4));
    }

    #[test]
    fn lengths_and_fields_that_are_none_of_its_own_are_noticed() {
        assert_eq!(until_broken(&mut well(30), article(80)), Some(4));
        assert_eq!(until_broken(&mut well(30), article(90_000)), Some(4));
        let bare = Yielded {
            fields: 0b0001,
            ..article(3000)
        };
        assert_eq!(until_broken(&mut well(30), bare), Some(4));
        assert_eq!(until_broken(&mut well(30), article(900)), None);
    }

    #[test]
    fn what_is_usual_at_a_source_is_no_drift() {
        let mut harvest = Harvest::default();
        for number in 0..400 {
            let video = number % 3 == 0;
            see(
                &mut harvest,
                if video {
                    of(Yield::Bare)
                } else {
                    article(3000)
                },
            );
            assert!(!harvest.broken, "after {number}");
        }
        assert!(until_broken(&mut harvest, of(Yield::Bare)).is_some());
    }

    #[test]
    fn a_source_that_never_gave_text_is_noticed_later() {
        let after = until_broken(&mut Harvest::default(), of(Yield::Bare));
        assert!(
            after.is_some_and(|after| (7..=14).contains(&after)),
            "{after:?}"
        );
    }

    #[test]
    fn it_is_well_after_three_good_ones_and_does_not_waver() {
        let mut harvest = well(30);
        until_broken(&mut harvest, of(Yield::Bare));
        let mut changes = 0;
        for number in 0..60 {
            let was = harvest.broken;
            see(
                &mut harvest,
                if number % 2 == 0 {
                    article(3000)
                } else {
                    of(Yield::Bare)
                },
            );
            changes += u32::from(harvest.broken != was);
        }
        assert!(changes <= 1, "{changes} changes");
        let mut harvest = well(30);
        until_broken(&mut harvest, of(Yield::Bare));
        for _ in 0..2 {
            see(&mut harvest, article(3000));
            assert!(harvest.broken);
        }
        see(&mut harvest, article(3000));
        assert!(!harvest.broken);
    }

    #[test]
    fn a_source_that_comes_to_write_otherwise_is_believed_in_the_end() {
        let mut harvest = well(30);
        assert!(until_broken(&mut harvest, article(80)).is_some());
        for _ in 0..400 {
            see(&mut harvest, article(80));
        }
        assert!(!harvest.broken);
    }

    #[test]
    fn pages_that_cannot_be_had_say_nothing() {
        let mut harvest = well(20);
        let before = harvest.clone();
        for _ in 0..100 {
            see(&mut harvest, of(Yield::Refused));
        }
        assert_eq!(harvest, before);
    }

    #[test]
    fn a_wall_is_most_of_the_last_eight() {
        let mut harvest = well(8);
        let mut walled = false;
        let mut see_many = |yielded, count| {
            for _ in 0..count {
                see(&mut harvest, yielded);
                walled = is_walled(&harvest, walled);
            }
            (walled, harvest.broken)
        };
        assert_eq!(see_many(of(Yield::Walled), 5), (false, false));
        assert_eq!(see_many(of(Yield::Walled), 1), (true, false));
        assert_eq!(see_many(article(3000), 4), (true, false));
        assert_eq!(see_many(article(3000), 1), (false, false));
    }

    proptest! {
        #[test]
        fn figures_stay_figures(kinds in proptest::collection::vec((0_u8..4, any::<u32>(), any::<u8>()), 0..300)) {
            let mut harvest = Harvest::default();
            for (kind, chars, fields) in kinds {
                let kind = [Yield::Text, Yield::Walled, Yield::Bare, Yield::Refused][usize::from(kind)];
                see(&mut harvest, Yielded { kind, chars, fields });
            }
            prop_assert!(harvest.length_mean.is_finite() && harvest.length_variance.is_finite());
            prop_assert!((0.0..=1.0).contains(&harvest.usual_barren));
            prop_assert!(harvest.drift >= 0.0 && harvest.relief >= 0.0 && harvest.walled_of <= 8);
        }
    }
}

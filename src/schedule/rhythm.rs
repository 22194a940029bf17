//! When a source publishes: learned from what appeared in it, asked for how long the next poll may
//! wait and whether its silence is out of the ordinary.
//!
//! The model is a rate: so many entries a day, spread over the hours of the day and the days of the
//! week as they have been (UTC; a change of summer time is an hour's blur), times a factor for the last
//! hour, since news comes in bursts. A poll is due when the entries that may be waiting would together
//! have waited as long as those of a source of [`REFERENCE_RATE`] do over one configured interval. For a
//! steady source that is the square-root law: four times the news, twice the polls, which is what
//! gives the shortest mean delay for a number of polls.

use std::time::Duration;

use jiff::Timestamp;

use super::figure;
use crate::model::rhythm::Rhythm;

/// Entries an hour of a source for which the configured interval is right. Found by the `cadence` bench:
/// the default interval of ten minutes then finds news as early as one of fifteen minutes would, with
/// well under half of its polls.
pub const REFERENCE_RATE: f64 = 3.5;

/// A source is watched for so long before its rhythm may move its interval.
pub const APPRENTICESHIP: Duration = Duration::from_hours(72);

/// Days after which an entry counts half for the rate and the hours; for the days of the week, of
/// which there are few examples, twice as many and more.
const HALF_LIFE_DAYS: f64 = 21.0;
const WEEK_HALF_LIFE_DAYS: f64 = 56.0;
/// Entries in each hour, and on each day, before anything is known: what keeps a night that was
/// quiet so far from being taken for one in which nothing can happen.
const HOUR_PRIOR: f64 = 0.2;
const DAY_PRIOR: f64 = 0.5;
/// How long a burst is remembered: it fades by e in this time.
const BURST_FADES: f64 = 3600.0;
/// Entries that must be out of the ordinary before a burst or a lull means something.
const BURST_PRIOR: f64 = 2.0;
/// Bounds of the factor of a burst and of a lull.
const BURST_FACTOR: (f64, f64) = (0.5, 6.0);
/// Entries of one poll that count: a backlog is no rhythm.
const MOST_AT_ONCE: usize = 50;
/// Hours of a week.
const WEEK: usize = 168;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
/// How far ahead a wait is looked for, in hours: the longest interval that can be configured.
const HORIZON: usize = 30 * 24;

/// Pauses that must be known before one can be called unusual, and the days that must be.
const PAUSES_KNOWN: u32 = 8;
const DAYS_KNOWN: f32 = 5.0;
/// Years of a source that come to one pause as long as is called unusual, if its pauses were of pure
/// chance; they are not, and so it must also be so many times the longest known, and last so long.
const YEARS_TO_CHANCE: f64 = 50.0;
const SILENT_LONGEST: f64 = 2.0;
const SILENT_LEAST: f64 = 6.0 * HOUR;
/// Days after which half is left of the longest pause.
const LONGEST_HALF_LIFE_DAYS: f64 = 60.0;
/// Pauses over which their mean is taken.
const MEAN_OVER: u32 = 40;
/// Pauses below this share of the mean lie between the pieces of one issue, and are none: counted, they
/// would make the weeks between two issues look like chance, and a missing issue like nothing for long.
const WITHIN_ISSUE: f32 = 0.25;

/// The first successful reading: from now on the source is watched. `newest` is the newest entry that
/// it lists.
pub fn begin(rhythm: &mut Rhythm, newest: Option<Timestamp>, now: Timestamp) {
    if rhythm.since.is_none() {
        rhythm.since = Some(now);
        rhythm.last = Some(newest.map_or(now, |newest| newest.min(now)));
    }
}

/// Takes in what has appeared between the good poll before, at `before`, and this one.
///
/// `appeared` are publication times as stated, `None` where nothing is: a time that is not within
/// these bounds says nothing of when the entry appeared, and the middle is taken.
pub fn observe(
    rhythm: &mut Rhythm,
    appeared: &[Option<Timestamp>],
    before: Timestamp,
    now: Timestamp,
) {
    let Some(last) = rhythm.last else {
        begin(rhythm, None, now);
        return;
    };
    let before = before.min(now);
    let middle = before
        .checked_add(now.duration_since(before) / 2)
        .unwrap_or(now);
    let mut times: Vec<Timestamp> = appeared
        .iter()
        .take(MOST_AT_ONCE)
        .map(|at| at.filter(|at| *at > before && *at <= now).unwrap_or(middle))
        .map(|at| at.max(last))
        .collect();
    times.sort_unstable();
    let (Some(first), Some(newest)) = (times.first().copied(), times.last().copied()) else {
        return;
    };
    learn_pause(rhythm, last, first);
    let days = seconds(last, newest) / DAY;
    let faded = half(days, HALF_LIFE_DAYS);
    rhythm.entries = scale(rhythm.entries, faded) + times.len() as f32;
    rhythm.days = scale(rhythm.days, faded) + figure(days);
    for hour in &mut rhythm.hours {
        *hour = scale(*hour, faded);
    }
    let faded = half(days, WEEK_HALF_LIFE_DAYS);
    for day in &mut rhythm.weekdays {
        *day = scale(*day, faded);
    }
    rhythm.burst = scale(rhythm.burst, (-seconds(last, newest) / BURST_FADES).exp());
    for at in &times {
        let place = hour_of_week(*at);
        rhythm.hours[place % 24] += 1.0;
        rhythm.weekdays[place / 24] += 1.0;
        rhythm.burst += figure((-seconds(*at, newest) / BURST_FADES).exp());
    }
    rhythm.last = Some(newest);
}

fn learn_pause(rhythm: &mut Rhythm, last: Timestamp, first: Timestamp) {
    if rhythm.days < DAYS_KNOWN {
        return;
    }
    let pause = figure(Profile::of(rhythm, last).expected(last, first));
    let faded = half(seconds(last, first) / DAY, LONGEST_HALF_LIFE_DAYS);
    rhythm.pause_longest = pause.max(scale(rhythm.pause_longest, faded));
    // The longest is forgotten: of a source that gives up its issues, the short ones come to count.
    if pause < rhythm.pause_mean.min(rhythm.pause_longest) * WITHIN_ISSUE {
        return;
    }
    // So may the first ones have been that were counted, before a whole pause was known.
    if rhythm.pauses < PAUSES_KNOWN && rhythm.pause_mean < pause * WITHIN_ISSUE {
        rhythm.pauses = 0;
    }
    rhythm.pauses = rhythm.pauses.saturating_add(1);
    let weight = 1.0 / rhythm.pauses.min(MEAN_OVER) as f32;
    rhythm.pause_mean += (pause - rhythm.pause_mean) * weight;
    rhythm.pause_square += (pause * pause - rhythm.pause_square) * weight;
}

/// How long the next poll may wait after `now`, by the rhythm alone: up to the horizon of a month.
/// `None` while too little is known of it ([`APPRENTICESHIP`]).
pub fn wait(rhythm: &Rhythm, interval: Duration, now: Timestamp) -> Option<Duration> {
    if watched(rhythm, now)? < APPRENTICESHIP {
        return None;
    }
    let interval = interval.as_secs_f64();
    let enough = REFERENCE_RATE / HOUR * interval * interval / 2.0;
    let profile = Profile::of(rhythm, now);
    let excess = profile.excess(rhythm, now);
    let mut passed = 0.0;
    let mut waiting = 0.0;
    let mut waited = 0.0;
    let mut length = HOUR - into_hour(now);
    for step in 0..HORIZON {
        let place = hour_of_week(now) + step;
        // The burst fades; its middle in this stretch stands for it.
        let burst = 1.0 + excess * (-(passed + length / 2.0) / BURST_FADES).exp();
        let rate = profile.rates[place % WEEK] * burst.max(0.0);
        let after = waited + waiting * length + rate * length * length / 2.0;
        if after >= enough {
            passed += until_enough(enough - waited, waiting, rate).min(length);
            return Some(Duration::from_secs_f64(passed));
        }
        (passed, waited, waiting) = (passed + length, after, waiting + rate * length);
        length = HOUR;
    }
    Some(Duration::from_secs_f64(passed))
}

/// When `waiting`·t + `rate`·t²/2 reaches `missing`.
fn until_enough(missing: f64, waiting: f64, rate: f64) -> f64 {
    let root = (waiting * waiting + 2.0 * rate * missing).sqrt();
    // This form of the solution stands a rate of nothing.
    2.0 * missing / (waiting + root)
}

/// Since when the source has been silent, where that is out of its ordinary; judged after a poll
/// that found nothing new.
///
/// A pause is measured in the entries that the rhythm let expect meanwhile. Unusual is one that chance
/// would bring once in decades *and* that is far beyond the longest there was, so that a source given
/// to pauses is given them.
pub fn silent_since(rhythm: &Rhythm, now: Timestamp) -> Option<Timestamp> {
    let last = rhythm.last?;
    if rhythm.pauses < PAUSES_KNOWN
        || rhythm.days < DAYS_KNOWN
        || seconds(last, now) < SILENT_LEAST
        || watched(rhythm, now)? < APPRENTICESHIP
    {
        return None;
    }
    // The rate as it was when it last spoke: a rate that sinks with the silence would excuse it.
    let pause = Profile::of(rhythm, last).expected(last, now);
    let mean = f64::from(rhythm.pause_mean).max(f64::MIN_POSITIVE);
    let pauses_a_year = mean_rate(rhythm, last) * 365.0 * DAY / mean;
    let rare = (pauses_a_year * YEARS_TO_CHANCE)
        .max(std::f64::consts::E)
        .ln();
    // Pauses of pure chance deviate by their mean; those of a source that keeps its day, by less.
    let spread = (f64::from(rhythm.pause_square) - mean * mean)
        .max(0.0)
        .sqrt();
    let by_chance = mean + spread * (rare - 1.0);
    let unusual = by_chance.max(SILENT_LONGEST * f64::from(rhythm.pause_longest));
    (pause > unusual).then_some(last)
}

/// Entries that the rhythm lets expect between two times; `None` while too little is known of it.
pub fn expected(rhythm: &Rhythm, from: Timestamp, to: Timestamp) -> Option<f64> {
    (watched(rhythm, to)? >= APPRENTICESHIP).then(|| Profile::of(rhythm, from).expected(from, to))
}

/// Entries a day, as far as is known; for people.
pub fn entries_a_day(rhythm: &Rhythm, now: Timestamp) -> f64 {
    mean_rate(rhythm, now) * DAY
}

/// How long it has been watched.
pub fn watched(rhythm: &Rhythm, now: Timestamp) -> Option<Duration> {
    Some(super::until(rhythm.since?, now))
}

/// Entries a second for each hour of the week, Monday midnight first.
struct Profile {
    rates: [f64; WEEK],
}

impl Profile {
    fn of(rhythm: &Rhythm, now: Timestamp) -> Self {
        let mean = mean_rate(rhythm, now);
        let hours = shares(&blurred(&rhythm.hours), HOUR_PRIOR);
        let days = shares(&rhythm.weekdays.map(f64::from), DAY_PRIOR);
        let mut rates = [0.0; WEEK];
        for (place, rate) in rates.iter_mut().enumerate() {
            *rate = mean * hours[place % 24] * days[place / 24];
        }
        Self { rates }
    }

    /// Entries to expect between two times.
    fn expected(&self, from: Timestamp, to: Timestamp) -> f64 {
        let span = seconds(from, to);
        let week = WEEK as f64 * HOUR;
        let weeks = (span / week).floor();
        let mut sum = weeks * self.rates.iter().sum::<f64>() * HOUR;
        let mut left = span - weeks * week;
        let mut length = HOUR - into_hour(from);
        let mut place = hour_of_week(from);
        while left > 0.0 {
            let step = length.min(left);
            sum += self.rates[place % WEEK] * step;
            left -= step;
            place += 1;
            length = HOUR;
        }
        sum
    }

    /// How much more (or less) than usual is going on at `now`, as what is added to a factor of 1.
    fn excess(&self, rhythm: &Rhythm, now: Timestamp) -> f64 {
        let Some(last) = rhythm.last else { return 0.0 };
        let seen = f64::from(rhythm.burst) * (-seconds(last, now) / BURST_FADES).exp();
        let place = hour_of_week(now) + WEEK;
        let share = into_hour(now) / HOUR;
        let lately =
            self.rates[place % WEEK] * share + self.rates[(place - 1) % WEEK] * (1.0 - share);
        let factor = (seen + BURST_PRIOR) / (lately * BURST_FADES + BURST_PRIOR);
        factor.clamp(BURST_FACTOR.0, BURST_FACTOR.1) - 1.0
    }
}

/// Entries a second. The time since the last one counts, so that a source that dies is asked less.
fn mean_rate(rhythm: &Rhythm, now: Timestamp) -> f64 {
    let since = rhythm.last.map_or(0.0, |last| seconds(last, now));
    let days = f64::from(rhythm.days) + since / DAY;
    // Half an entry, and half a day: what is unknown is neither nothing nor everything.
    (f64::from(rhythm.entries) + 0.5) / ((days + 0.5) * DAY)
}

/// Each hour with a quarter of its neighbours: ten to the hour is not nine, and not never.
fn blurred(hours: &[f32; 24]) -> [f64; 24] {
    std::array::from_fn(|hour| {
        let at = |place: usize| f64::from(hours[place % 24]);
        0.5 * at(hour) + 0.25 * (at(hour + 23) + at(hour + 1))
    })
}

/// Counts as factors whose mean is 1.
fn shares<const N: usize>(counts: &[f64; N], prior: f64) -> [f64; N] {
    let sum: f64 = counts.iter().sum::<f64>() + prior * N as f64;
    counts.map(|count| (count + prior) / sum * N as f64)
}

fn scale(number: f32, factor: f64) -> f32 {
    figure(f64::from(number) * factor)
}

fn half(days: f64, half_life: f64) -> f64 {
    (-days / half_life).exp2()
}

/// Seconds from one time to another; none where that is past.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    super::until(from, to).as_secs_f64()
}

fn into_hour(at: Timestamp) -> f64 {
    at.as_second().rem_euclid(3600) as f64
}

/// The hour of the week, UTC; Monday's first is 0. The epoch was a Thursday.
fn hour_of_week(at: Timestamp) -> usize {
    let hours = at.as_second().div_euclid(3600) + 3 * 24;
    usize::try_from(hours.rem_euclid(7 * 24)).unwrap_or(0)
}

#[cfg(test)]
mod tests;

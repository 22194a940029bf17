//! What each edition has printed: the newsstand's memory, without HTTP and without markup.
//!
//! Bounded: an edition keeps its latest [`KEPT`] articles and lists the latest [`LISTED`]; an older
//! address is not found.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::script::{Action, Step};
use super::stories::{Edition, Story, Told};

/// Articles an edition keeps.
const KEPT: usize = 60;
/// Articles a feed or a section page lists.
pub const LISTED: usize = 12;
/// The number of the first article; each next one counts on.
const FIRST_NUMBER: u64 = 1_082_250;

/// One printed article.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Counts over all editions; part of addresses and guids.
    pub number: u64,
    /// Its address on the edition's host; never changes.
    pub path: String,
    /// Which story of the stock, in which round.
    pub origin: (usize, u32),
    /// Its words now.
    pub told: Told,
    /// When it was printed.
    pub published: Timestamp,
    /// When it was put right.
    pub corrected: Option<Timestamp>,
    /// The paper it was copied from.
    pub copied_from: Option<Edition>,
}

/// All that is printed.
#[derive(Debug, Default)]
pub struct Paper {
    editions: [VecDeque<Printed>; 6],
    printed: u64,
    asked: BTreeSet<String>,
    /// How many stories were published, corrected, copied since the start.
    pub counts: Counts,
}

/// What has happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New articles.
    pub published: u64,
    /// Corrections.
    pub corrected: u64,
    /// Articles that copy another paper's.
    pub copied: u64,
}

impl Paper {
    /// An edition's articles, newest first.
    pub fn latest(&self, edition: Edition) -> impl Iterator<Item = &Printed> {
        self.editions[edition as usize].iter().rev()
    }

    /// The article at an address of an edition.
    pub fn find(&self, edition: Edition, path: &str) -> Option<&Printed> {
        self.latest(edition).find(|article| article.path == path)
    }

    /// Notes that a list was served; true when it is the first time.
    pub fn note_asked(&mut self, list: String) -> bool {
        self.asked.insert(list)
    }

    /// Whether all these lists were served at least once.
    pub fn was_asked(&self, mut lists: impl Iterator<Item = String>) -> bool {
        lists.all(|list| self.asked.contains(&list))
    }

    /// Prints what was old news before the start, so that it is `hours` old.
    pub fn print_old(&mut self, step: Step, stock: &[Story], now: Timestamp, hours: i64) {
        let age = jiff::SignedDuration::from_hours(hours);
        self.publish(step, stock, now.saturating_sub(age).unwrap_or(now));
    }

    /// Does one step of the script; false when there was nothing to do it to (too old).
    pub fn apply(&mut self, step: Step, stock: &[Story], now: Timestamp) -> bool {
        match step.action {
            Action::Publish => {
                self.publish(step, stock, now);
                self.counts.published += 1;
                true
            }
            Action::Copy => {
                self.publish(step, stock, now);
                self.counts.copied += 1;
                true
            }
            Action::Correct => {
                let origin = (step.story, step.round);
                let printed = self.editions[step.edition as usize]
                    .iter_mut()
                    .find(|article| article.origin == origin);
                let Some(article) = printed else {
                    return false;
                };
                article.told = stock[step.story].tell(step.round, true);
                article.corrected = Some(now);
                self.counts.corrected += 1;
                true
            }
        }
    }

    fn publish(&mut self, step: Step, stock: &[Story], now: Timestamp) {
        let story = &stock[step.story];
        let number = FIRST_NUMBER + self.printed;
        self.printed += 1;
        let told = story.tell(step.round, false);
        let articles = &mut self.editions[step.edition as usize];
        articles.push_back(Printed {
            number,
            path: path_of(step.edition, number, &told.title, now),
            origin: (step.story, step.round),
            told,
            published: now,
            corrected: None,
            copied_from: (step.action == Action::Copy).then_some(story.edition),
        });
        if articles.len() > KEPT {
            articles.pop_front();
        }
    }
}

/// The address of an article, made once, in the manner of its outlet.
fn path_of(edition: Edition, number: u64, title: &str, at: Timestamp) -> String {
    let kyiv = at.to_zoned(TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC));
    let day = kyiv.strftime("%Y/%m/%d");
    match edition {
        Edition::Interfax => format!("/news/general/{number}.html"),
        Edition::Kyiv | Edition::Chronicles => format!("/{}/", slug(title)),
        Edition::Anewz => format!("/world/world-news/{number}/{}/news", slug(title)),
        Edition::Pravda => format!("/eng/news/{day}/{number}/"),
        Edition::PravdaUk => format!("/news/{day}/{number}/"),
    }
}

fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(&word.to_ascii_lowercase());
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{KEPT, Paper, slug};
    use crate::cli::demo::script::{Action, Script, Step};
    use crate::cli::demo::stories::{Edition, stock};

    #[test]
    fn the_papers_never_grow_beyond_their_bound() {
        let mut script = Script::new(stock(), 1);
        let mut paper = Paper::default();
        for _ in 0..2_000 {
            let step = script.next_step();
            paper.apply(step, script.stock(), Timestamp::UNIX_EPOCH);
        }
        for edition in Edition::ALL {
            let articles: Vec<_> = paper.latest(edition).collect();
            assert!(articles.len() <= KEPT, "{edition:?}");
            assert!(articles[0].number > articles[1].number);
            for article in &articles {
                let found = paper.find(edition, &article.path).unwrap();
                assert_eq!(found.number, article.number, "{}", article.path);
            }
        }
    }

    #[test]
    fn a_correction_keeps_the_address() {
        let stock = stock();
        let story = stock.iter().position(|s| s.correction.is_some()).unwrap();
        let step = |action| Step {
            action,
            story,
            round: 0,
            edition: stock[story].edition,
        };
        let mut paper = Paper::default();
        assert!(!paper.apply(step(Action::Correct), &stock, Timestamp::UNIX_EPOCH));
        paper.apply(step(Action::Publish), &stock, Timestamp::UNIX_EPOCH);
        let before = paper.latest(stock[story].edition).next().unwrap().clone();
        assert!(paper.apply(step(Action::Correct), &stock, Timestamp::UNIX_EPOCH));
        let after = paper.latest(stock[story].edition).next().unwrap();
        assert_eq!(before.path, after.path);
        assert_ne!(before.told.text, after.told.text);
        assert_eq!(paper.latest(stock[story].edition).count(), 1);
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(
            slug("NATO's “new” 5 % goal: what?"),
            "nato-s-new-5-goal-what"
        );
    }
}

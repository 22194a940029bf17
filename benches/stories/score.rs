//! How many copies are found, and how many articles are taken for copies that are none.

use super::frames::{FRAMES, fill};
use super::room::{Room, Told};
use super::set::{Edit, Text, bases, chance, events, seeds, words};

/// Found of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub found: usize,
    pub of: usize,
    /// Put into the story of another text.
    pub wrong: usize,
}

impl Score {
    pub fn add(&mut self, other: Self) {
        self.found += other.found;
        self.of += other.of;
        self.wrong += other.wrong;
    }

    pub fn percent(self) -> f64 {
        100.0 * self.found as f64 / self.of.max(1) as f64
    }
}

/// Words that a brief has at least: below forty a text has no sketch.
const BRIEF_MIN: usize = 40;
const WIDTH: usize = 64;

/// Stores all texts, then each one's edited copy at another outlet.
pub async fn copies(edit: Edit, seed: u64) -> Score {
    let mut rng = chance(seed);
    let mut room = Room::with(8).await;
    let texts = bases();
    let told = texts.iter().enumerate().map(|(n, text)| Told {
        outlet: n % 4,
        paragraphs: text.paragraphs.clone(),
    });
    let originals = room.tell(told.collect(), WIDTH).await;
    let (mut of, mut edited) = (Vec::new(), Vec::new());
    for (n, text) in texts.iter().enumerate() {
        let copy = edit.of(text, &mut rng);
        if words(&copy) >= BRIEF_MIN {
            of.push(originals[n]);
            edited.push(Told {
                outlet: 4 + n % 4,
                paragraphs: copy.paragraphs,
            });
        }
    }
    let copies = room.tell(edited, WIDTH).await;
    let mut score = Score::default();
    for (original, copy) in of.into_iter().zip(copies) {
        let (original, copy) = (room.article(original).await, room.article(copy).await);
        score.of += 1;
        if copy.story.id == original.story.id {
            score.found += 1;
        } else if !copy.story.original {
            score.wrong += 1;
        }
    }
    score
}

/// Stores what are no copies of each other, at outlets of their own, and counts who joined somebody.
pub async fn strangers(texts: Vec<Text>) -> Score {
    let mut room = Room::with(64).await;
    let told = texts.into_iter().enumerate().map(|(n, text)| Told {
        outlet: n % 64,
        paragraphs: text.paragraphs,
    });
    let articles = room.tell(told.collect(), WIDTH).await;
    let mut score = Score::default();
    for article in articles {
        score.of += 1;
        score.wrong += usize::from(!room.article(article).await.story.original);
    }
    score
}

/// `days` reports in each frame, by frame.
pub fn framed(days: usize, seed: u64) -> Vec<(&'static str, Vec<Text>)> {
    let mut rng = chance(seed);
    let fill = |frame: &(&'static str, &'static str)| {
        let days = (0..days).map(|_| fill(*frame, &mut rng));
        (frame.0, days.collect())
    };
    FRAMES.iter().map(fill).collect()
}

/// Reports of one event each, by several hands, and the base texts beside them.
pub fn own_words() -> Vec<Text> {
    events().into_iter().flatten().chain(bases()).collect()
}

/// The five seeds.
pub fn five() -> Vec<Text> {
    seeds()
}

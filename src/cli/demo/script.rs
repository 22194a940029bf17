//! What the newsstand does next: the same steps in the same order for the same seed.
//!
//! A round tells each story of the stock once, in shuffled order; corrections follow three stories
//! later, copies two. There is always a next step.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::stories::{Edition, Story};

/// How many stories of each edition are old when the demo starts.
const OPENING: usize = 2;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub action: Action,
    /// To which story of the stock.
    pub story: usize,
    /// In which round it is told.
    pub round: u32,
    /// Who prints.
    pub edition: Edition,
}

/// What happens to a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is printed.
    Publish,
    /// The printed text is put right.
    Correct,
    /// Another outlet prints it too.
    Copy,
}

/// The endless list of steps.
#[derive(Debug)]
pub struct Script {
    stock: Vec<Story>,
    seed: u64,
    round: u32,
    steps: VecDeque<Step>,
}

impl Script {
    /// The script for a stock and a seed.
    pub fn new(stock: Vec<Story>, seed: u64) -> Self {
        Self {
            stock,
            seed,
            round: 0,
            steps: VecDeque::new(),
        }
    }

    /// The stories.
    pub fn stock(&self) -> &[Story] {
        &self.stock
    }

    /// What is old news at the start, oldest first.
    pub fn opening(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for edition in Edition::ALL {
            let stories = self.stock.iter().enumerate();
            steps.extend(
                stories
                    .filter(|(_, story)| story.edition == edition)
                    .take(OPENING)
                    .map(|(story, _)| Step {
                        action: Action::Publish,
                        story,
                        round: 0,
                        edition,
                    }),
            );
        }
        steps
    }

    /// The next step.
    pub fn next_step(&mut self) -> Step {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return step;
            }
            self.steps = self.plan_round().into();
            self.round = self.round.saturating_add(1);
        }
    }

    fn plan_round(&self) -> Vec<Step> {
        let mut rng = StdRng::seed_from_u64(self.seed.wrapping_add(u64::from(self.round)));
        let opening = self.opening();
        let mut order: Vec<usize> = (0..self.stock.len())
            .filter(|story| self.round > 0 || !opening.iter().any(|old| old.story == *story))
            .collect();
        order.shuffle(&mut rng);
        // The first story is one that shows everything and whose host is quick: a newcomer waits
        // for nothing.
        let shows_all = |story: &usize| {
            let story = &self.stock[*story];
            story.edition == Edition::Interfax
                && story.correction.is_some()
                && story.copied_by.is_some()
        };
        if let Some(place) = order.iter().position(shows_all) {
            order.swap(0, place);
        }

        let mut later: Vec<(usize, Step)> = Vec::new();
        let mut steps = Vec::new();
        // Three places more than stories, so that what follows the last one has its place too.
        for place in 0..order.len() + 4 {
            steps.extend(
                later
                    .extract_if(.., |(due, _)| *due == place)
                    .map(|(_, s)| s),
            );
            let Some(&index) = order.get(place) else {
                continue;
            };
            let story = &self.stock[index];
            let step = |action, edition| Step {
                action,
                story: index,
                round: self.round,
                edition,
            };
            steps.push(step(Action::Publish, story.edition));
            if let Some(copier) = story.copied_by {
                later.push((place + 2, step(Action::Copy, copier)));
            }
            if story.correction.is_some() {
                later.push((place + 3, step(Action::Correct, story.edition)));
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Script};
    use crate::cli::demo::stories::{Edition, stock};

    fn steps(seed: u64, count: usize) -> Vec<super::Step> {
        let mut script = Script::new(stock(), seed);
        (0..count).map(|_| script.next_step()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_steps() {
        assert_eq!(steps(7, 400), steps(7, 400));
        assert_ne!(steps(7, 400), steps(8, 400));
    }

    #[test]
    fn the_first_minute_shows_a_new_story_its_copy_and_its_correction() {
        for seed in 0..20 {
            let steps = steps(seed, 6);
            let first = steps[0];
            assert_eq!(first.action, Action::Publish);
            assert_eq!(first.edition, Edition::Interfax);
            for action in [Action::Copy, Action::Correct] {
                assert!(
                    steps
                        .iter()
                        .any(|step| step.action == action && step.story == first.story),
                    "seed {seed}: {action:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_corrected_or_copied_before_it_was_printed() {
        let steps = steps(3, 500);
        for (n, step) in steps.iter().enumerate() {
            let printed = steps[..n].iter().any(|earlier| {
                earlier.action == Action::Publish
                    && earlier.story == step.story
                    && earlier.round == step.round
            });
            assert_eq!(printed, step.action != Action::Publish, "{step:?}");
        }
    }
}

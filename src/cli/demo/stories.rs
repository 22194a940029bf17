//! The stock of stories: data, and how a story is told in the first, second, third round.
//!
//! All of it is invented. A number in braces (`{1,200}`) grows with each round, so that a demo that
//! runs past its stock goes on with news that differ. Nothing here knows how an outlet prints.

use serde::Deserialize;

/// Which paper prints a story: an outlet, or one language of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// Agency copy; dates only as page text; an AMP twin.
    Interfax,
    /// Ghost-like; pleas and cards in the column.
    Kyiv,
    /// Text in JSON-LD alone; no feed.
    Anewz,
    /// WordPress-like, slow; prints others' copy.
    Chronicles,
    /// English; two layouts.
    Pravda,
    /// Ukrainian, in windows-1251.
    PravdaUk,
}

impl Edition {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Interfax,
        Self::Kyiv,
        Self::Anewz,
        Self::Chronicles,
        Self::Pravda,
        Self::PravdaUk,
    ];
}

/// One story as the stock holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Who prints it.
    pub edition: Edition,
    /// Headline.
    pub title: String,
    /// People; agency copy has none.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The picture's caption, with its credit.
    pub caption: Option<String>,
    /// Paragraphs; one that opens with `• ` is a list item, with `## ` a subhead.
    pub text: Vec<String>,
    /// What is put right later.
    pub correction: Option<Correction>,
    /// Who prints it too.
    pub copied_by: Option<Edition>,
}

/// A correction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// What was wrong and what is right, wherever it stands in title and text.
    pub changes: Vec<(String, String)>,
    /// The editor's note that is added.
    pub note: String,
}

/// A story's words in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Headline.
    pub title: String,
    /// People.
    pub authors: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Caption.
    pub caption: Option<String>,
    /// Paragraphs.
    pub text: Vec<String>,
}

#[derive(Deserialize)]
struct Stock {
    story: Vec<Story>,
}

/// The bundled stories.
pub fn stock() -> Vec<Story> {
    let mut stories = Vec::new();
    for file in [
        include_str!("stories/opening.toml"),
        include_str!("stories/english.toml"),
        include_str!("stories/ukrainian.toml"),
    ] {
        let stock: Stock = toml::from_str(file).expect("the bundled stories are read by a test");
        stories.extend(stock.story);
    }
    stories
}

impl Story {
    /// The words as printed in `round` (0 is the first), before or after the correction.
    pub fn tell(&self, round: u32, corrected: bool) -> Told {
        let correction = self.correction.as_ref().filter(|_| corrected);
        let say = |words: &str| {
            let changes = correction.map_or(&[][..], |fix| &fix.changes);
            let right = changes.iter().fold(words.to_owned(), |words, (old, new)| {
                words.replace(old, new)
            });
            grow(&right, round)
        };
        let mut title = say(&self.title);
        let mut text: Vec<String> = self.text.iter().map(|words| say(words)).collect();
        if let Some(fix) = correction {
            text.push(grow(&fix.note, round));
        }
        if round > 0 {
            let part = round.saturating_add(1);
            let (mark, close) = match self.edition {
                Edition::PravdaUk => ("частина", "Це повідомлення цієї серії під номером"),
                Edition::Interfax
                | Edition::Kyiv
                | Edition::Anewz
                | Edition::Chronicles
                | Edition::Pravda => ("part", "This is the report of the series with the number"),
            };
            title = format!("{title}, {mark} {part}");
            text.push(format!("{close} {part}."));
        }
        Told {
            title,
            authors: self.authors.clone(),
            tags: self.tags.clone(),
            caption: self.caption.as_ref().map(|caption| grow(caption, round)),
            text,
        }
    }
}

/// Replaces `{120}` by 120 in round 0 and by more, about 7 % a round, later.
fn grow(words: &str, round: u32) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((digits, tail)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        match digits.replace(',', "").parse::<u64>() {
            Ok(first) => {
                let step = (first / 14).max(1);
                let number = first.saturating_add(step.saturating_mul(u64::from(round)));
                out.push_str(&grouped(number, digits.contains(',')));
            }
            Err(_) => out.push_str(digits),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn grouped(number: u64, commas: bool) -> String {
    let digits = number.to_string();
    if !commas {
        return digits;
    }
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Edition, grow, stock};

    #[test]
    fn the_stock_is_large_whole_and_without_repeats() {
        let stock = stock();
        assert!(stock.len() >= 52, "{}", stock.len());
        let mut titles = HashSet::new();
        for story in &stock {
            assert!(titles.insert(&story.title), "twice: {}", story.title);
            assert!((3..=9).contains(&story.text.len()), "{}", story.title);
            assert_ne!(story.copied_by, Some(story.edition), "{}", story.title);
        }
        for edition in Edition::ALL {
            let of = stock.iter().filter(|story| story.edition == edition);
            assert!(of.count() >= 5, "{edition:?}");
        }
    }

    #[test]
    fn every_change_of_a_correction_is_found_and_seen_in_a_feed() {
        let stock = stock();
        let corrected: Vec<_> = stock.iter().filter(|s| s.correction.is_some()).collect();
        assert!(corrected.len() >= 3);
        for story in corrected {
            let words = format!("{} {}", story.title, story.text.join(" "));
            for (old, _) in &story.correction.as_ref().unwrap().changes {
                assert!(words.contains(old), "{old}");
            }
            let (before, after) = (story.tell(0, false), story.tell(0, true));
            // Kyiv's feed has the whole text; AnewZ has no feed and is found out by a revisit.
            let seen = before.title != after.title
                || before.text[0] != after.text[0]
                || matches!(story.edition, Edition::Kyiv | Edition::Anewz);
            assert!(seen, "{}", story.title);
        }
    }

    #[test]
    fn a_later_round_differs_from_every_earlier_one() {
        for story in stock() {
            let rounds: Vec<_> = (0..4).map(|round| story.tell(round, false)).collect();
            for (n, told) in rounds.iter().enumerate() {
                assert!(!rounds[..n].iter().any(|earlier| earlier.text == told.text));
                assert!(
                    !rounds[..n]
                        .iter()
                        .any(|earlier| earlier.title == told.title)
                );
                assert!(!told.text.concat().contains('{'), "{}", told.title);
            }
        }
    }

    #[test]
    fn numbers_in_braces_grow() {
        assert_eq!(grow("{120} of {1,200}; {x}", 0), "120 of 1,200; x");
        assert_eq!(grow("{120} of {1,400}", 2), "136 of 1,600");
        assert_eq!(grow("an {open brace", 1), "an {open brace");
    }
}

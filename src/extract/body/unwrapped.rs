//! Captures whose paragraphs were broken at a width, as mail and terminals do: put together again.
//!
//! A line was broken there if the next word would not have fitted, and the next line goes on in the
//! middle of a sentence. Lists of headlines do neither, so they stay as they are.

use std::borrow::Cow;

use crate::extract::document::characters::is_spaceless;

/// Widths at which texts are broken, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;
/// Lines that go on in the middle of a sentence, from which a capture is taken as broken.
const ENOUGH: usize = 3;
/// Of ten lines, those that may be wider: a headline, an address.
const WIDER: usize = 1;

/// The lines of a capture, those of one paragraph joined; blank lines stay.
pub(crate) fn unwrapped<'t>(lines: &[&'t str]) -> Vec<Cow<'t, str>> {
    let wide = lines.iter().map(|line| width(line)).collect::<Vec<_>>();
    let Some(column) = column(lines, &wide) else {
        return lines.iter().map(|line| (*line).into()).collect();
    };
    let mut joined: Vec<Cow<'t, str>> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        // As long as each line was full, it is one paragraph.
        let mut end = at + 1;
        while end < lines.len() && is_full(wide[end - 1], lines[end - 1], lines[end], column) {
            end += 1;
        }
        let going_on = lines[at + 1..end].iter().filter(|line| goes_on(line));
        if end - at > 1 && going_on.count() * 3 >= end - at - 1 {
            joined.push(together(&lines[at..end]).into());
        } else {
            joined.extend(lines[at..end].iter().map(|line| (*line).into()));
        }
        at = end;
    }
    joined
}

/// The width at which the capture was broken, if it was: the widest line that goes on below.
fn column(lines: &[&str], wide: &[usize]) -> Option<usize> {
    let filled = wide.iter().filter(|width| **width > 0).count();
    let wider = wide.iter().filter(|width| **width > *WIDTHS.end()).count();
    if wider * 10 > filled * WIDER {
        return None;
    }
    let broken: Vec<usize> = (1..lines.len())
        .filter(|at| wide[at - 1] > 0 && goes_on(lines[*at]))
        .map(|at| wide[at - 1])
        .filter(|width| WIDTHS.contains(width))
        .collect();
    broken
        .iter()
        .max()
        .copied()
        .filter(|_| broken.len() >= ENOUGH)
}

/// Whether the first word of the next line would not have fitted on this one.
fn is_full(wide: usize, line: &str, next: &str, column: usize) -> bool {
    let Some(word) = next.split_whitespace().next() else {
        return false;
    };
    wide > 0
        && wide <= column
        && wide + 1 + width(word) > column
        && !begins_item(next)
        && (!begins_item(line) || goes_on(next))
}

/// Whether a line begins in small letters, or in those of a script that has no others.
fn goes_on(line: &str) -> bool {
    let first = line.trim_start().chars().find(|c| c.is_alphanumeric());
    first.is_some_and(|c| c.is_alphabetic() && !c.is_uppercase() && !is_spaceless(c))
}

fn begins_item(line: &str) -> bool {
    line.trim_start()
        .starts_with(['•', '●', '▪', '◦', '‣', '∙', '*', '#'])
}

/// Lines as one; a word with a hyphen is not parted.
fn together(lines: &[&str]) -> String {
    let mut paragraph = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        let mut last = paragraph.chars().rev();
        let hyphen = last.next() == Some('-') && last.next().is_some_and(char::is_alphabetic);
        let word = line.starts_with(char::is_alphabetic);
        let parted = !(hyphen && word);
        if parted && !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    paragraph
}

/// Characters of a line, white space at its ends apart.
fn width(line: &str) -> usize {
    line.trim().chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines: Vec<&str> = text.lines().collect();
        let joined = unwrapped(&lines);
        let kept: Vec<&str> = joined.iter().map(|line| &**line).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn paragraphs_broken_at_a_width_are_joined() {
        check(
            "Storm closes the harbour\n\
             The harbour was closed for three days while divers looked for the\n\
             anchor, the master of the port said on Monday, and nobody could say\n\
             how long it would take.\n\
             \n\
             In Odesa the pilots of the company stayed ashore on account of the\n\
             wind, which blew as never before.\n",
            &[
                "Storm closes the harbour",
                "The harbour was closed for three days while divers looked for the anchor, the master of \
                 the port said on Monday, and nobody could say how long it would take.",
                "",
                "In Odesa the pilots of the company stayed ashore on account of the wind, which blew as \
                 never before.",
            ],
        );
    }

    #[test]
    fn words_with_hyphens_are_not_parted() {
        assert_eq!(together(&["a well-", "known ship"]), "a well-known ship");
        assert_eq!(together(&["a ship -", "known"]), "a ship - known");
        assert_eq!(together(&["Anglo-", "Saxon"]), "Anglo-Saxon");
    }

    #[test]
    fn headlines_items_and_long_lines_stay_as_they_are() {
        let headlines = "Zelenskyy reports being on a visit to the United Kingdom today\n\
                         Ships wait outside the harbour while the wind keeps pilots away\n\
                         Ministers meet again over the budget and part without an answer\n\
                         Divers find the anchor of the ship that went down in the storm";
        check(headlines, &headlines.lines().collect::<Vec<_>>());
        let long = "A paragraph that stands on one line is much longer than any width at which mail would break it, twice.\n\
                    and another one that begins in small letters for whatever reason there may be on such a page.\n\
                    and a third that begins in small letters for whatever reason there may be on such a page.\n\
                    and a fourth that begins in small letters for whatever reason there may be on such a page.";
        check(long, &long.lines().collect::<Vec<_>>());
        let items = "The ministry of the sea and of all of its harbours said on Monday:\n\
                     • the pilots who stay at home are paid as if they had been at work\n\
                     • the divers who look for the anchor are paid for each hour below";
        check(items, &items.lines().collect::<Vec<_>>());
    }
}

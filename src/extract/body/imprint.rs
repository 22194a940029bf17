//! Lines that say who wrote it and when, and nothing else (cleaning rule C12): a name, a role, a date,
//! a time of reading, in whatever order a template puts them on one line.

use super::lexicon::{self, Class};
use crate::extract::facts::months::unglued;
use crate::extract::facts::naming::NAMING;
use crate::extract::facts::{dates, names};

/// Longest line that is one, in bytes.
const LONGEST: usize = 200;
/// Longest line that is one by its opening words alone, in bytes.
const LONGEST_UNDATED: usize = 80;
/// Words that a name with its role has at most.
const NAME_AND_ROLE: usize = 8;
/// Dates of one such line: published, updated.
const MOST_DATES: usize = 2;

/// Whether a line holds nothing but a byline, a date, or both. `writers` are the article's authors, as
/// far as they are known.
pub(crate) fn is_imprint(line: &str, writers: &[String]) -> bool {
    if line.len() > LONGEST {
        return false;
    }
    let line = unglued(line);
    let parts = around_dates(&line);
    if parts.len() > 1 {
        return parts.iter().all(|part| says_nothing(part, writers));
    }
    if line.len() >= LONGEST_UNDATED {
        return false;
    }
    names::opens_byline(&line) && !names::people(&line, &[]).is_empty()
}

/// Whether a line is a date, with a word at most that says of what: `Published 23 June 2025, 17:35`.
/// "She was born on 23 June 1995" is none.
pub(crate) fn is_dateline(line: &str) -> bool {
    let line = unglued(line);
    let parts = around_dates(&line);
    let says = |part: &str| {
        let part = part.trim().to_lowercase();
        let mut words = NAMING.published.iter().chain(&NAMING.updated);
        part.chars().filter(|c| c.is_alphabetic()).count() <= 4
            || words.any(|word| part.starts_with(word.as_str()))
    };
    parts.len() > 1 && parts.iter().all(|part| says(part))
}

/// What stands before, between and behind the dates of a line; the whole line where it has none.
fn around_dates(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while parts.len() < MOST_DATES
        && let Some(found) = dates::find(rest)
    {
        parts.push(&rest[..found.range.start]);
        rest = &rest[found.range.end..];
    }
    parts.push(rest);
    parts
}

/// A part that is a few signs, a name, a control or a time of reading.
fn says_nothing(part: &str, writers: &[String]) -> bool {
    let part = part.trim_matches(|c: char| c.is_whitespace() || "|·•–—-/,;".contains(c));
    let letters = part.chars().filter(|c| c.is_alphanumeric()).count();
    letters <= 14
        || matches!(
            lexicon::class_of(part),
            Some(Class::ReadingTime | Class::Clock | Class::Control | Class::Form)
        )
        || is_name_and_role(part, writers)
}

/// One person, perhaps with what they do: at most eight words, and where there is more than the name,
/// an author's name or a word that opens a byline.
fn is_name_and_role(part: &str, writers: &[String]) -> bool {
    let short = part.split(' ').count() <= NAME_AND_ROLE;
    let after = names::without_by(part);
    short
        && (names::people(part, &[]).len() == 1
            || writers
                .iter()
                .any(|writer| after.starts_with(writer.as_str()))
            || after.len() < part.len() && begins_with_name(after))
}

/// Two or three words, each with a capital and no sign behind it; or a name in the brackets that
/// newspapers of East Asia put it in.
pub(crate) fn is_bare_name(line: &str) -> bool {
    let bracketed = line
        .strip_prefix('【')
        .and_then(|line| line.strip_suffix('】'))
        .is_some_and(|name| (2..=20).contains(&name.chars().count()));
    let words: Vec<&str> = line.split(' ').collect();
    let word = |word: &&str| {
        word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().any(char::is_lowercase)
            && word.chars().all(|c| c.is_alphabetic() || "-'’".contains(c))
    };
    bracketed || (2..=3).contains(&words.len()) && words.iter().all(word)
}

/// Two words with capitals: the shortest whole name.
fn begins_with_name(text: &str) -> bool {
    let mut words = text.split(' ');
    let capital = |word: Option<&str>| {
        word.and_then(|word| word.chars().next())
            .is_some_and(char::is_uppercase)
    };
    capital(words.next()) && capital(words.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_roles_dates_and_times_of_reading_are_an_imprint() {
        let writers = ["Олена Ковальчук".to_owned()];
        for line in [
            "By Olena Kovalchuk Defence correspondent 23 June 2025, 17:35 4 min read",
            "Von Helene Krüger 23. Juni 2025, 17:35 Uhr Lesezeit: 4 Minuten",
            "Автор: Елена Ковальчук 23 июня 2025, 17:35 Время чтения: 4 мин",
            "23 June 2025, 17:35",
            "Published 23 June 2025, 17:35 | Updated 24 June 2025",
            "Олена Ковальчук кореспондентка 23 червня 2025, 17:35",
            "By Jane Doe",
        ] {
            assert!(is_imprint(line, &writers), "{line}");
        }
        for line in [
            "On 23 June 2025 the ministry signed an agreement.",
            "The agreement that was reached on 23 June 2025",
            "By the end of June 2025 all crews will have been trained abroad for the systems",
            "Олена Ковальчук розповіла про угоду",
        ] {
            assert!(!is_imprint(line, &writers), "{line}");
        }
    }
}

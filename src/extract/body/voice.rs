//! Who speaks to whom in a line: news tells of others, and a house that wants something speaks of itself
//! to its readers. The words are data (`voice.toml`); what is said in quotation marks is not asked.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::extract::document::characters::is_spaceless;

/// Whom a line speaks to, and for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Voice {
    /// It speaks to the reader.
    pub(crate) reader: bool,
    /// It speaks for the house.
    pub(crate) house: bool,
}

/// The words of one of them.
struct Words {
    whole: HashSet<String>,
    /// As written, within a sentence.
    capital: HashSet<String>,
    /// By their first letter, and endings by their last.
    stems: HashMap<char, Vec<String>>,
    endings: HashMap<char, Vec<String>>,
    /// Where a sentence begins.
    opening: HashSet<String>,
    opening_endings: HashMap<char, Vec<String>>,
    parts: Vec<String>,
    /// Anywhere in a line of small letters with a space around it.
    phrases: Vec<Finder<'static>>,
}

static VOICES: LazyLock<[Words; 4]> = LazyLock::new(|| {
    let table: toml::Table =
        toml::from_str(include_str!("voice.toml")).expect("the embedded word list is valid TOML");
    ["reader", "house", "platform", "service"].map(|name| Words::of(&table, name))
});

impl Words {
    fn of(table: &toml::Table, name: &str) -> Self {
        let list = |key: &str| {
            let list = table.get(name).and_then(|words| words.get(key)?.as_array());
            let words = list.into_iter().flatten().filter_map(toml::Value::as_str);
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            whole: list("words").into_iter().collect(),
            capital: list("capital").into_iter().collect(),
            stems: by(list("stems"), |stem| stem.chars().next()),
            endings: by(list("endings"), |ending| ending.chars().next_back()),
            opening: list("opening").into_iter().collect(),
            opening_endings: by(list("opening_endings"), |ending| ending.chars().next_back()),
            parts: list("parts"),
            phrases: list("phrases")
                .iter()
                .map(|phrase| Finder::new(phrase).into_owned())
                .collect(),
        }
    }

    /// Whether one of them is `word`, which is `small` in small letters and may open a sentence.
    fn hold(&self, word: &str, small: &str, opens: bool) -> bool {
        /// Bytes of the longest such word, and letters in front of an ending.
        const LONGEST: usize = 48;
        const FRONT: usize = 3;
        if small.len() > LONGEST {
            return false;
        }
        let known = |words: &HashMap<char, Vec<String>>,
                     letter: Option<char>,
                     fits: &dyn Fn(&str) -> bool| {
            letter
                .and_then(|letter| words.get(&letter))
                .is_some_and(|words| words.iter().any(|word| fits(word)))
        };
        let begins = |stem: &str| small.starts_with(stem);
        let ends = |ending: &str| {
            small
                .strip_suffix(ending)
                .is_some_and(|front| front.chars().nth(FRONT - 1).is_some())
        };
        let last = small.chars().next_back();
        self.whole.contains(small)
            || !opens && self.capital.contains(word)
            || known(&self.stems, small.chars().next(), &begins)
            || known(&self.endings, last, &ends)
            || opens && (self.opening.contains(small) || known(&self.opening_endings, last, &ends))
    }
}

/// Words by one of their letters.
fn by(words: Vec<String>, letter: impl Fn(&str) -> Option<char>) -> HashMap<char, Vec<String>> {
    let mut by: HashMap<char, Vec<String>> = HashMap::new();
    for word in words {
        if let Some(letter) = letter(&word) {
            by.entry(letter).or_default().push(word);
        }
    }
    by
}

/// The voice of a line.
pub(crate) fn voice_of(line: &str) -> Voice {
    let mut voice = Voice::default();
    // A dash opens what somebody says.
    if line.starts_with(['—', '–', '-']) {
        return voice;
    }
    let told = without_quotations(line);
    let [reader, house, ..] = &*VOICES;
    if told.chars().any(is_spaceless) {
        let holds = |words: &Words| words.parts.iter().any(|part| told.contains(part.as_str()));
        return Voice {
            reader: holds(reader),
            house: holds(house),
        };
    }
    let small = format!(" {} ", told.to_lowercase());
    let says = |words: &Words| {
        let mut phrases = words.phrases.iter();
        phrases.any(|phrase| phrase.find(small.as_bytes()).is_some())
    };
    voice.reader = says(reader);
    voice.house = says(house);
    let mut opens = true;
    for token in told.split_whitespace() {
        for word in token.split(|c: char| !c.is_alphanumeric()) {
            // The United States are no pronoun.
            let initials = word.len() <= 3 && word.chars().all(char::is_uppercase);
            if word.is_empty() || initials {
                continue;
            }
            let small = if word.chars().all(char::is_lowercase) {
                Cow::Borrowed(word)
            } else {
                Cow::Owned(word.to_lowercase())
            };
            voice.reader |= reader.hold(word, &small, opens);
            voice.house |= house.hold(word, &small, opens);
            opens = false;
        }
        opens |= token.ends_with(['.', '!', '?', ':', '…', '\u{1f}']);
    }
    voice
}

/// Whether a line names a place where a house can be followed, or what it can be read with.
pub(crate) fn names_platform(line: &str) -> bool {
    let [_, _, platform, _] = &*VOICES;
    platform
        .parts
        .iter()
        .any(|part| line.contains(part.as_str()))
        || line
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| !word.is_empty() && platform.whole.contains(&word.to_lowercase()))
}

/// How many words of a line are of what a house offers its readers and wants of them, each counted once.
pub(crate) fn services_in(line: &str) -> usize {
    let [.., service] = &*VOICES;
    if line.chars().any(is_spaceless) {
        let said = |part: &&String| line.contains(part.as_str());
        return service.parts.iter().filter(said).count();
    }
    let words: HashSet<String> = line
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|small| service.hold("", small, false))
        .collect();
    words.len()
}

/// A line without what stands in quotation marks; one that is left open goes on to the end.
fn without_quotations(line: &str) -> String {
    let mut told = String::with_capacity(line.len());
    let mut closing: Option<&[char]> = None;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let within_word = letters.peek().is_some_and(|next| next.is_alphanumeric());
        if let Some(marks) = closing {
            // An apostrophe closes nothing.
            if marks.contains(&letter) && !(letter == '’' && within_word) {
                closing = None;
                told.push('\u{1f}');
            }
            continue;
        }
        closing = match letter {
            '“' => Some(&['”', '"']),
            '„' => Some(&['“', '”', '"']),
            '«' => Some(&['»']),
            '»' => Some(&['«']),
            '"' => Some(&['"', '”']),
            '‘' => Some(&['’']),
            '「' => Some(&['」']),
            '『' => Some(&['』']),
            _ => None,
        };
        if closing.is_none() {
            told.push(letter);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_speaks_to_its_reader_or_for_its_house() {
        for (line, reader, house) in [
            ("Get the news on your phone.", true, false),
            ("Our letter has 40,000 readers.", false, true),
            ("Hilf uns, und wir schreiben Ihnen.", true, true),
            ("Sie sagte, dass sie nichts davon wisse.", false, false),
            ("Wissen Sie mehr?", true, false),
            ("Abonnez-vous à notre lettre", true, true),
            ("Síguenos y lee nuestro boletín", true, true),
            ("Підтримайте редакцію", true, true),
            ("Наши письма читают сорок тысяч человек", false, true),
            ("Telefonunuza gelsin, haberiniz olsun", true, false),
            ("登録してください", true, false),
            ("Recevez les nouvelles chaque matin", true, false),
            ("Wesprzyj niezależne dziennikarstwo.", true, false),
            ("Ci si chiede chi ascolta.", false, false),
            ("The US said that it would not.", false, false),
            ("Hier geht es zum Fahrplan", true, false),
            ("Don't miss a boat", true, false),
            ("The report on lessons for op jeeps", false, false),
            ("Quand cet article a paru, il pleuvait.", false, true),
            (
                "В університеті та в комітеті про це не знають.",
                false,
                false,
            ),
        ] {
            assert_eq!(voice_of(line), Voice { reader, house }, "{line}");
        }
    }

    #[test]
    fn services_are_counted_once_each() {
        for (line, count) in [
            ("Our app brings the app's alerts to you.", 2),
            ("Підписка на розсилку безкоштовна", 3),
            ("電子版の購読はこちら", 2),
            ("The lock gate was closed on Monday.", 0),
        ] {
            assert_eq!(services_in(line), count, "{line}");
        }
    }

    #[test]
    fn what_is_quoted_speaks_to_somebody_else() {
        for line in [
            "“We will tell you,” he said.",
            "Er sagte: „Wir sagen Ihnen nichts.“",
            "Elle a dit : « Nous vous attendons. »",
            "‘It’s our turn, and yours,’ they said.",
            "“And you will hear of us again.",
            "— Мы вам не скажем, — ответил он.",
        ] {
            assert_eq!(voice_of(line), Voice::default(), "{line}");
        }
    }
}

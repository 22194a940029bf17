//! Words to their stems, language by language: Snowball's algorithms.
//!
//! A stem is written with its language (`uk:ракет`), so that an article is found by the forms of its own
//! language only: an English `die` is no German article. Who asks without a language asks in all
//! that are written so.

use frostem::{Algorithm, Stemmer};

use super::words::{Script, Word, fold};

/// Shorter words have no endings to speak of.
const SHORTEST: usize = 3;

/// A language whose words are stemmed.
#[derive(Clone, Copy)]
struct Language {
    /// Primary subtag.
    tag: &'static str,
    script: Script,
    algorithm: Algorithm,
}

const fn language(tag: &'static str, script: Script, algorithm: Algorithm) -> Language {
    Language {
        tag,
        script,
        algorithm,
    }
}

/// All of them. The first of each script are taken for an article that names no language.
const LANGUAGES: [Language; 23] = [
    language("uk", Script::Cyrillic, Algorithm::Ukrainian),
    language("ru", Script::Cyrillic, Algorithm::Russian),
    language("en", Script::Latin, Algorithm::English),
    language("de", Script::Latin, Algorithm::German),
    language("fr", Script::Latin, Algorithm::French),
    language("es", Script::Latin, Algorithm::Spanish),
    language("pl", Script::Latin, Algorithm::Polish),
    language("it", Script::Latin, Algorithm::Italian),
    language("pt", Script::Latin, Algorithm::Portuguese),
    language("nl", Script::Latin, Algorithm::Dutch),
    language("cs", Script::Latin, Algorithm::Czech),
    language("da", Script::Latin, Algorithm::Danish),
    language("fi", Script::Latin, Algorithm::Finnish),
    language("hu", Script::Latin, Algorithm::Hungarian),
    language("nb", Script::Latin, Algorithm::Norwegian),
    language("nn", Script::Latin, Algorithm::Norwegian),
    language("no", Script::Latin, Algorithm::Norwegian),
    language("ro", Script::Latin, Algorithm::Romanian),
    language("sr", Script::Latin, Algorithm::Serbian),
    language("sv", Script::Latin, Algorithm::Swedish),
    language("tr", Script::Latin, Algorithm::Turkish),
    language("el", Script::Greek, Algorithm::Greek),
    language("ar", Script::Arabic, Algorithm::Arabic),
];

/// Languages by which an article is read that names none: those of one script that are met most.
const SUPPOSED: usize = 7;

/// The stems of words, for one article or one question.
pub(super) struct Stems {
    languages: Vec<Language>,
}

impl Stems {
    /// Of an article in this language, if it names one.
    pub(super) fn of_article(language: Option<&str>) -> Self {
        match language {
            Some(tag) => Self::of_language(tag),
            None => Self {
                languages: LANGUAGES[..SUPPOSED].to_vec(),
            },
        }
    }

    /// Of one language.
    pub(super) fn of_language(tag: &str) -> Self {
        let languages = LANGUAGES.iter().filter(|language| language.tag == tag);
        Self {
            languages: languages.copied().collect(),
        }
    }

    /// Of every language.
    pub(super) fn of_all() -> Self {
        Self {
            languages: LANGUAGES.to_vec(),
        }
    }

    /// The stems of a word, each with its language; none where its script is not the language's.
    pub(super) fn of<'a>(&'a self, word: &'a Word) -> impl Iterator<Item = String> + 'a {
        let is_long = word.text.chars().nth(SHORTEST - 1).is_some();
        let languages = self
            .languages
            .iter()
            .filter(move |language| is_long && language.script == word.script);
        languages.map(|language| {
            let text = without_yo(&word.text);
            let stem = Stemmer::new(language.algorithm).stem(&text).into_owned();
            format!("{}:{}", language.tag, fold(&stem, word.script))
        })
    }
}

/// Russian print leaves the dots of ё out: both forms have one stem.
fn without_yo(word: &str) -> String {
    word.replace('ё', "е")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::words::words;

    fn stems(language: &str, word: &str) -> Vec<String> {
        let stems = Stems::of_language(language);
        words(word)
            .iter()
            .flat_map(|word| stems.of(word).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn inflected_forms_have_one_stem() {
        for (language, forms) in [
            ("uk", "ракета ракети ракету ракетою ракет ракетами ракетах"),
            ("uk", "місто міста місту містом"),
            ("uk", "атакував атакувала атакували"),
            ("ru", "ракета ракеты ракету ракетой ракет ракетами ракетах"),
            ("ru", "самолёт самолета самолётов самолетами"),
            ("en", "missile missiles"),
            ("en", "attack attacks attacked attacking"),
            ("de", "Rakete Raketen"),
            ("de", "Angriff Angriffe Angriffen Angriffs"),
            ("fr", "missile missiles"),
            ("fr", "attaquer attaque attaques attaqué attaquée"),
            ("es", "misil misiles"),
            ("es", "ataque ataques"),
            ("pl", "pocisk pociski pocisków pociskami pociskach"),
            ("pl", "rakieta rakiety rakiet rakietami"),
            ("it", "missile missili"),
            ("pt", "ataque ataques"),
            ("nl", "raket raketten"),
            ("sv", "attack attacker attacken"),
        ] {
            let found = stems(language, forms);
            let first = found.first().unwrap();
            assert!(first.starts_with(&format!("{language}:")));
            assert!(found.iter().all(|stem| stem == first), "{forms}: {found:?}");
        }
    }

    #[test]
    fn words_of_another_script_have_none() {
        assert!(stems("uk", "NATO").is_empty());
        assert!(stems("en", "ракета").is_empty());
        assert!(stems("en", "2026").is_empty());
        assert!(stems("ja", "ミサイル").is_empty());
        assert!(stems("xx", "word").is_empty());
    }
}

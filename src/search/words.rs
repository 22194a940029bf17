//! Text to words, the same way for what is stored and for what is asked.
//!
//! A word is a run of letters and digits in lower case. Scripts that write without blanks between
//! words (Chinese, Japanese, Thai and their like, Korean too, whose particles cling to the words)
//! give each pair of neighbouring characters, so that any part of a sentence is found without a
//! dictionary. Each word has a place, by which phrases are found.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count; what follows says nothing that these do not.
const LONGEST: usize = 40;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// In lower case, with its diacritics: what stemmers take.
    pub(crate) text: String,
    /// What it is written in.
    pub(crate) script: Script,
    /// Its place in the text, counted in words.
    pub(crate) place: usize,
}

/// What decides how a word is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    /// Numbers, and scripts that no stemmer here reads.
    Other,
    /// One or two characters of a script that leaves no blanks between words.
    Pair,
}

/// The words of a text, in order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader::default();
    for character in text.nfkc().flat_map(char::to_lowercase) {
        reader.take(character);
    }
    reader.end_word();
    reader.end_run();
    reader.words
}

#[derive(Default)]
struct Reader {
    words: Vec<Word>,
    /// The word that is being read.
    word: String,
    /// Characters without blanks that are being read.
    run: Vec<char>,
    place: usize,
    /// An apostrophe stood before the word, or stands behind what was read of it.
    apostrophe: bool,
}

impl Reader {
    fn take(&mut self, character: char) {
        if is_unseen(character) {
            return;
        }
        if is_apostrophe(character) {
            self.end_run();
            // м’ята is one word, l’armée are two.
            if script_of(&self.word) == Script::Latin {
                self.end_word();
            }
            self.apostrophe = !self.word.is_empty() || self.ends_latin();
            return;
        }
        if leaves_no_blanks(character) {
            self.end_word();
            self.run.push(character);
        } else if character.is_alphanumeric()
            || (is_combining_mark(character) && !self.word.is_empty())
        {
            self.end_run();
            self.word.push(character);
        } else if is_combining_mark(character) && !self.run.is_empty() {
            self.run.push(character);
        } else {
            self.end_word();
            self.end_run();
            self.apostrophe = false;
        }
    }

    fn ends_latin(&self) -> bool {
        self.words
            .last()
            .is_some_and(|word| word.script == Script::Latin)
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let mut text = std::mem::take(&mut self.word);
        let script = script_of(&text);
        // The genitive of English: the word alone is meant.
        if std::mem::take(&mut self.apostrophe) && text == "s" {
            return;
        }
        if script == Script::Cyrillic {
            // Stress marks; й and ї are letters of their own by now.
            text.retain(|character| !is_combining_mark(character));
        }
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
        }
        self.push(text, script);
    }

    /// Each character with the one that follows it; the last by itself, so that every character
    /// begins a word.
    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        for (index, first) in run.iter().enumerate() {
            let pair: String = std::iter::once(first).chain(run.get(index + 1)).collect();
            self.push(pair, Script::Pair);
        }
    }

    fn push(&mut self, text: String, script: Script) {
        self.words.push(Word {
            text,
            script,
            place: self.place,
        });
        self.place += 1;
    }
}

/// The form under which a word is found whatever its diacritics.
pub(crate) fn folded(word: &Word) -> String {
    fold(&word.text, word.script)
}

/// The same for a part of a word, as its stem.
pub(crate) fn fold(text: &str, script: Script) -> String {
    match script {
        Script::Other | Script::Pair => text.to_owned(),
        Script::Cyrillic => text
            .chars()
            .map(|character| match character {
                'ё' => 'е',
                'ґ' => 'г',
                other => other,
            })
            .collect(),
        Script::Latin | Script::Greek | Script::Arabic => {
            let mut out = String::with_capacity(text.len());
            for character in text
                .nfd()
                .filter(|character| !is_combining_mark(*character))
            {
                match character {
                    'ł' => out.push('l'),
                    'ø' => out.push('o'),
                    'đ' | 'ð' => out.push('d'),
                    'ı' => out.push('i'),
                    'ß' => out.push_str("ss"),
                    'æ' => out.push_str("ae"),
                    'œ' => out.push_str("oe"),
                    'þ' => out.push_str("th"),
                    'ς' => out.push('σ'),
                    'ى' => out.push('ي'),
                    'ة' => out.push('ه'),
                    other => out.push(other),
                }
            }
            out
        }
    }
}

/// What a word is written in: by its first letter.
fn script_of(word: &str) -> Script {
    let Some(letter) = word.chars().find(|character| character.is_alphabetic()) else {
        return Script::Other;
    };
    match u32::from(letter) {
        0x41..=0x5A | 0x61..=0x7A | 0xAA | 0xBA | 0xC0..=0x24F | 0x1E00..=0x1EFF => Script::Latin,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
        0x400..=0x52F => Script::Cyrillic,
        0x600..=0x6FF | 0x750..=0x77F | 0x8A0..=0x8FF => Script::Arabic,
        _ => Script::Other,
    }
}

/// Thai, Lao, Myanmar, Khmer, kana, Han, Hangul (Unicode's blocks).
fn leaves_no_blanks(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0E3A | 0x0E40..=0x0E4E | 0x0E80..=0x0EDF | 0x1000..=0x109F | 0x1780..=0x17D3
        | 0x3005..=0x3007 | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x30FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0x20000..=0x323AF)
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '‛' | 'ʼ' | 'ʹ' | '`' | '′')
}

/// Soft hyphens, joiners, marks of direction: not seen, and not part of the word.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{640}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let words: Vec<String> = words(text).iter().map(folded).collect();
        assert_eq!(words, expect, "{text}");
    }

    #[test]
    fn words_are_found_in_all_that_stands_around_them() {
        check(
            "Kyiv, 12:30 — “Su-34” lost.",
            &["kyiv", "12", "30", "su", "34", "lost"],
        );
        check("", &[]);
        check("… !!! –", &[]);
        check(
            "co\u{AD}operation zero\u{200B}width",
            &["cooperation", "zerowidth"],
        );
        check("F16 №5 ½", &["f16", "no5", "1", "2"]);
    }

    #[test]
    fn apostrophes_join_in_cyrillic_and_part_in_latin() {
        for mark in ['\'', '’', 'ʼ', '`'] {
            check(&format!("м{mark}ята об{mark}єкт"), &["мята", "обєкт"]);
        }
        check("l’armée d'une", &["l", "armee", "d", "une"]);
        check(
            "Ukraine's Ukraine’s 'quoted' s",
            &["ukraine", "ukraine", "quoted", "s"],
        );
        check("O'Brien don't", &["o", "brien", "don", "t"]);
    }

    #[test]
    fn diacritics_do_not_count() {
        check(
            "Łódź café Müller Straße Ærø ŞIRNAK",
            &["lodz", "cafe", "muller", "strasse", "aero", "sirnak"],
        );
        check("Ёлка ґрунт Украї\u{301}на", &["елка", "грунт", "україна"]);
        check("й ї", &["й", "ї"]);
        check("Αθήνα σεισμός", &["αθηνα", "σεισμοσ"]);
        check("أَخْبَار", &["اخبار"]);
    }

    #[test]
    fn scripts_without_blanks_give_pairs() {
        check("防空导弹", &["防空", "空导", "导弹", "弹"]);
        check("ミサイル", &["ミサ", "サイ", "イル", "ル"]);
        check("NATO军队 5", &["nato", "军队", "队", "5"]);
        check("กข ค", &["กข", "ข", "ค"]);
    }

    #[test]
    fn places_count_words() {
        let places: Vec<usize> = words("one two's 防空 three")
            .iter()
            .map(|it| it.place)
            .collect();
        assert_eq!(places, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn endless_words_end() {
        let words = words(&"я".repeat(100_000));
        assert_eq!(words[0].text.chars().count(), LONGEST);
    }
}

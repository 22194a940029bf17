//! Text as the tokens that sketches are made of: words without their case, numbers without their
//! separators, names without their spelling, and single signs where a script has no spaces.

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// A word in capitals inside a sentence: in most languages a name, in German any noun.
    Name,
    /// A number, or a word with a digit in it.
    Number,
    /// A character of a script without spaces.
    Sign,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// A hash of its normal form: of a name the same in all usual spellings.
    pub(super) hash: u64,
}

/// Characters of one run above which it is cut: no language has such a word.
const RUN_MAX: usize = 64;

/// The tokens of `text`, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        tokens: Vec::with_capacity(text.len() / 6),
        run: String::new(),
        lower: String::new(),
        starts: true,
        pending: None,
    };
    if text.is_ascii() {
        text.chars().for_each(|c| reader.take(c));
    } else {
        text.nfkc().for_each(|c| reader.take(c));
    }
    reader.end_run();
    reader.tokens
}

struct Reader {
    tokens: Vec<Token>,
    run: String,
    lower: String,
    /// Whether the run stands at the beginning of a sentence, where capitals say nothing.
    starts: bool,
    /// A mark that belongs to a number if a digit follows: `1,200.5`.
    pending: Option<char>,
}

impl Reader {
    fn take(&mut self, c: char) {
        if let Some(mark) = self.pending.take() {
            let goes_on = c.is_ascii_digit();
            if !goes_on {
                self.end_run();
                self.separate(mark);
            }
        }
        if is_unspaced(c) {
            self.end_run();
            self.starts = false;
            self.push(Kind::Sign, xxh3_64(c.encode_utf8(&mut [0; 4]).as_bytes()));
        } else if c.is_alphanumeric() {
            if self.run.len() >= RUN_MAX {
                self.end_run();
            }
            self.run.push(c);
        } else if is_apostrophe(c) && !self.run.is_empty() {
            // Left out: `don't` and `don’t`, `м'яч` and `м’яч` are one word each.
        } else if matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}')
            && self.run.ends_with(|last: char| last.is_ascii_digit())
        {
            self.pending = Some(c);
        } else {
            self.end_run();
            self.separate(c);
        }
    }

    fn separate(&mut self, c: char) {
        if matches!(
            c,
            '.' | '!' | '?' | '…' | ':' | '\n' | '“' | '"' | '«' | '•'
        ) {
            self.starts = true;
        }
    }

    fn end_run(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let run = std::mem::take(&mut self.run);
        let first_of_sentence = std::mem::replace(&mut self.starts, false);
        self.lower.clear();
        self.lower.extend(run.chars().flat_map(char::to_lowercase));
        let capital = run.starts_with(char::is_uppercase);
        if run.contains(|c: char| c.is_ascii_digit()) {
            self.push(Kind::Number, xxh3_64(self.lower.as_bytes()));
        } else if capital && !first_of_sentence {
            self.push(Kind::Name, xxh3_64(skeleton(&self.lower).as_bytes()));
        } else {
            self.push(Kind::Word, xxh3_64(self.lower.as_bytes()));
        }
        self.run = run;
        self.run.clear();
    }

    fn push(&mut self, kind: Kind, hash: u64) {
        self.tokens.push(Token { kind, hash });
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '‘' | '`' | '\u{301}')
}

/// Scripts whose words are not parted by spaces: Han, kana, Thai, Lao, Tibetan, Burmese, Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'
        | '\u{0f00}'..='\u{0fff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
        && c.is_alphanumeric()
}

/// Letters of a name's skeleton.
const SKELETON_MAX: usize = 5;

/// A name without what its spellings differ in: `Zelensky`, `Zelenskyy` and `Zelenskiy`, `Kyiv` and
/// `Kiev`, `Kharkiv` and `Harkov` are one each. Letters that are not Latin stand as they are.
fn skeleton(lower: &str) -> String {
    let mut out = String::with_capacity(SKELETON_MAX);
    let mut last = None;
    let letters = lower.nfd().filter(|c| c.is_alphanumeric());
    let mut kept = 0;
    for (place, c) in letters.enumerate() {
        let plain = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'j' | 'h' if place > 0 => continue,
            'h' | 'c' | 'q' | 'x' | 'g' => 'k',
            'j' | 'i' | 'y' => 'y',
            'w' | 'f' => 'v',
            'z' | 'ß' => 's',
            'd' => 't',
            c => c,
        };
        if last != Some(plain) {
            out.push(plain);
            kept += 1;
        }
        last = Some(plain);
        if kept == SKELETON_MAX {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).iter().map(|token| token.kind).collect()
    }

    fn hashes(text: &str) -> Vec<u64> {
        tokens(text).iter().map(|token| token.hash).collect()
    }

    #[test]
    fn tokens_are_what_they_are() {
        use Kind::{Name, Number, Sign, Word};
        assert_eq!(
            kinds("The F16 hit Kyiv, 1,200.5 km off. It left."),
            [Word, Number, Word, Name, Number, Word, Word, Word, Word]
        );
        assert_eq!(kinds("東京で5人"), [Sign, Sign, Sign, Number, Sign]);
        assert_eq!(kinds("  \n—!"), []);
    }

    #[test]
    fn forms_of_one_word_are_one() {
        for (one, other) in [
            ("don't stop", "don’t stop"),
            ("м'яч", "м’яч"),
            ("it cost 1,200", "it cost 1200"),
            ("it cost 1 200", "it cost 1 200"),
            ("ﬁnal １２", "final 12"),
            ("in Kyiv", "in Kiev"),
            ("by Zelenskyy", "by Zelensky"),
            ("at Kharkiv", "at Harkov"),
            ("of Müller", "of Muller"),
        ] {
            assert_eq!(hashes(one), hashes(other), "{one} / {other}");
        }
        assert_ne!(hashes("in Kyiv"), hashes("in Odesa"));
        assert_ne!(hashes("at 5.5"), hashes("at 5 5"));
    }

    #[test]
    fn nothing_is_without_bound() {
        assert!(tokens(&"a".repeat(100_000)).len() > 1_000);
        assert_eq!(tokens(&"1,".repeat(10)).len(), 1);
    }
}

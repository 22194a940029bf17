//! What is asked, taken apart: words, phrases, fields, what must not be there.
//!
//! Lenient: whatever can be meant is taken for words. What cannot be answered is an error in words
//! for the person who asked; nothing that is typed makes anything else of it.

use super::words::{Script, Word, words};
use crate::model::language::primary_subtag;
use crate::model::tag::comparable_tag;

/// Bytes of a question.
pub const MAX_BYTES: usize = 512;
/// Terms of a question: each costs a look into the index, or through a text where there is none.
pub const MAX_TERMS: usize = 32;
/// Words of all terms together.
const MAX_WORDS: usize = 64;
/// Letters before a `*`: fewer begin half of all words.
const LEAST_BEGINNING: usize = 2;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Of each of these one must hold.
    pub(super) all: Vec<Vec<Term>>,
    /// None of these may.
    pub(super) none: Vec<Term>,
}

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A word in any of its forms.
    Word(Place, Word),
    /// Words one behind the other, as they stand here.
    Phrase(Place, Vec<Word>),
    /// Words that begin so.
    Beginning(Place, Word),
    Outlet(String),
    Language(String),
    Tag(String),
}

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Title and text.
    Anywhere,
    Title,
}

impl Ask {
    /// Reads a question.
    ///
    /// # Errors
    ///
    /// Says what cannot be asked.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("a search may have {MAX_BYTES} bytes"));
        }
        let mut ask = Self {
            all: Vec::new(),
            none: Vec::new(),
        };
        let mut or = false;
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let piece;
            (piece, rest) = piece_of(rest);
            if piece.bare == Some("OR") {
                or = !ask.all.is_empty();
                continue;
            }
            let Some(term) = term(&piece)? else { continue };
            if piece.minus {
                ask.none.push(term);
                continue;
            }
            let with = if std::mem::take(&mut or) {
                ask.all.last_mut()
            } else {
                // Nothing is of two outlets or in two languages: either is meant.
                ask.all.iter_mut().find(|group| {
                    group.iter().all(|other| {
                        std::mem::discriminant(other) == std::mem::discriminant(&term)
                            && matches!(term, Term::Outlet(_) | Term::Language(_))
                    })
                })
            };
            match with {
                Some(group) => group.push(term),
                None => ask.all.push(vec![term]),
            }
        }
        ask.within_bounds()
    }

    fn within_bounds(self) -> Result<Self, String> {
        let terms = || self.all.iter().flatten().chain(&self.none);
        let count: usize = terms()
            .map(|term| match term {
                Term::Phrase(_, words) => words.len(),
                _ => 1,
            })
            .sum();
        if terms().count() > MAX_TERMS || count > MAX_WORDS {
            return Err(format!(
                "a search may have {MAX_TERMS} terms and {MAX_WORDS} words"
            ));
        }
        if terms().next().is_none() {
            return Err("there is no word in the search: it needs letters or digits".to_owned());
        }
        Ok(self)
    }

    /// Whether all that it finds fits alike: nothing in it says how well.
    pub(super) fn is_flat(&self) -> bool {
        let says_nothing = |term: &Term| match term {
            Term::Outlet(_) | Term::Language(_) | Term::Tag(_) => true,
            Term::Word(..) | Term::Phrase(..) | Term::Beginning(..) => false,
        };
        self.all.iter().all(|group| match group.as_slice() {
            // Each of its words counts as much.
            [Term::Beginning(..)] => true,
            _ => group.iter().all(says_nothing),
        })
    }

    /// The language asked for, where it is one: its words alone are taken.
    pub(super) fn language(&self) -> Option<&str> {
        self.all.iter().find_map(|group| match group.as_slice() {
            [Term::Language(tag)] => Some(tag.as_str()),
            _ => None,
        })
    }
}

/// A piece of the question between blanks.
struct Piece<'a> {
    minus: bool,
    field: Option<&'a str>,
    /// What stands between quotes, or as it is.
    value: &'a str,
    quoted: bool,
    /// The whole, where it has neither sign nor quote.
    bare: Option<&'a str>,
}

/// Takes one piece off; the rest begins with no blank.
fn piece_of(text: &str) -> (Piece<'_>, &str) {
    let mut at = text;
    let mut minus = false;
    if let Some(behind) = text.strip_prefix(['-', '−'])
        && behind.starts_with(|next: char| next == '"' || next.is_alphanumeric())
    {
        minus = true;
        at = behind;
    }
    let end = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
    let mut field = None;
    if let Some((name, _)) = at[..end(at)].split_once(':')
        && FIELDS.contains(&name.to_ascii_lowercase().as_str())
    {
        field = Some(name);
        at = &at[name.len() + 1..];
    }
    let is_quote = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    if let Some(opening) = at.chars().next().filter(|&c| is_quote(c)) {
        let inside = &at[opening.len_utf8()..];
        let close = inside.find(is_quote).unwrap_or(inside.len());
        let rest = inside[close..].trim_start_matches(is_quote);
        let piece = Piece {
            minus,
            field,
            value: &inside[..close],
            quoted: true,
            bare: None,
        };
        return (piece, rest.trim_start());
    }
    let (value, rest) = at.split_at(end(at));
    let piece = Piece {
        minus,
        field,
        value,
        quoted: false,
        bare: (!minus && field.is_none()).then_some(value),
    };
    (piece, rest.trim_start())
}

const FIELDS: [&str; 5] = ["title", "outlet", "lang", "language", "tag"];

/// What a piece asks for; nothing where it holds no word.
fn term(piece: &Piece<'_>) -> Result<Option<Term>, String> {
    let field = piece.field.map(str::to_ascii_lowercase);
    let value = piece.value.trim();
    let place = match field.as_deref() {
        None => Place::Anywhere,
        Some("title") => Place::Title,
        Some(name) if value.is_empty() => {
            return Err(format!(
                "`{name}:` needs a value behind the colon, without a blank"
            ));
        }
        Some("outlet") => return Ok(Some(Term::Outlet(value.to_lowercase()))),
        Some("tag") => return Ok(Some(Term::Tag(comparable_tag(value)))),
        Some(_) => return Ok(Some(Term::Language(primary_subtag(value)))),
    };
    let mut found = asked_words(value);
    if !piece.quoted
        && let Some(beginning) = value.strip_suffix('*')
        && beginning.ends_with(char::is_alphanumeric)
        && found.len() == 1
        && let Some(word) = found.pop()
    {
        if word.text.chars().count() < LEAST_BEGINNING && word.script != Script::Pair {
            return Err(format!(
                "`{value}`: at least {LEAST_BEGINNING} letters must stand before `*`"
            ));
        }
        return Ok(Some(Term::Beginning(place, word)));
    }
    Ok(match (found.len(), piece.quoted) {
        (0, _) if place == Place::Title => {
            return Err("`title:` needs a word or a phrase in quotes behind the colon".to_owned());
        }
        (0, _) => None,
        (1, false) => found.pop().map(|word| Term::Word(place, word)),
        // A word with a hyphen, or of a script without blanks.
        _ => Some(Term::Phrase(place, found)),
    })
}

/// The words of a text as they are asked for: the last character of a run without blanks stands in
/// the pair before it already, and something else may follow it where it is found.
fn asked_words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for word in words(text) {
        let is_tail = word.script == Script::Pair
            && word.text.chars().nth(1).is_none()
            && found.last().is_some_and(|before| {
                before.script == Script::Pair && before.text.ends_with(&word.text)
            });
        if !is_tail {
            found.push(word);
        }
    }
    found
}

/// Whether a word means itself, letter for letter, where nothing but that can be looked for.
pub fn is_plain(word: &str) -> bool {
    !word.starts_with(['-', '−', '–'])
        && !word.contains(['"', '“', '”', '„', '«', '»', '*', ':'])
        && word != "OR"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let one = |term: &Term| {
            let text = |word: &Word| word.text.clone();
            let place = |place: Place| if place == Place::Title { "title=" } else { "" };
            match term {
                Term::Word(at, word) => format!("{}{}", place(*at), text(word)),
                Term::Beginning(at, word) => format!("{}{}…", place(*at), text(word)),
                Term::Phrase(at, words) => {
                    let words: Vec<String> = words.iter().map(text).collect();
                    format!("{}<{}>", place(*at), words.join(" "))
                }
                Term::Outlet(name) => format!("outlet={name}"),
                Term::Language(tag) => format!("lang={tag}"),
                Term::Tag(tag) => format!("tag={tag}"),
            }
        };
        match Ask::parse(text) {
            Err(problem) => format!("! {problem}"),
            Ok(ask) => {
                let group = |group: &Vec<Term>| group.iter().map(one).collect::<Vec<_>>().join("|");
                let mut all: Vec<String> = ask.all.iter().map(group).collect();
                all.extend(ask.none.iter().map(|term| format!("-{}", one(term))));
                all.join(" ")
            }
        }
    }

    #[test]
    fn questions_are_taken_apart() {
        for (text, expect) in [
            ("air defence", "air defence"),
            ("  Air   DEFENCE ", "air defence"),
            ("\"air defence\" Kyiv", "<air defence> kyiv"),
            ("“air defence”", "<air defence>"),
            (
                "«протиповітряна оборона» -Київ",
                "<протиповітряна оборона> -київ",
            ),
            ("\"never closed", "<never closed>"),
            ("\"one\"", "<one>"),
            ("Su-34", "<su 34>"),
            ("a - b", "a b"),
            ("-\"old words\" new", "new -<old words>"),
            ("title:summit", "title=summit"),
            (
                "title:\"peace summit\" lang:uk",
                "title=<peace summit> lang=uk",
            ),
            ("LANG:en-GB language:de", "lang=en|lang=de"),
            ("outlet:ap outlet:dw x", "outlet=ap|outlet=dw x"),
            ("tag:#NATO tag:\"Air Defence\"", "tag=nato tag=air defence"),
            ("-outlet:ap", "-outlet=ap"),
            ("missile*", "missile…"),
            ("cats OR dogs birds", "cats|dogs birds"),
            ("OR cats", "cats"),
            ("cats OR", "cats"),
            ("cats OR -dogs", "cats -dogs"),
            ("https://example.com/a", "<https example com a>"),
            ("12:30", "<12 30>"),
            ("foo:bar", "<foo bar>"),
            ("防空", "防空"),
            ("防空导弹", "<防空 空导 导弹>"),
            ("防", "防"),
            ("!!! word", "word"),
            ("\"\" word", "word"),
        ] {
            assert_eq!(said(text), expect, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        for (text, says) in [
            ("", "no word"),
            ("!!!", "no word"),
            ("\"", "no word"),
            ("*", "no word"),
            ("lang:", "`lang:` needs a value"),
            ("outlet: ap", "`outlet:` needs a value"),
            ("title:", "`title:` needs a word"),
            ("a*", "at least 2 letters"),
        ] {
            assert!(said(text).starts_with("! "), "{text}");
            assert!(said(text).contains(says), "{text}: {}", said(text));
        }
        assert!(said(&"a ".repeat(33)).contains("32 terms"));
        assert!(said(&"a-".repeat(65)).contains("64 words"));
        assert!(said(&"a".repeat(513)).contains("512 bytes"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_typed_is_too_much(text in "\\PC{0,80}") {
            drop(Ask::parse(&text));
        }

        #[test]
        fn nor_what_looks_like_a_question(text in "[-\"“a防 :*OR#«»titlelangtag]{0,40}") {
            drop(Ask::parse(&text));
        }
    }
}

//! Many expressions asked as one, in little memory.
//!
//! `regex::RegexSet` keeps for each set an automaton that runs backwards beside the one that runs
//! forwards, to find where matches begin. Nobody asks that of a word list, and some two hundred
//! expressions in fourteen languages make either of them megabytes large.

use std::panic::{RefUnwindSafe, UnwindSafe};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind, PatternSet};

/// What the states that lines have led to may take, in bytes, of each thread that asks.
const STATES: usize = 4 << 20;

/// A letter of any script, told by block. The exact class has six hundred and fifty ranges, which
/// each `\pL` would bring anew; what stands between letters in these blocks, no line list asks for.
const LETTER: &str = concat!(
    r"A-Za-z\u{aa}\u{b5}\u{ba}\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{2c1}\u{370}-\u{374}",
    r"\u{376}-\u{37d}\u{37f}\u{386}\u{388}-\u{3f5}\u{3f7}-\u{481}\u{48a}-\u{559}",
    r"\u{560}-\u{588}\u{5d0}-\u{5f2}\u{620}-\u{64a}\u{66e}-\u{66f}\u{671}-\u{6d3}\u{6d5}",
    r"\u{6ee}-\u{6ef}\u{6fa}-\u{1fff}\u{2c00}-\u{2dff}\u{3005}-\u{3006}\u{3031}-\u{3035}",
    r"\u{303b}-\u{303c}\u{3041}-\u{3096}\u{309d}-\u{309f}\u{30a1}-\u{30fa}\u{30fc}-\u{31ff}",
    r"\u{3400}-\u{d7ff}\u{f900}-\u{fd3d}\u{fd50}-\u{fdfb}\u{fe70}-\u{fefc}\u{ff21}-\u{ff3a}",
    r"\u{ff41}-\u{ff5a}\u{ff66}-\u{ffdc}\u{10000}-\u{1efff}\u{20000}-\u{3ffff}",
);

/// Expressions by their numbers.
pub(super) struct Expressions {
    automaton: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
    anchored: Anchored,
}

impl Expressions {
    /// Panics where an expression is none.
    pub(super) fn of(expressions: &[String]) -> Self {
        let bound = expressions.iter().all(|text| text.starts_with('^'));
        let expressions: Vec<String> = expressions.iter().map(|text| by_block(text)).collect();
        let states = Compiler::new()
            .configure(Config::new().which_captures(WhichCaptures::None))
            .build_many(&expressions)
            .expect("the embedded word list holds valid expressions");
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(STATES)
            .skip_cache_capacity_check(true);
        let automaton = DFA::builder()
            .configure(config)
            .build_from_nfa(states)
            .expect("no expression asks for word boundaries");
        let fresh = automaton.clone();
        Self {
            automaton,
            caches: Pool::new(Box::new(move || fresh.create_cache())),
            anchored: if bound { Anchored::Yes } else { Anchored::No },
        }
    }

    /// Whether any of them matches.
    pub(super) fn is_match(&self, line: &str) -> bool {
        let input = Input::new(line).anchored(self.anchored).earliest(true);
        let found = self
            .automaton
            .try_search_fwd(&mut self.caches.get(), &input)
            .expect("the automaton never gives up");
        found.is_some()
    }

    /// The numbers of all that match.
    pub(super) fn matches(&self, line: &str) -> impl Iterator<Item = usize> {
        let input = Input::new(line).anchored(self.anchored);
        let mut found = PatternSet::new(self.automaton.pattern_len());
        self.automaton
            .try_which_overlapping_matches(&mut self.caches.get(), &input, &mut found)
            .expect("the automaton never gives up");
        let numbers: Vec<usize> = found.iter().map(|number| number.as_usize()).collect();
        numbers.into_iter()
    }
}

/// The expression with its letters told by block.
fn by_block(expression: &str) -> String {
    expression
        .replace(r"\pL", &format!("[{LETTER}]"))
        .replace(r"\PL", &format!("[^{LETTER}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expressions(list: &[&str]) -> Expressions {
        Expressions::of(&list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn all_that_match_are_named() {
        let list = expressions(&["^read (more|on)$", r"^read \pL+$", "^more"]);
        assert!(list.is_match("read more"));
        assert_eq!(list.matches("read more").collect::<Vec<_>>(), [0, 1]);
        assert_eq!(list.matches("more to read").collect::<Vec<_>>(), [2]);
        assert!(!list.is_match("now read more"));
        assert_eq!(list.matches("").count(), 0);
    }

    #[test]
    fn one_that_is_not_bound_to_the_beginning_is_found_inside() {
        let list = expressions(&["^read", "newsletter"]);
        assert!(list.is_match("our newsletter of today"));
        assert_eq!(
            list.matches("read our newsletter").collect::<Vec<_>>(),
            [0, 1]
        );
    }

    #[test]
    fn letters_are_those_of_the_scripts_that_are_read() {
        let [letter, other] = [r"^\pL$", r"^\PL$"].map(|text| expressions(&[text]));
        let [exact, unassigned] =
            [r"^\pL$", r"^\p{Cn}$"].map(|text| regex::Regex::new(text).unwrap());
        let blocks = [
            '\0'..='\u{24f}',        // Latin
            '\u{370}'..='\u{52f}',   // Greek, Cyrillic
            '\u{5d0}'..='\u{6d3}',   // Hebrew, Arabic
            '\u{1e00}'..='\u{1eff}', // more Latin
            '\u{2000}'..='\u{206f}', // punctuation
            '\u{3000}'..='\u{30ff}', // Japanese
            '\u{4e00}'..='\u{9fff}', // Chinese
            '\u{ac00}'..='\u{d7a3}', // Korean
            '\u{ff00}'..='\u{ff60}', // wide forms
        ];
        let wrong: String = blocks
            .into_iter()
            .flatten()
            .filter(|character| {
                let line = character.to_string();
                if unassigned.is_match(&line) {
                    return false;
                }
                let expected = exact.is_match(&line);
                letter.is_match(&line) != expected || other.is_match(&line) == expected
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

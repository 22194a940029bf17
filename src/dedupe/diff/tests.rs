//! Differences as readers see them, their laws and their bounds.

use proptest::prelude::*;

use super::*;

/// `=`, `-` and `+` before each stretch, one a line.
fn shown(operations: &[Operation]) -> String {
    let lines: Vec<String> = operations
        .iter()
        .map(|operation| {
            let mark = match operation.change {
                Change::Equal => '=',
                Change::Delete => '-',
                Change::Insert => '+',
            };
            format!("{mark}{}", operation.text)
        })
        .collect();
    lines.join("\n")
}

#[test]
fn changes_are_told_by_words() {
    let check = |old: &str, new: &str, expected: &str| {
        assert_eq!(shown(&words(old, new)), expected);
    };
    check("same", "same", "");
    check("", "new", "+new");
    check("old", "", "-old");
    check(
        "Ten people were hurt.",
        "Twelve people were hurt.",
        "-Ten\n+Twelve\n= people were hurt.",
    );
    check(
        "It cost 10 million.",
        "It cost 12 billion.",
        "=It cost \n-10 million\n+12 billion\n=.",
    );
    check(
        "One.\n\nTwo.",
        "One.\n\nTwo.\n\nThree.",
        "=One.\n\nTwo.\n+\n\nThree.",
    );
    check("Ціна 10 грн", "Ціна 12 грн", "=Ціна \n-10\n+12\n= грн");
}

#[test]
fn crumbs_between_changes_belong_to_them() {
    let difference = words(
        "Police arrested several demonstrators of the movement yesterday evening.",
        "Officials released remaining prisoners of that organisation this morning.",
    );
    assert!(difference.len() <= 3, "{}", shown(&difference));
    assert_eq!(
        shown(&words(
            "He said yes. She said no.",
            "He said no. She said no."
        )),
        "=He said \n-yes\n+no\n=. She said no."
    );
}

#[test]
fn heads_and_tails_are_whole_words_where_they_can_be() {
    assert_eq!(head_words("one two three", 8), "one two ");
    assert_eq!(tail_words("one two three", 9), "two three");
    assert_eq!(tail_words("one two three", 8), " three");
    assert_eq!((head_words("äöü", 2), tail_words("äöü", 2)), ("äö", "öü"));
    assert_eq!((head_words("ab", 0), tail_words("ab", 0)), ("", ""));
    assert_eq!((head_words("", 5), tail_words("", 5)), ("", ""));
    assert_eq!((head_words("ab", 5), tail_words("ab", 5)), ("ab", "ab"));
}

#[test]
fn long_equal_stretches_are_cut_where_no_change_is_near() {
    let filler = "word ".repeat(100);
    let difference = words(
        &format!("{filler}old {filler}x"),
        &format!("{filler}new {filler}y"),
    );
    let text = shown(&difference);
    assert_eq!(difference.len(), 6, "{text}");
    assert!(difference[0].text.starts_with("…word"), "{text}");
    assert!(difference[3].text.contains("word…word"), "{text}");
    assert!(text.chars().count() < 400, "{text}");
}

#[test]
fn a_short_difference_is_short() {
    let operations = words(&"a b ".repeat(5000), &"c d ".repeat(5000));
    let short = shortened(operations, 20, 300);
    assert!(short.len() <= 20);
    assert!(
        short
            .iter()
            .all(|operation| operation.text.chars().count() <= 300)
    );
}

#[test]
fn the_worst_texts_are_compared_in_bounded_time() {
    let started = tokio::time::Instant::now();
    // 100 kB each: nothing in common, everything in one paragraph, every word a paragraph,
    // and one letter over and over against two.
    let numbers = |from: u32| -> String {
        let words: Vec<String> = (from..from + 16_000).map(|n| n.to_string()).collect();
        words.join(" ")
    };
    let lines = |from: u32| numbers(from).replace(' ', "\n");
    for (old, new) in [
        (numbers(0), numbers(500_000)),
        (numbers(0), numbers(8_000)),
        (lines(0), lines(500_000)),
        ("a b ".repeat(25_000), "b a a ".repeat(16_000)),
        ("a. ".repeat(33_000), "b. a. ".repeat(16_000)),
        ("x".repeat(100_000), "y".repeat(100_000)),
    ] {
        assert!(!words(&old, &new).is_empty());
    }
    // Generous: an unoptimised build on a busy machine. Without the bound it takes minutes.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn both_texts_come_back_from_a_short_difference(
        old in "[ab .\n]{0,40}", new in "[ab .\n]{0,40}",
    ) {
        let side = |operations: &[Operation], without: Change| -> String {
            let kept = operations.iter().filter(|operation| operation.change != without);
            kept.map(|operation| operation.text.as_str()).collect()
        };
        let operations = words(&old, &new);
        if old == new {
            prop_assert!(operations.is_empty());
        } else {
            prop_assert_eq!(side(&operations, Change::Insert), old);
            prop_assert_eq!(side(&operations, Change::Delete), new);
        }
    }
}

use proptest::prelude::*;

use super::*;

const BRIDGE: &str = "\
Harbour engineers have begun to lift the remains of a paddle steamer that sank off the pier in 1904 and has been \
snagging nets ever since. The first of nine sections came ashore on Wednesday under a covering of mussels. \
Project leader Fiona Halcrow said the boiler was in far better condition than anyone had expected, with rivets that \
still showed the maker's stamp. She hopes to give it to the museum in Lerwick, which has cleared a shed for it. \
Fishermen had asked for the wreck to be removed for more than a generation. The work will cost 3.1 million and is \
being paid for by the port authority, which wants to deepen the channel for larger ferries.";

fn sketch(text: &str) -> Sketch {
    Sketch::of(text).expect("it is long enough")
}

fn report(index: &str, gain: &str, turnover: &str, firm: &str) -> String {
    format!(
        "Shares closed higher on the main exchange, with the index gaining {gain} per cent to end the session at \
         {index} points in what brokers called a calm day. Turnover reached {turnover} billion in all, more than \
         in the session before, and most of it was done in the last hour. Among the gainers was {firm} Holding, \
         while the others on the list were little changed. Analysts expect a calm session ahead of the decision."
    )
}

#[test]
fn a_text_is_its_own_copy_and_of_no_other() {
    assert_eq!(sketch(BRIDGE).compare(&sketch(BRIDGE)), Likeness::Copy(1.0));
    let other = report("4,512", "1.2", "7.9", "Ranmont");
    assert_eq!(sketch(BRIDGE).compare(&sketch(&other)), Likeness::Other);
}

#[test]
fn a_short_text_has_no_sketch() {
    let words = |count: usize| vec!["word"; count].join(" ");
    assert!(Sketch::of(&words(WORDS_MIN - 1)).is_none());
    assert!(Sketch::of(&words(WORDS_MIN)).is_some());
    assert!(Sketch::of(&"語".repeat(2 * WORDS_MIN - 1)).is_none());
    assert!(Sketch::of(&"語".repeat(2 * WORDS_MIN)).is_some());
    assert!(Sketch::of("").is_none());
}

#[test]
fn a_frame_that_is_filled_otherwise_is_no_copy() {
    let monday = sketch(&report("4,512", "1.2", "7.9", "Ranmont"));
    let again = sketch(&report("4,512", "1.2", "7.9", "Ranmont"));
    let tuesday = sketch(&report("4,602", "2.0", "8.4", "Belville"));
    assert_eq!(monday.compare(&again), Likeness::Copy(1.0));
    assert!(matches!(monday.compare(&tuesday), Likeness::SameFrame(_)));
}

#[test]
fn names_spelt_otherwise_and_one_figure_put_right_are_a_copy() {
    let copy = BRIDGE
        .replace("Halcrow", "Hallcrow")
        .replace("Lerwick", "Lervick")
        .replace("3.1", "3.4");
    assert!(matches!(sketch(BRIDGE).compare(&sketch(&copy)), Likeness::Copy(share) if share > 0.8));
}

#[test]
fn the_share_is_that_of_the_first_text() {
    let brief: String = BRIDGE.split_inclusive(". ").take(3).collect();
    let (brief, whole) = (sketch(&brief), sketch(BRIDGE));
    let Likeness::Copy(share) = brief.compare(&whole) else {
        panic!("a brief is a copy");
    };
    assert!(share > 0.9, "{share}");
    let Likeness::Copy(share) = whole.compare(&brief) else {
        panic!("both ways");
    };
    assert!(share < 0.7, "{share}");
}

#[test]
fn bytes_of_other_rules_are_no_sketch() {
    let mut bytes = sketch(BRIDGE).to_bytes();
    assert!(bytes.len() < 1_100, "{}", bytes.len());
    assert_eq!(Sketch::from_bytes(&bytes), Some(sketch(BRIDGE)));
    bytes[0] += 1;
    assert_eq!(Sketch::from_bytes(&bytes), None);
}

/// The stored form is a promise: what an older release has stored must be found by a newer one. Who
/// changes these hashes changes the version, and lets the index be made anew.
#[test]
fn the_hashes_of_a_text_stay_what_they_are() {
    let hash = xxhash_rust::xxh3::xxh3_64(&sketch(BRIDGE).to_bytes());
    assert_eq!(format!("{hash:016x}"), "aa3eb607863b6656");
}

proptest! {
    #[test]
    fn any_text_is_sketched_and_read_back(text in "(\\PC{0,12}[ .,。\n]){0,120}") {
        if let Some(sketch) = Sketch::of(&text) {
            prop_assert!(sketch.keys().len() <= KEYS && sketch.asked().len() <= ASKED);
            prop_assert_eq!(Sketch::from_bytes(&sketch.to_bytes()), Some(sketch));
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        let _ = Sketch::from_bytes(&bytes);
    }

    #[test]
    fn likeness_is_mutual(one in "[a-f]( [a-f]){40,90}", other in "[a-f]( [a-f]){40,90}") {
        let (one, other) = (sketch(&one), sketch(&other));
        let kind = |likeness| match likeness {
            Likeness::Copy(_) => 0,
            Likeness::SameFrame(_) => 1,
            Likeness::Other => 2,
        };
        let (there, back) = (kind(one.compare(&other)), kind(other.compare(&one)));
        // Of two texts of one size either may be the shorter.
        prop_assert!(there == back || one.size == other.size);
    }
}

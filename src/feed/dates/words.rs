//! The words in dates: months in some twenty languages, halves of the day, and names of zones.

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;

/// Beginnings of the names of each month. A name counts for the first stem that it begins with, so that a
/// longer stem stands before a shorter one of another month (`червня` is June, `juil` July).
const MONTHS: [(&[&str], i8); 12] = [
    (
        &[
            "jan",
            "jän",
            "janv",
            "ene",
            "gen",
            "sty",
            "oca",
            "січ",
            "янв",
            "ιαν",
            "ian",
            "tammi",
            "led",
            "януари",
            "ocak",
        ],
        1,
    ),
    (
        &[
            "feb", "fév", "fev", "feu", "lut", "şub", "sub", "лют", "фев", "φεβ", "helmi", "úno",
            "únor",
        ],
        2,
    ),
    (
        &[
            "mar", "mär", "maer", "mrz", "mrt", "már", "бер", "мар", "μαρ", "μάρ", "μάώ", "maalis",
            "bře",
        ],
        3,
    ),
    (
        &[
            "apr", "avr", "abr", "kwi", "nis", "кві", "апр", "απρ", "ápr", "huhti", "dub",
        ],
        4,
    ),
    (
        &[
            "may", "mai", "maj", "mag", "mei", "máj", "máu", "тра", "май", "мая", "мае", "μάι",
            "μαϊ", "μαι", "μάϊ", "touko", "kvě",
        ],
        5,
    ),
    (
        &[
            "jun", "juin", "giu", "cze", "haz", "чер", "июн", "ιουν", "ιούν", "ιον", "jún", "iun",
            "kesä",
        ],
        6,
    ),
    (
        &[
            "jul", "juil", "lug", "lip", "tem", "лип", "июл", "ιουλ", "ιούλ", "ιολ", "júl", "iul",
            "heinä",
        ],
        7,
    ),
    (
        &[
            "aug", "aoû", "aou", "ago", "sie", "ağu", "agu", "сер", "авг", "αυγ", "αύγ", "elo",
            "srp",
        ],
        8,
    ),
    (
        &[
            "sep", "set", "wrz", "eyl", "вер", "сен", "σεπ", "sze", "syys", "zář",
        ],
        9,
    ),
    (
        &[
            "oct", "okt", "ott", "out", "paź", "paz", "eki", "жов", "окт", "οκτ", "loka", "říj",
        ],
        10,
    ),
    (
        &[
            "nov", "noi", "lis", "kas", "лис", "ноя", "νοε", "νοέ", "marras",
        ],
        11,
    ),
    (
        &[
            "dec", "déc", "dez", "dic", "gru", "ara", "гру", "дек", "δεκ", "joulu", "pro",
        ],
        12,
    ),
];

/// The month of a word in lower case.
pub(super) fn month(word: &str) -> Option<i8> {
    if word.starts_with("marras") {
        return Some(11);
    }
    let stem = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    MONTHS
        .iter()
        .find(|(stems, _)| stem(stems))
        .map(|(_, month)| *month)
}

/// A half of the day: `Some(true)` is the second.
pub(super) fn afternoon(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m" | "오전" | "上午" | "午前" | "πμ" => Some(false),
        "pm" | "p.m" | "오후" | "下午" | "午後" | "μμ" => Some(true),
        _ => None,
    }
}

/// A zone as named in a date.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// A fixed offset.
    Fixed(Offset),
    /// A zone with rules.
    Ruled(TimeZone),
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone of the IANA database.
pub(super) fn iana(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// The zone of an abbreviation in lower case. Where two places share one, the one meant is the one that
/// news feeds come from: `IST` is India, `BST` Britain, `CST` the Americas.
pub(super) fn zone(word: &str) -> Option<Zone> {
    let ruled = |name| iana(name).map(Zone::Ruled);
    match word {
        "et" | "eastern" => return ruled("America/New_York"),
        "ct" | "central" => return ruled("America/Chicago"),
        "mt" | "mountain" => return ruled("America/Denver"),
        "pt" | "pacific" => return ruled("America/Los_Angeles"),
        _ => {}
    }
    let minutes = match word {
        "z" | "ut" | "utc" | "gmt" | "wet" | "uct" | "zulu" | "universal" | "greenwich" => 0,
        "bst" | "cet" | "met" | "mez" | "west" | "wat" | "n" | "mewt" | "swt" => 60,
        "cest" | "mest" | "mesz" | "eet" | "sast" | "cat" | "oez" => 120,
        "eest" | "msk" | "idt" | "trt" | "eat" | "oesz" => 180,
        "gst" | "msd" | "samt" | "azt" | "get" => 240,
        "irst" => 210,
        "pkt" | "uzt" => 300,
        "ist" => 330,
        "npt" => 345,
        "bdt" => 360,
        "ict" | "wib" => 420,
        "hkt" | "sgt" | "awst" | "myt" | "pht" | "cct" | "wst" => 480,
        "jst" | "kst" => 540,
        "acst" => 570,
        "aest" => 600,
        "acdt" => 630,
        "aedt" => 660,
        "nzst" | "y" => 720,
        "nzdt" => 780,
        "a" => -60,
        "m" => -720,
        "ndt" => -150,
        "adt" | "art" | "brt" | "clst" => -180,
        "nst" => -210,
        "ast" | "edt" | "clt" | "vet" => -240,
        "est" | "cdt" | "cot" | "pet" => -300,
        "cst" | "mdt" => -360,
        "mst" | "pdt" => -420,
        "pst" | "akdt" => -480,
        "akst" => -540,
        "hst" => -600,
        "sst" => -660,
        _ => return None,
    };
    Offset::from_seconds(minutes * 60).ok().map(Zone::Fixed)
}

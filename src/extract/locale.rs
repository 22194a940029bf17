//! Language and time zone of an outlet, guessed from what its articles look like. Guesses are for
//! people to confirm: nothing here ever reaches an article.

use jiff::tz::TimeZone;
use url::Url;

use crate::model::stated::StatedTime;

/// Commonest words of languages in Latin letters, such as others do not have.
const WORDS: [(&str, &[&str]); 14] = [
    (
        "en",
        &["the", "and", "of", "that", "with", "was", "said", "from"],
    ),
    (
        "de",
        &["der", "die", "und", "das", "nicht", "mit", "ist", "auf"],
    ),
    (
        "fr",
        &["les", "des", "est", "une", "dans", "qui", "pour", "avec"],
    ),
    (
        "es",
        &["el", "los", "las", "una", "con", "por", "del", "que"],
    ),
    (
        "it",
        &["il", "che", "della", "per", "gli", "sono", "nel", "alla"],
    ),
    (
        "pt",
        &["os", "uma", "não", "com", "do", "da", "são", "pelo"],
    ),
    (
        "nl",
        &["het", "een", "van", "niet", "zijn", "voor", "aan", "dat"],
    ),
    (
        "pl",
        &[
            "nie", "się", "jest", "przez", "oraz", "został", "dla", "był",
        ],
    ),
    (
        "cs",
        &["se", "že", "který", "byl", "jsou", "podle", "při", "také"],
    ),
    (
        "ro",
        &["și", "pentru", "care", "din", "este", "fost", "mai", "cu"],
    ),
    (
        "tr",
        &["ve", "bir", "bu", "için", "ile", "olarak", "daha", "olan"],
    ),
    (
        "sv",
        &["och", "att", "det", "som", "inte", "har", "för", "är"],
    ),
    (
        "hu",
        &["és", "hogy", "nem", "az", "egy", "volt", "meg", "szerint"],
    ),
    (
        "lt",
        &["ir", "kad", "yra", "buvo", "iš", "su", "dėl", "apie"],
    ),
];

/// Zones by the end of a host's name; countries of one zone, or of one that most of their press has.
const ZONES: [(&str, &str); 44] = [
    ("ua", "Europe/Kyiv"),
    ("ru", "Europe/Moscow"),
    ("by", "Europe/Minsk"),
    ("md", "Europe/Chisinau"),
    ("pl", "Europe/Warsaw"),
    ("de", "Europe/Berlin"),
    ("at", "Europe/Vienna"),
    ("ch", "Europe/Zurich"),
    ("fr", "Europe/Paris"),
    ("be", "Europe/Brussels"),
    ("nl", "Europe/Amsterdam"),
    ("lu", "Europe/Luxembourg"),
    ("uk", "Europe/London"),
    ("ie", "Europe/Dublin"),
    ("es", "Europe/Madrid"),
    ("pt", "Europe/Lisbon"),
    ("it", "Europe/Rome"),
    ("gr", "Europe/Athens"),
    ("cz", "Europe/Prague"),
    ("sk", "Europe/Bratislava"),
    ("hu", "Europe/Budapest"),
    ("ro", "Europe/Bucharest"),
    ("bg", "Europe/Sofia"),
    ("rs", "Europe/Belgrade"),
    ("hr", "Europe/Zagreb"),
    ("si", "Europe/Ljubljana"),
    ("lt", "Europe/Vilnius"),
    ("lv", "Europe/Riga"),
    ("ee", "Europe/Tallinn"),
    ("fi", "Europe/Helsinki"),
    ("se", "Europe/Stockholm"),
    ("no", "Europe/Oslo"),
    ("dk", "Europe/Copenhagen"),
    ("is", "Atlantic/Reykjavik"),
    ("tr", "Europe/Istanbul"),
    ("ge", "Asia/Tbilisi"),
    ("am", "Asia/Yerevan"),
    ("az", "Asia/Baku"),
    ("il", "Asia/Jerusalem"),
    ("qa", "Asia/Qatar"),
    ("jp", "Asia/Tokyo"),
    ("kr", "Asia/Seoul"),
    ("in", "Asia/Kolkata"),
    ("cn", "Asia/Shanghai"),
];

/// Zones by language, where the host's name says nothing.
const ZONES_BY_LANGUAGE: [(&str, &str); 12] = [
    ("uk", "Europe/Kyiv"),
    ("pl", "Europe/Warsaw"),
    ("de", "Europe/Berlin"),
    ("it", "Europe/Rome"),
    ("fr", "Europe/Paris"),
    ("cs", "Europe/Prague"),
    ("hu", "Europe/Budapest"),
    ("ro", "Europe/Bucharest"),
    ("lt", "Europe/Vilnius"),
    ("sv", "Europe/Stockholm"),
    ("tr", "Europe/Istanbul"),
    ("ja", "Asia/Tokyo"),
];

/// The language of a text of some length; nothing where it is not clear.
pub fn language_of(text: &str) -> Option<&'static str> {
    const ENOUGH: usize = 12; // letters or words that decide
    let count = |letters: &str| text.chars().filter(|c| letters.contains(*c)).count();
    let within = |from: char, to: char| text.chars().filter(|c| (from..=to).contains(c)).count();
    let scripts = [
        ("ja", within('\u{3040}', '\u{30ff}')),
        ("ko", within('\u{ac00}', '\u{d7a3}')),
        ("zh", within('\u{4e00}', '\u{9fff}')),
        ("el", within('\u{3b1}', '\u{3c9}')),
        ("he", within('\u{5d0}', '\u{5ea}')),
        ("ka", within('\u{10d0}', '\u{10fa}')),
        ("hy", within('\u{561}', '\u{587}')),
    ];
    if let Some((language, _)) = scripts.into_iter().find(|(_, found)| *found >= 5 * ENOUGH) {
        return Some(language);
    }
    if within('а', 'я') >= 10 * ENOUGH {
        let letters = [
            ("be", count("ў")),
            ("uk", count("їєґ")),
            ("ru", count("ыэъ")),
        ];
        return letters
            .into_iter()
            .find(|(_, found)| *found >= ENOUGH)
            .map(|(language, _)| language);
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).collect();
    let mut counts: Vec<(usize, &str)> = WORDS
        .iter()
        .map(|(language, common)| {
            (
                words.iter().filter(|word| common.contains(word)).count(),
                *language,
            )
        })
        .collect();
    counts.sort_by_key(|(found, _)| std::cmp::Reverse(*found));
    let (best, second) = (counts[0], counts[1]);
    (best.0 >= ENOUGH && best.0 >= second.0 * 2).then_some(best.1)
}

/// What dates say of an outlet's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneGuess {
    /// Its country's zone, which has the offsets that the dates state.
    Likely {
        /// IANA name.
        zone: &'static str,
        /// The offsets stated, as written.
        offsets: Vec<String>,
    },
    /// Offsets, and no country to take the zone of.
    Offsets(Vec<String>),
    /// No date states an offset but UTC's; this would be the zone of its country.
    Country(&'static str),
    /// Nothing is known.
    Unknown,
}

/// Guesses the zone from dates with offsets, the host's country and the language.
pub fn zone_of(times: &[StatedTime], home: &Url, language: Option<&str>) -> ZoneGuess {
    let host = home.host_str().unwrap_or_default();
    let ending = host.rsplit('.').next().unwrap_or_default();
    let primary = language.and_then(|tag| tag.split('-').next());
    let by_host = ZONES.iter().find(|(end, _)| *end == ending);
    let by_language = ZONES_BY_LANGUAGE
        .iter()
        .find(|(tag, _)| Some(*tag) == primary);
    let country = by_host.or(by_language).map(|(_, zone)| *zone);
    let mut stated = Vec::new();
    for time in times {
        if let StatedTime::Exact { at, offset } = time
            && !offset.is_zero()
        {
            stated.push((*at, *offset));
        }
    }
    let mut offsets: Vec<String> = stated
        .iter()
        .map(|(_, offset)| offset.to_string())
        .collect();
    offsets.sort();
    offsets.dedup();
    let fits = |zone: &str| {
        let zone = TimeZone::get(zone).ok();
        zone.is_some_and(|zone| {
            stated
                .iter()
                .all(|(at, offset)| zone.to_offset(*at) == *offset)
        })
    };
    match country {
        Some(zone) if offsets.is_empty() => ZoneGuess::Country(zone),
        Some(zone) if fits(zone) => ZoneGuess::Likely { zone, offsets },
        _ if offsets.is_empty() => ZoneGuess::Unknown,
        _ => ZoneGuess::Offsets(offsets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::dates;

    #[test]
    fn languages_are_told_by_their_letters_and_words() {
        let check =
            |text: &str, expect| assert_eq!(language_of(&text.repeat(12)), expect, "{text}");
        check(
            "The ship that came from the port was with the others, he said. ",
            Some("en"),
        );
        check(
            "Das Schiff ist mit der Ladung und nicht auf die See. ",
            Some("de"),
        );
        check(
            "Корабель із вантажем прибув до її порту, є підтвердження. ",
            Some("uk"),
        );
        check(
            "Это был большой корабль, который вышел из порта. ",
            Some("ru"),
        );
        check("船が港に入りました。", Some("ja"));
        check("12345 ", None);
    }

    #[test]
    fn zones_are_guessed_from_offsets_and_countries() {
        let check = |host: &str, dates: &[&str], expect: &str| {
            let home = Url::parse(&format!("https://{host}/")).unwrap();
            let times: Vec<StatedTime> = dates
                .iter()
                .filter_map(|text| dates::parse(text, None))
                .collect();
            assert_eq!(format!("{:?}", zone_of(&times, &home, None)), expect);
        };
        let summer = "2025-06-23T20:35:00+03:00";
        check(
            "a.com.ua",
            &[summer, "2025-01-23T20:35:00+02:00"],
            "Likely { zone: \"Europe/Kyiv\", offsets: [\"+02\", \"+03\"] }",
        );
        check("a.de", &[summer], "Offsets([\"+03\"])");
        check("a.com", &[summer], "Offsets([\"+03\"])");
        check(
            "a.fr",
            &["2025-06-23T20:35:00Z"],
            "Country(\"Europe/Paris\")",
        );
        check("a.com", &[], "Unknown");
    }
}

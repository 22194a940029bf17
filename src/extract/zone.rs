//! The time zone of an outlet, guessed from its articles' dates. A guess is for people to confirm: it
//! never reaches an article.

use jiff::tz::TimeZone;
use url::Url;

use crate::model::stated::StatedTime;

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
pub fn guess(times: &[StatedTime], home: &Url, language: Option<&str>) -> ZoneGuess {
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
    fn zones_are_guessed_from_offsets_and_countries() {
        let check = |host: &str, dates: &[&str], expect: &str| {
            let home = Url::parse(&format!("https://{host}/")).unwrap();
            let times: Vec<StatedTime> = dates
                .iter()
                .filter_map(|text| dates::parse(text, None))
                .collect();
            assert_eq!(format!("{:?}", guess(&times, &home, None)), expect);
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
